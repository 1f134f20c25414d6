/*
 * compose.c - a sound write as statements of one flush.
 *
 * Identifiers come from the tables of resources and from nowhere else; values are parameters. The
 * text depends on which columns are named, never on their values, so that equal shapes share a
 * prepared statement. A set is one statement: children go by unnest, one statement a shape (which
 * members an element names), so that what an element leaves out takes the column's default.
 */
#include "compose.h"

#include "custom.h"
#include "field.h"

#include <billfold/base/uuid.h>

/* By this column an object is a customer's, and its events are in that customer's history. */
#define ACCOUNT_COLUMN "account_id"

struct params {
	const char **v;
	int n, cap;
};

static void
params_init(struct params *p, struct arena *a, size_t cap)
{
	p->v = arena_array(a, cap, sizeof(*p->v));
	p->n = 0;
	p->cap = (int)cap;
}

static int
param(struct params *p, const char *value)
{
	p->v[p->n] = value;
	return ++p->n;
}

static void
add(struct flush *f, struct sb *sb, const struct params *p)
{
	flush_add(f, sb_z(sb), p->n, p->v);
}

/* ---- guards ---- */

void
compose_expect(struct flush *f, struct arena *a, const struct resource *res, const char *id,
	       const char *versions, bool live, const char *pointer)
{
	struct params p;
	struct sb sb;
	const char *fields[3] = { "", "", "" };

	params_init(&p, a, 3);
	param(&p, id);
	if (pointer) {
		int n = param(&p, pointer);

		fields[0] = arena_printf(a, ", $%d, 'not_found'", n);
		fields[1] = arena_printf(a, ", $%d, 'stale'", n);
		fields[2] = arena_printf(a, ", $%d, 'archived'", n);
	}
	sb_init(&sb, a, SQL_MAX);
	sb_addf(&sb,
		"WITH t AS MATERIALIZED (SELECT r.version%s FROM %s r WHERE r.id = $1 FOR NO KEY "
		"UPDATE) "
		"SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM t) THEN base.raise('ZB404', 'No such "
		"%s.'%s)",
		live ? ", r.archived_at" : "", res->table, res->name, fields[0]);
	if (versions)
		sb_addf(&sb,
			" WHEN (SELECT t.version <> ALL ($%d::bigint[]) FROM t) THEN "
			"base.raise('ZB412', 'It has changed since it was read.'%s)",
			param(&p, versions), fields[1]);
	if (live)
		sb_addf(&sb,
			" WHEN (SELECT t.archived_at IS NOT NULL FROM t) THEN "
			"base.raise('ZBSTA', '%s'%s)",
			resource_restores(res) ? "It is archived; restore it first."
					       : "It is archived for good.",
			fields[2]);
	sb_addz(&sb, " END");
	add(f, &sb, &p);
}

static bool
ref_seen(const struct write *w, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(w->refs.v[k].table, w->refs.v[i].table) == 0)
			return true;
	}
	return false;
}

/* All that the body refers to, in one statement; it names every one that is not there. */
static void
add_ref_guard(struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	struct params p;
	struct sb sb;
	bool first = true;

	if (w->refs.n == 0)
		return;
	params_init(&p, a, 2 * w->refs.n);
	sb_init(&sb, a, SQL_MAX);
	sb_addz(&sb,
		"SELECT base.raise_fields('ZB422', 'The request has invalid fields.', "
		"m.fields) FROM (SELECT jsonb_agg(jsonb_build_object('pointer', g.pointer, "
		"'code', 'not_found', 'detail', 'No such ' || g.what || '.')) AS fields FROM (");
	for (size_t i = 0; i < w->refs.n; i++) {
		const struct write_ref *ref = &w->refs.v[i];
		struct pg_array *values, *pointers;
		int nv, np;

		if (ref_seen(w, i))
			continue;
		values = pg_array_new(a);
		pointers = pg_array_new(a);
		for (size_t k = i; k < w->refs.n; k++) {
			if (strcmp(w->refs.v[k].table, ref->table) != 0)
				continue;
			pg_array_add(values, w->refs.v[k].value);
			pg_array_add(pointers, w->refs.v[k].pointer);
		}
		nv = param(&p, pg_array_text(values));
		np = param(&p, pg_array_text(pointers));
		sb_addf(&sb,
			"%sSELECT u.pointer, '%s' AS what FROM unnest($%d::%s[], $%d::text[]) "
			"u(value, pointer) WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = "
			"u.value)",
			first ? "" : " UNION ALL ", ref->what, nv, ref->type, np, ref->table,
			ref->column);
		first = false;
	}
	sb_addz(&sb, ") g) m WHERE m.fields IS NOT NULL");
	add(f, &sb, &p);
}

static void
add_stmts(struct flush *f, const write_stmt_vec *stmts)
{
	for (size_t i = 0; i < stmts->n; i++)
		flush_add(f, stmts->v[i].sql, stmts->v[i].n, stmts->v[i].params);
}

/* ---- the row ---- */

/* custom without the members that are null: how it is stored on create. */
static const char *
custom_text(const struct write *w)
{
	return str_dup(w->c->arena, jval_text(w->c->arena, w->custom));
}

static void
add_insert(struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	struct params p;
	struct sb sb, values;

	params_init(&p, a, w->columns.n + 2);
	sb_init(&sb, a, SQL_MAX);
	sb_init(&values, a, SQL_MAX);
	sb_addf(&sb, "INSERT INTO %s (id", w->res->table);
	sb_addf(&values, "$%d", param(&p, w->id));
	for (size_t i = 0; i < w->columns.n; i++) {
		const struct write_column *col = &w->columns.v[i];
		int n = param(&p, col->value);

		sb_addf(&sb, ", %s", col->column);
		if (col->field && col->field->type == FT_ADDRESS)
			sb_addf(&values, ", jsonb_strip_nulls($%d::jsonb)", n);
		else
			sb_addf(&values, ", $%d", n);
	}
	if (w->custom) {
		sb_addz(&sb, ", custom");
		sb_addf(&values, ", jsonb_strip_nulls($%d::jsonb)", param(&p, custom_text(w)));
	}
	sb_addz(&sb, ") VALUES (");
	sb_add(&sb, sb_str(&values));
	sb_addc(&sb, ')');
	add(f, &sb, &p);
}

static void
add_assignment(struct sb *sb, const struct write_column *col, const char *value, bool first)
{
	sb_addf(sb, "%s%s = ", first ? "" : ", ", col->column);
	if (!col->merge)
		sb_addz(sb, value);
	else if (col->field && col->field->type == FT_ADDRESS)
		sb_addf(sb, "jsonb_strip_nulls(coalesce(t.%s, '{}') || %s::jsonb)", col->column,
			value);
	else
		sb_addf(sb, "api.merge_patch(t.%s, %s::jsonb)", col->column, value);
}

static void
add_update(struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	bool touch = w->external_ids || w->has_external_id, first = true;
	struct params p;
	struct sb sb;

	if (w->columns.n == 0 && !w->custom && !touch)
		return;
	params_init(&p, a, w->columns.n + 2);
	sb_init(&sb, a, SQL_MAX);
	param(&p, w->id);
	sb_addf(&sb, "UPDATE %s t SET ", w->res->table);
	for (size_t i = 0; i < w->columns.n; i++) {
		char value[16];

		snprintf(value, sizeof(value), "$%d", param(&p, w->columns.v[i].value));
		add_assignment(&sb, &w->columns.v[i], value, first);
		first = false;
	}
	if (w->custom) {
		sb_addf(&sb, "%scustom = jsonb_strip_nulls(t.custom || $%d::jsonb)",
			first ? "" : ", ", param(&p, custom_text(w)));
		first = false;
	}
	/* Ids of other systems are part of the representation: they move its version. */
	if (touch)
		sb_addf(&sb, "%sversion = t.version + 1", first ? "" : ", ");
	sb_addz(&sb, " WHERE t.id = $1");
	add(f, &sb, &p);
}

/* ---- children ---- */

static bool
same_shape(const struct write_element *x, const struct write_element *y)
{
	if (x->is_new != y->is_new || x->columns.n != y->columns.n)
		return false;
	for (size_t i = 0; i < x->columns.n; i++) {
		if (x->columns.v[i].field != y->columns.v[i].field)
			return false;
	}
	return true;
}

static const char *
column_array(struct arena *a, const struct write_child *wc, size_t first, size_t col)
{
	struct pg_array *arr = pg_array_new(a);

	for (size_t i = first; i < wc->elements.n; i++) {
		if (same_shape(&wc->elements.v[first], &wc->elements.v[i]))
			pg_array_add(arr, wc->elements.v[i].columns.v[col].value);
	}
	return pg_array_text(arr);
}

/* unnest cannot carry arrays in an array: such values travel as text and are cast on arrival. */
static bool
is_array_type(enum field_type t)
{
	return t == FT_ENUM_SET || t == FT_TEXTS || t == FT_IDS || t == FT_INTS;
}

/* A child that is served at a path of its own has events of its own, whoever writes it. */
static bool
has_events(const struct child *ch)
{
	return ch->resource->path && ch->resource->view;
}

/*
 * Ends a statement about children that begin_events began. The main query sees rows as they were:
 * an element that was sent as it is has no event.
 */
static void
end_events(struct sb *sb, const struct child *ch, const char *what)
{
	const struct resource *res = ch->resource;

	if (!has_events(ch))
		return;
	sb_addf(
	    sb,
	    " RETURNING t.id, t.version) SELECT job.emit('%s.%s', '%s', c.id, NULL, c.version%s) "
	    "FROM c",
	    res->name, what, res->name,
	    strcmp(ch->parent_column, ACCOUNT_COLUMN) == 0 ? ", $1::uuid" : "");
	if (strcmp(what, "updated") == 0)
		sb_addf(sb, " JOIN %s o ON o.id = c.id WHERE o.version <> c.version", res->table);
}

static void
begin_events(struct sb *sb, const struct child *ch)
{
	if (has_events(ch))
		sb_addz(sb, "WITH c AS (");
}

static void
add_shape(struct write *w, const struct write_child *wc, size_t first, struct flush *f)
{
	struct arena *a = w->c->arena;
	const struct write_element *e = &wc->elements.v[first];
	const struct child *ch = wc->child;
	struct pg_array *ids = pg_array_new(a), *positions = pg_array_new(a);
	struct params p;
	struct sb sb, from;

	for (size_t i = first; i < wc->elements.n; i++) {
		if (!same_shape(e, &wc->elements.v[i]))
			continue;
		pg_array_add(ids, wc->elements.v[i].id);
		pg_array_add_int(positions, (int64_t)i + 1);
	}
	params_init(&p, a, e->columns.n + 3);
	sb_init(&sb, a, SQL_MAX);
	sb_init(&from, a, SQL_MAX);
	param(&p, w->id);
	sb_addf(&from, "unnest($%d::uuid[], ", param(&p, pg_array_text(ids)));
	sb_addf(&from, "$%d::integer[]", param(&p, pg_array_text(positions)));
	for (size_t i = 0; i < e->columns.n; i++) {
		enum field_type t = e->columns.v[i].field->type;

		sb_addf(&from, ", $%d::%s[]", param(&p, column_array(a, wc, first, i)),
			is_array_type(t) ? "text" : field_sql_type(t));
	}
	sb_addz(&from, ") u(id, position");
	for (size_t i = 0; i < e->columns.n; i++)
		sb_addf(&from, ", c%zu", i);
	sb_addc(&from, ')');
	begin_events(&sb, ch);
	if (e->is_new) {
		sb_addf(&sb, "INSERT INTO %s AS t (%s, id%s", ch->resource->table,
			ch->parent_column, ch->ordered ? ", position" : "");
		for (size_t i = 0; i < e->columns.n; i++)
			sb_addf(&sb, ", %s", e->columns.v[i].column);
		sb_addf(&sb, ") SELECT $1::uuid, u.id%s", ch->ordered ? ", u.position" : "");
	} else {
		sb_addf(&sb, "UPDATE %s t SET %s", ch->resource->table,
			ch->ordered ? "position = u.position" : "");
	}
	for (size_t i = 0; i < e->columns.n; i++) {
		const struct write_column *col = &e->columns.v[i];
		char value[48];

		snprintf(value, sizeof(value), "u.c%zu%s%s", i,
			 is_array_type(col->field->type) ? "::" : "",
			 is_array_type(col->field->type) ? field_sql_type(col->field->type) : "");
		if (!e->is_new)
			add_assignment(&sb, col, value, i == 0 && !ch->ordered);
		else if (col->field->type == FT_ADDRESS)
			sb_addf(&sb, ", jsonb_strip_nulls(%s)", value);
		else
			sb_addf(&sb, ", %s", value);
	}
	sb_addf(&sb, " FROM ");
	sb_add(&sb, sb_str(&from));
	if (!e->is_new)
		sb_addf(&sb, " WHERE t.%s = $1 AND t.id = u.id", ch->parent_column);
	end_events(&sb, ch, e->is_new ? "created" : "updated");
	/* An element that only keeps its place needs no statement. */
	if (e->is_new || e->columns.n || ch->ordered)
		add(f, &sb, &p);
}

/* Elements named by id must be this parent's; those that are not named any more go. */
static void
add_child_guard(struct write *w, const struct write_child *wc, struct flush *f)
{
	struct arena *a = w->c->arena;
	const struct resource *res = wc->child->resource;
	struct pg_array *ids = pg_array_new(a), *pointers = pg_array_new(a);
	const char *params[3] = { w->id, NULL, NULL };
	struct sb sb;
	bool any = false;

	for (size_t i = 0; i < wc->elements.n; i++) {
		if (wc->elements.v[i].is_new)
			continue;
		any = true;
		pg_array_add(ids, wc->elements.v[i].id);
		pg_array_add(pointers, pointer_add(a, wc->elements.v[i].pointer, "id"));
	}
	params[1] = pg_array_text(ids);
	params[2] = pg_array_text(pointers);
	sb_init(&sb, a, SQL_MAX);
	if (any) {
		sb_addf(
		    &sb,
		    "SELECT base.raise_fields('ZB422', 'The request has invalid fields.', "
		    "m.fields) FROM (SELECT jsonb_agg(jsonb_build_object('pointer', u.pointer, "
		    "'code', 'not_found', 'detail', 'No such element.')) AS fields FROM "
		    "unnest($2::uuid[], $3::text[]) u(id, pointer) WHERE NOT EXISTS (SELECT 1 "
		    "FROM %s t WHERE t.id = u.id AND t.%s = $1%s)) m WHERE m.fields IS NOT NULL",
		    res->table, wc->child->parent_column,
		    res->archives ? " AND t.archived_at IS NULL" : "");
		flush_add(f, sb_z(&sb), 3, params);
		sb_init(&sb, a, SQL_MAX);
	}
	begin_events(&sb, wc->child);
	if (res->archives)
		sb_addf(&sb,
			"UPDATE %s t SET archived_at = clock_timestamp() WHERE t.%s = $1 AND "
			"t.archived_at IS NULL AND t.id <> ALL ($2::uuid[])",
			res->table, wc->child->parent_column);
	else
		sb_addf(&sb, "DELETE FROM %s t WHERE t.%s = $1 AND t.id <> ALL ($2::uuid[])",
			res->table, wc->child->parent_column);
	end_events(&sb, wc->child, res->archives ? "archived" : "deleted");
	flush_add(f, sb_z(&sb), 2, params);
}

static void
add_child(struct write *w, const struct write_child *wc, struct flush *f)
{
	if (!w->create)
		add_child_guard(w, wc, f);
	for (size_t i = 0; i < wc->elements.n; i++) {
		size_t k = 0;

		while (k < i && !same_shape(&wc->elements.v[k], &wc->elements.v[i]))
			k++;
		if (k == i)
			add_shape(w, wc, i, f);
	}
}

/* ---- ids of other systems ---- */

void
write_add_external_ids(struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	struct pg_array *names = pg_array_new(a), *ids = pg_array_new(a);
	size_t n = w->external_ids ? json_object_array_length(w->external_ids) : 0;

	if (!w->external_ids && !w->has_external_id)
		return;
	if (!w->create)
		flush_addv(f,
			   w->external_ids ? "DELETE FROM meta.external_id WHERE object_id = $1 "
					     "AND resource = $2"
					   : "DELETE FROM meta.external_id WHERE object_id = $1 "
					     "AND resource = $2 AND system = 'default'",
			   w->id, w->res->name, FLUSH_END);
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(w->external_ids, i);
		struct str s;

		if (jval_str(e, "system", &s))
			pg_array_add(names, str_dup(a, s));
		if (jval_str(e, "id", &s))
			pg_array_add(ids, str_dup(a, s));
	}
	if (w->has_external_id && w->external_id) {
		pg_array_add(names, "default");
		pg_array_add(ids, w->external_id);
		n = 1;
	}
	if (n)
		flush_addv(
		    f,
		    "INSERT INTO meta.external_id (resource, object_id, system, external_id) "
		    "SELECT $1, $2::uuid, u.* FROM unnest($3::text[], $4::text[]) u",
		    w->res->name, w->id, pg_array_text(names), pg_array_text(ids), FLUSH_END);
}

/* ---- events ---- */

static const char *
changed_fields(const struct write *w)
{
	struct jw jw;

	jw_init(&jw, w->c->arena, JSON_TEXT_MAX);
	jw_object(&jw);
	jw_key(&jw, "fields");
	jw_array(&jw);
	json_object_object_foreach(w->body, key, value)
	{
		(void)value;
		jw_strz(&jw, key);
	}
	jw_end_array(&jw);
	jw_end_object(&jw);
	return sb_z(&jw.sb);
}

void
compose_event(struct flush *f, struct arena *a, const struct resource *res, const char *id,
	      const char *type, const char *data)
{
	const struct field *account = field_find(res->fields, STR(ACCOUNT_COLUMN));
	struct sb sb;

	/* Version and account are looked up here, where the table is known, and not by the object's
	 * name there. */
	sb_init(&sb, a, SQL_MAX);
	sb_addf(
	    &sb,
	    "SELECT job.emit($1, '%s', $2::uuid, $3::jsonb, t.version%s) FROM %s t WHERE t.id = "
	    "$2::uuid",
	    res->name, account && account->type == FT_REF ? ", t." ACCOUNT_COLUMN : "", res->table);
	flush_addv(f, sb_z(&sb), type, id, data, FLUSH_END);
}

static void
add_events(struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;

	for (size_t i = 0; i < w->events.n; i++)
		compose_event(f, a, w->res, w->id, w->events.v[i].type, w->events.v[i].data);
	if (w->events.n == 0)
		compose_event(f, a, w->res, w->id,
			      arena_printf(a, "%s.%s", w->res->name,
					   w->create ? "created" : "updated"),
			      changed_fields(w));
}

void
compose_write(struct write *w, struct flush *f)
{
	add_ref_guard(w, f);
	if (w->create && w->res->custom && !w->custom)
		custom_guard(w, f);
	add_stmts(f, &w->before);
	if (w->create)
		add_insert(w, f);
	else
		add_update(w, f);
	for (size_t i = 0; i < w->children.n; i++)
		add_child(w, &w->children.v[i], f);
	write_add_external_ids(w, f);
	custom_write(w, f);
	add_stmts(f, &w->after);
	add_events(w, f);
}
