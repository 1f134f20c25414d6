/*
 * scheduler.c - billfold-scheduler: due schedules into jobs, due jobs to the workers, leases that
 * ran out, the sealing of the audit trail, old answers, heartbeats. One is at work; others wait for
 * its lock.
 *
 * Its first child is the scheduler, the others do the scheduler's own kinds of jobs.
 */
#include <billfold/base/log.h>
#include <billfold/job.h>

struct scheduler_config {
	struct service_config service;
	const char *database, *redis;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("scheduler", "2", "0", "300"),
	{ "database", CT_STR, NULL, offsetof(struct scheduler_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct scheduler_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ 0 },
};

static const char *const metric_names[] = { SCHEDULER_METRICS, JOB_METRICS, NULL };

static int
child(struct worker *w, const void *config)
{
	const struct scheduler_config *c = config;
	struct arena *a = arena_new(0);
	const char *conninfo = arena_printf(a, "%s user=billfold_scheduler", c->database);
	const struct job_scheduler scheduler = { .conninfo = conninfo, .redis = c->redis };
	const struct job_program jobs = {
		.name = "scheduler",
		.kinds = scheduler_kinds,
		.conninfo = conninfo,
		.redis = c->redis,
		.config = config,
	};
	int status = EXIT_CONFIG;

	if (c->service.workers < 2)
		log_event(LOG_ERROR, "scheduler_workers must be at least 2", NULL);
	else
		status = worker_number(w) == 0 ? scheduler_loop(&scheduler, w) : job_loop(&jobs, w);
	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service scheduler = {
		.name = "billfold-scheduler",
		.doc =
		    "Turns what is due into jobs, tells the workers of them, and watches over all.",
		.config = keys,
		.config_size = sizeof(struct scheduler_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&scheduler, argc, argv);
}
