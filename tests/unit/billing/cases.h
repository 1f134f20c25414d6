/*
 * cases.h - short ways to write a document down in a test.
 */
#ifndef TESTS_BILLING_CASES_H
#define TESTS_BILLING_CASES_H

#include <billfold/billing/core.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static inline struct decimal
dec(const char *text)
{
	struct decimal d = { 0 };
	struct err err = { 0 };

	if (decimal_parse(str_from(text), &d, &err) < 0)
		fail_msg("not a decimal: %s: %s", text, err.detail);
	return d;
}

static inline civil_day
day(const char *text)
{
	civil_day d = 0;

	if (!date_parse(str_from(text), &d))
		fail_msg("not a date: %s", text);
	return d;
}

static inline struct bill_line
item(const char *quantity, const char *price, const char *rate)
{
	return (struct bill_line){ .quantity = dec(quantity),
				   .unit_price = dec(price),
				   .base_quantity = decimal_int(1),
				   .tax_category = "standard",
				   .tax_rate = dec(rate) };
}

/* A generator whose seed a test prints: SplitMix64. */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline int64_t
random_between(uint64_t *state, int64_t min, int64_t max)
{
	return min + (int64_t)(next_random(state) % (uint64_t)(max - min + 1));
}

uint64_t test_seed(void);

#endif
