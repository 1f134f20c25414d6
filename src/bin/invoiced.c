/*
 * invoiced.c - billfold-invoiced: drafts of won deals, PDFs of final documents. Its work is the
 * kinds of jobs that its rooms declare.
 */
#include <billfold/billing.h>
#include <billfold/document.h>
#include <billfold/job.h>

struct invoiced_config {
	struct service_config service;
	const char *database, *redis, *state_dir, *public_url, *secret_file;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("invoiced", "2", "10000", "300"),
	{ "database", CT_STR, NULL, offsetof(struct invoiced_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct invoiced_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "state_dir", CT_STR, NULL, offsetof(struct invoiced_config, state_dir),
	  "where documents lie" },
	{ "public_url", CT_STR, NULL, offsetof(struct invoiced_config, public_url),
	  "how the product is reached from outside, no slash at the end" },
	{ "secret_file", CT_STR, NULL, offsetof(struct invoiced_config, secret_file),
	  "file of the installation's secret" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static void *
open_documents(const void *config, struct err *err)
{
	const struct invoiced_config *c = config;

	return document_open(c->state_dir, c->public_url, c->secret_file, err);
}

static int
child(struct worker *w, const void *config)
{
	static const struct job_kind *const rooms[] = { billing_job_kinds, document_job_kinds,
							NULL };
	const struct invoiced_config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program invoiced = {
		.name = "invoiced",
		.kinds = job_kinds_of(a, rooms),
		.conninfo = arena_printf(a, "%s user=billfold_invoiced", c->database),
		.redis = c->redis,
		.config = config,
		.open = open_documents,
	};
	int status = job_loop(&invoiced, w);

	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service invoiced = {
		.name = "billfold-invoiced",
		.doc = "Makes the drafts of won deals and the PDFs of final documents.",
		.config = keys,
		.config_size = sizeof(struct invoiced_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&invoiced, argc, argv);
}
