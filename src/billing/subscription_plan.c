/*
 * subscription_plan.c - what a plan's version charges, as items of a subscription.
 *
 * A body names the plan, how many of its charges, and which of its add-ons: the whole of it, or one
 * of its phases. What it says is told with the pointer to where it says it. Prices are copied; a
 * price is never made from one of another currency.
 */
#include "subscription.h"

#include <billfold/base/uuid.h>

static struct json_object *
list_of(struct json_object *o, const char *name)
{
	struct json_object *list = jval_get(o, name);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

/* The element of a body's list that names the charge; NULL. */
static struct json_object *
named(struct json_object *list, struct str code)
{
	for (size_t i = 0; i < jval_length(list); i++) {
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

bool
sub_names_plan(struct json_object *body)
{
	return jval_get(body, "plan_id") || jval_get(body, "plan_code") ||
	       jval_get(body, "plan_version_id");
}

/* Quantities and add-ons name charges of the plan, each once and each sort its own. */
static void
check_named(struct arena *a, const struct sub_plan *p, const char *member, bool add_ons,
	    struct err *err)
{
	struct json_object *list = list_of(p->body, member),
			   *charges = list_of(jval_get(p->plan, "terms"), "charges");

	for (size_t i = 0; i < jval_length(list); i++) {
		struct json_object *e = json_object_array_get_idx(list, i), *found = NULL;
		const char *at = arena_printf(a, "%s/%s/%zu/charge", p->at, member, i);

		for (size_t k = 0; k < jval_length(charges); k++) {
			struct json_object *x = json_object_array_get_idx(charges, k);

			if (str_eq(jval_str_of(x, "code"), jval_str_of(e, "charge")))
				found = x;
		}
		if (!found || is_add_on(found) != add_ons)
			err_field(err, a, at, "not_found", "%s",
				  add_ons ? "The plan has no such add-on."
					  : "The plan has no such charge; add-ons say how many "
					    "themselves.");
		else if (named(list, jval_str_of(e, "charge")) != e)
			err_field(err, a, at, "duplicate", "Named twice.");
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
	copy(o, "plan_version_id", terms, "plan_version_id");
	copy(o, "recurring", terms, "recurring");
	copy(o, "every", terms, "every");
	if (quantity)
		json_object_object_add(o, "quantity", json_object_new_string(quantity));
	return o;
}

int
sub_check_plan(struct arena *a, const struct sub_plan *p, struct err *err)
{
	const char *at = jval_get(p->body, "plan_id")     ? "plan_id"
			 : jval_get(p->body, "plan_code") ? "plan_code"
							  : "plan_version_id";
	bool archived = false;

	at = arena_printf(a, "%s/%s", p->at, at);
	if (!p->plan)
		return err_field(err, a, at, "not_found", "No such plan.");
	member_bool(p->plan, "archived", &archived);
	if (archived)
		return err_field(err, a, at, "archived", "The plan is archived.");
	if (!jval_get(p->plan, "terms"))
		return err_field(err, a, at, "not_found",
				 "The plan has no such version, or none yet on that day.");
	return 0;
}

int
sub_plan_items(struct arena *a, const struct sub_plan *p, struct json_object *ret, struct err *err)
{
	struct json_object *terms = jval_get(p->plan, "terms"),
			   *charges = list_of(terms, "charges"),
			   *quantities = list_of(p->body, "quantities"),
			   *add_ons = list_of(p->body, "add_ons");

	check_named(a, p, "quantities", false, err);
	check_named(a, p, "add_ons", true, err);
	for (size_t i = 0; i < jval_length(charges); i++) {
		struct json_object *charge = json_object_array_get_idx(charges, i), *asked;

		asked =
		    named(is_add_on(charge) ? add_ons : quantities, jval_str_of(charge, "code"));
		if (is_add_on(charge) && !asked)
			continue;
		if (!jval_get(charge, "unit_price"))
			err_field(err, a, p->currency_at, "no_price",
				  "The charge %s of the plan has no price in %s.",
				  json_object_get_string(jval_get(charge, "code")), p->currency);
		json_object_array_add(ret, sub_plan_item(a, terms, charge,
							 member_text(a, asked, "quantity")));
	}
	return err->code == ERR_none ? 0 : -1;
}
