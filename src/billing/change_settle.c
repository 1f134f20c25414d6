/*
 * change_settle.c - units on a day: those that lots give back, and those that wants lack.
 *
 * The days from the change's on are cut where a lot or a want begins or ends, or something was
 * given back. On the days of a cut the latest lots give back what is not wanted, and the last wants
 * lack what no lot holds. What changes of the same day or a later one have given back is decided
 * anew, so that the order in which somebody changes their mind is none of the result's; what
 * changes before have given back stays given back.
 */
#include "change_diff.h"

#include <stdlib.h>

/* ---- cuts ---- */

static int
by_day(const void *x, const void *y)
{
	civil_day a = *(const civil_day *)x, b = *(const civil_day *)y;

	return (a > b) - (a < b);
}

static void
cut_at(struct change_diff *d, struct change_group *g, struct period p)
{
	if (p.start < d->day)
		p.start = d->day;
	if (p.end > d->until)
		p.end = d->until;
	if (p.end <= p.start)
		return;
	*vec_push(d->a, &g->cuts) = p.start;
	*vec_push(d->a, &g->cuts) = p.end;
}

static void
cut(struct change_diff *d, struct change_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_lots; i++) {
		const struct change_lot *l = &d->lots.v[g->lots[i].at];

		cut_at(d, g, l->days);
		for (size_t k = l->first_given; k != CHANGE_NONE; k = d->next_given[k])
			cut_at(d, g, d->past->given[k].days);
	}
	for (size_t j = 0; j < g->n_wants; j++)
		cut_at(d, g, d->wants.v[g->wants[j].at].days);
	if (g->cuts.n == 0)
		return;
	qsort(g->cuts.v, g->cuts.n, sizeof(*g->cuts.v), by_day);
	for (size_t i = 1; i < g->cuts.n; i++) {
		if (g->cuts.v[i] != g->cuts.v[n])
			g->cuts.v[++n] = g->cuts.v[i];
	}
	g->cuts.n = n + 1;
}

/* ---- units on a day ---- */

/* What a lot has on the day, and what of it is given back by this change's day or later ones. */
static int
lot_on(struct change_diff *d, const struct change_lot *l, civil_day on, struct decimal *ret_units,
       struct decimal *ret_given)
{
	*ret_units = *ret_given = decimal_int(0);
	if (!period_holds(l->days, on))
		return 0;
	*ret_units = d->past->billed[l->line].units;
	for (size_t k = l->first_given; k != CHANGE_NONE; k = d->next_given[k]) {
		const struct sub_given *g = &d->past->given[k];

		if (!period_holds(g->days, on))
			continue;
		if (g->days.start >= d->day) {
			if (decimal_add(*ret_given, g->units, ret_given, d->err) < 0)
				return -1;
		} else if (decimal_add(*ret_units, decimal_neg(g->units), ret_units, d->err) < 0) {
			return -1;
		}
	}
	return 0;
}

/*
 * What a lot has on the days from cut c on; what of a change before was taken back again is held as
 * well: taken tells it below zero, and stays there where it is wanted.
 */
static int
hold_lot(struct change_diff *d, struct change_group *g, size_t c, size_t lot,
	 struct quantity_lot *ret)
{
	struct decimal *given = &g->given[c * g->n_lots + lot], *taken;

	if (lot_on(d, &d->lots.v[g->lots[lot].at], g->cuts.v[c], &ret->quantity, given) < 0)
		return -1;
	taken = &g->taken[c * g->n_lots + lot];
	if (given->coef < 0) {
		*taken = *given;
		if (decimal_add(ret->quantity, decimal_neg(*given), &ret->quantity, d->err) < 0)
			return -1;
	}
	if (ret->quantity.coef < 0)
		return err_set(d->err, ERR_over_credit, "A line gave back more than it charged.");
	return 0;
}

/* The days from cut c on: units that lots give back, the latest first, and that wants lack. */
static int
settle(struct change_diff *d, struct change_group *g, size_t c)
{
	struct quantity_lot *lots = arena_array(d->a, g->n_lots + 1, sizeof(*lots));
	struct decimal held = decimal_int(0), wanted = held, *taken, *extra, over;
	civil_day on = g->cuts.v[c];

	taken = &g->taken[c * g->n_lots];
	extra = &g->extra[c * g->n_wants];
	for (size_t i = 0; i < g->n_lots; i++) {
		if (hold_lot(d, g, c, i, &lots[i]) < 0 ||
		    decimal_add(held, lots[i].quantity, &held, d->err) < 0)
			return -1;
	}
	for (size_t j = 0; j < g->n_wants; j++) {
		const struct change_want *w = &d->wants.v[g->wants[j].at];
		struct decimal before = wanted;

		if (!period_holds(w->days, on))
			continue;
		if (decimal_add(wanted, w->piece.quantity, &wanted, d->err) < 0)
			return -1;
		/* Of these units, those past what is held. */
		if (decimal_cmp(wanted, held) > 0 &&
		    decimal_add(wanted, decimal_neg(decimal_cmp(before, held) > 0 ? before : held),
				&extra[j], d->err) < 0)
			return -1;
	}
	if (decimal_cmp(held, wanted) <= 0)
		return 0;
	if (decimal_add(held, decimal_neg(wanted), &over, d->err) < 0 ||
	    quantity_take(lots, g->n_lots, over, d->err) < 0)
		return -1;
	for (size_t i = 0; i < g->n_lots; i++) {
		if (decimal_add(taken[i], lots[i].taken, &taken[i], d->err) < 0)
			return -1;
	}
	return 0;
}

int
change_settle(struct change_diff *d, struct change_group *g)
{
	cut(d, g);
	g->taken = arena_array(d->a, g->cuts.n * (g->n_lots + 1), sizeof(*g->taken));
	g->given = arena_array(d->a, g->cuts.n * (g->n_lots + 1), sizeof(*g->given));
	g->extra = arena_array(d->a, g->cuts.n * (g->n_wants + 1), sizeof(*g->extra));
	for (size_t c = 0; c + 1 < g->cuts.n; c++) {
		if (settle(d, g, c) < 0)
			return -1;
	}
	return 0;
}
