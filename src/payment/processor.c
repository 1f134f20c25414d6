/*
 * processor.c - how this room speaks to a processor: the account's key is opened for the call, and
 * trouble with an account is told once, where people look.
 *
 * A processor that is away, or takes no key of ours, is no fault of the payer: attempts wait for it
 * as long as it takes, without counting tries.
 */
#include "attempt.h"

#include <time.h>

enum { ACCOUNT_WAIT_S = 300 };
/* Asked again after a quarter of the time that it takes already, within bounds. */
enum {
	WAIT_MIN_S = 5,
	WAIT_MAX_S = 120,
	PENDING_MAX_S = 3600,
	PROCESSING_MIN_S = 1800,
	PROCESSING_MAX_S = 6 * 3600,
	SHARE = 4
};

int
processor_wait_s(int64_t sent, enum charge_state known)
{
	int64_t wait = ((int64_t)time(NULL) - sent) / SHARE;
	int least = known == CHARGE_PROCESSING ? PROCESSING_MIN_S : WAIT_MIN_S;
	int most = known == CHARGE_PROCESSING ? PROCESSING_MAX_S
		   : known == CHARGE_PENDING  ? PENDING_MAX_S
					      : WAIT_MAX_S;

	return wait < least ? least : wait > most ? most : (int)wait;
}

bool
processor_page_late(int64_t expires)
{
	return (int64_t)time(NULL) + CHECKOUT_LEAST_S > expires;
}

static bool
never_done(struct charge_result *ret, const char *code)
{
	*ret = (struct charge_result){ .state = CHARGE_DECLINED,
				       .decline_class = "soft",
				       .decline_code = code };
	return false;
}

bool
processor_send_again(const struct at_processor *at, const struct sent_call *sent,
		     struct charge_result *ret)
{
	bool key_lives =
	    at->p->key_life_s == 0 || (int64_t)time(NULL) - sent->at < at->p->key_life_s;

	if (ret->state == CHARGE_UNKNOWN)
		return key_lives;
	if (ret->state != CHARGE_ABSENT)
		return false;
	if (!key_lives)
		return never_done(ret, sent->never);
	if (sent->unknown_times > 1 && str_starts(sent->unknown_reason, STR("http_")) &&
	    sent->unknown_s >= at->env.settings->settled_s)
		return never_done(ret, "processor_error");
	return true;
}

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
	struct flush *f;

	if (!err_def(err)->retryable)
		return -1;
	if (trouble->account && wait_s < ACCOUNT_WAIT_S)
		wait_s = ACCOUNT_WAIT_S;
	if (trouble->retry_after > 0)
		wait_s = trouble->retry_after;
	err_clear(err);
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	if (trouble->retry_after == 0)
		trouble_add(f, row->id, why);
	job_defer_add(f, j, wait_s, why);
	flush_commit(f);
	return flush_run(f, err);
}
