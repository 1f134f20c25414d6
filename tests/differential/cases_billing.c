/*
 * cases_billing.c - the core of billing, a case a line: rating, splits, whole documents, periods,
 * parts, bill dates and bills of subscriptions, credits of a line. The counterpart is billing.py.
 */
#include "cases.h"

#include <billfold/billing/credit.h>
#include <billfold/billing/subscription.h>

#include "share.h"

/* Reads a case's arguments one after the other. */
struct reader {
	const struct call *c;
	size_t at;
};

static int64_t
next_int(struct reader *r)
{
	return int_arg(r->c, r->at++);
}

static struct decimal
next_decimal(struct reader *r)
{
	struct decimal d = { 0 };

	if (!decimal_arg(r->c, r->at++, &d)) {
		fprintf(stderr, "argument %zu is not a decimal\n", r->at - 1);
		exit(2);
	}
	return d;
}

/* "-": none. */
static civil_day
next_day(struct reader *r, civil_day none)
{
	struct str text = r->c->arg[r->at++];
	civil_day d = none;

	if (!str_eqz(text, "-") && !date_parse(text, &d)) {
		fprintf(stderr, "argument %zu is not a day\n", r->at - 1);
		exit(2);
	}
	return d;
}

static struct period
next_period(struct reader *r)
{
	struct period p;

	p.start = next_day(r, 0);
	p.end = next_day(r, 0);
	return p;
}

static void
put_decimal(struct decimal d, char after)
{
	char text[DECIMAL_TEXT];

	decimal_format(d, text);
	fputs(text, stdout);
	putchar(after);
}

static void
put_day(civil_day d, char after)
{
	char text[DATE_TEXT] = "never";

	if (d != DAY_NEVER)
		date_format(d, text);
	fputs(text, stdout);
	putchar(after);
}

static struct price
next_price(struct reader *r)
{
	struct price p = { 0 };
	struct price_tier *tiers;

	p.model = (enum price_model)next_int(r);
	p.unit_price = next_decimal(r);
	p.base_quantity = next_decimal(r);
	p.package = next_decimal(r);
	p.percent = next_decimal(r);
	p.fixed = next_decimal(r);
	p.minimum = next_decimal(r);
	p.n_tiers = (size_t)next_int(r);
	tiers = arena_array(r->c->a, p.n_tiers + 1, sizeof(*tiers));
	for (size_t i = 0; i < p.n_tiers; i++) {
		tiers[i].open = next_int(r) != 0;
		tiers[i].up_to = next_decimal(r);
		tiers[i].unit_price = next_decimal(r);
		tiers[i].flat = next_decimal(r);
	}
	p.tiers = tiers;
	return p;
}

/* exponent, price, quantity, amount, transactions */
static void
run_rate(const struct call *c)
{
	struct reader r = { c, 0 };
	int exponent = (int)next_int(&r);
	struct price p = next_price(&r);
	struct rate_input in;
	struct rate_piece *pieces;
	size_t n;

	in.quantity = next_decimal(&r);
	in.amount = next_decimal(&r);
	in.transactions = next_decimal(&r);
	if (rate_pieces(&p, &in, exponent, c->a, &pieces, &n, NULL) < 0) {
		refused();
		return;
	}
	for (size_t i = 0; i < n; i++) {
		printf("%d:%zu:", (int)pieces[i].kind, pieces[i].tier);
		put_decimal(pieces[i].quantity, ':');
		put_decimal(pieces[i].unit_price, ':');
		put_decimal(pieces[i].base_quantity, ':');
		printf("%lld;", (long long)pieces[i].amount);
	}
	putchar('\n');
}

static void
run_share(const struct call *c)
{
	int64_t weights[ARGS_MAX], parts[ARGS_MAX];
	size_t n = c->n - 1;

	for (size_t i = 0; i < n; i++)
		weights[i] = int_arg(c, i + 1);
	if (share_split(int_arg(c, 0), weights, n, parts, c->a, NULL) < 0) {
		refused();
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%lld ", (long long)parts[i]);
	putchar('\n');
}

/* exponent, per line, inclusive, percent, amount, coupon's percent and amount, step, then lines */
static void
run_bill(const struct call *c)
{
	static const char *const categories[] = { "standard", "reduced" };
	struct reader r = { c, 0 };
	struct bill_discount coupon = { 0 };
	struct bill b = { .discounts = &coupon, .n_discounts = 1 };

	b.exponent = (int)next_int(&r);
	b.tax_mode = next_int(&r) ? TAX_PER_LINE : TAX_PER_GROUP;
	b.tax_inclusive = next_int(&r);
	b.discount_percent = next_decimal(&r);
	b.discount_amount = next_int(&r);
	coupon.percent = next_decimal(&r);
	coupon.amount = next_int(&r);
	b.rounding_step = next_int(&r);
	b.lines = arena_array(c->a, c->n, sizeof(*b.lines));
	while (r.at < c->n) {
		struct bill_line *l = &b.lines[b.n_lines++];

		l->quantity = next_decimal(&r);
		l->unit_price = next_decimal(&r);
		l->base_quantity = next_decimal(&r);
		l->discount_percent = next_decimal(&r);
		l->tax_category = categories[next_int(&r)];
		l->tax_rate = next_decimal(&r);
	}
	if (bill_compute(&b, c->a, NULL) < 0) {
		refused();
		return;
	}
	for (size_t i = 0; i < b.n_lines; i++)
		printf("%lld,%lld,%lld,%lld;", (long long)b.lines[i].amount,
		       (long long)b.lines[i].discount, (long long)b.lines[i].net,
		       (long long)b.lines[i].tax);
	for (size_t i = 0; i < b.n_groups; i++)
		printf("%lld,%lld;", (long long)b.groups[i].base, (long long)b.groups[i].tax);
	printf("%lld,%lld,%lld,%lld,%lld,%lld\n", (long long)b.subtotal,
	       (long long)b.discount_total, (long long)b.net_total, (long long)b.tax_total,
	       (long long)b.total, (long long)b.payable);
}

static void
run_period(const struct call *c)
{
	struct reader r = { c, 0 };
	struct cycle cycle;
	struct period p;
	civil_day on;
	bool calendar;
	int64_t k;

	cycle.unit = (enum date_unit)next_int(&r);
	cycle.count = (int)next_int(&r);
	calendar = next_int(&r);
	cycle.anchor = next_day(&r, 0);
	if (calendar)
		cycle.anchor = cycle_calendar_anchor(cycle.unit, cycle.count, cycle.anchor);
	on = next_day(&r, 0);
	if (cycle_find(&cycle, on, &k, &p, NULL) < 0) {
		refused();
		return;
	}
	printf("%lld ", (long long)k);
	put_day(p.start, ' ');
	put_day(p.end, '\n');
}

/* The instants of a period in a zone. */
static void
run_instants(const struct call *c)
{
	struct reader r = { c, 1 };
	const struct zone *z = zone_find(str_dup(c->a, c->arg[0]));
	struct period p = next_period(&r);
	int64_t start, end;

	if (!z) {
		refused();
		return;
	}
	period_instants(p, z, &start, &end);
	printf("%lld %lld\n", (long long)start, (long long)end);
}

static void
run_part(const struct call *c)
{
	struct reader r = { c, 0 };
	int64_t amount = next_int(&r), part;
	struct period days = next_period(&r), whole;

	whole = next_period(&r);
	if (prorate(amount, days, whole, &part, NULL) < 0)
		refused();
	else
		printf("%lld\n", (long long)part);
}

/* anchor, calendar, end, number of items, items */
static struct subscription
next_subscription(struct reader *r)
{
	struct subscription s = { 0 };
	struct sub_item *items;

	s.anchor = next_day(r, 0);
	s.calendar = next_int(r);
	s.end = next_day(r, DAY_NEVER);
	s.n_items = (size_t)next_int(r);
	items = arena_array(r->c->a, s.n_items + 1, sizeof(*items));
	for (size_t i = 0; i < s.n_items; i++) {
		items[i].recurring = (enum recurring)next_int(r);
		items[i].every = (int)next_int(r);
		items[i].from = next_day(r, DAY_ALWAYS);
		items[i].to = next_day(r, DAY_NEVER);
		items[i].quantity = next_decimal(r);
		items[i].price.model = PRICE_PER_UNIT;
		items[i].price.unit_price = next_decimal(r);
		items[i].price.base_quantity = next_decimal(r);
	}
	s.items = items;
	return s;
}

/* A subscription's next bill date on or after a day, and what is billed on it. */
static void
run_subscription(const struct call *c)
{
	struct reader r = { c, 0 };
	civil_day on = next_day(&r, 0);
	struct subscription s = next_subscription(&r);
	struct sub_line *lines;
	struct period p;
	size_t n;

	if (sub_next_bill(&s, on, &on, NULL) < 0) {
		refused();
		return;
	}
	put_day(on, ' ');
	if (on == DAY_NEVER) {
		putchar('\n');
		return;
	}
	if (sub_bill(&s, on, 2, c->a, &lines, &n, NULL) < 0 ||
	    sub_bill_period(&s, on, &p, NULL) < 0) {
		refused();
		return;
	}
	put_day(p.end, ' ');
	for (size_t i = 0; i < n; i++) {
		printf("%zu,", lines[i].item);
		put_day(lines[i].days.start, ',');
		put_day(lines[i].days.end, ',');
		put_day(lines[i].whole.start, ',');
		put_day(lines[i].whole.end, ',');
		printf("%lld;", (long long)lines[i].amount);
	}
	putchar('\n');
}

/* A line as it was billed, and credits of it one after the other: by units (q), net (n), gross (g).
 */
static void
run_credit(const struct call *c)
{
	struct reader r = { c, 0 };
	struct credit_line l = { .net = next_int(&r), .by_quantity = true };
	struct decimal units;
	struct credit got;

	l.tax = next_int(&r);
	l.quantity = next_decimal(&r);
	while (r.at + 1 < c->n) {
		char by = c->arg[r.at++].p[0];
		int rc;

		if (by == 'q') {
			units = next_decimal(&r);
			rc = credit_quantity(&l, units, &got, NULL);
		} else {
			rc = (by == 'n' ? credit_net : credit_gross)(&l, next_int(&r), &got, NULL);
		}
		if (rc < 0) {
			fputs("refused ", stdout);
			continue;
		}
		printf("%lld/%lld ", (long long)got.net, (long long)got.tax);
		l.credited_net += got.net;
		l.credited_tax += got.tax;
		if (by != 'q')
			l.by_quantity = false;
		else if (decimal_add(l.credited_quantity, units, &l.credited_quantity, NULL) < 0)
			exit(2);
	}
	putchar('\n');
}

const struct verb billing_verbs[] = {
	{ "rate", 12, run_rate },
	{ "share", 2, run_share },
	{ "bill", 14, run_bill },
	{ "period", 5, run_period },
	{ "instants", 3, run_instants },
	{ "part", 5, run_part },
	{ "subscription", 12, run_subscription },
	{ "credit", 5, run_credit },
	{ 0 },
};
