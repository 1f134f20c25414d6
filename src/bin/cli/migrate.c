/*
 * cli/migrate.c - billfold migrate: the database brought to what this release needs.
 */
#include "cli.h"

static const struct cli_option options[] = {
	{ .name = "database",
	  .arg = "CONNINFO",
	  .doc = "Where, instead of the configuration's database; a superuser's, the first time." },
	{ .name = "sql-dir", .arg = "DIR", .doc = "Migrations, code and seed; else sql_dir." },
	{ .name = "dry-run", .flags = CLI_FLAG, .doc = "Say what would be done, and do nothing." },
	{ .name = NULL },
};

struct progress {
	struct cli *c;
	int done;
};

static void
say(void *arg, const char *what, const char *name)
{
	struct progress *p = arg;

	p->done++;
	/* The result goes to standard output, the way there to standard error. */
	fprintf(p->c->json ? stderr : stdout, "%s%s%s\n", what, name[0] ? " " : "", name);
}

static int
run(struct cli *c, struct err *err)
{
	struct progress p = { .c = c };
	const char *sql_dir = cli_value(c, "sql-dir");
	const char *database = cli_value(c, "database");
	struct migrate_plan plan = { .sql_dir = sql_dir ? sql_dir : c->config.sql_dir,
				     .dry_run = cli_given(c, "dry-run"),
				     .say = say,
				     .arg = &p };

	if (!database && !c->config.database)
		return err_set(err, ERR_bad_request,
			       "Neither --database nor a configuration says where.");
	if (!database)
		database = cli_conninfo(c, "billfold_migrate");
	if (migrate_run(database, &plan, err) < 0)
		return -1;
	cli_result_int(c, "steps", p.done);
	return 0;
}

const struct cli_command cli_migrate = {
	.words = "migrate",
	.options = options,
	.run = run,
	.doc = "Bring the database to what this release needs.",
	.more = "Runs what is new of migrations, functions, views and reference data, each kind in "
		"its order; running it again changes nothing. Programs may stay up.",
	.examples = "migrate --database 'host=/run/postgresql user=postgres dbname=billfold'\n"
		    "migrate --dry-run\n"
		    "migrate",
};
