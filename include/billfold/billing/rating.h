/*
 * billing/rating.h - what a quantity costs under a price, as the lines that say so.
 *
 * A price never becomes one opaque amount: each piece is a quantity at a unit price, as an invoice
 * shows it and a reader checks it. 600 units of a graduated price are 100 at 1.00, 400 at 0.80 and
 * 100 at 0.50. A piece is priced like any line: round(quantity x unit_price / base_quantity) to the
 * currency, half away from zero. Pure; unit prices are decimals in major units.
 */
#ifndef BILLFOLD_BILLING_RATING_H
#define BILLFOLD_BILLING_RATING_H

#include <billfold/billing/core.h>

enum price_model {
	PRICE_FLAT,       /* unit_price once, whatever the quantity; nothing for none */
	PRICE_PER_UNIT,   /* each unit */
	PRICE_GRADUATED,  /* each unit at the price of the tier that it lies in */
	PRICE_VOLUME,     /* all units at the price of the tier that the last one lies in */
	PRICE_PACKAGE,    /* begun packages */
	PRICE_PERCENTAGE, /* a share of an amount, and so much for each transaction */
	PRICE_MODEL_MAX
};

extern const char *const price_model_words[PRICE_MODEL_MAX + 1];

/* Tiers ascend; the last one is open. A tier holds the units above the one before it, up to its own
 * end. */
struct price_tier {
	struct decimal up_to;
	bool open; /* has no end; up_to is not looked at */
	struct decimal unit_price;
	struct decimal flat; /* on top, once, where a unit lies in the tier */
};

struct price {
	enum price_model model;
	struct decimal unit_price;    /* flat, per unit; of one package */
	struct decimal base_quantity; /* what a unit price is for; 0 coef: one unit */
	struct decimal package;       /* units in one package, above zero */
	struct decimal percent;       /* of an amount */
	struct decimal fixed;         /* for each transaction */
	const struct price_tier *tiers;
	size_t n_tiers;
	struct decimal minimum; /* what is charged at least, in major units; 0: no minimum */
};

struct rate_input {
	struct decimal quantity;     /* units, not negative */
	struct decimal amount;       /* of a percentage: of what, in major units, not negative */
	struct decimal transactions; /* of a percentage: how many, a whole number */
};

enum rate_piece_kind {
	RATE_UNITS,  /* a quantity at a unit price */
	RATE_FLAT,   /* a fixed price, or a tier's flat part */
	RATE_SHARE,  /* a percentage: quantity is the amount, unit_price the percentage / 100 */
	RATE_MINIMUM /* what lacks to the minimum */
};

struct rate_piece {
	enum rate_piece_kind kind;
	size_t tier; /* of tiered prices: which */
	struct decimal quantity, unit_price, base_quantity;
	int64_t amount; /* minor units */
};

/* rate.c: ERR_validation_failed with the reason where a price is not sound (tiers, packages,
 * signs). */
int rate_check(const struct price *p, struct err *err);
/*
 * The pieces, in the order of the tiers; none for nothing. ERR_out_of_range for a quantity below
 * zero or an amount beyond what can be billed, ERR_validation_failed as rate_check().
 */
int rate_pieces(const struct price *p, const struct rate_input *in, int exponent, struct arena *a,
		struct rate_piece **ret, size_t *ret_n, struct err *err);

#endif
