/*
 * settle_test.c - due dates, the one status, overdue days, and what a payment pays.
 */
#include "cases.h"

static enum invoice_status
derive(struct invoice_amounts m, int64_t due_wanted)
{
	enum invoice_status s = INVOICE_DRAFT;
	struct err err = { 0 };
	int64_t due = -1;

	assert_int_equal(status_derive(&m, &s, &due, &err), 0);
	assert_int_equal(due, due_wanted);
	return s;
}

static void
t20_credit_on_unpaid(void **state)
{
	struct invoice_amounts m = { .payable = 12100 };

	(void)state;
	assert_int_equal(derive(m, 12100), INVOICE_OPEN);
	m.credited = 2420;
	assert_int_equal(derive(m, 9680), INVOICE_OPEN);
	m.paid = 9680;
	assert_int_equal(derive(m, 0), INVOICE_PAID);
}

static void
status_follows_amounts(void **state)
{
	struct err err = { 0 };
	enum invoice_status s;
	int64_t due;

	(void)state;
	assert_int_equal(derive((struct invoice_amounts){ 0 }, 0), INVOICE_PAID);
	assert_int_equal(derive((struct invoice_amounts){ .payable = -100 }, 0), INVOICE_PAID);
	assert_int_equal(derive((struct invoice_amounts){ .payable = 100, .paid = 1 }, 99),
			 INVOICE_PARTIALLY_PAID);
	assert_int_equal(
	    derive((struct invoice_amounts){ .payable = 100, .paid = 20, .written_off = 80 }, 0),
	    INVOICE_UNCOLLECTIBLE);
	assert_int_equal(status_derive(&(struct invoice_amounts){ .payable = 100, .paid = 101 }, &s,
				       &due, &err),
			 -1);
	assert_int_equal(err.code, ERR_over_allocation);
}

static void
a_status_has_a_word(void **state)
{
	(void)state;
	assert_int_equal(invoice_status_by_word(STR("partially_paid")), INVOICE_PARTIALLY_PAID);
	assert_int_equal(invoice_status_by_word(STR("overdue")), -1);
}

static void
due_date_from_terms(void **state)
{
	struct err err = { 0 };
	civil_day due;

	(void)state;
	assert_int_equal(terms_due_date(day("2028-01-31"), 30, &due, &err), 0);
	assert_int_equal(due, day("2028-03-01"));
	assert_int_equal(terms_due_date(day("2026-01-01"), 0, &due, &err), 0);
	assert_int_equal(due, day("2026-01-01"));
	assert_int_equal(terms_due_date(day("2026-01-01"), -1, &due, &err), -1);
}

static int64_t
allocate(int64_t amount, struct open_item *items, size_t n)
{
	struct err err = { 0 };
	int64_t left = -1;

	assert_int_equal(allocate_oldest(amount, items, n, &left, &err), 0);
	return left;
}

static void
t26_partial_over_carry(void **state)
{
	struct open_item item = { .id = "a", .due = 0, .amount_due = 12100 };
	struct open_item next = { .id = "b", .due = 30, .amount_due = 5710 };
	int64_t left;

	(void)state;
	assert_int_equal(allocate(5000, &item, 1), 0);
	item.amount_due -= item.applied;
	assert_int_equal(item.amount_due, 7100);
	left = allocate(7695, &item, 1);
	assert_int_equal(left, 595);
	assert_int_equal(item.amount_due - item.applied, 0);
	assert_int_equal(allocate(left, &next, 1), 0);
	assert_int_equal(next.amount_due - next.applied, 5115);
}

static void
oldest_due_is_paid_first(void **state)
{
	struct open_item items[] = {
		{ .id = "c", .due = 20, .amount_due = 100 },
		{ .id = "a", .due = 10, .amount_due = 100 },
		{ .id = "d", .due = 20, .amount_due = 100 },
		{ .id = "b", .due = 10, .amount_due = 100 },
	};
	static const char *const order[] = { "a", "b", "c", "d" };
	static const int64_t applied[] = { 100, 100, 50, 0 };

	(void)state;
	assert_int_equal(allocate(250, items, 4), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(items[i].id, order[i]);
		assert_int_equal(items[i].applied, applied[i]);
	}
}

static void
nothing_is_lost_in_allocation(void **state)
{
	uint64_t rnd = test_seed();

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct open_item items[20];
		size_t n = (size_t)random_between(&rnd, 0, 20);
		int64_t amount = random_between(&rnd, 0, 100000), sum = 0;
		bool short_of = false;

		for (size_t i = 0; i < n; i++)
			items[i] =
			    (struct open_item){ .due = (civil_day)random_between(&rnd, 0, 5),
						.amount_due = random_between(&rnd, 0, 20000) };
		sum = allocate(amount, items, n);
		for (size_t i = 0; i < n; i++) {
			sum += items[i].applied;
			assert_in_range(items[i].applied, 0, items[i].amount_due);
			if (short_of)
				assert_int_equal(items[i].applied, 0);
			short_of |= items[i].applied < items[i].amount_due;
			if (i)
				assert_true(items[i - 1].due <= items[i].due);
		}
		assert_int_equal(sum, amount);
	}
}

static void
advances_are_used_oldest_first(void **state)
{
	struct advance list[] = { { .id = "a", .left = 300 },
				  { .id = "b" },
				  { .id = "c", .left = 500 } };
	struct err err = { 0 };
	int64_t due;

	(void)state;
	assert_int_equal(allocate_advances(600, list, 3, &due, &err), 0);
	assert_int_equal(due, 0);
	assert_int_equal(list[0].used, 300);
	assert_int_equal(list[1].used, 0);
	assert_int_equal(list[2].used, 300);
	assert_int_equal(list[2].left, 200);
	assert_int_equal(allocate_advances(1000, list, 3, &due, &err), 0);
	assert_int_equal(due, 800);
	assert_int_equal(list[0].used, 0);
	assert_int_equal(list[2].left, 0);
	assert_int_equal(allocate_advances(-1, list, 3, &due, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t20_credit_on_unpaid),
		cmocka_unit_test(status_follows_amounts),
		cmocka_unit_test(a_status_has_a_word),
		cmocka_unit_test(due_date_from_terms),
		cmocka_unit_test(t26_partial_over_carry),
		cmocka_unit_test(oldest_due_is_paid_first),
		cmocka_unit_test(nothing_is_lost_in_allocation),
		cmocka_unit_test(advances_are_used_oldest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
