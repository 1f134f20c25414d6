/*
 * bulk_run.c - a bulk action at work.
 *
 * Where the action is known as a set (a function of its resource's, a patch, archiving) some
 * hundreds of rows are one transaction; else each row is one of its own, through the very function
 * that serves the single request, and what came of it commits with its effect.
 */
#include "bulk.h"

#include "compose.h"
#include "one.h"

enum { ROWS_A_SET = 500, ROWS_ONE_BY_ONE = 50 };

struct run {
	struct work w;
	struct bulk bulk;
	struct json_object *params;
};

/* ---- as a set ---- */

struct set_arg {
	struct run *run;
	struct write *writes; /* of a patch, beside the items */
};

static int
add_action(struct run *run, struct work_step *s, struct call *c, struct flush *f, size_t lo,
	   size_t hi, struct err *err)
{
	const char **ids = arena_array(c->arena, hi - lo + 1, sizeof(*ids));
	size_t *at = arena_array(c->arena, hi - lo + 1, sizeof(*at));
	struct action_set set = { .ids = ids, .flush = f };

	for (size_t i = lo; i < hi; i++) {
		if (!work_live(&s->items[i]))
			continue;
		at[set.n] = i;
		ids[set.n++] = s->items[i].object_id;
	}
	if (set.n == 0)
		return 0;
	set.refused = arena_array(c->arena, set.n, sizeof(*set.refused));
	c->body = run->params;
	if (run->bulk.action->run_set(c, &set, err) < 0)
		return -1;
	for (size_t i = 0; i < set.n; i++)
		s->items[at[i]].err = set.refused[i];
	return 0;
}

static void
expect(struct run *run, struct call *c, struct flush *f, const char *id, size_t i, bool live)
{
	compose_expect(f, c->arena, run->bulk.res, id, NULL, live && run->bulk.res->archives,
		       arena_printf(c->arena, "/rows/%zu", i));
}

static int
add_set(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi, struct err *err)
{
	struct set_arg *arg = s->arg;
	struct run *run = arg->run;
	struct write **writes = arena_array(c->arena, hi - lo + 1, sizeof(*writes));
	size_t n = 0;

	if (run->bulk.kind == BULK_ACTION)
		return add_action(run, s, c, f, lo, hi, err);
	for (size_t i = lo; i < hi; i++) {
		const char *id = s->items[i].object_id;

		if (!work_live(&s->items[i]))
			continue;
		expect(run, c, f, id, i, run->bulk.kind != BULK_RESTORE);
		if (run->bulk.kind == BULK_PATCH)
			writes[n++] = &arg->writes[i];
		else if (run->bulk.kind == BULK_DELETE)
			one_remove(c, f, run->bulk.res, id);
		else
			one_restore(c, f, run->bulk.res, id);
	}
	compose_set(writes, n, f);
	return 0;
}

/* What a patch comes to for each row, as far as it is known before it is tried. */
static void
plan_patches(struct work_step *s, struct call *c, size_t lo, size_t hi)
{
	struct set_arg *arg = s->arg;
	struct run *run = arg->run;
	struct write *writes = arg->writes;

	for (size_t i = lo; i < hi; i++) {
		if (!work_live(&s->items[i]))
			continue;
		writes[i] = (struct write){ .c = c,
					    .res = run->bulk.res,
					    .id = s->items[i].object_id,
					    .body = run->params,
					    .pointer = arena_printf(c->arena, "/rows/%zu", i) };
		one_prepare(&writes[i], &s->items[i].err);
	}
}

static void
hold_rows(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi)
{
	struct set_arg *arg = s->arg;

	for (size_t i = lo; i < hi; i++) {
		if (work_live(&s->items[i]))
			expect(arg->run, c, f, s->items[i].object_id, i, true);
	}
}

static int
do_set(struct run *run, struct work_step *s, struct err *err)
{
	struct set_arg arg = { .run = run };
	struct call c;

	work_call(&run->w, &c);
	s->add = add_set;
	s->arg = &arg;
	if (run->bulk.kind == BULK_PATCH) {
		arg.writes = arena_array(run->w.step, s->n + 1, sizeof(*arg.writes));
		s->hold = hold_rows;
		s->plan = plan_patches;
		plan_patches(s, &c, 0, s->n);
	}
	return work_do(&run->w, s, err);
}

/* ---- one by one ---- */

static int
do_one(void *arg, struct call *c, struct err *err)
{
	struct run *run = arg;
	struct reply reply = { 0 };

	c->body = run->params;
	if (run->bulk.kind == BULK_DELETE) {
		c->if_match = STR("*");
		return resource_delete(run->bulk.res, c, &reply, err);
	}
	return resource_action(run->bulk.res, run->bulk.action, c, &reply, err);
}

/* ---- the run ---- */

static int
next_items(struct run *run, struct work_step *ret, size_t most, struct err *err)
{
	struct work *w = &run->w;
	struct flush *f = flush_new(w->job->db, w->step);
	int s, o;

	enter_add_read(f, &w->job->who);
	s = flush_addv(f,
		       "SELECT r.position, r.object_id FROM meta.operation_result r WHERE "
		       "r.operation_id = $1 AND r.outcome = 'pending' AND r.position > $2::bigint "
		       "ORDER BY r.position LIMIT $3::integer",
		       w->id, int_text(w->step, w->position), int_text(w->step, (int64_t)most),
		       FLUSH_END);
	o = flush_addv(f, "SELECT o.cancel_requested FROM meta.operation o WHERE o.id = $1", w->id,
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	w->cancelled |= flush_bool(f, o, 0, 0);
	*ret = (struct work_step){ .n = (size_t)flush_rows(f, s) };
	ret->items = arena_array(w->step, ret->n + 1, sizeof(*ret->items));
	for (size_t i = 0; i < ret->n; i++)
		ret->items[i] = (struct work_item){ .position = flush_int(f, s, (int)i, 0),
						    .outcome = "done",
						    .object_id = flush_value(f, s, (int)i, 1) };
	return 0;
}

static bool
is_set(const struct bulk *b)
{
	if (b->kind == BULK_ACTION)
		return b->action->run_set != NULL;
	return !(b->kind == BULK_DELETE && b->res->remove);
}

static int
run_rows(struct run *run, int *ret_run, struct err *err)
{
	bool set = is_set(&run->bulk);

	for (;;) {
		struct work_step s;

		work_forget(&run->w);
		if (next_items(run, &s, set ? ROWS_A_SET : ROWS_ONE_BY_ONE, err) < 0)
			return -1;
		if (!work_goes_on(&run->w, ret_run, err))
			return 1;
		if (s.n == 0)
			return 0;
		if (set && do_set(run, &s, err) < 0)
			return -1;
		for (size_t i = 0; !set && i < s.n; i++) {
			if (work_do_one(&run->w, &s.items[i], do_one, run, err) < 0)
				return -1;
		}
	}
}

static int
finish(struct run *run, struct err *err)
{
	struct flush *f = flush_new(run->w.job->db, run->w.life);
	struct err why = { 0 };
	bool failed;
	int s;

	enter_add_read(f, &run->w.job->who);
	s = flush_addv(f,
		       "SELECT o.total > 0 AND o.failed = o.total FROM meta.operation o WHERE o.id "
		       "= $1",
		       run->w.id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	failed = flush_bool(f, s, 0, 0);
	if (failed)
		err_set(&why, ERR_validation_failed, "It could be done to none of them.");
	return work_end(&run->w, failed ? "failed" : "done", failed ? &why : NULL, NULL, err);
}

static int
run_all(struct run *run, struct err *err)
{
	int ret_run = 0, rc;

	run->params = jval_get(run->w.params, "params");
	if (!bulk_find(run->w.res, jval_str_of(run->w.params, "action"), &run->bulk))
		return err_set(err, ERR_wrong_state, "There is no such action any more.");
	if (!perm_has(&run->w.who.perms, run->bulk.perm))
		return err_set(err, ERR_forbidden, "Needs the permission %s.",
			       perm_defs[run->bulk.perm].word);
	work_tell_planner(&run->w);
	rc = run_rows(run, &ret_run, err);
	if (rc)
		return rc < 0 ? -1 : ret_run;
	return finish(run, err);
}

int
bulk_run(struct job *j, struct err *err)
{
	struct run run = { 0 };
	int rc = work_begin(&run.w, j, err);

	if (rc == 0) {
		rc = run_all(&run, err);
		if (rc < 0)
			rc = work_stopped(&run.w, err);
	} else if (rc > 0) {
		rc = 0;
	}
	work_close(&run.w);
	return rc;
}
