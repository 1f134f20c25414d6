/*
 * serve.c - the way of a request, step by step: parse, route, who, may they, is the body sound, do
 * it, answer, log.
 *
 * Nothing here knows what a resource or a route does. Each step either lets the request on or ends
 * it with an error; the problem document, the refusal's row in the trail and the one log line are
 * made at the end for all of them.
 */
#include "serve.h"

#include "parameters.h"

#include <billfold/auth/caller.h>
#include <billfold/auth/deny.h>
#include <billfold/base/date.h>
#include <billfold/base/log.h>

struct exchange {
	const struct http_server *server;
	struct arena *arena;
	struct body_source *body;
	struct request request;
	struct uri uri;
	struct match match;
	const struct endpoint *endpoint;
	struct call call;
	struct reply reply;
	struct answer_context context;
	int64_t began;
};

static int
find_caller(struct exchange *x, struct err *err)
{
	const struct app *app = x->server->app;
	struct credentials cred = {
		.authorization = x->request.authorization,
		.address = x->call.who.address,
		.request_id = x->request.id,
	};
	struct auth_doors doors = { .cache = app->cache, .keys = app->keys };
	bool limited;

	if (x->endpoint->flags & RF_PUBLIC)
		return 0;
	x->context.bearer = x->request.authorization.p != NULL;
	if (!cred.authorization.p) {
		if (cookie_find(x->request.cookie, SESSION_COOKIE, &cred.session, err) < 0)
			return -1;
	}
	/* The caller is copied field by field only once it is known: refusals before it name
	 * nobody. */
	struct caller who;
	int rc = caller_find(&doors, x->arena, &cred, &x->server->limit, &who, &x->context.rate,
			     &limited, err);

	if (limited)
		x->context.limit = &x->server->limit;
	x->call.who = who;
	if (rc < 0)
		return -1;
	x->context.authenticated = true;
	return 0;
}

static bool
method_writes(enum method m)
{
	return m != M_GET && m != M_HEAD && m != M_OPTIONS;
}

static int
check_rights(struct exchange *x, struct err *err)
{
	const struct endpoint *e = x->endpoint;
	const struct caller *who = &x->call.who;

	if (e->flags & RF_PUBLIC)
		return 0;
	if (method_writes(x->request.method) && !(e->flags & RF_NO_CSRF) &&
	    caller_csrf(who, x->request.csrf, x->request.origin, x->request.fetch_site,
			x->server->app->public_url, err) < 0)
		return -1;
	if (perm_has(&who->perms, e->perm)) {
		bool step_up = e->action ? e->action->step_up : (e->flags & RF_STEP_UP) != 0;

		return step_up ? caller_step_up(who, err) : 0;
	}
	x->context.scope_needed = perm_defs[e->perm].word;
	return err_set(err, who->kind == ACTOR_CLIENT ? ERR_insufficient_scope : ERR_forbidden,
		       "This needs the permission %s.", perm_defs[e->perm].word);
}

static int
check_query(struct exchange *x, struct err *err)
{
	const struct endpoint *e = x->endpoint;

	if (uri_pairs(x->arena, x->uri.query, &x->call.query, err) < 0 ||
	    parameters_once(x->arena, &x->call.query, err) < 0)
		return -1;
	switch (e->kind) {
	case EP_ROUTE:
		return e->flags & (RF_HTML | RF_FORM)
			   ? 0
			   : parameters_check(&x->call, e->route->query, err);
	case EP_ACTION:
	case EP_RESTORE:
	case EP_DELETE:
	case EP_SEARCH:
	case EP_AGGREGATE:
	case EP_BULK:
		return parameters_check(&x->call, NULL, err);
	default:
		return 0;
	}
}

static int
check_body(struct exchange *x, struct err *err)
{
	static const struct field nothing[] = { { 0 } };
	const struct endpoint *e = x->endpoint;

	if (body_read(&x->request, e, x->body, &x->call, err) < 0)
		return -1;
	if (e->method == M_PATCH && !x->call.body)
		return err_set(err, ERR_bad_json, "A patch has a body.");
	if (e->kind != EP_ROUTE || e->flags & (RF_FORM | RF_UPLOAD | RF_HTML | RF_RAW))
		return 0;
	if (e->route->in || x->call.body)
		return body_check(&x->call, e->route->in ? e->route->in : nothing,
				  e->method != M_PATCH, err);
	return 0;
}

static int
dispatch(struct exchange *x, struct err *err)
{
	const struct endpoint *e = x->endpoint;
	const struct resource *res = e->resource;
	struct call *c = &x->call;
	struct reply *r = &x->reply;

	switch (e->kind) {
	case EP_ROUTE:
		r->status = e->route->status;
		return e->route->run(c, r, err);
	case EP_CREATE:
		return resource_create(res, c, r, err);
	case EP_UPDATE:
		return resource_update(res, c, r, err);
	case EP_DELETE:
		return resource_delete(res, c, r, err);
	case EP_LIST:
		return resource_list(res, c, r, err);
	case EP_READ:
		return resource_read(res, c, r, err);
	case EP_SEARCH:
		return resource_search(res, c, r, err);
	case EP_AGGREGATE:
		return resource_aggregate(res, c, r, err);
	case EP_BATCH:
		return resource_batch(res, c, r, err);
	case EP_BULK:
		return resource_bulk(res, c, r, err);
	case EP_RESTORE:
		return resource_restore(res, c, r, err);
	case EP_ACTION:
		return resource_action(res, e->action, c, r, err);
	case EP_OPENAPI:
		return 0;
	}
	return err_set(err, ERR_internal, "An endpoint of no kind.");
}

/* The document is the same for everybody: made once, and its digest is its tag. */
static void
serve_openapi(struct exchange *x)
{
	struct http_state *st = x->server->state;
	char hash[SHA256_HEX];

	if (!st->openapi.p) {
		st->openapi =
		    openapi_document(x->server->registry, st->arena, x->server->app->public_url);
		sha256_hex(st->openapi, hash);
		st->openapi_etag = arena_printf(st->arena, "\"%.32s\"", hash);
	}
	x->reply.status = 200;
	x->reply.body = st->openapi;
	x->reply.etag = st->openapi_etag;
	*vec_push(x->arena, &x->reply.headers) =
	    (struct pair){ STR("Cache-Control"), STR("no-cache") };
}

static void
fill_call(struct exchange *x, const char *const *params)
{
	struct call *c = &x->call;

	c->arena = x->arena;
	c->app = x->server->app;
	c->method = x->request.method;
	c->cookie = x->request.cookie;
	c->authorization = x->request.authorization;
	c->content_type = x->request.content_type;
	c->params = params;
	c->user_agent = x->request.user_agent;
	c->if_match = x->request.if_match;
	c->if_none_match = x->request.if_none_match;
	snprintf(c->who.address, sizeof(c->who.address), STR_FMT, STR_ARG(x->request.address));
	snprintf(c->who.request_id, sizeof(c->who.request_id), "%s", x->request.id);
}

static int
find_endpoint(struct exchange *x, struct err *err)
{
	struct call *c = &x->call;

	if (uri_split(x->arena, x->request.target, &x->uri, err) < 0)
		return -1;
	c->path = str_dup(x->arena, x->uri.path);
	int rc = router_find(x->server->state->router, x->request.method, &x->uri, &x->match, err);

	if (rc < 0 || !x->match.endpoint) {
		x->context.allow = x->match.allow;
		x->context.patch = x->match.patch;
		return rc;
	}
	x->endpoint = x->match.endpoint;
	x->context.html = x->endpoint->flags & RF_HTML;
	c->route = x->endpoint->pattern;
	c->n_params = x->match.n_params;
	memcpy(c->param, x->match.param, sizeof(c->param));
	return 0;
}

static int
serve_call(struct exchange *x, struct err *err)
{
	const struct endpoint *e = x->endpoint;

	if (e->method == M_POST && !(e->flags & RF_NO_KEY) &&
	    request_key(&x->request, &x->call.idempotency_key, err) < 0)
		return -1;
	if (find_caller(x, err) < 0 || check_rights(x, err) < 0 || check_query(x, err) < 0 ||
	    check_body(x, err) < 0)
		return -1;
	if (e->kind == EP_OPENAPI) {
		serve_openapi(x);
		return 0;
	}
	x->call.module = e->resource ? e->resource->module : e->route ? e->route->module : NULL;
	return dispatch(x, err);
}

/* Acts without the right to them, and acts upon what is final. */
static void
record_refusal(struct exchange *x, const struct err *err)
{
	const struct endpoint *e = x->endpoint;
	const struct resource *res = e ? e->resource : NULL;
	const char *id = x->call.about;

	if ((err_def(err)->status != 403 && err->code != ERR_final_document) ||
	    !x->context.authenticated)
		return;
	if (!id && res && x->call.n_params)
		id = str_dup(x->arena, x->call.param[0]);
	deny_error(x->server->app->db, x->arena, &x->call.who,
		   arena_printf(x->arena, "%s %s", x->request.method_name, x->call.route),
		   res ? res->name : NULL, id, err);
}

static void
log_failure(const struct err *err)
{
	enum log_level level = err_def(err)->status >= 500 ? LOG_ERROR : LOG_DEBUG;

	log_event(level, "request failed", "code", err_def(err)->code, "detail", err->detail,
		  "cause", err->cause[0] ? err->cause : NULL, "sqlstate",
		  err->sqlstate[0] ? err->sqlstate : NULL, NULL);
}

/* What a log line may hold of a client's text: valid, short, and never a link's secret. */
static const char *
log_text(struct arena *a, struct str s)
{
	size_t len = s.len < 200 ? s.len : 200;

	while (len && len < s.len && ((unsigned char)s.p[len] & 0xc0) == 0x80)
		len--;
	return s.p ? arena_strndup(a, s.p, len) : NULL;
}

static void
log_access(const struct exchange *x, const struct answer *ret, const struct err *err)
{
	const struct caller *who = &x->call.who;
	bool secret = x->endpoint && x->endpoint->flags & RF_HTML;
	char status[8], us[24], bytes[24];

	snprintf(status, sizeof(status), "%d", ret->status);
	snprintf(us, sizeof(us), "%lld", (long long)(instant_now() - x->began));
	snprintf(bytes, sizeof(bytes), "%lld",
		 ret->next ? (long long)x->reply.length : (long long)ret->body.len);
	log_event(LOG_INFO, "request", "method",
		  log_text(x->arena, str_from(x->request.method_name)), "route", x->call.route,
		  "path", secret ? NULL : log_text(x->arena, x->uri.path), "status", status, "us",
		  us, "bytes", bytes, "code", err->code != ERR_none ? err_def(err)->code : NULL,
		  "tenant", who->tenant.z[0] ? who->tenant.z : NULL, "actor",
		  who->actor[0] ? who->actor : NULL, "address", who->address, "agent",
		  log_text(x->arena, x->request.user_agent), "trace",
		  x->request.trace[0] ? x->request.trace : NULL, NULL);
}

void
http_serve(const struct http_server *s, const char *const *params, struct body_source *src,
	   struct arena *a, struct answer *ret)
{
	struct exchange x = { .server = s, .arena = a, .body = src, .began = instant_now() };
	struct err err = { 0 };
	int rc = request_parse(a, params, &x.request, &err);

	x.context.arena = a;
	x.context.request = &x.request;
	x.context.public_url = s->app->public_url;
	log_bind("request", x.request.id);
	fill_call(&x, params);
	if (rc == 0)
		rc = find_endpoint(&x, &err);
	if (rc == 0 && x.endpoint)
		rc = serve_call(&x, &err);
	else if (rc == 0)
		x.reply.status = 204; /* OPTIONS */

	if (rc == 0) {
		err_clear(&err);
		answer_reply(&x.context, &x.reply, ret);
	} else {
		if (err.code == ERR_none)
			err_set(&err, ERR_internal, "A handler failed without saying why.");
		log_failure(&err);
		record_refusal(&x, &err);
		answer_problem(&x.context, &err, &x.reply, ret);
	}
	log_access(&x, ret, &err);
	log_bind("request", NULL);
}
