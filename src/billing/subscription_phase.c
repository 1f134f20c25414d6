/*
 * subscription_phase.c - phases of a subscription: a list of what it charges one after the other,
 * as items with days.
 *
 * Each phase has a plan or items of its own, and lasts so many of its periods or until a day; the
 * last one goes on, or the subscription ends with it. Its periods are those of the phase before it,
 * or begin with it where its interval is another one. Nothing is stored of a phase but its items:
 * a run, a preview, a change, a cancellation look at days alone.
 */
#include "subscription_phase.h"

#include <billfold/base/uuid.h>
#include <billfold/billing/schedule.h>

/* clang-format off */
static const struct field phase_quantity_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of a charge of the plan." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; the plan's where not given." },
	{ 0 }
};
const struct field subscription_phase_fields[] = {
	{ .name = "plan_id", .type = FT_UUID, .doc = "The plan whose charges and prices are taken, as it is when this is agreed on." },
	{ .name = "plan_code", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Or the plan's code." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "Or the very version." },
	{ .name = "quantities", .type = FT_LIST, .u.of = { phase_quantity_fields, 200 }, .doc = "How many of the plan's charges, where not as the plan says." },
	{ .name = "add_ons", .type = FT_LIST, .u.of = { phase_quantity_fields, 200 }, .doc = "Which of the plan's add-ons are taken." },
	{ .name = "items", .type = FT_LIST, .u.of = { subscription_said_item_fields, 200 }, .doc = "Or items of its own; the first one's interval is the phase's." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .u.num = { 0, 100 }, .doc = "Discount on each of its items, where it has none of its own; 100: it is free." },
	{ .name = "coupons", .type = FT_TEXTS, .u.len = { 1, 100 },
	  .doc = "Codes of coupons that lower what begins within it, and nothing before or after: where it begins or ends within a period, its part of that period's bill. "
		 "Taken off behind those of the subscription. One of several phases is taken for each; the rest of a period is a document of those that it is good for." },
	{ .name = "periods", .type = FT_INT, .u.num = { 1, 1000 },
	  .doc = "It lasts so many periods of its interval; where it begins within one, the rest of that is the first." },
	{ .name = "until", .type = FT_DATE, .doc = "Or to before this day. The last phase may go on: then neither is said; else the subscription ends with it." },
	{ 0 }
};
/* clang-format on */

static struct json_object *
at_place(struct json_object *list, size_t i)
{
	return i < jval_length(list) ? json_object_array_get_idx(list, i) : NULL;
}

/* ---- what they name ---- */

struct named {
	struct pg_array *plans, *codes, *versions, *products, *recurring;
};

static struct str
code_at(struct json_object *coupons, size_t i)
{
	return str_from(json_object_get_string(json_object_array_get_idx(coupons, i)));
}

/* The codes of coupons that phases name, each once: the same one may lower several. */
static struct str *
coupon_codes(struct arena *a, const struct phases *p, size_t *ret_n)
{
	size_t most = 0, n = 0;
	struct str *v;

	for (size_t i = 0; i < jval_length(p->body); i++)
		most += jval_length(jval_get(at_place(p->body, i), "coupons"));
	v = arena_array(a, most + 1, sizeof(*v));
	for (size_t i = 0; i < jval_length(p->body); i++) {
		struct json_object *list = jval_get(at_place(p->body, i), "coupons");

		for (size_t k = 0; k < jval_length(list); k++) {
			size_t at = 0;

			while (at < n && !str_eq_nocase(v[at], code_at(list, k)))
				at++;
			if (at == n)
				v[n++] = code_at(list, k);
		}
	}
	*ret_n = n;
	return v;
}

static const char *
coupon_array(struct arena *a, const struct phases *p)
{
	struct pg_array *arr = pg_array_new(a);
	size_t n;
	struct str *codes = coupon_codes(a, p, &n);

	for (size_t i = 0; i < n; i++)
		pg_array_add(arr, str_dup(a, codes[i]));
	return pg_array_text(arr);
}

static void
name_phase(struct arena *a, struct json_object *phase, struct named *n)
{
	struct json_object *items = jval_get(phase, "items");

	pg_array_add(n->plans, member_text(a, phase, "plan_id"));
	pg_array_add(n->codes, member_text(a, phase, "plan_code"));
	pg_array_add(n->versions, member_text(a, phase, "plan_version_id"));
	for (size_t i = 0; i < jval_length(items); i++) {
		struct json_object *e = json_object_array_get_idx(items, i);

		pg_array_add(n->products, member_text(a, e, "product_id"));
		pg_array_add(n->recurring, member_text(a, e, "recurring"));
	}
}

int
phases_add_read(struct flush *f, struct arena *a, const struct phases *p)
{
	struct named n = { pg_array_new(a), pg_array_new(a), pg_array_new(a), pg_array_new(a),
			   pg_array_new(a) };

	for (size_t i = 0; i < jval_length(p->body); i++)
		name_phase(a, json_object_array_get_idx(p->body, i), &n);
	return flush_addv(f,
			  "SELECT plans::text, products::text, coupons::text FROM "
			  "billing.phase_facts($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			  pg_array_text(n.plans), pg_array_text(n.codes), pg_array_text(n.versions),
			  pg_array_text(n.products), pg_array_text(n.recurring),
			  day_text(a, p->agreed), p->currency, coupon_array(a, p),
			  day_text(a, p->today), p->account, FLUSH_END);
}

int
phases_take(const struct flush *f, int stmt, struct arena *a, struct phases *p, struct err *err)
{
	struct json_object **ret[] = { &p->plans, &p->products, &p->said };

	for (int i = 0; i < (int)(sizeof(ret) / sizeof(ret[0])); i++) {
		if (flush_value(f, stmt, 0, i) &&
		    jscan_parse(a, flush_str(f, stmt, 0, i), ret[i], err) < 0)
			return -1;
	}
	return 0;
}

struct json_object *
phases_first_item(const struct phases *p)
{
	return at_place(jval_get(at_place(p->body, 0), "items"), 0);
}

struct json_object *
phases_first_terms(const struct phases *p)
{
	return jval_get(at_place(p->plans, 0), "terms");
}

/* ---- one phase ---- */

struct phase {
	struct arena *a;
	struct phases *of;
	struct json_object *body, *items; /* items: as billing.items_write takes them */
	const char *at;                   /* its pointer */
	size_t n, products; /* its place; that of its first item among all that phases name */
	struct err *err;
};

static void
wrong(const struct phase *p, const char *member, const char *code, const char *words)
{
	err_field(p->err, p->a, arena_printf(p->a, "%s/%s", p->at, member), code, "%s", words);
}

static void
set(struct json_object *o, const char *key, const char *value)
{
	if (value && !jval_get(o, key))
		json_object_object_add(o, key, json_object_new_string(value));
}

/* An item of its own: what it leaves out is its product's. */
static void
own_item(const struct phase *p, struct json_object *said, struct json_object *product,
	 const char *at)
{
	struct arena *a = p->a;
	struct json_object *o = json_object_new_object();
	bool tiered = jval_get(said, "tiers"), archived = false;

	json_object_object_foreach(said, key, value)
	    json_object_object_add(o, key, json_object_get(value));
	json_object_array_add(p->items, o);
	set(o, "id", uuid_new_z(a));
	set(o, "quantity", "1");
	member_bool(product, "archived", &archived);
	if (jval_get(said, "product_id") && (!product || archived))
		err_field(p->err, a, arena_printf(a, "%s/product_id", at),
			  product ? "archived" : "not_found", "%s",
			  product ? "The product has left the catalogue." : "No such product.");
	set(o, "quantity", "1"); /* as it will be stored: it is charged before */
	set(o, "description", member_text(a, product, "name"));
	set(o, "unit", member_text(a, product, "unit"));
	if (!tiered && !jval_get(said, "unit_price")) {
		set(o, "unit_price", member_text(a, product, "unit_price"));
		set(o, "base_quantity", member_text(a, product, "base_quantity"));
	}
	set(o, "unit_price", tiered ? "0" : NULL);
	if (!jval_get(o, "unit_price"))
		err_field(p->err, a, arena_printf(a, "%s/unit_price", at), "required", "%s",
			  product ? "The product has no price in the currency at this interval."
				  : "Is required without a product.");
	if (!jval_get(o, "description"))
		err_field(p->err, a, arena_printf(a, "%s/description", at), "required",
			  "Is required without a product.");
	price_body_check_at(a, price_body_model(said), said, at, p->err);
}

static void
own_items(const struct phase *p)
{
	struct json_object *list = jval_get(p->body, "items");

	for (size_t i = 0; i < jval_length(list); i++)
		own_item(p, json_object_array_get_idx(list, i),
			 at_place(p->of->products, p->products + i),
			 arena_printf(p->a, "%s/items/%zu", p->at, i));
}

static void
plan_items(const struct phase *p)
{
	struct sub_plan plan = { .body = p->body,
				 .at = p->at,
				 .plan = at_place(p->of->plans, p->n),
				 .currency = p->of->currency,
				 .currency_at = arena_printf(p->a, "%s/plan_id", p->at) };

	if (sub_check_plan(p->a, &plan, p->err) == 0)
		(void)sub_plan_items(p->a, &plan, p->items, p->err);
}

static void
make_items(const struct phase *p)
{
	static const char *const of_plan[] = { "quantities", "add_ons" };
	const char *discount = member_text(p->a, p->body, "discount_percent");
	bool plan = sub_names_plan(p->body), own = jval_length(jval_get(p->body, "items"));

	if (plan && own)
		wrong(p, "items", "conflict", "A plan brings its items; either a plan or items.");
	else if (plan)
		plan_items(p);
	else if (own)
		own_items(p);
	else
		wrong(p, "plan_id", "required", "A plan, or items.");
	for (size_t i = 0; !plan && i < sizeof(of_plan) / sizeof(of_plan[0]); i++) {
		if (jval_get(p->body, of_plan[i]))
			wrong(p, of_plan[i], "not_used", "Is said of a plan's charges.");
	}
	for (size_t i = 0; i < jval_length(p->items); i++)
		set(json_object_array_get_idx(p->items, i), "discount_percent", discount);
}

/* ---- its coupons ---- */

/* What was read of one that it names. */
static struct json_object *
coupon_at(const struct phase *p, struct str code)
{
	size_t n, at = 0;
	struct str *codes = coupon_codes(p->a, p->of, &n);

	while (at < n && !str_eq_nocase(codes[at], code))
		at++;
	return at_place(p->of->said, at);
}

static void
check_coupons(const struct phase *p)
{
	struct json_object *list = jval_get(p->body, "coupons");

	for (size_t i = 0; i < jval_length(list); i++) {
		struct json_object *coupon = coupon_at(p, code_at(list, i));
		const char *why = coupon ? member_text(p->a, coupon, "why") : "not_found";

		for (size_t k = 0; k < i && !why; k++)
			why =
			    str_eq_nocase(code_at(list, k), code_at(list, i)) ? "duplicate" : NULL;
		if (why)
			wrong(p, arena_printf(p->a, "coupons/%zu", i), why, coupon_why_words(why));
	}
}

static void
give_coupons(const struct phase *p, civil_day start, civil_day end)
{
	struct json_object *list = jval_get(p->body, "coupons");

	if (p->n == 0 && p->of->first_open)
		start = DAY_ALWAYS;
	for (size_t i = 0; i < jval_length(list); i++)
		json_object_array_add(p->of->coupons,
				      coupon_taken(p->a, coupon_at(p, code_at(list, i)),
						   arena_printf(p->a, "/phases/%zu/coupons/%zu",
								p->n, i),
						   (struct period){ start, end }, true));
}

/* ---- its days ---- */

/* Whether it says how long it lasts: all but the last one do. */
static void
check_length(const struct phase *p)
{
	bool last = p->n + 1 == jval_length(p->of->body), until = jval_get(p->body, "until"),
	     periods = jval_get(p->body, "periods");

	if (until && periods)
		wrong(p, "until", "conflict", "Either periods or until.");
	else if (!until && !periods && !last)
		wrong(p, "periods", "required",
		      "How long it lasts; the last phase alone may go on.");
}

/* The first day after it; DAY_NEVER: it goes on. */
static int
decide_end(const struct phase *p, const struct cycle *c, civil_day start, civil_day *ret)
{
	int64_t periods = 0;

	*ret = DAY_NEVER;
	if (jval_get(p->body, "until")) {
		(void)date_parse(jval_str_of(p->body, "until"), ret);
		if (*ret <= start)
			wrong(p, "until", "out_of_range",
			      arena_printf(p->a, "Must be after the phase's first day, %s.",
					   day_text(p->a, start)));
	} else if (member_int(p->body, "periods", &periods), periods) {
		return schedule_phase_end(c, start, (int)periods, ret, p->err);
	}
	return p->err->code == ERR_none ? 0 : -1;
}

/* Its cycle: that of the phase before, or one that begins with it. */
static int
decide_cycle(const struct phase *p, struct phase_cycle *cycle, civil_day start, struct cycle *ret)
{
	struct sub_item first;
	struct cycle was;

	if (sub_load_item(p->a, json_object_array_get_idx(p->items, 0), &first, p->err) < 0)
		return -1;
	if (cycle->runs) {
		first.has_anchor = cycle->own.set;
		first.anchor = cycle->own.day;
		if (sub_cycle(&p->of->core, &cycle->item, &was, p->err) < 0 ||
		    sub_cycle(&p->of->core, &first, ret, p->err) < 0)
			return -1;
		if (!schedule_same_interval(&was, ret))
			cycle->own = (struct opt_day){ true, start };
	}
	first.has_anchor = cycle->own.set;
	first.anchor = cycle->own.day;
	*cycle = (struct phase_cycle){ true, first, cycle->own };
	return sub_cycle(&p->of->core, &first, ret, p->err);
}

/* The item of the phase before whose charge it carries on. */
static struct json_object *
carried(struct json_object *before, struct json_object *item)
{
	struct str code = jval_str_of(item, "plan_charge");

	for (size_t i = 0; code.len && i < jval_length(before); i++) {
		struct json_object *o = json_object_array_get_idx(before, i);

		if (str_eq(jval_str_of(o, "plan_charge"), code))
			return o;
	}
	return NULL;
}

static void
give_days(const struct phase *p, const struct phase_cycle *cycle, civil_day start, civil_day end,
	  struct json_object *before)
{
	struct arena *a = p->a;

	for (size_t i = 0; i < jval_length(p->items); i++) {
		struct json_object *o = json_object_array_get_idx(p->items, i);
		struct json_object *had = carried(before, o);

		if (p->n > 0 || !p->of->first_open)
			set(o, "valid_from", day_text(a, start));
		set(o, "valid_to", sub_day_text(a, end));
		set(o, "anchor", cycle->own.set ? day_text(a, cycle->own.day) : NULL);
		set(o, "lineage", member_text(a, had ? had : o, had ? "lineage" : "id"));
		json_object_array_add(p->of->items, json_object_get(o));
	}
}

/* ---- all of them ---- */

static struct phase *
make_phases(struct arena *a, struct phases *of, struct err *err)
{
	size_t n = jval_length(of->body), products = 0;
	struct phase *v = arena_array(a, n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		struct json_object *body = json_object_array_get_idx(of->body, i);

		v[i] = (struct phase){ .a = a,
				       .of = of,
				       .body = body,
				       .items = jval_own(a, json_object_new_array()),
				       .at = arena_printf(a, "%s/phases/%zu", of->at, i),
				       .n = i,
				       .products = products,
				       .err = err };
		make_items(&v[i]);
		check_coupons(&v[i]);
		check_length(&v[i]);
		products += jval_length(jval_get(body, "items"));
	}
	return v;
}

int
phases_compose(struct arena *a, struct phases *of, struct err *err)
{
	struct phase *v = make_phases(a, of, err);
	struct phase_cycle runs = of->cycle;
	struct json_object *before = of->before;
	civil_day start = of->start;
	struct cycle c;

	of->items = jval_own(a, json_object_new_array());
	of->coupons = jval_own(a, json_object_new_array());
	if (err->code != ERR_none)
		return -1;
	for (size_t i = 0; i < jval_length(of->body); i++) {
		if (decide_cycle(&v[i], &runs, start, &c) < 0 ||
		    decide_end(&v[i], &c, start, &of->end) < 0)
			return -1;
		give_days(&v[i], &runs, start, of->end, before);
		give_coupons(&v[i], start, of->end);
		before = v[i].items;
		start = of->end;
	}
	return 0;
}
