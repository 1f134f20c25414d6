/*
 * jwtcache.c - a bounded cache of verified tokens.
 *
 * 256 sets of 4, the set chosen by the digest's first byte; within a set the least recently
 * used gives way. Only tokens that were verified come in, so nobody outside can fill it
 * with rubbish, and a lookup takes the digest of the whole token, signature included.
 */
#include "jwtcache.h"

#include <sodium.h>

enum { CLAIMS_BLOCK = 512 };

static struct jwt_claims
claims_copy(struct arena *a, const struct jwt_claims *c)
{
	return (struct jwt_claims){
		.tenant = arena_strdup(a, c->tenant),
		.subject = arena_strdup(a, c->subject),
		.scope = arena_strdup(a, c->scope),
		.jti = arena_strdup(a, c->jti),
		.epoch = c->epoch,
		.exp = c->exp,
	};
}

static void
entry_clear(struct jwtcache_entry *e)
{
	arena_free(e->arena);
	*e = (struct jwtcache_entry){ 0 };
}

bool
jwtcache_get(struct jwtcache *c, const unsigned char key[JWTCACHE_KEY], int64_t now_s,
	     struct arena *a, struct jwt_claims *ret)
{
	struct jwtcache_entry *set;

	if (!c->entry)
		return false;
	set = c->entry + key[0] * JWTCACHE_WAYS;
	for (int i = 0; i < JWTCACHE_WAYS; i++) {
		if (!set[i].used || sodium_memcmp(set[i].key, key, JWTCACHE_KEY) != 0)
			continue;
		if (now_s >= set[i].claims.exp) {
			entry_clear(&set[i]);
			return false;
		}
		set[i].used = ++c->clock;
		*ret = claims_copy(a, &set[i].claims);
		return true;
	}
	return false;
}

void
jwtcache_put(struct jwtcache *c, const unsigned char key[JWTCACHE_KEY],
	     const struct jwt_claims *claims)
{
	struct jwtcache_entry *e;

	if (!c->entry) {
		c->entry = calloc(JWTCACHE_SETS * JWTCACHE_WAYS, sizeof(*c->entry));
		if (!c->entry)
			abort();
	}
	e = c->entry + key[0] * JWTCACHE_WAYS;
	for (int i = 1; i < JWTCACHE_WAYS; i++) {
		struct jwtcache_entry *other = c->entry + key[0] * JWTCACHE_WAYS + i;

		if (other->used < e->used)
			e = other;
	}
	entry_clear(e);
	memcpy(e->key, key, JWTCACHE_KEY);
	e->arena = arena_new(CLAIMS_BLOCK);
	e->claims = claims_copy(e->arena, claims);
	e->used = ++c->clock;
}

void
jwtcache_clear(struct jwtcache *c)
{
	if (!c->entry)
		return;
	for (int i = 0; i < JWTCACHE_SETS * JWTCACHE_WAYS; i++)
		entry_clear(&c->entry[i]);
	free(c->entry);
	c->entry = NULL;
}
