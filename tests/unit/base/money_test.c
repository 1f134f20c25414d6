/*
 * money_test.c - lines, percentages, shares, and splits whose parts are the whole.
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

static int64_t
line(const char *quantity, const char *price, const char *base, int exponent)
{
	int64_t n = 0;

	assert_int_equal(money_line(dec(quantity), dec(price), dec(base), exponent, &n, NULL), 0);
	return n;
}

static int64_t
percent(int64_t amount, const char *rate)
{
	int64_t n = 0;

	assert_int_equal(money_percent(amount, dec(rate), &n, NULL), 0);
	return n;
}

static int64_t
ratio(int64_t amount, int64_t num, int64_t den)
{
	int64_t n = 0;

	assert_int_equal(money_ratio(amount, num, den, &n, NULL), 0);
	return n;
}

static void
split_is(int64_t total, const int64_t *weights, size_t n, const int64_t *expected)
{
	int64_t parts[8];

	assert_int_equal(money_split(total, weights, n, parts, NULL), 0);
	assert_memory_equal(parts, expected, n * sizeof(*parts));
}

static void
lines_round_once(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(line("3", "19.99", "1", 2), 5997);
	assert_int_equal(line("0.333", "100", "1", 2), 3330);
	assert_int_equal(line("1", "0.005", "1", 2), 1);
	assert_int_equal(line("-1", "0.005", "1", 2), -1);
	assert_int_equal(line("250", "1.99", "100", 2), 498);
	assert_int_equal(line("1", "10", "3", 2), 333);
	assert_int_equal(line("1000000", "0.00000012", "1", 2), 12);
	assert_int_equal(line("0.000000000001", "0.000000000001", "1", 2), 0);
	assert_int_equal(line("1", "1", "0.5", 0), 2);
	assert_int_equal(line("0.000000000001", "0.000000000001", "9223372036854775807", 0), 0);
	assert_int_equal(line("90071992547409.91", "1.000000000000", "1", 2), MONEY_MAX);
	assert_int_equal(money_line(dec("90071992547409.92"), dec("1"), dec("1"), 2, &n, NULL), -1);
	assert_int_equal(money_line(dec("1"), dec("1"), dec("0"), 2, &n, NULL), -1);
	assert_int_equal(money_line(dec("1"), dec("1"), dec("-1"), 2, &n, NULL), -1);
}

/* T30: currencies of no and of three decimals. */
static void
t30_zero_and_three_decimals(void **state)
{
	(void)state;
	assert_int_equal(percent(1127, "10"), 113);
	assert_int_equal(1127 + percent(1127, "10"), 1240);
	assert_int_equal(line("3", "1.255", "1", 3), 3765);
	assert_int_equal(percent(3765, "5"), 188);
	assert_int_equal(3765 + percent(3765, "5"), 3953);
	assert_int_equal(ratio(1000, 7, 30), 233);
}

/* T16: tax on the sum of a group, or on each line. */
static void
t16_per_group_and_per_line(void **state)
{
	(void)state;
	assert_int_equal(percent(9750 + 6500 + 3250, "19"), 3705);
	assert_int_equal(percent(9750, "19"), 1853);
	assert_int_equal(percent(6500, "19"), 1235);
	assert_int_equal(percent(3250, "19"), 618);
}

/* T18: the net of a price that includes tax is gross x 100 / (100 + rate). */
static void
t18_tax_inclusive(void **state)
{
	static const int64_t weights[] = { 1000, 1000, 1000 }, parts[] = { 870, 870, 869 };

	(void)state;
	assert_int_equal(ratio(299, 100, 104), 288);
	assert_int_equal(299 - ratio(299, 100, 104), 11);
	assert_int_equal(ratio(250000, 100, 108), 231481);
	assert_int_equal(250000 - ratio(250000, 100, 108), 18519);
	assert_int_equal(ratio(3000, 100, 115), 2609);
	split_is(2609, weights, 3, parts);
}

/* T19: a discount is split by the lines' amounts, the odd cents in order. */
static void
t19_discount_split(void **state)
{
	static const int64_t lines[] = { 10000, 5000, 3000, 2000 },
			     parts[] = { 500, 250, 150, 100 };
	static const int64_t equal[] = { 2000, 2000, 2000 }, thirds[] = { 334, 333, 333 };

	(void)state;
	split_is(1000, lines, 4, parts);
	split_is(1000, equal, 3, thirds);
	assert_int_equal(percent(10000 - 500, "10"), 950);
	assert_int_equal(percent(3000 - 150 + 2000 - 100, "20"), 950);
}

static void
splits_at_the_edges(void **state)
{
	static const int64_t zeros[] = { 0, 0, 0 }, first[] = { 7, 0, 0 }, some[] = { 0, 3, 0 },
			     second[] = { 0, 7, 0 }, ones[] = { 1, 1, 1 }, back[] = { -3, -2, -2 },
			     bad[] = { 1, -1 };
	static const int64_t big[] = { INT64_MAX, INT64_MAX, INT64_MAX };
	int64_t parts[3];

	(void)state;
	split_is(7, zeros, 3, first);
	split_is(7, some, 3, second);
	split_is(-7, ones, 3, back);
	assert_int_equal(money_split(7, bad, 2, parts, NULL), -1);
	assert_int_equal(money_split(7, NULL, 0, parts, NULL), -1);
	assert_int_equal(money_split(0, NULL, 0, parts, NULL), 0);
	assert_int_equal(money_split(MONEY_MAX + 1, ones, 3, parts, NULL), -1);
	assert_int_equal(money_split(MONEY_MAX, big, 3, parts, NULL), 0);
	assert_int_equal(parts[0] + parts[1] + parts[2], MONEY_MAX);
}

enum { PARTS = 40 };

/*
 * Parts sum to the whole; none is a unit or more from its exact share; of two parts of
 * equal weight the earlier is the larger; scaling all weights changes nothing.
 */
static void
a_split_keeps_sum_order_and_share(void **state)
{
	uint64_t seed = prng_seed("money_split");

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int64_t w[PARTS], twice[PARTS], parts[PARTS], again[PARTS];
		size_t n = (size_t)prng_between(&seed, 1, PARTS);
		int64_t total = prng_int64(&seed) % (MONEY_MAX + 1), sum = 0, weight = 0;

		for (size_t i = 0; i < n; i++) {
			w[i] = prng_between(&seed, 0, round % 2 ? 5 : 1000000000);
			twice[i] = w[i] * 2;
			weight += w[i];
		}
		assert_int_equal(money_split(total, w, n, parts, NULL), 0);
		assert_int_equal(money_split(total, twice, n, again, NULL), 0);
		assert_memory_equal(parts, again, n * sizeof(*parts));
		for (size_t i = 0; i < n; i++) {
			__int128 off = (__int128)parts[i] * weight - (__int128)total * w[i];

			sum += parts[i];
			assert_true(weight == 0 || (off < weight && off > -weight));
			for (size_t j = i + 1; j < n && weight; j++)
				if (w[i] == w[j])
					assert_true(total < 0 ? parts[i] <= parts[j]
							      : parts[i] >= parts[j]);
		}
		assert_true(sum == total);
	}
}

static void
amounts_stay_within_what_json_holds(void **state)
{
	int64_t n;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(money_add(MONEY_MAX - 1, 1, &n, NULL), 0);
	assert_true(n == MONEY_MAX);
	assert_int_equal(money_add(MONEY_MAX, 1, &n, &e), -1);
	assert_int_equal(e.code, ERR_out_of_range);
	assert_int_equal(money_add(INT64_MAX, INT64_MAX, &n, NULL), -1);
	assert_int_equal(money_add(-MONEY_MAX, -1, &n, NULL), -1);
	assert_int_equal(money_percent(MONEY_MAX, dec("100.000000000000"), &n, NULL), 0);
	assert_int_equal(money_percent(MONEY_MAX, dec("100.01"), &n, NULL), -1);
	assert_int_equal(money_ratio(MONEY_MAX, 2, 1, &n, NULL), -1);
	assert_int_equal(money_ratio(1, 1, 0, &n, NULL), -1);
}

static void
amounts_are_written_with_their_exponent(void **state)
{
	static const struct {
		int64_t amount;
		int exponent;
		const char *text;
	} cases[] = { { 123450, 2, "1234.50" },
		      { 5, 2, "0.05" },
		      { -5, 2, "-0.05" },
		      { 0, 2, "0.00" },
		      { 1240, 0, "1240" },
		      { 0, 0, "0" },
		      { 3953, 3, "3.953" },
		      { -100, 2, "-1.00" },
		      { MONEY_MAX, 2, "90071992547409.91" } };
	char text[DECIMAL_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		money_format(cases[i].amount, cases[i].exponent, text);
		assert_string_equal(text, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_round_once),
		cmocka_unit_test(t30_zero_and_three_decimals),
		cmocka_unit_test(t16_per_group_and_per_line),
		cmocka_unit_test(t18_tax_inclusive),
		cmocka_unit_test(t19_discount_split),
		cmocka_unit_test(splits_at_the_edges),
		cmocka_unit_test(a_split_keeps_sum_order_and_share),
		cmocka_unit_test(amounts_stay_within_what_json_holds),
		cmocka_unit_test(amounts_are_written_with_their_exponent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
