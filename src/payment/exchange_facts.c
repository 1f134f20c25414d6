/*
 * exchange_facts.c - the rates of a payment and of the invoices that used it, read.
 */
#include "exchange.h"

enum { X_RATE, X_EXPONENT, X_BASE_EXPONENT, X_LEFT, X_INVOICE, X_INVOICE_RATE, X_SETTLED };

int
exchange_read(struct flush *f, const char *payment, const char *invoice)
{
	return flush_addv(f, "SELECT * FROM payment.exchange_facts($1, $2)", payment, invoice,
			  FLUSH_END);
}

void
exchange_load(struct arena *a, const struct flush *f, int stmt, struct exchange *ret)
{
	int rows = flush_rows(f, stmt);

	*ret = (struct exchange){ .invoices = arena_array(a, (size_t)rows + 1,
							  sizeof(struct exchange_invoice)) };
	if (rows == 0 || decimal_parse(flush_str(f, stmt, 0, X_RATE), &ret->rate, NULL) < 0)
		return;
	ret->known = true;
	ret->exponent = (int)flush_int(f, stmt, 0, X_EXPONENT);
	ret->base_exponent = (int)flush_int(f, stmt, 0, X_BASE_EXPONENT);
	ret->left = flush_int(f, stmt, 0, X_LEFT);
	for (int i = 0; i < rows; i++) {
		struct exchange_invoice *one = &ret->invoices[ret->n];

		if (flush_value(f, stmt, i, X_INVOICE) == NULL)
			continue;
		one->id = flush_value(f, stmt, i, X_INVOICE);
		one->settled = flush_int(f, stmt, i, X_SETTLED);
		one->has_rate =
		    decimal_parse(flush_str(f, stmt, i, X_INVOICE_RATE), &one->rate, NULL) == 0;
		ret->n++;
	}
}

void
exchange_expect(struct flush *f, struct arena *a, const char *payment, const struct exchange *x)
{
	struct pg_array *invoices = pg_array_new(a), *settled = pg_array_new(a);

	if (!x->known)
		return;
	for (size_t i = 0; i < x->n; i++) {
		pg_array_add(invoices, x->invoices[i].id);
		pg_array_add_int(settled, x->invoices[i].settled);
	}
	flush_addv(f, "SELECT payment.exchange_expect($1, $2, $3, $4)", payment,
		   int_text(a, x->left), pg_array_text(invoices), pg_array_text(settled),
		   FLUSH_END);
}
