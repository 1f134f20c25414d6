/*
 * credit_test.c - changes of what was sold: what is given back of a line, what the new one costs,
 * and coupons; the worked cases to the minor unit.
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

/* One line of a month, taxed at a rate, as an invoice would have charged it. */
static struct credit_line
charged(int64_t net, const char *rate)
{
	struct credit_line l = { .net = net };

	assert_int_equal(money_percent(net, dec(rate), &l.tax, NULL), 0);
	return l;
}

/* Of old for [change, end), and the new amount for the same days; their nets, and tax per rate. */
static void
change(struct credit_line old, int64_t fresh, const char *fresh_rate, const char *on,
       const char *start, const char *end, struct credit *ret_credit, struct credit *ret_charge)
{
	struct period whole = { day(start), day(end) }, rest = { day(on), day(end) };

	assert_int_equal(credit_unused(&old, rest, whole, ret_credit, NULL), 0);
	assert_int_equal(prorate(fresh, rest, whole, &ret_charge->net, NULL), 0);
	assert_int_equal(money_percent(ret_charge->net, dec(fresh_rate), &ret_charge->tax, NULL),
			 0);
}

static void
t3_upgrade(void **state)
{
	struct credit back, charge;

	(void)state;
	change(charged(3000, "20"), 6000, "20", "2026-04-16", "2026-04-01", "2026-05-01", &back,
	       &charge);
	assert_int_equal(back.net, 1500);
	assert_int_equal(charge.net, 3000);
	assert_int_equal(charge.net - back.net + charge.tax - back.tax, 1800);
	change(charged(2000, "0"), 3000, "0", "2026-04-16", "2026-04-01", "2026-05-01", &back,
	       &charge);
	assert_int_equal(back.net, 1000);
	assert_int_equal(charge.net, 1500);
}

/* One document of both lines: the tax is the group's, not the sum of the lines'. */
static int64_t
total_of(const struct credit *back, const struct credit *charge, int64_t *ret_tax)
{
	struct bill_line lines[2] = { item("1", "0", "20"), item("1", "0", "20") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 2 };

	lines[0].quantity = decimal_int(-1);
	lines[0].unit_price = (struct decimal){ back->net, 2 };
	lines[1].unit_price = (struct decimal){ charge->net, 2 };
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	*ret_tax = b.tax_total;
	return b.total;
}

static void
t4_t5_awkward_days_and_the_way_back(void **state)
{
	struct credit back, charge;
	int64_t tax;

	(void)state;
	change(charged(4900, "20"), 9900, "20", "2026-01-18", "2026-01-01", "2026-02-01", &back,
	       &charge);
	assert_int_equal(back.net, 2213);
	assert_int_equal(charge.net, 4471);
	assert_int_equal(total_of(&back, &charge, &tax), 2710);
	assert_int_equal(tax, 452);
	change(charged(9900, "20"), 4900, "20", "2026-01-18", "2026-01-01", "2026-02-01", &back,
	       &charge);
	assert_int_equal(total_of(&back, &charge, &tax), -2710);
}

static void
t8_a_credit_knows_the_discount(void **state)
{
	struct bill_line line = item("1", "100.00", "20");
	struct bill b = {
		.exponent = 2, .discount_percent = dec("25"), .lines = &line, .n_lines = 1
	};
	struct period whole = { day("2026-04-01"), day("2026-05-01") },
		      rest = { day("2026-04-21"), day("2026-05-01") };
	struct credit_line l;
	struct credit back;

	(void)state;
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	assert_int_equal(b.total, 9000);
	l = (struct credit_line){ .net = line.net, .tax = line.tax };
	assert_int_equal(credit_unused(&l, rest, whole, &back, NULL), 0);
	assert_int_equal(back.net, 2500);
	assert_int_equal(back.tax, 500);
}

static void
t10_the_old_rate_goes_back_and_the_new_one_is_charged(void **state)
{
	struct credit back, charge;

	(void)state;
	change(charged(10000, "20"), 20000, "21", "2026-04-16", "2026-04-01", "2026-05-01", &back,
	       &charge);
	assert_int_equal(back.net, 5000);
	assert_int_equal(back.tax, 1000);
	assert_int_equal(charge.net, 10000);
	assert_int_equal(charge.tax, 2100);
	assert_int_equal(charge.net + charge.tax - back.net - back.tax, 6100);
}

static void
t11_a_new_interval_begins_on_the_day(void **state)
{
	struct credit_line old = charged(12900, "0");
	struct period whole = { day("2026-11-01"), day("2026-12-01") },
		      rest = { day("2026-11-16"), day("2026-12-01") };
	struct cycle yearly = { DATE_YEAR, 1, day("2026-11-16") };
	struct credit back;
	struct period first;
	int64_t charge;

	(void)state;
	assert_int_equal(credit_unused(&old, rest, whole, &back, NULL), 0);
	assert_int_equal(back.net, 6450);
	assert_int_equal(cycle_period(&yearly, 0, &first, NULL), 0);
	assert_int_equal(prorate(118800, first, first, &charge, NULL), 0);
	assert_int_equal(charge - back.net, 112350);
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
a_change_and_its_reverse_come_to_nothing(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct period whole = { day("2026-03-01"),
					day("2026-03-01") +
					    (civil_day)random_between(&seed, 1, 366) };
		struct period rest = { (civil_day)random_between(&seed, whole.start, whole.end - 1),
				       whole.end };
		struct credit_line old = charged(random_between(&seed, 0, 1000000), "19"),
				   fresh = { 0 };
		int64_t price = random_between(&seed, 0, 1000000), again;
		struct credit back, undone;

		assert_int_equal(credit_unused(&old, rest, whole, &back, NULL), 0);
		assert_int_equal(prorate(price, rest, whole, &fresh.net, NULL), 0);
		assert_int_equal(money_percent(fresh.net, dec("19"), &fresh.tax, NULL), 0);
		/* Back on the same day: all of the new line, and the old price for the same days.
		 */
		assert_int_equal(credit_unused(&fresh, rest, rest, &undone, NULL), 0);
		assert_int_equal(prorate(old.net, rest, whole, &again, NULL), 0);
		assert_int_equal(undone.net, fresh.net);
		assert_int_equal(undone.tax, fresh.tax);
		assert_int_equal(-back.net + fresh.net - undone.net + again, 0);
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
		cmocka_unit_test(t3_upgrade),
		cmocka_unit_test(t4_t5_awkward_days_and_the_way_back),
		cmocka_unit_test(t8_a_credit_knows_the_discount),
		cmocka_unit_test(t10_the_old_rate_goes_back_and_the_new_one_is_charged),
		cmocka_unit_test(t11_a_new_interval_begins_on_the_day),
		cmocka_unit_test(a_full_credit_gives_back_what_was_charged),
		cmocka_unit_test(more_than_the_line_is_refused),
		cmocka_unit_test(credits_come_to_the_line),
		cmocka_unit_test(a_change_and_its_reverse_come_to_nothing),
		cmocka_unit_test(the_latest_units_go_first),
		cmocka_unit_test(coupons_stack_in_their_order),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
