/*
 * rating_fuzz.c - a quantity under any price: pieces that hold all of it, each what its factors
 * come to, no less than the minimum; and credits of a line, however many: never more than it
 * charged.
 */
#include "fuzz.h"

#include <billfold/billing/credit.h>
#include <billfold/billing/rating.h>

enum { TIERS_MAX = 5 };

static struct decimal
decimal(struct input *in)
{
	struct decimal d = { (int64_t)input_bits(in, 8), (int)(input_bits(in, 1) % 13) };

	if (input_bits(in, 1) % 8)
		d = (struct decimal){ d.coef % 1000000, d.scale % 5 };
	return d.coef == INT64_MIN ? decimal_int(1) : d;
}

static void
rating(struct input *in, struct arena *a)
{
	struct price_tier tiers[TIERS_MAX] = { 0 };
	struct price p = { .tiers = tiers };
	struct rate_input what;
	struct rate_piece *pieces;
	struct decimal units = decimal_int(0);
	struct err err = { 0 };
	int exponent = (int)(input_bits(in, 1) % 5);
	int64_t sum = 0, least;
	size_t n;

	p.model = (enum price_model)(input_bits(in, 1) % PRICE_MODEL_MAX);
	p.unit_price = decimal(in);
	p.base_quantity = decimal(in);
	p.package = decimal(in);
	p.percent = decimal(in);
	p.fixed = decimal(in);
	if (input_bits(in, 1) % 2)
		p.minimum = decimal(in);
	p.n_tiers = input_bits(in, 1) % (TIERS_MAX + 1);
	for (size_t i = 0; i < p.n_tiers; i++) {
		tiers[i].open = i + 1 == p.n_tiers;
		tiers[i].up_to = decimal(in);
		tiers[i].unit_price = decimal(in);
		tiers[i].flat = decimal(in);
	}
	what.quantity = decimal(in);
	what.amount = decimal(in);
	what.transactions = decimal(in);
	if (rate_pieces(&p, &what, exponent, a, &pieces, &n, &err) < 0) {
		MUST(err.code == ERR_out_of_range || err.code == ERR_validation_failed);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t amount;

		MUST(money_line(pieces[i].quantity, pieces[i].unit_price, pieces[i].base_quantity,
				exponent, &amount, NULL) == 0);
		MUST(amount == pieces[i].amount && amount >= 0);
		sum += amount;
		if (pieces[i].kind == RATE_UNITS)
			MUST(decimal_add(units, pieces[i].quantity, &units, NULL) == 0);
	}
	if (p.model == PRICE_PER_UNIT || p.model == PRICE_GRADUATED || p.model == PRICE_VOLUME)
		MUST(decimal_cmp(units, what.quantity) == 0);
	if (!decimal_is_zero(p.minimum)) {
		MUST(money_line(decimal_int(1), p.minimum, decimal_int(1), exponent, &least,
				NULL) == 0);
		MUST(sum >= least);
	}
}

static int
one_credit(struct input *in, const struct credit_line *l, struct credit *ret, struct err *err)
{
	switch (input_bits(in, 1) % 3) {
	case 0:
		return credit_net(l, (int64_t)input_bits(in, 4), ret, err);
	case 1:
		return credit_gross(l, (int64_t)input_bits(in, 4), ret, err);
	default:
		return credit_quantity(l, decimal_int((int64_t)input_bits(in, 1)), ret, err);
	}
}

static void
credits(struct input *in)
{
	struct credit_line l = { .quantity = decimal_int(1 + (int64_t)input_bits(in, 1)),
				 .credited_quantity = decimal_int(0) };
	uint64_t sign = input_bits(in, 1) % 4;

	l.net = (int64_t)(input_bits(in, 8) % (sign == 1 ? MONEY_MAX : 100000));
	l.tax = l.net / (1 + (int64_t)input_bits(in, 1));
	if (sign == 0) {
		l.net = -l.net;
		l.tax = -l.tax;
	}
	for (int k = 0; k < 8; k++) {
		struct err err = { 0 };
		struct credit c;

		if (one_credit(in, &l, &c, &err) < 0) {
			MUST(err.code == ERR_over_credit || err.code == ERR_out_of_range);
			continue;
		}
		l.credited_net += c.net;
		l.credited_tax += c.tax;
		MUST(l.net >= 0 ? c.net >= 0 && c.tax >= 0 : c.net <= 0 && c.tax <= 0);
		MUST(l.net >= 0 ? l.credited_net <= l.net : l.credited_net >= l.net);
		MUST(l.tax >= 0 ? l.credited_tax <= l.tax : l.credited_tax >= l.tax);
		if (l.credited_net == l.net && l.net != 0)
			MUST(l.credited_tax == l.tax);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct arena *a = arena_new(0);

	if (input_bits(&in, 1) % 2)
		rating(&in, a);
	else
		credits(&in);
	arena_free(a);
	return 0;
}
