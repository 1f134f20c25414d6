/*
 * subscription_step.c - what happens to a subscription by itself, on its day: it pauses, goes on,
 * is told of, renews, ends.
 *
 * The job of its schedule (billing.subscription_follow). Whatever day it is asked on, it does what
 * that day asks for and nothing twice: it decides on the subscription as it is held.
 */
#include "subscription.h"

static const int notice_days[] = { 30, 7, 1 };

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

static void
pause(struct job *j, struct flush *f, struct sub_loaded *s)
{
	struct jw w;

	begin_set(j, &w);
	jw_kstr(&w, "state", "paused");
	jw_kstr(&w, "next_bill_on", NULL);
	put_set(f, s, &w, "subscription.paused", NULL);
	s->state = "paused";
}

static int
resume(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	civil_day next;
	struct jw w;

	if (sub_next_unbilled(s, s->resume.day, &next, err) < 0)
		return -1;
	begin_set(j, &w);
	jw_kstr(&w, "state", "active");
	jw_kstr(&w, "paused_on", NULL);
	jw_kstr(&w, "resume_on", NULL);
	jw_kstr(&w, "next_bill_on", sub_day_text(j->arena, next));
	put_set(f, s, &w, "subscription.resumed", NULL);
	s->state = "active";
	return 0;
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

/* ---- renewal ---- */

/* Which term follows the one that ends: counted from the anchor, whatever the last one was. */
static int
next_term_end(const struct sub_loaded *s, civil_day *ret, struct err *err)
{
	struct period p;
	struct cycle c;
	int64_t k;

	if (sub_term_cycle(s, &c, err) < 0 || cycle_find(&c, s->term_end.day, &k, &p, err) < 0)
		return -1;
	*ret = date_boundary(c.anchor, c.unit, c.count, (int)(k + s->term));
	return 0;
}

/* The item of a charge that goes beyond the term; its place among the items, or n_items. */
static size_t
item_of(const struct sub_loaded *s, struct str charge)
{
	for (size_t i = 0; i < s->core.n_items; i++) {
		struct json_object *e = json_object_array_get_idx(s->items, i);

		if (s->all[i].to > s->term_end.day && str_eq(jval_str_of(e, "plan_charge"), charge))
			return i;
	}
	return s->core.n_items;
}

static void
carry(struct json_object *to, struct json_object *from, const char *key)
{
	if (jval_get(from, key))
		json_object_object_add(to, key, json_object_get(jval_get(from, key)));
}

/* What a charge of the new version begins with the new term; NULL: nothing. */
static struct json_object *
renewed_item(struct arena *a, const struct sub_loaded *s, struct json_object *charge)
{
	size_t at = item_of(s, jval_str_of(charge, "code"));
	struct json_object *had = at < s->core.n_items ? json_object_array_get_idx(s->items, at)
						       : NULL,
			   *o;
	bool add_on = false;

	member_bool(charge, "add_on", &add_on);
	if (!jval_get(charge, "unit_price") || (add_on && !had))
		return NULL;
	o = sub_plan_item(a, s->renewal, charge, had ? member_text(a, had, "quantity") : NULL);
	json_object_object_add(o, "valid_from",
			       json_object_new_string(day_text(a, s->term_end.day)));
	carry(o, had, "lineage");
	carry(o, had, "discount_percent");
	if (had)
		s->all[at].to = s->term_end.day;
	return o;
}

static bool
has_charge(struct json_object *charges, struct str code)
{
	for (size_t i = 0; charges && i < json_object_array_length(charges); i++) {
		if (str_eq(jval_str_of(json_object_array_get_idx(charges, i), "code"), code))
			return true;
	}
	return false;
}

/*
 * The plan's newer version for what is from the plan: an item ends with the term and goes on at the
 * new price, or as it was where there is none in its currency. A charge that the plan has no more
 * ends; one that is new, and no add-on, begins.
 */
static int
take_version(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	struct arena *a = j->arena;
	struct json_object *items = jval_own(a, json_object_new_array());
	struct json_object *charges = jval_get(s->renewal, "charges");
	size_t n = s->core.n_items, more = charges ? json_object_array_length(charges) : 0;
	struct sub_item *all = arena_alloc(a, (n + more + 1) * sizeof(*all));
	struct pg_array *ended = pg_array_new(a);
	const char *day = day_text(a, s->term_end.day);

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(s->items, i);

		if (jval_get(e, "plan_charge") && s->all[i].to > s->term_end.day &&
		    !has_charge(charges, jval_str_of(e, "plan_charge")))
			s->all[i].to = s->term_end.day;
	}
	for (size_t i = 0; i < more; i++) {
		struct json_object *o = renewed_item(a, s, json_object_array_get_idx(charges, i));

		if (!o)
			continue;
		json_object_array_add(items, o);
		if (sub_load_item(a, o, &all[n + json_object_array_length(items) - 1], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		all[i] = s->all[i];
		if (s->all[i].to == s->term_end.day)
			pg_array_add(ended,
				     member_text(a, json_object_array_get_idx(s->items, i), "id"));
	}
	s->core.items = s->all = all;
	s->core.n_items = n + json_object_array_length(items);
	flush_addv(f, "SELECT billing.items_end($1, $2, $3)", s->id, pg_array_text(ended), day,
		   FLUSH_END);
	flush_addv(f, "SELECT billing.items_write($1, $2)", s->id, str_dup(a, jval_text(a, items)),
		   FLUSH_END);
	return 0;
}

static int
renew(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	struct arena *a = j->arena;
	civil_day until, next = DAY_NEVER;
	struct jw w, data;

	if (next_term_end(s, &until, err) < 0)
		return -1;
	if (s->renewal && take_version(j, f, s, err) < 0)
		return -1;
	if (!is(s, "paused") &&
	    sub_next_unbilled(s, s->next_bill.set ? s->next_bill.day : s->term_end.day, &next,
			      err) < 0)
		return -1;
	begin_set(j, &w);
	jw_kstr(&w, "term_end", day_text(a, until));
	jw_kstr(&w, "next_bill_on", sub_day_text(a, next));
	if (s->renewal)
		jw_kstr(&w, "plan_version_id", member_text(a, s->renewal, "plan_version_id"));
	begin_set(j, &data);
	jw_kstr(&data, "renewed_on", day_text(a, s->term_end.day));
	if (s->renewal)
		jw_kstr(&data, "plan_version_id", member_text(a, s->renewal, "plan_version_id"));
	jw_end_object(&data);
	put_set(f, s, &w, "subscription.renewed", sb_z(&data.sb));
	return 0;
}

/* ---- notices ---- */

static bool
noticed(const struct sub_loaded *s, int days)
{
	for (size_t i = 0; s->noticed && i < json_object_array_length(s->noticed); i++) {
		if (json_object_get_int(json_object_array_get_idx(s->noticed, i)) == days)
			return true;
	}
	return false;
}

/* Notices whose day has come within the term that runs, and that were not given: all at once, as
 * one. */
static int
notices(struct job *j, struct flush *f, const struct sub_loaded *s, struct err *err)
{
	struct pg_array *due = pg_array_new(j->arena);
	civil_day began;
	struct period p;
	struct cycle c;
	bool any = false;
	int64_t k;

	if (sub_term_cycle(s, &c, err) < 0 || cycle_find(&c, s->term_end.day, &k, &p, err) < 0)
		return -1;
	began = date_boundary(c.anchor, c.unit, c.count, (int)(k > s->term ? k - s->term : 0));
	for (size_t i = 0; i < sizeof(notice_days) / sizeof(notice_days[0]); i++) {
		civil_day day = s->term_end.day - notice_days[i];

		if (day > s->today || day < began || noticed(s, notice_days[i]))
			continue;
		pg_array_add_int(due, notice_days[i]);
		any = true;
	}
	if (any)
		flush_addv(f, "SELECT billing.subscription_notice($1, $2, $3)", s->id,
			   day_text(j->arena, s->term_end.day), pg_array_text(due), FLUSH_END);
	flush_addv(f, "SELECT billing.subscription_follow($1)", s->id, FLUSH_END);
	return 0;
}

/* ---- the job ---- */

/* One thing that is due; what more there is has its own step, which this one's writing plans. */
static int
decide(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	if (!is(s, "active") && !is(s, "unpaid") && !is(s, "paused"))
		return 0;
	if (is_due(s->end, s)) {
		end(j, f, s);
		return 0;
	}
	if (!is(s, "paused") && is_due(s->paused, s)) {
		pause(j, f, s);
		return 0;
	}
	if (is(s, "paused") && is_due(s->resume, s))
		return resume(j, f, s, err);
	if (is_due(s->term_end, s) && s->auto_renew)
		return renew(j, f, s, err);
	if (s->term_end.set && !s->cancelled)
		return notices(j, f, s, err);
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
	stmt = sub_add_hold(f, id);
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
