/*
 * jobber.c - a worker program whose kinds of jobs do what tests of the machinery need. An effect is
 * a row of public.effect, written in the transaction that finishes the job.
 *
 * The keys are borrowed from billfold-syncd, because the configuration file knows the product's
 * only.
 */
#include <poll.h>

#include <billfold/job.h>

struct jobber_config {
	struct service_config service;
	const char *database, *redis;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("syncd", "1", "0", "0"),
	{ "database", CT_STR, NULL, offsetof(struct jobber_config, database), "PostgreSQL" },
	{ "redis", CT_STR, NULL, offsetof(struct jobber_config, redis), "Redis" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static void
add_effect(struct flush *f, const struct job *j, const char *what)
{
	flush_addv(f, "INSERT INTO public.effect (job_id, what) VALUES ($1::uuid, $2)", j->id, what,
		   FLUSH_END);
}

/* Until the test has written this word as an effect. */
static int
wait_until(struct job *j, const char *word, struct err *err)
{
	int64_t n = 0;

	while (n == 0) {
		struct flush *f = flush_new(j->db, j->arena);
		int s = flush_addv(f, "SELECT count(*) FROM public.effect WHERE what = $1", word,
				   FLUSH_END);

		if (flush_run(f, err) < 0)
			return -1;
		n = flush_int(f, s, 0, 0);
		poll(NULL, 0, 50);
	}
	return 0;
}

/* {"ms": how long it takes, "until": word for which it waits} */
static int
run_effect(struct job *j, struct err *err)
{
	struct flush *f;
	const char *word = jval_strz(j->arena, j->payload, "until");
	int64_t ms = 0;

	jval_int(j->payload, "ms", &ms);
	poll(NULL, 0, (int)ms);
	if (word && wait_until(j, word, err) < 0)
		return -1;
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	add_effect(f, j, "effect");
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

/* Longer than its lease, which it renews. */
static int
run_renewed(struct job *j, struct err *err)
{
	for (int i = 0; i < 4; i++) {
		poll(NULL, 0, 2000);
		if (job_renew(j, err) < 0)
			return -1;
	}
	return run_effect(j, err);
}

static int
run_crash(struct job *j, struct err *err)
{
	(void)j;
	(void)err;
	abort();
}

static int
run_fail(struct job *j, struct err *err)
{
	(void)j;
	return err_set(err, ERR_unavailable, "The other side is down.");
}

static int
run_refuse(struct job *j, struct err *err)
{
	(void)j;
	return err_set(err, ERR_validation_failed, "This will never be right.");
}

static int
run_quiet(struct job *j, struct err *err)
{
	(void)j;
	(void)err;
	return 0;
}

/* Deferred once: what it left behind tells the second run. */
static int
run_later(struct job *j, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int64_t ms = 0;
	int n;

	n = flush_addv(f, "SELECT count(*) FROM public.effect WHERE job_id = $1::uuid", j->id,
		       FLUSH_END);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_int(f, n, 0, 0) > 0)
		return 0;
	jval_int(j->payload, "ms", &ms);
	poll(NULL, 0, (int)ms);
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	add_effect(f, j, "later");
	job_defer_add(f, j, 1, "not yet");
	flush_commit(f);
	return flush_run(f, err);
}

static int
run_duty_row(struct job *j, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	flush_addv(f, "INSERT INTO public.effect (what) VALUES ('duty')", FLUSH_END);
	return flush_run(f, err);
}

static const struct job_kind kinds[] = {
	{ .name = "t_effect",
	  .run = run_effect,
	  .max_attempts = 5,
	  .lease_s = 2,
	  .backoff_s = 1,
	  .backoff_max_s = 1 },
	{ .name = "t_shared", .run = run_effect, .max_attempts = 5, .lease_s = 120, .share = 1 },
	{ .name = "t_renewed", .run = run_renewed, .max_attempts = 1, .lease_s = 6 },
	{ .name = "t_crash", .run = run_crash, .max_attempts = 2, .lease_s = 1 },
	{ .name = "t_fail",
	  .run = run_fail,
	  .max_attempts = 3,
	  .lease_s = 5,
	  .backoff_s = 1,
	  .backoff_max_s = 1 },
	{ .name = "t_refuse", .run = run_refuse, .max_attempts = 3, .lease_s = 5 },
	{ .name = "t_persist",
	  .run = run_refuse,
	  .max_attempts = 3,
	  .lease_s = 5,
	  .backoff_s = 1,
	  .backoff_max_s = 1,
	  .persists = true },
	{ .name = "t_quiet", .run = run_quiet, .max_attempts = 3, .lease_s = 5 },
	{ .name = "t_later", .run = run_later, .max_attempts = 1, .lease_s = 5 },
	{ .name = "t_duty", .run = run_duty_row, .every_s = 2 },
	{ 0 },
};

static int
child(struct worker *w, const void *config)
{
	const struct jobber_config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program jobber = {
		.name = "jobber",
		.kinds = kinds,
		.conninfo = arena_printf(a, "%s user=billfold_syncd", c->database),
		.redis = c->redis,
		.config = config,
	};
	int status = job_loop(&jobber, w);

	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service jobber = {
		.name = "billfold-jobber",
		.doc = "Jobs for tests.",
		.config = keys,
		.config_size = sizeof(struct jobber_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&jobber, argc, argv);
}
