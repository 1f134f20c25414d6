/*
 * subscription_act.c - a subscription begins, ends, stands still and goes on.
 *
 * Each is one transaction: held and read, decided, written with its event. A day that is to come is
 * written down, and the step of that day (subscription_step.c) does it by the same functions.
 */
#include "subscription_change.h"

/* clang-format off */
static const char *const cancel_ats[] = { "now", "period_end", "term_end", NULL };

const struct field subscription_activate_in[] = {
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "First day of service; what was said before, else today." },
	{ .name = "trial_days", .type = FT_INT, .u.num = { 0, 730 }, .doc = "Days before the first that is charged." },
	{ .name = "alignment", .type = FT_ENUM, .u.words = subscription_alignments, .doc = "Periods from the first day on, or the calendar's." },
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 }, .doc = "Periods that are agreed on at a time." },
	{ .name = "auto_renew", .type = FT_BOOL, .doc = "Another term follows." },
	{ .name = "billing_mode", .type = FT_ENUM, .u.words = subscription_billing_modes, .doc = "What becomes of its invoices." },
	{ 0 }
};
const struct field subscription_cancel_in[] = {
	{ .name = "at", .type = FT_ENUM, .u.words = cancel_ats,
	  .doc = "When: with today as the last day (`now`), at the end of all that has been paid for (`period_end`, where nothing is said), or of the term." },
	{ .name = "date", .type = FT_DATE, .doc = "Or the last day of service." },
	{ .name = "credit", .type = FT_BOOL,
	  .doc = "Give back what was paid for days after the last one, net of discounts, at its own tax rate: the account's credit." },
	{ .name = "reason", .type = FT_TEXT, .u.len = { 1, 1000 }, .doc = "Why." },
	{ 0 }
};
const struct field subscription_pause_in[] = {
	{ .name = "on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The first day of the pause; today where not given." },
	{ .name = "resume_on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The day on which it goes on by itself." },
	{ 0 }
};
const struct field subscription_resume_in[] = {
	{ .name = "on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The day on which it goes on; today where not given." },
	{ 0 }
};
/* clang-format on */

/* Held and read, in a transaction that stays open. 1: a repeat was answered. */
static int
hold(struct call *c, struct sub_loaded *ret, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;
	int stmt, rc;

	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &subscription_resource, id, err) < 0)
		return -1;
	stmt = sub_add_hold(f, id);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &subscription_resource, id, err);
		return rc;
	}
	if (sub_load(c->arena, id, f, stmt, ret, err) == 0)
		return 0;
	call_give_up(c);
	return -1;
}

static int
give_up(struct call *c)
{
	call_give_up(c);
	return -1;
}

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

static void
put_day(struct jw *w, struct arena *a, const char *key, struct opt_day d)
{
	jw_kstr(w, key, d.set ? day_text(a, d.day) : NULL);
}

static struct opt_day
on(civil_day d)
{
	return (struct opt_day){ d != DAY_NEVER, d };
}

/* A day of the body; today where it has none. */
static civil_day
day_of(const struct call *c, const char *key, civil_day otherwise)
{
	struct str s;

	if (jval_str(c->body, key, &s))
		(void)date_parse(s, &otherwise);
	return otherwise;
}

/* What was decided, and the answer. */
static int
answer(struct call *c, const struct sub_loaded *s, struct jw *set, const char *event,
       struct reply *r, struct err *err)
{
	struct flush *f = call_go_on(c);

	jw_end_object(set);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, $3)", s->id, sb_z(&set->sb), event,
		   FLUSH_END);
	return call_answer(c, f, &subscription_resource, s->id, 200, r, err);
}

/* The same with the document that another end makes of what was billed. */
static int
answer_end(struct amendment *m, struct jw *set, const char *event, struct reply *r, struct err *err)
{
	struct flush *f;

	jw_end_object(set);
	if (amendment_add_document(m, &f, err) < 0) {
		call_give_up(m->c);
		return -1;
	}
	flush_addv(f, "SELECT billing.subscription_set($1, $2, $3, $4)", m->s.id, sb_z(&set->sb),
		   event, amendment_told(m), FLUSH_END);
	return call_answer(m->c, f, &subscription_resource, m->s.id, 200, r, err);
}

static void
begin_set(struct call *c, struct jw *w)
{
	jw_init(w, c->arena, 8000);
	jw_object(w);
}

/* ---- it begins ---- */

static int
decide_beginning(struct call *c, const struct sub_loaded *s, struct sub_terms *t, struct err *err)
{
	struct cycle cycle;

	if (!is(s, "pending"))
		return wrong_state(s, "has begun", err);
	if (sub_term_cycle(s, &cycle, err) < 0)
		return -1;
	*t = (struct sub_terms){ .start = s->start.set ? s->start.day : s->today,
				 .recurring = s->all[0].recurring,
				 .every = s->all[0].every,
				 .calendar = s->core.calendar };
	if (s->trial_end.set && s->start.set)
		t->trial_days = s->trial_end.day - s->start.day;
	t->start = day_of(c, "start_date", t->start);
	member_int(c->body, "trial_days", &t->trial_days);
	if (jval_get(c->body, "alignment"))
		t->calendar = str_eqz(jval_str_of(c->body, "alignment"), "calendar");
	t->term = s->term;
	member_int(c->body, "term", &t->term);
	t->has_term = t->term > 0 && !(jval_has(c->body, "term") && !jval_get(c->body, "term"));
	if (t->start < s->today - 3660 || t->start > s->today + 3660)
		return err_field(err, c->arena, "/start_date", "out_of_range",
				 "Must be within ten years of today.");
	return sub_terms_decide(t, err);
}

int
subscription_activate(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	struct sub_loaded s;
	struct sub_terms t;
	bool renews;
	struct jw w;
	int rc;

	if ((rc = hold(c, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide_beginning(c, &s, &t, err) < 0)
		return give_up(c);
	renews = s.auto_renew;
	member_bool(c->body, "auto_renew", &renews);
	begin_set(c, &w);
	jw_kstr(&w, "state", "active");
	jw_kstr(&w, "start_date", day_text(a, t.start));
	jw_kstr(&w, "anchor", day_text(a, t.anchor));
	jw_kstr(&w, "trial_end", t.trial_days ? day_text(a, t.anchor) : NULL);
	jw_kstr(&w, "next_bill_on", day_text(a, t.anchor));
	jw_kstr(&w, "alignment", t.calendar ? "calendar" : "anniversary");
	jw_kstr(&w, "term", t.has_term ? int_text(a, t.term) : NULL);
	jw_kstr(&w, "term_end", sub_day_text(a, t.term_end));
	jw_kbool(&w, "auto_renew", renews);
	if (!renews && t.has_term)
		jw_kstr(&w, "end_date", day_text(a, t.term_end));
	if (jval_get(c->body, "billing_mode"))
		jw_kstr(&w, "billing_mode", member_text(a, c->body, "billing_mode"));
	return answer(c, &s, &w, "subscription.activated", r, err);
}

/* ---- it ends ---- */

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
	return 0;
}

/* The first day without service that the body asks for. */
static int
decide_end(struct call *c, const struct sub_loaded *s, civil_day *ret, struct err *err)
{
	struct str at = jval_str_of(c->body, "at");

	if (jval_get(c->body, "date")) {
		*ret = day_of(c, "date", s->today) + 1;
		if (at.len)
			return err_field(err, c->arena, "/date", "conflict", "Either at or date.");
		if (*ret <= s->today)
			return err_field(err, c->arena, "/date", "out_of_range",
					 "Must not be past.");
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

static int
cancel_day(struct amendment *m, struct err *err)
{
	const struct sub_loaded *s = &m->s;

	m->day = s->today;
	m->reason = "The subscription was cancelled.";
	if (is(s, "pending"))
		return 0;
	if (!goes(s) && !is(s, "paused"))
		return wrong_state(s, "has ended", err);
	return decide_end(m->c, s, &m->day, err);
}

int
subscription_cancel(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	bool now = str_eqz(jval_str_of(c->body, "at"), "now"), unbilled, credit = false;
	char instant[INSTANT_TEXT];
	struct amendment m;
	struct sub_loaded *s = &m.s;
	struct jw w;
	int rc;

	if ((rc = amendment_read(c, &m, cancel_day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	member_bool(c->body, "credit", &credit);
	amendment_as_it_is(&m, 0);
	m.is.end = m.day;
	if (credit && !is(s, "pending") && amendment_decide(&m, err) < 0)
		return give_up(c);
	/* Bill dates that the runs have not come to yet are still billed. */
	unbilled = s->next_bill.set && s->next_bill.day < m.day && s->next_bill.day <= s->today;
	instant_format(c->business_now, instant);
	begin_set(c, &w);
	jw_kstr(&w, "cancelled_at", instant);
	jw_kstr(&w, "cancel_reason", member_text(a, c->body, "reason"));
	if (!is(s, "pending"))
		jw_kstr(&w, "end_date", day_text(a, m.day));
	if (is(s, "pending") || (now && !unbilled)) {
		jw_kstr(&w, "state", "cancelled");
		put_day(&w, a, "next_bill_on", (struct opt_day){ 0 });
	}
	return answer_end(&m, &w, "subscription.cancelled", r, err);
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
	m->reason = "The subscription goes on.";
	if ((!goes(s) && !is(s, "paused")) || !s->cancelled)
		return wrong_state(s, "has no cancellation to take back", err);
	if (billed_to_end(s, &billed, err) < 0)
		return -1;
	return billed ? err_set(err, ERR_wrong_state, "Its last days have been billed as such.")
		      : 0;
}

/* What its cancellation has given back is charged again. */
int
subscription_keep(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	civil_day next = DAY_NEVER;
	struct amendment m;
	struct sub_loaded *s = &m.s;
	struct jw w;
	int rc;

	if ((rc = amendment_read(c, &m, keep_day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	s->core.end = s->auto_renew || !s->term_end.set ? DAY_NEVER : s->term_end.day;
	amendment_as_it_is(&m, 0);
	if (amendment_decide(&m, err) < 0 ||
	    (goes(s) &&
	     sub_next_unbilled(s, s->next_bill.set ? s->next_bill.day : s->today, &next, err) < 0))
		return give_up(c);
	begin_set(c, &w);
	put_day(&w, a, "end_date", on(s->core.end));
	jw_kstr(&w, "cancelled_at", NULL);
	jw_kstr(&w, "cancel_reason", NULL);
	if (goes(s))
		put_day(&w, a, "next_bill_on", s->next_bill.set ? s->next_bill : on(next));
	return answer_end(&m, &w, "subscription.kept", r, err);
}

/* ---- it stands still ---- */

int
subscription_pause(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	struct sub_loaded s;
	civil_day from, until;
	struct jw w;
	int rc;

	if ((rc = hold(c, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	from = day_of(c, "on", s.today);
	until = day_of(c, "resume_on", DAY_NEVER);
	if (!goes(&s))
		wrong_state(&s, "cannot be paused", err);
	else if (from < s.today)
		err_field(err, a, "/on", "out_of_range", "Must not be past.");
	else if (until <= from)
		err_field(err, a, "/resume_on", "out_of_range",
			  "Must be after the pause's first day.");
	if (err->code != ERR_none)
		return give_up(c);
	begin_set(c, &w);
	jw_kstr(&w, "paused_on", day_text(a, from));
	jw_kstr(&w, "resume_on", sub_day_text(a, until));
	if (from == s.today) {
		jw_kstr(&w, "state", "paused");
		jw_kstr(&w, "next_bill_on", NULL);
	}
	return answer(c, &s, &w, from == s.today ? "subscription.paused" : "subscription.updated",
		      r, err);
}

int
subscription_resume(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	struct sub_loaded s;
	civil_day from, next;
	struct jw w;
	int rc;

	if ((rc = hold(c, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	from = day_of(c, "on", s.today);
	if (!is(&s, "paused") && !(goes(&s) && s.paused.set))
		wrong_state(&s, "is not paused", err);
	else if (from < s.today)
		err_field(err, a, "/on", "out_of_range", "Must not be past.");
	if (err->code != ERR_none || sub_next_unbilled(&s, from, &next, err) < 0)
		return give_up(c);
	begin_set(c, &w);
	if (is(&s, "paused") && from > s.today) {
		jw_kstr(&w, "resume_on", day_text(a, from));
		return answer(c, &s, &w, "subscription.updated", r, err);
	}
	jw_kstr(&w, "state", is(&s, "paused") ? "active" : s.state);
	jw_kstr(&w, "paused_on", NULL);
	jw_kstr(&w, "resume_on", NULL);
	put_day(&w, a, "next_bill_on",
		is(&s, "paused") || !s.next_bill.set ? on(next) : s.next_bill);
	return answer(c, &s, &w, "subscription.resumed", r, err);
}
