/*
 * facts.c - the JSON of billing.draft_context as values.
 *
 * The document comes from our own SQL: a member that is not as it should be is ERR_internal, not
 * the caller's fault.
 */
#include "facts.h"

const char *
member_text(struct arena *a, struct json_object *o, const char *key)
{
	struct str s;

	return jval_str(o, key, &s) ? str_dup(a, s) : NULL;
}

void
member_int(struct json_object *o, const char *key, int64_t *ret)
{
	int64_t v;

	if (jval_int(o, key, &v))
		*ret = v;
}

void
member_bool(struct json_object *o, const char *key, bool *ret)
{
	bool v;

	if (jval_bool(o, key, &v))
		*ret = v;
}

int
member_decimal(struct json_object *o, const char *key, struct decimal *ret, struct err *err)
{
	struct str s;

	return jval_str(o, key, &s) ? decimal_parse(s, ret, err) : 0;
}

static bool
member_day(struct json_object *o, const char *key, civil_day *ret)
{
	struct str s;

	return jval_str(o, key, &s) && date_parse(s, ret);
}

civil_day
member_day_or(struct json_object *o, const char *key, civil_day otherwise)
{
	(void)member_day(o, key, &otherwise);
	return otherwise;
}

static int
parse_rates(struct arena *a, struct json_object *list, struct tax_case *ret, struct err *err)
{
	size_t n = list ? json_object_array_length(list) : 0;
	struct tax_rate *rates = arena_array(a, n ? n : 1, sizeof(*rates));

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		int64_t from = 0, to = TAX_FOREVER;

		member_int(o, "from", &from);
		member_int(o, "to", &to);
		rates[i] = (struct tax_rate){
			.country = member_text(a, o, "country"),
			.region = member_text(a, o, "region"),
			.category = member_text(a, o, "category"),
			.name = member_text(a, o, "name"),
			.valid_from = (civil_day)from,
			.valid_to = (civil_day)to,
		};
		if (member_decimal(o, "rate", &rates[i].rate, err) < 0)
			return -1;
	}
	ret->rates = rates;
	ret->n_rates = n;
	return 0;
}

static int
parse_products(struct arena *a, struct json_object *list, struct facts *f, struct err *err)
{
	f->n_products = list ? json_object_array_length(list) : 0;
	f->products = arena_array(a, f->n_products ? f->n_products : 1, sizeof(*f->products));
	for (size_t i = 0; i < f->n_products; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct product_fact *p = &f->products[i];

		*p = (struct product_fact){
			.id = member_text(a, o, "id"),
			.name = member_text(a, o, "name"),
			.unit = member_text(a, o, "unit"),
			.tax_category = member_text(a, o, "tax_category"),
			.has_price = jval_get(o, "unit_price") != NULL,
			.base_quantity = decimal_int(1),
		};
		member_bool(o, "archived", &p->archived);
		if (member_decimal(o, "unit_price", &p->unit_price, err) < 0 ||
		    member_decimal(o, "base_quantity", &p->base_quantity, err) < 0)
			return -1;
	}
	return 0;
}

static void
parse_buyer(struct json_object *o, struct tax_case *ret)
{
	struct str word;

	ret->exemption_valid_to = TAX_FOREVER;
	member_day(o, "exemption_valid_to", &ret->exemption_valid_to);
	if (!jval_str(o, "buyer_tax", &word))
		return;
	if (str_eqz(word, "exempt"))
		ret->buyer = BUYER_EXEMPT;
	else if (str_eqz(word, "reverse_charge"))
		ret->buyer = BUYER_REVERSE_CHARGE;
}

int
facts_choices(struct json_object *settings, struct facts *f, struct err *err)
{
	struct json_object *o = jval_get(settings, "billing");
	struct str word;

	if (!o)
		return 0;
	if (jval_str(o, "tax_mode", &word) && str_eqz(word, "per_line"))
		f->tax_mode = TAX_PER_LINE;
	member_bool(o, "tax_inclusive", &f->tax_inclusive);
	member_bool(o, "review_required", &f->review_required);
	member_bool(o, "apply_credit", &f->apply_credit);
	if (f->currency)
		member_int(jval_get(o, "cash_rounding"), f->currency, &f->cash_rounding);
	f->discount_limited = jval_get(o, "discount_limit") != NULL;
	return member_decimal(o, "discount_limit", &f->discount_limit, err);
}

int
facts_parse(struct arena *a, struct json_object *o, struct facts *ret, struct err *err)
{
	struct facts f = { .exponent = -1, .apply_credit = true };
	int64_t exponent = -1, base_exponent = 2;
	struct str word;

	f.account_id = member_text(a, o, "account_id");
	f.account_digest = member_text(a, o, "account_digest");
	f.entity_id = member_text(a, o, "entity_id");
	f.currency = member_text(a, o, "currency");
	f.base_currency = member_text(a, o, "base_currency");
	f.po_number = member_text(a, o, "po_number");
	member_int(o, "exponent", &exponent);
	member_int(o, "base_exponent", &base_exponent);
	f.exponent = (int)exponent;
	f.base_exponent = (int)base_exponent;
	member_bool(o, "account_archived", &f.closed);
	f.closed |= jval_str(o, "account_state", &word) && str_eqz(word, "closed");
	f.place_of_account = jval_str(o, "place_of", &word) && str_eqz(word, "account");
	member_bool(o, "po_required", &f.po_required);
	member_bool(o, "has_contact", &f.has_contact);
	member_bool(o, "contact_known", &f.contact_known);
	member_bool(o, "has_location", &f.has_location);
	member_int(o, "terms", &f.terms);
	if (!f.account_id || !member_day(o, "today", &f.today))
		return err_set(err, ERR_internal, "Internal error.");
	f.tax.buyer_country = member_text(a, o, "buyer_country");
	f.tax.buyer_region = member_text(a, o, "buyer_region");
	f.tax.seller_country = member_text(a, o, "seller_country");
	f.tax.seller_region = member_text(a, o, "seller_region");
	parse_buyer(o, &f.tax);
	if (facts_choices(jval_get(o, "settings"), &f, err) < 0 ||
	    parse_rates(a, jval_get(o, "rates"), &f.tax, err) < 0 ||
	    parse_products(a, jval_get(o, "products"), &f, err) < 0)
		return -1;
	*ret = f;
	return 0;
}

static int
by_id(const void *id, const void *product)
{
	return strcmp(id, ((const struct product_fact *)product)->id);
}

/* SQL hands them in the order of their ids. */
const struct product_fact *
facts_product(const struct facts *f, const char *id)
{
	if (f->n_products == 0)
		return NULL;
	return bsearch(id, f->products, f->n_products, sizeof(*f->products), by_id);
}
