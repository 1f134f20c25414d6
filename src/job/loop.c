/*
 * loop.c - a worker's life: hints from the streams, the sweep, the beat, duties.
 *
 * Hints are how a job starts soon. The sweep is how it starts surely: it asks the database for
 * what is due, fairly between tenants, whenever no hint came for a while, and often while
 * Redis is away. A hint is acknowledged when its job has been dealt with, whatever the outcome: the
 * row says what comes next. Of two workers with the same hint one gets the claim.
 */
#include "run.h"

#include <poll.h>
#include <unistd.h>

#include <billfold/base/date.h>
#include <billfold/base/log.h>
#include <billfold/base/monotonic.h>

enum {
	KINDS_MAX = 24,
	BLOCK_MS = 1000,       /* for a hint; also how long a drain may wait for an idle worker */
	SWEEP_MS = 5000,       /* without hints */
	SWEEP_BLIND_MS = 1000, /* without Redis */
	SWEEP_ROWS = 16,
	BEAT_MS = 10000,
	STALE_S = 2 * BEAT_MS / 1000,
	REDIS_TIMEOUT_MS = 500
};

struct loop {
	struct job_runner r;
	const struct job_kind *kind[KINDS_MAX];
	const char *stream[KINDS_MAX];
	size_t n;
	const struct job_kind *duty[KINDS_MAX];
	int64_t duty_at[KINDS_MAX]; /* when to ask again whose turn it is */
	size_t n_duties;
	struct cache *cache;
	struct arena *life;  /* of the process */
	struct arena *arena; /* of one round */
	char name[200];      /* host:program:number */
	bool blind;          /* Redis is away */
	int64_t sweep_at, beat_at;
};

/* Workers started together must not ask together for ever. */
static int64_t
spread(const struct loop *l, int64_t ms)
{
	return ms + ms * (worker_number(l->r.worker) % 8) / 32;
}

static int
open_loop(struct loop *l, const struct job_program *p, struct worker *w, struct err *err)
{
	char host[64] = "";

	l->r = (struct job_runner){ .program = p, .worker = w, .arena = arena_new(0) };
	l->life = arena_new(0);
	l->arena = arena_new(0);
	gethostname(host, sizeof(host) - 1);
	snprintf(l->name, sizeof(l->name), "%s:%s:%d", host, p->name, worker_number(w));
	for (const struct job_kind *k = p->kinds; k->name; k++) {
		if (l->n == KINDS_MAX || l->n_duties == KINDS_MAX)
			return err_set(err, ERR_internal,
				       "More kinds of jobs than a program may have");
		if (k->every_s > 0) {
			l->duty[l->n_duties++] = k;
			continue;
		}
		l->kind[l->n] = k;
		l->stream[l->n++] = arena_printf(l->life, "job:%s", k->name);
	}
	l->r.db = db_new(p->conninfo, p->name);
	l->cache = cache_new(p->redis, REDIS_TIMEOUT_MS);
	if (p->open) {
		l->r.state = p->open(p->config, err);
		if (!l->r.state)
			return -1;
	}
	return 0;
}

static void
close_loop(struct loop *l)
{
	cache_free(l->cache);
	db_free(l->r.db);
	arena_free(l->arena);
	arena_free(l->life);
	arena_free(l->r.arena);
}

/* ---- the beat ---- */

static void
say_silent(const struct flush *f, int s)
{
	for (int i = 0; i < flush_rows(f, s); i++)
		log_event(LOG_ERROR, "heartbeat has stopped", "kind", flush_value(f, s, i, 0),
			  "served_by", flush_value(f, s, i, 1), "silent_s", flush_value(f, s, i, 2),
			  NULL);
}

static void
beat(struct loop *l)
{
	struct arena *a = l->arena;
	struct pg_array *kinds = pg_array_new(a), *stale = pg_array_new(a),
			*share = pg_array_new(a);
	struct flush *f = flush_new(l->r.db, a);
	struct err err = { 0 };
	int s;

	l->beat_at = monotonic_ms() + BEAT_MS;
	for (size_t i = 0; i < l->n; i++) {
		pg_array_add(kinds, l->kind[i]->name);
		pg_array_add_int(stale, STALE_S);
		pg_array_add_int(share, l->kind[i]->share);
	}
	flush_addv(f, "SELECT job.beat($1, $2, $3::text[], $4::integer[], $5::integer[])",
		   l->r.program->name, l->name, pg_array_text(kinds), pg_array_text(stale),
		   pg_array_text(share), FLUSH_END);
	s = flush_addv(f, "SELECT kind, program, silent_s FROM job.watch()", FLUSH_END);
	if (flush_run(f, &err) < 0)
		log_event(LOG_WARN, "no beat", "error", err.detail, "cause", err.cause, NULL);
	else
		say_silent(f, s);
}

/* Between any two jobs: a worker that is within one is known to be by its lease. */
static void
beat_if_due(struct loop *l)
{
	if (monotonic_ms() >= l->beat_at)
		beat(l);
}

/* Asked four times within its interval, so that a worker that died delays its turn but little. */
static void
duties(struct loop *l)
{
	for (size_t i = 0; i < l->n_duties && !worker_stopping(l->r.worker); i++) {
		if (monotonic_ms() < l->duty_at[i])
			continue;
		l->duty_at[i] = monotonic_ms() + spread(l, l->duty[i]->every_s * 250);
		run_duty(&l->r, l->duty[i], l->name);
	}
}

/* ---- hints ---- */

static const struct job_kind *
kind_of(const struct loop *l, const char *stream)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->stream[i], stream) == 0)
			return l->kind[i];
	}
	return NULL;
}

static void
take_hint(struct loop *l, const struct stream_message *m)
{
	struct str id_text, tenant_text = str_cut(m->body, ':', &id_text);
	const struct job_kind *k = kind_of(l, m->stream);
	struct uuid tenant, id;
	struct err err = { 0 };

	if (k && uuid_parse(tenant_text, &tenant) && uuid_parse(id_text, &id))
		run_job(&l->r, k, tenant.z, id.z);
	/* Not acknowledged: it comes again, and the claim will find nothing to do. */
	(void)stream_ack(l->cache, m->stream, m->id, &err);
}

static void
wait_ms(const struct loop *l, int ms)
{
	struct pollfd p = { .fd = worker_signal_fd(l->r.worker), .events = POLLIN };

	poll(&p, 1, ms);
}

/* True when hints came. */
static bool
take_hints(struct loop *l)
{
	struct stream_message *m;
	struct err err = { 0 };
	size_t n;
	int fetch = l->r.program->fetch > 0 ? l->r.program->fetch : 1;

	if (l->n == 0) {
		wait_ms(l, BLOCK_MS);
		return false;
	}
	if (stream_read(l->cache, l->arena, l->stream, l->n, l->name, fetch, BLOCK_MS, &m, &n,
			&err) < 0) {
		if (!l->blind)
			log_event(LOG_WARN, "no hints, the sweep goes on alone", "error",
				  err.detail, "cause", err.cause, NULL);
		l->blind = true;
		wait_ms(l, SWEEP_BLIND_MS / 2);
		return false;
	}
	if (l->blind)
		log_event(LOG_INFO, "hints are back", NULL);
	l->blind = false;
	for (size_t i = 0; i < n && !worker_stopping(l->r.worker); i++) {
		beat_if_due(l);
		take_hint(l, &m[i]);
	}
	return n > 0;
}

/* ---- the sweep ---- */

static int
sweep(struct loop *l)
{
	struct flush *f = flush_new(l->r.db, l->arena);
	char rows[16];
	struct err err = { 0 };
	int stmt[KINDS_MAX], ran = 0;

	snprintf(rows, sizeof(rows), "%d", SWEEP_ROWS);
	for (size_t i = 0; i < l->n; i++)
		stmt[i] =
		    flush_addv(f, "SELECT tenant_id, job_id FROM job.door_due($1, $2::integer)",
			       l->kind[i]->name, rows, FLUSH_END);
	if (flush_run(f, &err) < 0) {
		log_event(LOG_WARN, "no sweep", "error", err.detail, "cause", err.cause, NULL);
		wait_ms(l, 1000);
		return 0;
	}
	for (size_t i = 0; i < l->n; i++) {
		for (int k = 0; k < flush_rows(f, stmt[i]) && !worker_stopping(l->r.worker); k++) {
			beat_if_due(l);
			ran += run_job(&l->r, l->kind[i], flush_value(f, stmt[i], k, 0),
				       flush_value(f, stmt[i], k, 1)) != RUN_NOT_OURS;
		}
	}
	return ran;
}

/* ---- the loop ---- */

/* The schema must be at least what this binary was built with. */
static int
check_schema(struct loop *l)
{
	struct err err = { 0 };
	int version;

	if (migrate_version(l->r.db, &version, &err) < 0) {
		log_event(LOG_WARN, "the schema's number cannot be read yet", "error", err.detail,
			  "cause", err.cause, NULL);
		return 0; /* the database is away; every statement will say so */
	}
	if (version >= migrate_needed)
		return 0;
	log_event(LOG_ERROR, "the schema is too old: run billfold migrate", NULL);
	return -1;
}

static void
round_of_work(struct loop *l)
{
	arena_reset(l->arena);
	beat_if_due(l);
	duties(l);
	if (take_hints(l)) {
		l->sweep_at = monotonic_ms() + spread(l, SWEEP_MS);
		return;
	}
	if (monotonic_ms() < l->sweep_at || worker_stopping(l->r.worker))
		return;
	/* What a sweep finds is a sign that more is there. */
	if (sweep(l) == 0)
		l->sweep_at = monotonic_ms() + spread(l, l->blind ? SWEEP_BLIND_MS : SWEEP_MS);
}

int
job_loop(const struct job_program *p, struct worker *w)
{
	struct loop l = { 0 };
	struct err err = { 0 };
	int status = 0;

	if (open_loop(&l, p, w, &err) < 0) {
		log_event(LOG_ERROR, "worker cannot start", "error", err.detail, "cause",
			  err.cause[0] ? err.cause : NULL, NULL);
		status = EXIT_CONFIG; /* a secret, an address, a store: it would be so again */
	} else if (check_schema(&l) < 0) {
		status = EXIT_CONFIG;
	}
	while (status == 0 && !worker_stopping(w))
		round_of_work(&l);
	close_loop(&l);
	return status;
}
