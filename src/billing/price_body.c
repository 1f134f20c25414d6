/*
 * price_body.c - see billing/price_body.h.
 */
#include <billfold/billing/price_body.h>

static struct decimal
number_of(struct json_object *o, const char *key)
{
	struct decimal d = { 0 };
	struct err scrap = { 0 };
	struct str s;

	if (jval_str(o, key, &s))
		(void)decimal_parse(s, &d, &scrap);
	return d;
}

enum price_model
price_body_model(struct json_object *o)
{
	struct str word = jval_str_of(o, "model");

	for (int i = 0; word.len && i < PRICE_MODEL_MAX; i++) {
		if (str_eqz(word, price_model_words[i]))
			return (enum price_model)i;
	}
	return PRICE_PER_UNIT;
}

static bool
is_tiered(enum price_model m)
{
	return m == PRICE_GRADUATED || m == PRICE_VOLUME;
}

/* What a model does not look at would be a price that nobody pays. */
static void
refuse_idle(struct arena *a, enum price_model m, struct json_object *price, const char *at,
	    struct err *err)
{
	static const struct {
		const char *member, *words;
	} idle[] = {
		{ "tiers", "Only graduated and volume prices have tiers." },
		{ "package", "Only a price by packages has one." },
		{ "unit_price", "Tiers have prices of their own." },
		{ "base_quantity", "A tier's price is for one unit." },
	};
	const bool is_idle[] = { !is_tiered(m), m != PRICE_PACKAGE, is_tiered(m),
				 is_tiered(m) || m == PRICE_PACKAGE || m == PRICE_FLAT };

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		if (is_idle[i] && jval_get(price, idle[i].member))
			err_field(err, a, arena_printf(a, "%s/%s", at, idle[i].member), "not_used",
				  "%s", idle[i].words);
	}
}

struct price
price_body_read(struct arena *a, struct json_object *o, enum price_model model)
{
	struct json_object *list = jval_get(o, "tiers");
	size_t n = jval_length(list);
	struct price_tier *tiers = arena_alloc(a, (n + 1) * sizeof(*tiers));

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		tiers[i] = (struct price_tier){ .open = !jval_get(e, "up_to"),
						.up_to = number_of(e, "up_to"),
						.unit_price = number_of(e, "unit_price"),
						.flat = number_of(e, "flat") };
	}
	return (struct price){ .model = model,
			       .unit_price = number_of(o, "unit_price"),
			       .base_quantity = number_of(o, "base_quantity"),
			       .package = number_of(o, "package"),
			       .minimum = number_of(o, "minimum"),
			       .tiers = tiers,
			       .n_tiers = n };
}

void
price_body_check_at(struct arena *a, enum price_model model, struct json_object *o, const char *at,
		    struct err *err)
{
	const char *member = is_tiered(model)         ? "tiers"
			     : model == PRICE_PACKAGE ? "package"
						      : "unit_price";
	struct price p = price_body_read(a, o, model);
	struct err why = { 0 };

	if (rate_check(&p, &why) < 0)
		err_field(err, a, arena_printf(a, "%s/%s", at, member), "invalid", "%s",
			  why.detail);
	refuse_idle(a, model, o, at, err);
}

void
price_body_check(struct write *w, enum price_model model, struct json_object *o, const char *at,
		 struct err *err)
{
	price_body_check_at(w->c->arena, model, o,
			    arena_printf(w->c->arena, "%s%s", w->pointer, at), err);
}
