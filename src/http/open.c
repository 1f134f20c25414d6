/*
 * open.c - what a process compiles once, and the routes of this room.
 */
#include "serve.h"

static int
schema_get(struct call *c, struct reply *r, struct err *err)
{
	const struct resource *const *res = c->app->registry->resources;

	while (res && *res && !str_eqz(c->param[0], (*res)->name) &&
	       !str_eqz(c->param[0], (*res)->path))
		res++;
	if (!res || !*res)
		return err_set(err, ERR_not_found, "There is no such resource.");
	c->module = (*res)->module;
	return resource_schema(*res, c, r, err);
}

const struct route http_routes[] = { { .method = M_GET,
				       .pattern = "/v1/schema/{resource}",
				       .out = resource_schema_out,
				       .run = schema_get,
				       .doc =
					   "A resource's fields, custom ones too: types, labels, "
					   "choices, operators, and what the caller may edit." },
				     { 0 } };

int
http_open(struct http_server *s, struct err *err)
{
	struct arena *a = arena_new(65536);
	struct http_state *st = arena_alloc(a, sizeof(*st));
	struct endpoint document = {
		.kind = EP_OPENAPI,
		.method = M_GET,
		.pattern = "/v1/openapi.json",
		.flags = RF_PUBLIC | RF_HIDDEN,
	};

	st->arena = a;
	if (router_compile(a, s->registry, &st->router, err) < 0 ||
	    router_add(st->router, a, document, err) < 0) {
		arena_free(a);
		return -1;
	}
	s->state = st;
	return 0;
}

void
http_close(struct http_server *s)
{
	if (s->state)
		arena_free(s->state->arena);
	s->state = NULL;
}
