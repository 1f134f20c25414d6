/*
 * discount.c - discounts of the whole document, given to its lines.
 *
 * A percentage is taken of the lines' amounts after their own discounts and rounded once; a fixed
 * amount comes on top. The sum is split over the lines by largest remainder, so that each tax
 * group bears its share and a credit of one line later knows what that line had been charged.
 * Further discounts follow in the order given, each on what is left of the lines that it is for;
 * one that is worth more than that gives what is left.
 */
#include <billfold/billing/core.h>

#include "share.h"

static int
document_discount(const struct bill *b, int64_t sum, int64_t *ret, struct err *err)
{
	int64_t d = 0;

	if (b->discount_percent.coef < 0 || decimal_cmp(b->discount_percent, decimal_int(100)) > 0)
		return err_set(err, ERR_out_of_range,
			       "discount_percent must lie between 0 and 100.");
	if (!decimal_is_zero(b->discount_percent) &&
	    money_percent(sum, b->discount_percent, &d, err) < 0)
		return -1;
	if (money_add(d, b->discount_amount, &d, err) < 0)
		return -1;
	if ((sum >= 0 && (d < 0 || d > sum)) || (sum < 0 && (d > 0 || d < sum)))
		return err_set(err, ERR_out_of_range,
			       "The discount is more than what there is to discount.");
	*ret = d;
	return 0;
}

static int
apply_document(struct bill *b, struct arena *a, struct err *err)
{
	int64_t *weights, *parts, sum = 0, d = 0;

	if (decimal_is_zero(b->discount_percent) && b->discount_amount == 0)
		return 0;
	weights = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*weights));
	parts = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*parts));
	for (size_t i = 0; i < b->n_lines; i++) {
		weights[i] = b->lines[i].amount - b->lines[i].discount;
		if (money_add(sum, weights[i], &sum, err) < 0)
			return -1;
	}
	b->bad_discount = document_discount(b, sum, &d, err) < 0;
	if (b->bad_discount || share_split(d, weights, b->n_lines, parts, a, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n_lines; i++)
		b->lines[i].discount += parts[i];
	return 0;
}

/* A further discount reduces what is charged; lines in the customer's favour are none of its
 * business. */
static int
apply_further(struct bill *b, struct bill_discount *d, struct arena *a, struct err *err)
{
	int64_t *weights = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*weights)), sum = 0;

	if (d->percent.coef < 0 || decimal_cmp(d->percent, decimal_int(100)) > 0 || d->amount < 0)
		return err_set(err, ERR_out_of_range,
			       "A discount is 0 to 100 percent, or an amount above zero.");
	d->shares = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*d->shares));
	d->given = 0;
	for (size_t i = 0; i < b->n_lines; i++) {
		int64_t left = b->lines[i].amount - b->lines[i].discount;

		weights[i] = left > 0 && (!d->lines || d->lines[i]) ? left : 0;
		if (money_add(sum, weights[i], &sum, err) < 0)
			return -1;
	}
	if (sum == 0)
		return 0;
	if (money_percent(sum, d->percent, &d->given, err) < 0 ||
	    money_add(d->given, d->amount, &d->given, err) < 0)
		return -1;
	if (d->given > sum)
		d->given = sum;
	if (money_split(d->given, weights, b->n_lines, d->shares, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n_lines; i++)
		b->lines[i].discount += d->shares[i];
	return 0;
}

int
discount_apply(struct bill *b, struct arena *a, struct err *err)
{
	b->bad_line = b->n_lines;
	b->bad_discount = false;
	if (apply_document(b, a, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n_discounts; i++) {
		if (apply_further(b, &b->discounts[i], a, err) < 0)
			return -1;
	}
	return 0;
}
