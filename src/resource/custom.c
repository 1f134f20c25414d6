/*
 * custom.c - fields that a tenant defines for itself.
 *
 * Values live in the object's `custom` (jsonb, by key); those of filterable fields also as rows of
 * meta.custom_value, where an index finds them: text as text, numbers scaled by 10^6 so that
 * integers and decimals compare exactly as bigint, booleans as 0 and 1. A body that has `custom`
 * costs one more flush, which reads the definitions; a definition that goes meanwhile fails the
 * write by its foreign key.
 */
#include "custom.h"

#include "field.h"

#include <billfold/base/decimal.h>

enum { CUSTOM_MAX = 200, CUSTOM_SCALE = 6, CUSTOM_TEXT_MAX = 500 };

const char *const custom_type_words[CUSTOM_TYPES + 1] = { "text", "integer", "decimal", "boolean",
							  "date", "enum",    NULL };

static const enum field_type field_types[CUSTOM_TYPES] = { FT_TEXT, FT_INT,  FT_DECIMAL,
							   FT_BOOL, FT_DATE, FT_ENUM };

struct field
custom_field_of(const struct custom_def *d)
{
	struct field f = { .name = d->key, .type = field_types[d->type], .flags = FF_NULLABLE };

	if (d->type == CUSTOM_TEXT) {
		f.u.len.max = CUSTOM_TEXT_MAX;
	} else if (d->type == CUSTOM_INTEGER || d->type == CUSTOM_DECIMAL) {
		/* What 10^6 times fits a bigint. */
		f.u.num.min = -9000000000000;
		f.u.num.max = 9000000000000;
	} else if (d->type == CUSTOM_ENUM) {
		f.u.words = d->choices;
	}
	return f;
}

const char *
custom_column(enum custom_type t)
{
	if (t == CUSTOM_TEXT || t == CUSTOM_ENUM)
		return "text_value";
	return t == CUSTOM_DATE ? "date_value" : "int_value";
}

const char *
custom_index_value(struct arena *a, const struct custom_def *d, struct str s)
{
	struct field f = custom_field_of(d);
	struct decimal dec;
	struct err scrap = { 0 };
	int64_t n;

	if (d->type == CUSTOM_BOOLEAN)
		return str_eqz(s, "true") ? "1" : str_eqz(s, "false") ? "0" : NULL;
	if (d->type == CUSTOM_INTEGER || d->type == CUSTOM_DECIMAL) {
		if (decimal_parse(s, &dec, &scrap) || dec.scale > CUSTOM_SCALE ||
		    (d->type == CUSTOM_INTEGER && dec.scale) ||
		    __builtin_mul_overflow(dec.coef, (int64_t)pow10_i128(CUSTOM_SCALE - dec.scale),
					   &n))
			return NULL;
		return int_text(a, n);
	}
	return field_from_text(a, &f, s);
}

static const char *const *
choice_words(struct arena *a, struct str json)
{
	struct json_object *arr;
	struct err scrap = { 0 };
	const char **words;
	size_t n;

	if (jscan_parse(a, json, &arr, &scrap) || !json_object_is_type(arr, json_type_array))
		return arena_array(a, 1, sizeof(*words));
	n = json_object_array_length(arr);
	words = arena_array(a, n + 1, sizeof(*words));
	for (size_t i = 0; i < n; i++)
		words[i] = json_object_get_string(json_object_array_get_idx(arr, i));
	return words;
}

static enum custom_type
type_by_word(const char *word)
{
	enum custom_type t = CUSTOM_TEXT;

	while (t < CUSTOM_ENUM && strcmp(custom_type_words[t], word) != 0)
		t++;
	return t;
}

int
custom_load(struct call *c, const struct resource *res, struct custom_def **ret, size_t *ret_n,
	    struct err *err)
{
	const char *params[] = { res->name };
	struct custom_defs *read;
	struct flush *f;
	int stmt, rows;

	if (c->custom && c->custom->res == res) {
		*ret = c->custom->defs;
		*ret_n = c->custom->n;
		return 0;
	}
	f = call_begin_aside(c);
	stmt =
	    flush_add(f,
		      "SELECT id, key, label, type, array_to_json(choices), required, filterable "
		      "FROM meta.custom_field WHERE resource = $1 AND archived_at IS NULL "
		      "ORDER BY position, key",
		      1, params);
	if (call_run_aside(c, f, err))
		return -1;
	rows = flush_rows(f, stmt);
	*ret = arena_array(c->arena, (size_t)rows + 1, sizeof(**ret));
	*ret_n = (size_t)rows;
	for (int i = 0; i < rows; i++) {
		struct custom_def *d = &(*ret)[i];

		d->id = flush_value(f, stmt, i, 0);
		d->key = flush_value(f, stmt, i, 1);
		d->label = flush_value(f, stmt, i, 2);
		d->type = type_by_word(flush_value(f, stmt, i, 3));
		d->choices = choice_words(c->arena, flush_str(f, stmt, i, 4));
		d->required = flush_bool(f, stmt, i, 5);
		d->filterable = flush_bool(f, stmt, i, 6);
	}
	read = arena_alloc(c->arena, sizeof(*read));
	*read = (struct custom_defs){ res, *ret, *ret_n };
	c->custom = read;
	return 0;
}

const struct custom_def *
custom_find(const struct custom_def *defs, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eqz(key, defs[i].key))
			return &defs[i];
	}
	return NULL;
}

static void
check_member(struct write *w, struct custom_def *d, struct json_object *value, const char *pointer,
	     struct err *err)
{
	struct arena *a = w->c->arena;
	struct field f = custom_field_of(d);

	if (!value && d->required) {
		err_field(err, a, pointer, "required", "Must not be null.");
		return;
	}
	if (!field_check(a, &f, value, pointer, err) || !value)
		return;
	d->value = field_param(a, &f, value);
	d->index_value = d->value ? custom_index_value(a, d, str_from(d->value)) : NULL;
	if (!d->index_value)
		err_field(err, a, pointer, "out_of_range", "At most 6 places.");
}

int
custom_check(struct write *w, struct err *err)
{
	struct arena *a = w->c->arena;
	const char *pointer = pointer_add(a, w->pointer, "custom");
	struct custom_def *defs, *named;
	size_t n, k = 0;

	if (!json_object_is_type(w->custom, json_type_object))
		return err_field(err, a, pointer, "type", "Must be an object.");
	if (json_object_object_length(w->custom) > CUSTOM_MAX)
		return err_field(err, a, pointer, "too_many", "At most %d members.", CUSTOM_MAX);
	{
		/* A failed read is not a wrong field: keep what was found so far out of it. */
		struct err scrap = { 0 };

		if (custom_load(w->c, w->res, &defs, &n, &scrap)) {
			*err = scrap;
			return -1;
		}
	}
	named = arena_array(a, (size_t)json_object_object_length(w->custom) + 1, sizeof(*named));
	json_object_object_foreach(w->custom, key, value)
	{
		const struct custom_def *d = custom_find(defs, n, str_from(key));
		const char *p = pointer_add(a, pointer, key);

		if (!d) {
			err_field(err, a, p, "unknown", "There is no such custom field.");
			continue;
		}
		named[k] = *d;
		check_member(w, &named[k], value, p, err);
		k++;
	}
	for (size_t i = 0; w->create && i < n; i++) {
		if (defs[i].required && !jval_has(w->custom, defs[i].key))
			err_field(err, a, pointer_add(a, pointer, defs[i].key), "required",
				  "Is required.");
	}
	w->custom_defs = named;
	w->n_custom = k;
	return err->code == ERR_none ? 0 : -1;
}

void
custom_guard(struct write *const *writes, size_t n, struct flush *f)
{
	struct arena *a = writes[0]->c->arena;
	struct pg_array *pointers = pg_array_new(a);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct write *w = writes[i];

		if (!w->create || !w->res->custom || w->custom)
			continue;
		pg_array_add(pointers, arena_printf(a, "%s/custom/", w->pointer));
		any = true;
	}
	if (any)
		flush_addv(
		    f,
		    "SELECT base.raise_fields('ZB422', 'The request has invalid fields.', "
		    "m.fields) FROM (SELECT jsonb_agg(jsonb_build_object('pointer', p || d.key, "
		    "'code', 'required', 'detail', 'Is required.')) AS fields FROM "
		    "meta.custom_field d CROSS JOIN unnest($2::text[]) p WHERE d.resource = $1 AND "
		    "d.required AND d.archived_at IS NULL) m WHERE m.fields IS NOT NULL",
		    writes[0]->res->name, pg_array_text(pointers), FLUSH_END);
}

/* Rows of meta.custom_value under composition. */
struct values {
	struct pg_array *objects, *fields, *texts, *ints, *dates;
	size_t n;
};

static void
gather_value(struct values *v, const char *object, const struct custom_def *d)
{
	const char *column = custom_column(d->type);

	pg_array_add(v->objects, object);
	pg_array_add(v->fields, d->id);
	pg_array_add(v->texts, column[0] == 't' ? d->index_value : NULL);
	pg_array_add(v->ints, column[0] == 'i' ? d->index_value : NULL);
	pg_array_add(v->dates, column[0] == 'd' ? d->index_value : NULL);
	v->n++;
}

void
custom_write(struct write *const *writes, size_t n, struct flush *f)
{
	struct arena *a = writes[0]->c->arena;
	struct pg_array *objects = pg_array_new(a), *fields = pg_array_new(a);
	struct values v = { pg_array_new(a), pg_array_new(a), pg_array_new(a),
			    pg_array_new(a), pg_array_new(a), 0 };
	bool replaces = false;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < writes[i]->n_custom; k++) {
			const struct custom_def *d = &writes[i]->custom_defs[k];

			if (!d->filterable)
				continue;
			if (!writes[i]->create) {
				pg_array_add(objects, writes[i]->id);
				pg_array_add(fields, d->id);
				replaces = true;
			}
			if (d->value)
				gather_value(&v, writes[i]->id, d);
		}
	}
	if (replaces)
		flush_addv(f,
			   "DELETE FROM meta.custom_value v USING unnest($1::uuid[], $2::uuid[]) "
			   "u(object_id, field_id) WHERE v.object_id = u.object_id AND v.field_id "
			   "= u.field_id",
			   pg_array_text(objects), pg_array_text(fields), FLUSH_END);
	if (v.n)
		flush_addv(f,
			   "INSERT INTO meta.custom_value (resource, object_id, field_id, "
			   "text_value, int_value, date_value) SELECT $1, u.* FROM "
			   "unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::date[]) u",
			   writes[0]->res->name, pg_array_text(v.objects), pg_array_text(v.fields),
			   pg_array_text(v.texts), pg_array_text(v.ints), pg_array_text(v.dates),
			   FLUSH_END);
}
