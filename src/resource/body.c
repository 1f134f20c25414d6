/*
 * body.c - a request's body against a table of fields.
 *
 * Guards are judged first (403 forbidden_field, with every pointer), then soundness (422, every
 * wrong member at once): a caller without the right learns nothing about what would have been
 * valid. Unknown and read-only members are refused, never ignored. What passes is gathered as
 * columns with their parameters, ready to be composed.
 */
#include "body.h"

#include "custom.h"
#include "field.h"

#include <billfold/auth/caller.h>
#include <billfold/base/uuid.h>

/* Members of every object that the engine writes itself. */
static const char *const own_members[] = { "object",      "id",         "tenant_id",
					   "version",     "created_at", "updated_at",
					   "archived_at", "can",        NULL };

bool
body_is_own_member(struct str key)
{
	for (const char *const *m = own_members; *m; m++) {
		if (str_eqz(key, *m))
			return true;
	}
	return false;
}

static bool
is_own_member(const char *key)
{
	return body_is_own_member(str_from(key));
}

const struct child *
body_child(const struct resource *res, struct str name)
{
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		if (str_eqz(name, ch->name))
			return ch;
	}
	return NULL;
}

static const struct child *
child_find(const struct resource *res, const char *key)
{
	return body_child(res, str_from(key));
}

static void
forbid(const struct call *c, const char *pointer, enum perm needs, struct err *err)
{
	if (err->code == ERR_none)
		err_set(err, ERR_forbidden_field, "You may not write every field that you sent.");
	err_field(err, c->arena, pointer, "forbidden_field", "Needs the permission %s.",
		  perm_defs[needs].word);
}

static void
guard_fields(const struct call *c, const struct field *fields, struct json_object *body,
	     const char *pointer, struct err *err)
{
	json_object_object_foreach(body, key, value)
	{
		const struct field *f = field_find(fields, str_from(key));

		(void)value;
		if (f && f->write != P_NONE && !perm_has(&c->who.perms, f->write))
			forbid(c, pointer_add(c->arena, pointer, key), f->write, err);
	}
}

static void
guard_children(const struct call *c, const struct resource *res, struct json_object *body,
	       const char *pointer, struct err *err)
{
	json_object_object_foreach(body, key, value)
	{
		const struct child *ch = child_find(res, key);
		const char *p;

		if (!ch || !ch->writable || !json_object_is_type(value, json_type_array))
			continue;
		p = pointer_add(c->arena, pointer, key);
		if (!perm_has(&c->who.perms, ch->resource->write))
			forbid(c, p, ch->resource->write, err);
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			struct json_object *e = json_object_array_get_idx(value, i);

			if (json_object_is_type(e, json_type_object))
				guard_fields(c, ch->resource->fields, e,
					     pointer_index(c->arena, p, i), err);
		}
	}
}

/* Judged behind rights: who may not do a thing is not asked to sign in for it. */
static int
guard_step_up(const struct call *c, const struct field *fields, struct json_object *body,
	      struct err *err)
{
	if (err->code != ERR_none)
		return -1;
	json_object_object_foreach(body, key, value)
	{
		const struct field *f = field_find(fields, str_from(key));

		(void)value;
		if (f && (f->flags & FF_STEP_UP) && caller_step_up(&c->who, err) < 0)
			return -1;
	}
	return 0;
}

int
body_guard(const struct call *c, const struct resource *res, struct json_object *body,
	   const char *pointer, struct err *err)
{
	if (!json_object_is_type(body, json_type_object))
		return 0;
	guard_fields(c, res->fields, body, pointer, err);
	if (res->children)
		guard_children(c, res, body, pointer, err);
	return guard_step_up(c, res->fields, body, err);
}

/* ---- soundness ---- */

/* One member against its field; true when its value may be used. */
static bool
member_check(struct call *c, const struct field *f, bool create, struct json_object *value,
	     const char *pointer, struct err *err)
{
	if (f->flags & (FF_READ_ONLY | FF_COMPUTED)) {
		err_field(err, c->arena, pointer, "read_only", "Cannot be written.");
		return false;
	}
	if ((f->flags & FF_CREATE) && !create) {
		err_field(err, c->arena, pointer, "read_only", "Can be set on create only.");
		return false;
	}
	return field_check(c->arena, f, value, pointer, err);
}

static void
check_required(struct call *c, const struct field *fields, struct json_object *body,
	       const char *pointer, struct err *err)
{
	for (const struct field *f = fields; f && f->name; f++) {
		if ((f->flags & FF_REQUIRED) && !jval_has(body, f->name))
			err_field(err, c->arena, pointer_add(c->arena, pointer, f->name),
				  "required", "Is required.");
	}
}

static int
not_an_object(struct call *c, const char *pointer, struct err *err)
{
	return err_field(err, c->arena, pointer, "type", "Must be an object.");
}

int
body_check(struct call *c, const struct field *fields, bool create, struct err *err)
{
	struct json_object *body = c->body;

	if (!body && c->raw_body.len == 0) {
		body = jval_own(c->arena, json_object_new_object());
		c->body = body;
	}
	if (!json_object_is_type(body, json_type_object))
		return not_an_object(c, "", err);
	if (fields)
		guard_fields(c, fields, body, "", err);
	if (guard_step_up(c, fields, body, err) < 0)
		return -1;
	json_object_object_foreach(body, key, value)
	{
		const struct field *f = field_find(fields, str_from(key));
		const char *p = pointer_add(c->arena, "", key);

		if (!f)
			err_field(err, c->arena, p, "unknown", "There is no such member.");
		else
			member_check(c, f, create, value, p, err);
	}
	if (create)
		check_required(c, fields, body, "", err);
	return err->code == ERR_none ? 0 : -1;
}

/* ---- gathering ---- */

static void
add_ref(struct write *w, const struct field *f, const char *value, const char *pointer)
{
	struct write_ref ref = { .value = value, .pointer = pointer };

	if (!value)
		return;
	if (f->type == FT_REF) {
		const struct resource *target = registry_find(w->c->app->registry, f->u.ref);

		if (!target)
			return;
		ref.table = target->table;
		ref.column = "id";
		ref.type = "uuid";
		ref.what = target->name;
	} else if (f->type == FT_CURRENCY || f->type == FT_COUNTRY) {
		if (!*value)
			return;
		ref.table = f->type == FT_CURRENCY ? "base.currency" : "base.country";
		ref.column = "code";
		ref.type = "text";
		ref.what = f->type == FT_CURRENCY ? "currency" : "country";
	} else {
		return;
	}
	*vec_push(w->c->arena, &w->refs) = ref;
}

static void
add_column(struct write *w, write_column_vec *columns, const struct field *f,
	   struct json_object *value, const char *pointer, bool create)
{
	struct arena *a = w->c->arena;
	struct write_column *col = vec_push(a, columns);

	col->field = f;
	col->column = field_column(f);
	col->value = field_param(a, f, value);
	col->merge = !create && value && (f->type == FT_ADDRESS || f->type == FT_JSON);
	add_ref(w, f, col->value, pointer);
	if (f->type == FT_ADDRESS && value) {
		static const struct field country = { .name = "country", .type = FT_COUNTRY };
		struct json_object *v = jval_get(value, "country");

		if (v)
			add_ref(w, &country, field_param(a, &country, v),
				pointer_add(a, pointer, "country"));
	}
}

static void
gather_element(struct write *w, struct write_child *wc, size_t i, struct json_object *body,
	       const char *pointer, struct err *err)
{
	struct call *c = w->c;
	struct write_element *e = vec_push(c->arena, &wc->elements);
	const struct field *fields = wc->child->resource->fields;
	struct uuid id;
	struct str text;

	(void)i;
	e->pointer = pointer;
	e->body = body;
	e->is_new = true;
	if (!json_object_is_type(body, json_type_object)) {
		not_an_object(c, pointer, err);
		return;
	}
	json_object_object_foreach(body, key, value)
	{
		const struct field *f = field_find(fields, str_from(key));
		const char *p = pointer_add(c->arena, pointer, key);

		if (strcmp(key, "id") == 0 && !w->create) {
			if (!jval_str(body, "id", &text) || !uuid_parse(text, &id))
				err_field(err, c->arena, p, "not_found", "No such element.");
			else
				e->id = arena_strdup(c->arena, id.z);
			e->is_new = false;
		} else if (is_own_member(key) || (f && child_gives(wc->child, f))) {
			err_field(err, c->arena, p, "read_only", "Cannot be written.");
		} else if (!f) {
			err_field(err, c->arena, p, "unknown", "There is no such member.");
		}
	}
	json_object_object_foreach(body, name, member)
	{
		const struct field *f = field_find(fields, str_from(name));
		const char *p = pointer_add(c->arena, pointer, name);

		if (!f || child_gives(wc->child, f))
			continue;
		if (member_check(c, f, e->is_new, member, p, err))
			add_column(w, &e->columns, f, member, p, e->is_new);
	}
	for (const struct field *f = fields; e->is_new && f->name; f++) {
		if ((f->flags & FF_REQUIRED) && !jval_has(body, f->name) &&
		    !child_gives(wc->child, f))
			err_field(err, c->arena, pointer_add(c->arena, pointer, f->name),
				  "required", "Is required.");
	}
	if (e->is_new)
		e->id = uuid_new_z(c->arena);
}

static void
gather_child(struct write *w, const struct child *ch, struct json_object *value,
	     const char *pointer, struct err *err)
{
	struct arena *a = w->c->arena;
	size_t max = ch->max ? (size_t)ch->max : 1000, n;
	struct write_child *wc;

	if (!ch->writable) {
		err_field(err, a, pointer, "read_only", "Cannot be written here.");
		return;
	}
	if (!json_object_is_type(value, json_type_array)) {
		err_field(err, a, pointer, "type", "Must be an array.");
		return;
	}
	n = json_object_array_length(value);
	if (n > max) {
		err_field(err, a, pointer, "too_many", "At most %zu elements.", max);
		return;
	}
	wc = vec_push(a, &w->children);
	wc->child = ch;
	for (size_t i = 0; i < n; i++)
		gather_element(w, wc, i, json_object_array_get_idx(value, i),
			       pointer_index(a, pointer, i), err);
	for (size_t i = 0; i < wc->elements.n; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct write_element *x = &wc->elements.v[i], *y = &wc->elements.v[k];

			if (x->id && y->id && strcmp(x->id, y->id) == 0)
				err_field(err, a, pointer_add(a, x->pointer, "id"), "duplicate",
					  "Named twice.");
		}
	}
}

/* A name of another system stands between colons in external:{name}:{id}, and in one column. */
bool
body_is_system_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool word = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9');

		if (!word && (i == 0 || !strchr("_.-", s.p[i])))
			return false;
	}
	return s.len >= 1 && s.len <= 50;
}

static bool
check_system(struct call *c, struct json_object *v, const char *pointer, struct err *err)
{
	static const struct field f = { .type = FT_TEXT, .u.len = { 1, 50 } };

	if (!field_check(c->arena, &f, v, pointer, err))
		return false;
	if (!body_is_system_name(str_from(json_object_get_string(v)))) {
		err_field(err, c->arena, pointer, "format", "Lower case letters, digits, _ . -");
		return false;
	}
	return true;
}

static bool
check_external_id(struct call *c, struct json_object *v, const char *pointer, struct err *err)
{
	static const struct field f = { .type = FT_TEXT, .u.len = { 1, 200 } };

	if (!field_check(c->arena, &f, v, pointer, err))
		return false;
	for (const char *p = json_object_get_string(v); *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7F) {
			err_field(err, c->arena, pointer, "format", "No control characters.");
			return false;
		}
	}
	return true;
}

static void
check_external_element(struct call *c, struct json_object *e, const char *pointer, struct err *err)
{
	json_object_object_foreach(e, key, member)
	{
		const char *p = pointer_add(c->arena, pointer, key);

		if (strcmp(key, "system") == 0)
			check_system(c, member, p, err);
		else if (strcmp(key, "id") == 0)
			check_external_id(c, member, p, err);
		else
			err_field(err, c->arena, p, "unknown", "There is no such member.");
	}
	if (!jval_has(e, "system"))
		err_field(err, c->arena, pointer_add(c->arena, pointer, "system"), "required",
			  "Is required.");
	if (!jval_has(e, "id"))
		err_field(err, c->arena, pointer_add(c->arena, pointer, "id"), "required",
			  "Is required.");
}

static void
gather_external_ids(struct write *w, struct json_object *v, const char *pointer, struct err *err)
{
	struct call *c = w->c;
	size_t n;

	if (!json_object_is_type(v, json_type_array)) {
		err_field(err, c->arena, pointer, "type", "Must be an array.");
		return;
	}
	n = json_object_array_length(v);
	if (n > 20) {
		err_field(err, c->arena, pointer, "too_many", "At most 20 elements.");
		return;
	}
	w->external_ids = v;
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(v, i);
		const char *p = pointer_index(c->arena, pointer, i);
		struct str name, other;

		if (!json_object_is_type(e, json_type_object)) {
			not_an_object(c, p, err);
			continue;
		}
		check_external_element(c, e, p, err);
		for (size_t k = 0; k < i && jval_str(e, "system", &name); k++) {
			if (jval_str(json_object_array_get_idx(v, k), "system", &other) &&
			    str_eq(name, other))
				err_field(err, c->arena, pointer_add(c->arena, p, "system"),
					  "duplicate", "One id a system.");
		}
	}
}

static void
gather_member(struct write *w, const char *key, struct json_object *value, struct err *err)
{
	struct call *c = w->c;
	const struct resource *res = w->res;
	const char *p = pointer_add(c->arena, w->pointer, key);
	const struct field *f = field_find(res->fields, str_from(key));
	const struct child *ch;

	if (f) {
		if (member_check(c, f, w->create, value, p, err))
			add_column(w, &w->columns, f, value, p, w->create);
	} else if ((ch = child_find(res, key))) {
		gather_child(w, ch, value, p, err);
	} else if (is_own_member(key)) {
		err_field(err, c->arena, p, "read_only", "Cannot be written.");
	} else if (res->custom && strcmp(key, "custom") == 0) {
		w->custom = value;
	} else if (res->external_ids && strcmp(key, "external_id") == 0) {
		if (!value || check_external_id(c, value, p, err)) {
			w->has_external_id = true;
			w->external_id = value ? json_object_get_string(value) : NULL;
		}
	} else if (res->external_ids && strcmp(key, "external_ids") == 0) {
		gather_external_ids(w, value, p, err);
	} else {
		err_field(err, c->arena, p, "unknown", "There is no such member.");
	}
}

int
body_gather(struct write *w, struct err *err)
{
	if (!json_object_is_type(w->body, json_type_object))
		return not_an_object(w->c, w->pointer, err);
	json_object_object_foreach(w->body, key, value) gather_member(w, key, value, err);
	if (w->create)
		check_required(w->c, w->res->fields, w->body, w->pointer, err);
	if (w->external_ids && w->has_external_id)
		err_field(err, w->c->arena, pointer_add(w->c->arena, w->pointer, "external_id"),
			  "duplicate", "Send external_id or external_ids, not both.");
	if (jval_has(w->body, "custom") && w->res->custom && custom_check(w, err))
		return -1;
	return err->code == ERR_none ? 0 : -1;
}
