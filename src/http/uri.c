/*
 * uri.c - see uri.h.
 *
 * A segment without '%' is a slice of the request; the others are decoded into the arena. Overlong
 * forms and surrogates are not UTF-8 and fall with it.
 */
#include "uri.h"

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

static int
add_segment(struct arena *a, struct uri *u, struct str raw, struct err *err)
{
	struct str s;

	if (!raw.len)
		return err_set(err, ERR_bad_path, "The path has an empty segment.");
	if (!str_percent_decode(a, raw, false, &s) || has_control(s))
		return err_set(err, ERR_bad_path,
			       "A segment of the path is not decodable UTF-8 text.");
	if (str_eqz(s, ".") || str_eqz(s, ".."))
		return err_set(err, ERR_bad_path, "The path has a dot segment.");
	if (u->n_segments == URI_SEGMENTS_MAX)
		return err_set(err, ERR_not_found, "There is nothing at this path.");
	u->segments[u->n_segments++] = s;
	return 0;
}

int
uri_split(struct arena *a, struct str raw, struct uri *ret, struct err *err)
{
	*ret = (struct uri){ 0 };
	if (raw.len > URI_MAX)
		return err_set(err, ERR_uri_too_long,
			       "The path and query are longer than %d bytes.", URI_MAX);
	const char *q = raw.len ? memchr(raw.p, '?', raw.len) : NULL;

	ret->path = (struct str){ raw.p, q ? (size_t)(q - raw.p) : raw.len };
	if (q)
		ret->query = (struct str){ q + 1, raw.len - ret->path.len - 1 };
	if (!ret->path.len || ret->path.p[0] != '/')
		return err_set(err, ERR_bad_path, "The path does not start with a slash.");

	struct str rest = { ret->path.p + 1, ret->path.len - 1 };

	if (!rest.len)
		return 0; /* "/" itself: no segments */
	for (;;) {
		const char *slash = memchr(rest.p, '/', rest.len);
		struct str head = { rest.p, slash ? (size_t)(slash - rest.p) : rest.len };

		if (add_segment(a, ret, head, err) < 0)
			return -1;
		if (!slash)
			return 0;
		rest = (struct str){ slash + 1, rest.len - head.len - 1 };
		if (!rest.len)
			return err_set(err, ERR_bad_path, "The path has an empty segment.");
	}
}

int
uri_pairs(struct arena *a, struct str raw, pair_vec *ret, struct err *err)
{
	while (raw.len) {
		struct str rest, value;
		struct str part = str_cut(raw, '&', &rest);
		struct str name = str_cut(part, '=', &value);
		struct pair p;

		raw = rest;
		if (!part.len)
			continue;
		if (!str_percent_decode(a, name, true, &p.name) ||
		    !str_percent_decode(a, value, true, &p.value))
			return err_set(err, ERR_bad_request,
				       "A parameter is not decodable UTF-8 text.");
		if (!p.name.len)
			return err_set(err, ERR_bad_request, "A parameter has no name.");
		if (ret->n == URI_PAIRS_MAX)
			return err_set(err, ERR_bad_request, "There are more than %d parameters.",
				       URI_PAIRS_MAX);
		*vec_push(a, ret) = p;
	}
	return 0;
}
