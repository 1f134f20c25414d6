/*
 * attempt.c - an attempt in the payment worker's hands: taken, and brought to what became of it.
 *
 * Whoever learns an outcome first writes it: the worker that asked, or one that a processor told.
 * What the outcome changes (payment, invoice, deal, journal, events, task, the next try) is one
 * transaction with the end of the job; who comes second finds the attempt over and changes nothing.
 */
#include "attempt.h"
#include "pay.h"

#include <billfold/collect.h>
#include <billfold/ledger.h>

const char *
taken_value(const struct taken *t, int col)
{
	return flush_value(t->f, t->stmt, 0, col);
}

bool
taken_is_over(const struct taken *t)
{
	const char *state = taken_value(t, COL_STATE);

	return strcmp(state, "new") != 0 && strcmp(state, "in_flight") != 0 &&
	       strcmp(state, "unknown") != 0;
}

int
attempt_take(struct job *j, const char *attempt, struct taken *ret, struct err *err)
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

static void
end_add(struct flush *f, const struct taken *t, const char *state, const struct charge_result *r)
{
	flush_addv(f, "SELECT payment.attempt_end($1, $2, $3, $4, $5, $6::boolean)", t->attempt,
		   state, r->decline_class, r->decline_code, r->ref, r->ends_method ? "t" : "f",
		   FLUSH_END);
	trouble_add(f, taken_value(t, COL_PROCESSOR_ID), NULL);
}

/* The job's end, and the event's that it is about. */
static void
finish_add(struct flush *f, struct job *j, const struct taken *t)
{
	if (t->event != NULL)
		told_end_add(f, j, t->event, NULL);
	else
		job_done_add(f, j);
}

static struct fee_of
fee_of(const struct taken *t, const char *payment)
{
	return (struct fee_of){ .attempt = t->attempt,
				.payment = payment,
				.kind = "charge",
				.entity_id = taken_value(t, COL_ENTITY),
				.account_id = taken_value(t, COL_ACCOUNT),
				.date = taken_value(t, COL_TODAY),
				.moved = flush_int(t->f, t->stmt, 0, COL_AMOUNT) };
}

/* What it kept of a payment; of a charge that failed, both what it kept and what failing cost. */
static int
fees_add(struct flush *f, struct arena *a, struct fee_of of, const struct charge_result *r,
	 struct err *err)
{
	if (booking_add(f, a, &of, &r->fee, err) < 0)
		return -1;
	of.kind = "failure";
	return of.payment || booking_add(f, a, &of, &r->failure_fee, err) >= 0 ? 0 : -1;
}

static bool
has_fees(const struct charge_result *r)
{
	return r->fee.ref != NULL || r->failure_fee.ref != NULL;
}

/* A method is kept by what it has paid. */
static bool
keeps_method(const struct taken *t, const struct charge_result *r)
{
	return r->state == CHARGE_SUCCEEDED && r->method.token != NULL &&
	       taken_value(t, COL_CONSENT) != NULL;
}

bool
attempt_tells_more(const struct taken *t, const struct charge_result *r)
{
	return has_fees(r) || keeps_method(t, r);
}

int
attempt_more(struct job *j, const struct taken *t, const struct charge_result *r, struct err *err)
{
	struct fee_of of = fee_of(t, taken_value(t, COL_PAYMENT));
	struct flush *f = flush_new(j->db, j->arena);

	if (has_fees(r) && fee_read_now(j, &of, err) < 0)
		return -1;
	enter_add(f, &j->who);
	if ((keeps_method(t, r) &&
	     method_kept_add(f, j, taken_value(t, COL_CONSENT), &r->method, err) < 0) ||
	    fees_add(f, j->arena, of, r, err) < 0)
		return -1;
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

int
attempt_succeeded(struct job *j, const struct taken *t, const struct charge_result *r,
		  struct err *err)
{
	const struct receipt rec = {
		.id = uuid_new_z(j->arena),
		.account_id = taken_value(t, COL_ACCOUNT),
		.currency = taken_value(t, COL_CURRENCY),
		.kind = r->kind ? r->kind : "card",
		.method_type = r->method_type,
		.reference = r->ref,
		.attempt_id = t->attempt,
		.invoice_id = taken_value(t, COL_INVOICE),
		.amount = flush_int(t->f, t->stmt, 0, COL_AMOUNT),
	};

	struct fee_of of = fee_of(t, rec.id);

	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		struct flush *read = flush_new(j->db, j->arena), *f;
		int stmt, fee;

		err_clear(err);
		enter_add_read(read, &j->who);
		stmt = receipt_read(read, &rec);
		fee = fee_read(read, t->attempt);
		flush_commit(read);
		if (flush_run(read, err) < 0)
			return -1;
		fee_load(read, fee, &of);
		f = flush_new(j->db, j->arena);
		enter_add(f, &j->who);
		/* Before the attempt and its account there, as everywhere. */
		flush_addv(f, "SELECT payment.hold(ARRAY[$1::uuid])", rec.account_id, FLUSH_END);
		end_add(f, t, "succeeded", r);
		if (method_kept_add(f, j, taken_value(t, COL_CONSENT), &r->method, err) < 0 ||
		    receipt_add(f, j->arena, &rec, read, stmt, err) < 0 ||
		    booking_add(f, j->arena, &of, &r->fee, err) < 0)
			return -1;
		if (r->disputed)
			dispute_follow_add(f, t);
		finish_add(f, j, t);
		flush_commit(f);
		if (flush_run(f, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			return -1;
	}
	/* The money is there; what the account owes moves too fast just now. */
	return job_defer(j, 1, "other payments of the account came between", err);
}

int
read_dunning(struct job *j, const char *invoice, struct flush **ret, int *ret_stmt, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add_read(f, &j->who);
	*ret_stmt = dunning_read(f, invoice);
	flush_commit(f);
	*ret = f;
	return flush_run(f, err);
}

int
attempt_declined(struct job *j, const struct taken *t, const struct charge_result *r,
		 struct err *err)
{
	const struct dunning_refusal refusal = {
		.attempt_id = t->attempt,
		.invoice_id = taken_value(t, COL_INVOICE),
		.code = r->decline_code,
		.hard = r->decline_class != NULL && strcmp(r->decline_class, "hard") == 0,
	};
	struct fee_of of = fee_of(t, NULL);
	struct flush *read, *f = flush_new(j->db, j->arena);
	int stmt;

	if (read_dunning(j, refusal.invoice_id, &read, &stmt, err) < 0 ||
	    (has_fees(r) && fee_read_now(j, &of, err) < 0))
		return -1;
	enter_add(f, &j->who);
	/* Before its methods, as everywhere: a hard decline ends one. */
	flush_addv(f, "SELECT payment.hold(ARRAY[$1::uuid])", taken_value(t, COL_ACCOUNT),
		   FLUSH_END);
	end_add(f, t, "declined", r);
	if (dunning_declined_add(f, j->arena, read, stmt, &refusal, err) < 0 ||
	    fees_add(f, j->arena, of, r, err) < 0)
		return -1;
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

int
attempt_cancelled(struct job *j, const struct taken *t, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	end_add(f, t, "cancelled", &(struct charge_result){ 0 });
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

static void
processing_add(struct flush *f, const struct taken *t, const struct charge_result *r)
{
	flush_addv(f, "SELECT payment.attempt_processing($1, $2)", t->attempt, r->ref, FLUSH_END);
	trouble_add(f, taken_value(t, COL_PROCESSOR_ID), NULL);
}

int
attempt_processing(struct job *j, const struct taken *t, const struct charge_result *r,
		   struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	if (r->page_ref != NULL)
		flush_addv(f, "SELECT payment.attempt_page($1, $2, $3)", t->attempt, r->page_ref,
			   NULL, FLUSH_END);
	processing_add(f, t, r);
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

int
attempt_open_still(struct job *j, const struct taken *t, const struct charge_result *r, int wait_s,
		   struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	const char *why = "the processor is not done yet";

	enter_add(f, &j->who);
	if (r->page_ref != NULL)
		flush_addv(f, "SELECT payment.attempt_page($1, $2, $3)", t->attempt, r->page_ref,
			   r->page_url, FLUSH_END);
	if (r->state == CHARGE_PROCESSING) {
		processing_add(f, t, r);
		why = "the payer's bank has it";
	} else if (r->state == CHARGE_PENDING) {
		end_add(f, t, "in_flight", r);
	} else {
		end_add(f, t, "unknown", r);
		why = "the processor's answer was lost";
	}
	job_defer_add(f, j, wait_s, why);
	flush_commit(f);
	return flush_run(f, err);
}
