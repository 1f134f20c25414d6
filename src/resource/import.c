/*
 * import.c - the door of imports: POST /v1/imports.
 *
 * Everything that can be said about an import before a record is looked at is said here, at once:
 * whether the file is one, whether its columns are there and go somewhere, whether the caller may
 * write what they go into. What is sound is kept: the file in pieces beside the operation, in its
 * transaction.
 */
#include "import_rows.h"

#include "body.h"
#include "call.h"
#include "describe.h"
#include "field.h"

enum {
	PIECE = 256 * 1024, /* of a stored file */
	PIECES_A_FLUSH = 4,
	ATOMIC_MAX = 5000,
	JSON_CSV_MAX = 8 * 1024 * 1024
};

/* ---- what is asked for ---- */

static const char *const empty_words[] = { "keep", "clear", NULL };
static const char *const delimiter_words[] = { ",", ";", "\t", "|", NULL };
static const char *const decimal_words[] = { ".", ",", NULL };

/* clang-format off */
static const struct field ref_fields[] = {
	{ .name = "system", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "By its id in this other system." },
	{ .name = "field", .type = FT_TEXT, .u.len = { 1, 63 }, .doc = "By this field of it: an e-mail address, a code." },
	{ 0 }
};
static const struct field column_fields[] = {
	{ .name = "column", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 500 }, .doc = "Its name in the file's header." },
	{ .name = "field", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 200 },
	  .doc = "Where it goes: `legal_name`, `invoice_address.city`, `lines.0.unit_price`, `custom.key`, `external_ids.crm`." },
	{ .name = "ref", .type = FT_OBJECT, .u.of = { ref_fields, 0 }, .doc = "How a cell names the object that the field refers to." },
	{ .name = "values", .type = FT_JSON, .doc = "What a cell's text stands for; null: nothing. Other texts stand for themselves." },
	{ 0 }
};
static const struct field match_fields[] = {
	{ .name = "column", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 500 }, .doc = "The column that says which object a record is about." },
	{ .name = "system", .type = FT_TEXT, .u.len = { 1, 50 },
	  .doc = "It is the object's id in this other system; a new object gets it." },
	{ .name = "field", .type = FT_TEXT, .u.len = { 1, 63 }, .doc = "It is this field of the object: `id`, or one that can be looked for." },
	{ 0 }
};
const struct field import_in[] = {
	{ .name = "resource", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What the records are: `account`, `deal`." },
	{ .name = "csv", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, JSON_CSV_MAX },
	  .doc = "The file's text, UTF-8, its first record the header. Files beyond 8 MiB: as multipart/form-data, parts `spec` (this "
		 "object without `csv`) and `csv`." },
	{ .name = "columns", .type = FT_LIST, .u.of = { column_fields, RECORD_CELLS_MAX },
	  .doc = "Which column goes where; without it, columns that are named like a field." },
	{ .name = "constants", .type = FT_JSON, .doc = "Values of fields that no column goes into: {\"currency\": \"EUR\"}." },
	{ .name = "match", .type = FT_OBJECT, .u.of = { match_fields, 0 },
	  .doc = "How a record finds the object that it changes; one that is not found is made. Without it every record makes one." },
	{ .name = "empty", .type = FT_ENUM, .u.words = empty_words, .doc = "Whether an empty cell takes a value away; `keep` where not given." },
	{ .name = "dry_run", .type = FT_BOOL, .doc = "Try everything, keep nothing, say what would have come of it." },
	{ .name = "atomic", .type = FT_BOOL, .doc = "All records or none; at most 5,000." },
	{ .name = "delimiter", .type = FT_ENUM, .u.words = delimiter_words, .doc = "Between cells; a comma where not given." },
	{ .name = "decimal", .type = FT_ENUM, .u.words = decimal_words, .doc = "Decimal mark of numbers; a point where not given." },
	{ .name = "date_format", .type = FT_ENUM, .u.words = map_day_words, .doc = "Of dates; YYYY-MM-DD where not given." },
	{ 0 }
};
/* clang-format on */

enum { N_IMPORT_IN = sizeof(import_in) / sizeof(import_in[0]) };

static bool
resource_imports(const struct resource *res)
{
	return resource_ops(res) & OP_IMPORT;
}

/* ---- match ---- */

/* The match of a spec against resource and header; errors are under /match. */
static int
import_match_read(struct call *c, const struct resource *res, struct json_object *spec,
		  const struct record *header, struct import_match *ret, struct err *err)
{
	struct json_object *o = jval_get(spec, "match");
	struct str name = jval_str_of(o, "column"), of_system, field;
	bool by_system = jval_str(o, "system", &of_system), by_field = jval_str(o, "field", &field);
	bool twice;

	*ret = (struct import_match){ .given = o != NULL };
	if (!o)
		return 0;
	if (!column_map_find(header, name, &ret->cell, &twice) || twice)
		err_field(err, c->arena, "/match/column", twice ? "ambiguous" : "unknown",
			  "The file has %s of this name.", twice ? "two columns" : "no column");
	if (by_system == by_field) {
		err_field(err, c->arena, "/match", "required", "Name a system or a field.");
	} else if (by_system) {
		if (!res->external_ids || !body_is_system_name(of_system))
			err_field(err, c->arena, "/match/system", "unknown",
				  "There are no ids of such a system.");
		ret->of_system = str_dup(c->arena, of_system);
	} else if (str_eqz(field, "id")) {
		ret->by_id = true;
	} else {
		ret->field = field_find(res->fields, field);
		if (!column_map_looks_up(c, ret->field))
			err_field(err, c->arena, "/match/field", "unknown",
				  "Objects cannot be looked for by this field.");
	}
	return err->code == ERR_none ? 0 : -1;
}

/* ---- what is kept of it ---- */

static char
delimiter_of(struct json_object *spec)
{
	struct str s = jval_str_of(spec, "delimiter");

	return s.len == 1 ? s.p[0] : ',';
}

static bool
flag_of(struct json_object *spec, const char *name)
{
	bool b = false;

	jval_bool(spec, name, &b);
	return b;
}

static void
write_header(struct jw *jw, const struct record *header)
{
	jw_key(jw, "header");
	jw_array(jw);
	for (size_t i = 0; i < header->n; i++)
		jw_str(jw, header->cells[i]);
	jw_end_array(jw);
}

static void
read_header(struct arena *a, struct json_object *params, struct record *ret)
{
	struct json_object *list = jval_get(params, "header");

	ret->line = 1;
	ret->n = json_object_array_length(list);
	ret->cells = arena_array(a, ret->n + 1, sizeof(*ret->cells));
	for (size_t i = 0; i < ret->n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		ret->cells[i] = (struct str){ json_object_get_string(e),
					      (size_t)json_object_get_string_len(e) };
	}
}

int
import_plan_read(struct call *c, const struct resource *res, struct json_object *params,
		 struct import_plan *ret, struct err *err)
{
	struct json_object *spec = jval_get(params, "spec");

	*ret = (struct import_plan){ .res = res,
				     .delimiter = delimiter_of(spec),
				     .atomic = flag_of(spec, "atomic"),
				     .dry_run = flag_of(spec, "dry_run") };
	read_header(c->arena, params, &ret->header);
	if (column_map_read(c, res, spec, &ret->header, &ret->map, err) < 0)
		return -1;
	return import_match_read(c, res, spec, &ret->header, &ret->match, err);
}

/* ---- the door ---- */

/* What somebody needs to see what comes of it: the rights that it takes. */
static void
gather_needs(const struct import_plan *plan, struct perm_set *ret)
{
	perm_add(ret, plan->res->write);
	for (size_t i = 0; i < plan->map.columns.n; i++) {
		const struct map_target *t = &plan->map.columns.v[i].target;

		if (t->field)
			perm_add(ret, t->field->write);
		if (t->child)
			perm_add(ret, t->child->resource->write);
	}
}

static int
check(struct call *c, struct json_object *spec, struct str csv, struct import_plan *plan,
      struct record_file *file, struct err *err)
{
	const struct resource *res = work_resource(c, spec, resource_imports, err);

	if (!res || call_may(c, res->write, err) < 0 ||
	    (jval_get(spec, "match") && call_may(c, res->read, err) < 0))
		return -1;
	*plan = (struct import_plan){ .res = res,
				      .delimiter = delimiter_of(spec),
				      .atomic = flag_of(spec, "atomic") };
	if (records_cut(c->arena, csv, plan->delimiter, PIECE, file, err) < 0)
		return -1;
	plan->header = file->header;
	column_map_read(c, res, spec, &plan->header, &plan->map, err);
	/* Guards are judged first, and alone. */
	if (err->code == ERR_forbidden_field || err->code == ERR_forbidden)
		return -1;
	import_match_read(c, res, spec, &plan->header, &plan->match, err);
	if (plan->atomic && file->total > ATOMIC_MAX)
		err_field(err, c->arena, "/atomic", "too_many",
			  "At most %d records go in all or none.", ATOMIC_MAX);
	return err->code == ERR_none ? 0 : -1;
}

/* The pieces from the i-th on that go in one flush. */
static void
add_pieces(struct flush *f, const char *id, const struct record_file *file, size_t i,
	   struct arena *a)
{
	for (size_t k = i; k < i + PIECES_A_FLUSH && k < file->pieces.n; k++) {
		const struct record_piece *p = &file->pieces.v[k];

		flush_addv(f,
			   "INSERT INTO meta.operation_part (operation_id, part, position, line, "
			   "content) VALUES ($1, $2, $3, $4, $5)",
			   id, int_text(a, (int64_t)k), int_text(a, p->position),
			   int_text(a, p->line), str_dup(a, p->text), FLUSH_END);
	}
}

/* A large file does not stand in memory a second time: each flush has an arena of its own. */
static int
store(struct call *c, const char *id, const struct record_file *file, struct err *err)
{
	for (size_t i = PIECES_A_FLUSH; i < file->pieces.n; i += PIECES_A_FLUSH) {
		struct arena *a = arena_new(0);
		struct flush *f = flush_new(c->app->db, a);
		int rc;

		add_pieces(f, id, file, i, a);
		rc = flush_run(f, err);
		arena_free(a);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int
import_start(struct call *c, struct json_object *spec, struct str csv, struct reply *r,
	     struct err *err)
{
	struct field fields[N_IMPORT_IN];
	struct import_plan plan;
	struct record_file file;
	struct work_order o;
	struct flush *f;
	int rc;

	/* The same table without the text, which comes beside it. */
	fields[0] = import_in[0];
	memcpy(fields + 1, import_in + 2, sizeof(import_in) - 2 * sizeof(import_in[0]));
	if (work_spec(c, spec, fields, err) < 0 || check(c, spec, csv, &plan, &file, err) < 0)
		return -1;
	work_order_init(&o, c, "import", plan.res);
	jw_kraw(&o.params, "spec", jval_text(c->arena, spec));
	write_header(&o.params, &plan.header);
	gather_needs(&plan, &o.needs);
	o.dry_run = flag_of(spec, "dry_run");
	o.total = file.total;
	f = call_begin(c);
	work_order_add(&o, c, f);
	add_pieces(f, o.id, &file, 0, c->arena);
	rc = call_run_open(c, f, r, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (store(c, o.id, &file, err) < 0)
		return -1;
	return work_order_answer(&o, c, call_go_on(c), r, err);
}

/* ---- the route ---- */

static bool
part(const struct call *c, const char *name, struct str *ret)
{
	for (size_t i = 0; i < c->form.n; i++) {
		if (str_eqz(c->form.v[i].name, name)) {
			*ret = c->form.v[i].value;
			return true;
		}
	}
	return false;
}

static int
by_parts(struct call *c, struct reply *r, struct err *err)
{
	struct json_object *spec;
	struct str text = { 0 }, csv = { 0 };
	bool has_spec = part(c, "spec", &text), has_csv = part(c, "csv", &csv);

	for (size_t i = 0; i < c->form.n; i++) {
		struct str name = c->form.v[i].name;

		if (!str_eqz(name, "spec") && !str_eqz(name, "csv"))
			err_field(err, c->arena, "", "unknown",
				  "There is no such part: " STR_FMT ".",
				  (int)(name.len > 50 ? 50 : name.len), name.p);
	}
	if (!has_spec)
		err_field(err, c->arena, "/resource", "required", "The part `spec` is missing.");
	if (!has_csv)
		err_field(err, c->arena, "/csv", "required", "The part `csv` is missing.");
	if (err->code != ERR_none || jscan_parse(c->arena, text, &spec, err) < 0)
		return -1;
	return import_start(c, spec, csv, r, err);
}

int
import_post(struct call *c, struct reply *r, struct err *err)
{
	struct json_object *body = c->body, *spec;
	struct str csv;

	if (c->form.n)
		return by_parts(c, r, err);
	if (body_check(c, import_in, true, err) < 0)
		return -1;
	csv = jval_str_of(body, "csv");
	spec = jval_own(c->arena, json_object_new_object());
	json_object_object_foreach(body, key, value)
	{
		if (strcmp(key, "csv") != 0)
			json_object_object_add(spec, key, json_object_get(value));
	}
	return import_start(c, spec, csv, r, err);
}
