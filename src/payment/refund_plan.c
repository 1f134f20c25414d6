/*
 * refund_plan.c - where money comes from that is gone, and where it goes that came back. Pure.
 *
 * What the customer has in hand is touched before what they have paid with. An invoice that was
 * opened by a refund may have been paid, voided or credited since; it uses the money again only as
 * far as it is still due, and never more than was taken from it.
 */
#include "refund.h"

int
refund_take_from(int64_t amount, int64_t left, struct refund_share *shares, size_t n,
		 int64_t *ret_credit, struct err *err)
{
	*ret_credit = left < amount ? left : amount;
	amount -= *ret_credit;
	for (size_t i = 0; i < n; i++) {
		shares[i].taken = shares[i].used < amount ? shares[i].used : amount;
		amount -= shares[i].taken;
	}
	if (amount > 0)
		return err_set(err, ERR_over_allocation, "Less than that is left of the payment.");
	return 0;
}

int
refund_put_back(int64_t amount, struct refund_share *shares, size_t n, int64_t *ret_credit,
		struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct refund_share *s = &shares[i];

		if (s->taken < 0 || s->taken > amount)
			return err_set(err, ERR_internal, "More was taken than was refunded.");
		s->given = s->due < s->taken ? s->due : s->taken;
		amount -= s->given;
	}
	*ret_credit = amount;
	return 0;
}
