/*
 * reply.h - what goes back: a reply or a problem, with the headers that every answer has.
 *
 * Errors are RFC 9457 problem documents, or small pages where the route answers pages. Nothing
 * of a cause, a statement, a path of the machine or a version is said to a caller.
 */
#ifndef BILLFOLD_HTTP_REPLY_H
#define BILLFOLD_HTTP_REPLY_H

#include "request.h"

#include <billfold/redis.h>

struct answer {
	struct str head,
	    body; /* the head is CGI: "Status: 200 OK" and headers, up to the empty line */
	int status;
	/* A body that comes in pieces, of length bytes in all: see struct reply. */
	int (*next)(void *arg, struct str *ret, struct err *err);
	void *next_arg;
};

/* What of the request shapes the head of its answer. */
struct answer_context {
	struct arena *arena;
	const struct request *request;
	const char *public_url;
	const char *allow; /* 405 and OPTIONS */
	bool patch;        /* PATCH is allowed there: Accept-Patch */
	bool html;
	bool bearer; /* a token was shown: 401 and 403 name its error */
	bool authenticated;
	const char *scope_needed;       /* of insufficient_scope */
	const struct rate_limit *limit; /* NULL: none was asked */
	struct rate_state rate;
};

void answer_reply(const struct answer_context *x, const struct reply *r, struct answer *ret);
void answer_problem(const struct answer_context *x, const struct err *err, const struct reply *r,
		    struct answer *ret);

#endif
