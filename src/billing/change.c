/*
 * change.c - what was billed of a subscription against what it is to charge, day by day.
 *
 * Units that cost the same on a day are the same: of one lineage, at one unit price for one base
 * quantity and period's length, less one discount. Of each such kind there are lots, which lines
 * have charged, and wants, which items ask for; the days from the change's on are cut where any
 * of them begins or ends. On the days of a cut the latest lots give back what is not wanted, and
 * the last wants are charged what no lot holds. What changes of the same day or a later one have
 * given back is decided anew, so that the order in which somebody changes their mind is none of
 * the result's; what changes before have given back stays given back.
 */
#include <billfold/billing/change.h>

#include <billfold/base/vec.h>

#include <stdlib.h>

enum { PERIODS_MAX = 6000 }; /* of an item, in one change: a century of weeks */

struct kind {
	const char *lineage;
	struct decimal price, base_days, discount;
};

/* What one line has charged, and what it has given back. */
struct lot {
	struct kind kind;
	size_t line;
	struct period days;   /* from the change's on */
	struct decimal whole; /* units x days of the line */
	int64_t net, tax;     /* all that has been given back, this change's included */
	size_t first_given;   /* chain over next_given */
};

/* A piece of an item's price in one of its periods. */
struct want {
	struct kind kind;
	size_t item;
	struct rate_piece piece;
	struct period days, whole;
};

struct charged { /* a new line, and whose it is */
	size_t want;
	struct sub_line line;
};

typedef VEC(struct lot) lot_vec;
typedef VEC(struct want) want_vec;
typedef VEC(struct sub_given) given_vec;
typedef VEC(struct charged) charged_vec;
typedef VEC(civil_day) day_vec;

struct diff {
	const struct subscription *is;
	const struct sub_past *past;
	civil_day day, next_bill;
	int exponent;
	size_t *next_given;
	lot_vec lots;
	want_vec wants;
	given_vec given;
	charged_vec charged;
	struct arena *a;
	struct err *err;
};

#define NONE SIZE_MAX

/* ---- what there is ---- */

/* What an item's price of a whole period is for: fixed prices are for one. */
static struct decimal
base_of(const struct price *p, struct decimal unit_price)
{
	bool units = p->model == PRICE_PER_UNIT;

	if (p->model == PRICE_GRADUATED || p->model == PRICE_VOLUME) {
		for (size_t t = 0; t < p->n_tiers && !units; t++)
			units = decimal_cmp(p->tiers[t].unit_price, unit_price) == 0;
	} else if (units) {
		units = decimal_cmp(p->unit_price, unit_price) == 0;
	}
	return units && p->base_quantity.coef > 0 ? p->base_quantity : decimal_int(1);
}

int
sub_billed_units(const struct sub_item *i, struct decimal quantity, struct decimal unit_price,
		 struct decimal base_quantity, struct period days, struct decimal *ret,
		 struct err *err)
{
	int n = period_days(days);

	*ret = quantity;
	if (decimal_cmp(base_quantity, decimal_int(1)) == 0 ||
	    decimal_cmp(base_quantity, base_of(&i->price, unit_price)) == 0)
		return 0; /* a whole period's; a part's base is of several days */
	while (n > 0 && ret->coef % n != 0 && ret->scale < DECIMAL_SCALE_MAX) {
		if (__builtin_mul_overflow(ret->coef, 10, &ret->coef))
			break;
		ret->scale++;
	}
	if (n == 0 || ret->coef % n != 0)
		return err_set(err, ERR_out_of_range, "The line is none of the subscription's.");
	ret->coef /= n;
	return 0;
}

static int
take_lot(struct diff *d, size_t line)
{
	const struct sub_billed *b = &d->past->billed[line];
	struct period from_now = { d->day, DAY_NEVER };
	struct lot l = { .line = line,
			 .days = period_overlap(b->days, from_now),
			 .first_given = NONE };
	int days = period_days(b->days);

	if (days == 0 || b->units.coef <= 0)
		return err_set(d->err, ERR_out_of_range,
			       "What was billed has units, and days to use them.");
	l.kind = (struct kind){ b->lineage ? b->lineage : "", b->unit_price, b->base_quantity,
				b->discount_percent };
	if (decimal_cmp(b->units, b->quantity) == 0 &&
	    decimal_times(b->base_quantity, days, &l.kind.base_days, d->err) < 0)
		return -1;
	if (decimal_times(b->units, days, &l.whole, d->err) < 0)
		return -1;
	*vec_push(d->a, &d->lots) = l;
	return 0;
}

static int
take_past(struct diff *d)
{
	const struct sub_past *p = d->past;

	for (size_t i = 0; i < p->n_billed; i++) {
		if (take_lot(d, i) < 0)
			return -1;
	}
	d->next_given = arena_array(d->a, p->n_given ? p->n_given : 1, sizeof(*d->next_given));
	for (size_t i = 0; i < p->n_given; i++) {
		const struct sub_given *g = &p->given[i];
		struct lot *l;

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

static int
want_pieces(struct diff *d, size_t item, const struct rate_piece *pieces, size_t n,
	    struct period days, struct period whole)
{
	const struct sub_item *i = &d->is->items[item];

	for (size_t k = 0; k < n; k++) {
		struct want *w = vec_push(d->a, &d->wants);

		*w =
		    (struct want){ .item = item, .piece = pieces[k], .days = days, .whole = whole };
		w->kind = (struct kind){ i->lineage ? i->lineage : "",
					 pieces[k].unit_price,
					 { 0 },
					 i->discount_percent };
		if (decimal_times(pieces[k].base_quantity, period_days(whole), &w->kind.base_days,
				  d->err) < 0)
			return -1;
	}
	return 0;
}

/* The periods of an item, from the change's day on, that are billed already or by this change. */
static int
want_item(struct diff *d, size_t item)
{
	const struct subscription *s = d->is;
	struct period service = sub_service(s, &s->items[item]), p;
	struct rate_input in = { .quantity = s->items[item].quantity };
	struct rate_piece *pieces;
	struct cycle c;
	int64_t k;
	size_t n;

	if (service.start < d->day)
		service.start = d->day;
	if (sub_cycle(s, &s->items[item], &c, d->err) < 0)
		return -1;
	if (service.start >= service.end)
		return 0;
	if (rate_pieces(&s->items[item].price, &in, d->exponent, d->a, &pieces, &n, d->err) < 0 ||
	    cycle_find(&c, service.start, &k, &p, d->err) < 0)
		return -1;
	for (int times = 0; p.start < service.end; times++) {
		if ((p.start > s->anchor ? p.start : s->anchor) >= d->next_bill)
			break;
		if (times == PERIODS_MAX)
			return err_set(d->err, ERR_out_of_range, "The change lies too far back.");
		if (want_pieces(d, item, pieces, n, period_overlap(p, service), p) < 0)
			return -1;
		if (p.end >= service.end || p.end >= d->next_bill)
			break;
		if (cycle_period(&c, ++k, &p, d->err) < 0)
			return -1;
	}
	return 0;
}

/* ---- kinds ---- */

static int
kind_cmp(const struct kind *a, const struct kind *b)
{
	int c = strcmp(a->lineage, b->lineage);

	c = c ? c : decimal_cmp(a->price, b->price);
	c = c ? c : decimal_cmp(a->base_days, b->base_days);
	return c ? c : decimal_cmp(a->discount, b->discount);
}

/* A lot or a want of a kind; at: its place among its like. */
struct member {
	const struct kind *kind;
	bool is_want;
	size_t at;
};

static int
by_kind(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int c = kind_cmp(a->kind, b->kind);

	if (c)
		return c;
	if (a->is_want != b->is_want)
		return a->is_want ? 1 : -1;
	return a->at < b->at ? -1 : 1;
}

/* One kind: its lots, then its wants, and the days on which something of it changes. */
struct group {
	const struct member *lots, *wants;
	size_t n_lots, n_wants;
	day_vec cuts;
	/* of the lots and wants on the days from each cut on; n_cuts times as many */
	struct decimal *taken, *given, *extra;
};

static int
by_day(const void *x, const void *y)
{
	civil_day a = *(const civil_day *)x, b = *(const civil_day *)y;

	return (a > b) - (a < b);
}

static void
cut_at(struct diff *d, struct group *g, struct period p)
{
	if (p.start < d->day)
		p.start = d->day;
	if (p.end <= p.start)
		return;
	*vec_push(d->a, &g->cuts) = p.start;
	*vec_push(d->a, &g->cuts) = p.end;
}

static void
cut(struct diff *d, struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_lots; i++) {
		const struct lot *l = &d->lots.v[g->lots[i].at];

		cut_at(d, g, l->days);
		for (size_t k = l->first_given; k != NONE; k = d->next_given[k])
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
lot_on(struct diff *d, const struct lot *l, civil_day on, struct decimal *ret_units,
       struct decimal *ret_given)
{
	*ret_units = *ret_given = decimal_int(0);
	if (!period_holds(l->days, on))
		return 0;
	*ret_units = d->past->billed[l->line].units;
	for (size_t k = l->first_given; k != NONE; k = d->next_given[k]) {
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
	if (ret_units->coef < 0)
		return err_set(d->err, ERR_over_credit, "A line gave back more than it charged.");
	return 0;
}

/* The days from cut c on: units that lots give back, the latest first, and that wants lack. */
static int
settle(struct diff *d, struct group *g, size_t c)
{
	struct quantity_lot *lots = arena_array(d->a, g->n_lots + 1, sizeof(*lots));
	struct decimal held = decimal_int(0), wanted = held, *taken, *extra, over;
	civil_day on = g->cuts.v[c];

	taken = &g->taken[c * g->n_lots];
	extra = &g->extra[c * g->n_wants];
	for (size_t i = 0; i < g->n_lots; i++) {
		if (lot_on(d, &d->lots.v[g->lots[i].at], on, &lots[i].quantity,
			   &g->given[c * g->n_lots + i]) < 0 ||
		    decimal_add(held, lots[i].quantity, &held, d->err) < 0)
			return -1;
	}
	for (size_t j = 0; j < g->n_wants; j++) {
		const struct want *w = &d->wants.v[g->wants[j].at];
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
	for (size_t i = 0; i < g->n_lots; i++)
		taken[i] = lots[i].taken;
	return 0;
}

/* ---- what comes of it ---- */

/* The nearest to part that lies between nothing and the whole. */
static int64_t
clamp(int64_t part, int64_t whole)
{
	int64_t low = whole < 0 ? whole : 0, high = whole < 0 ? 0 : whole;

	return part < low ? low : part > high ? high : part;
}

/* Of a line, what all that it gives back before a day comes to: by its own charge. */
static int
target(struct diff *d, const struct group *g, size_t lot, size_t cuts, int64_t *ret)
{
	const struct lot *l = &d->lots.v[g->lots[lot].at];
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
given_until(struct diff *d, const struct lot *l, civil_day end, int64_t *ret)
{
	int64_t part;

	*ret = 0;
	for (size_t k = l->first_given; k != NONE; k = d->next_given[k]) {
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
given_tax(struct diff *d, const struct lot *l, int64_t net, int64_t *ret)
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
give(struct diff *d, struct group *g, size_t lot, size_t from, size_t to, struct decimal units)
{
	struct lot *l = &d->lots.v[g->lots[lot].at];
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
give_back(struct diff *d, struct group *g, size_t lot)
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
charge(struct diff *d, size_t want, struct period days, struct decimal units)
{
	const struct want *w = &d->wants.v[want];
	struct charged new = { want, { .item = w->item, .days = days, .whole = w->whole } };
	struct rate_piece piece = w->piece;

	piece.quantity = units;
	if (money_line(units, piece.unit_price, piece.base_quantity, d->exponent, &piece.amount,
		       d->err) < 0 ||
	    sub_price_days(&new.line, &piece, d->exponent, d->err) < 0)
		return -1;
	if (new.line.amount != 0)
		*vec_push(d->a, &d->charged) = new;
	return 0;
}

static int
charge_rest(struct diff *d, struct group *g, size_t want)
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

static int
compare_group(struct diff *d, struct group *g)
{
	cut(d, g);
	if (g->cuts.n == 0)
		return 0;
	g->taken = arena_array(d->a, g->cuts.n * (g->n_lots + 1), sizeof(*g->taken));
	g->given = arena_array(d->a, g->cuts.n * (g->n_lots + 1), sizeof(*g->given));
	g->extra = arena_array(d->a, g->cuts.n * (g->n_wants + 1), sizeof(*g->extra));
	for (size_t c = 0; c + 1 < g->cuts.n; c++) {
		if (settle(d, g, c) < 0)
			return -1;
	}
	for (size_t i = 0; i < g->n_lots; i++) {
		if (give_back(d, g, i) < 0)
			return -1;
	}
	for (size_t j = 0; j < g->n_wants; j++) {
		if (charge_rest(d, g, j) < 0)
			return -1;
	}
	return 0;
}

static int
compare(struct diff *d)
{
	size_t n = d->lots.n + d->wants.n;
	struct member *m = arena_array(d->a, n ? n : 1, sizeof(*m));

	for (size_t i = 0; i < d->lots.n; i++)
		m[i] = (struct member){ &d->lots.v[i].kind, false, i };
	for (size_t j = 0; j < d->wants.n; j++)
		m[d->lots.n + j] = (struct member){ &d->wants.v[j].kind, true, j };
	if (n > 1)
		qsort(m, n, sizeof(*m), by_kind);
	for (size_t i = 0, k; i < n; i = k) {
		struct group g = { .lots = &m[i] };

		for (k = i; k < n && kind_cmp(m[k].kind, m[i].kind) == 0; k++)
			*(m[k].is_want ? &g.n_wants : &g.n_lots) += 1;
		g.wants = &m[i + g.n_lots];
		if (compare_group(d, &g) < 0)
			return -1;
	}
	return 0;
}

/* ---- the whole change ---- */

static int
by_line(const void *x, const void *y)
{
	const struct sub_given *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->days.start < b->days.start ? -1 : 1;
}

static int
by_want(const void *x, const void *y)
{
	const struct charged *a = x, *b = y;

	if (a->want != b->want)
		return a->want < b->want ? -1 : 1;
	return a->line.days.start < b->line.days.start ? -1 : 1;
}

int
sub_change(const struct subscription *is, civil_day day, civil_day next_bill,
	   const struct sub_past *past, int exponent, struct arena *a, struct sub_change *ret,
	   struct err *err)
{
	struct diff d = { .is = is,
			  .past = past,
			  .day = day,
			  .next_bill = next_bill < DAY_NEVER ? next_bill : day + 1,
			  .exponent = exponent,
			  .a = a,
			  .err = err };

	if (day == DAY_NEVER)
		return err_set(err, ERR_out_of_range, "A change has a day.");
	if (take_past(&d) < 0)
		return -1;
	for (size_t i = 0; i < is->n_items; i++) {
		if (want_item(&d, i) < 0)
			return -1;
	}
	if (compare(&d) < 0 || sub_next_bill(is, d.next_bill, &ret->next_bill, err) < 0)
		return -1;
	if (d.given.n > 1)
		qsort(d.given.v, d.given.n, sizeof(*d.given.v), by_line);
	if (d.charged.n > 1)
		qsort(d.charged.v, d.charged.n, sizeof(*d.charged.v), by_want);
	ret->given = d.given.v;
	ret->n_given = d.given.n;
	ret->n_lines = d.charged.n;
	ret->lines = arena_array(a, d.charged.n ? d.charged.n : 1, sizeof(*ret->lines));
	for (size_t i = 0; i < d.charged.n; i++)
		ret->lines[i] = d.charged.v[i].line;
	return 0;
}
