/*
 * change_amount.c - units on days as amounts: what lines give back of what they charged, and what
 * is charged as any line is.
 *
 * Days in a row with the same units are one line. A line gives back its own charge's share, rounded
 * once over all that it gives back, so that parts sum to the whole (K8), and never more than that.
 */
#include "change_diff.h"

/* The nearest to part that lies between nothing and the whole. */
static int64_t
clamp(int64_t part, int64_t whole)
{
	int64_t low = whole < 0 ? whole : 0, high = whole < 0 ? 0 : whole;

	return part < low ? low : part > high ? high : part;
}

/* Of a line, what all that it gives back before a day comes to: by its own charge. */
static int
target(struct change_diff *d, const struct change_group *g, size_t lot, size_t cuts, int64_t *ret)
{
	const struct change_lot *l = &d->lots.v[g->lots[lot].at];
	struct decimal unit_days = decimal_int(0), part;

	for (size_t c = 0; c < cuts; c++) {
		if (decimal_times(g->taken[c * g->n_lots + lot], g->cuts.v[c + 1] - g->cuts.v[c],
				  &part, d->err) < 0 ||
		    decimal_add(unit_days, part, &unit_days, d->err) < 0)
			return -1;
	}
	return money_line(unit_days, decimal_int(d->past->billed[l->line].net), l->whole, 0, ret,
			  d->err);
}

/* Of what changes of the day or later ones have given back of a line, the part for the days before
 * `end`. */
static int
given_until(struct change_diff *d, const struct change_lot *l, civil_day end, int64_t *ret)
{
	int64_t part;

	*ret = 0;
	for (size_t k = l->first_given; k != CHANGE_NONE; k = d->next_given[k]) {
		const struct sub_given *g = &d->past->given[k];

		if (g->days.start < d->day || decimal_is_zero(g->units))
			continue;
		if (prorate(g->net, (struct period){ g->days.start, end }, g->days, &part, d->err) <
			0 ||
		    money_add(*ret, part, ret, d->err) < 0)
			return -1;
	}
	return 0;
}

/* The tax of a net that is given back or, negative, taken back again. */
static int
given_tax(struct change_diff *d, const struct change_lot *l, int64_t net, int64_t *ret)
{
	const struct sub_billed *b = &d->past->billed[l->line];

	if (net == b->net - l->net)
		*ret = b->tax - l->tax;
	else if (net == -l->net)
		*ret = -l->tax;
	else if (money_ratio(b->tax, net, b->net, ret, d->err) < 0)
		return -1;
	*ret = clamp(l->tax + *ret, b->tax) - l->tax;
	return 0;
}

/* The days of cuts [from, to), on all of which a line gives back so many units more than before. */
static int
give(struct change_diff *d, struct change_group *g, size_t lot, size_t from, size_t to,
     struct decimal units)
{
	struct change_lot *l = &d->lots.v[g->lots[lot].at];
	int64_t whole = d->past->billed[l->line].net, after, before, had, have;
	struct sub_given back = { .line = l->line,
				  .days = { g->cuts.v[from], g->cuts.v[to] },
				  .units = units };

	if (target(d, g, lot, to, &after) < 0 || target(d, g, lot, from, &before) < 0 ||
	    given_until(d, l, back.days.end, &have) < 0 ||
	    given_until(d, l, back.days.start, &had) < 0 ||
	    money_add(after - before, had - have, &back.net, d->err) < 0)
		return -1;
	back.net = clamp(l->net + back.net, whole) - l->net;
	if (back.net == 0)
		return 0;
	if (given_tax(d, l, back.net, &back.tax) < 0)
		return -1;
	l->net += back.net;
	l->tax += back.tax;
	*vec_push(d->a, &d->given) = back;
	return 0;
}

static int
give_back(struct change_diff *d, struct change_group *g, size_t lot)
{
	size_t from = 0;
	struct decimal of_run = decimal_int(0), units;

	for (size_t c = 0; c < g->cuts.n; c++) {
		size_t at = c * g->n_lots + lot;

		units = decimal_int(0);
		if (c + 1 < g->cuts.n &&
		    decimal_add(g->taken[at], decimal_neg(g->given[at]), &units, d->err) < 0)
			return -1;
		if (decimal_cmp(units, of_run) == 0)
			continue;
		if (!decimal_is_zero(of_run) && give(d, g, lot, from, c, of_run) < 0)
			return -1;
		from = c;
		of_run = units;
	}
	return 0;
}

static int
charge(struct change_diff *d, size_t want, struct period days, struct decimal units)
{
	const struct change_want *w = &d->wants.v[want];
	struct change_charged new = { want, { .item = w->item, .days = days, .whole = w->whole } };
	struct rate_piece piece = w->piece;

	piece.quantity = units;
	if (money_line(units, piece.unit_price, piece.base_quantity, d->exponent, &piece.amount,
		       d->err) < 0 ||
	    sub_price_days(&new.line, &piece, d->exponent, d->err) < 0)
		return -1;
	*vec_push(d->a, &d->charged) = new;
	return 0;
}

static int
charge_rest(struct change_diff *d, struct change_group *g, size_t want)
{
	struct decimal of_run = decimal_int(0), units;
	size_t from = 0;

	for (size_t c = 0; c < g->cuts.n; c++) {
		units = c + 1 < g->cuts.n ? g->extra[c * g->n_wants + want] : decimal_int(0);
		if (decimal_cmp(units, of_run) == 0)
			continue;
		if (!decimal_is_zero(of_run) &&
		    charge(d, g->wants[want].at, (struct period){ g->cuts.v[from], g->cuts.v[c] },
			   of_run) < 0)
			return -1;
		from = c;
		of_run = units;
	}
	return 0;
}

/*
 * Lines that come to nothing are none, unless one of their kind comes to something: beside it they
 * hold their units, else those would be rounded together with its own when the same is asked for
 * again, and charged.
 */
static void
drop_nothing(struct change_diff *d, size_t from)
{
	for (size_t i = from; i < d->charged.n; i++) {
		if (d->charged.v[i].line.amount != 0)
			return;
	}
	d->charged.n = from;
}

int
change_amounts(struct change_diff *d, struct change_group *g)
{
	size_t charged = d->charged.n;

	for (size_t i = 0; i < g->n_lots; i++) {
		if (give_back(d, g, i) < 0)
			return -1;
	}
	for (size_t j = 0; j < g->n_wants; j++) {
		if (charge_rest(d, g, j) < 0)
			return -1;
	}
	drop_nothing(d, charged);
	return 0;
}
