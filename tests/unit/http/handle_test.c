/*
 * handle_test.c - whole requests without sockets: a registry of test routes, real keys for tokens,
 * and a Redis that is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <billfold/auth/caller.h>
#include <billfold/base/log.h>
#include <billfold/http.h>

static struct arena *a;
static struct app app;
static struct http_server server;
static char keys_dir[] = "/tmp/billfold-keys-XXXXXX";
static int runs;

#define TENANT "01890a5d-ac96-774b-bcce-b302099a8057"
#define CLIENT "01890a5d-ac96-774b-bcce-b302099a8058"

static int
echo(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	runs++;
	r->body = c->body ? jval_text(c->arena, c->body) : STR("{}");
	r->etag = "\"7\"";
	return 0;
}

static int
form(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	r->body = c->form.n ? c->form.v[0].value : STR("none");
	return 0;
}

static int
fails(struct call *c, struct reply *r, struct err *err)
{
	(void)c, (void)r;
	err_set(err, ERR_internal, "secret words of the inside");
	err_cause(err, "SELECT secret");
	return -1;
}

static int
silent(struct call *c, struct reply *r, struct err *err)
{
	(void)c, (void)r, (void)err;
	return -1;
}

static int
hostile_headers(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	*vec_push(c->arena, &r->headers) =
	    (struct pair){ STR("X-Name"), STR("a\r\nSet-Cookie: b") };
	r->body = STR("{}");
	return 0;
}

static int
upload(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	r->body = str_from(arena_printf(c->arena, "%zu", c->form.n));
	return 0;
}

static const struct field echo_in[] = { { .name = "name",
					  .type = FT_TEXT,
					  .flags = FF_REQUIRED,
					  .u.len = { 1, 20 },
					  .doc = "A name." },
					{ 0 } };
static const struct field query[] = {
	{ .name = "on", .type = FT_DATE, .doc = "A date." },
	{ .name = "n", .type = FT_INT, .u.num = { 1, 5 }, .doc = "A number." },
	{ 0 }
};
static const struct route routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/open",
	  .flags = RF_PUBLIC,
	  .query = query,
	  .status = 200,
	  .run = echo },
	{ .method = M_POST,
	  .pattern = "/v1/open",
	  .flags = RF_PUBLIC,
	  .in = echo_in,
	  .status = 201,
	  .run = echo },
	{ .method = M_POST,
	  .pattern = "/v1/form",
	  .flags = RF_PUBLIC | RF_FORM,
	  .status = 200,
	  .run = form },
	{ .method = M_POST,
	  .pattern = "/v1/upload",
	  .flags = RF_PUBLIC | RF_UPLOAD,
	  .status = 200,
	  .run = upload },
	{ .method = M_GET, .pattern = "/v1/fails", .flags = RF_PUBLIC, .run = fails },
	{ .method = M_GET, .pattern = "/v1/silent", .flags = RF_PUBLIC, .run = silent },
	{ .method = M_GET, .pattern = "/v1/headers", .flags = RF_PUBLIC, .run = hostile_headers },
	{ .method = M_GET, .pattern = "/pay/{token}", .flags = RF_PUBLIC | RF_HTML, .run = fails },
	{ .method = M_GET,
	  .pattern = "/v1/closed",
	  .perm = P_ACCOUNT_READ,
	  .status = 200,
	  .run = echo },
	{ .method = M_POST,
	  .pattern = "/v1/closed",
	  .perm = P_ACCOUNT_WRITE,
	  .status = 200,
	  .run = echo },
	{ 0 },
};
static const struct route *const lists[] = { routes, http_routes, NULL };
static const struct registry registry = { NULL, lists };

static int
group_setup(void **state)
{
	struct err err = { 0 };
	const char *kid;

	(void)state;
	log_open("test", LOG_ERROR + 1);
	a = arena_new(0);
	assert_int_equal(crypto_init(&err), 0);
	assert_non_null(mkdtemp(keys_dir));
	assert_int_equal(jwt_key_create(keys_dir, a, &kid, &err), 0);
	assert_int_equal(jwt_keys_load(keys_dir, "https://b.example", &app.keys, &err), 0);
	app.cache = cache_new("/nowhere/redis.sock", 100);
	app.public_url = "https://b.example";
	app.registry = &registry;
	server = (struct http_server){ .registry = &registry,
				       .app = &app,
				       .limit = { "default", 100, 60 } };
	assert_int_equal(http_open(&server, &err), 0);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	http_close(&server);
	cache_free(app.cache);
	jwt_keys_free(app.keys);
	arena_free(a);
	return 0;
}

static struct str answer;

/* Parameters beyond method and path, ended by NULL. */
static int
ask(const char *method, const char *uri, const char *body, ...)
{
	const char *params[20] = { arena_printf(a, "REQUEST_METHOD=%s", method),
				   arena_printf(a, "REQUEST_URI=%s", uri),
				   "REMOTE_ADDR=192.0.2.1" };
	const char *one;
	va_list ap;
	int n = 3;

	if (body) {
		params[n++] = arena_printf(a, "CONTENT_LENGTH=%zu", strlen(body));
	}
	va_start(ap, body);
	while (n < 19 && (one = va_arg(ap, const char *)))
		params[n++] = one;
	va_end(ap);
	int status = http_handle(&server, (char **)params, str_from(body), a, &answer);

	answer.p = str_dup(a, answer);
	return status;
}

#define JSON_BODY "CONTENT_TYPE=application/json"

static bool
says(const char *text)
{
	return strstr(answer.p, text) != NULL;
}

static const char *
token(const char *scope)
{
	struct jwt_claims claims = {
		.tenant = TENANT, .subject = CLIENT, .scope = scope, .epoch = 1
	};
	struct err err = { 0 };
	const char *text;

	assert_int_equal(jwt_issue(app.keys, a, &claims, 60, &text, &err), 0);
	return arena_printf(a, "HTTP_AUTHORIZATION=Bearer %s", text);
}

/* ---- answers ---- */

static void
a_reply_has_its_headers(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v1/open", NULL, "HTTP_X_REQUEST_ID=abc", NULL), 200);
	assert_true(says("Status: 200 OK\r\n"));
	assert_true(says("X-Request-Id: abc\r\n"));
	assert_true(says("ETag: \"7\"\r\n"));
	assert_true(says("Cache-Control: no-store\r\n"));
	assert_true(says("X-Content-Type-Options: nosniff\r\n"));
	assert_true(says("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
}

static void
an_error_is_a_problem_that_tells_nothing_of_the_inside(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v1/fails", NULL, "HTTP_X_REQUEST_ID=abc", NULL), 500);
	assert_true(says("Content-Type: application/problem+json\r\n"));
	assert_true(says("\"type\":\"https://b.example/problems/internal\""));
	assert_true(says("\"status\":500"));
	assert_true(says("\"request_id\":\"abc\""));
	assert_false(says("secret"));
	assert_int_equal(ask("GET", "/v1/silent", NULL, NULL), 500);
}

static void
a_page_answers_a_page(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/pay/secret-token", NULL, NULL), 500);
	assert_true(says("Content-Type: text/html; charset=utf-8\r\n"));
	assert_true(says("Content-Security-Policy: default-src 'none'"));
	assert_false(says("secret"));
}

static void
a_header_with_line_breaks_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v1/headers", NULL, NULL), 200);
	assert_false(says("Set-Cookie"));
	assert_false(says("X-Name"));
}

static void
an_unchanged_tag_is_not_modified(void **state)
{
	static const char *const same[] = { "\"7\"", "W/\"7\"", "\"1\", \"7\"", "*" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const char *header = arena_printf(a, "HTTP_IF_NONE_MATCH=%s", same[i]);

		assert_int_equal(ask("GET", "/v1/open", NULL, header, NULL), 304);
		assert_true(says("ETag: \"7\"\r\n"));
		assert_false(says("Content-Length"));
	}
	assert_int_equal(ask("GET", "/v1/open", NULL, "HTTP_IF_NONE_MATCH=\"8\"", NULL), 200);
}

static void
methods_are_told(void **state)
{
	(void)state;
	assert_int_equal(ask("PUT", "/v1/open", NULL, NULL), 405);
	assert_true(says("Allow: GET, HEAD, POST, OPTIONS\r\n"));
	assert_int_equal(ask("TRACE", "/v1/open", NULL, NULL), 405);
	assert_int_equal(ask("get", "/v1/open", NULL, NULL), 405);
	assert_int_equal(ask("OPTIONS", "/v1/closed", NULL, NULL), 204);
	assert_true(says("Allow: GET, HEAD, POST, OPTIONS\r\n"));
	assert_int_equal(ask("HEAD", "/v1/open", NULL, NULL), 200);
	assert_int_equal(ask("GET", "/v1/nowhere", NULL, NULL), 404);
}

/* ---- bodies ---- */

static void
a_body_is_as_long_as_it_says(void **state)
{
	const char *params[] = { "REQUEST_METHOD=POST", "REQUEST_URI=/v1/open", JSON_BODY,
				 "CONTENT_LENGTH=20", NULL };
	int before = runs;

	(void)state;
	/* broken off */
	assert_int_equal(http_handle(&server, (char **)params, STR("{\"name\":\"a\"}"), a, &answer),
			 400);
	/* longer than promised */
	assert_int_equal(http_handle(&server, (char **)params, STR("{\"name\":\"a\"}            x"),
				     a, &answer),
			 400);
	params[3] = "CONTENT_LENGTH=1048577";
	assert_int_equal(http_handle(&server, (char **)params, STR("{}"), a, &answer), 413);
	params[3] = "CONTENT_LENGTH=9223372036854775807";
	assert_int_equal(http_handle(&server, (char **)params, STR("{}"), a, &answer), 413);
	assert_int_equal(runs, before);
}

static void
media_are_checked(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\"}", JSON_BODY, NULL), 201);
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\"}",
			     "CONTENT_TYPE=Application/JSON ; charset=\"UTF-8\"", NULL),
			 201);
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\"}", "CONTENT_TYPE=text/plain",
			     NULL),
			 415);
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\"}", NULL), 415);
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\"}",
			     "CONTENT_TYPE=application/json; charset=utf-16", NULL),
			 415);
	assert_int_equal(ask("POST", "/v1/open", "x", JSON_BODY, "HTTP_CONTENT_ENCODING=gzip",
			     NULL),
			 415);
	assert_int_equal(ask("POST", "/v1/form", "a=b%20c",
			     "CONTENT_TYPE=application/x-www-form-urlencoded", NULL),
			 200);
	assert_true(says("\r\n\r\nb c"));
	assert_int_equal(ask("POST", "/v1/form", "{}", JSON_BODY, NULL), 415);
}

/* The last bytes of a body may find no room when they leave the buffer. */
static void
a_large_body_that_finds_no_room_is_not_taken_for_none(void **state)
{
	static const char head[] = "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n";
	static const char type[] = "CONTENT_TYPE=multipart/form-data; boundary=x";
	size_t len = (1 << 20) + 100, at = sizeof(head) - 1;
	char *body = arena_alloc(a, len + 1);
	struct rlimit had, less;

	(void)state;
	memset(body, 'y', len);
	memcpy(body, head, at);
	memcpy(body + len - 7, "\r\n--x--", 7);
	body[len] = '\0';
	assert_int_equal(ask("POST", "/v1/upload", body, type, NULL), 200);
	assert_true(says("\r\n\r\n1"));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &had), 0);
	less = (struct rlimit){ 1 << 20, had.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	assert_int_equal(ask("POST", "/v1/upload", body, type, NULL), 503);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &had), 0);
}

static void
a_body_is_held_against_its_table(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":7,\"x\":1}", JSON_BODY, NULL), 422);
	assert_true(says("\"pointer\":\"/name\"") && says("\"pointer\":\"/x\""));
	assert_int_equal(ask("POST", "/v1/open", "{\"name\":\"a\",\"name\":\"b\"}", JSON_BODY,
			     NULL),
			 400);
	assert_int_equal(ask("POST", "/v1/open", "", NULL), 422);
	assert_true(says("\"code\":\"required\""));
}

static void
parameters_are_known_once_and_of_their_kind(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v1/open?on=2026-01-31&n=5", NULL, NULL), 200);
	assert_int_equal(ask("GET", "/v1/open?on=2026-02-30&n=6&x=1", NULL, NULL), 422);
	assert_true(says("\"pointer\":\"?on\"") && says("\"pointer\":\"?n\"") &&
		    says("\"pointer\":\"?x\""));
	assert_int_equal(ask("GET", "/v1/open?n=1&n=1", NULL, NULL), 422);
	assert_true(says("\"code\":\"duplicate\""));
	assert_int_equal(ask("GET", "/v1/open?n=%", NULL, NULL), 400);
}

/* ---- callers ---- */

static void
a_token_goes_on_without_redis_and_a_cookie_does_not(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v1/closed", NULL, token("account.read"), NULL), 200);
	assert_false(says("RateLimit"));
	assert_int_equal(ask("GET", "/v1/closed", NULL, "HTTP_COOKIE=__Host-session=abc", NULL),
			 503);
	assert_true(says("\"code\":\"unavailable\"") && says("Retry-After: "));
	assert_int_equal(ask("GET", "/v1/closed", NULL, NULL), 401);
	assert_true(says("WWW-Authenticate: Bearer\r\n"));
}

static void
a_scope_is_all_that_a_token_may(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/v1/closed", "", token("account.read"), NULL), 403);
	assert_true(says(
	    "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"account.write\"\r\n"));
	assert_int_equal(ask("GET", "/v1/closed", NULL, token(""), NULL), 403);
	assert_int_equal(ask("GET", "/v1/closed", NULL, token("account.readx all *"), NULL), 403);
	assert_int_equal(ask("POST", "/v1/closed", "", token("account.write"), NULL), 200);
}

static void
what_is_no_token_gets_one_answer(void **state)
{
	static const char *const bad[] = { "HTTP_AUTHORIZATION=", "HTTP_AUTHORIZATION=Bearer",
					   "HTTP_AUTHORIZATION=Bearer ",
					   "HTTP_AUTHORIZATION=Bearer x.y.z",
					   "HTTP_AUTHORIZATION=Basic eDp5" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* A cookie does not help who shows a bad token. */
		assert_int_equal(ask("GET", "/v1/closed", NULL, bad[i],
				     "HTTP_COOKIE=__Host-session=abc", NULL),
				 401);
		assert_true(says("WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"));
	}
}

/* ---- anything at all ---- */

static uint64_t seed;

static unsigned
pick(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static const char *
scramble(struct arena *t, const char *z)
{
	size_t len = strlen(z);
	char *s = arena_alloc(t, len + 8);

	memcpy(s, z, len);
	for (unsigned i = pick(4); i; i--) {
		if (!len)
			break;
		switch (pick(3)) {
		case 0:
			s[pick((unsigned)len)] = (char)(1 + pick(255));
			break;
		case 1:
			memmove(s + len / 2, s + len / 2 + 1, len - len / 2);
			len--;
			break;
		default:
			s[len++] = "%/.?&=\"\xff"[pick(8)];
		}
	}
	s[len] = '\0';
	return s;
}

static void
whatever_comes_is_answered(void **state)
{
	static const char *const seeds[] = {
		"REQUEST_METHOD=POST",
		"REQUEST_METHOD=GET",
		"REQUEST_URI=/v1/open?on=2026-01-01&n=2",
		"REQUEST_URI=/v1/closed/%2e%2e/x",
		"REQUEST_URI=/pay/abc",
		"CONTENT_LENGTH=12",
		"CONTENT_TYPE=application/json; charset=utf-8",
		"HTTP_AUTHORIZATION=Bearer a.b.c",
		"HTTP_COOKIE=__Host-session=x; a=b",
		"HTTP_IF_NONE_MATCH=\"1\", W/\"2\"",
		"HTTP_IDEMPOTENCY_KEY=\"k\"",
		"HTTP_X_REQUEST_ID=abc",
		"HTTP_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"HTTP_ORIGIN=https://b.example",
		"HTTP_CONTENT_LENGTH=12",
		"REQUEST_ID=abc",
		"x",
		"=",
		"",
	};
	const char *from = getenv("SEED");

	(void)state;
	seed = from ? strtoull(from, NULL, 10) : (uint64_t)time(NULL);
	print_message("SEED=%llu\n", (unsigned long long)seed);
	for (int round = 0; round < 20000; round++) {
		struct arena *t = arena_new(0);
		const char *params[24];
		struct str response;
		unsigned n = 0, max = 2 + pick(20);

		while (n < max)
			params[n++] = scramble(t, seeds[pick(sizeof(seeds) / sizeof(seeds[0]))]);
		params[n] = NULL;
		int status = http_handle(&server, (char **)params,
					 str_from(scramble(t, "{\"name\":\"a\"}")), t, &response);

		assert_true(status >= 200 && status <= 503);
		assert_true(str_starts(response, STR("Status: ")));
		arena_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_has_its_headers),
		cmocka_unit_test(an_error_is_a_problem_that_tells_nothing_of_the_inside),
		cmocka_unit_test(a_page_answers_a_page),
		cmocka_unit_test(a_header_with_line_breaks_is_left_out),
		cmocka_unit_test(an_unchanged_tag_is_not_modified),
		cmocka_unit_test(methods_are_told),
		cmocka_unit_test(a_body_is_as_long_as_it_says),
		cmocka_unit_test(media_are_checked),
		cmocka_unit_test(a_large_body_that_finds_no_room_is_not_taken_for_none),
		cmocka_unit_test(a_body_is_held_against_its_table),
		cmocka_unit_test(parameters_are_known_once_and_of_their_kind),
		cmocka_unit_test(a_token_goes_on_without_redis_and_a_cookie_does_not),
		cmocka_unit_test(a_scope_is_all_that_a_token_may),
		cmocka_unit_test(what_is_no_token_gets_one_answer),
		cmocka_unit_test(whatever_comes_is_answered),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
