/*
 * date_test.c - the calendar, boundaries of periods, instants.
 */
#include "prng.h"

#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>

static civil_day
day(const char *text)
{
	civil_day d = 0;

	assert_true(date_parse(str_from(text), &d));
	return d;
}

static void
boundary_is(const char *anchor, enum date_unit unit, int n, int k, const char *expected)
{
	char text[DATE_TEXT];

	date_format(date_boundary(day(anchor), unit, n, k), text);
	assert_string_equal(text, expected);
}

static void
every_day_is_its_civil_date(void **state)
{
	struct civil last = { 0 };

	(void)state;
	assert_int_equal(day("1970-01-01"), 0);
	assert_int_equal(day("2000-03-01"), 11017);
	assert_int_equal(day("0001-01-01"), -719162);
	assert_int_equal(day("9999-12-31"), 2932896);
	for (civil_day d = day("0001-01-01"); d <= day("9999-12-31"); d++) {
		struct civil c = date_to_civil(d);

		assert_int_equal(date_from_civil(c), d);
		assert_true(c.year > last.year || (c.year == last.year && c.month > last.month) ||
			    (c.year == last.year && c.month == last.month && c.day > last.day));
		last = c;
	}
}

static void
only_days_that_exist_are_read(void **state)
{
	static const char *const bad[] = {
		"",           "2026-02-29", "2100-02-29",  "2026-13-01", "2026-00-10",
		"2026-04-31", "0000-01-01", "2026-1-1",    "2026-01-32", "2026-01-00",
		"20260101",   "2026/01/01", "2026-01-01T", "-026-01-01", "+026-01-01",
		"2026-01- 1"
	};
	civil_day d;

	(void)state;
	assert_true(date_parse(STR("2028-02-29"), &d));
	assert_true(date_parse(STR("2000-02-29"), &d));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(date_parse(str_from(bad[i]), &d));
}

/* T1: the day is clamped to the month's end, always from the anchor. */
static void
t1_month_end_anchor(void **state)
{
	(void)state;
	boundary_is("2026-01-31", DATE_MONTH, 1, 1, "2026-02-28");
	boundary_is("2026-01-31", DATE_MONTH, 1, 2, "2026-03-31");
	boundary_is("2026-01-31", DATE_MONTH, 1, 3, "2026-04-30");
	boundary_is("2026-01-31", DATE_MONTH, 1, 4, "2026-05-31");
	boundary_is("2026-01-31", DATE_MONTH, 1, 5, "2026-06-30");
	boundary_is("2028-01-31", DATE_MONTH, 1, 1, "2028-02-29");
	boundary_is("2028-01-31", DATE_MONTH, 1, 2, "2028-03-31");
	boundary_is("2025-11-30", DATE_MONTH, 3, 1, "2026-02-28");
	boundary_is("2025-11-30", DATE_MONTH, 3, 2, "2026-05-30");
	boundary_is("2025-11-30", DATE_MONTH, 3, 3, "2026-08-30");
	boundary_is("2025-11-30", DATE_MONTH, 3, 4, "2026-11-30");
	boundary_is("2028-02-29", DATE_YEAR, 1, 1, "2029-02-28");
	boundary_is("2028-02-29", DATE_YEAR, 1, 2, "2030-02-28");
	boundary_is("2028-02-29", DATE_YEAR, 1, 3, "2031-02-28");
	boundary_is("2028-02-29", DATE_YEAR, 1, 4, "2032-02-29");
}

static void
boundaries_of_other_units_and_backwards(void **state)
{
	(void)state;
	boundary_is("2026-01-31", DATE_DAY, 1, 0, "2026-01-31");
	boundary_is("2026-01-31", DATE_DAY, 10, 3, "2026-03-02");
	boundary_is("2026-01-31", DATE_WEEK, 2, 1, "2026-02-14");
	boundary_is("2026-03-31", DATE_MONTH, 1, -1, "2026-02-28");
	boundary_is("2026-01-15", DATE_MONTH, 1, -1, "2025-12-15");
	boundary_is("2026-01-15", DATE_YEAR, -1, 3, "2023-01-15");
	boundary_is("2026-01-15", DATE_YEAR, INT32_MAX, INT32_MAX, "9999-12-31");
	boundary_is("2026-01-15", DATE_DAY, INT32_MIN, INT32_MAX, "0001-01-01");
	boundary_is("9999-12-15", DATE_MONTH, 1, 1, "9999-12-31");
	boundary_is("0001-01-15", DATE_MONTH, 1, -1, "0001-01-01");
}

/* Boundaries go forward, at most one month apart, and keep the anchor's day where it exists. */
static void
boundaries_never_drift(void **state)
{
	uint64_t seed = prng_seed("date_boundary");

	(void)state;
	for (int i = 0; i < 20000; i++) {
		civil_day anchor = (civil_day)prng_between(&seed, 0, 40000);
		int k = (int)prng_between(&seed, 0, 600);
		civil_day here = date_boundary(anchor, DATE_MONTH, 1, k);
		civil_day next = date_boundary(anchor, DATE_MONTH, 1, k + 1);
		struct civil a = date_to_civil(anchor), c = date_to_civil(here);

		assert_true(next - here >= 28 && next - here <= 31);
		assert_true(c.day == a.day || (c.day < a.day && date_to_civil(here + 1).day == 1));
		assert_int_equal(here, date_boundary(anchor, DATE_MONTH, k, 1));
	}
}

static void
instants_are_read_with_any_offset(void **state)
{
	static const struct {
		const char *text, *utc;
	} good[] = { { "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z" },
		     { "2026-01-02t03:04:05z", "2026-01-02T03:04:05Z" },
		     { "2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500000Z" },
		     { "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z" },
		     { "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z" },
		     { "2026-01-01T23:30:00-01:30", "2026-01-02T01:00:00Z" },
		     { "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		     { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		     { "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" } };
	static const char *const bad[] = { "",
					   "2026-01-02",
					   "2026-01-02T03:04:05",
					   "2026-01-02 03:04:05Z",
					   "2026-01-02T24:00:00Z",
					   "2026-01-02T23:60:00Z",
					   "2026-12-31T23:59:60Z",
					   "2026-01-02T03:04Z",
					   "2026-01-02T03:04:05.Z",
					   "2026-01-02T03:04:05+0200",
					   "2026-01-02T03:04:05+24:00",
					   "2026-01-02T03:04:05+02:00 ",
					   "2026-02-30T03:04:05Z",
					   "2026-01-02T03:04:05.5",
					   "2026-01-02T03:04:05Zx" };
	char text[INSTANT_TEXT];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(instant_parse(str_from(good[i].text), &us));
		instant_format(us, text);
		assert_string_equal(text, good[i].utc);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(instant_parse(str_from(bad[i]), &us));
	assert_true(instant_now() > INT64_C(1700000000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_its_civil_date),
		cmocka_unit_test(only_days_that_exist_are_read),
		cmocka_unit_test(t1_month_end_anchor),
		cmocka_unit_test(boundaries_of_other_units_and_backwards),
		cmocka_unit_test(boundaries_never_drift),
		cmocka_unit_test(instants_are_read_with_any_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
