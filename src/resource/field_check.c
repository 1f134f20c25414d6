/*
 * field_check.c - one JSON value against one field.
 *
 * Owns what each type admits, so that a value which passed here is one that PostgreSQL takes:
 * whatever the database would refuse as syntax or range is a named wrong field, never a failed
 * statement. Types are not coerced: "5" is no integer, 1.0 neither. Lengths are code points. What
 * only the database knows (does the row, the currency, the country exist) is asked in the flush,
 * see compose.c.
 */
#include "field.h"
#include "shape.h"

#include <billfold/base/date.h>
#include <billfold/base/decimal.h>
#include <billfold/base/uuid.h>

#include <limits.h>

/* ---- single values ---- */

static bool
wrong(struct err *err, struct arena *a, const char *pointer, const char *code, const char *detail)
{
	err_field(err, a, pointer, code, "%s", detail);
	return false;
}

static bool
is_string(struct json_object *v)
{
	return json_object_is_type(v, json_type_string);
}

static struct str
string_of(struct json_object *v)
{
	return (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
}

static int
code_points(struct str s)
{
	int n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static bool
check_length(struct arena *a, const struct field *f, struct str s, const char *pointer,
	     struct err *err)
{
	int min, max, n = s.len > INT_MAX / 2 ? INT_MAX : code_points(s);

	field_limits(f, &min, &max);
	if (n > max) {
		err_field(err, a, pointer, "too_long", "At most %d characters.", max);
		return false;
	}
	if (n < min) {
		err_field(err, a, pointer, min == 1 ? "required" : "too_short",
			  "At least %d character%s.", min, min == 1 ? "" : "s");
		return false;
	}
	return true;
}

static bool
check_text(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	   struct err *err)
{
	struct str s;
	const char *what = NULL;

	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be a string.");
	s = string_of(v);
	if (!check_length(a, f, s, pointer, err))
		return false;
	/* An empty text where the table allows one is the lack of a value, whatever the type. */
	if (s.len == 0 && f->type != FT_CURRENCY && f->type != FT_COUNTRY && f->type != FT_ZONE &&
	    f->type != FT_LOCALE)
		return true;
	if (f->type == FT_EMAIL && !shape_is_email(s))
		what = "Must be an e-mail address.";
	else if (f->type == FT_URL && !shape_is_url(s))
		what = "Must be an http or https URL.";
	else if (f->type == FT_PHONE && !shape_is_phone(s))
		what = "Must be a telephone number.";
	else if (f->type == FT_CURRENCY && !shape_is_upper(s, 3))
		what = "Must be an ISO 4217 code.";
	else if (f->type == FT_COUNTRY && !shape_is_upper(s, 2))
		what = "Must be an ISO 3166-1 alpha-2 code.";
	else if (f->type == FT_LOCALE && !shape_is_locale(s))
		what = "Must be a language tag like de or pt-BR.";
	else if (f->type == FT_ZONE && (s.len > 60 || !zone_find(str_dup(a, s))))
		what = "Must be an IANA time zone.";
	return what ? wrong(err, a, pointer, "format", what) : true;
}

static const char *
word_list(struct arena *a, const struct field *f)
{
	struct sb sb;

	sb_init(&sb, a, 2000);
	for (const char *const *w = f->u.words; w && *w; w++)
		sb_addf(&sb, "%s%s", sb.len ? ", " : "", *w);
	return sb_z(&sb);
}

static bool
check_word(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	   struct err *err)
{
	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be a string.");
	if (!field_has_word(f, string_of(v))) {
		err_field(err, a, pointer, "choice", "Must be one of %s.", word_list(a, f));
		return false;
	}
	return true;
}

static bool
check_integer(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	      struct err *err)
{
	int64_t n, min, max;

	field_range(f, &min, &max);
	if (!json_object_is_type(v, json_type_int) && !json_object_is_type(v, json_type_double))
		return wrong(err, a, pointer, "type", "Must be an integer.");
	if (!jval_is_int(v, &n)) {
		/* Digits alone that do not fit int64 are out of range; anything else is no integer.
		 */
		struct str t = jval_text(a, v);
		size_t i = t.len && t.p[0] == '-';

		while (i < t.len && t.p[i] >= '0' && t.p[i] <= '9')
			i++;
		if (i < t.len)
			return wrong(err, a, pointer, "type", "Must be an integer.");
		n = min;
		if (n-- == INT64_MIN)
			n = INT64_MIN;
	}
	if (n < min || n > max) {
		err_field(err, a, pointer, "out_of_range", "Must be from %lld to %lld.",
			  (long long)min, (long long)max);
		return false;
	}
	return true;
}

static bool
check_decimal(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	      struct err *err)
{
	struct decimal d;
	struct err scrap = { 0 };

	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be a decimal string like \"12.50\".");
	if (decimal_parse(string_of(v), &d, &scrap))
		return scrap.code == ERR_out_of_range
			   ? wrong(err, a, pointer, "out_of_range", "Too many digits.")
			   : wrong(err, a, pointer, "format",
				   "Must be a decimal string like \"12.50\", at most 12 places.");
	if ((f->flags & FF_POSITIVE) && d.coef <= 0)
		return wrong(err, a, pointer, "out_of_range", "Must be above zero.");
	if ((f->u.num.min || f->u.num.max) && (decimal_cmp(d, decimal_int(f->u.num.min)) < 0 ||
					       decimal_cmp(d, decimal_int(f->u.num.max)) > 0)) {
		err_field(err, a, pointer, "out_of_range", "Must be from %lld to %lld.",
			  (long long)f->u.num.min, (long long)f->u.num.max);
		return false;
	}
	return true;
}

static bool
check_date(struct arena *a, struct json_object *v, const char *pointer, struct err *err)
{
	civil_day d;

	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be a date, YYYY-MM-DD.");
	if (!date_parse(string_of(v), &d))
		return wrong(err, a, pointer, "format", "Must be a date that exists, YYYY-MM-DD.");
	return true;
}

static bool
check_time(struct arena *a, struct json_object *v, const char *pointer, struct err *err)
{
	int64_t us;

	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be an RFC 3339 instant.");
	if (!instant_parse(string_of(v), &us))
		return wrong(err, a, pointer, "format", "Must be an RFC 3339 instant.");
	return true;
}

static bool
check_uuid(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	   struct err *err)
{
	struct uuid id;

	if (!is_string(v))
		return wrong(err, a, pointer, "type", "Must be an id.");
	if (uuid_parse(string_of(v), &id))
		return true;
	/* Not an id at all reads like an id that nobody has. */
	if (f->type == FT_REF)
		err_field(err, a, pointer, "not_found", "No such %s.", f->u.ref);
	else
		err_field(err, a, pointer, "format", "Must be a UUID.");
	return false;
}

/* ---- arrays and objects ---- */

struct named {
	struct str text;
	size_t at;
};

static int
by_text(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = str_cmp_nocase(a->text, b->text);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Which elements say what one before them has said, whatever the case. Sorted, because a list may
 * be of thousands: element by element took a worker a second and a half. */
static bool *
said_before(struct arena *a, struct json_object *list, size_t n)
{
	struct named *named = arena_array(a, n + 1, sizeof(*named));
	bool *said = arena_array(a, n + 1, sizeof(*said));
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		if (is_string(e))
			named[k++] = (struct named){ string_of(e), i };
	}
	qsort(named, k, sizeof(*named), by_text);
	for (size_t i = 1; i < k; i++)
		said[named[i].at] = str_eq_nocase(named[i].text, named[i - 1].text);
	return said;
}

static bool
check_set(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	  struct err *err)
{
	size_t n, max = f->type == FT_IDS && f->u.of.max ? (size_t)f->u.of.max : 100;
	bool ok = true, *said;

	if (!json_object_is_type(v, json_type_array))
		return wrong(err, a, pointer, "type", "Must be an array.");
	n = json_object_array_length(v);
	if (n > max) {
		err_field(err, a, pointer, "too_many", "At most %zu elements.", max);
		return false;
	}
	said = said_before(a, v, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(v, i);
		const char *p = pointer_index(a, pointer, i);
		bool sound;

		if (f->type == FT_ENUM_SET)
			sound = check_word(a, f, e, p, err);
		else if (f->type == FT_IDS)
			sound = check_uuid(a, f, e, p, err);
		else if (!is_string(e))
			sound = wrong(err, a, p, "type", "Must be a string.");
		else
			sound = check_length(a, f, string_of(e), p, err);
		if (sound && said[i])
			sound = wrong(err, a, p, "duplicate", "Named twice.");
		ok = ok && sound;
	}
	return ok;
}

static bool
check_integers(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	       struct err *err)
{
	const struct field one = { .type = FT_INT, .u.num = { f->u.ints.min, f->u.ints.max } };
	size_t n;
	bool ok = true;

	if (!json_object_is_type(v, json_type_array))
		return wrong(err, a, pointer, "type", "Must be an array.");
	n = json_object_array_length(v);
	if (n > (size_t)f->u.ints.count) {
		err_field(err, a, pointer, "too_many", "At most %d elements.", f->u.ints.count);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(v, i);
		const char *p = pointer_index(a, pointer, i);
		int64_t x = 0, y;
		bool sound = e ? check_integer(a, &one, e, p, err)
			       : wrong(err, a, p, "null", "Must not be null.");

		if (sound)
			jval_is_int(e, &x);
		for (size_t k = 0; sound && k < i; k++) {
			if (jval_is_int(json_object_array_get_idx(v, k), &y) && y == x)
				sound = wrong(err, a, p, "duplicate", "Named twice.");
		}
		ok = ok && sound;
	}
	return ok;
}

static bool check_object(struct arena *a, const struct field *fields, struct json_object *v,
			 const char *pointer, struct err *err);

static bool
check_list(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	   struct err *err)
{
	size_t n, max = f->u.of.max ? (size_t)f->u.of.max : 1000;
	bool ok = true;

	if (!json_object_is_type(v, json_type_array))
		return wrong(err, a, pointer, "type", "Must be an array.");
	n = json_object_array_length(v);
	if (n > max) {
		err_field(err, a, pointer, "too_many", "At most %zu elements.", max);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		ok &= check_object(a, f->u.of.fields, json_object_array_get_idx(v, i),
				   pointer_index(a, pointer, i), err);
	return ok;
}

static bool
check_free_json(struct arena *a, struct json_object *v, const char *pointer, struct err *err)
{
	if (!json_object_is_type(v, json_type_object))
		return wrong(err, a, pointer, "type", "Must be an object.");
	if (jval_text(a, v).len > JSON_TEXT_MAX)
		return wrong(err, a, pointer, "too_long", "At most 64 KiB of JSON.");
	return true;
}

bool
field_check(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
	    struct err *err)
{
	if (!v) {
		if (f->flags & FF_NULLABLE)
			return true;
		return wrong(err, a, pointer, f->flags & FF_REQUIRED ? "required" : "null",
			     "Must not be null.");
	}
	switch (f->type) {
	case FT_ENUM:
		return check_word(a, f, v, pointer, err);
	case FT_INT:
	case FT_MONEY:
		return check_integer(a, f, v, pointer, err);
	case FT_DECIMAL:
		return check_decimal(a, f, v, pointer, err);
	case FT_BOOL:
		return json_object_is_type(v, json_type_boolean) ||
		       wrong(err, a, pointer, "type", "Must be true or false.");
	case FT_DATE:
		return check_date(a, v, pointer, err);
	case FT_TIME:
		return check_time(a, v, pointer, err);
	case FT_UUID:
	case FT_REF:
		return check_uuid(a, f, v, pointer, err);
	case FT_ENUM_SET:
	case FT_IDS:
	case FT_TEXTS:
		return check_set(a, f, v, pointer, err);
	case FT_INTS:
		return check_integers(a, f, v, pointer, err);
	case FT_ADDRESS:
		return check_object(a, field_address_members, v, pointer, err);
	case FT_OBJECT:
		return check_object(a, f->u.of.fields, v, pointer, err);
	case FT_LIST:
		return check_list(a, f, v, pointer, err);
	case FT_JSON:
	case FT_REF_LIST:
		return check_free_json(a, v, pointer, err);
	default:
		return check_text(a, f, v, pointer, err);
	}
}

static bool
check_object(struct arena *a, const struct field *fields, struct json_object *v,
	     const char *pointer, struct err *err)
{
	bool ok = true;

	if (!json_object_is_type(v, json_type_object))
		return wrong(err, a, pointer, "type", "Must be an object.");
	json_object_object_foreach(v, key, value)
	{
		const struct field *f = field_find(fields, str_from(key));
		const char *p = pointer_add(a, pointer, key);

		if (!f)
			ok = wrong(err, a, p, "unknown", "There is no such member.");
		else if (f->flags & (FF_READ_ONLY | FF_COMPUTED))
			ok = wrong(err, a, p, "read_only", "Cannot be written.");
		else
			ok &= field_check(a, f, value, p, err);
	}
	for (const struct field *f = fields; f->name; f++) {
		if ((f->flags & FF_REQUIRED) && !jval_has(v, f->name))
			ok = wrong(err, a, pointer_add(a, pointer, f->name), "required",
				   "Is required.");
	}
	return ok;
}
