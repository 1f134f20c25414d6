/*
 * charge_facts.c - what is known here of a charge that a processor tells more about: its payment,
 * on what that is used, and what was taken of it.
 */
#include "refund.h"
#include "told.h"

const char *
charge_fact(const struct charge_facts *x, int col)
{
	return flush_value(x->f, x->stmt, 0, col);
}

struct processor_query
charge_query(const struct charge_facts *x)
{
	return (struct processor_query){ .key = x->attempt,
					 .ref = charge_fact(x, CHARGE_REF),
					 .currency = charge_fact(x, CHARGE_CURRENCY),
					 .exponent =
					     (int)flush_int(x->f, x->stmt, 0, CHARGE_EXPONENT) };
}

struct fee_of
charge_fees(const struct charge_facts *x, const char *kind, int64_t moved)
{
	return (struct fee_of){ .attempt = x->attempt,
				.payment = charge_fact(x, CHARGE_PAYMENT),
				.kind = kind,
				.entity_id = charge_fact(x, CHARGE_ENTITY),
				.account_id = charge_fact(x, CHARGE_ACCOUNT),
				.date = charge_fact(x, CHARGE_TODAY),
				.moved = moved };
}

int
charge_read(struct job *j, const char *attempt, struct charge_facts *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add_read(f, &j->who);
	*ret = (struct charge_facts){ .f = f, .attempt = attempt };
	ret->stmt = flush_addv(f, "SELECT * FROM payment.charge_facts($1)", attempt, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

enum { WAIT_S = 10 };

int
told_charge_facts(struct job *j, const struct told *e, struct charge_facts *ret, struct err *err)
{
	const char *attempt;

	if (told_attempt(j, e, &attempt, err) < 0)
		return -1;
	if (attempt == NULL)
		return told_end(j, e, "It is about a charge that is none of ours.", err);
	if (charge_read(j, attempt, ret, err) < 0)
		return -1;
	if (charge_fact(ret, CHARGE_PAYMENT) != NULL)
		return 1;
	if (flush_bool(ret->f, ret->stmt, 0, CHARGE_OPEN))
		return job_defer(j, WAIT_S, "the charge's own outcome is not known yet", err);
	return told_end(j, e, "It is about a charge that has brought no payment.", err);
}

enum { USE_LEFT, USE_INVOICE, USE_USED };

size_t
refund_uses(struct arena *a, const struct flush *read, int stmt, int64_t *ret_left,
	    struct refund_share **ret)
{
	size_t n = 0, rows = (size_t)flush_rows(read, stmt);

	*ret = arena_array(a, rows + 1, sizeof(**ret));
	*ret_left = flush_int(read, stmt, 0, USE_LEFT);
	for (int i = 0; i < (int)rows; i++) {
		if (flush_value(read, stmt, i, USE_INVOICE) == NULL)
			continue;
		(*ret)[n++] =
		    (struct refund_share){ .invoice_id = flush_value(read, stmt, i, USE_INVOICE),
					   .used = flush_int(read, stmt, i, USE_USED) };
	}
	return n;
}

size_t
refund_losers(struct arena *a, const struct flush *read, int stmt, struct refund_share **ret)
{
	size_t n = 0, rows = (size_t)flush_rows(read, stmt);

	*ret = arena_array(a, rows + 1, sizeof(**ret));
	for (int i = 0; i < (int)rows; i++) {
		if (flush_value(read, stmt, i, TAKEN_INVOICE) == NULL)
			continue;
		(*ret)[n++] =
		    (struct refund_share){ .invoice_id = flush_value(read, stmt, i, TAKEN_INVOICE),
					   .taken = flush_int(read, stmt, i, TAKEN_AMOUNT),
					   .due = flush_int(read, stmt, i, TAKEN_DUE) };
	}
	return n;
}

void
refund_taken(struct arena *a, const struct refund_share *shares, size_t n, const char **ret_ids,
	     const char **ret_amounts)
{
	struct pg_array *invoices = pg_array_new(a), *amounts = pg_array_new(a);

	for (size_t i = 0; i < n; i++) {
		if (shares[i].taken == 0)
			continue;
		pg_array_add(invoices, shares[i].invoice_id);
		pg_array_add_int(amounts, shares[i].taken);
	}
	*ret_ids = pg_array_text(invoices);
	*ret_amounts = pg_array_text(amounts);
}

void
refund_given(struct arena *a, const struct refund_share *shares, size_t n, const char **ret_ids,
	     const char **ret_amounts, const char **ret_dues)
{
	struct pg_array *invoices = pg_array_new(a), *amounts = pg_array_new(a),
			*dues = pg_array_new(a);

	for (size_t i = 0; i < n; i++) {
		if (shares[i].given == 0)
			continue;
		pg_array_add(invoices, shares[i].invoice_id);
		pg_array_add_int(amounts, shares[i].given);
		pg_array_add_int(dues, shares[i].due);
	}
	*ret_ids = pg_array_text(invoices);
	*ret_amounts = pg_array_text(amounts);
	*ret_dues = pg_array_text(dues);
}

const struct exchange_move *
refund_moves(struct arena *a, const struct refund_share *shares, size_t n, bool given)
{
	struct exchange_move *moves = arena_array(a, n + 1, sizeof(*moves));

	for (size_t i = 0; i < n; i++)
		moves[i] =
		    (struct exchange_move){ .invoice_id = shares[i].invoice_id,
					    .amount = given ? shares[i].given : -shares[i].taken };
	return moves;
}
