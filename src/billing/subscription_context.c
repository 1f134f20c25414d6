/*
 * subscription_context.c - what a subscription is made from: account, seller, place, the plan that
 * it names, coupons, the prices of products.
 */
#include "subscription_context.h"

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

int
sub_context_read(struct write *w, struct json_object *of, const struct write_child *items,
		 struct sub_context *ret, struct err *err)
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
	if (sub_column(a, f, stmt, 0, &context, err) < 0 ||
	    facts_parse(a, context, &ret->facts, err) < 0 ||
	    sub_column(a, f, stmt, 1, &ret->plan, err) < 0 ||
	    sub_column(a, f, stmt, 2, &ret->coupons, err) < 0 ||
	    sub_column(a, f, stmt, 3, &ret->prices, err) < 0)
		return -1;
	ret->terms = jval_get(ret->plan, "terms");
	return 0;
}

int
sub_context_check(struct write *w, const struct sub_context *x, struct err *err)
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
