/*
 * cli/import.c - billfold import: a CSV file into a tenant.
 *
 * The same import as POST /v1/imports: the whole file is judged before a record is looked at, a
 * worker takes the records in, and each one that is refused is told with its line and what is
 * wrong with it.
 */
#include "operation.h"

#include <errno.h>

enum { FILE_MAX = 512 << 20, CHUNK = 1 << 16, FAILED_TOLD = 100 };

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Into whom." },
	{ .name = "resource",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What the records are: account, contact, product, invoice ..." },
	{ .name = "file",
	  .arg = "FILE",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "CSV in UTF-8, its first record the header; -: standard input." },
	{ .name = "map",
	  .arg = "FILE",
	  .doc = "JSON: which column goes where, and more; else columns are named like fields." },
	{ .name = "dry-run",
	  .flags = CLI_FLAG,
	  .doc = "Try everything, keep nothing, say what would have come of it." },
	{ .name = "atomic", .flags = CLI_FLAG, .doc = "All records or none (at most 5,000)." },
	{ .name = "delimiter", .arg = "CHAR", .doc = "Between cells; a comma without it." },
	{ .name = "decimal", .arg = "CHAR", .doc = "Decimal mark of numbers; a point without it." },
	{ .name = "date-format", .arg = "FORMAT", .doc = "Of dates; YYYY-MM-DD without it." },
	OPERATION_NO_WAIT,
	{ .name = NULL },
};

/* ---- what is asked for ---- */

static int
read_file(struct cli *c, const char *path, struct str *ret, struct err *err)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	struct sb sb;
	char *chunk = arena_alloc(c->arena, CHUNK);
	size_t n;

	if (!in)
		return err_field(err, c->arena, path, "unreadable", "%s", strerror(errno));
	sb_init(&sb, c->arena, FILE_MAX);
	while (sb_ok(&sb) && (n = fread(chunk, 1, CHUNK, in)) > 0)
		sb_add(&sb, (struct str){ chunk, n });
	if (ferror(in))
		err_field(err, c->arena, path, "unreadable", "%s", strerror(errno));
	else if (!sb_ok(&sb))
		err_field(err, c->arena, path, "too_large", "More than %d MiB.",
			  FILE_MAX / (1 << 20));
	if (in != stdin)
		fclose(in);
	*ret = sb_str(&sb);
	return err->code == ERR_none ? 0 : -1;
}

static void
set_text(struct json_object *spec, const char *key, const char *value)
{
	if (value)
		json_object_object_add(spec, key, json_object_new_string(value));
}

/* The map's members, and over them what the command line says. */
static int
make_spec(struct cli *c, struct json_object **ret, struct err *err)
{
	const char *map = cli_value(c, "map");
	struct json_object *spec;
	struct str text = STR("{}");
	struct err why = { 0 };

	if (map && read_file(c, map, &text, err) < 0)
		return -1;
	if (jscan_parse(c->arena, text, &spec, &why) < 0)
		return err_field(err, c->arena, map, "bad_json", "%s", why.detail);
	if (!json_object_is_type(spec, json_type_object))
		return err_field(err, c->arena, map, "type", "Not a JSON object.");
	set_text(spec, "resource", cli_value(c, "resource"));
	set_text(spec, "delimiter", cli_value(c, "delimiter"));
	set_text(spec, "decimal", cli_value(c, "decimal"));
	set_text(spec, "date_format", cli_value(c, "date-format"));
	if (cli_given(c, "dry-run"))
		json_object_object_add(spec, "dry_run", json_object_new_boolean(true));
	if (cli_given(c, "atomic"))
		json_object_object_add(spec, "atomic", json_object_new_boolean(true));
	*ret = spec;
	return 0;
}

/* ---- what came of it ---- */

static const struct cli_column failed_columns[] = {
	{ "line", CLI_INT, false }, { "pointer", CLI_TEXT, false }, { "detail", CLI_TEXT, false },
	{ "code", CLI_TEXT, true }, { NULL, CLI_TEXT, false },
};

static int
tell_failed(struct cli *c, struct operation_run *o, struct err *err)
{
	struct flush *f = flush_new(o->app.db, c->arena);
	int s;

	enter_add_read(f, &o->call.who);
	s = flush_addv(f,
		       "SELECT line, pointer, detail, code FROM meta.operation_wrong($1::uuid, "
		       "$2::integer)",
		       o->id, arena_printf(c->arena, "%d", FAILED_TOLD), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (c->json || flush_rows(f, s))
		cli_result_rows(c, "wrong", failed_columns, f, s);
	if (!c->json && o->failed > FAILED_TOLD)
		cli_progress(c, "and more: GET /v1/operations/%s/results?state=failed", o->id);
	return 0;
}

static int
run(struct cli *c, struct err *err)
{
	struct operation_run o;
	struct json_object *spec = NULL;
	struct reply r = { 0 };
	struct str csv;

	if (make_spec(c, &spec, err) < 0 || read_file(c, cli_value(c, "file"), &csv, err) < 0 ||
	    operation_open(c, cli_value(c, "tenant"), &o, err) < 0 ||
	    import_start(&o.call, spec, csv, &r, err) < 0 || operation_started(&o, &r, err) < 0 ||
	    operation_wait(c, &o, "import", err) < 0 || operation_tell(c, &o, err) < 0)
		return -1;
	return tell_failed(c, &o, err);
}

const struct cli_command cli_import = {
	.words = "import",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Take a CSV file into a tenant, and tell what came of each record.",
	.more =
	    "The map is a JSON object with members of POST /v1/imports: `columns` (a list of "
	    "{\"column\", \"field\", \"ref\", \"values\"}), `constants`, `match`, `empty`. With "
	    "`match` a record changes the object that it finds; without it every record makes "
	    "one. Exit status 65 when records were refused. "
	    "Ended by a signal, this command leaves the import at work.",
	.examples = "import acme account customers.csv --dry-run\n"
		    "import acme account customers.csv --map customers.json\n"
		    "import acme contact - --delimiter ';' <contacts.csv",
};
