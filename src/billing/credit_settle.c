/*
 * credit_settle.c - what becomes of what a document gives back.
 *
 * Of a credit note the original's receivable comes first. What goes beyond that had been paid: the
 * payments that the original used last are released by so much, and are the customer's credit
 * again, for the next invoices or to be given back. A document that credits no other one opens a
 * credit of its own. Where it is to be given back at once, that is a refund of just these payments,
 * by whoever took them.
 *
 * In a foreign currency the receivable keeps what it was worth at the original's rate, what is
 * released what it was at its payment's; what they differ by is gained or lost. What is given back
 * of the original's revenue and tax is worth what it was there, so that all of it is all of it.
 */
#include "credit_settle.h"

#include <billfold/billing/exchange.h>

static struct draft_stmt
stmt(struct arena *a, const char *sql, int n, const char *const *params)
{
	struct draft_stmt s = { .sql = sql,
				.n = n,
				.params = arena_array(a, (size_t)n, sizeof(const char *)) };

	for (int i = 0; i < n; i++)
		s.params[i] = params[i];
	return s;
}

/* A payment that has the excess, or a part of it: how much, and what no invoice uses of it then. */
struct released {
	const char *payment, *kind;
	bool by_hand, has_rate;
	struct decimal rate;
	int64_t amount, left;
	civil_day day;
};

/* That part is given back, the way it came. */
static int
add_refund(struct arena *a, const struct draft *d, const struct released *from, stmt_vec *after,
	   struct err *err)
{
	struct posting_amounts m = { .unapplied = from->amount,
				     .method =
					 from->by_hand ? posting_method(from->kind) : PAY_REFUNDS };
	struct exchange x = { .known = draft_converts(d) && from->has_rate,
			      .rate = from->rate,
			      .exponent = d->facts.exponent,
			      .base_exponent = d->facts.base_exponent,
			      .left = from->left };
	const char *id = uuid_new_z(a), *date = day_text(a, from->day), *sql;
	struct posting posting;
	const char **params;
	bool known;
	int n;

	if (posting_make(POST_PAYMENT_RETURNED, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, NULL, 0, -from->amount, &known, err) < 0)
		return -1;
	*vec_push(a, after) = stmt(a, "SELECT count(*) FROM payment.refund_facts($1, NULL)", 1,
				   (const char *[]){ from->payment });
	*vec_push(a, after) =
	    stmt(a, "SELECT payment.refund_add($1, $2, $3, $3, NULL, '{}', '{}', $4, $5)", 5,
		 (const char *[]){ id, from->payment, int_text(a, from->amount), date, d->reason });
	n = posting_statement(a, &posting,
			      &(struct posting_document){ .kind = "refund",
							  .id = id,
							  .event = "created",
							  .entity_id = d->facts.entity_id,
							  .customer_id = d->facts.account_id,
							  .currency = d->facts.currency,
							  .date = date,
							  .converted = known },
			      &sql, &params);
	*vec_push(a, after) = stmt(a, sql, n, params);
	return 0;
}

/* The original's side of it: what was due, and its revenue and tax so far as they are given back.
 */
static int
value_original(const struct draft *d, int64_t amount, struct credit_settled *ret, struct err *err)
{
	const struct original *o = d->original;
	struct posting_worth *w = &ret->worth;

	ret->valued = draft_converts(d) && o->has_rate;
	if (!ret->valued)
		return 0;
	*w = (struct posting_worth){ .rate = d->exchange_rate,
				     .exponent = d->facts.exponent,
				     .base_exponent = d->facts.base_exponent,
				     .others_known = true };
	if (exchange_step(w, o->rate, o->doc.credited, amount, &w->others, err) < 0)
		return -1;
	return exchange_step(w, o->rate, o->doc.payable - o->amount_due, ret->due, &w->receivable,
			     err);
}

/* So much of a payment is released: worth what it was. One without a rate is worth nothing known.
 */
static int
value_release(const struct credit_use *u, struct credit_settled *ret, struct err *err)
{
	ret->valued = ret->valued && u->has_rate;
	if (!ret->valued)
		return 0;
	return exchange_step(&ret->worth, u->rate, u->unapplied, u->use.used, &ret->worth.credit,
			     err);
}

static int
refund_use(struct arena *a, const struct draft *d, const struct credit_use *u, stmt_vec *after,
	   struct err *err)
{
	const struct released from = {
		.payment = u->use.id,
		.kind = u->kind,
		.by_hand = u->by_hand,
		.has_rate = u->has_rate,
		.rate = u->rate,
		.amount = u->use.used,
		.left = u->unapplied + u->use.used,
		.day = u->day > d->issue_date.day ? u->day : d->issue_date.day,
	};

	return add_refund(a, d, &from, after, err);
}

static int
settle_original(struct arena *a, const struct draft *d, int64_t amount, struct credit_settled *ret,
		stmt_vec *before, stmt_vec *after, struct err *err)
{
	const struct original *o = d->original;
	struct pg_array *payments = pg_array_new(a), *amounts = pg_array_new(a),
			*lefts = pg_array_new(a);
	civil_day day = d->issue_date.day;
	int64_t rest;

	ret->due = amount < o->amount_due ? amount : o->amount_due;
	rest = ret->excess = amount - ret->due;
	if (value_original(d, amount, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < o->n_uses && rest > 0; i++) {
		struct credit_use *u = &o->uses[i];

		if (allocate_advances(rest, &u->use, 1, &rest, err) < 0 ||
		    value_release(u, ret, err) < 0)
			return -1;
		pg_array_add(payments, u->use.id);
		pg_array_add_int(amounts, u->use.used);
		pg_array_add_int(lefts, u->unapplied);
		day = u->day > day ? u->day : day;
		if (d->refund && refund_use(a, d, u, after, err) < 0)
			return -1;
	}
	if (rest > 0)
		return err_set(err, ERR_over_credit,
			       "Of invoice %s so much was neither due nor paid.", o->number);
	*vec_push(a, before) =
	    stmt(a, "SELECT billing.credit_apply($1, $2, $3, $4, $5, $6, $7, $8, $9)", 9,
		 (const char *[]){ d->id, o->id, int_text(a, amount), int_text(a, o->amount_due),
				   int_text(a, o->doc.credited), pg_array_text(payments),
				   pg_array_text(amounts), day_text(a, day),
				   ret->valued ? pg_array_text(lefts) : NULL });
	return 0;
}

static int
open_credit(struct arena *a, const struct draft *d, int64_t amount, struct credit_settled *ret,
	    stmt_vec *before, stmt_vec *after, struct err *err)
{
	const char *payment = uuid_new_z(a);

	ret->due = 0;
	ret->excess = amount;
	*vec_push(a, before) = stmt(a, "SELECT payment.credit_open($1, $2, $3, $4)", 4,
				    (const char *[]){ payment, d->id, int_text(a, amount),
						      day_text(a, d->issue_date.day) });
	if (!d->refund)
		return 0;
	return add_refund(a, d,
			  &(struct released){ .payment = payment,
					      .kind = "credit",
					      .by_hand = true,
					      .has_rate = d->exchange_rate_set,
					      .rate = d->exchange_rate,
					      .amount = amount,
					      .left = amount,
					      .day = d->issue_date.day },
			  after, err);
}

int
credit_settle(struct arena *a, const struct draft *d, struct credit_settled *ret, stmt_vec *before,
	      stmt_vec *after, struct err *err)
{
	int64_t amount = -d->bill.payable;

	*ret = (struct credit_settled){ 0 };
	if (amount <= 0)
		return 0;
	if (draft_credits(d) && !d->original)
		return err_set(err, ERR_internal, "Internal error.");
	return draft_credits(d) ? settle_original(a, d, amount, ret, before, after, err)
				: open_credit(a, d, amount, ret, before, after, err);
}
