/*
 * date.h - civil dates, and instants in a named zone.
 *
 * Business dates are days of the proleptic Gregorian calendar, counted from 1970-01-01; a
 * period is half open [start, end). The k-th boundary is always computed from the anchor,
 * its day clamped to the month's end. Zones come from the system's tzdata (TZif files),
 * read once a process and zone.
 */
#ifndef BILLFOLD_BASE_DATE_H
#define BILLFOLD_BASE_DATE_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

typedef int32_t civil_day; /* days since 1970-01-01 */

struct civil {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

enum { DATE_TEXT = 11, INSTANT_TEXT = 32 };

enum date_unit { DATE_DAY, DATE_WEEK, DATE_MONTH, DATE_YEAR };

civil_day date_from_civil(struct civil c);
struct civil date_to_civil(civil_day d);
bool date_parse(struct str s, civil_day *ret);         /* YYYY-MM-DD, a day that exists */
void date_format(civil_day d, char ret[DATE_TEXT]);
const char *day_text(struct arena *a, civil_day d);
/* anchor + k intervals of n units, day clamped. */
civil_day date_boundary(civil_day anchor, enum date_unit unit, int n, int k);

/* Instants: microseconds since 1970-01-01T00:00:00Z. */
bool instant_parse(struct str s, int64_t *ret);        /* RFC 3339, any offset */
void instant_format(int64_t us, char ret[INSTANT_TEXT]); /* UTC, Z, microseconds when not zero */
const char *instant_text(struct arena *a, int64_t us);
int64_t instant_now(void);

struct zone;
/* NULL when the name is not an IANA zone of this system. Never freed. */
const struct zone *zone_find(const char *name);
/* From the bytes of a TZif file; NULL when they are not sound. */
const struct zone *zone_read(struct arena *a, struct str tzif);
civil_day zone_day(const struct zone *z, int64_t instant_us);
/* The first instant of a civil day there; of a day that the zone skipped, of the next. */
int64_t zone_day_start(const struct zone *z, civil_day d);
/* When the clock there shows the full hour (0..23) on that day: skipped, when it jumps; shown twice, the first time. */
int64_t zone_hour(const struct zone *z, civil_day d, int hour);

#endif
