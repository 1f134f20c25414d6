/*
 * quote.h - inside the room: what bill dates that have not come will be, as documents.
 *
 * Each is priced, discounted and taxed by the functions that bill it, at the rates that are known
 * for its day. What is good for so many documents is used up by those that are asked for, so they
 * are asked for in their order.
 */
#ifndef BILLING_QUOTE_H
#define BILLING_QUOTE_H

#include "subscription.h"

struct reduction;

struct quote {
	struct arena *a;
	struct draft d;               /* payer, place, rates, choices */
	struct reduction *reductions; /* as far as they are used up */
	size_t n_reductions;
};

/*
 * context: of billing.draft_context, with all products that are charged. discounts: an array of
 * {percent, amount, periods_left, valid_from, valid_to, of_phase, product_ids, charges}, in the
 * order in which they are taken off; NULL: none. percent: on the whole.
 */
int quote_begin(struct arena *a, const char *id, struct json_object *context,
		struct json_object *discounts, struct decimal percent, struct quote *ret,
		struct err *err);
/* Another one that begins where this one stands. */
struct quote quote_copy(const struct quote *q);
/*
 * The document of a bill date, in an arena of its own; of: the row of each item. No lines: nothing
 * is charged. What is wrong with it names no field.
 */
int quote_bill_date(struct quote *q, struct arena *one, const struct subscription *sub,
		    struct json_object **of, civil_day day, struct draft *ret, struct err *err);
/* Whether something is used up by documents that come before a day: then none may be left out. */
bool quote_counts(const struct quote *q, civil_day until);
/* Of these rows the products: a uuid[]. */
const char *quote_products(struct arena *a, struct json_object **of, size_t n);

#endif
