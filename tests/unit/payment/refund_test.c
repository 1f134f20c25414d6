/*
 * refund_test.c - where the money of a refund goes that failed.
 */
#include "refund.h"

#include "../billing/cases.h"

static int64_t
put_back(int64_t amount, struct refund_share *shares, size_t n)
{
	struct err err = { 0 };
	int64_t credit = -1;

	assert_int_equal(refund_put_back(amount, shares, n, &credit, &err), 0);
	return credit;
}

static void
what_was_credit_is_credit(void **state)
{
	(void)state;
	assert_int_equal(put_back(500, NULL, 0), 500);
}

static void
an_invoice_that_is_still_open_is_paid_again(void **state)
{
	struct refund_share s = { .invoice_id = "a", .taken = 4000, .due = 9000 };

	(void)state;
	assert_int_equal(put_back(4000, &s, 1), 0);
	assert_int_equal(s.given, 4000);
}

static void
one_that_was_paid_meanwhile_takes_what_it_can(void **state)
{
	struct refund_share s[] = { { .invoice_id = "a", .taken = 4000, .due = 1000 },
				    { .invoice_id = "b", .taken = 500, .due = 0 } };

	(void)state;
	assert_int_equal(put_back(5000, s, 2), 4000);
	assert_int_equal(s[0].given, 1000);
	assert_int_equal(s[1].given, 0);
}

static void
no_more_is_put_back_than_was_taken(void **state)
{
	uint64_t rnd = test_seed();

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct refund_share s[4];
		int64_t amount = 0, given = 0;
		size_t n = (size_t)random_between(&rnd, 0, 4);

		for (size_t i = 0; i < n; i++) {
			s[i] = (struct refund_share){ .taken = random_between(&rnd, 1, 1000),
						      .due = random_between(&rnd, 0, 1000) };
			amount += s[i].taken;
		}
		amount += random_between(&rnd, n ? 0 : 1, 1000);
		int64_t credit = put_back(amount, s, n);

		for (size_t i = 0; i < n; i++) {
			assert_true(s[i].given >= 0 && s[i].given <= s[i].due &&
				    s[i].given <= s[i].taken);
			given += s[i].given;
		}
		assert_int_equal(given + credit, amount);
	}
}

static void
what_is_gone_was_credit_first(void **state)
{
	struct refund_share s[] = { { .invoice_id = "late", .used = 300 },
				    { .invoice_id = "early", .used = 500 } };
	struct err err = { 0 };
	int64_t credit;

	(void)state;
	assert_int_equal(refund_take_from(600, 100, s, 2, &credit, &err), 0);
	assert_int_equal(credit, 100);
	assert_int_equal(s[0].taken, 300);
	assert_int_equal(s[1].taken, 200);
	assert_int_equal(refund_take_from(50, 100, s, 2, &credit, &err), 0);
	assert_int_equal(credit, 50);
	assert_int_equal(s[0].taken + s[1].taken, 0);
	assert_int_equal(refund_take_from(901, 100, s, 2, &credit, &err), -1);
	assert_int_equal(err.code, ERR_over_allocation);
}

static void
what_does_not_add_up_is_refused(void **state)
{
	struct refund_share s = { .invoice_id = "a", .taken = 4001, .due = 9000 };
	struct err err = { 0 };
	int64_t credit;

	(void)state;
	assert_int_equal(refund_put_back(4000, &s, 1, &credit, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_credit_is_credit),
		cmocka_unit_test(an_invoice_that_is_still_open_is_paid_again),
		cmocka_unit_test(one_that_was_paid_meanwhile_takes_what_it_can),
		cmocka_unit_test(no_more_is_put_back_than_was_taken),
		cmocka_unit_test(what_is_gone_was_credit_first),
		cmocka_unit_test(what_does_not_add_up_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
