/*
 * multipart.c - multipart/form-data (RFC 7578), as browsers and curl send it.
 *
 * The body is taken apart where its boundary says, and every byte between two delimiters is the
 * part's. Of a part's head only the name counts: file names and types are what a client says of
 * itself. A part that is encoded once more is refused, so that what is checked is what is stored.
 */
#include "multipart.h"

enum { BOUNDARY_MAX = 70, PARTS_MAX = 10, HEAD_MAX = 4096 };

static int
malformed(struct err *err, const char *words)
{
	return err_set(err, ERR_bad_request, "The multipart body is not sound: %s.", words);
}

/* Cuts at the first semicolon that stands in no quotes. */
static struct str
cut_parameter(struct str s, struct str *rest)
{
	bool quoted = false;
	size_t i = 0;

	while (i < s.len && (quoted || s.p[i] != ';'))
		quoted ^= s.p[i++] == '"';
	*rest = i < s.len ? (struct str){ s.p + i + 1, s.len - i - 1 } : (struct str){ 0 };
	return (struct str){ s.p, i };
}

/* The value of a parameter "name=value" in "type; name=value; ...", its quotes taken off. */
static bool
parameter(struct str header, const char *name, struct str *ret)
{
	struct str rest;

	cut_parameter(header, &rest);
	while (rest.len) {
		struct str value, part = str_trim(cut_parameter(rest, &rest));
		struct str key = str_trim(str_cut(part, '=', &value));

		value = str_trim(value);
		if (!str_eq_nocase(key, str_from(name)))
			continue;
		if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
			value = (struct str){ value.p + 1, value.len - 2 };
		*ret = value;
		return value.len > 0;
	}
	return false;
}

static const char *
find(struct str in, struct str what)
{
	return in.len ? memmem(in.p, in.len, what.p, what.len) : NULL;
}

/* One line of a part's head. */
static int
take_header(struct str line, struct str *ret_name, struct err *err)
{
	struct str value, name = str_cut(line, ':', &value);

	value = str_trim(value);
	if (str_eq_nocase(name, STR("Content-Disposition"))) {
		struct str rest;

		if (!str_eq_nocase(str_trim(str_cut(value, ';', &rest)), STR("form-data")) ||
		    !parameter(value, "name", ret_name))
			return malformed(err, "a part has no name");
	} else if (str_eq_nocase(name, STR("Content-Transfer-Encoding")) &&
		   !str_eq_nocase(value, STR("8bit")) && !str_eq_nocase(value, STR("7bit")) &&
		   !str_eq_nocase(value, STR("binary"))) {
		return malformed(err, "a part is encoded");
	}
	return 0;
}

/* A part from behind its delimiter's line to the next delimiter. */
static int
take_part(struct arena *a, struct str part, pair_vec *ret, struct err *err)
{
	const char *end = str_starts(part, STR("\r\n")) ? part.p : find(part, STR("\r\n\r\n"));
	struct str head, name = { 0 };

	if (!end || end - part.p > HEAD_MAX)
		return malformed(err, "a part has no head");
	head = (struct str){ part.p, (size_t)(end - part.p) };
	while (head.len) {
		const char *eol = find(head, STR("\r\n"));
		struct str line = { head.p, eol ? (size_t)(eol - head.p) : head.len };

		if (take_header(line, &name, err) < 0)
			return -1;
		head.p += line.len + (eol ? 2 : 0);
		head.len -= line.len + (eol ? 2 : 0);
	}
	if (!name.len)
		return malformed(err, "a part has no name");
	for (size_t i = 0; i < ret->n; i++) {
		if (str_eq(ret->v[i].name, name))
			return malformed(err, "a part comes twice");
	}
	if (ret->n == PARTS_MAX)
		return malformed(err, "there are too many parts");
	end += end == part.p ? 2 : 4;
	*vec_push(a, ret) = (struct pair){ name, { end, (size_t)(part.p + part.len - end) } };
	return 0;
}

struct str
multipart_boundary(struct str content_type)
{
	struct str boundary;

	if (!parameter(content_type, "boundary", &boundary) || boundary.len > BOUNDARY_MAX)
		return (struct str){ 0 };
	return boundary;
}

int
multipart_parse(struct arena *a, struct str content_type, struct str body, pair_vec *ret,
		struct err *err)
{
	struct str boundary = multipart_boundary(content_type), first, between;
	const char *at;

	if (!boundary.len)
		return malformed(err, "it has no boundary");
	between = str_from(arena_printf(a, "\r\n--" STR_FMT, STR_ARG(boundary)));
	first = (struct str){ between.p + 2, between.len - 2 };
	if (str_starts(body, first)) {
		body = (struct str){ body.p + first.len, body.len - first.len };
	} else {
		/* What stands before the first delimiter is nobody's. */
		at = find(body, between);
		if (!at)
			return malformed(err, "it does not begin with its boundary");
		body.len -= (size_t)(at - body.p) + between.len;
		body.p = at + between.len;
	}
	for (;;) {
		if (str_starts(body, STR("--")))
			return 0;
		if (!str_starts(body, STR("\r\n")))
			return malformed(err, "a delimiter is followed by something else");
		body = (struct str){ body.p + 2, body.len - 2 };
		at = find(body, between);
		if (!at)
			return malformed(err, "it does not end");
		if (take_part(a, (struct str){ body.p, (size_t)(at - body.p) }, ret, err) < 0)
			return -1;
		body.len -= (size_t)(at - body.p) + between.len;
		body.p = at + between.len;
	}
}
