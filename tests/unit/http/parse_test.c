/*
 * parse_test.c - paths, queries, headers and routes, hostile ones first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <billfold/auth/caller.h>

#include "request.h"
#include "router.h"

static struct arena *a;
static struct err err;

static int
setup(void **state)
{
	(void)state;
	a = arena_new(0);
	err = (struct err){ 0 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static enum err_code
split(const char *raw, struct uri *u)
{
	err = (struct err){ 0 };
	return uri_split(a, str_from(raw), u, &err) < 0 ? err.code : ERR_none;
}

static void
paths_that_could_become_others_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"v1/accounts",
		"http://evil/v1",
		"/v1//accounts",
		"/v1/accounts/",
		"//",
		"/./v1",
		"/v1/../v1",
		"/v1/%2e%2e/accounts",
		"/v1/%2E/accounts",
		"/v1/%00",
		"/v1/a%0ab",
		"/v1/a%7f",
		"/v1/%c0%ae%c0%ae", /* overlong ".." */
		"/v1/%c0%af",       /* overlong "/" */
		"/v1/%ed%a0%80",    /* a surrogate */
		"/v1/%f8%88%80%80%80",
		"/v1/%ff",
		"/v1/%",
		"/v1/%4",
		"/v1/%zz",
		"/v1/%u0041",
	};
	struct uri u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (split(bad[i], &u) != ERR_bad_path)
			fail_msg("accepted: %s", bad[i]);
}

static void
a_segment_is_decoded_once(void **state)
{
	struct uri u;

	(void)state;
	assert_int_equal(split("/v1/accounts/..%2f..%2fb?x=/../", &u), ERR_none);
	assert_int_equal(u.n_segments, 3);
	assert_true(str_eqz(u.segments[2], "../../b"));
	assert_true(str_eqz(u.query, "x=/../"));
	assert_true(str_eqz(u.path, "/v1/accounts/..%2f..%2fb"));

	assert_int_equal(split("/v1/%252e%252e", &u), ERR_none);
	assert_true(str_eqz(u.segments[1], "%2e%2e"));
	assert_int_equal(split("/v1/a+b;c", &u), ERR_none);
	assert_true(str_eqz(u.segments[1], "a+b;c"));
	assert_int_equal(split("/v1/%C3%A9t%C3%A9", &u), ERR_none);
	assert_true(str_eqz(u.segments[1], "\xc3\xa9t\xc3\xa9"));
	assert_int_equal(split("/", &u), ERR_none);
	assert_int_equal(u.n_segments, 0);
}

static void
a_long_target_is_refused(void **state)
{
	char *long_path = arena_alloc(a, URI_MAX + 2);
	struct uri u;

	(void)state;
	memset(long_path, 'a', URI_MAX + 1);
	long_path[0] = '/';
	assert_int_equal(split(long_path, &u), ERR_uri_too_long);
	assert_int_equal(split("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", &u), ERR_not_found);
}

static void
pairs_are_decoded_strictly(void **state)
{
	static const char *const bad[] = { "a=%",      "a=%4", "%zz=1", "a=%00",
					   "a=%c0%ae", "=1",   "a=%ff" };
	pair_vec pairs = { 0 };

	(void)state;
	assert_int_equal(uri_pairs(a, STR("a=1+2&b=%2B%26&c&&d=x=y&due_date[lt]=2026-01-01"),
				   &pairs, &err),
			 0);
	assert_int_equal(pairs.n, 5);
	assert_true(str_eqz(pairs.v[0].value, "1 2"));
	assert_true(str_eqz(pairs.v[1].value, "+&"));
	assert_true(str_eqz(pairs.v[2].name, "c") && !pairs.v[2].value.len);
	assert_true(str_eqz(pairs.v[3].value, "x=y"));
	assert_true(str_eqz(pairs.v[4].name, "due_date[lt]"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pair_vec none = { 0 };

		err = (struct err){ 0 };
		if (uri_pairs(a, str_from(bad[i]), &none, &err) == 0 || err.code != ERR_bad_request)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void
pairs_are_counted(void **state)
{
	struct sb sb;
	pair_vec pairs = { 0 };

	(void)state;
	sb_init(&sb, a, 8192);
	for (int i = 0; i <= URI_PAIRS_MAX; i++)
		sb_addf(&sb, "a%d=1&", i);
	assert_int_equal(uri_pairs(a, sb_str(&sb), &pairs, &err), -1);
	assert_int_equal(err.code, ERR_bad_request);
}

/* ---- headers ---- */

static enum err_code
parse(struct request *q, const char *const *params)
{
	err = (struct err){ 0 };
	return request_parse(a, params, q, &err) < 0 ? err.code : ERR_none;
}

#define PARAMS(...)                                                                                \
	((const char *[]){ "REQUEST_METHOD=GET", "REQUEST_URI=/v1/me", __VA_ARGS__, NULL })

static void
a_header_that_decides_comes_once(void **state)
{
	static const char *const doubled[][2] = {
		{ "HTTP_AUTHORIZATION=Bearer a", "HTTP_AUTHORIZATION=Bearer b" },
		{ "HTTP_COOKIE=a=1", "HTTP_COOKIE=b=1" },
		{ "HTTP_X_REQUEST_ID=a", "HTTP_X_REQUEST_ID=a" },
		{ "HTTP_IF_MATCH=\"1\"", "HTTP_IF_MATCH=\"2\"" },
		{ "HTTP_ORIGIN=https://a", "HTTP_ORIGIN=https://b" },
		{ "HTTP_X_CSRF_TOKEN=a", "HTTP_X_CSRF_TOKEN=b" },
		{ "CONTENT_TYPE=a", "CONTENT_TYPE=b" },
		{ "CONTENT_LENGTH=1", "CONTENT_LENGTH=1" },
		{ "REQUEST_URI=/v1/me", "REQUEST_URI=/v1/other" },
	};
	struct request q;

	(void)state;
	for (size_t i = 0; i < sizeof(doubled) / sizeof(doubled[0]); i++)
		if (parse(&q, PARAMS(doubled[i][0], doubled[i][1])) != ERR_bad_header)
			fail_msg("accepted twice: %s", doubled[i][0]);
	assert_int_equal(parse(&q, PARAMS("HTTP_IDEMPOTENCY_KEY=a", "HTTP_IDEMPOTENCY_KEY=a")),
			 ERR_idempotency_key_invalid);
	assert_int_equal(parse(&q, PARAMS("HTTP_USER_AGENT=a", "HTTP_USER_AGENT=b")), ERR_none);
}

static void
control_bytes_are_refused(void **state)
{
	struct request q;

	(void)state;
	assert_int_equal(parse(&q, PARAMS("HTTP_X_ANY=a\001b")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("HTTP_USER_AGENT=a\033[31m")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("HTTP_USER_AGENT=a\r\nX: y")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("HTTP_USER_AGENT=a\tb")), ERR_none);
}

static void
many_or_large_headers_are_refused(void **state)
{
	const char *params[HEADERS_MAX + 3];
	char *large = arena_alloc(a, HEADER_BYTES_MAX + 32);
	struct request q;

	(void)state;
	params[0] = "REQUEST_METHOD=GET";
	for (int i = 1; i <= HEADERS_MAX + 1; i++)
		params[i] = arena_printf(a, "HTTP_X_%d=1", i);
	params[HEADERS_MAX + 2] = NULL;
	assert_int_equal(parse(&q, params), ERR_headers_too_large);
	memset(large, 'a', HEADER_BYTES_MAX + 31);
	memcpy(large, "HTTP_X=", 7);
	assert_int_equal(parse(&q, PARAMS(large)), ERR_headers_too_large);
}

static void
lengths_agree(void **state)
{
	struct request q;

	(void)state;
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=12", "HTTP_CONTENT_LENGTH=12")),
			 ERR_none);
	assert_int_equal(q.body_len, 12);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=12", "HTTP_CONTENT_LENGTH=13")),
			 ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=+5")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=0x5")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=-1")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=99999999999999999999")), ERR_bad_header);
	assert_int_equal(parse(&q, PARAMS("CONTENT_LENGTH=")), ERR_none);
	assert_int_equal(q.body_len, 0);
}

static void
a_sane_request_id_is_kept_and_another_replaced(void **state)
{
	struct request q;

	(void)state;
	parse(&q, PARAMS("HTTP_X_REQUEST_ID=abc-123_x.Y"));
	assert_string_equal(q.id, "abc-123_x.Y");
	parse(&q, PARAMS("HTTP_X_REQUEST_ID=a\" b"));
	assert_int_equal(strlen(q.id), UUID_LEN);
	parse(&q, PARAMS("HTTP_X_REQUEST_ID=a b", "REQUEST_ID=0af7651916cd43dd8448eb211c80319c"));
	assert_string_equal(q.id, "0af7651916cd43dd8448eb211c80319c");
	parse(&q, PARAMS("HTTP_X_REQUEST_ID="));
	assert_int_equal(strlen(q.id), UUID_LEN);
	parse(&q, PARAMS("HTTP_X_REQUEST_ID="
			 "0123456789012345678901234567890123456789012345678901234567890123"));
	assert_int_equal(strlen(q.id), UUID_LEN);
	/* also where the request is refused for something that came before it */
	assert_int_equal(parse(&q, PARAMS("HTTP_A=\001", "HTTP_X_REQUEST_ID=abc")), ERR_bad_header);
	assert_string_equal(q.id, "abc");
}

static void
traceparent_is_taken_or_ignored(void **state)
{
	static const char *const bad[] = {
		"HTTP_TRACEPARENT=00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"HTTP_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"HTTP_TRACEPARENT=00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
		"HTTP_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
		"HTTP_TRACEPARENT=ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"HTTP_TRACEPARENT=x",
	};
	struct request q;

	(void)state;
	parse(&q,
	      PARAMS("HTTP_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
	assert_string_equal(q.trace, "0af7651916cd43dd8448eb211c80319c");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(&q, PARAMS(bad[i])), ERR_none);
		assert_string_equal(q.trace, "");
	}
}

static void
keys_are_visible_ascii_with_or_without_quotes(void **state)
{
	char *longest = arena_alloc(a, 300), *too_long = arena_alloc(a, 300);
	const char *const bad[] = { "HTTP_IDEMPOTENCY_KEY=", "HTTP_IDEMPOTENCY_KEY=\"\"",
				    "HTTP_IDEMPOTENCY_KEY=a b", "HTTP_IDEMPOTENCY_KEY=\xc3\xa9",
				    too_long };
	struct request q;
	struct str key;

	(void)state;
	memset(longest, 'k', 21 + 255);
	memcpy(longest, "HTTP_IDEMPOTENCY_KEY=", 21);
	memset(too_long, 'k', 21 + 256);
	memcpy(too_long, "HTTP_IDEMPOTENCY_KEY=", 21);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		parse(&q, PARAMS(bad[i]));
		assert_int_equal(request_key(&q, &key, &err), -1);
		assert_int_equal(err.code, ERR_idempotency_key_invalid);
	}
	parse(&q, PARAMS(longest));
	assert_int_equal(request_key(&q, &key, &err), 0);
	assert_int_equal(key.len, 255);
	parse(&q, PARAMS("HTTP_IDEMPOTENCY_KEY=\"K\""));
	assert_int_equal(request_key(&q, &key, &err), 0);
	assert_true(str_eqz(key, "K"));
	parse(&q, PARAMS("HTTP_X=1"));
	assert_int_equal(request_key(&q, &key, &err), 0);
	assert_int_equal(key.len, 0);
}

static void
a_cookie_is_found_by_its_whole_name(void **state)
{
	struct str v;

	(void)state;
	assert_int_equal(cookie_find(STR("x=1; __Host-session=abc=; y=2"), "__Host-session", &v,
				     &err),
			 0);
	assert_true(str_eqz(v, "abc="));
	assert_int_equal(cookie_find(STR("x__Host-session=1; __host-session=2"), "__Host-session",
				     &v, &err),
			 0);
	assert_int_equal(v.len, 0);
	assert_int_equal(cookie_find(STR("a=1; a=2"), "a", &v, &err), -1);
	assert_int_equal(err.code, ERR_bad_header);
}

/* ---- routes ---- */

static const struct action things_actions[] = { { .name = "win", .perm = P_DEAL_WRITE }, { 0 } };
static const struct resource things = {
	.name = "thing",
	.path = "things",
	.ops = OP_ALL,
	.archives = true,
	.read = P_DEAL_READ,
	.write = P_DEAL_WRITE,
	.actions = things_actions,
};
static const struct resource *const resources[] = { &things, NULL };
static const struct route routes[] = {
	{ .method = M_GET, .pattern = "/v1/things/{id}/board", .perm = P_REPORT_READ },
	{ .method = M_POST, .pattern = "/v1/things/preview", .perm = P_DEAL_READ },
	{ 0 },
};
static const struct route *const route_lists[] = { routes, NULL };

static enum err_code
find(const struct router *r, enum method m, const char *path, struct match *match)
{
	struct uri u;

	err = (struct err){ 0 };
	assert_int_equal(split(path, &u), ERR_none);
	return router_find(r, m, &u, match, &err) < 0 ? err.code : ERR_none;
}

static void
routes_are_found(void **state)
{
	const struct registry registry = { resources, route_lists };
	struct router *r;
	struct match m;

	(void)state;
	assert_int_equal(router_compile(a, &registry, &r, &err), 0);
	assert_int_equal(find(r, M_GET, "/v1/things", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_LIST);
	assert_int_equal(m.endpoint->perm, P_DEAL_READ);
	assert_int_equal(find(r, M_HEAD, "/v1/things/7", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_READ);
	assert_true(str_eqz(m.param[0], "7"));
	assert_int_equal(find(r, M_POST, "/v1/things/search", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_SEARCH);
	assert_true(m.endpoint->flags & RF_NO_KEY);
	assert_int_equal(m.n_params, 0);
	assert_int_equal(find(r, M_POST, "/v1/things/7/win", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_ACTION);
	assert_int_equal(find(r, M_POST, "/v1/things/preview/win", &m), ERR_none);
	assert_true(str_eqz(m.param[0], "preview"));
	assert_int_equal(find(r, M_POST, "/v1/things/7/restore", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_RESTORE);
	assert_int_equal(find(r, M_GET, "/v1/things/7/board", &m), ERR_none);
	assert_string_equal(m.endpoint->pattern, "/v1/things/{id}/board");
	assert_int_equal(find(r, M_POST, "/v1/things/%73earch", &m), ERR_none);
	assert_int_equal(m.endpoint->kind, EP_SEARCH);
}

static void
what_is_not_there_is_told_from_what_is_not_allowed(void **state)
{
	const struct registry registry = { resources, route_lists };
	struct router *r;
	struct match m;

	(void)state;
	assert_int_equal(router_compile(a, &registry, &r, &err), 0);
	assert_int_equal(find(r, M_GET, "/v1", &m), ERR_not_found);
	assert_int_equal(find(r, M_GET, "/v1/nothing", &m), ERR_not_found);
	assert_int_equal(find(r, M_GET, "/v1/Things", &m), ERR_not_found);
	assert_int_equal(find(r, M_GET, "/v1/things%2f7", &m), ERR_not_found);
	assert_int_equal(find(r, M_GET, "/v1/things/7/win/x", &m), ERR_not_found);
	assert_int_equal(find(r, M_PUT, "/v1/things/7", &m), ERR_method_not_allowed);
	assert_string_equal(m.allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
	assert_true(m.patch);
	assert_int_equal(find(r, M_OTHER, "/v1/things", &m), ERR_method_not_allowed);
	assert_int_equal(find(r, M_GET, "/v1/things/search", &m), ERR_method_not_allowed);
	assert_string_equal(m.allow, "POST, OPTIONS");
	assert_int_equal(find(r, M_OPTIONS, "/v1/things", &m), ERR_none);
	assert_null(m.endpoint);
	assert_string_equal(m.allow, "GET, HEAD, POST, OPTIONS");
}

static void
two_tables_cannot_claim_one_path(void **state)
{
	static const struct route twice[] = { { .method = M_GET, .pattern = "/v1/things/{other}" },
					      { 0 } };
	static const struct route *const lists[] = { twice, NULL };
	const struct registry registry = { resources, lists };
	struct router *r;

	(void)state;
	assert_int_equal(router_compile(a, &registry, &r, &err), -1);
	assert_int_equal(err.code, ERR_internal);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(paths_that_could_become_others_are_refused),
		T(a_segment_is_decoded_once),
		T(a_long_target_is_refused),
		T(pairs_are_decoded_strictly),
		T(pairs_are_counted),
		T(a_header_that_decides_comes_once),
		T(control_bytes_are_refused),
		T(many_or_large_headers_are_refused),
		T(lengths_agree),
		T(a_sane_request_id_is_kept_and_another_replaced),
		T(traceparent_is_taken_or_ignored),
		T(keys_are_visible_ascii_with_or_without_quotes),
		T(a_cookie_is_found_by_its_whole_name),
		T(routes_are_found),
		T(what_is_not_there_is_told_from_what_is_not_allowed),
		T(two_tables_cannot_claim_one_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
