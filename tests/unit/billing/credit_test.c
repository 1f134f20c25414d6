/*
 * credit_test.c - what is given back of a line, never more than it charged, and coupons.
 */
#include "cases.h"

#include <billfold/billing/credit.h>

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

static void
a_full_credit_gives_back_what_was_charged(void **state)
{
	struct credit_line l = { .net = 9750,
				 .tax = 1853 }; /* per line, not 19 % of the whole to the cent */
	struct credit all;

	(void)state;
	assert_int_equal(credit_net(&l, 9750, &all, NULL), 0);
	assert_int_equal(all.tax, 1853);
}

static void
more_than_the_line_is_refused(void **state)
{
	struct credit_line l = {
		.net = 10000, .tax = 2100, .credited_net = 5000, .credited_tax = 1050
	};
	struct credit c;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(credit_net(&l, 5001, &c, &err), -1);
	assert_int_equal(err.code, ERR_over_credit);
	err = (struct err){ 0 };
	assert_int_equal(credit_net(&l, -1, &c, &err), -1);
	assert_int_equal(err.code, ERR_over_credit);
	assert_int_equal(credit_net(&l, 5000, &c, NULL), 0);
	assert_int_equal(c.tax, 1050);
}

/* However a line is credited, in however many pieces: never more than it, and all of it at the end.
 */
static void
credits_come_to_the_line(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 3000; round++) {
		bool negative = random_between(&seed, 0, 9) == 0;
		struct credit_line l = { .net = random_between(&seed, 0, 100000) };
		struct credit c;

		l.tax = random_between(&seed, 0, l.net / 4);
		if (negative)
			l = (struct credit_line){ .net = -l.net, .tax = -l.tax };
		for (int i = 0; i < 7; i++) {
			struct credit left = credit_remaining(&l);
			int64_t size = left.net < 0 ? -left.net : left.net;
			int64_t net = i == 6 ? size : random_between(&seed, 0, size);

			assert_int_equal(credit_net(&l, left.net < 0 ? -net : net, &c, NULL), 0);
			l.credited_net += c.net;
			l.credited_tax += c.tax;
			assert_true(negative ? l.credited_tax >= l.tax : l.credited_tax <= l.tax);
		}
		assert_int_equal(l.credited_net, l.net);
		assert_int_equal(l.credited_tax, l.tax);
	}
}

static void
the_latest_units_go_first(void **state)
{
	struct quantity_lot lots[] = { { .quantity = dec("10") },
				       { .quantity = dec("2.5") },
				       { .quantity = dec("4") } };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(quantity_take(lots, 3, dec("5"), NULL), 0);
	assert_int_equal(decimal_cmp(lots[2].taken, dec("4")), 0);
	assert_int_equal(decimal_cmp(lots[1].taken, dec("1")), 0);
	assert_true(decimal_is_zero(lots[0].taken));
	assert_int_equal(quantity_take(lots, 3, dec("16.5"), NULL), 0);
	assert_int_equal(quantity_take(lots, 3, dec("16.6"), &err), -1);
	assert_int_equal(err.code, ERR_over_credit);
}

static void
coupons_stack_in_their_order(void **state)
{
	struct bill_line lines[] = { item("1", "100.00", "20"), item("1", "50.00", "10") };
	static const bool second_only[] = { false, true };
	struct bill_discount coupons[] = { { .percent = dec("10") },
					   { .amount = 6000, .lines = second_only },
					   { .amount = 1000 } };
	struct bill b = {
		.exponent = 2, .lines = lines, .n_lines = 2, .discounts = coupons, .n_discounts = 3
	};

	(void)state;
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	assert_int_equal(coupons[0].given, 1500);
	assert_int_equal(coupons[1].given, 4500); /* what the second line had left */
	assert_int_equal(coupons[1].shares[0], 0);
	assert_int_equal(coupons[2].given, 1000);
	assert_int_equal(coupons[2].shares[0], 1000);
	assert_int_equal(b.discount_total, 7000);
	assert_int_equal(lines[0].net, 8000);
	assert_int_equal(lines[1].net, 0);
	assert_int_equal(b.total, 9600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_credit_gives_back_what_was_charged),
		cmocka_unit_test(more_than_the_line_is_refused),
		cmocka_unit_test(credits_come_to_the_line),
		cmocka_unit_test(the_latest_units_go_first),
		cmocka_unit_test(coupons_stack_in_their_order),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
