/*
 * openapi_schema.c - JSON Schema 2020-12 of fields and resources.
 *
 * Answers are told as wide as they are sent: what a view computes may be null, and limits of length
 * bind writers. Bodies are told as narrow as they are checked, unknown members included.
 */
#include "openapi.h"

#include "field.h"
#include "filter.h"

void
doc_ref(struct doc *d, const char *section, const char *name)
{
	jw_object(&d->w);
	jw_kstr(&d->w, "$ref", arena_printf(d->arena, "#/components/%s/%s", section, name));
	jw_end_object(&d->w);
}

static void
type(struct doc *d, const char *name, bool null)
{
	if (!null) {
		jw_kstr(&d->w, "type", name);
		return;
	}
	jw_key(&d->w, "type");
	jw_array(&d->w);
	jw_strz(&d->w, name);
	jw_strz(&d->w, "null");
	jw_end_array(&d->w);
}

static const char *
example_of(const struct field *f)
{
	switch (f->type) {
	case FT_EMAIL:
		return "ann@example.net";
	case FT_URL:
		return "https://example.net/";
	case FT_PHONE:
		return "+43 1 5123456";
	case FT_DECIMAL:
		return "12.5";
	case FT_DATE:
		return "2026-03-31";
	case FT_TIME:
		return "2026-03-31T09:30:00Z";
	case FT_UUID:
	case FT_REF:
		return "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77";
	case FT_CURRENCY:
		return "EUR";
	case FT_COUNTRY:
		return "AT";
	case FT_LOCALE:
		return "de-AT";
	case FT_ZONE:
		return "Europe/Vienna";
	default:
		return NULL;
	}
}

static const char *
format_of(enum field_type t)
{
	switch (t) {
	case FT_EMAIL:
		return "email";
	case FT_URL:
		return "uri";
	case FT_DATE:
		return "date";
	case FT_TIME:
		return "date-time";
	case FT_UUID:
	case FT_REF:
		return "uuid";
	default:
		return NULL;
	}
}

static const char *
pattern_of(enum field_type t)
{
	switch (t) {
	case FT_DECIMAL:
		return "^-?[0-9]+(\\.[0-9]+)?$";
	case FT_CURRENCY:
		return "^[A-Z]{3}$";
	case FT_COUNTRY:
		return "^[A-Z]{2}$";
	default:
		return NULL;
	}
}

static void
string_schema(struct doc *d, const struct field *f, bool null, bool limits)
{
	struct jw *w = &d->w;
	const char *example = example_of(f);
	/* A column may hold an empty text where there is no value; only bodies are held to a shape.
	 */
	bool shaped = limits || !field_is_textual(f->type);

	type(d, "string", null);
	if (shaped && format_of(f->type))
		jw_kstr(w, "format", format_of(f->type));
	if (shaped && pattern_of(f->type))
		jw_kstr(w, "pattern", pattern_of(f->type));
	if (limits && (f->type == FT_TEXT || f->type == FT_EMAIL || f->type == FT_URL ||
		       f->type == FT_PHONE)) {
		int min, max;

		field_limits(f, &min, &max);
		if (min)
			jw_kint(w, "minLength", min);
		jw_kint(w, "maxLength", max);
	}
	if (example) {
		jw_key(w, "examples");
		jw_array(w);
		jw_strz(w, example);
		jw_end_array(w);
	}
}

static void
words_schema(struct doc *d, const struct field *f, bool null)
{
	struct jw *w = &d->w;

	type(d, "string", null);
	jw_key(w, "enum");
	jw_array(w);
	for (const char *const *p = f->u.words; p && *p; p++)
		jw_strz(w, *p);
	if (null)
		jw_null(w);
	jw_end_array(w);
}

static void
integer_schema(struct doc *d, const struct field *f, bool null, bool limits)
{
	struct jw *w = &d->w;
	int64_t min, max;

	type(d, "integer", null);
	jw_kstr(w, "format", "int64");
	if (limits || f->type == FT_MONEY) {
		field_range(f, &min, &max);
		if (!limits) {
			min = -INT64_C(9007199254740991);
			max = INT64_C(9007199254740991);
		}
		jw_kint(w, "minimum", min);
		jw_kint(w, "maximum", max);
	}
}

static void
array_schema(struct doc *d, const struct field *f, bool null, bool limits)
{
	static const struct field id = { .type = FT_UUID };
	struct jw *w = &d->w;

	type(d, "array", null);
	jw_key(w, "items");
	jw_object(w);
	if (f->type == FT_ENUM_SET) {
		words_schema(d, f, false);
	} else if (f->type == FT_IDS) {
		string_schema(d, &id, false, true);
	} else if (f->type == FT_TEXTS) {
		type(d, "string", false);
		if (limits && f->u.len.max)
			jw_kint(w, "maxLength", f->u.len.max);
	} else if (f->type == FT_INTS) {
		const struct field one = { .type = FT_INT,
					   .u.num = { f->u.ints.min, f->u.ints.max } };

		integer_schema(d, &one, false, limits);
	} else if (f->type == FT_LIST && f->u.of.fields) {
		doc_object(d, f->u.of.fields, limits ? SIDE_CREATE : SIDE_ANSWER);
	}
	jw_end_object(w);
	if (!limits)
		return;
	if (f->type == FT_LIST)
		jw_kint(w, "maxItems", f->u.of.max ? f->u.of.max : 1000);
	else if (f->type == FT_INTS)
		jw_kint(w, "maxItems", f->u.ints.count);
	else
		jw_kint(w, "maxItems", f->type == FT_IDS && f->u.of.max ? f->u.of.max : 100);
	if (f->type != FT_LIST)
		jw_kbool(w, "uniqueItems", true);
}

static void
value_schema(struct doc *d, const struct field *f, bool null, bool limits)
{
	struct jw *w = &d->w;

	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		integer_schema(d, f, null, limits);
		break;
	case FT_BOOL:
		type(d, "boolean", null);
		break;
	case FT_ENUM:
		words_schema(d, f, null);
		break;
	case FT_ENUM_SET:
	case FT_IDS:
	case FT_TEXTS:
	case FT_INTS:
	case FT_LIST:
		array_schema(d, f, null, limits);
		break;
	case FT_REF_LIST:
		type(d, "array", null);
		jw_key(w, "items");
		jw_object(w);
		jw_end_object(w);
		break;
	case FT_OBJECT:
		if (f->u.of.fields) {
			doc_object(d, f->u.of.fields, limits ? SIDE_CREATE : SIDE_ANSWER);
			break;
		}
		type(d, "object", null);
		break;
	case FT_JSON:
		type(d, "object", null);
		break;
	case FT_ADDRESS:
		d->uses |= USES_ADDRESS;
		jw_key(w, null ? "oneOf" : "allOf");
		jw_array(w);
		doc_ref(d, "schemas", "Address");
		if (null) {
			jw_object(w);
			type(d, "null", false);
			jw_end_object(w);
		}
		jw_end_array(w);
		break;
	default:
		string_schema(d, f, null, limits);
	}
}

void
doc_value(struct doc *d, const struct field *f)
{
	jw_object(&d->w);
	value_schema(d, f, false, false);
	jw_end_object(&d->w);
}

void
doc_field(struct doc *d, const struct field *f, enum schema_side side)
{
	struct jw *w = &d->w;
	bool answer = side == SIDE_ANSWER;
	bool null = f->flags & FF_NULLABLE;

	/* What is not asked for may be missing in old rows; only a required value is never null. */
	if (answer && !(f->flags & FF_REQUIRED))
		null = true;
	jw_object(w);
	value_schema(d, f, null, !answer);
	if (f->doc)
		jw_kstr(w, "description", f->doc);
	if (answer && (f->flags & (FF_READ_ONLY | FF_COMPUTED)))
		jw_kbool(w, "readOnly", true);
	if (answer && (f->flags & FF_COMPUTED))
		jw_kbool(w, "x-computed", true);
	if (!answer && (f->flags & FF_SECRET))
		jw_kbool(w, "writeOnly", true);
	if (!answer && (f->flags & FF_STEP_UP))
		jw_kbool(w, "x-step-up", true);
	if (f->write != P_NONE && !answer)
		jw_kstr(w, "x-permission", perm_defs[f->write].word);
	if (f->read != P_NONE && answer)
		jw_kstr(w, "x-permission", perm_defs[f->read].word);
	jw_end_object(w);
}

static bool
on_side(const struct field *f, enum schema_side side)
{
	if (side == SIDE_ANSWER)
		return !(f->flags & FF_SECRET);
	return field_can_write(f, side == SIDE_CREATE);
}

static void
required_members(struct doc *d, const struct field *fields, const char *but)
{
	bool any = false;

	for (const struct field *f = fields; f && f->name; f++) {
		if (!(f->flags & FF_REQUIRED) || !field_can_write(f, true) ||
		    (but && strcmp(field_column(f), but) == 0))
			continue;
		if (!any) {
			jw_key(&d->w, "required");
			jw_array(&d->w);
		}
		any = true;
		jw_strz(&d->w, f->name);
	}
	if (any)
		jw_end_array(&d->w);
}

static void
members(struct doc *d, const struct field *fields, enum schema_side side, const char *but)
{
	for (const struct field *f = fields; f && f->name; f++) {
		if (!on_side(f, side) || (but && strcmp(field_column(f), but) == 0))
			continue;
		jw_key(&d->w, f->name);
		doc_field(d, f, side);
	}
}

void
doc_object(struct doc *d, const struct field *fields, enum schema_side side)
{
	jw_kstr(&d->w, "type", "object");
	jw_key(&d->w, "properties");
	jw_object(&d->w);
	members(d, fields, side, NULL);
	jw_end_object(&d->w);
	if (side == SIDE_CREATE)
		required_members(d, fields, NULL);
	if (side != SIDE_ANSWER)
		jw_kbool(&d->w, "additionalProperties", false);
}

/* ---- resources ---- */

static void
plain(struct doc *d, const char *name, const char *t, const char *format, bool null,
      const char *doc)
{
	jw_key(&d->w, name);
	jw_object(&d->w);
	type(d, t, null);
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
	type(d, "string", true);
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
			members(d, ch->resource->fields, SIDE_CREATE, ch->parent_column);
			jw_end_object(w);
			if (side == SIDE_CREATE)
				required_members(d, ch->resource->fields, ch->parent_column);
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
	members(d, res->fields, SIDE_ANSWER, NULL);
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
	members(d, res->fields, side, NULL);
	if (res->external_ids)
		external_members(d, true);
	if (res->custom)
		custom_member(d);
	child_members(d, res, side);
	jw_end_object(w);
	if (side == SIDE_CREATE)
		required_members(d, res->fields, NULL);
	jw_kbool(w, "additionalProperties", false);
	jw_end_object(w);
}

/* ---- what they share ---- */

static const char *const shared[][3] = {
	{ "Address", "\1",
	  "{\"type\":\"object\",\"description\":\"A postal address.\",\"properties\":{"
	  "\"line1\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},"
	  "\"line2\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},"
	  "\"city\":{\"type\":[\"string\",\"null\"],\"maxLength\":100},"
	  "\"region\":{\"type\":[\"string\",\"null\"],\"maxLength\":100},"
	  "\"postal_code\":{\"type\":[\"string\",\"null\"],\"maxLength\":20},"
	  "\"country\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[A-Z]{2}$\","
	  "\"description\":\"ISO 3166-1 alpha-2.\",\"examples\":[\"AT\"]}},"
	  "\"additionalProperties\":false}" },
	{ "ExternalId", "\2",
	  "{\"type\":\"object\",\"description\":\"An id of another system.\",\"properties\":{"
	  "\"system\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9_.-]{0,49}$\","
	  "\"examples\":[\"erp\"]},"
	  "\"id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200,\"examples\":[\"4711\"]}},"
	  "\"required\":[\"system\",\"id\"],\"additionalProperties\":false}" },
	{ "Filter", "\4",
	  "{\"description\":\"and, or, not, or one condition; at most 5 deep, 50 conditions, 100 "
	  "values. {} matches everything.\",\"type\":\"object\",\"properties\":{"
	  "\"and\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/components/schemas/"
	  "Filter\"}},"
	  "\"or\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/components/schemas/"
	  "Filter\"}},"
	  "\"not\":{\"$ref\":\"#/components/schemas/Filter\"},"
	  "\"field\":{\"type\":\"string\",\"description\":\"A field, custom.{key}, or one of a "
	  "reference that is listed.\"},"
	  "\"op\":{\"type\":\"string\",\"enum\":[\"eq\",\"ne\",\"lt\",\"lte\",\"gt\",\"gte\","
	  "\"in\","
	  "\"nin\",\"is_null\",\"prefix\",\"like\"]},"
	  "\"value\":{\"description\":\"Of the field's type; an array for in and nin, true or "
	  "false "
	  "for is_null.\"}},\"additionalProperties\":false}" },
	{ "AggregateRequest", "\10",
	  "{\"type\":\"object\",\"properties\":{"
	  "\"where\":{\"$ref\":\"#/components/schemas/Filter\"},"
	  "\"group_by\":{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\"},"
	  "\"description\":\"Fields; a date also as issue_date:month, :quarter or :year.\"},"
	  "\"metrics\":{\"type\":\"array\",\"maxItems\":10,\"items\":{\"type\":\"object\","
	  "\"properties\":{"
	  "\"op\":{\"type\":\"string\",\"enum\":[\"count\",\"sum\",\"min\",\"max\"]},"
	  "\"field\":{\"type\":\"string\"}},\"required\":[\"op\"],\"additionalProperties\":false}},"
	  "\"archived\":{\"type\":\"string\",\"enum\":[\"with\",\"only\",\"without\"]}},"
	  "\"additionalProperties\":false}" },
	{ "AggregateResult", "\10",
	  "{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":"
	  "\"object\","
	  "\"properties\":{\"group\":{\"type\":\"object\"},\"count\":{\"type\":\"integer\"}},"
	  "\"required\":[\"group\"]}},\"truncated\":{\"type\":\"boolean\",\"description\":\"There "
	  "are "
	  "more than 1,000 groups.\"}},\"required\":[\"data\",\"truncated\"]}" },
	{ "BatchError", "\20",
	  "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},\"title\":{\"type\":"
	  "\"string\"},"
	  "\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":"
	  "\"#/components/schemas/"
	  "ProblemField\"}}},\"required\":[\"code\",\"title\",\"detail\",\"errors\"]}" },
	{ "ProblemField", "",
	  "{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":\"string\",\"description\":"
	  "\"JSON "
	  "Pointer into the body; ?name for a "
	  "parameter.\"},\"code\":{\"type\":\"string\"},\"detail\":"
	  "{\"type\":\"string\"}},\"required\":[\"pointer\",\"code\",\"detail\"]}" },
	{ "Problem", "",
	  "{\"type\":\"object\",\"description\":\"RFC 9457.\",\"properties\":{"
	  "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"title\":{\"type\":"
	  "\"string\"},"
	  "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},\"detail\":{\"type\":"
	  "\"string\"},"
	  "\"code\":{\"type\":\"string\",\"description\":\"A stable word.\"},"
	  "\"request_id\":{\"type\":[\"string\",\"null\"]},"
	  "\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/"
	  "ProblemField\"}},"
	  "\"current\":{\"type\":\"object\",\"description\":\"With 412: the representation as it "
	  "is.\"}},"
	  "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"code\"]}" },
};

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
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		unsigned needs = (unsigned char)shared[i][1][0];

		if (!needs || (d->uses & needs))
			jw_kraw(&d->w, shared[i][0], str_from(shared[i][2]));
	}
}
