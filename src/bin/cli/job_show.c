/*
 * cli/job_show.c - billfold job show, job retry: one job, found whosever it is.
 */
#include "cli.h"

#include <billfold/base/uuid.h>

enum { RETRIES_MAX = 10000 };

static int
job_id(struct cli *c, const char **ret, struct err *err)
{
	struct uuid id;

	*ret = cli_value(c, "id");
	if (uuid_parse(str_from(*ret), &id))
		return 0;
	return err_field(err, c->arena, "--id", "invalid", "Not an id.");
}

static int
tenant_of(struct cli *c, struct db *db, const char *id, const char **ret, struct err *err)
{
	struct flush *f = flush_new(db, c->arena);
	int stmt;

	flush_begin(f);
	stmt = flush_addv(f, "SELECT job.tenant_of($1::uuid)", id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = flush_value(f, stmt, 0, 0);
	return 0;
}

/* ---- show ---- */

static const struct cli_column columns[] = {
	{ "id", CLI_TEXT, false },          { "tenant", CLI_TEXT, false },
	{ "kind", CLI_TEXT, false },        { "key", CLI_TEXT, false },
	{ "state", CLI_TEXT, false },       { "attempts", CLI_INT, false },
	{ "max_attempts", CLI_INT, false }, { "priority", CLI_INT, false },
	{ "created_at", CLI_TIME, false },  { "run_at", CLI_TIME, false },
	{ "lease_until", CLI_TIME, false }, { "finished_at", CLI_TIME, false },
	{ "request_id", CLI_TEXT, false },  { "payload", CLI_JSON, false },
	{ "last_error", CLI_TEXT, false },  { NULL, CLI_TEXT, false },
};

static int
show(struct cli *c, struct err *err)
{
	struct db *db = cli_db(c);
	const char *id, *tenant;
	struct flush *f;
	int stmt;

	if (job_id(c, &id, err) < 0 || tenant_of(c, db, id, &tenant, err) < 0)
		return -1;
	f = flush_new(db, c->arena);
	flush_begin(f);
	stmt = flush_addv(f,
			  "SELECT id, tenant, kind, key, state, attempts, max_attempts, priority, "
			  "created_at, run_at, lease_until, finished_at, request_id, payload, "
			  "last_error FROM job.of_tenant($1::uuid, $2::uuid)",
			  tenant, id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (!flush_rows(f, stmt))
		return err_set(err, ERR_not_found, "There is no such job.");
	cli_result_row(c, columns, f, stmt);
	return 0;
}

/* ---- retry ---- */

static int
retry_one(struct cli *c, struct db *db, const char *tenant, const char *id, struct err *err)
{
	struct flush *f;

	cli_enter_id(c, db, tenant, &f);
	flush_addv(f, "SELECT job.retry($1::uuid)", id, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* Dead letters that wait together for what has been mended: each in a transaction of its own. */
static int
retry_dead(struct cli *c, struct db *db, int64_t *ret_n, struct err *err)
{
	struct flush *look = flush_new(db, c->arena);
	int stmt;

	*ret_n = 0;
	flush_begin(look);
	stmt = flush_addv(look,
			  "SELECT id, tenant_id FROM job.roll($1, '{dead}', $2, $3::integer) "
			  "ORDER BY id",
			  cli_value(c, "tenant"), cli_value(c, "kind"),
			  arena_printf(c->arena, "%d", RETRIES_MAX), FLUSH_END);
	flush_commit(look);
	if (flush_run(look, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(look, stmt); i++) {
		if (i && i % 100 == 0)
			cli_progress(c, "%d of %d", i, flush_rows(look, stmt));
		if (retry_one(c, db, flush_value(look, stmt, i, 1), flush_value(look, stmt, i, 0),
			      err) == 0)
			++*ret_n;
		else if (err->code == ERR_wrong_state || err->code == ERR_not_found ||
			 err->code == ERR_unauthenticated)
			err_clear(err); /* somebody else did, or its tenant is suspended */
		else
			return -1;
	}
	return 0;
}

static int
retry(struct cli *c, struct err *err)
{
	struct db *db = cli_db(c);
	const char *id, *tenant;
	int64_t n = 1;

	if (!cli_given(c, "id") == !cli_given(c, "dead"))
		return err_set(err, ERR_validation_failed, "Either an id or --dead.");
	if (cli_given(c, "id") && (cli_given(c, "tenant") || cli_given(c, "kind")))
		return err_set(err, ERR_validation_failed, "--tenant and --kind go with --dead.");
	if (cli_given(c, "dead")) {
		if (retry_dead(c, db, &n, err) < 0)
			return -1;
	} else if (job_id(c, &id, err) < 0 || tenant_of(c, db, id, &tenant, err) < 0 ||
		   retry_one(c, db, tenant, id, err) < 0) {
		return -1;
	}
	cli_result_int(c, "retried", n);
	return 0;
}

static const struct cli_option show_options[] = {
	{ .name = "id", .arg = "ID", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Which job." },
	{ .name = NULL },
};
static const struct cli_option retry_options[] = {
	{ .name = "id", .arg = "ID", .flags = CLI_WORD, .doc = "Which job; it has to be dead." },
	{ .name = "dead", .flags = CLI_FLAG, .doc = "All dead jobs, instead of one." },
	{ .name = "tenant", .arg = "SLUG", .doc = "With --dead: only this tenant's." },
	{ .name = "kind", .arg = "KIND", .doc = "With --dead: only of this kind." },
	{ .name = NULL },
};

const struct cli_command cli_job_show = {
	.words = "job show",
	.options = show_options,
	.needs_config = true,
	.run = show,
	.doc = "Show one job, with why its last attempt failed.",
	.examples = "job show 01a21eaa-3b9b-7d93-b953-78ce64539f40",
};

const struct cli_command cli_job_retry = {
	.words = "job retry",
	.options = retry_options,
	.needs_config = true,
	.run = retry,
	.doc = "Run dead jobs again, from their first attempt.",
	.examples = "job retry 01a21eaa-3b9b-7d93-b953-78ce64539f40\n"
		    "job retry --dead --kind send_document",
};
