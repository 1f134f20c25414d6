/*
 * stripe_method.c - a payment method as it is kept: brand, last digits, expiry, and the token.
 *
 * Nothing else of it is read. A method that belongs to a customer is charged with that customer's
 * id beside it; one that belongs to nobody serves once and is not kept.
 */
#include "stripe.h"

enum { BRAND_MAX = 40, LAST_MAX = 4, YEAR_MIN = 2000, YEAR_MAX = 2200 };

static const char *
word(struct arena *a, struct str s, size_t max)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
		      (s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '_'))
			return NULL;
	return s.len && s.len <= max ? str_dup(a, s) : NULL;
}

void
stripe_method_read(struct arena *a, struct json_object *method, struct method_seen *ret)
{
	struct str id = jval_str_of(method, "id"), type = jval_str_of(method, "type"), brand;
	const char *customer = stripe_id(a, method, "customer");
	struct json_object *facts;
	int64_t month, year;

	*ret = (struct method_seen){ 0 };
	if (!stripe_is_id(id) || customer == NULL)
		return;
	ret->token = arena_printf(a, STR_FMT "@%s", STR_ARG(id), customer);
	facts = jval_get(method, str_dup(a, type));
	brand = jval_str_of(facts, "brand");
	ret->brand = word(a, brand.len ? brand : type, BRAND_MAX);
	ret->last4 = word(a, jval_str_of(facts, "last4"), LAST_MAX);
	if (jval_int(facts, "exp_month", &month) && jval_int(facts, "exp_year", &year) &&
	    month >= 1 && month <= 12 && year >= YEAR_MIN && year <= YEAR_MAX) {
		ret->exp_month = (int)month;
		ret->exp_year = (int)year;
	}
}

int
stripe_forget(const struct processor_env *env, struct arena *a, struct str token,
	      struct processor_trouble *trouble, struct err *err)
{
	struct stripe_request r = { .method = "POST" };
	struct str method, customer = { 0 };
	struct stripe_answer answer;

	/* Without a customer Stripe has kept nothing. */
	if (!stripe_token_parts(token, &method, &customer) || customer.len == 0)
		return 0;
	r.path = arena_printf(a, "/v1/payment_methods/" STR_FMT "/detach", STR_ARG(method));
	if (stripe_call(env, a, &r, &answer, trouble, err) < 0)
		return -1;
	if (answer.outcome == STRIPE_UNKNOWN)
		return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
	return 0;
}
