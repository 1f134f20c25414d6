/*
 * cli/user_list.c - billfold user list: the people of a tenant.
 */
#include "cli.h"

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = NULL },
};

static const struct cli_column columns[] = {
	{ "email", CLI_TEXT, false },
	{ "role", CLI_TEXT, false },
	{ "state", CLI_TEXT, false },
	{ "mfa_enabled", CLI_BOOL, false },
	{ "last_sign_in_at", CLI_TIME, false },
	{ "name", CLI_TEXT, false },
	{ "id", CLI_TEXT, true },
	{ "created_at", CLI_TIME, true },
	{ "password_changed_at", CLI_TIME, true },
	{ NULL, CLI_TEXT, false },
};

static int
run(struct cli *c, struct err *err)
{
	struct flush *f;
	int stmt;

	if (cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	stmt = flush_addv(f,
			  "SELECT email, role, state, mfa_enabled, last_sign_in_at, name, id, "
			  "created_at, password_changed_at FROM auth.user_roll()",
			  FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result_rows(c, "users", columns, f, stmt);
	return 0;
}

const struct cli_command cli_user_list = {
	.words = "user list",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "List the people of a tenant.",
	.examples = "user list acme",
};
