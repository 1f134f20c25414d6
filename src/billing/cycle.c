/*
 * cycle.c - the periods of a cycle, each from the anchor.
 *
 * Which period holds a day follows from the days or the months between it and the anchor: of the
 * one whose month is the day's, the boundary may lie behind it, and then it is the one before.
 */
#include <billfold/billing/period.h>

enum { PERIODS_MAX = 4000000 }; /* more days than the calendar has */

int
period_days(struct period p)
{
	return p.end > p.start ? p.end - p.start : 0;
}

bool
period_holds(struct period p, civil_day day)
{
	return day >= p.start && day < p.end;
}

struct period
period_overlap(struct period a, struct period b)
{
	struct period p = { a.start > b.start ? a.start : b.start, a.end < b.end ? a.end : b.end };

	if (p.end < p.start)
		p.end = p.start;
	return p;
}

civil_day
cycle_calendar_anchor(enum date_unit unit, int count, civil_day day)
{
	struct civil c = date_to_civil(day);

	switch (unit) {
	case DATE_DAY:
		return day;
	case DATE_WEEK: /* 1970-01-01 was a Thursday */
		return day - (((day + 3) % 7) + 7) % 7;
	case DATE_MONTH:
		/* Several at a time divide the year where they can, as quarters do. */
		if (count > 1 && 12 % count == 0)
			c.month = (c.month - 1) / count * count + 1;
		c.day = 1;
		return date_from_civil(c);
	case DATE_YEAR:
		c.month = c.day = 1;
		return date_from_civil(c);
	}
	return day;
}

int
cycle_period(const struct cycle *c, int64_t k, struct period *ret, struct err *err)
{
	if (c->count < 1 || k < 0 || k >= PERIODS_MAX)
		return err_set(err, ERR_out_of_range, "There is no such period.");
	ret->start = date_boundary(c->anchor, c->unit, c->count, (int)k);
	ret->end = date_boundary(c->anchor, c->unit, c->count, (int)k + 1);
	if (ret->end <= ret->start) /* both at the calendar's end */
		return err_set(err, ERR_out_of_range, "The period is beyond the calendar.");
	return 0;
}

/* The last period that can start no later than the day: by days, or by the months that lie between.
 */
static int64_t
estimate(const struct cycle *c, civil_day day)
{
	struct civil from, to;
	int months;

	if (c->unit == DATE_DAY || c->unit == DATE_WEEK)
		return (day - c->anchor) / (c->count * (c->unit == DATE_WEEK ? 7 : 1));
	from = date_to_civil(c->anchor);
	to = date_to_civil(day);
	months = (to.year - from.year) * 12 + to.month - from.month;
	return months / (c->count * (c->unit == DATE_YEAR ? 12 : 1));
}

int
cycle_find(const struct cycle *c, civil_day day, int64_t *ret_k, struct period *ret,
	   struct err *err)
{
	int64_t k;

	if (c->count < 1 || c->count > 10000 || day < c->anchor)
		return err_set(err, ERR_out_of_range, "The day is before the first period.");
	k = estimate(c, day);
	if (date_boundary(c->anchor, c->unit, c->count, (int)k) > day)
		k--; /* it begins later in the day's month */
	*ret_k = k;
	return cycle_period(c, k, ret, err);
}

void
period_instants(struct period p, const struct zone *z, int64_t *ret_start, int64_t *ret_end)
{
	*ret_start = zone_day_start(z, p.start);
	*ret_end = zone_day_start(z, p.end);
}
