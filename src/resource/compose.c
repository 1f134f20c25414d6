/*
 * compose.c - sound writes as statements of one flush.
 *
 * Identifiers come from the tables of resources and from nowhere else; values are parameters. The
 * text depends on which columns are named, never on their values or their number, so that equal
 * shapes share a prepared statement. One write is a set of one. Part by part for the whole set:
 * what it refers to, what `prepare` put before, rows, children, ids, values, what it put after,
 * events.
 */
#include "compose_part.h"

#include "custom.h"
#include "field.h"

#include <billfold/base/uuid.h>

void
compose_params(struct params *p, struct arena *a, size_t cap)
{
	p->v = arena_array(a, cap, sizeof(*p->v));
	p->n = 0;
}

int
compose_param(struct params *p, const char *value)
{
	p->v[p->n] = value;
	return ++p->n;
}

void
compose_add(struct flush *f, struct sb *sb, const struct params *p)
{
	flush_add(f, sb_z(sb), p->n, p->v);
}

void
compose_assign(struct sb *sb, const struct write_column *col, const char *value, bool first)
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

static bool
is_array_type(enum field_type t)
{
	return t == FT_ENUM_SET || t == FT_TEXTS || t == FT_IDS || t == FT_INTS;
}

const char *
compose_array_type(const struct field *f)
{
	return is_array_type(f->type) ? "text" : field_sql_type(f->type);
}

const char *
compose_unnested(struct arena *a, const struct field *f, size_t i)
{
	bool cast = is_array_type(f->type);

	return arena_printf(a, "u.c%zu%s%s", i, cast ? "::" : "",
			    cast ? field_sql_type(f->type) : "");
}

/* ---- guards ---- */

void
compose_expect(struct flush *f, struct arena *a, const struct resource *res, const char *id,
	       const char *versions, bool live, const char *pointer)
{
	struct params p;
	struct sb sb;
	const char *fields[3] = { "", "", "" };

	compose_params(&p, a, 3);
	compose_param(&p, id);
	if (pointer) {
		int n = compose_param(&p, pointer);

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
			compose_param(&p, versions), fields[1]);
	if (live)
		sb_addf(&sb,
			" WHEN (SELECT t.archived_at IS NOT NULL FROM t) THEN "
			"base.raise('ZBSTA', '%s'%s)",
			resource_restores(res) ? "It is archived; restore it first."
					       : "It is archived for good.",
			fields[2]);
	sb_addz(&sb, " END");
	compose_add(f, &sb, &p);
}

/* Values of a set of writes that must name rows of one table, with their pointers. */
struct ref_group {
	const struct write_ref *first;
	struct pg_array *values, *pointers;
};
typedef VEC(struct ref_group) ref_group_vec;

static struct ref_group *
ref_group(struct arena *a, ref_group_vec *groups, const struct write_ref *ref)
{
	struct ref_group *g;

	for (size_t i = 0; i < groups->n; i++) {
		if (strcmp(groups->v[i].first->table, ref->table) == 0)
			return &groups->v[i];
	}
	g = vec_push(a, groups);
	*g = (struct ref_group){ ref, pg_array_new(a), pg_array_new(a) };
	return g;
}

/* All that the bodies refer to, in one statement; it names every one that is not there. */
static void
add_ref_guard(const struct write_set *s, struct flush *f)
{
	struct arena *a = s->arena;
	ref_group_vec groups = { 0 };
	struct params p;
	struct sb sb;

	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->v[i]->refs.n; k++) {
			const struct write_ref *ref = &s->v[i]->refs.v[k];
			struct ref_group *g = ref_group(a, &groups, ref);

			pg_array_add(g->values, ref->value);
			pg_array_add(g->pointers, ref->pointer);
		}
	}
	if (groups.n == 0)
		return;
	compose_params(&p, a, 2 * groups.n);
	sb_init(&sb, a, SQL_MAX);
	sb_addz(&sb,
		"SELECT base.raise_fields('ZB422', 'The request has invalid fields.', "
		"m.fields) FROM (SELECT jsonb_agg(jsonb_build_object('pointer', g.pointer, "
		"'code', 'not_found', 'detail', 'No such ' || g.what || '.')) AS fields FROM (");
	for (size_t i = 0; i < groups.n; i++) {
		const struct write_ref *ref = groups.v[i].first;
		int nv = compose_param(&p, pg_array_text(groups.v[i].values));
		int np = compose_param(&p, pg_array_text(groups.v[i].pointers));

		sb_addf(&sb,
			"%sSELECT u.pointer, '%s' AS what FROM unnest($%d::%s[], $%d::text[]) "
			"u(value, pointer) WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = "
			"u.value)",
			i ? " UNION ALL " : "", ref->what, nv, ref->type, np, ref->table,
			ref->column);
	}
	sb_addz(&sb, ") g) m WHERE m.fields IS NOT NULL");
	compose_add(f, &sb, &p);
}

/* ---- what prepare added ---- */

static void
add_once(struct flush *f, const struct write_stmt *s)
{
	flush_add(f, s->sql, s->n, s->params);
}

/* Statements `each` of the set with this text, from the k-th of the i-th write on, as one. */
static void
add_each(const struct write_set *s, bool after, size_t i, size_t k, bool **done, struct flush *f)
{
	const struct write_stmt *first = after ? &s->v[i]->after.v[k] : &s->v[i]->before.v[k];
	struct pg_array **arrays = arena_array(s->arena, (size_t)first->n + 1, sizeof(*arrays));
	const char **params = arena_array(s->arena, (size_t)first->n + 1, sizeof(*params));

	for (int m = 0; m < first->n; m++)
		arrays[m] = pg_array_new(s->arena);
	for (; i < s->n; i++, k = 0) {
		const write_stmt_vec *list = after ? &s->v[i]->after : &s->v[i]->before;

		for (; k < list->n; k++) {
			const struct write_stmt *one = &list->v[k];

			if (!one->each || one->n != first->n || strcmp(one->sql, first->sql) != 0)
				continue;
			for (int m = 0; m < one->n; m++)
				pg_array_add(arrays[m], one->params[m]);
			done[i][k] = true;
		}
	}
	for (int m = 0; m < first->n; m++)
		params[m] = pg_array_text(arrays[m]);
	flush_add(f, first->sql, first->n, params);
}

static void
add_stmts(const struct write_set *s, bool after, struct flush *f)
{
	bool **done = arena_array(s->arena, s->n + 1, sizeof(*done));

	for (size_t i = 0; i < s->n; i++)
		done[i] = arena_alloc(s->arena, (after ? s->v[i]->after.n : s->v[i]->before.n) + 1);
	for (size_t i = 0; i < s->n; i++) {
		const write_stmt_vec *list = after ? &s->v[i]->after : &s->v[i]->before;

		for (size_t k = 0; k < list->n; k++) {
			if (done[i][k])
				continue;
			if (list->v[k].each)
				add_each(s, after, i, k, done, f);
			else
				add_once(f, &list->v[k]);
		}
	}
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

static bool
ends_in(const char *type, const char *ending)
{
	size_t len = strlen(type), tail = strlen(ending);

	return len >= tail && strcmp(type + len - tail, ending) == 0;
}

/* What may have found the object as it is to be. */
static bool
is_perhaps(const char *type)
{
	return ends_in(type, ".updated") || ends_in(type, ".restored");
}

/* What is gone has moved once more: its end comes after all that was told of it. */
static const char *
version_after(const char *type)
{
	return ends_in(type, ".deleted") ? "t.version + 1" : "t.version";
}

/*
 * Events of one type. Version and account are looked up here, where the table is known, and by its
 * key. Whether an update or restore has moved the version, job.emit finds out; what is an event in
 * any case goes as a set.
 */
static void
emit(struct flush *f, struct arena *a, const struct resource *res, const char *type,
     struct pg_array *ids, struct pg_array *data)
{
	const struct field *account = field_find(res->fields, STR(ACCOUNT_COLUMN));
	bool named = account && account->type == FT_REF;
	struct sb sb;

	sb_init(&sb, a, SQL_MAX);
	if (named && !is_perhaps(type))
		sb_addf(&sb,
			"SELECT job.emit_all($1, '%s', array_agg(u.id), array_agg(%s), "
			"array_agg(t." ACCOUNT_COLUMN "), array_agg(u.data))",
			res->name, version_after(type));
	else
		sb_addf(&sb, "SELECT job.emit($1, '%s', u.id, u.data, %s%s)", res->name,
			version_after(type), named ? ", t." ACCOUNT_COLUMN : "");
	sb_addf(&sb,
		" FROM unnest($2::uuid[], $3::jsonb[]) u(id, data) CROSS JOIN LATERAL "
		"(SELECT t.version%s FROM %s t WHERE t.id = u.id OFFSET 0) t",
		named ? ", t." ACCOUNT_COLUMN : "", res->table);
	flush_addv(f, sb_z(&sb), type, pg_array_text(ids), pg_array_text(data), FLUSH_END);
}

void
compose_event(struct flush *f, struct arena *a, const struct resource *res, const char *id,
	      const char *type, const char *data)
{
	struct pg_array *ids = pg_array_new(a), *one = pg_array_new(a);

	pg_array_add(ids, id);
	pg_array_add(one, data);
	emit(f, a, res, type, ids, one);
}

/* What a write has made has version 1, and the account that it was given: there is nothing to look
 * up. */
static bool
knows_account(const struct write *w, const char *type, const char **ret)
{
	const struct field *account = field_find(w->res->fields, STR(ACCOUNT_COLUMN));

	if (!w->create || !ends_in(type, ".created") || !account || account->type != FT_REF)
		return false;
	for (size_t i = 0; i < w->columns.n; i++) {
		*ret = w->columns.v[i].value;
		if (strcmp(w->columns.v[i].column, ACCOUNT_COLUMN) == 0)
			return true;
	}
	return false;
}

static void
emit_made(struct flush *f, struct arena *a, const struct resource *res, const char *type,
	  struct pg_array *ids, struct pg_array *versions, struct pg_array *accounts,
	  struct pg_array *data)
{
	flush_addv(f, arena_printf(a, "SELECT job.emit_all($1, '%s', $2, $3, $4, $5)", res->name),
		   type, pg_array_text(ids), pg_array_text(versions), pg_array_text(accounts),
		   pg_array_text(data), FLUSH_END);
}

struct event_group {
	const char *type;
	bool made;
	struct pg_array *ids, *versions, *accounts, *data;
};
typedef VEC(struct event_group) event_group_vec;

static void
gather_event(const struct write *w, event_group_vec *groups, const char *type, const char *data)
{
	struct arena *a = w->c->arena;
	const char *account = NULL;
	bool made = knows_account(w, type, &account);
	struct event_group *g = NULL;

	for (size_t i = 0; i < groups->n && !g; i++) {
		if (strcmp(groups->v[i].type, type) == 0 && groups->v[i].made == made)
			g = &groups->v[i];
	}
	if (!g) {
		g = vec_push(a, groups);
		*g = (struct event_group){
			type,           made, pg_array_new(a), pg_array_new(a), pg_array_new(a),
			pg_array_new(a)
		};
	}
	pg_array_add(g->ids, w->id);
	pg_array_add_int(g->versions, 1);
	pg_array_add(g->accounts, account);
	pg_array_add(g->data, data);
}

static void
add_events(const struct write_set *s, struct flush *f)
{
	event_group_vec groups = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct write *w = s->v[i];

		for (size_t k = 0; k < w->events.n; k++)
			gather_event(w, &groups, w->events.v[k].type, w->events.v[k].data);
		if (w->events.n == 0)
			gather_event(w, &groups,
				     arena_printf(s->arena, "%s.%s", w->res->name,
						  w->create ? "created" : "updated"),
				     changed_fields(w));
	}
	for (size_t i = 0; i < groups.n; i++) {
		const struct event_group *g = &groups.v[i];

		if (g->made)
			emit_made(f, s->arena, s->res, g->type, g->ids, g->versions, g->accounts,
				  g->data);
		else
			emit(f, s->arena, s->res, g->type, g->ids, g->data);
	}
}

static void
compose_together(struct write *const *writes, size_t n, struct flush *f)
{
	struct write_set s = { .v = writes, .n = n };

	if (n == 0)
		return;
	s.arena = writes[0]->c->arena;
	s.res = writes[0]->res;
	add_ref_guard(&s, f);
	custom_guard(writes, n, f);
	add_stmts(&s, false, f);
	compose_rows(&s, f);
	compose_children(&s, f);
	compose_external_ids(&s, f);
	custom_write(writes, n, f);
	add_stmts(&s, true, f);
	add_events(&s, f);
}

/*
 * What `prepare` put before a row may decide by the rows that were written before it (of several
 * defaults the last one stays): such a write is a set of its own, in its turn.
 */
void
compose_set(struct write *const *writes, size_t n, struct flush *f)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (writes[i]->before.n == 0)
			continue;
		compose_together(writes + from, i - from, f);
		compose_together(writes + i, 1, f);
		from = i + 1;
	}
	compose_together(writes + from, n - from, f);
}

void
write_add_external_ids(struct write *w, struct flush *f)
{
	struct write_set s = { .v = &w, .n = 1, .arena = w->c->arena, .res = w->res };

	compose_external_ids(&s, f);
}

void
compose_write(struct write *w, struct flush *f)
{
	compose_set(&w, 1, f);
}

void
compose_looks(struct write *w, struct flush *f)
{
	const struct write_set s = { .v = &w, .n = 1, .arena = w->c->arena };

	add_ref_guard(&s, f);
}
