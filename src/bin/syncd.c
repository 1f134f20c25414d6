/*
 * syncd.c - billfold-syncd: what goes to other systems of record. Its work is the kinds of jobs below.
 */
#include <billfold/job.h>

struct syncd_config {
	struct service_config service;
	const char *database, *redis, *state_dir;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("syncd", "1", "10000", "600"),
	{ "database", CT_STR, NULL, offsetof(struct syncd_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct syncd_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "state_dir", CT_STR, NULL, offsetof(struct syncd_config, state_dir),
	  "where exported files lie" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static const struct job_kind kinds[] = {
	{ 0 },
};

static int
child(struct worker *w, const void *config)
{
	const struct syncd_config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program syncd = {
		.name = "syncd",
		.kinds = kinds,
		.conninfo = arena_printf(a, "%s user=billfold_syncd", c->database),
		.redis = c->redis,
		.config = config,
	};
	int status = job_loop(&syncd, w);

	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service syncd = {
		.name = "billfold-syncd",
		.doc = "Hands journal entries and exports to other systems of record.",
		.config = keys,
		.config_size = sizeof(struct syncd_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&syncd, argc, argv);
}
