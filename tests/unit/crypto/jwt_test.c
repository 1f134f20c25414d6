/*
 * jwt_test.c - access tokens: what we issue we take, and nothing else; every refusal the same.
 */
#include <billfold/base/date.h>
#include <billfold/crypto.h>
#include <billfold/json.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define ISSUER "https://billing.example"

struct world {
	struct arena *a;
	char dir[64];
	const char *kid;
	struct jwt_keys *keys;
	int64_t now;
};

static int
setup(void **state)
{
	static struct world w;
	struct err e = { 0 };

	w.a = arena_new(0);
	snprintf(w.dir, sizeof(w.dir), "/tmp/jwt_test.XXXXXX");
	assert_int_equal(crypto_init(&e), 0);
	assert_non_null(mkdtemp(w.dir));
	assert_int_equal(jwt_key_create(w.dir, w.a, &w.kid, &e), 0);
	assert_int_equal(jwt_keys_load(w.dir, ISSUER, &w.keys, &e), 0);
	w.now = instant_now() / 1000000;
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	const char *list = arena_printf(w->a, "%s/%s.pem", w->dir, w->kid);

	jwt_keys_free(w->keys);
	unlink(list);
	rmdir(w->dir);
	arena_free(w->a);
	return 0;
}

static const struct jwt_claims claims = {
	.tenant = "0190b0c0-7d3a-7000-8000-000000000001",
	.subject = "0190b0c0-7d3a-7000-8000-000000000002",
	.scope = "invoice:read invoice:write",
	.epoch = 7,
};

/* r || s of a token's first two parts, by the key in a file. */
static struct str
ecdsa(struct arena *a, const char *pem, const char *text)
{
	FILE *f = fopen(pem, "r");
	EVP_PKEY *pkey = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[128], *raw = arena_alloc(a, 64);
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	assert_non_null(pkey);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &len, (const unsigned char *)text, strlen(text)),
			 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	fclose(f);
	return (struct str){ (const char *)raw, 64 };
}

static const char *
pem_path(struct world *w)
{
	return arena_printf(w->a, "%s/%s.pem", w->dir, w->kid);
}

static const char *
unsigned_part(struct world *w, const char *header, const char *payload)
{
	return arena_printf(w->a, "%s.%s", base64url_encode(w->a, str_from(header)),
			    base64url_encode(w->a, str_from(payload)));
}

/* Signed by our own key, whatever it says. */
static const char *
token(struct world *w, const char *header, const char *payload)
{
	const char *two = unsigned_part(w, header, payload);

	return arena_printf(w->a, "%s.%s", two,
			    base64url_encode(w->a, ecdsa(w->a, pem_path(w), two)));
}

static const char *
good_header(struct world *w)
{
	return arena_printf(w->a, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", w->kid);
}

/* A sound payload, in which one text is replaced by another. */
static const char *
payload(struct world *w, const char *from, const char *to)
{
	const char *all =
	    arena_printf(w->a,
			 "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"u\",\"tenant\":\"t\",\"scope\":"
			 "\"\",\"jti\":\"j\","
			 "\"token_use\":\"access\",\"epoch\":1,\"iat\":%lld,\"exp\":%lld}",
			 ISSUER, ISSUER, (long long)w->now, (long long)w->now + 300);
	const char *at = strstr(all, from);

	assert_non_null(at);
	return arena_printf(w->a, "%.*s%s%s", (int)(at - all), all, to, at + strlen(from));
}

static bool
accepted(struct world *w, struct str text)
{
	struct jwt_claims c;
	struct err e = { 0 };

	if (jwt_verify(w->keys, w->a, text, &c, &e) == 0)
		return true;
	assert_int_equal(e.code, ERR_invalid_token);
	assert_string_equal(e.detail, "The access token is not valid.");
	assert_string_equal(e.cause, "");
	assert_null(c.subject);
	return false;
}

static bool
payload_accepted(struct world *w, const char *from, const char *to)
{
	return accepted(w, str_from(token(w, good_header(w), payload(w, from, to))));
}

static void
what_was_issued_is_verified(void **state)
{
	struct world *w = *state;
	struct jwt_claims c;
	const char *text;
	struct err e = { 0 };

	assert_int_equal(jwt_issue(w->keys, w->a, &claims, 300, &text, &e), 0);
	for (int i = 0; i < 3; i++) { /* from the second time on, from the cache */
		assert_int_equal(jwt_verify(w->keys, w->a, str_from(text), &c, &e), 0);
		assert_string_equal(c.tenant, claims.tenant);
		assert_string_equal(c.subject, claims.subject);
		assert_string_equal(c.scope, claims.scope);
		assert_int_equal(strlen(c.jti), 36);
		assert_int_equal(c.epoch, 7);
		assert_true(c.exp >= w->now + 300 && c.exp <= w->now + 310);
	}
	assert_true(accepted(w, str_from(token(w, good_header(w), payload(w, "", "")))));
}

static void
forged_headers_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"nOnE\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES384\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"es256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":null,\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":1}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":[\"%s\"]}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"../../dev/null\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"' OR 1=1 --\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"unknown\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[]}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jku\":\"http://x/\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"x5u\":\"http://x/\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"EC\"}}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"enc\":\"A256GCM\"}",
		"{\"alg\":\"none\",\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{'alg':'ES256','typ':'JWT','kid':'%s'}",
		"[\"ES256\",\"JWT\",\"%s\"]",
		"null",
		"",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *at = strstr(headers[i], "%s"), *header = headers[i];

		if (at)
			header = arena_printf(w->a, "%.*s%s%s", (int)(at - header), header, w->kid,
					      at + 2);
		if (accepted(w, str_from(token(w, header, payload(w, "", "")))))
			fail_msg("accepted: %s", header);
	}
}

static void
forged_signatures_are_refused(void **state)
{
	struct world *w = *state;
	const char *two = unsigned_part(w, good_header(w), payload(w, "", ""));
	struct str sig = ecdsa(w->a, pem_path(w), two), zero = { arena_alloc(w->a, 64), 64 };
	const char *good = arena_printf(w->a, "%s.%s", two, base64url_encode(w->a, sig));
	char *bent = arena_alloc(w->a, 66), other_dir[] = "/tmp/jwt_test.XXXXXX";
	const char *other, *kid;
	struct err e = { 0 };

#define WITH(bytes, n)                                                                             \
	str_from(arena_printf(w->a, "%s.%s", two,                                                  \
			      base64url_encode(w->a, (struct str){ (bytes), (n) })))
	assert_true(accepted(w, str_from(good)));
	assert_false(accepted(w, WITH(zero.p, 64)));
	for (size_t i = 0; i < 64; i += 7) {
		memcpy(bent, sig.p, 64);
		bent[i] = (char)(bent[i] ^ 1);
		assert_false(accepted(w, WITH(bent, 64)));
	}
	memcpy(bent, sig.p, 64);
	assert_false(accepted(w, WITH(bent, 63)));
	assert_false(accepted(w, WITH(bent, 65)));
	assert_false(accepted(w, WITH(bent, 0)));
	/* s first, r second */
	memcpy(bent, sig.p + 32, 32);
	memcpy(bent + 32, sig.p, 32);
	assert_false(accepted(w, WITH(bent, 64)));
#undef WITH
	/* Another key under our kid. */
	assert_non_null(mkdtemp(other_dir));
	assert_int_equal(jwt_key_create(other_dir, w->a, &kid, &e), 0);
	other = arena_printf(w->a, "%s/%s.pem", other_dir, kid);
	assert_false(
	    accepted(w, str_from(arena_printf(w->a, "%s.%s", two,
					      base64url_encode(w->a, ecdsa(w->a, other, two))))));
	unlink(other);
	rmdir(other_dir);
}

static void
forged_shapes_are_refused(void **state)
{
	struct world *w = *state;
	const char *good = token(w, good_header(w), payload(w, "", ""));
	const char *first = strchr(good, '.'), *second = strchr(first + 1, '.');
	char *big = arena_alloc(w->a, 70000);

	assert_true(accepted(w, str_from(good)));
	assert_false(accepted(w, STR("")));
	assert_false(accepted(w, STR("..")));
	assert_false(accepted(w, STR("...")));
	assert_false(accepted(w, (struct str){ good, (size_t)(second - good) }));
	assert_false(accepted(w, (struct str){ good, (size_t)(second - good) + 1 }));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s.x", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s.", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s=", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s==", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s ", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, " %s", good))));
	assert_false(accepted(w, str_from(arena_printf(w->a, "%s\n", good))));
	assert_false(
	    accepted(w, str_from(arena_printf(w->a, "%.*s=%s", (int)(first - good), good, first))));
	assert_false(accepted(w, (struct str){ good, strlen(good) - 1 }));
	assert_false(accepted(w, (struct str){ good, strlen(good) + 1 }));
	/* The spare bits of the last character set: the same bytes, another text. */
	for (const char *c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; *c;
	     c++) {
		char *other = arena_strdup(w->a, good);

		other[strlen(good) - 1] = *c;
		if (*c != good[strlen(good) - 1])
			assert_false(accepted(w, str_from(other)));
	}
	memset(big, 'A', 69999);
	assert_false(accepted(w, str_from(big)));
	assert_false(accepted(
	    w,
	    str_from(token(
		w,
		arena_printf(w->a, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%.10000s\"}", big),
		payload(w, "", "")))));
	assert_false(accepted(
	    w, str_from(token(w, good_header(w),
			      payload(w, "\"epoch\"",
				      arena_printf(w->a, "\"x\":\"%.4000s\",\"epoch\"", big))))));
}

static void
times_are_whole_seconds_that_hold(void **state)
{
	struct world *w = *state;
	const char *exp = arena_printf(w->a, "\"exp\":%lld", (long long)w->now + 300);
	const char *iat = arena_printf(w->a, "\"iat\":%lld", (long long)w->now);

#define EXP(text) payload_accepted(w, exp, "\"exp\":" text)
#define AT(key, from, s)                                                                           \
	payload_accepted(w, from,                                                                  \
			 arena_printf(w->a, "\"" key "\":%lld", (long long)(time(NULL) + (s))))
	assert_false(EXP("0"));
	assert_false(EXP("-1"));
	assert_false(EXP("null"));
	assert_false(EXP("true"));
	assert_false(EXP("\"4102444800\""));
	assert_false(EXP("4102444800.5"));
	assert_false(EXP("4.1e9"));
	assert_false(EXP("9223372036854775808"));
	assert_false(EXP("1e400"));
	assert_false(payload_accepted(w, exp, "\"x\":1"));
	assert_false(AT("exp", exp, -1));
	assert_false(AT("exp", exp, 0));
	assert_true(AT("exp", exp, 30));
	assert_false(AT("iat", iat, 3600));
	assert_false(AT("iat", iat, 70));
	assert_true(AT("iat", iat, 50));
	assert_false(payload_accepted(w, iat, "\"x\":1"));
	assert_false(payload_accepted(w, iat, "\"iat\":\"1\""));
	assert_false(payload_accepted(w, iat, "\"iat\":-1"));
#define NBF(text) payload_accepted(w, iat, arena_printf(w->a, "%s,\"nbf\":%s", iat, text))
	assert_true(NBF("1"));
	assert_false(NBF("4102444800"));
	assert_false(NBF("null"));
	assert_false(NBF("\"1\""));
	assert_false(NBF("1.0"));
#undef NBF
#undef AT
#undef EXP
}

static void
claims_are_ours(void **state)
{
	struct world *w = *state;

	assert_false(
	    payload_accepted(w, "\"iss\":\"" ISSUER "\"", "\"iss\":\"https://evil.example\""));
	assert_false(payload_accepted(w, "\"iss\":\"" ISSUER "\"", "\"iss\":[\"" ISSUER "\"]"));
	assert_false(payload_accepted(w, "\"iss\":\"" ISSUER "\",", ""));
	assert_false(payload_accepted(w, "\"iss\":\"" ISSUER "\"", "\"iss\":\"" ISSUER "/\""));
	assert_false(payload_accepted(w, "\"aud\":\"" ISSUER "\"", "\"aud\":\"other\""));
	assert_false(payload_accepted(w, "\"aud\":\"" ISSUER "\"", "\"aud\":[\"" ISSUER "\"]"));
	assert_false(payload_accepted(w, "\"aud\":\"" ISSUER "\",", ""));
	assert_false(payload_accepted(w, "\"sub\":\"u\",", ""));
	assert_false(payload_accepted(w, "\"sub\":\"u\"", "\"sub\":\"\""));
	assert_false(payload_accepted(w, "\"sub\":\"u\"", "\"sub\":1"));
	assert_false(payload_accepted(w, "\"sub\":\"u\"", "\"sub\":\"u\",\"sub\":\"v\""));
	assert_false(payload_accepted(w, "\"sub\":\"u\"", "\"sub\":\"u\\u0000v\""));
	assert_false(payload_accepted(w, "\"tenant\":\"t\"", "\"tenant\":null"));
	assert_false(payload_accepted(w, "\"scope\":\"\"", "\"scope\":[\"a\"]"));
	assert_false(payload_accepted(w, "\"epoch\":1", "\"epoch\":\"1\""));
	assert_false(payload_accepted(w, "\"token_use\":\"access\"", "\"token_use\":\"id\""));
	assert_false(payload_accepted(w, "\"token_use\":\"access\"", "\"token_use\":\"reset\""));
	assert_false(payload_accepted(w, "\"token_use\":\"access\",", ""));
	assert_true(payload_accepted(w, "\"epoch\":1", "\"epoch\":1,\"extra\":[1,{}]"));
}

static void
an_expired_token_leaves_the_cache(void **state)
{
	struct world *w = *state;
	const char *exp = arena_printf(w->a, "\"exp\":%lld", (long long)w->now + 300);
	const char *text;
	int64_t until = instant_now() / 1000000 + 2;

	text = token(w, good_header(w),
		     payload(w, exp, arena_printf(w->a, "\"exp\":%lld", (long long)until)));
	assert_true(accepted(w, str_from(text)));
	while (instant_now() / 1000000 < until)
		usleep(20000);
	assert_false(accepted(w, str_from(text)));
}

static void
many_tokens_stay_within_the_cache(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_new(0);
	const char *text;
	struct jwt_claims c;
	struct err e = { 0 };

	for (int i = 0; i < 1500; i++) {
		assert_int_equal(jwt_issue(w->keys, a, &claims, 300, &text, &e), 0);
		assert_int_equal(jwt_verify(w->keys, a, str_from(text), &c, &e), 0);
		assert_int_equal(jwt_verify(w->keys, a, str_from(text), &c, &e), 0);
		arena_reset(a);
	}
	arena_free(a);
}

static void
keys_rotate_without_a_restart(void **state)
{
	struct world *w = *state;
	const char *old, *new_kid, *path, *later;
	struct jwt_claims c;
	struct err e = { 0 };

	assert_int_equal(jwt_issue(w->keys, w->a, &claims, 300, &old, &e), 0);
	assert_int_equal(jwt_key_create(w->dir, w->a, &new_kid, &e), 0);
	path = arena_printf(w->a, "%s/%s.pem", w->dir, new_kid);
	/* Another worker signs with the new key before this one looked at the directory. */
	{
		struct jwt_keys *other;

		assert_int_equal(jwt_keys_load(w->dir, ISSUER, &other, &e), 0);
		assert_int_equal(jwt_issue(other, w->a, &claims, 300, &later, &e), 0);
		jwt_keys_free(other);
	}
	assert_int_equal(jwt_verify(w->keys, w->a, str_from(later), &c, &e), 0);
	assert_int_equal(jwt_verify(w->keys, w->a, str_from(old), &c, &e), 0);
	assert_non_null(
	    strstr(sb_z(&(struct sb){ .buf = (char *)(uintptr_t)jwt_jwks(w->keys, w->a).p,
				      .len = jwt_jwks(w->keys, w->a).len }),
		   new_kid));
	/* The new key is taken away: its tokens are no longer good, kept or not. */
	unlink(path);
	for (int i = 0; i < 200 && jwt_verify(w->keys, w->a, str_from(later), &c, &e) == 0; i++)
		usleep(20000);
	assert_false(accepted(w, str_from(later)));
	assert_true(accepted(w, str_from(old)));
}

static void
a_broken_key_does_not_stop_what_runs(void **state)
{
	struct world *w = *state;
	const char *path = arena_printf(w->a, "%s/broken.pem", w->dir);
	struct jwt_keys *none;
	struct err e = { 0 };
	FILE *f = fopen(path, "w");
	const char *text;

	fputs("-----BEGIN PRIVATE KEY-----\nMII\n", f);
	fclose(f);
	chmod(path, 0600);
	assert_int_equal(jwt_keys_load(w->dir, ISSUER, &none, &e), -1);
	assert_non_null(strstr(e.detail, "broken.pem"));
	usleep(1100000);
	assert_int_equal(jwt_issue(w->keys, w->a, &claims, 300, &text, &e), 0);
	assert_true(accepted(w, str_from(text)));
	unlink(path);
	/* Readable by all the world. */
	chmod(pem_path(w), 0644);
	assert_int_equal(jwt_keys_load(w->dir, ISSUER, &none, &e), -1);
	chmod(pem_path(w), 0600);
	assert_int_equal(jwt_keys_load("/nonexistent", ISSUER, &none, &e), -1);
}

static void
the_key_set_is_a_jwks(void **state)
{
	struct world *w = *state;
	struct json_object *o, *key;
	struct str x, y, kid, d, bin;
	char hex[SHA256_HEX], want[SHA256_HEX];

	assert_int_equal(jscan_parse(w->a, jwt_jwks(w->keys, w->a), &o, NULL), 0);
	key = json_object_array_get_idx(jval_get(o, "keys"), 0);
	assert_true(jval_str(key, "x", &x));
	assert_true(jval_str(key, "y", &y));
	assert_true(jval_str(key, "kid", &kid));
	assert_false(jval_str(key, "d", &d));
	assert_int_equal(x.len, 43);
	assert_int_equal(y.len, 43);
	/* RFC 7638: the key id is the thumbprint. */
	sha256_hex(str_from(arena_printf(w->a,
					 "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" STR_FMT
					 "\",\"y\":\"" STR_FMT "\"}",
					 STR_ARG(x), STR_ARG(y))),
		   want);
	assert_true(base64url_decode(w->a, kid, &bin));
	for (size_t i = 0; i < bin.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)bin.p[i]);
	assert_string_equal(hex, want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_issued_is_verified),
		cmocka_unit_test(forged_headers_are_refused),
		cmocka_unit_test(forged_signatures_are_refused),
		cmocka_unit_test(forged_shapes_are_refused),
		cmocka_unit_test(times_are_whole_seconds_that_hold),
		cmocka_unit_test(claims_are_ours),
		cmocka_unit_test(an_expired_token_leaves_the_cache),
		cmocka_unit_test(many_tokens_stay_within_the_cache),
		cmocka_unit_test(keys_rotate_without_a_restart),
		cmocka_unit_test(a_broken_key_does_not_stop_what_runs),
		cmocka_unit_test(the_key_set_is_a_jwks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
