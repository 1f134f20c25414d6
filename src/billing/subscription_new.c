/*
 * subscription_new.c - subscriptions as they are made.
 *
 * What a plan charges is copied with its prices: the catalogue is not looked at again before a
 * change or a renewal. Days are decided by the core's cycles; from a first day that is past on,
 * each bill date has a document of its own, which the runs make.
 */
#include "creation_preview.h"
#include "subscription_context.h"
#include "subscription_phase.h"

/* ---- coupons ---- */

/* Those of the whole, then those of phases; NULL: it has none. */
static int
take_coupons(struct write *w, const struct sub_context *x, struct json_object *of_phases,
	     struct json_object **ret, struct err *err)
{
	struct arena *a = w->c->arena;

	*ret = jval_own(a, json_object_new_array());
	for (size_t i = 0; i < jval_length(x->coupons); i++) {
		struct json_object *o = json_object_array_get_idx(x->coupons, i);
		const char *why = member_text(a, o, "why"),
			   *at = arena_printf(a, "/coupons/%zu", i);

		for (size_t k = 0; k < jval_length(of_phases) && !why; k++) {
			if (str_eq(jval_str_of(json_object_array_get_idx(of_phases, k),
					       "coupon_id"),
				   jval_str_of(o, "id")))
				why = "duplicate";
		}
		if (why)
			write_refuse(w, err, at, why, coupon_why_words(why));
		else
			json_object_array_add(*ret,
					      coupon_taken(a, o, at,
							   (struct period){ DAY_ALWAYS, DAY_NEVER },
							   false));
	}
	for (size_t k = 0; k < jval_length(of_phases); k++)
		json_object_array_add(*ret,
				      json_object_get(json_object_array_get_idx(of_phases, k)));
	return err->code == ERR_none ? 0 : -1;
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
decide_terms(struct write *w, const struct sub_context *x, struct json_object *first,
	     struct sub_terms *ret, struct err *err)
{
	struct json_object *terms = x->terms;
	int64_t every = 1;
	struct str start;

	*ret = (struct sub_terms){ .start = x->facts.today };
	if (jval_str(w->body, "start_date", &start))
		(void)date_parse(start, &ret->start);
	if (!sub_start_is_near(ret->start, x->facts.today))
		return write_refuse(w, err, "/start_date", "out_of_range", sub_start_words);
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
set_terms(struct write *w, const struct sub_made *m)
{
	const struct sub_terms *t = &m->terms;
	struct arena *a = w->c->arena;

	write_set(w, "alignment", t->calendar ? "calendar" : "anniversary");
	write_set(w, "term", t->has_term ? int_text(a, t->term) : NULL);
	write_set(w, "auto_renew", m->renews ? "true" : "false");
	write_set(w, "notice_days", int_text(a, m->notice_days));
	if (m->pending) {
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
}

/* ---- a create ---- */

/* Members that are asked for and not stored, and looks that this room has made itself. */
static void
strip(struct write *w)
{
	static const char *const asked[] = {
		"plan_code", "quantities", "add_ons", "coupons",
		"pending",   "trial_days", "phases",  "preview_token"
	};
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
created_data(struct write *w, const struct sub_context *x, bool pending)
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

/* What phases say themselves. */
static int
check_phases(struct write *w, const struct write_child *items, struct err *err)
{
	static const char *const theirs[] = { "plan_id", "plan_code", "plan_version_id",
					      "quantities", "add_ons" };

	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		if (jval_get(w->body, theirs[i]))
			write_refuse(w, err, arena_printf(w->c->arena, "/%s", theirs[i]),
				     "conflict", "Each phase says so itself.");
	}
	if (items)
		write_refuse(w, err, "/items", "conflict", "Each phase says so itself.");
	if (!jval_length(jval_get(w->body, "phases")))
		write_refuse(w, err, "/phases", "required", "A phase at least.");
	return err->code == ERR_none ? 0 : -1;
}

/* What phases name, as it is on the first day. */
static int
read_phases(struct write *w, struct sub_context *x, struct phases *ret, struct err *err)
{
	struct flush *f = call_begin_aside(w->c);
	bool pending = false;
	struct str start;
	int stmt;

	/* Days of one that does not begin yet are counted from its first one, whenever that comes.
	 */
	member_bool(w->body, "pending", &pending);
	*ret = (struct phases){ .body = jval_get(w->body, "phases"),
				.at = w->pointer,
				.currency = x->facts.currency,
				.agreed = x->facts.today,
				.today = x->facts.today,
				.account = member_text(w->c->arena, w->body, "account_id"),
				.end = DAY_NEVER,
				.first_open = !pending };
	if (jval_str(w->body, "start_date", &start))
		(void)date_parse(start, &ret->agreed);
	stmt = phases_add_read(f, w->c->arena, ret);
	if (call_run_aside(w->c, f, err) < 0 || phases_take(f, stmt, w->c->arena, ret, err) < 0)
		return -1;
	x->plan = json_object_array_get_idx(ret->plans, 0);
	x->terms = phases_first_terms(ret);
	return 0;
}

/* Items of its own, or a plan's; what only a plan has is asked for with one. */
static int
check_source(struct write *w, const struct write_child *items, struct err *err)
{
	static const char *const of_plan[] = { "quantities", "add_ons" };
	bool plan = sub_names_plan(w->body);

	if (jval_get(w->body, "phases"))
		return check_phases(w, items, err);
	if (plan && items)
		write_refuse(w, err, "/items", "conflict",
			     "A plan brings its items; either a plan or items.");
	if (!plan && (!items || !items->elements.n))
		write_refuse(w, err, "/plan_id", "required", "A plan, or items, or phases.");
	for (size_t i = 0; !plan && i < sizeof(of_plan) / sizeof(of_plan[0]); i++) {
		if (jval_get(w->body, of_plan[i]))
			write_refuse(w, err, arena_printf(w->c->arena, "/%s", of_plan[i]),
				     "not_used", "Is said of a plan's charges.");
	}
	return err->code == ERR_none ? 0 : -1;
}

/* The items that are written: a plan's, or those of all phases; NULL: of its own. */
static int
make_items(struct write *w, struct write_child *items, const struct sub_context *x,
	   struct json_object **ret, struct err *err)
{
	struct sub_plan plan = { .body = w->body,
				 .plan = x->plan,
				 .at = w->pointer,
				 .currency = x->facts.currency,
				 .currency_at =
				     arena_printf(w->c->arena, "%s/currency", w->pointer) };

	*ret = NULL;
	if (items)
		return sub_own_items(w, items, &x->facts, x->prices, NULL, err);
	*ret = jval_own(w->c->arena, json_object_new_array());
	return sub_check_plan(w->c->arena, &plan, err) < 0 ||
		       sub_plan_items(w->c->arena, &plan, *ret, err) < 0
		   ? -1
		   : 0;
}

static int
compose_phases(struct write *w, struct phases *p, struct sub_terms *t, struct json_object **ret,
	       struct err *err)
{
	/* How long it is agreed on is said by them, or of the whole: not by one of their plans. */
	if (!jval_get(w->body, "term")) {
		t->has_term = false;
		t->term_end = DAY_NEVER;
	}
	p->start = p->core.anchor = t->anchor;
	p->core.calendar = t->calendar;
	if (phases_compose(w->c->arena, p, err) < 0)
		return -1;
	*ret = p->items;
	return 0;
}

/* An item of its own, as it will be. */
static struct json_object *
element_row(const struct write_element *e)
{
	static const char *const product[] = { "description", "unit", "unit_price",
					       "base_quantity" };
	struct json_object *o = json_object_new_object();

	json_object_object_foreach(e->body, key, member)
	    json_object_object_add(o, key, json_object_get(member));
	for (size_t i = 0; i < sizeof(product) / sizeof(product[0]); i++) {
		const char *value;

		if (!jval_get(e->body, product[i]) && write_element_value(e, product[i], &value) &&
		    value)
			json_object_object_add(o, product[i], json_object_new_string(value));
	}
	return o;
}

static struct json_object *
element_rows(struct write *w, const struct write_child *items)
{
	struct json_object *rows = jval_own(w->c->arena, json_object_new_array());

	for (size_t i = 0; i < items->elements.n; i++)
		json_object_array_add(rows, element_row(&items->elements.v[i]));
	return rows;
}

/* Whether another term follows, and at which prices; end: of what it charges, or of its term, which
 * does not go on. */
static void
decide_renewal(struct write *w, const struct sub_context *x, civil_day end, struct sub_made *ret)
{
	const struct sub_terms *t = &ret->terms;

	ret->plan = x->terms;
	ret->renews = true;
	member_bool(x->terms, "auto_renew", &ret->renews);
	member_bool(w->body, "auto_renew", &ret->renews);
	member_bool(w->body, "keeps_price", &ret->keeps_price);
	choose_int(w->body, x->terms, "notice_days", &ret->notice_days);
	ret->end = !ret->renews && t->has_term && t->term_end < end ? t->term_end : end;
}

/* All that is decided of one that is made; items: of its own. */
static int
decide_create(struct write *w, struct write_child *items, struct sub_context *x,
	      struct sub_made *ret, struct err *err)
{
	struct json_object *first = NULL;
	struct phases phases = { .end = DAY_NEVER };
	struct sub_terms *t = &ret->terms;
	bool phased = jval_get(w->body, "phases");

	member_bool(w->body, "pending", &ret->pending);
	if (phased ? read_phases(w, x, &phases, err) < 0
		   : make_items(w, items, x, &ret->written, err) < 0)
		return -1;
	if (phased)
		first = phases_first_item(&phases);
	else if (items)
		first = items->elements.v[0].body;
	if (decide_terms(w, x, first, t, err) < 0 ||
	    (phased && compose_phases(w, &phases, t, &ret->written, err) < 0) ||
	    take_coupons(w, x, phases.coupons, &ret->discounts, err) < 0)
		return -1;
	ret->facts = &x->facts;
	ret->rows = ret->written ? ret->written : element_rows(w, items);
	decide_renewal(w, x, phases.end, ret);
	return 0;
}

static void
add_create(struct call *c, struct write *w, const struct sub_context *x, const struct sub_made *m)
{
	set_terms(w, m);
	if (!m->pending && m->end < DAY_NEVER)
		write_set(w, "end_date", day_text(c->arena, m->end));
	write_before(w, "SELECT billing.account_hold($1, $2, $3)", x->facts.account_id,
		     member_text(c->arena, w->body, "location_id"), x->facts.account_digest,
		     FLUSH_END);
	if (m->written)
		write_after(w, "SELECT billing.items_write($1, $2)", w->id,
			    str_dup(c->arena, jval_text(c->arena, m->written)), FLUSH_END);
	if (jval_length(m->discounts))
		write_after(w, "SELECT billing.discounts_write($1, $2)", w->id,
			    str_dup(c->arena, jval_text(c->arena, m->discounts)), FLUSH_END);
	write_event(w, "subscription.created", created_data(w, x, m->pending));
	write_after(w, "SELECT billing.subscription_follow($1)", w->id, FLUSH_END);
}

static int
prepare_create(struct call *c, struct write *w, struct err *err)
{
	struct write_child *items = w->children.n ? &w->children.v[0] : NULL;
	struct sub_context *x = arena_array(c->arena, 1, sizeof(*x));
	struct sub_made *made = arena_array(c->arena, 1, sizeof(*made));

	if (check_source(w, items, err) < 0 || sub_context_read(w, w->body, items, x, err) < 0 ||
	    sub_context_check(w, x, err) < 0 || decide_create(w, items, x, made, err) < 0 ||
	    creation_expect(w, made, err) < 0)
		return -1;
	w->own = made;
	strip(w);
	write_set(w, "entity_id", x->facts.entity_id);
	write_set(w, "currency", x->facts.currency);
	if (x->terms) {
		write_set(w, "plan_id", member_text(c->arena, x->plan, "id"));
		write_set(w, "plan_version_id", member_text(c->arena, x->terms, "plan_version_id"));
		if (!jval_get(w->body, "name"))
			write_set(w, "name", member_text(c->arena, x->terms, "name"));
	}
	add_create(c, w, x, made);
	return 0;
}

int
subscription_prepare(struct call *c, struct write *w, struct err *err)
{
	return w->create ? prepare_create(c, w, err) : subscription_patch(c, w, err);
}
