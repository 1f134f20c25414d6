/*
 * batch_write.c - what a batch came to, as sets: lines and taxes, documents with their journal,
 * what was paid in advance, the next bill dates, what is parked.
 */
#include "batch.h"

/* Parameters of billing.bill_write after the number of final ones, in its order; then its entries'
 * lines. */
enum {
	W_ID,
	W_SUBSCRIPTION,
	W_ACCOUNT,
	W_ENTITY,
	W_LOCATION,
	W_START,
	W_END,
	W_CURRENCY,
	W_EXPONENT,
	W_PO,
	W_ISSUE,
	W_DUE,
	W_TERMS,
	W_TAX_MODE,
	W_TAX_INCLUSIVE,
	W_DISCOUNT_PERCENT,
	W_DISCOUNT_AMOUNT,
	W_CASH_ROUNDING,
	W_SUBTOTAL,
	W_DISCOUNT,
	W_NET,
	W_TAX,
	W_TOTAL,
	W_ROUNDING,
	W_PAYABLE,
	W_PAID,
	W_STATUS,
	W_EXPIRED,
	W_SEND,
	W_ENTRY,
	WRITE_ARRAYS
};

struct writing {
	struct arena *a;
	struct pg_array *v[WRITE_ARRAYS];
	struct posting_lines lines;
	struct draft *drafts; /* final ones first */
	size_t n;
};

/* What a draft reads through is left open. */
static void
add_dates(struct writing *w, const struct batch_row *row)
{
	const struct draft *d = &row->draft;
	bool final = row->outcome == BATCH_FINAL;
	const char *po = d->po_number;

	if (final && !po)
		po = d->facts.po_number;
	pg_array_add(w->v[W_PO], po);
	pg_array_add(w->v[W_ISSUE], final ? day_text(w->a, d->issue_date.day) : NULL);
	pg_array_add(w->v[W_DUE], final ? day_text(w->a, d->due_date.day) : NULL);
	pg_array_add(w->v[W_TERMS], final ? int_text(w->a, d->terms) : NULL);
	pg_array_add(w->v[W_START], day_text(w->a, row->period.start));
	pg_array_add(w->v[W_END], day_text(w->a, row->period.end));
}

static void
add_amounts(struct writing *w, const struct batch_row *row)
{
	const struct bill *b = &row->draft.bill;

	pg_array_add(w->v[W_TAX_MODE], b->tax_mode == TAX_PER_LINE ? "per_line" : "per_group");
	pg_array_add(w->v[W_TAX_INCLUSIVE], b->tax_inclusive ? "t" : "f");
	pg_array_add(w->v[W_DISCOUNT_PERCENT], decimal_is_zero(b->discount_percent)
						   ? NULL
						   : decimal_text(w->a, b->discount_percent));
	pg_array_add_int(w->v[W_DISCOUNT_AMOUNT], b->discount_amount);
	pg_array_add_int(w->v[W_CASH_ROUNDING], b->rounding_step);
	pg_array_add_int(w->v[W_SUBTOTAL], b->subtotal);
	pg_array_add_int(w->v[W_DISCOUNT], b->discount_total);
	pg_array_add_int(w->v[W_NET], b->net_total);
	pg_array_add_int(w->v[W_TAX], b->tax_total);
	pg_array_add_int(w->v[W_TOTAL], b->total);
	pg_array_add_int(w->v[W_ROUNDING], b->rounding);
	pg_array_add_int(w->v[W_PAYABLE], b->payable);
	pg_array_add_int(w->v[W_PAID], row->paid);
}

static void
add_document(struct writing *w, const struct batch_row *row)
{
	const struct draft *d = &row->draft;

	w->drafts[w->n++] = *d;
	pg_array_add(w->v[W_ID], d->id);
	pg_array_add(w->v[W_SUBSCRIPTION], row->subscription_id);
	pg_array_add(w->v[W_ACCOUNT], d->facts.account_id);
	pg_array_add(w->v[W_ENTITY], d->facts.entity_id);
	pg_array_add(w->v[W_LOCATION], d->location_id);
	pg_array_add(w->v[W_CURRENCY], d->facts.currency);
	pg_array_add_int(w->v[W_EXPONENT], d->bill.exponent);
	add_dates(w, row);
	add_amounts(w, row);
	pg_array_add(w->v[W_STATUS], invoice_status_words[row->status]);
	pg_array_add(w->v[W_EXPIRED], d->exemption_expired ? "t" : "f");
	pg_array_add(w->v[W_SEND],
		     row->outcome == BATCH_FINAL && row->mode == BILLING_SEND ? "t" : "f");
	pg_array_add(w->v[W_ENTRY], row->entry);
	if (row->entry)
		posting_lines_add(&w->lines, &row->posting, row->entry, d->facts.account_id,
				  d->facts.currency, row->converted);
}

static size_t
add_all(struct writing *w, const struct batch *b, enum batch_outcome outcome)
{
	size_t n = w->n;

	for (size_t i = 0; i < b->n; i++) {
		if (b->rows[i].outcome == outcome)
			add_document(w, &b->rows[i]);
	}
	return w->n - n;
}

static void
add_documents(struct flush *f, const struct batch *b)
{
	struct writing w = { .a = b->arena };
	const char **params = arena_array(w.a, 1 + WRITE_ARRAYS + POSTING_ARRAYS, sizeof(*params));
	struct draft_stmt content;
	size_t n_final;

	w.drafts = arena_array(w.a, b->n, sizeof(*w.drafts));
	for (size_t k = 0; k < WRITE_ARRAYS; k++)
		w.v[k] = pg_array_new(w.a);
	posting_lines_init(&w.lines, w.a);
	n_final = add_all(&w, b, BATCH_FINAL);
	add_all(&w, b, BATCH_DRAFT);
	if (w.n == 0)
		return;
	content = draft_content(w.a, w.drafts, w.n);
	flush_add(f, content.sql, content.n, content.params);
	params[0] = int_text(w.a, (int64_t)n_final);
	for (size_t k = 0; k < WRITE_ARRAYS; k++)
		params[1 + k] = pg_array_text(w.v[k]);
	for (size_t k = 0; k < POSTING_ARRAYS; k++)
		params[1 + WRITE_ARRAYS + k] = pg_array_text(w.lines.v[k]);
	flush_add(f,
		  "SELECT billing.bill_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		  "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, "
		  "$29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39)",
		  1 + WRITE_ARRAYS + POSTING_ARRAYS, params);
}

struct moves {
	struct pg_array *ids, *billed, *next, *invoices;
	size_t n;
};

/* Those that have been dealt with, and what it came to. */
static struct moves
moves_of(const struct batch *b)
{
	struct arena *a = b->arena;
	struct moves ret = { pg_array_new(a), pg_array_new(a), pg_array_new(a), pg_array_new(a),
			     0 };

	for (size_t i = 0; i < b->n; i++) {
		const struct batch_row *row = &b->rows[i];

		if (row->outcome == BATCH_PARKED)
			continue;
		pg_array_add(ret.ids, row->subscription_id);
		pg_array_add(ret.billed, day_text(a, row->bill_on));
		pg_array_add(ret.next, row->next == DAY_NEVER ? NULL : day_text(a, row->next));
		pg_array_add(ret.invoices, row->outcome == BATCH_NOTHING ? NULL : row->draft.id);
		ret.n++;
	}
	return ret;
}

/* By the first wrong member where that says more: "po_number_required". */
static const char *
park_code(struct arena *a, const struct err *err)
{
	const char *member = err->fields ? strrchr(err->fields->pointer, '/') : NULL;

	if (member && strcmp(err->fields->code, err_def(err)->code) == 0)
		member = NULL;
	return member ? arena_printf(a, "%s_%s", member + 1, err->fields->code)
		      : err_def(err)->code;
}

static void
add_parked(struct flush *f, const struct batch *b)
{
	struct arena *a = b->arena;
	struct pg_array *ids = pg_array_new(a), *codes = pg_array_new(a),
			*reasons = pg_array_new(a), *from = pg_array_new(a);
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct batch_row *row = &b->rows[i];

		if (row->outcome != BATCH_PARKED)
			continue;
		pg_array_add(ids, row->subscription_id);
		pg_array_add(codes, park_code(a, &row->err));
		pg_array_add(reasons, row->err.fields ? row->err.fields->detail : row->err.detail);
		pg_array_add(from, row->passes.set ? day_text(a, row->passes.day) : NULL);
		n++;
	}
	if (n)
		flush_addv(f, "SELECT billing.bill_park($1, $2, $3, $4)", pg_array_text(ids),
			   pg_array_text(codes), pg_array_text(reasons), pg_array_text(from),
			   FLUSH_END);
}

void
batch_write_documents(struct flush *f, const struct batch *b)
{
	add_documents(f, b);
	for (size_t i = 0; i < b->n; i++) {
		const struct batch_row *row = &b->rows[i];

		if (row->outcome == BATCH_FINAL && row->uses)
			flush_add(f, row->use.sql, row->use.n, row->use.params);
	}
}

const char *
batch_discounts(const struct batch *b)
{
	struct pg_array *ids = pg_array_new(b->arena);

	for (size_t i = 0; i < b->n; i++) {
		const struct batch_row *row = &b->rows[i];

		for (size_t k = 0; row->outcome >= BATCH_DRAFT && k < row->n_discounts; k++)
			pg_array_add(ids, row->discount_ids[k]);
	}
	return pg_array_text(ids);
}

/* The bill dates move first: from the numbers on, which come with the documents, the tenant's other
 * batches wait. */
void
batch_write(struct flush *f, const struct batch *b)
{
	struct moves m = moves_of(b);
	const char *discounts = batch_discounts(b);

	if (m.n)
		flush_addv(f, "SELECT billing.bill_move($1, $2, $3, $4)", pg_array_text(m.ids),
			   pg_array_text(m.billed), pg_array_text(m.next),
			   pg_array_text(m.invoices), FLUSH_END);
	add_parked(f, b);
	batch_write_documents(f, b);
	if (strcmp(discounts, "{}") != 0)
		flush_addv(f, "SELECT billing.discounts_use($1, $2, $3)", pg_array_text(m.ids),
			   pg_array_text(m.invoices), discounts, FLUSH_END);
}

void
batch_count(const struct batch *b, int64_t *ret_billed, int64_t *ret_parked)
{
	*ret_billed = *ret_parked = 0;
	for (size_t i = 0; i < b->n; i++) {
		*ret_billed += b->rows[i].outcome >= BATCH_DRAFT;
		*ret_parked += b->rows[i].outcome == BATCH_PARKED;
	}
}
