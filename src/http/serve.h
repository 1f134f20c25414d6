/*
 * serve.h - one request from parameters to answer; the loop and the tests come in here.
 */
#ifndef BILLFOLD_HTTP_SERVE_H
#define BILLFOLD_HTTP_SERVE_H

#include "body.h"
#include "reply.h"
#include "router.h"

#include <billfold/http.h>

struct http_state {
	struct arena *arena; /* as long as the process */
	struct router *router;
	struct str openapi; /* made when it is first asked for */
	const char *openapi_etag;
};

/* Never fails: what goes wrong is the answer. HEAD answers carry their body: the loop sends or
 * drops it. */
void http_serve(const struct http_server *s, const char *const *params, struct body_source *src,
		struct arena *a, struct answer *ret);

#endif
