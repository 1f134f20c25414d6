/*
 * number_fuzz.c - decimals and money: what is read is written back the same, parts sum to the
 * whole, nothing leaves the range of amounts unnoticed.
 */
#include "fuzz.h"

#include <billfold/base/money.h>

static bool
in_range(int64_t amount)
{
	return amount <= MONEY_MAX && amount >= -MONEY_MAX;
}

static struct decimal
decimal_of(struct input *in)
{
	struct decimal d;

	if (decimal_parse(input_until(in, '\n'), &d, NULL) < 0)
		return (struct decimal){ (int64_t)input_bits(in, 4), 3 };
	return d;
}

static void
text_and_back(struct str text)
{
	char z[DECIMAL_TEXT];
	struct decimal d, again;

	if (decimal_parse(text, &d, NULL) < 0)
		return;
	decimal_format(d, z);
	MUST(decimal_parse(str_from(z), &again, NULL) == 0);
	MUST(decimal_cmp(d, again) == 0);
	MUST(decimal_cmp(decimal_neg(decimal_neg(d)), d) == 0);
}

static void
lines_and_shares(struct input *in)
{
	struct decimal quantity = decimal_of(in), price = decimal_of(in), base = decimal_of(in);
	struct decimal percent = decimal_of(in);
	int64_t amount, mirrored, part;
	int exponent = (int)(input_bits(in, 1) % 5);

	if (money_line(quantity, price, base, exponent, &amount, NULL) == 0) {
		MUST(in_range(amount));
		MUST(money_line(decimal_neg(quantity), price, base, exponent, &mirrored, NULL) ==
		     0);
		MUST(mirrored == -amount);
		if (money_percent(amount, percent, &part, NULL) == 0)
			MUST(in_range(part));
	}
	MUST(base.coef > 0 || money_line(quantity, price, base, exponent, &amount, NULL) < 0);
}

static void
splits(struct input *in)
{
	int64_t weights[16], parts[16], sum = 0, total = (int64_t)input_bits(in, 8) >> 10;
	size_t n = 1 + input_bits(in, 1) % 16;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		weights[i] = (int64_t)(input_bits(in, 7) >> 3);
		any |= weights[i] > 0;
	}
	if (money_split(total, weights, n, parts, NULL) < 0) {
		MUST(!in_range(total));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		sum += parts[i];
		MUST(total >= 0 ? parts[i] >= 0 : parts[i] <= 0);
		MUST(weights[i] > 0 || !any || parts[i] == 0);
	}
	MUST(sum == total);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	text_and_back(input_until(&in, '\n'));
	lines_and_shares(&in);
	splits(&in);
	return 0;
}
