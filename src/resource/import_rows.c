/*
 * import_rows.c - rows of an import as writes: records in, a step out.
 *
 * A row that finds its object changes what differs, or nothing; one that finds none makes one.
 * What is wrong with a row is its item's error, with pointers into the row.
 */
#include "import_rows.h"

#include "body.h"
#include "compose.h"
#include "field.h"
#include "one.h"

#include <billfold/auth/deny.h>

/* ---- a row as a write ---- */

static bool
is_blank(const struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->cells[i].len)
			return false;
	}
	return true;
}

/* A new object gets the key that it will be found by. */
static void
add_key(const struct import_plan *plan, struct json_object *body, const char *key)
{
	struct json_object *list = jval_get(body, "external_ids"), *e;

	if (!plan->match.of_system || !key)
		return;
	if (!list) {
		list = json_object_new_array();
		json_object_object_add(body, "external_ids", list);
	}
	/* The map may say it too. */
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (str_eqz(jval_str_of(json_object_array_get_idx(list, i), "system"),
			    plan->match.of_system))
			return;
	}
	e = json_object_new_object();
	json_object_object_add(e, "system", json_object_new_string(plan->match.of_system));
	json_object_object_add(e, "id", json_object_new_string(key));
	json_object_array_add(list, e);
}

/* What an empty cell takes away, a new object does not have. */
static void
drop_nulls(struct json_object *body)
{
	VEC(const char *) keys = { 0 };
	struct arena *a = arena_new(0);

	json_object_object_foreach(body, key, value)
	{
		if (!value)
			*vec_push(a, &keys) = key;
		else if (json_object_is_type(value, json_type_object))
			drop_nulls(value);
	}
	for (size_t i = 0; i < keys.n; i++)
		json_object_object_del(body, keys.v[i]);
	arena_free(a);
}

static void
plan_row(struct call *c, const struct import_plan *plan, struct import_row *row, size_t i)
{
	struct work_item *item = row->item;
	struct err *err = &item->err;
	struct json_object *body;
	struct write *w = &row->w;

	if (!work_live(item) ||
	    column_map_body(c, &plan->map, row->record, row->ids, plan->header.n, &body, err) < 0)
		return;
	*w = (struct write){ .c = c,
			     .res = plan->res,
			     .create = !row->id,
			     .id = row->id ? row->id : uuid_new_z(c->arena),
			     .pointer = arena_printf(c->arena, "/rows/%zu", i) };
	if (w->create) {
		drop_nulls(body);
		add_key(plan, body, row->key);
		item->outcome = "created";
	} else {
		body = body_difference(c->arena, plan->res, body, row->stored);
		item->quiet = json_object_object_length(body) == 0;
		item->outcome = item->quiet ? "skipped" : "updated";
	}
	item->object_id = w->id;
	w->body = body;
	if (item->quiet)
		return;
	if (body_guard(c, plan->res, body, w->pointer, err) < 0) {
		deny_record(c->app->db, c->arena, &c->who, "import", plan->res->name, row->id,
			    err->detail);
		return;
	}
	one_prepare(w, err);
}

/* Pointers of a row's own errors lose the row's place in the step. */
static void
strip_pointers(struct arena *a, struct import_row *rows, size_t lo, size_t hi)
{
	for (size_t i = lo; i < hi; i++) {
		struct str under = str_from(arena_printf(a, "/rows/%zu/", i));

		for (struct err_field *e = rows[i].item->err.fields; e; e = e->next) {
			if (str_starts(str_from(e->pointer), under))
				e->pointer += under.len - 1;
		}
	}
}

/* ---- a step of rows ---- */

struct import_step {
	const struct import_plan *plan;
	struct import_row *rows;
};

static void
hold_rows(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi)
{
	struct import_row *rows = ((struct import_step *)s->arg)->rows;

	for (size_t i = lo; i < hi; i++) {
		struct write *w = &rows[i].w;

		if (work_live(&s->items[i]) && !w->create)
			compose_expect(f, c->arena, w->res, w->id, NULL, w->res->archives,
				       arena_printf(c->arena, "/rows/%zu", i));
	}
}

static void
plan_again(struct work_step *s, struct call *c, size_t lo, size_t hi)
{
	struct import_step *step = s->arg;

	for (size_t i = lo; i < hi; i++)
		plan_row(c, step->plan, &step->rows[i], i);
	strip_pointers(c->arena, step->rows, lo, hi);
}

static int
add_rows(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi,
	 struct err *err)
{
	struct import_row *rows = ((struct import_step *)s->arg)->rows;
	struct write **writes = arena_array(c->arena, hi - lo + 1, sizeof(*writes));
	size_t n = 0;

	(void)err;
	for (size_t i = lo; i < hi; i++) {
		struct write *w = &rows[i].w;

		if (!work_live(&s->items[i]))
			continue;
		if (!w->create)
			compose_expect(f, c->arena, w->res, w->id, NULL, w->res->archives,
				       arena_printf(c->arena, "/rows/%zu", i));
		writes[n++] = w;
	}
	compose_set(writes, n, f);
	return 0;
}

struct import_row *
import_rows_make(struct arena *a, const struct import_plan *plan, const struct record *records,
		 const int64_t *positions, size_t n, struct work_step *ret)
{
	struct import_row *rows = arena_array(a, n + 1, sizeof(*rows));
	struct import_step *step = arena_alloc(a, sizeof(*step));

	*step = (struct import_step){ plan, rows };
	*ret = (struct work_step){ .items = arena_array(a, n + 1, sizeof(*ret->items)),
				   .n = n,
				   .add = add_rows,
				   .hold = hold_rows,
				   .plan = plan_again,
				   .arg = step };
	for (size_t i = 0; i < n; i++) {
		struct work_item *item = &ret->items[i];

		item->position = positions[i];
		item->line = records[i].line;
		item->quiet = is_blank(&records[i]);
		item->outcome = item->quiet ? "skipped" : "created";
		rows[i].record = &records[i];
		rows[i].item = item;
	}
	return rows;
}

int
import_rows_plan(struct call *c, const struct import_plan *plan, struct import_row *rows, size_t n,
		 struct err *err)
{
	if (import_resolve(c, plan, rows, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		plan_row(c, plan, &rows[i], i);
	strip_pointers(c->arena, rows, 0, n);
	return 0;
}
