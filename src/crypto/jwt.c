/*
 * jwt.c - access tokens: ES256, issued and verified by this installation alone.
 *
 * libjwt signs and checks the signature. It takes any algorithm that a token names, looks at no
 * claim, ignores `crit` and takes doubled keys; so the token is read here first: three parts of
 * strict base64url, a header of exactly alg ES256, typ JWT and a kid of ours, a signature of
 * 64 bytes, claims of the right types. Nothing in a token is ever fetched or opened: kid is
 * compared with the keys at hand, and any further header member is refused.
 *
 * Every failure is the same ERR_invalid_token in the same words.
 */
#include "jwtkeys.h"

#include <billfold/base/date.h>
#include <billfold/base/uuid.h>
#include <billfold/json.h>

#include <jwt.h>
#include <sodium.h>

enum { TOKEN_MAX = 4096, SIGNATURE = 64, LEEWAY_S = 60, TEXT_CLAIM_MAX = 1024 };

static const char token_use[] = "access";

static int
add_claims(jwt_t *jwt, const char *issuer, const struct jwt_claims *c, const char *jti, int64_t now,
	   int64_t exp)
{
	return jwt_add_grant(jwt, "iss", issuer) || jwt_add_grant(jwt, "aud", issuer) ||
	       jwt_add_grant(jwt, "sub", c->subject) || jwt_add_grant(jwt, "tenant", c->tenant) ||
	       jwt_add_grant(jwt, "scope", c->scope ? c->scope : "") ||
	       jwt_add_grant(jwt, "jti", jti) || jwt_add_grant(jwt, "token_use", token_use) ||
	       jwt_add_grant_int(jwt, "epoch", c->epoch) || jwt_add_grant_int(jwt, "iat", now) ||
	       jwt_add_grant_int(jwt, "exp", exp);
}

int
jwt_issue(const struct jwt_keys *k, struct arena *a, const struct jwt_claims *c, int64_t ttl_s,
	  const char **ret, struct err *err)
{
	int64_t now = instant_now() / 1000000;
	const struct signing_key *key;
	char *text = NULL;
	jwt_t *jwt = NULL;
	int failed;

	jwtkeys_refresh(k->s, false);
	key = &k->s->ring.key[0];
	if (jwt_new(&jwt))
		abort();
	failed =
	    add_claims(jwt, k->s->issuer, c, c->jti ? c->jti : uuid_new_z(a), now, now + ttl_s) ||
	    jwt_add_header(jwt, "kid", key->kid) ||
	    jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key->private_pem,
			(int)strlen(key->private_pem));
	if (!failed)
		text = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (!text)
		return err_set(err, ERR_internal, "The access token cannot be signed.");
	*ret = arena_strdup(a, text);
	free(text);
	if (strlen(*ret) > TOKEN_MAX)
		return err_set(err, ERR_internal, "The access token is too long.");
	return 0;
}

struct parts {
	struct str header, payload, signature; /* decoded */
};

static bool
split(struct arena *a, struct str token, struct parts *ret)
{
	struct str rest, header, payload;

	if (token.len == 0 || token.len > TOKEN_MAX)
		return false;
	header = str_cut(token, '.', &rest);
	payload = str_cut(rest, '.', &rest);
	/* A fourth part would leave a point in rest, which base64url does not have. */
	return base64url_decode(a, header, &ret->header) &&
	       base64url_decode(a, payload, &ret->payload) &&
	       base64url_decode(a, rest, &ret->signature) && ret->signature.len == SIGNATURE;
}

static bool
is(struct json_object *o, const char *key, const char *value)
{
	struct str s;

	return jval_str(o, key, &s) && str_eqz(s, value);
}

static bool
header_check(struct arena *a, struct str text, struct str *ret_kid)
{
	struct json_object *h;

	return jscan_parse(a, text, &h, NULL) == 0 && json_object_is_type(h, json_type_object) &&
	       json_object_object_length(h) == 3 && is(h, "alg", "ES256") && is(h, "typ", "JWT") &&
	       jval_str(h, "kid", ret_kid);
}

static bool
text_claim(struct json_object *o, const char *name, const char **ret)
{
	struct str s;

	if (!jval_str(o, name, &s) || s.len > TEXT_CLAIM_MAX)
		return false;
	*ret = s.p; /* json-c ends it by NUL; the scan lets none in between */
	return true;
}

/* Times are whole seconds; json-c's clamping and libjwt's indifference are both kept away. */
static bool
times_check(struct json_object *o, int64_t now, int64_t *ret_exp)
{
	int64_t iat, nbf;

	if (!jval_int(o, "exp", ret_exp) || !jval_int(o, "iat", &iat) || iat < 0 ||
	    now >= *ret_exp || iat > now + LEEWAY_S)
		return false;
	return !jval_has(o, "nbf") || (jval_int(o, "nbf", &nbf) && nbf <= now + LEEWAY_S);
}

static bool
claims_check(struct arena *a, struct str text, const char *issuer, int64_t now,
	     struct jwt_claims *ret)
{
	struct jwt_claims c = { 0 };
	struct json_object *o;

	if (jscan_parse(a, text, &o, NULL) || !is(o, "iss", issuer) || !is(o, "aud", issuer) ||
	    !is(o, "token_use", token_use) || !times_check(o, now, &c.exp) ||
	    !text_claim(o, "sub", &c.subject) || !text_claim(o, "tenant", &c.tenant) ||
	    !text_claim(o, "scope", &c.scope) || !text_claim(o, "jti", &c.jti) ||
	    !jval_int(o, "epoch", &c.epoch) || !c.subject[0] || !c.tenant[0])
		return false;
	*ret = c;
	return true;
}

static bool
signature_check(struct arena *a, const struct signing_key *key, struct str token)
{
	jwt_t *jwt = NULL;
	bool ok = jwt_decode(&jwt, str_dup(a, token), (const unsigned char *)key->public_pem,
			     (int)strlen(key->public_pem)) == 0 &&
		  jwt_get_alg(jwt) == JWT_ALG_ES256;

	jwt_free(jwt);
	return ok;
}

static bool
verify(struct keys_state *s, struct arena *a, struct str token, int64_t now, struct jwt_claims *ret)
{
	unsigned char digest[SHA256_LEN];
	const struct signing_key *key;
	struct parts p;
	struct str kid;

	if (token.len > TOKEN_MAX)
		return false;
	jwtkeys_refresh(s, false);
	sha256(token, digest);
	if (jwtcache_get(&s->cache, digest, now, a, ret))
		return true;
	if (!split(a, token, &p) || !header_check(a, p.header, &kid))
		return false;
	key = jwtkeys_find(s, kid);
	/* Claims before the signature: a token out of date costs no arithmetic. */
	if (!key || !claims_check(a, p.payload, s->issuer, now, ret) ||
	    !signature_check(a, key, token))
		return false;
	jwtcache_put(&s->cache, digest, ret);
	return true;
}

int
jwt_verify(struct jwt_keys *k, struct arena *a, struct str token, struct jwt_claims *ret,
	   struct err *err)
{
	if (!verify(k->s, a, token, instant_now() / 1000000, ret)) {
		*ret = (struct jwt_claims){ 0 };
		return err_set(err, ERR_invalid_token, "The access token is not valid.");
	}
	return 0;
}
