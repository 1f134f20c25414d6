/*
 * zone_test.c - days of a zone: daylight saving, the far ends of the world, years past the
 * tables, and files that are not sound.
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

static int64_t
instant(const char *text)
{
	int64_t us = 0;

	assert_true(instant_parse(str_from(text), &us));
	return us;
}

static const struct zone *
zone(const char *name)
{
	const struct zone *z = zone_find(name);

	assert_non_null(z);
	return z;
}

static void
starts(const char *name, const char *date, const char *expected)
{
	char text[INSTANT_TEXT];
	const struct zone *z = zone(name);
	int64_t at = zone_day_start(z, day(date));

	instant_format(at, text);
	assert_string_equal(text, expected);
	assert_true(zone_day(z, at) >= day(date));
	assert_true(zone_day(z, at - 1) < day(date));
}

static void
falls_on(const char *name, const char *at, const char *expected)
{
	char text[DATE_TEXT];

	date_format(zone_day(zone(name), instant(at)), text);
	assert_string_equal(text, expected);
}

/* T14: months of 745 and 743 hours, and usage at their edges. */
static void
t14_daylight_saving(void **state)
{
	const struct zone *paris = zone("Europe/Paris");

	(void)state;
	starts("Europe/Paris", "2026-10-01", "2026-09-30T22:00:00Z");
	starts("Europe/Paris", "2026-11-01", "2026-10-31T23:00:00Z");
	starts("Europe/Paris", "2026-03-01", "2026-02-28T23:00:00Z");
	starts("Europe/Paris", "2026-04-01", "2026-03-31T22:00:00Z");
	assert_int_equal((zone_day_start(paris, day("2026-11-01")) -
			  zone_day_start(paris, day("2026-10-01"))) /
			     INT64_C(3600000000),
			 745);
	assert_int_equal((zone_day_start(paris, day("2026-04-01")) -
			  zone_day_start(paris, day("2026-03-01"))) /
			     INT64_C(3600000000),
			 743);
	falls_on("Europe/Paris", "2026-10-31T22:59:59Z", "2026-10-31");
	falls_on("Europe/Paris", "2026-10-31T23:00:00Z", "2026-11-01");
	falls_on("America/New_York", "2026-11-01T03:59:59Z", "2026-10-31");
	falls_on("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01");
}

static void
the_far_ends_of_the_world(void **state)
{
	(void)state;
	falls_on("Pacific/Kiritimati", "2026-01-31T09:59:59Z", "2026-01-31");
	falls_on("Pacific/Kiritimati", "2026-01-31T10:00:00Z", "2026-02-01");
	falls_on("Pacific/Pago_Pago", "2026-02-01T10:59:59Z", "2026-01-31");
	falls_on("Pacific/Pago_Pago", "2026-02-01T11:00:00Z", "2026-02-01");
	starts("Pacific/Kiritimati", "2026-02-01", "2026-01-31T10:00:00Z");
	starts("Pacific/Pago_Pago", "2026-02-01", "2026-02-01T11:00:00Z");
	falls_on("UTC", "2026-01-31T23:59:59.999999Z", "2026-01-31");
	falls_on("Asia/Kathmandu", "2026-01-31T18:15:00Z", "2026-02-01");
}

static void
years_past_the_table_follow_the_rule(void **state)
{
	(void)state;
	starts("Europe/Paris", "2126-07-01", "2126-06-30T22:00:00Z");
	starts("Europe/Paris", "2126-12-01", "2126-11-30T23:00:00Z");
	starts("America/New_York", "2126-07-01", "2126-07-01T04:00:00Z");
	starts("Australia/Sydney", "2126-01-01", "2125-12-31T13:00:00Z");
	starts("Australia/Sydney", "2126-07-01", "2126-06-30T14:00:00Z");
	starts("Pacific/Chatham", "2126-07-01", "2126-06-30T11:15:00Z");
	starts("Africa/Abidjan", "2126-07-01", "2126-07-01T00:00:00Z");
	/* A rule whose standard time is the summer's, and which is an hour back in winter. */
	starts("Europe/Dublin", "2126-07-01", "2126-06-30T23:00:00Z");
	starts("Europe/Dublin", "2126-12-01", "2126-12-01T00:00:00Z");
}

static void
days_that_begin_late_or_not_at_all(void **state)
{
	(void)state;
	/* The clock went from 00:00 to 01:00. */
	starts("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z");
	starts("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z");
	/* Samoa left out 2011-12-30. */
	starts("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z");
	starts("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z");
	falls_on("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29");
	falls_on("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31");
	/* Before the first entry: local mean time. */
	starts("Europe/Paris", "1800-01-01", "1799-12-31T23:50:39Z");
}

static void
names_that_are_no_zone(void **state)
{
	static const char *const bad[] = { "",
					   "/etc/passwd",
					   "../../etc/passwd",
					   "Europe",
					   "europe/paris",
					   "Europe/Nowhere",
					   "right/Europe/Paris",
					   "posixrules",
					   "posix/Europe/Paris",
					   "tzdata.zi",
					   "zone.tab",
					   "Europe/Paris\n",
					   "leapseconds",
					   "localtime",
					   "Europe/./Paris",
					   "Europe//" };

	(void)state;
	assert_null(zone_find(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(zone_find(bad[i]));
	assert_ptr_equal(zone("Europe/Paris"), zone("Europe/Paris"));
	assert_non_null(zone_find("Etc/GMT+12"));
	assert_non_null(zone_find("America/Argentina/Buenos_Aires"));
	assert_non_null(zone_find("America/Port-au-Prince"));
}

static void
strikes(const char *name, const char *date, int hour, const char *expected)
{
	char text[INSTANT_TEXT];

	instant_format(zone_hour(zone(name), day(date), hour), text);
	assert_string_equal(text, expected);
}

static void
hours_are_what_the_clock_shows(void **state)
{
	(void)state;
	strikes("Europe/Vienna", "2027-01-15", 9, "2027-01-15T08:00:00Z");
	strikes("Europe/Vienna", "2027-07-15", 9, "2027-07-15T07:00:00Z");
	/* Nine is nine on the days of 23 and of 25 hours too. */
	strikes("Europe/Vienna", "2027-03-28", 9, "2027-03-28T07:00:00Z");
	strikes("Europe/Vienna", "2027-10-31", 9, "2027-10-31T08:00:00Z");
	/* Two is skipped in March and shown twice in October. */
	strikes("Europe/Vienna", "2027-03-28", 2, "2027-03-28T01:00:00Z");
	strikes("Europe/Vienna", "2027-10-31", 2, "2027-10-31T00:00:00Z");
	strikes("America/New_York", "2028-02-29", 23, "2028-03-01T04:00:00Z");
	strikes("Pacific/Kiritimati", "2027-01-01", 9, "2026-12-31T19:00:00Z");
	strikes("Pacific/Pago_Pago", "2027-01-01", 9, "2027-01-01T20:00:00Z");
	strikes("Asia/Kathmandu", "2050-06-30", 9, "2050-06-30T03:15:00Z");
}

/* Bytes changed or cut off at random: a zone or none, never a fault. */
static void
broken_files_do_no_harm(void **state)
{
	static char buf[16384], copy[16384];
	uint64_t seed = prng_seed("zone_read");
	struct arena *a = arena_new(0);
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Paris", "r");
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	assert_non_null(zone_read(a, (struct str){ buf, len }));
	for (size_t cut = 0; cut < len; cut++) {
		assert_null(zone_read(a, (struct str){ buf, cut }));
		arena_reset(a);
	}
	for (int i = 0; i < 20000; i++) {
		const struct zone *z;

		memcpy(copy, buf, len);
		for (int64_t n = prng_between(&seed, 1, 4); n > 0; n--)
			copy[prng_between(&seed, 0, (int64_t)len - 1)] = (char)prng_next(&seed);
		z = zone_read(a, (struct str){ copy, len });
		if (z) {
			civil_day d = (civil_day)prng_between(&seed, -700000, 2900000);

			assert_true(zone_day(z, zone_day_start(z, d)) >= d);
		}
		arena_reset(a);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t14_daylight_saving),
		cmocka_unit_test(the_far_ends_of_the_world),
		cmocka_unit_test(years_past_the_table_follow_the_rule),
		cmocka_unit_test(days_that_begin_late_or_not_at_all),
		cmocka_unit_test(hours_are_what_the_clock_shows),
		cmocka_unit_test(names_that_are_no_zone),
		cmocka_unit_test(broken_files_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
