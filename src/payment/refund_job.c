/*
 * refund_job.c - the payment worker gives money back, and what became of it.
 *
 * As with charges: the refund is in flight, committed, before the processor is asked, under the
 * refund's id; an answer that was lost leaves it unknown, and then the processor's own list of the
 * charge's refunds is asked, never a second refund made. A refund that failed, even days after it
 * was out, is undone: its money goes back to where it came from, as far as that still takes it.
 */
#include "refund.h"

enum {
	AT_STATE,
	AT_PROCESSOR,
	AT_PROCESSOR_ID,
	AT_API_KEY,
	AT_LIVE,
	AT_AMOUNT,
	AT_CURRENCY,
	AT_EXPONENT,
	AT_CHARGE_KEY,
	AT_CHARGE_REF,
	AT_OWN_REF,
	AT_SENT,
	AT_UNKNOWN_S,
	AT_UNKNOWN_TIMES,
	AT_UNKNOWN_REASON,
	AT_ACCOUNT,
	AT_ENTITY,
	AT_TODAY,
	AT_PAYMENT
};

struct taken_refund {
	const struct flush *f;
	int stmt;
	const char *id;
	bool told; /* the job is about more than this */
};

static const char *
value(const struct taken_refund *t, int col)
{
	return flush_value(t->f, t->stmt, 0, col);
}

static int64_t
number(const struct taken_refund *t, int col)
{
	return flush_int(t->f, t->stmt, 0, col);
}

static bool
is_over(const struct taken_refund *t)
{
	return strcmp(value(t, AT_STATE), "succeeded") == 0 ||
	       strcmp(value(t, AT_STATE), "failed") == 0;
}

static int
take(struct job *j, const char *id, struct taken_refund *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	ret->stmt = flush_addv(f, "SELECT * FROM payment.refund_take($1)", id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, ret->stmt) == 0)
		return err_set(err, ERR_not_found, "There is no refund %s.", id);
	ret->f = f;
	ret->id = id;
	return 0;
}

/* ---- the processor is asked ---- */

/* By the processor's list of what was given back of the charge. */
static int
look_up(struct job *j, const struct at_processor *at, const struct taken_refund *t,
	struct charge_result *ret, struct err *err)
{
	const struct processor_query q = { .key = value(t, AT_CHARGE_KEY),
					   .ref = value(t, AT_CHARGE_REF),
					   .currency = value(t, AT_CURRENCY),
					   .exponent = (int)number(t, AT_EXPONENT) };
	struct refunds_seen seen = { 0 };

	*ret = (struct charge_result){ .state = CHARGE_ABSENT };
	if (at->p->refunds(&at->env, j->arena, &q, &seen, &ret->trouble, err) < 0)
		return -1;
	for (size_t i = 0; i < seen.n; i++) {
		const struct refund_seen *one = &seen.v[i];

		if (one->key == NULL || strcmp(one->key, t->id) != 0)
			continue;
		*ret = one->is;
		if (one->amount != number(t, AT_AMOUNT))
			*ret = (struct charge_result){ .state = CHARGE_UNKNOWN,
						       .decline_code = "wrong_amount" };
	}
	return 0;
}

static int
ask(struct job *j, const struct at_processor *at, const struct taken_refund *t,
    struct charge_result *ret, struct err *err)
{
	const struct refund r = { .key = t->id,
				  .charge_key = value(t, AT_CHARGE_KEY),
				  .charge_ref = value(t, AT_CHARGE_REF),
				  .amount = number(t, AT_AMOUNT),
				  .currency = value(t, AT_CURRENCY),
				  .exponent = (int)number(t, AT_EXPONENT) };
	const struct sent_call sent = {
		.at = number(t, AT_SENT),
		.unknown_s = number(t, AT_UNKNOWN_S),
		.unknown_times = number(t, AT_UNKNOWN_TIMES),
		.unknown_reason = flush_str(t->f, t->stmt, 0, AT_UNKNOWN_REASON),
		.never = "never_refunded",
	};

	if (at->p->refund == NULL || at->p->refunds == NULL)
		return err_set(err, ERR_internal, "The processor %s gives nothing back.",
			       at->p->name);
	if (strcmp(value(t, AT_STATE), "new") != 0) {
		if (look_up(j, at, t, ret, err) < 0)
			return -1;
		if (!processor_send_again(at, &sent, ret))
			return 0;
	}
	return at->p->refund(&at->env, j->arena, &r, ret, err);
}

/* ---- what became of it ---- */

static struct refund_entry
entry(const struct taken_refund *t, const char *event)
{
	return (struct refund_entry){ .id = t->id,
				      .event = event,
				      .entity_id = value(t, AT_ENTITY),
				      .account_id = value(t, AT_ACCOUNT),
				      .currency = value(t, AT_CURRENCY),
				      .date = value(t, AT_TODAY) };
}

static void
finish_add(struct flush *f, struct job *j, const struct taken_refund *t)
{
	if (!t->told)
		job_done_add(f, j);
}

/* Payers are held first, as everywhere. */
static struct flush *
begin(struct job *j, const struct taken_refund *t)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.hold(ARRAY[$1::uuid])", value(t, AT_ACCOUNT), FLUSH_END);
	return f;
}

static void
end_add(struct flush *f, const struct taken_refund *t, const char *state,
	const struct charge_result *r)
{
	flush_addv(f, "SELECT payment.refund_end($1, $2, $3, $4)", t->id, state, r->decline_code,
		   r->ref, FLUSH_END);
	trouble_add(f, value(t, AT_PROCESSOR_ID), NULL);
}

static int
read_exchange(struct job *j, const struct taken_refund *t, struct exchange *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int stmt;

	enter_add_read(f, &j->who);
	stmt = exchange_read(f, value(t, AT_PAYMENT), NULL);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	exchange_load(j->arena, f, stmt, ret);
	return 0;
}

static int
succeeded(struct job *j, const struct taken_refund *t, const struct charge_result *r,
	  struct err *err)
{
	const struct posting_amounts m = { .moved = number(t, AT_AMOUNT), .method = PAY_CLEARING };
	struct refund_entry e = entry(t, "paid");
	struct fee_of of = { .attempt = value(t, AT_CHARGE_KEY),
			     .payment = value(t, AT_PAYMENT),
			     .kind = "refund",
			     .entity_id = e.entity_id,
			     .account_id = e.account_id,
			     .date = e.date,
			     .moved = m.moved };
	struct posting posting;
	struct exchange x;
	struct flush *f;

	if (read_exchange(j, t, &x, err) < 0 ||
	    posting_make(POST_REFUND_PAID, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, NULL, 0, 0, &e.converted, err) < 0 ||
	    (r->fee.ref != NULL && fee_read_now(j, &of, err) < 0))
		return -1;
	f = begin(j, t);
	end_add(f, t, "succeeded", r);
	refund_post(f, j->arena, &e, &posting);
	if (booking_add(f, j->arena, &of, &r->fee, err) < 0)
		return -1;
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

static void
undo_add(struct flush *f, struct arena *a, const struct taken_refund *t, bool was_out,
	 const struct refund_share *shares, size_t n)
{
	const char *ids, *amounts, *dues;

	refund_given(a, shares, n, &ids, &amounts, &dues);
	flush_addv(f, "SELECT payment.refund_undo($1, $2::boolean, $3, $4, $5, $6::date)", t->id,
		   was_out ? "t" : "f", ids, amounts, dues, value(t, AT_TODAY), FLUSH_END);
}

static int
undo(struct job *j, const struct taken_refund *t, const struct charge_result *r,
     const struct flush *read, int stmt, struct err *err)
{
	bool was_out = str_eqz(flush_str(read, stmt, 0, TAKEN_STATE), "succeeded");
	struct posting_amounts m = { .method = was_out ? PAY_CLEARING : PAY_REFUNDS };
	struct refund_entry e = entry(t, "failed");
	struct refund_share *shares;
	size_t n = refund_losers(j->arena, read, stmt, &shares);
	struct posting posting;
	struct exchange x;
	struct flush *f;

	exchange_load(j->arena, read, stmt + 1, &x);
	if (refund_put_back(number(t, AT_AMOUNT), shares, n, &m.unapplied, err) < 0)
		return -1;
	m.applied = number(t, AT_AMOUNT) - m.unapplied;
	f = begin(j, t);
	exchange_expect(f, j->arena, value(t, AT_PAYMENT), &x);
	if (posting_make(POST_PAYMENT_RECEIVED, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, refund_moves(j->arena, shares, n, true), n, m.unapplied,
			   &e.converted, err) < 0)
		return -1;
	end_add(f, t, "failed", r);
	undo_add(f, j->arena, t, was_out, shares, n);
	refund_post(f, j->arena, &e, &posting);
	finish_add(f, j, t);
	flush_commit(f);
	return flush_run(f, err);
}

/* ERR_conflict: what the account owes moves too fast just now. */
static int
failed(struct job *j, const struct taken_refund *t, const struct charge_result *r, struct err *err)
{
	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		struct flush *read = flush_new(j->db, j->arena);
		int stmt;

		err_clear(err);
		enter_add_read(read, &j->who);
		stmt = flush_addv(read, "SELECT * FROM payment.taken_facts($1, NULL)", t->id,
				  FLUSH_END);
		exchange_read(read, value(t, AT_PAYMENT), NULL);
		flush_commit(read);
		if (flush_run(read, err) < 0)
			return -1;
		if (undo(j, t, r, read, stmt, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			break;
	}
	return -1;
}

static int
open_still(struct job *j, const struct taken_refund *t, const struct charge_result *r,
	   struct err *err)
{
	bool pending = r->state == CHARGE_PENDING;
	struct flush *f = begin(j, t);

	end_add(f, t, pending ? "in_flight" : "unknown", r);
	job_defer_add(f, j, processor_wait_s(number(t, AT_SENT), r->state),
		      pending ? "the processor is not done yet"
			      : "the processor's answer was lost");
	flush_commit(f);
	return flush_run(f, err);
}

static int
write_down(struct job *j, const struct taken_refund *t, const struct charge_result *r,
	   struct err *err)
{
	switch (r->state) {
	case CHARGE_SUCCEEDED:
		return succeeded(j, t, r, err);
	case CHARGE_DECLINED:
		return failed(j, t, r, err);
	case CHARGE_PENDING:
	case CHARGE_PROCESSING:
	case CHARGE_UNKNOWN:
	case CHARGE_ABSENT:
		break;
	}
	return open_still(j, t, r, err);
}

int
refund_run(struct job *j, struct err *err)
{
	struct charge_result r = { 0 };
	struct at_processor at;
	struct account_row row;
	struct taken_refund t = { 0 };
	struct str id;

	if (!jval_str(j->payload, "refund_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no refund.");
	if (take(j, str_dup(j->arena, id), &t, err) < 0)
		return -1;
	if (is_over(&t))
		return 0;
	row = (struct account_row){ .kind = value(&t, AT_PROCESSOR),
				    .id = value(&t, AT_PROCESSOR_ID),
				    .key_sealed = value(&t, AT_API_KEY),
				    .live = flush_bool(t.f, t.stmt, 0, AT_LIVE) };
	if (at_processor(j, &row, &at, err) < 0)
		return -1;
	if (ask(j, &at, &t, &r, err) < 0)
		return processor_wait(j, &row, &r.trouble,
				      processor_wait_s(number(&t, AT_SENT), CHARGE_UNKNOWN), err);
	if (write_down(j, &t, &r, err) == 0)
		return 0;
	if (err->code == ERR_conflict) {
		err_clear(err);
		return job_defer(j, 1, "what the account owes moves too fast just now", err);
	}
	if (err->code != ERR_wrong_state)
		return -1;
	/* The processor told somebody else first. */
	err_clear(err);
	return take(j, t.id, &t, err) < 0 || !is_over(&t) ? -1 : 0;
}

int
refund_learn(struct job *j, const char *id, const struct charge_result *r, struct err *err)
{
	struct taken_refund t = { 0 };
	bool out;

	if (r->state != CHARGE_SUCCEEDED && r->state != CHARGE_DECLINED)
		return 0;
	if (take(j, id, &t, err) < 0)
		return -1;
	t.told = true;
	out = strcmp(value(&t, AT_STATE), "succeeded") == 0;
	if (is_over(&t) && !(out && r->state == CHARGE_DECLINED))
		return 0;
	if (write_down(j, &t, r, err) == 0)
		return 0;
	if (err->code != ERR_wrong_state)
		return -1;
	/* Somebody else was told first, or has given it up: what that comes to is to be seen. */
	return err_set(err, ERR_conflict, "The refund has moved meanwhile.");
}
