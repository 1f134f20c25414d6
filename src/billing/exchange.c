/*
 * exchange.c - what an entry of money in a foreign currency is worth in the seller's own. Pure.
 */
#include <billfold/billing/exchange.h>

#include <string.h>

int
exchange_step(const struct posting_worth *at, struct decimal rate, int64_t from, int64_t by,
	      int64_t *sum, struct err *err)
{
	int64_t before, after;

	if (posting_worth(from, rate, at->exponent, at->base_exponent, &before, err) < 0 ||
	    posting_worth(from + by, rate, at->exponent, at->base_exponent, &after, err) < 0)
		return -1;
	return money_add(*sum, after - before, sum, err);
}

static struct exchange_invoice *
invoice_of(const struct exchange *x, const char *id)
{
	for (size_t i = 0; i < x->n; i++) {
		if (strcmp(x->invoices[i].id, id) == 0)
			return &x->invoices[i];
	}
	return NULL;
}

int
exchange_value(struct exchange *x, struct posting *p, const struct exchange_move *moves, size_t n,
	       int64_t credit, bool *ret_known, struct err *err)
{
	struct posting_worth w = { .rate = x->rate,
				   .exponent = x->exponent,
				   .base_exponent = x->base_exponent };

	*ret_known = x->known;
	if (!x->known)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct exchange_invoice *one = invoice_of(x, moves[i].invoice_id);

		if (one == NULL || !one->has_rate) {
			*ret_known = false;
			continue;
		}
		if (exchange_step(&w, one->rate, one->settled, moves[i].amount, &w.receivable,
				  err) < 0)
			return -1;
		one->settled += moves[i].amount;
	}
	if (exchange_step(&w, x->rate, x->left, credit, &w.credit, err) < 0)
		return -1;
	x->left += credit;
	return *ret_known ? posting_settle(p, &w, err) : 0;
}
