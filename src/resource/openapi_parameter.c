/*
 * openapi_parameter.c - the parameters of one operation: those that the engine takes, and no
 * others.
 *
 * The filters of a list are those of its table, with the operators of their types.
 */
#include "openapi.h"

#include "field.h"
#include "filter.h"

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
	if (o->kind == DOC_UPDATE || o->kind == DOC_DELETE || (o->route && o->method == M_PATCH))
		doc_ref(d, "parameters", "ifMatch");
	if (o->kind == DOC_ACTION || o->kind == DOC_RESTORE)
		doc_ref(d, "parameters", "ifMatchOptional");
	if (o->kind == DOC_BATCH)
		doc_ref(d, "parameters", "partial");
	if (key)
		doc_ref(d, "parameters", "idempotencyKey");
	jw_end_array(&d->w);
}
