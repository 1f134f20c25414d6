/*
 * subscription_step.c - what happens to a subscription by itself, on its day: it pauses and goes on
 * (subscription_pause.c), another plan begins, it is told of and renews, its plan's newer version
 * reaches it (subscription_renew.c), it ends, and that it has ended is told.
 *
 * The job of its schedule (billing.subscription_follow). Whatever day it is asked on, it does what
 * that day asks for and nothing twice: it decides on the subscription as it is held.
 */
#include "renewal.h"
#include "subscription_pause.h"

static bool
is(const struct sub_loaded *s, const char *state)
{
	return strcmp(s->state, state) == 0;
}

static bool
is_due(struct opt_day d, const struct sub_loaded *s)
{
	return d.set && d.day <= s->today;
}

static void
put_set(struct flush *f, const struct sub_loaded *s, struct jw *set, const char *event,
	const char *data)
{
	jw_end_object(set);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, $3, $4)", s->id, sb_z(&set->sb),
		   event, data, FLUSH_END);
}

static void
begin_set(struct job *j, struct jw *w)
{
	jw_init(w, j->arena, 8000);
	jw_object(w);
}

/* What is due before its end is billed first: the step comes again. */
static void
end(struct job *j, struct flush *f, struct sub_loaded *s)
{
	struct jw w;

	if (s->next_bill.set) {
		flush_addv(f, "SELECT billing.subscription_follow($1)", s->id, FLUSH_END);
		return;
	}
	begin_set(j, &w);
	jw_kstr(&w, "state", "ended");
	put_set(f, s, &w, "subscription.ended", NULL);
}

/* It ends because its term does. */
static bool
with_term(const struct sub_loaded *s)
{
	return !s->cancelled && s->end.set && s->term_end.set && s->end.day == s->term_end.day;
}

/* Another interval has begun with the plan: its term is counted from then on. */
static int
put_term(struct arena *a, struct jw *w, struct sub_loaded *s, const char *version, struct err *err)
{
	for (size_t i = 0; s->term > 0 && i < s->core.n_items; i++) {
		const struct sub_item *x = &s->all[i];
		struct json_object *row = json_object_array_get_idx(s->items, i);
		struct cycle c;

		if (!period_holds((struct period){ x->from, x->to }, s->today) || !x->has_anchor ||
		    x->anchor != x->from || !version ||
		    !str_eqz(jval_str_of(row, "plan_version_id"), version))
			continue;
		if (sub_cycle(&s->core, x, &c, err) < 0)
			return -1;
		s->term_end = (struct opt_day){ true, date_boundary(c.anchor, c.unit, c.count,
								    (int)s->term) };
		jw_kstr(w, "term_end", day_text(a, s->term_end.day));
		if (!s->auto_renew && !s->cancelled)
			jw_kstr(w, "end_date",
				day_text(a, schedule_end(s) < s->term_end.day ? schedule_end(s)
									      : s->term_end.day));
		return 0;
	}
	return 0;
}

/* What it charges says which plan it has: a scheduled one has begun. */
static int
begin_plan(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	const char *plan = member_text(j->arena, s->plan_begun, "plan_id"),
		   *version = member_text(j->arena, s->plan_begun, "plan_version_id");
	civil_day next;
	struct jw w, data;

	begin_set(j, &w);
	jw_kstr(&w, "plan_id", plan);
	jw_kstr(&w, "plan_version_id", version);
	if (put_term(j->arena, &w, s, version, err) < 0 ||
	    sub_next_unbilled(s, s->core.anchor, &next, err) < 0)
		return -1;
	if (!is(s, "paused"))
		jw_kstr(&w, "next_bill_on", sub_day_text(j->arena, next));
	begin_set(j, &data);
	jw_kstr(&data, "plan_id", plan);
	jw_kstr(&data, "plan_version_id", version);
	jw_end_object(&data);
	put_set(f, s, &w, "subscription.plan_begun", sb_z(&data.sb));
	return 0;
}

/* ---- the job ---- */

/* A term that ends before a pause is renewed before it: what is billed between them is of the next.
 */
static bool
renews_first(const struct sub_loaded *s)
{
	return s->auto_renew && is_due(s->term_end, s) && s->term_end.day < s->paused.day;
}

/* One thing that is due; what more there is has its own step, which this one's writing plans. */
static int
decide(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	int rc;

	if (is(s, "ended") || is(s, "cancelled"))
		flush_addv(f, "SELECT billing.subscription_expired($1)", s->id, FLUSH_END);
	if (!is(s, "active") && !is(s, "unpaid") && !is(s, "paused"))
		return 0;
	if (is_due(s->end, s) && !(with_term(s) && sub_pause_holds_term(s))) {
		end(j, f, s);
		return 0;
	}
	if (!is(s, "paused") && is_due(s->paused, s))
		return renews_first(s) ? renewal_make(j, f, s, err) : sub_pause_begin(j, f, s, err);
	if (is(s, "paused") && is_due(s->resume, s))
		return sub_pause_end(j, f, s, err);
	if (s->plan_begun)
		return begin_plan(j, f, s, err);
	if (s->reaching && (rc = renewal_take_reaching(j, f, s, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (sub_pause_holds_term(s))
		return 0;
	if (is_due(s->term_end, s) && s->auto_renew)
		return renewal_make(j, f, s, err);
	if (s->term_end.set && !s->cancelled)
		return renewal_notices(j, f, s, err);
	return 0;
}

static void
give_up(struct job *j)
{
	struct flush *f = flush_new(j->db, j->arena);
	struct err scrap = { 0 };

	flush_rollback(f);
	flush_run(f, &scrap); /* a connection that is gone has rolled back */
}

int
subscription_step(struct job *j, struct err *err)
{
	const char *id = member_text(j->arena, j->payload, "subscription_id");
	struct flush *f = flush_new(j->db, j->arena);
	struct sub_loaded s = { .state = "deleted" };
	int stmt;

	if (!id)
		return err_set(err, ERR_validation_failed, "The job names no subscription.");
	enter_add(f, &j->who);
	flush_addv(f, "SELECT billing.subscription_step_hold($1)", id, FLUSH_END);
	stmt = sub_add_read(f, id);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) > 0 && sub_load(j->arena, id, f, stmt, &s, err) < 0) {
		give_up(j);
		return -1;
	}
	f = flush_new(j->db, j->arena);
	if (decide(j, f, &s, err) < 0) {
		give_up(j);
		return -1;
	}
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}
