/*
 * dunning.c - when to try again, and when to stop: one pure decision.
 */
#include <billfold/collect.h>

bool
dunning_next(const struct dunning_case *c, civil_day *ret)
{
	if (c->hard || !c->consent)
		return false;
	for (size_t i = 0; i < c->n_retries; i++) {
		civil_day day = c->first_declined + c->retry_days[i];

		if (day > c->today) {
			*ret = day;
			return true;
		}
	}
	return false;
}
