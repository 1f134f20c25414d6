/*
 * prng.h - random cases that can be repeated: the seed is printed, and taken from
 * BILLFOLD_SEED when that is set. SplitMix64.
 */
#ifndef TESTS_BASE_PRNG_H
#define TESTS_BASE_PRNG_H

#include <billfold/base/date.h>
#include <billfold/base/str.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint64_t
prng_seed(const char *test)
{
	const char *given = getenv("BILLFOLD_SEED");
	int64_t seed = instant_now();

	if (given)
		str_to_int(str_from(given), INT64_MIN, INT64_MAX, &seed);
	printf("%s: BILLFOLD_SEED=%lld\n", test, (long long)seed);
	return (uint64_t)seed;
}

static inline uint64_t
prng_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* min..max, both included */
static inline int64_t
prng_between(uint64_t *state, int64_t min, int64_t max)
{
	uint64_t span = (uint64_t)max - (uint64_t)min + 1;

	return (int64_t)((uint64_t)min + (span ? prng_next(state) % span : prng_next(state)));
}

/* Of any size: as many bits as chance says, and the ends now and then. */
static inline int64_t
prng_int64(uint64_t *state)
{
	static const int64_t ends[] = {
		0, 1, -1, INT64_MAX, -INT64_MAX, INT64_C(9007199254740991)
	};
	int64_t n = (int64_t)(prng_next(state) >> (prng_next(state) % 63 + 1));

	if (prng_next(state) % 16 == 0)
		return ends[prng_next(state) % 6];
	return prng_next(state) & 1 ? n : -n;
}

#endif
