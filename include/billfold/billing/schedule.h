/*
 * billing/schedule.h - phases: what a subscription charges one after the other, each for so many
 * periods or until a day.
 *
 * A phase ends where a period of its own does, counted from the anchor (billing/period.h), never
 * from where the phase before it ended; one that begins within a period has the rest of it as its
 * first. Where the anchor moves before anything was billed, so do they. Pure; a day past the
 * calendar's last is ERR_out_of_range.
 */
#ifndef BILLFOLD_BILLING_SCHEDULE_H
#define BILLFOLD_BILLING_SCHEDULE_H

#include <billfold/billing/subscription.h>

/* schedule.c: the first day after so many periods, the one that holds `start` the first of them. */
int schedule_phase_end(const struct cycle *c, civil_day start, int periods, civil_day *ret,
		       struct err *err);
/*
 * The days of a subscription's items, counted from the anchor, and by the calendar, of `to`: where
 * what was charged before a day ended with a period, the day is the end of the same period of the
 * new ones; others stay. ret: the items as they are to be, as many as it has, a copy of them
 * before. ERR_validation_failed, of the member at `pointer`: a day that stays is no longer after
 * what comes before it.
 */
int schedule_move(const struct subscription *s, const struct subscription *to, const char *pointer,
		  struct sub_item *ret, struct arena *a, struct err *err);
/* Whether two intervals are one: periods of the second go on where those of the first are. */
bool schedule_same_interval(const struct cycle *a, const struct cycle *b);

#endif
