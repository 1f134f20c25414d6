/*
 * rate_test.c - price models: the worked cases to the minor unit, and what holds of any price.
 */
#include "cases.h"

#include <billfold/billing/rating.h>

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int64_t
cost_of(const struct price *p, const struct rate_input *in, size_t *ret_n)
{
	struct rate_piece *pieces;
	struct err err = { 0 };
	int64_t sum = 0;

	if (rate_pieces(p, in, 2, arena, &pieces, ret_n, &err) < 0)
		fail_msg("rate_pieces: %s", err.detail);
	for (size_t i = 0; i < *ret_n; i++) {
		int64_t again;

		assert_int_equal(money_line(pieces[i].quantity, pieces[i].unit_price,
					    pieces[i].base_quantity, 2, &again, NULL),
				 0);
		assert_int_equal(again, pieces[i].amount);
		sum += pieces[i].amount;
	}
	return sum;
}

static int64_t
cost(const struct price *p, const char *quantity)
{
	struct rate_input in = { .quantity = dec(quantity) };
	size_t n;

	return cost_of(p, &in, &n);
}

static struct price_tier tiers[3];

static struct price
tiered(enum price_model model)
{
	tiers[0] = (struct price_tier){ .up_to = dec("100"), .unit_price = dec("1.00") };
	tiers[1] = (struct price_tier){ .up_to = dec("500"), .unit_price = dec("0.80") };
	tiers[2] = (struct price_tier){ .open = true, .unit_price = dec("0.50") };
	return (struct price){ .model = model, .tiers = tiers, .n_tiers = 3 };
}

static void
t42_graduated(void **state)
{
	struct price p = tiered(PRICE_GRADUATED);
	struct rate_input in = { .quantity = dec("600") };
	size_t n;

	(void)state;
	assert_int_equal(cost_of(&p, &in, &n), 47000);
	assert_int_equal(n, 3);
	assert_int_equal(cost(&p, "0"), 0);
	assert_int_equal(cost(&p, "100"), 10000);
	assert_int_equal(cost(&p, "101"), 10080);
	assert_int_equal(cost(&p, "100.5"), 10040);
	tiers[1].flat = dec("25");
	assert_int_equal(cost(&p, "100"), 10000);
	assert_int_equal(cost(&p, "101"), 12580);
}

static void
t42_volume(void **state)
{
	struct price p = tiered(PRICE_VOLUME);

	(void)state;
	assert_int_equal(cost(&p, "600"), 30000);
	assert_int_equal(cost(&p, "500"), 40000);
	assert_int_equal(cost(&p, "501"), 25050);
	assert_int_equal(cost(&p, "0"), 0);
}

static void
t42_package(void **state)
{
	struct price p = { .model = PRICE_PACKAGE,
			   .unit_price = dec("9.00"),
			   .package = dec("100") };

	(void)state;
	assert_int_equal(cost(&p, "601"), 6300);
	assert_int_equal(cost(&p, "600"), 5400);
	assert_int_equal(cost(&p, "600.001"), 6300);
	assert_int_equal(cost(&p, "0"), 0);
}

static void
t42_percentage(void **state)
{
	struct price p = { .model = PRICE_PERCENTAGE, .percent = dec("1.5"), .fixed = dec("0.30") };
	struct rate_input in = { .amount = dec("250.00"), .transactions = dec("1") };
	size_t n;

	(void)state;
	assert_int_equal(cost_of(&p, &in, &n), 405);
	assert_int_equal(n, 2);
	in.transactions = dec("3");
	assert_int_equal(cost_of(&p, &in, &n), 465);
}

static void
flat_per_unit_and_minimum(void **state)
{
	struct price flat = { .model = PRICE_FLAT, .unit_price = dec("49") };
	struct price unit = { .model = PRICE_PER_UNIT,
			      .unit_price = dec("95"),
			      .base_quantity = dec("60") };

	(void)state;
	assert_int_equal(cost(&flat, "17"), 4900);
	assert_int_equal(cost(&flat, "0"), 0);
	assert_int_equal(cost(&unit, "440"), 69667); /* 7 h 20 min at 95.00 */
	unit.minimum = dec("700");
	assert_int_equal(cost(&unit, "440"), 70000);
	assert_int_equal(cost(&unit, "0"), 70000);
	assert_int_equal(cost(&unit, "480"), 76000);
}

static void
unsound_prices_are_refused(void **state)
{
	struct rate_input in = { .quantity = dec("1") };
	struct price p = tiered(PRICE_GRADUATED), none = { .model = PRICE_VOLUME };
	struct price package = { .model = PRICE_PACKAGE, .unit_price = dec("9") };
	struct price unit = { .model = PRICE_PER_UNIT, .unit_price = dec("-1") };
	const struct price *bad[] = { &p, &none, &package, &unit };
	struct rate_piece *pieces;
	size_t n;

	(void)state;
	tiers[1].up_to = dec("100");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		assert_int_equal(rate_pieces(bad[i], &in, 2, arena, &pieces, &n, &err), -1);
		assert_int_equal(err.code, ERR_validation_failed);
	}
	p = tiered(PRICE_GRADUATED);
	in.quantity = dec("-1");
	struct err err = { 0 };
	assert_int_equal(rate_pieces(&p, &in, 2, arena, &pieces, &n, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
	in.quantity = dec("9223372036854775807");
	err = (struct err){ 0 };
	assert_int_equal(rate_pieces(&p, &in, 2, arena, &pieces, &n, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

/* More units never cost less under a graduated price, and what the tiers hold is the quantity. */
static void
graduated_prices_rise(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct price p = tiered(PRICE_GRADUATED);
		struct decimal less = { random_between(&seed, 0, 90000), 2 };
		struct decimal more = { less.coef + random_between(&seed, 0, 9000), 2 },
			       sum = dec("0");
		struct rate_input a = { .quantity = less }, b = { .quantity = more };
		struct rate_piece *pieces;
		size_t n;

		/* Each piece is rounded by itself: a cent a tier. */
		assert_true(cost_of(&p, &a, &n) <= cost_of(&p, &b, &n) + 3);
		assert_int_equal(rate_pieces(&p, &b, 2, arena, &pieces, &n, NULL), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(decimal_add(sum, pieces[i].quantity, &sum, NULL), 0);
		assert_int_equal(decimal_cmp(sum, more), 0);
		arena_reset(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t42_graduated),
		cmocka_unit_test(t42_volume),
		cmocka_unit_test(t42_package),
		cmocka_unit_test(t42_percentage),
		cmocka_unit_test(flat_per_unit_and_minimum),
		cmocka_unit_test(unsound_prices_are_refused),
		cmocka_unit_test(graduated_prices_rise),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
