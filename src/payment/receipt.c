/*
 * receipt.c - a receipt of money: its facts read, the decision made, the result written.
 *
 * The open items are read oldest due first; receipt_decide() says what each gets and what the
 * journal says, and payment.receive() writes it on condition that the items are as they were
 * read.
 */
#include "receipt.h"

#include <billfold/ledger.h>
#include <billfold/payment.h>

enum {
	COL_PAYER,
	COL_ENTITY,
	COL_CURRENCY,
	COL_TODAY,
	COL_PRINT,
	COL_INVOICE,
	COL_ISSUED,
	COL_DUE_DATE,
	COL_DUE,
	COL_RATE,
	COL_SETTLED,
	COL_EXPONENT,
	COL_BASE_EXPONENT
};

int
receipt_read(struct flush *f, const struct receipt *r)
{
	return flush_addv(f, "SELECT * FROM payment.open_items($1, $2, $3, $4)", r->account_id,
			  r->currency, r->invoice_id, r->attempt_id ? "t" : "f", FLUSH_END);
}

static void
read_case(struct arena *a, const struct receipt *r, const struct flush *read, int stmt,
	  struct receipt_case *ret)
{
	size_t n = (size_t)flush_rows(read, stmt);

	/* One row without an invoice says that nothing is open. */
	if (n == 1 && flush_value(read, stmt, 0, COL_INVOICE) == NULL)
		n = 0;
	ret->amount = r->amount;
	/* What a processor took is with it, in whatever way. */
	ret->method = r->attempt_id ? PAY_CLEARING : posting_method(r->kind);
	ret->n = n;
	ret->items = arena_array(a, n ? n : 1, sizeof(*ret->items));
	for (size_t i = 0; i < n; i++) {
		struct open_item *item = &ret->items[i];

		item->id = flush_value(read, stmt, (int)i, COL_INVOICE);
		item->amount_due = flush_int(read, stmt, (int)i, COL_DUE);
		date_parse(flush_str(read, stmt, (int)i, COL_DUE_DATE), &item->due);
		date_parse(flush_str(read, stmt, (int)i, COL_ISSUED), &item->issued);
	}
}

/* Its own rate, or that of the invoice which it pays first; none in the seller's own currency. */
static int
read_exchange(struct arena *a, const struct receipt *r, const struct flush *read, int stmt,
	      const struct receipt_case *c, struct exchange *ret, struct err *err)
{
	struct str rate = r->exchange_rate ? str_from(r->exchange_rate)
			  : c->n           ? flush_str(read, stmt, 0, COL_RATE)
					   : (struct str){ 0 };

	*ret = (struct exchange){ .invoices = arena_array(a, c->n + 1, sizeof(*ret->invoices)),
				  .n = c->n };
	if (flush_value(read, stmt, 0, COL_BASE_EXPONENT) == NULL) {
		if (r->exchange_rate == NULL)
			return 0;
		return err_field(err, a, "/exchange_rate", "invalid",
				 "The payment is in the seller's own currency.");
	}
	ret->exponent = (int)flush_int(read, stmt, 0, COL_EXPONENT);
	ret->base_exponent = (int)flush_int(read, stmt, 0, COL_BASE_EXPONENT);
	ret->known = decimal_parse(rate, &ret->rate, NULL) == 0;
	if (ret->known && ret->rate.coef <= 0)
		return err_field(err, a, "/exchange_rate", "out_of_range", "Must be above zero.");
	for (size_t i = 0; i < c->n; i++) {
		struct exchange_invoice *one = &ret->invoices[i];

		one->id = flush_value(read, stmt, (int)i, COL_INVOICE);
		one->settled = flush_int(read, stmt, (int)i, COL_SETTLED);
		one->has_rate =
		    decimal_parse(flush_str(read, stmt, (int)i, COL_RATE), &one->rate, NULL) == 0;
	}
	return 0;
}

/* The payment's rate as text; NULL: without. */
static const char *
rate_text(struct arena *a, const struct receipt_case *c, const struct receipt_plan *plan)
{
	return plan->converted ? decimal_text(a, c->exchange.rate) : NULL;
}

/* Money that has not arrived yet is not recorded. */
static int
read_day(struct arena *a, const struct receipt *r, const struct flush *read, int stmt,
	 civil_day *ret, struct err *err)
{
	civil_day today;

	if (!date_parse(flush_str(read, stmt, 0, COL_TODAY), &today))
		return err_set(err, ERR_internal, "Internal error.");
	*ret = today;
	if (r->received_on && !date_parse(str_from(r->received_on), ret))
		return err_field(err, a, "/received_on", "type", "Must be a date.");
	if (*ret > today)
		return err_field(err, a, "/received_on", "out_of_range",
				 "Must not be after today, %s.",
				 flush_value(read, stmt, 0, COL_TODAY));
	return 0;
}

static void
add_payment(struct flush *f, struct arena *a, const struct receipt *r, const struct flush *read,
	    int stmt, const char *day, const struct receipt_plan *plan, const char *rate)
{
	struct pg_array *ids = pg_array_new(a), *amounts = pg_array_new(a), *dues = pg_array_new(a),
			*days = pg_array_new(a);

	for (size_t i = 0; i < plan->n_uses; i++) {
		const struct receipt_use *u = &plan->uses[i];

		pg_array_add(ids, u->invoice_id);
		pg_array_add_int(amounts, u->amount);
		pg_array_add_int(dues, u->due);
		pg_array_add(days, day_text(a, u->day));
	}
	flush_addv(f,
		   "SELECT payment.receive($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
		   "$14, $15, $16, $17, $18)",
		   r->id, flush_value(read, stmt, 0, COL_PAYER),
		   flush_value(read, stmt, 0, COL_ENTITY), r->kind, int_text(a, r->amount),
		   flush_value(read, stmt, 0, COL_CURRENCY), day, r->reference, r->notes,
		   r->attempt_id, r->invoice_id,
		   r->invoice_id ? NULL : flush_value(read, stmt, 0, COL_PRINT), pg_array_text(ids),
		   pg_array_text(amounts), pg_array_text(dues), pg_array_text(days), rate,
		   r->method_type, FLUSH_END);
}

int
receipt_add(struct flush *f, struct arena *a, const struct receipt *r, const struct flush *read,
	    int stmt, struct err *err)
{
	struct receipt_case c = { 0 };
	struct receipt_plan plan;

	if (read_day(a, r, read, stmt, &c.received, err) < 0)
		return -1;
	read_case(a, r, read, stmt, &c);
	if (read_exchange(a, r, read, stmt, &c, &c.exchange, err) < 0 ||
	    receipt_decide(a, &c, &plan, err) < 0)
		return -1;
	if (r->exchange_rate && !plan.converted)
		return err_field(err, a, "/exchange_rate", "invalid",
				 "An invoice that it pays has none.");
	add_payment(f, a, r, read, stmt, day_text(a, c.received), &plan, rate_text(a, &c, &plan));
	for (size_t i = 0; i < plan.n_entries; i++) {
		const struct receipt_entry *e = &plan.entries[i];

		posting_add(f, a, &e->posting,
			    &(struct posting_document){
				.kind = "payment",
				.id = r->id,
				.event = e->event,
				.entity_id = flush_value(read, stmt, 0, COL_ENTITY),
				.customer_id = flush_value(read, stmt, 0, COL_PAYER),
				.currency = flush_value(read, stmt, 0, COL_CURRENCY),
				.date = day_text(a, e->day),
				.converted = plan.converted });
	}
	return 0;
}
