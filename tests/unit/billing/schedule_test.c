/*
 * schedule_test.c - where phases end, and what becomes of their days when the anchor moves.
 */
#include "cases.h"

#include <billfold/billing/schedule.h>

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
ends(enum date_unit unit, const char *anchor, const char *start, int periods, const char *expected)
{
	struct cycle c = { unit, 1, day(anchor) };
	civil_day end;

	assert_int_equal(schedule_phase_end(&c, day(start), periods, &end, NULL), 0);
	assert_int_equal(end, day(expected));
}

/* K6: never from where the phase before it ended. */
static void
phases_end_at_boundaries_of_the_anchor(void **state)
{
	(void)state;
	ends(DATE_MONTH, "2026-01-31", "2026-01-31", 1, "2026-02-28");
	ends(DATE_MONTH, "2026-01-31", "2026-02-28", 1, "2026-03-31");
	ends(DATE_MONTH, "2026-01-31", "2026-01-31", 3, "2026-04-30");
	ends(DATE_MONTH, "2026-01-31", "2026-04-30", 9, "2027-01-31");
	ends(DATE_YEAR, "2028-02-29", "2028-02-29", 4, "2032-02-29");
	ends(DATE_WEEK, "2026-01-01", "2026-01-15", 2, "2026-01-29");
	/* The rest of a period is its first. */
	ends(DATE_MONTH, "2026-01-01", "2026-01-16", 1, "2026-02-01");
	ends(DATE_MONTH, "2026-01-01", "2026-01-16", 2, "2026-03-01");
}

static void
beyond_the_calendar_is_an_error(void **state)
{
	struct cycle c = { DATE_YEAR, 100, day("2026-01-01") };
	struct err err = { 0 };
	civil_day end;

	(void)state;
	assert_int_equal(schedule_phase_end(&c, c.anchor, 1000, &end, &err), -1);
	assert_int_equal(err.code, ERR_out_of_range);
	assert_int_equal(schedule_phase_end(&c, c.anchor, 0, &end, NULL), -1);
	assert_int_equal(schedule_phase_end(&c, c.anchor - 1, 1, &end, NULL), -1);
}

static struct sub_item
phase(enum recurring recurring, civil_day from, civil_day to)
{
	return (struct sub_item){ .lineage = "a",
				  .recurring = recurring,
				  .every = 1,
				  .quantity = decimal_int(1),
				  .from = from,
				  .to = to };
}

/* Counted from another anchor, by the calendar as before. */
static int
move(const struct subscription *s, civil_day anchor, struct sub_item *ret, struct err *err)
{
	struct subscription to = *s;

	to.anchor = anchor;
	return schedule_move(s, &to, "/trial_end", ret, arena, err);
}

/* Three months, a quarter that has its own periods, then for ever: the same from another day on. */
static void
phases_move_with_the_anchor(void **state)
{
	struct sub_item items[] = {
		phase(RECUR_MONTH, DAY_ALWAYS, day("2026-04-30")),
		phase(RECUR_QUARTER, day("2026-04-30"), day("2026-10-30")),
		phase(RECUR_QUARTER, day("2026-10-30"), DAY_NEVER),
	};
	struct subscription s = {
		.anchor = day("2026-01-31"), .end = DAY_NEVER, .items = items, .n_items = 3
	};
	struct sub_item is[3], back[3];

	(void)state;
	for (int i = 1; i < 3; i++) {
		items[i].has_anchor = true;
		items[i].anchor = day("2026-04-30");
	}
	memcpy(is, items, sizeof(is));
	assert_int_equal(move(&s, day("2026-02-05"), is, NULL), 0);
	assert_int_equal(is[0].from, DAY_ALWAYS);
	assert_int_equal(is[0].to, day("2026-05-05"));
	assert_int_equal(is[1].from, day("2026-05-05"));
	assert_int_equal(is[1].anchor, day("2026-05-05"));
	assert_int_equal(is[1].to, day("2026-11-05"));
	assert_int_equal(is[2].from, day("2026-11-05"));
	assert_int_equal(is[2].anchor, day("2026-05-05"));
	assert_int_equal(is[2].to, DAY_NEVER);
	memcpy(back, is, sizeof(back));
	s.items = is;
	s.anchor = day("2026-02-05");
	assert_int_equal(move(&s, day("2026-01-31"), back, NULL), 0);
	assert_int_equal(back[1].from, day("2026-04-30"));
	assert_int_equal(back[2].from, day("2026-10-30"));
}

/* What was said for a day stays on it, or is in the way. */
static void
a_day_that_was_said_stays(void **state)
{
	struct sub_item items[] = {
		phase(RECUR_MONTH, DAY_ALWAYS, day("2026-02-14")),
		phase(RECUR_MONTH, day("2026-02-14"), DAY_NEVER),
	};
	struct subscription s = {
		.anchor = day("2026-01-31"), .end = DAY_NEVER, .items = items, .n_items = 2
	};
	struct err err = { 0 };
	struct sub_item is[2];

	(void)state;
	memcpy(is, items, sizeof(is));
	assert_int_equal(move(&s, day("2026-02-05"), is, NULL), 0);
	assert_int_equal(is[0].to, day("2026-02-14"));
	assert_int_equal(is[1].from, day("2026-02-14"));
	assert_int_equal(move(&s, day("2026-02-14"), is, &err), -1);
	assert_int_equal(err.code, ERR_validation_failed);
}

/* Of one that is prepared: it begins on another day, and by the calendar; its first phase too. */
static void
the_calendar_is_another(void **state)
{
	struct sub_item items[] = {
		phase(RECUR_MONTH, day("2026-01-16"), day("2026-03-16")),
		phase(RECUR_MONTH, day("2026-03-16"), DAY_NEVER),
	};
	struct subscription s = {
		.anchor = day("2026-01-16"), .end = DAY_NEVER, .items = items, .n_items = 2
	};
	struct subscription to = s;
	struct sub_item is[2];

	(void)state;
	memcpy(is, items, sizeof(is));
	to.anchor = day("2026-04-10");
	to.calendar = true;
	assert_int_equal(schedule_move(&s, &to, "/start_date", is, arena, NULL), 0);
	assert_int_equal(is[0].from, day("2026-04-10"));
	/* The rest of April is its first period. */
	assert_int_equal(is[0].to, day("2026-06-01"));
	assert_int_equal(is[1].from, day("2026-06-01"));
}

/* There and back is where it was, whatever the interval; phases stay one after the other. */
static void
any_anchor_and_back(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 2000; round++) {
		civil_day anchor = (civil_day)random_between(&seed, day("2000-01-01"),
							     day("2100-01-01")),
			  start = anchor,
			  other = anchor + (civil_day)random_between(&seed, -40, 40);
		struct sub_item items[5], is[5], back[5];
		struct subscription s = {
			.anchor = anchor, .end = DAY_NEVER, .items = items, .n_items = 5
		};
		struct sub_item before = { 0 };
		struct cycle was, c;

		for (int i = 0; i < 5; i++) {
			struct sub_item x = phase((enum recurring)(next_random(&seed) % RECUR_MAX),
						  i ? start : DAY_ALWAYS, DAY_NEVER);

			x.has_anchor = before.has_anchor;
			x.anchor = before.anchor;
			assert_int_equal(sub_cycle(&s, &x, &c, NULL), 0);
			if (i && (assert_int_equal(sub_cycle(&s, &before, &was, NULL), 0),
				  !schedule_same_interval(&was, &c))) {
				x.has_anchor = true;
				x.anchor = start;
				assert_int_equal(sub_cycle(&s, &x, &c, NULL), 0);
			}
			assert_int_equal(schedule_phase_end(&c, start,
							    (int)random_between(&seed, 1, 7),
							    &start, NULL),
					 0);
			if (i < 4)
				x.to = start;
			items[i] = before = x;
		}
		memcpy(is, items, sizeof(is));
		assert_int_equal(move(&s, other, is, NULL), 0);
		for (int i = 1; i < 5; i++) {
			assert_int_equal(is[i].from, is[i - 1].to);
			assert_true(is[i].from > other);
			assert_true(!is[i].has_anchor || is[i].anchor <= is[i].from);
		}
		memcpy(back, is, sizeof(back));
		s.items = is;
		s.anchor = other;
		assert_int_equal(move(&s, anchor, back, NULL), 0);
		for (int i = 0; i < 5; i++) {
			assert_int_equal(back[i].from, items[i].from);
			assert_int_equal(back[i].to, items[i].to);
			assert_int_equal(back[i].anchor, items[i].anchor);
		}
		arena_reset(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_end_at_boundaries_of_the_anchor),
		cmocka_unit_test(beyond_the_calendar_is_an_error),
		cmocka_unit_test(phases_move_with_the_anchor),
		cmocka_unit_test(a_day_that_was_said_stays),
		cmocka_unit_test(the_calendar_is_another),
		cmocka_unit_test(any_anchor_and_back),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
