/*
 * dunning_test.c - when to try again, to remind, to stop: days and hours across summer time and
 * leap years, what is late, disputed or too much, and random policies walked through in random
 * zones.
 */
#include "base/prng.h"

#include <billfold/collect.h>

#include <setjmp.h>
#include <cmocka.h>

#define HOUR (INT64_C(3600) * 1000000)
#define DAY  (24 * HOUR)

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

static const char *
text_of(int64_t at)
{
	static char text[4][INSTANT_TEXT];
	static int n;

	n = (n + 1) % 4;
	instant_format(at, text[n]);
	return text[n];
}

static const int four[] = { 1, 3, 5, 7 };
static const int around[] = { -3, 0, 7, 14 };
static const struct dunning_policy standard = {
	.retry_days = four,
	.n_retries = 4,
	.reminder_days = around,
	.n_reminders = 4,
	.hand_over_day = 21,
};

/* ---- tries ---- */

static void
t33_tries_follow_the_first_decline(void **state)
{
	static const char *const days[] = { "2027-03-01", "2027-03-02", "2027-03-04", "2027-03-06",
					    "2027-03-08" };
	struct dunning_decline d = { .plan_from = day("2027-03-01"),
				     .may_charge = true,
				     .worth = true };
	civil_day next;

	(void)state;
	for (size_t i = 0; i + 1 < 5; i++) {
		d.today = day(days[i]);
		assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_RETRY);
		assert_int_equal(next, day(days[i + 1]));
	}
	d.today = day(days[4]);
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_HAND_OVER);
}

static void
what_a_decline_leads_to(void **state)
{
	const struct dunning_decline first = { .plan_from = day("2028-02-28"),
					       .today = day("2028-02-28"),
					       .may_charge = true,
					       .worth = true };
	const struct dunning_policy no_tries = { .hand_over_day = DUNNING_NEVER };
	struct dunning_decline d = first;
	civil_day next = 0;

	(void)state;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_RETRY);
	assert_int_equal(next, day("2028-02-29"));
	/* A final decline: none until the method changes; on the last day a person takes over. */
	d.hard = true;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_WAIT);
	d.today = d.plan_from + 7;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_HAND_OVER);
	/* Who never agreed is not charged by itself, and has nothing to use up. */
	d = first;
	d.may_charge = false;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_WAIT);
	d.today += 100;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_WAIT);
	/* Too little for a campaign, and a policy without tries. */
	d = first;
	d.worth = false;
	assert_int_equal(dunning_decide(&standard, &d, &next), DUNNING_HAND_OVER);
	assert_int_equal(dunning_decide(&no_tries, &first, &next), DUNNING_HAND_OVER);
}

/* Every decline on its day, whatever the policy: as many tries as it names, ascending, then a
 * person. */
static void
random_plans_end(void **state)
{
	uint64_t seed = prng_seed("random_plans_end");

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int days[DUNNING_DAYS_MAX];
		size_t n = (size_t)prng_between(&seed, 0, DUNNING_DAYS_MAX), made = 0;
		struct dunning_policy p = { .retry_days = days, .n_retries = n };
		struct dunning_decline d = { .may_charge = true, .worth = true };
		enum dunning_outcome o;
		civil_day next = 0;
		int last = 0;

		for (size_t i = 0; i < n; i++)
			last = days[i] = last + (int)prng_between(&seed, 1, 18);
		d.plan_from = d.today = (civil_day)prng_between(&seed, 0, 60000);
		while ((o = dunning_decide(&p, &d, &next)) == DUNNING_RETRY) {
			assert_true(next > d.today);
			assert_true(next <= d.plan_from + last);
			/* Now and then the worker is late, and days are passed over. */
			d.today =
			    next +
			    (civil_day)(prng_next(&seed) % 8 == 0 ? prng_between(&seed, 0, 30) : 0);
			made++;
		}
		assert_int_equal(o, DUNNING_HAND_OVER);
		assert_true(made <= n);
	}
}

/* ---- reminders ---- */

static void
steps_of(const char *zone, const char *due, const char *after, const char *const *expected)
{
	const struct zone *z = zone_find(zone);
	int64_t at = instant(after);
	struct dunning_step s;
	size_t i = 0;

	assert_non_null(z);
	while (dunning_next_step(&standard, z, day(due), at, &s)) {
		assert_non_null(expected[i]);
		assert_string_equal(text_of(s.at), expected[i]);
		assert_int_equal(s.hand_over, s.day == 21);
		at = s.at;
		i++;
	}
	assert_null(expected[i]);
}

static void
reminders_strike_at_nine_by_the_payers_clock(void **state)
{
	(void)state;
	/* Summer time begins on 2027-03-28. */
	steps_of("Europe/Vienna", "2027-03-28", "2027-01-01T00:00:00Z",
		 (const char *const[]){ "2027-03-25T08:00:00Z", "2027-03-28T07:00:00Z",
					"2027-04-04T07:00:00Z", "2027-04-11T07:00:00Z",
					"2027-04-18T07:00:00Z", NULL });
	/* It ends on 2027-11-07 in New York, and 2028 is a leap year. */
	steps_of("America/New_York", "2027-11-07", "2027-01-01T00:00:00Z",
		 (const char *const[]){ "2027-11-04T13:00:00Z", "2027-11-07T14:00:00Z",
					"2027-11-14T14:00:00Z", "2027-11-21T14:00:00Z",
					"2027-11-28T14:00:00Z", NULL });
	steps_of("UTC", "2028-02-22", "2028-01-01T00:00:00Z",
		 (const char *const[]){ "2028-02-19T09:00:00Z", "2028-02-22T09:00:00Z",
					"2028-02-29T09:00:00Z", "2028-03-07T09:00:00Z",
					"2028-03-14T09:00:00Z", NULL });
	steps_of("Pacific/Kiritimati", "2027-01-04", "2026-12-01T00:00:00Z",
		 (const char *const[]){ "2026-12-31T19:00:00Z", "2027-01-03T19:00:00Z",
					"2027-01-10T19:00:00Z", "2027-01-17T19:00:00Z",
					"2027-01-24T19:00:00Z", NULL });
}

static void
what_has_passed_is_not_planned(void **state)
{
	(void)state;
	/* Due on the day of issue, in the afternoon: the first word comes after a week. */
	steps_of("Europe/Vienna", "2027-06-01", "2027-06-01T13:00:00Z",
		 (const char *const[]){ "2027-06-08T07:00:00Z", "2027-06-15T07:00:00Z",
					"2027-06-22T07:00:00Z", NULL });
}

static void
one_turn(const char *from, const char *now, bool waiting, int step, bool hand_over,
	 const char *next_at, const char *next_from)
{
	struct dunning_turn t;

	dunning_turn(&standard, zone_find("Europe/Vienna"), day("2027-06-01"), instant(from),
		     instant(now), waiting, &t);
	assert_int_equal(t.act, step != 0 || hand_over);
	if (t.act) {
		assert_int_equal(t.step.hand_over, hand_over);
		assert_int_equal(t.step.day, step);
	}
	assert_int_equal(t.again, next_at != NULL);
	if (next_at) {
		assert_string_equal(text_of(t.next.at), next_at);
		assert_string_equal(text_of(t.from), next_from);
	}
}

static void
a_turn_takes_one_step(void **state)
{
	(void)state;
	/* On time. */
	one_turn("2027-06-08T07:00:00Z", "2027-06-08T07:00:01Z", false, 7, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	/* Not yet: nothing of what was taken before is taken again. */
	one_turn("2027-06-15T07:00:00Z", "2027-06-10T07:00:00Z", false, 0, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	/* Hours late, within business hours: still today. After them: tomorrow at nine. */
	one_turn("2027-06-08T07:00:00Z", "2027-06-08T15:59:59Z", false, 7, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	one_turn("2027-06-08T07:00:00Z", "2027-06-08T16:00:00Z", false, 0, false,
		 "2027-06-09T07:00:00Z", "2027-06-08T07:00:00Z");
	one_turn("2027-06-08T07:00:00Z", "2027-06-09T01:00:00Z", false, 0, false,
		 "2027-06-09T07:00:00Z", "2027-06-08T07:00:00Z");
	one_turn("2027-06-08T07:00:00Z", "2027-06-09T07:00:00Z", false, 7, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	/* Two came due while nobody worked: the later one alone. */
	one_turn("2027-06-08T07:00:00Z", "2027-06-16T10:00:00Z", false, 14, false,
		 "2027-06-22T07:00:00Z", "2027-06-22T07:00:00Z");
	/* What would be put off to the hour of the next step gives way to it. */
	one_turn("2027-06-08T07:00:00Z", "2027-06-14T20:00:00Z", false, 0, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	/* A person takes over at any hour, and nothing follows. */
	one_turn("2027-06-15T07:00:00Z", "2027-06-23T01:00:00Z", false, 21, true, NULL, NULL);
}

static void
a_dispute_is_waited_for(void **state)
{
	(void)state;
	one_turn("2027-06-08T07:00:00Z", "2027-06-08T07:00:01Z", true, 0, false,
		 "2027-06-15T07:00:00Z", "2027-06-15T07:00:00Z");
	one_turn("2027-06-22T07:00:00Z", "2027-06-22T07:00:01Z", true, 0, false,
		 "2027-06-23T07:00:00Z", "2027-06-22T07:00:00Z");
	one_turn("2027-06-22T07:00:00Z", "2027-06-22T07:00:00Z", true, 0, false,
		 "2027-06-23T07:00:00Z", "2027-06-22T07:00:00Z");
	one_turn("2027-06-22T07:00:00Z", "2027-06-25T10:00:00Z", false, 21, true, NULL, NULL);
}

/* ---- a random policy, walked as the worker walks it ---- */

static const char *const zones[] = {
	"UTC",
	"Europe/Vienna",
	"America/New_York",
	"America/Sao_Paulo",
	"Pacific/Auckland",
	"Asia/Kathmandu",
	"Pacific/Pago_Pago",
	"Pacific/Kiritimati",
	"Africa/Casablanca",
	"Australia/Lord_Howe",
};

struct walk {
	struct dunning_policy p;
	int days[DUNNING_DAYS_MAX];
	const struct zone *z;
	civil_day due;
	bool taken[1000]; /* by day + 100 */
};

static void
random_walk_begin(struct walk *w, uint64_t *seed)
{
	int last = (int)prng_between(seed, -91, 20);

	*w = (struct walk){
		.z = zone_find(zones[prng_next(seed) % (sizeof(zones) / sizeof(*zones))]),
		.due = (civil_day)prng_between(seed, day("2026-01-01"), day("2045-01-01"))
	};
	assert_non_null(w->z);
	w->p.n_reminders = (size_t)prng_between(seed, 0, DUNNING_DAYS_MAX);
	for (size_t i = 0; i < w->p.n_reminders; i++)
		last = w->days[i] = last + (int)prng_between(seed, 1, 14);
	w->p.reminder_days = w->days;
	w->p.hand_over_day = prng_next(seed) % 4
				 ? (last < 0 ? 0 : last) + (int)prng_between(seed, 1, 30)
				 : DUNNING_NEVER;
}

static void
check_step(struct walk *w, const struct dunning_step *s, int64_t now)
{
	civil_day today = zone_day(w->z, now);

	assert_false(w->taken[s->day + 100]);
	w->taken[s->day + 100] = true;
	assert_int_equal(s->at, zone_hour(w->z, w->due + s->day, 9));
	assert_true(s->at <= now);
	if (s->hand_over)
		return;
	assert_true(now >= zone_hour(w->z, today, 9) && now < zone_hour(w->z, today, 18));
}

static void
random_policies_are_walked_to_their_end(void **state)
{
	uint64_t seed = prng_seed("random_policies_are_walked_to_their_end");

	(void)state;
	for (int round = 0; round < 20000; round++) {
		bool prompt = prng_next(&seed) % 2;
		struct dunning_step first;
		struct dunning_turn t = { 0 };
		struct walk w;
		int64_t now, at;
		int turns = 0, taken = 0, ahead = 0;

		random_walk_begin(&w, &seed);
		now = zone_day_start(w.z, w.due) + prng_between(&seed, -100 * DAY, 30 * DAY);
		for (at = now; dunning_next_step(&w.p, w.z, w.due, at, &first); at = first.at)
			ahead++;
		if (!dunning_next_step(&w.p, w.z, w.due, now, &first))
			continue;
		for (t.again = true, t.next = first, t.from = first.at; t.again; turns++) {
			int64_t from = t.from;

			assert_true(t.next.at >= now && t.from <= t.next.at);
			now = t.next.at + (prompt ? 0 : prng_between(&seed, 0, 12 * DAY));
			dunning_turn(&w.p, w.z, w.due, from, now, false, &t);
			if (t.act) {
				check_step(&w, &t.step, now);
				taken++;
				assert_true(!t.step.hand_over || !t.again);
			}
			assert_true(turns < 100);
		}
		/* Who is never late leaves no step out. */
		if (prompt)
			assert_int_equal(taken, ahead);
		assert_true(taken <= ahead);
		assert_true(w.p.hand_over_day == DUNNING_NEVER || w.taken[w.p.hand_over_day + 100]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t33_tries_follow_the_first_decline),
		cmocka_unit_test(what_a_decline_leads_to),
		cmocka_unit_test(random_plans_end),
		cmocka_unit_test(reminders_strike_at_nine_by_the_payers_clock),
		cmocka_unit_test(what_has_passed_is_not_planned),
		cmocka_unit_test(a_turn_takes_one_step),
		cmocka_unit_test(a_dispute_is_waited_for),
		cmocka_unit_test(random_policies_are_walked_to_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
