/*
 * field.c - what a field's table says of it: its column, its SQL type, its limits.
 */
#include "field.h"

#include <billfold/base/money.h>

const char *
field_column(const struct field *f)
{
	return f->column ? f->column : f->name;
}

bool
child_gives(const struct child *ch, const struct field *f)
{
	const char *column = field_column(f);

	return strcmp(column, ch->parent_column) == 0 ||
	       (ch->ordered && strcmp(column, "position") == 0);
}

const struct field *
field_find(const struct field *fields, struct str name)
{
	for (const struct field *f = fields; f && f->name; f++) {
		if (str_eqz(name, f->name))
			return f;
	}
	return NULL;
}

int
field_index(const struct field *fields, const struct field *f)
{
	int i = 0;

	for (const struct field *p = fields; p && p->name; p++, i++) {
		if (p == f)
			return i;
	}
	return -1;
}

bool
field_is_textual(enum field_type t)
{
	switch (t) {
	case FT_TEXT:
	case FT_EMAIL:
	case FT_URL:
	case FT_PHONE:
	case FT_ENUM:
	case FT_CURRENCY:
	case FT_COUNTRY:
	case FT_LOCALE:
	case FT_ZONE:
		return true;
	default:
		return false;
	}
}

const char *
field_sql_type(enum field_type t)
{
	if (field_is_textual(t))
		return "text";
	switch (t) {
	case FT_INT:
	case FT_MONEY:
		return "bigint";
	case FT_DECIMAL:
		return "numeric";
	case FT_BOOL:
		return "boolean";
	case FT_DATE:
		return "date";
	case FT_TIME:
		return "timestamptz";
	case FT_UUID:
	case FT_REF:
		return "uuid";
	case FT_ENUM_SET:
	case FT_TEXTS:
		return "text[]";
	case FT_IDS:
		return "uuid[]";
	case FT_INTS:
		return "integer[]";
	default:
		return "jsonb";
	}
}

void
field_limits(const struct field *f, int *ret_min, int *ret_max)
{
	int min = 0, max = TEXT_MAX_DEFAULT;

	if (f->type == FT_EMAIL)
		max = 254;
	else if (f->type == FT_PHONE)
		max = 40;
	if ((f->type == FT_TEXT || f->type == FT_EMAIL || f->type == FT_URL ||
	     f->type == FT_PHONE || f->type == FT_TEXTS) &&
	    f->u.len.max > 0) {
		min = f->u.len.min;
		max = f->u.len.max;
	}
	if (min == 0 && (f->flags & FF_REQUIRED))
		min = 1;
	*ret_min = min;
	*ret_max = max;
}

void
field_range(const struct field *f, int64_t *ret_min, int64_t *ret_max)
{
	bool open = f->u.num.min == 0 && f->u.num.max == 0;

	*ret_min = open ? (f->type == FT_INT ? INT32_MIN : -MONEY_MAX) : f->u.num.min;
	*ret_max = open ? (f->type == FT_INT ? INT32_MAX : MONEY_MAX) : f->u.num.max;
}

bool
field_has_word(const struct field *f, struct str s)
{
	for (const char *const *w = f->u.words; w && *w; w++) {
		if (str_eqz(s, *w))
			return true;
	}
	return false;
}

const struct field field_address_members[] = {
	{ .name = "line1", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 200 } },
	{ .name = "line2", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 200 } },
	{ .name = "city", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 100 } },
	{ .name = "region", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 100 } },
	{ .name = "postal_code", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 20 } },
	{ .name = "country", .type = FT_COUNTRY, .flags = FF_NULLABLE },
	{ 0 }
};
