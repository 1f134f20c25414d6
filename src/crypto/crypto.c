/*
 * crypto.c - what the other modules of the room stand on: start, hashes, encodings, tokens.
 *
 * libsodium, but for SHA-256: libcrypto's uses the processor's own instructions, a tenth of the
 * time, and every request has a token to look up. base64url is without padding and strict: a second
 * spelling of the same bytes (spare bits set, padding, other alphabet) is refused, so that a token
 * has one text.
 */
#include <billfold/crypto.h>

#include <liboath/oath.h>
#include <sodium.h>

enum { TOKEN_BYTES = 32 };

int
crypto_init(struct err *err)
{
	if (sodium_init() < 0 || oath_init() != OATH_OK)
		return err_set(err, ERR_internal, "The cryptographic libraries do not start.");
	return 0;
}

void
sha256(struct str s, unsigned char ret[SHA256_LEN])
{
	/* Made once: looking the method up by its name takes longer than hashing a token. */
	static EVP_MD_CTX *context;
	static EVP_MD *method;

	if (!method)
		method = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (!context)
		context = EVP_MD_CTX_new();
	if (!method || !context || EVP_DigestInit_ex2(context, method, NULL) != 1 ||
	    EVP_DigestUpdate(context, s.len ? s.p : "", s.len) != 1 ||
	    EVP_DigestFinal_ex(context, ret, NULL) != 1)
		abort(); /* out of memory */
}

void
sha256_hex(struct str s, char ret[SHA256_HEX])
{
	unsigned char digest[SHA256_LEN];

	sha256(s, digest);
	sodium_bin2hex(ret, SHA256_HEX, digest, sizeof(digest));
}

bool
equal_secret(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.p, b.p, a.len) == 0);
}

const char *
base64url_encode(struct arena *a, struct str s)
{
	size_t size = sodium_base64_encoded_len(s.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(a, size), size, (const unsigned char *)s.p, s.len,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
base64url_decode(struct arena *a, struct str s, struct str *ret)
{
	size_t max = s.len / 4 * 3 + 3, len;
	unsigned char *bin = arena_alloc(a, max);

	/* Without an end pointer libsodium insists on the whole text. */
	if (sodium_base642bin(bin, max, s.len ? s.p : "", s.len, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	*ret = (struct str){ (const char *)bin, len };
	return true;
}

const char *
token_new(struct arena *a)
{
	unsigned char bin[TOKEN_BYTES];
	const char *text;

	randombytes_buf(bin, sizeof(bin));
	text = base64url_encode(a, (struct str){ (const char *)bin, sizeof(bin) });
	sodium_memzero(bin, sizeof(bin));
	return text;
}

void
hmac_sha256(struct str key, const struct str *parts, size_t n, unsigned char ret[MAC_LEN])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.len);
	for (size_t i = 0; i < n; i++)
		crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i].p,
					      parts[i].len);
	crypto_auth_hmacsha256_final(&state, ret);
	sodium_memzero(&state, sizeof(state));
}
