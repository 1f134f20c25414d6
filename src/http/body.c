/*
 * body.c - see body.h.
 */
#include "body.h"

#include "multipart.h"

#include <stdio.h>
#include <sys/mman.h>

enum media { MEDIA_JSON = 1, MEDIA_MERGE_PATCH = 2, MEDIA_FORM = 4, MEDIA_MULTIPART = 8 };

enum { UPLOAD_JSON_MAX = 8 << 20, SPOOL_FROM = 1 << 20, SPOOL_CHUNK = 1 << 16 };

static unsigned
media_wanted(const struct endpoint *e)
{
	if (e->flags & RF_UPLOAD)
		return MEDIA_JSON | MEDIA_MULTIPART;
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
	if (str_eq_nocase(type, STR("multipart/form-data")) && multipart_boundary(content_type).len)
		return MEDIA_MULTIPART;
	return 0;
}

static int
check_media(const struct request *q, const struct endpoint *e, struct err *err)
{
	unsigned wanted = media_wanted(e);

	if (q->content_encoding.len && !str_eq_nocase(q->content_encoding, STR("identity")))
		return err_set(err, ERR_unsupported_media_type,
			       "A body comes without Content-Encoding.");
	if (wanted & media_of(q->content_type))
		return 0;
	return err_set(err, ERR_unsupported_media_type, "This takes %s in UTF-8.",
		       wanted & MEDIA_FORM        ? "application/x-www-form-urlencoded"
		       : wanted & MEDIA_MULTIPART ? "application/json or multipart/form-data"
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

struct spool {
	void *p;
	size_t len;
};

static void
unmap(void *arg)
{
	struct spool *s = arg;

	munmap(s->p, s->len);
}

/* A large body lies in a file without a name, not in this process. */
static int
read_spooled(const struct request *q, struct body_source *src, struct call *c, struct err *err)
{
	struct spool *s = arena_alloc(c->arena, sizeof(*s));
	size_t want = (size_t)q->body_len, got = 0;
	FILE *f = tmpfile();
	char buf[SPOOL_CHUNK];
	int rc = 0;

	if (!f)
		return err_set(err, ERR_unavailable, "There is no room for the body.");
	while (rc == 0 && got <= want) {
		size_t n = src->read(src->arg, buf, sizeof(buf));

		if (!n)
			break;
		got += n;
		if (fwrite(buf, 1, n, f) != n)
			rc = err_set(err, ERR_unavailable, "There is no room for the body.");
	}
	if (rc == 0 && got != want)
		rc = err_set(err, ERR_bad_request,
			     "The body is not as long as Content-Length says.");
	if (rc == 0 && fflush(f) != 0)
		rc = err_set(err, ERR_unavailable, "There is no room for the body.");
	if (rc == 0) {
		*s = (struct spool){ mmap(NULL, want, PROT_READ, MAP_PRIVATE, fileno(f), 0), want };
		if (s->p == MAP_FAILED) {
			rc = err_set(err, ERR_unavailable, "There is no room for the body.");
		} else {
			arena_defer(c->arena, unmap, s);
			c->raw_body = (struct str){ s->p, want };
		}
	}
	fclose(f);
	return rc;
}

static int
read_upload(const struct request *q, struct call *c, struct err *err)
{
	if (media_of(q->content_type) == MEDIA_MULTIPART)
		return multipart_parse(c->arena, q->content_type, c->raw_body, &c->form, err);
	if (c->raw_body.len > UPLOAD_JSON_MAX)
		return err_set(err, ERR_payload_too_large,
			       "JSON has at most %d bytes here; send multipart/form-data.",
			       UPLOAD_JSON_MAX);
	return jscan_parse(c->arena, c->raw_body, &c->body, err);
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
	if (e->flags & RF_UPLOAD && q->body_len > SPOOL_FROM) {
		if (check_media(q, e, err) < 0 || read_spooled(q, src, c, err) < 0)
			return -1;
	} else if (read_all(q, src, c, err) < 0) {
		return -1;
	}
	if (!c->raw_body.len)
		return 0;
	if (check_media(q, e, err) < 0)
		return -1;
	if (e->flags & RF_UPLOAD)
		return read_upload(q, c, err);
	if (e->flags & RF_RAW)
		return 0;
	if (e->flags & RF_FORM)
		return uri_pairs(c->arena, c->raw_body, &c->form, err);
	return jscan_parse(c->arena, c->raw_body, &c->body, err);
}
