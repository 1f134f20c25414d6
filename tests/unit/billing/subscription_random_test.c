/*
 * subscription_random_test.c - what holds of any subscription, whatever becomes of it: each day is
 * paid for once at its price, a change and its reverse come to nothing, how often somebody bills
 * is none of the documents' business, and the day is that of the zone.
 */
#include "books.h"

/* Divisible by 28, 29, 30, 31 and by 7: a day of any week or month costs whole minor units. */
enum { DIVISIBLE = 377580, DAYS = 1500, ITEMS_MAX = 60, PAUSES_MAX = 30 };

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A subscription somebody changes, and what they have been charged for each of its days. */
struct life {
	struct books books;
	struct sub_item items[ITEMS_MAX];
	struct sub_pause pauses[PAUSES_MAX];
	struct subscription s;
	civil_day first, next;
	civil_day unbilled;   /* all bill dates before it are billed, and none from it on */
	int64_t of_day[DAYS]; /* units x price of the day, from first on */
	uint64_t *seed;
};

static civil_day
some_anchor(uint64_t *seed)
{
	return (civil_day)random_between(seed, day("2000-01-01"), day("2100-12-31"));
}

/* ---- each day once, at its price ---- */

static struct sub_item
some_charge(struct life *l, const char *lineage, civil_day from)
{
	return (struct sub_item){
		.lineage = lineage,
		.recurring = next_random(l->seed) % 3 ? RECUR_MONTH : RECUR_WEEK,
		.every = 1,
		.quantity = decimal_int(random_between(l->seed, 1, 20)),
		.price = { .model = PRICE_PER_UNIT,
			   .unit_price = { DIVISIBLE * random_between(l->seed, 1, 3), 2 } },
		.from = from,
		.to = DAY_NEVER
	};
}

/* Whether a pause leaves the day out: it was to be billed by the pause's first day or later, or
 * all is given back. */
static bool
stands_still(const struct life *l, civil_day on, civil_day bill_date)
{
	for (size_t i = 0; i < l->s.n_pauses; i++) {
		if (period_holds(l->pauses[i].days, on) && bill_date >= l->pauses[i].keeps)
			return true;
	}
	return false;
}

/* From `since` on: what the days of all periods cost whose bill date lies before the next one. */
static void
price_days(struct life *l, civil_day since)
{
	for (civil_day d = since; d < l->first + DAYS; d++) {
		int64_t *of_day = &l->of_day[d - l->first];

		*of_day = 0;
		for (size_t i = 0; i < l->s.n_items; i++) {
			const struct sub_item *item = &l->items[i];
			struct cycle c;
			struct period p;
			int64_t k;

			if (!period_holds(sub_service(&l->s, item), d))
				continue;
			assert_int_equal(sub_cycle(&l->s, item, &c, NULL), 0);
			assert_int_equal(cycle_find(&c, d, &k, &p, NULL), 0);
			if (!stands_still(l, d, sub_bill_date(&l->s, item, p)) &&
			    sub_bill_date(&l->s, item, p) < l->unbilled)
				*of_day += item->quantity.coef * item->price.unit_price.coef /
					   period_days(p);
		}
	}
}

static void
bill_until(struct life *l, civil_day today)
{
	civil_day since = l->next;

	while (l->next <= today) {
		books_bill(arena, &l->books, &l->s, l->next, "0", "20");
		l->unbilled = l->next + 1;
		assert_int_equal(sub_next_bill(&l->s, l->unbilled, &l->next, NULL), 0);
	}
	if (since < l->next)
		price_days(l, since < l->first ? l->first : since);
}

/*
 * From day d on a lineage is another item, none, or one that ends again; what is to come later of
 * it is kept or left out.
 */
static void
change_lineage(struct life *l, const char *lineage, civil_day d, bool other_interval, bool keep)
{
	struct sub_item new = some_charge(l, lineage, d);
	size_t n = 0;

	if (other_interval) {
		new.has_anchor = true;
		new.anchor = d;
	}
	for (size_t i = 0; i < l->s.n_items; i++) {
		struct sub_item *item = &l->items[i];

		if (strcmp(item->lineage, lineage) == 0) {
			if (!other_interval && item->from <= d) {
				new.recurring = item->recurring;
				new.has_anchor = item->has_anchor;
				new.anchor = item->anchor;
			}
			if (keep && item->from > d && item->from < new.to)
				new.to = item->from;
			if (!keep && item->from >= d)
				continue;
			if (item->from == d)
				continue;
			if (item->from < d && item->to > d)
				item->to = d;
		}
		l->items[n++] = *item;
	}
	if (next_random(l->seed) % 6)
		l->items[n++] = new;
	if (n > 0 && next_random(l->seed) % 6 == 0 && l->items[n - 1].to > d + 17 &&
	    l->items[n - 1].from <= d)
		l->items[n - 1].to = d + 17;
	assert_true(n < ITEMS_MAX);
	l->s.n_items = n;
}

/* What is charged from d on; of bill dates before next. */
static void
amend(struct life *l, civil_day d, civil_day next)
{
	struct sub_change c = books_change(arena, &l->books, &l->s, d, next, "20");

	l->unbilled = next <= l->books.today ? next : l->books.today + 1;
	l->next = c.next_bill;
	price_days(l, d);
	c = books_preview(arena, &l->books, &l->s, d, next);
	assert_int_equal(c.n_given + c.n_lines, 0);
}

static struct sub_pause *
last_pause(struct life *l)
{
	return l->s.n_pauses ? &l->pauses[l->s.n_pauses - 1] : NULL;
}

static bool
is_paused(struct life *l)
{
	return last_pause(l) && last_pause(l)->days.end == DAY_NEVER;
}

/* It stands still from a day on that no other pause holds: what was paid for goes back, or stays.
 */
static void
pause_life(struct life *l, civil_day today)
{
	civil_day d = today - (civil_day)(next_random(l->seed) % 3 ? 0 : next_random(l->seed) % 40);
	civil_day free = last_pause(l) ? last_pause(l)->days.end : l->s.anchor;
	struct sub_pause p = { .keeps = DAY_ALWAYS };

	d = d < l->s.anchor ? l->s.anchor : d;
	d = d < free ? free : d;
	if (d > today || l->next == DAY_NEVER || l->s.n_pauses == PAUSES_MAX)
		return;
	p.days = (struct period){ d, DAY_NEVER };
	if (next_random(l->seed) % 3 == 0) {
		p.days.start = d = today;
		p.keeps = l->unbilled;
	}
	l->pauses[l->s.n_pauses++] = p;
	if (p.keeps == DAY_ALWAYS)
		amend(l, d, l->unbilled);
	assert_int_equal(sub_next_bill(&l->s, l->unbilled, &l->next, NULL), 0);
	assert_int_equal(l->next, DAY_NEVER);
}

/* It goes on: by the same day it is as if nothing had been. */
static void
resume_life(struct life *l, civil_day today)
{
	struct sub_pause *p = last_pause(l);
	civil_day d = p->days.start + (civil_day)(next_random(l->seed) % 20);

	if (d > today || next_random(l->seed) % 2)
		d = today;
	p->days.end = d;
	amend(l, p->keeps == DAY_ALWAYS ? p->days.start : d, d);
	if (d == p->days.start)
		l->s.n_pauses--;
}

static void
change(struct life *l, civil_day today)
{
	civil_day d = today - (civil_day)(next_random(l->seed) % 4 ? 0 : next_random(l->seed) % 50);
	civil_day next = l->unbilled;
	bool keep = next_random(l->seed) % 2;

	l->books.today = today;
	if (l->s.end <= today) /* for good */
		return;
	if (is_paused(l)) {
		resume_life(l, today);
		return;
	}
	if (next_random(l->seed) % 4 == 0) {
		pause_life(l, today);
		return;
	}
	if (d < l->s.anchor)
		d = l->s.anchor;
	switch (l->s.end < DAY_NEVER && next_random(l->seed) % 3 ? 1 : next_random(l->seed) % 8) {
	case 0:
		l->s.end = today + (civil_day)random_between(l->seed, 0, 40);
		d = l->s.end < d ? l->s.end : d;
		break;
	case 1:
		d = today < l->s.end ? today : d;
		l->s.end = DAY_NEVER;
		break;
	case 2: /* another interval: its periods begin with the day */
		change_lineage(l, next_random(l->seed) % 2 ? "a" : "b", d, true, keep);
		break;
	case 3:
	case 4: /* scheduled: to come, of the same interval or of another one */
		d = today + (civil_day)random_between(l->seed, 1, 90);
		change_lineage(l, next_random(l->seed) % 2 ? "a" : "b", d, next_random(l->seed) % 2,
			       keep);
		break;
	default:
		change_lineage(l, next_random(l->seed) % 2 ? "a" : "b", d, false, keep);
	}
	amend(l, d, next);
}

static void
each_day_is_paid_for_once_at_its_price(void **state)
{
	uint64_t seed = test_seed();
	struct life *l = calloc(1, sizeof(*l));

	(void)state;
	for (int round = 0; round < 150; round++) {
		civil_day today;
		int64_t sum;

		memset(l, 0, sizeof(*l));
		l->seed = &seed;
		l->first = today = some_anchor(&seed);
		l->items[0] = some_charge(l, "a", DAY_ALWAYS);
		l->items[1] = some_charge(l, "b", DAY_ALWAYS);
		l->s = (struct subscription){ .anchor = today,
					      .calendar = next_random(&seed) % 2,
					      .end = DAY_NEVER,
					      .items = l->items,
					      .n_items = 2,
					      .pauses = l->pauses };
		l->next = l->unbilled = today;
		for (int step = 0; step < 25; step++) {
			bill_until(l, today);
			change(l, today);
			sum = 0;
			for (size_t i = 0; i < DAYS; i++)
				sum += l->of_day[i];
			if (sum != l->books.net)
				fail_msg("round %d, step %d: charged %lld for days of %lld", round,
					 step, (long long)l->books.net, (long long)sum);
			today += (civil_day)random_between(&seed, 0, 25);
		}
		arena_reset(arena);
	}
	free(l);
}

/* ---- a change and its reverse ---- */

static struct price
some_price(uint64_t *seed, struct price_tier tiers[3])
{
	struct price p = { .model = (enum price_model)(next_random(seed) % PRICE_PERCENTAGE),
			   .unit_price = { random_between(seed, 0, 10000000), 4 },
			   .package = decimal_int(random_between(seed, 1, 50)),
			   .tiers = tiers,
			   .n_tiers = 3 };

	if (next_random(seed) % 4 == 0)
		p.base_quantity = decimal_int(random_between(seed, 2, 60));
	if (next_random(seed) % 4 == 0)
		p.minimum = (struct decimal){ random_between(seed, 1, 100000), 2 };
	for (int i = 0; i < 3; i++)
		tiers[i] = (struct price_tier){
			.up_to = decimal_int(10 * (i + 1)),
			.open = i == 2,
			.unit_price = { random_between(seed, 0, 9999), 3 },
			/* four places: no fixed price is a unit's */
			.flat = { next_random(seed) % 2 ? 0
							: 10 * random_between(seed, 1, 9999) + 1,
				  4 },
		};
	return p;
}

static struct sub_item
some_item(uint64_t *seed, const char *lineage, struct price_tier tiers[3])
{
	return (struct sub_item){
		.lineage = lineage,
		.recurring = (enum recurring)(next_random(seed) % RECUR_MAX),
		.every = (int)random_between(seed, 1, 3),
		.quantity = { random_between(seed, 1, 4000), (int)(next_random(seed) % 3) },
		.price = some_price(seed, tiers),
		.from = DAY_ALWAYS,
		.to = DAY_NEVER,
	};
}

static int64_t
total(const struct sub_change *c)
{
	struct bill b;

	if (c->n_given + c->n_lines == 0)
		return 0;
	b = books_document(arena, c, "19", "19");
	return b.payable;
}

/* Made and unmade on the same day, once or more often, with discounts that have run out since. */
static void
a_change_and_its_reverse_come_to_nothing(void **state)
{
	static const char *const percents[] = { "0", "12.5", "100" };
	uint64_t seed = test_seed();
	struct books *b = calloc(1, sizeof(*b));

	(void)state;
	for (int round = 0; round < 1500; round++) {
		struct price_tier tiers[4][3];
		struct sub_item was[2] = { some_item(&seed, "a", tiers[0]),
					   some_item(&seed, "b", tiers[1]) };
		struct sub_item is[4] = { was[0], was[1], some_item(&seed, "a", tiers[2]),
					  some_item(&seed, "b", tiers[3]) };
		civil_day anchor = some_anchor(&seed), next = anchor, today, d;
		struct subscription s = { .anchor = anchor,
					  .calendar = next_random(&seed) % 2,
					  .end = DAY_NEVER,
					  .items = was,
					  .n_items = 2 },
				    other = s;
		struct sub_change there, back, again;
		int64_t before;

		memset(b, 0, sizeof(*b));
		today = anchor + (civil_day)random_between(&seed, 0, 400);
		for (; next <= today; assert_int_equal(sub_next_bill(&s, next + 1, &next, NULL), 0))
			books_bill(arena, b, &s, next, percents[next_random(&seed) % 3], "19");
		before = b->net;
		b->today = today;
		d = today + (civil_day)random_between(&seed, -30, 10);
		d = d < anchor ? anchor : d;
		other.items = is;
		other.n_items = 2 + (size_t)(next_random(&seed) % 3);
		if (next_random(&seed) % 2) { /* more or fewer of the same */
			is[2].price = was[0].price;
			is[2].recurring = was[0].recurring;
			is[2].every = was[0].every;
		}
		for (size_t i = 2; i < other.n_items; i++) {
			is[i - 2].to = is[i].from = d;
			is[i].has_anchor = next_random(&seed) % 2; /* periods of its own */
			is[i].anchor = d;
		}
		if (next_random(&seed) % 3 == 0)
			other.end = d + (civil_day)random_between(&seed, 0, 20);
		there = books_change(arena, b, &other, d, next, "19");
		back = books_change(arena, b, &s, d, next, "19");
		if (b->net != before)
			fail_msg("round %d: %lld, then %lld", round, (long long)before,
				 (long long)b->net);
		assert_int_equal(total(&there) + total(&back), 0);
		assert_int_equal(back.next_bill, next);
		there = books_change(arena, b, &other, d, next, "19");
		again = books_change(arena, b, &s, d, next, "19");
		assert_int_equal(total(&there) + total(&again), 0);
		assert_int_equal(b->net, before);
		again = books_preview(arena, b, &s, d, next);
		assert_int_equal(again.n_given + again.n_lines, 0);
		arena_reset(arena);
	}
	free(b);
}

/* ---- how often somebody bills ---- */

static void
same_lines(const struct sub_line *a, const struct sub_line *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].item, b[i].item);
		assert_int_equal(a[i].amount, b[i].amount);
		assert_int_equal(a[i].days.start, b[i].days.start);
		assert_int_equal(a[i].days.end, b[i].days.end);
	}
}

/* Every day, or once after an outage of years: the same bill dates, and nothing on other days. */
static void
daily_or_once_is_the_same(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct price_tier tiers[2][3];
		struct sub_item items[2] = { some_item(&seed, "a", tiers[0]),
					     some_item(&seed, "b", tiers[1]) };
		civil_day anchor = some_anchor(&seed), daily = anchor, once = anchor;
		struct subscription s = { .anchor = anchor,
					  .calendar = next_random(&seed) % 2,
					  .end = anchor + 1000,
					  .items = items,
					  .n_items = 2 };

		items[1].from = anchor + (civil_day)random_between(&seed, 0, 300);
		items[1].to = items[1].from + (civil_day)random_between(&seed, 0, 300);
		items[1].has_anchor = next_random(&seed) % 2; /* a phase of its own periods */
		items[1].anchor = items[1].from - (civil_day)random_between(&seed, 0, 9);
		if (items[1].anchor < anchor)
			items[1].anchor = items[1].from;
		for (civil_day today = anchor; today < anchor + 1000; today++) {
			struct sub_line *a, *b;
			size_t n, m;

			assert_int_equal(sub_bill(&s, today, 2, arena, &a, &n, NULL), 0);
			if (daily != today) {
				assert_int_equal(n, 0);
				continue;
			}
			assert_int_equal(once, today);
			assert_int_equal(sub_bill(&s, once, 2, arena, &b, &m, NULL), 0);
			assert_int_equal(n, m);
			same_lines(a, b, n);
			assert_int_equal(sub_next_bill(&s, today + 1, &daily, NULL), 0);
			assert_int_equal(sub_next_bill(&s, once + 1, &once, NULL), 0);
		}
		assert_int_equal(once, DAY_NEVER);
		arena_reset(arena);
	}
}

/* ---- the day of the zone ---- */

/* A bill date begins where the day does in the billing zone: not a microsecond before. */
static void
what_is_due_is_due_by_the_local_day(void **state)
{
	static const struct {
		const char *zone, *anchor, *due_from;
	} cases[] = {
		{ "Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z" }, /* the hour that lacks */
		{ "Europe/Paris", "2026-03-30", "2026-03-29T22:00:00Z" },
		{ "Europe/Paris", "2026-10-25",
		  "2026-10-24T22:00:00Z" }, /* the one that comes twice */
		{ "Europe/Paris", "2026-10-26", "2026-10-25T23:00:00Z" },
		{ "America/New_York", "2026-11-01", "2026-11-01T04:00:00Z" },
		{ "America/New_York", "2026-11-02", "2026-11-02T05:00:00Z" },
		{ "America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z" }, /* no midnight */
		{ "Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z" },
		{ "Pacific/Pago_Pago", "2026-01-01", "2026-01-01T11:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sub_item item = { .recurring = RECUR_MONTH,
					 .every = 1,
					 .quantity = decimal_int(1),
					 .from = DAY_ALWAYS,
					 .to = DAY_NEVER };
		struct subscription s = { .anchor = day(cases[i].anchor),
					  .end = DAY_NEVER,
					  .items = &item,
					  .n_items = 1 };
		const struct zone *z = zone_find(cases[i].zone);
		int64_t due, start, end, next_start;
		struct period p, next;
		civil_day bill;

		assert_non_null(z);
		assert_true(instant_parse(str_from(cases[i].due_from), &due));
		assert_int_equal(sub_next_bill(&s, zone_day(z, due - 1), &bill, NULL), 0);
		assert_true(bill > zone_day(z, due - 1));
		assert_true(bill <= zone_day(z, due));
		assert_int_equal(sub_bill_period(&s, bill, &p, NULL), 0);
		assert_int_equal(sub_bill_period(&s, p.end, &next, NULL), 0);
		period_instants(p, z, &start, &end);
		period_instants(next, z, &next_start, &due);
		assert_int_equal(end, next_start);
		assert_true(instant_parse(str_from(cases[i].due_from), &due));
		assert_int_equal(start, due);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_is_paid_for_once_at_its_price),
		cmocka_unit_test(a_change_and_its_reverse_come_to_nothing),
		cmocka_unit_test(daily_or_once_is_the_same),
		cmocka_unit_test(what_is_due_is_due_by_the_local_day),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
