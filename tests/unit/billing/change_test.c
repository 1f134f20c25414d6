/*
 * change_test.c - what a change of a subscription gives back and charges: the worked cases to the
 * minor unit, and what holds of any change.
 */
#include "books.h"

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
	return (struct sub_item){ .lineage = "seats",
				  .recurring = recurring,
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

/* ---- the worked cases ---- */

/* One item becomes another on a day within its first, billed period. */
static struct sub_change
swap(struct books *b, const struct sub_item *old, const struct sub_item *new, const char *anchor,
     const char *on, const char *percent, const char *rate)
{
	struct sub_item *items = arena_array(arena, 2, sizeof(*items));
	struct subscription s = from(anchor, items, 1);
	civil_day next;

	items[0] = *old;
	books_bill(arena, b, &s, s.anchor, percent, rate);
	assert_int_equal(sub_next_bill(&s, s.anchor + 1, &next, NULL), 0);
	items[1] = *new;
	items[0].to = items[1].from = day(on);
	s.n_items = 2;
	return books_change(arena, b, &s, day(on), next, rate);
}

static void
t3_upgrade(void **state)
{
	struct books b = { 0 };
	struct sub_item old = charge(RECUR_MONTH, "1", "30.00"),
			new = charge(RECUR_MONTH, "1", "60.00");
	struct sub_change c = swap(&b, &old, &new, "2026-04-01", "2026-04-16", "0", "20");
	struct bill d = books_document(arena, &c, "20", "20");

	(void)state;
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 1500);
	assert_int_equal(c.given[0].tax, 300);
	is_period(c.given[0].days, "2026-04-16", "2026-05-01");
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 3000);
	assert_int_equal(d.net_total, 1500);
	assert_int_equal(d.payable, 1800);
	is_day(c.next_bill, "2026-05-01");

	b = (struct books){ 0 }; /* 20 -> 30, half-way */
	old = charge(RECUR_MONTH, "1", "20");
	new = charge(RECUR_MONTH, "1", "30");
	c = swap(&b, &old, &new, "2026-04-01", "2026-04-16", "0", "0");
	assert_int_equal(c.given[0].net, 1000);
	assert_int_equal(c.lines[0].amount, 1500);
}

static void
t4_awkward_days_and_t5_the_way_back(void **state)
{
	struct books b = { 0 };
	struct sub_item old = charge(RECUR_MONTH, "1", "49.00"),
			new = charge(RECUR_MONTH, "1", "99.00");
	struct sub_change c = swap(&b, &old, &new, "2026-01-01", "2026-01-18", "0", "20");
	struct bill d = books_document(arena, &c, "20", "20");
	int64_t due;
	struct advance credit;

	(void)state;
	assert_int_equal(c.given[0].net, 2213);
	assert_int_equal(c.lines[0].amount, 4471);
	assert_int_equal(d.net_total, 2258);
	assert_int_equal(d.tax_total, 452);
	assert_int_equal(d.payable, 2710);

	b = (struct books){ 0 };
	c = swap(&b, &new, &old, "2026-01-01", "2026-01-18", "0", "20");
	d = books_document(arena, &c, "20", "20");
	assert_int_equal(d.payable, -2710);
	credit = (struct advance){ .left = -d.payable };
	assert_int_equal(allocate_advances(5880, &credit, 1, &due, NULL), 0);
	assert_int_equal(due, 3170);
}

/* Tiers of one price: two of a unit come to nothing, one of two to a cent, and no more than that.
 */
static void
what_came_to_nothing_is_not_charged_by_asking_again(void **state)
{
	struct price_tier tiers[] = { { .up_to = dec("1"), .unit_price = dec("0.01") },
				      { .up_to = dec("2"), .unit_price = dec("0.01") },
				      { .open = true, .unit_price = dec("0.01") } };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30"), charge(RECUR_MONTH, "4", "0") };
	struct subscription s = from("2026-04-01", items, 1);
	struct books b = { 0 };
	struct sub_change c;
	civil_day next = day("2026-05-01");

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	items[1].lineage = "calls";
	items[1].from = day("2026-04-21");
	items[1].price = (struct price){ .model = PRICE_GRADUATED, .tiers = tiers, .n_tiers = 3 };
	s.n_items = 2;
	c = books_change(arena, &b, &s, day("2026-04-21"), next, "0");
	assert_int_equal(c.n_lines, 3);
	assert_int_equal(c.lines[0].amount + c.lines[1].amount + c.lines[2].amount, 1);
	c = books_change(arena, &b, &s, day("2026-04-21"), next, "0");
	assert_int_equal(c.n_given + c.n_lines, 0);
	items[1].quantity = dec("1"); /* nothing alone is no line */
	b = (struct books){ 0 };
	s.n_items = 1;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	c = books_change(arena, &b, &s, day("2026-04-21"), next, "0");
	assert_int_equal(c.n_given + c.n_lines, 0);
}

static void
t8_net_of_discounts(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_MONTH, "1", "100.00");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "25", "20");
	s.end = day("2026-04-21");
	c = books_change(arena, &b, &s, day("2026-04-10"), day("2026-05-01"), "20");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 2500);
	assert_int_equal(c.given[0].tax, 500);
	is_period(c.given[0].days, "2026-04-21", "2026-05-01");
	assert_int_equal(c.n_lines, 0);
	is_day(c.next_bill, "never");
}

static void
t10_the_old_rate_goes_back_and_the_new_one_is_charged(void **state)
{
	struct books b = { 0 };
	struct sub_item old = charge(RECUR_MONTH, "1", "100.00"),
			new = charge(RECUR_MONTH, "1", "200.00");
	struct sub_change c = swap(&b, &old, &new, "2026-04-01", "2026-04-16", "0", "20");
	struct bill d = books_document(arena, &c, "20", "21");

	(void)state;
	assert_int_equal(d.n_groups, 2);
	assert_int_equal(d.groups[0].base, -5000);
	assert_int_equal(d.groups[0].tax, -1000);
	assert_int_equal(d.groups[1].base, 10000);
	assert_int_equal(d.groups[1].tax, 2100);
	assert_int_equal(d.payable, 6100);
}

static void
t11_another_interval_begins_on_the_day(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "129.00"),
				    charge(RECUR_YEAR, "1", "1188.00") };
	struct subscription s = from("2026-11-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	b.today = items[0].to = items[1].from = items[1].anchor = day("2026-11-16");
	items[1].has_anchor = true;
	c = books_change(arena, &b, &s, b.today, day("2026-12-01"), "0");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 6450);
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 118800);
	is_period(c.lines[0].days, "2026-11-16", "2027-11-16");
	assert_int_equal(c.lines[0].amount - c.given[0].net, 112350);
	is_day(c.next_bill, "2027-11-16");
}

/* On a day to come: until then bill dates are what they were, and that day is one of its own. */
static void
another_interval_on_a_day_to_come(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "129.00"),
				    charge(RECUR_YEAR, "1", "1188.00") };
	struct subscription s = from("2026-11-01", items, 1);
	struct sub_line *lines;
	struct sub_change c;
	civil_day next;
	size_t n;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	b.today = day("2026-11-16");
	items[0].to = items[1].from = items[1].anchor = day("2027-01-16");
	items[1].has_anchor = true;
	c = books_change(arena, &b, &s, items[1].from, day("2026-12-01"), "0");
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-12-01");
	assert_int_equal(sub_next_bill(&s, day("2026-12-02"), &next, NULL), 0);
	is_day(next, "2027-01-01");
	assert_int_equal(sub_bill(&s, next, 2, arena, &lines, &n, NULL), 0);
	assert_int_equal(n, 1);
	is_period(lines[0].days, "2027-01-01", "2027-01-16");
	assert_int_equal(sub_next_bill(&s, next + 1, &next, NULL), 0);
	is_day(next, "2027-01-16");
	assert_int_equal(sub_bill(&s, next, 2, arena, &lines, &n, NULL), 0);
	assert_int_equal(n, 1);
	is_period(lines[0].days, "2027-01-16", "2028-01-16");
}

/* What a run has not come to yet it bills itself: the rest of the old period, then the new one. */
static void
another_interval_before_what_is_due_has_been_billed(void **state)
{
	struct books b = { .today = day("2026-12-03") };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "31.00"),
				    charge(RECUR_YEAR, "1", "1188.00") };
	struct subscription s = from("2026-11-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	items[0].to = items[1].from = items[1].anchor = b.today;
	items[1].has_anchor = true;
	c = books_change(arena, &b, &s, b.today, day("2026-12-01"), "0");
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-12-01");
	books_bill(arena, &b, &s, c.next_bill, "0", "0");
	assert_int_equal(b.net, 3100 + 200);
	assert_int_equal(sub_next_bill(&s, c.next_bill + 1, &c.next_bill, NULL), 0);
	is_day(c.next_bill, "2026-12-03");
	books_bill(arena, &b, &s, c.next_bill, "0", "0");
	assert_int_equal(b.net, 3100 + 200 + 118800);
}

static void
t12_a_short_first_year(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_YEAR, "1", "1188.00");
	struct subscription s = from("2023-11-19", &item, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.end = day("2024-07-18") + 1;
	c = books_change(arena, &b, &s, day("2024-03-01"), day("2024-11-19"), "0");
	assert_int_equal(c.given[0].net, 118800 - 78875);
	assert_int_equal(b.net, 78875);
	is_day(c.next_bill, "never");
}

/* ---- quantities ---- */

static void
more_units_are_charged_alone_and_the_latest_go_back_first(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "10", "30.00"),
				    charge(RECUR_MONTH, "15", "30.00"),
				    charge(RECUR_MONTH, "8", "30.00") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "20");
	s.n_items = 2;
	items[0].to = items[1].from = day("2026-04-16");
	c = books_change(arena, &b, &s, day("2026-04-16"), day("2026-05-01"), "20");
	assert_int_equal(c.n_given, 0);
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 7500); /* 5 x 30.00 x 15/30 */
	assert_int_equal(decimal_cmp(c.lines[0].units, dec("5")), 0);

	s.n_items = 3; /* 7 fewer: the 5 of the second line, 2 of the first */
	items[1].to = items[2].from = day("2026-04-21");
	c = books_change(arena, &b, &s, day("2026-04-21"), day("2026-05-01"), "20");
	assert_int_equal(c.n_lines, 0);
	assert_int_equal(c.n_given, 2);
	assert_int_equal(c.given[0].line, 0);
	assert_int_equal(decimal_cmp(c.given[0].units, dec("2")), 0);
	assert_int_equal(c.given[0].net, 2000); /* 2 x 30.00 x 10/30 */
	assert_int_equal(c.given[1].line, 1);
	assert_int_equal(decimal_cmp(c.given[1].units, dec("5")), 0);
	assert_int_equal(c.given[1].net, 5000);
}

/* The units that a tier has more are charged, those of the others stay as they were. */
static void
tiers_are_charged_by_what_changes(void **state)
{
	struct price_tier tiers[] = { { .up_to = dec("100"), .unit_price = dec("1.00") },
				      { .up_to = dec("500"), .unit_price = dec("0.80") },
				      { .open = true, .unit_price = dec("0.50") } };
	struct price graduated = { .model = PRICE_GRADUATED, .tiers = tiers, .n_tiers = 3 };
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "300", "0"),
				    charge(RECUR_MONTH, "600", "0") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_change c;

	(void)state;
	items[0].price = items[1].price = graduated;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	assert_int_equal(b.net, 26000);
	s.n_items = 2;
	items[0].to = items[1].from = day("2026-04-16");
	c = books_change(arena, &b, &s, day("2026-04-16"), day("2026-05-01"), "0");
	assert_int_equal(c.n_given, 0);
	assert_int_equal(c.n_lines, 2);
	assert_int_equal(c.lines[0].amount, 8000); /* 200 x 0.80 / 2 */
	assert_int_equal(c.lines[1].amount, 2500);

	b = (struct books){ 0 }; /* volume: all of them at another price */
	items[0] = charge(RECUR_MONTH, "300", "0");
	items[0].price = items[1].price = graduated;
	items[0].price.model = items[1].price.model = PRICE_VOLUME;
	s.n_items = 1;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	items[0].to = day("2026-04-16");
	c = books_change(arena, &b, &s, day("2026-04-16"), day("2026-05-01"), "0");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 12000);
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 15000);
}

/* ---- cancel, pause, resume ---- */

static void
a_cancellation_now_on_a_day_and_at_the_end(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_MONTH, "1", "30.00");
	struct subscription s = from("2026-04-01", &item, 1);
	civil_day today = day("2026-04-11"), next = day("2026-05-01");
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "20");
	s.end = today; /* yesterday was the last day */
	c = books_preview(arena, &b, &s, today, next);
	assert_int_equal(c.given[0].net, 2000);
	is_day(c.next_bill, "never");
	s.end = day("2026-04-16");
	c = books_preview(arena, &b, &s, today, next);
	assert_int_equal(c.given[0].net, 1500);
	is_period(c.given[0].days, "2026-04-16", "2026-05-01");
	s.end = next;
	c = books_preview(arena, &b, &s, today, next);
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "never");
	s.end = day("2026-05-21"); /* within the period that is not billed yet */
	c = books_preview(arena, &b, &s, today, next);
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-05-01");
}

static void
a_cancellation_is_taken_back(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_MONTH, "3", "9.99");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_change c;
	int64_t before;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "15", "20");
	before = b.net;
	s.end = day("2026-04-20");
	c = books_change(arena, &b, &s, day("2026-04-10"), day("2026-05-01"), "20");
	assert_int_equal(c.n_given, 1);
	s.end = DAY_NEVER; /* two days later; the discount has run out since */
	c = books_change(arena, &b, &s, day("2026-04-12"), c.next_bill, "20");
	assert_int_equal(c.n_lines, 0);
	assert_int_equal(c.n_given, 1);
	assert_true(c.given[0].units.coef < 0 && c.given[0].tax < 0);
	assert_int_equal(b.net, before);
	is_day(c.next_bill, "2026-05-01");
	c = books_change(arena, &b, &s, day("2026-04-13"), c.next_bill, "20");
	assert_int_equal(c.n_given + c.n_lines, 0);
}

static void
a_pause_and_its_end(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "30.00") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	items[0].to = day("2026-04-11"); /* from then on it stands still */
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-05-01"), "0");
	assert_int_equal(c.given[0].net, 2000);
	is_day(c.next_bill, "never");

	s.n_items = 2; /* goes on in the same month */
	items[1].from = day("2026-04-21");
	c = books_preview(arena, &b, &s, day("2026-04-21"), DAY_NEVER);
	assert_int_equal(c.n_given, 0);
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 1000);
	is_day(c.next_bill, "2026-05-01");

	items[1].from = day("2026-06-16"); /* or in another; the dates stay where they were */
	c = books_preview(arena, &b, &s, day("2026-06-16"), DAY_NEVER);
	assert_int_equal(c.lines[0].amount, 1500);
	is_period(c.lines[0].days, "2026-06-16", "2026-07-01");
	is_day(c.next_bill, "2026-07-01");

	s.anchor = day("2026-06-16"); /* or begin anew with that day */
	c = books_preview(arena, &b, &s, day("2026-06-16"), DAY_NEVER);
	assert_int_equal(c.lines[0].amount, 3000);
	is_day(c.next_bill, "2026-07-16");

	items[1].from = day("2026-07-01"); /* with the period that is due then */
	s.anchor = day("2026-04-01");
	c = books_preview(arena, &b, &s, day("2026-07-01"), DAY_NEVER);
	assert_int_equal(c.lines[0].amount, 3000);
	is_day(c.next_bill, "2026-08-01");
}

/* A pause whose end is known: the days of the gap go back, and no others. */
static void
a_pause_within_a_period(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "30.00") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.n_items = 2;
	items[0].to = day("2026-04-11");
	items[1].from = day("2026-04-21");
	c = books_change(arena, &b, &s, day("2026-04-08"), day("2026-05-01"), "0");
	assert_int_equal(c.n_lines, 0);
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 1000);
	is_period(c.given[0].days, "2026-04-11", "2026-04-21");
	is_day(c.next_bill, "2026-05-01");
	items[1].from = day("2026-04-16"); /* it ends earlier */
	c = books_change(arena, &b, &s, day("2026-04-12"), day("2026-05-01"), "0");
	assert_int_equal(b.net, 3000 - 500);
}

/* ---- days on which it stands still ---- */

/* From `from` until day `to`; kept: what is billed before that day stays charged. */
static struct sub_pause
still(const char *from, const char *to, const char *kept)
{
	return (struct sub_pause){ { day(from), to ? day(to) : DAY_NEVER },
				   kept ? day(kept) : DAY_ALWAYS };
}

/* T8, K8: what was paid less a discount goes back, and what is charged again is what went back. */
static void
a_pause_gives_back_and_its_end_charges_the_rest(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_MONTH, "1", "100.00");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_pause pause = still("2026-04-11", NULL, NULL);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "25", "20");
	s.pauses = &pause;
	s.n_pauses = 1;
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-05-01"), "20");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 5000);
	assert_int_equal(c.given[0].tax, 1000);
	is_period(c.given[0].days, "2026-04-11", "2026-05-01");
	is_day(c.next_bill, "never");

	pause.days.end = day("2026-04-21"); /* in the same month: what was paid for those days */
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-04-21"), "20");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.n_lines, 0);
	assert_int_equal(c.given[0].net, -2500);
	assert_int_equal(c.given[0].tax, -500);
	is_period(c.given[0].days, "2026-04-21", "2026-05-01");
	is_day(c.next_bill, "2026-05-01");
	assert_int_equal(b.net, 7500 - 2500);

	/* A change on one of its days that changes nothing makes nothing, nor does one before it.
	 */
	for (int d = 0; d < 25; d++) {
		c = books_preview(arena, &b, &s, s.anchor + d, day("2026-05-01"));
		assert_int_equal(c.n_given + c.n_lines, 0);
	}
	s.end = day("2026-04-26");
	c = books_preview(arena, &b, &s, s.end, day("2026-05-01"));
	assert_int_equal(c.given[0].net, 1250);
	s.end = day("2026-04-21"); /* it does not go on after all: no trace of that it did */
	c = books_change(arena, &b, &s, s.end, day("2026-05-01"), "20");
	assert_int_equal(c.given[0].net, 2500);
	assert_int_equal(b.net, 2500);
}

/* A pause of months: of the month in which it goes on the rest, at its price. */
static void
a_pause_over_bill_dates(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_YEAR, "1", "365.00") };
	struct subscription s = from("2026-04-01", items, 2);
	struct sub_pause pause = still("2026-04-11", "2026-06-16", NULL);
	struct sub_change c;

	(void)state;
	items[1].lineage = "base";
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.pauses = &pause;
	s.n_pauses = 1;
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-05-01"), "0");
	assert_int_equal(c.n_given, 2); /* its end is known: the year's days until then alone */
	assert_int_equal(c.given[0].net, 2000);
	assert_int_equal(c.given[1].net, 6600);
	is_day(c.next_bill, "2026-07-01");
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-06-16"), "0");
	assert_int_equal(c.n_given, 0);
	assert_int_equal(c.n_lines, 1);
	assert_int_equal(c.lines[0].amount, 1500);
	is_period(c.lines[0].days, "2026-06-16", "2026-07-01");
	is_day(c.next_bill, "2026-07-01");
	c = books_preview(arena, &b, &s, day("2026-04-01"), day("2026-07-01"));
	assert_int_equal(c.n_given + c.n_lines, 0);

	pause.days.end = day("2026-07-01"); /* put off: to a bill date, which is none of its own */
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-07-01"), "0");
	assert_int_equal(c.n_lines, 0);
	assert_int_equal(c.n_given, 2);
	assert_int_equal(c.given[0].net + c.given[1].net, 1500 + 1500);
	is_day(c.next_bill, "2026-07-01");
}

static void
who_keeps_what_was_paid_for_is_charged_for_the_rest_alone(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "3", "30.00") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_pause pause = still("2026-04-11", NULL, "2026-05-01");
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	s.pauses = &pause;
	s.n_pauses = 1;
	c = books_preview(arena, &b, &s, day("2026-04-11"), day("2026-05-01"));
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "never");
	pause.days.end = day("2026-04-21"); /* goes on in what was paid for */
	c = books_preview(arena, &b, &s, day("2026-04-21"), day("2026-04-21"));
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-05-01");
	pause.days.end = day("2026-06-16"); /* or later */
	c = books_change(arena, &b, &s, day("2026-06-16"), day("2026-06-16"), "0");
	assert_int_equal(c.n_given, 0);
	assert_int_equal(c.lines[0].amount, 1500);
	is_day(c.next_bill, "2026-07-01");
	/* What changes of the past finds April paid whole, May not at all, and half of June. */
	items[0].to = items[1].from = day("2026-04-16");
	s.n_items = 2;
	c = books_change(arena, &b, &s, day("2026-04-16"), day("2026-07-01"), "0");
	assert_int_equal(b.net, 3000 + 1500 + 2 * 1500 + 2 * 1500);
}

/* On a bill date that a run has come to already, or not: it is kept, or none. */
static void
a_pause_that_begins_on_a_bill_date(void **state)
{
	struct sub_item item = charge(RECUR_MONTH, "1", "30.00");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_pause pause = still("2026-05-01", "2026-05-11", "2026-06-01");
	civil_day next;

	(void)state;
	s.pauses = &pause;
	s.n_pauses = 1;
	assert_int_equal(sub_next_bill(&s, day("2026-05-01"), &next, NULL), 0);
	is_day(next, "2026-05-01");
	pause.keeps = day("2026-05-01");
	assert_int_equal(sub_next_bill(&s, day("2026-05-01"), &next, NULL), 0);
	is_day(next, "2026-06-01");
	pause.days.end = DAY_NEVER;
	assert_int_equal(sub_next_bill(&s, day("2026-05-01"), &next, NULL), 0);
	is_day(next, "never");
	assert_int_equal(sub_next_bill(&s, day("2026-04-01"), &next, NULL), 0);
	is_day(next, "2026-04-01");
}

/* A change of the past: all that has been billed since is looked at. */
static void
a_change_is_backdated(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "60.00") };
	struct subscription s = from("2026-04-01", items, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, day("2026-04-01"), "0", "0");
	books_bill(arena, &b, &s, day("2026-05-01"), "0", "0");
	books_bill(arena, &b, &s, day("2026-06-01"), "0", "0");
	s.n_items = 2;
	items[0].to = items[1].from = day("2026-04-16");
	c = books_change(arena, &b, &s, day("2026-04-16"), day("2026-07-01"), "0");
	assert_int_equal(c.n_given, 3);
	assert_int_equal(c.n_lines, 3);
	assert_int_equal(b.net, 1500 + 3000 + 6000 + 6000);
	is_day(c.next_bill, "2026-07-01");
}

/* A line that somebody gave back of by hand never gives back more than the rest. */
static void
what_was_given_back_for_another_reason_stays_so(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_MONTH, "1", "30.00");
	struct subscription s = from("2026-04-01", &item, 1);
	struct sub_change c;

	(void)state;
	books_bill(arena, &b, &s, s.anchor, "0", "20");
	b.given[b.past.n_given++] =
	    (struct sub_given){ .days = b.billed[0].days, .net = 2500, .tax = 500 };
	s.end = day("2026-04-11");
	c = books_change(arena, &b, &s, day("2026-04-11"), day("2026-05-01"), "20");
	assert_int_equal(c.n_given, 1);
	assert_int_equal(c.given[0].net, 500);
	assert_int_equal(c.given[0].tax, 100);
}

static void
a_change_that_changes_nothing_makes_nothing(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "3", "9.99"),
				    charge(RECUR_QUARTER, "1", "99.00"),
				    charge(RECUR_MONTH, "3", "9.99") };
	struct subscription s = from("2026-01-31", items, 2);
	struct sub_change c;

	(void)state;
	items[1].lineage = "base";
	books_bill(arena, &b, &s, day("2026-01-31"), "10", "20");
	books_bill(arena, &b, &s, day("2026-02-28"), "0", "20");
	s.n_items = 3; /* the same once more from a day on, a free one beside it */
	items[0].to = items[2].from = day("2026-03-10");
	c = books_preview(arena, &b, &s, day("2026-03-10"), day("2026-03-31"));
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-03-31");
}

static void
nothing_is_billed_in_a_trial(void **state)
{
	struct books b = { 0 };
	struct sub_item items[] = { charge(RECUR_MONTH, "1", "30.00"),
				    charge(RECUR_MONTH, "1", "60.00") };
	struct subscription s = from("2026-03-06", items, 2);
	struct sub_change c;

	(void)state;
	items[0].to = items[1].from = day("2026-02-25");
	c = books_preview(arena, &b, &s, day("2026-02-25"), s.anchor);
	assert_int_equal(c.n_given + c.n_lines, 0);
	is_day(c.next_bill, "2026-03-06");
	s.end = day("2026-03-05") + 1;
	c = books_preview(arena, &b, &s, day("2026-03-01"), s.anchor);
	is_day(c.next_bill, "never");
}

static void
beyond_the_range_is_an_error(void **state)
{
	struct books b = { 0 };
	struct sub_item item = charge(RECUR_WEEK, "1", "1.00");
	struct subscription s = from("0200-01-01", &item, 1);
	struct err err = { 0 };
	struct sub_change c;

	(void)state;
	assert_int_equal(sub_change(&s, s.anchor, day("2026-01-01"), day("2026-01-01"), &b.past, 2,
				    arena, &c, &err),
			 -1);
	assert_int_equal(err.code, ERR_out_of_range);
	assert_int_equal(sub_change(&s, DAY_NEVER, 0, 0, &b.past, 2, arena, &c, &err), -1);
	s.anchor = day("2026-01-01");
	books_bill(arena, &b, &s, s.anchor, "0", "0");
	b.billed[0].units = decimal_int(0);
	assert_int_equal(sub_change(&s, s.anchor, s.anchor + 7, s.anchor, &b.past, 2, arena, &c,
				    &err),
			 -1);
	assert_int_equal(err.code, ERR_out_of_range);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t3_upgrade),
		cmocka_unit_test(t4_awkward_days_and_t5_the_way_back),
		cmocka_unit_test(what_came_to_nothing_is_not_charged_by_asking_again),
		cmocka_unit_test(t8_net_of_discounts),
		cmocka_unit_test(t10_the_old_rate_goes_back_and_the_new_one_is_charged),
		cmocka_unit_test(t11_another_interval_begins_on_the_day),
		cmocka_unit_test(another_interval_on_a_day_to_come),
		cmocka_unit_test(another_interval_before_what_is_due_has_been_billed),
		cmocka_unit_test(t12_a_short_first_year),
		cmocka_unit_test(more_units_are_charged_alone_and_the_latest_go_back_first),
		cmocka_unit_test(tiers_are_charged_by_what_changes),
		cmocka_unit_test(a_cancellation_now_on_a_day_and_at_the_end),
		cmocka_unit_test(a_cancellation_is_taken_back),
		cmocka_unit_test(a_pause_and_its_end),
		cmocka_unit_test(a_pause_within_a_period),
		cmocka_unit_test(a_pause_gives_back_and_its_end_charges_the_rest),
		cmocka_unit_test(a_pause_over_bill_dates),
		cmocka_unit_test(who_keeps_what_was_paid_for_is_charged_for_the_rest_alone),
		cmocka_unit_test(a_pause_that_begins_on_a_bill_date),
		cmocka_unit_test(a_change_is_backdated),
		cmocka_unit_test(what_was_given_back_for_another_reason_stays_so),
		cmocka_unit_test(a_change_that_changes_nothing_makes_nothing),
		cmocka_unit_test(nothing_is_billed_in_a_trial),
		cmocka_unit_test(beyond_the_range_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
