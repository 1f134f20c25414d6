/*
 * money.c - amounts of minor units: lines, percentages, shares.
 *
 * Each function rounds once, at its end, half away from zero, and refuses what leaves
 * +-(2^53 - 1): that is what a JSON reader of the other side can hold exactly. The
 * products are formed in __int128. The largest, quantity x price, is of two int64 and
 * fits; scaling it further is checked.
 */
#include <billfold/base/money.h>

enum { SPLIT_FEW = 32 }; /* split without memory of their own, as most documents are */

static int
in_range(int64_t amount, int64_t *ret, struct err *err)
{
	if (amount > MONEY_MAX || amount < -MONEY_MAX)
		return err_set(err, ERR_out_of_range, "The amount is out of range.");
	*ret = amount;
	return 0;
}

/* round(num / den) within the range of amounts. */
static int
rounded(__int128 num, __int128 den, int64_t *ret, struct err *err)
{
	int64_t n;

	if (den == 0)
		return err_set(err, ERR_out_of_range, "A divisor is zero.");
	if (!div_round(num, den, &n))
		return err_set(err, ERR_out_of_range, "The amount is out of range.");
	return in_range(n, ret, err);
}

int
money_add(int64_t a, int64_t b, int64_t *ret, struct err *err)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return err_set(err, ERR_out_of_range, "The sum is out of range.");
	return in_range(sum, ret, err);
}

/* Trailing zeros of the coefficient cost room in the products. */
static struct decimal
shortened(struct decimal d)
{
	while (d.scale > 0 && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	return d;
}

int
money_line(struct decimal quantity, struct decimal unit_price, struct decimal base_quantity,
	   int exponent, int64_t *ret, struct err *err)
{
	struct decimal q = shortened(quantity), p = shortened(unit_price),
		       b = shortened(base_quantity);
	__int128 num = (__int128)q.coef * p.coef, den = b.coef;
	/* coefs: num / den x 10^(scale of b + exponent - scales of q and p) */
	int shift = b.scale + exponent - q.scale - p.scale;

	if (b.coef <= 0)
		return err_set(err, ERR_out_of_range, "The base quantity is not above zero.");
	if (shift > 0 && __builtin_mul_overflow(num, pow10_i128(shift), &num))
		return err_set(err, ERR_out_of_range, "The amount is out of range.");
	if (shift < 0 && __builtin_mul_overflow(den, pow10_i128(-shift), &den)) {
		/* num is below 2^126 and den past 2^127: less than half a unit. */
		*ret = 0;
		return 0;
	}
	return rounded(num, den, ret, err);
}

int
money_percent(int64_t amount, struct decimal percent, int64_t *ret, struct err *err)
{
	struct decimal p = shortened(percent);

	return rounded((__int128)amount * p.coef, pow10_i128(p.scale + 2), ret, err);
}

int
money_ratio(int64_t amount, int64_t num, int64_t den, int64_t *ret, struct err *err)
{
	return rounded((__int128)amount * num, den, ret, err);
}

/* Does the remainder of part i come before that of part j? Larger first, ties by order. */
static bool
remainder_first(const unsigned __int128 *rest, size_t i, size_t j)
{
	return rest[i] > rest[j] || (rest[i] == rest[j] && i < j);
}

/*
 * One unit to each of the n_left largest remainders: a heap of them is made of the
 * indexes 0..n-1 and its top taken n_left times, since a total may be split over
 * thousands of lines.
 */
static void
sift_down(size_t *heap, size_t n, size_t at, const unsigned __int128 *rest)
{
	for (;;) {
		size_t best = at, left = 2 * at + 1, swap;

		if (left < n && remainder_first(rest, heap[left], heap[best]))
			best = left;
		if (left + 1 < n && remainder_first(rest, heap[left + 1], heap[best]))
			best = left + 1;
		if (best == at)
			return;
		swap = heap[at];
		heap[at] = heap[best];
		heap[best] = swap;
		at = best;
	}
}

static void
give_remainders(size_t n_left, int64_t unit, const unsigned __int128 *rest, size_t n, size_t *heap,
		int64_t *parts)
{
	for (size_t i = 0; i < n; i++)
		heap[i] = i;
	for (size_t i = n / 2; i-- > 0;)
		sift_down(heap, n, i, rest);
	while (n_left--) {
		parts[heap[0]] += unit;
		heap[0] = heap[--n];
		sift_down(heap, n, 0, rest);
	}
}

int
money_split(int64_t total, const int64_t *weights, size_t n, int64_t *parts, struct err *err)
{
	unsigned __int128 size = total < 0 ? 0 - (uint64_t)total : (uint64_t)total;
	unsigned __int128 sum = 0, given = 0, few_rests[SPLIT_FEW], *rest = few_rests;
	size_t few[SPLIT_FEW], *heap = few;
	struct arena *a = NULL;

	if (in_range(total, &total, err))
		return -1;
	if (n == 0)
		return total == 0 ? 0 : err_set(err, ERR_out_of_range, "Nothing to split over.");
	for (size_t i = 0; i < n; i++) {
		if (weights[i] < 0)
			return err_set(err, ERR_out_of_range, "A weight is below zero.");
		sum += (uint64_t)weights[i];
		parts[i] = 0;
	}
	if (sum == 0) {
		parts[0] = total;
		return 0;
	}
	if (n > SPLIT_FEW) {
		a = arena_new(n * (sizeof(*rest) + sizeof(*heap)) + 64);
		rest = arena_array(a, n, sizeof(*rest));
		heap = arena_array(a, n, sizeof(*heap));
	}
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 product = size * (uint64_t)weights[i];

		parts[i] = (int64_t)(product / sum);
		given += product / sum;
		if (total < 0)
			parts[i] = -parts[i];
		rest[i] = product % sum;
	}
	give_remainders((size_t)(size - given), total < 0 ? -1 : 1, rest, n, heap, parts);
	arena_free(a);
	return 0;
}

void
money_format(int64_t amount, int exponent, char ret[DECIMAL_TEXT])
{
	char digits[DECIMAL_TEXT];
	uint64_t n = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	int len = 0;
	char *p = ret;

	while (n || len <= exponent) {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	}
	if (amount < 0)
		*p++ = '-';
	while (len) {
		if (len == exponent)
			*p++ = '.';
		*p++ = digits[--len];
	}
	*p = '\0';
}
