/*
 * billing/subscription.h - what a subscription charges on a day, and which days it is billed on.
 *
 * An item is what is charged from one day to another; a change ends it and begins the next of its
 * lineage. Its periods are computed from the subscription's anchor, or from its own where another
 * interval began with it (billing/period.h); a bill date is the first day of an item's period, and
 * a document bills all items whose period begins then, for the whole period ahead. What of a period
 * has no service (it begins, ends or changes within) is left out by days: quantity x days at
 * base_quantity x days of the period, so that the line says itself how it came about and is rounded
 * once. A period past the calendar's last day is ERR_out_of_range. Pure; amounts are minor units.
 */
#ifndef BILLFOLD_BILLING_SUBSCRIPTION_H
#define BILLFOLD_BILLING_SUBSCRIPTION_H

#include <billfold/billing/credit.h>
#include <billfold/billing/period.h>
#include <billfold/billing/rating.h>

#define DAY_NEVER  INT32_MAX
#define DAY_ALWAYS INT32_MIN

enum recurring { RECUR_WEEK, RECUR_MONTH, RECUR_QUARTER, RECUR_HALF_YEAR, RECUR_YEAR, RECUR_MAX };
extern const char *const recurring_words[RECUR_MAX + 1];

struct sub_item {
	const char *lineage; /* items that carry on each other share it; NULL: it stands alone */
	enum recurring recurring;
	int every; /* so many of them, 1..1000 */
	struct decimal quantity;
	struct price price;
	struct decimal
	    discount_percent; /* its own; who bills takes it off, here it tells items apart */
	civil_day from, to; /* charged for [from, to); DAY_ALWAYS, DAY_NEVER: as the subscription */
	/* From which its periods are counted, no later than from: where it began another interval
	 * than the one before it; unset: the subscription's. */
	bool has_anchor;
	civil_day anchor;
};

/*
 * Days on which it stands still, [start, end); DAY_NEVER: to nobody knows when. Nothing is charged
 * for them, but where what had been paid for was not given back: periods that are billed before
 * `keeps` are charged whole all the same.
 */
struct sub_pause {
	struct period days;
	civil_day keeps; /* DAY_ALWAYS: none is */
};

struct subscription {
	civil_day anchor; /* the first day that is charged: its start, or the day after its trial */
	bool calendar; /* periods follow the calendar; the first is a part where they do not begin
			  on their anchor */
	civil_day end; /* the first day without service; DAY_NEVER */
	const struct sub_item *items;
	size_t n_items;
	const struct sub_pause *pauses; /* in their order, apart from each other */
	size_t n_pauses;
};

/* A line to be billed: which item, the days, and the factors of its amount. */
struct sub_line {
	size_t item;
	enum rate_piece_kind kind;
	size_t tier;
	struct period days, whole; /* what is charged for, and the period that it is a part of */
	struct decimal units;      /* on each of the days: quantity is units, or units x days */
	struct decimal quantity, unit_price, base_quantity;
	int64_t amount;
};

struct sub_lines {
	struct sub_line *v;
	size_t n, cap;
};

/* subscribe.c: the cycle of an item. ERR_out_of_range: every is not 1..1000. */
int sub_cycle(const struct subscription *s, const struct sub_item *i, struct cycle *ret,
	      struct err *err);
/* The days on which an item is charged at all; empty: start = end. */
struct period sub_service(const struct subscription *s, const struct sub_item *i);
/* When a period of an item is billed: where the calendar's began before the service, with that. */
civil_day sub_bill_date(const struct subscription *s, const struct sub_item *i, struct period p);
/*
 * The first bill date on or after `day`; DAY_NEVER: nothing more comes. On none it stands still:
 * what is left of a period in which it goes on again is billed on that day (billing/change.h).
 */
int sub_next_bill(const struct subscription *s, civil_day day, civil_day *ret, struct err *err);
/*
 * What is billed on a bill date: lines in the order of the items; none where nothing is charged.
 * A pause that is to come within the period takes nothing off: what it gives back has its own
 * document. exponent: of the currency.
 */
int sub_bill(const struct subscription *s, civil_day date, int exponent, struct arena *a,
	     struct sub_line **ret, size_t *ret_n, struct err *err);
/*
 * What the document of a bill date is for: [date, the next bill date), or to the last day that it
 * charges for where none comes.
 */
int sub_bill_period(const struct subscription *s, civil_day date, struct period *ret,
		    struct err *err);
/* A piece of an item's price for some days of one of its periods: what such a line comes to. */
int sub_price_days(struct sub_line *l, const struct rate_piece *piece, int exponent,
		   struct err *err);

#endif
