/*
 * subscription_discount.c - which lines of a document coupons and agreed discounts lower, and the
 * document less them.
 *
 * One may be for some products or charges, and one of a phase is for what begins within the phase:
 * where that begins or ends within a period, it lowers the part of the bill that is the phase's.
 */
#include "subscription.h"

#include <billfold/base/money.h>

static bool
names(struct json_object *list, const char *what)
{
	for (size_t i = 0; what && i < jval_length(list); i++) {
		if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), what) == 0)
			return true;
	}
	return false;
}

bool
sub_discount_is_for(struct json_object *target, const char *product, const char *charge)
{
	struct json_object *products = jval_get(target, "product_ids"),
			   *charges = jval_get(target, "charges");

	if (!products && !charges)
		return true;
	return names(products, product) || names(charges, charge);
}

bool
sub_discount_lines(struct arena *a, const struct sub_discount *x, const struct sub_charged *lines,
		   size_t n, const bool **ret)
{
	bool any = false, all = !x->target, *v;

	*ret = NULL;
	if (all && x->days.start == DAY_ALWAYS && x->days.end == DAY_NEVER)
		return true;
	v = arena_array(a, n + 1, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		bool within = period_holds(x->days, lines[i].first);

		v[i] = within && sub_discount_is_for(x->target, lines[i].product, lines[i].charge);
		any |= within;
		all &= v[i];
	}
	if (!all)
		*ret = v;
	return any;
}

/* All that has been taken off each line is its own from here on. */
static int
keep_on_lines(struct bill *b, struct err *err)
{
	b->discount_percent = decimal_int(0);
	b->discount_amount = 0;
	for (size_t i = 0; i < b->n_lines; i++) {
		struct bill_line *l = &b->lines[i];
		int64_t own = 0;

		if (money_percent(l->amount, l->discount_percent, &own, err) < 0)
			return -1;
		l->discount_amount = l->discount > own ? l->discount - own : 0;
	}
	return 0;
}

int
sub_discounts_apply(struct bill *b, struct bill_discount *discounts, size_t n, struct arena *a,
		    struct err *err)
{
	bool all = true;

	if (n == 0)
		return bill_compute(b, a, err);
	b->discounts = discounts;
	b->n_discounts = n;
	if (bill_compute(b, a, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		all &= !discounts[i].lines;
	if (!all && keep_on_lines(b, err) < 0)
		return -1;
	for (size_t i = 0; all && i < n; i++)
		b->discount_amount += discounts[i].given;
	b->n_discounts = 0;
	return bill_compute(b, a, err);
}
