/*
 * discount.c - discounts of the whole document, given to its lines.
 *
 * A percentage is taken of the lines' amounts after their own discounts and rounded once; a fixed
 * amount comes on top. The sum is split over the lines by largest remainder, so that each tax
 * group bears its share and a credit of one line later knows what that line had been charged.
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

int
discount_apply(struct bill *b, struct arena *a, struct err *err)
{
	int64_t *weights, *parts, sum = 0, d = 0;

	if (decimal_is_zero(b->discount_percent) && b->discount_amount == 0)
		return 0;
	b->bad_line = b->n_lines;
	weights = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*weights));
	parts = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*parts));
	for (size_t i = 0; i < b->n_lines; i++) {
		weights[i] = b->lines[i].amount - b->lines[i].discount;
		if (money_add(sum, weights[i], &sum, err) < 0)
			return -1;
	}
	if (document_discount(b, sum, &d, err) < 0 ||
	    share_split(d, weights, b->n_lines, parts, a, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n_lines; i++)
		b->lines[i].discount += parts[i];
	return 0;
}
