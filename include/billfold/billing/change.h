/*
 * billing/change.h - what a change of a subscription gives back, and what it charges anew.
 *
 * A change is told by the subscription as it is to be, and by what was billed: nothing is said of
 * how it came about. An upgrade, fewer units, another interval, a pause, a cancellation, one that
 * is taken back are all the same comparison: day by day, from the change's day to the end of what
 * has been billed, the units that are to be charged at a price against those that have been. Who
 * has paid for too many gets back the latest added ones, of what their own lines charged, net of
 * discounts and at their own tax rate (K8); who has paid for too few is charged for the
 * difference alone, as any line is. A change that changes nothing makes nothing; what a later
 * change wants again for the same days is taken back from what was given, to the minor unit, so
 * that a change and its reverse come to nothing. Who goes on after a pause is compared from the
 * pause's first day: what it gave back is taken back for the days that are charged after all. Pure;
 * no line gives back more than it charged.
 */
#ifndef BILLFOLD_BILLING_CHANGE_H
#define BILLFOLD_BILLING_CHANGE_H

#include <billfold/billing/subscription.h>

/* A line of a final document that charged an item for some days. */
struct sub_billed {
	const char *lineage; /* of its item */
	struct period days;
	struct decimal units; /* on each of the days (sub_line.units) */
	struct decimal quantity, unit_price, base_quantity; /* as it stands there */
	struct decimal discount_percent; /* of its item; what else was taken off is in the net */
	int64_t net, tax;
};

/*
 * What was given back of a line for the time from days.start on: so many of its units, on those
 * days. Negative units, net and tax: taken back again. No units: given back for another reason,
 * which only lowers what is left of the line. A document says it as -units at the net for units
 * (quantity, unit_price, base_quantity), which is the net exactly and tells the units.
 */
struct sub_given {
	size_t line; /* of the billed */
	struct period days;
	struct decimal units;
	int64_t net, tax;
};

/*
 * What was billed of a subscription for any day from the change's on, in the order in which it was
 * billed, documents left out that are void or credited in full; and what has been given back of it.
 */
struct sub_past {
	const struct sub_billed *billed;
	size_t n_billed;
	const struct sub_given *given;
	size_t n_given;
	/* What was billed for days from this one on stays as it is, wanted or not. */
	bool has_kept;
	civil_day kept_from;
};

struct sub_change {
	struct sub_given *given; /* to be given back of lines, or taken back (negative) */
	size_t n_given;
	struct sub_line *lines; /* to be charged, before any discount */
	size_t n_lines;
	civil_day next_bill; /* the first bill date after it; DAY_NEVER */
};

/* The units of an item's line, from what stands on it. ERR_out_of_range: it is none of the item. */
int sub_billed_units(const struct sub_item *i, struct decimal quantity, struct decimal unit_price,
		     struct decimal base_quantity, struct period days, struct decimal *ret,
		     struct err *err);
/*
 * change.c: what is to be given back and charged, on a day, so that what was billed becomes what
 * `is` asks for from that day on. Of periods whose bill date has come, and which no run has to bill
 * yet, it charges what has not been billed; what begins later is on its own bill.
 *
 * next_bill: the first bill date that has not been billed yet (the anchor, in a trial); DAY_NEVER
 * where none was to come, since the subscription stood still or ended. What has not come by `today`
 * is on its own bill, and so is what a run has to bill yet: another interval that begins today is
 * charged at once, one that begins on a day to come on that day.
 *
 * `is` holds the items that ended too, or not: before `day` nothing is looked at. The net of a
 * line given back is its own charge's share: quantity units x days, each line rounded once; tax
 * is that line's share of its tax, and a document of both signs takes it per group instead.
 */
int sub_change(const struct subscription *is, civil_day day, civil_day next_bill, civil_day today,
	       const struct sub_past *past, int exponent, struct arena *a, struct sub_change *ret,
	       struct err *err);

#endif
