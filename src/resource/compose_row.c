/*
 * compose_row.c - the rows of a set of writes, and their ids in other systems.
 *
 * Writes of one shape (create or update, the same columns in the same order) are one statement over
 * unnest; a write that is alone in its shape names its values as parameters. One shape, one text.
 */
#include "compose_part.h"

#include "field.h"

/* custom without the members that are null: how it is stored on create. */
static const char *
custom_text(const struct write *w)
{
	return str_dup(w->c->arena, jval_text(w->c->arena, w->custom));
}

/* Ids of other systems are part of the representation: they move its version. */
static bool
touches(const struct write *w)
{
	return w->external_ids || w->has_external_id;
}

static bool
same_shape(const struct write *x, const struct write *y)
{
	if (x->create != y->create || x->columns.n != y->columns.n || !x->custom != !y->custom)
		return false;
	for (size_t i = 0; i < x->columns.n; i++) {
		const struct write_column *a = &x->columns.v[i], *b = &y->columns.v[i];

		/* A column that no field stands for has no type to travel by. */
		if (!a->field || a->field != b->field || a->merge != b->merge ||
		    strcmp(a->column, b->column) != 0)
			return false;
	}
	return true;
}

/* ---- one ---- */

static void
add_insert(const struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	struct params p;
	struct sb sb, values;

	compose_params(&p, a, w->columns.n + 2);
	sb_init(&sb, a, SQL_MAX);
	sb_init(&values, a, SQL_MAX);
	sb_addf(&sb, "INSERT INTO %s (id", w->res->table);
	sb_addf(&values, "$%d", compose_param(&p, w->id));
	for (size_t i = 0; i < w->columns.n; i++) {
		const struct write_column *col = &w->columns.v[i];
		int n = compose_param(&p, col->value);

		sb_addf(&sb, ", %s", col->column);
		if (col->field && col->field->type == FT_ADDRESS)
			sb_addf(&values, ", jsonb_strip_nulls($%d::jsonb)", n);
		else
			sb_addf(&values, ", $%d", n);
	}
	if (w->custom) {
		sb_addz(&sb, ", custom");
		sb_addf(&values, ", jsonb_strip_nulls($%d::jsonb)",
			compose_param(&p, custom_text(w)));
	}
	sb_addz(&sb, ") VALUES (");
	sb_add(&sb, sb_str(&values));
	sb_addc(&sb, ')');
	compose_add(f, &sb, &p);
}

static void
add_update(const struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	bool first = true;
	struct params p;
	struct sb sb;

	if (w->columns.n == 0 && !w->custom)
		return;
	compose_params(&p, a, w->columns.n + 2);
	sb_init(&sb, a, SQL_MAX);
	compose_param(&p, w->id);
	sb_addf(&sb, "UPDATE %s t SET ", w->res->table);
	for (size_t i = 0; i < w->columns.n; i++) {
		char value[16];

		snprintf(value, sizeof(value), "$%d", compose_param(&p, w->columns.v[i].value));
		compose_assign(&sb, &w->columns.v[i], value, first);
		first = false;
	}
	if (w->custom)
		sb_addf(&sb, "%scustom = jsonb_strip_nulls(t.custom || $%d::jsonb)",
			first ? "" : ", ", compose_param(&p, custom_text(w)));
	sb_addz(&sb, " WHERE t.id = $1");
	compose_add(f, &sb, &p);
}

/* ---- many of one shape ---- */

/* Those of the set that have the shape of its first: " FROM unnest(...) u(id, c0, ...)". */
static void
add_unnest(const struct write_set *of, struct params *p, struct sb *sb)
{
	const struct write *w = of->v[0];
	struct pg_array *ids = pg_array_new(of->arena), *custom = pg_array_new(of->arena);

	for (size_t k = 0; k < of->n; k++) {
		pg_array_add(ids, of->v[k]->id);
		if (w->custom)
			pg_array_add(custom, custom_text(of->v[k]));
	}
	sb_addf(sb, " FROM unnest($%d::uuid[]", compose_param(p, pg_array_text(ids)));
	for (size_t i = 0; i < w->columns.n; i++) {
		struct pg_array *values = pg_array_new(of->arena);

		for (size_t k = 0; k < of->n; k++)
			pg_array_add(values, of->v[k]->columns.v[i].value);
		sb_addf(sb, ", $%d::%s[]", compose_param(p, pg_array_text(values)),
			compose_array_type(w->columns.v[i].field));
	}
	if (w->custom)
		sb_addf(sb, ", $%d::jsonb[]", compose_param(p, pg_array_text(custom)));
	sb_addz(sb, ") u(id");
	for (size_t i = 0; i < w->columns.n; i++)
		sb_addf(sb, ", c%zu", i);
	sb_addz(sb, w->custom ? ", custom)" : ")");
}

static void
add_insert_set(const struct write_set *of, struct flush *f)
{
	const struct write *w = of->v[0];
	struct params p;
	struct sb sb, values;

	compose_params(&p, of->arena, w->columns.n + 2);
	sb_init(&sb, of->arena, SQL_MAX);
	sb_init(&values, of->arena, SQL_MAX);
	sb_addf(&sb, "INSERT INTO %s (id", w->res->table);
	for (size_t i = 0; i < w->columns.n; i++) {
		const struct write_column *col = &w->columns.v[i];
		const char *value = compose_unnested(of->arena, col->field, i);

		sb_addf(&sb, ", %s", col->column);
		sb_addf(&values,
			col->field->type == FT_ADDRESS ? ", jsonb_strip_nulls(%s)" : ", %s", value);
	}
	if (w->custom) {
		sb_addz(&sb, ", custom");
		sb_addz(&values, ", jsonb_strip_nulls(u.custom)");
	}
	sb_addz(&sb, ") SELECT u.id");
	sb_add(&sb, sb_str(&values));
	add_unnest(of, &p, &sb);
	compose_add(f, &sb, &p);
}

static void
add_update_set(const struct write_set *of, struct flush *f)
{
	const struct write *w = of->v[0];
	bool first = true;
	struct params p;
	struct sb sb;

	if (w->columns.n == 0 && !w->custom)
		return;
	compose_params(&p, of->arena, w->columns.n + 2);
	sb_init(&sb, of->arena, SQL_MAX);
	sb_addf(&sb, "UPDATE %s t SET ", w->res->table);
	for (size_t i = 0; i < w->columns.n; i++) {
		const struct write_column *col = &w->columns.v[i];

		compose_assign(&sb, col, compose_unnested(of->arena, col->field, i), first);
		first = false;
	}
	if (w->custom)
		sb_addf(&sb, "%scustom = jsonb_strip_nulls(t.custom || u.custom)",
			first ? "" : ", ");
	add_unnest(of, &p, &sb);
	sb_addz(&sb, " WHERE t.id = u.id");
	compose_add(f, &sb, &p);
}

static void
add_alike(const struct write_set *of, struct flush *f)
{
	const struct write *w = of->v[0];

	if (of->n == 1 && w->create)
		add_insert(w, f);
	else if (of->n == 1)
		add_update(w, f);
	else if (w->create)
		add_insert_set(of, f);
	else
		add_update_set(of, f);
}

void
compose_rows(const struct write_set *s, struct flush *f)
{
	bool *done = arena_alloc(s->arena, s->n + 1);
	struct write **alike = arena_array(s->arena, s->n + 1, sizeof(*alike));

	for (size_t i = 0; i < s->n; i++) {
		struct write_set of = { .v = alike, .arena = s->arena, .res = s->res };

		if (done[i])
			continue;
		alike[of.n++] = s->v[i];
		for (size_t k = i + 1; k < s->n; k++) {
			if (done[k] || !same_shape(s->v[i], s->v[k]))
				continue;
			alike[of.n++] = s->v[k];
			done[k] = true;
		}
		add_alike(&of, f);
	}
}

/* ---- ids of other systems ---- */

void
compose_pairs(const struct write *w, struct pg_array *systems, struct pg_array *ids)
{
	struct arena *a = w->c->arena;
	size_t n = w->external_ids ? json_object_array_length(w->external_ids) : 0;

	for (size_t k = 0; k < n; k++) {
		struct json_object *e = json_object_array_get_idx(w->external_ids, k);

		pg_array_add(systems, str_dup(a, jval_str_of(e, "system")));
		pg_array_add(ids, str_dup(a, jval_str_of(e, "id")));
	}
	if (w->has_external_id && w->external_id) {
		pg_array_add(systems, "default");
		pg_array_add(ids, w->external_id);
	}
}

static size_t
count_pairs(const struct write *w)
{
	return (w->external_ids ? json_object_array_length(w->external_ids) : 0) +
	       (w->has_external_id && w->external_id);
}

void
compose_external_ids(const struct write_set *s, struct flush *f)
{
	struct arena *a = s->arena;
	struct pg_array *whole = pg_array_new(a), *one = pg_array_new(a);
	struct pg_array *objects = pg_array_new(a), *systems = pg_array_new(a),
			*ids = pg_array_new(a);
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct write *w = s->v[i];

		if (!touches(w))
			continue;
		any = true;
		/* Which an update replaces: all, or the one of system `default`. */
		if (!w->create)
			pg_array_add(w->external_ids ? whole : one, w->id);
		for (size_t k = count_pairs(w); k; k--)
			pg_array_add(objects, w->id);
		compose_pairs(w, systems, ids);
	}
	if (any)
		flush_addv(f,
			   "SELECT meta.set_external_ids($1, $2::regclass, $3::uuid[], $4::uuid[], "
			   "$5::uuid[], $6::text[], $7::text[])",
			   s->res->name, s->res->table, pg_array_text(whole), pg_array_text(one),
			   pg_array_text(objects), pg_array_text(systems), pg_array_text(ids),
			   FLUSH_END);
}
