/*
 * bill_test.c - documents from lines: the worked cases of tax, discount, rounding and currencies,
 * to the minor unit, and what must hold of every document.
 */
#include "cases.h"

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
compute(struct bill *b)
{
	struct err err = { 0 };

	if (bill_compute(b, arena, &err) < 0)
		fail_msg("bill_compute: %s (line %zu)", err.detail, b->bad_line);
}

static void
t16_per_group_and_per_line(void **state)
{
	struct bill_line lines[] = { item("1", "97.50", "19"), item("1", "65.00", "19"),
				     item("1", "32.50", "19") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 3 };

	(void)state;
	compute(&b);
	assert_int_equal(b.tax_total, 3705);
	assert_int_equal(lines[0].tax + lines[1].tax + lines[2].tax, 3705);
	b.tax_mode = TAX_PER_LINE;
	compute(&b);
	assert_int_equal(lines[0].tax, 1853);
	assert_int_equal(lines[1].tax, 1235);
	assert_int_equal(lines[2].tax, 618);
	assert_int_equal(b.tax_total, 3706);
	assert_int_equal(b.total, 19500 + 3706);
}

static void
t18_tax_inclusive(void **state)
{
	struct bill_line one[] = { item("1", "2.99", "4") };
	struct bill_line two[] = { item("1", "2500.00", "8") };
	struct bill_line three[] = { item("1", "10.00", "15"), item("1", "10.00", "15"),
				     item("1", "10.00", "15") };
	struct bill b = { .exponent = 2, .tax_inclusive = true, .lines = one, .n_lines = 1 };

	(void)state;
	compute(&b);
	assert_int_equal(b.net_total, 288);
	assert_int_equal(b.tax_total, 11);
	b.lines = two;
	compute(&b);
	assert_int_equal(b.net_total, 231481);
	assert_int_equal(b.tax_total, 18519);
	b.lines = three;
	b.n_lines = 3;
	compute(&b);
	assert_int_equal(three[0].net, 870);
	assert_int_equal(three[1].net, 870);
	assert_int_equal(three[2].net, 869);
	assert_int_equal(b.net_total, 2609);
	assert_int_equal(b.tax_total, 391);
	assert_int_equal(b.payable, 3000);
}

/* What another document gave a line is added to its group as it is; the others are split without
 * it. */
static void
what_is_decided_stands(void **state)
{
	for (int inclusive = 0; inclusive < 2; inclusive++) {
		struct bill_line lines[] = { item("-1", "10.00", "15"), item("1", "10.00", "15"),
					     item("1", "10.00", "15") };
		struct bill b = {
			.exponent = 2, .tax_inclusive = inclusive, .lines = lines, .n_lines = 3
		};

		(void)state;
		lines[0].decided = true;
		lines[0].net = inclusive ? -869 : -1000;
		lines[0].tax = inclusive ? -131 : -151;
		compute(&b);
		assert_int_equal(b.n_groups, 1);
		assert_int_equal(lines[0].net, inclusive ? -869 : -1000);
		assert_int_equal(lines[0].tax, inclusive ? -131 : -151);
		assert_int_equal(b.net_total, inclusive ? 1739 - 869 : 1000);
		assert_int_equal(b.tax_total, inclusive ? 261 - 131 : 300 - 151);
		assert_int_equal(b.groups[0].base, b.net_total);
	}
}

static void
t19_discount_split(void **state)
{
	struct bill_line lines[] = { item("1", "100", "10"), item("1", "50", "0"),
				     item("1", "30", "20"), item("1", "20", "20") };
	struct bill_line thirds[] = { item("1", "20", "0"), item("1", "20", "0"),
				      item("1", "20", "0") };
	struct bill b = { .exponent = 2, .discount_amount = 1000, .lines = lines, .n_lines = 4 };

	(void)state;
	compute(&b);
	assert_int_equal(lines[0].discount, 500);
	assert_int_equal(lines[1].discount, 250);
	assert_int_equal(lines[2].discount, 150);
	assert_int_equal(lines[3].discount, 100);
	assert_int_equal(b.n_groups, 3);
	assert_int_equal(b.groups[0].tax, 950);
	assert_int_equal(b.groups[1].tax, 0);
	assert_int_equal(b.groups[2].tax, 950);
	assert_int_equal(b.subtotal, 20000);
	assert_int_equal(b.discount_total, 1000);
	assert_int_equal(b.total, 20900);

	b = (struct bill){ .exponent = 2, .discount_amount = 1000, .lines = thirds, .n_lines = 3 };
	compute(&b);
	assert_int_equal(thirds[0].discount, 334);
	assert_int_equal(thirds[1].discount, 333);
	assert_int_equal(thirds[2].discount, 333);
}

static void
t29_cash_rounding(void **state)
{
	struct bill_line lines[] = { item("1", "100.30", "7.7") };
	struct bill b = { .exponent = 2, .rounding_step = 5, .lines = lines, .n_lines = 1 };

	(void)state;
	compute(&b); /* 100.30 + 7.72 = 108.02 */
	assert_int_equal(b.total, 10802);
	assert_int_equal(b.payable, 10800);
	assert_int_equal(b.rounding, -2);
	assert_int_equal(b.tax_total, 772);
	lines[0] = item("1", "100.31", "7.7");
	compute(&b);
	assert_int_equal(b.total, 10803);
	assert_int_equal(b.payable, 10805);
	assert_int_equal(b.rounding, 2);
	assert_int_equal(b.tax_total, 772);
}

static void
t30_zero_and_three_decimals(void **state)
{
	struct bill_line yen[] = { item("1", "1127", "10") };
	struct bill_line dinar[] = { item("3", "1.255", "5") };
	struct bill_line part[] = { item("7", "1000", "0") };
	struct bill b = { .exponent = 0, .lines = yen, .n_lines = 1 };

	(void)state;
	compute(&b);
	assert_int_equal(b.tax_total, 113);
	assert_int_equal(b.total, 1240);
	b = (struct bill){ .exponent = 3, .lines = dinar, .n_lines = 1 };
	compute(&b);
	assert_int_equal(b.net_total, 3765);
	assert_int_equal(b.tax_total, 188);
	assert_int_equal(b.total, 3953);
	part[0].base_quantity = decimal_int(30);
	b = (struct bill){ .exponent = 0, .lines = part, .n_lines = 1 };
	compute(&b);
	assert_int_equal(b.total, 233);
}

static void
time_is_billed_by_the_minute(void **state)
{
	struct bill_line lines[] = { item("440", "95.00", "0") }; /* 7 h 20 m */
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 1 };

	(void)state;
	lines[0].base_quantity = decimal_int(60);
	compute(&b);
	assert_int_equal(b.total, 69667);
}

static void
line_discount_comes_first(void **state)
{
	struct bill_line lines[] = { item("1", "100", "20"), item("1", "50", "20") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 2 };

	(void)state;
	lines[0].discount_percent = dec("25");
	b.discount_percent = dec("10");
	compute(&b); /* 75 + 50 = 125, less 12.50 */
	assert_int_equal(b.subtotal, 15000);
	assert_int_equal(lines[0].net, 6750);
	assert_int_equal(lines[1].net, 4500);
	assert_int_equal(b.discount_total, 3750);
	assert_int_equal(b.tax_total, 2250);
}

/* A coupon that is for some lines alone stands on them, besides their percent and before the
 * document's; more than is left is what is left. */
static void
a_line_has_an_amount_of_its_own(void **state)
{
	struct bill_line lines[] = { item("1", "100.00", "20"), item("1", "10.00", "20"),
				     item("-1", "5.00", "20") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 3 };

	(void)state;
	lines[0].discount_percent = dec("25");
	lines[0].discount_amount = 500;
	lines[1].discount_amount = 1200;
	lines[2].discount_amount = 100; /* in the customer's favour: nothing is taken off */
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	assert_int_equal(lines[0].net, 7000);
	assert_int_equal(lines[1].net, 0);
	assert_int_equal(lines[2].net, -500);
	b.discount_percent = dec("10");
	assert_int_equal(bill_compute(&b, arena, NULL), 0);
	assert_int_equal(b.net_total, 5850);
	lines[0].discount_amount = -1;
	assert_int_equal(bill_compute(&b, arena, NULL), -1);
}

static void
signs_may_mix(void **state)
{
	struct bill_line lines[] = { item("-1", "150.00", "20"), item("1", "360.00", "20") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 2 };

	(void)state;
	compute(&b);
	assert_int_equal(b.net_total, 21000);
	assert_int_equal(b.tax_total, 4200);
	assert_int_equal(b.total, 25200);
	lines[0] = item("1", "150.00", "20");
	lines[1] = item("-1", "360.00", "20");
	compute(&b);
	assert_int_equal(b.total, -25200);
	assert_int_equal(lines[0].tax + lines[1].tax, b.tax_total);
}

static void
an_empty_document_is_zero(void **state)
{
	struct bill b = { .exponent = 2 };

	(void)state;
	compute(&b);
	assert_int_equal(b.payable, 0);
	assert_int_equal(b.n_groups, 0);
}

static void
refuses(struct bill *b, enum err_code code)
{
	struct err err = { 0 };

	assert_int_equal(bill_compute(b, arena, &err), -1);
	assert_int_equal(err.code, code);
}

static void
overflow_is_an_error(void **state)
{
	struct bill_line huge[] = { item("900000000000", "900000000000", "0") };
	struct bill_line many[200];
	struct bill b = { .exponent = 2, .lines = huge, .n_lines = 1 };

	(void)state;
	refuses(&b, ERR_out_of_range);
	assert_int_equal(b.bad_line, 0);
	for (size_t i = 0; i < 200; i++)
		many[i] = item("1", "90071992547409.91", "0");
	b = (struct bill){ .exponent = 2, .lines = many, .n_lines = 1 };
	compute(&b);
	assert_int_equal(b.total, MONEY_MAX);
	b.n_lines = 2;
	refuses(&b, ERR_out_of_range);
	many[0].tax_rate = dec("20"); /* the total alone is too much */
	b.n_lines = 1;
	refuses(&b, ERR_out_of_range);
}

static void
bad_input_is_an_error(void **state)
{
	struct bill_line lines[] = { item("1", "10", "20") };
	struct bill b = { .exponent = 2, .lines = lines, .n_lines = 1 };

	(void)state;
	lines[0].base_quantity = decimal_int(0);
	refuses(&b, ERR_out_of_range);
	lines[0] = item("1", "-10", "20");
	refuses(&b, ERR_out_of_range);
	lines[0] = item("1", "10", "-20");
	refuses(&b, ERR_out_of_range);
	lines[0] = item("1", "10", "20");
	lines[0].discount_percent = dec("100.01");
	refuses(&b, ERR_out_of_range);
	lines[0] = item("1", "10", "20");
	b.discount_amount = 1001;
	refuses(&b, ERR_out_of_range);
	b.discount_amount = -1;
	refuses(&b, ERR_out_of_range);
}

/* What must hold of any document, whatever its lines. */
static void
check_parts(const struct bill *b)
{
	int64_t amount = 0, discount = 0, net = 0, tax = 0, base = 0, group_tax = 0;

	for (size_t i = 0; i < b->n_lines; i++) {
		amount += b->lines[i].amount;
		discount += b->lines[i].discount;
		net += b->lines[i].net;
		tax += b->lines[i].tax;
	}
	for (size_t k = 0; k < b->n_groups; k++) {
		base += b->groups[k].base;
		group_tax += b->groups[k].tax;
	}
	assert_int_equal(amount, b->subtotal);
	assert_int_equal(discount, b->discount_total);
	assert_int_equal(net, b->net_total);
	assert_int_equal(base, b->net_total);
	assert_int_equal(tax, b->tax_total);
	assert_int_equal(group_tax, b->tax_total);
	assert_int_equal(b->total, b->net_total + b->tax_total);
	assert_int_equal(b->payable, b->total + b->rounding);
	if (b->tax_inclusive)
		assert_int_equal(b->total, b->subtotal - b->discount_total);
	else
		assert_int_equal(b->net_total, b->subtotal - b->discount_total);
}

static void
random_line(uint64_t *rnd, struct bill_line *l, bool mixed)
{
	static const char *const rates[] = { "0", "5.5", "7.7", "19", "20", "21.125" };
	static const char *const categories[] = { "standard", "reduced" };

	*l = (struct bill_line){
		.quantity = { random_between(rnd, mixed ? -5000 : 1, 5000), 2 },
		.unit_price = { random_between(rnd, 0, 9999999), (int)random_between(rnd, 0, 4) },
		.base_quantity = decimal_int(random_between(rnd, 1, 60)),
		.discount_percent = { random_between(rnd, 0, 3) ? 0 : random_between(rnd, 0, 10000),
				      2 },
		.tax_category = categories[random_between(rnd, 0, 1)],
		.tax_rate = dec(rates[random_between(rnd, 0, 5)]),
	};
}

static void
parts_sum_to_the_whole(void **state)
{
	uint64_t rnd = test_seed();

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct bill_line lines[12];
		bool mixed = random_between(&rnd, 0, 3) == 0;
		struct bill b = { .exponent = (int)random_between(&rnd, 0, 3),
				  .tax_mode =
				      random_between(&rnd, 0, 1) ? TAX_PER_LINE : TAX_PER_GROUP,
				  .tax_inclusive = random_between(&rnd, 0, 1) != 0,
				  .rounding_step = random_between(&rnd, 0, 1) ? 5 : 0,
				  .lines = lines,
				  .n_lines = (size_t)random_between(&rnd, 0, 12) };
		struct err err = { 0 };

		for (size_t i = 0; i < b.n_lines; i++)
			random_line(&rnd, &lines[i], mixed);
		if (random_between(&rnd, 0, 1))
			b.discount_percent = (struct decimal){ random_between(&rnd, 0, 10000), 2 };
		if (bill_compute(&b, arena, &err) == 0)
			check_parts(&b);
		else if (!mixed)
			fail_msg("refused: %s", err.detail);
		arena_reset(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t16_per_group_and_per_line),
		cmocka_unit_test(t18_tax_inclusive),
		cmocka_unit_test(what_is_decided_stands),
		cmocka_unit_test(t19_discount_split),
		cmocka_unit_test(t29_cash_rounding),
		cmocka_unit_test(t30_zero_and_three_decimals),
		cmocka_unit_test(time_is_billed_by_the_minute),
		cmocka_unit_test(line_discount_comes_first),
		cmocka_unit_test(a_line_has_an_amount_of_its_own),
		cmocka_unit_test(signs_may_mix),
		cmocka_unit_test(an_empty_document_is_zero),
		cmocka_unit_test(overflow_is_an_error),
		cmocka_unit_test(bad_input_is_an_error),
		cmocka_unit_test(parts_sum_to_the_whole),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
