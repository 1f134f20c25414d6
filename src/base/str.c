/*
 * str.c - slices and capped builders.
 *
 * Slices are compared and cut, never changed. A builder's append is all or nothing: what
 * does not fit below the limit is not added in part, so that no UTF-8 sequence or JSON
 * escape is torn. A builder over a fixed buffer (sb_fixed) never allocates: the log uses
 * it when memory may be short.
 */
#include <billfold/base/str.h>

enum { SB_FIRST = 256 };

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_from(z));
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

int
str_cmp_nocase(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		unsigned char x = (unsigned char)ascii_lower(a.p[i]),
			      y = (unsigned char)ascii_lower(b.p[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str s)
{
	while (s.len && is_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct str
str_cut(struct str s, char sep, struct str *rest)
{
	const char *at = s.len ? memchr(s.p, sep, s.len) : NULL;
	struct str head = s;

	if (!at) {
		*rest = (struct str){ s.len ? s.p + s.len : s.p, 0 };
		return s;
	}
	head.len = (size_t)(at - s.p);
	*rest = (struct str){ at + 1, s.len - head.len - 1 };
	return head;
}

char *
str_dup(struct arena *a, struct str s)
{
	return arena_strndup(a, s.p, s.len);
}

bool
str_to_int(struct str s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = s.len && s.p[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t n = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		/* Counted downwards, so that INT64_MIN is reached without overflow. */
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, s.p[i] - '0', &n))
			return false;
	}
	if (!negative && __builtin_sub_overflow((int64_t)0, n, &n))
		return false;
	if (n < min || n > max)
		return false;
	*ret = n;
	return true;
}

const char *
int_text(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

size_t
str_utf8_len(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
	    : p[0] >= 0xe0 && p[0] <= 0xef ? 3
	    : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
					   : 0;
	if (n == 0 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what is past U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool
str_is_utf8(struct str s)
{
	while (s.len) {
		size_t n = s.p[0] == '\0' ? 0 : str_utf8_len(s);

		if (n == 0)
			return false;
		s.p += n;
		s.len -= n;
	}
	return true;
}

void
str_mend(char *z)
{
	for (size_t n, left = strlen(z); left; z += n, left -= n) {
		n = str_utf8_len((struct str){ z, left });
		if (n == 0) {
			*z = '?';
			n = 1;
		}
	}
}

void
sb_init(struct sb *sb, struct arena *a, size_t limit)
{
	*sb = (struct sb){ .arena = a, .limit = limit };
}

void
sb_fixed(struct sb *sb, char *buf, size_t size)
{
	*sb = (struct sb){ .buf = buf, .cap = size, .limit = size ? size - 1 : 0 };
}

/* Room for n more bytes and the terminator. */
static bool
sb_room(struct sb *sb, size_t n)
{
	size_t cap;
	char *grown;

	if (n > sb->limit - sb->len) {
		sb->overflow = true;
		return false;
	}
	if (sb->len + n < sb->cap)
		return true;
	cap = sb->cap ? sb->cap : SB_FIRST;
	while (cap <= sb->len + n)
		cap *= 2;
	if (cap > sb->limit)
		cap = sb->limit + 1;
	grown = arena_alloc(sb->arena, cap);
	if (sb->len)
		memcpy(grown, sb->buf, sb->len);
	sb->buf = grown;
	sb->cap = cap;
	return true;
}

void
sb_add(struct sb *sb, struct str s)
{
	if (s.len == 0 || !sb_room(sb, s.len))
		return;
	memcpy(sb->buf + sb->len, s.p, s.len);
	sb->len += s.len;
}

void
sb_addz(struct sb *sb, const char *z)
{
	sb_add(sb, str_from(z));
}

void
sb_addc(struct sb *sb, char c)
{
	if (!sb_room(sb, 1))
		return;
	sb->buf[sb->len++] = c;
}

/* Into the room that is there; only what does not fit is formatted again. */
void
sb_addf(struct sb *sb, const char *fmt, ...)
{
	size_t left = sb->cap - sb->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? sb->buf + sb->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n <= 0) {
		sb->overflow |= n < 0;
		return;
	}
	if ((size_t)n >= left) {
		if (!sb_room(sb, (size_t)n))
			return;
		va_start(ap, fmt);
		vsnprintf(sb->buf + sb->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	sb->len += (size_t)n;
}

/* ASCII that stands in a JSON string as it is. */
static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void
sb_add_json(struct sb *sb, struct str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t plain = 0;

	sb_addc(sb, '"');
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n;

		if (is_plain(c)) {
			i++;
			continue;
		}
		n = str_utf8_len((struct str){ s.p + i, s.len - i });

		if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			i += n;
			continue;
		}
		sb_add(sb, (struct str){ s.p + plain, i - plain });
		if (n == 0)
			sb_addz(sb, "\xef\xbf\xbd"); /* U+FFFD for a byte that is no UTF-8 */
		else if (c == '"' || c == '\\')
			sb_add(sb, (struct str){ (char[]){ '\\', (char)c }, 2 });
		else if (c == '\n')
			sb_addz(sb, "\\n");
		else if (c == '\r')
			sb_addz(sb, "\\r");
		else if (c == '\t')
			sb_addz(sb, "\\t");
		else
			sb_add(sb,
			       (struct str){
				   (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6 });
		plain = ++i;
	}
	sb_add(sb, (struct str){ s.p + plain, s.len - plain });
	sb_addc(sb, '"');
}

bool
sb_ok(const struct sb *sb)
{
	return !sb->overflow;
}

struct str
sb_str(const struct sb *sb)
{
	return (struct str){ sb->buf ? sb->buf : "", sb->len };
}

const char *
sb_z(struct sb *sb)
{
	if (!sb->buf)
		return "";
	sb->buf[sb->len] = '\0';
	return sb->buf;
}
