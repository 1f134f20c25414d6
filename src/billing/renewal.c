/*
 * renewal.c - what a subscription is once its term has been renewed: pure, of what was read.
 */
#include "renewal.h"

static struct json_object *
row_of(const struct sub_loaded *s, size_t i)
{
	return json_object_array_get_idx(s->items, i);
}

/* ---- its days ---- */

/* Of the plan, and charged on the day before; its place among the items, or n_items. */
static size_t
planned_item(const struct sub_loaded *s, civil_day day)
{
	for (size_t i = 0; i < s->core.n_items; i++) {
		if (jval_get(row_of(s, i), "plan_charge") &&
		    period_holds((struct period){ s->all[i].from, s->all[i].to }, day - 1))
			return i;
	}
	return s->core.n_items;
}

/* A version that is charged at another interval: its periods begin with the day, and its terms are
 * its own. */
static bool
takes_interval(const struct sub_loaded *s, struct json_object *terms, civil_day day,
	       struct sub_item *ret)
{
	size_t i = planned_item(s, day);
	int64_t every = 1;

	member_int(terms, "every", &every);
	*ret = (struct sub_item){ .recurring = recurring_by_word(jval_str_of(terms, "recurring")),
				  .every = (int)every,
				  .has_anchor = true,
				  .anchor = day };
	return terms && i < s->core.n_items &&
	       (s->all[i].recurring != ret->recurring || s->all[i].every != ret->every);
}

/* Which term follows the one that ends: counted from the anchor, whatever the last one was. */
static int
decide_days(const struct sub_loaded *s, struct renewal *r, struct err *err)
{
	struct sub_item interval;
	struct period p;
	struct cycle c;
	int64_t k;
	int rc;

	if (!s->term_end.set || s->term < 1)
		return err_set(err, ERR_wrong_state, "The subscription has no term.");
	r->from = s->term_end.day;
	r->term = s->term;
	r->new_interval = takes_interval(s, r->terms, r->from, &interval);
	if (r->new_interval)
		member_int(r->terms, "term", &r->term);
	rc = r->new_interval ? sub_cycle(&s->core, &interval, &c, err) : sub_term_cycle(s, &c, err);
	if (rc < 0 || cycle_find(&c, r->from, &k, &p, err) < 0)
		return -1;
	/* One that begins within a period, since a pause has moved it, has the rest of that
	 * besides. */
	if (p.start < r->from && cycle_period(&c, ++k, &p, err) < 0)
		return -1;
	r->first_end = p.end;
	r->until = date_boundary(c.anchor, c.unit, c.count, (int)(k + r->term));
	return 0;
}

/* ---- its items ---- */

static struct json_object *
find_charge(struct json_object *charges, struct str code)
{
	for (size_t i = 0; charges && i < json_object_array_length(charges); i++) {
		struct json_object *e = json_object_array_get_idx(charges, i);

		if (str_eq(jval_str_of(e, "code"), code))
			return e;
	}
	return NULL;
}

/* The item of a charge that is there when the term has ended, or begins later; n_items: none. */
static size_t
item_of(const struct sub_loaded *s, const struct sub_item *items, const struct renewal *r,
	struct str charge)
{
	for (size_t i = 0; i < s->core.n_items; i++) {
		if (items[i].to > r->from &&
		    str_eq(jval_str_of(row_of(s, i), "plan_charge"), charge))
			return i;
	}
	return s->core.n_items;
}

static void
carry(struct json_object *to, struct json_object *from, const char *key)
{
	if (jval_get(from, key))
		json_object_object_add(to, key, json_object_get(jval_get(from, key)));
}

/* What a charge of the new version begins with the new term; NULL: nothing. What was agreed on for
 * a later day stays as it is. */
static struct json_object *
begin(struct arena *a, const struct sub_loaded *s, const struct renewal *r, struct sub_item *items,
      struct json_object *charge)
{
	size_t at = item_of(s, items, r, jval_str_of(charge, "code")),
	       like = planned_item(s, r->from);
	struct json_object *had = at < s->core.n_items ? row_of(s, at) : NULL, *o;
	bool add_on = false;

	member_bool(charge, "add_on", &add_on);
	if (!jval_get(charge, "unit_price") || (add_on && !had) ||
	    (had && items[at].from > r->from))
		return NULL;
	o = sub_plan_item(a, r->terms, charge, had ? member_text(a, had, "quantity") : NULL);
	json_object_object_add(o, "valid_from", json_object_new_string(day_text(a, r->from)));
	carry(o, had, "lineage");
	carry(o, had, "discount_percent");
	carry(o, had, "valid_to");
	if (r->new_interval)
		json_object_object_add(o, "anchor", json_object_new_string(day_text(a, r->from)));
	else if (like < s->core.n_items)
		carry(o, row_of(s, like), "anchor");
	if (had)
		items[at].to = r->from;
	return o;
}

/* Those of the plan end on the day where the newer version does not have them. */
static void
end_items(const struct sub_loaded *s, const struct renewal *r, struct sub_item *items)
{
	struct json_object *charges = jval_get(r->terms, "charges");

	for (size_t i = 0; i < s->core.n_items; i++) {
		struct str charge = jval_str_of(row_of(s, i), "plan_charge");

		if (charge.len && items[i].from <= r->from && items[i].to > r->from &&
		    !find_charge(charges, charge))
			items[i].to = r->from;
	}
}

static int
take_version(struct arena *a, const struct sub_loaded *s, struct renewal *r, struct sub_item *items,
	     struct err *err)
{
	struct json_object *charges = jval_get(r->terms, "charges");
	size_t more = charges ? json_object_array_length(charges) : 0;

	end_items(s, r, items);
	for (size_t i = 0; i < more; i++) {
		struct json_object *o =
		    begin(a, s, r, items, json_object_array_get_idx(charges, i));

		if (!o)
			continue;
		json_object_array_add(r->begun, o);
		r->of[r->is.n_items] = o;
		if (sub_load_item(a, o, &items[r->is.n_items++], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < s->core.n_items; i++) {
		if (items[i].to == r->from && s->all[i].to != r->from)
			pg_array_add(r->ended, member_text(a, row_of(s, i), "id"));
	}
	return 0;
}

/* With the items that it has, and room for those of a version. */
static struct sub_item *
begin_with(struct arena *a, const struct sub_loaded *s, struct json_object *terms,
	   struct renewal *ret)
{
	struct json_object *charges = jval_get(terms, "charges");
	size_t n = s->core.n_items, more = charges ? json_object_array_length(charges) : 0;
	struct sub_item *items = arena_array(a, n + more + 1, sizeof(*items));

	*ret = (struct renewal){ .terms = terms,
				 .is = s->core,
				 .of = arena_array(a, n + more + 1, sizeof(*ret->of)),
				 .ended = pg_array_new(a),
				 .begun = jval_own(a, json_object_new_array()) };
	for (size_t i = 0; i < n; i++) {
		items[i] = s->all[i];
		ret->of[i] = row_of(s, i);
	}
	ret->is.items = items;
	return items;
}

int
renewal_decide(struct arena *a, const struct sub_loaded *s, struct renewal *ret, struct err *err)
{
	struct sub_item *items = begin_with(a, s, s->renewal, ret);

	if (decide_days(s, ret, err) < 0)
		return -1;
	ret->is.end = DAY_NEVER;
	return ret->terms ? take_version(a, s, ret, items, err) : 0;
}

/* The first bill date from a day on that charges something of the plan and has no document. */
static int
next_planned(struct arena *a, const struct sub_loaded *s, civil_day from, civil_day *ret,
	     struct err *err)
{
	struct sub_item *planned = arena_array(a, s->core.n_items + 1, sizeof(*planned));
	struct sub_loaded of_plan = *s;
	size_t n = 0;

	for (size_t i = 0; i < s->core.n_items; i++) {
		if (jval_get(row_of(s, i), "plan_charge"))
			planned[n++] = s->all[i];
	}
	of_plan.core.items = planned;
	of_plan.core.n_items = n;
	return sub_next_unbilled(&of_plan, from, ret, err);
}

int
renewal_reach(struct arena *a, const struct sub_loaded *s, struct renewal *ret, bool *ret_any,
	      struct err *err)
{
	struct sub_item *items = begin_with(a, s, s->reaching, ret), interval;
	civil_day day = s->next_bill.set ? s->next_bill.day : s->today, from = DAY_ALWAYS;

	*ret_any = false;
	(void)date_parse(jval_str_of(ret->terms, "valid_from"), &from);
	if (s->reach_from.set && s->reach_from.day > day)
		day = s->reach_from.day;
	if (next_planned(a, s, from > day ? from : day, &ret->from, err) < 0)
		return -1;
	if (ret->from == DAY_NEVER || (s->term_end.set && ret->from >= s->term_end.day) ||
	    takes_interval(s, ret->terms, ret->from, &interval))
		return 0;
	if (take_version(a, s, ret, items, err) < 0)
		return -1;
	*ret_any = json_object_array_length(ret->begun) > 0;
	return 0;
}
