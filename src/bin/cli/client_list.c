/*
 * cli/client_list.c - billfold client list: the programs that may act for a tenant.
 */
#include "cli.h"

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = NULL },
};

static const struct cli_column columns[] = {
	{ "id", CLI_TEXT, false },
	{ "name", CLI_TEXT, false },
	{ "role", CLI_TEXT, false },
	{ "state", CLI_TEXT, false },
	{ "secret_prefix", CLI_TEXT, false },
	{ "created_at", CLI_TIME, false },
	{ "scopes", CLI_JSON, true },
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
			  "SELECT id, name, role, state, secret_prefix, created_at, scopes "
			  "FROM auth.client_roll()",
			  FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result_rows(c, "clients", columns, f, stmt);
	return 0;
}

const struct cli_command cli_client_list = {
	.words = "client list",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "List the API clients of a tenant.",
	.examples = "client list acme",
};
