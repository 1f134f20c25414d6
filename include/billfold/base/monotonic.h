/*
 * monotonic.h - how much time has passed: for limits, leases, pauses and measures within a process.
 *
 * It goes on whatever the machine's date is set to, and says nothing about what day it is: that is
 * date.h's, and business time the database's (api.enter). Processes of one machine see the same one.
 */
#ifndef BILLFOLD_BASE_MONOTONIC_H
#define BILLFOLD_BASE_MONOTONIC_H

#include <stdint.h>

int64_t monotonic_ns(void);

static inline int64_t
monotonic_us(void)
{
	return monotonic_ns() / 1000;
}

static inline int64_t
monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

#endif
