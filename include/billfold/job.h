/*
 * job.h - events and jobs: what happened, and what must be done about it.
 *
 * PostgreSQL is the truth, Redis the messenger. A change adds its events and jobs to its own
 * flush; a job's row is claimed under a lease, worked on under its tenant's policy, and
 * finished in the same transaction as its effect, on condition that the lease is still ours.
 */
#ifndef BILLFOLD_JOB_H
#define BILLFOLD_JOB_H

#include <billfold/auth.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/json.h>
#include <billfold/pg.h>
#include <billfold/process.h>
#include <billfold/redis.h>

/*
 * Adds SELECT job.emit(type, object, object_id, data): one event of this transaction and object. type is
 * "invoice.finalized"; data is JSON or NULL. sequence = the object's version is the database's doing.
 */
void event_add(struct flush *f, const char *type, const char *object, const char *object_id,
	       const char *data);
/*
 * Adds a job, unique by (tenant, kind, key): a second is nothing. payload is JSON; run_at NULL: now,
 * else RFC 3339 in real time.
 */
void job_add(struct flush *f, const char *kind, const char *key, const char *payload, const char *run_at);

struct job {
	struct arena *arena;
	struct db *db;
	struct worker *worker;
	const void *config;      /* the program's */
	void *state;             /* the program's own: connections that children keep */
	struct caller who;       /* the worker, in this job's tenant */
	const char *id, *kind, *key, *lease_token;
	struct json_object *payload;
	int attempts, max_attempts;
};

struct job_kind {
	const char *name;        /* "draft_from_deal" */
	int (*run)(struct job *j, struct err *err);
	int max_attempts;        /* then dead letter */
	int lease_s;
	int backoff_s, backoff_max_s; /* doubling, with jitter */
	int every_s;             /* > 0: a periodic duty of this program, expected to beat every so often */
	const char *doc;
};

/*
 * Effect and completion together: enter, the caller's statements, then job_done_add() and
 * flush_commit(). It raises lease_lost when another worker has the job by now. A run that
 * returns 0 without having finished is finished by the machinery; one that returns -1 is
 * retried by its kind's policy when the error is retryable or unknown, else set aside.
 */
void job_done_add(struct flush *f, const struct job *j);
/* Not now: again at run_at, without counting an attempt. */
int job_defer(struct job *j, int seconds, const char *why, struct err *err);
int job_renew(struct job *j, struct err *err);   /* a longer lease, for long work */

/* The loop of a worker program's child. kinds ends with a NULL name. */
struct job_program {
	const char *name;                  /* "invoiced" */
	const struct job_kind *kinds;
	const char *conninfo, *redis;
	const void *config;
	void *(*open)(const void *config, struct err *err); /* state of a child; may be NULL */
	int fetch;                         /* jobs taken at once */
};
int job_loop(const struct job_program *p, struct worker *w);

#endif
