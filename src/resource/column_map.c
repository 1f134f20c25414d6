/*
 * column_map.c - a record of a file as the body of a create or a patch.
 */
#include "column_map.h"

#include "field.h"

#include <billfold/base/date.h>

struct str
column_map_cell(const struct map_column *col, const struct record *r)
{
	struct str s = col->cell < r->n ? record_text(r->cells[col->cell]) : (struct str){ "", 0 };
	struct json_object *v;
	char key[512];

	if (!col->values || s.len >= sizeof(key))
		return s;
	memcpy(key, s.p, s.len);
	key[s.len] = '\0';
	if (!json_object_object_get_ex(col->values, key, &v))
		return s;
	return v ? jval_str_of(col->values, key) : (struct str){ "", 0 };
}

/* What a target's value is. */
static const struct field *
value_field(const struct map_target *t)
{
	return t->kind == MAP_FIELD && !t->member ? t->field : &t->own;
}

/* ---- text into values ---- */

static struct json_object *
text_value(struct str s)
{
	return json_object_new_string_len(s.p, (int)s.len);
}

static struct json_object *
bool_value(struct str s)
{
	static const char *const yes[] = { "true", "yes", "1", "t", "y" };
	static const char *const no[] = { "false", "no", "0", "f", "n" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (str_eq_nocase(s, str_from(yes[i])))
			return json_object_new_boolean(true);
		if (str_eq_nocase(s, str_from(no[i])))
			return json_object_new_boolean(false);
	}
	return text_value(s);
}

static struct json_object *
decimal_value(struct arena *a, const struct column_map *m, struct str s)
{
	char *text;

	if (m->decimal == '.' || !memchr(s.p, m->decimal, s.len))
		return text_value(s);
	text = str_dup(a, s);
	/* A point beside a decimal comma is no number: the check shall say so. */
	if (!memchr(text, '.', s.len))
		*(char *)memchr(text, m->decimal, s.len) = '.';
	return json_object_new_string(text);
}

/* "31.12.2026" and its like as "2026-12-31"; what is not of the form stays. */
static struct json_object *
date_value(struct arena *a, const struct column_map *m, struct str s)
{
	char sep = m->day == MAP_DAY_DMY_DOTS ? '.' : '/';
	struct str rest, third;
	struct str first = str_cut(s, sep, &rest), second = str_cut(rest, sep, &third);
	bool american = m->day == MAP_DAY_MDY;
	int64_t day, month, year;

	if (m->day == MAP_DAY_ISO || !str_to_int(american ? second : first, 1, 31, &day) ||
	    !str_to_int(american ? first : second, 1, 12, &month) || third.len != 4 ||
	    !str_to_int(third, 1, 9999, &year))
		return text_value(s);
	return json_object_new_string(
	    arena_printf(a, "%04d-%02d-%02d", (int)year, (int)month, (int)day));
}

static struct json_object *
integer_value(struct str s)
{
	int64_t n;

	return str_to_int(s, INT64_MIN, INT64_MAX, &n) ? json_object_new_int64(n) : text_value(s);
}

/* A JSON value where the text is one of this type, else NULL. */
static struct json_object *
json_value(struct arena *a, struct str s, enum json_type type)
{
	struct json_object *o;
	struct err scrap = { 0 };

	if (jscan_parse(a, s, &o, &scrap) < 0 || !json_object_is_type(o, type))
		return NULL;
	return json_object_get(o);
}

/* "billing, buyer" or a JSON array. */
static struct json_object *
set_value(struct arena *a, struct str s)
{
	struct json_object *list = s.p[0] == '[' ? json_value(a, s, json_type_array) : NULL;

	if (list)
		return list;
	list = json_object_new_array();
	while (s.len) {
		struct str rest;
		struct str part = str_trim(str_cut(s, ',', &rest));

		if (part.len)
			json_object_array_add(list, text_value(part));
		s = rest;
	}
	return list;
}

/* "1, 15" or a JSON array. */
static struct json_object *
integers_value(struct arena *a, struct str s)
{
	struct json_object *texts = set_value(a, s), *list = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(texts); i++) {
		struct json_object *e = json_object_array_get_idx(texts, i);

		json_object_array_add(list, json_object_is_type(e, json_type_string)
						? integer_value(str_from(json_object_get_string(e)))
						: json_object_get(e));
	}
	json_object_put(texts);
	return list;
}

static struct json_object *
value_of(struct arena *a, const struct column_map *m, const struct field *f, struct str s)
{
	struct json_object *o;

	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		return integer_value(s);
	case FT_DECIMAL:
		return decimal_value(a, m, s);
	case FT_BOOL:
		return bool_value(s);
	case FT_DATE:
		return date_value(a, m, s);
	case FT_ENUM_SET:
	case FT_TEXTS:
	case FT_IDS:
		return set_value(a, s);
	case FT_INTS:
		return integers_value(a, s);
	case FT_JSON:
	case FT_ADDRESS:
	case FT_REF_LIST:
		o = json_value(a, s, json_type_object);
		return o ? o : text_value(s);
	default:
		return text_value(s);
	}
}

/* ---- into the body ---- */

static struct json_object *
member_object(struct json_object *o, const char *key)
{
	struct json_object *in;

	if (json_object_object_get_ex(o, key, &in) && json_object_is_type(in, json_type_object))
		return in;
	in = json_object_new_object();
	json_object_object_add(o, key, in);
	return in;
}

static struct json_object *
member_array(struct json_object *o, const char *key)
{
	struct json_object *in;

	if (json_object_object_get_ex(o, key, &in) && json_object_is_type(in, json_type_array))
		return in;
	in = json_object_new_array();
	json_object_object_add(o, key, in);
	return in;
}

/* The element of a child array; NULL where there is none and make is false. */
static struct json_object *
element_object(struct json_object *body, const struct map_target *t, bool make)
{
	struct json_object *list, *e;

	if (!make && !json_object_object_get_ex(body, t->child->name, &list))
		return NULL;
	list = member_array(body, t->child->name);
	e = json_object_array_get_idx(list, t->element);
	if (!e && make) {
		e = json_object_new_object();
		json_object_array_put_idx(list, t->element, e);
	}
	return e;
}

static void
put_external_id(struct json_object *body, const char *of_system, struct json_object *id)
{
	struct json_object *e = json_object_new_object();

	json_object_object_add(e, "system", json_object_new_string(of_system));
	json_object_object_add(e, "id", id);
	json_object_array_add(member_array(body, "external_ids"), e);
}

/* Takes over value. */
static void
put_target(struct json_object *body, const struct map_target *t, struct json_object *value)
{
	struct json_object *in = body;

	if (t->kind == MAP_EXTERNAL_ID) {
		put_external_id(body, t->key, value);
		return;
	}
	if (t->child)
		in = element_object(body, t, true);
	if (t->kind == MAP_CUSTOM) {
		json_object_object_add(member_object(in, "custom"), t->key, value);
		return;
	}
	if (t->member)
		json_object_object_add(member_object(in, t->field->name), t->member, value);
	else
		json_object_object_add(in, t->field->name, value);
}

static bool
has_target(struct json_object *body, const struct map_target *t)
{
	struct json_object *in = t->child ? element_object(body, t, false) : body;

	if (t->kind == MAP_EXTERNAL_ID || !in)
		return false;
	if (t->kind == MAP_CUSTOM)
		return jval_has(jval_get(in, "custom"), t->key);
	return t->member ? jval_has(jval_get(in, t->field->name), t->member)
			 : jval_has(in, t->field->name);
}

/* A constant of an element goes where a cell has made one; where no column goes into it, it makes
 * one. */
static bool
constant_applies(const struct column_map *m, struct json_object *body, const struct map_target *t)
{
	if (has_target(body, t))
		return false;
	if (!t->child)
		return true;
	for (size_t i = 0; i < m->columns.n; i++) {
		const struct map_target *o = &m->columns.v[i].target;

		if (o->child == t->child && o->element == t->element)
			return element_object(body, t, false) != NULL;
	}
	return true;
}

/* Elements that no cell has made are not there. */
static void
close_gaps(const struct resource *res, struct json_object *body)
{
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		struct json_object *list, *kept;

		if (!json_object_object_get_ex(body, ch->name, &list))
			continue;
		kept = json_object_new_array();
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			struct json_object *e = json_object_array_get_idx(list, i);

			if (e)
				json_object_array_add(kept, json_object_get(e));
		}
		json_object_object_add(body, ch->name, kept);
	}
}

static int
check_width(struct arena *a, const struct record *r, size_t n_header, struct err *err)
{
	bool long_by_nothing = r->n > n_header;

	for (size_t i = n_header; i < r->n; i++)
		long_by_nothing &= r->cells[i].len == 0;
	if (r->n == n_header || long_by_nothing)
		return 0;
	return err_field(err, a, "", "ragged", "The record has %zu cells, the header %zu.", r->n,
			 n_header);
}

int
column_map_body(struct call *c, const struct column_map *m, const struct record *r,
		const char *const *ids, size_t n_header, struct json_object **ret, struct err *err)
{
	struct json_object *body;

	if (check_width(c->arena, r, n_header, err) < 0)
		return -1;
	body = jval_own(c->arena, json_object_new_object());
	*ret = body;
	for (size_t i = 0; i < m->columns.n; i++) {
		const struct map_column *col = &m->columns.v[i];
		const struct map_target *t = &col->target;
		struct str s = column_map_cell(col, r);

		if (s.len == 0 && m->clear && !t->child && t->kind != MAP_EXTERNAL_ID &&
		    (t->member || t->kind == MAP_CUSTOM || t->field->flags & FF_NULLABLE))
			put_target(body, t, NULL);
		if (s.len == 0 || (col->has_ref && !ids[i]))
			continue;
		put_target(body, t,
			   col->has_ref ? json_object_new_string(ids[i])
					: value_of(c->arena, m, value_field(t), s));
	}
	for (size_t i = 0; i < m->constants.n; i++) {
		const struct map_constant *k = &m->constants.v[i];

		if (constant_applies(m, body, &k->target))
			put_target(body, &k->target, json_object_get(k->value));
	}
	close_gaps(m->res, body);
	return 0;
}
