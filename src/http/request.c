/*
 * request.c - see request.h.
 *
 * One pass over the parameters. An error does not stop the pass: the request id may stand last,
 * and the answer should carry it.
 */
#include "request.h"

#include <billfold/base/uuid.h>

enum header_flag {
	HF_MANY = 1 /* the first counts, further ones are passed over */
};

static const struct known {
	const char *name;
	size_t len, offset;
	unsigned flags;
} known_params[] = {
#define PARAM(text, member, fl)                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1, offsetof(struct request, member), fl                       \
	}
	PARAM("REQUEST_URI", target, 0),
	PARAM("REMOTE_ADDR", address, 0),
	PARAM("CONTENT_TYPE", content_type, 0),
	PARAM("CONTENT_LENGTH", content_length, 0),
	PARAM("HTTP_CONTENT_LENGTH", content_length_seen, 0),
	PARAM("HTTP_AUTHORIZATION", authorization, 0),
	PARAM("HTTP_COOKIE", cookie, 0),
	PARAM("HTTP_ORIGIN", origin, 0),
	PARAM("HTTP_X_CSRF_TOKEN", csrf, 0),
	PARAM("HTTP_IDEMPOTENCY_KEY", idempotency_key, 0),
	PARAM("HTTP_IF_MATCH", if_match, 0),
	PARAM("HTTP_IF_NONE_MATCH", if_none_match, 0),
	PARAM("HTTP_X_REQUEST_ID", request_id, 0),
	PARAM("REQUEST_ID", front_id, 0),
	PARAM("HTTP_TRACEPARENT", traceparent, HF_MANY),
	PARAM("HTTP_USER_AGENT", user_agent, HF_MANY),
	PARAM("HTTP_CONTENT_ENCODING", content_encoding, 0),
	PARAM("HTTP_SEC_FETCH_SITE", fetch_site, HF_MANY),
#undef PARAM
};

enum { N_KNOWN = sizeof(known_params) / sizeof(known_params[0]) };

static const struct known *
known_find(const char *name, size_t len)
{
	for (int i = 0; i < N_KNOWN; i++)
		if (known_params[i].len == len && !memcmp(known_params[i].name, name, len))
			return &known_params[i];
	return NULL;
}

static bool
has_control(const char *p)
{
	for (; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return true;
	return false;
}

static void
keep_first(struct err *err, enum err_code code, const char *what, struct str name)
{
	if (err->code == ERR_none)
		err_set(err, code, "%s: " STR_FMT ".", what, STR_ARG(name));
}

static void
take_param(struct request *q, const char *param, struct err *err)
{
	const char *eq = strchr(param, '=');

	if (!eq)
		return;
	size_t len = (size_t)(eq - param);
	bool header = len > 5 && !memcmp(param, "HTTP_", 5);
	struct str name = { header ? param + 5 : param, header ? len - 5 : len };

	if (header) {
		q->n_headers++;
		q->header_bytes += strlen(param);
	}
	if (has_control(eq + 1))
		keep_first(err, ERR_bad_header, "A value has control bytes", name);

	const struct known *k = known_find(param, len);

	if (!k)
		return;
	struct str *slot = (struct str *)((char *)q + k->offset);

	if (!slot->p) {
		*slot = str_from(eq + 1);
	} else if (!(k->flags & HF_MANY)) {
		bool key = slot == &q->idempotency_key;

		keep_first(err, key ? ERR_idempotency_key_invalid : ERR_bad_header,
			   "A header came twice", name);
	}
}

static void
take_method(struct request *q, const char *name)
{
	static const struct {
		const char *name;
		enum method method;
	} methods[] = {
		{ "GET", M_GET },         { "HEAD", M_HEAD }, { "POST", M_POST },
		{ "PATCH", M_PATCH },     { "PUT", M_PUT },   { "DELETE", M_DELETE },
		{ "OPTIONS", M_OPTIONS },
	};

	q->method = M_OTHER;
	q->method_name = name;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name)) {
			q->method = methods[i].method;
			q->method_name = methods[i].name;
		}
}

/* An id goes into logs, audit rows and answers: short, and of bytes that need no escape anywhere.
 */
static bool
take_id(struct request *q, struct str s)
{
	if (s.len < 1 || s.len > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_' || c == '.'))
			return false;
	}
	memcpy(q->id, s.p, s.len); /* the rest is zero */
	return true;
}

/* The caller's, else the one under which the proxy logs this request, else one of ours. */
static void
take_request_id(struct request *q)
{
	if (!take_id(q, q->request_id) && !take_id(q, q->front_id))
		memcpy(q->id, uuid_new().z, UUID_LEN + 1);
}

static bool
lower_hex(const char *p, size_t n, bool *ret_zero)
{
	*ret_zero = true;
	for (size_t i = 0; i < n; i++) {
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
			return false;
		if (p[i] != '0')
			*ret_zero = false;
	}
	return true;
}

/* W3C Trace Context, version 00: "00-" 32 hex "-" 16 hex "-" 2 hex; anything else is as if absent.
 */
static void
take_traceparent(struct request *q)
{
	struct str s = q->traceparent;
	bool zero_trace, zero_span, any;

	if (s.len != 55 || !str_starts(s, STR("00-")) || s.p[35] != '-' || s.p[52] != '-')
		return;
	if (!lower_hex(s.p + 3, 32, &zero_trace) || !lower_hex(s.p + 36, 16, &zero_span) ||
	    !lower_hex(s.p + 53, 2, &any) || zero_trace || zero_span)
		return;
	memcpy(q->trace, s.p + 3, 32);
}

static int
take_length(struct request *q, struct err *err)
{
	if (!q->content_length.len && !q->content_length_seen.len)
		return 0;
	if (q->content_length_seen.len && q->content_length.len &&
	    !str_eq(q->content_length, q->content_length_seen))
		return err_set(err, ERR_bad_header, "Two lengths were given for the body.");
	struct str s = q->content_length.len ? q->content_length : q->content_length_seen;

	if (!str_to_int(s, 0, INT64_MAX, &q->body_len))
		return err_set(err, ERR_bad_header, "Content-Length is not a number.");
	return 0;
}

int
request_parse(struct arena *a, const char *const *params, struct request *ret, struct err *err)
{
	struct request *q = ret;
	const char *method = "";

	(void)a;
	*q = (struct request){ 0 };
	for (const char *const *p = params; *p; p++) {
		if (!strncmp(*p, "REQUEST_METHOD=", 15))
			method = *p + 15;
		else
			take_param(q, *p, err);
	}
	take_method(q, method);
	take_request_id(q);
	take_traceparent(q);
	if (err->code != ERR_none)
		return -1;
	if (q->n_headers > HEADERS_MAX || q->header_bytes > HEADER_BYTES_MAX)
		return err_set(err, ERR_headers_too_large,
			       "There are more than %d headers or %d bytes of them.", HEADERS_MAX,
			       HEADER_BYTES_MAX);
	return take_length(q, err);
}

int
request_key(const struct request *q, struct str *ret, struct err *err)
{
	struct str s = q->idempotency_key;

	*ret = (struct str){ 0 };
	if (!s.p)
		return 0;
	bool quoted = s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"';

	if (quoted)
		s = (struct str){ s.p + 1, s.len - 2 };
	bool sound = s.len >= 1 && s.len <= 255;

	/* Within quotes an RFC 8941 string has escapes: without them one spelling is one key. */
	for (size_t i = 0; sound && i < s.len; i++)
		sound =
		    s.p[i] > 0x20 && s.p[i] < 0x7f && s.p[i] != '"' && !(quoted && s.p[i] == '\\');
	if (!sound)
		return err_set(
		    err, ERR_idempotency_key_invalid,
		    "A key has 1 to 255 visible ASCII characters, in quotes or without any.");
	*ret = s;
	return 0;
}
