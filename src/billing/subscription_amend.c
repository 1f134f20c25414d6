/*
 * subscription_amend.c - the actions `change` and `preview_change`: what a subscription is to
 * charge from a day on.
 *
 * An item that changes ends on the day, and the next of its lineage begins; what was to begin later
 * is left out. Another plan's charges carry on those of the same code. Another interval begins
 * its periods on the day. The preview is the same decision without its statements, and its
 * token binds the change to what it said.
 */
#include "subscription_change.h"

#include <billfold/base/money.h>
#include <billfold/resource/operation.h>

enum { PREVIEW_MAX = 16 * 1024 * 1024, TOKEN_MINUTES = 15 };

/* clang-format off */
static const char *const effectives[] = { "now", "period_end", NULL };

static const struct field change_quantity_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of a charge of the plan." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; what there is, else the plan's, where not given." },
	{ 0 }
};
static const struct field change_item_fields[] = {
	{ .name = "lineage", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The item that changes; a change keeps its lineage." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many." },
	{ .name = "unit_price", .type = FT_DECIMAL, .u.num = { 0, MONEY_MAX }, .doc = "Major units an interval." },
	{ .name = "description", .type = FT_TEXT, .u.len = { 1, 2000 }, .doc = "What is charged." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the item." },
	{ 0 }
};
const struct field subscription_change_in[] = {
	{ .name = "effective", .type = FT_ENUM, .u.words = effectives, .doc = "From today on (`now`, where nothing is said), or from the next bill date." },
	{ .name = "date", .type = FT_DATE, .doc = "Or from a day on, to come or past." },
	{ .name = "plan_id", .type = FT_UUID, .doc = "Another plan, as it is on that day." },
	{ .name = "plan_code", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Or its code." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "Or the very version." },
	{ .name = "quantities", .type = FT_LIST, .u.of = { change_quantity_fields, 200 }, .doc = "How many of the plan's charges; others stay." },
	{ .name = "add_ons", .type = FT_LIST, .u.of = { change_quantity_fields, 200 }, .doc = "Add-ons that are taken besides, or in another number." },
	{ .name = "items", .type = FT_LIST, .u.of = { change_item_fields, 200 }, .doc = "Items that change." },
	{ .name = "remove", .type = FT_IDS, .doc = "Lineages of items that end." },
	{ .name = "coupons", .type = FT_TEXTS, .u.len = { 1, 100 }, .doc = "Codes of coupons that are taken besides; they lower the invoices of bill dates." },
	{ .name = "preview_token", .type = FT_TEXT, .u.len = { 1, 200 }, .doc = "Of a preview: the change makes what that said, or nothing." },
	{ 0 }
};

static const struct field out_line_fields[] = {
	{ .name = "description", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What is given back or charged." },
	{ .name = "period_start", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "For the days from this one" },
	{ .name = "period_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "to before this one." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "How many; below zero what is given back." },
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "Major units for base_quantity." },
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "What the price is for." },
	{ .name = "original_invoice_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "invoice", .doc = "The document that it gives back of." },
	{ .name = "original_line_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Its line." },
	{ .name = "tax_category", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "As decided." },
	{ .name = "tax_rate", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "As decided." },
	{ .name = "net", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Without tax." },
	{ .name = "tax", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Its share of its group's tax." },
	{ 0 }
};
const struct field subscription_change_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`subscription_change_preview`." },
	{ .name = "effective_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The day from which it holds." },
	{ .name = "kind", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Of the document: `mixed`, `standard`, `credit`; null: none is made." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "Its currency." },
	{ .name = "lines", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { out_line_fields, LINES_MAX }, .doc = "Its lines." },
	{ .name = "net_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of nets." },
	{ .name = "tax_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of taxes." },
	{ .name = "total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "With tax; below zero what becomes the account's credit." },
	{ .name = "next_bill_on", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first bill date after it." },
	{ .name = "preview_token", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Good for a quarter of an hour." },
	{ 0 }
};
/* clang-format on */

/* ---- what it is to be ---- */

/* The day from which it holds: of the body, else today; the next bill date where it says so. */
static int
change_day(struct amendment *m, struct err *err)
{
	struct call *c = m->c;
	struct str word = jval_str_of(c->body, "effective");
	civil_day first = m->s.anchor.set ? m->s.core.anchor : m->s.today;

	m->day = m->s.today;
	m->reason = "The subscription has changed.";
	if (jval_get(c->body, "date") && word.len)
		return err_field(err, c->arena, "/date", "conflict", "Either effective or date.");
	if (jval_get(c->body, "date"))
		(void)date_parse(jval_str_of(c->body, "date"), &m->day);
	else if (str_eqz(word, "period_end") &&
		 sub_next_bill(&m->s.core, m->s.today + 1, &m->day, err) < 0)
		return -1;
	if (m->day == DAY_NEVER)
		return err_field(err, c->arena, "/effective", "out_of_range",
				 "No period follows the one that runs.");
	if (m->day < first && jval_get(c->body, "date"))
		return err_field(err, c->arena, "/date", "out_of_range",
				 "Must not be before the first day that is charged.");
	if (m->s.end.set && m->day >= m->s.end.day)
		return err_field(err, c->arena, "/date", "out_of_range", "It has ended by then.");
	return 0;
}

static size_t
length_of(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static struct json_object *
row_of(const struct amendment *m, size_t i)
{
	return json_object_array_get_idx(m->s.items, i);
}

/* Goes on beyond the day. */
static bool
is_there(const struct amendment *m, size_t i)
{
	return m->s.all[i].to > m->day && m->s.all[i].from <= m->day;
}

static void
end_item(struct amendment *m, size_t i)
{
	pg_array_add(m->ended, member_text(m->c->arena, row_of(m, i), "id"));
	m->items[i].to = m->s.all[i].from > m->day ? m->s.all[i].from : m->day;
}

/* One begins on the day: carrying on another (its place), or n_items. */
static int
begin_item(struct amendment *m, struct json_object *o, size_t carried, struct err *err)
{
	struct arena *a = m->c->arena;
	size_t at = m->is.n_items++;
	const char *id = uuid_new_z(a);

	json_object_object_add(o, "id", json_object_new_string(id));
	json_object_object_add(o, "lineage",
			       carried < m->s.core.n_items
				   ? json_object_get(jval_get(row_of(m, carried), "lineage"))
				   : json_object_new_string(id));
	json_object_object_add(o, "valid_from", json_object_new_string(day_text(a, m->day)));
	json_object_object_del(o, "valid_to");
	json_object_array_add(m->begun, o);
	m->of[at] = o;
	if (carried < m->s.core.n_items)
		end_item(m, carried);
	return sub_load_item(a, o, &m->items[at], err);
}

static size_t
by_member(const struct amendment *m, const char *key, struct str value)
{
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (is_there(m, i) && str_eq(jval_str_of(row_of(m, i), key), value))
			return i;
	}
	return m->s.core.n_items;
}

static struct json_object *
copied(struct json_object *from)
{
	struct json_object *o = json_object_new_object();

	json_object_object_foreach(from, key, value)
	    json_object_object_add(o, key, json_object_get(value));
	return o;
}

static int
refuse(struct amendment *m, const char *pointer, const char *code, const char *words,
       struct err *err)
{
	return err_field(err, m->c->arena, pointer, code, "%s", words);
}

/* The items that a body's list names by a member, each with what it says instead. */
static int
change_items(struct amendment *m, const char *list_name, const char *key, const char *by,
	     struct err *err)
{
	struct arena *a = m->c->arena;
	struct json_object *list = jval_get(m->c->body, list_name), *o;

	for (size_t k = 0; k < length_of(list); k++) {
		struct json_object *e = json_object_array_get_idx(list, k);
		size_t i = by_member(m, by, jval_str_of(e, key));

		if (i == m->s.core.n_items || m->items[i].to <= m->day) {
			refuse(m, arena_printf(a, "/%s/%zu/%s", list_name, k, key),
			       i == m->s.core.n_items ? "not_found" : "duplicate",
			       i == m->s.core.n_items ? "It charges no such thing on that day."
						      : "Named twice.",
			       err);
			continue;
		}
		o = copied(row_of(m, i));
		json_object_object_foreach(e, name, value)
		{
			if (strcmp(name, key) != 0)
				json_object_object_add(o, name, json_object_get(value));
		}
		if (begin_item(m, o, i, err) < 0)
			return -1;
	}
	return 0;
}

static struct json_object *
asked(struct json_object *list, struct str code)
{
	for (size_t i = 0; i < length_of(list); i++) {
		if (str_eq(jval_str_of(json_object_array_get_idx(list, i), "charge"), code))
			return json_object_array_get_idx(list, i);
	}
	return NULL;
}

static int
begin_charge(struct amendment *m, struct json_object *charge, struct json_object *e,
	     struct err *err)
{
	struct arena *a = m->c->arena;
	size_t had = by_member(m, "plan_charge", jval_str_of(charge, "code"));
	const char *quantity = member_text(a, e, "quantity");

	if (!jval_get(charge, "unit_price"))
		return refuse(m, "/plan_id", "no_price",
			      arena_printf(a, "The charge %s of the plan has no price in %s.",
					   json_object_get_string(jval_get(charge, "code")),
					   m->d.facts.currency),
			      err);
	if (!quantity && had < m->s.core.n_items)
		quantity = member_text(a, row_of(m, had), "quantity");
	return begin_item(m, sub_plan_item(a, m->terms, charge, quantity), had, err);
}

/* Another plan: its charges instead of the last one's. */
static int
take_plan(struct amendment *m, struct err *err)
{
	struct json_object *charges = jval_get(m->terms, "charges");
	bool archived = false;

	member_bool(m->plan, "archived", &archived);
	if (!m->plan || !m->terms || archived)
		return refuse(m,
			      jval_get(m->c->body, "plan_code") ? "/plan_code"
			      : jval_get(m->c->body, "plan_id") ? "/plan_id"
								: "/plan_version_id",
			      archived ? "archived" : "not_found",
			      archived ? "The plan is archived."
				       : "No such plan, or no version of it on that day.",
			      err);
	for (size_t i = 0; i < length_of(charges); i++) {
		struct json_object *charge = json_object_array_get_idx(charges, i), *e;
		bool add_on = false;

		member_bool(charge, "add_on", &add_on);
		e = asked(jval_get(m->c->body, add_on ? "add_ons" : "quantities"),
			  jval_str_of(charge, "code"));
		if (add_on && !e &&
		    by_member(m, "plan_charge", jval_str_of(charge, "code")) == m->s.core.n_items)
			continue;
		if (begin_charge(m, charge, e, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (is_there(m, i) && jval_get(row_of(m, i), "plan_charge") &&
		    m->items[i].to > m->day)
			end_item(m, i);
	}
	return 0;
}

/* Add-ons of the plan that it has. */
static int
take_add_ons(struct amendment *m, struct err *err)
{
	struct json_object *list = jval_get(m->c->body, "add_ons"),
			   *charges = jval_get(m->terms, "charges");

	for (size_t k = 0; k < length_of(list); k++) {
		struct json_object *e = json_object_array_get_idx(list, k), *found = NULL;

		for (size_t i = 0; i < length_of(charges); i++) {
			struct json_object *x = json_object_array_get_idx(charges, i);
			bool add_on = false;

			member_bool(x, "add_on", &add_on);
			if (add_on && str_eq(jval_str_of(x, "code"), jval_str_of(e, "charge")))
				found = x;
		}
		if (!found)
			refuse(m, arena_printf(m->c->arena, "/add_ons/%zu/charge", k), "not_found",
			       "The plan has no such add-on.", err);
		else if (begin_charge(m, found, e, err) < 0)
			return -1;
	}
	return 0;
}

static int
remove_items(struct amendment *m, struct err *err)
{
	struct json_object *list = jval_get(m->c->body, "remove");

	for (size_t k = 0; k < length_of(list); k++) {
		const char *lineage = json_object_get_string(json_object_array_get_idx(list, k));
		size_t i = by_member(m, "lineage", str_from(lineage));

		if (i == m->s.core.n_items || m->items[i].to <= m->day)
			refuse(m, arena_printf(m->c->arena, "/remove/%zu", k), "not_found",
			       "It charges no such thing on that day.", err);
		else
			end_item(m, i);
	}
	return 0;
}

/* Periods of another interval begin on the day; a trial goes on to its end. */
static int
follow_interval(struct amendment *m, bool plan, struct err *err)
{
	struct cycle was, will;
	size_t at = m->s.core.n_items;

	if (!plan || m->is.n_items == at || m->day < m->s.core.anchor)
		return 0;
	if (sub_term_cycle(&m->s, &was, err) < 0 ||
	    sub_cycle(&m->is, &m->items[at], &will, err) < 0)
		return -1;
	if (was.unit == will.unit && was.count == will.count)
		return 0;
	m->new_anchor = true;
	m->is.anchor = m->day;
	return 0;
}

static int
decide_items(struct amendment *m, struct err *err)
{
	struct call *c = m->c;
	size_t n = m->s.core.n_items;
	bool plan = jval_get(c->body, "plan_id") || jval_get(c->body, "plan_code") ||
		    jval_get(c->body, "plan_version_id");
	size_t more = 1 + length_of(jval_get(m->terms, "charges")) +
		      length_of(jval_get(c->body, "quantities")) +
		      length_of(jval_get(c->body, "add_ons")) +
		      length_of(jval_get(c->body, "items"));

	amendment_as_it_is(m, more);
	m->ended = pg_array_new(c->arena);
	m->begun = jval_own(c->arena, json_object_new_array());
	for (size_t i = 0; i < n; i++) {
		/* What was to begin later is not what is asked for now. */
		if (m->s.all[i].from > m->day)
			end_item(m, i);
	}
	if (plan ? take_plan(m, err) < 0
		 : change_items(m, "quantities", "charge", "plan_charge", err) < 0 ||
		       take_add_ons(m, err) < 0)
		return -1;
	if (change_items(m, "items", "lineage", "lineage", err) < 0 || remove_items(m, err) < 0)
		return -1;
	for (size_t i = 0; i < length_of(m->coupons); i++) {
		if (jval_get(json_object_array_get_idx(m->coupons, i), "why"))
			refuse(m, arena_printf(c->arena, "/coupons/%zu", i),
			       member_text(c->arena, json_object_array_get_idx(m->coupons, i),
					   "why"),
			       "The coupon cannot be taken.", err);
	}
	if (err->code != ERR_none)
		return -1;
	if (length_of(m->begun) == 0 && !length_of(jval_get(c->body, "remove")) &&
	    !length_of(m->coupons))
		return refuse(m, "", "required",
			      "Name what changes: a plan, quantities, add-ons, items, coupons.",
			      err);
	return follow_interval(m, plan, err);
}

/* ---- the token ---- */

static void
put_hex(struct sb *sb, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sb_addf(sb, "%02x", p[i]);
}

/* Who asks for what of which version, and all that came of it. */
static const char *
token_of(struct amendment *m, int64_t until)
{
	struct arena *a = m->c->arena;
	struct json_object *body = copied(m->c->body);
	unsigned char mac[MAC_LEN];
	struct sb sb;

	json_object_object_del(body, "preview_token");
	sb_init(&sb, a, PREVIEW_MAX);
	sb_addf(&sb, "%s\n%s\n%s\n%lld\n%lld\n%s\n", m->c->who.tenant.z, m->c->who.actor, m->s.id,
		(long long)m->s.version, (long long)until, day_text(a, m->day));
	sb_addz(&sb, json_object_to_json_string_ext(jval_own(a, body), JSON_C_TO_STRING_PLAIN));
	for (size_t i = 0; m->has_document && i < m->d.bill.n_lines; i++)
		sb_addf(&sb, "\n%s %lld %lld", decimal_text(a, m->d.bill.lines[i].quantity),
			(long long)m->d.bill.lines[i].net, (long long)m->d.bill.lines[i].tax);
	secret_mac(m->c->app->secret, "subscription_change", sb_str(&sb), mac);
	sb_init(&sb, a, 200);
	sb_addf(&sb, "%lld.", (long long)until);
	put_hex(&sb, mac, sizeof(mac));
	return sb_z(&sb);
}

static int
check_token(struct amendment *m, struct err *err)
{
	struct str token, rest, head;
	int64_t until;

	if (!jval_str(m->c->body, "preview_token", &token))
		return 0;
	head = str_cut(token, '.', &rest);
	if (str_to_int(head, 0, INT64_MAX, &until) && until * 1000000 > instant_now() &&
	    str_eqz(token, token_of(m, until)))
		return 0;
	return err_set(err, ERR_preview_stale,
		       "What the preview said is not what the change would bill now.");
}

/* ---- the actions ---- */

static int
compose(struct amendment *m, struct err *err)
{
	if (strcmp(m->s.state, "active") != 0 && strcmp(m->s.state, "unpaid") != 0)
		return err_set(err, ERR_wrong_state, "A subscription that is %s does not change.",
			       m->s.state);
	if (decide_items(m, err) < 0 || amendment_decide(m, err) < 0)
		return -1;
	return check_token(m, err);
}

static int
new_term_end(const struct amendment *m, civil_day *ret, struct err *err)
{
	struct cycle c;
	int64_t term = m->s.term;

	if (sub_cycle(&m->is, &m->items[m->s.core.n_items], &c, err) < 0)
		return -1;
	*ret = date_boundary(c.anchor, c.unit, c.count, (int)term);
	return 0;
}

static const char *
set_json(struct amendment *m, bool plan, struct err *err)
{
	struct arena *a = m->c->arena;
	civil_day term_end;
	struct jw w;

	jw_init(&w, a, 4000);
	jw_object(&w);
	jw_kstr(&w, "next_bill_on",
		m->s.paused.set && m->s.paused.day <= m->s.today
		    ? NULL
		    : sub_day_text(a, m->change.next_bill));
	if (m->new_anchor)
		jw_kstr(&w, "anchor", day_text(a, m->day));
	if (m->new_anchor && m->s.term) {
		if (new_term_end(m, &term_end, err) < 0)
			return NULL;
		jw_kstr(&w, "term_end", day_text(a, term_end));
		if (!m->s.auto_renew && !m->s.cancelled)
			jw_kstr(&w, "end_date", day_text(a, term_end));
	}
	if (plan) {
		jw_kstr(&w, "plan_id", member_text(a, m->plan, "id"));
		jw_kstr(&w, "plan_version_id", member_text(a, m->terms, "plan_version_id"));
	}
	jw_end_object(&w);
	return sb_z(&w.sb);
}

int
subscription_change(struct call *c, struct reply *r, struct err *err)
{
	bool plan = jval_get(c->body, "plan_id") || jval_get(c->body, "plan_code") ||
		    jval_get(c->body, "plan_version_id");
	const char *set = NULL;
	struct amendment m;
	struct flush *f;
	int rc;

	if ((rc = amendment_read(c, &m, change_day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (compose(&m, err) < 0 || !(set = set_json(&m, plan, err)) ||
	    amendment_add_document(&m, &f, err) < 0) {
		call_give_up(c);
		return -1;
	}
	flush_addv(f, "SELECT billing.items_end($1, $2, $3)", m.s.id, pg_array_text(m.ended),
		   day_text(c->arena, m.day), FLUSH_END);
	flush_addv(f, "SELECT billing.items_write($1, $2)", m.s.id,
		   str_dup(c->arena, jval_text(c->arena, m.begun)), FLUSH_END);
	if (length_of(m.coupons))
		flush_addv(f, "SELECT billing.discounts_write($1, $2)", m.s.id,
			   str_dup(c->arena, jval_text(c->arena, m.coupons)), FLUSH_END);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, 'subscription.changed', $3)", m.s.id,
		   set, amendment_told(&m), FLUSH_END);
	return call_answer(c, f, &subscription_resource, m.s.id, 200, r, err);
}

static void
write_lines(struct jw *w, const struct amendment *m)
{
	struct arena *a = m->c->arena;

	jw_key(w, "lines");
	jw_array(w);
	for (size_t i = 0; m->has_document && i < m->d.bill.n_lines; i++) {
		const struct draft_line *l = &m->d.lines[i];
		const struct bill_line *b = &m->d.bill.lines[i];

		jw_object(w);
		jw_kstr(w, "description", l->description);
		jw_kstr(w, "period_start", day_text(a, l->period_start.day));
		jw_kstr(w, "period_end", day_text(a, l->period_end.day));
		jw_kstr(w, "quantity", decimal_text(a, b->quantity));
		jw_kstr(w, "unit_price", decimal_text(a, b->unit_price));
		jw_kstr(w, "base_quantity", decimal_text(a, b->base_quantity));
		jw_kstr(w, "original_invoice_id", l->original_invoice_id);
		jw_kstr(w, "original_line_id", l->original_line_id);
		jw_kstr(w, "tax_category", b->tax_category);
		jw_kstr(w, "tax_rate", decimal_text(a, b->tax_rate));
		jw_kint(w, "net", b->net);
		jw_kint(w, "tax", b->tax);
		jw_end_object(w);
	}
	jw_end_array(w);
}

int
subscription_preview_change(struct call *c, struct reply *r, struct err *err)
{
	struct amendment m;
	struct jw w;
	int rc;

	if ((rc = amendment_read(c, &m, change_day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	rc = compose(&m, err);
	call_give_up(c);
	if (rc < 0)
		return -1;
	jw_init(&w, c->arena, PREVIEW_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "subscription_change_preview");
	jw_kstr(&w, "effective_on", day_text(c->arena, m.day));
	jw_kstr(&w, "kind", m.has_document ? m.d.kind : NULL);
	jw_kstr(&w, "currency", m.d.facts.currency);
	write_lines(&w, &m);
	jw_kint(&w, "net_total", m.has_document ? m.d.bill.net_total : 0);
	jw_kint(&w, "tax_total", m.has_document ? m.d.bill.tax_total : 0);
	jw_kint(&w, "total", m.has_document ? m.d.bill.total : 0);
	jw_kstr(&w, "next_bill_on", sub_day_text(c->arena, m.change.next_bill));
	jw_kstr(&w, "preview_token", token_of(&m, instant_now() / 1000000 + TOKEN_MINUTES * 60));
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
	return 0;
}
