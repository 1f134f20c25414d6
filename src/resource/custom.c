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
		return arena_printf(a, "%lld", (long long)n);
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
	struct flush *f = flush_new(c->app->db, c->arena);
	const char *params[] = { res->name };
	int stmt, rows;

	enter_add_read(f, &c->who);
	stmt =
	    flush_add(f,
		      "SELECT id, key, label, type, array_to_json(choices), required, filterable "
		      "FROM meta.custom_field WHERE resource = $1 AND archived_at IS NULL "
		      "ORDER BY position, key",
		      1, params);
	flush_commit(f);
	if (flush_run(f, err))
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
custom_guard(const struct write *w, struct flush *f)
{
	flush_addv(
	    f,
	    "SELECT base.raise_fields('ZB422', 'The request has invalid fields.', m.fields) "
	    "FROM (SELECT jsonb_agg(jsonb_build_object('pointer', $2::text || d.key, 'code', "
	    "'required', 'detail', 'Is required.')) AS fields FROM meta.custom_field d "
	    "WHERE d.resource = $1 AND d.required AND d.archived_at IS NULL) m "
	    "WHERE m.fields IS NOT NULL",
	    w->res->name, arena_printf(w->c->arena, "%s/custom/", w->pointer), FLUSH_END);
}

void
custom_write(const struct write *w, struct flush *f)
{
	struct arena *a = w->c->arena;
	struct pg_array *named = pg_array_new(a), *ids = pg_array_new(a), *texts = pg_array_new(a),
			*ints = pg_array_new(a), *dates = pg_array_new(a);
	bool any = false, set = false;

	for (size_t i = 0; i < w->n_custom; i++) {
		const struct custom_def *d = &w->custom_defs[i];
		const char *column = custom_column(d->type);

		if (!d->filterable)
			continue;
		any = true;
		pg_array_add(named, d->id);
		if (!d->value)
			continue;
		set = true;
		pg_array_add(ids, d->id);
		pg_array_add(texts, column[0] == 't' ? d->index_value : NULL);
		pg_array_add(ints, column[0] == 'i' ? d->index_value : NULL);
		pg_array_add(dates, column[0] == 'd' ? d->index_value : NULL);
	}
	if (any && !w->create)
		flush_addv(f,
			   "DELETE FROM meta.custom_value WHERE object_id = $1 AND field_id = "
			   "ANY ($2::uuid[])",
			   w->id, pg_array_text(named), FLUSH_END);
	if (set)
		flush_addv(f,
			   "INSERT INTO meta.custom_value (resource, object_id, field_id, "
			   "text_value, int_value, date_value) SELECT $1, $2::uuid, u.* FROM "
			   "unnest($3::uuid[], $4::text[], $5::bigint[], $6::date[]) u",
			   w->res->name, w->id, pg_array_text(ids), pg_array_text(texts),
			   pg_array_text(ints), pg_array_text(dates), FLUSH_END);
}
