/*
 * posting.c - a posting of the core as an entry of the journal.
 */
#include <billfold/ledger.h>

/* An array of one. */
static const char *
one(struct arena *a, const char *value)
{
	struct pg_array *arr = pg_array_new(a);

	pg_array_add(arr, value);
	return pg_array_text(arr);
}

void
posting_add(struct flush *f, struct arena *a, const struct posting *p,
	    const struct posting_document *doc)
{
	struct pg_array *entries = pg_array_new(a), *accounts = pg_array_new(a);
	struct pg_array *customers = pg_array_new(a), *debits = pg_array_new(a);
	struct pg_array *credits = pg_array_new(a), *currencies = pg_array_new(a);
	struct pg_array *base_debits = pg_array_new(a), *base_credits = pg_array_new(a);
	const char *id = uuid_new_z(a);

	if (p->n == 0)
		return;
	for (size_t i = 0; i < p->n; i++) {
		const struct posting_line *l = &p->lines[i];

		pg_array_add(entries, id);
		pg_array_add(accounts, l->account);
		pg_array_add(customers, l->customer ? doc->customer_id : NULL);
		pg_array_add_int(debits, l->debit);
		pg_array_add_int(credits, l->credit);
		pg_array_add(currencies, doc->currency);
		if (doc->converted) {
			pg_array_add_int(base_debits, l->base_debit);
			pg_array_add_int(base_credits, l->base_credit);
		} else {
			pg_array_add(base_debits, NULL);
			pg_array_add(base_credits, NULL);
		}
	}
	flush_addv(
	    f,
	    "SELECT ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
	    "$15)",
	    one(a, id), one(a, doc->entity_id), one(a, doc->kind), one(a, doc->id),
	    one(a, doc->event), one(a, doc->date), one(a, doc->memo), pg_array_text(entries),
	    pg_array_text(accounts), pg_array_text(customers), pg_array_text(debits),
	    pg_array_text(credits), pg_array_text(currencies), pg_array_text(base_debits),
	    pg_array_text(base_credits), FLUSH_END);
}
