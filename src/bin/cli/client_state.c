/*
 * cli/client_state.c - billfold client disable, client enable: whether a program may get tokens.
 */
#include "cli.h"

static int
set_state(struct cli *c, const char *state, struct err *err)
{
	struct flush *f;
	int stmt;

	if (cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	stmt = flush_addv(f, "SELECT id, now_state FROM auth.set_client_state($1, $2)",
			  cli_value(c, "client"), state, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", flush_value(f, stmt, 0, 0));
	cli_result(c, "state", flush_value(f, stmt, 0, 1));
	return 0;
}

static int
disable(struct cli *c, struct err *err)
{
	return set_state(c, "disabled", err);
}

static int
enable(struct cli *c, struct err *err)
{
	return set_state(c, "active", err);
}

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = "client",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "Its name or its id." },
	{ .name = NULL },
};

const struct cli_command cli_client_disable = {
	.words = "client disable",
	.options = options,
	.needs_config = true,
	.run = disable,
	.doc = "Keep a program out; its tokens end at once.",
	.examples = "client disable acme 'web shop'",
};

const struct cli_command cli_client_enable = {
	.words = "client enable",
	.options = options,
	.needs_config = true,
	.run = enable,
	.doc = "Let a disabled program in again.",
	.examples = "client enable acme 'web shop'",
};
