/*
 * syncd.c - billfold-syncd: what goes to other systems of record. Its work is the kinds of jobs of
 * connect.h.
 */
#include <billfold/connect.h>

struct config {
	struct service_config service;
	const char *database, *redis;
	struct syncd_config syncd;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("syncd", "1", "10000", "600"),
	{ "database", CT_STR, NULL, offsetof(struct config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "state_dir", CT_STR, NULL, offsetof(struct config, syncd.state_dir),
	  "where exported files lie" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static void *
open_syncd(const void *config, struct err *err)
{
	const struct config *c = config;

	return syncd_open(&c->syncd, err);
}

static int
child(struct worker *w, const void *config)
{
	const struct config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program syncd = {
		.name = "syncd",
		.kinds = syncd_kinds,
		.conninfo = arena_printf(a, "%s user=billfold_syncd", c->database),
		.redis = c->redis,
		.config = config,
		.open = open_syncd,
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
		.config_size = sizeof(struct config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&syncd, argc, argv);
}
