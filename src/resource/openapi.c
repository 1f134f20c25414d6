/*
 * openapi.c - the contract: OpenAPI 3.1 of the registry.
 *
 * Written from the tables that serve the requests, in their order, so that it cannot drift and two
 * runs write the same bytes. Every operation has an id, a tag, a summary, its parameters, its body
 * and every answer that it can give.
 */
#include "openapi.h"

enum { DOC_MAX = 64 * 1024 * 1024 };

/* ---- which operations there are ---- */

static void
add_op(struct doc *d, doc_op_vec *ops, enum doc_kind kind, enum method method,
       const struct resource *res, const char *below)
{
	*vec_push(d->arena, ops) = (struct doc_op){
		.kind = kind,
		.method = method,
		.res = res,
		.path = arena_printf(d->arena, "/v1/%s%s", res->path, below),
	};
}

static void
collect(struct doc *d, doc_op_vec *ops)
{
	for (const struct resource *const *p = d->registry->resources; p && *p; p++) {
		const struct resource *res = *p;
		unsigned has = resource_ops(res);

		if (has & OP_LIST)
			add_op(d, ops, DOC_LIST, M_GET, res, "");
		if (has & OP_CREATE)
			add_op(d, ops, DOC_CREATE, M_POST, res, "");
		if (has & OP_SEARCH)
			add_op(d, ops, DOC_SEARCH, M_POST, res, "/search");
		if (has & OP_AGGREGATE)
			add_op(d, ops, DOC_AGGREGATE, M_POST, res, "/aggregate");
		if (has & OP_BATCH)
			add_op(d, ops, DOC_BATCH, M_POST, res, "/batch");
		if (has & OP_BULK)
			add_op(d, ops, DOC_BULK, M_POST, res, "/bulk");
		if (has & OP_READ)
			add_op(d, ops, DOC_READ, M_GET, res, "/{id}");
		if (has & OP_UPDATE)
			add_op(d, ops, DOC_UPDATE, M_PATCH, res, "/{id}");
		if (has & OP_DELETE)
			add_op(d, ops, DOC_DELETE, M_DELETE, res, "/{id}");
		if (resource_restores(res))
			add_op(d, ops, DOC_RESTORE, M_POST, res, "/{id}/restore");
		for (const struct action *act = res->actions; act && act->name; act++) {
			add_op(d, ops, DOC_ACTION, M_POST, res,
			       arena_printf(d->arena, "/{id}/%s", act->name));
			ops->v[ops->n - 1].act = act;
		}
	}
	for (const struct route *const *p = d->registry->routes; p && *p; p++) {
		for (const struct route *r = *p; r->pattern; r++) {
			if (r->flags & RF_HIDDEN)
				continue;
			*vec_push(d->arena, ops) = (struct doc_op){ .kind = DOC_ROUTE,
								    .method = r->method,
								    .path = r->pattern,
								    .route = r };
		}
	}
}

/* ---- operations ---- */

static const char *
operation_id(struct doc *d, const struct doc_op *o)
{
	const char *one = o->res ? type_name(d->arena, o->res->name) : "";
	const char *many = o->res ? type_name(d->arena, o->res->path) : "";
	char *id;

	switch (o->kind) {
	case DOC_LIST:
		return arena_printf(d->arena, "list%s", many);
	case DOC_CREATE:
		return arena_printf(d->arena, "create%s", one);
	case DOC_READ:
		return arena_printf(d->arena, "get%s", one);
	case DOC_UPDATE:
		return arena_printf(d->arena, "update%s", one);
	case DOC_DELETE:
		return arena_printf(d->arena, "delete%s", one);
	case DOC_SEARCH:
		return arena_printf(d->arena, "search%s", many);
	case DOC_AGGREGATE:
		return arena_printf(d->arena, "aggregate%s", many);
	case DOC_BATCH:
		return arena_printf(d->arena, "batch%s", many);
	case DOC_BULK:
		return arena_printf(d->arena, "bulk%s", many);
	case DOC_RESTORE:
		return arena_printf(d->arena, "restore%s", one);
	case DOC_ACTION:
		id = arena_printf(d->arena, "%s%s", type_name(d->arena, o->act->name), one);
		if (id[0] >= 'A' && id[0] <= 'Z')
			id[0] = (char)(id[0] - 'A' + 'a');
		return id;
	default:
		return arena_printf(d->arena, "%s%s", method_word(o->method),
				    type_name(d->arena, strncmp(o->path, "/v1/", 4) == 0
							    ? o->path + 4
							    : o->path));
	}
}

static const char *
tag_of(struct doc *d, const struct doc_op *o)
{
	const char *start = strncmp(o->path, "/v1/", 4) == 0 ? o->path + 4 : o->path + 1;

	if (o->res)
		return o->res->path;
	return arena_strndup(d->arena, start, strcspn(start, "/"));
}

static const char *
summary_of(struct doc *d, const struct doc_op *o)
{
	static const char *const words[] = {
		[DOC_LIST] = "List",
		[DOC_CREATE] = "Create",
		[DOC_READ] = "Read",
		[DOC_UPDATE] = "Change",
		[DOC_DELETE] = "Remove",
		[DOC_SEARCH] = "Search",
		[DOC_AGGREGATE] = "Count and sum",
		[DOC_BATCH] = "Write many of",
		[DOC_BULK] = "Do one action to many of",
		[DOC_RESTORE] = "Restore",
	};
	const char *doc = o->act ? o->act->doc : o->route ? o->route->doc : NULL;
	const char *end;

	if (o->kind <= DOC_RESTORE) {
		bool many = o->kind == DOC_LIST || o->kind == DOC_SEARCH ||
			    o->kind == DOC_AGGREGATE || o->kind == DOC_BATCH || o->kind == DOC_BULK;

		return arena_printf(d->arena, "%s %s%s", words[o->kind], many ? "" : "one of ",
				    o->res->path);
	}
	if (!doc || !*doc)
		return o->path;
	end = strstr(doc, ". ");
	return end ? arena_strndup(d->arena, doc, (size_t)(end - doc) + 1) : doc;
}

static const char *
perm_of(const struct doc_op *o)
{
	enum perm p = o->act ? o->act->perm : o->route ? o->route->perm : P_NONE;

	if (o->res && !o->act) {
		bool read = o->kind == DOC_LIST || o->kind == DOC_READ || o->kind == DOC_SEARCH ||
			    o->kind == DOC_AGGREGATE || o->kind == DOC_BULK;

		p = resource_perm(o->res, read                    ? OP_READ
					  : o->kind == DOC_DELETE ? OP_DELETE
								  : OP_UPDATE);
	}
	return p == P_NONE ? NULL : perm_defs[p].word;
}

static const char *
description_of(struct doc *d, const struct doc_op *o)
{
	const char *doc = o->act ? o->act->doc : o->route ? o->route->doc : o->res->doc;
	const char *perm = perm_of(o);
	const char *more = "";

	if (o->kind == DOC_LIST)
		more = o->res->custom
			   ? " Filterable custom fields are parameters too: custom.{key}."
			   : "";
	else if (o->kind == DOC_UPDATE)
		more = " JSON Merge Patch: an array replaces the array, its elements keep their "
		       "identity by id.";
	else if (o->kind == DOC_DELETE)
		more = o->res->archives ? " It is archived; history keeps it."
					: " Refused while something refers to it.";
	else if (o->kind == DOC_BATCH)
		more = " All or nothing, unless partial=true.";
	else if (o->kind == DOC_BULK)
		more = " Over ids or a filter's rows, as they are now: an operation. It takes the "
		       "permission of the action too.";
	return arena_printf(d->arena, "%s%s%s%s%s", doc ? doc : "", more,
			    perm ? " Needs the permission `" : "", perm ? perm : "",
			    perm ? "`." : "");
}

static void
operation(struct doc *d, const struct doc_op *o)
{
	struct jw *w = &d->w;

	jw_key(w, method_word(o->method));
	jw_object(w);
	jw_kstr(w, "operationId", operation_id(d, o));
	jw_key(w, "tags");
	jw_array(w);
	jw_strz(w, tag_of(d, o));
	jw_end_array(w);
	jw_kstr(w, "summary", summary_of(d, o));
	jw_kstr(w, "description", description_of(d, o));
	if (o->route && (o->route->flags & RF_PUBLIC))
		jw_kraw(w, "security", STR("[]"));
	if (perm_of(o))
		jw_kstr(w, "x-permission", perm_of(o));
	if (o->act ? o->act->step_up : o->route && (o->route->flags & RF_STEP_UP))
		jw_kbool(w, "x-step-up", true);
	if (o->route ? o->route->module : o->res->module)
		jw_kstr(w, "x-module", o->route ? o->route->module : o->res->module);
	doc_parameters(d, o);
	doc_request_body(d, o);
	doc_responses(d, o);
	jw_end_object(w);
}

static void
paths(struct doc *d, doc_op_vec *ops)
{
	jw_key(&d->w, "paths");
	jw_object(&d->w);
	for (size_t i = 0; i < ops->n; i++) {
		if (ops->v[i].done)
			continue;
		jw_key(&d->w, ops->v[i].path);
		jw_object(&d->w);
		for (size_t k = i; k < ops->n; k++) {
			if (ops->v[k].done || strcmp(ops->v[i].path, ops->v[k].path) != 0)
				continue;
			operation(d, &ops->v[k]);
			ops->v[k].done = true;
		}
		jw_end_object(&d->w);
	}
	jw_end_object(&d->w);
}

static void
tags(struct doc *d, const doc_op_vec *ops)
{
	static const char *const words[][2] = {
		{ "session", "Sign-in of people." },
		{ "me", "The caller." },
		{ "password", "Passwords." },
		{ "oauth", "Access tokens of programs." },
		{ "reports", "What the books and documents add up to." },
		{ "ledger", "Periods and entries of the journal." },
		{ "schema", "What resources are made of." },
		{ "events", "What happened, in order." },
		{ "changes", "The durable feed of changes." },
		{ "pay", "The hosted payment page." },
		{ "imports", "Files that come in." },
		{ "exports", "Files that go out." },
		{ "test_clock", "The clock of a sandbox." },
	};
	VEC(const char *) seen = { 0 };
	struct jw *w = &d->w;

	jw_key(w, "tags");
	jw_array(w);
	for (size_t i = 0; i < ops->n; i++) {
		const char *tag = tag_of(d, &ops->v[i]), *doc = NULL;
		size_t k = 0;

		while (k < seen.n && strcmp(seen.v[k], tag) != 0)
			k++;
		if (k < seen.n)
			continue;
		*vec_push(d->arena, &seen) = tag;
		if (ops->v[i].res)
			doc = ops->v[i].res->doc;
		for (size_t n = 0; !doc && n < sizeof(words) / sizeof(words[0]); n++) {
			if (strcmp(words[n][0], tag) == 0)
				doc = words[n][1];
		}
		jw_object(w);
		jw_kstr(w, "name", tag);
		jw_kstr(w, "description",
			doc ? doc : arena_printf(d->arena, "Operations of %s.", tag));
		jw_end_object(w);
	}
	jw_end_array(w);
}

struct str
openapi_document(const struct registry *g, struct arena *a, const char *public_url)
{
	struct doc d = { .arena = a, .registry = g, .public_url = public_url };
	doc_op_vec ops = { 0 };
	struct jw *w = &d.w;

	jw_init(w, a, DOC_MAX);
	collect(&d, &ops);
	jw_object(w);
	jw_kstr(w, "openapi", "3.1.0");
	jw_kraw(
	    w, "info",
	    STR("{\"title\":\"Billfold\",\"version\":\"1\",\"summary\":\"From a won deal to a paid "
		"and booked invoice.\",\"description\":\"Amounts are integers of minor units; "
		"prices, quantities and rates are decimal strings; instants are RFC 3339 in UTC, "
		"business dates YYYY-MM-DD. Unknown members are refused. Errors are "
		"application/problem+json.\",\"license\":{\"name\":\"Proprietary\","
		"\"identifier\":\"LicenseRef-Proprietary\"}}"));
	jw_key(w, "servers");
	jw_array(w);
	jw_object(w);
	jw_kstr(w, "url", public_url && *public_url ? public_url : "/");
	jw_kstr(w, "description", "This installation.");
	jw_end_object(w);
	jw_end_array(w);
	jw_kraw(w, "security", STR("[{\"bearer\":[]},{\"session\":[]}]"));
	tags(&d, &ops);
	paths(&d, &ops);
	doc_components(&d);
	jw_end_object(w);
	return sb_str(&w->sb);
}
