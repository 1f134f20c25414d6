/*
 * openapi_schema.c - the schemas of resources: their answers, and the bodies that make and change
 * them.
 */
#include "openapi.h"

#include "field.h"

static void
plain(struct doc *d, const char *name, const char *t, const char *format, bool null,
      const char *doc)
{
	jw_key(&d->w, name);
	jw_object(&d->w);
	doc_type(d, t, null);
	if (format)
		jw_kstr(&d->w, "format", format);
	jw_kstr(&d->w, "description", doc);
	jw_end_object(&d->w);
}

static void
external_members(struct doc *d, bool write)
{
	struct jw *w = &d->w;

	d->uses |= USES_EXTERNAL_ID;
	jw_key(w, "external_id");
	jw_object(w);
	doc_type(d, "string", true);
	if (write)
		jw_kint(w, "maxLength", 200);
	jw_kstr(w, "description", "The id of system `default`.");
	jw_end_object(w);
	jw_key(w, "external_ids");
	jw_object(w);
	jw_kstr(w, "type", "array");
	jw_key(w, "items");
	doc_ref(d, "schemas", "ExternalId");
	if (write)
		jw_kint(w, "maxItems", 20);
	jw_kstr(w, "description", "What other systems call it; one id a system.");
	jw_end_object(w);
}

static void
custom_member(struct doc *d)
{
	jw_key(&d->w, "custom");
	jw_object(&d->w);
	jw_kstr(&d->w, "type", "object");
	jw_key(&d->w, "additionalProperties");
	jw_object(&d->w);
	jw_key(&d->w, "type");
	jw_array(&d->w);
	jw_strz(&d->w, "string");
	jw_strz(&d->w, "integer");
	jw_strz(&d->w, "boolean");
	jw_strz(&d->w, "null");
	jw_end_array(&d->w);
	jw_end_object(&d->w);
	jw_kstr(&d->w, "description", "Custom fields by key, as /v1/custom_fields defines them.");
	jw_end_object(&d->w);
}

static void
child_members(struct doc *d, const struct resource *res, enum schema_side side)
{
	struct jw *w = &d->w;

	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		if (side != SIDE_ANSWER && !ch->writable)
			continue;
		jw_key(w, ch->name);
		jw_object(w);
		jw_kstr(w, "type", "array");
		jw_key(w, "items");
		if (!ch->resource) {
			jw_object(w);
			jw_end_object(w);
		} else if (side == SIDE_ANSWER) {
			doc_ref(d, "schemas", type_name(d->arena, ch->resource->name));
		} else {
			jw_object(w);
			jw_kstr(w, "type", "object");
			jw_key(w, "properties");
			jw_object(w);
			if (side == SIDE_PATCH)
				plain(d, "id", "string", "uuid", false,
				      "Keeps the element's identity; without it, the element is "
				      "new.");
			doc_members(d, ch->resource->fields, SIDE_CREATE, ch);
			jw_end_object(w);
			if (side == SIDE_CREATE)
				doc_required(d, ch->resource->fields, side, ch);
			jw_kbool(w, "additionalProperties", false);
			jw_end_object(w);
		}
		if (side != SIDE_ANSWER)
			jw_kint(w, "maxItems", ch->max ? ch->max : 1000);
		if (side == SIDE_PATCH)
			jw_kstr(w, "description",
				"Replaces the array: elements that are not named go.");
		jw_end_object(w);
	}
}

/* account beside account_id, where expand names it. */
static void
expandable_members(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	for (const struct field *f = res->fields; f->name; f++) {
		const struct resource *target;
		size_t len = strlen(f->name);
		const char *name;

		if (f->type != FT_REF || len < 4 || strcmp(f->name + len - 3, "_id") != 0)
			continue;
		target = registry_find(d->registry, f->u.ref);
		name = arena_strndup(d->arena, f->name, len - 3);
		if (!target || !target->view || field_find(res->fields, str_from(name)))
			continue;
		jw_key(w, name);
		jw_object(w);
		jw_key(w, "oneOf");
		jw_array(w);
		doc_ref(d, "schemas", type_name(d->arena, target->name));
		jw_object(w);
		jw_kstr(w, "type", "null");
		jw_end_object(w);
		jw_end_array(w);
		jw_kstr(w, "description", arena_printf(d->arena, "With expand=%s.", name));
		jw_end_object(w);
	}
}

static void
resource_schema_answer(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	jw_key(w, type_name(d->arena, res->name));
	jw_object(w);
	jw_kstr(w, "type", "object");
	jw_kstr(w, "description", res->doc ? res->doc : res->name);
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "object");
	jw_object(w);
	jw_kstr(w, "const", res->name);
	jw_end_object(w);
	plain(d, "id", "string", "uuid", false, "UUIDv7.");
	if (res->view) {
		plain(d, "version", "integer", "int64", false,
		      "Moved by every stored change; the ETag.");
		plain(d, "created_at", "string", "date-time", false, "When it was made.");
		plain(d, "updated_at", "string", "date-time", false, "When it was last changed.");
		plain(d, "archived_at", "string", "date-time", true,
		      "When it was archived, or null.");
	} else {
		/* A part of another, read with it alone. */
		plain(d, "position", "integer", "int64", false, "Its place among them.");
	}
	doc_members(d, res->fields, SIDE_ANSWER, NULL);
	doc_members(d, res->once, SIDE_ANSWER, NULL);
	if (res->external_ids)
		external_members(d, false);
	if (res->custom)
		custom_member(d);
	child_members(d, res, SIDE_ANSWER);
	expandable_members(d, res);
	jw_end_object(w);
	jw_key(w, "required");
	jw_array(w);
	jw_strz(w, "object");
	jw_strz(w, "id");
	jw_end_array(w);
	jw_kbool(w, "additionalProperties", false);
	jw_end_object(w);
}

static void
resource_schema_body(struct doc *d, const struct resource *res, enum schema_side side)
{
	struct jw *w = &d->w;

	jw_key(w, arena_printf(d->arena, "%s%s", type_name(d->arena, res->name),
			       side == SIDE_CREATE ? "Create" : "Patch"));
	jw_object(w);
	jw_kstr(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	doc_members(d, res->fields, side, NULL);
	if (res->external_ids)
		external_members(d, true);
	if (res->custom)
		custom_member(d);
	child_members(d, res, side);
	jw_end_object(w);
	if (side == SIDE_CREATE)
		doc_required(d, res->fields, side, NULL);
	jw_kbool(w, "additionalProperties", false);
	jw_end_object(w);
}

static bool
in_registry(const struct doc *d, const struct resource *res)
{
	return registry_find(d->registry, res->name) == res;
}

/* Children that have no path of their own are described once, by their first parent. */
static bool
seen_before(const struct doc *d, const struct resource *const *at, const struct child *ch)
{
	for (const struct resource *const *p = d->registry->resources; p <= at; p++) {
		for (const struct child *o = (*p)->children; o && o->name; o++) {
			if (p == at && o == ch)
				return false;
			if (o->resource == ch->resource)
				return true;
		}
	}
	return false;
}

/* What routes alone show is described once, by the first that does. */
static bool
shown_before(const struct doc *d, const struct route *at)
{
	for (const struct route *const *p = d->registry->routes; *p; p++) {
		for (const struct route *r = *p; r->pattern; r++) {
			if (r == at)
				return false;
			if (r->shows == at->shows)
				return true;
		}
	}
	return false;
}

void
doc_schemas(struct doc *d)
{
	for (const struct resource *const *p = d->registry->resources; p && *p; p++) {
		unsigned ops = resource_ops(*p);

		resource_schema_answer(d, *p);
		if (ops & OP_CREATE)
			resource_schema_body(d, *p, SIDE_CREATE);
		if (ops & OP_UPDATE)
			resource_schema_body(d, *p, SIDE_PATCH);
		for (const struct child *ch = (*p)->children; ch && ch->name; ch++) {
			if (ch->resource && !in_registry(d, ch->resource) && !seen_before(d, p, ch))
				resource_schema_answer(d, ch->resource);
		}
	}
	for (const struct route *const *p = d->registry->routes; p && *p; p++) {
		for (const struct route *r = *p; r->pattern; r++) {
			if (r->shows && !in_registry(d, r->shows) && !shown_before(d, r))
				resource_schema_answer(d, r->shows);
		}
	}
	doc_shared_schemas(d);
}
