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
body_products(struct call *c, const char **ret_products, const char **ret_recurring)
{
	struct pg_array *products = pg_array_new(c->arena), *recurring = pg_array_new(c->arena);
	struct json_object *items = list_member(c->body, "items");

	for (size_t i = 0; items && i < json_object_array_length(items); i++) {
		struct json_object *e = json_object_array_get_idx(items, i);

		pg_array_add(products, member_text(c->arena, e, "product_id"));
		pg_array_add(recurring, member_text(c->arena, e, "recurring"));
	}
	*ret_products = pg_array_text(products);
	*ret_recurring = pg_array_text(recurring);
}

static const char *
body_coupons(struct call *c)
{
	struct pg_array *arr = pg_array_new(c->arena);
	struct json_object *list = list_member(c->body, "coupons");

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		pg_array_add(arr, json_object_get_string(json_object_array_get_idx(list, i)));
	return pg_array_text(arr);
}

static int
parse(struct arena *a, const struct flush *f, int stmt, int col, struct json_object **ret,
      struct err *err)
{
	*ret = NULL;
	return flush_value(f, stmt, 0, col) ? jscan_parse(a, flush_str(f, stmt, 0, col), ret, err)
					    : 0;
}

static int
read_facts(struct amendment *m, struct err *err)
{
	struct call *c = m->c;
	struct arena *a = c->arena;
	const char *products, *recurring, *plan = member_text(a, c->body, "plan_id"),
					  *code = member_text(a, c->body, "plan_code"),
					  *version = member_text(a, c->body, "plan_version_id");
	struct flush *f = call_go_on(c);
	int stmt;

	body_products(c, &products, &recurring);
	if (!plan && !code && !version) /* add-ons are of the version that it has */
		version = member_text(a, m->s.row, "plan_version_id");
	stmt = flush_addv(f,
			  "SELECT context::text, plan::text, coupons::text, prices::text, "
			  "billed::text, given::text FROM billing.subscription_change_facts($1, "
			  "$2, $3, $4, $5, $6, $7, $8)",
			  m->s.id, day_text(a, m->day), plan, code, version, body_coupons(c),
			  products, recurring, FLUSH_END);
	if (flush_run(f, err) < 0)
		return -1;
	if (parse(a, f, stmt, 0, &m->context, err) < 0 || parse(a, f, stmt, 1, &m->plan, err) < 0 ||
	    parse(a, f, stmt, 2, &m->coupons, err) < 0 ||
	    parse(a, f, stmt, 3, &m->prices, err) < 0 ||
	    parse(a, f, stmt, 4, &m->billed, err) < 0 || parse(a, f, stmt, 5, &m->given, err) < 0)
		return -1;
	m->terms = jval_get(m->plan, "terms");
	if (draft_new(a, uuid_new_z(a), m->context, &m->d, err) < 0)
		return -1;
	c->open = true;
	if (advances_read(c, m->d.facts.account_id, &m->advances, err) < 0)
		return -1;
	return 0;
}

int
amendment_read(struct call *c, struct amendment *ret, amendment_day *day, struct reply *r,
	       struct err *err)
{
	struct flush *f;
	const char *id;
	int stmt, rc;

	*ret = (struct amendment){ .c = c };
	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &subscription_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT billing.subscription_party_hold($1)", id, FLUSH_END);
	stmt = sub_add_read(f, id);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &subscription_resource, id, err);
		return rc;
	}
	if (sub_load(c->arena, id, f, stmt, &ret->s, err) < 0 || day(ret, err) < 0 ||
	    read_facts(ret, err) < 0) {
		call_give_up(c);
		return -1;
	}
	return 0;
}

/* ---- the core ---- */

static size_t
length_of(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

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
	const struct sub_item *item = item_of(m, member_text(m->c->arena, o, "item_id"));

	*ret = (struct sub_billed){ .lineage = member_text(m->c->arena, o, "lineage"),
				    .days = days_of(o) };
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
	size_t n = length_of(m->billed), k = length_of(m->given);
	struct sub_billed *billed = arena_array(m->c->arena, n + 1, sizeof(*billed));
	struct sub_given *given = arena_array(m->c->arena, k + 1, sizeof(*given));

	for (size_t i = 0; i < n; i++) {
		if (load_billed(m, json_object_array_get_idx(m->billed, i), &billed[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < k; i++) {
		struct json_object *o = json_object_array_get_idx(m->given, i);
		bool change = false;
		int64_t line = 0;

		member_int(o, "line", &line);
		member_bool(o, "change", &change);
		given[i] = (struct sub_given){ .line = (size_t)line, .days = days_of(o) };
		member_int(o, "net", &given[i].net);
		member_int(o, "tax", &given[i].tax);
		if (change && member_decimal(o, "units", &given[i].units, err) < 0)
			return -1;
	}
	*ret = (struct sub_past){ billed, n, given, k };
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
	struct arena *a = m->c->arena;
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

/* What is taken off one after the other, as one: d + (100 - d) p / 100. */
static int
add_discount(struct decimal *d, struct decimal percent, struct err *err)
{
	struct decimal left, more;

	if (decimal_is_zero(percent))
		return 0;
	if (decimal_add(decimal_int(100), decimal_neg(*d), &left, err) < 0)
		return -1;
	more.scale = left.scale + percent.scale + 2;
	if (__builtin_mul_overflow(left.coef, percent.coef, &more.coef) ||
	    more.scale > DECIMAL_SCALE_MAX)
		return err_set(err, ERR_out_of_range, "The discounts have too many places.");
	return decimal_add(*d, more, d, err);
}

static int
discount_of(const struct amendment *m, const struct sub_item *item, struct decimal *ret,
	    struct err *err)
{
	struct json_object *list = jval_get(m->s.row, "discounts");
	struct decimal p = { 0 };

	*ret = item->discount_percent;
	if (member_decimal(m->s.row, "discount_percent", &p, err) < 0 ||
	    add_discount(ret, p, err) < 0)
		return -1;
	for (size_t i = 0; i < length_of(list); i++) {
		p = (struct decimal){ 0 };
		if (member_decimal(json_object_array_get_idx(list, i), "percent", &p, err) < 0 ||
		    add_discount(ret, p, err) < 0)
			return -1;
	}
	return 0;
}

static int
charge_line(struct amendment *m, size_t i, const struct sub_line *from, struct err *err)
{
	struct arena *a = m->c->arena;
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
	return discount_of(m, &m->items[from->item], &b->discount_percent, err);
}

static int
make_lines(struct amendment *m, struct err *err)
{
	struct arena *a = m->c->arena;
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
	struct arena *a = m->c->arena;
	size_t n = m->s.core.n_items;

	m->items = arena_array(a, n + more, sizeof(*m->items));
	m->of = arena_array(a, n + more, sizeof(*m->of));
	for (size_t i = 0; i < n; i++) {
		m->items[i] = m->s.all[i];
		m->of[i] = json_object_array_get_idx(m->s.items, i);
	}
	m->is = m->s.core;
	m->is.items = m->items;
}

int
amendment_decide(struct amendment *m, struct err *err)
{
	struct sub_past past;
	civil_day next = m->s.next_bill.day;

	if (load_past(m, &past, err) < 0)
		return -1;
	if (m->new_anchor)
		next = m->day + 1;
	else if (!m->s.next_bill.set && sub_next_unbilled(&m->s, m->s.core.anchor, &next, err) < 0)
		return -1;
	if (sub_change(&m->is, m->day, next, &past, m->s.exponent, m->c->arena, &m->change, err) <
	    0)
		return -1;
	m->has_document = m->change.n_given + m->change.n_lines > 0;
	return m->has_document ? make_lines(m, err) : 0;
}

/* ---- the document ---- */

const char *
amendment_told(const struct amendment *m)
{
	struct jw w;

	jw_init(&w, m->c->arena, 4000);
	jw_object(&w);
	jw_kstr(&w, "effective_on", day_text(m->c->arena, m->day));
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
	struct arena *a = m->c->arena;
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

int
amendment_add_document(struct amendment *m, struct flush **ret, struct err *err)
{
	struct call *c = m->c;
	const char *mode = member_text(c->arena, m->s.row, "billing_mode");
	bool final = strcmp(mode, "draft") != 0 && approval_needed(&m->d).people == 0;
	struct finalize_stmts stmts = { 0 };
	struct draft_stmt content;
	struct flush *f;

	if (m->has_document && final &&
	    (finalize_check(c->arena, &m->d, err) < 0 ||
	     finalize_statements(c->arena, &m->d, m->advances, &stmts, err) < 0))
		return -1;
	*ret = f = call_go_on(c);
	if (!m->has_document)
		return 0;
	content = draft_content(c->arena, &m->d, 1);
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
