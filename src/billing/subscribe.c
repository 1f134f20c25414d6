/*
 * subscribe.c - bill dates of a subscription, and the lines of one.
 *
 * A bill date is where an item's period begins, or its anchor where the calendar's period began
 * before it. Items whose service begins and ends within a period that is billed ahead are on its
 * bill date with the days that they have, so that no day is billed twice and none is left out.
 */
#include <billfold/billing/subscription.h>

#include <billfold/base/vec.h>

enum { EVERY_MAX = 1000 };

const char *const recurring_words[RECUR_MAX + 1] = {
	[RECUR_WEEK] = "week",           [RECUR_MONTH] = "month", [RECUR_QUARTER] = "quarter",
	[RECUR_HALF_YEAR] = "half_year", [RECUR_YEAR] = "year",
};

/* ---- dates ---- */

/* From which day an item's periods are counted. */
static civil_day
anchor_of(const struct subscription *s, const struct sub_item *i)
{
	return i->has_anchor ? i->anchor : s->anchor;
}

int
sub_cycle(const struct subscription *s, const struct sub_item *i, struct cycle *ret,
	  struct err *err)
{
	static const struct {
		enum date_unit unit;
		int count;
	} of[RECUR_MAX] = {
		[RECUR_WEEK] = { DATE_WEEK, 1 },     [RECUR_MONTH] = { DATE_MONTH, 1 },
		[RECUR_QUARTER] = { DATE_MONTH, 3 }, [RECUR_HALF_YEAR] = { DATE_MONTH, 6 },
		[RECUR_YEAR] = { DATE_YEAR, 1 },
	};

	if (i->every < 1 || i->every > EVERY_MAX || i->recurring >= RECUR_MAX)
		return err_set(err, ERR_out_of_range, "There is no such interval.");
	*ret = (struct cycle){ of[i->recurring].unit, of[i->recurring].count * i->every,
			       anchor_of(s, i) };
	if (s->calendar)
		ret->anchor = cycle_calendar_anchor(ret->unit, ret->count, ret->anchor);
	return 0;
}

struct period
sub_service(const struct subscription *s, const struct sub_item *i)
{
	return period_overlap((struct period){ i->from, i->to },
			      (struct period){ s->anchor, s->end });
}

civil_day
sub_bill_date(const struct subscription *s, const struct sub_item *i, struct period p)
{
	civil_day anchor = anchor_of(s, i);

	return p.start > anchor ? p.start : anchor;
}

/* The first bill date of one item on or after the day; DAY_NEVER. */
static int
next_of_item(const struct subscription *s, const struct sub_item *i, civil_day day, civil_day *ret,
	     struct err *err)
{
	struct period service = sub_service(s, i), p;
	struct cycle c;
	int64_t k;

	*ret = DAY_NEVER;
	if (sub_cycle(s, i, &c, err) < 0)
		return -1;
	if (service.start >= service.end || day >= service.end)
		return 0;
	if (cycle_find(&c, day > service.start ? day : service.start, &k, &p, err) < 0)
		return -1;
	if (sub_bill_date(s, i, p) >= day)
		*ret = sub_bill_date(s, i, p);
	else if (p.end < service.end)
		*ret = p.end;
	return 0;
}

/* The first day after the pause that leaves out what is billed on the day; the day where none does.
 */
static civil_day
after_pause(const struct subscription *s, civil_day day)
{
	for (size_t i = 0; i < s->n_pauses; i++) {
		const struct sub_pause *p = &s->pauses[i];

		if (day >= p->keeps && period_holds(p->days, day))
			day = p->days.end;
	}
	return day;
}

static int
next_of_all(const struct subscription *s, civil_day day, civil_day *ret, struct err *err)
{
	*ret = DAY_NEVER;
	for (size_t i = 0; i < s->n_items; i++) {
		civil_day of_item;

		if (next_of_item(s, &s->items[i], day, &of_item, err) < 0)
			return -1;
		if (of_item < *ret)
			*ret = of_item;
	}
	return 0;
}

int
sub_next_bill(const struct subscription *s, civil_day day, civil_day *ret, struct err *err)
{
	for (*ret = DAY_NEVER; day < DAY_NEVER; day = after_pause(s, *ret)) {
		if (next_of_all(s, day, ret, err) < 0)
			return -1;
		if (*ret == DAY_NEVER || after_pause(s, *ret) == *ret)
			return 0;
	}
	*ret = DAY_NEVER;
	return 0;
}

/* The period of an item that is billed on the date; false where none is. */
static int
period_billed(const struct subscription *s, const struct sub_item *i, civil_day date,
	      struct period *ret, bool *ret_is, struct err *err)
{
	struct cycle c;
	int64_t k;

	*ret_is = false;
	if (sub_cycle(s, i, &c, err) < 0)
		return -1;
	if (date < anchor_of(s, i) || date >= sub_service(s, i).end)
		return 0;
	if (cycle_find(&c, date, &k, ret, err) < 0)
		return -1;
	*ret_is = sub_bill_date(s, i, *ret) == date;
	return 0;
}

int
sub_bill_period(const struct subscription *s, civil_day date, struct period *ret, struct err *err)
{
	civil_day last = date;

	if (date == DAY_NEVER)
		return err_set(err, ERR_out_of_range, "There is no such period.");
	if (sub_next_bill(s, date + 1, &ret->end, err) < 0)
		return -1;
	ret->start = date;
	for (size_t i = 0; ret->end == DAY_NEVER && i < s->n_items; i++) {
		struct period p;
		bool is;

		if (period_billed(s, &s->items[i], date, &p, &is, err) < 0)
			return -1;
		if (is) {
			p = period_overlap(p, sub_service(s, &s->items[i]));
			last = period_days(p) > 0 && p.end > last ? p.end : last;
		}
	}
	if (ret->end == DAY_NEVER)
		ret->end = last;
	return 0;
}

/* ---- lines ---- */

int
sub_price_days(struct sub_line *l, const struct rate_piece *p, int exponent, struct err *err)
{
	int days = period_days(l->days), whole = period_days(l->whole);

	l->kind = p->kind;
	l->tier = p->tier;
	l->units = l->quantity = p->quantity;
	l->unit_price = p->unit_price;
	l->base_quantity = p->base_quantity;
	l->amount = p->amount;
	if (days == whole) /* the whole period's factors stay as they are */
		return 0;
	if (decimal_times(p->quantity, days, &l->quantity, err) < 0 ||
	    decimal_times(p->base_quantity, whole, &l->base_quantity, err) < 0)
		return -1;
	return money_line(l->quantity, l->unit_price, l->base_quantity, exponent, &l->amount, err);
}

/* An item's lines for the days of one of its periods on which it is charged. */
static int
charge(const struct subscription *s, size_t item, struct period whole, int exponent,
       struct arena *a, struct sub_lines *lines, struct err *err)
{
	const struct sub_item *i = &s->items[item];
	struct period days = period_overlap(sub_service(s, i), whole);
	struct rate_input in = { .quantity = i->quantity };
	struct rate_piece *pieces;
	size_t n;

	if (period_days(days) == 0)
		return 0;
	if (rate_pieces(&i->price, &in, exponent, a, &pieces, &n, err) < 0)
		return -1;
	for (size_t k = 0; k < n; k++) {
		struct sub_line *l = vec_push(a, lines);

		*l = (struct sub_line){ .item = item, .days = days, .whole = whole };
		if (sub_price_days(l, &pieces[k], exponent, err) < 0)
			return -1;
	}
	return 0;
}

int
sub_bill(const struct subscription *s, civil_day date, int exponent, struct arena *a,
	 struct sub_line **ret, size_t *ret_n, struct err *err)
{
	struct sub_lines lines = { 0 };

	for (size_t i = 0; i < s->n_items; i++) {
		struct period p;
		bool is;

		if (period_billed(s, &s->items[i], date, &p, &is, err) < 0 ||
		    (is && charge(s, i, p, exponent, a, &lines, err) < 0))
			return -1;
	}
	*ret = lines.v;
	*ret_n = lines.n;
	return 0;
}
