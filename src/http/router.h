/*
 * router.h - which endpoint a method and a path name.
 *
 * Compiled once a process from the registry: a tree of segments in which a literal goes before a
 * {parameter}. Every operation of a resource and every route becomes one endpoint with its
 * pattern, permission, flags and body limit, so that the way of a request asks no table twice.
 */
#ifndef BILLFOLD_HTTP_ROUTER_H
#define BILLFOLD_HTTP_ROUTER_H

#include "uri.h"

enum endpoint_kind {
	EP_ROUTE,
	EP_CREATE,
	EP_LIST,
	EP_READ,
	EP_UPDATE,
	EP_DELETE,
	EP_SEARCH,
	EP_AGGREGATE,
	EP_BATCH,
	EP_BULK,
	EP_RESTORE,
	EP_ACTION,
	EP_OPENAPI
};

struct endpoint {
	enum endpoint_kind kind;
	enum method method;
	const char *pattern; /* "/v1/accounts/{id}" */
	enum perm perm;
	unsigned flags; /* enum route_flag */
	size_t body_max;
	const struct route *route; /* EP_ROUTE */
	const struct resource *resource;
	const struct action *action; /* EP_ACTION */
};

struct router;

/* Everything lives in a. Two endpoints at one method and path are a mistake of the tables. */
int router_compile(struct arena *a, const struct registry *g, struct router **ret, struct err *err);

/* One endpoint more, of no table. */
int router_add(struct router *r, struct arena *a, struct endpoint e, struct err *err);

struct match {
	const struct endpoint *endpoint; /* NULL: the path is known, the method is not */
	const char *allow;               /* "GET, HEAD, OPTIONS" */
	bool patch;                      /* PATCH is among them */
	struct str param[4];
	int n_params;
};

/* ERR_not_found, or ERR_method_not_allowed with ret->allow filled in. HEAD finds GET. */
int router_find(const struct router *r, enum method method, const struct uri *u, struct match *ret,
		struct err *err);

#endif
