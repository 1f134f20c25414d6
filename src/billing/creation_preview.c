/*
 * creation_preview.c - `POST /v1/subscriptions/preview`: what a subscription would be and bill.
 *
 * It is created and taken back within one transaction, so that it is refused as the create would
 * be; then what was decided of it is shown: its days, and step by step what it charges
 * (subscription_outlook.c). The token binds who then creates it to that.
 */
#include "creation_preview.h"

#include "preview_token.h"
#include "subscription_outlook.h"
#include "subscription_phase.h"

#include <billfold/base/money.h>

enum { PREVIEW_MAX = 16 * 1024 * 1024, ITEMS_MAX = 1000 };

/* clang-format off */
static const struct field quantity_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of a charge of the plan." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; the plan's where not given." },
	{ 0 }
};
/* What decides on days and amounts: the token is for these. */
static const struct field preview_in[] = {
	{ .name = "account_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The customer." },
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The account's, else the seller's where not given." },
	{ .name = "location_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Where it is supplied to." },
	{ .name = "plan_id", .type = FT_UUID, .doc = "The plan." },
	{ .name = "plan_code", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Or its code." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "Or the very version." },
	{ .name = "quantities", .type = FT_LIST, .u.of = { quantity_fields, 200 }, .doc = "How many of the plan's charges." },
	{ .name = "add_ons", .type = FT_LIST, .u.of = { quantity_fields, 200 }, .doc = "Which of its add-ons." },
	{ .name = "items", .type = FT_LIST, .u.of = { subscription_said_item_fields, ITEMS_MAX }, .doc = "Or items of its own." },
	{ .name = "phases", .type = FT_LIST, .u.of = { subscription_phase_fields, PHASES_MAX }, .doc = "Or what is charged one after the other." },
	{ .name = "coupons", .type = FT_TEXTS, .u.len = { 1, 100 }, .doc = "Codes of coupons." },
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "First day of service; today where not given." },
	{ .name = "trial_days", .type = FT_INT, .u.num = { 0, 730 }, .doc = "Days before the first that is charged." },
	{ .name = "alignment", .type = FT_ENUM, .u.words = subscription_alignments, .doc = "Periods from the first day on, or the calendar's." },
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 }, .doc = "Periods that are agreed on at a time." },
	{ .name = "auto_renew", .type = FT_BOOL, .doc = "Another term follows." },
	{ .name = "notice_days", .type = FT_INT, .u.num = { 0, 365 }, .doc = "Until so many days before a term's end it may be said that it does not go on." },
	{ .name = "keeps_price", .type = FT_BOOL, .doc = "Its prices stay as they are agreed, whatever versions its plan has." },
	{ .name = "pending", .type = FT_BOOL, .doc = "It does not begin before it is activated: days are those of an activation for its start_date, else today." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the whole." },
	{ 0 }
};
const struct field creation_preview_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`subscription_preview`." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "Its currency." },
	{ .name = "start_date", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "First day of service." },
	{ .name = "anchor", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The first day that is charged." },
	{ .name = "trial_end", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day after its trial." },
	{ .name = "term_end", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day after its first term." },
	{ .name = "end_date", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day without service; null: it goes on." },
	{ .name = "renewal", .type = FT_OBJECT, .flags = FF_REQUIRED | FF_NULLABLE, .u.of = { renewal_foreseen_fields, 0 },
	  .doc = "At the end of its first term, as things stand; null: none comes." },
	{ .name = "schedule", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { outlook_step_fields, 0 },
	  .doc = "What it charges, step by step, from the first day that is charged on: phases, and a newer version of its plan with the next term, where it renews by one as things stand." },
	{ .name = "preview_token", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Good for a quarter of an hour: who creates or activates with it gets that, or 409 `preview_stale`." },
	{ 0 }
};
/* clang-format on */

static int
read_quote(struct write *w, const struct sub_made *m, struct json_object **of, size_t n,
	   struct quote *ret, struct err *err)
{
	struct call *c = w->c;
	struct arena *a = c->arena;
	struct flush *f = call_begin_aside(c);
	struct decimal percent = { 0 };
	struct json_object *context;
	int stmt;

	stmt = flush_addv(f,
			  "SELECT context::text FROM billing.draft_context($1, $2, $3, $4, NULL, "
			  "NULL, $5, NULL, NULL)",
			  member_text(a, w->body, "account_id"), m->facts->entity_id,
			  m->facts->currency, member_text(a, w->body, "location_id"),
			  quote_products(a, of, n), FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such account.");
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &context, err) < 0 ||
	    member_decimal(w->body, "discount_percent", &percent, err) < 0)
		return -1;
	return quote_begin(a, w->id, context, m->discounts, percent, ret, err);
}

/* By which version it renews, read beside the write. */
static int
read_renewal(struct write *w, const struct sub_made *m, struct sub_loaded *then,
	     struct json_object **of, struct err *err)
{
	struct flush *f;
	int stmt;

	if (!m->plan || m->keeps_price)
		return 0;
	f = call_begin_aside(w->c);
	stmt = renewal_add_terms(f, w->c->arena, then, of, m->facts->currency);
	return call_run_aside(w->c, f, err) < 0
		   ? -1
		   : renewal_take_terms(w->c->arena, f, stmt, then, err);
}

void
creation_term(struct sub_loaded *then, const struct sub_terms *t, bool renews)
{
	then->term_end = (struct opt_day){ t->has_term, t->term_end };
	then->term = t->has_term ? t->term : 0;
	then->auto_renew = renews;
}

static int
look_ahead(struct write *w, const struct sub_made *m, struct creation_outlook *ret, struct err *err)
{
	struct arena *a = w->c->arena;
	size_t n = jval_length(m->rows);
	struct json_object **of = arena_array(a, n + 1, sizeof(struct json_object *));
	struct sub_item *items = arena_array(a, n + 1, sizeof(*items));
	struct sub_loaded then = { .row = m->plan,
				   .today = m->facts->today,
				   .all = items,
				   .core = { .anchor = m->terms.anchor,
					     .calendar = m->terms.calendar,
					     .end = m->end,
					     .items = items,
					     .n_items = n } };
	struct outlook o;
	struct quote q;

	creation_term(&then, &m->terms, m->renews);
	for (size_t i = 0; i < n; i++) {
		of[i] = json_object_array_get_idx(m->rows, i);
		if (sub_load_item(a, of[i], &items[i], err) < 0)
			return -1;
		if (!jval_get(of[i], "quantity"))
			items[i].quantity = decimal_int(1);
	}
	if (read_renewal(w, m, &then, of, err) < 0 ||
	    renewal_foresee(a, &then, m->notice_days, &of, &ret->renewal, err) < 0)
		return -1;
	o = (struct outlook){
		.is = &then.core, .of = of, .from = then.core.anchor, .unbilled = then.core.anchor
	};
	return read_quote(w, m, of, then.core.n_items, &q, err) < 0
		   ? -1
		   : outlook_steps(a, &o, &q, &ret->steps, err);
}

static const char *
said(struct arena *a, const struct write *w, const struct sub_made *m, struct str steps)
{
	const struct sub_terms *t = &m->terms;
	struct sb sb;

	sb_init(&sb, a, PREVIEW_MAX);
	sb_addf(&sb, "create\n%s\n%d %d %d %d %d\n", m->facts->currency, (int)t->start,
		(int)t->anchor, (int)t->term_end, (int)m->end, (int)m->pending);
	sb_addz(&sb, preview_token_body(a, w->body, preview_in));
	sb_add(&sb, steps);
	return sb_z(&sb);
}

int
creation_expect(struct write *w, const struct sub_made *m, struct err *err)
{
	struct creation_outlook o;
	struct str token;

	if (!jval_str(w->body, "preview_token", &token))
		return 0;
	if (look_ahead(w, m, &o, err) < 0)
		return -1;
	return preview_token_check(w->c, token, said(w->c->arena, w, m, o.steps), err);
}

struct str
creation_shown(struct arena *a, const char *currency, const struct sub_terms *t, civil_day end,
	       const struct creation_outlook *o, const char *token)
{
	struct jw j;

	jw_init(&j, a, PREVIEW_MAX);
	jw_object(&j);
	jw_kstr(&j, "object", "subscription_preview");
	jw_kstr(&j, "currency", currency);
	jw_kstr(&j, "start_date", day_text(a, t->start));
	jw_kstr(&j, "anchor", day_text(a, t->anchor));
	jw_kstr(&j, "trial_end", t->trial_days ? day_text(a, t->anchor) : NULL);
	jw_kstr(&j, "term_end", sub_day_text(a, t->term_end));
	jw_kstr(&j, "end_date", sub_day_text(a, end));
	renewal_show_foreseen(&j, a, &o->renewal);
	jw_kraw(&j, "schedule", o->steps);
	jw_kstr(&j, "preview_token", token);
	jw_end_object(&j);
	return sb_str(&j.sb);
}

static int
subscription_preview(struct call *c, struct reply *r, struct err *err)
{
	const struct sub_made *made;
	struct creation_outlook o;
	struct write *w;

	if (write_try(c, &subscription_resource, true, &w, err) < 0)
		return -1;
	made = w->own;
	if (look_ahead(w, made, &o, err) < 0)
		return -1;
	r->status = 200;
	r->body = creation_shown(c->arena, made->facts->currency, &made->terms, made->end, &o,
				 preview_token_make(c, said(c->arena, w, made, o.steps)));
	return 0;
}

const struct route subscription_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/subscriptions/preview",
	  .perm = P_INVOICE_READ,
	  .flags = RF_LARGE | RF_NO_KEY,
	  .in = preview_in,
	  .out = creation_preview_out,
	  .status = 200,
	  .run = subscription_preview,
	  .doc =
	      "What a subscription would be, and bill step by step; nothing is written. The create "
	      "that sends `preview_token` makes that, or 409 `preview_stale`.",
	  .module = "subscriptions" },
	{ 0 }
};
