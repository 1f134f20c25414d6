/*
 * cli/demo.c - billfold demo: a tenant to look at, and the main job done once in it.
 *
 * The demo is a client of the public API and shares nothing with the server but the contract, so it
 * is a script of its own (deploy/lib/demo.py, installed beside the SQL); this command hands it
 * what the configuration says and becomes it. quickstart calls this command too.
 */
#include "cli.h"

#include <errno.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{ .name = "slug", .arg = "SLUG", .def = "demo", .doc = "The tenant's slug (demo)." },
	{ .name = "state",
	  .arg = "FILE",
	  .def = "billfold-demo.json",
	  .doc = "What was made so far, with the log-ins (billfold-demo.json)." },
	{ .name = "url", .arg = "URL", .doc = "Where the API is; else public_url." },
	{ .name = "mail",
	  .arg = "MAILDIR",
	  .doc = "Where a mail catcher keeps what is sent; without it, delivery is looked up." },
	{ .name = NULL },
};

#define PYTHON "/usr/bin/python3"

static int
run(struct cli *c, struct err *err)
{
	const char *url = cli_value(c, "url"), *mail = cli_value(c, "mail");
	const char *argv[20];
	int n = 0;

	argv[n++] = PYTHON;
	argv[n++] = BILLFOLD_DATADIR "/deploy/demo.py";
	argv[n++] = "--billfold";
	argv[n++] = BILLFOLD_BINDIR "/billfold";
	argv[n++] = "--config";
	argv[n++] = c->config_file;
	argv[n++] = "--url";
	argv[n++] = url ? url : c->config.public_url;
	argv[n++] = "--state";
	argv[n++] = cli_value(c, "state");
	argv[n++] = "--slug";
	argv[n++] = cli_value(c, "slug");
	if (mail) {
		argv[n++] = "--mail";
		argv[n++] = mail;
	}
	if (c->json)
		argv[n++] = "--json";
	argv[n] = NULL;
	execv(argv[0], (char *const *)(uintptr_t)argv);
	return err_set(err, ERR_internal, "%s cannot be started: %s; install the package python3.",
		       PYTHON, strerror(errno));
}

const struct cli_command cli_demo = {
	.words = "demo",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Make a demo tenant and carry one customer from a won deal to the books.",
	.more = "Goes through the public API as any client would; each step tells what it found. A "
		"second call does what is missing and looks at the rest.",
	.examples = "demo\ndemo --slug show --state show.json",
};
