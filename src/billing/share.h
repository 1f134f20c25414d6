/*
 * share.h - a whole in parts that sum to it, also where weights have both signs.
 */
#ifndef BILLFOLD_BILLING_SHARE_H
#define BILLFOLD_BILLING_SHARE_H

#include <billfold/base/arena.h>
#include <billfold/base/err.h>

/*
 * Splits total in proportion to weights by largest remainder, ties by order. Weights of one sign go
 * to money_split(); of both signs (lines and their reversals in one document) each part is total x
 * weight / sum of weights. A sum of zero with a total other than zero is ERR_out_of_range.
 */
int share_split(int64_t total, const int64_t *weights, size_t n, int64_t *parts, struct arena *a,
		struct err *err);

#endif
