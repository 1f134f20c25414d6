/*
 * rate.c - how many invoices a second the core rates and taxes on one processor.
 *
 *	rate SECONDS
 *
 * An invoice is what a run makes of a subscription on a bill date: its period found from the
 * anchor, three items rated, one of them for a part of the period, two groups taxed, totals. Each
 * has quantities of its own. Prints one line of JSON; sum is of what they ask for, so that
 * nothing is left out that somebody could do without.
 */
#include <billfold/base.h>
#include <billfold/billing/subscription.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ITEMS = 3, BATCH = 5000 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sub_item
item(int64_t cents)
{
	return (struct sub_item){ .recurring = RECUR_MONTH,
				  .every = 1,
				  .price = { .model = PRICE_PER_UNIT, .unit_price = { cents, 2 } },
				  .from = DAY_ALWAYS,
				  .to = DAY_NEVER };
}

static int
invoice(const struct subscription *s, civil_day date, struct arena *a, int64_t *ret)
{
	struct sub_line *lines;
	struct bill b = { .exponent = 2 };

	if (sub_bill(s, date, b.exponent, a, &lines, &b.n_lines, NULL) < 0)
		return -1;
	b.lines = arena_array(a, b.n_lines, sizeof(*b.lines));
	for (size_t i = 0; i < b.n_lines; i++)
		b.lines[i] =
		    (struct bill_line){ .quantity = lines[i].quantity,
					.unit_price = lines[i].unit_price,
					.base_quantity = lines[i].base_quantity,
					.tax_category = lines[i].item ? "standard" : "reduced",
					.tax_rate = { lines[i].item ? 20 : 55,
						      lines[i].item ? 0 : 1 } };
	if (b.n_lines != ITEMS || bill_compute(&b, a, NULL) < 0)
		return -1;
	*ret = b.payable;
	return 0;
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1, start = now(), took;
	struct civil first = { 2026, 1, 31 };
	struct sub_item items[ITEMS] = { item(4900), item(1234), item(999) };
	struct subscription s = {
		.anchor = date_from_civil(first), .end = DAY_NEVER, .items = items, .n_items = ITEMS
	};
	civil_day date = date_boundary(s.anchor, DATE_MONTH, 1, 9);
	struct arena *a = arena_new(0);
	int64_t n = 0, sum = 0;

	items[ITEMS - 1].from = date + 11;
	do {
		for (int k = 0; k < BATCH; k++, n++) {
			int64_t payable;

			for (int i = 0; i < ITEMS; i++)
				items[i].quantity = decimal_int(1 + (n + i) % 97);
			if (invoice(&s, date, a, &payable) < 0)
				return 1;
			sum = (sum + payable) % MONEY_MAX;
			arena_reset(a);
		}
		took = now() - start;
	} while (took < seconds);
	printf("{\"name\": \"core_rate\", \"rate\": %.0f, \"invoices\": %lld, \"sum\": %lld}\n",
	       (double)n / took, (long long)n, (long long)sum);
	arena_free(a);
	return 0;
}
