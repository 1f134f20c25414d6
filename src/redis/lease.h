/*
 * lease.h - inside the room: what this process has taken of limits ahead.
 */
#ifndef REDIS_LEASE_H
#define REDIS_LEASE_H

#include <billfold/redis.h>

struct lease;
struct leases;

/* The caller's lease, counted as asked for once more. NULL: there is none to be had (no limit, or a
 * key too long). */
struct lease *lease_find(struct leases **all, const char *key, const struct rate_limit *limit);
/* One of those that are left: false when there is none. */
bool lease_spend(struct lease *l, struct rate_state *ret);
/* How many to take next: as many as came in the last moments. */
int lease_size(const struct lease *l);
/* taken came at once, and one of them is spent at once; state is what Redis told, and becomes what
 * the one is told. */
void lease_renew(struct lease *l, int taken, struct rate_state *state);

#endif
