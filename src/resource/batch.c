/*
 * batch.c - up to 1,000 creates and patches in one request.
 *
 * {"items": [{"op": "create", "data"}, {"op": "update", "id", "version", "data"}]}. All or nothing
 * is one flush, and the first thing wrong refuses it by its pointer. With partial=true each item is
 * a transaction of its own with a result of its own; under an Idempotency-Key each item's answer is
 * kept with its effect, so that a repeat after a break finds out how far the first one came.
 */
#include "body.h"
#include "call.h"
#include "compose.h"
#include "field.h"
#include "one.h"
#include "select.h"

#include <billfold/auth/deny.h>
#include <billfold/base/uuid.h>

enum { ITEMS_MAX = 1000, RESULT_MAX = 64 * 1024 * 1024 };

struct item {
	struct write w;
	const char *versions; /* bigint[] text of an update */
	const char *pointer;
};

/* ---- reading ---- */

static void
refuse(struct call *c, struct err *err, const char *pointer, const char *code, const char *detail)
{
	err_field(err, c->arena, pointer, code, "%s", detail);
}

static bool
read_target(struct call *c, struct json_object *o, struct item *it, struct err *err)
{
	struct arena *a = c->arena;
	struct str text;
	struct uuid id;
	int64_t version;
	struct pg_array *arr = pg_array_new(a);
	bool ok = true;

	if (!jval_str(o, "id", &text)) {
		refuse(c, err, pointer_add(a, it->pointer, "id"), "required", "Is required.");
		ok = false;
	} else if (!uuid_parse(text, &id)) {
		refuse(c, err, pointer_add(a, it->pointer, "id"), "not_found", "No such record.");
		ok = false;
	} else {
		it->w.id = arena_strdup(a, id.z);
	}
	if (!jval_int(o, "version", &version)) {
		refuse(c, err, pointer_add(a, it->pointer, "version"), "required",
		       "The version that you have read.");
		return false;
	}
	pg_array_add_int(arr, version);
	it->versions = pg_array_text(arr);
	return ok;
}

/* Fills in what the item says of itself; its data is looked at later. */
static bool
read_item(struct call *c, const struct resource *res, struct json_object *o, struct item *it,
	  struct err *err)
{
	struct arena *a = c->arena;
	struct str op;

	it->w =
	    (struct write){ .c = c, .res = res, .pointer = pointer_add(a, it->pointer, "data") };
	if (!json_object_is_type(o, json_type_object)) {
		refuse(c, err, it->pointer, "type", "Must be an object.");
		return false;
	}
	it->w.body = jval_get(o, "data");
	it->w.create = jval_str(o, "op", &op) && str_eqz(op, "create");
	if (!it->w.create && (!jval_str(o, "op", &op) || !str_eqz(op, "update"))) {
		refuse(c, err, pointer_add(a, it->pointer, "op"), "choice",
		       "Must be create or update.");
		return false;
	}
	json_object_object_foreach(o, key, value)
	{
		bool target = strcmp(key, "id") == 0 || strcmp(key, "version") == 0;

		(void)value;
		if (strcmp(key, "op") == 0 || strcmp(key, "data") == 0 || (target && !it->w.create))
			continue;
		refuse(c, err, pointer_add(a, it->pointer, key), target ? "read_only" : "unknown",
		       target ? "Cannot be set." : "There is no such member.");
		return false;
	}
	if (it->w.create)
		it->w.id = uuid_new_z(a);
	else if (!read_target(c, o, it, err))
		return false;
	return true;
}

static void
add_expect(const struct item *it, struct flush *f)
{
	compose_expect(f, it->w.c->arena, it->w.res, it->w.id, it->versions, it->w.res->archives,
		       it->pointer);
}

static void
add_item(struct item *it, struct flush *f)
{
	if (!it->w.create)
		add_expect(it, f);
	compose_write(&it->w, f);
}

/* Creates that follow one another go as a set. */
static void
add_items(struct item *list, size_t n, struct flush *f)
{
	struct write **creates = arena_array(list[0].w.c->arena, n, sizeof(*creates));

	for (size_t i = 0, k; i < n; i += k) {
		for (k = 0; i + k < n && list[i + k].w.create; k++)
			creates[k] = &list[i + k].w;
		compose_set(creates, k, f);
		if (k == 0) {
			add_item(&list[i], f);
			k = 1;
		}
	}
}

/* What an item is about, for the trail: as it says itself. */
static const char *
target_text(const struct call *c, struct json_object *o)
{
	struct str id;

	return json_object_is_type(o, json_type_object) && jval_str(o, "id", &id)
		   ? str_dup(c->arena, id)
		   : NULL;
}

/* Rows that are about to be changed are locked before it is decided what becomes of them. */
static int
open_items(struct call *c, const struct item *list, size_t n, struct reply *r, struct err *err)
{
	struct flush *f = call_begin(c);

	for (size_t i = 0; i < n; i++) {
		if (!list[i].w.create)
			add_expect(&list[i], f);
	}
	return one_open(c, f, r, err);
}

/* ---- all or nothing ---- */

static int
guard_items(const struct resource *res, struct call *c, struct json_object *items,
	    struct item *list, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(items, i);

		list[i].pointer = pointer_index(c->arena, "/items", i);
		if (json_object_is_type(o, json_type_object) &&
		    body_guard(c, res, jval_get(o, "data"),
			       pointer_add(c->arena, list[i].pointer, "data"), err) < 0 &&
		    !c->about)
			c->about = target_text(c, o);
	}
	return err->code == ERR_none ? 0 : -1;
}

static int
atomic_once(const struct resource *res, struct call *c, struct json_object *items,
	    struct item *list, bool again, struct reply *r, struct err *err)
{
	size_t n = json_object_array_length(items);
	struct pg_array *ids = pg_array_new(c->arena), *statuses = pg_array_new(c->arena);
	struct selection *s = selection_full(c, res, false);
	const char *params[2];
	struct flush *f;
	struct sb sb;
	bool *sound = arena_array(c->arena, n + 1, sizeof(*sound));
	int rc;

	for (size_t i = 0; i < n; i++)
		sound[i] = read_item(c, res, json_object_array_get_idx(items, i), &list[i], err);
	if (again && (rc = open_items(c, list, n, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; i < n; i++) {
		if (sound[i])
			one_prepare(&list[i].w, err);
	}
	if (err->code != ERR_none)
		return one_drop(c);
	f = one_begin(c);
	add_items(list, n, f);
	for (size_t i = 0; i < n; i++) {
		pg_array_add(ids, list[i].w.id);
		pg_array_add_int(statuses, list[i].w.create ? 201 : 200);
	}
	params[0] = pg_array_text(ids);
	params[1] = pg_array_text(statuses);
	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"SELECT json_build_object('data', coalesce(json_agg(json_build_object('status', "
		"u.status, 'data', row_to_json(r)) ORDER BY u.n), '[]'))::text FROM "
		"unnest($1::uuid[], $2::integer[]) WITH ORDINALITY u(id, status, n) JOIN %s v ON "
		"v.id = u.id CROSS JOIN LATERAL (SELECT ",
		res->view);
	sb_addz(&sb, selection_sql(c, s));
	sb_addz(&sb, ") r");
	return call_answer_json(c, f, sb_z(&sb), 2, params, 200, r, err);
}

static int
run_atomic(const struct resource *res, struct call *c, struct json_object *items, struct reply *r,
	   struct err *err)
{
	size_t n = json_object_array_length(items);
	struct item *list = arena_array(c->arena, n + 1, sizeof(*list));

	if (guard_items(res, c, items, list, n, err) < 0)
		return -1;
	for (int try = 0;; try++) {
		if (atomic_once(res, c, items, list, try > 0, r, err) == 0)
			return 0;
		if (!one_again(c, try, err))
			return -1;
	}
}

/* ---- each on its own ---- */

static void
write_problem(struct jw *jw, const struct err *err)
{
	const struct err_def *def = err_def(err);

	jw_object(jw);
	jw_kint(jw, "status", def->status);
	jw_key(jw, "error");
	jw_object(jw);
	jw_kstr(jw, "code", def->code);
	jw_kstr(jw, "title", def->title);
	jw_kstr(jw, "detail", err_told(err));
	jw_errors(jw, err);
	jw_end_object(jw);
	jw_end_object(jw);
}

static int
item_once(const struct resource *res, struct call *c, struct json_object *o, struct item *it,
	  bool again, struct reply *r, struct err *err)
{
	struct selection *s = selection_full(c, res, false);
	struct flush *f;
	struct sb sb;
	const char *params[1];
	int rc;

	if (!read_item(c, res, o, it, err))
		return -1;
	if (again && (rc = open_items(c, it, 1, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (one_prepare(&it->w, err))
		return one_drop(c);
	f = one_begin(c);
	add_item(it, f);
	params[0] = it->w.id;
	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"SELECT json_build_object('status', %s, 'data', row_to_json(r))::text FROM %s v "
		"CROSS JOIN LATERAL (SELECT ",
		it->w.create ? "201" : "200", res->view);
	sb_addz(&sb, selection_sql(c, s));
	sb_addz(&sb, ") r WHERE v.id = $1");
	return call_answer_json(c, f, sb_z(&sb), 1, params, 200, r, err);
}

static int
run_item(const struct resource *res, struct call *c, struct json_object *o, struct item *it,
	 struct reply *r, struct err *err)
{
	struct json_object *data =
	    json_object_is_type(o, json_type_object) ? jval_get(o, "data") : NULL;

	if (body_guard(c, res, data, pointer_add(c->arena, it->pointer, "data"), err))
		return -1;
	for (int try = 0;; try++) {
		if (item_once(res, c, o, it, try > 0, r, err) == 0)
			return 0;
		if (!one_again(c, try, err))
			return -1;
	}
}

/* The batch's own answer, kept when every item has found its end. */
static int
keep_whole(struct call *c, struct str body, struct reply *r, struct err *err)
{
	const char *params[1] = { str_dup(c->arena, body) };

	return call_answer_json(c, call_begin(c), "SELECT $1::text", 1, params, 200, r, err);
}

static int
run_partial(const struct resource *res, struct call *c, struct json_object *items, struct reply *r,
	    struct err *err)
{
	size_t n = json_object_array_length(items);
	struct err down = { 0 };
	struct jw jw;
	int ran;

	if (call_keeps(c)) {
		/* A whole answer that is kept replays before anything is tried. */
		ran = call_run(c, call_begin_read(c), r, err);
		if (ran)
			return ran < 0 ? -1 : 0;
	}
	jw_init(&jw, c->arena, RESULT_MAX);
	jw_object(&jw);
	jw_key(&jw, "data");
	jw_array(&jw);
	for (size_t i = 0; i < n; i++) {
		struct item it = { .pointer = pointer_index(c->arena, "/items", i) };
		struct err failed = { 0 };
		struct reply one = { 0 };
		/* The same call under a key of its own, so that the item's effect and answer go
		 * together. */
		struct call part = *c;

		part.key_part = (int)i + 1;
		if (down.code == ERR_none &&
		    run_item(res, &part, json_object_array_get_idx(items, i), &it, &one, &failed) ==
			0) {
			jw_raw(&jw, one.body);
			continue;
		}
		if (down.code == ERR_none &&
		    (failed.code == ERR_unavailable || failed.code == ERR_timeout ||
		     failed.code == ERR_session_stale))
			down = failed;
		if (err_def(&failed)->status == 403)
			deny_error(c->app->db, c->arena, &c->who,
				   arena_printf(c->arena, "POST %s", c->route ? c->route : "batch"),
				   res->name, target_text(c, json_object_array_get_idx(items, i)),
				   &failed);
		write_problem(&jw, down.code == ERR_none ? &failed : &down);
	}
	jw_end_array(&jw);
	jw_end_object(&jw);
	if (call_keeps(c) && down.code == ERR_none)
		return keep_whole(c, sb_str(&jw.sb), r, err);
	call_reply(r, 200, sb_str(&jw.sb));
	return 0;
}

int
resource_batch(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct json_object *items;
	struct str partial = STR("false");
	bool each;

	if (call_op(res, OP_BATCH, err) || call_may(c, res->write, err) ||
	    call_known_query(c, (const char *const[]){ "partial", NULL }, err))
		return -1;
	if (res->create)
		return err_set(err, ERR_method_not_allowed, "A %s is written one by one.",
			       res->name);
	call_query(c, "partial", &partial);
	each = str_eqz(partial, "true");
	if (!each && !str_eqz(partial, "false"))
		return err_field(err, c->arena, "?partial", "type", "Must be true or false.");
	if (!json_object_is_type(c->body, json_type_object))
		return err_field(err, c->arena, "", "type", "Must be an object.");
	items = jval_get(c->body, "items");
	json_object_object_foreach(c->body, key, value)
	{
		(void)value;
		if (strcmp(key, "items") != 0)
			refuse(c, err, pointer_add(c->arena, "", key), "unknown",
			       "There is no such member.");
	}
	if (!json_object_is_type(items, json_type_array))
		return err_field(err, c->arena, "/items", "type", "Must be an array.");
	if (json_object_array_length(items) == 0 || json_object_array_length(items) > ITEMS_MAX)
		return err_field(err, c->arena, "/items", "too_many", "From 1 to 1,000 items.");
	if (err->code != ERR_none)
		return -1;
	return each ? run_partial(res, c, items, r, err) : run_atomic(res, c, items, r, err);
}
