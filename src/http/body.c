/*
 * body.c - see body.h.
 */
#include "body.h"

enum media { MEDIA_JSON = 1, MEDIA_MERGE_PATCH = 2, MEDIA_FORM = 4, MEDIA_ANY = 8 };

static unsigned
media_wanted(const struct endpoint *e)
{
	if (e->flags & RF_STREAM)
		return MEDIA_ANY;
	if (e->flags & RF_FORM)
		return MEDIA_FORM;
	return e->method == M_PATCH ? MEDIA_JSON | MEDIA_MERGE_PATCH : MEDIA_JSON;
}

/* JSON is UTF-8 (RFC 8259, 8.1): any other charset is another type. */
static bool
charset_sound(struct str params)
{
	while (params.len) {
		struct str rest, value;
		struct str part = str_trim(str_cut(params, ';', &rest));
		struct str name = str_trim(str_cut(part, '=', &value));

		params = rest;
		value = str_trim(value);
		if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
			value = (struct str){ value.p + 1, value.len - 2 };
		if (str_eq_nocase(name, STR("charset")) && !str_eq_nocase(value, STR("utf-8")))
			return false;
	}
	return true;
}

static unsigned
media_of(struct str content_type)
{
	struct str params;
	struct str type = str_trim(str_cut(content_type, ';', &params));

	if (!charset_sound(params))
		return 0;
	if (str_eq_nocase(type, STR("application/json")))
		return MEDIA_JSON;
	if (str_eq_nocase(type, STR("application/merge-patch+json")))
		return MEDIA_MERGE_PATCH;
	if (str_eq_nocase(type, STR("application/x-www-form-urlencoded")))
		return MEDIA_FORM;
	return 0;
}

static int
check_media(const struct request *q, const struct endpoint *e, struct err *err)
{
	unsigned wanted = media_wanted(e);

	if (q->content_encoding.len && !str_eq_nocase(q->content_encoding, STR("identity")))
		return err_set(err, ERR_unsupported_media_type,
			       "A body comes without Content-Encoding.");
	if (wanted & MEDIA_ANY || wanted & media_of(q->content_type))
		return 0;
	return err_set(err, ERR_unsupported_media_type, "This takes %s in UTF-8.",
		       wanted & MEDIA_FORM ? "application/x-www-form-urlencoded"
		       : wanted & MEDIA_MERGE_PATCH
			   ? "application/merge-patch+json or application/json"
			   : "application/json");
}

static int
read_all(const struct request *q, struct body_source *src, struct call *c, struct err *err)
{
	size_t want = (size_t)q->body_len, got = 0;
	char *buf = arena_alloc(c->arena, want + 1);

	/* One byte more than promised is asked for: a body that is longer than it said is not
	 * believed. */
	while (got <= want) {
		size_t n = src->read(src->arg, buf + got, want + 1 - got);

		if (!n)
			break;
		got += n;
	}
	if (got != want)
		return err_set(err, ERR_bad_request,
			       "The body is not as long as Content-Length says.");
	c->raw_body = (struct str){ buf, want };
	return 0;
}

int
body_read(const struct request *q, const struct endpoint *e, struct body_source *src,
	  struct call *c, struct err *err)
{
	if (q->body_len > (int64_t)e->body_max)
		return err_set(err, ERR_payload_too_large, "A body has at most %zu bytes here.",
			       e->body_max);
	if (e->method == M_GET)
		return 0;
	if (read_all(q, src, c, err) < 0)
		return -1;
	if (!c->raw_body.len)
		return 0;
	if (check_media(q, e, err) < 0)
		return -1;
	if (e->flags & RF_STREAM)
		return 0;
	if (e->flags & RF_FORM)
		return uri_pairs(c->arena, c->raw_body, &c->form, err);
	return jscan_parse(c->arena, c->raw_body, &c->body, err);
}
