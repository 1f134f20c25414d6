/*
 * draft_write.c - drafts as one statement: billing.content_write of a set, and one is a set of one.
 */
#include "draft.h"

/* Columns of billing.content_write after fresh and invoices, in its order. */
enum {
	L_INVOICE,
	L_ID,
	L_POSITION,
	L_ACCOUNT,
	L_PRODUCT,
	L_DESCRIPTION,
	L_QUANTITY,
	L_UNIT_PRICE,
	L_BASE_QUANTITY,
	L_UNIT,
	L_DISCOUNT_PERCENT,
	L_CATEGORY_GIVEN,
	L_RATE_GIVEN,
	L_CATEGORY,
	L_RATE,
	L_AMOUNT,
	L_DISCOUNT,
	L_NET,
	L_TAX,
	L_DEAL_LINE,
	T_INVOICE,
	T_CATEGORY,
	T_RATE,
	T_NAME,
	T_BASE,
	T_TAX,
	L_ORIGINAL_INVOICE,
	L_ORIGINAL_LINE,
	L_ORIGINAL_QUANTITY,
	L_PROJECT,
	L_DISCOUNT_REASON,
	L_PERIOD_START,
	L_PERIOD_END,
	L_ITEM,
	L_DISCOUNT_AMOUNT,
	CONTENT_ARRAYS
};

static void
add_content_line(struct arena *a, struct pg_array **v, const struct draft *d, size_t i)
{
	const struct draft_line *l = &d->lines[i];
	const struct bill_line *b = &d->bill.lines[i];

	pg_array_add(v[L_INVOICE], d->id);
	pg_array_add(v[L_ID], l->id);
	pg_array_add_int(v[L_POSITION], (int64_t)i + 1);
	pg_array_add(v[L_ACCOUNT], l->account_id);
	pg_array_add(v[L_PRODUCT], l->product_id);
	pg_array_add(v[L_DESCRIPTION], l->description);
	pg_array_add(v[L_QUANTITY], decimal_text(a, b->quantity));
	pg_array_add(v[L_UNIT_PRICE], decimal_text(a, b->unit_price));
	pg_array_add(v[L_BASE_QUANTITY], decimal_text(a, b->base_quantity));
	pg_array_add(v[L_UNIT], l->unit);
	pg_array_add(v[L_DISCOUNT_PERCENT], decimal_is_zero(b->discount_percent)
						? NULL
						: decimal_text(a, b->discount_percent));
	pg_array_add(v[L_CATEGORY_GIVEN], l->category_given);
	pg_array_add(v[L_RATE_GIVEN], l->rate_set ? decimal_text(a, l->rate_given) : NULL);
	pg_array_add(v[L_CATEGORY], b->tax_category);
	pg_array_add(v[L_RATE], decimal_text(a, b->tax_rate));
	pg_array_add_int(v[L_AMOUNT], b->amount);
	pg_array_add_int(v[L_DISCOUNT], b->discount);
	pg_array_add_int(v[L_NET], b->net);
	pg_array_add_int(v[L_TAX], b->tax);
	pg_array_add(v[L_DEAL_LINE], l->deal_line_id);
	pg_array_add(v[L_ORIGINAL_INVOICE], l->original_invoice_id);
	pg_array_add(v[L_ORIGINAL_LINE], l->original_line_id);
	pg_array_add(v[L_ORIGINAL_QUANTITY],
		     l->original_quantity_set ? decimal_text(a, l->original_quantity) : NULL);
	pg_array_add(v[L_PROJECT], l->project);
	pg_array_add(v[L_DISCOUNT_REASON], l->discount_reason);
	pg_array_add(v[L_PERIOD_START],
		     l->period_start.set ? day_text(a, l->period_start.day) : NULL);
	pg_array_add(v[L_PERIOD_END], l->period_end.set ? day_text(a, l->period_end.day) : NULL);
	pg_array_add(v[L_ITEM], l->subscription_item_id);
	pg_array_add(v[L_DISCOUNT_AMOUNT],
		     b->discount_amount ? int_text(a, b->discount_amount) : NULL);
}

/* What a group is called: as its first line's rate is. */
static const char *
group_name(const struct draft *d, const struct tax_group *g)
{
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *b = &d->bill.lines[i];

		if (strcmp(b->tax_category, g->category) == 0 &&
		    decimal_cmp(b->tax_rate, g->rate) == 0)
			return d->lines[i].tax_name;
	}
	return NULL;
}

static void
add_content_taxes(struct arena *a, struct pg_array **v, const struct draft *d)
{
	for (size_t k = 0; k < d->bill.n_groups; k++) {
		const struct tax_group *g = &d->bill.groups[k];

		pg_array_add(v[T_INVOICE], d->id);
		pg_array_add(v[T_CATEGORY], g->category);
		pg_array_add(v[T_RATE], decimal_text(a, g->rate));
		pg_array_add(v[T_NAME], group_name(d, g));
		pg_array_add_int(v[T_BASE], g->base);
		pg_array_add_int(v[T_TAX], g->tax);
	}
}

struct draft_stmt
draft_content(struct arena *a, const struct draft *drafts, size_t n)
{
	struct draft_stmt s = {
		.sql = "SELECT billing.content_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, "
		       "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, "
		       "$28, $29, $30, $31, $32, $33, $34, $35, $36, $37)",
		.n = CONTENT_ARRAYS + 2,
		.params = arena_array(a, CONTENT_ARRAYS + 2, sizeof(const char *)),
	};
	struct pg_array *v[CONTENT_ARRAYS], *ids = pg_array_new(a);

	for (size_t k = 0; k < CONTENT_ARRAYS; k++)
		v[k] = pg_array_new(a);
	for (size_t i = 0; i < n; i++) {
		pg_array_add(ids, drafts[i].id);
		for (size_t k = 0; k < drafts[i].bill.n_lines; k++)
			add_content_line(a, v, &drafts[i], k);
		add_content_taxes(a, v, &drafts[i]);
	}
	s.params[0] = n && drafts[0].fresh ? "t" : "f";
	s.params[1] = pg_array_text(ids);
	for (size_t k = 0; k < CONTENT_ARRAYS; k++)
		s.params[k + 2] = pg_array_text(v[k]);
	return s;
}
