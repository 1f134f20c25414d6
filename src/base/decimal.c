/*
 * decimal.c - exact decimals.
 *
 * A coefficient of int64 and a scale of 0 to DECIMAL_SCALE_MAX places. Two decimals of
 * different scales are aligned in __int128, where an int64 times 10^12 always fits; a
 * result that does not go back into int64 is ERR_out_of_range. The least int64 is not used,
 * so that every coefficient has its negative.
 */
#include <billfold/base/decimal.h>

__int128
pow10_i128(int n)
{
	__int128 p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

bool
div_round(__int128 num, __int128 den, int64_t *ret)
{
	bool negative = (num < 0) != (den < 0);
	/* Magnitudes are unsigned, so that the least __int128 has one too. */
	unsigned __int128 n = num < 0 ? -(unsigned __int128)num : (unsigned __int128)num;
	unsigned __int128 d = den < 0 ? -(unsigned __int128)den : (unsigned __int128)den;
	unsigned __int128 q, r;

	if (d == 0)
		return false;
	q = n / d;
	r = n % d;
	if (r >= d - r)
		q++;
	if (q > (unsigned __int128)INT64_MAX + negative)
		return false;
	*ret = negative ? (int64_t)(-(__int128)q) : (int64_t)q;
	return true;
}

/* Zeros at the end of a fraction are read, but take no room in the coefficient. */
static size_t
significant(struct str s)
{
	size_t end = s.len;

	if (!s.len || !memchr(s.p, '.', s.len))
		return end;
	while (end && s.p[end - 1] == '0')
		end--;
	return end;
}

int
decimal_parse(struct str s, struct decimal *ret, struct err *err)
{
	bool negative = s.len && s.p[0] == '-', point = false;
	size_t first = negative ? 1 : 0, end = significant(s);
	struct decimal d = { 0 };
	int places = 0;

	for (size_t i = first; i < s.len; i++) {
		char c = s.p[i];

		if (c == '.' && !point && i > first) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			goto bad;
		if (point && ++places > DECIMAL_SCALE_MAX)
			return err_set(err, ERR_out_of_range, "More than %d decimal places.",
				       DECIMAL_SCALE_MAX);
		if (i >= end)
			continue;
		d.scale = places;
		/* The least int64 is left out: every coefficient has its negative. */
		if (__builtin_mul_overflow(d.coef, 10, &d.coef) ||
		    __builtin_add_overflow(d.coef, c - '0', &d.coef))
			return err_set(err, ERR_out_of_range, "The number has too many digits.");
	}
	if (s.len == first || (point && places == 0))
		goto bad;
	if (s.p[first] == '0' && s.len > first + 1 && s.p[first + 1] != '.')
		goto bad;
	if (negative)
		d.coef = -d.coef;
	*ret = d;
	return 0;
bad:
	return err_set(err, ERR_validation_failed,
		       "Not a decimal number: digits, a point and digits are expected.");
}

void
decimal_format(struct decimal d, char ret[DECIMAL_TEXT])
{
	char digits[DECIMAL_TEXT];
	uint64_t n = d.coef < 0 ? 0 - (uint64_t)d.coef : (uint64_t)d.coef;
	int len = 0;
	char *p = ret;

	while (d.scale > 0 && n % 10 == 0) {
		n /= 10;
		d.scale--;
	}
	while (n || len <= d.scale) {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	}
	if (d.coef < 0)
		*p++ = '-';
	while (len) {
		if (len == d.scale)
			*p++ = '.';
		*p++ = digits[--len];
	}
	*p = '\0';
}

/* The coefficient at scale places; exact, since places are only added. */
static __int128
at_scale(struct decimal d, int scale)
{
	return (__int128)d.coef * pow10_i128(scale - d.scale);
}

const char *
decimal_text(struct arena *a, struct decimal d)
{
	char *text = arena_alloc(a, DECIMAL_TEXT);

	decimal_format(d, text);
	return text;
}

int
decimal_cmp(struct decimal a, struct decimal b)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	__int128 x = at_scale(a, scale), y = at_scale(b, scale);

	return (x > y) - (x < y);
}

bool
decimal_is_zero(struct decimal d)
{
	return d.coef == 0;
}

int
decimal_add(struct decimal a, struct decimal b, struct decimal *ret, struct err *err)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	__int128 sum = at_scale(a, scale) + at_scale(b, scale);

	/* Trailing zeros may be what is too much. */
	while (scale > 0 && sum % 10 == 0) {
		sum /= 10;
		scale--;
	}
	if (sum > INT64_MAX || sum < -INT64_MAX)
		return err_set(err, ERR_out_of_range, "The sum is out of range.");
	*ret = (struct decimal){ (int64_t)sum, scale };
	return 0;
}

int
decimal_times(struct decimal d, int64_t n, struct decimal *ret, struct err *err)
{
	int64_t coef;

	if (__builtin_mul_overflow(d.coef, n, &coef) || coef == INT64_MIN)
		return err_set(err, ERR_out_of_range, "The product is out of range.");
	*ret = (struct decimal){ coef, d.scale };
	return 0;
}

struct decimal
decimal_neg(struct decimal d)
{
	d.coef = -d.coef;
	return d;
}

struct decimal
decimal_int(int64_t n)
{
	return (struct decimal){ n, 0 };
}
