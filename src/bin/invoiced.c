/*
 * invoiced.c - billfold-invoiced: drafts of won deals, PDFs of final documents, imports, exports
 * and bulk actions. Its work is the kinds of jobs that its rooms declare; long work goes through
 * the same tables of resources that billfold-api serves.
 */
#include "registry.h"

#include <billfold/base/log.h>
#include <billfold/billing.h>
#include <billfold/connect.h>
#include <billfold/document.h>
#include <billfold/job.h>
#include <billfold/resource/operation.h>

struct invoiced_config {
	struct service_config service;
	const char *database, *redis, *public_url, *secret_file;
	struct store_settings store;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("invoiced", "2", "10000", "300"),
	{ "database", CT_STR, NULL, offsetof(struct invoiced_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct invoiced_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "state_dir", CT_STR, NULL, offsetof(struct invoiced_config, store.state_dir),
	  "directory of stored documents" },
	STORE_CONFIG_KEYS(struct invoiced_config, store),
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

	struct arena *a = arena_new(0); /* of the process */
	struct file_store files;

	if (store_open(a, &c->store, net_new(), STORE_JOB_MS, &files, err) < 0)
		return NULL;
	return document_open(files, c->public_url, c->secret_file, err);
}

/* What the engine needs to do here what billfold-api does; a job brings its connection. */
static int
open_app(const struct invoiced_config *c, struct app *app, struct err *err)
{
	if (crypto_init(err) < 0 || secret_load(c->secret_file, &app->secret, err) < 0)
		return -1;
	app->registry = &api_registry;
	app->public_url = c->public_url;
	app->texts = texts_new();
	return 0;
}

static int
child(struct worker *w, const void *config)
{
	static const struct job_kind *const rooms[] = { billing_job_kinds, document_job_kinds,
							operation_job_kinds, NULL };
	const struct invoiced_config *c = config;
	struct arena *a = arena_new(0);
	struct app app = { 0 };
	struct err err = { 0 };
	const struct job_program invoiced = {
		.name = "invoiced",
		.kinds = job_kinds_of(a, rooms),
		.conninfo = arena_printf(a, "%s user=billfold_invoiced", c->database),
		.redis = c->redis,
		.config = config,
		.open = open_documents,
		.app = &app,
	};
	int status;

	if (open_app(c, &app, &err) < 0) {
		log_event(LOG_ERROR, "the worker cannot start", "error", err.detail, "cause",
			  err.cause[0] ? err.cause : NULL, NULL);
		return EXIT_CONFIG;
	}
	status = job_loop(&invoiced, w);
	texts_free(app.texts);
	secret_free(app.secret);
	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service invoiced = {
		.name = "billfold-invoiced",
		.doc = "Makes the drafts of won deals and the PDFs of final documents; imports, "
		       "exports, bulk.",
		.config = keys,
		.config_size = sizeof(struct invoiced_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&invoiced, argc, argv);
}
