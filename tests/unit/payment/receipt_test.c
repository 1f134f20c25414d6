/*
 * receipt_test.c - what a receipt pays, when, and what the journal says of it.
 */
#include "receipt.h"

#include "../billing/cases.h"

static struct receipt_plan
decide(struct arena *a, int64_t amount, const char *received, struct open_item *items, size_t n)
{
	struct receipt_case c = {
		.amount = amount,
		.received = day(received),
		.method = PAY_BANK,
		.items = items,
		.n = n,
	};
	struct receipt_plan plan;
	struct err err = { 0 };

	assert_int_equal(receipt_decide(a, &c, &plan, &err), 0);
	return plan;
}

/* Debit less credit of an account in an entry. */
static int64_t
side(const struct receipt_entry *e, const char *account)
{
	int64_t sum = 0;

	for (size_t i = 0; i < e->posting.n; i++) {
		if (strcmp(e->posting.lines[i].account, account) == 0)
			sum += e->posting.lines[i].debit - e->posting.lines[i].credit;
	}
	return sum;
}

static void
without_an_invoice_it_is_credit(void **state)
{
	struct receipt_plan p = decide(*state, 500, "2026-03-01", NULL, 0);

	assert_int_equal(p.n_uses, 0);
	assert_int_equal(p.unapplied, 500);
	assert_int_equal(p.n_entries, 1);
	assert_string_equal(p.entries[0].event, "received");
	assert_int_equal(side(&p.entries[0], "1010"), 500);
	assert_int_equal(side(&p.entries[0], "2200"), -500);
}

static void
more_than_is_due(void **state)
{
	struct open_item items[] = { { .id = "a",
				       .issued = day("2026-02-01"),
				       .due = day("2026-02-15"),
				       .amount_due = 7100 } };
	struct receipt_plan p = decide(*state, 7695, "2026-03-01", items, 1);

	assert_int_equal(p.n_uses, 1);
	assert_string_equal(p.uses[0].invoice_id, "a");
	assert_int_equal(p.uses[0].amount, 7100);
	assert_int_equal(p.uses[0].due, 7100);
	assert_int_equal(p.uses[0].day, day("2026-03-01"));
	assert_int_equal(p.unapplied, 595);
	assert_int_equal(p.n_entries, 1);
	assert_int_equal(side(&p.entries[0], "1100"), -7100);
	assert_int_equal(side(&p.entries[0], "2200"), -595);
}

static void
an_invoice_that_came_later_is_paid_on_its_day(void **state)
{
	struct open_item items[] = {
		{ .id = "old",
		  .issued = day("2026-02-01"),
		  .due = day("2026-02-15"),
		  .amount_due = 100 },
		{ .id = "new",
		  .issued = day("2026-03-20"),
		  .due = day("2026-04-03"),
		  .amount_due = 200 },
		{ .id = "twin",
		  .issued = day("2026-03-20"),
		  .due = day("2026-04-04"),
		  .amount_due = 50 },
		{ .id = "next",
		  .issued = day("2026-03-10"),
		  .due = day("2026-04-05"),
		  .amount_due = 30 },
	};
	struct receipt_plan p = decide(*state, 400, "2026-03-01", items, 4);

	assert_int_equal(p.n_uses, 4);
	assert_int_equal(p.unapplied, 20);
	assert_int_equal(p.n_entries, 3);
	assert_int_equal(side(&p.entries[0], "1100"), -100);
	assert_int_equal(side(&p.entries[0], "2200"), -300);
	assert_string_equal(p.entries[1].event, "applied");
	assert_int_equal(p.entries[1].day, day("2026-03-10"));
	assert_int_equal(side(&p.entries[1], "2200"), 30);
	assert_int_equal(p.entries[2].day, day("2026-03-20"));
	assert_int_equal(side(&p.entries[2], "1100"), -250);
}

static void
nothing_is_no_receipt(void **state)
{
	struct receipt_case c = { .amount = 0 };
	struct receipt_plan p;
	struct err err = { 0 };

	assert_int_equal(receipt_decide(*state, &c, &p, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

/* Whatever is open: uses and credit are the amount, entries balance, and the books end where the
 * documents do. */
static void
the_books_end_where_the_documents_do(void **state)
{
	uint64_t rnd = test_seed();

	for (int round = 0; round < 3000; round++) {
		struct open_item items[12];
		size_t n = (size_t)random_between(&rnd, 0, 12);
		int64_t amount = random_between(&rnd, 1, 30000), used = 0, receivable = 0,
			credit = 0;
		civil_day received = (civil_day)random_between(&rnd, 100, 110);
		char text[DATE_TEXT];
		struct receipt_plan p;

		for (size_t i = 0; i < n; i++)
			items[i] = (struct open_item){
				.id = "x",
				.issued = (civil_day)random_between(&rnd, 95, 115),
				.due = (civil_day)random_between(&rnd, 95, 140),
				.amount_due = random_between(&rnd, 0, 5000),
			};
		date_format(received, text);
		p = decide(*state, amount, text, items, n);
		for (size_t i = 0; i < p.n_uses; i++) {
			used += p.uses[i].amount;
			assert_in_range(p.uses[i].amount, 1, p.uses[i].due);
			assert_true(p.uses[i].day >= received);
		}
		for (size_t i = 0; i < p.n_entries; i++) {
			receivable += side(&p.entries[i], "1100");
			credit += side(&p.entries[i], "2200");
			assert_true(i == 0 || p.entries[i].day > p.entries[i - 1].day);
		}
		assert_int_equal(used + p.unapplied, amount);
		assert_int_equal(receivable, -used);
		assert_int_equal(credit, -p.unapplied);
		arena_reset(*state);
	}
}

static int
open_arena(void **state)
{
	*state = arena_new(0);
	return 0;
}

static int
close_arena(void **state)
{
	arena_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_invoice_it_is_credit),
		cmocka_unit_test(more_than_is_due),
		cmocka_unit_test(an_invoice_that_came_later_is_paid_on_its_day),
		cmocka_unit_test(nothing_is_no_receipt),
		cmocka_unit_test(the_books_end_where_the_documents_do),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
