/*
 * handle_fuzz.c - CGI parameters and a body, as nginx would hand them on: there is always one
 * answer of sound form, and an error is a problem document that names its request.
 */
#include "fuzz.h"

#include <billfold/auth/caller.h>
#include <billfold/base/log.h>
#include <billfold/http.h>

#include <unistd.h>

enum { PARAMS_MAX = 60 };

static struct app app;
static struct http_server server;

static int
echo(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	r->body = c->body ? jval_text(c->arena, c->body) : STR("{}");
	r->etag = "\"7\"";
	return 0;
}

static int
form(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < c->form.n; i++)
		MUST(str_is_utf8(c->form.v[i].name) && str_is_utf8(c->form.v[i].value));
	r->body = STR("{}");
	return 0;
}

static const char *const words[] = { "a", "b", NULL };
static const struct field inner[] = {
	{ .name = "n", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 1, 5 } }, { 0 }
};
static const struct field body_fields[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 20 } },
	{ .name = "amount", .type = FT_MONEY },
	{ .name = "rate", .type = FT_DECIMAL, .flags = FF_NULLABLE },
	{ .name = "day", .type = FT_DATE },
	{ .name = "word", .type = FT_ENUM, .u.words = words },
	{ .name = "where", .type = FT_ADDRESS },
	{ .name = "list", .type = FT_LIST, .u.of = { inner, 5 } },
	{ .name = "ids", .type = FT_IDS },
	{ 0 }
};
static const struct field query[] = { { .name = "on", .type = FT_DATE },
				      { .name = "n", .type = FT_INT, .u.num = { 1, 5 } },
				      { 0 } };
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
	  .in = body_fields,
	  .status = 201,
	  .run = echo },
	{ .method = M_POST,
	  .pattern = "/v1/form",
	  .flags = RF_PUBLIC | RF_FORM,
	  .status = 200,
	  .run = form },
	{ .method = M_GET,
	  .pattern = "/v1/closed/{id}",
	  .perm = P_ACCOUNT_READ,
	  .status = 200,
	  .run = echo },
	{ .method = M_GET, .pattern = "/pay/{token}", .flags = RF_PUBLIC | RF_HTML, .run = echo },
	{ 0 },
};
static const struct route *const lists[] = { routes, http_routes, NULL };
static const struct registry registry = { NULL, lists, NULL };

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char dir[] = "/tmp/billfold-fuzz-XXXXXX";
	struct arena *a = arena_new(0);
	struct err err = { 0 };
	const char *kid;

	(void)argc, (void)argv;
	log_open("fuzz", LOG_ERROR + 1);
	MUST(mkdtemp(dir) && crypto_init(&err) == 0);
	MUST(jwt_key_create(dir, a, &kid, &err) == 0);
	MUST(jwt_keys_load(dir, "https://b.example", &app.keys, &err) == 0);
	unlink(arena_printf(a, "%s/%s.pem", dir, kid));
	rmdir(dir);
	app.cache = cache_new("/nowhere/redis.sock", 100);
	app.public_url = "https://b.example";
	app.registry = &registry;
	server = (struct http_server){ .registry = &registry, .app = &app };
	MUST(http_open(&server, &err) == 0);
	arena_free(a);
	return 0;
}

/* Status and headers, each a line with a name; then an empty line and the body. */
static struct str
check_head(struct str response)
{
	struct str line = str_cut(response, '\n', &response), name, value;

	MUST(str_starts(line, STR("Status: ")));
	for (;;) {
		line = str_cut(response, '\n', &response);
		MUST(line.len >= 1 && line.p[line.len - 1] == '\r');
		line.len--;
		if (line.len == 0)
			return response;
		name = str_cut(line, ':', &value);
		MUST(name.len > 0 && name.len < line.len);
		MUST(!memchr(line.p, '\r', line.len) && !memchr(line.p, '\0', line.len));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	char *params[PARAMS_MAX + 1] = { 0 };
	struct str response = { 0 }, body, line;
	struct json_object *problem;
	int status;

	for (int n = 0; n < PARAMS_MAX && in.left; n++) {
		line = input_until(&in, '\n');
		if (line.len == 0)
			break;
		params[n] = str_dup(a, line);
	}
	status = http_handle(&server, params, input_rest(&in), a, &response);
	body = check_head(response);
	MUST(status >= 200 && status < 600 && status != 500);
	if (status >= 400 && strstr(str_dup(a, response), "problem+json") && body.len) {
		int64_t said;

		MUST(jscan_parse(a, body, &problem, NULL) == 0);
		MUST(jval_int(problem, "status", &said) && said == status);
		MUST(jval_has(problem, "request_id") && jval_has(problem, "code"));
	}
	arena_free(a);
	return 0;
}
