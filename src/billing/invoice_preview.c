/*
 * invoice_preview.c - what an invoice would come to, without making one.
 *
 * It is created, and made final where that is asked for, and taken back within one transaction: the
 * same composition by the same core, and refused as the create would be. Nothing is written.
 */
#include "invoice.h"

#include <billfold/resource/write.h>

enum { PREVIEW_MAX = 16 * 1024 * 1024 };

/* clang-format off */
static const char *const tax_modes[] = { "per_group", "per_line", NULL };

static const struct field preview_in[] = {
	{ .name = "account_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The customer." },
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The account's where not given." },
	{ .name = "location_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Where it is supplied to." },
	{ .name = "contact_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Whom it goes to, where that is not the account's billing contact." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The customer's order number." },
	{ .name = "issue_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Today where not given." },
	{ .name = "due_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "By the payment terms where not given." },
	{ .name = "supply_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Decides on tax." },
	{ .name = "payment_terms", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 0, 365 }, .doc = "Days." },
	{ .name = "invoice_address", .type = FT_ADDRESS, .flags = FF_NULLABLE, .doc = "Instead of the account's." },
	{ .name = "tax_mode", .type = FT_ENUM, .u.words = tax_modes, .doc = "How tax is rounded." },
	{ .name = "tax_inclusive", .type = FT_BOOL, .doc = "Unit prices contain their tax." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "Discount on the whole." },
	{ .name = "discount_amount", .type = FT_MONEY, .doc = "A further discount on the whole." },
	{ .name = "cash_rounding", .type = FT_INT, .u.num = { 0, 100000 }, .doc = "What is payable is a multiple of it." },
	{ .name = "lines", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { invoice_line_fields, LINES_MAX },
	  .doc = "As on create." },
	{ .name = "exchange_rate", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "Into the seller's own currency." },
	{ .name = "finalize", .type = FT_BOOL, .write = P_INVOICE_FINALIZE, .doc = "As it is made final at once: what that would be refused for is refused." },
	{ .name = "expected_total", .type = FT_MONEY, .doc = "What total should come out." },
	{ 0 }
};

static const struct field preview_tax[] = {
	{ .name = "category", .type = FT_TEXT, .doc = "Category." },
	{ .name = "rate", .type = FT_DECIMAL, .doc = "Percent." },
	{ .name = "base", .type = FT_MONEY, .doc = "Sum of nets." },
	{ .name = "tax", .type = FT_MONEY, .doc = "Tax." },
	{ 0 }
};

static const struct field preview_line[] = {
	{ .name = "description", .type = FT_TEXT, .doc = "What is sold." },
	{ .name = "quantity", .type = FT_DECIMAL, .doc = "How many." },
	{ .name = "unit_price", .type = FT_DECIMAL, .doc = "Price." },
	{ .name = "tax_category", .type = FT_TEXT, .doc = "As decided." },
	{ .name = "tax_rate", .type = FT_DECIMAL, .doc = "As decided." },
	{ .name = "amount", .type = FT_MONEY, .doc = "Before discounts." },
	{ .name = "discount", .type = FT_MONEY, .doc = "Discounts." },
	{ .name = "net", .type = FT_MONEY, .doc = "Without tax." },
	{ .name = "tax", .type = FT_MONEY, .doc = "Share of its group's tax." },
	{ 0 }
};

static const struct field preview_out[] = {
	{ .name = "object", .type = FT_TEXT, .doc = "`invoice_preview`." },
	{ .name = "account_id", .type = FT_UUID, .doc = "The payer." },
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Currency." },
	{ .name = "exponent", .type = FT_INT, .u.num = { 0, 4 }, .doc = "Its minor unit's digits." },
	{ .name = "issue_date", .type = FT_DATE, .doc = "Issue date." },
	{ .name = "due_date", .type = FT_DATE, .doc = "Due date." },
	{ .name = "payment_terms", .type = FT_INT, .u.num = { 0, 365 }, .doc = "Days." },
	{ .name = "lines", .type = FT_LIST, .u.of = { preview_line, LINES_MAX }, .doc = "Lines as computed." },
	{ .name = "taxes", .type = FT_LIST, .u.of = { preview_tax, LINES_MAX }, .doc = "Tax groups." },
	{ .name = "subtotal", .type = FT_MONEY, .doc = "Sum of amounts." },
	{ .name = "discount_total", .type = FT_MONEY, .doc = "Sum of discounts." },
	{ .name = "net_total", .type = FT_MONEY, .doc = "Sum of nets." },
	{ .name = "tax_total", .type = FT_MONEY, .doc = "Sum of taxes." },
	{ .name = "total", .type = FT_MONEY, .doc = "With tax." },
	{ .name = "rounding", .type = FT_MONEY, .doc = "Cash rounding." },
	{ .name = "payable", .type = FT_MONEY, .doc = "What would be payable." },
	{ 0 }
};
/* clang-format on */

static void
write_lines(struct jw *w, struct arena *a, const struct draft *d)
{
	jw_key(w, "lines");
	jw_array(w);
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *b = &d->bill.lines[i];

		jw_object(w);
		jw_kstr(w, "description", d->lines[i].description);
		jw_kstr(w, "quantity", decimal_text(a, b->quantity));
		jw_kstr(w, "unit_price", decimal_text(a, b->unit_price));
		jw_kstr(w, "tax_category", b->tax_category);
		jw_kstr(w, "tax_rate", decimal_text(a, b->tax_rate));
		jw_kint(w, "amount", b->amount);
		jw_kint(w, "discount", b->discount);
		jw_kint(w, "net", b->net);
		jw_kint(w, "tax", b->tax);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_key(w, "taxes");
	jw_array(w);
	for (size_t k = 0; k < d->bill.n_groups; k++) {
		const struct tax_group *g = &d->bill.groups[k];

		jw_object(w);
		jw_kstr(w, "category", g->category);
		jw_kstr(w, "rate", decimal_text(a, g->rate));
		jw_kint(w, "base", g->base);
		jw_kint(w, "tax", g->tax);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static struct str
preview_body(struct arena *a, const struct draft *d, civil_day issue, civil_day due, int64_t terms)
{
	struct jw w;

	jw_init(&w, a, PREVIEW_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "invoice_preview");
	jw_kstr(&w, "account_id", d->facts.account_id);
	jw_kstr(&w, "entity_id", d->facts.entity_id);
	jw_kstr(&w, "currency", d->facts.currency);
	jw_kint(&w, "exponent", d->bill.exponent);
	jw_kstr(&w, "issue_date", day_text(a, issue));
	jw_kstr(&w, "due_date", day_text(a, due));
	jw_kint(&w, "payment_terms", terms);
	write_lines(&w, a, d);
	jw_kint(&w, "subtotal", d->bill.subtotal);
	jw_kint(&w, "discount_total", d->bill.discount_total);
	jw_kint(&w, "net_total", d->bill.net_total);
	jw_kint(&w, "tax_total", d->bill.tax_total);
	jw_kint(&w, "total", d->bill.total);
	jw_kint(&w, "rounding", d->bill.rounding);
	jw_kint(&w, "payable", d->bill.payable);
	jw_end_object(&w);
	return sb_str(&w.sb);
}

static int
invoice_preview(struct call *c, struct reply *r, struct err *err)
{
	const struct draft *d;
	civil_day issue, due;
	struct write *w;
	int64_t terms;

	if (write_try(c, &invoice_resource, false, &w, err) < 0)
		return -1;
	d = w->own;
	issue = d->issue_date.set ? d->issue_date.day : d->facts.today;
	terms = d->terms_set ? d->terms : d->facts.terms;
	if (d->due_date.set)
		due = d->due_date.day;
	else if (terms_due_date(issue, terms, &due, err) < 0)
		return -1;
	r->status = 200;
	r->body = preview_body(c->arena, d, issue, due, terms);
	return 0;
}

const struct route billing_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/invoices/preview",
	  .perm = P_INVOICE_READ,
	  .flags = RF_LARGE | RF_NO_KEY,
	  .in = preview_in,
	  .out = preview_out,
	  .status = 200,
	  .run = invoice_preview,
	  .doc = "What an invoice would come to; nothing is written." },
	{ 0 }
};
