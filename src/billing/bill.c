/*
 * bill.c - a document from its lines: prices, discounts, taxes, totals, cash rounding.
 *
 * The order is fixed: each line is rounded to the currency, discounts are split over lines, tax
 * is taken per group or per line, and totals are sums of what stands on the lines; nothing is
 * rounded a second time, so that a printed document adds up.
 */
#include <billfold/billing/core.h>

/* The nearest multiple of step, half away from zero. */
static int
round_cash(int64_t total, int64_t step, int64_t *ret, struct err *err)
{
	int64_t times;

	if (step <= 1) {
		*ret = total;
		return 0;
	}
	if (!div_round(total, step, &times) || (__int128)times * step > MONEY_MAX ||
	    (__int128)times * step < -MONEY_MAX)
		return err_set(err, ERR_out_of_range, "The total is beyond what can be billed.");
	*ret = times * step;
	return 0;
}

static int
bill_sum(struct bill *b, struct err *err)
{
	for (size_t i = 0; i < b->n_lines; i++) {
		const struct bill_line *l = &b->lines[i];

		b->bad_line = i;
		if (money_add(b->subtotal, l->amount, &b->subtotal, err) < 0 ||
		    money_add(b->discount_total, l->discount, &b->discount_total, err) < 0 ||
		    money_add(b->net_total, l->net, &b->net_total, err) < 0)
			return -1;
	}
	b->bad_line = b->n_lines;
	for (size_t k = 0; k < b->n_groups; k++) {
		if (money_add(b->tax_total, b->groups[k].tax, &b->tax_total, err) < 0)
			return -1;
	}
	return money_add(b->net_total, b->tax_total, &b->total, err);
}

int
bill_total(struct bill *b, struct arena *a, struct err *err)
{
	b->subtotal = b->discount_total = b->net_total = b->tax_total = b->total = 0;
	if (tax_sum(b, a, err) < 0 || bill_sum(b, err) < 0)
		return -1;
	return money_add(b->total, b->rounding, &b->payable, err);
}

int
bill_compute(struct bill *b, struct arena *a, struct err *err)
{
	b->subtotal = b->discount_total = b->net_total = b->tax_total = b->total = 0;
	b->rounding = b->payable = 0;
	for (size_t i = 0; i < b->n_lines; i++) {
		b->bad_line = i;
		if (line_price(&b->lines[i], b->exponent, err) < 0)
			return -1;
	}
	if (discount_apply(b, a, err) < 0 || tax_apply(b, a, err) < 0 || bill_sum(b, err) < 0 ||
	    round_cash(b->total, b->rounding_step, &b->payable, err) < 0)
		return -1;
	b->rounding = b->payable - b->total;
	return 0;
}
