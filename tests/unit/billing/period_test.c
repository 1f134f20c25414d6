/*
 * period_test.c - periods from their anchor, in any zone, and the part of an amount that some of a
 * period's days cost.
 */
#include "cases.h"

#include <billfold/billing/period.h>

static void
starts(const char *anchor, enum date_unit unit, int count, const char *const *expected)
{
	struct cycle c = { unit, count, day(anchor) };

	for (int64_t k = 0; expected[k]; k++) {
		char text[DATE_TEXT];
		struct period p, found;
		int64_t at;

		assert_int_equal(cycle_period(&c, k, &p, NULL), 0);
		date_format(p.end, text);
		assert_string_equal(text, expected[k]);
		assert_int_equal(cycle_find(&c, p.start, &at, &found, NULL), 0);
		assert_int_equal(at, k);
		assert_int_equal(cycle_find(&c, p.end - 1, &at, &found, NULL), 0);
		assert_int_equal(at, k);
	}
}

static void
t1_boundaries_come_from_the_anchor(void **state)
{
	static const char *const month_end[] = { "2026-02-28", "2026-03-31", "2026-04-30",
						 "2026-05-31", "2026-06-30", NULL };
	static const char *const leap[] = { "2028-02-29", "2028-03-31", NULL };
	static const char *const quarter[] = { "2026-02-28", "2026-05-30", "2026-08-30",
					       "2026-11-30", NULL };
	static const char *const year[] = { "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29",
					    NULL };

	(void)state;
	starts("2026-01-31", DATE_MONTH, 1, month_end);
	starts("2028-01-31", DATE_MONTH, 1, leap);
	starts("2025-11-30", DATE_MONTH, 3, quarter);
	starts("2028-02-29", DATE_YEAR, 1, year);
}

static void
t14_a_month_of_a_zone_has_its_own_hours(void **state)
{
	static const struct {
		const char *zone, *start, *end, *from, *to;
		int hours;
	} cases[] = {
		{ "Europe/Paris", "2026-10-01", "2026-11-01", "2026-09-30T22:00:00Z",
		  "2026-10-31T23:00:00Z", 745 },
		{ "Europe/Paris", "2026-03-01", "2026-04-01", "2026-02-28T23:00:00Z",
		  "2026-03-31T22:00:00Z", 743 },
		{ "America/New_York", "2026-10-01", "2026-11-01", "2026-10-01T04:00:00Z",
		  "2026-11-01T04:00:00Z", 744 },
		{ "Pacific/Kiritimati", "2026-01-01", "2026-01-02", "2025-12-31T10:00:00Z",
		  "2026-01-01T10:00:00Z", 24 },
		{ "Pacific/Pago_Pago", "2026-01-01", "2026-01-02", "2026-01-01T11:00:00Z",
		  "2026-01-02T11:00:00Z", 24 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct period p = { day(cases[i].start), day(cases[i].end) };
		const struct zone *z = zone_find(cases[i].zone);
		char text[INSTANT_TEXT];
		int64_t from, to;

		assert_non_null(z);
		period_instants(p, z, &from, &to);
		instant_format(from, text);
		assert_string_equal(text, cases[i].from);
		instant_format(to, text);
		assert_string_equal(text, cases[i].to);
		assert_int_equal((to - from) / 3600000000, cases[i].hours);
	}
}

static int64_t
part(int64_t amount, const char *from, const char *to, const char *start, const char *end)
{
	struct period used = { day(from), day(to) }, whole = { day(start), day(end) };
	struct err err = { 0 };
	int64_t v;

	if (prorate(amount, used, whole, &v, &err) < 0)
		fail_msg("prorate: %s", err.detail);
	return v;
}

static void
t12_a_short_first_year(void **state)
{
	(void)state;
	assert_int_equal(part(118800, "2023-11-19", "2024-07-19", "2023-11-19", "2024-11-19"),
			 78875);
}

static void
t30_no_minor_units(void **state)
{
	(void)state;
	assert_int_equal(part(1000, "2026-04-24", "2026-05-01", "2026-04-01", "2026-05-01"), 233);
}

static void
a_part_is_never_below_nothing_or_above_the_whole(void **state)
{
	(void)state;
	assert_int_equal(part(9999, "2026-01-01", "2026-06-01", "2026-03-01", "2026-04-01"), 9999);
	assert_int_equal(part(9999, "2026-05-01", "2026-06-01", "2026-03-01", "2026-04-01"), 0);
	assert_int_equal(part(9999, "2026-03-20", "2026-03-10", "2026-03-01", "2026-04-01"), 0);
	assert_int_equal(part(-9999, "2026-03-01", "2026-03-16", "2026-03-01", "2026-03-31"),
			 -5000);
}

static void
t47_the_trials_end_is_the_anchor(void **state)
{
	struct cycle c = { DATE_MONTH, 1, day("2026-02-20") + 14 };
	struct period p;
	char text[DATE_TEXT];

	(void)state;
	assert_int_equal(cycle_period(&c, 0, &p, NULL), 0);
	date_format(p.start, text);
	assert_string_equal(text, "2026-03-06");
	date_format(p.end, text);
	assert_string_equal(text, "2026-04-06");
}

static void
calendar_periods_begin_where_the_calendar_does(void **state)
{
	static const struct {
		enum date_unit unit;
		int count;
		const char *day, *anchor;
	} cases[] = {
		{ DATE_WEEK, 1, "2026-11-29", "2026-11-23" },
		{ DATE_WEEK, 1, "2026-11-23", "2026-11-23" },
		{ DATE_WEEK, 1, "1969-12-31", "1969-12-29" },
		{ DATE_MONTH, 1, "2026-02-28", "2026-02-01" },
		{ DATE_MONTH, 3, "2026-06-30", "2026-04-01" },
		{ DATE_MONTH, 6, "2026-12-31", "2026-07-01" },
		{ DATE_MONTH, 5, "2026-06-30", "2026-06-01" },
		{ DATE_YEAR, 1, "2028-02-29", "2028-01-01" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[DATE_TEXT];

		date_format(cycle_calendar_anchor(cases[i].unit, cases[i].count, day(cases[i].day)),
			    text);
		assert_string_equal(text, cases[i].anchor);
	}
}

/* Anchors of a century: periods follow each other without gap or overlap, and the one that holds a
 * day is found. */
static void
periods_cover_every_day_once(void **state)
{
	static const enum date_unit units[] = { DATE_DAY, DATE_WEEK, DATE_MONTH, DATE_YEAR };
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct cycle c = { units[next_random(&seed) % 4], (int)random_between(&seed, 1, 12),
				   (civil_day)random_between(&seed, day("2000-01-01"),
							     day("2100-12-31")) };
		struct period p, next;
		civil_day d = c.anchor + (civil_day)random_between(&seed, 0, 3660);
		int64_t k;

		assert_int_equal(cycle_find(&c, d, &k, &p, NULL), 0);
		assert_true(period_holds(p, d));
		assert_int_equal(cycle_period(&c, k + 1, &next, NULL), 0);
		assert_int_equal(next.start, p.end);
		assert_true(!period_holds(next, d));
	}
}

/* The parts of a period, however it is cut, come to the whole but for the rounding of each. */
static void
parts_come_to_the_whole(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct period whole = { day("2026-01-01"),
					day("2026-01-01") +
					    (civil_day)random_between(&seed, 1, 366) };
		int64_t amount = random_between(&seed, -1000000, 1000000), a, b;
		civil_day cut = (civil_day)random_between(&seed, whole.start, whole.end);

		assert_int_equal(prorate(amount, (struct period){ whole.start, cut }, whole, &a,
					 NULL),
				 0);
		assert_int_equal(prorate(amount, (struct period){ cut, whole.end }, whole, &b,
					 NULL),
				 0);
		assert_true(a + b - amount <= 1 && a + b - amount >= -1);
		assert_int_equal(prorate(amount, whole, whole, &a, NULL), 0);
		assert_int_equal(a, amount);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_boundaries_come_from_the_anchor),
		cmocka_unit_test(t14_a_month_of_a_zone_has_its_own_hours),
		cmocka_unit_test(t12_a_short_first_year),
		cmocka_unit_test(t30_no_minor_units),
		cmocka_unit_test(a_part_is_never_below_nothing_or_above_the_whole),
		cmocka_unit_test(t47_the_trials_end_is_the_anchor),
		cmocka_unit_test(calendar_periods_begin_where_the_calendar_does),
		cmocka_unit_test(periods_cover_every_day_once),
		cmocka_unit_test(parts_come_to_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
