/*
 * subscription_own.c - items of a subscription's own, as a create or a patch says them: they
 * complete themselves from their products, as lines do.
 */
#include "subscription.h"

static void
set_default(struct write *w, const struct child *ch, struct write_element *e, const char *member,
	    const char *value)
{
	if (value && !jval_has(e->body, member))
		write_element_set(w, ch, e, member, value);
}

/* What an item leaves out is its product's. */
static void
complete(struct write *w, const struct child *ch, struct write_element *e, const struct facts *x,
	 struct json_object *price, struct err *err)
{
	struct arena *a = w->c->arena;
	const char *product = member_text(a, e->body, "product_id");
	const struct product_fact *p = product ? facts_product(x, product) : NULL;
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
						      x->currency)
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
	for (size_t i = 0; i < jval_length(items); i++) {
		struct json_object *e = json_object_array_get_idx(items, i);

		if (str_eqz(jval_str_of(e, "id"), id))
			return e;
	}
	return NULL;
}

/* An element as it will be: what it says over what is stored. */
struct json_object *
sub_merged(struct arena *a, struct json_object *stored, struct json_object *said)
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

int
sub_own_items(struct write *w, struct write_child *items, const struct facts *x,
	      struct json_object *prices, struct json_object *stored, struct err *err)
{
	for (size_t i = 0; i < items->elements.n; i++) {
		struct write_element *e = &items->elements.v[i];
		struct json_object *had = e->is_new ? NULL : stored_item(stored, e->id);
		struct json_object *o = had ? sub_merged(w->c->arena, had, e->body) : e->body;

		if (e->is_new)
			complete(w, items->child, e, x, json_object_array_get_idx(prices, i), err);
		price_body_check(w, price_body_model(o), o, e->pointer, err);
	}
	return err->code == ERR_none ? 0 : -1;
}
