/*
 * jwtcache.h - within the room: tokens that were verified, by their SHA-256, until they expire.
 */
#ifndef CRYPTO_JWTCACHE_H
#define CRYPTO_JWTCACHE_H

#include <billfold/crypto.h>

enum { JWTCACHE_SETS = 256, JWTCACHE_WAYS = 4, JWTCACHE_KEY = SHA256_LEN };

struct jwtcache_entry {
	unsigned char key[JWTCACHE_KEY];
	uint64_t used; /* 0: free */
	struct jwt_claims claims;
	struct arena *arena; /* of the claims' strings */
};

struct jwtcache {
	uint64_t clock;
	struct jwtcache_entry *entry; /* JWTCACHE_SETS * JWTCACHE_WAYS, made at the first put */
};

/* Claims are copied to a; false when the token is not kept or has expired. */
bool jwtcache_get(struct jwtcache *c, const unsigned char key[JWTCACHE_KEY], int64_t now_s,
		  struct arena *a, struct jwt_claims *ret);
void jwtcache_put(struct jwtcache *c, const unsigned char key[JWTCACHE_KEY],
		  const struct jwt_claims *claims);
void jwtcache_clear(struct jwtcache *c);

#endif
