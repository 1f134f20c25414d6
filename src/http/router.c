/*
 * router.c - see router.h.
 *
 * A node has its literal children, at most one parameter child, and one endpoint a method. A
 * search goes into the literal child first and comes back for the parameter when nothing lies
 * below it; a path is at most URI_SEGMENTS_MAX deep, so the way back is short.
 */
#include "router.h"

enum {
	PARAMS_MAX = 4,
	KIB = 1024,
	BODY_MAX = 1024 * KIB,
	BODY_LARGE = 8 * BODY_MAX,
	BODY_STREAM = 64 * BODY_MAX
};

struct node {
	struct str segment;
	VEC(struct node *) literals;
	struct node *param;
	const struct endpoint *at[M_OTHER];
	bool any;
	const char *allow;
};

struct router {
	struct node root;
};

static const char *const method_names[M_OTHER] = {
	[M_GET] = "GET", [M_HEAD] = "HEAD",     [M_POST] = "POST",       [M_PATCH] = "PATCH",
	[M_PUT] = "PUT", [M_DELETE] = "DELETE", [M_OPTIONS] = "OPTIONS",
};

static struct node *
node_literal(const struct node *n, struct str segment)
{
	for (size_t i = 0; i < n->literals.n; i++)
		if (str_eq(n->literals.v[i]->segment, segment))
			return n->literals.v[i];
	return NULL;
}

static struct node *
node_child(struct arena *a, struct node *n, struct str segment)
{
	bool param = segment.len >= 2 && segment.p[0] == '{';
	struct node *found = param ? n->param : node_literal(n, segment);

	if (found)
		return found;
	found = arena_alloc(a, sizeof(*found));
	found->segment = segment;
	if (param)
		n->param = found;
	else
		*vec_push(a, &n->literals) = found;
	return found;
}

static const char *
allow_text(struct arena *a, const struct node *n)
{
	struct sb sb;

	sb_init(&sb, a, 256);
	for (enum method m = M_GET; m < M_OTHER; m++) {
		if (!n->at[m == M_HEAD ? M_GET : m] && m != M_OPTIONS)
			continue;
		if (sb.len)
			sb_addz(&sb, ", ");
		sb_addz(&sb, method_names[m]);
	}
	return sb_z(&sb);
}

int
router_add(struct router *r, struct arena *a, struct endpoint e, struct err *err)
{
	struct node *n = &r->root;
	struct str rest = str_from(e.pattern);
	struct endpoint *kept = arena_alloc(a, sizeof(*kept));
	int n_params = 0;

	if (rest.len < 2 || rest.p[0] != '/')
		return err_set(err, ERR_internal, "The pattern %s is not a path.", e.pattern);
	rest = (struct str){ rest.p + 1, rest.len - 1 };
	while (rest.len) {
		struct str segment = str_cut(rest, '/', &rest);

		n_params += segment.len && segment.p[0] == '{';
		n = node_child(a, n, segment);
	}
	if (n_params > PARAMS_MAX)
		return err_set(err, ERR_internal, "The pattern %s has too many parameters.",
			       e.pattern);
	if (e.method >= M_OTHER || e.method == M_HEAD || e.method == M_OPTIONS || n->at[e.method])
		return err_set(err, ERR_internal,
			       "%s %s is declared twice, or is the router's own.",
			       e.method < M_OTHER ? method_names[e.method] : "?", e.pattern);
	*kept = e;
	n->at[e.method] = kept;
	n->any = true;
	n->allow = allow_text(a, n);
	return 0;
}

static int
add_route(struct router *r, struct arena *a, const struct route *route, struct err *err)
{
	size_t max = route->flags & RF_UPLOAD  ? BODY_STREAM
		     : route->flags & RF_LARGE ? BODY_LARGE
					       : BODY_MAX;

	return router_add(r, a,
			  (struct endpoint){ .kind = EP_ROUTE,
					     .method = route->method,
					     .pattern = route->pattern,
					     .perm = route->perm,
					     .flags = route->flags,
					     .body_max = max,
					     .route = route },
			  err);
}

/* What carries lines may be long: an invoice of thousands of them. */
static size_t
resource_body(const struct resource *res)
{
	for (const struct child *c = res->children; c && c->name; c++)
		if (c->writable && c->ordered)
			return BODY_LARGE;
	return BODY_MAX;
}

static int
add_resource(struct router *r, struct arena *a, const struct resource *res, struct err *err)
{
	static const struct {
		unsigned op;
		enum endpoint_kind kind;
		enum method method;
		const char *below;
		bool large;
		unsigned flags;
	} operations[] = {
		{ OP_LIST, EP_LIST, M_GET, "", false, 0 },
		{ OP_CREATE, EP_CREATE, M_POST, "", false, 0 },
		{ OP_READ, EP_READ, M_GET, "/{id}", false, 0 },
		{ OP_UPDATE, EP_UPDATE, M_PATCH, "/{id}", false, 0 },
		{ OP_DELETE, EP_DELETE, M_DELETE, "/{id}", false, 0 },
		{ OP_SEARCH, EP_SEARCH, M_POST, "/search", true, RF_NO_KEY },
		{ OP_AGGREGATE, EP_AGGREGATE, M_POST, "/aggregate", true, RF_NO_KEY },
		{ OP_BATCH, EP_BATCH, M_POST, "/batch", true, 0 },
		/* What the action takes is asked where it is known. */
		{ OP_BULK, EP_BULK, M_POST, "/bulk", true, 0 },
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!(res->ops & operations[i].op))
			continue;
		struct endpoint e = {
			.kind = operations[i].kind,
			.method = operations[i].method,
			.pattern = arena_printf(a, "/v1/%s%s", res->path, operations[i].below),
			.perm = resource_perm(res, operations[i].op),
			.flags = operations[i].flags,
			.body_max = operations[i].large ? BODY_LARGE : resource_body(res),
			.resource = res,
		};
		if (router_add(r, a, e, err) < 0)
			return -1;
	}
	if (resource_restores(res)) {
		struct endpoint e = {
			.kind = EP_RESTORE,
			.method = M_POST,
			.pattern = arena_printf(a, "/v1/%s/{id}/restore", res->path),
			.perm = res->write,
			.body_max = BODY_MAX,
			.resource = res,
		};
		if (router_add(r, a, e, err) < 0)
			return -1;
	}
	for (const struct action *act = res->actions; act && act->name; act++) {
		struct endpoint e = {
			.kind = EP_ACTION,
			.method = M_POST,
			.pattern = arena_printf(a, "/v1/%s/{id}/%s", res->path, act->name),
			.perm = act->perm,
			.body_max = BODY_MAX,
			.resource = res,
			.action = act,
		};
		if (router_add(r, a, e, err) < 0)
			return -1;
	}
	return 0;
}

int
router_compile(struct arena *a, const struct registry *g, struct router **ret, struct err *err)
{
	struct router *r = arena_alloc(a, sizeof(*r));

	for (const struct resource *const *res = g->resources; res && *res; res++)
		if (add_resource(r, a, *res, err) < 0)
			return -1;
	for (const struct route *const *list = g->routes; list && *list; list++)
		for (const struct route *route = *list; route->pattern; route++)
			if (add_route(r, a, route, err) < 0)
				return -1;
	*ret = r;
	return 0;
}

static const struct node *
descend(const struct node *n, const struct uri *u, int i, struct match *m)
{
	if (i == u->n_segments)
		return n->any ? n : NULL;

	const struct node *child = node_literal(n, u->segments[i]);
	const struct node *found = child ? descend(child, u, i + 1, m) : NULL;

	if (found || !n->param || m->n_params == PARAMS_MAX)
		return found;
	m->param[m->n_params++] = u->segments[i];
	found = descend(n->param, u, i + 1, m);
	if (!found)
		m->n_params--;
	return found;
}

int
router_find(const struct router *r, enum method method, const struct uri *u, struct match *ret,
	    struct err *err)
{
	*ret = (struct match){ 0 };
	const struct node *n = descend(&r->root, u, 0, ret);

	if (!n)
		return err_set(err, ERR_not_found, "There is nothing at this path.");
	ret->allow = n->allow;
	ret->patch = n->at[M_PATCH] != NULL;
	if (method < M_OTHER)
		ret->endpoint = n->at[method == M_HEAD ? M_GET : method];
	if (!ret->endpoint && method != M_OPTIONS)
		return err_set(err, ERR_method_not_allowed, "Allowed here: %s.", n->allow);
	return 0;
}
