/*
 * subscription_new.c - subscriptions as they are made, and patched.
 *
 * What a plan charges is copied with its prices: the catalogue is not looked at again before a
 * change or a renewal. Items of its own complete themselves from their products, as lines do. Days
 * are decided by the core's cycles; from a first day that is past on, each bill date has a document
 * of its own, which the runs make. Of one that has begun, what it charges and when does not move
 * here.
 */
#include "subscription.h"

#include <billfold/base/uuid.h>

enum { START_YEARS = 10, START_DAYS = START_YEARS * 366 };

enum recurring
recurring_by_word(struct str word)
{
	for (int i = 0; i < RECUR_MAX; i++) {
		if (str_eqz(word, recurring_words[i]))
			return (enum recurring)i;
	}
	return RECUR_MAX;
}

const char *
sub_day_text(struct arena *a, civil_day d)
{
	return d == DAY_NEVER ? NULL : day_text(a, d);
}

int
sub_terms_decide(struct sub_terms *t, struct err *err)
{
	struct subscription s = { .calendar = t->calendar };
	struct sub_item i = { .recurring = t->recurring, .every = t->every };
	struct cycle c;

	t->anchor = s.anchor = t->start + (civil_day)t->trial_days;
	t->term_end = DAY_NEVER;
	if (!t->has_term)
		return 0;
	if (sub_cycle(&s, &i, &c, err) < 0)
		return -1;
	t->term_end = date_boundary(c.anchor, c.unit, c.count, (int)t->term);
	return 0;
}

/* ---- what it is made from ---- */

struct context {
	struct facts facts;
	struct json_object *plan, *terms, *coupons, *prices; /* terms: of the plan's version */
};

/* Products of elements, and the intervals that they are charged at, in the order of the elements.
 */
static void
name_products(struct write *w, const struct write_child *items, const char **ret_products,
	      const char **ret_recurring)
{
	struct pg_array *products = pg_array_new(w->c->arena),
			*recurring = pg_array_new(w->c->arena);

	for (size_t i = 0; items && i < items->elements.n; i++) {
		struct json_object *e = items->elements.v[i].body;

		pg_array_add(products, member_text(w->c->arena, e, "product_id"));
		pg_array_add(recurring, member_text(w->c->arena, e, "recurring"));
	}
	*ret_products = pg_array_text(products);
	*ret_recurring = pg_array_text(recurring);
}

static const char *
text_array(struct arena *a, struct json_object *list)
{
	struct pg_array *arr = pg_array_new(a);

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

/* of: whose members say account, seller, currency and place; its body's, or what is stored. */
static int
read_context(struct write *w, struct json_object *of, const struct write_child *items,
	     struct context *ret, struct err *err)
{
	struct call *c = w->c;
	struct arena *a = c->arena;
	const char *products, *recurring;
	struct flush *f = call_begin_aside(c);
	struct json_object *context;
	int stmt;

	name_products(w, items, &products, &recurring);
	stmt =
	    flush_addv(f,
		       "SELECT context::text, plan::text, coupons::text, prices::text FROM "
		       "billing.subscription_context($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		       member_text(a, of, "account_id"), member_text(a, of, "entity_id"),
		       member_text(a, of, "currency"), member_text(a, of, "location_id"),
		       member_text(a, w->body, "plan_id"), member_text(a, w->body, "plan_code"),
		       member_text(a, w->body, "plan_version_id"), member_text(a, of, "start_date"),
		       text_array(a, jval_get(w->body, "coupons")), products, recurring, FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) == 0)
		return write_refuse(w, err, "/account_id", "not_found", "No such account.");
	if (parse(a, f, stmt, 0, &context, err) < 0 ||
	    facts_parse(a, context, &ret->facts, err) < 0 ||
	    parse(a, f, stmt, 1, &ret->plan, err) < 0 ||
	    parse(a, f, stmt, 2, &ret->coupons, err) < 0 ||
	    parse(a, f, stmt, 3, &ret->prices, err) < 0)
		return -1;
	ret->terms = jval_get(ret->plan, "terms");
	return 0;
}

static int
check_parties(struct write *w, const struct context *x, struct err *err)
{
	const struct facts *f = &x->facts;

	if (!f->entity_id)
		write_refuse(w, err, "/entity_id", "not_found", "No such entity.");
	if (f->exponent < 0)
		write_refuse(w, err, "/currency", "not_found", "No such currency.");
	if (jval_get(w->body, "location_id") && !f->has_location)
		write_refuse(w, err, "/location_id", "not_found",
			     "The account has no such location.");
	if (err->code != ERR_none)
		return -1;
	if (w->create && f->closed)
		return err_set(err, ERR_account_closed, "The account is closed.");
	return 0;
}

/* ---- items of a plan ---- */

static struct json_object *
list_of(struct json_object *o, const char *name)
{
	struct json_object *list = jval_get(o, name);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static size_t
length_of(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

/* The element of a body's list that names the charge; NULL. */
static struct json_object *
named(struct json_object *list, struct str code)
{
	for (size_t i = 0; i < length_of(list); i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		if (str_eq(jval_str_of(e, "charge"), code))
			return e;
	}
	return NULL;
}

static bool
is_add_on(struct json_object *charge)
{
	bool is = false;

	member_bool(charge, "add_on", &is);
	return is;
}

/* Quantities and add-ons name charges of the plan, each once and each sort its own. */
static void
check_named(struct write *w, struct json_object *charges, const char *member, bool add_ons,
	    struct err *err)
{
	struct json_object *list = list_of(w->body, member);

	for (size_t i = 0; i < length_of(list); i++) {
		struct json_object *e = json_object_array_get_idx(list, i), *found = NULL;
		const char *at = arena_printf(w->c->arena, "/%s/%zu/charge", member, i);

		for (size_t k = 0; k < length_of(charges); k++) {
			struct json_object *x = json_object_array_get_idx(charges, k);

			if (str_eq(jval_str_of(x, "code"), jval_str_of(e, "charge")))
				found = x;
		}
		if (!found || is_add_on(found) != add_ons)
			write_refuse(w, err, at, "not_found",
				     add_ons ? "The plan has no such add-on."
					     : "The plan has no such charge; add-ons say how many "
					       "themselves.");
		else if (named(list, jval_str_of(e, "charge")) != e)
			write_refuse(w, err, at, "duplicate", "Named twice.");
	}
}

static void
copy(struct json_object *to, const char *key, struct json_object *from, const char *as)
{
	struct json_object *v = jval_get(from, as);

	if (v)
		json_object_object_add(to, key, json_object_get(v));
}

struct json_object *
sub_plan_item(struct arena *a, struct json_object *terms, struct json_object *charge,
	      const char *quantity)
{
	static const char *const members[] = { "product_id", "description",   "quantity",
					       "unit",       "tax_category",  "model",
					       "unit_price", "base_quantity", "package",
					       "minimum",    "tiers" };
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "id", json_object_new_string(uuid_new_z(a)));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		copy(o, members[i], charge, members[i]);
	copy(o, "plan_charge", charge, "code");
	copy(o, "recurring", terms, "recurring");
	copy(o, "every", terms, "every");
	if (quantity)
		json_object_object_add(o, "quantity", json_object_new_string(quantity));
	return o;
}

/* A price is never made from one of another currency: where there is none, nobody can subscribe. */
static void
refuse_unpriced(struct write *w, struct json_object *charge, const char *currency, struct err *err)
{
	write_refuse(w, err, "/currency", "no_price",
		     arena_printf(w->c->arena, "The charge %s of the plan has no price in %s.",
				  json_object_get_string(jval_get(charge, "code")), currency));
}

static int
plan_items(struct write *w, const struct context *x, struct json_object **ret, struct err *err)
{
	struct arena *a = w->c->arena;
	struct json_object *charges = list_of(x->terms, "charges");
	struct json_object *quantities = list_of(w->body, "quantities");
	struct json_object *add_ons = list_of(w->body, "add_ons");

	*ret = jval_own(a, json_object_new_array());
	check_named(w, charges, "quantities", false, err);
	check_named(w, charges, "add_ons", true, err);
	for (size_t i = 0; i < length_of(charges); i++) {
		struct json_object *charge = json_object_array_get_idx(charges, i), *asked;

		asked =
		    named(is_add_on(charge) ? add_ons : quantities, jval_str_of(charge, "code"));
		if (is_add_on(charge) && !asked)
			continue;
		if (!jval_get(charge, "unit_price"))
			refuse_unpriced(w, charge, x->facts.currency, err);
		json_object_array_add(*ret, sub_plan_item(a, x->terms, charge,
							  member_text(a, asked, "quantity")));
	}
	return err->code == ERR_none ? 0 : -1;
}

static int
check_plan(struct write *w, const struct context *x, struct err *err)
{
	const char *at = jval_get(w->body, "plan_id")     ? "/plan_id"
			 : jval_get(w->body, "plan_code") ? "/plan_code"
							  : "/plan_version_id";
	bool archived = false;

	if (!x->plan)
		return write_refuse(w, err, at, "not_found", "No such plan.");
	member_bool(x->plan, "archived", &archived);
	if (archived)
		return write_refuse(w, err, at, "archived", "The plan is archived.");
	if (!x->terms)
		return write_refuse(w, err, at, "not_found",
				    "The plan has no such version, or none yet on that day.");
	return 0;
}

/* ---- items of its own ---- */

static void
set_default(struct write *w, const struct child *ch, struct write_element *e, const char *member,
	    const char *value)
{
	if (value && !jval_has(e->body, member))
		write_element_set(w, ch, e, member, value);
}

/* What an item leaves out is its product's. */
static void
complete(struct write *w, const struct child *ch, struct write_element *e, const struct context *x,
	 struct json_object *price, struct err *err)
{
	struct arena *a = w->c->arena;
	const char *product = member_text(a, e->body, "product_id");
	const struct product_fact *p = product ? facts_product(&x->facts, product) : NULL;
	bool tiered = jval_get(e->body, "tiers");

	if (product && (!p || p->archived))
		write_refuse(w, err, arena_printf(a, "%s/product_id", e->pointer),
			     p ? "archived" : "not_found",
			     p ? "The product has left the catalogue." : "No such product.");
	if (p) {
		set_default(w, ch, e, "description", p->name);
		set_default(w, ch, e, "unit", p->unit);
	}
	if (!tiered && !jval_has(e->body, "unit_price")) {
		set_default(w, ch, e, "unit_price", member_text(a, price, "unit_price"));
		set_default(w, ch, e, "base_quantity", member_text(a, price, "base_quantity"));
		if (!member_text(a, price, "unit_price"))
			write_refuse(w, err, arena_printf(a, "%s/unit_price", e->pointer),
				     "required",
				     p ? arena_printf(a,
						      "The product has no price in %s at this "
						      "interval.",
						      x->facts.currency)
				       : "Is required without a product.");
	}
	if (tiered)
		set_default(w, ch, e, "unit_price", "0");
	if (!p && !jval_get(e->body, "description"))
		write_refuse(w, err, arena_printf(a, "%s/description", e->pointer), "required",
			     "Is required without a product.");
}

static struct json_object *
stored_item(struct json_object *items, const char *id)
{
	for (size_t i = 0; i < length_of(items); i++) {
		struct json_object *e = json_object_array_get_idx(items, i);

		if (str_eqz(jval_str_of(e, "id"), id))
			return e;
	}
	return NULL;
}

/* An element as it will be: what it says over what is stored. */
static struct json_object *
merged(struct arena *a, struct json_object *stored, struct json_object *said)
{
	struct json_object *o = jval_own(a, json_object_new_object());

	json_object_object_foreach(stored, key, value)
	    json_object_object_add(o, key, json_object_get(value));
	json_object_object_foreach(said, name, member)
	    json_object_object_add(o, name, json_object_get(member));
	if (price_body_model(o) == PRICE_GRADUATED || price_body_model(o) == PRICE_VOLUME) {
		json_object_object_del(o, "unit_price");
		json_object_object_del(o, "base_quantity");
	} else if (!jval_get(said, "base_quantity")) {
		json_object_object_del(o, "base_quantity");
	}
	return o;
}

static int
own_items(struct write *w, struct write_child *items, const struct context *x,
	  struct json_object *stored, struct err *err)
{
	for (size_t i = 0; i < items->elements.n; i++) {
		struct write_element *e = &items->elements.v[i];
		struct json_object *had = e->is_new ? NULL : stored_item(stored, e->id);
		struct json_object *o = had ? merged(w->c->arena, had, e->body) : e->body;

		if (e->is_new)
			complete(w, items->child, e, x, json_object_array_get_idx(x->prices, i),
				 err);
		price_body_check(w, price_body_model(o), o, e->pointer, err);
	}
	return err->code == ERR_none ? 0 : -1;
}

/* ---- coupons ---- */

static int
take_coupons(struct write *w, const struct context *x, struct err *err)
{
	static const struct {
		const char *code, *words;
	} whys[] = {
		{ "not_found", "No such coupon." },
		{ "expired", "The coupon could be taken until an earlier day." },
		{ "redeemed", "The coupon has been taken as often as it can be." },
		{ "currency_mismatch", "The coupon is an amount of another currency." },
	};

	for (size_t i = 0; i < length_of(x->coupons); i++) {
		const char *why =
		    member_text(w->c->arena, json_object_array_get_idx(x->coupons, i), "why");

		for (size_t k = 0; why && k < sizeof(whys) / sizeof(whys[0]); k++) {
			if (strcmp(whys[k].code, why) == 0)
				write_refuse(w, err, arena_printf(w->c->arena, "/coupons/%zu", i),
					     why, whys[k].words);
		}
	}
	if (err->code != ERR_none)
		return -1;
	if (length_of(x->coupons))
		write_after(w, "SELECT billing.discounts_write($1, $2)", w->id,
			    str_dup(w->c->arena, jval_text(w->c->arena, x->coupons)), FLUSH_END);
	return 0;
}

/* ---- its days ---- */

static struct str
first_str(struct json_object *body, struct json_object *terms, const char *key)
{
	return jval_get(body, key) ? jval_str_of(body, key) : jval_str_of(terms, key);
}

static void
choose_int(struct json_object *body, struct json_object *terms, const char *key, int64_t *ret)
{
	member_int(terms, key, ret);
	member_int(body, key, ret);
}

static int
decide_terms(struct write *w, const struct context *x, struct json_object *first,
	     struct sub_terms *ret, struct err *err)
{
	struct json_object *terms = x->terms;
	int64_t every = 1;
	struct str start;

	*ret = (struct sub_terms){ .start = x->facts.today };
	if (jval_str(w->body, "start_date", &start))
		(void)date_parse(start, &ret->start);
	if (ret->start < x->facts.today - START_DAYS || ret->start > x->facts.today + START_DAYS)
		return write_refuse(w, err, "/start_date", "out_of_range",
				    "Must be within ten years of today.");
	ret->calendar = str_eqz(first_str(w->body, terms, "alignment"), "calendar");
	choose_int(w->body, terms, "trial_days", &ret->trial_days);
	choose_int(w->body, terms, "term", &ret->term);
	ret->has_term = jval_has(w->body, "term") ? jval_get(w->body, "term") != NULL
						  : jval_get(terms, "term") != NULL;
	ret->recurring = recurring_by_word(jval_str_of(terms ? terms : first, "recurring"));
	member_int(terms ? terms : first, "every", &every);
	ret->every = (int)every;
	return sub_terms_decide(ret, err);
}

static void
set_terms(struct write *w, const struct context *x, const struct sub_terms *t, bool pending)
{
	struct arena *a = w->c->arena;
	bool renews = true;
	int64_t notice = 0;

	member_bool(x->terms, "auto_renew", &renews);
	member_bool(w->body, "auto_renew", &renews);
	choose_int(w->body, x->terms, "notice_days", &notice);
	write_set(w, "alignment", t->calendar ? "calendar" : "anniversary");
	write_set(w, "term", t->has_term ? int_text(a, t->term) : NULL);
	write_set(w, "auto_renew", renews ? "true" : "false");
	write_set(w, "notice_days", int_text(a, notice));
	if (pending) {
		/* How long it is tried is kept as days from a first day that may still move. */
		if (t->trial_days)
			write_set(w, "trial_end", day_text(a, t->anchor));
		if (t->trial_days && !jval_get(w->body, "start_date"))
			write_set(w, "start_date", day_text(a, t->start));
		return;
	}
	write_set(w, "state", "active");
	write_set(w, "start_date", day_text(a, t->start));
	write_set(w, "anchor", day_text(a, t->anchor));
	write_set(w, "trial_end", t->trial_days ? day_text(a, t->anchor) : NULL);
	write_set(w, "next_bill_on", day_text(a, t->anchor));
	write_set(w, "term_end", sub_day_text(a, t->term_end));
	/* What does not go on ends with its term: its last period may be a part. */
	if (!renews && t->has_term)
		write_set(w, "end_date", day_text(a, t->term_end));
}

/* ---- a create ---- */

/* Members that are asked for and not stored, and looks that this room has made itself. */
static void
strip(struct write *w)
{
	static const char *const asked[] = { "plan_code", "quantities", "add_ons",
					     "coupons",   "pending",    "trial_days" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		write_drop(w, asked[i]);
	for (size_t i = 0; i < w->refs.n; i++) {
		if (strcmp(w->refs.v[i].what, "plan") != 0 &&
		    strcmp(w->refs.v[i].what, "plan_version") != 0 &&
		    strcmp(w->refs.v[i].what, "account") != 0)
			w->refs.v[n++] = w->refs.v[i];
	}
	w->refs.n = n;
}

static const char *
created_data(struct write *w, const struct context *x, bool pending)
{
	struct jw j;

	jw_init(&j, w->c->arena, 2000);
	jw_object(&j);
	jw_kstr(&j, "account_id", member_text(w->c->arena, w->body, "account_id"));
	jw_kstr(&j, "currency", x->facts.currency);
	jw_kstr(&j, "state", pending ? "pending" : "active");
	jw_kstr(&j, "plan_id", member_text(w->c->arena, x->plan, "id"));
	jw_end_object(&j);
	return sb_z(&j.sb);
}

static bool
names_plan(struct json_object *body)
{
	return jval_get(body, "plan_id") || jval_get(body, "plan_code") ||
	       jval_get(body, "plan_version_id");
}

/* Items of its own, or a plan's; what only a plan has is asked for with one. */
static int
check_source(struct write *w, const struct write_child *items, struct err *err)
{
	static const char *const of_plan[] = { "quantities", "add_ons" };
	bool plan = names_plan(w->body);

	if (plan && items)
		write_refuse(w, err, "/items", "conflict",
			     "A plan brings its items; either a plan or items.");
	if (!plan && (!items || !items->elements.n))
		write_refuse(w, err, "/plan_id", "required", "A plan, or items.");
	for (size_t i = 0; !plan && i < sizeof(of_plan) / sizeof(of_plan[0]); i++) {
		if (jval_get(w->body, of_plan[i]))
			write_refuse(w, err, arena_printf(w->c->arena, "/%s", of_plan[i]),
				     "not_used", "Is said of a plan's charges.");
	}
	return err->code == ERR_none ? 0 : -1;
}

static int
prepare_create(struct call *c, struct write *w, struct err *err)
{
	struct write_child *items = w->children.n ? &w->children.v[0] : NULL;
	struct json_object *from_plan = NULL;
	struct context x = { 0 };
	struct sub_terms t;
	bool pending = false;

	if (check_source(w, items, err) < 0 || read_context(w, w->body, items, &x, err) < 0 ||
	    check_parties(w, &x, err) < 0)
		return -1;
	member_bool(w->body, "pending", &pending);
	if (items ? own_items(w, items, &x, NULL, err) < 0
		  : check_plan(w, &x, err) < 0 || plan_items(w, &x, &from_plan, err) < 0)
		return -1;
	if (take_coupons(w, &x, err) < 0 ||
	    decide_terms(w, &x, items ? items->elements.v[0].body : NULL, &t, err) < 0)
		return -1;
	strip(w);
	write_set(w, "entity_id", x.facts.entity_id);
	write_set(w, "currency", x.facts.currency);
	if (from_plan) {
		write_set(w, "plan_id", member_text(c->arena, x.plan, "id"));
		write_set(w, "plan_version_id", member_text(c->arena, x.terms, "plan_version_id"));
		if (!jval_get(w->body, "name"))
			write_set(w, "name", member_text(c->arena, x.terms, "name"));
		write_after(w, "SELECT billing.items_write($1, $2)", w->id,
			    str_dup(c->arena, jval_text(c->arena, from_plan)), FLUSH_END);
	}
	set_terms(w, &x, &t, pending);
	write_before(w, "SELECT billing.account_hold($1, $2, $3)", x.facts.account_id,
		     member_text(c->arena, w->body, "location_id"), x.facts.account_digest,
		     FLUSH_END);
	write_event(w, "subscription.created", created_data(w, &x, pending));
	write_after(w, "SELECT billing.subscription_follow($1)", w->id, FLUSH_END);
	return 0;
}

/* ---- a patch ---- */

/* What it charges, and when, moves by actions once it has begun. */
static int
check_begun(struct write *w, const char *state, struct err *err)
{
	static const char *const agreed[] = { "start_date", "alignment", "term", "discount_percent",
					      "items" };

	for (size_t i = 0; i < sizeof(agreed) / sizeof(agreed[0]); i++) {
		if (!jval_has(w->body, agreed[i]))
			continue;
		if (err->code == ERR_none)
			err_set(err, ERR_wrong_state,
				"A subscription that is %s charges what was agreed; a change "
				"of it has a day.",
				state);
		err_field(err, w->c->arena,
			  arena_printf(w->c->arena, "%s/%s", w->pointer, agreed[i]), "wrong_state",
			  "Is fixed.");
	}
	return err->code == ERR_none ? 0 : -1;
}

/* Whether it goes on after its term says whether it ends with it. */
static void
set_renewal(struct write *w, const struct sub_loaded *s)
{
	bool renews = s->auto_renew;

	member_bool(w->body, "auto_renew", &renews);
	if (renews == s->auto_renew || s->cancelled || !s->term_end.set)
		return;
	write_set(w, "end_date", renews ? NULL : day_text(w->c->arena, s->term_end.day));
}

static int
prepare_update(struct call *c, struct write *w, struct err *err)
{
	struct write_child *items = w->children.n ? &w->children.v[0] : NULL;
	struct flush *f = call_begin_aside(c);
	int stmt = c->open ? sub_add_hold(f, w->id) : sub_add_read(f, w->id);
	struct context x = { 0 };
	struct sub_loaded s;

	if (call_run_aside(c, f, err) < 0 || sub_load(c->arena, w->id, f, stmt, &s, err) < 0)
		return -1;
	if (strcmp(s.state, "pending") != 0 && check_begun(w, s.state, err) < 0)
		return -1;
	if (items || jval_get(w->body, "location_id")) {
		struct json_object *of = merged(c->arena, s.row, w->body);

		if (read_context(w, of, items, &x, err) < 0 || check_parties(w, &x, err) < 0 ||
		    (items && own_items(w, items, &x, s.items, err) < 0))
			return -1;
	}
	write_expect(w, int_text(c->arena, s.version));
	if (strcmp(s.state, "pending") != 0) {
		set_renewal(w, &s);
		write_after(w, "SELECT billing.subscription_follow($1)", w->id, FLUSH_END);
	}
	return 0;
}

int
subscription_prepare(struct call *c, struct write *w, struct err *err)
{
	return w->create ? prepare_create(c, w, err) : prepare_update(c, w, err);
}
