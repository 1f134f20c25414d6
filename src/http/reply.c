/*
 * reply.c - see reply.h.
 *
 * A header's value comes from our own tables, from ids and versions, or from a handler; a line
 * break in one would start a header of the caller's choosing, so every value is checked here and
 * one that has control bytes is left out.
 */
#include "reply.h"

#include "problem.h"

#include <billfold/base/log.h>

enum { HEAD_MAX = 32768 };

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

static const char *
status_phrase(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

static void
header(struct sb *sb, struct str name, struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f) {
			log_event(LOG_ERROR, "a header with control bytes was left out", NULL);
			return;
		}
	sb_add(sb, name);
	sb_addz(sb, ": ");
	sb_add(sb, value);
	sb_addz(sb, "\r\n");
}

static void
headerz(struct sb *sb, const char *name, const char *value)
{
	if (value)
		header(sb, str_from(name), str_from(value));
}

/* Structured fields of the rate limit draft; the t of RateLimit and Retry-After say the same
 * instant. */
static void
add_rate(struct sb *sb, const struct answer_context *x)
{
	if (!x->limit)
		return;
	int64_t t = x->rate.allowed ? x->rate.reset_s : x->rate.retry_after_s;

	sb_addf(sb, "RateLimit-Policy: \"%s\";q=%lld;w=%lld\r\n", x->limit->name,
		(long long)x->limit->quota, (long long)x->limit->window_s);
	sb_addf(sb, "RateLimit: \"%s\";r=%lld;t=%lld\r\n", x->limit->name,
		(long long)x->rate.remaining, (long long)t);
}

static bool
has_header(const struct reply *r, const char *name)
{
	for (size_t i = 0; r && i < r->headers.n; i++)
		if (str_eq_nocase(r->headers.v[i].name, str_from(name)))
			return true;
	return false;
}

static void
add_common(struct sb *sb, const struct answer_context *x, const struct reply *r)
{
	if (x->request->id[0])
		headerz(sb, "X-Request-Id", x->request->id);
	headerz(sb, "X-Content-Type-Options", "nosniff");
	if (!has_header(r, "Cache-Control"))
		headerz(sb, "Cache-Control", "no-store");
	add_rate(sb, x);
	for (size_t i = 0; r && i < r->headers.n; i++)
		header(sb, r->headers.v[i].name, r->headers.v[i].value);
}

static void
begin(struct sb *sb, struct arena *a, int status)
{
	sb_init(sb, a, HEAD_MAX);
	sb_addf(sb, "Status: %d %s\r\n", status, status_phrase(status));
}

static void
finish(struct sb *sb, const char *content_type, struct str body, bool has_body, int64_t length,
       struct answer *ret)
{
	if (has_body) {
		headerz(sb, "Content-Type", content_type);
		sb_addf(sb, "Content-Length: %lld\r\n", (long long)length);
	}
	sb_addz(sb, "\r\n");
	ret->head = sb_str(sb);
	ret->body = has_body ? body : (struct str){ 0 };
	ret->next = NULL;
	ret->next_arg = NULL;
}

/* If-None-Match: a list of tags or "*", compared weakly (RFC 9110, 13.1.2). */
static bool
tag_listed(struct str list, const char *etag)
{
	struct str own = str_from(etag);

	if (str_eqz(str_trim(list), "*"))
		return true;
	while (list.len) {
		struct str rest;
		struct str tag = str_trim(str_cut(list, ',', &rest));

		list = rest;
		if (str_starts(tag, STR("W/")))
			tag = (struct str){ tag.p + 2, tag.len - 2 };
		if (str_eq(tag, own))
			return true;
	}
	return false;
}

static bool
not_modified(const struct answer_context *x, const struct reply *r)
{
	enum method m = x->request->method;

	return (m == M_GET || m == M_HEAD) && r->status == 200 && r->etag && !r->has_computed &&
	       x->request->if_none_match.p && tag_listed(x->request->if_none_match, r->etag);
}

void
answer_reply(const struct answer_context *x, const struct reply *r, struct answer *ret)
{
	int status = not_modified(x, r) ? 304 : r->status ? r->status : 200;
	bool has_body = status != 204 && status != 304;
	struct sb sb;

	ret->status = status;
	begin(&sb, x->arena, status);
	headerz(&sb, "ETag", r->etag);
	headerz(&sb, "Location", r->location);
	headerz(&sb, "Allow", x->allow);
	if (x->allow && x->patch)
		headerz(&sb, "Accept-Patch", "application/merge-patch+json, application/json");
	if (r->replayed)
		headerz(&sb, "Idempotent-Replayed", "true");
	add_common(&sb, x, r);
	finish(&sb, r->content_type ? r->content_type : "application/json", r->body, has_body,
	       r->next ? r->length : (int64_t)r->body.len, ret);
	if (has_body) {
		ret->next = r->next;
		ret->next_arg = r->next_arg;
	}
}

/* RFC 6750, 3: without credentials the scheme alone, else what is wrong with those that were shown.
 */
static void
add_challenge(struct sb *sb, const struct answer_context *x, const struct err *err)
{
	int status = err_def(err)->status;

	if (status == 401 && x->bearer)
		headerz(sb, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	else if (status == 401)
		headerz(sb, "WWW-Authenticate", "Bearer");
	else if (err->code == ERR_insufficient_scope && x->scope_needed)
		headerz(sb, "WWW-Authenticate",
			arena_printf(x->arena, "Bearer error=\"insufficient_scope\", scope=\"%s\"",
				     x->scope_needed));
}

static int
retry_after(const struct answer_context *x, const struct err *err)
{
	if (err->retry_after)
		return err->retry_after;
	if (err->code == ERR_rate_limited && x->limit && !x->rate.allowed)
		return (int)x->rate.retry_after_s;
	return err_def(err)->retryable && err_def(err)->status != 504 ? 1 : 0;
}

void
answer_problem(const struct answer_context *x, const struct err *err, const struct reply *r,
	       struct answer *ret)
{
	int wait = retry_after(x, err);
	struct str body;
	struct sb sb;

	ret->status = err_def(err)->status;
	begin(&sb, x->arena, ret->status);
	headerz(&sb, "Allow", x->allow);
	if (x->allow && x->patch)
		headerz(&sb, "Accept-Patch", "application/merge-patch+json, application/json");
	if (!has_header(r, "WWW-Authenticate"))
		add_challenge(&sb, x, err);
	if (wait > 0)
		sb_addf(&sb, "Retry-After: %d\r\n", wait);
	add_common(&sb, x, r);
	if (x->html) {
		headerz(&sb, "Content-Security-Policy", problem_policy(x->arena));
		headerz(&sb, "X-Robots-Tag", "noindex, nofollow");
		body = problem_html(x->arena, err, x->request->id);
		finish(&sb, "text/html; charset=utf-8", body, true, (int64_t)body.len, ret);
		return;
	}
	body = problem_json(x->arena, err, x->public_url, x->request->id);
	finish(&sb, "application/problem+json", body, true, (int64_t)body.len, ret);
}
