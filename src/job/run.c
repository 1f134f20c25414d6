/*
 * run.c - one job: claim, run, and what becomes of it.
 *
 * The claim is a transaction of its own, so that the attempt counts even when the run kills this
 * process. The run commits its effect together with job.finish; whatever else happens to it is
 * written afterwards, on condition of the same lease token. Where that cannot be written either
 * (the database is away), nothing is lost: the lease runs out and the job is due again.
 *
 * A COMMIT whose answer was lost leads here as a failure like any other. If it had happened, the
 * token is gone from the row and job.fail finds nothing to do.
 */
#include "run.h"

#include <inttypes.h>

#include <billfold/base/log.h>
#include <billfold/base/vec.h>

enum { LEASE_S = 60, ATTEMPTS = 10, BACKOFF_S = 5, BACKOFF_MAX_S = 3600 };

static int
kind_lease_s(const struct job_kind *k)
{
	return k->lease_s > 0 ? k->lease_s : LEASE_S;
}

const struct job_kind *
job_kinds_of(struct arena *a, const struct job_kind *const *rooms)
{
	VEC(struct job_kind) kinds = { 0 };

	for (; *rooms; rooms++) {
		for (const struct job_kind *k = *rooms; k->name; k++)
			*vec_push(a, &kinds) = *k;
	}
	(void)vec_push(a, &kinds);
	return kinds.v;
}

/* ---- for runs ---- */

void
job_done_add(struct flush *f, const struct job *j)
{
	j->mark->finishing = f;
	flush_addv(f, "SELECT job.finish($1::uuid, $2::uuid)", j->id, j->lease_token, FLUSH_END);
}

void
job_defer_add(struct flush *f, const struct job *j, int seconds, const char *why)
{
	j->mark->deferring = f;
	flush_addv(f, "SELECT job.defer($1::uuid, $2::uuid, $3::integer, $4)", j->id,
		   j->lease_token, int_text(j->arena, seconds), why, FLUSH_END);
}

int
job_defer(struct job *j, int seconds, const char *why, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	job_defer_add(f, j, seconds, why);
	flush_commit(f);
	return flush_run(f, err);
}

int
job_renew(struct job *j, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	flush_addv(f, "SELECT job.renew($1::uuid, $2::uuid, $3::integer)", j->id, j->lease_token,
		   int_text(j->arena, kind_lease_s(j->mark->kind)), FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* ---- claim ---- */

/* 1: taken, 0: not there to be taken, -1: err. */
static int
claim(struct job_runner *r, const struct job_kind *k, struct job *j, struct err *err)
{
	struct flush *f = flush_new(r->db, r->arena);
	const char *payload;
	int s;

	enter_add(f, &j->who);
	s = flush_addv(f,
		       "SELECT kind, key, payload::text, attempts, max_attempts_of, lease_token, "
		       "request_id FROM job.claim($1::uuid, $2::integer, $3::integer, $4::integer)",
		       j->id, int_text(r->arena, kind_lease_s(k)),
		       int_text(r->arena, k->max_attempts > 0 ? k->max_attempts : ATTEMPTS),
		       int_text(r->arena, k->share), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) == 0)
		return 0;
	j->kind = k->name;
	j->key = flush_value(f, s, 0, 1);
	payload = flush_value(f, s, 0, 2);
	j->attempts = (int)flush_int(f, s, 0, 3);
	j->max_attempts = (int)flush_int(f, s, 0, 4);
	j->lease_token = flush_value(f, s, 0, 5);
	/* What it does belongs to the request that asked for it. */
	snprintf(j->who.request_id, sizeof(j->who.request_id), "%s",
		 flush_value(f, s, 0, 6) ? flush_value(f, s, 0, 6) : "");
	return jscan_parse(r->arena, str_from(payload), &j->payload, err) < 0 ? -1 : 1;
}

/* ---- the end ---- */

static int
finish(struct job_runner *r, const struct job *j, struct err *err)
{
	struct flush *f = flush_new(r->db, r->arena);

	enter_add(f, &j->who);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

static const char *
reason(struct arena *a, const struct err *e)
{
	const char *code = err_def(e)->code;

	if (e->cause[0])
		return arena_printf(a, "%s: %s (%s)", code, e->detail, e->cause);
	return arena_printf(a, "%s: %s", code, e->detail);
}

static enum run_result
fail(struct job_runner *r, const struct job_kind *k, const struct job *j, const struct err *why)
{
	struct flush *f = flush_new(r->db, r->arena);
	struct err err = { 0 };
	/* What we do not understand may pass; what is plainly refused will be refused again. */
	bool again = err_def(why)->retryable || why->code == ERR_internal ||
		     why->code == ERR_none || k->persists;
	const char *state;
	int s;

	enter_add(f, &j->who);
	s = flush_addv(
	    f, "SELECT job.fail($1::uuid, $2::uuid, $3, $4::boolean, $5::integer, $6::integer)",
	    j->id, j->lease_token, reason(r->arena, why), again ? "true" : "false",
	    int_text(r->arena, k->backoff_s > 0 ? k->backoff_s : BACKOFF_S),
	    int_text(r->arena, k->backoff_max_s > 0 ? k->backoff_max_s : BACKOFF_MAX_S), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &err) < 0) {
		log_event(LOG_ERROR,
			  "the failure of a job cannot be written; its lease will run out", "kind",
			  k->name, "error", err.detail, "cause", err.cause, NULL);
		return RUN_UNKNOWN;
	}
	state = flush_value(f, s, 0, 0);
	if (!state)
		return RUN_LOST;
	return strcmp(state, "dead") == 0 ? RUN_DEAD : RUN_AGAIN;
}

static void
log_failure(const struct job *j, enum run_result result, const struct err *e)
{
	static const char *const words[] = {
		[RUN_AGAIN] = "job failed, again later",
		[RUN_DEAD] = "job failed for good: dead letter",
		[RUN_LOST] = "job was lost to another worker",
		[RUN_UNKNOWN] = "job failed",
	};
	char attempts[16];

	snprintf(attempts, sizeof(attempts), "%d", j->attempts);
	log_event(result == RUN_DEAD ? LOG_ERROR : LOG_WARN, words[result], "kind", j->kind, "key",
		  j->key, "attempt", attempts, "code", err_def(e)->code, "error", e->detail,
		  "cause", e->cause[0] ? e->cause : NULL, NULL);
}

static enum run_result
run_claimed(struct job_runner *r, const struct job_kind *k, struct job *j)
{
	struct err err = { 0 };
	enum run_result result;
	int rc = k->run(j, &err);

	if (j->mark->deferring && flush_ok(j->mark->deferring))
		return RUN_DEFERRED;
	/* A flush that was to finish it and failed has not: the run found that nothing is to be
	 * done. */
	if (rc == 0 && j->mark->finishing && flush_ok(j->mark->finishing))
		return RUN_DONE;
	if (rc == 0 && finish(r, j, &err) == 0)
		return RUN_DONE;
	result = err.code == ERR_lease_lost ? RUN_LOST : fail(r, k, j, &err);
	log_failure(j, result, &err);
	return result;
}

static void
count(const struct job_runner *r, enum run_result result)
{
	static const char *const names[] = { JOB_METRICS };
	static const int at[] = {
		[RUN_NOT_OURS] = -1, [RUN_DONE] = 0,     [RUN_AGAIN] = 1,    [RUN_DEAD] = 2,
		[RUN_LOST] = 3,      [RUN_DEFERRED] = 4, [RUN_UNKNOWN] = -1,
	};

	if (at[result] >= 0)
		worker_count(r->worker, worker_metric(r->worker, names[at[result]]), 1);
}

static void
prepare(struct job_runner *r, const struct job_kind *k, struct job *j, struct job_mark *mark)
{
	arena_reset(r->arena);
	*mark = (struct job_mark){ .kind = k, .program = r->program->name };
	*j = (struct job){ .arena = r->arena,
			   .db = r->db,
			   .worker = r->worker,
			   .config = r->program->config,
			   .state = r->state,
			   .app = r->program->app,
			   .kind = k->name,
			   .mark = mark };
}

enum run_result
run_job(struct job_runner *r, const struct job_kind *k, const char *tenant, const char *id)
{
	struct job_mark mark;
	struct job j;
	struct err err = { 0 };
	enum run_result result;
	int rc;

	prepare(r, k, &j, &mark);
	j.id = arena_strdup(r->arena, id);
	caller_worker(&j.who, tenant, r->program->name, NULL);
	worker_unit_begin(r->worker);
	log_bind("job", id);
	rc = claim(r, k, &j, &err);
	if (rc > 0) {
		log_bind("request_id", j.who.request_id[0] ? j.who.request_id : NULL);
		result = run_claimed(r, k, &j);
	} else if (rc < 0 && j.lease_token) {
		result = fail(r, k, &j, &err); /* a payload that is not sound */
		log_failure(&j, result, &err);
	} else if (rc < 0) {
		result = RUN_UNKNOWN;
		log_event(LOG_WARN, "a job cannot be claimed", "kind", k->name, "error", err.detail,
			  "cause", err.cause, NULL);
	} else {
		result = RUN_NOT_OURS;
	}
	worker_unit_end(r->worker, result < RUN_AGAIN || result == RUN_DEFERRED);
	count(r, result);
	log_bind("request_id", NULL);
	log_bind("job", NULL);
	return result;
}

/* From here on silence is silence again. Not written: known by the clock, later. */
static void
end_duty(struct job_runner *r, const struct job_kind *k, const char *worker_name)
{
	struct flush *f = flush_new(r->db, r->arena);
	struct err ignored = { 0 };

	flush_addv(f, "SELECT job.end_duty($1, $2)", k->name, worker_name, FLUSH_END);
	flush_run(f, &ignored);
}

void
run_duty(struct job_runner *r, const struct job_kind *k, const char *worker_name)
{
	struct job_mark mark;
	struct job j;
	struct err err = { 0 };
	struct flush *f;
	int s, rc = 0;

	prepare(r, k, &j, &mark);
	f = flush_new(r->db, r->arena);
	s = flush_addv(f, "SELECT job.take_duty($1, $2, $3, $4::integer, $5::integer)",
		       r->program->name, worker_name, k->name, int_text(r->arena, k->every_s),
		       int_text(r->arena, kind_lease_s(k)), FLUSH_END);
	if (flush_run(f, &err) < 0) {
		log_event(LOG_WARN, "a duty's turn cannot be asked", "kind", k->name, "error",
			  err.detail, "cause", err.cause, NULL);
		return;
	}
	if (!flush_bool(f, s, 0, 0))
		return;
	caller_worker(&j.who, NULL, r->program->name, NULL);
	worker_unit_begin(r->worker);
	rc = k->run(&j, &err);
	worker_unit_end(r->worker, rc == 0);
	if (rc < 0)
		log_event(LOG_ERROR, "duty failed", "kind", k->name, "code", err_def(&err)->code,
			  "error", err.detail, "cause", err.cause[0] ? err.cause : NULL, NULL);
	end_duty(r, k, worker_name);
}
