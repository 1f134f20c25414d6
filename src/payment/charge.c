/*
 * charge.c - the payment worker: asks a processor to charge an attempt, and makes its answer true
 * here.
 *
 * Before the processor is asked, the attempt is in flight, committed. An answer that was lost
 * leaves it unknown: from then on the processor is asked what became of it, by the attempt's id,
 * and never told to charge anew; the invoice takes no other attempt meanwhile. A worker that died
 * between asking and writing leaves the same trace. What the answer changes (payment, invoice,
 * deal, journal, events, task, the next try) is one transaction with the end of the job.
 */
#include <billfold/base/log.h>
#include <billfold/collect.h>
#include <billfold/connect.h>
#include <billfold/payment.h>

enum {
	COL_STATE,
	COL_PROCESSOR,
	COL_TOKEN,
	COL_SEALED_FOR,
	COL_AMOUNT,
	COL_CURRENCY,
	COL_REFERENCE,
	COL_OFF_SESSION,
	COL_INVOICE,
	COL_ACCOUNT
};

enum { LOOK_UP_S = 5, LOOK_UP_MAX_S = 300 };

/* An attempt in the worker's hands. */
struct taken {
	const struct flush *f;
	int stmt;
	const char *attempt;
};

static const char *
value(const struct taken *t, int col)
{
	return flush_value(t->f, t->stmt, 0, col);
}

/* 0 with *ret filled in; the attempt is in flight now, committed. */
static int
take(struct job *j, const char *attempt, struct taken *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	ret->stmt = flush_addv(f, "SELECT * FROM payment.attempt_take($1)", attempt, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, ret->stmt) == 0)
		return err_set(err, ERR_not_found, "There is no attempt %s.", attempt);
	ret->f = f;
	ret->attempt = attempt;
	return 0;
}

static int
ask(struct job *j, const struct taken *t, struct charge_result *ret, struct err *err)
{
	const struct payment_env *env = j->state;
	const struct processor_env penv = { .db = j->db, .net = env->net, .who = &j->who };
	const struct processor *p = processor_find(value(t, COL_PROCESSOR));
	const char *aad =
	    arena_printf(j->arena, "%s|%s", j->who.tenant.z, value(t, COL_SEALED_FOR));
	struct charge c = {
		.key = t->attempt,
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
		.currency = value(t, COL_CURRENCY),
		.reference = value(t, COL_REFERENCE),
		.off_session = flush_bool(t->f, t->stmt, 0, COL_OFF_SESSION),
	};

	if (p == NULL)
		return err_set(err, ERR_internal, "There is no processor %s.",
			       value(t, COL_PROCESSOR));
	if (strcmp(value(t, COL_STATE), "new") != 0) {
		if (p->lookup(&penv, j->arena, c.key, ret, err) < 0)
			return -1;
		if (ret->state != CHARGE_ABSENT)
			return 0;
		/* It surely never arrived: the same key and content may go out now. */
	}
	if (unseal(j->arena, env->secret, aad, value(t, COL_TOKEN), &c.token, err) < 0)
		return -1;
	return p->charge(&penv, j->arena, &c, ret, err);
}

static void
end_add(struct flush *f, const struct taken *t, const char *state, const struct charge_result *r)
{
	flush_addv(f, "SELECT payment.attempt_end($1, $2, $3, $4, $5)", t->attempt, state,
		   r->decline_class, r->decline_code, r->ref, FLUSH_END);
}

static int
succeeded(struct job *j, const struct taken *t, const struct charge_result *r, struct err *err)
{
	const struct receipt rec = {
		.id = uuid_new_z(j->arena),
		.account_id = value(t, COL_ACCOUNT),
		.currency = value(t, COL_CURRENCY),
		.kind = "card",
		.reference = r->ref,
		.attempt_id = t->attempt,
		.invoice_id = value(t, COL_INVOICE),
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
	};

	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		struct flush *read = flush_new(j->db, j->arena), *f;
		int stmt;

		err_clear(err);
		enter_add_read(read, &j->who);
		stmt = receipt_read(read, &rec);
		flush_commit(read);
		if (flush_run(read, err) < 0)
			return -1;
		f = flush_new(j->db, j->arena);
		enter_add(f, &j->who);
		end_add(f, t, "succeeded", r);
		if (receipt_add(f, j->arena, &rec, read, stmt, err) < 0)
			return -1;
		job_done_add(f, j);
		flush_commit(f);
		if (flush_run(f, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			return -1;
	}
	/* The money is there; what the account owes moves too fast just now. */
	return job_defer(j, 1, "other payments of the account came between", err);
}

/* What collection of the invoice is decided on. */
static int
read_dunning(struct job *j, const char *invoice, struct flush **ret, int *ret_stmt, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add_read(f, &j->who);
	*ret_stmt = dunning_read(f, invoice);
	flush_commit(f);
	*ret = f;
	return flush_run(f, err);
}

static int
declined(struct job *j, const struct taken *t, const struct charge_result *r, struct err *err)
{
	const struct dunning_refusal refusal = {
		.attempt_id = t->attempt,
		.invoice_id = value(t, COL_INVOICE),
		.code = r->decline_code,
		.hard = r->decline_class != NULL && strcmp(r->decline_class, "hard") == 0,
	};
	struct flush *read, *f = flush_new(j->db, j->arena);
	int stmt;

	if (read_dunning(j, refusal.invoice_id, &read, &stmt, err) < 0)
		return -1;
	enter_add(f, &j->who);
	end_add(f, t, "declined", r);
	if (dunning_declined_add(f, j->arena, read, stmt, &refusal, err) < 0)
		return -1;
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

/* Nobody knows: written down, and asked again later. */
static int
unknown(struct job *j, const struct taken *t, const struct charge_result *r, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int wait = LOOK_UP_S;

	if (strcmp(value(t, COL_STATE), "unknown") != 0) {
		enter_add(f, &j->who);
		end_add(f, t, "unknown", r);
		flush_commit(f);
		if (flush_run(f, err) < 0)
			return -1;
	} else {
		wait = LOOK_UP_MAX_S / 5;
	}
	return job_defer(j, wait, "the processor's answer was lost", err);
}

static int
charge_run(struct job *j, struct err *err)
{
	struct charge_result r = { 0 };
	struct taken t = { 0 };
	struct str attempt;

	if (!jval_str(j->payload, "attempt_id", &attempt))
		return err_set(err, ERR_validation_failed, "The job names no attempt.");
	if (take(j, str_dup(j->arena, attempt), &t, err) < 0)
		return -1;
	if (strcmp(value(&t, COL_STATE), "new") != 0 &&
	    strcmp(value(&t, COL_STATE), "in_flight") != 0 &&
	    strcmp(value(&t, COL_STATE), "unknown") != 0)
		return 0; /* over already */
	if (ask(j, &t, &r, err) < 0)
		return -1;
	switch (r.state) {
	case CHARGE_SUCCEEDED:
		return succeeded(j, &t, &r, err);
	case CHARGE_DECLINED:
		return declined(j, &t, &r, err);
	case CHARGE_UNKNOWN:
	case CHARGE_ABSENT:
		break;
	}
	return unknown(j, &t, &r, err);
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
	{ 0 },
};
