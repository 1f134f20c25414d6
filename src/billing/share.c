/*
 * share.c - simultaneous splits: a discount over lines, a group's tax over its lines.
 */
#include "share.h"

#include <billfold/base/money.h>

#include <stdlib.h>

struct rest {
	__int128 rest; /* numerator that the floor left over */
	size_t at;
};

static int
by_rest(const void *x, const void *y)
{
	const struct rest *a = x, *b = y;

	if (a->rest != b->rest)
		return a->rest > b->rest ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

static __int128
floor_div(__int128 num, __int128 den)
{
	__int128 q = num / den;

	return num % den != 0 && (num < 0) != (den < 0) ? q - 1 : q;
}

static int
split_mixed(int64_t total, const int64_t *weights, size_t n, __int128 sum, int64_t *parts,
	    struct arena *a, struct err *err)
{
	struct rest *rests = arena_array(a, n, sizeof(*rests));
	__int128 left = total;

	if (sum < 0) { /* the same proportions with a positive divisor */
		int64_t *flipped = arena_array(a, n, sizeof(*flipped));

		for (size_t i = 0; i < n; i++)
			flipped[i] = -weights[i];
		weights = flipped;
		sum = -sum;
	}
	for (size_t i = 0; i < n; i++) {
		__int128 num = (__int128)total * weights[i], q = floor_div(num, sum);

		if (q > MONEY_MAX || q < -MONEY_MAX)
			return err_set(err, ERR_out_of_range,
				       "A share is beyond what can be billed.");
		parts[i] = (int64_t)q;
		rests[i] = (struct rest){ num - q * sum, i };
		left -= q;
	}
	qsort(rests, n, sizeof(*rests), by_rest);
	for (size_t i = 0; i < n && left > 0; i++, left--)
		parts[rests[i].at]++;
	return 0;
}

int
share_split(int64_t total, const int64_t *weights, size_t n, int64_t *parts, struct arena *a,
	    struct err *err)
{
	bool some_above = false, some_below = false;
	__int128 sum = 0;
	int64_t *abs_weights;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		some_above |= weights[i] > 0;
		some_below |= weights[i] < 0;
		sum += weights[i];
	}
	if (total == 0) {
		for (size_t i = 0; i < n; i++)
			parts[i] = 0;
		return 0;
	}
	if (some_above && some_below) {
		if (sum == 0)
			return err_set(err, ERR_out_of_range,
				       "Lines that cancel each other cannot share an amount.");
		return split_mixed(total, weights, n, sum, parts, a, err);
	}
	if (!some_below && total > 0)
		return money_split(total, weights, n, parts, err);
	abs_weights = arena_array(a, n, sizeof(*abs_weights));
	for (size_t i = 0; i < n; i++)
		abs_weights[i] = weights[i] < 0 ? -weights[i] : weights[i];
	if (money_split(total < 0 ? -total : total, abs_weights, n, parts, err) < 0)
		return -1;
	for (size_t i = 0; i < n && total < 0; i++)
		parts[i] = -parts[i];
	return 0;
}
