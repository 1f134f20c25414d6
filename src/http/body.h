/*
 * body.h - the body of a request: how much, of which type, and what it says.
 *
 * A body comes from a source (the FastCGI stream, or memory in tests). One that is longer than its
 * endpoint takes, or shorter or longer than Content-Length promised, has no effect: the request
 * ends before its handler begins.
 */
#ifndef BILLFOLD_HTTP_BODY_H
#define BILLFOLD_HTTP_BODY_H

#include "request.h"
#include "router.h"

struct body_source {
	/* Up to n bytes; 0 at the end, also when the peer broke off. */
	size_t (*read)(void *arg, char *buf, size_t n);
	void *arg;
};

/*
 * Reads into c->raw_body and parses into c->body or c->form by the endpoint's flags. bad_json,
 * payload_too_large, unsupported_media_type, bad_request.
 */
int body_read(const struct request *q, const struct endpoint *e, struct body_source *src,
	      struct call *c, struct err *err);

#endif
