/*
 * body_difference.c - what a body would change of an object, given what is stored.
 *
 * Values are compared as their types are: "10.0" is "10", the order of a set means nothing, an
 * address is compared in the members that the body names. Elements of a child array keep their
 * identity by their place.
 */
#include "import_rows.h"

#include "body.h"
#include "field.h"

#include <billfold/base/date.h>
#include <billfold/base/decimal.h>

static bool
same_decimal(struct json_object *x, struct json_object *y)
{
	struct decimal a, b;
	struct err scrap = { 0 };

	return json_object_is_type(x, json_type_string) &&
	       decimal_parse(str_from(json_object_get_string(x)), &a, &scrap) == 0 &&
	       decimal_parse(str_from(json_object_get_string(y)), &b, &scrap) == 0 &&
	       decimal_cmp(a, b) == 0;
}

static bool
same_instant(struct json_object *x, struct json_object *y)
{
	int64_t a, b;

	return json_object_is_type(x, json_type_string) &&
	       instant_parse(str_from(json_object_get_string(x)), &a) &&
	       instant_parse(str_from(json_object_get_string(y)), &b) && a == b;
}

static bool
set_has(struct json_object *set, struct json_object *v)
{
	for (size_t i = 0; i < json_object_array_length(set); i++) {
		if (json_object_equal(json_object_array_get_idx(set, i), v))
			return true;
	}
	return false;
}

static bool
same_set(struct json_object *x, struct json_object *y)
{
	if (!json_object_is_type(x, json_type_array) || !json_object_is_type(y, json_type_array) ||
	    json_object_array_length(x) != json_object_array_length(y))
		return false;
	for (size_t i = 0; i < json_object_array_length(x); i++) {
		if (!set_has(y, json_object_array_get_idx(x, i)))
			return false;
	}
	return true;
}

/* A merge patch that changes nothing. */
static bool
merges_into_same(struct json_object *patch, struct json_object *stored)
{
	if (!json_object_is_type(patch, json_type_object) ||
	    !json_object_is_type(stored, json_type_object))
		return false;
	json_object_object_foreach(patch, key, value)
	{
		struct json_object *was = jval_get(stored, key);

		if (json_object_is_type(value, json_type_object) && was) {
			if (!merges_into_same(value, was))
				return false;
		} else if (!json_object_equal(value, was)) {
			return false;
		}
	}
	return true;
}

static bool
same_value(const struct field *f, struct json_object *x, struct json_object *y)
{
	if (!x || !y)
		return x == y;
	switch (f->type) {
	case FT_DECIMAL:
		return same_decimal(x, y);
	case FT_TIME:
		return same_instant(x, y);
	case FT_ENUM_SET:
	case FT_TEXTS:
	case FT_IDS:
	case FT_INTS:
		return same_set(x, y);
	case FT_ADDRESS:
	case FT_JSON:
		return merges_into_same(x, y);
	case FT_REF:
	case FT_UUID:
		return json_object_is_type(x, json_type_string) &&
		       str_eq_nocase(str_from(json_object_get_string(x)),
				     str_from(json_object_get_string(y)));
	default:
		return json_object_equal(x, y);
	}
}

static bool
same_member(const struct field *fields, const char *key, struct json_object *value,
	    struct json_object *stored)
{
	const struct field *f = field_find(fields, str_from(key));

	return f && same_value(f, value, jval_get(stored, key));
}

/* ---- children ---- */

static bool
same_element(const struct resource *res, struct json_object *x, struct json_object *stored)
{
	json_object_object_foreach(x, key, value)
	{
		if (!same_member(res->fields, key, value, stored))
			return false;
	}
	return true;
}

/* The array with the ids of those that stand in the same places; NULL where it changes nothing. */
static struct json_object *
children_difference(const struct child *ch, struct json_object *list, struct json_object *stored)
{
	size_t n = json_object_array_length(list);
	size_t had = jval_length(stored);
	bool same = n == had;
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i), *copy = NULL;
		struct json_object *was = i < had ? json_object_array_get_idx(stored, i) : NULL;
		struct json_object *id = was ? jval_get(was, "id") : NULL;

		same = same && was && same_element(ch->resource, e, was);
		json_object_deep_copy(e, &copy, NULL);
		if (id)
			json_object_object_add(copy, "id", json_object_get(id));
		json_object_array_add(out, copy);
	}
	if (!same)
		return out;
	json_object_put(out);
	return NULL;
}

/* ---- ids of other systems, custom fields ---- */

/* Those that are stored and those of the body: a patch replaces the array. NULL: nothing new. */
static struct json_object *
external_difference(struct json_object *list, struct json_object *stored)
{
	struct json_object *out = json_object_new_array();
	bool same = true;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		same = same && json_object_is_type(stored, json_type_array) && set_has(stored, e);
		json_object_array_add(out, json_object_get(e));
	}
	for (size_t i = 0; !same && json_object_is_type(stored, json_type_array) &&
			   i < json_object_array_length(stored);
	     i++) {
		struct json_object *was = json_object_array_get_idx(stored, i);
		bool named = false;

		for (size_t k = 0; k < json_object_array_length(list); k++)
			named |= str_eq(jval_str_of(json_object_array_get_idx(list, k), "system"),
					jval_str_of(was, "system"));
		if (!named)
			json_object_array_add(out, json_object_get(was));
	}
	if (!same)
		return out;
	json_object_put(out);
	return NULL;
}

static struct json_object *
custom_difference(struct json_object *custom, struct json_object *stored)
{
	struct json_object *out = json_object_new_object();

	json_object_object_foreach(custom, key, value)
	{
		struct json_object *was = jval_get(stored, key);

		if (!json_object_equal(value, was) && !(value && was && same_decimal(value, was)))
			json_object_object_add(out, key, json_object_get(value));
	}
	if (json_object_object_length(out))
		return out;
	json_object_put(out);
	return NULL;
}

struct json_object *
body_difference(struct arena *a, const struct resource *res, struct json_object *body,
		struct json_object *stored)
{
	struct json_object *out = jval_own(a, json_object_new_object());

	json_object_object_foreach(body, key, value)
	{
		const struct child *ch = body_child(res, str_from(key));
		struct json_object *was = jval_get(stored, key), *differs = NULL;

		if (field_find(res->fields, str_from(key))) {
			if (same_member(res->fields, key, value, stored))
				continue;
			json_object_object_add(out, key, json_object_get(value));
			continue;
		}
		if (ch)
			differs = children_difference(ch, value, was);
		else if (strcmp(key, "external_ids") == 0)
			differs = external_difference(value, was);
		else if (strcmp(key, "custom") == 0)
			differs = custom_difference(value, was);
		if (differs)
			json_object_object_add(out, key, differs);
	}
	return out;
}
