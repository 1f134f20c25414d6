/*
 * crypto.h - what must not be guessed, forged or read.
 *
 * libsodium for hashing, randomness, comparison and sealing; libjwt (with checks of our own
 * before and after, see src/crypto/README.md) for ES256 tokens; liboath for TOTP.
 */
#ifndef BILLFOLD_CRYPTO_H
#define BILLFOLD_CRYPTO_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

int crypto_init(struct err *err); /* once a process */

/* Passwords: argon2id PHC strings, m = 19456 KiB, t = 2, p = 1. */
int password_hash(struct arena *a, struct str password, const char **ret, struct err *err);
bool password_verify(const char *hash, struct str password);
/* Takes as long as a verification, for names that do not exist. */
void password_decoy(struct str password);
/* Length 8..256 code points, not among the well-known: fields of /password too_short, too_long, password_known. */
int password_check(struct str password, struct arena *a, struct err *err);

/* 32 random bytes, base64url, 43 characters: sessions, links, client secrets. */
const char *token_new(struct arena *a);
/* SHA-256, and in hex: how a token is stored. */
enum { SHA256_LEN = 32, SHA256_HEX = 65 };
void sha256(struct str s, unsigned char ret[SHA256_LEN]);
void sha256_hex(struct str s, char ret[SHA256_HEX]);
bool equal_secret(struct str a, struct str b); /* constant time in content */
/* HMAC-SHA-256 under a subkey of the installation's secret, named by purpose ("cursor", "preview"). */
enum { MAC_LEN = 32 };
struct secret;
/* A secret a line, 32 bytes in base64, the first in use, the others for unsealing; mode 0600 or 0640. */
int secret_load(const char *file, const struct secret **ret, struct err *err);
int secret_create(const char *file, struct err *err); /* ERR_conflict when it exists */
void secret_free(const struct secret *s);
void secret_mac(const struct secret *s, const char *purpose, struct str msg, unsigned char ret[MAC_LEN]);
/* HMAC-SHA-256 under somebody else's key, over parts one behind the other. */
void hmac_sha256(struct str key, const struct str *parts, size_t n, unsigned char ret[MAC_LEN]);
/* base64url without padding */
const char *base64url_encode(struct arena *a, struct str s);
bool base64url_decode(struct arena *a, struct str s, struct str *ret);

/* Sealed columns: XChaCha20-Poly1305, AAD = tenant|table|column|id; text form "v1.kid.nonce.box". */
int seal(struct arena *a, const struct secret *s, const char *aad, struct str plain, const char **ret,
	 struct err *err);
int unseal(struct arena *a, const struct secret *s, const char *aad, const char *sealed, struct str *ret,
	   struct err *err);

/* Access tokens. keys: a directory of kid.pem (ES256 private keys); the newest signs, all verify. */
struct jwt_keys;
int jwt_keys_load(const char *dir, const char *issuer, struct jwt_keys **ret, struct err *err);
void jwt_keys_free(struct jwt_keys *k);
/* A new key pair into dir; its id is its RFC 7638 thumbprint. Programs that run take it up by themselves. */
int jwt_key_create(const char *dir, struct arena *a, const char **ret_kid, struct err *err);
struct jwt_claims {
	const char *tenant, *subject, *scope;
	const char *jti; /* NULL at issue: a new one */
	int64_t epoch;
	int64_t exp;     /* set by verification; jwt_issue() goes by ttl_s */
};
int jwt_issue(const struct jwt_keys *k, struct arena *a, const struct jwt_claims *c, int64_t ttl_s,
	      const char **ret, struct err *err);
/* Verified tokens are kept by SHA-256, bounded, until they expire. ERR_invalid_token says nothing of why. */
int jwt_verify(struct jwt_keys *k, struct arena *a, struct str token, struct jwt_claims *ret, struct err *err);
struct str jwt_jwks(const struct jwt_keys *k, struct arena *a); /* RFC 7517 */

/* TOTP, RFC 6238: the step that matched in *ret_step (steps -1..+1), so that it is used once. */
bool totp_verify(struct str secret_base32, struct str code, int64_t now_s, int64_t last_step, int64_t *ret_step);
const char *totp_secret_new(struct arena *a); /* 20 random bytes, base32 */

#endif
