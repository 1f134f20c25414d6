/*
 * seed.c - the seed of random tests: SEED=n repeats a run.
 */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t
test_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)instant_now();

	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}
