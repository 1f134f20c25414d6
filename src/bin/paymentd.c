/*
 * paymentd.c - billfold-paymentd: asks processors to charge, and what became of it.
 */
#include <billfold/base/log.h>
#include <billfold/job.h>
#include <billfold/payment.h>

struct paymentd_config {
	struct service_config service;
	const char *database, *redis, *secret_file;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("paymentd", "2", "10000", "120"),
	{ "database", CT_STR, NULL, offsetof(struct paymentd_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct paymentd_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "secret_file", CT_STR, NULL, offsetof(struct paymentd_config, secret_file),
	  "file of the installation's secret" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static void *
open_env(const void *config, struct err *err)
{
	static struct payment_env env;
	const struct paymentd_config *c = config;

	if (crypto_init(err) < 0 || secret_load(c->secret_file, &env.secret, err) < 0)
		return NULL;
	env.net = net_new();
	return &env;
}

static int
child(struct worker *w, const void *config)
{
	const struct paymentd_config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program paymentd = {
		.name = "paymentd",
		.kinds = payment_job_kinds,
		.conninfo = arena_printf(a, "%s user=billfold_paymentd", c->database),
		.redis = c->redis,
		.config = config,
		.open = open_env,
	};
	int status = job_loop(&paymentd, w);

	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service paymentd = {
		.name = "billfold-paymentd",
		.doc = "Charges payment attempts at their processors and settles what they bring.",
		.config = keys,
		.config_size = sizeof(struct paymentd_config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&paymentd, argc, argv);
}
