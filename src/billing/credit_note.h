/*
 * credit_note.h - inside the room: documents that give back what others have charged.
 *
 * A credit note names lines of one final document, by units or by an amount with its tax. Its
 * figures follow from what those lines were billed at and what other credit notes have left; they
 * are decided when it is drafted, and anew, under the original's lock, when it becomes final.
 */
#ifndef BILLING_CREDIT_NOTE_H
#define BILLING_CREDIT_NOTE_H

#include "draft.h"

#include <billfold/billing/credit.h>
#include <billfold/resource/write.h>

/* A line as it was billed, and what is left of it. */
struct original_line {
	struct draft_line line; /* its words */
	struct bill_line bill;  /* its figures */
	struct credit_line left;
};

/* A payment that the original has used. */
struct credit_use {
	const char *kind;
	bool by_hand;
	civil_day day;
	struct advance use; /* id: the payment; left: what can be released */
	int64_t unapplied;  /* what no invoice has used of it */
	bool has_rate;
	struct decimal rate;
};

struct original {
	const char *id, *kind, *number, *account_id, *entity_id, *currency;
	enum invoice_status status;
	int exponent;
	bool tax_inclusive;
	civil_day issued;
	bool has_rate; /* in a foreign currency, at a rate that is known */
	struct decimal rate;
	int64_t amount_due;
	struct credit_document doc;
	struct original_line *lines;
	size_t n_lines;
	struct credit_use *uses; /* the last use first */
	size_t n_uses;
};

/* Kind credit, of another document: its figures are that one's. */
bool draft_credits(const struct draft *d);
/* A document in the customer's favour is none that asks for money. */
bool draft_gives_back(const struct draft *d);

/* Adds what crediting these documents is decided on: two statements, the index of the first. */
int originals_add_read(struct flush *f, const char *ids);
/* The same for the documents that these drafts credit. */
int originals_add_read_of(struct flush *f, const char *drafts);
/* And for these besides; NULL: none. */
int originals_add_read_with(struct flush *f, const char *drafts, const char *ids);
int originals_load(struct arena *a, const struct flush *f, int stmt, struct original **ret,
		   size_t *ret_n, struct err *err);
struct original *original_find(struct original *list, size_t n, const char *id);
struct original_line *original_line(const struct original *o, const char *id);

/* A document that may be credited now; ERR_wrong_state else. */
int original_check(const struct original *o, struct err *err);
/* Figures of a credit note whose lines say what is given back; wrong lines are named. */
int credit_decide(struct arena *a, struct draft *d, const struct original *o, struct err *err);
/* Figures as they are stored. */
int credit_keep(struct arena *a, struct draft *d, struct err *err);

/* credit_act.c: the actions `credit` and `void` of invoices. */
extern const struct field credit_in[], void_in[];
int invoice_credit(struct call *c, struct reply *r, struct err *err);
int invoice_preview_credit(struct call *c, struct reply *r, struct err *err);
int invoice_void(struct call *c, struct reply *r, struct err *err);

#endif
