/*
 * parameters.c - see parameters.h.
 */
#include "parameters.h"

#include <billfold/base/date.h>

/* A parameter's value by its declared type; ranges and meaning are the handler's. */
static bool
parameter_sound(const struct field *f, struct str value)
{
	struct uuid id;
	civil_day day;
	int64_t n;

	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		return str_to_int(value, f->u.num.min || f->u.num.max ? f->u.num.min : INT64_MIN,
				  f->u.num.min || f->u.num.max ? f->u.num.max : INT64_MAX, &n);
	case FT_BOOL:
		return str_eqz(value, "true") || str_eqz(value, "false");
	case FT_DATE:
		return date_parse(value, &day);
	case FT_TIME:
		return instant_parse(value, &n);
	case FT_UUID:
	case FT_REF:
		return uuid_parse(value, &id);
	case FT_ENUM:
		for (const char *const *w = f->u.words; w && *w; w++)
			if (str_eqz(value, *w))
				return true;
		return !f->u.words;
	default:
		return value.len <= 1000;
	}
}

static const struct field *
parameter_find(const struct field *fields, struct str name)
{
	for (const struct field *f = fields; f && f->name; f++)
		if (str_eqz(name, f->name))
			return f;
	return NULL;
}

int
parameters_check(const struct call *c, const struct field *fields, struct err *err)
{
	const pair_vec *q = &c->query;

	for (size_t i = 0; i < q->n; i++) {
		const struct field *f = parameter_find(fields, q->v[i].name);
		const char *pointer = arena_printf(c->arena, "?" STR_FMT, STR_ARG(q->v[i].name));

		if (!f)
			err_field(err, c->arena, pointer, "unknown",
				  "There is no such parameter here.");
		else if (!parameter_sound(f, q->v[i].value))
			err_field(err, c->arena, pointer, "invalid",
				  "The value is not of the parameter's kind.");
	}
	for (const struct field *f = fields; f && f->name; f++) {
		struct str value;

		if (f->flags & FF_REQUIRED && !call_query(c, f->name, &value))
			err_field(err, c->arena, arena_printf(c->arena, "?%s", f->name), "required",
				  "This parameter is required.");
	}
	return err->code == ERR_none ? 0 : -1;
}

int
parameters_once(struct arena *a, const pair_vec *q, struct err *err)
{
	for (size_t i = 1; i < q->n; i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(q->v[i].name, q->v[j].name)) {
				err_field(err, a,
					  arena_printf(a, "?" STR_FMT, STR_ARG(q->v[i].name)),
					  "duplicate", "This parameter was given twice.");
				break;
			}
	return err->code == ERR_none ? 0 : -1;
}
