/*
 * cli/user_state.c - billfold user disable, user enable: whether a person may sign in.
 */
#include "cli.h"

static int
set_state(struct cli *c, const char *state, struct err *err)
{
	struct flush *f;
	int stmt;

	if (cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	stmt = flush_addv(f, "SELECT id, now_state FROM auth.set_user_state($1, $2)",
			  cli_value(c, "email"), state, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", flush_value(f, stmt, 0, 0));
	cli_result(c, "email", cli_value(c, "email"));
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
	{ .name = "email",
	  .arg = "ADDRESS",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What they sign in with." },
	{ .name = NULL },
};

const struct cli_command cli_user_disable = {
	.words = "user disable",
	.options = options,
	.needs_config = true,
	.run = disable,
	.doc = "Keep a person out; their sessions end with the next request.",
	.more = "The last active owner of a tenant stays.",
	.examples = "user disable acme eve@acme.example",
};

const struct cli_command cli_user_enable = {
	.words = "user enable",
	.options = options,
	.needs_config = true,
	.run = enable,
	.doc = "Let a disabled person in again.",
	.examples = "user enable acme eve@acme.example",
};
