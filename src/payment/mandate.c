/*
 * mandate.c - a processor has told of a mandate: how it stands now is asked for and made true here.
 *
 * Whoever owns a bank account may take back what they agreed to, at the processor or at their bank,
 * and nobody asks us. A method whose mandate has ended is charged no more; the account's others go
 * on.
 */
#include "told.h"

enum { WAIT_S = 30 };

int
told_mandate(struct job *j, const struct told *e, const struct at_processor *at, struct err *err)
{
	struct processor_trouble trouble = { 0 };
	struct mandate_seen seen = { 0 };
	struct flush *f;

	if (at->p->mandate == NULL)
		return told_end(j, e, "This processor has no mandates.", err);
	if (at->p->mandate(&at->env, j->arena, told_value(e, EV_OBJECT), &seen, &trouble, err) <
	    0) {
		if (!trouble.forbidden)
			return processor_wait(j, &e->row, &trouble, WAIT_S, err);
		err_clear(err);
		return told_end(j, e, "The key of the account may not read mandates.", err);
	}
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.mandate_told($1, $2, $3, $4, $5)", e->id,
		   told_value(e, EV_PROCESSOR), seen.reference, seen.status,
		   "It is about a mandate by which no method of ours is charged.", FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}
