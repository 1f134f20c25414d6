/*
 * collect.h - what is done about money that does not come by itself.
 *
 * A policy says on which days after the first decline a kept method is charged again, and when
 * reminders go out; when nothing automatic is left, the case is a person's. Deciding is pure; state
 * lives in schema collect.
 */
#ifndef BILLFOLD_COLLECT_H
#define BILLFOLD_COLLECT_H

#include <billfold/base/date.h>
#include <billfold/resource.h>

struct dunning_case {
	const int *retry_days; /* days after the first decline, ascending, > 0 */
	size_t n_retries;
	civil_day first_declined, today;
	bool hard;    /* the decline was final: no try until the method changes */
	bool consent; /* the payer agreed to be charged without being there */
};

/* The day of the next automatic try; false: there is none, a person takes over. */
bool dunning_next(const struct dunning_case *c, civil_day *ret);

extern const struct resource dunning_policy_resource; /* /v1/dunning_policies */
extern const struct resource dunning_resource;        /* /v1/dunning, read only; hold, release */
extern const struct job_kind collect_mail_kinds[];    /* remind: jobs of billfold-maild */

#endif
