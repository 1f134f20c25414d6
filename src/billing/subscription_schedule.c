/*
 * subscription_schedule.c - what is scheduled: what becomes of it when something changes before its
 * day, and the action `unschedule`.
 *
 * A change leaves what is scheduled of other things as it is. Where something is scheduled of the
 * very thing that changes, the caller says whether that still comes (`keep`: the change holds until
 * its day) or not (`drop`: what runs goes on); nothing is lost without being said. What is taken
 * back comes as if it had never been asked for: if it was billed already, by the same document
 * that any change makes.
 */
#include "subscription_change.h"

/* clang-format off */
const char *const scheduled_words[] = { "keep", "drop", NULL };

const struct field subscription_unschedule_in[] = {
	{ .name = "date", .type = FT_DATE, .doc = "Of what is scheduled, the day (`scheduled.date`) that is taken back; where not given, all days." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};
/* clang-format on */

static bool
is_later(const struct amendment *m, size_t i)
{
	return m->s.all[i].from > m->day && m->items[i].to > m->items[i].from;
}

static bool
same(const struct amendment *m, size_t i, size_t k, const char *member)
{
	struct str a = jval_str_of(amendment_row(m, i), member);

	return a.len && str_eq(a, jval_str_of(amendment_row(m, k), member));
}

static bool
of_plan(const struct amendment *m, size_t i)
{
	return jval_get(amendment_row(m, i), "plan_charge") != NULL;
}

/* What comes on the day meets the change: the first such day is told. */
static void
note(struct amendment *m, civil_day day)
{
	if (day < m->meets)
		m->meets = day;
}

/* ---- before its day something else changes ---- */

civil_day
schedule_last(const struct amendment *m)
{
	civil_day last = DAY_ALWAYS;

	for (size_t i = 0; i < m->is.n_items; i++) {
		if (m->items[i].to > m->items[i].from && m->items[i].to > last)
			last = m->items[i].to;
	}
	return last;
}

/*
 * An end that phases have set goes with them: that of its term is left, of what it still charges,
 * or none. One that somebody has asked for stays.
 */
static void
lift_end(struct amendment *m)
{
	civil_day last = schedule_last(m);

	if (!m->s.auto_renew && m->s.term_end.set && m->s.term_end.day < last)
		last = m->s.term_end.day;
	if (m->s.cancelled || !m->s.end.set || last <= m->s.end.day)
		return;
	m->sets_end = true;
	m->is.end = last;
}

/* What runs on the last of the change's day and today goes on, and nothing else begins after it. */
static void
drop_later(struct amendment *m)
{
	civil_day on = m->day > m->s.today ? m->day : m->s.today;

	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (m->s.all[i].from > on)
			m->items[i].to = m->s.all[i].from;
		else if (m->s.all[i].to > on)
			m->items[i].to = DAY_NEVER;
	}
	coupon_go_on(m, on);
	lift_end(m);
}

void
schedule_ready(struct amendment *m)
{
	m->meets = DAY_NEVER;
	if (str_eqz(jval_str_of(m->body, "scheduled"), "drop"))
		drop_later(m);
}

void
schedule_meet(struct amendment *m, size_t i)
{
	if (m->s.all[i].to <= m->s.today) /* it has ended since, and stays so */
		note(m, m->s.all[i].to);
	for (size_t k = 0; k < m->s.core.n_items; k++) {
		if (is_later(m, k) && (same(m, i, k, "lineage") || same(m, i, k, "plan_charge")))
			note(m, m->s.all[k].from);
	}
}

civil_day
schedule_of_charge(struct amendment *m, struct json_object *charge)
{
	struct str version = jval_str_of(m->terms, "plan_version_id"),
		   code = jval_str_of(charge, "code");
	civil_day until = DAY_NEVER;

	for (size_t k = 0; k < m->s.core.n_items; k++) {
		/* What it has already lasts until what is scheduled of that. */
		if (amendment_has(m, k) &&
		    str_eq(jval_str_of(amendment_row(m, k), "plan_charge"), code))
			return DAY_NEVER;
	}
	for (size_t k = 0; k < m->s.core.n_items; k++) {
		struct json_object *row = amendment_row(m, k);

		if (is_later(m, k) && of_plan(m, k) && m->s.all[k].from < until &&
		    (str_eq(jval_str_of(row, "plan_charge"), code) ||
		     !str_eq(jval_str_of(row, "plan_version_id"), version)))
			until = m->s.all[k].from;
	}
	note(m, until);
	return until;
}

int
schedule_of_plan(struct amendment *m, civil_day *ret, struct err *err)
{
	*ret = DAY_NEVER;
	for (size_t k = 0; k < m->s.core.n_items; k++) {
		if (is_later(m, k) && of_plan(m, k) && m->s.all[k].from < *ret)
			*ret = m->s.all[k].from;
	}
	note(m, *ret);
	if (*ret == DAY_NEVER || *ret <= m->s.today ||
	    !str_eqz(jval_str_of(m->body, "scheduled"), "keep"))
		return 0;
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (amendment_has(m, i) && of_plan(m, i) && m->items[i].to > *ret)
			return err_field(err, m->a, "/scheduled", "conflict",
					 "What is scheduled for %s is of the plan that ends: it "
					 "can be dropped, not kept.",
					 day_text(m->a, *ret));
	}
	return 0;
}

void
schedule_settle(const struct amendment *m, struct err *err)
{
	struct arena *a = m->a;

	if (m->meets == DAY_NEVER)
		return;
	if (m->meets <= m->s.today)
		err_field(err, a, "/date", "conflict",
			  "What this changes has changed since, on %s: a change lies after that.",
			  day_text(a, m->meets));
	else if (!jval_get(m->body, "scheduled"))
		err_field(err, a, "/scheduled", "required",
			  "For %s another change of this is scheduled: is it kept or dropped?",
			  day_text(a, m->meets));
}

/* ---- taken back ---- */

civil_day
schedule_next(const struct sub_loaded *s, civil_day day)
{
	civil_day first = DAY_NEVER;

	for (size_t i = 0; i < s->core.n_items; i++) {
		const struct sub_item *x = &s->all[i];

		if (x->to <= x->from)
			continue;
		if (x->from > day && x->from < first)
			first = x->from;
		if (x->to > day && x->to < first)
			first = x->to;
	}
	return first < s->core.end ? first : DAY_NEVER;
}

civil_day
schedule_end(const struct sub_loaded *s)
{
	civil_day last = DAY_ALWAYS;

	for (size_t i = 0; i < s->core.n_items; i++) {
		if (s->all[i].to > s->all[i].from && s->all[i].to > last)
			last = s->all[i].to;
	}
	return last > s->today ? last : DAY_NEVER;
}

/* The day that is taken back; where none is named, the first of all. */
static int
unschedule_day(struct amendment *m, struct err *err)
{
	bool named = jval_get(m->body, "date");

	m->reason = "What was scheduled has been taken back.";
	if (strcmp(m->s.state, "ended") == 0 || strcmp(m->s.state, "cancelled") == 0 ||
	    strcmp(m->s.state, "pending") == 0)
		return err_set(err, ERR_wrong_state, "A subscription that is %s has no schedule.",
			       m->s.state);
	m->day = schedule_next(&m->s, m->s.today);
	if (!named && m->day == DAY_NEVER)
		return err_set(err, ERR_wrong_state, "Nothing is scheduled.");
	if (!named)
		return 0;
	(void)date_parse(jval_str_of(m->body, "date"), &m->day);
	return m->day > m->s.today && schedule_next(&m->s, m->day - 1) == m->day
		   ? 0
		   : err_field(err, m->a, "/date", "not_found",
			       "Nothing is scheduled for that day.");
}

/* The one of its lineage, or of its charge, that begins on the day; n_items. */
static size_t
successor(const struct amendment *m, size_t i)
{
	for (size_t k = 0; k < m->s.core.n_items; k++) {
		if (m->s.all[k].from == m->day && m->s.all[k].to > m->day &&
		    same(m, i, k, "lineage"))
			return k;
	}
	return m->s.core.n_items;
}

/* What ends on the day goes on: until the next of its lineage, or another plan, comes. */
static civil_day
goes_on_until(const struct amendment *m, size_t i)
{
	size_t next = successor(m, i);
	civil_day until = DAY_NEVER;

	if (next < m->s.core.n_items)
		return m->s.all[next].to;
	for (size_t k = 0; k < m->s.core.n_items; k++) {
		if (of_plan(m, i) && of_plan(m, k) && m->s.all[k].from > m->day &&
		    m->s.all[k].to > m->s.all[k].from && m->s.all[k].from < until &&
		    !same(m, i, k, "plan_version_id"))
			until = m->s.all[k].from;
	}
	return until;
}

/* What is scheduled for a later day and goes on from what would begin on this one. */
static bool
builds_on(const struct amendment *m, size_t later, size_t begun)
{
	size_t before = m->s.core.n_items;

	if (m->s.all[later].from <= m->day || m->s.all[later].to <= m->s.all[later].from ||
	    !same(m, later, begun, "lineage"))
		return false;
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (m->s.all[i].to == m->day && m->s.all[i].from < m->day &&
		    same(m, i, begun, "lineage"))
			before = i;
	}
	return before == m->s.core.n_items ||
	       (of_plan(m, later) && same(m, later, begun, "plan_version_id") &&
		!same(m, before, begun, "plan_version_id"));
}

static int
take_back_day(struct amendment *m, struct err *err)
{
	size_t n = m->s.core.n_items;
	civil_day until = DAY_NEVER;

	for (size_t i = 0; i < n; i++) {
		if (m->s.all[i].from != m->day)
			continue;
		m->items[i].to = m->day;
		for (size_t k = 0; k < n; k++) {
			if (builds_on(m, k, i))
				return err_set(
				    err, ERR_wrong_state,
				    "What is scheduled for %s goes on from it: take that "
				    "back first.",
				    day_text(m->a, m->s.all[k].from));
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (m->s.all[i].to != m->day || m->s.all[i].from >= m->day)
			continue;
		m->items[i].to = goes_on_until(m, i);
		until = m->items[i].to < until ? m->items[i].to : until;
	}
	coupon_take_back(m, m->day, until);
	lift_end(m);
	return 0;
}

static int
unschedule_decide(struct amendment *m, struct err *err)
{
	civil_day day = m->day;

	amendment_as_it_is(m, 0);
	coupon_ready(m);
	if (!jval_get(m->body, "date")) {
		m->day = m->s.today;
		drop_later(m);
		m->day = day;
	} else if (take_back_day(m, err) < 0) {
		return -1;
	}
	if (amendment_decide(m, err) < 0)
		return -1;
	amendment_set_end(m);
	m->next_bill = DAY_NEVER; /* while it stands still */
	if (strcmp(m->s.state, "paused") != 0)
		amendment_set_next(m, m->change.next_bill);
	m->event = "subscription.unscheduled";
	return 0;
}

static const struct sub_act unscheduling = { "unschedule", unschedule_day, unschedule_decide };

int
subscription_unschedule(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &unscheduling, r, err);
}

int
subscription_preview_unschedule(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &unscheduling, r, err);
}
