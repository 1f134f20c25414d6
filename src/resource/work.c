/*
 * work.c - an operation at work: taken up, ended or handed on.
 *
 * The operation's row says how far it has come; a step (work_step.c) moves it in the transaction of
 * its effect, on condition that it stood where this worker found it and that the job's lease is
 * still this worker's. So of two workers one is told, and whoever comes after a killed one goes on
 * behind its last step.
 */
#include "work.h"

#include "call.h"

#include <billfold/auth/caller.h>
#include <billfold/base/log.h>
#include <billfold/base/monotonic.h>

enum {
	UNIT_MS = 60000, /* then the job is handed on: other jobs have their turn, and the unit's
			    limit is far */
	AGAIN_S = 2
};

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
			    .begun_ms = monotonic_ms() };
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

/* ---- going on ---- */

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

bool
work_goes_on(struct work *w, int *ret, struct err *err)
{
	if (w->cancelled) {
		*ret = work_end(w, "cancelled", NULL, NULL, err);
		return false;
	}
	if (worker_stopping(w->job->worker) || monotonic_ms() - w->begun_ms > UNIT_MS) {
		*ret = job_defer(w->job, 0, "goes on", err);
		return false;
	}
	return true;
}

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

/* ---- the end ---- */

int
work_end(struct work *w, const char *state, const struct err *why, const char *result,
	 struct err *err)
{
	/* The job's own memory: the machinery looks at it when the run is over. */
	struct flush *f = flush_new(w->job->db, w->job->arena);
	const char *problem = why ? work_problem(w->life, why) : NULL;

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
