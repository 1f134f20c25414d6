/*
 * openapi_value.c - JSON Schema 2020-12 of one value, and of an object of fields.
 *
 * Answers are told as wide as they are sent: what a view computes may be null, and limits of length
 * bind writers. Bodies are told as narrow as they are checked, unknown members included.
 */
#include "openapi.h"

#include "field.h"

void
doc_ref(struct doc *d, const char *section, const char *name)
{
	jw_object(&d->w);
	jw_kstr(&d->w, "$ref", arena_printf(d->arena, "#/components/%s/%s", section, name));
	jw_end_object(&d->w);
}

void
doc_type(struct doc *d, const char *name, bool null)
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

const char *
doc_example_of(const struct field *f)
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

void
doc_content(struct doc *d, const char *media)
{
	jw_key(&d->w, media);
	jw_object(&d->w);
	jw_key(&d->w, "schema");
}

static void
string_schema(struct doc *d, const struct field *f, bool null, bool limits)
{
	struct jw *w = &d->w;
	const char *example = doc_example_of(f);
	/* A column may hold an empty text where there is no value; only bodies are held to a shape.
	 */
	bool shaped = limits || !field_is_textual(f->type);

	doc_type(d, "string", null);
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

	doc_type(d, "string", null);
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

	doc_type(d, "integer", null);
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

	doc_type(d, "array", null);
	jw_key(w, "items");
	jw_object(w);
	if (f->type == FT_ENUM_SET) {
		words_schema(d, f, false);
	} else if (f->type == FT_IDS || (f->type == FT_REF_LIST && !f->u.of.fields)) {
		string_schema(d, &id, false, true);
	} else if (f->type == FT_TEXTS) {
		doc_type(d, "string", false);
		if (limits && f->u.len.max)
			jw_kint(w, "maxLength", f->u.len.max);
	} else if (f->type == FT_INTS) {
		const struct field one = { .type = FT_INT,
					   .u.num = { f->u.ints.min, f->u.ints.max } };

		integer_schema(d, &one, false, limits);
	} else if (f->u.of.fields) {
		doc_object(d, f->u.of.fields, limits ? SIDE_CREATE : SIDE_ANSWER, false);
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
		doc_type(d, "boolean", null);
		break;
	case FT_ENUM:
		words_schema(d, f, null);
		break;
	case FT_ENUM_SET:
	case FT_IDS:
	case FT_TEXTS:
	case FT_INTS:
	case FT_LIST:
	case FT_REF_LIST:
		array_schema(d, f, null, limits);
		break;
	case FT_OBJECT:
	case FT_JSON:
		if (f->u.of.fields)
			doc_object(d, f->u.of.fields, limits ? SIDE_CREATE : SIDE_ANSWER, null);
		else
			doc_type(d, "object", null);
		break;
	case FT_ADDRESS:
		d->uses |= USES_ADDRESS;
		jw_key(w, null ? "oneOf" : "allOf");
		jw_array(w);
		doc_ref(d, "schemas", "Address");
		if (null) {
			jw_object(w);
			doc_type(d, "null", false);
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

/* side says whether limits, null and computed members are told. */
static void
field_schema(struct doc *d, const struct field *f, enum schema_side side)
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

bool
doc_on_side(const struct field *f, enum schema_side side)
{
	if (side == SIDE_ANSWER)
		return !(f->flags & FF_SECRET);
	return field_can_write(f, side == SIDE_CREATE);
}

void
doc_required(struct doc *d, const struct field *fields, enum schema_side side,
	     const struct child *within)
{
	bool any = false;

	for (const struct field *f = fields; f && f->name; f++) {
		if (!(f->flags & FF_REQUIRED) || !doc_on_side(f, side) ||
		    (side == SIDE_ANSWER && f->read != P_NONE) ||
		    (within && child_gives(within, f)))
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

void
doc_members(struct doc *d, const struct field *fields, enum schema_side side,
	    const struct child *within)
{
	for (const struct field *f = fields; f && f->name; f++) {
		if (!doc_on_side(f, side) || (within && child_gives(within, f)))
			continue;
		jw_key(&d->w, f->name);
		field_schema(d, f, side);
	}
}

void
doc_object(struct doc *d, const struct field *fields, enum schema_side side, bool null)
{
	doc_type(d, "object", null);
	jw_key(&d->w, "properties");
	jw_object(&d->w);
	doc_members(d, fields, side, NULL);
	jw_end_object(&d->w);
	if (side != SIDE_PATCH)
		doc_required(d, fields, side, NULL);
	jw_kbool(&d->w, "additionalProperties", false);
}
