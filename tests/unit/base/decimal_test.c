/*
 * decimal_test.c - decimals are exact, and what does not fit is refused, never wrapped.
 */
#include "prng.h"

#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>

static struct decimal
dec(const char *text)
{
	struct decimal d = { 0 };

	assert_int_equal(decimal_parse(str_from(text), &d, NULL), 0);
	return d;
}

static void
texts_are_read_and_written_without_trailing_zeros(void **state)
{
	static const char *const pairs[][2] = {
		{ "0", "0" },
		{ "-0.00", "0" },
		{ "1.50", "1.5" },
		{ "-1.50", "-1.5" },
		{ "0.000000000001", "0.000000000001" },
		{ "1234567.891", "1234567.891" },
		{ "100", "100" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-922337203685477580.7", "-922337203685477580.7" },
		{ "10.000", "10" },
	};
	char text[DECIMAL_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		decimal_format(dec(pairs[i][0]), text);
		assert_string_equal(text, pairs[i][1]);
	}
}

static void
other_texts_are_refused(void **state)
{
	static const char *const bad[] = { "",      "-",     ".",   ".5",  "5.",       "+1",
					   "01",    "-01.5", "1e3", " 1",  "1 ",       "1,5",
					   "1.2.3", "--1",   "0x1", "NaN", "Infinity", "\xd9\xa1" };
	static const char *const range[] = { "0.0000000000001", "9223372036854775808",
					     "-9223372036854775808", "99999999999999999999" };
	struct decimal d;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(decimal_parse(str_from(bad[i]), &d, &e), -1);
		assert_int_equal(e.code, ERR_validation_failed);
	}
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		err_clear(&e);
		assert_int_equal(decimal_parse(str_from(range[i]), &d, &e), -1);
		assert_int_equal(e.code, ERR_out_of_range);
	}
}

static void
scales_do_not_matter_for_order_and_sum(void **state)
{
	struct decimal d;

	(void)state;
	assert_int_equal(decimal_cmp(dec("1.10"), dec("1.1")), 0);
	assert_int_equal(decimal_cmp(dec("-1.1"), dec("1")), -1);
	assert_int_equal(decimal_cmp(dec("9223372036854775807"), dec("9223372.036854775807")), 1);
	assert_int_equal(decimal_add(dec("0.1"), dec("0.2"), &d, NULL), 0);
	assert_int_equal(decimal_cmp(d, dec("0.3")), 0);
	assert_int_equal(decimal_add(dec("9223372036854775807"), dec("1"), &d, NULL), -1);
	assert_int_equal(decimal_add(dec("9223372036854775807"), dec("0.000000000001"), &d, NULL),
			 -1);
	assert_int_equal(decimal_add(dec("9223372036854775806.0"), dec("0.5"), &d, NULL), -1);
	assert_true(decimal_is_zero(dec("0.000")));
	assert_int_equal(decimal_cmp(decimal_neg(dec("2.5")), dec("-2.5")), 0);
	assert_int_equal(decimal_cmp(decimal_int(7), dec("7.0")), 0);
}

static void
division_rounds_half_away_from_zero(void **state)
{
	static const struct {
		int64_t num, den, q;
	} cases[] = { { 1, 2, 1 },
		      { -1, 2, -1 },
		      { 1, -2, -1 },
		      { 3, 2, 2 },
		      { 5, 2, 3 },
		      { -5, 2, -3 },
		      { 49, 100, 0 },
		      { 7, 3, 2 },
		      { 8, 3, 3 },
		      { -8, 3, -3 },
		      { 0, 5, 0 },
		      { -4, -2, 2 },
		      { INT64_MAX, 1, INT64_MAX } };
	__int128 least = -((__int128)1 << 126) * 2;
	int64_t q;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(div_round(cases[i].num, cases[i].den, &q));
		assert_true(q == cases[i].q);
	}
	assert_false(div_round((__int128)INT64_MAX * 2 + 1, 2, &q));
	assert_true(div_round((__int128)INT64_MIN, 1, &q) && q == INT64_MIN);
	assert_false(div_round((__int128)INT64_MIN, -1, &q));
	assert_false(div_round(1, 0, &q));
	assert_true(div_round(least, least, &q) && q == 1);
	assert_true(div_round(-1 - least, least, &q) && q == -1);
	assert_true(div_round(1, least, &q) && q == 0);
}

/* |num - q * den| <= |den| / 2, and a half goes away from zero. */
static void
division_is_never_more_than_half_off(void **state)
{
	uint64_t seed = prng_seed("div_round");

	(void)state;
	for (int i = 0; i < 200000; i++) {
		__int128 num = (__int128)prng_int64(&seed) * prng_between(&seed, 1, 1000000);
		__int128 den = prng_int64(&seed), off, size;
		int64_t q;

		if (den == 0 || !div_round(num, den, &q))
			continue;
		off = num - (__int128)q * den;
		size = den < 0 ? -den : den;
		assert_true(2 * (off < 0 ? -off : off) <= size);
		/* Exactly half: the quotient lies farther from zero than the fraction. */
		if (2 * (off < 0 ? -off : off) == size)
			assert_true((off < 0) != (num < 0));
	}
}

static void
what_is_written_is_read_back(void **state)
{
	uint64_t seed = prng_seed("decimal_format");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct decimal d = { prng_int64(&seed),
				     (int)prng_between(&seed, 0, DECIMAL_SCALE_MAX) };
		char text[DECIMAL_TEXT];

		decimal_format(d, text);
		assert_int_equal(decimal_cmp(d, dec(text)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read_and_written_without_trailing_zeros),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(scales_do_not_matter_for_order_and_sum),
		cmocka_unit_test(division_rounds_half_away_from_zero),
		cmocka_unit_test(division_is_never_more_than_half_off),
		cmocka_unit_test(what_is_written_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
