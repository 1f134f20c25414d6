/*
 * monotonic.c - the one place that reads CLOCK_MONOTONIC.
 */
#include <billfold/base/monotonic.h>

#include <time.h>

int64_t
monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
