/*
 * prorate.c - of an amount for a period the part for some of its days.
 */
#include <billfold/billing/period.h>

int
prorate(int64_t amount, struct period part, struct period whole, int64_t *ret, struct err *err)
{
	int days = period_days(period_overlap(part, whole));

	if (period_days(whole) == 0)
		return err_set(err, ERR_out_of_range, "A period has at least one day.");
	return money_ratio(amount, days, period_days(whole), ret, err);
}
