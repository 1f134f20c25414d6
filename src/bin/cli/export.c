/*
 * cli/export.c - billfold export: a resource's rows out of a tenant, as they are at one moment.
 *
 * The same export as POST /v1/exports. The file is written beside its place and renamed once it
 * is whole.
 */
#include "operation.h"

#include <errno.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Of whom." },
	{ .name = "resource",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What is written: account, invoice, payment ..." },
	{ .name = "output",
	  .arg = "FILE",
	  .doc = "Where to; standard output without it (--json needs a file)." },
	{ .name = "format", .arg = "FORMAT", .doc = "csv, or jsonl: a JSON object a line (csv)." },
	{ .name = "fields",
	  .arg = "NAMES",
	  .doc =
	      "Members by commas; those of a list, ids of other systems and children without it." },
	{ .name = "where", .arg = "JSON", .doc = "A filter as POST /v1/RESOURCE/search takes it." },
	{ .name = "archived",
	  .arg = "WORD",
	  .doc = "with, only or without archived ones (without)." },
	OPERATION_NO_WAIT,
	{ .name = NULL },
};

static struct json_object *
names_list(const char *names)
{
	struct json_object *list = json_object_new_array();
	struct str rest = str_from(names);

	while (rest.len) {
		struct str name = str_trim(str_cut(rest, ',', &rest));

		json_object_array_add(list, json_object_new_string_len(name.p, (int)name.len));
	}
	return list;
}

static void
free_json(void *o)
{
	json_object_put(o);
}

static int
make_spec(struct cli *c, struct json_object **ret, struct err *err)
{
	struct json_object *spec = json_object_new_object(), *where;
	const char *text = cli_value(c, "where"), *names = cli_value(c, "fields");
	struct err why = { 0 };
	static const char *const words[] = { "resource", "format", "archived" };

	arena_defer(c->arena, free_json, spec);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cli_value(c, words[i]))
			json_object_object_add(spec, words[i],
					       json_object_new_string(cli_value(c, words[i])));
	if (names)
		json_object_object_add(spec, "fields", names_list(names));
	if (text) {
		if (jscan_parse(c->arena, str_from(text), &where, &why) < 0)
			return err_field(err, c->arena, "--where", "bad_json", "%s", why.detail);
		json_object_object_add(spec, "where", json_object_get(where));
	}
	*ret = spec;
	return 0;
}

/* ---- the file ---- */

struct out {
	FILE *to;
	int64_t bytes;
};

static int
take(void *arg, struct str piece, struct err *err)
{
	struct out *o = arg;

	o->bytes += (int64_t)piece.len;
	if (fwrite(piece.p, 1, piece.len, o->to) == piece.len)
		return 0;
	return err_set(err, ERR_internal, "The file cannot be written: %s", strerror(errno));
}

static int
write_file(struct cli *c, struct operation_run *o, const char *path, struct out *ret,
	   struct err *err)
{
	const char *part = arena_printf(c->arena, "%s.part", path);
	int rc;

	*ret = (struct out){ .to = fopen(part, "we") };
	if (!ret->to)
		return err_field(err, c->arena, "--output", "unwritable", "%s: %s", part,
				 strerror(errno));
	rc = operation_file(&o->call, o->id, take, ret, err);
	if (rc == 0 && (fflush(ret->to) != 0 || fsync(fileno(ret->to)) < 0))
		rc = err_set(err, ERR_internal, "%s cannot be written: %s", part, strerror(errno));
	fclose(ret->to);
	if (rc == 0 && rename(part, path) < 0)
		rc = err_set(err, ERR_internal, "%s: %s", path, strerror(errno));
	if (rc < 0)
		unlink(part);
	return rc;
}

static int
bring_file(struct cli *c, struct operation_run *o, struct err *err)
{
	const char *path = cli_value(c, "output");
	struct out out = { .to = stdout };

	if (path) {
		if (write_file(c, o, path, &out, err) < 0)
			return -1;
		cli_result(c, "file", path);
		cli_result_int(c, "bytes", out.bytes);
		return 0;
	}
	return operation_file(&o->call, o->id, take, &out, err);
}

static int
run(struct cli *c, struct err *err)
{
	bool to_file = cli_given(c, "output"), waits = !cli_given(c, "no-wait"), done;
	struct operation_run o;
	struct json_object *spec = NULL;
	struct reply r = { 0 };

	if (c->json && !to_file && waits)
		return err_set(err, ERR_validation_failed,
			       "--json answers on standard output: name a file by --output.");
	if (make_spec(c, &spec, err) < 0 ||
	    operation_open(c, cli_value(c, "tenant"), &o, err) < 0 ||
	    export_start(&o.call, spec, &r, err) < 0 || operation_started(&o, &r, err) < 0 ||
	    operation_wait(c, &o, "export", err) < 0)
		return -1;
	done = strcmp(o.state, "done") == 0;
	/* Standard output is for rows alone: whoever reads them must not take a summary for one. */
	if (waits && !to_file)
		return done ? bring_file(c, &o, err) : operation_refused(c, &o, err);
	if (waits && done && bring_file(c, &o, err) < 0)
		return -1;
	return operation_tell(c, &o, err);
}

const struct cli_command cli_export = {
	.words = "export",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Write a resource's rows, as they are at one moment.",
	.more =
	    "What is written can be imported again: ids, ids of other systems and children are "
	    "in it. Ended by a signal, this command leaves the export at work; its file is kept "
	    "for seven days at GET /v1/operations/{id}/file.",
	.examples =
	    "export acme account >accounts.csv\n"
	    "export acme invoice --format jsonl --output invoices.jsonl\n"
	    "export acme invoice --where "
	    "'{\"field\": \"status\", \"op\": \"eq\", \"value\": \"open\"}' --output open.csv",
};
