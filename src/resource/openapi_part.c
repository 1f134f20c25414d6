/*
 * openapi_part.c - the parts of one operation: its parameters, its body, its answers.
 *
 * Each tells what the engine does with such a call, and nothing that it does not: the filters
 * are those of the table, the errors those that this kind of operation can meet.
 */
#include "openapi.h"

#include "bulk.h"

#include "field.h"
#include "filter.h"

/* ---- parameters ---- */

static void
parameter(struct doc *d, const char *name, const char *in, bool required, const char *doc)
{
	jw_object(&d->w);
	jw_kstr(&d->w, "name", name);
	jw_kstr(&d->w, "in", in);
	if (required)
		jw_kbool(&d->w, "required", true);
	jw_kstr(&d->w, "description", doc);
	jw_key(&d->w, "schema");
}

static void
string_parameter(struct doc *d, const char *name, const char *in, bool required, const char *doc)
{
	parameter(d, name, in, required, doc);
	jw_object(&d->w);
	jw_kstr(&d->w, "type", "string");
	jw_end_object(&d->w);
	jw_end_object(&d->w);
}

static const char *
op_doc(enum filter_op op)
{
	static const char *const docs[] = { "Equal.",
					    "Another value, or none.",
					    "Less.",
					    "Less or equal.",
					    "Greater.",
					    "Greater or equal.",
					    "One of, by commas.",
					    "None of, by commas.",
					    "Whether there is none.",
					    "Begins with, whatever the case.",
					    "Contains, whatever the case." };

	return docs[op];
}

static void
filter_parameters(struct doc *d, const char *name, const struct field *f, unsigned ops)
{
	for (int op = 0; op < FO_COUNT; op++) {
		if (!(ops >> op & 1))
			continue;
		parameter(d,
			  op == FO_EQ ? name
				      : arena_printf(d->arena, "%s[%s]", name, filter_op_words[op]),
			  "query", false, op_doc((enum filter_op)op));
		if (op == FO_IN || op == FO_NIN || op == FO_PREFIX || op == FO_LIKE) {
			jw_object(&d->w);
			jw_kstr(&d->w, "type", "string");
			jw_end_object(&d->w);
		} else if (op == FO_IS_NULL) {
			jw_object(&d->w);
			jw_kstr(&d->w, "type", "boolean");
			jw_end_object(&d->w);
		} else {
			doc_value(d, f);
		}
		jw_end_object(&d->w);
	}
}

static void
hop_parameters(struct doc *d, const struct resource *res)
{
	for (const char *const *h = res->hops; h && *h; h++) {
		struct str far, near = str_cut(str_from(*h), '.', &far);

		for (const struct field *f = res->fields; f->name; f++) {
			const struct resource *target;
			const struct field *t;

			if (f->type != FT_REF || strlen(f->name) != near.len + 3 ||
			    memcmp(f->name, near.p, near.len) != 0)
				continue;
			target = registry_find(d->registry, f->u.ref);
			t = target ? field_find(target->fields, far) : NULL;
			if (t)
				filter_parameters(d, *h, t, filter_ops(t) & ~(1U << FO_LIKE));
		}
	}
}

static void
sort_parameter(struct doc *d, const struct resource *res)
{
	static const char *const own[] = { "id", "created_at", NULL };
	struct jw *w = &d->w;

	parameter(d, "sort", "query", false,
		  arena_printf(d->arena, "One field, - for descending; nulls last. Default %s.",
			       res->default_sort ? res->default_sort : "id"));
	jw_object(w);
	jw_kstr(w, "type", "string");
	jw_key(w, "enum");
	jw_array(w);
	for (const struct field *f = res->fields; f->name; f++) {
		if (!(f->flags & FF_SORT))
			continue;
		jw_strz(w, f->name);
		jw_strz(w, arena_printf(d->arena, "-%s", f->name));
	}
	for (const char *const *o = own; *o; o++) {
		if (!filter_own_field(res, str_from(*o)) || field_find(res->fields, str_from(*o)))
			continue;
		jw_strz(w, *o);
		jw_strz(w, arena_printf(d->arena, "-%s", *o));
	}
	jw_end_array(w);
	jw_end_object(w);
	jw_end_object(w);
}

static void
list_parameters(struct doc *d, const struct resource *res)
{
	static const char *const own[] = { "id", "created_at", NULL };

	doc_ref(d, "parameters", "limit");
	doc_ref(d, "parameters", "cursor");
	sort_parameter(d, res);
	doc_ref(d, "parameters", "count");
	doc_ref(d, "parameters", "ids");
	doc_ref(d, "parameters", "fields");
	doc_ref(d, "parameters", "expand");
	if (res->archives)
		doc_ref(d, "parameters", "archived");
	for (const struct field *f = res->fields; f->name; f++)
		filter_parameters(d, f->name, f, filter_ops(f));
	for (const char *const *o = own; *o; o++) {
		const struct field *f = filter_own_field(res, str_from(*o));

		if (f && !field_find(res->fields, str_from(*o)))
			filter_parameters(d, *o, f, filter_ops(f));
	}
	if (res->external_ids) {
		static const struct field external = { .name = "external_id", .type = FT_TEXT };

		filter_parameters(d, "external_id", &external,
				  1U << FO_EQ | 1U << FO_IN | 1U << FO_IS_NULL);
	}
	hop_parameters(d, res);
}

/* Every {name} of a route's pattern. */
static void
path_parameters(struct doc *d, const char *pattern)
{
	for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
		const char *end = strchr(p, '}');
		const char *name =
		    end ? arena_strndup(d->arena, p + 1, (size_t)(end - p - 1)) : NULL;

		if (name && strcmp(name, "id") == 0)
			doc_ref(d, "parameters", "id");
		else if (name)
			string_parameter(d, name, "path", true,
					 arena_printf(d->arena, "The %s.", name));
	}
}

static void
query_parameters(struct doc *d, const struct field *query)
{
	for (const struct field *f = query; f && f->name; f++) {
		parameter(d, f->name, "query", f->flags & FF_REQUIRED, f->doc ? f->doc : f->name);
		doc_value(d, f);
		jw_end_object(&d->w);
	}
}

void
doc_parameters(struct doc *d, const struct doc_op *o)
{
	bool key = o->method == M_POST && o->kind != DOC_SEARCH && o->kind != DOC_AGGREGATE &&
		   !(o->route && (o->route->flags & (RF_NO_KEY | RF_PUBLIC)));

	jw_key(&d->w, "parameters");
	jw_array(&d->w);
	if (o->route) {
		path_parameters(d, o->path);
		query_parameters(d, o->route->query);
	} else if (strstr(o->path, "{id}")) {
		doc_ref(d, "parameters", "id");
	}
	if (o->kind == DOC_LIST)
		list_parameters(d, o->res);
	if (o->kind == DOC_READ) {
		doc_ref(d, "parameters", "fields");
		doc_ref(d, "parameters", "expand");
		doc_ref(d, "parameters", "ifNoneMatch");
	}
	if (o->kind == DOC_UPDATE || o->kind == DOC_DELETE)
		doc_ref(d, "parameters", "ifMatch");
	if (o->kind == DOC_ACTION || o->kind == DOC_RESTORE)
		doc_ref(d, "parameters", "ifMatchOptional");
	if (o->kind == DOC_BATCH)
		doc_ref(d, "parameters", "partial");
	if (key)
		doc_ref(d, "parameters", "idempotencyKey");
	jw_end_array(&d->w);
}

/* ---- bodies ---- */

static void
content(struct doc *d, const char *media)
{
	jw_key(&d->w, media);
	jw_object(&d->w);
	jw_key(&d->w, "schema");
}

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
	content(d, "multipart/form-data");
	jw_raw(&d->w,
	       STR("{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\","
		   "\"description\":\"The same object in JSON, without the file.\"},\"csv\":{"
		   "\"type\":\"string\",\"contentMediaType\":\"text/csv\",\"description\":\"The "
		   "file, up to 64 MiB.\"}},\"required\":[\"spec\",\"csv\"]}"));
	jw_end_object(&d->w);
}

static void
fields_body(struct doc *d, const struct field *fields, const char *media, bool upload)
{
	begin_body(d, any_required(fields));
	content(d, media);
	jw_object(&d->w);
	doc_object(d, fields, SIDE_CREATE);
	jw_end_object(&d->w);
	jw_end_object(&d->w);
	if (upload)
		upload_content(d);
	end_body(d);
}

static void
ref_body(struct doc *d, const char *name, bool patch)
{
	begin_body(d, true);
	for (int i = patch ? 0 : 1; i < 2; i++) {
		content(d, i == 0 ? "application/merge-patch+json" : "application/json");
		doc_ref(d, "schemas", name);
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
		ref_body(d, arena_printf(d->arena, "%sCreate", name), false);
		break;
	case DOC_UPDATE:
		ref_body(d, arena_printf(d->arena, "%sPatch", name), true);
		break;
	case DOC_AGGREGATE:
		d->uses |= USES_FILTER | USES_AGGREGATE;
		ref_body(d, "AggregateRequest", false);
		break;
	case DOC_SEARCH:
	case DOC_BATCH:
	case DOC_BULK:
		begin_body(d, true);
		content(d, "application/json");
		jw_object(&d->w);
		if (o->kind == DOC_SEARCH)
			search_body(d, o->res);
		else if (o->kind == DOC_BATCH)
			batch_body(d, o->res);
		else
			bulk_body(d, o->res);
		jw_end_object(&d->w);
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
			content(d, "application/json");
			jw_raw(&d->w, STR("{\"type\":\"object\"}"));
			jw_end_object(&d->w);
			end_body(d);
		}
		break;
	default:
		break;
	}
}

/* ---- answers ---- */

static void
list_answer(struct doc *d, const struct doc_op *o)
{
	struct jw *w = &d->w;

	jw_object(w);
	jw_kstr(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "data");
	jw_object(w);
	jw_kstr(w, "type", "array");
	jw_key(w, "items");
	doc_ref(d, "schemas", type_name(d->arena, o->res->name));
	jw_end_object(w);
	jw_kraw(
	    w, "next",
	    STR("{\"type\":[\"string\",\"null\"],\"description\":\"The next page's cursor.\"}"));
	jw_kraw(w, "total", STR("{\"type\":\"integer\",\"description\":\"With count=exact.\"}"));
	if (o->kind == DOC_LIST)
		jw_kraw(
		    w, "missing",
		    STR("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uuid\"},"
			"\"description\":\"With ids: those that are not there.\"}"));
	jw_end_object(w);
	jw_kraw(w, "required", STR("[\"data\",\"next\"]"));
	jw_end_object(w);
}

static void
batch_answer(struct doc *d, const struct resource *res)
{
	struct jw *w = &d->w;

	d->uses |= USES_BATCH_ERROR;
	jw_raw(w,
	       str_from(arena_printf(
		   d->arena,
		   "{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"array\",\"items\":{"
		   "\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"integer\"},"
		   "\"data\":{\"$ref\":\"#/components/schemas/%s\"},\"error\":{\"$ref\":"
		   "\"#/components/schemas/BatchError\"}},\"required\":[\"status\"]}}},"
		   "\"required\":[\"data\"]}",
		   type_name(d->arena, res->name))));
}

static void
answer_schema(struct doc *d, const struct doc_op *o)
{
	const struct field *out = o->act ? o->act->out : o->route ? o->route->out : NULL;

	if (o->kind == DOC_LIST || o->kind == DOC_SEARCH) {
		list_answer(d, o);
	} else if (o->kind == DOC_AGGREGATE) {
		doc_ref(d, "schemas", "AggregateResult");
	} else if (o->kind == DOC_BATCH) {
		batch_answer(d, o->res);
	} else if (o->kind == DOC_BULK && registry_find(d->registry, operation_resource.name)) {
		doc_ref(d, "schemas", type_name(d->arena, operation_resource.name));
	} else if (out) {
		jw_object(&d->w);
		doc_object(d, out, SIDE_ANSWER);
		jw_end_object(&d->w);
	} else if (o->res) {
		doc_ref(d, "schemas", type_name(d->arena, o->res->name));
	} else if (o->route && o->route->shows) {
		doc_ref(d, "schemas", type_name(d->arena, o->route->shows->name));
	} else {
		jw_raw(&d->w, STR("{\"type\":\"object\"}"));
	}
}

static int
status_of(const struct doc_op *o)
{
	if (o->kind == DOC_CREATE)
		return 201;
	if (o->kind == DOC_DELETE)
		return 204;
	if (o->kind == DOC_BULK)
		return 202;
	if (o->act && o->act->status)
		return o->act->status;
	if (o->route && o->route->status)
		return o->route->status;
	return 200;
}

static const char *
status_words(int status)
{
	switch (status) {
	case 201:
		return "Created.";
	case 202:
		return "Accepted; the work goes on.";
	case 204:
		return "Done; nothing to show.";
	case 303:
		return "See other.";
	default:
		return "Done.";
	}
}

static void
success(struct doc *d, const struct doc_op *o)
{
	struct jw *w = &d->w;
	int status = status_of(o);
	bool tagged = o->kind == DOC_CREATE || o->kind == DOC_READ || o->kind == DOC_UPDATE ||
		      o->kind == DOC_RESTORE;

	jw_key(w, arena_printf(d->arena, "%d", status));
	jw_object(w);
	jw_kstr(w, "description", status_words(status));
	if (tagged) {
		jw_key(w, "headers");
		jw_object(w);
		jw_kraw(w, "ETag", STR("{\"$ref\":\"#/components/headers/ETag\"}"));
		if (o->kind == DOC_CREATE)
			jw_kraw(w, "Location", STR("{\"$ref\":\"#/components/headers/Location\"}"));
		jw_end_object(w);
	}
	if (status != 204 && status != 303) {
		jw_key(w, "content");
		jw_object(w);
		if (o->route && o->route->media) {
			content(d, o->route->media);
			jw_raw(w, STR("{}"));
		} else if (o->route && (o->route->flags & RF_HTML)) {
			content(d, "text/html");
			jw_raw(w, STR("{\"type\":\"string\"}"));
		} else {
			content(d, "application/json");
			answer_schema(d, o);
		}
		jw_end_object(w);
		jw_end_object(w);
	}
	jw_end_object(w);
}

void
doc_responses(struct doc *d, const struct doc_op *o)
{
	static const struct {
		const char *status, *name;
	} errors[] = { { "400", "BadRequest" },     { "401", "Unauthenticated" },
		       { "403", "Forbidden" },      { "404", "NotFound" },
		       { "409", "Conflict" },       { "412", "PreconditionFailed" },
		       { "413", "TooLarge" },       { "415", "UnsupportedMediaType" },
		       { "422", "Unprocessable" },  { "428", "PreconditionRequired" },
		       { "429", "TooManyRequests" } };
	bool write = o->method == M_PATCH || o->method == M_DELETE || o->method == M_PUT ||
		     (o->method == M_POST && o->kind != DOC_SEARCH && o->kind != DOC_AGGREGATE);
	bool conditional = o->kind == DOC_UPDATE || o->kind == DOC_DELETE ||
			   o->kind == DOC_ACTION || o->kind == DOC_RESTORE ||
			   o->kind == DOC_BATCH || (o->kind == DOC_ROUTE && write);

	jw_key(&d->w, "responses");
	jw_object(&d->w);
	success(d, o);
	if (o->kind == DOC_READ)
		jw_kraw(&d->w, "304", STR("{\"description\":\"Not modified.\"}"));
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const char *s = errors[i].status;

		if ((strcmp(s, "409") == 0 && !write) || (strcmp(s, "412") == 0 && !conditional) ||
		    (strcmp(s, "428") == 0 && o->kind != DOC_UPDATE && o->kind != DOC_DELETE) ||
		    ((strcmp(s, "413") == 0 || strcmp(s, "415") == 0) &&
		     (o->method == M_GET || o->method == M_DELETE)))
			continue;
		bool oauth = o->kind == DOC_ROUTE && o->route->flags & RF_FORM &&
			     !(o->route->flags & RF_HTML) && i < 2;

		jw_key(&d->w, s);
		doc_ref(d, "responses", oauth ? "OAuthError" : errors[i].name);
	}
	jw_key(&d->w, "default");
	doc_ref(d, "responses", "Failure");
	jw_end_object(&d->w);
}
