/*
 * processor.c - how this room speaks to a processor: the account's key is opened for the call, and
 * trouble with an account is told once, where people look.
 *
 * A processor that is away, or takes no key of ours, is no fault of the payer: attempts wait for it
 * as long as it takes, without counting tries.
 */
#include "attempt.h"

enum { ACCOUNT_WAIT_S = 300 };

int
at_processor(struct job *j, const struct account_row *row, struct at_processor *ret,
	     struct err *err)
{
	const struct payment_env *env = j->state;

	*ret = (struct at_processor){
		.p = processor_find(row->kind),
		.env = { .db = j->db, .net = env->net, .who = &j->who, .settings = env->processors }
	};
	if (ret->p == NULL)
		return err_set(err, ERR_internal, "There is no processor %s.", row->kind);
	if (!ret->p->needs_account)
		return 0;
	if (row->id == NULL || row->key_sealed == NULL)
		return err_set(err, ERR_internal, "The processor has no account.");
	ret->account = (struct processor_account){ .id = row->id, .live = row->live };
	ret->env.account = &ret->account;
	return unseal(j->arena, env->secret,
		      arena_printf(j->arena, "%s|connect.processor|api_key|%s", j->who.tenant.z,
				   row->id),
		      row->key_sealed, &ret->account.api_key, err);
}

void
trouble_add(struct flush *f, const char *processor_id, const char *trouble)
{
	if (processor_id != NULL)
		flush_addv(f, "SELECT connect.processor_trouble($1, $2)", processor_id, trouble,
			   FLUSH_END);
}

int
trouble_tell(struct job *j, const struct account_row *row, struct err *err)
{
	const char *why = arena_strdup(j->arena, err->detail);
	struct flush *f;

	if (!err_def(err)->retryable || row->id == NULL)
		return -1;
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	trouble_add(f, row->id, why);
	flush_commit(f);
	return flush_run(f, err);
}

int
processor_wait(struct job *j, const struct account_row *row,
	       const struct processor_trouble *trouble, int wait_s, struct err *err)
{
	const char *why = arena_strdup(j->arena, err->detail);

	if (!err_def(err)->retryable)
		return -1;
	if (row->id != NULL && trouble->retry_after == 0 && trouble_tell(j, row, err) < 0)
		return -1;
	if (trouble->account && wait_s < ACCOUNT_WAIT_S)
		wait_s = ACCOUNT_WAIT_S;
	if (trouble->retry_after > 0)
		wait_s = trouble->retry_after;
	err_clear(err);
	return job_defer(j, wait_s, why, err);
}
