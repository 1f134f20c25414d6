/*
 * credit.c - credits of lines, one after the other, never more than the line.
 */
#include <billfold/billing/credit.h>

/* Does part lie between zero and whole, in whole's direction? */
static bool
within(int64_t part, int64_t whole)
{
	return whole >= 0 ? part >= 0 && part <= whole : part <= 0 && part >= whole;
}

struct credit
credit_remaining(const struct credit_line *l)
{
	struct credit left = { l->net - l->credited_net, l->tax - l->credited_tax };

	/* Where a document took back of several lines, its groups may have taken a unit more of
	 * one's tax than its share. */
	if (!within(left.tax, l->tax))
		left.tax = 0;
	return left;
}

int
credit_net(const struct credit_line *l, int64_t net, struct credit *ret, struct err *err)
{
	struct credit left = credit_remaining(l);

	if (!within(left.net, l->net) || !within(net, left.net))
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
credit_gross(const struct credit_line *l, int64_t gross, struct credit *ret, struct err *err)
{
	struct credit left = credit_remaining(l);

	if (!within(left.net, l->net) || !within(gross, left.net + left.tax))
		return err_set(err, ERR_over_credit, "More is credited than the line has left.");
	if (gross == left.net + left.tax) {
		*ret = left;
		return 0;
	}
	if (money_ratio(l->net, gross, l->net + l->tax, &ret->net, err) < 0)
		return -1;
	/* Roundings of the credits before may have left a unit less of one of the two. Tax never
	 * remains alone: the net's last unit is left beside it. */
	if (left.net != 0 && (ret->net == left.net || !within(ret->net, left.net)))
		ret->net = left.net - (left.net < 0 ? -1 : 1);
	else if (left.net == 0)
		ret->net = 0;
	ret->tax = gross - ret->net;
	if (!within(ret->tax, left.tax)) {
		ret->tax = left.tax;
		ret->net = gross - ret->tax;
	}
	return 0;
}

int
credit_quantity(const struct credit_line *l, struct decimal quantity, struct credit *ret,
		struct err *err)
{
	struct credit left = credit_remaining(l);
	struct decimal rest;
	int64_t net;

	if (decimal_add(l->quantity, decimal_neg(l->credited_quantity), &rest, err) < 0)
		return -1;
	if (quantity.coef <= 0 || decimal_cmp(quantity, rest) > 0)
		return err_set(err, ERR_over_credit, "There are not so many units to give back.");
	if (l->by_quantity && decimal_cmp(quantity, rest) == 0)
		return credit_net(l, left.net, ret, err);
	if (money_line(quantity, decimal_int(l->net), l->quantity, 0, &net, err) < 0)
		return -1;
	if (l->by_quantity && !within(net, left.net))
		net = left.net;
	return credit_net(l, net, ret, err);
}

int64_t
credit_payable(const struct credit_document *d, int64_t total)
{
	int64_t payable = total == d->left ? total + d->rounding_left : total;
	int64_t most = d->payable - d->credited;

	return payable < most ? payable : most;
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
