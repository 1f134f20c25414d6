/*
 * change.c - what was billed of a subscription against what it is to charge, kind by kind.
 *
 * What there is is taken as lots and wants (change_take.c); those of one kind are compared by
 * units, day by day (change_settle.c), and the difference becomes amounts (change_amount.c).
 */
#include "change_diff.h"

#include <stdlib.h>

/* ---- units of a line ---- */

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

/* ---- kinds ---- */

static int
kind_cmp(const struct change_kind *a, const struct change_kind *b)
{
	int c = strcmp(a->lineage, b->lineage);

	c = c ? c : decimal_cmp(a->price, b->price);
	c = c ? c : decimal_cmp(a->base_days, b->base_days);
	return c ? c : decimal_cmp(a->discount, b->discount);
}

static int
by_kind(const void *x, const void *y)
{
	const struct change_member *a = x, *b = y;
	int c = kind_cmp(a->kind, b->kind);

	if (c)
		return c;
	if (a->is_want != b->is_want)
		return a->is_want ? 1 : -1;
	return a->at < b->at ? -1 : 1;
}

static int
compare(struct change_diff *d)
{
	size_t n = d->lots.n + d->wants.n;
	struct change_member *m = arena_array(d->a, n ? n : 1, sizeof(*m));

	for (size_t i = 0; i < d->lots.n; i++)
		m[i] = (struct change_member){ &d->lots.v[i].kind, false, i };
	for (size_t j = 0; j < d->wants.n; j++)
		m[d->lots.n + j] = (struct change_member){ &d->wants.v[j].kind, true, j };
	if (n > 1)
		qsort(m, n, sizeof(*m), by_kind);
	for (size_t i = 0, k; i < n; i = k) {
		struct change_group g = { .lots = &m[i] };

		for (k = i; k < n && kind_cmp(m[k].kind, m[i].kind) == 0; k++)
			*(m[k].is_want ? &g.n_wants : &g.n_lots) += 1;
		g.wants = &m[i + g.n_lots];
		if (change_settle(d, &g) < 0 || change_amounts(d, &g) < 0)
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
	const struct change_charged *a = x, *b = y;

	if (a->want != b->want)
		return a->want < b->want ? -1 : 1;
	return a->line.days.start < b->line.days.start ? -1 : 1;
}

int
sub_change(const struct subscription *is, civil_day day, civil_day next_bill, civil_day today,
	   const struct sub_past *past, int exponent, struct arena *a, struct sub_change *ret,
	   struct err *err)
{
	struct change_diff d = { .is = is,
				 .past = past,
				 .day = day,
				 .until = past->has_kept ? past->kept_from : DAY_NEVER,
				 .next_bill = next_bill <= today ? next_bill : today + 1,
				 .exponent = exponent,
				 .a = a,
				 .err = err };

	if (day == DAY_NEVER)
		return err_set(err, ERR_out_of_range, "A change has a day.");
	if (change_take(&d) < 0 || compare(&d) < 0 ||
	    sub_next_bill(is, d.next_bill, &ret->next_bill, err) < 0)
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
