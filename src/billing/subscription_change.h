/*
 * subscription_change.h - inside the room: what a change of a subscription makes of what was
 * billed.
 */
#ifndef BILLING_SUBSCRIPTION_CHANGE_H
#define BILLING_SUBSCRIPTION_CHANGE_H

#include "invoice.h"
#include "subscription.h"

#include <billfold/billing/change.h>

/* A change under decision: what is read, what it is to be, and what that bills. */
struct amendment {
	struct call *c;
	struct sub_loaded s;
	struct json_object *plan, *terms, *coupons, *prices, *billed, *given, *context;
	struct draft d; /* the document; no lines: none is made */
	struct advances *advances;
	civil_day day;
	const char *reason; /* printed where all is given back */
	/* As it is to be from the day on. */
	struct subscription is;
	struct sub_item *items;    /* of is */
	struct json_object **of;   /* each one's row */
	struct pg_array *ended;    /* rows that end on the day */
	struct json_object *begun; /* rows that begin */
	bool new_anchor;
	struct sub_change change;
	bool has_document;
};

/* Says, of what was loaded and the body, from which day on it holds, and why it is refused. */
typedef int amendment_day(struct amendment *m, struct err *err);
/* Holds and reads: what a body names of plans and products besides. 1: a repeat was answered. The
 * transaction is open. */
int amendment_read(struct call *c, struct amendment *ret, amendment_day *day, struct reply *r,
		   struct err *err);
/* `is`: what it is, with room for so many items more. */
void amendment_as_it_is(struct amendment *m, size_t more);
/* From `is`: what is given back and charged, as a document. */
int amendment_decide(struct amendment *m, struct err *err);
/* The document's statements, final or a draft by the subscription's choice and the tenant's. */
int amendment_add_document(struct amendment *m, struct flush **ret, struct err *err);
/* For the event: the day, and the document. */
const char *amendment_told(const struct amendment *m);

/* subscription_amend.c: the actions. */
extern const struct field subscription_change_in[], subscription_change_out[];
int subscription_change(struct call *c, struct reply *r, struct err *err);
int subscription_preview_change(struct call *c, struct reply *r, struct err *err);

#endif
