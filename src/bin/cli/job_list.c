/*
 * cli/job_list.c - billfold job list, job kinds: what waits, is in work and has died.
 */
#include "cli.h"

static const struct cli_option list_options[] = {
	{ .name = "tenant", .arg = "SLUG", .doc = "Only this tenant's; all tenants' without it." },
	{ .name = "state",
	  .arg = "STATE",
	  .doc = "scheduled, leased or dead; all that are not done without it." },
	{ .name = "kind", .arg = "KIND", .doc = "Only jobs of this kind." },
	{ .name = "limit", .arg = "N", .def = "50", .doc = "At most so many, the newest (50)." },
	{ .name = NULL },
};

static const struct cli_column job_columns[] = {
	{ "id", CLI_TEXT, false },         { "tenant", CLI_TEXT, false },
	{ "kind", CLI_TEXT, false },       { "state", CLI_TEXT, false },
	{ "attempts", CLI_INT, false },    { "run_at", CLI_TIME, false },
	{ "last_error", CLI_TEXT, false }, { "max_attempts", CLI_INT, true },
	{ "key", CLI_TEXT, true },         { NULL, CLI_TEXT, false },
};

static bool
is_state(const char *word)
{
	return strcmp(word, "scheduled") == 0 || strcmp(word, "leased") == 0 ||
	       strcmp(word, "dead") == 0;
}

static int
list(struct cli *c, struct err *err)
{
	const char *state = cli_value(c, "state"), *limit = cli_value(c, "limit");
	struct flush *f = flush_new(cli_db(c), c->arena);
	int64_t n;
	int stmt;

	if (state && !is_state(state))
		err_field(err, c->arena, "--state", "invalid",
			  "One of scheduled, leased and dead.");
	if (!str_to_int(str_from(limit), 1, 10000, &n))
		err_field(err, c->arena, "--limit", "invalid", "A number from 1 to 10000.");
	if (err->code != ERR_none)
		return -1;
	flush_begin(f);
	stmt = flush_addv(
	    f,
	    "SELECT id, tenant, kind, state, attempts, run_at, last_error, max_attempts, key "
	    "FROM job.roll($1, $2::text[], $3, $4::integer) ORDER BY id DESC LIMIT $4::integer",
	    cli_value(c, "tenant"),
	    state ? arena_printf(c->arena, "{%s}", state) : "{scheduled,leased,dead}",
	    cli_value(c, "kind"), limit, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result_rows(c, "jobs", job_columns, f, stmt);
	return 0;
}

static const struct cli_option kinds_options[] = {
	{ .name = "tenant", .arg = "SLUG", .doc = "Count this tenant's jobs; all without it." },
	{ .name = NULL },
};

static const struct cli_column kind_columns[] = {
	{ "kind", CLI_TEXT, false },   { "program", CLI_TEXT, false },
	{ "stale", CLI_BOOL, false },  { "beat_at", CLI_TIME, false },
	{ "backlog", CLI_INT, false }, { "later", CLI_INT, false },
	{ "leased", CLI_INT, false },  { "dead", CLI_INT, false },
	{ "oldest", CLI_TIME, false }, { "every_s", CLI_INT, true },
	{ NULL, CLI_TEXT, false },
};

static int
kinds(struct cli *c, struct err *err)
{
	struct flush *f = flush_new(cli_db(c), c->arena);
	int stmt;

	flush_begin(f);
	stmt = flush_addv(f,
			  "SELECT kind, program, stale, beat_at, backlog, later, leased, dead, "
			  "oldest, every_s FROM job.kinds($1)",
			  cli_value(c, "tenant"), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result_rows(c, "kinds", kind_columns, f, stmt);
	return 0;
}

const struct cli_command cli_job_list = {
	.words = "job list",
	.options = list_options,
	.needs_config = true,
	.run = list,
	.doc = "List jobs that are not done, the newest first.",
	.examples = "job list --state dead\njob list --tenant acme --kind send_document",
};

const struct cli_command cli_job_kinds = {
	.words = "job kinds",
	.options = kinds_options,
	.needs_config = true,
	.run = kinds,
	.doc = "Show every kind of work: who does it, their last sign of life, what waits.",
	.more = "`stale' is a kind whose program has given no sign of life for too long. A kind "
		"with jobs and no program is served by nobody.",
	.examples = "job kinds",
};
