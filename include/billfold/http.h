/*
 * http.h - the way of a request: FastCGI in, a call through the router, a reply out.
 *
 * Parses within limits, finds the route by the raw REQUEST_URI, learns who is calling (session
 * cookie or access token, with the rate limit in the same Redis round trip), hands the
 * call to the resource engine or a route, and writes the reply or a problem+json document.
 */
#ifndef BILLFOLD_HTTP_H
#define BILLFOLD_HTTP_H

#include <billfold/process.h>
#include <billfold/resource.h>

struct http_state; /* what a process compiles once: the router, the OpenAPI document */

struct http_server {
	const struct registry *registry;
	struct app *app;
	int listen_fd;
	struct rate_limit limit;  /* quota 0: none */
	struct http_state *state; /* of http_open() */
};

/* Routes that every program's registry has: the schemas of its resources. */
extern const struct route http_routes[];

/*
 * The Content-Security-Policy of a page without script whose one style stands in the page; its forms lead back to us, where it
 * has any.
 */
const char *page_policy(struct arena *a, struct str style, bool has_form);

/* A listening unix socket for FastCGI, mode 0660; made in the supervisor, inherited. */
int http_listen(const char *path, int *ret_fd, struct err *err);
/*
 * Compiles the router of s->registry, and the OpenAPI document's own route. Fails where two tables
 * claim one method and path. Once a process, before the rest.
 */
int http_open(struct http_server *s, struct err *err);
void http_close(struct http_server *s);
/* The loop of one worker: polls signals and socket, accepts, serves, until told to stop. */
int http_loop(const struct http_server *s, struct worker *w);

/*
 * For tests and fuzzers: one request from CGI parameters (ended by NULL) and a body, without
 * sockets. The response is CGI: "Status: 200 OK", headers, an empty line, the body.
 */
int http_handle(const struct http_server *s, char **params, struct str body, struct arena *a,
		struct str *ret_response);

/* Counters that http_loop keeps in the program's metric_names, which begin with these. */
enum http_metric {
	HTTP_METRIC_2XX,
	HTTP_METRIC_3XX,
	HTTP_METRIC_4XX,
	HTTP_METRIC_5XX,
	HTTP_METRIC_MAX
};
#define HTTP_METRIC_NAMES                                                                          \
	"billfold_responses_total{class=\"2xx\"}", "billfold_responses_total{class=\"3xx\"}",      \
	    "billfold_responses_total{class=\"4xx\"}", "billfold_responses_total{class=\"5xx\"}"

#endif
