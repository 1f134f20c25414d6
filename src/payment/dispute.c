/*
 * dispute.c - a payer calls the bank about a charge.
 *
 * What a processor says of a dispute is made true here, however often and in whatever order it is
 * told: the invoice is disputed while it is open; what the bank has is booked apart (1030), and its
 * fees as they come; won, nothing is changed but that; lost, the money leaves the payment, and what
 * it had paid is due again. What had been given back before cannot be taken twice: that part is the
 * seller's loss. A dispute that is won stays so; one that is lost may be won in the end (the bank
 * decides anew): what it had taken goes back to where it came from, and its loss was none. Money
 * that moves later than what was decided is booked.
 *
 * A dispute is news of its own: it comes after the payment, in a transaction of its own, so that
 * the feed tells both. A processor whose answer names it right away (the sandbox's) is followed by
 * a job; others tell by themselves.
 */
#include "refund.h"
#include "told.h"

enum { DISPUTE_ID, DISPUTE_STATE, DISPUTE_WITHDRAWN, DISPUTE_TAKEN };
enum { PATIENCE_S = 30 };

static const char *const state_words[] = { [DISPUTE_INQUIRY] = "inquiry",
					   [DISPUTE_OPEN] = "open",
					   [DISPUTE_WON] = "won",
					   [DISPUTE_LOST] = "lost" };

/* How it stood, and what is decided on it. */
struct decision {
	const char *id, *was, *state;
	bool lost, reversed; /* by this */
	int64_t was_withdrawn, withdrawn;
	/* Taken of, or put back to, what no invoice uses; and what there was not, or was not after
	 * all. */
	int64_t credit, loss;
	int64_t taken; /* that a reversed one puts back */
	struct exchange exchange;
	struct refund_share *shares;
	size_t n;
};

static bool
was(const struct decision *d, enum dispute_state state)
{
	return d->was != NULL && strcmp(d->was, state_words[state]) == 0;
}

/* As far as there is so much; the rest is a loss. */
static int
decide_lost(const struct dispute_seen *seen, int64_t left, struct decision *d, struct err *err)
{
	int64_t there = left;

	for (size_t i = 0; i < d->n; i++)
		there += d->shares[i].used;
	d->loss = seen->amount > there ? seen->amount - there : 0;
	return refund_take_from(seen->amount - d->loss, left, d->shares, d->n, &d->credit, err);
}

/* What is known of it, on what its payment is used, what it has taken of that. */
struct known {
	const struct flush *f;
	int dispute, uses, taken, exchange, fees;
};

static int
decide(struct arena *a, const struct dispute_seen *seen, const struct known *k,
       struct decision *ret, struct err *err)
{
	int64_t left;

	*ret = (struct decision){ .id = flush_value(k->f, k->dispute, 0, DISPUTE_ID),
				  .was = flush_value(k->f, k->dispute, 0, DISPUTE_STATE),
				  .state = state_words[seen->state],
				  .withdrawn = seen->withdrawn ? seen->amount : 0 };
	exchange_load(a, k->f, k->exchange, &ret->exchange);
	if (ret->was != NULL)
		ret->was_withdrawn = flush_int(k->f, k->dispute, 0, DISPUTE_WITHDRAWN);
	if (ret->id == NULL)
		ret->id = uuid_new_z(a);
	if (was(ret, DISPUTE_LOST) && seen->state == DISPUTE_WON) {
		ret->reversed = true;
		ret->taken = flush_int(k->f, k->dispute, 0, DISPUTE_TAKEN);
		ret->loss = seen->amount - ret->taken;
		ret->n = refund_losers(a, k->f, k->taken, &ret->shares);
		return refund_put_back(ret->taken, ret->shares, ret->n, &ret->credit, err);
	}
	ret->n = refund_uses(a, k->f, k->uses, &left, &ret->shares);
	if (was(ret, DISPUTE_WON) || was(ret, DISPUTE_LOST)) {
		ret->state = ret->was;
		return 0;
	}
	ret->lost = seen->state == DISPUTE_LOST;
	return ret->lost ? decide_lost(seen, left, ret, err) : 0;
}

/* An entry of it; one that moves the payment's own money moves what was decided. */
static int
post(struct flush *f, struct arena *a, const struct charge_facts *x, struct decision *d,
     const char *event, enum posting_event what, const struct posting_amounts *m, struct err *err)
{
	bool moves = m->applied != 0 || m->unapplied != 0;
	struct posting posting;
	bool converted;

	if (posting_make(what, m, &posting, err) < 0 ||
	    exchange_value(&d->exchange, &posting, refund_moves(a, d->shares, d->n, d->reversed),
			   moves ? d->n : 0, d->reversed ? m->unapplied : -m->unapplied, &converted,
			   err) < 0)
		return -1;
	posting_add(f, a, &posting,
		    &(struct posting_document){ .kind = "dispute",
						.id = d->id,
						.event = event,
						.entity_id = charge_fact(x, CHARGE_ENTITY),
						.customer_id = charge_fact(x, CHARGE_ACCOUNT),
						.currency = charge_fact(x, CHARGE_CURRENCY),
						.date = charge_fact(x, CHARGE_TODAY),
						.converted = converted });
	return 0;
}

static int
post_all(struct flush *f, struct arena *a, const struct charge_facts *x, struct decision *d,
	 int64_t amount, struct err *err)
{
	int64_t moved = d->withdrawn - d->was_withdrawn;
	const struct posting_amounts funds = { .moved = moved, .method = PAY_CLEARING };
	const struct posting_amounts lost = { .applied = amount - d->loss - d->credit,
					      .unapplied = d->credit,
					      .method = PAY_DISPUTED };
	const struct posting_amounts back = { .applied = d->taken - d->credit,
					      .unapplied = d->credit,
					      .method = PAY_DISPUTED };
	const struct posting_amounts loss = { .fee = d->reversed ? -d->loss : d->loss,
					      .method = PAY_DISPUTED };

	if (moved != 0 && post(f, a, x, d, moved > 0 ? "withdrawn" : "reinstated",
			       POST_FUNDS_WITHDRAWN, &funds, err) < 0)
		return -1;
	if (d->lost && post(f, a, x, d, "lost", POST_PAYMENT_RETURNED, &lost, err) < 0)
		return -1;
	if (d->reversed && post(f, a, x, d, "reversed", POST_PAYMENT_RECEIVED, &back, err) < 0)
		return -1;
	return post(f, a, x, d, d->reversed ? "loss_reversed" : "loss", POST_FEE_CHARGED, &loss,
		    err);
}

/* Fees that are not booked yet; how many, or -1. */
static int
add_fees(struct flush *f, struct arena *a, const struct charge_facts *x,
	 const struct dispute_seen *seen, const struct known *k, struct err *err)
{
	struct fee_of of = charge_fees(x, "dispute", seen->amount);
	int n = 0;

	fee_load(k->f, k->fees, &of);
	for (size_t i = 0; i < seen->n_fees; i++) {
		int new = booking_add(f, a, &of, &seen->fees[i], err);

		if (new < 0)
			return -1;
		n += new;
	}
	return n;
}

static void
put_add(struct flush *f, struct arena *a, const struct charge_facts *x,
	const struct dispute_seen *seen, const struct decision *d)
{
	const char *invoices, *amounts, *dues = "{}";

	if (d->reversed)
		refund_given(a, d->shares, d->n, &invoices, &amounts, &dues);
	else
		refund_taken(a, d->shares, d->n, &invoices, &amounts);
	flush_addv(f,
		   "SELECT payment.dispute_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		   "$13, $14)",
		   d->id, x->attempt, seen->ref, d->was,
		   d->was ? int_text(a, d->was_withdrawn) : NULL, d->state,
		   int_text(a, seen->amount), seen->reason, int_text(a, d->withdrawn),
		   int_text(a, d->credit), invoices, amounts, charge_fact(x, CHARGE_TODAY), dues,
		   FLUSH_END);
}

static int
write_down(struct job *j, const struct charge_facts *x, const struct dispute_seen *seen,
	   struct decision *d, const struct known *k, struct err *err)
{
	bool moves =
	    d->was == NULL || strcmp(d->was, d->state) != 0 || d->withdrawn != d->was_withdrawn;
	struct flush *f = flush_new(j->db, j->arena);
	int fees;

	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.hold(ARRAY[$1::uuid])", charge_fact(x, CHARGE_ACCOUNT),
		   FLUSH_END);
	if (moves) {
		exchange_expect(f, j->arena, charge_fact(x, CHARGE_PAYMENT), &d->exchange);
		put_add(f, j->arena, x, seen, d);
		if (post_all(f, j->arena, x, d, seen->amount, err) < 0)
			return -1;
	}
	fees = add_fees(f, j->arena, x, seen, k, err);
	if (fees < 0)
		return -1;
	if (!moves && fees == 0)
		return 0;
	flush_commit(f);
	return flush_run(f, err);
}

static int
make_true(struct job *j, const struct charge_facts *x, const struct dispute_seen *seen,
	  struct err *err)
{
	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		struct flush *read = flush_new(j->db, j->arena);
		struct decision d;
		struct known k = { .f = read };

		err_clear(err);
		enter_add_read(read, &j->who);
		k.dispute = flush_addv(read, "SELECT * FROM payment.dispute_facts($1, $2)",
				       charge_fact(x, CHARGE_PAYMENT), seen->ref, FLUSH_END);
		k.uses = flush_addv(read, "SELECT * FROM payment.use_facts($1, $2)",
				    charge_fact(x, CHARGE_PAYMENT), charge_fact(x, CHARGE_INVOICE),
				    FLUSH_END);
		k.taken = flush_addv(read,
				     "SELECT t.* FROM payment.dispute_facts($1, $2) d CROSS JOIN "
				     "LATERAL payment.taken_facts(NULL, d.id) t",
				     charge_fact(x, CHARGE_PAYMENT), seen->ref, FLUSH_END);
		k.exchange = exchange_read(read, charge_fact(x, CHARGE_PAYMENT), NULL);
		k.fees = fee_read(read, x->attempt);
		flush_commit(read);
		if (flush_run(read, err) < 0 || decide(j->arena, seen, &k, &d, err) < 0)
			return -1;
		if (write_down(j, x, seen, &d, &k, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			break;
	}
	return -1;
}

int
told_dispute(struct job *j, const struct told *e, const struct at_processor *at, struct err *err)
{
	struct processor_trouble trouble = { 0 };
	struct dispute_seen seen = { 0 };
	struct charge_facts x;
	struct processor_query query;
	int known = told_charge_facts(j, e, &x, err);

	if (known <= 0)
		return known;
	query = charge_query(&x);
	if (at->p->dispute == NULL)
		return told_end(j, e, "This processor tells of disputes with the charge.", err);
	if (at->p->dispute(&at->env, j->arena, told_value(e, EV_OBJECT), &query, &seen, &trouble,
			   err) < 0)
		return processor_wait(j, &e->row, &trouble, PATIENCE_S, err);
	if (seen.ref == NULL)
		return told_end(j, e, "The processor's dispute is not one of this charge.", err);
	return make_true(j, &x, &seen, err) < 0 ? -1 : told_end(j, e, NULL, err);
}

/* ---- of processors that tell with the charge ---- */

void
dispute_follow_add(struct flush *f, const struct taken *t)
{
	flush_addv(f,
		   "SELECT job.enqueue('open_dispute', 'attempt:' || $1::text, "
		   "jsonb_build_object('attempt_id', $1::text))",
		   t->attempt, FLUSH_END);
}

int
dispute_run(struct job *j, struct err *err)
{
	struct dispute_seen seen = { .state = DISPUTE_OPEN,
				     .withdrawn = true,
				     .reason = "told with the charge" };
	struct charge_facts x;
	struct str attempt;

	if (!jval_str(j->payload, "attempt_id", &attempt))
		return err_set(err, ERR_validation_failed, "The job names no attempt.");
	if (charge_read(j, str_dup(j->arena, attempt), &x, err) < 0)
		return -1;
	if (flush_rows(x.f, x.stmt) == 0 || charge_fact(&x, CHARGE_PAYMENT) == NULL)
		return err_set(err, ERR_not_found, "The attempt has brought no payment.");
	seen.ref = x.attempt;
	seen.amount = flush_int(x.f, x.stmt, 0, CHARGE_AMOUNT);
	return make_true(j, &x, &seen, err);
}
