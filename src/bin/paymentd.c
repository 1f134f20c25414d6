/*
 * paymentd.c - billfold-paymentd: asks processors to charge, and what became of it.
 */
#include <billfold/connect.h>
#include <billfold/job.h>
#include <billfold/payment.h>

struct paymentd_config {
	struct service_config service;
	const char *database, *redis, *secret_file, *stripe_url;
	long processor_timeout, processor_settled, processor_poll;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("paymentd", "2", "10000", "120"),
	{ "database", CT_STR, NULL, offsetof(struct paymentd_config, database),
	  "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role" },
	{ "redis", CT_STR, NULL, offsetof(struct paymentd_config, redis),
	  "where Redis is: path of a socket, or redis:// URL" },
	{ "secret_file", CT_STR, NULL, offsetof(struct paymentd_config, secret_file),
	  "file of the installation's secret" },
	{ "stripe_url", CT_STR, "https://api.stripe.com",
	  offsetof(struct paymentd_config, stripe_url),
	  "where Stripe is: https, or a stand-in on this machine" },
	{ "processor_timeout", CT_INT, "30", offsetof(struct paymentd_config, processor_timeout),
	  "seconds that a processor has for an answer" },
	{ "processor_settled", CT_INT, "60", offsetof(struct paymentd_config, processor_settled),
	  "seconds after an error of its own that a processor without a trace of a charge is "
	  "believed" },
	{ "processor_poll", CT_INT, "60", offsetof(struct paymentd_config, processor_poll),
	  "how often, in seconds, a processor is asked for what no webhook told" },
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, NULL };

static void *
open_env(const void *config, struct err *err)
{
	static struct payment_env env;
	static struct processor_settings processors;
	const struct paymentd_config *c = config;

	processors = (struct processor_settings){ .stripe_url = c->stripe_url,
						  .timeout_ms = (int)c->processor_timeout * 1000,
						  .settled_s = (int)c->processor_settled,
						  .poll_s = (int)c->processor_poll };
	env.processors = &processors;
	if (processor_settings_check(&processors, err) < 0 || crypto_init(err) < 0 ||
	    secret_load(c->secret_file, &env.secret, err) < 0)
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
