/*
 * receipt.c - what a receipt of money does: decided here, guaranteed by SQL.
 *
 * The open items are read oldest due first; allocate_oldest() says what each gets, posting_make()
 * what the journal says, and payment.receive() writes it on condition that the items are as they
 * were read.
 */
#include <billfold/ledger.h>
#include <billfold/payment.h>

enum { COL_PAYER, COL_ENTITY, COL_CURRENCY, COL_TODAY, COL_INVOICE, COL_DUE_DATE, COL_DUE };

int
receipt_read(struct flush *f, const struct receipt *r)
{
	return flush_addv(f, "SELECT * FROM payment.open_items($1, $2, $3)", r->account_id,
			  r->currency, r->invoice_id, FLUSH_END);
}

static struct open_item *
items_of(struct arena *a, const struct flush *read, int stmt, size_t *ret_n)
{
	size_t n = (size_t)flush_rows(read, stmt);
	struct open_item *items = arena_array(a, n, sizeof(*items));

	if (n == 1 && flush_value(read, stmt, 0, COL_INVOICE) == NULL)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		items[i].id = flush_value(read, stmt, (int)i, COL_INVOICE);
		items[i].amount_due = flush_int(read, stmt, (int)i, COL_DUE);
		date_parse(flush_str(read, stmt, (int)i, COL_DUE_DATE), &items[i].due);
	}
	*ret_n = n;
	return items;
}

static enum payment_account
account_of(const char *kind)
{
	if (str_eqz(str_from(kind), "cash"))
		return PAY_CASH;
	return str_eqz(str_from(kind), "card") ? PAY_CLEARING : PAY_BANK;
}

int
receipt_add(struct flush *f, struct arena *a, const struct receipt *r, const struct flush *read,
	    int stmt, struct err *err)
{
	struct pg_array *ids = pg_array_new(a), *amounts = pg_array_new(a), *dues = pg_array_new(a);
	struct posting_amounts measures = { .method = account_of(r->kind) };
	struct posting posting;
	const char *payer = flush_value(read, stmt, 0, COL_PAYER);
	const char *entity = flush_value(read, stmt, 0, COL_ENTITY);
	const char *currency = flush_value(read, stmt, 0, COL_CURRENCY);
	const char *day = r->received_on ? r->received_on : flush_value(read, stmt, 0, COL_TODAY);
	struct open_item *items;
	size_t n;

	items = items_of(a, read, stmt, &n);
	if (allocate_oldest(r->amount, items, n, &measures.unapplied, err) < 0)
		return -1;
	measures.applied = r->amount - measures.unapplied;
	for (size_t i = 0; i < n; i++) {
		if (items[i].applied == 0)
			continue;
		pg_array_add(ids, items[i].id);
		pg_array_add_int(amounts, items[i].applied);
		pg_array_add_int(dues, items[i].amount_due);
	}
	if (posting_make(POST_PAYMENT_RECEIVED, &measures, &posting, err) < 0)
		return -1;

	flush_addv(f,
		   "SELECT payment.receive($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		   r->id, payer, entity, r->kind, arena_printf(a, "%lld", (long long)r->amount),
		   currency, day, r->reference, r->notes, r->attempt_id, pg_array_text(ids),
		   pg_array_text(amounts), pg_array_text(dues), FLUSH_END);
	posting_add(f, a, &posting,
		    &(struct posting_document){ .kind = "payment",
						.id = r->id,
						.event = "received",
						.entity_id = entity,
						.customer_id = payer,
						.currency = currency,
						.date = day });
	return 0;
}
