/*
 * decline.c - what a declined charge and a planned try lead to: decided on what was read, written
 * by functions that look once more under the invoice's lock.
 */
#include "facts.h"

int
dunning_read(struct flush *f, const char *invoice_id)
{
	return flush_addv(f, "SELECT * FROM collect.facts(ARRAY[$1::uuid])", invoice_id, FLUSH_END);
}

int
dunning_declined_add(struct flush *f, struct arena *a, const struct flush *read, int stmt,
		     const struct dunning_refusal *r, struct err *err)
{
	static const char *const words[] = { [DUNNING_RETRY] = "retry",
					     [DUNNING_WAIT] = "wait",
					     [DUNNING_HAND_OVER] = "hand_over" };
	struct dunning_decline d = { .hard = r->hard };
	enum dunning_outcome outcome;
	struct facts x;
	civil_day day = 0;
	bool retry;

	if (facts_one(a, read, stmt, &x, err) < 0)
		return -1;
	/* A plan that stood still goes on, with the method that has just been tried. */
	d.plan_from = x.has_plan ? facts_plan_from(&x) : x.today;
	d.today = x.today;
	d.may_charge = x.may_charge;
	d.worth = x.worth;
	outcome = dunning_decide(&x.policy, &d, &day);
	retry = outcome == DUNNING_RETRY;
	flush_addv(f, "SELECT collect.declined($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		   r->attempt_id, r->invoice_id, x.policy_id, r->hard ? "true" : "false", r->code,
		   words[outcome], param_day(a, true, d.plan_from),
		   param_instant(a, retry, dunning_hour(x.zone, day)), param_day(a, retry, day),
		   param_day(a, true, x.today), FLUSH_END);
	return 0;
}

/* The plan stood still: it goes on with the try that was next, as many days after this one. */
static void
resume(struct flush *f, struct arena *a, const struct facts *x)
{
	civil_day from = facts_plan_from(x), day;

	if (dunning_next_retry(&x->policy, from, x->today, &day))
		flush_addv(f, "SELECT collect.resume($1, $2, $3)", x->invoice_id,
			   param_day(a, true, from),
			   param_instant(a, true, dunning_hour(x->zone, day)), FLUSH_END);
}

static void
put_off(struct flush *f, struct arena *a, const struct facts *x, civil_day day)
{
	flush_addv(f, "SELECT collect.put_off($1, $2)", x->invoice_id,
		   param_instant(a, true, dunning_hour(x->zone, day)), FLUSH_END);
}

int
dunning_retry_add(struct flush *f, struct arena *a, const struct flush *read, int stmt,
		  const char *invoice_id, const char *attempt_id, struct err *err)
{
	struct facts x;
	civil_day day;

	if (facts_one(a, read, stmt, &x, err) < 0)
		return -1;
	if (!x.open || x.state != CASE_ACTIVE || !x.has_plan)
		return 0;
	if (x.paused) {
		if (x.may_charge)
			resume(f, a, &x);
		return 0;
	}
	if (x.in_flight) /* asked once more tomorrow: it may come to nothing */
		put_off(f, a, &x, x.today + 1);
	else if (x.disputed && dunning_next_retry(&x.policy, x.plan_from, x.today, &day))
		put_off(f, a, &x, day);
	else if (x.disputed)
		return 0;
	else if (!x.may_charge) /* since yesterday, so that this try is not lost */
		flush_addv(f, "SELECT collect.pause($1, $2)", invoice_id,
			   param_day(a, true, x.today - 1), FLUSH_END);
	else
		flush_addv(f, "SELECT collect.retry($1, $2)", attempt_id, invoice_id, FLUSH_END);
	return 0;
}
