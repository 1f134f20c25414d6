/*
 * throttle.h - how often somebody may guess.
 *
 * A guess takes from each limit before it is judged, so that guesses at the same time are counted
 * too; one that was right gives back. Limits are by address, by account and address, and by account
 * over all addresses; a device that has signed in to the account before is counted by itself, so
 * that nobody can lock people out of their own device by guessing elsewhere.
 */
#ifndef BILLFOLD_AUTH_THROTTLE_H
#define BILLFOLD_AUTH_THROTTLE_H

#include <billfold/base/err.h>
#include <billfold/redis.h>

enum { THROTTLE_MAX = 3 };

struct throttle {
	struct cache *cache;
	struct arena *arena;
	int n;
	const char *key[THROTTLE_MAX];
	const struct rate_limit *limit[THROTTLE_MAX];
};

void throttle_add(struct throttle *t, const struct rate_limit *limit, const char *key);
/* rate_limited with retry_after, or the cache's own error. */
int throttle_take(const struct throttle *t, struct err *err);
void throttle_give_back(const struct throttle *t);

/* A key for what must not stand in Redis as it is: an e-mail address. */
const char *throttle_hash(struct arena *a, struct str x, struct str y);

#endif
