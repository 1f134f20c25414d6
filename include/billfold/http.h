/*
 * http.h - the way of a request: FastCGI in, a call through the router, a reply out.
 *
 * Parses within limits, finds the route by the raw REQUEST_URI, learns who is calling (session
 * cookie, bearer token or API key, with the rate limit in the same Redis round trip), hands the
 * call to the resource engine or a route, and writes the reply or a problem+json document.
 */
#ifndef BILLFOLD_HTTP_H
#define BILLFOLD_HTTP_H

#include <billfold/process.h>
#include <billfold/resource.h>

struct http_server {
	const struct registry *registry;
	struct app *app;
	int listen_fd;
	struct rate_limit limit;
};

/* A listening unix socket for FastCGI, mode 0660; made in the supervisor, inherited. */
int http_listen(const char *path, int *ret_fd, struct err *err);
/* The loop of one worker: polls signals and socket, accepts, serves, until told to stop. */
int http_loop(const struct http_server *s, struct worker *w);

/* For tests and fuzzers: one request from CGI parameters and a body, without sockets. */
int http_handle(const struct http_server *s, char **params, struct str body, struct arena *a,
		struct str *ret_response);

#endif
