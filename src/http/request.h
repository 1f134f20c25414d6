/*
 * request.h - CGI parameters as one request, within limits.
 *
 * A header that decides about identity, effect or body may come once: nginx hands a doubled header
 * on as two parameters, and a program that reads the first while a proxy reads the last can be
 * talked into two opinions. So every parameter is looked at, and a second one is refused. All
 * slices point into the parameters, which live as long as the request.
 */
#ifndef BILLFOLD_HTTP_REQUEST_H
#define BILLFOLD_HTTP_REQUEST_H

#include "uri.h"

enum { HEADERS_MAX = 100, HEADER_BYTES_MAX = 32768, REQUEST_ID_MAX = 63 };

struct request {
	enum method method;
	const char *method_name;
	struct str target; /* REQUEST_URI */
	/* p is NULL where the header is absent */
	struct str authorization, cookie, csrf, origin, fetch_site;
	struct str content_type, content_encoding, content_length, content_length_seen;
	struct str idempotency_key, if_match, if_none_match;
	struct str user_agent, request_id, front_id, traceparent, address;
	int64_t body_len; /* what Content-Length promises */
	/* the caller's X-Request-Id when it is sane, else the one that nginx logs, else our own */
	char id[REQUEST_ID_MAX + 1];
	char trace[33]; /* trace-id of a valid traceparent, or "" */
	int n_headers;
	size_t header_bytes;
};

/* Always fills in id, so that a refusal can name it too. */
int request_parse(struct arena *a, const char *const *params, struct request *ret, struct err *err);
/* ERR_idempotency_key_invalid; quotes are taken off. The empty slice where there is none. */
int request_key(const struct request *q, struct str *ret, struct err *err);
#endif
