/*
 * rate.c - price models: a quantity becomes pieces of quantity and unit price.
 *
 * Tiers are read upwards once. What is compared are exact decimals; an amount is formed in one
 * place, money_line(), which rounds it to the currency. A minimum is one more piece: what lacks.
 */
#include <billfold/billing/rating.h>

#include <billfold/base/vec.h>

const char *const price_model_words[PRICE_MODEL_MAX + 1] = {
	[PRICE_FLAT] = "flat",     [PRICE_PER_UNIT] = "per_unit", [PRICE_GRADUATED] = "graduated",
	[PRICE_VOLUME] = "volume", [PRICE_PACKAGE] = "package",   [PRICE_PERCENTAGE] = "percentage",
};

typedef VEC(struct rate_piece) piece_vec;

struct rating {
	const struct price *price;
	int exponent;
	struct arena *a;
	piece_vec pieces;
	struct err *err;
};

/* ---- is a price sound ---- */

static int
unsound(struct err *err, const char *why)
{
	return err_set(err, ERR_validation_failed, "%s", why);
}

static int
check_tiers(const struct price *p, struct err *err)
{
	if (p->n_tiers == 0)
		return unsound(err, "A tiered price needs tiers.");
	for (size_t i = 0; i < p->n_tiers; i++) {
		const struct price_tier *t = &p->tiers[i];
		bool last = i + 1 == p->n_tiers;

		if (t->open != last)
			return unsound(err, "The last tier is open, and no other.");
		if (t->unit_price.coef < 0 || t->flat.coef < 0)
			return unsound(err, "A tier's price is not below zero.");
		if (!last && decimal_cmp(t->up_to, i ? p->tiers[i - 1].up_to : decimal_int(0)) <= 0)
			return unsound(err, "Each tier ends above the one before it.");
	}
	return 0;
}

int
rate_check(const struct price *p, struct err *err)
{
	if (p->unit_price.coef < 0 || p->fixed.coef < 0 || p->minimum.coef < 0 ||
	    p->base_quantity.coef < 0)
		return unsound(err, "A price is not below zero.");
	switch (p->model) {
	case PRICE_FLAT:
	case PRICE_PER_UNIT:
		return 0;
	case PRICE_GRADUATED:
	case PRICE_VOLUME:
		return check_tiers(p, err);
	case PRICE_PACKAGE:
		return p->package.coef > 0 ? 0 : unsound(err, "A package holds more than nothing.");
	case PRICE_PERCENTAGE:
		if (p->percent.coef < 0 || p->percent.scale > DECIMAL_SCALE_MAX - 2)
			return unsound(
			    err, "A percentage is not below zero and has ten places at most.");
		return 0;
	case PRICE_MODEL_MAX:
		break;
	}
	return unsound(err, "There is no such price model.");
}

/* ---- pieces ---- */

static struct decimal
one(void)
{
	return decimal_int(1);
}

static int
add(struct rating *r, enum rate_piece_kind kind, size_t tier, struct decimal quantity,
    struct decimal price)
{
	const struct price *p = r->price;
	bool by_base = kind == RATE_UNITS && p->model != PRICE_PACKAGE && p->base_quantity.coef > 0;
	struct rate_piece piece = { .kind = kind,
				    .tier = tier,
				    .quantity = quantity,
				    .unit_price = price,
				    .base_quantity = by_base ? p->base_quantity : one() };

	if (decimal_is_zero(quantity))
		return 0;
	if (money_line(quantity, price, piece.base_quantity, r->exponent, &piece.amount, r->err) <
	    0)
		return -1;
	*vec_push(r->a, &r->pieces) = piece;
	return 0;
}

static int
add_tier(struct rating *r, size_t tier, struct decimal quantity)
{
	const struct price_tier *t = &r->price->tiers[tier];

	if (decimal_is_zero(quantity))
		return 0;
	if (add(r, RATE_UNITS, tier, quantity, t->unit_price) < 0)
		return -1;
	return decimal_is_zero(t->flat) ? 0 : add(r, RATE_FLAT, tier, one(), t->flat);
}

static int
graduated(struct rating *r, struct decimal quantity)
{
	struct decimal from = decimal_int(0), in_tier;

	for (size_t i = 0; i < r->price->n_tiers && decimal_cmp(quantity, from) > 0; i++) {
		const struct price_tier *t = &r->price->tiers[i];
		struct decimal to =
		    t->open || decimal_cmp(quantity, t->up_to) < 0 ? quantity : t->up_to;

		if (decimal_add(to, decimal_neg(from), &in_tier, r->err) < 0 ||
		    add_tier(r, i, in_tier) < 0)
			return -1;
		from = to;
	}
	return 0;
}

static int
volume(struct rating *r, struct decimal quantity)
{
	size_t i = 0;

	while (!r->price->tiers[i].open && decimal_cmp(quantity, r->price->tiers[i].up_to) > 0)
		i++;
	return add_tier(r, i, quantity);
}

/* Packages that have been begun: the quotient, rounded up. */
static int
packages(struct rating *r, struct decimal quantity)
{
	struct decimal size = r->price->package;
	__int128 num = (__int128)quantity.coef * pow10_i128(size.scale);
	__int128 den = (__int128)size.coef * pow10_i128(quantity.scale);
	__int128 whole = num / den + (num % den != 0);

	if (whole > MONEY_MAX)
		return err_set(r->err, ERR_out_of_range,
			       "The quantity is beyond what can be billed.");
	return add(r, RATE_UNITS, 0, decimal_int((int64_t)whole), r->price->unit_price);
}

static int
percentage(struct rating *r, const struct rate_input *in)
{
	struct decimal share = { r->price->percent.coef, r->price->percent.scale + 2 };

	if (!decimal_is_zero(share) && add(r, RATE_SHARE, 0, in->amount, share) < 0)
		return -1;
	if (decimal_is_zero(r->price->fixed))
		return 0;
	return add(r, RATE_FLAT, 0, in->transactions, r->price->fixed);
}

static int
by_model(struct rating *r, const struct rate_input *in)
{
	switch (r->price->model) {
	case PRICE_FLAT:
		if (decimal_is_zero(in->quantity))
			return 0;
		return add(r, RATE_FLAT, 0, one(), r->price->unit_price);
	case PRICE_PER_UNIT:
		return add(r, RATE_UNITS, 0, in->quantity, r->price->unit_price);
	case PRICE_GRADUATED:
		return graduated(r, in->quantity);
	case PRICE_VOLUME:
		return decimal_is_zero(in->quantity) ? 0 : volume(r, in->quantity);
	case PRICE_PACKAGE:
		return packages(r, in->quantity);
	case PRICE_PERCENTAGE:
		return percentage(r, in);
	case PRICE_MODEL_MAX:
		break;
	}
	return 0;
}

static int
minimum(struct rating *r)
{
	int64_t sum = 0, least;

	if (decimal_is_zero(r->price->minimum))
		return 0;
	for (size_t i = 0; i < r->pieces.n; i++) {
		if (money_add(sum, r->pieces.v[i].amount, &sum, r->err) < 0)
			return -1;
	}
	if (money_line(one(), r->price->minimum, one(), r->exponent, &least, r->err) < 0)
		return -1;
	if (sum >= least)
		return 0;
	return add(r, RATE_MINIMUM, 0, one(), (struct decimal){ least - sum, r->exponent });
}

int
rate_pieces(const struct price *p, const struct rate_input *in, int exponent, struct arena *a,
	    struct rate_piece **ret, size_t *ret_n, struct err *err)
{
	struct rating r = { .price = p, .exponent = exponent, .a = a, .err = err };

	if (rate_check(p, err) < 0)
		return -1;
	if (in->quantity.coef < 0 || in->amount.coef < 0 || in->transactions.coef < 0)
		return err_set(err, ERR_out_of_range, "What is rated is not below zero.");
	if (by_model(&r, in) < 0 || minimum(&r) < 0)
		return -1;
	*ret = r.pieces.v;
	*ret_n = r.pieces.n;
	return 0;
}
