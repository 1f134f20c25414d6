/*
 * dispute.c - a payer calls the bank about a charge.
 *
 * A dispute is news of its own: it comes after the payment, in a transaction of its own, so that
 * the feed tells both. A processor whose answer names it right away (the sandbox's) is followed by
 * a job; others tell by themselves.
 */
#include "attempt.h"

void
dispute_follow_add(struct flush *f, const struct taken *t)
{
	flush_addv(f,
		   "SELECT job.enqueue('open_dispute', 'attempt:' || $1::text, "
		   "jsonb_build_object('attempt_id', $1::text))",
		   t->attempt, FLUSH_END);
}

int
dispute_run(struct job *j, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	struct str attempt;

	if (!jval_str(j->payload, "attempt_id", &attempt))
		return err_set(err, ERR_validation_failed, "The job names no attempt.");
	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.dispute_open($1, 'told with the charge')",
		   str_dup(j->arena, attempt), FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}
