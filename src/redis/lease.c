/*
 * lease.c - requests of a limit that this process has taken ahead.
 *
 * A small table by the limit's key; two callers of one place take turns in it, at no loss but that
 * of a round trip. How many are taken follows how many came within a twentieth of a second: a
 * caller whose requests follow one another takes one at a time, and sees a count that falls by one
 * (what another process holds would be missing from it); only a crowd is served ahead. Leases lapse
 * after a tenth of a second: what a process that went idle holds back is little and soon forgotten.
 * Nothing here can let through too much, because what is taken was counted by Redis when it was
 * taken.
 */
#include "lease.h"

#include <stdlib.h>
#include <time.h>

enum {
	LEASES = 64,
	KEY_MAX = 96,
	CROWD = 24, /* requests of one caller here within SLOT_US */
	SIZE_MAX_TAKEN = 32,
	SLOT_US = 50 * 1000,
	LAPSE_US = 100 * 1000
};

struct lease {
	char key[KEY_MAX];
	int64_t quota, window_s;
	int64_t now_us;   /* of the call at hand */
	int64_t until_us; /* what is left lapses */
	int64_t slot;     /* which twentieth of a second is counted */
	int seen, seen_before;
	int left;
	struct rate_state state; /* once all of it is spent */
};

struct leases {
	struct lease v[LEASES];
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct lease *
place_of(struct leases *all, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return &all->v[(h ^ h >> 16) % LEASES];
}

static void
count(struct lease *l)
{
	int64_t slot = l->now_us / SLOT_US;

	if (slot != l->slot) {
		l->seen_before = slot == l->slot + 1 ? l->seen : 0;
		l->seen = 0;
		l->slot = slot;
	}
	l->seen++;
}

struct lease *
lease_find(struct leases **all, const char *key, const struct rate_limit *limit)
{
	size_t len = key ? strlen(key) : 0;
	struct lease *l;

	if (!limit || limit->quota <= 0 || len == 0 || len >= KEY_MAX)
		return NULL;
	if (!*all && !(*all = calloc(1, sizeof(**all))))
		abort();
	l = place_of(*all, key);
	if (strcmp(l->key, key) != 0 || l->quota != limit->quota ||
	    l->window_s != limit->window_s) {
		*l = (struct lease){ .quota = limit->quota, .window_s = limit->window_s };
		memcpy(l->key, key, len + 1);
	}
	l->now_us = now_us();
	count(l);
	return l;
}

bool
lease_spend(struct lease *l, struct rate_state *ret)
{
	if (l->left == 0 || l->now_us >= l->until_us)
		return false;
	l->left--;
	*ret = l->state;
	ret->remaining += l->left;
	return true;
}

int
lease_size(const struct lease *l)
{
	int n = l->seen_before;

	return n < CROWD ? 1 : n > SIZE_MAX_TAKEN ? SIZE_MAX_TAKEN : n;
}

void
lease_renew(struct lease *l, int taken, struct rate_state *state)
{
	l->left = taken > 1 ? taken - 1 : 0;
	l->until_us = l->now_us + LAPSE_US;
	l->state = *state;
	state->remaining += l->left;
}
