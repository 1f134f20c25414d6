/*
 * subscribe_test.c - which days a subscription is billed on, and what for: the worked cases, parts
 * of periods, mixed intervals, and that every day of a service is billed once.
 */
#include "cases.h"

#include <billfold/billing/subscription.h>

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

static struct sub_item
charge(enum recurring recurring, const char *quantity, const char *price)
{
	return (struct sub_item){ .recurring = recurring,
				  .every = 1,
				  .quantity = dec(quantity),
				  .price = { .model = PRICE_PER_UNIT, .unit_price = dec(price) },
				  .from = DAY_ALWAYS,
				  .to = DAY_NEVER };
}

static struct subscription
from(const char *anchor, const struct sub_item *items, size_t n)
{
	return (struct subscription){
		.anchor = day(anchor), .end = DAY_NEVER, .items = items, .n_items = n
	};
}

static civil_day
next_bill(const struct subscription *s, civil_day on)
{
	struct err err = { 0 };
	civil_day next;

	if (sub_next_bill(s, on, &next, &err) < 0)
		fail_msg("next bill: %s", err.detail);
	return next;
}

static size_t
bill(const struct subscription *s, civil_day on, int exponent, struct sub_line **ret)
{
	struct err err = { 0 };
	size_t n;

	if (sub_bill(s, on, exponent, arena, ret, &n, &err) < 0)
		fail_msg("bill: %s", err.detail);
	return n;
}

static void
is_day(civil_day d, const char *expected)
{
	char text[DATE_TEXT] = "never";

	if (d != DAY_NEVER)
		date_format(d, text);
	assert_string_equal(text, expected);
}

static void
is_period(struct period p, const char *start, const char *end)
{
	is_day(p.start, start);
	is_day(p.end, end);
}

/* The bill dates from `first` on are these. */
static void
dates(const struct subscription *s, const char *first, const char *const *expected)
{
	civil_day on = day(first);

	for (size_t k = 0; expected[k]; k++) {
		civil_day next = next_bill(s, on);

		is_day(next, expected[k]);
		assert_true(next == DAY_NEVER || next_bill(s, next) == next);
		on = next == DAY_NEVER ? next : next + 1;
	}
}

/* The one line of a bill date. */
static struct sub_line
the_line(const struct subscription *s, const char *on, int exponent)
{
	struct sub_line *lines;

	assert_int_equal(bill(s, day(on), exponent, &lines), 1);
	return lines[0];
}

static void
t1_bill_dates_come_from_the_anchor(void **state)
{
	static const char *const month_end[] = { "2026-01-31", "2026-02-28", "2026-03-31",
						 "2026-04-30", "2026-05-31", "2026-06-30",
						 NULL };
	static const char *const leap[] = { "2028-01-31", "2028-02-29", "2028-03-31", NULL };
	static const char *const quarter[] = { "2026-02-28", "2026-05-30", "2026-08-30",
					       "2026-11-30", NULL };
	static const char *const year[] = { "2028-02-29", "2029-02-28", "2030-02-28",
					    "2031-02-28", "2032-02-29", NULL };
	struct sub_item monthly = charge(RECUR_MONTH, "1", "10"),
			quarterly = charge(RECUR_QUARTER, "1", "10"),
			yearly = charge(RECUR_YEAR, "1", "10");
	struct subscription s = from("2026-01-31", &monthly, 1);

	(void)state;
	dates(&s, "2025-01-01", month_end);
	s.anchor = day("2028-01-31");
	dates(&s, "2028-01-31", leap);
	s = from("2025-11-30", &quarterly, 1);
	dates(&s, "2025-12-01", quarter);
	s = from("2028-02-29", &yearly, 1);
	dates(&s, "2028-02-29", year);
}

static void
t12_a_short_first_year(void **state)
{
	struct sub_item yearly = charge(RECUR_YEAR, "1", "1188.00");
	struct subscription s = from("2023-11-19", &yearly, 1);
	struct sub_line l;

	(void)state;
	s.end = day("2024-07-18") + 1;
	l = the_line(&s, "2023-11-19", 2);
	assert_int_equal(l.amount, 78875);
	assert_int_equal(decimal_cmp(l.quantity, dec("243")), 0);
	assert_int_equal(decimal_cmp(l.base_quantity, dec("366")), 0);
	is_period(l.days, "2023-11-19", "2024-07-19");
	is_period(l.whole, "2023-11-19", "2024-11-19");
	is_day(next_bill(&s, day("2023-11-20")), "never");
}

/* October and March are 31 days in Paris, whatever their hours. */
static void
t14_days_are_civil_days(void **state)
{
	struct sub_item monthly = charge(RECUR_MONTH, "1", "31.00");
	struct subscription s = from("2026-03-01", &monthly, 1);

	(void)state;
	s.end = day("2026-03-30");
	assert_int_equal(the_line(&s, "2026-03-01", 2).amount, 2900);
	s.anchor = day("2026-10-01");
	s.end = day("2026-10-26");
	assert_int_equal(the_line(&s, "2026-10-01", 2).amount, 2500);
}

static void
t30_no_minor_units_and_three(void **state)
{
	struct sub_item monthly = charge(RECUR_MONTH, "1", "1000");
	struct subscription s = from("2026-04-01", &monthly, 1);

	(void)state;
	monthly.from = day("2026-04-24");
	assert_int_equal(the_line(&s, "2026-04-01", 0).amount, 233);
	monthly = charge(RECUR_MONTH, "3", "1.255");
	assert_int_equal(the_line(&s, "2026-04-01", 3).amount, 3765);
}

static void
t47_the_first_charge_is_at_the_trials_end(void **state)
{
	static const char *const after[] = { "2026-03-06", "2026-04-06", "2026-05-06", NULL };
	struct sub_item monthly = charge(RECUR_MONTH, "1", "10");
	struct subscription s = from("2026-02-20", &monthly, 1);

	(void)state;
	s.anchor += 14;
	dates(&s, "2026-02-20", after);
	s.end = day("2026-03-05") + 1; /* cancelled on the trial's last day */
	is_day(next_bill(&s, day("2026-02-20")), "never");
}

static void
the_calendars_first_period_is_a_part(void **state)
{
	static const char *const months[] = { "2026-02-10", "2026-03-01", "2026-04-01", NULL };
	static const char *const weeks[] = { "2026-11-25", "2026-11-30", "2026-12-07", NULL };
	static const char *const quarters[] = { "2026-02-10", "2026-04-01", "2026-07-01", NULL };
	struct sub_item item = charge(RECUR_MONTH, "1", "28.00");
	struct subscription s = from("2026-02-10", &item, 1);
	struct sub_line l;

	(void)state;
	s.calendar = true;
	dates(&s, "2026-01-01", months);
	l = the_line(&s, "2026-02-10", 2);
	assert_int_equal(l.amount, 1900);
	is_period(l.days, "2026-02-10", "2026-03-01");
	is_period(l.whole, "2026-02-01", "2026-03-01");
	l = the_line(&s, "2026-03-01", 2);
	assert_int_equal(l.amount, 2800);
	assert_int_equal(decimal_cmp(l.base_quantity, dec("1")), 0);
	item.recurring = RECUR_QUARTER;
	dates(&s, "2026-02-10", quarters);
	item.recurring = RECUR_WEEK;
	s.anchor = day("2026-11-25");
	dates(&s, "2026-11-01", weeks);
	assert_int_equal(the_line(&s, "2026-11-25", 2).amount, 2000);
}

static void
an_end_within_a_period_is_a_part(void **state)
{
	struct sub_item monthly = charge(RECUR_MONTH, "2", "10.00");
	struct subscription s = from("2026-01-15", &monthly, 1);
	struct period p;

	(void)state;
	s.end = day("2026-03-01");
	assert_int_equal(the_line(&s, "2026-01-15", 2).amount, 2000);
	assert_int_equal(the_line(&s, "2026-02-15", 2).amount, 1000); /* 14 of 28 days */
	is_day(next_bill(&s, day("2026-02-16")), "never");
	assert_int_equal(sub_bill_period(&s, day("2026-01-15"), &p, NULL), 0);
	is_period(p, "2026-01-15", "2026-02-15");
	assert_int_equal(sub_bill_period(&s, day("2026-02-15"), &p, NULL), 0);
	is_period(p, "2026-02-15", "2026-03-01");
}

/* One that begins within a period that is billed ahead is on its bill; one whose period was billed
 * before comes with the next. */
static void
an_item_begins_later(void **state)
{
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "60.00") };
	struct subscription s = from("2026-04-01", items, 2);
	struct sub_line *lines;

	(void)state;
	items[1].from = day("2026-06-16");
	assert_int_equal(bill(&s, day("2026-05-01"), 2, &lines), 1);
	assert_int_equal(bill(&s, day("2026-06-01"), 2, &lines), 2);
	assert_int_equal(lines[1].item, 1);
	assert_int_equal(lines[1].amount, 3000);
	is_period(lines[1].days, "2026-06-16", "2026-07-01");
	s.items = items + 1;
	s.n_items = 1;
	is_day(next_bill(&s, day("2026-04-01")), "2026-06-01");
	is_day(next_bill(&s, day("2026-06-02")), "2026-07-01");
	is_day(next_bill(&s, day("2026-06-20")), "2026-07-01");
}

static void
an_ended_item_and_its_successor_share_a_period(void **state)
{
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "60.00") };
	struct subscription s = from("2026-04-01", items, 2);
	struct sub_line *lines;

	(void)state;
	items[0].to = items[1].from = day("2026-04-16");
	assert_int_equal(bill(&s, day("2026-04-01"), 2, &lines), 2);
	assert_int_equal(lines[0].amount, 1500);
	assert_int_equal(lines[1].amount, 3000);
	items[0].to = items[0].from = day("2026-04-16"); /* no day at all */
	assert_int_equal(bill(&s, day("2026-04-01"), 2, &lines), 1);
}

static void
intervals_are_mixed(void **state)
{
	static const char *const expected[] = { "2026-01-31", "2026-02-28", "2026-03-31",
						"2026-04-30", "2026-05-31", NULL };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "10.00"),
				    charge(RECUR_QUARTER, "1", "25.00"),
				    charge(RECUR_YEAR, "1", "99.00") };
	struct subscription s = from("2026-01-31", items, 3);
	struct sub_line *lines;
	struct period p;

	(void)state;
	dates(&s, "2026-01-31", expected);
	assert_int_equal(bill(&s, day("2026-01-31"), 2, &lines), 3);
	is_period(lines[0].days, "2026-01-31", "2026-02-28");
	is_period(lines[1].days, "2026-01-31", "2026-04-30");
	is_period(lines[2].days, "2026-01-31", "2027-01-31");
	assert_int_equal(bill(&s, day("2026-02-28"), 2, &lines), 1);
	assert_int_equal(bill(&s, day("2026-04-30"), 2, &lines), 2);
	assert_int_equal(bill(&s, day("2027-01-31"), 2, &lines), 3);
	assert_int_equal(bill(&s, day("2027-01-30"), 2, &lines), 0);
	assert_int_equal(sub_bill_period(&s, day("2026-01-31"), &p, NULL), 0);
	is_period(p, "2026-01-31", "2026-02-28");
	items[0].to = day("2026-02-10"); /* the document of the last month lasts to the quarter */
	assert_int_equal(sub_bill_period(&s, day("2026-02-28"), &p, NULL), 0);
	is_period(p, "2026-02-28", "2026-04-30");
}

static void
every_so_many(void **state)
{
	static const char *const expected[] = { "2026-01-05", "2026-01-19", "2026-02-02", NULL };
	struct sub_item item = charge(RECUR_WEEK, "1", "10.00");
	struct subscription s = from("2026-01-05", &item, 1);
	struct err err = { 0 };
	civil_day next;

	(void)state;
	item.every = 2;
	dates(&s, "2026-01-05", expected);
	item.every = 0;
	assert_int_equal(sub_next_bill(&s, 0, &next, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

/* A tiered price is a line a tier, each for the days that there are. */
static void
tiers_of_a_part(void **state)
{
	struct price_tier tiers[] = { { .up_to = dec("100"), .unit_price = dec("1.00") },
				      { .up_to = dec("500"), .unit_price = dec("0.80") },
				      { .open = true, .unit_price = dec("0.50") } };
	struct sub_item item = charge(RECUR_MONTH, "600", "0");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_line *lines;

	(void)state;
	item.price = (struct price){ .model = PRICE_GRADUATED, .tiers = tiers, .n_tiers = 3 };
	assert_int_equal(bill(&s, day("2026-04-01"), 2, &lines), 3);
	assert_int_equal(lines[0].amount + lines[1].amount + lines[2].amount, 47000);
	item.to = day("2026-04-11");
	assert_int_equal(bill(&s, day("2026-04-01"), 2, &lines), 3);
	assert_int_equal(lines[0].amount, 3333);
	assert_int_equal(lines[1].amount, 10667);
	assert_int_equal(lines[2].amount, 1667);
	assert_int_equal(lines[2].tier, 2);
	item.price.minimum = dec("500");
	item.to = DAY_NEVER;
	assert_int_equal(bill(&s, day("2026-04-01"), 2, &lines), 4);
	assert_int_equal(lines[3].kind, RATE_MINIMUM);
	assert_int_equal(lines[3].amount, 3000);
}

static void
beyond_the_range_is_an_error(void **state)
{
	struct sub_item item = charge(RECUR_MONTH, "9000000000000000000", "0");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_line *lines;
	struct err err = { 0 };
	size_t n;

	(void)state;
	item.to = day("2026-04-11");
	assert_int_equal(sub_bill(&s, day("2026-04-01"), 2, arena, &lines, &n, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
	item = charge(RECUR_MONTH, "9000000000000", "100000");
	assert_int_equal(sub_bill(&s, day("2026-04-01"), 2, arena, &lines, &n, &err), -1);
	item = charge(RECUR_MONTH, "-1", "10");
	assert_int_equal(sub_bill(&s, day("2026-04-01"), 2, arena, &lines, &n, &err), -1);
	item = charge(RECUR_YEAR, "1", "10");
	s.anchor = day("9999-12-31");
	err_clear(&err);
	assert_int_equal(sub_bill(&s, s.anchor, 2, arena, &lines, &n, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

static struct sub_item
random_item(uint64_t *seed, civil_day anchor)
{
	struct sub_item i = charge((enum recurring)(next_random(seed) % RECUR_MAX), "1", "10.00");

	i.every = (int)random_between(seed, 1, 4);
	if (next_random(seed) % 2)
		i.from = anchor + (civil_day)random_between(seed, -40, 800);
	if (next_random(seed) % 2)
		i.to = anchor + (civil_day)random_between(seed, -40, 1600);
	return i;
}

/*
 * Anchors of a century: each day of an item's service lies in the lines of one bill date, and the
 * bill dates are found from whatever day they are looked for.
 */
static void
every_day_of_a_service_is_billed_once(void **state)
{
	enum { DAYS = 3000 };
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 300; round++) {
		civil_day anchor =
		    (civil_day)random_between(&seed, day("2000-01-01"), day("2100-12-31"));
		struct sub_item items[3];
		struct subscription s = { .anchor = anchor,
					  .calendar = next_random(&seed) % 2,
					  .end = next_random(&seed) % 2
						     ? DAY_NEVER
						     : anchor + (civil_day)random_between(&seed, 1,
											  1500),
					  .items = items,
					  .n_items = (size_t)random_between(&seed, 1, 3) };
		unsigned char billed[3][DAYS] = { 0 };
		civil_day on;

		arena_reset(arena);
		for (size_t i = 0; i < s.n_items; i++)
			items[i] = random_item(&seed, anchor);
		on = next_bill(&s, DAY_ALWAYS);
		assert_true(on >= anchor);
		for (; on < anchor + 1200; on = next_bill(&s, on + 1)) {
			struct sub_line *lines;
			size_t n = bill(&s, on, 2, &lines);

			assert_true(n > 0);
			assert_true(next_bill(&s, on - 1) >= on - 1);
			for (size_t k = 0; k < n; k++) {
				assert_true(lines[k].days.start >= on);
				for (civil_day d = lines[k].days.start;
				     d < lines[k].days.end && d < anchor + DAYS; d++)
					billed[lines[k].item][d - anchor]++;
			}
		}
		for (size_t i = 0; i < s.n_items; i++) {
			/* An item that begins within a period is on that period's bill. */
			for (civil_day d = anchor; d < anchor + 1200; d++) {
				bool served = period_holds(sub_service(&s, &items[i]), d);

				if (billed[i][d - anchor] != served)
					fail_msg("round %d, item %zu, day %d: billed %d times",
						 round, i, d - anchor, billed[i][d - anchor]);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_bill_dates_come_from_the_anchor),
		cmocka_unit_test(t12_a_short_first_year),
		cmocka_unit_test(t14_days_are_civil_days),
		cmocka_unit_test(t30_no_minor_units_and_three),
		cmocka_unit_test(t47_the_first_charge_is_at_the_trials_end),
		cmocka_unit_test(the_calendars_first_period_is_a_part),
		cmocka_unit_test(an_end_within_a_period_is_a_part),
		cmocka_unit_test(an_item_begins_later),
		cmocka_unit_test(an_ended_item_and_its_successor_share_a_period),
		cmocka_unit_test(intervals_are_mixed),
		cmocka_unit_test(every_so_many),
		cmocka_unit_test(tiers_of_a_part),
		cmocka_unit_test(beyond_the_range_is_an_error),
		cmocka_unit_test(every_day_of_a_service_is_billed_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
