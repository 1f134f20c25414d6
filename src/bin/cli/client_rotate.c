/*
 * cli/client_rotate.c - billfold client rotate: another secret for a program.
 */
#include "cli.h"

#include <billfold/auth/secret.h>
#include <billfold/crypto.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = "client",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "Its name or its id." },
	{ .name = NULL },
};

static int
run(struct cli *c, struct err *err)
{
	struct client_secret secret;
	struct flush *f;
	int stmt;

	if (crypto_init(err) < 0 || cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	client_secret_new(c->arena, &secret);
	stmt = flush_addv(f, "SELECT auth.rotate_client($1, $2, $3)", cli_value(c, "client"),
			  secret.hash, secret.prefix, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", flush_value(f, stmt, 0, 0));
	cli_result(c, "secret", secret.text);
	return 0;
}

const struct cli_command cli_client_rotate = {
	.words = "client rotate",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Give a program a new secret, shown once; the former one ends at once.",
	.examples = "client rotate acme 'web shop'",
};
