/*
 * cycle.c - the periods of a cycle, each from the anchor.
 *
 * Which period holds a day is estimated by the unit's shortest length and corrected: boundaries
 * rise, so that the few steps to the right one are certain to end.
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

/* Never shorter than this; a year of 365 days. */
static int
least_days(const struct cycle *c)
{
	static const int days[] = {
		[DATE_DAY] = 1, [DATE_WEEK] = 7, [DATE_MONTH] = 28, [DATE_YEAR] = 365
	};

	return days[c->unit] * c->count;
}

/* Never longer than this on the average of a few. */
static int
most_days(const struct cycle *c)
{
	static const int days[] = {
		[DATE_DAY] = 1, [DATE_WEEK] = 7, [DATE_MONTH] = 31, [DATE_YEAR] = 366
	};

	return days[c->unit] * c->count;
}

int
cycle_find(const struct cycle *c, civil_day day, int64_t *ret_k, struct period *ret,
	   struct err *err)
{
	int64_t low, high;

	if (c->count < 1 || c->count > 10000 || day < c->anchor)
		return err_set(err, ERR_out_of_range, "The day is before the first period.");
	low = (day - c->anchor) / most_days(c);
	high = (day - c->anchor) / least_days(c) + 1;
	while (low < high) { /* the last k whose period starts no later than the day */
		int64_t middle = low + (high - low + 1) / 2;

		if (date_boundary(c->anchor, c->unit, c->count, (int)middle) <= day)
			low = middle;
		else
			high = middle - 1;
	}
	*ret_k = low;
	return cycle_period(c, low, ret, err);
}

void
period_instants(struct period p, const struct zone *z, int64_t *ret_start, int64_t *ret_end)
{
	*ret_start = zone_day_start(z, p.start);
	*ret_end = zone_day_start(z, p.end);
}
