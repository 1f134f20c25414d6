/*
 * work_step.c - a step of an operation: many items in one transaction, and what came of each.
 *
 * What is wrong with one item is not the others' matter: errors that point at /rows/N name theirs,
 * the rest is found by halving. What has moved since it was read is locked and planned anew, once.
 * What is wrong with the world, or with this worker, ends the step and leaves what has been made.
 */
#include "one.h"
#include "work.h"

#include <billfold/base/log.h>

/* ---- what came of it ---- */

bool
work_live(const struct work_item *item)
{
	return !item->quiet && item->err.code == ERR_none;
}

/* {"code", "title", "detail", "errors": [...]} */
const char *
work_problem(struct arena *a, const struct err *err)
{
	const struct err_def *def = err_def(err);
	struct jw jw;

	jw_init(&jw, a, WORK_TEXT_MAX);
	jw_object(&jw);
	jw_kstr(&jw, "code", def->code);
	jw_kstr(&jw, "title", def->title);
	jw_kstr(&jw, "detail", err_told(err));
	jw_errors(&jw, err);
	jw_end_object(&jw);
	return sb_z(&jw.sb);
}

static const char *
outcome_of(const struct work_item *item)
{
	bool waits = item->outcome && strcmp(item->outcome, "pending") == 0;

	return item->err.code != ERR_none && !waits ? "failed" : item->outcome;
}

/* Items of a step up to `to`. */
static int
step_add(struct work *w, struct flush *f, int64_t from, int64_t to, const struct work_item *items,
	 size_t n)
{
	struct arena *a = w->step;
	struct pg_array *position = pg_array_new(a), *line = pg_array_new(a),
			*outcome = pg_array_new(a), *object = pg_array_new(a),
			*error = pg_array_new(a);

	for (size_t i = 0; i < n; i++) {
		const struct work_item *item = &items[i];
		bool failed = item->err.code != ERR_none;

		pg_array_add_int(position, item->position);
		pg_array_add(line, item->line ? int_text(a, item->line) : NULL);
		pg_array_add(outcome, outcome_of(item));
		/* What was tried to be made, and taken back, has no id. */
		pg_array_add(object, failed || (w->dry_run && item->outcome &&
						strcmp(item->outcome, "created") == 0)
					 ? NULL
					 : item->object_id);
		pg_array_add(error, failed ? work_problem(a, &item->err) : NULL);
	}
	return flush_addv(
	    f,
	    "SELECT meta.step_operation($1::uuid, $2::uuid, $3::uuid, $4::integer, $5::integer, "
	    "$6::bigint, $7::bigint, $8::bigint[], $9::bigint[], $10::text[], $11::uuid[], "
	    "$12::text[])",
	    w->id, w->job->id, w->job->lease_token, int_text(a, WORK_LEASE_S), int_text(a, w->pass),
	    int_text(a, from), int_text(a, to), pg_array_text(position), pg_array_text(line),
	    pg_array_text(outcome), pg_array_text(object), pg_array_text(error), FLUSH_END);
}

static void
step_made(struct work *w, const struct flush *f, int s, int64_t to)
{
	w->position = to;
	w->moved = true;
	w->cancelled |= flush_bool(f, s, 0, 0);
}

int
work_record(struct work *w, const struct work_item *items, size_t n, struct err *err)
{
	struct flush *f = flush_new(w->job->db, w->step);
	int64_t to = n ? items[n - 1].position : w->position;
	int s;

	/* As whoever asked: their rights may have ended. */
	enter_add(f, &w->who);
	s = step_add(w, f, w->position, to, items, n);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	step_made(w, f, s, to);
	return 0;
}

/* ---- one transaction ---- */

/* Locks first, and what was planned before is planned anew. */
static int
attempt_open(struct work_step *s, struct call *c, size_t lo, size_t hi, struct err *err)
{
	struct flush *f = call_begin(c);
	struct reply reply = { 0 };

	if (s->hold)
		s->hold(s, c, f, lo, hi);
	if (one_open(c, f, &reply, err) < 0)
		return -1;
	if (s->plan)
		s->plan(s, c, lo, hi);
	return 0;
}

/* One transaction for the items from lo to hi; kept: with what came of them. */
static int
attempt(struct work *w, struct work_step *s, size_t lo, size_t hi, bool kept, bool again,
	struct err *err)
{
	int64_t to = s->items[hi - 1].position;
	struct reply reply = { 0 };
	struct flush *f;
	struct call c;
	int stmt = -1;

	work_call(w, &c);
	c.dry_run = !kept;
	if (again && attempt_open(s, &c, lo, hi, err) < 0)
		return -1;
	f = again ? call_go_on(&c) : call_begin(&c);
	if (s->add(s, &c, f, lo, hi, err) < 0)
		return one_drop(&c);
	if (kept)
		stmt = step_add(w, f, w->position, to, s->items + lo, hi - lo);
	if (call_run(&c, f, &reply, err) < 0)
		return -1;
	if (kept)
		step_made(w, f, stmt, to);
	return 0;
}

/* ---- who is to blame ---- */

/* What is wrong with the item, and not with the world or with this worker. */
static bool
is_refusal(const struct err *err)
{
	const struct err_def *def = err_def(err);

	if (err->code == ERR_session_stale || err->code == ERR_unauthenticated ||
	    err->code == ERR_lease_lost || err->code == ERR_module_off)
		return false;
	/* What PostgreSQL refuses for a reason that we do not know is this item's matter too. */
	return (def->status >= 400 && def->status < 500) ||
	       (err->code == ERR_internal && err->sqlstate[0]);
}

/* Gives errors whose pointer begins with /rows/N to that item; false where there is none. */
static bool
name_items(struct work *w, struct work_step *s, size_t lo, size_t hi, const struct err *err)
{
	bool any = false;

	for (const struct err_field *e = err->fields; e; e = e->next) {
		struct str rest, p = str_from(e->pointer);
		int64_t i;

		if (!str_starts(p, STR("/rows/")))
			return any;
		p = str_cut((struct str){ p.p + 6, p.len - 6 }, '/', &rest);
		if (!str_to_int(p, (int64_t)lo, (int64_t)hi - 1, &i) ||
		    (!work_live(&s->items[i]) && s->items[i].err.fields == NULL))
			continue;
		if (s->items[i].err.code == ERR_none)
			err_set(&s->items[i].err, err->code, "%s", err->detail);
		err_field(&s->items[i].err, w->step,
			  rest.len ? arena_printf(w->step, "/" STR_FMT, STR_ARG(rest)) : "",
			  e->code, "%s", e->detail);
		any = true;
	}
	return any;
}

static size_t
count_live(const struct work_step *s, size_t lo, size_t hi, size_t *ret_middle)
{
	size_t n = 0, seen = 0;

	for (size_t i = lo; i < hi; i++)
		n += work_live(&s->items[i]);
	*ret_middle = lo;
	while (*ret_middle < hi && seen < (n + 1) / 2)
		seen += work_live(&s->items[(*ret_middle)++]);
	return n;
}

static void
blame(struct work_step *s, size_t lo, size_t hi, const struct err *err)
{
	for (size_t i = lo; i < hi; i++) {
		if (work_live(&s->items[i])) {
			s->items[i].err = *err;
			s->items[i].err.last = NULL;
		}
	}
}

/* It names no version: what has changed since it was read is decided anew. */
static bool
has_moved(const struct err *err)
{
	return one_moved(err) || err->code == ERR_precondition_failed;
}

/* ---- a step ---- */

static int
do_range(struct work *w, struct work_step *s, size_t lo, size_t hi, bool kept, struct err *err)
{
	bool again = false;
	size_t middle, n;

	if (lo == hi)
		return 0;
	for (;;) {
		if (attempt(w, s, lo, hi, kept, again, err) == 0)
			return 0;
		if (has_moved(err) && !again) {
			again = true;
			err_clear(err);
			continue;
		}
		if (!is_refusal(err))
			return -1;
		n = count_live(s, lo, hi, &middle);
		if (n == 0)
			return -1;
		if (name_items(w, s, lo, hi, err)) {
			err_clear(err);
			continue;
		}
		if (n > 1)
			break;
		if (err->code == ERR_internal)
			log_event(LOG_ERROR, "a row of an operation cannot be done", "operation",
				  w->id, "cause", err->cause, NULL);
		blame(s, lo, hi, err);
		err_clear(err);
	}
	err_clear(err);
	if (do_range(w, s, lo, middle, kept, err) < 0)
		return -1;
	return do_range(w, s, middle, hi, kept, err);
}

int
work_do(struct work *w, struct work_step *s, struct err *err)
{
	if (do_range(w, s, 0, s->n, !w->dry_run, err) < 0)
		return -1;
	return w->dry_run ? work_record(w, s->items, s->n, err) : 0;
}

int
work_try(struct work *w, struct work_step *s, struct err *err)
{
	return do_range(w, s, 0, s->n, false, err);
}

int
work_do_whole(struct work *w, struct work_step *s, struct err *err)
{
	if (attempt(w, s, 0, s->n, true, false, err) == 0)
		return 0;
	if (has_moved(err)) {
		err_clear(err);
		if (attempt(w, s, 0, s->n, true, true, err) == 0)
			return 0;
	}
	return is_refusal(err) ? 1 : -1;
}

/* ---- one item ---- */

struct along {
	struct work *w;
	const struct work_item *item;
	bool used;
};

static void
add_along(struct flush *f, void *arg)
{
	struct along *a = arg;

	step_add(a->w, f, a->w->position, a->item->position, a->item, 1);
	a->used = true;
}

int
work_do_one(struct work *w, struct work_item *item,
	    int (*act)(void *arg, struct call *c, struct err *err), void *arg, struct err *err)
{
	struct along along = { .w = w, .item = item };
	struct call c;

	work_call(w, &c);
	c.param[0] = str_from(item->object_id);
	c.n_params = 1;
	if (!w->dry_run) {
		c.along = add_along;
		c.along_arg = &along;
	}
	if (act(arg, &c, err) < 0) {
		if (!is_refusal(err))
			return -1;
		item->err = *err;
		item->err.last = NULL;
		err_clear(err);
	} else if (along.used) {
		w->position = item->position;
		w->moved = true;
		return 0;
	}
	return work_record(w, item, 1, err);
}
