/*
 * subscription_change.c - the document of a change: the core says what is given back and charged,
 * and it becomes lines.
 *
 * What is given back names the line that charged it, at its net (so many units at that net for
 * them) and its own tax rate; what is charged is priced like any line, less the item's discount,
 * the subscription's and its coupons' in percent. Of both signs it is a mixed document, else a
 * standard one or a credit note; one in the customer's favour opens credit that later
 * documents use.
 */
#include "subscription_change.h"

#include "approval.h"

/* ---- what is read ---- */

static struct json_object *
list_member(struct json_object *o, const char *key)
{
	struct json_object *list = jval_get(o, key);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static void
name_products(struct arena *a, struct json_object *items, struct pg_array *products,
	      struct pg_array *recurring)
{
	for (size_t i = 0; items && i < json_object_array_length(items); i++) {
		struct json_object *e = json_object_array_get_idx(items, i);

		pg_array_add(products, member_text(a, e, "product_id"));
		pg_array_add(recurring, member_text(a, e, "recurring"));
	}
}

static void
body_products(struct amendment *m, const char **ret_products, const char **ret_recurring)
{
	struct pg_array *products = pg_array_new(m->a), *recurring = pg_array_new(m->a);
	struct json_object *phases = list_member(m->body, "phases");

	name_products(m->a, list_member(m->body, "items"), products, recurring);
	for (size_t i = 0; phases && i < json_object_array_length(phases); i++)
		name_products(m->a, list_member(json_object_array_get_idx(phases, i), "items"),
			      products, recurring);
	*ret_products = pg_array_text(products);
	*ret_recurring = pg_array_text(recurring);
}

static const char *
body_coupons(struct amendment *m)
{
	struct pg_array *arr = pg_array_new(m->a);
	struct json_object *list = list_member(m->body, "coupons");

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		pg_array_add(arr, json_object_get_string(json_object_array_get_idx(list, i)));
	return pg_array_text(arr);
}

/* The version of its plan on the day: a scheduled one may have begun by then. */
static const char *
version_on(const struct amendment *m)
{
	const char *version = member_text(m->a, m->s.row, "plan_version_id"), *of;
	civil_day since = DAY_ALWAYS;

	for (size_t i = 0; i < m->s.core.n_items; i++) {
		const struct sub_item *x = &m->s.all[i];

		of = member_text(m->a, json_object_array_get_idx(m->s.items, i), "plan_version_id");
		if (!of || x->from <= since ||
		    !period_holds((struct period){ x->from, x->to }, m->day))
			continue;
		since = x->from;
		version = of;
	}
	return version;
}

int
amendment_read_more(struct amendment *m, struct err *err)
{
	struct arena *a = m->a;
	const char *products, *recurring, *plan = member_text(a, m->body, "plan_id"),
					  *code = member_text(a, m->body, "plan_code"),
					  *version = member_text(a, m->body, "plan_version_id");
	struct flush *f = flush_new(m->db, a);
	int stmt;

	m->since = m->day < m->since ? m->day : m->since;
	jw_init(&m->set, a, 8000);
	jw_object(&m->set);
	body_products(m, &products, &recurring);
	if (!plan && !code && !version) /* add-ons are of the version that it has then */
		version = version_on(m);
	stmt = flush_addv(f,
			  "SELECT context::text, plan::text, coupons::text, prices::text, "
			  "billed::text, given::text FROM billing.subscription_change_facts($1, "
			  "$2, $3, $4, $5, $6, $7, $8)",
			  m->s.id, day_text(a, m->since), plan, code, version, body_coupons(m),
			  products, recurring, FLUSH_END);
	if (flush_run(f, err) < 0)
		return -1;
	if (sub_column(a, f, stmt, 0, &m->context, err) < 0 ||
	    sub_column(a, f, stmt, 1, &m->plan, err) < 0 ||
	    sub_column(a, f, stmt, 2, &m->coupons, err) < 0 ||
	    sub_column(a, f, stmt, 3, &m->prices, err) < 0 ||
	    sub_column(a, f, stmt, 4, &m->billed, err) < 0 ||
	    sub_column(a, f, stmt, 5, &m->given, err) < 0)
		return -1;
	m->terms = jval_get(m->plan, "terms");
	if (draft_new(a, uuid_new_z(a), m->context, &m->d, err) < 0)
		return -1;
	return advances_read_now(m->db, a, m->d.facts.account_id, &m->advances, err);
}

static int
add_held_with_its_party(struct flush *f, const char *id)
{
	flush_addv(f, "SELECT billing.subscription_party_hold($1)", id, FLUSH_END);
	return sub_add_read(f, id);
}

int
amendment_read(struct call *c, struct amendment *ret, amendment_day *day, struct reply *r,
	       struct err *err)
{
	int rc;

	*ret = (struct amendment){
		.a = c->arena, .db = c->app->db, .c = c, .body = c->body, .since = DAY_NEVER
	};
	if ((rc = sub_open(c, add_held_with_its_party, &ret->s, r, err)) != 0)
		return rc;
	if (day(ret, err) < 0 || amendment_read_more(ret, err) < 0) {
		call_give_up(c);
		return -1;
	}
	return 0;
}

/* ---- the core ---- */

static struct period
days_of(struct json_object *o)
{
	struct period p = { 0 };

	(void)date_parse(jval_str_of(o, "period_start"), &p.start);
	(void)date_parse(jval_str_of(o, "period_end"), &p.end);
	return p;
}

/* The item of a line: as it was agreed then. */
static const struct sub_item *
item_of(const struct amendment *m, const char *id)
{
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (str_eqz(jval_str_of(json_object_array_get_idx(m->s.items, i), "id"), id))
			return &m->s.all[i];
	}
	return NULL;
}

static int
load_billed(struct amendment *m, struct json_object *o, struct sub_billed *ret, struct err *err)
{
	const struct sub_item *item = item_of(m, member_text(m->a, o, "item_id"));

	*ret =
	    (struct sub_billed){ .lineage = member_text(m->a, o, "lineage"), .days = days_of(o) };
	member_int(o, "net", &ret->net);
	member_int(o, "tax", &ret->tax);
	if (member_decimal(o, "quantity", &ret->quantity, err) < 0 ||
	    member_decimal(o, "unit_price", &ret->unit_price, err) < 0 ||
	    member_decimal(o, "base_quantity", &ret->base_quantity, err) < 0)
		return -1;
	/* The item's own: a change's lines say the subscription's too. */
	if (item)
		ret->discount_percent = item->discount_percent;
	return item ? sub_billed_units(item, ret->quantity, ret->unit_price, ret->base_quantity,
				       ret->days, &ret->units, err)
		    : 0;
}

static int
load_past(struct amendment *m, struct sub_past *ret, struct err *err)
{
	size_t n = jval_length(m->billed), k = jval_length(m->given);
	struct sub_billed *billed = arena_array(m->a, n + 1, sizeof(*billed));
	struct sub_given *given = arena_array(m->a, k + 1, sizeof(*given));

	m->waiting = arena_array(m->a, n + 1, sizeof(*m->waiting));
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(m->billed, i);

		member_bool(o, "waits", &m->waiting[i]);
		if (load_billed(m, o, &billed[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < k; i++) {
		struct json_object *o = json_object_array_get_idx(m->given, i);
		bool change = false, waits = false;
		int64_t line = 0;

		member_int(o, "line", &line);
		member_bool(o, "change", &change);
		member_bool(o, "waits", &waits);
		m->waiting[line] |= waits;
		given[i] = (struct sub_given){ .line = (size_t)line, .days = days_of(o) };
		member_int(o, "net", &given[i].net);
		member_int(o, "tax", &given[i].tax);
		if (change && member_decimal(o, "units", &given[i].units, err) < 0)
			return -1;
	}
	*ret = (struct sub_past){ .billed = billed, .n_billed = n, .given = given, .n_given = k };
	return 0;
}

/* ---- its lines ---- */

static struct decimal
major(int64_t amount, int exponent)
{
	return (struct decimal){ .coef = amount, .scale = exponent };
}

/* So many units at the net for them: the net exactly, which tells the units too. */
static void
give_line(struct amendment *m, size_t i, const struct sub_given *g)
{
	struct arena *a = m->a;
	struct json_object *o = json_object_array_get_idx(m->billed, g->line);
	struct draft_line *l = &m->d.lines[i];
	struct bill_line *b = &m->d.bill.lines[i];
	int64_t amount = m->d.bill.tax_inclusive ? g->net + g->tax : g->net;
	struct decimal units = g->units.coef < 0 ? decimal_neg(g->units) : g->units;
	struct err scrap = { 0 };

	l->original_invoice_id = member_text(a, o, "invoice_id");
	l->original_line_id = member_text(a, o, "line_id");
	l->description = member_text(a, o, "description");
	l->unit = member_text(a, o, "unit");
	l->category_given = member_text(a, o, "tax_category");
	l->rate_set = l->price_set = l->base_set = true;
	(void)member_decimal(o, "tax_rate", &l->rate_given, &scrap);
	l->subscription_item_id = member_text(a, o, "item_id");
	l->period_start = (struct opt_day){ true, g->days.start };
	l->period_end = (struct opt_day){ true, g->days.end };
	b->net = -g->net;
	b->tax = -g->tax;
	b->quantity = decimal_neg(g->units);
	b->unit_price = major(amount < 0 ? -amount : amount, m->d.bill.exponent);
	b->base_quantity = units;
}

static int
charge_line(struct amendment *m, size_t i, const struct sub_line *from, struct err *err)
{
	struct arena *a = m->a;
	struct json_object *o = m->of[from->item];
	struct draft_line *l = &m->d.lines[i];
	struct bill_line *b = &m->d.bill.lines[i];

	l->product_id = l->product_had = member_text(a, o, "product_id");
	l->description = member_text(a, o, "description");
	l->unit = member_text(a, o, "unit");
	l->category_given = member_text(a, o, "tax_category");
	l->subscription_item_id = member_text(a, o, "id");
	l->period_start = (struct opt_day){ true, from->days.start };
	l->period_end = (struct opt_day){ true, from->days.end };
	l->price_set = l->base_set = true;
	b->quantity = from->quantity;
	b->unit_price = from->unit_price;
	b->base_quantity = from->base_quantity;
	return coupon_reduce(m, from, &b->discount_percent, err);
}

static int
make_lines(struct amendment *m, struct err *err)
{
	struct arena *a = m->a;
	const struct sub_change *x = &m->change;
	const char *name = member_text(a, m->s.row, "name");
	bool less = false, more = x->n_lines > 0;

	draft_make_lines(a, &m->d, x->n_given + x->n_lines);
	for (size_t i = 0; i < x->n_given; i++) {
		give_line(m, i, &x->given[i]);
		less |= x->given[i].units.coef > 0;
		more |= x->given[i].units.coef < 0;
	}
	for (size_t i = 0; i < x->n_lines; i++) {
		if (charge_line(m, x->n_given + i, &x->lines[i], err) < 0)
			return -1;
	}
	m->d.kind = less && more ? "mixed" : less ? "credit" : "standard";
	for (size_t i = 0; i < x->n_given; i++)
		m->d.bill.lines[i].decided = draft_keeps_given(&m->d);
	for (size_t i = 0; i < m->d.bill.n_lines; i++) {
		m->d.lines[i].id = uuid_new_z(a);
		m->d.lines[i].project = name ? name : "Subscription";
		m->d.lines[i].pointer = NULL;
	}
	m->d.reason = less && !more ? m->reason : NULL;
	m->d.requested_account = member_text(a, m->s.row, "account_id");
	m->d.location_id = member_text(a, m->s.row, "location_id");
	m->d.po_number = member_text(a, m->s.row, "po_number");
	m->d.deal_id = member_text(a, m->s.row, "deal_id");
	if (strcmp(m->d.requested_account, m->d.facts.account_id) != 0) {
		for (size_t i = 0; i < m->d.bill.n_lines; i++)
			m->d.lines[i].account_id = m->d.requested_account;
	}
	return draft_decide(a, &m->d, err);
}

void
amendment_as_it_is(struct amendment *m, size_t more)
{
	struct arena *a = m->a;
	size_t n = m->s.core.n_items;

	m->items = arena_array(a, n + more, sizeof(*m->items));
	m->of = arena_array(a, n + more, sizeof(*m->of));
	for (size_t i = 0; i < n; i++) {
		m->items[i] = m->s.all[i];
		m->of[i] = json_object_array_get_idx(m->s.items, i);
	}
	m->is = m->s.core;
	m->is.items = m->items;
	m->kept_from = m->s.cancelled ? m->s.core.end : DAY_NEVER;
}

void
amendment_make_room(struct amendment *m, size_t more)
{
	size_t n = m->is.n_items;
	struct sub_item *items = arena_array(m->a, n + more, sizeof(*items));
	struct json_object **of = arena_array(m->a, n + more, sizeof(*of));

	for (size_t i = 0; i < n; i++) {
		items[i] = m->items[i];
		of[i] = m->of[i];
	}
	m->items = items;
	m->of = of;
	m->is.items = items;
}

/*
 * A draft may still be another document, or none: nothing is given back of it. And what somebody
 * has given back whole is not charged again because of what was said of the past since.
 */
static int
check_past(struct amendment *m, struct err *err)
{
	const struct sub_change *x = &m->change;
	const struct sub_loaded *s = &m->s;

	for (size_t i = 0; i < x->n_given; i++)
		m->waits |= m->waiting[x->given[i].line];
	if (m->waits)
		return err_set(err, ERR_wrong_state,
			       "A document that it would give back of waits for its review.");
	for (size_t i = 0; i < x->n_lines; i++) {
		if (m->since < s->today && s->credited.set &&
		    x->lines[i].days.start < s->credited.day)
			return err_set(
			    err, ERR_wrong_state,
			    "A document for days since then was given back whole; it can "
			    "hold from the day after them.");
	}
	return 0;
}

/* What a bill date that was skipped charges, and has not been charged. */
static void
keep_skipped(struct amendment *m)
{
	struct sub_change *x = &m->change;
	size_t n = 0;

	for (size_t i = 0; i < x->n_lines; i++) {
		const struct sub_line *l = &x->lines[i];

		if (sub_bill_date(&m->is, &m->items[l->item], l->whole) == m->skipped.day)
			x->lines[n++] = *l;
	}
	x->n_lines = n;
	x->n_given = 0;
}

/* The bill date after it as if it had no end: who takes the end back goes on with that one. */
static int
open_next(struct amendment *m, civil_day next, struct err *err)
{
	struct subscription open = m->is;

	open.end = DAY_NEVER;
	return sub_next_bill(&open, next <= m->s.today ? next : m->s.today + 1,
			     &m->change.next_bill, err);
}

int
amendment_decide(struct amendment *m, struct err *err)
{
	struct sub_past past;
	civil_day next = m->next.set ? m->next.day : sub_unbilled(&m->s);

	if (load_past(m, &past, err) < 0)
		return -1;
	past.has_kept = m->kept_from != DAY_NEVER;
	past.kept_from = m->kept_from;
	if (sub_change(&m->is, m->since, next, m->s.today, &past, m->s.exponent, m->a, &m->change,
		       err) < 0)
		return -1;
	if (m->skipped.set)
		keep_skipped(m);
	if (check_past(m, err) < 0 || open_next(m, next, err) < 0)
		return -1;
	m->decided = true;
	m->has_document = m->change.n_given + m->change.n_lines > 0;
	return m->has_document ? make_lines(m, err) : 0;
}

/* ---- the document ---- */

static const char *
told(const struct amendment *m)
{
	struct jw w;

	jw_init(&w, m->a, 4000);
	jw_object(&w);
	jw_kstr(&w, m->skipped.set ? "billed_on" : "effective_on", day_text(m->a, m->day));
	jw_kstr(&w, "invoice_id", m->has_document ? m->d.id : NULL);
	if (m->has_document)
		jw_kint(&w, "total", m->d.bill.total);
	jw_end_object(&w);
	return sb_z(&w.sb);
}

static const char *
document_json(const struct amendment *m)
{
	const struct draft *d = &m->d;
	struct arena *a = m->a;
	struct jw w;

	jw_init(&w, a, 20000);
	jw_object(&w);
	jw_kstr(&w, "id", d->id);
	jw_kstr(&w, "kind", d->kind);
	jw_kstr(&w, "account_id", d->facts.account_id);
	jw_kstr(&w, "entity_id", d->facts.entity_id);
	jw_kstr(&w, "subscription_id", m->s.id);
	jw_kstr(&w, "deal_id", d->deal_id);
	jw_kstr(&w, "location_id", d->location_id);
	jw_kstr(&w, "reason", d->reason);
	jw_kstr(&w, "currency", d->facts.currency);
	jw_kint(&w, "exponent", d->bill.exponent);
	jw_kstr(&w, "po_number", d->po_number);
	jw_kstr(&w, "tax_mode", d->bill.tax_mode == TAX_PER_LINE ? "per_line" : "per_group");
	jw_kbool(&w, "tax_inclusive", d->bill.tax_inclusive);
	jw_kint(&w, "cash_rounding", d->bill.rounding_step);
	jw_kint(&w, "subtotal", d->bill.subtotal);
	jw_kint(&w, "discount_total", d->bill.discount_total);
	jw_kint(&w, "net_total", d->bill.net_total);
	jw_kint(&w, "tax_total", d->bill.tax_total);
	jw_kint(&w, "total", d->bill.total);
	jw_kint(&w, "rounding", d->bill.rounding);
	jw_kint(&w, "payable", d->bill.payable);
	jw_end_object(&w);
	return sb_z(&w.sb);
}

static void
add_stmts(struct flush *f, const stmt_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		flush_add(f, v->v[i].sql, v->v[i].n, v->v[i].params);
}

static int
add_document(struct amendment *m, struct flush *f, struct err *err)
{
	const char *mode = member_text(m->a, m->s.row, "billing_mode");
	bool final = strcmp(mode, "draft") != 0 && approval_needed(&m->d).people == 0;
	struct finalize_stmts stmts = { 0 };
	struct draft_stmt content;

	if (final && (finalize_check(m->a, &m->d, err) < 0 ||
		      finalize_statements(m->a, &m->d, m->advances, &stmts, err) < 0))
		return -1;
	content = draft_content(m->a, &m->d, 1);
	flush_addv(f, "SELECT billing.change_document($1)", document_json(m), FLUSH_END);
	flush_add(f, content.sql, content.n, content.params);
	flush_addv(f, "SELECT billing.link_originals($1)", m->d.id, FLUSH_END);
	if (!final) {
		flush_addv(f, "SELECT billing.submit($1)", m->d.id, FLUSH_END);
		return 0;
	}
	if (stmts.advances.sql)
		flush_add(f, stmts.advances.sql, stmts.advances.n, stmts.advances.params);
	add_stmts(f, &stmts.before);
	flush_add(f, stmts.final.sql, stmts.final.n, stmts.final.params);
	add_stmts(f, &stmts.after);
	if (strcmp(mode, "send") == 0)
		flush_addv(f, "SELECT billing.send_invoice($1)", m->d.id, FLUSH_END);
	return 0;
}

/* ---- what is written ---- */

/* What stands on the row is shown until a day from which nothing is billed. */
static civil_day
shown(const struct sub_loaded *s, civil_day next)
{
	if ((!s->paused.set || next < s->paused.day) && (!s->end.set || next < s->end.day) &&
	    (!s->term_end.set || next < s->term_end.day))
		return next;
	if (s->paused.set || s->end.set || !s->auto_renew || !s->term_end.set)
		return DAY_NEVER;
	return s->term_end.day;
}

void
amendment_set_next(struct amendment *m, civil_day next)
{
	jw_kstr(&m->set, "next_bill_on", sub_day_text(m->a, next));
	m->next_bill = shown(&m->s, next);
}

void
amendment_set_end(struct amendment *m)
{
	if (!m->sets_end)
		return;
	jw_kstr(&m->set, "end_date", sub_day_text(m->a, m->is.end));
	m->s.end = (struct opt_day){ m->is.end != DAY_NEVER, m->is.end };
}

int
amendment_add(struct amendment *m, struct flush *f, struct err *err)
{
	if (m->has_document && add_document(m, f, err) < 0)
		return -1;
	amendment_add_items(m, f);
	coupon_add(m, f);
	if (m->pause)
		flush_addv(f, "SELECT billing.pause_write($1, $2, $3, $4)", m->s.id,
			   day_text(m->a, m->pause->days.start),
			   sub_day_text(m->a, m->pause->days.end),
			   m->pause->keeps == DAY_ALWAYS ? NULL
							 : sub_day_text(m->a, m->pause->keeps),
			   FLUSH_END);
	jw_end_object(&m->set);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, $3, $4)", m->s.id, sb_z(&m->set.sb),
		   m->event, told(m), FLUSH_END);
	return 0;
}
