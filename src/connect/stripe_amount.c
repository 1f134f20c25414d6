/*
 * stripe_amount.c - amounts as Stripe counts them.
 *
 * Stripe takes integers of a unit of its own choice a currency, mostly but not always ISO 4217's
 * minor unit (docs.stripe.com/currencies): some currencies are counted whole (MGA among them, which
 * has two decimals in ISO 4217), ISK in hundredths that must be 00, and amounts in currencies of
 * three decimals must end in 0. UGX stands there both ways, a factor of 100 apart: it is refused,
 * never guessed.
 */
#include "stripe.h"

struct unit {
	const char *currency;
	int decimals;
	int multiple; /* amounts are multiples of it */
};

/* Where ISO 4217 has another exponent than Stripe has decimals. */
static const struct unit iso[] = { { "ISK", 0, 1 }, { "MGA", 2, 1 } };

static const struct unit units[] = {
	{ "BIF", 0, 1 },   { "CLP", 0, 1 },  { "DJF", 0, 1 },  { "GNF", 0, 1 },  { "JPY", 0, 1 },
	{ "KMF", 0, 1 },   { "KRW", 0, 1 },  { "MGA", 0, 1 },  { "PYG", 0, 1 },  { "RWF", 0, 1 },
	{ "VND", 0, 1 },   { "VUV", 0, 1 },  { "XAF", 0, 1 },  { "XOF", 0, 1 },  { "XPF", 0, 1 },
	{ "BHD", 3, 10 },  { "JOD", 3, 10 }, { "KWD", 3, 10 }, { "OMR", 3, 10 }, { "TND", 3, 10 },
	{ "ISK", 2, 100 },
};

static bool
unit_of(const char *currency, struct unit *ret)
{
	if (strcmp(currency, "UGX") == 0)
		return false;
	*ret = (struct unit){ currency, 2, 1 };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].currency, currency) == 0)
			*ret = units[i];
	return true;
}

static bool
rescale(int64_t amount, int from, int to, int64_t *ret)
{
	for (; from < to; from++)
		if (__builtin_mul_overflow(amount, INT64_C(10), &amount))
			return false;
	for (; from > to; from--) {
		if (amount % 10 != 0)
			return false;
		amount /= 10;
	}
	*ret = amount;
	return true;
}

bool
stripe_amount(int64_t amount, const char *currency, int exponent, int64_t *ret)
{
	struct unit u;

	return unit_of(currency, &u) && rescale(amount, exponent, u.decimals, ret) &&
	       *ret % u.multiple == 0;
}

bool
stripe_amount_back(int64_t there, const char *currency, int exponent, int64_t *ret)
{
	struct unit u;

	return unit_of(currency, &u) && rescale(there, u.decimals, exponent, ret);
}

bool
stripe_minor(struct arena *a, int64_t there, struct str currency, int64_t *ret,
	     const char **ret_currency)
{
	char *text = str_dup(a, currency);
	struct unit u;
	int exponent;

	if (currency.len != 3)
		return false;
	for (size_t i = 0; i < currency.len; i++) {
		if (text[i] < 'a' || text[i] > 'z')
			return false;
		text[i] = (char)(text[i] - 'a' + 'A');
	}
	if (!unit_of(text, &u))
		return false;
	exponent = u.decimals;
	for (size_t i = 0; i < sizeof(iso) / sizeof(iso[0]); i++)
		if (strcmp(iso[i].currency, text) == 0)
			exponent = iso[i].decimals;
	*ret_currency = text;
	return rescale(there, u.decimals, exponent, ret);
}

const char *
stripe_currency(struct arena *a, const char *currency)
{
	char *lower = arena_strdup(a, currency);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

bool
stripe_currency_is(struct str there, const char *currency)
{
	return str_eq_nocase(there, str_from(currency));
}
