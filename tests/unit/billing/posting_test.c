/*
 * posting_test.c - documents as journal lines: which accounts, which sides, and always balanced.
 */
#include "cases.h"

static struct posting
make(enum posting_event event, struct posting_amounts m)
{
	struct posting p;
	struct err err = { 0 };

	if (posting_make(event, &m, &p, &err) < 0)
		fail_msg("posting_make: %s", err.detail);
	return p;
}

static void
assert_line(const struct posting *p, const char *account, int64_t debit, int64_t credit)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->lines[i].account, account) == 0) {
			assert_int_equal(p->lines[i].debit, debit);
			assert_int_equal(p->lines[i].credit, credit);
			return;
		}
	}
	fail_msg("no line on account %s", account);
}

static void
invoice_and_its_void(void **state)
{
	struct posting_amounts m = { .net = 10031, .tax = 772, .rounding = 2, .payable = 10805 };
	struct posting p = make(POST_INVOICE_FINALIZED, m);

	(void)state;
	assert_int_equal(p.n, 4);
	assert_line(&p, "1100", 10805, 0);
	assert_true(p.lines[0].customer);
	assert_line(&p, "4000", 0, 10031);
	assert_line(&p, "2100", 0, 772);
	assert_line(&p, "4900", 0, 2);
	p = make(POST_INVOICE_VOIDED, m);
	assert_line(&p, "1100", 0, 10805);
	assert_line(&p, "4000", 10031, 0);
}

static void
negative_measures_change_sides(void **state)
{
	struct posting p =
	    make(POST_INVOICE_FINALIZED,
		 (struct posting_amounts){ .net = -21000, .tax = -4200, .payable = -25200 });

	(void)state;
	assert_line(&p, "1100", 0, 25200);
	assert_line(&p, "4000", 21000, 0);
	assert_line(&p, "2100", 4200, 0);
	p = make(POST_INVOICE_FINALIZED,
		 (struct posting_amounts){
		     .net = 10030, .tax = 772, .rounding = -2, .payable = 10800 });
	assert_line(&p, "4900", 2, 0);
}

static void
over_payment_is_credit(void **state)
{
	struct posting p = make(POST_PAYMENT_RECEIVED,
				(struct posting_amounts){ .applied = 7100, .unapplied = 595 });

	(void)state;
	assert_int_equal(p.n, 3);
	assert_line(&p, "1010", 7695, 0);
	assert_line(&p, "1100", 0, 7100);
	assert_line(&p, "2200", 0, 595);
	p = make(POST_PAYMENT_APPLIED, (struct posting_amounts){ .applied = 595 });
	assert_line(&p, "2200", 595, 0);
	assert_line(&p, "1100", 0, 595);
	p = make(POST_PAYMENT_RECEIVED,
		 (struct posting_amounts){ .applied = 100, .method = PAY_CASH });
	assert_line(&p, "1000", 100, 0);
}

static void
a_refund_is_owed_until_it_is_out(void **state)
{
	struct posting p = make(POST_PAYMENT_RETURNED,
				(struct posting_amounts){
				    .applied = 4000, .unapplied = 595, .method = PAY_REFUNDS });

	(void)state;
	assert_line(&p, "1100", 4000, 0);
	assert_line(&p, "2200", 595, 0);
	assert_line(&p, "2210", 0, 4595);
	p = make(POST_REFUND_PAID,
		 (struct posting_amounts){ .moved = 4595, .method = PAY_CLEARING });
	assert_line(&p, "2210", 4595, 0);
	assert_line(&p, "1020", 0, 4595);
}

static void
what_a_bank_holds_comes_back_or_is_lost(void **state)
{
	struct posting p = make(POST_FUNDS_WITHDRAWN,
				(struct posting_amounts){ .moved = 9000, .method = PAY_CLEARING });

	(void)state;
	assert_line(&p, "1030", 9000, 0);
	assert_line(&p, "1020", 0, 9000);
	p = make(POST_FUNDS_WITHDRAWN,
		 (struct posting_amounts){ .moved = -9000, .method = PAY_CLEARING });
	assert_line(&p, "1030", 0, 9000);
	p = make(POST_PAYMENT_RETURNED,
		 (struct posting_amounts){ .applied = 9000, .method = PAY_DISPUTED });
	assert_line(&p, "1100", 9000, 0);
	assert_line(&p, "1030", 0, 9000);
}

static void
what_is_exchanged_gains_or_loses_by_its_own_rate(void **state)
{
	struct posting p = make(POST_CONVERTED, (struct posting_amounts){ .moved = -10000,
									  .method = PAY_CLEARING });
	struct err err = { 0 };

	(void)state;
	assert_line(&p, "1020", 0, 10000);
	assert_line(&p, "1040", 10000, 0);
	assert_int_equal(posting_exchanged(&p, 9000, 8765, &err), 0);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.lines[2].account, "6200");
	assert_int_equal(p.lines[2].debit + p.lines[2].credit, 0);
	assert_int_equal(p.lines[2].base_debit, 235);
	/* What goes back at a better rate than it came. */
	p = make(POST_CONVERTED,
		 (struct posting_amounts){ .moved = 10000, .method = PAY_CLEARING });
	assert_int_equal(posting_exchanged(&p, 9000, 8765, &err), 0);
	assert_string_equal(p.lines[2].account, "4950");
	assert_int_equal(p.lines[2].base_credit, 235);
	/* In the other currency it is worth the same on both. */
	p = make(POST_CONVERTED, (struct posting_amounts){ .moved = 8765, .method = PAY_CLEARING });
	assert_int_equal(posting_exchanged(&p, 8765, 8765, &err), 0);
	assert_int_equal(p.n, 2);
}

static void
a_document_of_zero_posts_nothing(void **state)
{
	(void)state;
	assert_int_equal(make(POST_INVOICE_FINALIZED, (struct posting_amounts){ 0 }).n, 0);
}

static void
amounts_that_differ_are_refused(void **state)
{
	struct posting p;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(posting_make(POST_INVOICE_FINALIZED,
				      &(struct posting_amounts){ .net = 100, .payable = 101 }, &p,
				      &err),
			 -1);
	assert_int_equal(err.code, ERR_unbalanced_entry);
}

static void
balances_in_every_currency(void **state)
{
	uint64_t rnd = test_seed();

	(void)state;
	for (int round = 0; round < 20000; round++) {
		enum posting_event event =
		    (enum posting_event)random_between(&rnd, 0, POST_EVENT_MAX - 1);
		struct posting_amounts m = { .net = random_between(&rnd, -100000, 10000000),
					     .tax = random_between(&rnd, -10000, 1000000),
					     .rounding = random_between(&rnd, -2, 2),
					     .applied = random_between(&rnd, 0, 1000000),
					     .unapplied = random_between(&rnd, 0, 1000),
					     .moved = random_between(&rnd, 0, 1000000),
					     .fee = random_between(&rnd, 0, 1000) };
		struct posting p;
		struct err err = { 0 };
		__int128 diff = 0, base = 0;

		m.payable = m.net + m.tax + m.rounding;
		/* What it gives back settles what is due; the rest is the customer's. */
		if (event == POST_CREDIT_FINALIZED)
			m.unapplied = m.payable - m.applied;
		assert_int_equal(posting_make(event, &m, &p, &err), 0);
		if (posting_convert(&p, (struct decimal){ random_between(&rnd, 1, 200000), 5 },
				    (int)random_between(&rnd, 0, 3),
				    (int)random_between(&rnd, 0, 3), &err) < 0)
			fail_msg("posting_convert: %s", err.detail);
		for (size_t i = 0; i < p.n; i++) {
			diff += p.lines[i].debit - p.lines[i].credit;
			base += p.lines[i].base_debit - p.lines[i].base_credit;
			assert_true(p.lines[i].debit >= 0 && p.lines[i].credit >= 0);
			assert_true(p.lines[i].base_debit >= 0 && p.lines[i].base_credit >= 0);
		}
		assert_true(diff == 0 && base == 0);
	}
}

static void
every_event_has_rules(void **state)
{
	(void)state;
	for (int e = 0; e < POST_EVENT_MAX; e++) {
		bool debit = false, credit = false;

		for (const struct posting_rule *r = posting_rules; r->document; r++) {
			if (r->event != (enum posting_event)e)
				continue;
			debit |= r->debit;
			credit |= !r->debit;
		}
		assert_true(debit && credit);
	}
}

/* T22: what was due goes off the receivable, what had been paid is the customer's. */
static void
a_credit_note_settles_and_gives(void **state)
{
	struct posting_amounts m = { .net = -5000,
				     .tax = -1050,
				     .rounding = -1,
				     .payable = -6051,
				     .applied = -2000,
				     .unapplied = -4051 };
	struct posting p;

	(void)state;
	assert_int_equal(posting_make(POST_CREDIT_FINALIZED, &m, &p, NULL), 0);
	assert_line(&p, "4000", 5000, 0);
	assert_line(&p, "2100", 1050, 0);
	assert_line(&p, "4900", 1, 0);
	assert_line(&p, "1100", 0, 2000);
	assert_line(&p, "2200", 0, 4051);
	m = (struct posting_amounts){ .applied = 700 };
	assert_int_equal(posting_make(POST_PAYMENT_RELEASED, &m, &p, NULL), 0);
	assert_line(&p, "1100", 700, 0);
	assert_line(&p, "2200", 0, 700);
}

static void
assert_base(const struct posting *p, const char *account, int64_t debit, int64_t credit)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->lines[i].account, account) == 0) {
			assert_int_equal(p->lines[i].base_debit, debit);
			assert_int_equal(p->lines[i].base_credit, credit);
			return;
		}
	}
	assert_true(debit == 0 && credit == 0);
}

/* T41: 1,000.00 at 1.10, paid at 1.15, gains 50.00; 400.00 of it at 1.05 loses 20.00. */
static void
what_is_gained_and_lost_by_exchange(void **state)
{
	static const struct {
		int64_t amount, coef, receivable, bank, gain, loss;
	} cases[] = {
		{ 100000, 115, 110000, 115000, 5000, 0 },
		{ 40000, 105, 44000, 42000, 0, 2000 },
		{ 40000, 110, 44000, 44000, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct posting_amounts m = { .applied = cases[i].amount, .method = PAY_BANK };
		struct posting_worth w = { .rate = { cases[i].coef, 2 },
					   .exponent = 2,
					   .base_exponent = 2,
					   .receivable = cases[i].receivable };
		struct posting p;

		assert_int_equal(posting_make(POST_PAYMENT_RECEIVED, &m, &p, NULL), 0);
		assert_int_equal(posting_settle(&p, &w, NULL), 0);
		assert_base(&p, "1010", cases[i].bank, 0);
		assert_base(&p, "1100", 0, cases[i].receivable);
		assert_base(&p, "4950", 0, cases[i].gain);
		assert_base(&p, "6200", cases[i].loss, 0);
		/* What goes back takes with it what it had gained. */
		w.receivable = -w.receivable;
		assert_int_equal(posting_make(POST_PAYMENT_RETURNED, &m, &p, NULL), 0);
		assert_int_equal(posting_settle(&p, &w, NULL), 0);
		assert_base(&p, "1100", cases[i].receivable, 0);
		assert_base(&p, "6200", cases[i].gain, 0);
		assert_base(&p, "4950", 0, cases[i].loss);
	}
}

/* A credit note of 60.51 at 1.10 that gives back what was paid at 1.15: its own lines come to what
 * they are told, by cents that the largest takes. */
static void
what_is_given_back_at_another_rate(void **state)
{
	struct posting_amounts m = {
		.net = -5000, .tax = -1050, .rounding = -1, .payable = -6051, .unapplied = -6051
	};
	struct posting_worth w = { .rate = { 110, 2 },
				   .exponent = 2,
				   .base_exponent = 2,
				   .credit = 6959,
				   .others_known = true,
				   .others = 6658 };
	struct posting p;

	(void)state;
	assert_int_equal(posting_make(POST_CREDIT_FINALIZED, &m, &p, NULL), 0);
	assert_int_equal(posting_settle(&p, &w, NULL), 0);
	assert_base(&p, "4000", 5502, 0);
	assert_base(&p, "2100", 1155, 0);
	assert_base(&p, "4900", 1, 0);
	assert_base(&p, "2200", 0, 6959);
	assert_base(&p, "6200", 301, 0);
	/* By its rate it is 66.56. */
	w.others_known = false;
	assert_int_equal(posting_make(POST_CREDIT_FINALIZED, &m, &p, NULL), 0);
	assert_int_equal(posting_settle(&p, &w, NULL), 0);
	assert_base(&p, "4000", 5500, 0);
	assert_base(&p, "6200", 303, 0);
}

/* A receivable is worth its amount at the rate, whatever rounding leaves over elsewhere. */
static void
rounding_spares_the_receivable(void **state)
{
	struct posting_amounts m = { .net = 333, .tax = 67, .payable = 400 };
	struct posting p;

	(void)state;
	assert_int_equal(posting_make(POST_INVOICE_FINALIZED, &m, &p, NULL), 0);
	/* 5.41, of which 4.50 and 0.91: 5 and 1 would be one too many. */
	assert_int_equal(posting_convert(&p, (struct decimal){ 13514, 6 }, 2, 2, NULL), 0);
	assert_base(&p, "1100", 5, 0);
	assert_base(&p, "4000", 0, 4);
	assert_base(&p, "2100", 0, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invoice_and_its_void),
		cmocka_unit_test(negative_measures_change_sides),
		cmocka_unit_test(over_payment_is_credit),
		cmocka_unit_test(a_refund_is_owed_until_it_is_out),
		cmocka_unit_test(what_a_bank_holds_comes_back_or_is_lost),
		cmocka_unit_test(what_is_exchanged_gains_or_loses_by_its_own_rate),
		cmocka_unit_test(a_document_of_zero_posts_nothing),
		cmocka_unit_test(amounts_that_differ_are_refused),
		cmocka_unit_test(balances_in_every_currency),
		cmocka_unit_test(a_credit_note_settles_and_gives),
		cmocka_unit_test(what_is_gained_and_lost_by_exchange),
		cmocka_unit_test(what_is_given_back_at_another_rate),
		cmocka_unit_test(rounding_spares_the_receivable),
		cmocka_unit_test(every_event_has_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
