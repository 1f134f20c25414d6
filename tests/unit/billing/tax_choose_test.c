/*
 * tax_choose_test.c - the tax of a line by place, category and date, and exemptions that end.
 */
#include "cases.h"

static struct tax_rate rates[] = {
	{ .country = "DE", .category = "standard", .name = "USt" },
	{ .country = "DE", .category = "standard" },
	{ .country = "DE", .category = "reduced" },
	{ .country = "FR", .category = "standard" },
	{ .country = "CA", .category = "standard" },
	{ .country = "CA", .region = "QC", .category = "standard" },
};

static int
set_up(void **state)
{
	static const char *const values[][3] = {
		{ "19", "2007-01-01", NULL }, { "16", "2020-07-01", "2020-12-31" },
		{ "7", "1983-07-01", NULL },  { "20", "2014-01-01", NULL },
		{ "5", "2008-01-01", NULL },  { "14.975", "2013-01-01", NULL },
	};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		rates[i].rate = dec(values[i][0]);
		rates[i].valid_from = day(values[i][1]);
		rates[i].valid_to = values[i][2] ? day(values[i][2]) : TAX_FOREVER;
	}
	return 0;
}

static struct tax_choice
choose(struct tax_case c, const char *date, const char *category)
{
	struct tax_choice t;

	c.rates = rates;
	c.n_rates = 6;
	c.date = day(date);
	tax_choose(&c, category, &t);
	return t;
}

static void
assert_choice(struct tax_choice t, const char *category, const char *rate)
{
	assert_string_equal(t.category, category);
	assert_int_equal(decimal_cmp(t.rate, dec(rate)), 0);
}

static void
by_date(void **state)
{
	struct tax_case c = { .seller_country = "DE", .buyer_country = "DE" };

	(void)state;
	assert_choice(choose(c, "2020-06-30", "standard"), "standard", "19");
	assert_choice(choose(c, "2020-07-01", "standard"), "standard", "16");
	assert_choice(choose(c, "2020-12-31", "standard"), "standard", "16");
	assert_choice(choose(c, "2021-01-01", "standard"), "standard", "19");
	assert_choice(choose(c, "2021-01-01", "reduced"), "reduced", "7");
	assert_choice(choose(c, "2021-01-01", NULL), "standard", "19");
	assert_string_equal(choose(c, "2021-01-01", NULL).name, "USt");
}

static void
by_place(void **state)
{
	struct tax_case c = { .seller_country = "DE", .buyer_country = "FR" };

	(void)state;
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "20");
	c.buyer_country = "CA";
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "5");
	c.buyer_region = "QC";
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "14.975");
	c.buyer_region = "ON";
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "5");
	c.buyer_country = "IT"; /* no rate of its own: the seller's */
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "19");
	c.buyer_country = NULL;
	assert_choice(choose(c, "2024-01-01", "standard"), "standard", "19");
	c.seller_country = "CH"; /* none known */
	assert_choice(choose(c, "2024-01-01", "standard"), "outside_scope", "0");
}

static void
by_buyer(void **state)
{
	struct tax_case c = { .seller_country = "DE",
			      .buyer_country = "DE",
			      .buyer = BUYER_REVERSE_CHARGE };
	struct tax_choice t;

	(void)state;
	assert_choice(choose(c, "2024-01-01", "standard"), "reverse_charge", "0");
	assert_choice(choose(c, "2024-01-01", "exempt"), "exempt", "0");
	c.buyer = BUYER_EXEMPT;
	c.exemption_valid_to = day("2024-06-30");
	t = choose(c, "2024-06-30", "standard");
	assert_choice(t, "exempt", "0");
	assert_false(t.expired);
	t = choose(c, "2024-07-01", "standard");
	assert_choice(t, "standard", "19");
	assert_true(t.expired);
	c.exemption_valid_to = TAX_FOREVER;
	assert_choice(choose(c, "2100-01-01", "standard"), "exempt", "0");
}

static void
untaxed_by_nature(void **state)
{
	struct tax_case c = { .seller_country = "DE", .buyer_country = "DE" };

	(void)state;
	assert_choice(choose(c, "2024-01-01", "zero"), "zero", "0");
	assert_choice(choose(c, "2024-01-01", "exempt"), "exempt", "0");
	assert_choice(choose(c, "2024-01-01", "outside_scope"), "outside_scope", "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_date),
		cmocka_unit_test(by_place),
		cmocka_unit_test(by_buyer),
		cmocka_unit_test(untaxed_by_nature),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
