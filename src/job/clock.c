/*
 * clock.c - moves a sandbox tenant's clock, step by step: the next due instant, what falls due
 * there until the tenant is quiet, the next one.
 *
 * Each step is a transaction, and the clock itself is what has been done so far: a worker that is
 * killed, or that hands the job on because its unit took long enough, loses nothing. A
 * tenant that does not come to rest (a job that asks again and again) is waited for only so long.
 */
#include <billfold/base/monotonic.h>
#include <billfold/job.h>

#include <poll.h>

enum {
	WAIT_MS = 40,        /* between two looks whether the tenant is quiet */
	PATIENCE_MS = 60000, /* for one step */
	UNIT_MS = 60000,     /* then the job is handed on */
	LEASE_S = 90,
	RENEW_MS = 20000
};

/* *ret: how the step ended, in the arena of its own. */
static int
step(struct job *j, struct arena *a, bool patient, const char **ret, struct err *err)
{
	struct str operation, to;
	struct flush *f = flush_new(j->db, a);
	int s;

	if (!jval_str(j->payload, "operation_id", &operation) || !jval_str(j->payload, "to", &to))
		return err_set(err, ERR_validation_failed, "operation_id or to is missing.");
	enter_add(f, &j->who);
	s = flush_addv(f,
		       "SELECT job.advance_clock($1::uuid, $2::timestamptz, $3::uuid, $4::boolean)",
		       str_dup(a, operation), str_dup(a, to), j->id, patient ? "true" : "false",
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = flush_value(f, s, 0, 0);
	return 0;
}

static int
advance(struct job *j, struct arena *a, struct err *err)
{
	int64_t begun = monotonic_ms(), moved = begun, renewed = begun;
	const char *how = "";

	for (;;) {
		int64_t now = monotonic_ms();

		arena_reset(a);
		if (step(j, a, now - moved < PATIENCE_MS, &how, err) < 0)
			return -1;
		if (strcmp(how, "moved") == 0)
			moved = now;
		else if (strcmp(how, "wait") == 0)
			poll(NULL, 0, WAIT_MS);
		else
			return 0;
		if (worker_stopping(j->worker) || now - begun > UNIT_MS)
			return job_defer(j, 0, "goes on", err);
		if (now - renewed > RENEW_MS) {
			renewed = now;
			if (job_renew(j, err) < 0)
				return -1;
		}
	}
}

static int
run(struct job *j, struct err *err)
{
	struct arena *a = arena_new(0);
	int rc = advance(j, a, err);

	arena_free(a);
	return rc;
}

const struct job_kind scheduler_kinds[] = {
	{ .name = "advance_clock", /* CLOCK_JOB_KIND of tenant.h */
	  .run = run,
	  .max_attempts = 5,
	  .lease_s = LEASE_S,
	  .backoff_s = 2,
	  .backoff_max_s = 60,
	  .doc = "Moves a sandbox tenant's clock and runs what falls due on the way." },
	{ 0 },
};
