/*
 * jwtkeys.h - within the room: the keys that jwt.c signs and verifies with.
 */
#ifndef CRYPTO_JWTKEYS_H
#define CRYPTO_JWTKEYS_H

#include "jwtcache.h"

#include <billfold/crypto.h>

#include <time.h>

struct signing_key {
	const char *kid, *private_pem, *public_pem;
	const char *x, *y; /* base64url, as in a JWK */
	int64_t changed_us;
};

struct ring {
	struct arena *arena;
	struct signing_key *key; /* newest first */
	size_t n;
	struct timespec changed; /* of the directory, before it was read */
};

struct keys_state {
	struct arena *arena;
	const char *dir, *issuer;
	struct ring ring;
	struct timespec seen; /* the directory's time at the last try, successful or not */
	int64_t looked_us;
	struct jwtcache cache;
};

/* State that changes stands behind a pointer, so that signing takes const keys. */
struct jwt_keys {
	struct keys_state *s;
};

/* Reads the directory again when it changed; looks at most once a second unless at_once. */
void jwtkeys_refresh(struct keys_state *s, bool at_once);
/* NULL: no such key. Valid until the next refresh. */
const struct signing_key *jwtkeys_find(struct keys_state *s, struct str kid);

#endif
