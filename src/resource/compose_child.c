/*
 * compose_child.c - nested children of a set of writes.
 *
 * Children go by unnest, one statement a shape (which members an element names), so that what an
 * element leaves out takes the column's default. An update's children are its parent's alone: what
 * it names by id must be there, what it does not name goes.
 */
#include "compose_part.h"

#include "field.h"

/* Elements of all writes for one child array. */
struct item {
	const struct write *w;
	const struct write_element *e;
	int64_t position;
};
typedef VEC(struct item) item_vec;

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
	bool customers = strcmp(ch->parent_column, ACCOUNT_COLUMN) == 0;

	if (!has_events(ch))
		return;
	sb_addf(sb,
		" RETURNING t.id, t.version%s) SELECT job.emit('%s.%s', '%s', c.id, NULL, "
		"c.version%s) FROM c",
		customers ? ", t." ACCOUNT_COLUMN : "", res->name, what, res->name,
		customers ? ", c." ACCOUNT_COLUMN : "");
	if (strcmp(what, "updated") == 0)
		sb_addf(sb, " JOIN %s o ON o.id = c.id WHERE o.version <> c.version", res->table);
}

static void
begin_events(struct sb *sb, const struct child *ch)
{
	if (has_events(ch))
		sb_addz(sb, "WITH c AS (");
}

/* Elements of one shape: "unnest(...) u(parent, id, position, c0, ...)". */
static void
add_unnest(struct arena *a, const item_vec *of, struct params *p, struct sb *sb)
{
	const struct write_element *e = of->v[0].e;
	struct pg_array *parents = pg_array_new(a), *ids = pg_array_new(a),
			*positions = pg_array_new(a);

	for (size_t k = 0; k < of->n; k++) {
		pg_array_add(parents, of->v[k].w->id);
		pg_array_add(ids, of->v[k].e->id);
		pg_array_add_int(positions, of->v[k].position);
	}
	sb_addf(sb, "unnest($%d::uuid[]", compose_param(p, pg_array_text(parents)));
	sb_addf(sb, ", $%d::uuid[]", compose_param(p, pg_array_text(ids)));
	sb_addf(sb, ", $%d::integer[]", compose_param(p, pg_array_text(positions)));
	for (size_t i = 0; i < e->columns.n; i++) {
		struct pg_array *values = pg_array_new(a);

		for (size_t k = 0; k < of->n; k++)
			pg_array_add(values, of->v[k].e->columns.v[i].value);
		sb_addf(sb, ", $%d::%s[]", compose_param(p, pg_array_text(values)),
			compose_array_type(e->columns.v[i].field));
	}
	sb_addz(sb, ") u(parent, id, position");
	for (size_t i = 0; i < e->columns.n; i++)
		sb_addf(sb, ", c%zu", i);
	sb_addc(sb, ')');
}

static void
add_new(struct arena *a, const struct child *ch, const item_vec *of, struct flush *f)
{
	const struct write_element *e = of->v[0].e;
	struct params p;
	struct sb sb;

	compose_params(&p, a, e->columns.n + 3);
	sb_init(&sb, a, SQL_MAX);
	begin_events(&sb, ch);
	sb_addf(&sb, "INSERT INTO %s AS t (%s, id%s", ch->resource->table, ch->parent_column,
		ch->ordered ? ", position" : "");
	for (size_t i = 0; i < e->columns.n; i++)
		sb_addf(&sb, ", %s", e->columns.v[i].column);
	sb_addf(&sb, ") SELECT u.parent, u.id%s", ch->ordered ? ", u.position" : "");
	for (size_t i = 0; i < e->columns.n; i++) {
		const struct field *field = e->columns.v[i].field;

		sb_addf(&sb, field->type == FT_ADDRESS ? ", jsonb_strip_nulls(%s)" : ", %s",
			compose_unnested(a, field, i));
	}
	sb_addz(&sb, " FROM ");
	add_unnest(a, of, &p, &sb);
	end_events(&sb, ch, "created");
	compose_add(f, &sb, &p);
}

static void
add_changed(struct arena *a, const struct child *ch, const item_vec *of, struct flush *f)
{
	const struct write_element *e = of->v[0].e;
	struct params p;
	struct sb sb;

	/* An element that only keeps its place needs no statement. */
	if (!e->columns.n && !ch->ordered)
		return;
	compose_params(&p, a, e->columns.n + 3);
	sb_init(&sb, a, SQL_MAX);
	begin_events(&sb, ch);
	sb_addf(&sb, "UPDATE %s t SET %s", ch->resource->table,
		ch->ordered ? "position = u.position" : "");
	for (size_t i = 0; i < e->columns.n; i++)
		compose_assign(&sb, &e->columns.v[i], compose_unnested(a, e->columns.v[i].field, i),
			       i == 0 && !ch->ordered);
	sb_addz(&sb, " FROM ");
	add_unnest(a, of, &p, &sb);
	sb_addf(&sb, " WHERE t.%s = u.parent AND t.id = u.id", ch->parent_column);
	end_events(&sb, ch, "updated");
	compose_add(f, &sb, &p);
}

/* Elements named by id must be this parent's; those that are not named any more go. */
static void
add_child_guard(const struct write *w, const struct write_child *wc, struct flush *f)
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
gather(const struct write_set *s, const struct child *ch, item_vec *ret, struct flush *f)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct write *w = s->v[i];

		for (size_t k = 0; k < w->children.n; k++) {
			const struct write_child *wc = &w->children.v[k];

			if (wc->child != ch)
				continue;
			if (!w->create)
				add_child_guard(w, wc, f);
			for (size_t m = 0; m < wc->elements.n; m++)
				*vec_push(s->arena, ret) =
				    (struct item){ w, &wc->elements.v[m], (int64_t)m + 1 };
		}
	}
}

void
compose_children(const struct write_set *s, struct flush *f)
{
	for (const struct child *ch = s->res->children; ch && ch->name; ch++) {
		item_vec all = { 0 };
		bool *done;

		gather(s, ch, &all, f);
		done = arena_alloc(s->arena, all.n + 1);
		for (size_t i = 0; i < all.n; i++) {
			item_vec of = { 0 };

			if (done[i])
				continue;
			for (size_t k = i; k < all.n; k++) {
				if (done[k] || !same_shape(all.v[i].e, all.v[k].e))
					continue;
				*vec_push(s->arena, &of) = all.v[k];
				done[k] = true;
			}
			if (all.v[i].e->is_new)
				add_new(s->arena, ch, &of, f);
			else
				add_changed(s->arena, ch, &of, f);
		}
	}
}
