/*
 * charge.c - the payment worker: asks a processor to charge an attempt, and what became of one.
 *
 * Before the processor is asked, the attempt is in flight, committed. An answer that was lost
 * leaves it unknown: from then on the processor is asked what became of it, by the attempt's id,
 * and never told to charge anew; the invoice takes no other attempt meanwhile. A worker that died
 * between asking and writing leaves the same trace. What was paid in another way while the attempt
 * waited is not charged once more.
 */
#include "attempt.h"

#include <billfold/collect.h>

#include <time.h>

/* Asked again after a quarter of the time that it takes already, within bounds. */
enum { WAIT_MIN_S = 5, WAIT_MAX_S = 120, PENDING_MAX_S = 3600, SHARE = 4 };

static int64_t
seconds_since_sent(const struct taken *t)
{
	return (int64_t)time(NULL) - flush_int(t->f, t->stmt, 0, COL_SENT);
}

static int
wait_s(const struct taken *t, int most)
{
	int64_t wait = seconds_since_sent(t) / SHARE;

	return wait < WAIT_MIN_S ? WAIT_MIN_S : wait > most ? most : (int)wait;
}

static struct account_row
account_of(const struct taken *t)
{
	return (struct account_row){ .kind = taken_value(t, COL_PROCESSOR),
				     .id = taken_value(t, COL_PROCESSOR_ID),
				     .key_sealed = taken_value(t, COL_API_KEY),
				     .live = flush_bool(t->f, t->stmt, 0, COL_LIVE) };
}

static int
never_charged(struct charge_result *ret, const char *code)
{
	*ret = (struct charge_result){ .state = CHARGE_DECLINED,
				       .decline_class = "soft",
				       .decline_code = code };
	return 0;
}

int
attempt_look_up(const struct at_processor *at, struct job *j, const struct taken *t,
		const char *ref, struct charge_result *ret, struct err *err)
{
	const struct processor_query q = {
		.key = t->attempt,
		.ref = ref ? ref : taken_value(t, COL_PROCESSOR_REF),
		.since = flush_int(t->f, t->stmt, 0, COL_SENT),
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
		.currency = taken_value(t, COL_CURRENCY),
		.exponent = (int)flush_int(t->f, t->stmt, 0, COL_EXPONENT),
	};

	return at->p->lookup(&at->env, j->arena, &q, ret, err);
}

/*
 * It was sent before: the processor is asked what became of it. 1: the same key and content may go
 * out once more, because the key still makes that safe. When it does not, and when the processor
 * had its say twice and has no trace of the charge, there was none and will be none under this key.
 * Nor does it go out again when no answer was ever lost and nothing is due any more: absent.
 */
static int
ask_again(const struct at_processor *at, struct job *j, const struct taken *t,
	  struct charge_result *ret, struct err *err)
{
	struct str reason = flush_str(t->f, t->stmt, 0, COL_UNKNOWN_REASON);
	int64_t unknown_times = flush_int(t->f, t->stmt, 0, COL_UNKNOWN_TIMES);
	bool key_lives = at->p->key_life_s == 0 || seconds_since_sent(t) < at->p->key_life_s;

	if (attempt_look_up(at, j, t, NULL, ret, err) < 0)
		return -1;
	if (ret->state == CHARGE_UNKNOWN)
		return key_lives;
	if (ret->state != CHARGE_ABSENT)
		return 0;
	if (unknown_times == 0 && flush_int(t->f, t->stmt, 0, COL_DUE) == 0)
		return 0;
	if (!key_lives)
		return never_charged(ret, "never_charged");
	if (unknown_times > 1 && str_starts(reason, STR("http_")) &&
	    flush_int(t->f, t->stmt, 0, COL_UNKNOWN_S) >= at->env.settings->settled_s)
		return never_charged(ret, "processor_error");
	return 1;
}

static int
ask(struct job *j, const struct at_processor *at, const struct taken *t, struct charge_result *ret,
    struct err *err)
{
	const struct payment_env *env = j->state;
	const char *aad =
	    arena_printf(j->arena, "%s|%s", j->who.tenant.z, taken_value(t, COL_SEALED_FOR));
	struct charge c = {
		.key = t->attempt,
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
		.currency = taken_value(t, COL_CURRENCY),
		.exponent = (int)flush_int(t->f, t->stmt, 0, COL_EXPONENT),
		.reference = taken_value(t, COL_REFERENCE),
		.off_session = flush_bool(t->f, t->stmt, 0, COL_OFF_SESSION),
	};
	int go = 1;

	if (strcmp(taken_value(t, COL_STATE), "new") != 0)
		go = ask_again(at, j, t, ret, err);
	if (go <= 0)
		return go;
	if (unseal(j->arena, env->secret, aad, taken_value(t, COL_TOKEN), &c.token, err) < 0)
		return -1;
	return at->p->charge(&at->env, j->arena, &c, ret, err);
}

static int
write_down(struct job *j, const struct taken *t, const struct charge_result *r, struct err *err)
{
	switch (r->state) {
	case CHARGE_SUCCEEDED:
		return attempt_succeeded(j, t, r, err);
	case CHARGE_DECLINED:
		return attempt_declined(j, t, r, err);
	case CHARGE_ABSENT:
		return attempt_cancelled(j, t, err);
	case CHARGE_PENDING:
	case CHARGE_UNKNOWN:
		break;
	}
	return attempt_open_still(
	    j, t, r, wait_s(t, r->state == CHARGE_PENDING ? PENDING_MAX_S : WAIT_MAX_S), err);
}

static int
charge_run(struct job *j, struct err *err)
{
	struct charge_result r = { 0 };
	struct at_processor at;
	struct account_row row;
	struct taken t = { 0 };
	struct str attempt;

	if (!jval_str(j->payload, "attempt_id", &attempt))
		return err_set(err, ERR_validation_failed, "The job names no attempt.");
	if (attempt_take(j, str_dup(j->arena, attempt), &t, err) < 0)
		return -1;
	if (taken_is_over(&t))
		return 0;
	row = account_of(&t);
	if (at_processor(j, &row, &at, err) < 0)
		return -1;
	if (ask(j, &at, &t, &r, err) < 0)
		return processor_wait(j, &row, &r.trouble, wait_s(&t, WAIT_MAX_S), err);
	if (write_down(j, &t, &r, err) == 0)
		return 0;
	if (err->code != ERR_wrong_state)
		return -1;
	/* The processor told somebody else first. */
	err_clear(err);
	return attempt_take(j, t.attempt, &t, err) < 0 || !taken_is_over(&t) ? -1 : 0;
}

/* A planned try is due, or a case that waited has a method: whether it still makes sense is asked
 * once more in the transaction that starts it. */
static int
retry_run(struct job *j, struct err *err)
{
	struct flush *read, *f = flush_new(j->db, j->arena);
	struct str invoice;
	const char *id;
	int stmt;

	if (!jval_str(j->payload, "invoice_id", &invoice))
		return err_set(err, ERR_validation_failed, "The job names no invoice.");
	id = str_dup(j->arena, invoice);
	if (read_dunning(j, id, &read, &stmt, err) < 0)
		return -1;
	enter_add(f, &j->who);
	if (dunning_retry_add(f, j->arena, read, stmt, id, uuid_new_z(j->arena), err) < 0)
		return -1;
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

const struct job_kind payment_job_kinds[] = {
	{ .name = "charge",
	  .run = charge_run,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Charges an attempt, or asks what became of it." },
	{ .name = "retry_charge",
	  .run = retry_run,
	  .lease_s = 60,
	  .doc = "Starts the next try that the policy planned." },
	{ .name = "open_dispute",
	  .run = dispute_run,
	  .lease_s = 60,
	  .doc = "Says that a payment is disputed." },
	{ .name = "processor_event",
	  .run = told_run,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 2,
	  .backoff_max_s = 900,
	  .share = 8,
	  .doc = "Makes true here what a processor told." },
	{ .name = "poll_processors",
	  .run = poll_run,
	  .every_s = 15,
	  .doc = "Asks processors for what no webhook told." },
	{ 0 },
};
