/*
 * subscription_outlook.c - the steps of a subscription as a preview shows them.
 *
 * A step begins where something that it charges begins or ends: phases, scheduled changes, removals
 * are not told apart. Its first document is that of the first bill date within it which no document
 * has, as quote.h says it; the change's own document is no bill date's. What a renewal makes
 * of it is its caller's to say.
 */
#include "subscription_outlook.h"

#include "invoice.h"

#include <stdlib.h>

/* clang-format off */
static const struct field step_item_fields[] = {
	{ .name = "plan_charge", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The charge of the plan that it is from." },
	{ .name = "plan_version_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The version of that plan." },
	{ .name = "product_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The product." },
	{ .name = "description", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What is charged." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "How many." },
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "Major units an interval, for base_quantity units." },
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "How many units the price is for." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Its own discount." },
	{ .name = "recurring", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = recurring_words, .doc = "The interval." },
	{ .name = "every", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 1, 100 }, .doc = "So many of them at a time." },
	{ 0 }
};
static const struct field step_line_fields[] = {
	OUTLOOK_LINE,
	{ .name = "discount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "All that is taken off." },
	{ 0 }
};
static const struct field step_document_fields[] = {
	{ .name = "bill_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The bill date." },
	{ .name = "period_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "It is for the days from then to before this one." },
	{ .name = "lines", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { step_line_fields, LINES_MAX }, .doc = "Its lines." },
	{ .name = "discount_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Discounts and coupons." },
	{ .name = "net_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of nets." },
	{ .name = "tax_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of taxes." },
	{ .name = "total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "With tax." },
	{ 0 }
};
const struct field outlook_step_fields[] = {
	{ .name = "starts_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "From this day on." },
	{ .name = "ends_on", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "To before this one; null: it goes on." },
	{ .name = "items", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { step_item_fields, 0 }, .doc = "What is charged then." },
	{ .name = "first_document", .type = FT_OBJECT, .flags = FF_REQUIRED | FF_NULLABLE, .u.of = { step_document_fields, 0 },
	  .doc = "The document of its first bill date that has none yet; null: none comes within it (it stands still, or is billed already), or it "
		 "is more than can be billed." },
	{ 0 }
};
/* clang-format on */

/* ---- where they begin ---- */

static int
by_day(const void *x, const void *y)
{
	civil_day a = *(const civil_day *)x, b = *(const civil_day *)y;

	return (a > b) - (a < b);
}

/* The first day of each, ascending; how many. */
static size_t
starts_of(struct arena *a, const struct outlook *o, civil_day **ret)
{
	const struct subscription *s = o->is;
	civil_day *v = arena_array(a, 2 * s->n_items + 1, sizeof(*v));
	size_t n = 0, k = 0;

	v[n++] = o->from;
	for (size_t i = 0; i < s->n_items; i++) {
		const struct sub_item *x = &s->items[i];

		if (x->to <= x->from)
			continue;
		if (x->from > o->from && x->from < s->end)
			v[n++] = x->from;
		if (x->to > o->from && x->to < s->end)
			v[n++] = x->to;
	}
	qsort(v, n, sizeof(*v), by_day);
	for (size_t i = 1; i < n; i++) {
		if (v[i] != v[k])
			v[++k] = v[i];
	}
	*ret = v;
	return k + 1;
}

/* ---- what they charge ---- */

static const char *
text_or(struct arena *a, struct json_object *row, const char *key, const char *otherwise)
{
	const char *text = member_text(a, row, key);

	return text ? text : otherwise;
}

static void
write_items(struct jw *w, struct arena *a, const struct outlook *o, struct period days)
{
	jw_key(w, "items");
	jw_array(w);
	for (size_t i = 0; i < o->is->n_items; i++) {
		const struct sub_item *x = &o->is->items[i];
		struct json_object *row = o->of[i];

		if (period_days(period_overlap((struct period){ x->from, x->to }, days)) == 0)
			continue;
		jw_object(w);
		jw_kstr(w, "plan_charge", member_text(a, row, "plan_charge"));
		jw_kstr(w, "plan_version_id", member_text(a, row, "plan_version_id"));
		jw_kstr(w, "product_id", member_text(a, row, "product_id"));
		jw_kstr(w, "description", member_text(a, row, "description"));
		jw_kstr(w, "quantity", text_or(a, row, "quantity", "1"));
		jw_kstr(w, "unit_price", text_or(a, row, "unit_price", "0"));
		jw_kstr(w, "base_quantity", text_or(a, row, "base_quantity", "1"));
		jw_kstr(w, "discount_percent", member_text(a, row, "discount_percent"));
		jw_kstr(w, "recurring", recurring_words[x->recurring]);
		jw_kint(w, "every", x->every);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* ---- their first documents ---- */

struct walk {
	struct arena *a;
	const struct outlook *o;
	struct quote *q;
	civil_day at; /* no document before it is asked for any more */
};

/* What is good for so many documents is used up by those that come before the day. */
static int
use_up(struct walk *x, civil_day until, struct err *err)
{
	while (quote_counts(x->q, until)) {
		struct arena *one;
		struct draft d;
		civil_day day;
		int rc;

		if (sub_next_bill(x->o->is, x->at, &day, err) < 0)
			return -1;
		if (day >= until)
			return 0;
		one = arena_new(0);
		rc = quote_bill_date(x->q, one, x->o->is, x->o->of, day, &d, err);
		arena_free(one);
		if (rc < 0)
			return -1;
		x->at = day + 1;
	}
	return 0;
}

void
outlook_line(struct jw *w, struct arena *a, const struct draft_line *l, const struct bill_line *b)
{
	jw_kstr(w, "description", l->description);
	jw_kstr(w, "period_start", day_text(a, l->period_start.day));
	jw_kstr(w, "period_end", day_text(a, l->period_end.day));
	jw_kstr(w, "quantity", decimal_text(a, b->quantity));
	jw_kstr(w, "unit_price", decimal_text(a, b->unit_price));
	jw_kstr(w, "base_quantity", decimal_text(a, b->base_quantity));
	jw_kstr(w, "tax_category", b->tax_category);
	jw_kstr(w, "tax_rate", decimal_text(a, b->tax_rate));
	jw_kint(w, "net", b->net);
	jw_kint(w, "tax", b->tax);
}

static void
write_document(struct jw *w, struct arena *a, const struct draft *d, struct period days)
{
	jw_object(w);
	jw_kstr(w, "bill_on", day_text(a, days.start));
	jw_kstr(w, "period_end", day_text(a, days.end));
	jw_key(w, "lines");
	jw_array(w);
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		jw_object(w);
		outlook_line(w, a, &d->lines[i], &d->bill.lines[i]);
		jw_kint(w, "discount", d->bill.lines[i].discount);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_kint(w, "discount_total", d->bill.discount_total);
	jw_kint(w, "net_total", d->bill.net_total);
	jw_kint(w, "tax_total", d->bill.tax_total);
	jw_kint(w, "total", d->bill.total);
	jw_end_object(w);
}

/* The document of the first bill date within the days, in an arena of its own; days.start is that
 * date then. No lines: none comes. */
static int
first_document(struct walk *x, struct arena *one, struct period *days, struct draft *ret,
	       struct err *err)
{
	civil_day from = days->start > x->o->unbilled ? days->start : x->o->unbilled, day;

	*ret = (struct draft){ 0 };
	if (sub_next_bill(x->o->is, from, &day, err) < 0)
		return -1;
	if (day >= days->end)
		return 0;
	if (use_up(x, day, err) < 0 ||
	    quote_bill_date(x->q, one, x->o->is, x->o->of, day, ret, err) < 0)
		return -1;
	x->at = day + 1;
	return sub_bill_period(x->o->is, day, days, err);
}

static int
write_step(struct jw *w, struct walk *x, struct period days, struct err *err)
{
	struct arena *one = arena_new(0);
	struct draft d;
	int rc;

	jw_object(w);
	jw_kstr(w, "starts_on", day_text(x->a, days.start));
	jw_kstr(w, "ends_on", sub_day_text(x->a, days.end));
	write_items(w, x->a, x->o, days);
	rc = first_document(x, one, &days, &d, err);
	if (rc < 0 && err->code == ERR_out_of_range) {
		err_clear(err);
		d.bill.n_lines = 0;
		rc = 0;
	}
	jw_key(w, "first_document");
	if (rc == 0 && d.bill.n_lines)
		write_document(w, x->a, &d, days);
	else
		jw_null(w);
	jw_end_object(w);
	arena_free(one);
	return rc;
}

int
outlook_quote(struct arena *a, struct db *db, const struct sub_loaded *s, struct json_object **of,
	      size_t n, struct json_object *discounts, struct quote *ret, struct err *err)
{
	struct flush *f = flush_new(db, a);
	struct json_object *context;
	struct decimal percent = { 0 };
	int stmt = flush_addv(f, "SELECT context::text FROM billing.renewal_facts($1, $2)", s->id,
			      quote_products(a, of, n), FLUSH_END);

	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such subscription.");
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &context, err) < 0 ||
	    member_decimal(s->row, "discount_percent", &percent, err) < 0)
		return -1;
	return quote_begin(a, s->id, context, discounts, percent, ret, err);
}

int
outlook_steps(struct arena *a, const struct outlook *o, struct quote *q, struct str *ret,
	      struct err *err)
{
	struct walk x = { .a = a, .o = o, .q = q, .at = o->unbilled };
	civil_day *starts;
	struct jw w;
	size_t n;

	jw_init(&w, a, OUTLOOK_MAX);
	jw_array(&w);
	n = o->from < o->is->end ? starts_of(a, o, &starts) : 0;
	for (size_t i = 0; i < n; i++) {
		struct period days = { starts[i], i + 1 < n ? starts[i + 1] : o->is->end };

		if (write_step(&w, &x, days, err) < 0)
			return -1;
	}
	jw_end_array(&w);
	if (!sb_ok(&w.sb))
		return err_set(err, ERR_out_of_range, "More is scheduled than can be shown.");
	*ret = sb_str(&w.sb);
	return 0;
}
