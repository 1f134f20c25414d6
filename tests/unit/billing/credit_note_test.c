/*
 * credit_note_test.c - credit notes of whole documents by the core alone: the worked cases, and
 * that whatever is given back in whatever pieces comes to what was billed, to the minor unit.
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

/* What a document's line has to give back. */
static struct credit_line
billed(const struct bill_line *l)
{
	return (struct credit_line){
		.net = l->net, .tax = l->tax, .quantity = l->quantity, .by_quantity = true
	};
}

static void
take(struct credit_line *l, struct credit c)
{
	l->credited_net += c.net;
	l->credited_tax += c.tax;
}

static struct credit
by_amount(struct credit_line *l, int64_t gross)
{
	struct credit c = { 0 };

	assert_int_equal(credit_gross(l, gross, &c, NULL), 0);
	assert_int_equal(c.net + c.tax, gross);
	take(l, c);
	l->by_quantity = false;
	return c;
}

static struct credit
by_units(struct credit_line *l, const char *units)
{
	struct credit c = { 0 };

	assert_int_equal(credit_quantity(l, dec(units), &c, NULL), 0);
	take(l, c);
	assert_int_equal(decimal_add(l->credited_quantity, dec(units), &l->credited_quantity, NULL),
			 0);
	return c;
}

static void
refused(const struct credit_line *l, int64_t gross)
{
	struct err err = { 0 };
	struct credit c;

	assert_int_equal(credit_gross(l, gross, &c, &err), -1);
	assert_int_equal(err.code, ERR_over_credit);
}

static struct bill
compute(struct bill b)
{
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	return b;
}

static void
t20_an_amount_is_net_and_tax(void **state)
{
	struct bill_line line = item("1", "100.00", "21");
	struct credit_line l;
	struct credit c;

	(void)state;
	compute((struct bill){ .exponent = 2, .lines = &line, .n_lines = 1 });
	l = billed(&line);
	c = by_amount(&l, 2420);
	assert_int_equal(c.net, 2000);
	assert_int_equal(c.tax, 420);
}

static void
t22_half_of_it_and_then_the_rest_and_no_cent_more(void **state)
{
	struct bill_line line = item("1", "100.00", "21");
	struct credit_line l;
	struct credit c;

	(void)state;
	compute((struct bill){ .exponent = 2, .lines = &line, .n_lines = 1 });
	l = billed(&line);
	c = by_units(&l, "0.5");
	assert_int_equal(c.net, 5000);
	assert_int_equal(c.tax, 1050);
	refused(&l, 6051);
	refused(&l, -1);
	c = by_amount(&l, 6050);
	assert_int_equal(c.net, 5000);
	assert_int_equal(c.tax, 1050);
	refused(&l, 1);
}

/* A unit that is left over is net: tax alone would be owed for nothing. */
static void
no_tax_remains_without_net(void **state)
{
	static const int64_t signs[] = { 1, -1 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct credit_line l = { .net = 128 * signs[i], .tax = 128 * signs[i] };
		struct credit c = by_amount(&l, 255 * signs[i]);

		assert_int_equal(c.net, 127 * signs[i]);
		assert_int_equal(c.tax, 128 * signs[i]);
		c = by_amount(&l, signs[i]);
		assert_int_equal(c.net, signs[i]);
		assert_int_equal(c.tax, 0);
	}
}

/* T16, T24: each line gives back its own tax, by whichever method that came about. */
static void
t24_the_whole_is_the_whole_by_either_method(void **state)
{
	static const enum tax_mode modes[] = { TAX_PER_GROUP, TAX_PER_LINE };
	static const int64_t taxes[] = { 3705, 3706 };

	(void)state;
	for (size_t m = 0; m < 2; m++) {
		struct bill_line lines[] = { item("1", "97.50", "19"), item("1", "65.00", "19"),
					     item("1", "32.50", "19") };
		struct bill b = compute((struct bill){
		    .exponent = 2, .tax_mode = modes[m], .lines = lines, .n_lines = 3 });
		int64_t net = 0, tax = 0;

		assert_int_equal(b.tax_total, taxes[m]);
		for (size_t i = 0; i < 3; i++) {
			struct credit_line l = billed(&lines[i]);
			struct credit c = by_units(&l, "1");

			net += c.net;
			tax += c.tax;
		}
		assert_int_equal(net, b.net_total);
		assert_int_equal(tax, b.tax_total);
	}
}

static void
units_are_rounded_alone_and_the_last_take_the_rest(void **state)
{
	struct bill_line line = item("3", "33.3333", "19");
	struct credit_line l;
	struct err err = { 0 };
	struct credit c;

	(void)state;
	compute((struct bill){ .exponent = 2, .lines = &line, .n_lines = 1 });
	l = billed(&line);
	assert_int_equal(by_units(&l, "1").net, 3333);
	assert_int_equal(by_units(&l, "1").net, 3333);
	c = by_units(&l, "1");
	assert_int_equal(c.net, 3334);
	assert_int_equal(c.tax, 634);
	assert_int_equal(credit_quantity(&l, dec("0.000000000001"), &c, &err), -1);
	assert_int_equal(err.code, ERR_over_credit);

	/* Each of four is half a cent, rounded up: the third and fourth have none left. */
	line = item("4", "0.005", "0");
	compute((struct bill){ .exponent = 2, .lines = &line, .n_lines = 1 });
	l = billed(&line);
	assert_int_equal(by_units(&l, "1").net, 1);
	assert_int_equal(by_units(&l, "1").net, 1);
	assert_int_equal(by_units(&l, "1").net, 0);
	assert_int_equal(by_units(&l, "1").net, 0);
}

static void
units_do_not_reach_past_what_amounts_have_left(void **state)
{
	struct bill_line line = item("2", "50.00", "0");
	struct credit_line l;
	struct err err = { 0 };
	struct credit c;

	(void)state;
	compute((struct bill){ .exponent = 2, .lines = &line, .n_lines = 1 });
	l = billed(&line);
	by_amount(&l, 8000);
	assert_int_equal(credit_quantity(&l, dec("1"), &c, &err), -1);
	assert_int_equal(err.code, ERR_over_credit);
	by_amount(&l, 2000);
}

static void
cash_rounding_goes_with_the_last(void **state)
{
	struct credit_document d = {
		.left = 10803, .rounding_left = 2, .payable = 10805, .credited = 0
	};

	(void)state;
	assert_int_equal(credit_payable(&d, 5000), 5000);
	d.left -= 5000;
	d.credited += 5000;
	assert_int_equal(credit_payable(&d, 5803), 5805);
	/* 108.02 payable 108.00: all but a cent of the lines is all but what is payable. */
	d = (struct credit_document){ .left = 10802, .rounding_left = -2, .payable = 10800 };
	assert_int_equal(credit_payable(&d, 10801), 10800);
}

/* Any document, credited by units and amounts in any order: sums never exceed, and are the whole at
 * the end. */
static void
whatever_is_given_back_comes_to_what_was_billed(void **state)
{
	static const char *const rates[] = { "0", "5.5", "7", "19", "21" };
	static const char *const units[] = { "0.25", "0.5", "1", "2", "3.333" };
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct bill_line lines[4] = { 0 };
		size_t n = (size_t)random_between(&seed, 1, 4);
		struct bill b = { .exponent = (int)random_between(&seed, 0, 3), .n_lines = n };
		int64_t net = 0, tax = 0;

		for (size_t i = 0; i < n; i++) {
			lines[i] = item("1", "1", rates[random_between(&seed, 0, 4)]);
			lines[i].quantity = (struct decimal){ random_between(&seed, 1, 40),
							      (int)random_between(&seed, 0, 1) };
			lines[i].unit_price =
			    (struct decimal){ random_between(&seed, 0, 9999999), 3 };
			lines[i].discount_percent = decimal_int(random_between(&seed, 0, 30));
		}
		b.lines = lines;
		b.tax_mode = random_between(&seed, 0, 1) ? TAX_PER_LINE : TAX_PER_GROUP;
		b.tax_inclusive = random_between(&seed, 0, 2) == 0;
		b.discount_percent = decimal_int(random_between(&seed, 0, 20));
		b = compute(b);
		for (size_t i = 0; i < n; i++) {
			struct credit_line l = billed(&lines[i]);
			struct credit left, c;

			for (int k = 0; k < 5; k++) {
				left = credit_remaining(&l);
				if (random_between(&seed, 0, 1)) {
					by_amount(&l,
						  random_between(&seed, 0, left.net + left.tax));
				} else {
					const char *q = units[random_between(&seed, 0, 4)];
					struct err err = { 0 };

					if (credit_quantity(&l, dec(q), &c, &err) == 0)
						by_units(&l, q);
					else
						assert_int_equal(err.code, ERR_over_credit);
				}
				assert_in_range(l.credited_net, 0, (uintmax_t)l.net);
				assert_in_range(l.credited_tax, 0, (uintmax_t)l.tax);
			}
			left = credit_remaining(&l);
			refused(&l, left.net + left.tax + 1);
			by_amount(&l, left.net + left.tax);
			net += l.credited_net;
			tax += l.credited_tax;
		}
		assert_int_equal(net, b.net_total);
		assert_int_equal(tax, b.tax_total);
		arena_reset(arena);
	}
}

/* Lines that are decided: their sums, and nothing computed anew. */
static void
sums_are_of_what_stands_there(void **state)
{
	struct bill_line lines[] = { item("-1", "10.00", "20"), item("-1", "5.00", "20"),
				     item("-2", "1.00", "0") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 3, .rounding = -1 };

	(void)state;
	lines[0].amount = -1000, lines[0].discount = -100, lines[0].net = -900, lines[0].tax = -181;
	lines[1].amount = -500, lines[1].net = -500, lines[1].tax = -99;
	lines[2].amount = -200, lines[2].net = -200;
	assert_int_equal(bill_total(&b, arena, NULL), 0);
	assert_int_equal(b.n_groups, 2);
	assert_int_equal(b.groups[0].base, -1400);
	assert_int_equal(b.groups[0].tax, -280);
	assert_int_equal(b.subtotal, -1700);
	assert_int_equal(b.discount_total, -100);
	assert_int_equal(b.total, -1880);
	assert_int_equal(b.payable, -1881);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t20_an_amount_is_net_and_tax),
		cmocka_unit_test(t22_half_of_it_and_then_the_rest_and_no_cent_more),
		cmocka_unit_test(no_tax_remains_without_net),
		cmocka_unit_test(t24_the_whole_is_the_whole_by_either_method),
		cmocka_unit_test(units_are_rounded_alone_and_the_last_take_the_rest),
		cmocka_unit_test(units_do_not_reach_past_what_amounts_have_left),
		cmocka_unit_test(cash_rounding_goes_with_the_last),
		cmocka_unit_test(whatever_is_given_back_comes_to_what_was_billed),
		cmocka_unit_test(sums_are_of_what_stands_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
