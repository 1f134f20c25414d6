/*
 * period_fuzz.c - boundaries rise and keep their day, dates and instants are read as they are
 * written, and no zone file, however broken, leads outside of itself.
 */
#include "fuzz.h"

#include <billfold/base/date.h>

static void
boundaries(struct input *in)
{
	static const enum date_unit units[] = { DATE_DAY, DATE_WEEK, DATE_MONTH, DATE_YEAR };
	civil_day anchor =
	    date_from_civil((struct civil){ 2000, 1, 1 }) + (civil_day)(input_bits(in, 2) % 36525);
	enum date_unit unit = units[input_bits(in, 1) % 4];
	int n = 1 + (int)(input_bits(in, 1) % 12), k = (int)(input_bits(in, 1) % 40);
	civil_day start = date_boundary(anchor, unit, n, k),
		  end = date_boundary(anchor, unit, n, k + 1);
	struct civil a = date_to_civil(anchor), s = date_to_civil(start);

	MUST(start < end);
	MUST(date_boundary(anchor, unit, n, 0) == anchor);
	MUST(date_boundary(anchor, unit, 1, n * k) == start);
	if (unit == DATE_MONTH || unit == DATE_YEAR)
		MUST(s.day == a.day || (s.day < a.day && date_to_civil(start + 1).day == 1));
}

static void
texts(struct str text)
{
	char z[INSTANT_TEXT];
	int64_t us, again;
	civil_day d, same;

	if (date_parse(text, &d)) {
		date_format(d, z);
		MUST(str_eqz(text, z));
		MUST(date_parse(str_from(z), &same) && same == d);
		MUST(date_from_civil(date_to_civil(d)) == d);
	}
	if (instant_parse(text, &us)) {
		instant_format(us, z);
		MUST(instant_parse(str_from(z), &again) && again == us);
	}
}

static void
zones(struct input *in)
{
	civil_day d = (civil_day)(input_bits(in, 2) % 50000);
	struct arena *a = arena_new(0);
	const struct zone *z = zone_read(a, input_rest(in));

	if (z) {
		int64_t start = zone_day_start(z, d);

		MUST(zone_day_start(z, d + 1) >= start);
		(void)zone_day(z, start);
		(void)zone_day(z, INT64_C(253402300799) * 1000000);
	}
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	boundaries(&in);
	texts(input_until(&in, '\n'));
	zones(&in);
	return 0;
}
