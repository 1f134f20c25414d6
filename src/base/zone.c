/*
 * zone.c - time zones from the system's tzdata.
 *
 * Reads TZif files (RFC 8536) of /usr/share/zoneinfo: the 64-bit table of transitions, and
 * behind its end the rule of the footer (a POSIX TZ string). libc's TZ is not used: it is one
 * zone a process, and a program here serves many. Files are read once a process; a
 * tzdata update takes effect at the next start.
 *
 * Refused: names that could leave the directory, the variants with leap seconds
 * (right/), files that are not sound. zone_read() is pure: bytes in, zone out.
 */
#include <billfold/base/date.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define ZONE_DIR "/usr/share/zoneinfo"

enum {
	FILE_MAX = 256 * 1024,
	NAME_MAX_BYTES = 64,
	HEADER = 44,
	TRANSITIONS_MAX = 8192,
	HOUR_S = 3600,
	DAY_S = 86400,
	OFFSET_MAX_S = 26 * HOUR_S, /* the widest that RFC 8536 suggests to expect, and more */
};

/* A day of the year on which the footer's rule changes the clock. */
struct change {
	char form; /* 'M': week-day of a month; 'J': day 1..365 without 02-29; 'D': 0..365 */
	int month, week, day; /* M */
	int yday;             /* J, D */
	int time_s;           /* local, after the day's midnight; may be negative or past a day */
};

struct rule {
	bool present, has_dst;
	int std_s, dst_s; /* seconds east of UTC */
	struct change start, end;
};

struct zone {
	const struct zone *next;
	const char *name;
	size_t n;
	const int64_t *at;    /* seconds, ascending */
	const int32_t *off_s; /* from at[i] on */
	int32_t first_s;      /* before at[0] */
	struct rule rule;
};

/* The counts of a TZif header. */
struct counts {
	uint32_t isutc, isstd, leap, time, type, chars;
};

static uint64_t
big_endian(const char *p, int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (unsigned char)*p++;
	return v;
}

static bool
header_read(struct str *s, struct counts *ret)
{
	const char *p = s->p;

	if (s->len < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	*ret = (struct counts){ (uint32_t)big_endian(p + 20, 4), (uint32_t)big_endian(p + 24, 4),
				(uint32_t)big_endian(p + 28, 4), (uint32_t)big_endian(p + 32, 4),
				(uint32_t)big_endian(p + 36, 4), (uint32_t)big_endian(p + 40, 4) };
	s->p += HEADER;
	s->len -= HEADER;
	return ret->isutc <= 256 && ret->isstd <= 256 && ret->leap <= 256 &&
	       ret->time <= TRANSITIONS_MAX && ret->type >= 1 && ret->type <= 256 &&
	       ret->chars <= 1024;
}

static bool
skip(struct str *s, size_t n)
{
	if (s->len < n)
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

static size_t
data_size(const struct counts *c, size_t time_size)
{
	return c->time * (time_size + 1) + c->type * 6 + c->chars + c->leap * (time_size + 4) +
	       c->isstd + c->isutc;
}

static bool
take(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	return skip(s, 1);
}

static bool
take_number(struct str *s, int max, int *ret)
{
	int v = 0;
	size_t n = 0;

	while (n < s->len && n < 4 && s->p[n] >= '0' && s->p[n] <= '9')
		v = v * 10 + (s->p[n++] - '0');
	*ret = v;
	return n > 0 && v <= max && skip(s, n);
}

/* An abbreviation: three letters or more, or anything in angle brackets. */
static bool
take_abbreviation(struct str *s)
{
	struct str rest;
	size_t n = 0;

	if (take(s, '<')) {
		if (!memchr(s->p, '>', s->len))
			return false;
		str_cut(*s, '>', &rest);
		*s = rest;
		return true;
	}
	while (n < s->len &&
	       ((s->p[n] >= 'A' && s->p[n] <= 'Z') || (s->p[n] >= 'a' && s->p[n] <= 'z')))
		n++;
	return n >= 3 && skip(s, n);
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(struct str *s, int *ret_s)
{
	int sign = 1, h, m = 0, sec = 0;

	if (take(s, '-'))
		sign = -1;
	else
		take(s, '+');
	if (!take_number(s, 167, &h))
		return false;
	if (take(s, ':') && !take_number(s, 59, &m))
		return false;
	if (take(s, ':') && !take_number(s, 59, &sec))
		return false;
	*ret_s = sign * (h * HOUR_S + m * 60 + sec);
	return true;
}

static bool
take_change(struct str *s, struct change *ret)
{
	struct change c = { .form = 'D', .time_s = 2 * HOUR_S };

	if (!take(s, ','))
		return false;
	if (take(s, 'M')) {
		c.form = 'M';
		if (!take_number(s, 12, &c.month) || !take(s, '.') || !take_number(s, 5, &c.week) ||
		    !take(s, '.') || !take_number(s, 6, &c.day) || c.month < 1 || c.week < 1)
			return false;
	} else {
		if (take(s, 'J'))
			c.form = 'J';
		if (!take_number(s, 365, &c.yday) || (c.form == 'J' && c.yday < 1))
			return false;
	}
	if (take(s, '/') && !take_time(s, &c.time_s))
		return false;
	*ret = c;
	return true;
}

/* A POSIX TZ string: std offset [dst [offset] , start [/time] , end [/time]]. */
static bool
rule_read(struct str s, struct rule *ret)
{
	struct rule r = { .present = true };

	if (s.len == 0)
		return true;
	if (!take_abbreviation(&s) || !take_time(&s, &r.std_s))
		return false;
	r.std_s = -r.std_s; /* POSIX counts west of Greenwich */
	r.dst_s = r.std_s + HOUR_S;
	if (s.len) {
		r.has_dst = true;
		if (!take_abbreviation(&s))
			return false;
		if (s.len && s.p[0] != ',') {
			if (!take_time(&s, &r.dst_s))
				return false;
			r.dst_s = -r.dst_s;
		}
		if (!take_change(&s, &r.start) || !take_change(&s, &r.end) || s.len)
			return false;
	}
	if (r.std_s > OFFSET_MAX_S || r.std_s < -OFFSET_MAX_S || r.dst_s > OFFSET_MAX_S ||
	    r.dst_s < -OFFSET_MAX_S)
		return false;
	*ret = r;
	return true;
}

static bool
table_read(struct zone *z, struct arena *a, struct str s, const struct counts *c)
{
	const char *times = s.p, *kinds = times + (size_t)c->time * 8, *types = kinds + c->time;
	int64_t *at = arena_array(a, c->time, sizeof(*at));
	int32_t *off = arena_array(a, c->time, sizeof(*off));
	int32_t of_type[256];

	for (size_t i = 0; i < c->type; i++) {
		of_type[i] = (int32_t)(uint32_t)big_endian(types + i * 6, 4);
		if (of_type[i] > OFFSET_MAX_S || of_type[i] < -OFFSET_MAX_S)
			return false;
	}
	for (size_t i = 0; i < c->time; i++) {
		at[i] = (int64_t)big_endian(times + i * 8, 8);
		if ((unsigned char)kinds[i] >= c->type || (i && at[i] <= at[i - 1]))
			return false;
		off[i] = of_type[(unsigned char)kinds[i]];
	}
	z->n = c->time;
	z->at = at;
	z->off_s = off;
	z->first_s = of_type[0];
	return true;
}

const struct zone *
zone_read(struct arena *a, struct str tzif)
{
	struct zone *z = arena_alloc(a, sizeof(*z));
	struct counts c;
	struct str rest, footer;

	/* The 32-bit part is passed over; a file without a 64-bit part (version 1) is refused. */
	if (!header_read(&tzif, &c) || !skip(&tzif, data_size(&c, 4)) || !header_read(&tzif, &c) ||
	    tzif.len < data_size(&c, 8) || c.leap != 0 || !table_read(z, a, tzif, &c))
		return NULL;
	skip(&tzif, data_size(&c, 8));
	if (!take(&tzif, '\n') || !tzif.len || !memchr(tzif.p, '\n', tzif.len))
		return NULL;
	footer = str_cut(tzif, '\n', &rest);
	return rule_read(footer, &z->rule) ? z : NULL;
}

/* Seconds since the epoch, in local time, at which the rule changes the clock in a year. */
static int64_t
change_in_year(const struct change *c, int year)
{
	civil_day first = date_from_civil((struct civil){ year, 1, 1 });
	civil_day d;

	if (c->form == 'M') {
		civil_day month = date_from_civil((struct civil){ year, c->month, 1 });
		civil_day next =
		    date_from_civil((struct civil){ year + c->month / 12, c->month % 12 + 1, 1 });
		/* 1970-01-01 was a Thursday (4). */
		int weekday = (int)((((int64_t)month + 4) % 7 + 7) % 7);

		d = month + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
		if (d >= next) /* week 5 is the last, which may be the fourth */
			d -= 7;
	} else if (c->form == 'J') {
		bool leap = date_from_civil((struct civil){ year + 1, 1, 1 }) - first == 366;

		d = first + c->yday - 1 + (leap && c->yday >= 60);
	} else {
		d = first + c->yday;
	}
	return (int64_t)d * DAY_S + c->time_s;
}

static int64_t
floor_div(int64_t n, int64_t d)
{
	return n / d - (n % d < 0);
}

static int
year_at(int64_t local_s)
{
	return date_to_civil((civil_day)floor_div(local_s, DAY_S)).year;
}

static int32_t
rule_offset(const struct rule *r, int64_t s)
{
	int year;
	int64_t start, end;

	if (!r->has_dst)
		return r->std_s;
	year = year_at(s + r->std_s);
	start = change_in_year(&r->start, year) - r->std_s;
	end = change_in_year(&r->end, year) - r->dst_s;
	if (start < end)
		return s >= start && s < end ? r->dst_s : r->std_s;
	return s >= end && s < start ? r->std_s : r->dst_s;
}

/* How many transitions lie at or before s. */
static size_t
passed(const struct zone *z, int64_t s)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= s)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int32_t
offset_at(const struct zone *z, int64_t s)
{
	size_t i = passed(z, s);

	if (i == z->n && z->rule.present)
		return rule_offset(&z->rule, s);
	return i == 0 ? z->first_s : z->off_s[i - 1];
}

/* The first change of the clock after s; INT64_MAX when there is none. */
static int64_t
next_change(const struct zone *z, int64_t s)
{
	size_t i = passed(z, s);
	int64_t found = INT64_MAX;
	int year;

	if (i < z->n)
		return z->at[i];
	if (!z->rule.present || !z->rule.has_dst)
		return found;
	year = year_at(s);
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t start = change_in_year(&z->rule.start, y) - z->rule.std_s;
		int64_t end = change_in_year(&z->rule.end, y) - z->rule.dst_s;

		if (start > s && start < found)
			found = start;
		if (end > s && end < found)
			found = end;
	}
	return found;
}

civil_day
zone_day(const struct zone *z, int64_t instant_us)
{
	int64_t s = floor_div(instant_us, 1000000);

	return (civil_day)floor_div(s + offset_at(z, s), DAY_S);
}

/*
 * The first instant at which the clock there shows local_s or later: where the clock jumps over
 * it, the jump; of two such instants the earlier.
 */
static int64_t
first_instant(const struct zone *z, int64_t local_s)
{
	int64_t from = local_s - 2 * DAY_S;

	for (;;) {
		int64_t start = local_s - offset_at(z, from);
		int64_t until = next_change(z, from);

		if (start < from)
			start = from;
		if (start < until)
			return start * 1000000;
		from = until;
	}
}

/* Of a day that the zone skipped whole (Pacific/Apia, 2011-12-30): the start of the next. */
int64_t
zone_day_start(const struct zone *z, civil_day d)
{
	return first_instant(z, (int64_t)d * DAY_S);
}

int64_t
zone_hour(const struct zone *z, civil_day d, int hour)
{
	return first_instant(z, (int64_t)d * DAY_S + (int64_t)hour * HOUR_S);
}

static bool
name_ok(struct str name)
{
	if (name.len == 0 || name.len > NAME_MAX_BYTES || name.p[0] == '/' || name.p[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		/* No dot: neither .. nor the tables that lie among the zones. */
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '+' || c == '-' || c == '/'))
			return false;
	}
	return !str_starts(name, STR("posix")) && !str_starts(name, STR("right/")) &&
	       !str_eq(name, STR("localtime")) && !str_eq(name, STR("Factory"));
}

static bool
file_read(struct arena *a, const char *path, struct str *ret)
{
	char *buf = arena_alloc(a, FILE_MAX);
	size_t len = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while ((n = read(fd, buf + len, FILE_MAX - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	*ret = (struct str){ buf, len };
	return n == 0 && len < FILE_MAX;
}

const struct zone *
zone_find(const char *name)
{
	/* What was read stays for the life of the process; names of zones are few. */
	static const struct zone *known;
	static struct arena *keep;
	const struct zone *read;
	struct zone *z;
	struct arena *tmp;
	struct str tzif;

	if (!name || !name_ok(str_from(name)))
		return NULL;
	for (const struct zone *k = known; k; k = k->next)
		if (strcmp(k->name, name) == 0)
			return k;
	if (!keep)
		keep = arena_new(0);
	tmp = arena_new(0);
	read = file_read(tmp, arena_printf(tmp, ZONE_DIR "/%s", name), &tzif)
		   ? zone_read(keep, tzif)
		   : NULL;
	arena_free(tmp);
	if (!read)
		return NULL;
	z = arena_alloc(keep, sizeof(*z));
	*z = *read;
	z->name = arena_strdup(keep, name);
	z->next = known;
	known = z;
	return z;
}
