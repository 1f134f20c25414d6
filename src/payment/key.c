/*
 * key.c - a new key of an account at a processor: whose it is, before it takes the former one's
 * place.
 *
 * Attempts, methods and disputes live at one account there. A key of another one would ask for them
 * in vain, and a charge that nobody finds would be made once more; so the former key stays until
 * the new one is known to be the same account's. While the processor cannot be asked, it waits.
 */
#include "attempt.h"

enum { KEY_KIND, KEY_LIVE, KEY_SEALED, KEY_ACCOUNT, KEY_WITNESS };
enum { WAIT_S = 30 };

static const char *const words[] = {
	[IDENTITY_NOT_TOLD] = "not_told",
	[IDENTITY_SAME] = "same",
	[IDENTITY_OTHER] = "other",
	[IDENTITY_NOT_TAKEN] = "not_taken",
};

static const char *
aad(struct job *j, const char *column, const char *processor)
{
	return arena_printf(j->arena, "%s|connect.processor|%s|%s", j->who.tenant.z, column,
			    processor);
}

static int
write_down(struct job *j, const char *processor, const char *asked, struct str key,
	   const struct processor_identity *who, struct err *err)
{
	const struct payment_env *env = j->state;
	const char *sealed;
	struct flush *f;

	if (seal(j->arena, env->secret, aad(j, "api_key", processor), key, &sealed, err) < 0)
		return -1;
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.key_end($1, $2, $3, $4, $5)", processor, asked,
		   words[who->is], who->ref, sealed, FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

int
key_run(struct job *j, struct err *err)
{
	const struct payment_env *env = j->state;
	struct processor_account account = { 0 };
	struct processor_env speak = { .db = j->db,
				       .net = env->net,
				       .who = &j->who,
				       .settings = env->processors,
				       .account = &account };
	struct processor_trouble trouble = { 0 };
	struct processor_identity who = { 0 };
	const struct processor *p;
	struct flush *f = flush_new(j->db, j->arena);
	const char *why;
	struct str id;
	int s;

	if (!jval_str(j->payload, "processor_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no processor.");
	account.id = str_dup(j->arena, id);
	enter_add_read(f, &j->who);
	s = flush_addv(f, "SELECT * FROM payment.key_take($1)", account.id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) == 0)
		return 0;
	p = processor_find(flush_value(f, s, 0, KEY_KIND));
	account.live = flush_bool(f, s, 0, KEY_LIVE);
	if (p == NULL || p->identify == NULL)
		return err_set(err, ERR_internal, "This processor has no keys.");
	if (unseal(j->arena, env->secret, aad(j, "api_key_next", account.id),
		   flush_value(f, s, 0, KEY_SEALED), &account.api_key, err) < 0)
		return -1;
	if (p->identify(&speak, j->arena, flush_value(f, s, 0, KEY_ACCOUNT),
			flush_value(f, s, 0, KEY_WITNESS), &who, &trouble, err) == 0)
		return write_down(j, account.id, flush_value(f, s, 0, KEY_SEALED), account.api_key,
				  &who, err);
	if (!err_def(err)->retryable)
		return -1;
	why = arena_strdup(j->arena, err->detail);
	err_clear(err);
	return job_defer(j, trouble.retry_after ? trouble.retry_after : WAIT_S, why, err);
}
