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
 * Adds SELECT job.emit(type, object, object_id, data): one event of this transaction and object.
 * type is "invoice.finalized"; data is JSON or NULL. sequence = the object's version is the
 * database's doing.
 */
void event_add(struct flush *f, const char *type, const char *object, const char *object_id,
	       const char *data);
/*
 * Adds a job, unique by (tenant, kind, key): a second is nothing. payload is JSON; run_at NULL:
 * now, else RFC 3339 in real time.
 */
void job_add(struct flush *f, const char *kind, const char *key, const char *payload,
	     const char *run_at);

struct app; /* resource.h */

struct job {
	struct arena *arena;
	struct db *db;
	struct worker *worker;
	const void *config; /* the program's */
	void *state;        /* the program's own: connections that children keep */
	const struct app *app; /* the engine's, for kinds that work through it; else NULL */
	struct caller who;  /* the worker, in this job's tenant */
	const char *id, *kind, *key, *lease_token;
	struct json_object *payload;
	int attempts, max_attempts;
	struct job_mark *mark; /* the machinery's */
};

struct job_kind {
	const char *name; /* "draft_from_deal" */
	int (*run)(struct job *j, struct err *err);
	int max_attempts;             /* then dead letter; 0: 10 */
	int lease_s;                  /* how long its worker may be silent; 0: 60 */
	int backoff_s, backoff_max_s; /* doubling, with jitter; 0: 5, 3600 */
	/*
	 * > 0: a periodic duty of this program, expected to beat every so often. No row asks for
	 * it: once in every_s seconds one worker of all calls run with a job that has no id and no
	 * tenant, which looks through doors and enters tenants by itself.
	 */
	int every_s;
	const char *doc;
	int share; /* jobs of this kind that one tenant may have in work at once; 0: no bound */
	/* What is plainly refused is tried again too: it may have done something outside already,
	 * which is to be written down once what stands in the way is gone. */
	bool persists;
};

/*
 * Effect and completion together: enter, the caller's statements, then job_done_add() and
 * flush_commit(), in a flush of the job's own arena: the machinery looks at it after the run. It raises lease_lost when another worker has the job by now. A run that
 * returns 0 without having finished is finished by the machinery; one that returns -1 is
 * retried by its kind's policy when the error is retryable or unknown or the kind persists, else set aside.
 */
void job_done_add(struct flush *f, const struct job *j);
/*
 * Not now: again after so many seconds, without counting an attempt. What the run found out
 * meanwhile goes into the same transaction: the caller's statements, then job_defer_add() and
 * flush_commit(), as with job_done_add().
 */
void job_defer_add(struct flush *f, const struct job *j, int seconds, const char *why);
int job_defer(struct job *j, int seconds, const char *why, struct err *err);
int job_renew(struct job *j,
	      struct err *err); /* a longer lease, for long work; its unit limit stays */

/*
 * The loop of a worker program's child. kinds ends with a NULL name. Hints come from the streams
 * "job:KIND"; where Redis is away or forgetful, the sweep finds what is due. A program that lists
 * JOB_METRICS among its metric_names has them counted.
 */
#define JOB_METRICS                                                                                \
	"billfold_jobs_total{result=\"done\"}", "billfold_jobs_total{result=\"again\"}",           \
	    "billfold_jobs_total{result=\"dead\"}", "billfold_jobs_total{result=\"lost\"}",        \
	    "billfold_jobs_total{result=\"deferred\"}"

/* The kinds of several rooms in one table, ended by a NULL name; rooms ends with NULL. */
const struct job_kind *job_kinds_of(struct arena *a, const struct job_kind *const *rooms);

struct job_program {
	const char *name; /* "invoiced" */
	const struct job_kind *kinds;
	const char *conninfo, *redis;
	const void *config;
	void *(*open)(const void *config, struct err *err); /* state of a child; may be NULL */
	int fetch;                                          /* hints taken at once; 0: 1 */
	const struct app *app;                              /* for struct job; its db is the job's own */
};
int job_loop(const struct job_program *p, struct worker *w);

/*
 * The scheduler's child. Of all schedulers the one that holds the advisory lock is at work: it
 * tells the streams of due jobs, turns due schedules into jobs, ends leases that ran out, seals the
 * trail, forgets old answers and jobs, and watches the heartbeats.
 */
struct job_scheduler {
	const char *conninfo, *redis;
};
#define SCHEDULER_METRICS                                                                          \
	"billfold_jobs_dispatched_total", "billfold_schedules_run_total",                          \
	    "billfold_leases_ended_total", "billfold_audit_rows_sealed_total",                     \
	    "billfold_heartbeat_alarms_total"
int scheduler_loop(const struct job_scheduler *s, struct worker *w);
/* Jobs that the scheduler's other children do: a sandbox tenant's clock is moved. */
extern const struct job_kind scheduler_kinds[];

#endif
