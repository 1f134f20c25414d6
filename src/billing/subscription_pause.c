/*
 * subscription_pause.c - a subscription stands still and goes on.
 *
 * A pause stops bill dates from its first day on. What had been paid for its days stays, or is
 * given back (`credit`), each line's own net and tax (K8); who goes on pays for the days that are
 * left of the period that runs, pro rata (K7), less what is paid for already, so that both on one
 * day come to nothing. Both are the one comparison of billing/change.h, with the pause among the
 * days of the subscription. Of a day to come it is only written down, and can be moved or taken
 * back; its day (subscription_step.c) does it by the same functions. What is to be billed before a
 * pause is billed first.
 */
#include "subscription_pause.h"

/* clang-format off */
const struct field subscription_pause_in[] = {
	{ .name = "on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The first day of the pause, which may be past where it gives back; today where not given." },
	{ .name = "resume_on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The day on which it goes on by itself." },
	{ .name = "credit", .type = FT_BOOL,
	  .doc = "Give back what was paid for its days, net of discounts, at its own tax rate: the account's credit. False where nothing is said, and true for a day that is past." },
	{ .name = "anew", .type = FT_BOOL, .doc = "Periods begin anew on the day on which it goes on by itself; else the calendar stays." },
	{ .name = "extends_term", .type = FT_BOOL,
	  .doc = "Its days are added to the term that runs, and to an end with it, when it goes on; until then that term neither ends nor renews. False where nothing is said: the term runs on, and may end or renew meanwhile. Days of phases stay." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};
const struct field subscription_resume_in[] = {
	{ .name = "on", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The day on which it goes on, from the pause's first one on; today where not given." },
	{ .name = "extends_term", .type = FT_BOOL, .doc = "The pause's days are added to the term that runs, and to an end with it; as the pause said where nothing is said." },
	{ .name = "anew", .type = FT_BOOL, .doc = "Its periods begin anew on that day; else the calendar stays, and what is left of the period that runs is charged." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};
/* clang-format on */

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

static int
wrong_state(const struct sub_loaded *s, const char *what, struct err *err)
{
	return err_set(err, ERR_wrong_state, "A subscription that is %s %s.", s->state, what);
}

static struct sub_pause *
last_of(const struct sub_loaded *s)
{
	return s->core.n_pauses ? &s->pauses[s->core.n_pauses - 1] : NULL;
}

static bool
gives_back(const struct sub_pause *p)
{
	return p->keeps == DAY_ALWAYS;
}

static civil_day
later(civil_day a, civil_day b)
{
	return a > b ? a : b;
}

/* ---- periods that begin anew ---- */

/* What it charges from the day on is what it charged, its periods counted from the day. */
static int
begin_anew(struct amendment *m, civil_day day, struct err *err)
{
	size_t n = m->is.n_items;

	m->day = day;
	m->begun = jval_own(m->a, json_object_new_array());
	for (size_t i = 0; i < n; i++) {
		struct sub_item *was = &m->items[i];
		struct json_object *o;

		if (was->to <= day || was->to <= was->from)
			continue;
		o = amendment_copy(m->of[i]);
		json_object_object_add(o, "id", json_object_new_string(uuid_new_z(m->a)));
		json_object_object_add(o, "anchor", json_object_new_string(day_text(m->a, day)));
		if (was->from < day)
			json_object_object_add(o, "valid_from",
					       json_object_new_string(day_text(m->a, day)));
		json_object_array_add(m->begun, o);
		if (sub_load_item(m->a, o, &m->items[m->is.n_items], err) < 0)
			return -1;
		m->of[m->is.n_items++] = o;
		was->to = was->from > day ? was->from : day;
	}
	return 0;
}

/* ---- what is decided ---- */

/*
 * The pause stands among the subscription's days: what that gives back and, from the day on which
 * it has gone on, charges.
 */
static int
settle(struct amendment *m, const struct sub_pause *p, struct err *err)
{
	struct sub_loaded *s = &m->s;
	civil_day unbilled = sub_unbilled(s);
	bool over = p->days.end <= s->today;

	if (!gives_back(p) && !over)
		return 0;
	m->since = gives_back(p) ? p->days.start : p->days.end;
	m->next = (struct opt_day){ true, over ? later(p->days.end, unbilled) : unbilled };
	if (over && m->anew) {
		m->next.day = DAY_NEVER; /* what begins with the day is charged at once */
		if (begin_anew(m, p->days.end, err) < 0)
			return -1;
	}
	return amendment_decide(m, err);
}

/* ---- the term ---- */

/*
 * The term is as many days longer as those on which it stood still, if they began within it; so is
 * the end that it has with it, but that of phases and one that was asked for.
 */
static void
extend(const struct sub_loaded *s, struct period days, struct opt_day *term_end,
       struct opt_day *end)
{
	bool with_term = !s->cancelled && end->set && end->day == term_end->day;

	if (!term_end->set || days.start >= term_end->day || period_days(days) == 0)
		return;
	term_end->day = date_boundary(term_end->day, DATE_DAY, 1, period_days(days));
	if (with_term)
		end->day = schedule_end(s) < term_end->day ? schedule_end(s) : term_end->day;
}

void
sub_pause_forecast(const struct sub_loaded *s, struct opt_day *ret_term_end,
		   struct opt_day *ret_end)
{
	*ret_term_end = s->term_end;
	*ret_end = s->end;
	if (s->paused.set && s->pause_extends && s->resume.set)
		extend(s, (struct period){ s->paused.day, s->resume.day }, ret_term_end, ret_end);
}

bool
sub_pause_holds_term(const struct sub_loaded *s)
{
	return is(s, "paused") && s->pause_extends;
}

/* It goes on, or has: before what that charges is decided. */
static void
extend_term(struct amendment *m, struct period days)
{
	struct sub_loaded *s = &m->s;
	struct opt_day was = s->term_end;

	if (!m->extends)
		return;
	extend(s, days, &s->term_end, &s->end);
	if (!was.set || was.day == s->term_end.day)
		return;
	jw_kstr(&m->set, "term_end", day_text(m->a, s->term_end.day));
	if (s->end.set) {
		s->core.end = s->end.day;
		jw_kstr(&m->set, "end_date", day_text(m->a, s->end.day));
	}
}

/* As it is to be when the pause ends. */
static void
set_resumption(struct amendment *m, civil_day until)
{
	m->s.resume = (struct opt_day){ until != DAY_NEVER, until };
	m->s.pause_extends = m->extends;
	jw_kstr(&m->set, "resume_on", sub_day_text(m->a, until));
	jw_kbool(&m->set, "resume_anew", m->anew);
	jw_kbool(&m->set, "pause_extends_term", m->extends);
}

static void
set_going(struct amendment *m, civil_day next)
{
	struct sub_loaded *s = &m->s;

	s->paused.set = s->pause_extends = false;
	if (is(s, "paused"))
		jw_kstr(&m->set, "state", s->goes_on_unpaid ? "unpaid" : "active");
	jw_kstr(&m->set, "paused_on", NULL);
	jw_kstr(&m->set, "resume_on", NULL);
	jw_kbool(&m->set, "pause_credit", false);
	jw_kbool(&m->set, "pause_extends_term", false);
	jw_kbool(&m->set, "resume_anew", false);
	amendment_set_next(m, next);
	m->event = "subscription.resumed";
}

/* It stands still from a day on that has come, until one that may have come as well. */
static int
stand_still(struct amendment *m, civil_day from, civil_day until, bool credit, struct err *err)
{
	struct sub_loaded *s = &m->s;
	struct sub_pause *p = &s->pauses[s->core.n_pauses];

	*p = (struct sub_pause){ { from, until }, credit ? DAY_ALWAYS : sub_unbilled(s) };
	s->core.n_pauses++;
	if (until <= s->today)
		extend_term(m, p->days);
	amendment_as_it_is(m, s->core.n_items);
	m->pause = p;
	if (settle(m, p, err) < 0)
		return -1;
	if (until <= s->today) {
		set_going(m, m->change.next_bill);
		return 0;
	}
	s->paused = (struct opt_day){ true, from };
	jw_kstr(&m->set, "state", "paused");
	jw_kstr(&m->set, "paused_on", day_text(m->a, from));
	jw_kbool(&m->set, "pause_credit", credit);
	set_resumption(m, until);
	amendment_set_next(m, DAY_NEVER);
	m->event = "subscription.paused";
	return 0;
}

/* It goes on from a day that has come. */
static int
go_on(struct amendment *m, civil_day from, struct err *err)
{
	struct sub_loaded *s = &m->s;
	struct sub_pause *p = last_of(s);

	if (!p)
		return err_set(err, ERR_wrong_state, "The subscription has no pause.");
	p->days.end = from;
	extend_term(m, p->days);
	amendment_as_it_is(m, s->core.n_items);
	m->pause = p;
	if (settle(m, p, err) < 0)
		return -1;
	set_going(m, m->change.next_bill);
	return 0;
}

bool
sub_pause_waits(const struct sub_loaded *s, civil_day from)
{
	return s->next_bill.set && s->next_bill.day < from && s->next_bill.day <= s->today;
}

/* ---- by itself ---- */

static int
by_itself(struct job *j, struct sub_loaded *s, struct amendment *ret, civil_day day,
	  struct err *err)
{
	*ret =
	    (struct amendment){ .a = j->arena,
				.db = j->db,
				.s = *s,
				.day = day,
				.since = s->paused.set && s->paused.day < day ? s->paused.day : day,
				.anew = s->resume_anew,
				.extends = s->pause_extends };
	return amendment_read_more(ret, err);
}

/* It is tried again a day later: what it would give back of waits for its review. */
static int
not_yet(struct amendment *m, struct flush *f, struct err *err)
{
	if (!m->waits)
		return -1;
	*err = (struct err){ 0 };
	flush_addv(f, "SELECT billing.subscription_wait($1)", m->s.id, FLUSH_END);
	return 0;
}

int
sub_pause_begin(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	struct amendment m;

	if (sub_pause_waits(s, s->paused.day)) {
		flush_addv(f, "SELECT billing.subscription_wait($1)", s->id, FLUSH_END);
		return 0;
	}
	if (by_itself(j, s, &m, s->paused.day, err) < 0)
		return -1;
	m.reason = "The subscription was paused.";
	if (stand_still(&m, s->paused.day, s->resume.set ? s->resume.day : DAY_NEVER,
			s->pause_credit, err) < 0)
		return not_yet(&m, f, err);
	return amendment_add(&m, f, err);
}

int
sub_pause_end(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	struct amendment m;

	if (by_itself(j, s, &m, s->resume.day, err) < 0)
		return -1;
	m.reason = "The subscription goes on.";
	if (go_on(&m, s->resume.day, err) < 0)
		return not_yet(&m, f, err);
	return amendment_add(&m, f, err);
}

/* ---- by somebody ---- */

static civil_day
day_of(const struct amendment *m, const char *key, civil_day otherwise)
{
	struct str s;

	if (jval_str(m->body, key, &s))
		(void)date_parse(s, &otherwise);
	return otherwise;
}

static bool
said(const struct amendment *m, const char *key, bool otherwise)
{
	member_bool(m->body, key, &otherwise);
	return otherwise;
}

static int
refuse_past(const struct amendment *m, civil_day first, struct err *err)
{
	const struct sub_pause *last = last_of(&m->s);

	if (m->day >= m->s.today && (!last || m->day >= last->days.end))
		return 0;
	if (!said(m, "credit", true))
		return err_field(err, m->a, "/on", "out_of_range",
				 "A pause that began in the past gives back.");
	if (m->day < first)
		return err_field(err, m->a, "/on", "out_of_range",
				 "Must not be before the first day that is charged.");
	if (last && m->day < last->days.end)
		return err_field(err, m->a, "/on", "out_of_range",
				 "It stood still on that day already.");
	return 0;
}

static int
check_term(const struct amendment *m, struct err *err)
{
	return m->extends && !m->s.term_end.set
		   ? err_field(err, m->a, "/extends_term", "not_used", "It has no term.")
		   : 0;
}

static int
pause_day(struct amendment *m, struct err *err)
{
	const struct sub_loaded *s = &m->s;

	m->day = day_of(m, "on", s->today);
	m->reason = "The subscription was paused.";
	m->anew = said(m, "anew", false);
	m->extends = said(m, "extends_term", false);
	if (!goes(s))
		return wrong_state(s, "cannot be paused", err);
	if (check_term(m, err) < 0)
		return -1;
	if (refuse_past(m, s->core.anchor, err) < 0)
		return -1;
	if (day_of(m, "resume_on", DAY_NEVER) <= m->day)
		return err_field(err, m->a, "/resume_on", "out_of_range",
				 "Must be after the pause's first day.");
	if (s->end.set && m->day >= s->end.day)
		return err_field(err, m->a, "/on", "out_of_range", "It has ended by then.");
	return 0;
}

static int
pause_decide(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;
	civil_day until = day_of(m, "resume_on", DAY_NEVER), next;
	bool credit = said(m, "credit", m->day < s->today);

	/* Bill dates before it come back, where it was to begin earlier; or has, and waits. */
	if (sub_next_unbilled(s, s->core.anchor, &next, err) < 0)
		return -1;
	if (m->day <= s->today && next >= m->day)
		return stand_still(m, m->day, until, credit, err);
	jw_kstr(&m->set, "paused_on", day_text(m->a, m->day));
	jw_kbool(&m->set, "pause_credit", credit);
	set_resumption(m, until);
	s->paused = (struct opt_day){ true, m->day };
	amendment_set_next(m, next);
	m->event = "subscription.updated";
	return 0;
}

static int
resume_day(struct amendment *m, struct err *err)
{
	const struct sub_loaded *s = &m->s;
	const struct sub_pause *last = last_of(s);

	m->day = day_of(m, "on", s->today);
	m->since = last && is(s, "paused") ? last->days.start : m->day;
	m->reason = "The subscription goes on.";
	m->anew = said(m, "anew", false);
	m->extends = said(m, "extends_term", s->pause_extends);
	if (check_term(m, err) < 0)
		return -1;
	if (!is(s, "paused") && !(goes(s) && s->paused.set))
		return wrong_state(s, "is not paused", err);
	if (m->day < s->today && (!is(s, "paused") || !last || m->day < last->days.start))
		return err_field(err, m->a, "/on", "out_of_range", "Must not be before the pause.");
	return 0;
}

/* A pause that has not come is taken back, or its end is moved. */
static int
change_plan(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;
	civil_day next;

	m->event = "subscription.updated";
	if (m->day > s->paused.day) {
		set_resumption(m, m->day);
		m->next_bill = DAY_NEVER;
		return 0;
	}
	if (sub_next_unbilled(s, s->core.anchor, &next, err) < 0)
		return -1;
	set_going(m, next);
	return 0;
}

static int
resume_decide(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;

	if (!is(s, "paused"))
		return change_plan(m, err);
	if (m->day <= s->today)
		return go_on(m, m->day, err);
	m->pause = last_of(s);
	if (m->pause)
		last_of(s)->days.end = m->day;
	set_resumption(m, m->day);
	amendment_set_next(m, DAY_NEVER);
	m->event = "subscription.updated";
	return 0;
}

static const struct sub_act pausing = { "pause", pause_day, pause_decide },
			    resuming = { "resume", resume_day, resume_decide };

int
subscription_pause(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &pausing, r, err);
}

int
subscription_preview_pause(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &pausing, r, err);
}

int
subscription_resume(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &resuming, r, err);
}

int
subscription_preview_resume(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &resuming, r, err);
}
