/*
 * jval.c - typed looks into a parsed document.
 *
 * json-c coerces (a string "12" reads as the integer 12): these do not. A number that is
 * no integer within int64 is a double which carries its text; ask jval_text() for it.
 */
#include <billfold/json.h>

struct json_object *
jval_get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

bool
jval_has(struct json_object *o, const char *key)
{
	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, NULL);
}

bool
jval_str(struct json_object *o, const char *key, struct str *ret)
{
	struct json_object *v = jval_get(o, key);

	if (!json_object_is_type(v, json_type_string))
		return false;
	*ret = (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
	return true;
}

const char *
jval_strz(struct arena *a, struct json_object *o, const char *key)
{
	struct str s;

	return jval_str(o, key, &s) ? str_dup(a, s) : NULL;
}

struct str
jval_str_of(struct json_object *o, const char *key)
{
	struct str s = { 0 };

	jval_str(o, key, &s);
	return s;
}

bool
jval_is_int(struct json_object *v, int64_t *ret)
{
	if (!json_object_is_type(v, json_type_int))
		return false;
	*ret = json_object_get_int64(v);
	/* json-c holds some integers as unsigned, and would clamp them. */
	return *ret != INT64_MAX || json_object_get_uint64(v) == (uint64_t)INT64_MAX;
}

bool
jval_int(struct json_object *o, const char *key, int64_t *ret)
{
	return jval_is_int(jval_get(o, key), ret);
}

bool
jval_bool(struct json_object *o, const char *key, bool *ret)
{
	struct json_object *v = jval_get(o, key);

	if (!json_object_is_type(v, json_type_boolean))
		return false;
	*ret = json_object_get_boolean(v);
	return true;
}

struct str
jval_text(struct arena *a, struct json_object *v)
{
	size_t len;
	const char *p;

	if (!v)
		return STR("null");
	p = json_object_to_json_string_length(
	    v, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!p)
		abort();
	return (struct str){ arena_strndup(a, p, len), len };
}

size_t
jval_length(struct json_object *v)
{
	return json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;
}

static void
put_object(void *o)
{
	json_object_put(o);
}

struct json_object *
jval_own(struct arena *a, struct json_object *o)
{
	arena_defer(a, put_object, o);
	return o;
}
