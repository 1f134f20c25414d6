/*
 * tax_choose.c - which category and rate a line bears.
 *
 * By who buys (exempt, reverse charge), where it is supplied to (region before country, then the
 * seller's own place), what it is (the product's category) and when (the tax point). Rates are
 * rows handed in; none is known here.
 */
#include <billfold/billing/core.h>

#include <string.h>

static bool
same(const char *x, const char *y)
{
	return x && y && strcmp(x, y) == 0;
}

/* Categories that are untaxed by their nature. */
static bool
untaxed(const char *category)
{
	return same(category, "zero") || same(category, "exempt") ||
	       same(category, "reverse_charge") || same(category, "outside_scope");
}

/* The row of this place that is valid on the day; of several the one that came into force last. */
static const struct tax_rate *
rate_at(const struct tax_case *c, const char *country, const char *region, const char *category)
{
	const struct tax_rate *best = NULL;

	for (size_t i = 0; i < c->n_rates; i++) {
		const struct tax_rate *r = &c->rates[i];

		if (!same(r->country, country) || !same(r->category, category))
			continue;
		if (region ? !same(r->region, region) : r->region != NULL)
			continue;
		if (c->date < r->valid_from || c->date > r->valid_to)
			continue;
		if (!best || r->valid_from > best->valid_from)
			best = r;
	}
	return best;
}

static const struct tax_rate *
rate_of_place(const struct tax_case *c, const char *country, const char *region,
	      const char *category)
{
	const struct tax_rate *r = NULL;

	if (!country)
		return NULL;
	if (region)
		r = rate_at(c, country, region, category);
	return r ? r : rate_at(c, country, NULL, category);
}

void
tax_choose(const struct tax_case *c, const char *category, struct tax_choice *ret)
{
	const struct tax_rate *r;

	*ret = (struct tax_choice){ .category = category ? category : "standard" };
	if (c->buyer == BUYER_REVERSE_CHARGE && !untaxed(ret->category)) {
		ret->category = "reverse_charge";
		return;
	}
	if (c->buyer == BUYER_EXEMPT) {
		if (c->date <= c->exemption_valid_to) {
			ret->category = "exempt";
			return;
		}
		ret->expired = true;
	}
	r = rate_of_place(c, c->buyer_country, c->buyer_region, ret->category);
	if (!r && !same(c->buyer_country, c->seller_country))
		r = rate_of_place(c, c->seller_country, c->seller_region, ret->category);
	if (r) {
		ret->rate = r->rate;
		ret->name = r->name;
	} else if (!untaxed(ret->category)) {
		ret->category = "outside_scope";
	}
}
