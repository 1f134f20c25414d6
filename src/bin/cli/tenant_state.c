/*
 * cli/tenant_state.c - billfold tenant suspend, tenant resume: whether a tenant is served.
 */
#include "cli.h"

static int
set_state(struct cli *c, const char *state, struct err *err)
{
	struct flush *f = flush_new(cli_db(c), c->arena);
	int stmt;

	flush_begin(f);
	stmt = flush_addv(f, "SELECT tenant.set_state($1, $2, $3)", cli_value(c, "slug"), state,
			  c->actor, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", flush_value(f, stmt, 0, 0));
	cli_result(c, "slug", cli_value(c, "slug"));
	cli_result(c, "state", state);
	return 0;
}

static int
suspend(struct cli *c, struct err *err)
{
	return set_state(c, "suspended", err);
}

static int
resume(struct cli *c, struct err *err)
{
	return set_state(c, "active", err);
}

static const struct cli_option options[] = {
	{ .name = "slug", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Which tenant." },
	{ .name = NULL },
};

const struct cli_command cli_tenant_suspend = {
	.words = "tenant suspend",
	.options = options,
	.needs_config = true,
	.run = suspend,
	.doc = "Serve a tenant no longer; nothing of it is lost.",
	.more = "Its people and programs are refused from their next request on, its jobs and "
		"schedules wait, its payment pages are closed.",
	.examples = "tenant suspend acme",
};

const struct cli_command cli_tenant_resume = {
	.words = "tenant resume",
	.options = options,
	.needs_config = true,
	.run = resume,
	.doc = "Serve a suspended tenant again.",
	.examples = "tenant resume acme",
};
