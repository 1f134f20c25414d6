/*
 * money.h - amounts in minor units, and the three things done to them.
 *
 * An amount is an int64_t of minor units of a currency whose exponent is data (JPY 0,
 * EUR 2, KWD 3), within +-(2^53 - 1). Rounding is half away from zero.
 */
#ifndef BILLFOLD_BASE_MONEY_H
#define BILLFOLD_BASE_MONEY_H

#include <billfold/base/decimal.h>

#define MONEY_MAX INT64_C(9007199254740991)

/* a + b; ERR_out_of_range past MONEY_MAX. */
int money_add(int64_t a, int64_t b, int64_t *ret, struct err *err);
/* round(quantity x unit_price / base_quantity) in minor units of a currency with this exponent. */
int money_line(struct decimal quantity, struct decimal unit_price, struct decimal base_quantity,
	       int exponent, int64_t *ret, struct err *err);
/* round(amount x percent / 100). */
int money_percent(int64_t amount, struct decimal percent, int64_t *ret, struct err *err);
/* round(amount x num / den): proration, shares. */
int money_ratio(int64_t amount, int64_t num, int64_t den, int64_t *ret, struct err *err);
/*
 * Splits total over n weights by largest remainder, ties by order; parts sum to total.
 * Weights are >= 0; all zero: everything on the first. parts has room for n.
 */
int money_split(int64_t total, const int64_t *weights, size_t n, int64_t *parts, struct err *err);
/* "1234.50" of 123450 with exponent 2; DECIMAL_TEXT bytes. */
void money_format(int64_t amount, int exponent, char ret[DECIMAL_TEXT]);

#endif
