/*
 * subscription_act.c - a subscription ends, or is kept after all.
 *
 * An end may lie in the past, within what it was charged for; one that is to come is written down,
 * and its day (subscription_step.c) ends it.
 */
#include "subscription_change.h"

#include <billfold/billing/schedule.h>

/* clang-format off */
static const char *const cancel_ats[] = { "now", "period_end", "term_end", NULL };

const struct field subscription_cancel_in[] = {
	{ .name = "at", .type = FT_ENUM, .u.words = cancel_ats,
	  .doc = "When: with today as the last day (`now`), at the end of all that has been paid for (`period_end`, where nothing is said), or of the term." },
	{ .name = "date", .type = FT_DATE, .doc = "Or the last day of service, which may be past." },
	{ .name = "credit", .type = FT_BOOL,
	  .doc = "Give back what was paid for days after the last one, net of discounts, at its own tax rate: the account's credit. False where nothing is said, and true where that day is past." },
	{ .name = "reason", .type = FT_TEXT, .u.len = { 1, 1000 }, .doc = "Why." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};
const struct field subscription_keep_in[] = {
	PREVIEW_TOKEN_IN,
	{ 0 }
};
/* clang-format on */

static int
wrong_state(const struct sub_loaded *s, const char *what, struct err *err)
{
	return err_set(err, ERR_wrong_state, "A subscription that is %s %s.", s->state, what);
}

static bool
is(const struct sub_loaded *s, const char *state)
{
	return strcmp(s->state, state) == 0;
}

static bool
goes(const struct sub_loaded *s)
{
	return is(s, "active") || is(s, "unpaid");
}

/* The end of all periods that run on a day: nothing that has been paid for is lost. */
static int
paid_until(const struct sub_loaded *s, civil_day day, civil_day *ret, struct err *err)
{
	*ret = s->core.anchor > s->today ? s->core.anchor : s->today;
	if (day < s->core.anchor)
		return 0; /* it is tried, or to come: nothing has been paid for */
	for (size_t i = 0; i < s->core.n_items; i++) {
		struct period p;
		struct cycle c;
		int64_t k;

		if (!period_holds((struct period){ s->all[i].from, s->all[i].to }, day))
			continue;
		if (sub_cycle(&s->core, &s->all[i], &c, err) < 0 ||
		    cycle_find(&c, day, &k, &p, err) < 0)
			return -1;
		if (p.end > *ret)
			*ret = p.end;
	}
	if (*ret > s->core.end) /* it was charged to there, and is not put off */
		*ret = s->core.end;
	return 0;
}

/* The first day without service that the body asks for. */
static int
decide_end(struct call *c, const struct sub_loaded *s, civil_day *ret, struct err *err)
{
	struct str at = jval_str_of(c->body, "at");

	if (jval_get(c->body, "date")) {
		*ret = member_day_or(c->body, "date", s->today) + 1;
		if (at.len)
			return err_field(err, c->arena, "/date", "conflict", "Either at or date.");
		if (*ret <= s->start.day)
			return err_field(err, c->arena, "/date", "out_of_range",
					 "Must not be before its first day.");
	} else if (str_eqz(at, "now")) {
		*ret = s->today + 1;
	} else if (str_eqz(at, "term_end")) {
		if (!s->term_end.set)
			return err_field(err, c->arena, "/at", "not_used", "It has no term.");
		*ret = s->term_end.day;
	} else if (paid_until(s, s->today, ret, err) < 0) {
		return -1;
	}
	if (*ret < s->start.day)
		*ret = s->start.day; /* it has not begun: no day at all */
	return 0;
}

/* A pause that gives back is compared from its first day on: its days may have moved since. */
static civil_day
first_of_pause(const struct sub_loaded *s)
{
	const struct sub_pause *last = s->core.n_pauses ? &s->pauses[s->core.n_pauses - 1] : NULL;

	return is(s, "paused") && last && last->keeps == DAY_ALWAYS ? last->days.start : DAY_NEVER;
}

/* It ends later than it was to: what was charged to that end is charged to the new one. */
static bool
puts_off(const struct amendment *m)
{
	return m->day > m->s.core.end;
}

static int
cancel_day(struct amendment *m, struct err *err)
{
	const struct sub_loaded *s = &m->s;

	m->day = s->today;
	m->since = first_of_pause(s);
	m->reason = "The subscription was cancelled.";
	if (is(s, "pending"))
		return 0;
	if (!goes(s) && !is(s, "paused"))
		return wrong_state(s, "has ended", err);
	if (decide_end(m->c, s, &m->day, err) < 0)
		return -1;
	if (puts_off(m) && s->core.end < m->since)
		m->since = s->core.end;
	return 0;
}

static int
cancel_decide(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;
	bool now = str_eqz(jval_str_of(m->body, "at"), "now") || m->day <= s->today;
	bool credit = m->day <= s->today, unbilled, pending = is(s, "pending"),
	     later = !pending && puts_off(m);
	char instant[INSTANT_TEXT];
	civil_day next = s->next_bill.set ? s->next_bill.day : DAY_NEVER;

	member_bool(m->body, "credit", &credit);
	if (m->day <= s->today + 1 && goes(s) && s->paused.set && s->paused.day < m->day)
		return err_set(err, ERR_wrong_state,
			       "Its pause waits for the review of a document.");
	amendment_as_it_is(m, 0);
	m->is.end = m->day;
	m->kept_from = credit ? DAY_NEVER : m->day;
	if ((credit || later) && !pending && amendment_decide(m, err) < 0)
		return -1;
	if (later && goes(s)) {
		s->core.end = m->day;
		if (sub_next_unbilled(s, s->core.anchor, &next, err) < 0)
			return -1;
	}
	/* Bill dates that the runs have not come to yet are still billed. */
	unbilled = next < m->day && next <= s->today;
	instant_format(m->c->business_now, instant);
	jw_kstr(&m->set, "cancelled_at", instant);
	jw_kstr(&m->set, "cancel_reason", member_text(m->a, m->body, "reason"));
	if (!pending) {
		jw_kstr(&m->set, "end_date", day_text(m->a, m->day));
		s->end = (struct opt_day){ true, m->day };
	}
	if (pending || (now && !unbilled)) {
		jw_kstr(&m->set, "state", "cancelled");
		next = DAY_NEVER;
	}
	amendment_set_next(m, next);
	m->event = "subscription.cancelled";
	return 0;
}

/* Whether a document has billed its last days as a part of their period. */
static int
billed_to_end(const struct sub_loaded *s, bool *ret, struct err *err)
{
	struct subscription open = s->core;
	civil_day next;

	*ret = false;
	if (!s->billed.set)
		return 0;
	open.end = DAY_NEVER;
	if (sub_next_bill(&open, s->billed.day + 1, &next, err) < 0)
		return -1;
	*ret = next > s->end.day && s->billed.day >= s->today;
	return 0;
}

static int
keep_day(struct amendment *m, struct err *err)
{
	const struct sub_loaded *s = &m->s;
	bool billed = false;

	m->day = s->end.set ? s->end.day : s->today;
	m->since = first_of_pause(s);
	m->reason = "The subscription goes on.";
	if ((!goes(s) && !is(s, "paused")) || !s->cancelled)
		return wrong_state(s, "has no cancellation to take back", err);
	if (billed_to_end(s, &billed, err) < 0)
		return -1;
	return billed ? err_set(err, ERR_wrong_state, "Its last days have been billed as such.")
		      : 0;
}

/* What its cancellation has given back is charged again. */
static int
keep_decide(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;
	civil_day next = DAY_NEVER;

	s->core.end = s->auto_renew || !s->term_end.set ? DAY_NEVER : s->term_end.day;
	if (schedule_end(s) < s->core.end) /* with its last phase */
		s->core.end = schedule_end(s);
	s->end = (struct opt_day){ s->core.end != DAY_NEVER, s->core.end };
	amendment_as_it_is(m, 0);
	m->kept_from = DAY_NEVER;
	if (amendment_decide(m, err) < 0 ||
	    (goes(s) && sub_next_unbilled(s, s->core.anchor, &next, err) < 0))
		return -1;
	jw_kstr(&m->set, "end_date", sub_day_text(m->a, s->core.end));
	jw_kstr(&m->set, "cancelled_at", NULL);
	jw_kstr(&m->set, "cancel_reason", NULL);
	amendment_set_next(m, next);
	m->event = "subscription.kept";
	return 0;
}

static const struct sub_act cancelling = { "cancel", cancel_day, cancel_decide },
			    keeping = { "keep", keep_day, keep_decide };

int
subscription_cancel(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &cancelling, r, err);
}

int
subscription_preview_cancel(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &cancelling, r, err);
}

int
subscription_keep(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &keeping, r, err);
}

int
subscription_preview_keep(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &keeping, r, err);
}
