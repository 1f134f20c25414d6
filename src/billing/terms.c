/*
 * terms.c - when a document falls due.
 */
#include <billfold/billing/core.h>

int
terms_due_date(civil_day issue, int64_t days, civil_day *ret, struct err *err)
{
	if (days < 0 || days > 3650)
		return err_set(err, ERR_out_of_range,
			       "Payment terms must lie between 0 and 3650 days.");
	*ret = issue + (civil_day)days;
	return 0;
}
