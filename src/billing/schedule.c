/*
 * schedule.c - where phases end, and where they end when the anchor moves.
 */
#include <billfold/billing/schedule.h>

#include <stdlib.h>

int
schedule_phase_end(const struct cycle *c, civil_day start, int periods, civil_day *ret,
		   struct err *err)
{
	struct period p;
	int64_t k;

	if (periods < 1)
		return err_set(err, ERR_out_of_range, "A phase has a period at least.");
	if (cycle_find(c, start, &k, &p, err) < 0 || cycle_period(c, k + periods - 1, &p, err) < 0)
		return -1;
	*ret = p.end;
	return 0;
}

bool
schedule_same_interval(const struct cycle *a, const struct cycle *b)
{
	return a->unit == b->unit && a->count == b->count;
}

/* ---- another anchor ---- */

/* A day, and the one that it becomes. */
struct moved {
	civil_day was, is;
};

struct move {
	const struct subscription *s, *to;
	struct moved *v; /* ascending; the first is the anchor */
	size_t n;
};

static civil_day
moved_to(const struct move *m, civil_day day)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].was == day)
			return m->v[i].is;
	}
	return day;
}

static int
by_day(const void *x, const void *y)
{
	const struct moved *a = x, *b = y;

	return (a->was > b->was) - (a->was < b->was);
}

static void
take_day(struct move *m, civil_day day)
{
	if (day > m->s->anchor && day < DAY_NEVER)
		m->v[m->n++] = (struct moved){ day, day };
}

static void
take_days(struct move *m)
{
	size_t n = 1;

	for (size_t i = 0; i < m->s->n_items; i++) {
		const struct sub_item *x = &m->s->items[i];

		if (x->to <= x->from)
			continue;
		take_day(m, x->from);
		take_day(m, x->to);
	}
	qsort(m->v + 1, m->n - 1, sizeof(*m->v), by_day);
	for (size_t i = 1; i < m->n; i++) {
		if (m->v[i].was != m->v[n - 1].was)
			m->v[n++] = m->v[i];
	}
	m->n = n;
}

/* Where the day is now, by the periods of what is charged on the day before it. */
static int
move_day(const struct move *m, struct moved *day, struct err *err)
{
	for (size_t i = 0; i < m->s->n_items; i++) {
		const struct sub_item *x = &m->s->items[i];
		struct cycle was, is;
		struct subscription moved = *m->s;
		struct sub_item item = *x;
		struct period p;
		int64_t k;

		if (!period_holds((struct period){ x->from, x->to }, day->was - 1))
			continue;
		moved.anchor = m->v[0].is;
		moved.calendar = m->to->calendar;
		item.anchor = moved_to(m, x->anchor);
		if (sub_cycle(m->s, x, &was, err) < 0 || sub_cycle(&moved, &item, &is, err) < 0 ||
		    cycle_find(&was, day->was, &k, &p, err) < 0)
			return -1;
		if (p.start != day->was)
			return 0;
		if (cycle_period(&is, k, &p, err) < 0)
			return -1;
		day->is = p.start;
		return 0;
	}
	return 0;
}

int
schedule_move(const struct subscription *s, const struct subscription *to, const char *pointer,
	      struct sub_item *ret, struct arena *a, struct err *err)
{
	struct move m = {
		.s = s, .to = to, .v = arena_array(a, 2 * s->n_items + 1, sizeof(*m.v)), .n = 1
	};
	char text[DATE_TEXT];

	m.v[0] = (struct moved){ s->anchor, to->anchor };
	take_days(&m);
	for (size_t i = 1; i < m.n; i++) {
		if (move_day(&m, &m.v[i], err) < 0)
			return -1;
		if (m.v[i].is > m.v[i - 1].is)
			continue;
		date_format(m.v[i].was, text);
		return err_field(err, a, pointer, "conflict",
				 "What is scheduled for %s would come before it.", text);
	}
	for (size_t i = 0; i < s->n_items; i++) {
		if (s->items[i].to <= s->items[i].from)
			continue;
		ret[i].from = moved_to(&m, s->items[i].from);
		ret[i].to = moved_to(&m, s->items[i].to);
		if (s->items[i].has_anchor)
			ret[i].anchor = moved_to(&m, s->items[i].anchor);
	}
	return 0;
}
