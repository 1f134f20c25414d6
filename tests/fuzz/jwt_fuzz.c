/*
 * jwt_fuzz.c - header and claims of any content, well signed by our own key or not at all: what is
 * accepted is ours, for us, and in its time.
 */
#include "fuzz.h"

#include <billfold/crypto.h>
#include <billfold/json.h>

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <time.h>
#include <unistd.h>

#define ISSUER "https://billing.example"

static struct jwt_keys *keys;
static EVP_PKEY *signer;
static char kid[64];

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char dir[] = "/tmp/billfold-fuzz-XXXXXX", path[200];
	struct arena *a = arena_new(0);
	struct err err = { 0 };
	const char *made;
	FILE *f;

	(void)argc, (void)argv;
	MUST(mkdtemp(dir) && crypto_init(&err) == 0);
	MUST(jwt_key_create(dir, a, &made, &err) == 0);
	MUST(jwt_keys_load(dir, ISSUER, &keys, &err) == 0);
	snprintf(kid, sizeof(kid), "%s", made);
	snprintf(path, sizeof(path), "%s/%s.pem", dir, kid);
	f = fopen(path, "r");
	MUST(f && (signer = PEM_read_PrivateKey(f, NULL, NULL, NULL)));
	fclose(f);
	unlink(path);
	rmdir(dir);
	arena_free(a);
	return 0;
}

/* r and s, 32 bytes each, as RFC 7518 section 3.4 has them. */
static struct str
signature(struct arena *a, struct str text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[128], *raw = arena_alloc(a, 64);
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	MUST(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, signer) == 1);
	MUST(EVP_DigestSign(ctx, der, &len, (const unsigned char *)text.p, text.len) == 1);
	MUST((sig = d2i_ECDSA_SIG(NULL, &p, (long)len)));
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return (struct str){ (const char *)raw, 64 };
}

/* "KID" in an input stands for the key's id, which no corpus can know. */
static struct str
with_kid(struct arena *a, struct str text)
{
	const char *z = str_dup(a, text), *at = strstr(z, "KID");

	if (!at)
		return text;
	return str_from(arena_printf(a, "%.*s%s%s", (int)(at - z), z, kid, at + 3));
}

static void
is_ours(struct arena *a, struct str payload, const struct jwt_claims *got)
{
	struct json_object *claims;
	struct str iss, aud, use;
	int64_t exp, now = (int64_t)time(NULL);

	MUST(jscan_parse(a, payload, &claims, NULL) == 0);
	MUST(jval_str(claims, "iss", &iss) && str_eqz(iss, ISSUER));
	MUST(jval_str(claims, "aud", &aud));
	MUST(jval_str(claims, "token_use", &use) && str_eqz(use, "access"));
	MUST(jval_int(claims, "exp", &exp) && exp == got->exp && exp > now - 61);
	MUST(got->tenant && got->subject);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	unsigned how = (unsigned)input_bits(&in, 1) % 4;
	struct str header = with_kid(a, input_until(&in, '\n')), payload, signed_part, token;
	struct jwt_claims got = { 0 };
	struct err err = { 0 };

	if (how == 0) { /* a token as it comes */
		token = (struct str){ (const char *)data + 1, size ? size - 1 : 0 };
		MUST(jwt_verify(keys, a, token, &got, &err) < 0);
	} else {
		payload = input_rest(&in);
		signed_part = str_from(arena_printf(a, "%s.%s", base64url_encode(a, header),
						    base64url_encode(a, payload)));
		token = str_from(arena_printf(a, STR_FMT ".%s", STR_ARG(signed_part),
					      base64url_encode(a, signature(a, signed_part))));
		if (jwt_verify(keys, a, token, &got, &err) == 0)
			is_ours(a, payload, &got);
	}
	MUST(got.tenant || err.code == ERR_invalid_token);
	arena_free(a);
	return 0;
}
