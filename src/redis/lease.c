/*
 * lease.c - requests of a limit that the processes of this machine have taken ahead.
 *
 * A small table by the limit's key, in memory that the workers of a program share: each request
 * spends one of what is there, whoever took it, so that a caller sees a count that falls by one
 * even when another worker serves him each time. How many are taken follows how many came within a
 * twentieth of a second; a caller who comes now and then takes one at a time. What is not used
 * within a tenth of a second is given back with the next question. Nothing here can let through
 * too much, because what is taken was counted by Redis when it was taken.
 *
 * A place has a lock that nobody waits for: who finds it held asks Redis for one. Who died while
 * holding it loses it after a second, so that a worker may be killed at any instruction.
 */
#include "lease.h"

#include <billfold/base/hash.h>
#include <billfold/base/monotonic.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
	LEASES = 64,
	KEY_MAX = 96,
	CROWD = 8, /* requests of one caller within SLOT_US */
	TAKE_MAX = 32,
	SLOT_US = 50 * 1000,
	LAPSE_US = 100 * 1000,
	DEAD_US = 1000 * 1000
};

struct lease {
	_Atomic int64_t held_us; /* since when somebody is in here; 0: nobody */
	char key[KEY_MAX];
	int64_t quota, window_s;
	int64_t until_us; /* what is left is for others after that */
	int64_t slot;     /* which twentieth of a second is counted */
	int seen, seen_before;
	int left;
	struct rate_state state; /* once all of it is spent */
};

struct leases {
	struct lease v[LEASES];
};

struct leases *
leases_new(void)
{
	struct leases *all = calloc(1, sizeof(*all));

	if (!all)
		abort();
	return all;
}

size_t
leases_size(void)
{
	return sizeof(struct leases);
}

static struct lease *
place_of(struct leases *all, const char *key)
{
	return &all->v[hash_of(str_from(key)) % LEASES];
}

static bool
enter(struct lease *l, int64_t now)
{
	int64_t held = 0;

	if (atomic_compare_exchange_strong(&l->held_us, &held, now))
		return true;
	return now - held > DEAD_US && atomic_compare_exchange_strong(&l->held_us, &held, now);
}

/* Who was taken for dead meanwhile frees nobody else's. */
static void
leave(struct lease *l, int64_t entered)
{
	atomic_compare_exchange_strong(&l->held_us, &entered, 0);
}

/* The caller's place, entered and its own; NULL: there is none to be had now. */
static struct lease *
find(struct leases *all, const char *key, const struct rate_limit *limit, int64_t now)
{
	size_t len = key ? strlen(key) : 0;
	struct lease *l;

	if (!all || !limit || limit->quota <= 0 || len == 0 || len >= KEY_MAX)
		return NULL;
	l = place_of(all, key);
	if (!enter(l, now))
		return NULL;
	if (strcmp(l->key, key) != 0 || l->quota != limit->quota ||
	    l->window_s != limit->window_s) {
		/* Two callers of one place take turns in it; what is left of the other is lost. */
		memcpy(l->key, key, len + 1);
		l->quota = limit->quota;
		l->window_s = limit->window_s;
		l->seen = l->seen_before = l->left = 0;
		l->slot = 0;
	}
	return l;
}

static void
count(struct lease *l, int64_t now)
{
	int64_t slot = now / SLOT_US;

	if (slot != l->slot) {
		l->seen_before = slot == l->slot + 1 ? l->seen : 0;
		l->seen = 0;
		l->slot = slot;
	}
	l->seen++;
}

static int
wanted(const struct lease *l)
{
	int n = l->seen_before;

	return n < CROWD ? 1 : n > TAKE_MAX ? TAKE_MAX : n;
}

bool
lease_spend(struct leases *all, const char *key, const struct rate_limit *limit,
	    struct lease_wish *ret, struct rate_state *ret_state)
{
	int64_t now = monotonic_us();
	struct lease *l = find(all, key, limit, now);
	bool spent = false;

	*ret = (struct lease_wish){ .take = 1 };
	if (!l)
		return false;
	count(l, now);
	if (l->left > 0 && now < l->until_us) {
		l->left--;
		*ret_state = l->state;
		ret_state->remaining += l->left;
		spent = true;
	} else {
		*ret = (struct lease_wish){ .take = wanted(l), .back = l->left };
		l->left = 0;
	}
	leave(l, now);
	return spent;
}

void
lease_add(struct leases *all, const char *key, const struct rate_limit *limit, int taken,
	  struct rate_state *state)
{
	int64_t now = monotonic_us();
	struct lease *l = taken > 1 ? find(all, key, limit, now) : NULL;

	if (!l)
		return;
	/* Two that asked at the same time: both took, and the later answer is the lower one. */
	if (l->left == 0 || state->remaining < l->state.remaining)
		l->state = *state;
	l->left += taken - 1;
	l->until_us = now + LAPSE_US;
	*state = l->state;
	state->remaining += l->left;
	leave(l, now);
}
