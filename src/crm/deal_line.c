/*
 * deal_line.c - lines of a deal, in the shape of an invoice's lines.
 *
 * A new line that names a product takes from it what the request leaves out: name, unit, tax
 * category, and the price of the deal's currency that is valid on the deal's day. What was taken is
 * what was agreed: the line keeps it when the catalogue changes, and the deal keeps the currency.
 */
#include "deal_line.h"

#include <billfold/base/money.h>

static const char *const tax_categories[] = { "standard", "reduced",       "super_reduced",  "zero",
					      "exempt",   "outside_scope", "reverse_charge", NULL };
static const char *const recurring_words[] = { "none",      "week", "month", "quarter",
					       "half_year", "year", NULL };

static const struct field line_fields[] = {
	{ .name = "product_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .u.ref = "product",
	  .doc = "The product sold: gives what the line does not say, and the price in the deal's "
		 "currency on its supply date, else today." },
	{ .name = "description",
	  .type = FT_TEXT,
	  .u.len = { 1, 2000 },
	  .doc = "What is sold, as it will stand on the invoice; the product's name where not "
		 "given." },
	{ .name = "quantity",
	  .type = FT_DECIMAL,
	  .flags = FF_POSITIVE,
	  .doc = "How many; 1 where not given." },
	{ .name = "unit_price",
	  .type = FT_DECIMAL,
	  .u.num = { 0, MONEY_MAX },
	  .doc = "Price in major units of the deal's currency, for base_quantity units; the "
		 "product's where not given." },
	{ .name = "base_quantity",
	  .type = FT_DECIMAL,
	  .flags = FF_POSITIVE,
	  .doc = "How many units the price is for; 60 for minutes at a price by the hour." },
	{ .name = "unit",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 40 },
	  .doc = "Unit of the quantity; the product's where not given." },
	{ .name = "discount_percent",
	  .type = FT_DECIMAL,
	  .flags = FF_NULLABLE,
	  .u.num = { 0, 100 },
	  .doc = "Discount on the line, in percent." },
	{ .name = "tax_category",
	  .type = FT_ENUM,
	  .flags = FF_NULLABLE,
	  .u.words = tax_categories,
	  .doc = "Tax category; the product's where not given." },
	{ .name = "recurring",
	  .type = FT_ENUM,
	  .u.words = recurring_words,
	  .doc = "Interval of a recurring charge; `none` is billed once." },
	{ 0 }
};

const struct resource deal_line_resource = {
	.name = "deal_line",
	.table = "crm.deal_line",
	.read = P_DEAL_READ,
	.write = P_DEAL_WRITE,
	.fields = line_fields,
	.doc = "A line of a deal.",
};

/* What the catalogue says of a line's product. */
struct offer {
	bool known, archived;
	const char *name, *unit, *tax_category, *currency;
	const char *unit_price, *base_quantity; /* NULL: no price in that currency on that day */
};

struct line {
	struct write_element *element;
	const struct child *child;
	const char *product_id, *recurring;
	struct offer offer;
};
typedef VEC(struct line) line_vec;

static void
refuse(struct write *w, const struct line *l, const char *member, const char *code,
       const char *words, struct err *err)
{
	err_field(err, w->c->arena, arena_printf(w->c->arena, "%s/%s", l->element->pointer, member),
		  code, "%s", words);
}

static bool
says(const struct line *l, const char *member)
{
	const char *value;

	return write_element_value(l->element, member, &value) && value;
}

static void
take(struct write *w, struct line *l, const char *member, const char *value)
{
	if (value && !says(l, member))
		write_element_set(w, l->child, l->element, member, value);
}

static void
gather(struct write *w, line_vec *ret)
{
	for (size_t i = 0; i < w->children.n; i++) {
		struct write_child *wc = &w->children.v[i];

		for (size_t k = 0; wc->child->resource == &deal_line_resource && k < wc->elements.n;
		     k++) {
			struct line l = { .element = &wc->elements.v[k],
					  .child = wc->child,
					  .recurring = "none" };

			if (!l.element->is_new)
				continue;
			write_element_value(l.element, "product_id", &l.product_id);
			write_element_value(l.element, "recurring", &l.recurring);
			*vec_push(w->c->arena, ret) = l;
		}
	}
}

/* Members of the deal by which a price is chosen, as far as the request names them. */
static const char *
choosing(struct write *w)
{
	static const char *const members[] = { "account_id", "currency", "supply_date" };
	const char *value;
	struct jw jw;

	jw_init(&jw, w->c->arena, 1000);
	jw_object(&jw);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!write_value(w, members[i], &value))
			continue;
		jw_key(&jw, members[i]);
		if (value)
			jw_strz(&jw, value);
		else
			jw_null(&jw);
	}
	jw_end_object(&jw);
	return sb_z(&jw.sb);
}

static int
look_up(struct call *c, struct write *w, line_vec *lines, struct err *err)
{
	struct pg_array *products = pg_array_new(c->arena), *intervals = pg_array_new(c->arena);
	struct flush *f = call_begin_aside(c);
	int stmt;

	for (size_t i = 0; i < lines->n; i++) {
		pg_array_add(products, lines->v[i].product_id);
		pg_array_add(intervals, lines->v[i].recurring);
	}
	stmt = flush_addv(f,
			  "SELECT n, name, unit, tax_category, archived, currency, unit_price, "
			  "base_quantity, version FROM crm.deal_offers($1, $2, $3, $4)",
			  w->create ? NULL : w->id, choosing(w), pg_array_text(products),
			  pg_array_text(intervals), FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(f, stmt); i++)
		lines->v[flush_int(f, stmt, i, 0) - 1].offer =
		    (struct offer){ .known = true,
				    .name = flush_value(f, stmt, i, 1),
				    .unit = flush_value(f, stmt, i, 2),
				    .tax_category = flush_value(f, stmt, i, 3),
				    .archived = flush_bool(f, stmt, i, 4),
				    .currency = flush_value(f, stmt, i, 5),
				    .unit_price = flush_value(f, stmt, i, 6),
				    .base_quantity = flush_value(f, stmt, i, 7) };
	/* Another currency or account in between, and the price would be another one. */
	if (!w->create && flush_rows(f, stmt))
		write_expect(w, flush_value(f, stmt, 0, 8));
	return 0;
}

static void
refuse_unpriced(struct write *w, const struct line *l, struct err *err)
{
	struct arena *a = w->c->arena;
	const char *every =
	    strcmp(l->recurring, "none") == 0 ? "" : arena_printf(a, " for each %s", l->recurring);
	const char *currency =
	    l->offer.currency ? l->offer.currency : "a currency, as the deal has none";

	refuse(w, l, "unit_price", "required",
	       arena_printf(a, "The product has no price%s in %s on this day.", every, currency),
	       err);
}

static void
complete(struct write *w, struct line *l, struct err *err)
{
	const struct offer *o = &l->offer;

	if (!l->product_id) {
		if (!says(l, "description"))
			refuse(w, l, "description", "required", "Is required without a product.",
			       err);
		if (!says(l, "unit_price"))
			refuse(w, l, "unit_price", "required", "Is required without a product.",
			       err);
		return;
	}
	if (!o->known) {
		refuse(w, l, "product_id", "not_found", "No such product.", err);
		return;
	}
	if (o->archived)
		refuse(w, l, "product_id", "archived", "The product is archived.", err);
	take(w, l, "description", o->name);
	take(w, l, "unit", o->unit);
	take(w, l, "tax_category", o->tax_category);
	if (says(l, "unit_price"))
		return;
	if (!o->unit_price) {
		refuse_unpriced(w, l, err);
		return;
	}
	take(w, l, "unit_price", o->unit_price);
	take(w, l, "base_quantity", o->base_quantity);
	write_set(w, "currency", o->currency);
}

int
deal_lines_complete(struct call *c, struct write *w, struct err *err)
{
	line_vec lines = { 0 };
	bool named = false;

	gather(w, &lines);
	for (size_t i = 0; i < lines.n; i++)
		named |= lines.v[i].product_id != NULL;
	if (named && look_up(c, w, &lines, err) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++)
		complete(w, &lines.v[i], err);
	return err->code == ERR_none ? 0 : -1;
}
