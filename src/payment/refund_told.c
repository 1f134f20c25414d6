/*
 * refund_told.c - a processor has told of a refund: all that it gave back of the charge is made
 * true here.
 *
 * Those that we asked for are brought to what became of them. One that somebody made at the
 * processor itself is money that is gone: it leaves what no invoice has used, then the invoices
 * that used the payment last, and these are open again. An own refund that is still on its way
 * comes first, since the processor will refuse what is not there any more.
 */
#include "refund.h"
#include "told.h"

#include <billfold/base/log.h>

enum {
	CHARGE_PAYMENT,
	CHARGE_ACCOUNT,
	CHARGE_ENTITY,
	CHARGE_CURRENCY,
	CHARGE_EXPONENT,
	CHARGE_REF,
	CHARGE_OPEN,
	CHARGE_REFUNDING,
	CHARGE_TODAY
};

enum { WAIT_S = 10, PATIENCE_S = 30 };

struct charge_facts {
	const struct flush *f;
	int stmt;
	const char *attempt;
};

static const char *
fact(const struct charge_facts *x, int col)
{
	return flush_value(x->f, x->stmt, 0, col);
}

static int
read_charge(struct job *j, const char *attempt, struct charge_facts *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add_read(f, &j->who);
	*ret = (struct charge_facts){ .f = f, .attempt = attempt };
	ret->stmt = flush_addv(f, "SELECT * FROM payment.charge_facts($1)", attempt, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* ---- one that somebody made there ---- */

enum { USE_LEFT, USE_INVOICE, USE_USED };

static size_t
read_uses(struct arena *a, const struct flush *read, int stmt, struct refund_share **ret)
{
	size_t n = 0, rows = (size_t)flush_rows(read, stmt);

	*ret = arena_array(a, rows + 1, sizeof(**ret));
	for (int i = 0; i < (int)rows; i++)
		if (flush_value(read, stmt, i, USE_INVOICE) != NULL)
			(*ret)[n++] =
			    (struct refund_share){ .invoice_id =
						       flush_value(read, stmt, i, USE_INVOICE),
						   .used = flush_int(read, stmt, i, USE_USED) };
	return n;
}

static void
adopt_add(struct flush *f, struct arena *a, const struct charge_facts *x, const char *id,
	  const struct refund_seen *seen, int64_t credit, const struct refund_share *shares,
	  size_t n)
{
	struct pg_array *invoices = pg_array_new(a), *amounts = pg_array_new(a);

	for (size_t i = 0; i < n; i++) {
		if (shares[i].taken == 0)
			continue;
		pg_array_add(invoices, shares[i].invoice_id);
		pg_array_add_int(amounts, shares[i].taken);
	}
	flush_addv(f, "SELECT payment.refund_add($1, $2, $3, $4, NULL, $5, $6, $7, NULL, $8)", id,
		   fact(x, CHARGE_PAYMENT), arena_printf(a, "%lld", (long long)seen->amount),
		   arena_printf(a, "%lld", (long long)credit), pg_array_text(invoices),
		   pg_array_text(amounts), fact(x, CHARGE_TODAY), seen->is.ref, FLUSH_END);
}

static int
adopt_post(struct flush *f, struct arena *a, const struct charge_facts *x, const char *id,
	   int64_t credit, int64_t amount, struct err *err)
{
	struct posting_amounts back = { .applied = amount - credit,
					.unapplied = credit,
					.method = PAY_REFUNDS };
	struct posting_amounts out = { .moved = amount, .method = PAY_CLEARING };
	struct refund_entry e = { .id = id,
				  .event = "created",
				  .entity_id = fact(x, CHARGE_ENTITY),
				  .account_id = fact(x, CHARGE_ACCOUNT),
				  .currency = fact(x, CHARGE_CURRENCY),
				  .date = fact(x, CHARGE_TODAY) };
	struct posting posting;

	if (posting_make(POST_PAYMENT_RETURNED, &back, &posting, err) < 0)
		return -1;
	refund_post(f, a, &e, &posting);
	e.event = "paid";
	if (posting_make(POST_REFUND_PAID, &out, &posting, err) < 0)
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
	int64_t credit;
	size_t n;
	int stmt;

	enter_add_read(read, &j->who);
	stmt = flush_addv(read, "SELECT * FROM payment.use_facts($1)", fact(x, CHARGE_PAYMENT),
			  FLUSH_END);
	flush_commit(read);
	if (flush_run(read, err) < 0)
		return -1;
	n = read_uses(j->arena, read, stmt, &shares);
	if (refund_take_from(seen->amount, flush_int(read, stmt, 0, USE_LEFT), shares, n, &credit,
			     err) < 0)
		return -1;
	enter_add(f, &j->who);
	adopt_add(f, j->arena, x, id, seen, credit, shares, n);
	if (adopt_post(f, j->arena, x, id, credit, seen->amount, err) < 0)
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
	s = flush_addv(f, "SELECT * FROM payment.refund_known($1, $2, $3)", fact(x, CHARGE_PAYMENT),
		       seen->key, seen->is.ref, FLUSH_END);
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

/* All of them; those that moved in between are looked at once more. */
static int
make_all_true(struct job *j, const struct charge_facts *x, const struct refunds_seen *seen,
	      struct err *err)
{
	for (size_t i = 0; i < seen->n; i++) {
		int tries = 0;

		while (make_true(j, x, &seen->v[i], err) < 0) {
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
	const char *attempt;

	if (told_attempt(j, e, &attempt, err) < 0)
		return -1;
	if (attempt == NULL)
		return told_end(j, e, "It is about a charge that is none of ours.", err);
	if (read_charge(j, attempt, &x, err) < 0)
		return -1;
	if (fact(&x, CHARGE_PAYMENT) == NULL && flush_bool(x.f, x.stmt, 0, CHARGE_OPEN))
		return job_defer(j, WAIT_S, "the charge's own outcome is not known yet", err);
	if (fact(&x, CHARGE_PAYMENT) == NULL)
		return told_end(j, e, "It is about a charge that has brought no payment.", err);
	if (at->p->refunds == NULL)
		return told_end(j, e, "This processor gives nothing back.", err);
	if (at->p->refunds(&at->env, j->arena,
			   &(struct processor_query){
			       .key = attempt,
			       .ref = fact(&x, CHARGE_REF),
			       .currency = fact(&x, CHARGE_CURRENCY),
			       .exponent = (int)flush_int(x.f, x.stmt, 0, CHARGE_EXPONENT) },
			   &seen, &trouble, err) < 0)
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
