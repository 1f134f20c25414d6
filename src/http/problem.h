/*
 * problem.h - an error as a document.
 */
#ifndef BILLFOLD_HTTP_PROBLEM_H
#define BILLFOLD_HTTP_PROBLEM_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

/* RFC 9457, application/problem+json. */
struct str problem_json(struct arena *a, const struct err *err, const char *public_url,
			const char *request_id);
/* A page without script for those who came by a browser. */
struct str problem_html(struct arena *a, const struct err *err, const char *request_id);
/* Its Content-Security-Policy. */
const char *problem_policy(struct arena *a);

#endif
