/*
 * credit_settle.c - what becomes of what a document gives back.
 *
 * Of a credit note the original's receivable comes first. What goes beyond that had been paid: the
 * payments that the original used last are released by so much, and are the customer's credit
 * again, for the next invoices or to be given back. A document that credits no other one opens a
 * credit of its own. Where it is to be given back at once, that is a refund of just these payments,
 * by whoever took them.
 */
#include "credit_settle.h"

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

/* A part of the excess that is given back: of this payment, the way it came. */
static int
add_refund(struct arena *a, const struct draft *d, const char *payment, const char *kind,
	   bool by_hand, int64_t amount, civil_day day, stmt_vec *after, struct err *err)
{
	struct posting_amounts m = { .unapplied = amount,
				     .method = by_hand ? posting_method(kind) : PAY_REFUNDS };
	const char *id = uuid_new_z(a), *date = day_text(a, day), *sql;
	struct posting posting;
	const char **params;
	int n;

	if (posting_make(POST_PAYMENT_RETURNED, &m, &posting, err) < 0)
		return -1;
	*vec_push(a, after) = stmt(a, "SELECT count(*) FROM payment.refund_facts($1, NULL)", 1,
				   (const char *[]){ payment });
	*vec_push(a, after) =
	    stmt(a, "SELECT payment.refund_add($1, $2, $3, $3, NULL, '{}', '{}', $4, $5)", 5,
		 (const char *[]){ id, payment, int_text(a, amount), date, d->reason });
	n = posting_statement(a, &posting,
			      &(struct posting_document){ .kind = "refund",
							  .id = id,
							  .event = "created",
							  .entity_id = d->facts.entity_id,
							  .customer_id = d->facts.account_id,
							  .currency = d->facts.currency,
							  .date = date },
			      &sql, &params);
	*vec_push(a, after) = stmt(a, sql, n, params);
	return 0;
}

static int
settle_original(struct arena *a, const struct draft *d, int64_t amount, struct credit_settled *ret,
		stmt_vec *before, stmt_vec *after, struct err *err)
{
	const struct original *o = d->original;
	struct pg_array *payments = pg_array_new(a), *amounts = pg_array_new(a);
	civil_day day = d->issue_date.day;
	int64_t rest;

	ret->due = amount < o->amount_due ? amount : o->amount_due;
	rest = ret->excess = amount - ret->due;
	for (size_t i = 0; i < o->n_uses && rest > 0; i++) {
		struct credit_use *u = &o->uses[i];

		if (allocate_advances(rest, &u->use, 1, &rest, err) < 0)
			return -1;
		pg_array_add(payments, u->use.id);
		pg_array_add_int(amounts, u->use.used);
		day = u->day > day ? u->day : day;
		if (d->refund && add_refund(a, d, u->use.id, u->kind, u->by_hand, u->use.used,
					    u->day > d->issue_date.day ? u->day : d->issue_date.day,
					    after, err) < 0)
			return -1;
	}
	if (rest > 0)
		return err_set(err, ERR_over_credit,
			       "Of invoice %s so much was neither due nor paid.", o->number);
	*vec_push(a, before) =
	    stmt(a, "SELECT billing.credit_apply($1, $2, $3, $4, $5, $6, $7, $8)", 8,
		 (const char *[]){ d->id, o->id, int_text(a, amount), int_text(a, o->amount_due),
				   int_text(a, o->doc.credited), pg_array_text(payments),
				   pg_array_text(amounts), day_text(a, day) });
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
	return add_refund(a, d, payment, "credit", true, amount, d->issue_date.day, after, err);
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
