/*
 * change_diff.h - inside the core: a change under comparison, handed from one step to the next.
 *
 * Units that cost the same on a day are the same: of one lineage, at one unit price for one base
 * quantity and period's length, less one discount. Of each such kind there are lots, which lines
 * have charged, and wants, which items ask for.
 */
#ifndef BILLING_CHANGE_DIFF_H
#define BILLING_CHANGE_DIFF_H

#include <billfold/base/vec.h>
#include <billfold/billing/change.h>

struct change_kind {
	const char *lineage;
	struct decimal price, base_days, discount;
};

/* What one line has charged, and what it has given back. */
struct change_lot {
	struct change_kind kind;
	size_t line;
	struct period days;   /* from the change's on */
	struct decimal whole; /* units x days of the line */
	int64_t net, tax;     /* all that has been given back, this change's included */
	size_t first_given;   /* chain over next_given */
};

/* A piece of an item's price in one of its periods. */
struct change_want {
	struct change_kind kind;
	size_t item;
	struct rate_piece piece;
	struct period days, whole;
};

struct change_charged { /* a new line, and whose it is */
	size_t want;
	struct sub_line line;
};

typedef VEC(struct change_lot) change_lot_vec;
typedef VEC(struct change_want) change_want_vec;
typedef VEC(struct sub_given) change_given_vec;
typedef VEC(struct change_charged) change_charged_vec;
typedef VEC(civil_day) change_day_vec;

struct change_diff {
	const struct subscription *is;
	const struct sub_past *past;
	civil_day day, until; /* compared are the days of [day, until) */
	civil_day next_bill;  /* the first that is neither billed nor by this change */
	int exponent;
	size_t *next_given;
	change_lot_vec lots;
	change_want_vec wants;
	change_given_vec given;
	change_charged_vec charged;
	struct arena *a;
	struct err *err;
};

#define CHANGE_NONE SIZE_MAX

/* A lot or a want of a kind; at: its place among its like. */
struct change_member {
	const struct change_kind *kind;
	bool is_want;
	size_t at;
};

/* One kind: its lots, then its wants, and the days on which something of it changes. */
struct change_group {
	const struct change_member *lots, *wants;
	size_t n_lots, n_wants;
	change_day_vec cuts;
	/* of the lots and wants on the days from each cut on; n_cuts times as many */
	struct decimal *taken, *given, *extra;
};

/* change_take.c: lots and wants, of what was billed and of what is to be. */
int change_take(struct change_diff *d);
/* change_settle.c: of one kind, on the days from each cut on, the units that each lot gives back
 * and each want lacks. */
int change_settle(struct change_diff *d, struct change_group *g);
/* change_amount.c: what of that is given back and charged, rounded once a line. */
int change_amounts(struct change_diff *d, struct change_group *g);

#endif
