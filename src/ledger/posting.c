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
posting_lines_init(struct posting_lines *l, struct arena *a)
{
	for (size_t k = 0; k < POSTING_ARRAYS; k++)
		l->v[k] = pg_array_new(a);
}

void
posting_lines_add(struct posting_lines *l, const struct posting *p, const char *entry,
		  const char *customer, const char *currency, bool converted)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct posting_line *line = &p->lines[i];

		pg_array_add(l->v[POSTING_ENTRY], entry);
		pg_array_add(l->v[POSTING_ACCOUNT], line->account);
		pg_array_add(l->v[POSTING_CUSTOMER], line->customer ? customer : NULL);
		pg_array_add_int(l->v[POSTING_DEBIT], line->debit);
		pg_array_add_int(l->v[POSTING_CREDIT], line->credit);
		pg_array_add(l->v[POSTING_CURRENCY], currency);
		if (converted) {
			pg_array_add_int(l->v[POSTING_BASE_DEBIT], line->base_debit);
			pg_array_add_int(l->v[POSTING_BASE_CREDIT], line->base_credit);
		} else {
			pg_array_add(l->v[POSTING_BASE_DEBIT], NULL);
			pg_array_add(l->v[POSTING_BASE_CREDIT], NULL);
		}
	}
}

int
posting_statement(struct arena *a, const struct posting *p, const struct posting_document *doc,
		  const char **ret_sql, const char ***ret_params)
{
	const char *id = uuid_new_z(a),
		   **params = arena_array(a, 7 + POSTING_ARRAYS, sizeof(*params));
	struct posting_lines lines;

	posting_lines_init(&lines, a);
	posting_lines_add(&lines, p, id, doc->customer_id, doc->currency, doc->converted);
	params[0] = one(a, id);
	params[1] = one(a, doc->entity_id);
	params[2] = one(a, doc->kind);
	params[3] = one(a, doc->id);
	params[4] = one(a, doc->event);
	params[5] = one(a, doc->date);
	params[6] = one(a, doc->memo);
	for (size_t k = 0; k < POSTING_ARRAYS; k++)
		params[7 + k] = pg_array_text(lines.v[k]);
	*ret_sql = "SELECT ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
		   "$14, $15)";
	*ret_params = params;
	return 7 + POSTING_ARRAYS;
}

void
posting_add(struct flush *f, struct arena *a, const struct posting *p,
	    const struct posting_document *doc)
{
	const char *sql, **params;
	int n;

	if (p->n == 0)
		return;
	n = posting_statement(a, p, doc, &sql, &params);
	flush_add(f, sql, n, params);
}
