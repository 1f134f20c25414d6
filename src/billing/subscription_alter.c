/*
 * subscription_alter.c - what a subscription is to charge from the day of a change on: which of its
 * items end, and which begin.
 *
 * An item that changes ends on the day, and the next of its lineage begins. Another plan's charges
 * carry on those of the same code. Another interval begins its periods on the day. What is
 * scheduled for later days is looked after by subscription_schedule.c.
 */
#include "subscription_change.h"

#include <billfold/base/uuid.h>

struct json_object *
amendment_row(const struct amendment *m, size_t i)
{
	return json_object_array_get_idx(m->s.items, i);
}

bool
amendment_has(const struct amendment *m, size_t i)
{
	return m->s.all[i].to > m->day && m->s.all[i].from <= m->day;
}

static void
end_item(struct amendment *m, size_t i)
{
	m->items[i].to = m->day;
}

/*
 * One begins on the day: carrying on another (its place), or n_items; until what was scheduled of
 * that comes, or `until`.
 */
static int
begin_item(struct amendment *m, struct json_object *o, size_t carried, civil_day until,
	   struct err *err)
{
	struct arena *a = m->a;
	bool carries = carried < m->s.core.n_items;
	size_t at = m->is.n_items++;
	const char *id = uuid_new_z(a);

	if (carries)
		until = m->items[carried].to;
	json_object_object_add(o, "id", json_object_new_string(id));
	json_object_object_add(o, "lineage",
			       carries
				   ? json_object_get(jval_get(amendment_row(m, carried), "lineage"))
				   : json_object_new_string(id));
	json_object_object_add(o, "valid_from", json_object_new_string(day_text(a, m->day)));
	json_object_object_del(o, "valid_to");
	if (until < DAY_NEVER)
		json_object_object_add(o, "valid_to", json_object_new_string(day_text(a, until)));
	json_object_array_add(m->begun, o);
	m->of[at] = o;
	if (carries) {
		schedule_meet(m, carried);
		end_item(m, carried);
	}
	return sub_load_item(a, o, &m->items[at], err);
}

static size_t
by_member(const struct amendment *m, const char *key, struct str value)
{
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (amendment_has(m, i) && str_eq(jval_str_of(amendment_row(m, i), key), value))
			return i;
	}
	return m->s.core.n_items;
}

struct json_object *
amendment_copy(struct json_object *from)
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
	return err_field(err, m->a, pointer, code, "%s", words);
}

/* The items that a body's list names by a member, each with what it says instead. */
static int
change_items(struct amendment *m, const char *list_name, const char *key, const char *by,
	     struct err *err)
{
	struct arena *a = m->a;
	struct json_object *list = jval_get(m->body, list_name), *o;

	for (size_t k = 0; k < jval_length(list); k++) {
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
		o = amendment_copy(amendment_row(m, i));
		json_object_object_foreach(e, name, value)
		{
			if (strcmp(name, key) != 0)
				json_object_object_add(o, name, json_object_get(value));
		}
		if (begin_item(m, o, i, DAY_NEVER, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * From which day the periods of what the plan charges are counted: as those of what it has, but
 * another interval begins with the day; a trial goes on to its end.
 */
static int
choose_anchor(struct amendment *m, struct err *err)
{
	struct sub_item will = { .recurring =
				     recurring_by_word(jval_str_of(m->terms, "recurring")) };
	const struct sub_item *had = NULL;
	struct cycle was, is;
	int64_t every = 1;

	member_int(m->terms, "every", &every);
	will.every = (int)every;
	for (size_t i = 0; i < m->s.core.n_items && !had; i++)
		had = amendment_has(m, i) && jval_get(amendment_row(m, i), "plan_charge")
			  ? &m->s.all[i]
			  : NULL;
	for (size_t i = 0; i < m->s.core.n_items && !had; i++)
		had = amendment_has(m, i) ? &m->s.all[i] : NULL;
	if (!had || m->day < m->s.core.anchor)
		return 0;
	if (sub_cycle(&m->s.core, had, &was, err) < 0 || sub_cycle(&m->s.core, &will, &is, err) < 0)
		return -1;
	m->new_anchor = was.unit != is.unit || was.count != is.count;
	m->anchor = m->new_anchor ? (struct opt_day){ true, m->day }
				  : (struct opt_day){ had->has_anchor, had->anchor };
	return 0;
}

static struct json_object *
asked(struct json_object *list, struct str code)
{
	for (size_t i = 0; i < jval_length(list); i++) {
		if (str_eq(jval_str_of(json_object_array_get_idx(list, i), "charge"), code))
			return json_object_array_get_idx(list, i);
	}
	return NULL;
}

static int
begin_charge(struct amendment *m, struct json_object *charge, struct json_object *e,
	     civil_day until, struct err *err)
{
	struct arena *a = m->a;
	size_t had = by_member(m, "plan_charge", jval_str_of(charge, "code"));
	const char *quantity = member_text(a, e, "quantity");
	struct json_object *o;

	if (!jval_get(charge, "unit_price"))
		return refuse(m, "/plan_id", "no_price",
			      arena_printf(a, "The charge %s of the plan has no price in %s.",
					   json_object_get_string(jval_get(charge, "code")),
					   m->d.facts.currency),
			      err);
	if (!quantity && had < m->s.core.n_items)
		quantity = member_text(a, amendment_row(m, had), "quantity");
	o = sub_plan_item(a, m->terms, charge, quantity);
	if (m->anchor.set)
		json_object_object_add(o, "anchor",
				       json_object_new_string(day_text(a, m->anchor.day)));
	return begin_item(m, o, had, until, err);
}

/* Another plan: its charges instead of the last one's. */
static int
take_plan(struct amendment *m, struct err *err)
{
	struct json_object *charges = jval_get(m->terms, "charges");
	civil_day until;
	bool archived = false;

	member_bool(m->plan, "archived", &archived);
	if (!m->plan || !m->terms || archived)
		return refuse(m,
			      jval_get(m->body, "plan_code") ? "/plan_code"
			      : jval_get(m->body, "plan_id") ? "/plan_id"
							     : "/plan_version_id",
			      archived ? "archived" : "not_found",
			      archived ? "The plan is archived."
				       : "No such plan, or no version of it on that day.",
			      err);
	if (choose_anchor(m, err) < 0 || schedule_of_plan(m, &until, err) < 0)
		return -1;
	for (size_t i = 0; i < jval_length(charges); i++) {
		struct json_object *charge = json_object_array_get_idx(charges, i), *e;
		bool add_on = false;

		member_bool(charge, "add_on", &add_on);
		e = asked(jval_get(m->body, add_on ? "add_ons" : "quantities"),
			  jval_str_of(charge, "code"));
		if (add_on && !e &&
		    by_member(m, "plan_charge", jval_str_of(charge, "code")) == m->s.core.n_items)
			continue;
		if (begin_charge(m, charge, e, until, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (!amendment_has(m, i) || !jval_get(amendment_row(m, i), "plan_charge") ||
		    m->items[i].to <= m->day)
			continue;
		schedule_meet(m, i);
		end_item(m, i);
	}
	return 0;
}

/* Add-ons of the plan that it has. */
static int
take_add_ons(struct amendment *m, struct err *err)
{
	struct json_object *list = jval_get(m->body, "add_ons"),
			   *charges = jval_get(m->terms, "charges");

	if (jval_length(list) && m->terms && choose_anchor(m, err) < 0)
		return -1;
	for (size_t k = 0; k < jval_length(list); k++) {
		struct json_object *e = json_object_array_get_idx(list, k), *found = NULL;

		for (size_t i = 0; i < jval_length(charges); i++) {
			struct json_object *x = json_object_array_get_idx(charges, i);
			bool add_on = false;

			member_bool(x, "add_on", &add_on);
			if (add_on && str_eq(jval_str_of(x, "code"), jval_str_of(e, "charge")))
				found = x;
		}
		if (!found)
			refuse(m, arena_printf(m->a, "/add_ons/%zu/charge", k), "not_found",
			       "The plan has no such add-on.", err);
		else if (begin_charge(m, found, e, schedule_of_charge(m, found), err) < 0)
			return -1;
	}
	return 0;
}

static int
remove_items(struct amendment *m, struct err *err)
{
	struct json_object *list = jval_get(m->body, "remove");

	for (size_t k = 0; k < jval_length(list); k++) {
		const char *lineage = json_object_get_string(json_object_array_get_idx(list, k));
		size_t i = by_member(m, "lineage", str_from(lineage));

		if (i == m->s.core.n_items || m->items[i].to <= m->day) {
			refuse(m, arena_printf(m->a, "/remove/%zu", k), "not_found",
			       "It charges no such thing on that day.", err);
		} else {
			schedule_meet(m, i);
			end_item(m, i);
		}
	}
	return 0;
}

int
amendment_items(struct amendment *m, struct err *err)
{
	bool plan = sub_names_plan(m->body);
	size_t more = 1 + jval_length(jval_get(m->terms, "charges")) +
		      jval_length(jval_get(m->body, "quantities")) +
		      jval_length(jval_get(m->body, "add_ons")) +
		      jval_length(jval_get(m->body, "items"));

	coupon_ready(m);
	if (jval_get(m->body, "phases"))
		return amendment_phases(m, err) < 0 || coupon_check(m, err) < 0 ? -1 : 0;
	amendment_as_it_is(m, more);
	m->begun = jval_own(m->a, json_object_new_array());
	schedule_ready(m);
	if (plan ? take_plan(m, err) < 0
		 : change_items(m, "quantities", "charge", "plan_charge", err) < 0 ||
		       take_add_ons(m, err) < 0)
		return -1;
	if (change_items(m, "items", "lineage", "lineage", err) < 0 || remove_items(m, err) < 0)
		return -1;
	schedule_settle(m, err);
	if (coupon_check(m, err) < 0)
		return -1;
	if (jval_length(m->begun) == 0 && !jval_length(jval_get(m->body, "remove")) &&
	    !jval_length(m->coupons) && !jval_length(jval_get(m->body, "remove_discounts")) &&
	    !jval_get(m->body, "trial_end"))
		return refuse(m, "", "required",
			      "Name what changes: a plan, quantities, add-ons, items, phases, the "
			      "trial, coupons.",
			      err);
	return 0;
}

/* ---- as it is stored ---- */

/* Those that end earlier than they did, then those that go on longer: at no time are there two of a
 * lineage. */
static void
add_ends(struct amendment *m, struct flush *f, bool later)
{
	struct arena *a = m->a;
	struct pg_array *ids = pg_array_new(a), *days = pg_array_new(a);
	bool any = false;

	for (size_t i = 0; i < m->s.core.n_items; i++) {
		civil_day was = m->s.all[i].to, is = m->items[i].to;

		if (was == is || (is > was) != later)
			continue;
		pg_array_add(ids, member_text(a, amendment_row(m, i), "id"));
		pg_array_add(days, sub_day_text(a, is));
		any = true;
	}
	if (any)
		flush_addv(f, "SELECT billing.items_until($1, $2, $3)", m->s.id, pg_array_text(ids),
			   pg_array_text(days), FLUSH_END);
}

void
amendment_add_items(struct amendment *m, struct flush *f)
{
	if (m->items) {
		add_ends(m, f, false);
		add_ends(m, f, true);
	}
	if (jval_length(m->begun))
		flush_addv(f, "SELECT billing.items_write($1, $2)", m->s.id,
			   str_dup(m->a, jval_text(m->a, m->begun)), FLUSH_END);
}
