/*
 * openapi_body.c - what an operation takes: its request body, as narrow as it is checked.
 */
#include "openapi.h"

#include "bulk.h"

static bool
any_required(const struct field *fields)
{
	for (const struct field *f = fields; f && f->name; f++) {
		if (f->flags & FF_REQUIRED)
			return true;
	}
	return false;
}

static void
search_body(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	d->uses |= USES_FILTER;
	jw_kstr(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "where");
	doc_ref(d, "schemas", "Filter");
	jw_kraw(w, "sort", STR("{\"type\":\"string\"}"));
	jw_kraw(w, "limit",
		STR("{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}"));
	jw_kraw(w, "cursor", STR("{\"type\":\"string\"}"));
	jw_kraw(w, "fields", STR("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
	jw_kraw(w, "expand", STR("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
	jw_kraw(w, "count", STR("{\"type\":\"string\",\"enum\":[\"exact\"]}"));
	if (res->archives)
		jw_kraw(w, "archived",
			STR("{\"type\":\"string\",\"enum\":[\"with\",\"only\",\"without\"]}"));
	jw_end_object(w);
	jw_kbool(w, "additionalProperties", false);
}

static void
batch_body(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;
	const char *name = type_name(d->arena, res->name);

	jw_kstr(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "items");
	jw_object(w);
	jw_kstr(w, "type", "array");
	jw_kint(w, "minItems", 1);
	jw_kint(w, "maxItems", 1000);
	jw_key(w, "items");
	jw_object(w);
	jw_key(w, "oneOf");
	jw_array(w);
	if (res->ops & OP_CREATE) {
		jw_raw(w, str_from(arena_printf(
			      d->arena,
			      "{\"type\":\"object\",\"properties\":{\"op\":{\"const\":\"create\"},"
			      "\"data\":{\"$ref\":\"#/components/schemas/%sCreate\"}},\"required\":"
			      "[\"op\",\"data\"],\"additionalProperties\":false}",
			      name)));
	}
	if (res->ops & OP_UPDATE) {
		jw_raw(w,
		       str_from(arena_printf(
			   d->arena,
			   "{\"type\":\"object\",\"properties\":{\"op\":{\"const\":\"update\"},"
			   "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"version\":{\"type\":"
			   "\"integer\",\"minimum\":1},\"data\":{\"$ref\":"
			   "\"#/components/schemas/%sPatch\"}},\"required\":[\"op\",\"id\","
			   "\"version\",\"data\"],\"additionalProperties\":false}",
			   name)));
	}
	jw_end_array(w);
	jw_end_object(w);
	jw_end_object(w);
	jw_end_object(w);
	jw_kraw(w, "required", STR("[\"items\"]"));
	jw_kbool(w, "additionalProperties", false);
}

static void
bulk_body(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	d->uses |= USES_FILTER;
	jw_kstr(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "action");
	jw_object(w);
	jw_kstr(w, "type", "string");
	jw_key(w, "enum");
	jw_array(w);
	for (const char *const *word = bulk_words(d->arena, res); *word; word++)
		jw_strz(w, *word);
	jw_end_array(w);
	jw_end_object(w);
	jw_kraw(w, "ids",
		STR("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uuid\"},"
		    "\"maxItems\":10000,\"description\":\"These rows; or where.\"}"));
	jw_key(w, "where");
	doc_ref(d, "schemas", "Filter");
	jw_kraw(
	    w, "params",
	    STR("{\"type\":\"object\",\"description\":\"What the action's own request takes; of "
		"patch, the merge patch.\"}"));
	jw_kraw(
	    w, "dry_run",
	    STR("{\"type\":\"boolean\",\"description\":\"Try everything, keep nothing, say what "
		"would have come of it.\"}"));
	jw_end_object(w);
	jw_kraw(w, "required", STR("[\"action\"]"));
	jw_kbool(w, "additionalProperties", false);
}

static void
begin_body(struct doc *d, bool required)
{
	jw_key(&d->w, "requestBody");
	jw_object(&d->w);
	if (required)
		jw_kbool(&d->w, "required", true);
	jw_key(&d->w, "content");
	jw_object(&d->w);
}

static void
end_body(struct doc *d)
{
	jw_end_object(&d->w);
	jw_end_object(&d->w);
}

/* A file beside what is said of it, as a form sends it. */
static void
upload_content(struct doc *d)
{
	doc_content(d, "multipart/form-data");
	jw_raw(&d->w,
	       STR("{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\","
		   "\"description\":\"The same object in JSON, without the file.\"},\"csv\":{"
		   "\"type\":\"string\",\"contentMediaType\":\"text/csv\",\"description\":\"The "
		   "file, up to 64 MiB.\"}},\"required\":[\"spec\",\"csv\"]}"));
	jw_kraw(&d->w, "example",
		STR("{\"spec\":{\"resource\":\"account\"},\"csv\":\"legal_name\\r\\nAlpenblick "
		    "Hotel GmbH\\r\\n\"}"));
	jw_end_object(&d->w);
}

static void
fields_body(struct doc *d, const struct field *fields, const char *media, bool upload)
{
	begin_body(d, any_required(fields));
	doc_content(d, media);
	jw_object(&d->w);
	doc_object(d, fields, SIDE_CREATE, false);
	jw_end_object(&d->w);
	doc_example_fields(d, fields, SIDE_CREATE);
	jw_end_object(&d->w);
	if (upload)
		upload_content(d);
	end_body(d);
}

static void
ref_body(struct doc *d, const struct doc_op *o, const char *name)
{
	bool patch = o->kind == DOC_UPDATE;

	begin_body(d, true);
	for (int i = patch ? 0 : 1; i < 2; i++) {
		doc_content(d, i == 0 ? "application/merge-patch+json" : "application/json");
		doc_ref(d, "schemas", name);
		doc_example_body(d, o);
		jw_end_object(&d->w);
	}
	end_body(d);
}

void
doc_request_body(struct doc *d, const struct doc_op *o)
{
	const char *name = o->res ? type_name(d->arena, o->res->name) : "";

	switch (o->kind) {
	case DOC_CREATE:
		ref_body(d, o, arena_printf(d->arena, "%sCreate", name));
		break;
	case DOC_UPDATE:
		ref_body(d, o, arena_printf(d->arena, "%sPatch", name));
		break;
	case DOC_AGGREGATE:
		d->uses |= USES_FILTER | USES_AGGREGATE;
		ref_body(d, o, "AggregateRequest");
		break;
	case DOC_SEARCH:
	case DOC_BATCH:
	case DOC_BULK:
		begin_body(d, true);
		doc_content(d, "application/json");
		jw_object(&d->w);
		if (o->kind == DOC_SEARCH)
			search_body(d, o->res);
		else if (o->kind == DOC_BATCH)
			batch_body(d, o->res);
		else
			bulk_body(d, o->res);
		jw_end_object(&d->w);
		doc_example_body(d, o);
		jw_end_object(&d->w);
		end_body(d);
		break;
	case DOC_ACTION:
		if (o->act->in)
			fields_body(d, o->act->in, "application/json", false);
		break;
	case DOC_ROUTE:
		if (o->route->in)
			fields_body(d, o->route->in,
				    o->route->flags & RF_FORM ? "application/x-www-form-urlencoded"
							      : "application/json",
				    o->route->flags & RF_UPLOAD);
		if (o->route->flags & RF_RAW) {
			begin_body(d, true);
			doc_content(d, "application/json");
			jw_raw(&d->w, STR("{\"type\":\"object\"}"));
			jw_kraw(&d->w, "example",
				STR("{\"id\":\"evt_1PqK2e\",\"type\":\"charge.succeeded\"}"));
			jw_end_object(&d->w);
			end_body(d);
		}
		break;
	default:
		break;
	}
}
