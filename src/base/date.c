/*
 * date.c - days of the calendar, and instants in UTC.
 *
 * Proleptic Gregorian, counted from 1970-01-01, years 1 to 9999. Nothing here knows a time
 * zone (zone.c does) and nothing calls libc's time functions but clock_gettime.
 * Boundaries of periods are always computed from the anchor, so that a period that began
 * on the 31st comes back to the 31st after a short month.
 */
#include <billfold/base/date.h>

enum { DAY_S = 86400, STEPS_MAX = 8 * 1000 * 1000 };
static const int64_t SECOND_US = 1000000;

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Years counted from March, eras of 400 years (146097 days): no table, no loop. */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

civil_day
date_from_civil(struct civil c)
{
	return (civil_day)days_from_civil(c.year, c.month, c.day);
}

struct civil
date_to_civil(civil_day d)
{
	int64_t z = (int64_t)d + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	return (struct civil){ .year = (int)(yoe + era * 400 + (month <= 2)),
			       .month = month,
			       .day = (int)(doy - (153 * mp + 2) / 5 + 1) };
}

/* n digits at s.p[at]; -1 when one is not a digit. */
static int
digits(struct str s, size_t at, size_t n)
{
	int v = 0;

	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

bool
date_parse(struct str s, civil_day *ret)
{
	struct civil c;

	if (s.len != DATE_TEXT - 1 || s.p[4] != '-' || s.p[7] != '-')
		return false;
	c = (struct civil){ digits(s, 0, 4), digits(s, 5, 2), digits(s, 8, 2) };
	if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > month_days(c.year, c.month))
		return false;
	*ret = date_from_civil(c);
	return true;
}

static void
put_digits(char *p, int n, int64_t v)
{
	while (n--) {
		p[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void
date_format(civil_day d, char ret[DATE_TEXT])
{
	struct civil c = date_to_civil(d);

	put_digits(ret, 4, c.year);
	put_digits(ret + 5, 2, c.month);
	put_digits(ret + 8, 2, c.day);
	ret[4] = ret[7] = '-';
	ret[10] = '\0';
}

const char *
day_text(struct arena *a, civil_day d)
{
	char *text = arena_alloc(a, DATE_TEXT);

	date_format(d, text);
	return text;
}

/* What lies outside years 1..9999 stops at the nearest day within. */
static civil_day
day_clamp(int64_t d)
{
	int64_t first = days_from_civil(1, 1, 1), last = days_from_civil(9999, 12, 31);

	return (civil_day)(d < first ? first : d > last ? last : d);
}

civil_day
date_boundary(civil_day anchor, enum date_unit unit, int n, int k)
{
	int64_t steps = (int64_t)n * k, month, year;
	struct civil c;
	int day;

	/* Further than the calendar reaches, whatever the unit. */
	if (steps > STEPS_MAX || steps < -STEPS_MAX)
		steps = steps < 0 ? -STEPS_MAX : STEPS_MAX;
	if (unit == DATE_DAY || unit == DATE_WEEK)
		return day_clamp(anchor + steps * (unit == DATE_WEEK ? 7 : 1));
	c = date_to_civil(anchor);
	if (unit == DATE_YEAR)
		steps *= 12;
	month = (int64_t)c.year * 12 + (c.month - 1) + steps;
	if (month < 12 || month >= 10000 * 12)
		return day_clamp(month < 12 ? INT32_MIN : INT32_MAX);
	year = month / 12;
	month = month % 12 + 1;
	day = month_days(year, (int)month);
	return (civil_day)days_from_civil(year, (int)month, c.day < day ? c.day : day);
}

/* ±hh:mm or Z from position at to the end. */
static bool
offset_parse(struct str s, size_t at, int *ret_s)
{
	int hours, minutes;

	if (s.len == at + 1 && (s.p[at] == 'Z' || s.p[at] == 'z')) {
		*ret_s = 0;
		return true;
	}
	if (s.len != at + 6 || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':')
		return false;
	hours = digits(s, at + 1, 2);
	minutes = digits(s, at + 4, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret_s = (hours * 60 + minutes) * (s.p[at] == '-' ? -60 : 60);
	return true;
}

bool
instant_parse(struct str s, int64_t *ret)
{
	enum { WITHOUT_FRACTION = 19 };
	int hour, minute, second, offset;
	int64_t us = 0, unit = SECOND_US;
	size_t at = WITHOUT_FRACTION;
	civil_day day;

	if (s.len < WITHOUT_FRACTION + 1 || (s.p[10] != 'T' && s.p[10] != 't') || s.p[13] != ':' ||
	    s.p[16] != ':' || !date_parse((struct str){ s.p, 10 }, &day))
		return false;
	hour = digits(s, 11, 2);
	minute = digits(s, 14, 2);
	second = digits(s, 17, 2);
	/* A leap second has no place in a count of seconds: refused, not folded. */
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (s.p[at] == '.') {
		for (at++; at < s.len && s.p[at] >= '0' && s.p[at] <= '9'; at++) {
			unit /= 10; /* 0 past microseconds: read, and cut */
			us += (s.p[at] - '0') * unit;
		}
		if (at == WITHOUT_FRACTION + 1)
			return false;
	}
	if (at >= s.len || !offset_parse(s, at, &offset))
		return false;
	*ret =
	    ((int64_t)day * DAY_S + hour * 3600 + minute * 60 + second - offset) * SECOND_US + us;
	return true;
}

void
instant_format(int64_t us, char ret[INSTANT_TEXT])
{
	int64_t s = us / SECOND_US - (us % SECOND_US < 0);
	int64_t fraction = us - s * SECOND_US;
	int64_t day = s / DAY_S - (s % DAY_S < 0);
	int64_t of_day = s - day * DAY_S;
	char *p = ret + 19;

	date_format(day_clamp(day), ret);
	ret[10] = 'T';
	put_digits(ret + 11, 2, of_day / 3600);
	put_digits(ret + 14, 2, of_day / 60 % 60);
	put_digits(ret + 17, 2, of_day % 60);
	ret[13] = ret[16] = ':';
	if (fraction) {
		*p = '.';
		put_digits(p + 1, 6, fraction);
		p += 7;
	}
	*p++ = 'Z';
	*p = '\0';
}

const char *
instant_text(struct arena *a, int64_t us)
{
	char *text = arena_alloc(a, INSTANT_TEXT);

	instant_format(us, text);
	return text;
}

int64_t
instant_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}
