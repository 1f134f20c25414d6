/*
 * invoice_preview.c - what an invoice would come to, without making one.
 *
 * It is created, and made final where that is asked for, and taken back within one transaction: the
 * same composition by the same core, and refused as the create would be. Nothing is written. So
 * are debit notes, mixed documents, and credit notes of their own; those of a document are
 * previewed there (credit_act.c), and shown alike.
 */
#include "invoice.h"

#include <billfold/resource/write.h>

#include <stdlib.h>

enum { PREVIEW_MAX = 16 * 1024 * 1024 };

/* That of all examples (openapi_word.c): a body without it would be none that one sends. */
#define ACCOUNT_SHOWN "\"0198f3a0-5c1e-7a23-9fd2-00965dc429bc\""

/* clang-format off */
static const char *const tax_modes[] = { "per_group", "per_line", NULL };

static const struct field preview_in[] = {
	{ .name = "account_id", .type = FT_UUID, .doc = "The customer; needed, but for a deal's draft.", .example = ACCOUNT_SHOWN },
	{ .name = "lines", .type = FT_LIST, .u.of = { invoice_line_fields, LINES_MAX },
	  .doc = "As on create; needed, but for a deal's draft." },
	{ .name = "deal_id", .type = FT_UUID, .flags = FF_NULLABLE,
	  .doc = "The deal that it bills. Without any other member: the draft that the deal would bring if it were won now, refused as that would be." },
	{ .name = "kind", .type = FT_ENUM, .u.words = invoice_kinds, .example = "",
	  .doc = "As on create: `standard` where not given; `debit`, `mixed`, or `credit` with `standalone`. A credit note of a document: its action `preview_credit`." },
	{ .name = "original_invoice_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "What a debit note adds to." },
	{ .name = "standalone", .type = FT_BOOL, .doc = "A credit note of its own: `reason` says why." },
	{ .name = "reason", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "Why a credit or debit note is made.", .example = "" },
	{ .name = "settle", .type = FT_ENUM, .u.words = invoice_settles, .example = "", .doc = "What becomes of what it gives back: the account's `credit`, or a `refund`." },
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
	{ .name = "original_invoice_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "The document whose line it gives back of, or adds to." },
	{ .name = "original_line_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "That line." },
	{ .name = "original_quantity", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "So many of that line's units; null where it is given back by amount." },
	{ .name = "project", .type = FT_TEXT, .flags = FF_NULLABLE, .doc = "What it was done for." },
	{ .name = "discount_reason", .type = FT_TEXT, .flags = FF_NULLABLE, .doc = "Why less is asked for than was charged." },
	{ 0 }
};

const struct field invoice_preview_out[] = {
	{ .name = "object", .type = FT_TEXT, .doc = "`invoice_preview`." },
	{ .name = "kind", .type = FT_ENUM, .u.words = invoice_kinds, .doc = "What kind of document it is." },
	{ .name = "original_invoice_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "What it credits, or adds to." },
	{ .name = "reason", .type = FT_TEXT, .flags = FF_NULLABLE, .doc = "Why." },
	{ .name = "deal_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "The deal that it bills." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .doc = "Purchase order." },
	{ .name = "supply_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Day of delivery, where it says one." },
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
	{ .name = "status", .type = FT_ENUM, .u.words = invoice_statuses, .doc = "`draft`, or `pending_approval` where a deal's waits for its review; with `finalize`, what it would be as soon as it is final." },
	{ .name = "paid", .type = FT_MONEY, .doc = "With `finalize`: what it would use of what was paid in advance." },
	{ .name = "amount_due", .type = FT_MONEY, .doc = "What would be due." },
	{ .name = "settles", .type = FT_MONEY, .doc = "With `finalize`: so much of what it gives back settles what is due on the document that it credits." },
	{ .name = "left_over", .type = FT_MONEY, .doc = "With `finalize`: the rest of it, the account's credit, or given back by `settle`." },
	{ 0 }
};
/* clang-format on */

static void
write_original(struct jw *w, struct arena *a, const struct draft_line *l)
{
	jw_kstr(w, "original_invoice_id", l->original_invoice_id);
	jw_kstr(w, "original_line_id", l->original_line_id);
	jw_kstr(w, "original_quantity",
		l->original_quantity_set ? decimal_text(a, l->original_quantity) : NULL);
	jw_kstr(w, "project", l->project);
	jw_kstr(w, "discount_reason", l->discount_reason);
}

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
		write_original(w, a, &d->lines[i]);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static int
by_rate(const void *x, const void *y)
{
	const struct tax_group *a = x, *b = y;
	int order = strcmp(a->category, b->category);

	return order ? order : decimal_cmp(a->rate, b->rate);
}

/* In the order in which a document shows them. */
static void
write_taxes(struct jw *w, struct arena *a, const struct draft *d)
{
	size_t n = d->bill.n_groups;
	struct tax_group *groups = arena_array(a, n + 1, sizeof(*groups));

	if (n)
		memcpy(groups, d->bill.groups, n * sizeof(*groups));
	qsort(groups, n, sizeof(*groups), by_rate);
	jw_key(w, "taxes");
	jw_array(w);
	for (size_t k = 0; k < n; k++) {
		const struct tax_group *g = &groups[k];

		jw_object(w);
		jw_kstr(w, "category", g->category);
		jw_kstr(w, "rate", decimal_text(a, g->rate));
		jw_kint(w, "base", g->base);
		jw_kint(w, "tax", g->tax);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* Issue and due date as they would be if it became final today. */
static int
dates(struct arena *a, struct draft *d, struct err *err)
{
	civil_day issue = d->issue_date.set ? d->issue_date.day : d->facts.today;

	/* A draft may say what would be refused of a final document. */
	if (!draft_gives_back(d) && d->due_date.set && d->due_date.day < issue) {
		d->issue_date = (struct opt_day){ true, issue };
		d->terms = d->terms_set ? d->terms : d->facts.terms;
		return 0;
	}
	return finalize_dates(a, d, err);
}

/* What has been decided of it where it was made final; of a draft nothing is yet. */
static void
write_status(struct jw *w, const struct draft *d, enum invoice_status status)
{
	bool final = status != INVOICE_DRAFT && status != INVOICE_PENDING_APPROVAL;
	int64_t payable = d->bill.payable;

	jw_kstr(w, "status", invoice_status_words[status]);
	jw_kint(w, "paid", final ? d->final_paid : 0);
	jw_kint(w, "amount_due", final ? d->final_due : payable > 0 ? payable : 0);
	jw_kint(w, "settles", final ? d->final_settles : 0);
	jw_kint(w, "left_over", final ? d->final_left : 0);
}

struct str
invoice_preview_body(struct arena *a, const struct draft *made, enum invoice_status status,
		     struct err *err)
{
	struct draft shown = *made;
	const struct draft *d = &shown;
	struct jw w;

	if (dates(a, &shown, err) < 0)
		return STR("");
	jw_init(&w, a, PREVIEW_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "invoice_preview");
	jw_kstr(&w, "kind", d->kind);
	jw_kstr(&w, "original_invoice_id", d->original_id);
	jw_kstr(&w, "reason", d->reason);
	jw_kstr(&w, "deal_id", d->deal_id);
	jw_kstr(&w, "po_number", d->po_number ? d->po_number : d->facts.po_number);
	jw_kstr(&w, "supply_date", d->supply_date.set ? day_text(a, d->supply_date.day) : NULL);
	jw_kstr(&w, "account_id", d->facts.account_id);
	jw_kstr(&w, "entity_id", d->facts.entity_id);
	jw_kstr(&w, "currency", d->facts.currency);
	jw_kint(&w, "exponent", d->bill.exponent);
	jw_kstr(&w, "issue_date", day_text(a, d->issue_date.day));
	jw_kstr(&w, "due_date", day_text(a, d->due_date.day));
	jw_kint(&w, "payment_terms", d->terms);
	write_lines(&w, a, d);
	write_taxes(&w, a, d);
	jw_kint(&w, "subtotal", d->bill.subtotal);
	jw_kint(&w, "discount_total", d->bill.discount_total);
	jw_kint(&w, "net_total", d->bill.net_total);
	jw_kint(&w, "tax_total", d->bill.tax_total);
	jw_kint(&w, "total", d->bill.total);
	jw_kint(&w, "rounding", d->bill.rounding);
	jw_kint(&w, "payable", d->bill.payable);
	write_status(&w, d, status);
	jw_end_object(&w);
	return sb_str(&w.sb);
}

static void
require(struct call *c, const char *member, struct err *err)
{
	if (!jval_get(c->body, member))
		err_field(err, c->arena, arena_printf(c->arena, "/%s", member), "required",
			  "Is required.");
}

/* A deal alone: its draft says all the rest. */
static int
preview_deal(struct call *c, struct reply *r, struct err *err)
{
	json_object_object_foreach(c->body, key, value)
	{
		if (value && strcmp(key, "deal_id") != 0)
			err_field(err, c->arena, arena_printf(c->arena, "/%s", key), "conflict",
				  "A deal's draft says so itself; or name lines.");
	}
	return err->code != ERR_none
		   ? -1
		   : deal_preview(c, member_text(c->arena, c->body, "deal_id"), r, err);
}

static int
invoice_preview(struct call *c, struct reply *r, struct err *err)
{
	bool final = false;
	struct draft *d;
	struct write *w;

	if (jval_get(c->body, "deal_id") && !jval_get(c->body, "lines"))
		return preview_deal(c, r, err);
	require(c, "account_id", err);
	require(c, "lines", err);
	if (err->code != ERR_none || write_try(c, &invoice_resource, false, &w, err) < 0)
		return -1;
	d = w->own;
	member_bool(c->body, "finalize", &final);
	r->status = 200;
	r->body = invoice_preview_body(c->arena, d, final ? d->final_status : INVOICE_DRAFT, err);
	return err->code == ERR_none ? 0 : -1;
}

const struct route billing_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/invoices/preview",
	  .perm = P_INVOICE_READ,
	  .flags = RF_LARGE | RF_NO_KEY,
	  .in = preview_in,
	  .out = invoice_preview_out,
	  .status = 200,
	  .run = invoice_preview,
	  .doc = "What an invoice, a debit note, a mixed document or a credit note of its own "
		 "would come to: refused as its create would be; nothing is written." },
	{ 0 }
};
