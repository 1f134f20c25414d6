/*
 * field_param.c - a sound value as the text of a parameter: what PostgreSQL reads without asking.
 */
#include "field.h"

#include <billfold/base/date.h>
#include <billfold/base/decimal.h>
#include <billfold/base/money.h>
#include <billfold/base/uuid.h>

static struct str
string_of(struct json_object *v)
{
	return (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
}

static const char *
array_param(struct arena *a, const struct field *f, struct json_object *v)
{
	struct pg_array *arr = pg_array_new(a);
	size_t n = json_object_array_length(v);

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(v, i);
		struct uuid id;

		if (f->type == FT_IDS && uuid_parse(string_of(e), &id))
			pg_array_add(arr, arena_strdup(a, id.z));
		else
			pg_array_add(arr, str_dup(a, string_of(e)));
	}
	return pg_array_text(arr);
}

static int
by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

/* In ascending order, whatever the body's: it is a set. */
static const char *
integers_param(struct arena *a, struct json_object *v)
{
	struct pg_array *arr = pg_array_new(a);
	size_t n = json_object_array_length(v);
	int64_t *all = arena_array(a, n ? n : 1, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		jval_is_int(json_object_array_get_idx(v, i), &all[i]);
	qsort(all, n, sizeof(*all), by_size);
	for (size_t i = 0; i < n; i++)
		pg_array_add_int(arr, all[i]);
	return pg_array_text(arr);
}

const char *
field_param(struct arena *a, const struct field *f, struct json_object *v)
{
	int64_t n;

	if (!v)
		return NULL;
	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		return jval_is_int(v, &n) ? int_text(a, n) : NULL;
	case FT_BOOL:
		return json_object_get_boolean(v) ? "true" : "false";
	case FT_ENUM_SET:
	case FT_IDS:
	case FT_TEXTS:
		return array_param(a, f, v);
	case FT_INTS:
		return integers_param(a, v);
	case FT_ADDRESS:
	case FT_JSON:
	case FT_OBJECT:
	case FT_LIST:
	case FT_REF_LIST:
		return str_dup(a, jval_text(a, v));
	default:
		return field_from_text(a, f, string_of(v));
	}
}

const char *
field_from_text(struct arena *a, const struct field *f, struct str s)
{
	struct uuid id;
	struct decimal dec;
	struct err scrap = { 0 };
	civil_day day;
	int64_t n, min, max;

	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		min = f->type == FT_INT ? INT64_MIN : -MONEY_MAX;
		max = f->type == FT_INT ? INT64_MAX : MONEY_MAX;
		return str_to_int(s, min, max, &n) ? str_dup(a, s) : NULL;
	case FT_DECIMAL:
		return decimal_parse(s, &dec, &scrap) ? NULL : str_dup(a, s);
	case FT_BOOL:
		return str_eqz(s, "true") ? "true" : str_eqz(s, "false") ? "false" : NULL;
	case FT_DATE:
		return date_parse(s, &day) ? str_dup(a, s) : NULL;
	case FT_TIME:
		return instant_parse(s, &n) ? instant_text(a, n) : NULL;
	case FT_UUID:
	case FT_REF:
		return uuid_parse(s, &id) ? arena_strdup(a, id.z) : NULL;
	case FT_ENUM:
	case FT_ENUM_SET:
		return field_has_word(f, s) ? str_dup(a, s) : NULL;
	default:
		return str_dup(a, s);
	}
}
