/*
 * books.h - what a subscription's documents have billed and given back, as a test keeps it.
 */
#ifndef TESTS_BILLING_BOOKS_H
#define TESTS_BILLING_BOOKS_H

#include "cases.h"

#include <billfold/billing/change.h>

enum { BILLED_MAX = 2000, GIVEN_MAX = 2000 };

struct books {
	struct sub_billed billed[BILLED_MAX];
	struct sub_given given[GIVEN_MAX];
	struct sub_past past;
	int64_t net;     /* all that was charged less all that was given back */
	civil_day today; /* 0: the last day before the next bill date */
};

/* A bill date is billed; percent off all of it, taxed line by line at a rate. */
void books_bill(struct arena *a, struct books *b, const struct subscription *s, civil_day on,
		const char *percent, const char *rate);
/* What a change would be. */
struct sub_change books_preview(struct arena *a, const struct books *b,
				const struct subscription *is, civil_day on, civil_day next);
/* A change is made: it stands in the books, of which no line gives back more than it charged. */
struct sub_change books_change(struct arena *a, struct books *b, const struct subscription *is,
			       civil_day on, civil_day next, const char *rate);
/* The document of a change: what it gives back as -units at the net for units, what it charges; the
 * tax is the groups'. */
struct bill books_document(struct arena *a, const struct sub_change *c, const char *rate_back,
			   const char *rate);

#endif
