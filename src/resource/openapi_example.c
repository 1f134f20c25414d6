/*
 * openapi_example.c - an example of every body and of every answer.
 *
 * Made of the same fields as its schema and in their order, so that it cannot drift from it. An
 * answer shows all that there is; a body shows what it needs and the first of what most would add,
 * so that it reads as something that one would send. Whole resources are told once
 * (components.examples).
 */
#include "openapi.h"

#include "bulk.h"
#include "field.h"

#include <billfold/resource/operation.h>

enum { CREATE_MEMBERS = 6, PATCH_MEMBERS = 3 };

static void members(struct doc *d, const struct field *fields, enum schema_side side,
		    const struct child *within);

static void
object(struct doc *d, const struct field *fields, enum schema_side side)
{
	jw_object(&d->w);
	members(d, fields, side, NULL);
	jw_end_object(&d->w);
}

static void
array_value(struct doc *d, const struct field *f, enum schema_side side)
{
	struct jw *w = &d->w;

	jw_array(w);
	if (f->type == FT_ENUM_SET)
		jw_strz(w, f->u.words[0]);
	else if (f->type == FT_INTS)
		jw_int(w, f->u.ints.min);
	else if (f->type == FT_TEXTS)
		doc_word(d, f);
	else if (f->type != FT_IDS && f->u.of.fields)
		object(d, f->u.of.fields, side);
	else
		jw_strz(w, doc_example_id(d, f->name));
	jw_end_array(w);
}

/* An example in the table of what is no text is JSON. */
static bool
is_text(const struct field *f)
{
	return f->type == FT_ENUM || f->type == FT_DECIMAL || f->type == FT_DATE ||
	       f->type == FT_TIME || field_is_textual(f->type);
}

static void
value(struct doc *d, const struct field *f, enum schema_side side)
{
	struct jw *w = &d->w;

	if (f->example && *f->example && !is_text(f)) {
		jw_raw(w, str_from(f->example));
		return;
	}
	if (side == SIDE_ANSWER && doc_word_is_none(f) &&
	    (!(f->flags & FF_REQUIRED) || (f->flags & FF_NULLABLE))) {
		jw_null(w);
		return;
	}
	switch (f->type) {
	case FT_ENUM_SET:
	case FT_IDS:
	case FT_TEXTS:
	case FT_INTS:
	case FT_LIST:
	case FT_REF_LIST:
		array_value(d, f, side);
		break;
	case FT_OBJECT:
	case FT_JSON:
		object(d, f->u.of.fields, side);
		break;
	case FT_ADDRESS:
		jw_raw(w, STR("{\"line1\":\"Seestrasse 5\",\"city\":\"Innsbruck\",\"postal_code\":"
			      "\"6020\",\"country\":\"AT\"}"));
		break;
	default:
		doc_word(d, f);
	}
}

/* What most who write one would say, beside what they must: no ids, no switches, nothing guarded.
 */
static bool
is_usual(const struct field *f)
{
	if (f->example)
		return f->example[0] != '\0';
	if (f->write != P_NONE || (f->flags & (FF_SECRET | FF_STEP_UP)) || doc_word_is_none(f))
		return false;
	return f->type != FT_UUID && f->type != FT_REF && f->type != FT_BOOL &&
	       f->type != FT_JSON && f->type != FT_OBJECT && f->type != FT_IDS;
}

static bool
is_needed(const struct field *f, enum schema_side side)
{
	return side == SIDE_CREATE && (f->flags & FF_REQUIRED);
}

static bool
is_member(const struct field *f, enum schema_side side, const struct child *within)
{
	return doc_on_side(f, side) && !(within && child_gives(within, f));
}

/* How many members that are not needed a body shows, and whether they are the usual ones. */
static int
room_of(const struct field *fields, enum schema_side side, const struct child *within,
	bool *ret_usual)
{
	int room = side == SIDE_PATCH ? PATCH_MEMBERS : CREATE_MEMBERS, needed = 0, usual = 0;

	for (const struct field *f = fields; f && f->name; f++) {
		if (is_member(f, side, within)) {
			needed += is_needed(f, side);
			usual += !is_needed(f, side) && is_usual(f);
		}
	}
	*ret_usual = usual > 0;
	/* Where nothing is usual and nothing needed, the first that there is. */
	return usual ? room - needed : needed ? 0 : 1;
}

static void
members(struct doc *d, const struct field *fields, enum schema_side side,
	const struct child *within)
{
	bool usual = false;
	int room = side == SIDE_ANSWER ? 0 : room_of(fields, side, within, &usual);

	for (const struct field *f = fields; f && f->name; f++) {
		if (!is_member(f, side, within))
			continue;
		if (side == SIDE_ANSWER
			? (f->flags & FF_NAMED) != 0
			: !is_needed(f, side) && ((usual && !is_usual(f)) || room-- <= 0))
			continue;
		jw_key(&d->w, f->name);
		value(d, f, side);
	}
}

/* ---- resources ---- */

static void
own_members(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_kstr(w, "object", res->name);
	jw_kstr(w, "id", doc_example_id(d, res->name));
	if (!res->view) {
		jw_kint(w, "position", 1);
		return;
	}
	jw_kint(w, "version", 1);
	jw_kstr(w, "created_at", "2026-03-02T09:15:00Z");
	jw_kstr(w, "updated_at", "2026-03-02T09:30:00Z");
	jw_kraw(w, "archived_at", STR("null"));
}

/* As an answer shows it: alone with its parts, in a list without them and what is not listed. */
static void
resource_value(struct doc *d, const struct resource *res, bool listed)
{
	struct jw *w = &d->w;

	jw_object(w);
	own_members(d, res);
	for (const struct field *f = res->fields; f && f->name; f++) {
		if (!doc_on_side(f, SIDE_ANSWER) || (f->flags & FF_NAMED) ||
		    (listed && (f->flags & FF_NOT_LISTED)))
			continue;
		jw_key(w, f->name);
		value(d, f, SIDE_ANSWER);
	}
	if (res->external_ids) {
		jw_kstr(w, "external_id", "C-4711");
		jw_kraw(w, "external_ids", STR("[{\"system\":\"default\",\"id\":\"C-4711\"}]"));
	}
	if (res->custom)
		jw_kraw(w, "custom", STR("{\"delivery_route\":\"north\"}"));
	for (const struct child *ch = listed ? NULL : res->children; ch && ch->name; ch++) {
		jw_key(w, ch->name);
		jw_array(w);
		if (ch->resource)
			resource_value(d, ch->resource, true);
		jw_end_array(w);
	}
	jw_end_object(w);
}

static void
created_value(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_object(w);
	own_members(d, res);
	members(d, res->fields, SIDE_ANSWER, NULL);
	members(d, res->once, SIDE_ANSWER, NULL);
	jw_end_object(w);
}

static void
list_value(struct doc *d, const struct resource *res)
{
	jw_object(&d->w);
	jw_key(&d->w, "data");
	jw_array(&d->w);
	resource_value(d, res, true);
	jw_end_array(&d->w);
	jw_kstr(&d->w, "next", "djEuMTIzNDU2Nzg5MA");
	jw_end_object(&d->w);
}

static void
body_value(struct doc *d, const struct resource *res, enum schema_side side)
{
	struct jw *w = &d->w;

	jw_object(w);
	members(d, res->fields, side, NULL);
	if (side == SIDE_CREATE) {
		if (res->external_ids)
			jw_kstr(w, "external_id", "C-4711");
		for (const struct child *ch = res->children; ch && ch->name; ch++) {
			if (!ch->writable)
				continue;
			jw_key(w, ch->name);
			jw_array(w);
			jw_object(w);
			members(d, ch->resource->fields, side, ch);
			jw_end_object(w);
			jw_end_array(w);
		}
	}
	jw_end_object(w);
}

static const char *
name_of(struct doc *d, const struct doc_example *e)
{
	static const char *const ends[] = { "", "List", "Create", "Patch" };

	return arena_printf(d->arena, "%s%s", type_name(d->arena, e->res->name), ends[e->kind]);
}

/* Says it by reference; the components tell it. */
static void
refer(struct doc *d, const struct resource *res, enum example_kind kind)
{
	const struct doc_example e = { res, kind };
	size_t i = 0;

	while (i < d->examples.n && memcmp(&d->examples.v[i], &e, sizeof(e)) != 0)
		i++;
	if (i == d->examples.n)
		*vec_push(d->arena, &d->examples) = e;
	jw_key(&d->w, "examples");
	jw_object(&d->w);
	jw_key(&d->w, res->name);
	doc_ref(d, "examples", name_of(d, &e));
	jw_end_object(&d->w);
}

void
doc_examples(struct doc *d)
{
	struct jw *w = &d->w;

	jw_key(w, "examples");
	jw_object(w);
	for (size_t i = 0; i < d->examples.n; i++) {
		const struct doc_example *e = &d->examples.v[i];

		jw_key(w, name_of(d, e));
		jw_object(w);
		jw_key(w, "value");
		if (e->kind == EXAMPLE_ONE)
			resource_value(d, e->res, false);
		else if (e->kind == EXAMPLE_LIST)
			list_value(d, e->res);
		else
			body_value(d, e->res, e->kind == EXAMPLE_CREATE ? SIDE_CREATE : SIDE_PATCH);
		jw_end_object(w);
	}
	jw_end_object(w);
}

/* ---- operations over many ---- */

static const struct field *
first_with(const struct resource *res, unsigned flag)
{
	for (const struct field *f = res->fields; f->name; f++) {
		if ((f->flags & flag) && !doc_word_is_none(f))
			return f;
	}
	return NULL;
}

static void
search_body(struct doc *d, const struct resource *res)
{
	const struct field *f = first_with(res, FF_FILTER), *s = first_with(res, FF_SORT);
	struct jw *w = &d->w;

	jw_object(w);
	if (f) {
		jw_key(w, "where");
		jw_object(w);
		jw_kstr(w, "field", f->name);
		jw_kstr(w, "op", "eq");
		jw_key(w, "value");
		value(d, f, SIDE_CREATE);
		jw_end_object(w);
	}
	jw_kstr(w, "sort", s ? arena_printf(d->arena, "-%s", s->name) : "-id");
	jw_kint(w, "limit", 20);
	jw_end_object(w);
}

/* What a resource is grouped by: what its table lists, else the first of its words. */
static const struct field *
group_of(const struct resource *res)
{
	for (const struct field *f = res->fields; f->name; f++) {
		if (res->groups ? strcmp(f->name, res->groups[0]) == 0
				: f->type == FT_ENUM || f->type == FT_CURRENCY)
			return f;
	}
	return NULL;
}

static void
aggregate_body(struct doc *d, const struct resource *res)
{
	const struct field *f = group_of(res);

	jw_object(&d->w);
	if (f)
		jw_kraw(&d->w, "group_by", str_from(arena_printf(d->arena, "[\"%s\"]", f->name)));
	jw_kraw(&d->w, "metrics", STR("[{\"op\":\"count\"}]"));
	jw_end_object(&d->w);
}

static void
aggregate_answer(struct doc *d, const struct resource *res)
{
	const struct field *f = group_of(res);
	struct jw *w = &d->w;

	jw_object(w);
	jw_key(w, "data");
	jw_array(w);
	jw_object(w);
	jw_key(w, "group");
	jw_object(w);
	if (f) {
		jw_key(w, f->name);
		value(d, f, SIDE_ANSWER);
	}
	jw_end_object(w);
	jw_kint(w, "count", 12);
	jw_end_object(w);
	jw_end_array(w);
	jw_kbool(w, "truncated", false);
	jw_end_object(w);
}

static void
batch_body(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_object(w);
	jw_key(w, "items");
	jw_array(w);
	if (res->ops & OP_CREATE) {
		jw_object(w);
		jw_kstr(w, "op", "create");
		jw_key(w, "data");
		body_value(d, res, SIDE_CREATE);
		jw_end_object(w);
	}
	if (res->ops & OP_UPDATE) {
		jw_object(w);
		jw_kstr(w, "op", "update");
		jw_kstr(w, "id", doc_example_id(d, res->name));
		jw_kint(w, "version", 1);
		jw_key(w, "data");
		body_value(d, res, SIDE_PATCH);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_end_object(w);
}

static void
batch_answer(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_object(w);
	jw_key(w, "data");
	jw_array(w);
	jw_object(w);
	jw_kint(w, "status", res->ops & OP_CREATE ? 201 : 200);
	jw_key(w, "data");
	resource_value(d, res, true);
	jw_end_object(w);
	jw_end_array(w);
	jw_end_object(w);
}

static void
bulk_body(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_object(w);
	jw_kstr(w, "action", bulk_words(d->arena, res)[0]);
	jw_key(w, "ids");
	jw_array(w);
	jw_strz(w, doc_example_id(d, res->name));
	jw_end_array(w);
	jw_kbool(w, "dry_run", true);
	jw_end_object(w);
}

/* ---- one operation ---- */

void
doc_example_fields(struct doc *d, const struct field *fields, enum schema_side side)
{
	jw_key(&d->w, "example");
	object(d, fields, side);
}

void
doc_example_body(struct doc *d, const struct doc_op *o)
{
	if (o->kind == DOC_CREATE || o->kind == DOC_UPDATE) {
		refer(d, o->res, o->kind == DOC_CREATE ? EXAMPLE_CREATE : EXAMPLE_PATCH);
		return;
	}
	jw_key(&d->w, "example");
	if (o->kind == DOC_SEARCH)
		search_body(d, o->res);
	else if (o->kind == DOC_AGGREGATE)
		aggregate_body(d, o->res);
	else if (o->kind == DOC_BATCH)
		batch_body(d, o->res);
	else
		bulk_body(d, o->res);
}

void
doc_example_answer(struct doc *d, const struct doc_op *o)
{
	bool route = o->kind == DOC_ROUTE;
	const struct field *out = o->act ? o->act->out : route ? o->route->out : NULL;
	const struct resource *res = o->kind == DOC_BULK
					 ? registry_find(d->registry, operation_resource.name)
				     : route ? o->route->shows
					     : o->res;

	if (out) {
		doc_example_fields(d, out, SIDE_ANSWER);
	} else if (o->kind == DOC_LIST || o->kind == DOC_SEARCH) {
		refer(d, res, EXAMPLE_LIST);
	} else if (o->kind == DOC_AGGREGATE) {
		jw_key(&d->w, "example");
		aggregate_answer(d, res);
	} else if (o->kind == DOC_BATCH) {
		jw_key(&d->w, "example");
		batch_answer(d, res);
	} else if (o->kind == DOC_CREATE && res->once) {
		jw_key(&d->w, "example");
		created_value(d, res);
	} else if (res) {
		refer(d, res, EXAMPLE_ONE);
	}
}
