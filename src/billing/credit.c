/*
 * credit.c - credits of lines, one after the other, never more than the line.
 */
#include <billfold/billing/credit.h>

struct credit
credit_remaining(const struct credit_line *l)
{
	return (struct credit){ l->net - l->credited_net, l->tax - l->credited_tax };
}

/* Does part lie between zero and whole, in whole's direction? */
static bool
within(int64_t part, int64_t whole)
{
	return whole >= 0 ? part >= 0 && part <= whole : part <= 0 && part >= whole;
}

int
credit_net(const struct credit_line *l, int64_t net, struct credit *ret, struct err *err)
{
	struct credit left = credit_remaining(l);

	if (!within(left.net, l->net) || !within(left.tax, l->tax) || !within(net, left.net))
		return err_set(err, ERR_over_credit, "More is credited than the line has left.");
	if (net == left.net) {
		*ret = left;
		return 0;
	}
	ret->net = net;
	if (money_ratio(l->tax, net, l->net, &ret->tax, err) < 0)
		return -1;
	/* Roundings of the credits before may have taken a unit more. */
	if (!within(ret->tax, left.tax))
		ret->tax = left.tax;
	return 0;
}

int
credit_unused(const struct credit_line *l, struct period unused, struct period whole,
	      struct credit *ret, struct err *err)
{
	struct credit left = credit_remaining(l);
	int64_t net;

	if (prorate(l->net, unused, whole, &net, err) < 0)
		return -1;
	return credit_net(l, within(net, left.net) ? net : left.net, ret, err);
}

int
quantity_take(struct quantity_lot *lots, size_t n, struct decimal quantity, struct err *err)
{
	struct decimal left = quantity;

	for (size_t i = n; i-- > 0;) {
		struct quantity_lot *lot = &lots[i];

		lot->taken = decimal_cmp(left, lot->quantity) < 0 ? left : lot->quantity;
		if (decimal_add(left, decimal_neg(lot->taken), &left, err) < 0)
			return -1;
	}
	if (quantity.coef < 0 || left.coef > 0)
		return err_set(err, ERR_over_credit, "There are not so many units to give back.");
	return 0;
}
