/*
 * token_routes.c - programs get access tokens: OAuth 2.0 client credentials (RFC 6749), the key set
 * (RFC 7517) and the server's metadata (RFC 8414).
 *
 * Errors of the token endpoint are the ones of RFC 6749, 5.2, in its form; libraries know no other.
 * A client shows its secret by HTTP Basic or in the form, never in both, and never in the query.
 * The scope is words of permissions, at most those that the client has.
 */
#include <billfold/auth/routes.h>

#include "person.h"
#include "throttle.h"

#include <billfold/auth/deny.h>
#include <billfold/base/log.h>

static const struct rate_limit by_client = { "token", 20, 600 };
static const struct rate_limit by_address = { "token", 100, 1800 };

struct grant {
	struct uuid client;
	struct str secret, scope;
	bool by_header;
};

struct client {
	struct uuid tenant;
	const char *secret_hash, *state;
	int64_t epoch;
	struct perm_set perms;
};

static void
add_header(struct call *c, struct reply *r, struct str name, struct str value)
{
	*vec_push(c->arena, &r->headers) = (struct pair){ name, value };
}

static int
refuse(struct call *c, struct reply *r, int status, const char *error, const char *words)
{
	struct jw w;

	jw_init(&w, c->arena, 2048);
	jw_object(&w);
	jw_kstr(&w, "error", error);
	jw_kstr(&w, "error_description", words);
	jw_kstr(&w, "request_id", c->who.request_id);
	jw_end_object(&w);
	r->status = status;
	r->body = sb_str(&w.sb);
	add_header(c, r, STR("Pragma"), STR("no-cache"));
	if (status == 401)
		add_header(c, r, STR("WWW-Authenticate"),
			   STR("Basic realm=\"billfold\", charset=\"UTF-8\""));
	log_event(LOG_WARN, "a token was refused", "error", error, "address", c->who.address, NULL);
	return 0;
}

/* ---- the request ---- */

static bool
form_once(const struct call *c, const char *name, struct str *ret)
{
	bool found = false;

	*ret = (struct str){ 0 };
	for (size_t i = 0; i < c->form.n; i++) {
		if (!str_eqz(c->form.v[i].name, name))
			continue;
		if (found)
			return false;
		found = true;
		*ret = c->form.v[i].value;
	}
	return true;
}

/* RFC 7617's base64 in the other alphabet. */
static bool
base64_decode(struct arena *a, struct str in, struct str *ret)
{
	char *copy = str_dup(a, in);
	size_t len = in.len;

	while (len && copy[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++)
		copy[i] = copy[i] == '+' ? '-' : copy[i] == '/' ? '_' : copy[i];
	return base64url_decode(a, (struct str){ copy, len }, ret);
}

static bool
basic_pair(struct call *c, struct str *ret_id, struct str *ret_secret)
{
	struct str coded, plain, id, secret;
	struct str scheme = str_cut(c->authorization, ' ', &coded);

	if (!str_eq_nocase(scheme, STR("Basic")) ||
	    !base64_decode(c->arena, str_trim(coded), &plain))
		return false;
	id = str_cut(plain, ':', &secret);
	/* RFC 6749, 2.3.1: both are form-encoded first. */
	return str_percent_decode(c->arena, id, true, ret_id) &&
	       str_percent_decode(c->arena, secret, true, ret_secret);
}

/* NULL, or why the request is no request. *ret_invalid_client: it names no client that could be. */
static const char *
grant_parse(struct call *c, struct grant *ret, bool *ret_invalid_client)
{
	struct str id, secret;

	*ret = (struct grant){ 0 };
	*ret_invalid_client = false;
	if (c->query.n)
		return "Parameters belong into the body.";
	if (!form_once(c, "client_id", &id) || !form_once(c, "client_secret", &secret) ||
	    !form_once(c, "scope", &ret->scope))
		return "A parameter was given twice.";
	if (c->authorization.p) {
		if (secret.p)
			return "The client shows its secret twice.";
		struct str in_form = id;

		ret->by_header = true;
		*ret_invalid_client =
		    !basic_pair(c, &id, &secret) || (in_form.p && !str_eq(in_form, id));
	}
	ret->secret = secret;
	if (!id.len || !secret.len || !uuid_parse(id, &ret->client))
		*ret_invalid_client = true;
	return NULL;
}

/* ---- the client ---- */

static int
read_client(struct call *c, const struct uuid *id, struct client *ret, struct err *err)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	*ret = (struct client){ 0 };
	flush_begin_read(f);
	int s = flush_addv(f,
			   "SELECT tenant_id, secret_hash, state, epoch, permissions "
			   "FROM auth.client_sign_in($1::uuid, $2, $3)",
			   id->z, c->who.request_id, c->who.address, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) != 1)
		return 0;
	uuid_parse(flush_str(f, s, 0, 0), &ret->tenant);
	ret->secret_hash = flush_value(f, s, 0, 1);
	ret->state = flush_value(f, s, 0, 2);
	ret->epoch = flush_int(f, s, 0, 3);
	perms_from_scope(flush_str(f, s, 0, 4), &ret->perms);
	return 0;
}

/* Secrets are 256 random bits of ours: a plain digest is as good as a slow one. */
static bool
secret_right(const struct client *client, struct str secret)
{
	char hash[SHA256_HEX];

	sha256_hex(secret, hash);
	return equal_secret(str_from(hash),
			    str_from(client->secret_hash ? client->secret_hash : "")) &&
	       client->state && !strcmp(client->state, "active");
}

static void
record_wrong(struct call *c, const struct grant *g, const struct client *client)
{
	struct caller who = c->who;

	if (!client->tenant.z[0])
		return;
	who.tenant = client->tenant;
	snprintf(who.actor, sizeof(who.actor), "client:%s", g->client.z);
	snprintf(who.actor_id, sizeof(who.actor_id), "%s", g->client.z);
	deny_record(c->app->db, c->arena, &who, "token", "auth.client", g->client.z,
		    "The secret was not right.");
}

static bool
scope_narrow(struct str scope, const struct perm_set *held, struct perm_set *ret)
{
	if (!scope.len) {
		*ret = *held;
		return true;
	}
	while (scope.len) {
		struct str rest;
		struct str word = str_cut(scope, ' ', &rest);
		enum perm p = perm_by_word(word);

		if (p == P_NONE || !perm_has(held, p))
			return false;
		perm_add(ret, p);
		scope = rest;
	}
	return true;
}

static int
answer_token(struct call *c, const struct grant *g, const struct client *client,
	     const struct perm_set *perms, struct reply *r, struct err *err)
{
	struct str scope = perms_to_scope(c->arena, perms);
	struct jwt_claims claims = {
		.tenant = client->tenant.z,
		.subject = g->client.z,
		.scope = str_dup(c->arena, scope),
		.epoch = client->epoch,
	};
	const char *token;
	struct jw w;

	if (jwt_issue(c->app->keys, c->arena, &claims, TOKEN_TTL_S, &token, err) < 0)
		return -1;
	jw_init(&w, c->arena, 16384);
	jw_object(&w);
	jw_kstr(&w, "access_token", token);
	jw_kstr(&w, "token_type", "Bearer");
	jw_kint(&w, "expires_in", TOKEN_TTL_S);
	jw_key(&w, "scope");
	jw_str(&w, scope);
	jw_end_object(&w);
	r->body = sb_str(&w.sb);
	add_header(c, r, STR("Pragma"), STR("no-cache"));
	return 0;
}

static int
token_create(struct call *c, struct reply *r, struct err *err)
{
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };
	struct err away = { 0 }; /* Redis, or the tenant: suspended */
	struct perm_set perms = { 0 };
	struct client client;
	struct grant g;
	struct str type;
	bool invalid;
	const char *why = grant_parse(c, &g, &invalid);

	if (why || !form_once(c, "grant_type", &type) || !type.len)
		return refuse(c, r, 400, "invalid_request", why ? why : "grant_type comes once.");
	if (!str_eqz(type, "client_credentials"))
		return refuse(c, r, 400, "unsupported_grant_type",
			      "Only client_credentials is served.");

	/* Without Redis there is no throttle, and tokens go on: a secret is not guessed in any
	 * number of tries. */
	throttle_add(&throttle, &by_address, arena_printf(c->arena, "tk:a:%s", c->who.address));
	if (!invalid)
		throttle_add(&throttle, &by_client,
			     arena_printf(c->arena, "tk:c:%s:%s", g.client.z, c->who.address));
	if (throttle_take(&throttle, &away) < 0 && away.code == ERR_rate_limited) {
		*err = away;
		return -1;
	}
	if (invalid)
		return refuse(c, r, 401, "invalid_client",
			      "The client is not known, or its secret is not right.");
	if (read_client(c, &g.client, &client, &away) < 0 && away.code != ERR_unauthenticated) {
		*err = away;
		return -1;
	}
	if (!secret_right(&client, g.secret)) {
		record_wrong(c, &g, &client);
		return refuse(c, r, 401, "invalid_client",
			      "The client is not known, or its secret is not right.");
	}
	throttle_give_back(&throttle);
	if (!scope_narrow(g.scope, &client.perms, &perms))
		return refuse(c, r, 400, "invalid_scope",
			      "The client does not have all of this scope.");
	return answer_token(c, &g, &client, &perms, r, err);
}

/* ---- what others verify by ---- */

static int
jwks_get(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	r->body = jwt_jwks(c->app->keys, c->arena);
	add_header(c, r, STR("Cache-Control"), STR("public, max-age=300"));
	return 0;
}

static void
add_list(struct jw *w, const char *key, const char *const *words)
{
	jw_key(w, key);
	jw_array(w);
	for (; *words; words++)
		jw_strz(w, *words);
	jw_end_array(w);
}

static int
metadata_get(struct call *c, struct reply *r, struct err *err)
{
	const char *base = c->app->public_url;
	struct jw w;

	(void)err;
	jw_init(&w, c->arena, 16384);
	jw_object(&w);
	jw_kstr(&w, "issuer", c->app->issuer ? c->app->issuer : base);
	jw_kstr(&w, "token_endpoint", arena_printf(c->arena, "%s/v1/oauth/token", base));
	jw_kstr(&w, "jwks_uri", arena_printf(c->arena, "%s/.well-known/jwks.json", base));
	add_list(&w, "response_types_supported", (const char *const[]){ NULL });
	add_list(&w, "grant_types_supported", (const char *const[]){ "client_credentials", NULL });
	add_list(&w, "token_endpoint_auth_methods_supported",
		 (const char *const[]){ "client_secret_basic", "client_secret_post", NULL });
	jw_key(&w, "scopes_supported");
	jw_array(&w);
	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		jw_strz(&w, perm_defs[p].word);
	jw_end_array(&w);
	jw_kstr(&w, "service_documentation", arena_printf(c->arena, "%s/v1/openapi.json", base));
	jw_end_object(&w);
	r->body = sb_str(&w.sb);
	add_header(c, r, STR("Cache-Control"), STR("public, max-age=300"));
	return 0;
}

/* ---- tables ---- */

static const struct field token_in[] = {
	{ .name = "grant_type",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 50 },
	  .doc = "`client_credentials`." },
	{ .name = "scope",
	  .type = FT_TEXT,
	  .u.len = { 0, 4000 },
	  .doc = "Permissions, blanks between; without it all that the client has." },
	{ .name = "client_id",
	  .type = FT_TEXT,
	  .u.len = { 0, 100 },
	  .doc = "Where HTTP Basic is not used." },
	{ .name = "client_secret",
	  .type = FT_TEXT,
	  .flags = FF_SECRET,
	  .u.len = { 0, 200 },
	  .doc = "Where HTTP Basic is not used." },
	{ 0 }
};
static const struct field token_out[] = { { .name = "access_token",
					    .type = FT_TEXT,
					    .flags = FF_REQUIRED,
					    .u.len = { 1, 8000 },
					    .doc = "A JWT." },
					  { .name = "token_type",
					    .type = FT_TEXT,
					    .flags = FF_REQUIRED,
					    .u.len = { 1, 20 },
					    .doc = "`Bearer`." },
					  { .name = "expires_in",
					    .type = FT_INT,
					    .flags = FF_REQUIRED,
					    .u.num = { 1, 86400 },
					    .doc = "Seconds." },
					  { .name = "scope",
					    .type = FT_TEXT,
					    .flags = FF_REQUIRED,
					    .u.len = { 0, 4000 },
					    .doc = "What it permits." },
					  { 0 } };

static const struct field key_fields[] = {
	{ .name = "kty", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "EC." },
	{ .name = "crv", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "P-256." },
	{ .name = "x", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The point." },
	{ .name = "y", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The point." },
	{ .name = "kid",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "By which a token names it." },
	{ .name = "use", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "sig." },
	{ .name = "alg", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "ES256." },
	{ 0 }
};
static const struct field jwks_out[] = { { .name = "keys",
					   .type = FT_LIST,
					   .flags = FF_REQUIRED,
					   .u.of = { key_fields, 0 },
					   .doc = "Keys that sign access tokens, RFC 7517." },
					 { 0 } };
static const struct field metadata_out[] = {
	{ .name = "issuer", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Of access tokens." },
	{ .name = "token_endpoint",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "Where they are given." },
	{ .name = "jwks_uri", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The keys." },
	{ .name = "response_types_supported",
	  .type = FT_TEXTS,
	  .flags = FF_REQUIRED,
	  .doc = "None." },
	{ .name = "grant_types_supported",
	  .type = FT_TEXTS,
	  .flags = FF_REQUIRED,
	  .doc = "client_credentials." },
	{ .name = "token_endpoint_auth_methods_supported",
	  .type = FT_TEXTS,
	  .flags = FF_REQUIRED,
	  .doc = "How a client shows who it is." },
	{ .name = "scopes_supported",
	  .type = FT_TEXTS,
	  .flags = FF_REQUIRED,
	  .doc = "Permissions." },
	{ .name = "service_documentation",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "The contract." },
	{ 0 }
};

const struct route token_routes[] = { { .method = M_POST,
					.pattern = "/v1/oauth/token",
					.flags = RF_PUBLIC | RF_FORM | RF_NO_KEY,
					.in = token_in,
					.out = token_out,
					.status = 200,
					.run = token_create,
					.doc = "An access token for a program." },
				      { .method = M_GET,
					.pattern = "/.well-known/jwks.json",
					.flags = RF_PUBLIC,
					.status = 200,
					.run = jwks_get,
					.out = jwks_out,
					.doc = "The keys that sign access tokens." },
				      { .method = M_GET,
					.pattern = "/.well-known/oauth-authorization-server",
					.flags = RF_PUBLIC,
					.status = 200,
					.run = metadata_get,
					.out = metadata_out,
					.doc = "What the token endpoint offers." },
				      { 0 } };
