/*
 * scheduler.c - the scheduler's life: what is due is told, what ran out is ended, what is old goes.
 *
 * Schedulers run on any number of hosts; the one whose connection holds the advisory lock is at
 * work. Every round begins by taking the lock again (it is ours already, or free, or another's), so
 * that a connection that broke unnoticed cannot leave two of them convinced. Were there two for a
 * moment, nothing would happen twice: every duty is conditional in the database.
 *
 * Dispatch. Asking costs one look into an index while nothing is open, so it is asked often: a
 * NOTIFY would make all commits that carry one queue behind a lock of the whole cluster until their
 * WAL is written. What was told and not claimed is told again after a while that doubles; what has
 * been gone from the due since was claimed, and is news when it is due again: a short back-off is
 * short. What is told at once is bounded and fair between tenants, so that the streams stay short
 * and no tenant's thousands stand before another's one.
 */
#include <billfold/base/hash.h>
#include <billfold/base/monotonic.h>
#include <billfold/job.h>

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include <billfold/base/log.h>

enum {
	TICK_BUSY_MS = 20, /* something was dispatched lately */
	TICK_MS = 80,
	TICK_PASSIVE_MS = 1000,
	BUSY_MS = 5000,
	DISPATCH_ROWS = 64, /* of one kind, told and not claimed */
	AGAIN_MS = 5000,
	AGAIN_MAX_MS = 60000,
	TOLD_SLOTS = 8192,
	SCHEDULE_MS = 1000,
	SCHEDULE_ROWS = 500,
	SWEEP_MS = 5000,
	BEAT_MS = 10000,
	SEAL_MS = 20000,
	CLEAN_MS = 3600000,
	SLICE_MS = 40, /* of a round over all tenants, between two dispatches */
	REDIS_TIMEOUT_MS = 500
};

enum metric { M_DISPATCHED, M_SCHEDULES, M_LEASES, M_SEALED, M_ALARMS };

/* Duties that have a heartbeat each; silent for two intervals (their own, or the beat's), they are
 * stale. */
enum duty { D_DISPATCH, D_SCHEDULES, D_SWEEP, D_SEAL, D_CLEAN, DUTIES };

static const struct {
	const char *kind;
	int stale_after_s;
} duty_defs[DUTIES] = {
	[D_DISPATCH] = { "scheduler_dispatch", 20 },
	[D_SCHEDULES] = { "scheduler_schedules", 20 },
	[D_SWEEP] = { "scheduler_sweep", 20 },
	[D_SEAL] = { "scheduler_seal", 60 },
	[D_CLEAN] = { "scheduler_clean", 2 * 3600 + 600 },
};

struct scheduler;

/* A duty that visits every tenant, a few at a time. */
struct tour {
	enum duty duty;
	int64_t every_ms, start_at;
	int (*visit)(struct scheduler *s, const char *tenant, struct err *err);
	struct arena *arena; /* of one tour's list */
	struct flush *list;
	int at;
	bool failed;
};

struct told {
	struct uuid id;
	int64_t again_at;
	int64_t wait_ms;
	uint64_t round; /* the last in which it was due */
};

struct scheduler {
	struct worker *worker;
	struct db *db;
	struct cache *cache;
	struct arena *arena; /* of one round */
	char name[200];
	bool active, blind, away;
	bool done[DUTIES]; /* since the last beat */
	int64_t busy_until, dispatch_ms, schedule_at, sweep_at, beat_at;
	struct tour seal, clean;
	struct told *told;
	uint64_t round; /* of dispatch */
};

static void
count(const struct scheduler *s, enum metric m, int64_t n)
{
	static const char *const names[] = { SCHEDULER_METRICS };

	worker_count(s->worker, worker_metric(s->worker, names[m]), n);
}

static void
complain(const char *what, const struct err *err)
{
	log_event(LOG_ERROR, what, "code", err_def(err)->code, "error", err->detail, "cause",
		  err->cause[0] ? err->cause : NULL, NULL);
}

/* BEGIN and enter as the scheduler, in one tenant. */
static struct flush *
enter(struct scheduler *s, const char *tenant)
{
	struct flush *f = flush_new(s->db, s->arena);
	struct uuid request = uuid_new();
	struct caller who;

	caller_worker(&who, tenant, "scheduler", request.z);
	enter_add(f, &who);
	return f;
}

/* ---- dispatch ---- */

static struct told *
told_slot(struct scheduler *s, const char *id)
{
	return &s->told[hash_of(str_from(id)) % TOLD_SLOTS];
}

/* False when Redis is away. */
static bool
tell(struct scheduler *s, const char *kind, const char *tenant, const char *id, int64_t now)
{
	struct told *t = told_slot(s, id);
	bool known = strcmp(t->id.z, id) == 0 && t->round + 1 >= s->round;
	const char *stream = arena_printf(s->arena, "job:%s", kind);
	const char *message = arena_printf(s->arena, "%s:%s", tenant, id);
	struct err err = { 0 };

	if (known)
		t->round = s->round;
	if (known && now < t->again_at)
		return true;
	if (stream_add(s->cache, stream, str_from(message), &err) < 0) {
		if (!s->blind)
			complain("Redis is away, workers sweep by themselves", &err);
		s->blind = true;
		return false;
	}
	s->blind = false;
	t->wait_ms = !known                          ? AGAIN_MS
		     : t->wait_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS
						     : t->wait_ms * 2;
	t->again_at = now + t->wait_ms;
	t->round = s->round;
	snprintf(t->id.z, sizeof(t->id.z), "%s", id);
	count(s, M_DISPATCHED, 1);
	s->busy_until = now + BUSY_MS;
	return true;
}

/* Takes or keeps the lock; tells what is due when it is ours. */
static int
dispatch(struct scheduler *s, struct err *err)
{
	struct flush *f = flush_new(s->db, s->arena);
	int64_t now = monotonic_ms();
	char rows[16];
	int lock, due = -1;

	snprintf(rows, sizeof(rows), "%d", DISPATCH_ROWS);
	lock =
	    flush_addv(f, "SELECT pg_try_advisory_lock(hashtextextended('billfold scheduler', 0))",
		       FLUSH_END);
	if (s->active)
		due =
		    flush_addv(f,
			       "SELECT kind, tenant_id, job_id FROM job.door_dispatch($1::integer)",
			       rows, FLUSH_END);
	if (flush_run(f, err) < 0) {
		s->active = false;
		return -1;
	}
	if (flush_bool(f, lock, 0, 0) != s->active) {
		s->active = !s->active;
		log_event(LOG_INFO,
			  s->active ? "this scheduler is at work" : "another scheduler is at work",
			  NULL);
		return 0;
	}
	if (!s->active)
		return 0;
	s->done[D_DISPATCH] = true;
	s->round++;
	for (int i = 0; i < flush_rows(f, due); i++) {
		if (!tell(s, flush_value(f, due, i, 0), flush_value(f, due, i, 1),
			  flush_value(f, due, i, 2), now))
			break;
	}
	return 0;
}

/* ---- schedules and leases ---- */

static int
run_schedules(struct scheduler *s, const char *tenant, struct err *err)
{
	struct flush *f = enter(s, tenant);
	char rows[16];
	int n;

	snprintf(rows, sizeof(rows), "%d", SCHEDULE_ROWS);
	n = flush_addv(f, "SELECT job.run_schedules($1::integer)", rows, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	count(s, M_SCHEDULES, flush_int(f, n, 0, 0));
	return 0;
}

static int
end_leases(struct scheduler *s, const char *tenant, struct err *err)
{
	struct flush *f = enter(s, tenant);
	int n = flush_addv(f, "SELECT job.sweep()", FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	count(s, M_LEASES, flush_int(f, n, 0, 0));
	return 0;
}

/* For each tenant that a door names. One tenant's failure does not stop the others. */
static void
for_tenants(struct scheduler *s, enum duty duty, const char *door_sql,
	    int (*visit)(struct scheduler *s, const char *tenant, struct err *err))
{
	struct flush *f = flush_new(s->db, s->arena);
	int list = flush_addv(f, door_sql, FLUSH_END);
	struct err err = { 0 };
	bool ok = true;

	if (flush_run(f, &err) < 0) {
		complain("duty failed", &err);
		return;
	}
	for (int i = 0; i < flush_rows(f, list) && !worker_stopping(s->worker); i++) {
		err_clear(&err);
		if (visit(s, flush_value(f, list, i, 0), &err) < 0) {
			complain("duty failed for a tenant", &err);
			ok = false;
		}
	}
	if (ok)
		s->done[duty] = true;
}

/* ---- tours ---- */

static int
seal(struct scheduler *s, const char *tenant, struct err *err)
{
	struct flush *f = enter(s, tenant);
	int n = flush_addv(f, "SELECT sealed, head FROM audit.seal(10000)", FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_int(f, n, 0, 0) == 0)
		return 0;
	count(s, M_SEALED, flush_int(f, n, 0, 0));
	/* The chain's head in a place that the database's superuser does not own. */
	log_event(LOG_INFO, "audit trail sealed", "tenant", tenant, "rows", flush_value(f, n, 0, 0),
		  "head", flush_value(f, n, 0, 1), NULL);
	return 0;
}

static int
clean(struct scheduler *s, const char *tenant, struct err *err)
{
	for (;;) {
		struct flush *f = enter(s, tenant);
		int answers = flush_addv(f, "SELECT api.sweep_answers(1000)", FLUSH_END);
		int jobs = flush_addv(f, "SELECT job.purge(1000)", FLUSH_END);

		flush_addv(f, "SELECT meta.drop_files()", FLUSH_END);
		flush_commit(f);
		if (flush_run(f, err) < 0)
			return -1;
		if (worker_stopping(s->worker) ||
		    (flush_int(f, answers, 0, 0) < 1000 && flush_int(f, jobs, 0, 0) < 1000))
			return 0;
	}
}

static bool
tour_begin(struct scheduler *s, struct tour *t)
{
	struct err err = { 0 };

	t->start_at = monotonic_ms() + t->every_ms;
	t->at = 0;
	t->failed = false;
	arena_reset(t->arena);
	t->list = flush_new(s->db, t->arena);
	flush_addv(t->list, "SELECT door_list FROM tenant.door_list()", FLUSH_END);
	if (flush_run(t->list, &err) == 0)
		return true;
	complain("the tenants cannot be listed", &err);
	t->list = NULL;
	return false;
}

static void
tour(struct scheduler *s, struct tour *t)
{
	int64_t until = monotonic_ms() + SLICE_MS;

	if (!t->list && (monotonic_ms() < t->start_at || !tour_begin(s, t)))
		return;
	while (t->at < flush_rows(t->list, 0) && monotonic_ms() < until &&
	       !worker_stopping(s->worker)) {
		struct err err = { 0 };

		if (t->visit(s, flush_value(t->list, 0, t->at++, 0), &err) < 0) {
			complain("duty failed for a tenant", &err);
			t->failed = true;
		}
	}
	if (t->at < flush_rows(t->list, 0))
		return;
	s->done[t->duty] = s->done[t->duty] || !t->failed;
	t->list = NULL;
}

/* ---- heartbeats ---- */

static void
beat(struct scheduler *s)
{
	struct pg_array *kinds = pg_array_new(s->arena), *stale = pg_array_new(s->arena);
	struct pg_array *share = pg_array_new(s->arena);
	struct flush *f = flush_new(s->db, s->arena);
	struct err err = { 0 };
	int silent;

	s->beat_at = monotonic_ms() + BEAT_MS;
	for (int i = 0; i < DUTIES; i++) {
		if (!s->done[i])
			continue;
		pg_array_add(kinds, duty_defs[i].kind);
		pg_array_add_int(stale, duty_defs[i].stale_after_s);
		pg_array_add_int(share, 0);
		s->done[i] = false;
	}
	flush_addv(f, "SELECT job.beat('scheduler', $1, $2::text[], $3::integer[], $4::integer[])",
		   s->name, pg_array_text(kinds), pg_array_text(stale), pg_array_text(share),
		   FLUSH_END);
	silent = flush_addv(f, "SELECT kind, program, silent_s FROM job.watch()", FLUSH_END);
	if (flush_run(f, &err) < 0) {
		complain("no beat", &err);
		return;
	}
	for (int i = 0; i < flush_rows(f, silent); i++) {
		log_event(LOG_ERROR, "heartbeat has stopped", "kind", flush_value(f, silent, i, 0),
			  "served_by", flush_value(f, silent, i, 1), "silent_s",
			  flush_value(f, silent, i, 2), NULL);
		count(s, M_ALARMS, 1);
	}
}

/* ---- the loop ---- */

static void
at_work(struct scheduler *s)
{
	if (monotonic_ms() >= s->schedule_at) {
		s->schedule_at = monotonic_ms() + SCHEDULE_MS;
		for_tenants(s, D_SCHEDULES, "SELECT door_schedule FROM job.door_schedule(1000)",
			    run_schedules);
	}
	if (monotonic_ms() >= s->sweep_at) {
		s->sweep_at = monotonic_ms() + SWEEP_MS;
		for_tenants(s, D_SWEEP, "SELECT door_expired FROM job.door_expired()", end_leases);
	}
	tour(s, &s->seal);
	tour(s, &s->clean);
	if (monotonic_ms() >= s->beat_at)
		beat(s);
}

/* How long until the next round. */
static int
round_of_work(struct scheduler *s)
{
	struct err err = { 0 };
	int rc, tick;

	arena_reset(s->arena);
	s->dispatch_ms = monotonic_ms();
	rc = dispatch(s, &err);
	s->dispatch_ms = monotonic_ms() - s->dispatch_ms;
	if (rc < 0) {
		if (!s->away)
			complain("the database is away", &err);
		s->away = true;
		return TICK_PASSIVE_MS;
	}
	s->away = false;
	if (!s->active)
		return TICK_PASSIVE_MS;
	at_work(s);
	/* A dispatch that takes long, because thousands of tenants have jobs open, comes less
	 * often: a twentieth of the time is enough for looking. */
	tick = monotonic_ms() < s->busy_until ? TICK_BUSY_MS : TICK_MS;
	if (tick < 19 * s->dispatch_ms)
		tick = (int)(19 * s->dispatch_ms);
	return s->seal.list || s->clean.list ? 0 : tick;
}

static int
check_schema(struct scheduler *s)
{
	struct err err = { 0 };
	int version;

	if (migrate_version(s->db, &version, &err) < 0 || version >= migrate_needed)
		return 0;
	log_event(LOG_ERROR, "the schema is too old: run billfold migrate", NULL);
	return -1;
}

static struct scheduler *
open_scheduler(struct arena *life, const struct job_scheduler *p, struct worker *w)
{
	struct scheduler *s = arena_alloc(life, sizeof(*s));
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(s->name, sizeof(s->name), "%s:scheduler:%d", host, worker_number(w));
	s->worker = w;
	s->db = db_new(p->conninfo, "scheduler");
	s->cache = cache_new(p->redis, REDIS_TIMEOUT_MS);
	s->arena = arena_new(0);
	s->told = arena_array(life, TOLD_SLOTS, sizeof(*s->told));
	s->seal = (struct tour){ D_SEAL, SEAL_MS, monotonic_ms(), seal, arena_new(0) };
	s->clean = (struct tour){ D_CLEAN, CLEAN_MS, monotonic_ms() + 5000, clean, arena_new(0) };
	return s;
}

static void
close_scheduler(struct scheduler *s)
{
	cache_free(s->cache);
	db_free(s->db);
	arena_free(s->clean.arena);
	arena_free(s->seal.arena);
	arena_free(s->arena);
}

int
scheduler_loop(const struct job_scheduler *p, struct worker *w)
{
	struct arena *life = arena_new(0);
	struct scheduler *s = open_scheduler(life, p, w);
	int status = check_schema(s) < 0 ? EXIT_CONFIG : 0;

	while (status == 0 && !worker_stopping(w)) {
		struct pollfd fd = { .fd = worker_signal_fd(w), .events = POLLIN };
		int wait_ms;

		worker_unit_begin(w);
		wait_ms = round_of_work(s);
		worker_unit_end(w, !s->away);
		poll(&fd, 1, wait_ms);
	}
	close_scheduler(s);
	arena_free(life);
	return status;
}
