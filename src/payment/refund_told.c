/*
 * refund_told.c - a processor has told of a refund: all that it gave back of the charge is made
 * true here.
 *
 * Those that we asked for are brought to what became of them. One that somebody made at the
 * processor itself, or that we had given up, is money that is gone: it leaves what no invoice has
 * used, then the invoices that used the payment last, and these are open again. An own refund that
 * is still on its way comes first, since the processor will refuse what is not there any more.
 */
#include "refund.h"
#include "told.h"

#include <billfold/base/log.h>

enum { WAIT_S = 10, PATIENCE_S = 30 };

/* ---- one that somebody made there ---- */

static void
adopt_add(struct flush *f, struct arena *a, const struct charge_facts *x, const char *id,
	  const struct refund_seen *seen, int64_t credit, const struct refund_share *shares,
	  size_t n)
{
	const char *invoices, *amounts;

	refund_taken(a, shares, n, &invoices, &amounts);
	flush_addv(f, "SELECT payment.refund_add($1, $2, $3, $4, NULL, $5, $6, $7, NULL, $8)", id,
		   charge_fact(x, CHARGE_PAYMENT), int_text(a, seen->amount), int_text(a, credit),
		   invoices, amounts, charge_fact(x, CHARGE_TODAY), seen->is.ref, FLUSH_END);
}

static int
adopt_post(struct flush *f, struct arena *a, const struct charge_facts *x, const char *id,
	   int64_t credit, const struct exchange_move *moves, size_t n, struct exchange *at,
	   int64_t amount, struct err *err)
{
	struct posting_amounts back = { .applied = amount - credit,
					.unapplied = credit,
					.method = PAY_REFUNDS };
	struct posting_amounts out = { .moved = amount, .method = PAY_CLEARING };
	struct refund_entry e = { .id = id,
				  .event = "created",
				  .entity_id = charge_fact(x, CHARGE_ENTITY),
				  .account_id = charge_fact(x, CHARGE_ACCOUNT),
				  .currency = charge_fact(x, CHARGE_CURRENCY),
				  .date = charge_fact(x, CHARGE_TODAY) };
	struct posting posting;

	if (posting_make(POST_PAYMENT_RETURNED, &back, &posting, err) < 0 ||
	    exchange_value(at, &posting, moves, n, -credit, &e.converted, err) < 0)
		return -1;
	refund_post(f, a, &e, &posting);
	e.event = "paid";
	if (posting_make(POST_REFUND_PAID, &out, &posting, err) < 0 ||
	    exchange_value(at, &posting, NULL, 0, 0, &e.converted, err) < 0)
		return -1;
	refund_post(f, a, &e, &posting);
	return 0;
}

/* ERR_over_allocation: more is gone than there was. ERR_conflict: something moved in between. */
static int
adopt(struct job *j, const struct charge_facts *x, const struct refund_seen *seen, struct err *err)
{
	struct flush *read = flush_new(j->db, j->arena), *f = flush_new(j->db, j->arena);
	const char *id = uuid_new_z(j->arena);
	struct refund_share *shares;
	struct exchange at;
	int64_t credit, left;
	size_t n;
	int stmt;

	enter_add_read(read, &j->who);
	stmt = flush_addv(read, "SELECT * FROM payment.use_facts($1, NULL)",
			  charge_fact(x, CHARGE_PAYMENT), FLUSH_END);
	exchange_read(read, charge_fact(x, CHARGE_PAYMENT), NULL);
	flush_commit(read);
	if (flush_run(read, err) < 0)
		return -1;
	n = refund_uses(j->arena, read, stmt, &left, &shares);
	exchange_load(j->arena, read, stmt + 1, &at);
	if (refund_take_from(seen->amount, left, shares, n, &credit, err) < 0)
		return -1;
	enter_add(f, &j->who);
	exchange_expect(f, j->arena, charge_fact(x, CHARGE_PAYMENT), &at);
	adopt_add(f, j->arena, x, id, seen, credit, shares, n);
	if (adopt_post(f, j->arena, x, id, credit, refund_moves(j->arena, shares, n, false), n, &at,
		       seen->amount, err) < 0)
		return -1;
	flush_commit(f);
	return flush_run(f, err);
}

/* ---- each that the processor knows of ---- */

enum { KNOWN_ID, KNOWN_STATE, KNOWN_AMOUNT };

static int
make_true(struct job *j, const struct charge_facts *x, const struct refund_seen *seen,
	  struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	enter_add_read(f, &j->who);
	s = flush_addv(f, "SELECT * FROM payment.refund_known($1, $2, $3)",
		       charge_fact(x, CHARGE_PAYMENT), seen->key, seen->is.ref, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) == 0)
		return seen->is.state == CHARGE_SUCCEEDED && seen->amount > 0
			   ? adopt(j, x, seen, err)
			   : 0;
	if (flush_int(f, s, 0, KNOWN_AMOUNT) != seen->amount) {
		log_event(LOG_ERROR, "the processor's refund is not what was asked for", "refund",
			  flush_value(f, s, 0, KNOWN_ID), NULL);
		return 0;
	}
	return refund_learn(j, flush_value(f, s, 0, KNOWN_ID), &seen->is, err);
}

/* Its booking, and that of one that came back. What never was out was not exchanged here. */
static int
rest_add(struct flush *f, struct arena *a, const struct fee_of *of, const struct refund_seen *seen,
	 struct err *err)
{
	const struct charge_result *is = &seen->is;

	if (is->state == CHARGE_SUCCEEDED)
		return booking_add(f, a, of, &is->fee, err);
	return is->fee.ref != NULL && booking_in(of->converted, is->fee.ref)
		   ? booking_add(f, a, of, &is->failure_fee, err)
		   : 0;
}

/* What the processor kept for giving it back, and exchanged for it, whoever asked for that, and
 * however late it says so. */
static int
book_rest(struct job *j, const struct charge_facts *x, const struct refund_seen *seen,
	  struct err *err)
{
	struct fee_of of = charge_fees(x, "refund", seen->amount);
	struct flush *f = flush_new(j->db, j->arena);
	int new;

	if ((seen->is.state != CHARGE_SUCCEEDED && seen->is.state != CHARGE_DECLINED) ||
	    seen->amount <= 0)
		return 0;
	if (fee_read_now(j, &of, err) < 0)
		return -1;
	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.hold(ARRAY[$1::uuid])", of.account_id, FLUSH_END);
	new = rest_add(f, j->arena, &of, seen, err);
	if (new <= 0)
		return new;
	flush_commit(f);
	return flush_run(f, err);
}

/* All of them; those that moved in between are looked at once more. */
static int
make_all_true(struct job *j, const struct charge_facts *x, const struct refunds_seen *seen,
	      struct err *err)
{
	for (size_t i = 0; i < seen->n; i++) {
		int tries = 0;

		while (make_true(j, x, &seen->v[i], err) < 0 ||
		       book_rest(j, x, &seen->v[i], err) < 0) {
			if (err->code != ERR_conflict || ++tries == RECEIPT_TRIES)
				return -1;
			err_clear(err);
		}
	}
	return 0;
}

int
told_refund(struct job *j, const struct told *e, const struct at_processor *at, struct err *err)
{
	struct processor_trouble trouble = { 0 };
	struct refunds_seen seen = { 0 };
	struct charge_facts x;
	struct processor_query query;
	int known = told_charge_facts(j, e, &x, err);

	if (known <= 0)
		return known;
	query = charge_query(&x);
	if (at->p->refunds == NULL)
		return told_end(j, e, "This processor gives nothing back.", err);
	if (at->p->refunds(&at->env, j->arena, &query, &seen, &trouble, err) < 0)
		return processor_wait(j, &e->row, &trouble, PATIENCE_S, err);
	if (make_all_true(j, &x, &seen, err) == 0)
		return told_end(j, e, NULL, err);
	if (err->code == ERR_conflict ||
	    (err->code == ERR_over_allocation && flush_bool(x.f, x.stmt, 0, CHARGE_REFUNDING))) {
		err_clear(err);
		return job_defer(j, WAIT_S, "another refund of the payment comes first", err);
	}
	if (err->code != ERR_over_allocation)
		return -1;
	err_clear(err);
	return told_end(j, e, "More was given back than is left of the payment.", err);
}
