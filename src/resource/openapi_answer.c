/*
 * openapi_answer.c - what an operation answers: its success, and the errors that this kind of
 * operation can meet.
 *
 * The tests hold every answer that they get against this (tests/api/harness/promise.py): members
 * that are not told here fail them.
 */
#include "openapi.h"

#include <billfold/resource/operation.h>

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
	jw_kbool(w, "additionalProperties", false);
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
		   "\"#/components/schemas/BatchError\"}},\"required\":[\"status\"],"
		   "\"additionalProperties\":false}}},\"required\":[\"data\"],"
		   "\"additionalProperties\":false}",
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
		doc_object(d, out, SIDE_ANSWER, false);
		jw_end_object(&d->w);
	} else if (o->res) {
		doc_ref(d, "schemas", type_name(d->arena, o->res->name));
	} else if (o->route && o->route->shows) {
		doc_ref(d, "schemas", type_name(d->arena, o->route->shows->name));
	} else {
		jw_raw(&d->w, STR("{\"type\":\"object\"}"));
	}
}

/* Bytes of these types: the document says nothing of what is in them. */
static void
media_content(struct doc *d, const char *types)
{
	struct str rest = str_from(types);

	while (rest.len) {
		struct str one = str_cut(rest, ' ', &rest);

		jw_key(&d->w, str_dup(d->arena, one));
		jw_raw(&d->w, STR("{\"schema\":{}}"));
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

	jw_key(w, int_text(d->arena, status));
	jw_object(w);
	jw_kstr(w, "description", status_words(status));
	jw_key(w, "headers");
	jw_object(w);
	jw_kraw(w, "X-Request-Id", STR("{\"$ref\":\"#/components/headers/RequestId\"}"));
	if (tagged)
		jw_kraw(w, "ETag", STR("{\"$ref\":\"#/components/headers/ETag\"}"));
	if (o->kind == DOC_CREATE)
		jw_kraw(w, "Location", STR("{\"$ref\":\"#/components/headers/Location\"}"));
	jw_end_object(w);
	if (status != 204 && status != 303) {
		jw_key(w, "content");
		jw_object(w);
		if (o->route && o->route->media) {
			media_content(d, o->route->media);
		} else if (o->route && (o->route->flags & RF_HTML)) {
			doc_content(d, "text/html");
			jw_raw(w, STR("{\"type\":\"string\"}"));
			jw_kstr(w, "example", "<!DOCTYPE html>");
			jw_end_object(w);
		} else {
			doc_content(d, "application/json");
			answer_schema(d, o);
			doc_example_answer(d, o);
			jw_end_object(w);
		}
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
		jw_kraw(&d->w, "304",
			STR("{\"description\":\"Not modified.\",\"headers\":{\"ETag\":{\"$ref\":"
			    "\"#/components/headers/ETag\"}}}"));
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const char *s = errors[i].status;

		if ((strcmp(s, "409") == 0 && !write) || (strcmp(s, "412") == 0 && !conditional) ||
		    (strcmp(s, "428") == 0 && o->kind != DOC_UPDATE && o->kind != DOC_DELETE &&
		     !(o->route && o->method == M_PATCH)) ||
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
