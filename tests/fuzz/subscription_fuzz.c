/*
 * subscription_fuzz.c - whatever is subscribed to and however it is changed: bill dates rise, no
 * line is for days of no service, no line gives back more than it charged, a change that is made is
 * not made again, and one that is taken back leaves what there was; or it is refused as out of
 * range.
 */
#include "fuzz.h"

#include <billfold/billing/change.h>

enum { ITEMS_MAX = 4, BILLED_MAX = 200, GIVEN_MAX = 400, TIERS = 3 };

struct state {
	struct arena *a;
	struct sub_billed billed[BILLED_MAX];
	struct sub_given given[GIVEN_MAX];
	struct sub_past past;
	int exponent;
	bool full; /* no more is remembered */
};

static struct decimal
decimal(struct input *in)
{
	struct decimal d = { (int64_t)input_bits(in, 4), (int)(input_bits(in, 1) % 5) };

	switch (input_bits(in, 1) % 16) {
	case 0: /* now and then of any size and sign */
		d.coef = (int64_t)input_bits(in, 8);
		return d.coef == INT64_MIN ? decimal_int(0) : d;
	case 1:
		return decimal_int(0);
	default:
		d.coef %= 100000;
		return d;
	}
}

static struct price
price(struct input *in, struct arena *a)
{
	struct price p = { .model = (enum price_model)(input_bits(in, 1) % PRICE_PERCENTAGE),
			   .n_tiers = TIERS };
	struct price_tier *tiers = arena_array(a, TIERS, sizeof(*tiers));

	p.unit_price = decimal(in);
	if (input_bits(in, 1) % 3 == 0)
		p.base_quantity = decimal(in);
	p.package = decimal(in);
	if (input_bits(in, 1) % 4 == 0)
		p.minimum = decimal(in);
	for (int i = 0; i < TIERS; i++) {
		tiers[i].up_to = decimal_int((i + 1) * (1 + (int64_t)input_bits(in, 1)));
		tiers[i].open = i == TIERS - 1;
		tiers[i].unit_price = decimal(in);
		if (input_bits(in, 1) % 2)
			tiers[i].flat = decimal(in);
	}
	p.tiers = tiers;
	return p;
}

static struct sub_item
item(struct input *in, struct arena *a, civil_day anchor)
{
	static const char *const lineages[] = { "a", "b", NULL };
	struct sub_item i = { .from = DAY_ALWAYS, .to = DAY_NEVER };

	i.lineage = lineages[input_bits(in, 1) % 3];
	i.recurring = (enum recurring)(input_bits(in, 1) % RECUR_MAX);
	i.every = (int)(input_bits(in, 1) % 5);
	i.quantity = decimal(in);
	i.price = price(in, a);
	if (input_bits(in, 1) % 2)
		i.from = anchor + (civil_day)(input_bits(in, 1)) - 20;
	if (input_bits(in, 1) % 2)
		i.to = anchor + (civil_day)(input_bits(in, 1));
	if (i.from != DAY_ALWAYS && input_bits(in, 1) % 4 == 0) {
		i.has_anchor = true;
		i.anchor = i.from - (civil_day)(input_bits(in, 1) % 40);
	}
	return i;
}

static struct subscription
subscription(struct input *in, struct arena *a, civil_day anchor)
{
	struct subscription s = { .anchor = anchor, .end = DAY_NEVER };
	struct sub_item *items = arena_array(a, ITEMS_MAX, sizeof(*items));

	s.calendar = input_bits(in, 1) % 2;
	if (input_bits(in, 1) % 4 == 0)
		s.end = anchor + (civil_day)(input_bits(in, 1));
	s.n_items = input_bits(in, 1) % (ITEMS_MAX + 1);
	for (size_t i = 0; i < s.n_items; i++)
		items[i] = item(in, a, anchor);
	s.items = items;
	return s;
}

static bool
out_of_range(const struct err *err)
{
	return err->code == ERR_out_of_range || err->code == ERR_validation_failed;
}

static void
remember(struct state *st, const struct subscription *s, const struct sub_line *l, int64_t keeps)
{
	struct sub_billed *b = &st->billed[st->past.n_billed];

	MUST(l->amount >= 0 && l->units.coef > 0);
	MUST(period_days(l->days) > 0 && period_days(l->days) <= period_days(l->whole));
	MUST(l->days.start >= l->whole.start && l->days.end <= l->whole.end);
	st->full |= st->past.n_billed + 1 >= BILLED_MAX;
	if (st->full)
		return;
	*b = (struct sub_billed){ .lineage = s->items[l->item].lineage,
				  .days = l->days,
				  .units = l->units,
				  .quantity = l->quantity,
				  .unit_price = l->unit_price,
				  .base_quantity = l->base_quantity,
				  .net = l->amount / keeps,
				  .tax = l->amount / keeps / 5 };
	st->past.n_billed++;
}

/* The bill dates up to some; where the next one is. False: refused. */
static bool
bills(struct input *in, struct state *st, const struct subscription *s, civil_day *ret_next)
{
	struct err err = { 0 };
	struct sub_line *lines;
	struct period p;
	size_t n;

	if (sub_next_bill(s, s->anchor, ret_next, &err) < 0) {
		MUST(out_of_range(&err));
		return false;
	}
	for (uint64_t k = input_bits(in, 1) % 6; k && *ret_next < DAY_NEVER; k--) {
		civil_day date = *ret_next;

		if (sub_bill(s, date, st->exponent, st->a, &lines, &n, &err) < 0 ||
		    sub_bill_period(s, date, &p, &err) < 0 ||
		    sub_next_bill(s, date + 1, ret_next, &err) < 0) {
			MUST(out_of_range(&err));
			return false;
		}
		MUST(*ret_next > date && p.start == date && p.end > date);
		for (size_t i = 0; i < n; i++) {
			MUST(lines[i].days.start >= s->anchor && lines[i].days.end <= s->end);
			MUST(lines[i].days.start >= s->items[lines[i].item].from &&
			     lines[i].days.end <= s->items[lines[i].item].to);
			remember(st, s, &lines[i], 1 + (int64_t)(k % 2));
		}
	}
	return true;
}

static int64_t
balance(const struct state *st)
{
	__int128 sum = 0;

	for (size_t i = 0; i < st->past.n_billed; i++)
		sum += st->billed[i].net;
	for (size_t i = 0; i < st->past.n_given; i++)
		sum -= st->given[i].net;
	MUST(sum >= 0);
	return (int64_t)(sum % MONEY_MAX);
}

/* Makes it; the books stay sound, and what is done is not done again. */
static bool
change(struct state *st, const struct subscription *is, civil_day day, civil_day *next)
{
	struct sub_change c;
	struct err err = { 0 };
	bool charged = false;
	civil_day before = *next, today = before < DAY_NEVER ? before - 1 : day; /* all is billed */

	if (sub_change(is, day, *next, today, &st->past, st->exponent, st->a, &c, &err) < 0) {
		MUST(out_of_range(&err));
		return false;
	}
	for (size_t i = 0; i < c.n_given; i++) {
		MUST(c.given[i].net != 0 && c.given[i].days.start >= day);
		MUST(c.given[i].line < st->past.n_billed);
		st->full |= st->past.n_given + 1 >= GIVEN_MAX;
		if (!st->full)
			st->given[st->past.n_given++] = c.given[i];
	}
	for (size_t i = 0; i < c.n_lines; i++) {
		MUST(c.lines[i].amount >= 0 && c.lines[i].days.start >= day);
		charged |= c.lines[i].amount > 0;
		remember(st, is, &c.lines[i], 1);
	}
	MUST(charged == (c.n_lines > 0)); /* nothing alone is no line */
	if (st->full)
		return false;
	for (size_t i = 0; i < st->past.n_billed; i++) {
		int64_t net = 0, tax = 0;

		for (size_t k = 0; k < st->past.n_given; k++) {
			net += st->given[k].line == i ? st->given[k].net : 0;
			tax += st->given[k].line == i ? st->given[k].tax : 0;
		}
		MUST(net >= 0 && net <= st->billed[i].net);
		MUST(tax >= 0 && tax <= st->billed[i].tax);
	}
	*next = c.next_bill;
	if (sub_change(is, day, before, today, &st->past, st->exponent, st->a, &c, &err) == 0)
		MUST(c.n_given == 0 && c.n_lines == 0 && c.next_bill == *next);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct state *st = calloc(1, sizeof(*st));
	civil_day anchor =
	    date_from_civil((struct civil){ 2000, 1, 1 }) + (civil_day)(input_bits(&in, 2) % 36889);
	struct subscription was, is;
	civil_day next, there, day;

	st->a = arena_new(0);
	st->past.billed = st->billed;
	st->past.given = st->given;
	st->exponent = (int)(input_bits(&in, 1) % 5);
	was = subscription(&in, st->a, anchor);
	if (bills(&in, st, &was, &next)) {
		int64_t before;

		day = anchor + (civil_day)(input_bits(&in, 1));
		/* What the bills have is what it is to be, but for what began between. */
		there = next;
		if (change(st, &was, day, &there)) {
			before = balance(st);
			is = subscription(&in, st->a, anchor);
			there = next;
			if (change(st, &is, day, &there)) {
				there = next;
				if (change(st, &was, day, &there))
					MUST(balance(st) == before);
			}
		}
	}
	arena_free(st->a);
	free(st);
	return 0;
}
