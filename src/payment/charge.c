/*
 * charge.c - the payment worker: asks a processor to charge an attempt, and what became of one.
 *
 * Before the processor is asked, the attempt is in flight, committed. An answer that was lost
 * leaves it unknown: from then on the processor is asked what became of it, by the attempt's id,
 * and never told to charge anew; the invoice takes no other attempt meanwhile. A worker that died
 * between asking and writing leaves the same trace. What was paid in another way while the attempt
 * waited is not charged once more.
 */
#include "refund.h"

#include <billfold/collect.h>

enum { PAGE_S = 3600 }; /* how long a payer may take on the processor's page */

static int
wait_s(const struct taken *t, enum charge_state known)
{
	return processor_wait_s(flush_int(t->f, t->stmt, 0, COL_SENT), known);
}

static struct account_row
account_of(const struct taken *t)
{
	return (struct account_row){ .kind = taken_value(t, COL_PROCESSOR),
				     .id = taken_value(t, COL_PROCESSOR_ID),
				     .key_sealed = taken_value(t, COL_API_KEY),
				     .live = flush_bool(t->f, t->stmt, 0, COL_LIVE) };
}

int
attempt_look_up(const struct at_processor *at, struct job *j, const struct taken *t,
		const char *ref, const char *page, struct charge_result *ret, struct err *err)
{
	bool hosted = flush_bool(t->f, t->stmt, 0, COL_HOSTED);
	const struct processor_query q = {
		.key = t->attempt,
		.ref = ref ? ref : taken_value(t, COL_PROCESSOR_REF),
		.since = flush_int(t->f, t->stmt, 0, COL_SENT),
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
		.currency = taken_value(t, COL_CURRENCY),
		.exponent = (int)flush_int(t->f, t->stmt, 0, COL_EXPONENT),
	};

	if (page == NULL)
		page = taken_value(t, COL_PAGE);
	if (hosted && (page != NULL || q.ref == NULL))
		return at->p->checkout_look(&at->env, j->arena, page,
					    flush_int(t->f, t->stmt, 0, COL_DUE) < q.amount &&
						!taken_is_over(t),
					    &q, ret, err);
	if (at->p->lookup(&at->env, j->arena, &q, ret, err) < 0)
		return -1;
	/* Declined on a page is not the end: the payer may take another card there. */
	if (hosted && ret->state == CHARGE_DECLINED)
		*ret = (struct charge_result){ .state = CHARGE_PENDING };
	/* No payer is there whose turn it could be. */
	if (!hosted && ret->state == CHARGE_PENDING) {
		ret->state = CHARGE_UNKNOWN;
		ret->decline_code = "not_confirmed";
	}
	return 0;
}

/*
 * It was sent before: the processor is asked what became of it. 1: it may go out once more. Not so
 * when no answer was ever lost and nothing is due any more, nor a page for which it is too late:
 * then it is absent.
 */
static int
ask_again(const struct at_processor *at, struct job *j, const struct taken *t,
	  struct charge_result *ret, struct err *err)
{
	const struct sent_call sent = {
		.at = flush_int(t->f, t->stmt, 0, COL_SENT),
		.unknown_s = flush_int(t->f, t->stmt, 0, COL_UNKNOWN_S),
		.unknown_times = flush_int(t->f, t->stmt, 0, COL_UNKNOWN_TIMES),
		.unknown_reason = flush_str(t->f, t->stmt, 0, COL_UNKNOWN_REASON),
		.never = "never_charged",
	};

	if (attempt_look_up(at, j, t, NULL, NULL, ret, err) < 0)
		return -1;
	/* What the processor has named it has heard of: it cannot be that there was no charge. */
	if (ret->state == CHARGE_ABSENT && taken_value(t, COL_PROCESSOR_REF) != NULL &&
	    ret->page_ref == NULL) {
		ret->state = CHARGE_UNKNOWN;
		ret->decline_code = "not_found";
	}
	/* A page that is known is never made anew. */
	if (taken_value(t, COL_PAGE) != NULL || ret->page_ref != NULL)
		return 0;
	if (ret->state == CHARGE_ABSENT && sent.unknown_times == 0 &&
	    flush_int(t->f, t->stmt, 0, COL_DUE) == 0)
		return 0;
	if (ret->state == CHARGE_ABSENT && flush_bool(t->f, t->stmt, 0, COL_HOSTED) &&
	    processor_page_late(sent.at + PAGE_S))
		return 0;
	return processor_send_again(at, &sent, ret);
}

/* The page on which the payer pays: made from the attempt alone, so that a repeat has the same
 * bytes. */
static int
ask_page(const struct at_processor *at, struct job *j, const struct taken *t,
	 const struct charge *c, struct charge_result *ret, struct err *err)
{
	const struct checkout page = {
		.key = c->key,
		.amount = c->amount,
		.currency = c->currency,
		.exponent = c->exponent,
		.reference = c->reference,
		.return_url = str_dup(j->arena, c->token),
		.expires = flush_int(t->f, t->stmt, 0, COL_SENT) + PAGE_S,
		.keep = taken_value(t, COL_CONSENT) != NULL,
	};

	if (at->p->checkout == NULL)
		return err_set(err, ERR_internal, "The processor has no page.");
	return at->p->checkout(&at->env, j->arena, &page, ret, err);
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
	if (flush_bool(t->f, t->stmt, 0, COL_HOSTED))
		return ask_page(at, j, t, &c, ret, err);
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
	case CHARGE_PROCESSING:
	case CHARGE_UNKNOWN:
		break;
	}
	return attempt_open_still(j, t, r, wait_s(t, r->state), err);
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
		return processor_wait(j, &row, &r.trouble, wait_s(&t, CHARGE_UNKNOWN), err);
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
retry_once(struct job *j, const char *invoice, struct err *err)
{
	struct flush *read, *f = flush_new(j->db, j->arena);
	int stmt;

	if (read_dunning(j, invoice, &read, &stmt, err) < 0)
		return -1;
	enter_add(f, &j->who);
	if (dunning_retry_add(f, j->arena, read, stmt, invoice, uuid_new_z(j->arena), err) < 0)
		return -1;
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

static int
retry_run(struct job *j, struct err *err)
{
	struct str invoice;
	const char *id;

	if (!jval_str(j->payload, "invoice_id", &invoice))
		return err_set(err, ERR_validation_failed, "The job names no invoice.");
	id = str_dup(j->arena, invoice);
	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		err_clear(err);
		if (retry_once(j, id, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			return -1;
	}
	err_clear(err);
	return job_defer(j, 1, "what may be charged moves too fast just now", err);
}

const struct job_kind payment_job_kinds[] = {
	{ .name = "charge",
	  .run = charge_run,
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Charges an attempt, or asks what became of it." },
	{ .name = "refund",
	  .run = refund_run,
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Gives money of a payment back, or asks what became of that." },
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
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 2,
	  .backoff_max_s = 900,
	  .share = 8,
	  .doc = "Makes true here what a processor told." },
	{ .name = "setup",
	  .run = setup_run,
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Has a method kept on a processor's page, or asks what became of that." },
	{ .name = "detach",
	  .run = detach_run,
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 120,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Has a processor forget a method that was removed." },
	{ .name = "check_key",
	  .run = key_run,
	  .persists = true,
	  .max_attempts = 20,
	  .lease_s = 60,
	  .backoff_s = 5,
	  .backoff_max_s = 900,
	  .doc = "Asks a processor whose a new key is, before it takes the former one's place." },
	{ .name = "poll_processors",
	  .run = poll_run,
	  .every_s = 5,
	  .doc =
	      "Asks processors for what no webhook told, each as often as processor_poll says." },
	{ 0 },
};
