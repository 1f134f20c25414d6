/*
 * cli/tenant_list.c - billfold tenant list, tenant show: who uses this installation.
 */
#include "cli.h"

static const struct cli_column columns[] = {
	{ "slug", CLI_TEXT, false },
	{ "state", CLI_TEXT, false },
	{ "sandbox", CLI_BOOL, false },
	{ "currency", CLI_TEXT, false },
	{ "users", CLI_INT, false },
	{ "clients", CLI_INT, false },
	{ "jobs_open", CLI_INT, false },
	{ "jobs_dead", CLI_INT, false },
	{ "name", CLI_TEXT, false },
	{ "id", CLI_TEXT, true },
	{ "time_zone", CLI_TEXT, true },
	{ "locale", CLI_TEXT, true },
	{ "business_at", CLI_TIME, true },
	{ "created_at", CLI_TIME, true },
	{ "default_entity_id", CLI_TEXT, true },
	{ NULL, CLI_TEXT, false },
};

static int
roll(struct cli *c, const char *slug, struct flush **ret, int *ret_stmt, struct err *err)
{
	struct flush *f = flush_new(cli_db(c), c->arena);

	flush_begin(f);
	*ret_stmt = flush_addv(
	    f,
	    "SELECT slug, state, sandbox, currency, users, clients, jobs_open, jobs_dead, name, "
	    "id, time_zone, locale, business_at, created_at, default_entity_id "
	    "FROM tenant.roll($1)",
	    slug, FLUSH_END);
	flush_commit(f);
	*ret = f;
	return flush_run(f, err);
}

static int
list(struct cli *c, struct err *err)
{
	struct flush *f;
	int stmt;

	if (roll(c, NULL, &f, &stmt, err) < 0)
		return -1;
	cli_result_rows(c, "tenants", columns, f, stmt);
	return 0;
}

static int
show(struct cli *c, struct err *err)
{
	struct flush *f;
	int stmt;

	if (roll(c, cli_value(c, "slug"), &f, &stmt, err) < 0)
		return -1;
	cli_result_row(c, columns, f, stmt);
	return 0;
}

static const struct cli_option none[] = { { .name = NULL } };
static const struct cli_option named[] = {
	{ .name = "slug",
	  .arg = "SLUG",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What its people name when they sign in." },
	{ .name = NULL },
};

const struct cli_command cli_tenant_list = {
	.words = "tenant list",
	.options = none,
	.needs_config = true,
	.run = list,
	.doc = "List the tenants of this installation.",
	.examples = "tenant list\n--json tenant list",
};

const struct cli_command cli_tenant_show = {
	.words = "tenant show",
	.options = named,
	.needs_config = true,
	.run = show,
	.doc = "Show one tenant: its state, settings, people and jobs.",
	.examples = "tenant show acme",
};
