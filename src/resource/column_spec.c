/*
 * column_spec.c - an import's map as it is asked for, held against the resource and the file.
 */
#include "column_map.h"

#include "body.h"
#include "field.h"

#include <billfold/auth/caller.h>
#include <billfold/resource/filter.h>

enum { ELEMENTS_MAX = 100, COLUMNS_MAX = RECORD_CELLS_MAX };

const char *const map_day_words[] = { "YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY",
				      NULL };

struct reading {
	struct call *c;
	struct column_map *m;
	struct custom_def *defs;
	size_t n_defs;
	struct err *err;
	struct err forbidden; /* guards come first */
};

/* Why a path is no target: the code and the words. */
struct refusal {
	const char *code, *words;
};

static bool
no(struct refusal *why, const char *code, const char *words)
{
	*why = (struct refusal){ code, words };
	return false;
}

/* ---- targets ---- */

static bool
target_member(struct arena *a, const struct field *f, struct str name, struct map_target *ret,
	      struct refusal *why)
{
	const struct field *member = field_find(field_address_members, name);

	if (f->type == FT_ADDRESS ? !member : f->type != FT_JSON || memchr(name.p, '.', name.len))
		return no(why, "unknown", "There is no such member.");
	ret->member = str_dup(a, name);
	ret->own = (struct field){ .name = ret->member, .type = FT_TEXT };
	return true;
}

static bool
target_field(struct arena *a, const struct field *fields, struct str path, struct map_target *ret,
	     struct refusal *why)
{
	struct str rest, name = str_cut(path, '.', &rest);
	const struct field *f = field_find(fields, name);

	ret->kind = MAP_FIELD;
	ret->field = f;
	if (!f)
		return no(why, body_is_own_member(name) ? "read_only" : "unknown",
			  "There is no such field that can be written.");
	if (f->flags & (FF_READ_ONLY | FF_COMPUTED))
		return no(why, "read_only", "Cannot be written.");
	if (name.len == path.len)
		return true;
	return target_member(a, f, rest, ret, why);
}

static bool
target_element(struct arena *a, const struct child *ch, struct str path, struct map_target *ret,
	       struct refusal *why)
{
	struct str rest, index = str_cut(path, '.', &rest);
	int64_t i, max = ch->max && ch->max < ELEMENTS_MAX ? ch->max : ELEMENTS_MAX;

	if (!ch->writable)
		return no(why, "read_only", "Cannot be written here.");
	if (!str_to_int(index, 0, max - 1, &i))
		return no(why, "unknown", "An element is named by its place, from 0 to 99.");
	ret->child = ch;
	ret->element = (size_t)i;
	if (!target_field(a, ch->resource->fields, rest, ret, why))
		return false;
	if (child_gives(ch, ret->field))
		return no(why, "read_only", "Cannot be written here.");
	return true;
}

static bool
target_custom(struct reading *k, struct str key, struct map_target *ret, struct refusal *why)
{
	const struct custom_def *d = custom_find(k->defs, k->n_defs, key);

	if (!d)
		return no(why, "unknown", "There is no such custom field.");
	ret->kind = MAP_CUSTOM;
	ret->key = d->key;
	ret->own = custom_field_of(d);
	return true;
}

static bool
target_external_id(struct arena *a, struct str of_system, struct map_target *ret,
		   struct refusal *why)
{
	if (!body_is_system_name(of_system))
		return no(why, "format", "A system is lower case letters, digits, _ . -");
	ret->kind = MAP_EXTERNAL_ID;
	ret->key = str_dup(a, of_system);
	ret->own = (struct field){ .name = "id", .type = FT_TEXT };
	return true;
}

static bool
target_of(struct reading *k, struct str path, struct map_target *ret, struct refusal *why)
{
	const struct resource *res = k->m->res;
	struct arena *a = k->c->arena;
	struct str rest, first = str_cut(path, '.', &rest);
	const struct child *ch = body_child(res, first);
	char *p;

	*ret = (struct map_target){ .path = str_dup(a, path) };
	ret->pointer = p = arena_printf(a, "/%s", ret->path);
	for (; *p; p++) {
		if (*p == '.')
			*p = '/';
	}
	if (ch && !field_find(res->fields, first))
		return target_element(a, ch, rest, ret, why);
	if (res->custom && str_eqz(first, "custom"))
		return target_custom(k, rest, ret, why);
	if (res->external_ids && str_eqz(path, "external_id"))
		return target_external_id(a, STR("default"), ret, why);
	if (res->external_ids && str_eqz(first, "external_ids"))
		return target_external_id(a, rest, ret, why);
	return target_field(a, res->fields, path, ret, why);
}

/* What the caller may not write is gathered apart. */
static void
guard(struct reading *k, const struct map_target *t, const char *pointer)
{
	const struct caller *who = &k->c->who;
	enum perm needs = P_NONE;

	if (t->child && !perm_has(&who->perms, t->child->resource->write))
		needs = t->child->resource->write;
	else if (t->field && !perm_has(&who->perms, t->field->write))
		needs = t->field->write;
	if (needs == P_NONE) {
		if (t->field && (t->field->flags & FF_STEP_UP) && k->forbidden.code == ERR_none)
			caller_step_up(who, &k->forbidden);
		return;
	}
	if (k->forbidden.code == ERR_none)
		err_set(&k->forbidden, ERR_forbidden_field,
			"You may not write every field that the file goes into.");
	err_field(&k->forbidden, k->c->arena, pointer, "forbidden_field",
		  "Needs the permission %s.", perm_defs[needs].word);
}

static bool
is_taken(const struct column_map *m, const char *path)
{
	for (size_t i = 0; i < m->columns.n; i++) {
		if (strcmp(m->columns.v[i].target.path, path) == 0)
			return true;
	}
	for (size_t i = 0; i < m->constants.n; i++) {
		if (strcmp(m->constants.v[i].target.path, path) == 0)
			return true;
	}
	return false;
}

/* A target that is sound and nobody else's; errors are under pointer. */
static bool
take_target(struct reading *k, struct str path, const char *pointer, struct map_target *ret)
{
	struct refusal why;

	if (!target_of(k, path, ret, &why)) {
		err_field(k->err, k->c->arena, pointer, why.code, "%s", why.words);
		return false;
	}
	guard(k, ret, pointer);
	if (is_taken(k->m, ret->path)) {
		err_field(k->err, k->c->arena, pointer, "duplicate", "Two values go there.");
		return false;
	}
	return true;
}

/* ---- references ---- */

static void
read_ref(struct reading *k, struct json_object *o, struct map_column *col)
{
	struct arena *a = k->c->arena;
	const char *pointer = pointer_add(a, col->pointer, "ref");
	const struct field *f = col->target.field;
	struct str of_system, name;
	bool by_system = jval_str(o, "system", &of_system), by_field = jval_str(o, "field", &name);

	if (!f || f->type != FT_REF) {
		err_field(k->err, a, pointer, "unknown", "The field refers to nothing.");
		return;
	}
	col->ref.res = registry_find(k->c->app->registry, f->u.ref);
	if (by_system == by_field || !col->ref.res) {
		err_field(k->err, a, pointer, "required", "Name a system or a field.");
	} else if (!perm_has(&k->c->who.perms, col->ref.res->read)) {
		err_set(&k->forbidden, ERR_forbidden, "Needs the permission %s.",
			perm_defs[col->ref.res->read].word);
	} else if (by_system) {
		if (!col->ref.res->external_ids || !body_is_system_name(of_system))
			err_field(k->err, a, pointer_add(a, pointer, "system"), "unknown",
				  "There are no ids of such a system.");
		col->ref.of_system = str_dup(a, of_system);
	} else {
		col->ref.field = field_find(col->ref.res->fields, name);
		if (!column_map_looks_up(k->c, col->ref.field))
			err_field(k->err, a, pointer_add(a, pointer, "field"), "unknown",
				  "Objects cannot be looked for by this field.");
	}
	col->has_ref = true;
}

bool
column_map_looks_up(const struct call *c, const struct field *f)
{
	return f && field_is_textual(f->type) && (filter_ops(f) & 1U << FO_EQ) &&
	       perm_has(&c->who.perms, f->read);
}

static void
read_values(struct reading *k, struct json_object *o, struct map_column *col)
{
	struct arena *a = k->c->arena;
	const char *pointer = pointer_add(a, col->pointer, "values");

	col->values = o;
	json_object_object_foreach(o, key, value)
	{
		if (value && !json_object_is_type(value, json_type_string))
			err_field(k->err, a, pointer_add(a, pointer, key), "type",
				  "Must be a string or null.");
	}
}

/* ---- columns ---- */

bool
column_map_find(const struct record *header, struct str name, size_t *ret, bool *ret_twice)
{
	bool found = false;

	*ret_twice = false;
	for (size_t i = 0; i < header->n; i++) {
		if (!str_eq(header->cells[i], name))
			continue;
		*ret_twice |= found;
		if (!found)
			*ret = i;
		found = true;
	}
	return found;
}

static void
read_column(struct reading *k, const struct record *header, struct json_object *o, size_t i)
{
	struct arena *a = k->c->arena;
	struct map_column col = { .pointer = pointer_index(a, "/columns", i) };
	struct str name = jval_str_of(o, "column");
	const char *at = pointer_add(a, col.pointer, "column");
	struct json_object *part;
	bool twice;

	col.name = str_dup(a, name);
	if (!column_map_find(header, name, &col.cell, &twice))
		err_field(k->err, a, at, "unknown", "The file has no such column.");
	else if (twice)
		err_field(k->err, a, at, "ambiguous", "The file has two columns of this name.");
	if (!take_target(k, jval_str_of(o, "field"), pointer_add(a, col.pointer, "field"),
			 &col.target))
		return;
	if ((part = jval_get(o, "ref")))
		read_ref(k, part, &col);
	if ((part = jval_get(o, "values")))
		read_values(k, part, &col);
	*vec_push(a, &k->m->columns) = col;
}

/* Every column of the header that names what can be written. */
static void
read_header(struct reading *k, const struct record *header)
{
	for (size_t i = 0; i < header->n; i++) {
		struct map_column col = { .cell = i, .pointer = "/csv" };
		struct refusal why;

		col.name = str_dup(k->c->arena, header->cells[i]);
		if (header->cells[i].len == 0 ||
		    !target_of(k, header->cells[i], &col.target, &why) ||
		    is_taken(k->m, col.target.path))
			continue;
		guard(k, &col.target, arena_printf(k->c->arena, "/csv/%s", col.target.path));
		*vec_push(k->c->arena, &k->m->columns) = col;
	}
	if (k->m->columns.n == 0)
		err_field(k->err, k->c->arena, "/columns", "required",
			  "No column of the file is named like a field; say which goes where.");
}

static void
read_constants(struct reading *k, struct json_object *o)
{
	if (!o)
		return;
	json_object_object_foreach(o, key, value)
	{
		struct map_constant constant = { .value = value };

		if (take_target(k, str_from(key), pointer_add(k->c->arena, "/constants", key),
				&constant.target))
			*vec_push(k->c->arena, &k->m->constants) = constant;
	}
}

static void
note_unmapped(struct reading *k, const struct record *header)
{
	for (size_t i = 0; i < header->n; i++) {
		size_t n = 0;

		while (n < k->m->columns.n && k->m->columns.v[n].cell != i)
			n++;
		if (n == k->m->columns.n)
			*vec_push(k->c->arena, &k->m->unmapped) =
			    str_dup(k->c->arena, header->cells[i]);
	}
}

static void
read_manners(struct column_map *m, struct json_object *spec)
{
	struct str day = jval_str_of(spec, "date_format");

	m->clear = str_eqz(jval_str_of(spec, "empty"), "clear");
	m->decimal = str_eqz(jval_str_of(spec, "decimal"), ",") ? ',' : '.';
	for (int i = 0; map_day_words[i]; i++) {
		if (str_eqz(day, map_day_words[i]))
			m->day = (enum map_day)i;
	}
}

int
column_map_read(struct call *c, const struct resource *res, struct json_object *spec,
		const struct record *header, struct column_map *ret, struct err *err)
{
	struct json_object *columns = jval_get(spec, "columns");
	struct reading k = { .c = c, .m = ret, .err = err };

	*ret = (struct column_map){ .res = res };
	if (res->custom && custom_load(c, res, &k.defs, &k.n_defs, err) < 0)
		return -1;
	read_manners(ret, spec);
	read_constants(&k, jval_get(spec, "constants"));
	if (columns) {
		for (size_t i = 0; i < json_object_array_length(columns); i++)
			read_column(&k, header, json_object_array_get_idx(columns, i), i);
	} else {
		read_header(&k, header);
	}
	note_unmapped(&k, header);
	if (k.forbidden.code != ERR_none)
		*err = k.forbidden;
	return err->code == ERR_none ? 0 : -1;
}
