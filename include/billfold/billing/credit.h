/*
 * billing/credit.h - what is given back of what a line charged.
 *
 * A credit bears on a line as it was billed: net of its discounts, at its own tax rate, whatever
 * the rates are today. Several credits of a line never come to more than the line: each is rounded
 * alone, and the last one takes what remains, the tax's last cent included. Amounts are minor units
 * of the document's currency, of the sign that the line has; pure.
 */
#ifndef BILLFOLD_BILLING_CREDIT_H
#define BILLFOLD_BILLING_CREDIT_H

#include <billfold/billing/core.h>

struct credit_line {
	int64_t net, tax;                   /* as the line was billed */
	int64_t credited_net, credited_tax; /* by the credits so far */
	/* Of credit_quantity: units that it charged for and that were given back, neither negative.
	 */
	struct decimal quantity, credited_quantity;
	bool by_quantity; /* all credits so far were by units */
};

struct credit {
	int64_t net, tax; /* what this one gives back; net + tax is its total */
};

/* credit.c: what remains to be credited. */
struct credit credit_remaining(const struct credit_line *l);
/*
 * A credit of so much net: the tax is its share of the line's tax, and all that remains of it where
 * the net is all that remains. More than remains: ERR_over_credit. Of a line that charged nothing:
 * nothing.
 */
int credit_net(const struct credit_line *l, int64_t net, struct credit *ret, struct err *err);
/* A credit of so much with its tax: the line's proportion of both, and all that remains of it where
 * that is all that remains; else some net remains, so that no tax does without. ERR_over_credit as
 * above. */
int credit_gross(const struct credit_line *l, int64_t gross, struct credit *ret, struct err *err);
/*
 * A credit of so many units: their share of the net, rounded alone, and never more than what the
 * units before have left over; the last ones take what remains. ERR_over_credit: there are not so
 * many, or credits by amount have left less than their share.
 */
int credit_quantity(const struct credit_line *l, struct decimal quantity, struct credit *ret,
		    struct err *err);

/* ---- the whole document ---- */

/* A document that is credited; all measures positive. */
struct credit_document {
	int64_t left;          /* of its lines, with tax */
	int64_t rounding_left; /* of its cash rounding */
	int64_t payable, credited;
};
/*
 * What a credit note of lines that come to total settles: the total, and the cash rounding with
 * the last of the lines; never more than what the document has left.
 */
int64_t credit_payable(const struct credit_document *d, int64_t total);

/* ---- quantities ---- */

/* Units that were added by one line, in the order of their addition. */
struct quantity_lot {
	struct decimal quantity; /* left of what the line charged for */
	struct decimal taken;    /* out: how many of them are given back */
};
/* Takes units from the latest added lot on; ERR_over_credit where there are not so many. */
int quantity_take(struct quantity_lot *lots, size_t n, struct decimal quantity, struct err *err);

#endif
