/*
 * export_table.c - a row's JSON as cells.
 *
 * An address is a column a member, a custom field, an id of another system one each; elements of a
 * child array stand side by side (`lines.0.description`, `lines.1.description`), as many as the
 * longest row has. Text is guarded against spreadsheets that would take it for a formula; numbers,
 * dates and words of ours stand as they are.
 */
#include "export.h"

#include "custom.h"
#include "field.h"

struct column {
	const char *name;
	const char *path[4]; /* into the row; of an element: the array, NULL, its member, a member
				of that */
	size_t n_path;
	size_t element;
	const char *of_system; /* an id of this system */
	bool plain;
};

typedef VEC(struct column) column_vec;

/* A child array, as wide as it has been seen. */
struct wide {
	const struct expansion *x;
	size_t n;
};

struct export_table {
	struct arena *arena;
	const struct selection *selection;
	struct custom_def *defs;
	size_t n_defs;
	VEC(struct wide) wides;
	VEC(const char *) systems;
	column_vec columns;
};

struct export_table *
export_table_new(struct call *c, const struct selection *s, struct err *err)
{
	struct export_table *t = arena_alloc(c->arena, sizeof(*t));

	t->arena = c->arena;
	t->selection = s;
	if ((s->parts & PART_CUSTOM) && custom_load(c, s->res, &t->defs, &t->n_defs, err) < 0)
		return NULL;
	for (const struct expansion *x = s->expansions; x; x = x->next) {
		if (x->child)
			*vec_push(t->arena, &t->wides) = (struct wide){ .x = x };
	}
	return t;
}

static void
see_system(struct export_table *t, struct str of_system)
{
	for (size_t i = 0; i < t->systems.n; i++) {
		if (str_eqz(of_system, t->systems.v[i]))
			return;
	}
	*vec_push(t->arena, &t->systems) = str_dup(t->arena, of_system);
}

void
export_table_see(struct export_table *t, struct json_object *row)
{
	struct json_object *ids = jval_get(row, "external_ids");

	for (size_t i = 0; i < t->wides.n; i++) {
		struct json_object *list = jval_get(row, t->wides.v[i].x->name);
		size_t n = jval_length(list);

		if (n > t->wides.v[i].n)
			t->wides.v[i].n = n;
	}
	for (size_t i = 0; ids && i < json_object_array_length(ids); i++)
		see_system(t, jval_str_of(json_object_array_get_idx(ids, i), "system"));
}

/* ---- columns ---- */

static bool
is_plain(enum field_type t)
{
	switch (t) {
	case FT_INT:
	case FT_MONEY:
	case FT_DECIMAL:
	case FT_BOOL:
	case FT_DATE:
	case FT_TIME:
	case FT_UUID:
	case FT_REF:
	case FT_ENUM:
		return true;
	default:
		return false;
	}
}

static void
add_column(const struct export_table *t, column_vec *list, const char *prefix, const char *name,
	   const char *member, const char *array, size_t element, bool plain)
{
	struct column *col = vec_push(t->arena, list);

	*col = (struct column){ .element = element, .plain = plain };
	col->name = arena_printf(t->arena, "%s%s%s%s", prefix, name, member ? "." : "",
				 member ? member : "");
	if (array) {
		col->path[col->n_path++] = array;
		col->path[col->n_path++] = NULL;
	}
	col->path[col->n_path++] = name;
	if (member)
		col->path[col->n_path++] = member;
}

static void
add_fields(const struct export_table *t, column_vec *list, const struct selection *s,
	   const struct field *fields, const char *prefix, const char *array, size_t element)
{
	int i = 0;

	for (const struct field *f = fields; f->name; f++, i++) {
		if (s && !selection_has(s, i))
			continue;
		if (f->type != FT_ADDRESS) {
			add_column(t, list, prefix, f->name, NULL, array, element,
				   is_plain(f->type));
			continue;
		}
		for (const struct field *m = field_address_members; m->name; m++)
			add_column(t, list, prefix, f->name, m->name, array, element, false);
	}
}

static void
add_children(const struct export_table *t, column_vec *list)
{
	for (size_t i = 0; i < t->wides.n; i++) {
		const struct expansion *x = t->wides.v[i].x;

		for (size_t k = 0; k < t->wides.v[i].n; k++) {
			const char *prefix = arena_printf(t->arena, "%s.%zu.", x->name, k);

			if (x->child->resource)
				add_fields(t, list, x->of, x->child->resource->fields, prefix,
					   x->name, k);
		}
	}
}

static void
add_parts(const struct export_table *t, column_vec *list)
{
	static const struct {
		unsigned part;
		const char *name;
	} parts[] = { { PART_VERSION, "version" },
		      { PART_CREATED, "created_at" },
		      { PART_UPDATED, "updated_at" },
		      { PART_ARCHIVED, "archived_at" } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (t->selection->parts & parts[i].part)
			add_column(t, list, "", parts[i].name, NULL, NULL, 0, true);
	}
}

static void
columns_of(const struct export_table *t, column_vec *ret)
{
	const struct selection *s = t->selection;

	add_column(t, ret, "", "id", NULL, NULL, 0, true);
	for (size_t i = 0; i < t->systems.n; i++) {
		struct column *col = vec_push(t->arena, ret);

		*col = (struct column){ .of_system = t->systems.v[i] };
		col->name = arena_printf(t->arena, "external_ids.%s", col->of_system);
	}
	if ((s->parts & PART_EXTERNAL_ID) && !(s->parts & PART_EXTERNAL_IDS))
		add_column(t, ret, "", "external_id", NULL, NULL, 0, false);
	add_fields(t, ret, s, s->res->fields, "", NULL, 0);
	for (size_t i = 0; i < t->n_defs; i++)
		add_column(t, ret, "", "custom", t->defs[i].key, NULL, 0, false);
	add_children(t, ret);
	add_parts(t, ret);
}

/* ---- cells ---- */

static struct json_object *
value_at(const struct column *col, struct json_object *row)
{
	struct json_object *v = row;

	if (col->of_system) {
		struct json_object *ids = jval_get(row, "external_ids");

		for (size_t i = 0; ids && i < json_object_array_length(ids); i++) {
			struct json_object *e = json_object_array_get_idx(ids, i);

			if (str_eqz(jval_str_of(e, "system"), col->of_system))
				return jval_get(e, "id");
		}
		return NULL;
	}
	for (size_t i = 0; v && i < col->n_path; i++) {
		if (col->path[i])
			v = json_object_is_type(v, json_type_object) ? jval_get(v, col->path[i])
								     : NULL;
		else
			v = json_object_is_type(v, json_type_array)
				? json_object_array_get_idx(v, col->element)
				: NULL;
	}
	return v;
}

static void
add_cell(const struct column *col, struct json_object *v, struct arena *a, struct sb *sb)
{
	if (!v)
		return;
	if (json_object_is_type(v, json_type_string)) {
		struct str s = { json_object_get_string(v), (size_t)json_object_get_string_len(v) };

		if (col->plain)
			record_add_plain(sb, s);
		else
			record_add_text(sb, s);
	} else if (json_object_is_type(v, json_type_object) ||
		   json_object_is_type(v, json_type_array)) {
		record_add_text(sb, jval_text(a, v));
	} else {
		record_add_plain(sb, jval_text(a, v));
	}
}

void
export_table_header(struct export_table *t, struct sb *sb)
{
	columns_of(t, &t->columns);
	for (size_t i = 0; i < t->columns.n; i++) {
		if (i)
			sb_addc(sb, ',');
		record_add_text(sb, str_from(t->columns.v[i].name));
	}
	sb_addz(sb, "\r\n");
}

void
export_table_row(const struct export_table *t, struct json_object *row, struct sb *sb)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *col = &t->columns.v[i];

		if (i)
			sb_addc(sb, ',');
		add_cell(col, value_at(col, row), sb->arena, sb);
	}
	sb_addz(sb, "\r\n");
}
