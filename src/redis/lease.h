/*
 * lease.h - inside the room: what the processes of this machine have taken of limits ahead.
 */
#ifndef REDIS_LEASE_H
#define REDIS_LEASE_H

#include <billfold/redis.h>

struct leases;

/* What to ask of Redis for a caller whom no lease serves. */
struct lease_wish {
	int take; /* at once, the one at hand among them */
	int back; /* taken before and not used in time: not to be counted any more */
};

/* A table of this process alone, and the size of one that several map. */
struct leases *leases_new(void);
size_t leases_size(void);
/* One of those that are left. false: there is none, and *ret says what to ask for. */
bool lease_spend(struct leases *all, const char *key, const struct rate_limit *limit,
		 struct lease_wish *ret, struct rate_state *ret_state);
/* taken came at once, and one of them is spent at once; state is what Redis told, and becomes what
 * the one is told. */
void lease_add(struct leases *all, const char *key, const struct rate_limit *limit, int taken,
	       struct rate_state *state);

#endif
