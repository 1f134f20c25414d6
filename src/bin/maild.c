/*
 * maild.c - billfold-maild: mails documents, invitations and links, reminds of what is due, and
 * reads what comes back. Its work is the kinds of jobs that its rooms declare.
 */
#include <billfold/collect.h>
#include <billfold/connect.h>

struct config {
	struct service_config service;
	const char *database, *redis;
	struct maild_config maild;
};

#define KEY(name, def, member, doc)                                                                \
	{                                                                                          \
		name, CT_STR, def, offsetof(struct config, member), doc                            \
	}

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("maild", "2", "10000", "300"),
	KEY("database", NULL, database,
	    "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role"),
	KEY("redis", NULL, redis, "where Redis is: path of a socket, or redis:// URL"),
	KEY("state_dir", NULL, maild.store.state_dir, "directory of stored documents"),
	STORE_CONFIG_KEYS(struct config, maild.store),
	KEY("secret_file", NULL, maild.secret_file, "file of the installation's secret"),
	KEY("public_url", NULL, maild.public_url,
	    "how the world reaches this installation; no slash at the end"),
	KEY("smtp_url", NULL, maild.smtp_url,
	    "the mail server: smtp://host:port or smtps://host:port"),
	KEY("smtp_user", "", maild.smtp_user,
	    "user name there; empty: none; with one, TLS is a must"),
	KEY("smtp_password", "", maild.smtp_password, "password there"),
	KEY("mail_from", NULL, maild.from,
	    "address that mail comes from; bounces go there unless mail_return says otherwise"),
	MAILBOX_CONFIG_KEYS(struct config, maild.mailbox),
	{ 0 },
};

static const char *const metric_names[] = { JOB_METRICS, MAILBOX_METRICS, NULL };

static void *
open_maild(const void *config, struct err *err)
{
	const struct config *c = config;

	return maild_open(&c->maild, err);
}

static int
child(struct worker *w, const void *config)
{
	static const struct job_kind *const rooms[] = { maild_kinds, collect_mail_kinds, NULL };
	const struct config *c = config;
	struct arena *a = arena_new(0);
	const struct job_program maild = {
		.name = "maild",
		.kinds = job_kinds_of(a, rooms),
		.conninfo = arena_printf(a, "%s user=billfold_maild", c->database),
		.redis = c->redis,
		.config = config,
		.open = open_maild,
	};
	int status = job_loop(&maild, w);

	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service maild = {
		.name = "billfold-maild",
		.doc = "Mails documents, invitations and links, each once, reminds of what is "
		       "due, and reads the mailbox that answers come to.",
		.config = keys,
		.config_size = sizeof(struct config),
		.metric_names = metric_names,
		.child = child,
	};

	return service_main(&maild, argc, argv);
}
