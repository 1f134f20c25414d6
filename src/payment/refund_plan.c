/*
 * refund_plan.c - where money goes that could not be given back. Pure.
 *
 * An invoice that was opened by a refund may have been paid, voided or credited since; it uses the
 * money again only as far as it is still due, and never more than was taken from it.
 */
#include "refund.h"

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
