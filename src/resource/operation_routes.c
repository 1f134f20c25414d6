/*
 * operation_routes.c - what came of long work: row by row, and the file of an export.
 *
 * Results quote what was written, a file holds what was read: so who sees them is
 * operation_access_check()'s to say.
 */
#include "work.h"

#include "call.h"

#include <billfold/resource/cursor.h>

enum { LIMIT = 50, LIMIT_MAX = 200, RESULTS_MAX = 64 * 1024 * 1024 };

#define NIL_UUID "00000000-0000-0000-0000-000000000000"

/* NULL, and err, where the path names none. */
static const char *
operation_id(struct call *c, struct err *err)
{
	struct uuid id;

	if (uuid_parse(c->param[0], &id))
		return arena_strdup(c->arena, id.z);
	err_set(err, ERR_not_found, "No such operation.");
	return NULL;
}

/* ---- results ---- */

static const char *
query_z(const struct call *c, const char *name)
{
	struct str value;

	return call_query(c, name, &value) ? str_dup(c->arena, value) : NULL;
}

static int
results_get(struct call *c, struct reply *r, struct err *err)
{
	const char *id = operation_id(c, err);
	const char *state = query_z(c, "state"), *cursor = query_z(c, "cursor");
	struct cursor at = { .id = NIL_UUID, .key = "0" };
	int64_t limit = LIMIT;
	struct str context, text;
	struct flush *f;
	struct jw jw;
	int access, stmt, n;

	if (!id)
		return -1;
	if (call_query(c, "limit", &text))
		str_to_int(text, 1, LIMIT_MAX, &limit);
	context = str_from(
	    arena_printf(c->arena, "%s|results|%s|%s", c->who.tenant.z, id, state ? state : ""));
	if (cursor && !cursor_read(c, str_from(cursor), context, &at))
		return err_field(err, c->arena, "?cursor", "invalid", "Not a cursor of this list.");
	f = call_begin_read(c);
	access = operation_access_add(f, id);
	/* One more than asked for says whether there is more. */
	stmt = flush_addv(
	    f,
	    "SELECT r.position, json_build_object('position', r.position, 'line', r.line, 'state', "
	    "r.outcome, 'object_id', r.object_id, 'error', r.error)::text FROM "
	    "meta.operation_result r WHERE r.operation_id = $1 AND r.position > $2::bigint AND "
	    "($3::text IS NULL OR r.outcome = $3) ORDER BY r.position LIMIT $4::integer",
	    id, at.key, state, int_text(c->arena, limit + 1), FLUSH_END);
	if (call_run(c, f, r, err) || operation_access_check(c, f, access, err) < 0)
		return -1;
	n = flush_rows(f, stmt);
	jw_init(&jw, c->arena, RESULTS_MAX);
	jw_object(&jw);
	jw_key(&jw, "data");
	jw_array(&jw);
	for (int i = 0; i < n && i < limit; i++)
		jw_raw(&jw, flush_str(f, stmt, i, 1));
	jw_end_array(&jw);
	if (n > limit)
		at.key = flush_value(f, stmt, (int)limit - 1, 0);
	jw_kstr(&jw, "next", n > limit ? cursor_write(c, &at, context) : NULL);
	jw_end_object(&jw);
	call_reply(r, 200, sb_str(&jw.sb));
	return 0;
}

/* ---- the file ---- */

/* The next pieces of a file, as an answer that is not held as a whole. */
struct download {
	struct db *db; /* the call is over when pieces are asked for */
	struct caller who;
	struct arena *arena; /* of the piece that was given last */
	const char *id;
	int64_t part;
};

static int
next_piece(struct download *d, struct str *ret, struct err *err)
{
	struct flush *f;
	int s;

	arena_reset(d->arena);
	f = flush_new(d->db, d->arena);
	enter_add_read(f, &d->who);
	s = flush_addv(f,
		       "SELECT p.content FROM meta.operation_part p WHERE p.operation_id = $1 AND "
		       "p.part = $2",
		       d->id, int_text(d->arena, d->part++), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = flush_rows(f, s) ? flush_str(f, s, 0, 0) : (struct str){ 0 };
	return 0;
}

static int
next_for_reply(void *arg, struct str *ret, struct err *err)
{
	return next_piece(arg, ret, err);
}

static void
free_arena(void *a)
{
	arena_free(a);
}

/* Looks whether there is a file and whether the caller may have it; f and *ret_stmt say what it is.
 */
static int
open_file(struct call *c, const char *id, struct flush **ret_f, int *ret_stmt, struct download *ret,
	  struct err *err)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	int access, there;

	enter_add_read(f, &c->who);
	access = operation_access_add(f, id);
	there = flush_addv(f,
			   "SELECT o.result ->> 'media', o.result ->> 'bytes', o.result ->> 'name' "
			   "FROM meta.operation o JOIN meta.operation_part p ON "
			   "p.tenant_id = o.tenant_id AND p.operation_id = o.id AND p.part = 0 "
			   "WHERE o.id = $1 AND o.kind = 'export' AND o.state = 'done'",
			   id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0 || operation_access_check(c, f, access, err) < 0)
		return -1;
	if (flush_rows(f, there) == 0)
		return err_set(err, ERR_not_found, "The operation has no file.");
	*ret = (struct download){
		.db = c->app->db, .who = c->who, .id = id, .arena = arena_new(1 << 20)
	};
	arena_defer(c->arena, free_arena, ret->arena);
	*ret_f = f;
	*ret_stmt = there;
	return 0;
}

int
operation_file(struct call *c, const char *id,
	       int (*take)(void *arg, struct str piece, struct err *err), void *arg,
	       struct err *err)
{
	struct download d;
	struct flush *f;
	struct str piece;
	int s;

	if (open_file(c, id, &f, &s, &d, err) < 0)
		return -1;
	for (;;) {
		if (next_piece(&d, &piece, err) < 0)
			return -1;
		if (!piece.p)
			return 0;
		if (take(arg, piece, err) < 0)
			return -1;
	}
}

static int
file_get(struct call *c, struct reply *r, struct err *err)
{
	struct download *d = arena_alloc(c->arena, sizeof(*d));
	const char *id = operation_id(c, err);
	struct flush *f;
	int s;

	if (!id || open_file(c, id, &f, &s, d, err) < 0)
		return -1;
	r->status = 200;
	r->content_type = flush_value(f, s, 0, 0);
	r->length = flush_int(f, s, 0, 1);
	r->next = next_for_reply;
	r->next_arg = d;
	*vec_push(c->arena, &r->headers) =
	    (struct pair){ STR("Content-Disposition"),
			   str_from(arena_printf(c->arena, "attachment; filename=\"%s\"",
						 flush_value(f, s, 0, 2))) };
	return 0;
}

/* ---- the table ---- */

static const char *const result_states[] = { "pending", "created", "updated", "skipped",
					     "done",    "failed",  NULL };

/* clang-format off */
static const struct field results_query[] = {
	{ .name = "state", .type = FT_ENUM, .u.words = result_states, .doc = "Of these rows alone." },
	{ .name = "limit", .type = FT_INT, .u.num = { 1, LIMIT_MAX }, .doc = "Rows of a page, 50 where not given." },
	{ .name = "cursor", .type = FT_TEXT, .u.len = { 1, 2000 }, .doc = "`next` of the page before." },
	{ 0 }
};
static const struct field wrong_fields[] = {
	{ .name = "pointer", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 0, 1000 }, .doc = "Which member of the row's object." },
	{ .name = "code", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What is wrong with it." },
	{ .name = "detail", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 0, 2000 }, .doc = "The same in words." },
	{ 0 }
};
static const struct field error_fields[] = {
	{ .name = "code", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "A stable word." },
	{ .name = "title", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 200 }, .doc = "What it means." },
	{ .name = "detail", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 0, 2000 }, .doc = "In words." },
	{ .name = "errors", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { wrong_fields, 0 }, .doc = "Every wrong field." },
	{ 0 }
};
static const struct field result_fields[] = {
	{ .name = "position", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 1, INT32_MAX }, .doc = "Which row, from 1." },
	{ .name = "line", .type = FT_INT, .flags = FF_REQUIRED | FF_NULLABLE, .u.num = { 1, INT32_MAX }, .doc = "Its line in the file." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = result_states, .doc = "What came of it." },
	{ .name = "object_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The object." },
	{ .name = "error", .type = FT_OBJECT, .flags = FF_REQUIRED | FF_NULLABLE, .u.of = { error_fields, 0 }, .doc = "Why it failed." },
	{ 0 }
};
static const struct field results_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { result_fields, LIMIT_MAX }, .doc = "Rows in order." },
	{ .name = "next", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .u.len = { 1, 2000 }, .doc = "The next page's cursor." },
	{ 0 }
};

const struct route operation_routes[] = {
	{ .method = M_POST, .pattern = "/v1/imports", .flags = RF_UPLOAD, .in = import_in, .status = 202, .run = import_post, .shows = &operation_resource,
	  .doc = "Take a CSV file in: each record makes or changes an object. What can be said before a record is looked at is refused "
		 "here; what comes of each record stands in the operation's results." },
	{ .method = M_POST, .pattern = "/v1/exports", .in = export_in, .status = 202, .run = export_post,
	  .shows = &operation_resource,
	  .doc = "Write a file of a resource's rows, as they are at one moment. It is kept for seven days." },
	{ .method = M_GET, .pattern = "/v1/operations/{id}/results", .query = results_query, .out = results_out, .status = 200,
	  .run = results_get, .doc = "What came of each row. For who asked, and who has the rights that it took." },
	{ .method = M_GET, .pattern = "/v1/operations/{id}/file", .status = 200, .run = file_get, .media = "text/csv application/x-ndjson",
	  .doc = "The file of an export. For who asked, and who may read all that is in it." },
	{ 0 }
};
/* clang-format on */
