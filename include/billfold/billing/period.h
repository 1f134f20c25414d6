/*
 * billing/period.h - what a subscription's periods are, and what part of one costs.
 *
 * Periods are half open local dates [start, end) in the billing time zone. The k-th boundary is
 * computed from the anchor, never from the boundary before it, the day clamped to the month's end:
 * monthly from January 31 is February 28, March 31. Proration is by civil days of the real period:
 * amount x days / days of the period, rounded once, half away from zero, never below zero or above
 * the whole. A day is a civil day, never 86,400 seconds.
 */
#ifndef BILLFOLD_BILLING_PERIOD_H
#define BILLFOLD_BILLING_PERIOD_H

#include <billfold/billing/core.h>

struct period {
	civil_day start, end; /* the first day, and the first one that is no longer in it */
};

/* Every `count` units from anchor on; calendar: the anchor is first moved back to where such
 * periods begin. */
struct cycle {
	enum date_unit unit;
	int count; /* > 0 */
	civil_day anchor;
};

int period_days(struct period p); /* 0 where it is empty */
bool period_holds(struct period p, civil_day day);
struct period period_overlap(struct period a, struct period b); /* empty: start = end */

/*
 * cycle.c: the anchor of periods that follow the calendar: weeks from Monday, months from the 1st
 * (of January, where they come several at a time: quarters, halves), years from January 1. `day`
 * lies in the first period, of which a customer who begins then has only a part.
 */
civil_day cycle_calendar_anchor(enum date_unit unit, int count, civil_day day);
/* The k-th period, k >= 0. ERR_out_of_range beyond the calendar or for a count below one. */
int cycle_period(const struct cycle *c, int64_t k, struct period *ret, struct err *err);
/* Which period holds the day; ERR_out_of_range before the anchor. */
int cycle_find(const struct cycle *c, civil_day day, int64_t *ret_k, struct period *ret,
	       struct err *err);
/* The instants of a period in a zone, [start, end), microseconds: 743 hours for a month that loses
 * one. */
void period_instants(struct period p, const struct zone *z, int64_t *ret_start, int64_t *ret_end);

/* prorate.c: of an amount for `whole` the part for the days of `part` that lie in it. */
int prorate(int64_t amount, struct period part, struct period whole, int64_t *ret, struct err *err);

#endif
