/*
 * decimal.h - exact decimals: a coefficient and a scale.
 *
 * value = coef / 10^scale, scale 0..DECIMAL_SCALE_MAX, no binary floats anywhere.
 * Products and quotients are computed in __int128; whatever does not fit is ERR_out_of_range,
 * never a wrap. Rounding is half away from zero.
 */
#ifndef BILLFOLD_BASE_DECIMAL_H
#define BILLFOLD_BASE_DECIMAL_H

#include <billfold/base/arena.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>

enum { DECIMAL_SCALE_MAX = 12, DECIMAL_TEXT = 32 };

struct decimal {
	int64_t coef;
	int scale;
};

/* -?digits[.digits], up to 12 places; no exponent, no blanks, no plus sign, no leading zeros. */
int decimal_parse(struct str s, struct decimal *ret, struct err *err);
/* Without trailing zeros; DECIMAL_TEXT bytes. */
void decimal_format(struct decimal d, char ret[DECIMAL_TEXT]);
const char *decimal_text(struct arena *a, struct decimal d);
int decimal_cmp(struct decimal a, struct decimal b);
bool decimal_is_zero(struct decimal d);
int decimal_add(struct decimal a, struct decimal b, struct decimal *ret, struct err *err);
/* d x n, which keeps its scale. */
int decimal_times(struct decimal d, int64_t n, struct decimal *ret, struct err *err);
struct decimal decimal_neg(struct decimal d);
struct decimal decimal_int(int64_t n);

/* round(num / den), half away from zero; den != 0. False when it does not fit int64. */
bool div_round(__int128 num, __int128 den, int64_t *ret);
/* 10^n for n in 0..36. */
__int128 pow10_i128(int n);

#endif
