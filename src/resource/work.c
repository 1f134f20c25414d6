/*
 * work.c - an operation at work: taken up, made in steps, ended or handed on.
 *
 * The operation's row says how far it has come; a step moves it in the transaction of its effect,
 * on condition that it stood where this worker found it and that the job's lease is still this
 * worker's. So of two workers one is told, and whoever comes after a killed one goes on behind its
 * last step.
 */
#include "work.h"

#include "call.h"
#include "field.h"
#include "one.h"

#include <billfold/auth/caller.h>
#include <billfold/base/log.h>

enum {
	UNIT_MS = 60000, /* then the job is handed on: other jobs have their turn, and the unit's
			    limit is far */
	AGAIN_S = 2,
	ERROR_MAX = 1 << 20
};

int64_t
work_clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const char *
int_text(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

/* ---- taking up ---- */

static int
close_job(struct work *w, struct err *err)
{
	struct flush *f = flush_new(w->job->db, w->job->arena);

	enter_add(f, &w->job->who);
	flush_addv(f, "SELECT meta.end_operation($1::uuid, 'cancelled', NULL, NULL)", w->id,
		   FLUSH_END);
	job_done_add(f, w->job);
	flush_commit(f);
	return flush_run(f, err) < 0 ? -1 : 1;
}

static int
take_up(struct work *w, const struct flush *f, int s, struct err *err)
{
	const char *resource = flush_value(f, s, 0, 2);

	w->res = resource ? registry_find(w->app.registry, resource) : NULL;
	if (!w->res)
		return err_set(err, ERR_internal, "The operation's resource is not known here.");
	if (jscan_parse(w->life, flush_str(f, s, 0, 3), &w->params, err) < 0)
		return -1;
	if (!caller_parse(w->life, flush_str(f, s, 0, 4), &w->job->who, &w->who))
		return err_set(err, ERR_internal, "The operation does not say who asked for it.");
	w->dry_run = flush_bool(f, s, 0, 5);
	w->total = flush_value(f, s, 0, 6) ? flush_int(f, s, 0, 6) : -1;
	w->pass = (int)flush_int(f, s, 0, 7);
	w->position = flush_int(f, s, 0, 8);
	w->cancelled = flush_bool(f, s, 0, 9);
	return 0;
}

int
work_begin(struct work *w, struct job *job, struct err *err)
{
	struct flush *f;
	struct str id;
	const char *state;
	int s;

	*w = (struct work){ .job = job,
			    .life = arena_new(0),
			    .step = arena_new(1 << 20),
			    .app = *job->app,
			    .begun_ms = work_clock_ms() };
	w->app.db = job->db;
	if (!jval_str(job->payload, "operation_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no operation.");
	w->id = str_dup(w->life, id);
	f = flush_new(job->db, w->life);
	enter_add(f, &job->who);
	s = flush_addv(f,
		       "SELECT kind, state, resource, params, caller, dry_run, total, pass, at, "
		       "cancel_requested FROM meta.begin_operation($1::uuid)",
		       w->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	state = flush_rows(f, s) ? flush_value(f, s, 0, 1) : "cancelled";
	if (strcmp(state, "running") != 0)
		return close_job(w, err);
	return take_up(w, f, s, err);
}

void
work_close(struct work *w)
{
	arena_free(w->step);
	arena_free(w->life);
}

void
work_call(struct work *w, struct call *ret)
{
	*ret = (struct call){ .arena = w->step,
			      .app = &w->app,
			      .who = w->who,
			      .method = M_POST,
			      .module = w->res->module,
			      .path = "",
			      .dry_run = w->dry_run };
}

void
work_forget(struct work *w)
{
	arena_reset(w->step);
}

/* ---- what came of it ---- */

bool
work_live(const struct work_item *item)
{
	return !item->quiet && item->err.code == ERR_none;
}

/* {"code", "title", "detail", "errors": [...]} */
static const char *
problem_text(struct arena *a, const struct err *err)
{
	const struct err_def *def = err_def(err);
	struct jw jw;

	jw_init(&jw, a, ERROR_MAX);
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
		pg_array_add(error, failed ? problem_text(a, &item->err) : NULL);
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

int
work_keep(struct work *w, struct db *beside, struct err *err)
{
	struct flush *f = flush_new(beside, w->step);
	int s;

	enter_add(f, &w->job->who);
	flush_addv(f, "SELECT job.renew($1::uuid, $2::uuid, $3::integer)", w->job->id,
		   w->job->lease_token, int_text(w->step, WORK_LEASE_S), FLUSH_END);
	s = flush_addv(f, "SELECT o.cancel_requested FROM meta.operation o WHERE o.id = $1", w->id,
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	w->cancelled |= flush_bool(f, s, 0, 0);
	return 0;
}

/* ---- the planner ---- */

static void
add_table(struct pg_array *tables, const struct resource *res)
{
	pg_array_add(tables, res->table);
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		if (ch->resource)
			pg_array_add(tables, ch->resource->table);
	}
}

/* Whether it can be said or not: the work goes on. */
void
work_tell_planner(struct work *w)
{
	struct flush *f = flush_new(w->job->db, w->step);
	struct pg_array *tables = pg_array_new(w->step);
	struct err err = { 0 };

	add_table(tables, w->res);
	pg_array_add(tables, "meta.external_id");
	pg_array_add(tables, "meta.custom_value");
	enter_add(f, &w->job->who);
	flush_addv(f, "SELECT meta.analyze_grown($1::text[])", pg_array_text(tables), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &err) < 0)
		log_event(LOG_WARN, "the planner cannot be told of grown tables", "cause",
			  err.cause, NULL);
}

/* ---- a step ---- */

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

/* ---- the end ---- */

int
work_end(struct work *w, const char *state, const struct err *why, const char *result,
	 struct err *err)
{
	/* The job's own memory: the machinery looks at it when the run is over. */
	struct flush *f = flush_new(w->job->db, w->job->arena);
	const char *problem = why ? problem_text(w->life, why) : NULL;

	/* The machinery's act: whoever asked may have no rights any more. */
	enter_add(f, &w->job->who);
	if (why && strcmp(state, "failed") == 0)
		flush_addv(f, "SELECT meta.refuse_rest($1::uuid, $2::jsonb)", w->id, problem,
			   FLUSH_END);
	flush_addv(f, "SELECT meta.end_operation($1::uuid, $2, $3::jsonb, $4::jsonb)", w->id, state,
		   problem, result, FLUSH_END);
	job_done_add(f, w->job);
	flush_commit(f);
	return flush_run(f, err);
}

bool
work_goes_on(struct work *w, int *ret, struct err *err)
{
	if (w->cancelled) {
		*ret = work_end(w, "cancelled", NULL, NULL, err);
		return false;
	}
	if (worker_stopping(w->job->worker) || work_clock_ms() - w->begun_ms > UNIT_MS) {
		*ret = job_defer(w->job, 0, "goes on", err);
		return false;
	}
	return true;
}

int
work_stopped(struct work *w, struct err *err)
{
	struct err why = *err, later = { 0 };
	const struct err_def *def = err_def(err);

	if (err->code == ERR_lease_lost)
		return -1; /* another worker goes on */
	if (def->retryable || def->status >= 500) {
		/* Steps that were made are no failed attempts. */
		if (w->moved && job_defer(w->job, AGAIN_S, why.detail, &later) == 0)
			return 0;
		return -1;
	}
	err_clear(err);
	return work_end(w, "failed", &why, NULL, err);
}

/* ---- the doors ---- */

int
work_spec(struct call *c, struct json_object *spec, const struct field *fields, struct err *err)
{
	c->body = spec;
	return body_check(c, fields, true, err);
}

const struct resource *
work_resource(struct call *c, struct json_object *spec, bool (*offered)(const struct resource *),
	      struct err *err)
{
	struct str name = jval_str_of(spec, "resource");
	const struct resource *res = registry_find(c->app->registry, str_dup(c->arena, name));

	if (res && offered(res)) {
		c->module = res->module;
		return res;
	}
	err_field(err, c->arena, "/resource", "choice", "There is no such resource here.");
	return NULL;
}

void
work_order_init(struct work_order *o, struct call *c, const char *kind, const struct resource *res)
{
	*o = (struct work_order){
		.id = uuid_new_z(c->arena), .kind = kind, .res = res, .total = -1
	};
	jw_init(&o->params, c->arena, ERROR_MAX);
	jw_object(&o->params);
}

void
work_order_add(struct work_order *o, struct call *c, struct flush *f)
{
	struct str needs = perms_to_scope(c->arena, &o->needs);

	jw_kstr(&o->params, "needs", str_dup(c->arena, needs));
	jw_end_object(&o->params);
	flush_addv(f,
		   "SELECT meta.start_operation($1::uuid, $2, $3::jsonb, $4, $5::jsonb, "
		   "$6::boolean, $7::bigint)",
		   o->id, o->kind, sb_z(&o->params.sb), o->res->name,
		   str_dup(c->arena, caller_text(c->arena, &c->who)), o->dry_run ? "true" : "false",
		   o->total < 0 ? NULL : int_text(c->arena, o->total), FLUSH_END);
}

int
work_order_answer(const struct work_order *o, struct call *c, struct flush *f, struct reply *r,
		  struct err *err)
{
	if (call_answer(c, f, &operation_resource, o->id, 202, r, err) < 0)
		return -1;
	if (!r->location)
		r->location = arena_printf(c->arena, "/v1/operations/%s", o->id);
	return 0;
}

const struct job_kind operation_job_kinds[] = {
	{ .name = "import",
	  .run = import_run,
	  .max_attempts = 5,
	  .lease_s = WORK_LEASE_S,
	  .backoff_s = 2,
	  .backoff_max_s = 60,
	  .share = 1,
	  .doc = "Takes the records of a file in." },
	{ .name = "export",
	  .run = export_run,
	  .max_attempts = 5,
	  .lease_s = WORK_LEASE_S,
	  .backoff_s = 2,
	  .backoff_max_s = 60,
	  .share = 1,
	  .doc = "Writes a file of a resource's rows." },
	{ .name = "bulk",
	  .run = bulk_run,
	  .max_attempts = 5,
	  .lease_s = WORK_LEASE_S,
	  .backoff_s = 2,
	  .backoff_max_s = 60,
	  .share = 2,
	  .doc = "Does one action to many." },
	{ 0 },
};
