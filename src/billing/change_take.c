/*
 * change_take.c - what was billed as lots, and what is to be charged as wants.
 *
 * A line's lot knows what it has given back. A want is a piece of an item's price in one of the
 * periods that are billed, or by this change, but for the days on which the subscription stands
 * still.
 */
#include "change_diff.h"

enum { PERIODS_MAX = 6000 }; /* of an item, in one change: a century of weeks */

/* ---- what was billed ---- */

static int
take_lot(struct change_diff *d, size_t line)
{
	const struct sub_billed *b = &d->past->billed[line];
	struct period from_now = { d->day, d->until };
	struct change_lot l = { .line = line,
				.days = period_overlap(b->days, from_now),
				.first_given = CHANGE_NONE };
	int days = period_days(b->days);

	if (days == 0 || b->units.coef <= 0)
		return err_set(d->err, ERR_out_of_range,
			       "What was billed has units, and days to use them.");
	l.kind = (struct change_kind){ b->lineage ? b->lineage : "", b->unit_price,
				       b->base_quantity, b->discount_percent };
	if (decimal_cmp(b->units, b->quantity) == 0 &&
	    decimal_times(b->base_quantity, days, &l.kind.base_days, d->err) < 0)
		return -1;
	if (decimal_times(b->units, days, &l.whole, d->err) < 0)
		return -1;
	*vec_push(d->a, &d->lots) = l;
	return 0;
}

static int
take_past(struct change_diff *d)
{
	const struct sub_past *p = d->past;

	for (size_t i = 0; i < p->n_billed; i++) {
		if (take_lot(d, i) < 0)
			return -1;
	}
	d->next_given = arena_array(d->a, p->n_given ? p->n_given : 1, sizeof(*d->next_given));
	for (size_t i = 0; i < p->n_given; i++) {
		const struct sub_given *g = &p->given[i];
		struct change_lot *l;

		if (g->line >= p->n_billed || period_days(g->days) == 0)
			return err_set(d->err, ERR_out_of_range,
				       "What was given back is of a line, for days of it.");
		l = &d->lots.v[g->line];
		d->next_given[i] = l->first_given;
		l->first_given = i;
		if (money_add(l->net, g->net, &l->net, d->err) < 0 ||
		    money_add(l->tax, g->tax, &l->tax, d->err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what is to be ---- */

static int
want_pieces(struct change_diff *d, size_t item, const struct rate_piece *pieces, size_t n,
	    struct period days, struct period whole)
{
	const struct sub_item *i = &d->is->items[item];

	for (size_t k = 0; k < n; k++) {
		struct change_want *w = vec_push(d->a, &d->wants);

		*w = (struct change_want){
			.item = item, .piece = pieces[k], .days = days, .whole = whole
		};
		w->kind = (struct change_kind){ i->lineage ? i->lineage : "",
						pieces[k].unit_price,
						{ 0 },
						i->discount_percent };
		if (decimal_times(pieces[k].base_quantity, period_days(whole), &w->kind.base_days,
				  d->err) < 0)
			return -1;
	}
	return 0;
}

/* A period's days, or what of them pauses leave. */
static int
want_days(struct change_diff *d, size_t item, const struct rate_piece *pieces, size_t n,
	  struct period days, struct period whole)
{
	const struct subscription *s = d->is;

	for (size_t i = 0; i < s->n_pauses && days.start < days.end; i++) {
		const struct sub_pause *p = &s->pauses[i];
		struct period before = { days.start, p->days.start };

		if (sub_bill_date(s, &s->items[item], whole) < p->keeps ||
		    period_days(period_overlap(p->days, days)) == 0)
			continue;
		if (period_days(before) > 0 && want_pieces(d, item, pieces, n, before, whole) < 0)
			return -1;
		days.start = p->days.end;
	}
	return days.start < days.end ? want_pieces(d, item, pieces, n, days, whole) : 0;
}

/* The periods of an item, from the change's day on, that are billed already or by this change. */
static int
want_item(struct change_diff *d, size_t item)
{
	const struct subscription *s = d->is;
	const struct sub_item *i = &s->items[item];
	struct period service = sub_service(s, i), p;
	struct rate_input in = { .quantity = i->quantity };
	struct rate_piece *pieces;
	struct cycle c;
	int64_t k;
	size_t n;

	if (service.start < d->day)
		service.start = d->day;
	if (service.end > d->until)
		service.end = d->until;
	if (sub_cycle(s, i, &c, d->err) < 0)
		return -1;
	if (service.start >= service.end)
		return 0;
	if (rate_pieces(&i->price, &in, d->exponent, d->a, &pieces, &n, d->err) < 0 ||
	    cycle_find(&c, service.start, &k, &p, d->err) < 0)
		return -1;
	for (int times = 0; p.start < service.end; times++) {
		if (sub_bill_date(s, i, p) >= d->next_bill)
			break;
		if (times == PERIODS_MAX)
			return err_set(d->err, ERR_out_of_range, "The change lies too far back.");
		if (want_days(d, item, pieces, n, period_overlap(p, service), p) < 0)
			return -1;
		if (p.end >= service.end || p.end >= d->next_bill)
			break;
		if (cycle_period(&c, ++k, &p, d->err) < 0)
			return -1;
	}
	return 0;
}

int
change_take(struct change_diff *d)
{
	if (take_past(d) < 0)
		return -1;
	for (size_t i = 0; i < d->is->n_items; i++) {
		if (want_item(d, i) < 0)
			return -1;
	}
	return 0;
}
