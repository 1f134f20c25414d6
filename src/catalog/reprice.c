/*
 * reprice.c - a price by a rule: so much percent or so much more, to a multiple. Pure but for the
 * reading of bodies.
 */
#include "reprice.h"

#include <billfold/base/money.h>

/* What the products below leave room for. */
enum { PERCENT_PLACES = 6, STEP_PLACES = 6 };

static int
decimal_of(struct call *c, const char *key, int places, struct decimal *ret, bool *ret_is,
	   struct err *err)
{
	struct str s;

	*ret_is = jval_str(c->body, key, &s);
	if (!*ret_is)
		return 0;
	if (decimal_parse(s, ret, err) < 0)
		return -1;
	return ret->scale > places ? err_field(err, c->arena, arena_printf(c->arena, "/%s", key),
					       "out_of_range", "Has more than %d places.", places)
				   : 0;
}

int
reprice_read(struct call *c, struct reprice *ret, struct err *err)
{
	bool by_amount;

	*ret = (struct reprice){ .valid_from = call_body_text(c, "valid_from"),
				 .currency = call_body_text(c, "currency") };
	(void)date_parse(str_from(ret->valid_from), &ret->day);
	decimal_of(c, "percent", PERCENT_PLACES, &ret->percent, &ret->by_percent, err);
	decimal_of(c, "amount", DECIMAL_SCALE_MAX, &ret->amount, &by_amount, err);
	decimal_of(c, "round_to", STEP_PLACES, &ret->step, &ret->has_step, err);
	if (ret->by_percent == by_amount)
		err_field(err, c->arena, "/percent", by_amount ? "conflict" : "required",
			  "Either percent or amount.");
	return err->code == ERR_none ? 0 : -1;
}

int
reprice_check_day(struct call *c, const struct reprice *r, struct str today, struct err *err)
{
	civil_day day;

	if (date_parse(today, &day) && r->day >= day)
		return 0;
	return err_field(err, c->arena, "/valid_from", "out_of_range", "Must not be past.");
}

static int
too_large(struct err *err)
{
	return err_set(err, ERR_out_of_range, "The price would be more than can be charged.");
}

/* num / 10^scale, to the nearest multiple of the step. */
static int
round_to(__int128 num, int scale, struct decimal step, struct decimal *ret, struct err *err)
{
	__int128 den;
	int64_t n;

	if (num < 0)
		return err_set(err, ERR_out_of_range, "The price would be less than nothing.");
	if (__builtin_mul_overflow(num, pow10_i128(step.scale), &num) ||
	    __builtin_mul_overflow(pow10_i128(scale), (__int128)step.coef, &den) ||
	    !div_round(num, den, &n) || __builtin_mul_overflow(n, step.coef, &ret->coef))
		return too_large(err);
	ret->scale = step.scale;
	return decimal_cmp(*ret, decimal_int(MONEY_MAX)) > 0 ? too_large(err) : 0;
}

int
reprice_apply(const struct reprice *r, struct decimal price, int places, struct decimal *ret,
	      struct err *err)
{
	struct decimal step = r->step, sum;
	__int128 factor;

	if (!r->has_step)
		step = (struct decimal){ 1, price.scale > places ? price.scale : places };
	if (!r->by_percent)
		return decimal_add(price, r->amount, &sum, err) < 0
			   ? -1
			   : round_to(sum.coef, sum.scale, step, ret, err);
	factor = 100 * pow10_i128(r->percent.scale) + r->percent.coef;
	return round_to(factor * price.coef, price.scale + r->percent.scale + 2, step, ret, err);
}

int
reprice_member(const struct reprice *r, struct arena *a, struct json_object *o, const char *key,
	       int places, struct err *err)
{
	struct decimal price;
	struct str s;

	if (!jval_str(o, key, &s))
		return 0;
	if (decimal_parse(s, &price, err) < 0 || reprice_apply(r, price, places, &price, err) < 0)
		return -1;
	json_object_object_add(o, key, json_object_new_string(decimal_text(a, price)));
	return 0;
}
