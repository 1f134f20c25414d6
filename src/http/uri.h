/*
 * uri.h - a request target taken apart, each piece decoded exactly once.
 *
 * Routes and rights are judged on one path only: the raw one, split at '/', and then decoded. What
 * decoding could turn into another path ("..", an empty segment) is refused, never normalised.
 */
#ifndef BILLFOLD_HTTP_URI_H
#define BILLFOLD_HTTP_URI_H

#include <billfold/resource.h>

enum { URI_MAX = 8192, URI_SEGMENTS_MAX = 16, URI_PAIRS_MAX = 200 };

struct uri {
	struct str path;                       /* raw, without query */
	struct str query;                      /* raw, without '?' */
	struct str segments[URI_SEGMENTS_MAX]; /* decoded */
	int n_segments;
};

/* raw is REQUEST_URI. ERR_bad_path, ERR_uri_too_long; ERR_not_found where it is deeper than any
 * route. */
int uri_split(struct arena *a, struct str raw, struct uri *ret, struct err *err);
/* name=value pairs of a query or a form, '+' a blank; ERR_bad_request on a bad escape, NUL, bad
 * UTF-8. */
int uri_pairs(struct arena *a, struct str raw, pair_vec *ret, struct err *err);

#endif
