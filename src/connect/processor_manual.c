/*
 * processor_manual.c - for what people pay by themselves: bank transfer, cash, cheque.
 *
 * There is nobody to ask, so nothing is ever charged: a charge is declined for good, and a look-up
 * has never heard of anything.
 */
#include "processors.h"

static int
charge(const struct processor_env *env, struct arena *a, const struct charge *c,
       struct charge_result *ret, struct err *err)
{
	(void)env, (void)a, (void)c, (void)err;
	*ret = (struct charge_result){ .state = CHARGE_DECLINED,
				       .decline_class = "hard",
				       .decline_code = "not_chargeable" };
	return 0;
}

static int
lookup(const struct processor_env *env, struct arena *a, const struct processor_query *q,
       struct charge_result *ret, struct err *err)
{
	(void)env, (void)a, (void)q, (void)err;
	*ret = (struct charge_result){ .state = CHARGE_ABSENT };
	return 0;
}

const struct processor processor_manual = {
	.name = "manual",
	.charge = charge,
	.lookup = lookup,
	.doc = "Payments that people make and record by hand.",
};
