/*
 * line.c - what one line comes to before the document's own discounts.
 *
 * The amount is rounded to the currency first and the line's discount is taken from that
 * rounded amount, so that a reader can check each figure from the ones that are printed.
 */
#include <billfold/billing/core.h>

int
line_price(struct bill_line *l, int exponent, struct err *err)
{
	if (l->base_quantity.coef <= 0)
		return err_set(err, ERR_out_of_range, "base_quantity must be above zero.");
	if (l->unit_price.coef < 0)
		return err_set(err, ERR_out_of_range, "unit_price must not be negative.");
	if (l->discount_percent.coef < 0 || decimal_cmp(l->discount_percent, decimal_int(100)) > 0)
		return err_set(err, ERR_out_of_range,
			       "discount_percent must lie between 0 and 100.");
	if (money_line(l->quantity, l->unit_price, l->base_quantity, exponent, &l->amount, err) < 0)
		return -1;
	l->discount = 0;
	if (!decimal_is_zero(l->discount_percent) &&
	    money_percent(l->amount, l->discount_percent, &l->discount, err) < 0)
		return -1;
	if (l->discount_amount < 0)
		return err_set(err, ERR_out_of_range, "discount_amount must not be negative.");
	if (l->discount_amount > 0 && l->amount > l->discount)
		l->discount += l->discount_amount < l->amount - l->discount
				   ? l->discount_amount
				   : l->amount - l->discount;
	return 0;
}
