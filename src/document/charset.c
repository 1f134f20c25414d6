/*
 * charset.c - what strangers wrote, as UTF-8 that can be stored and shown.
 *
 * The name of a charset comes from the mail: only those that people use are handed to iconv, which
 * would load a converter for any. Bytes that are none in their charset become U+FFFD and
 * cost one byte each, so that this always ends.
 */
#include "charset.h"

#include <errno.h>
#include <iconv.h>

enum { CHUNK = 1024 };

static const char *const taken[] = {
	"ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",
	"ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",
	"ISO-8859-13",  "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "WINDOWS-1250",
	"WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255",
	"WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "KOI8-R",       "KOI8-U",
	"GB2312",       "GBK",          "GB18030",      "BIG5",         "SHIFT_JIS",
	"ISO-2022-JP",  "EUC-JP",       "EUC-KR",       "TIS-620",      "IBM850",
	"MACINTOSH",    "UTF-16",       "UTF-16LE",     "UTF-16BE",     NULL,
};

static const char *
find(const char *charset)
{
	for (size_t i = 0; charset && taken[i]; i++)
		if (strcasecmp(charset, taken[i]) == 0)
			return taken[i];
	return NULL;
}

/* U+2028, directional overrides and their like turn a text into another one on the screen. */
static bool
harmless(struct str c)
{
	unsigned char a = (unsigned char)c.p[0], b, d;

	if (c.len == 1)
		return a == '\t' || a == '\n' || (a >= 0x20 && a != 0x7f);
	b = (unsigned char)c.p[1];
	if (c.len == 2)
		return !(a == 0xC2 && b < 0xA0); /* C1 */
	d = (unsigned char)c.p[2];
	if (c.len == 3 && a == 0xE2 && b == 0x80)
		return d < 0xA8 || d > 0xAE;
	return !(c.len == 3 && a == 0xE2 && b == 0x81 && d >= 0xA6 && d <= 0xA9);
}

static bool
add(struct sb *sb, struct str s, size_t limit)
{
	if (sb->len + s.len > limit)
		return false;
	sb_add(sb, s);
	return true;
}

static struct str
as_utf8(struct arena *a, struct str in, size_t limit, bool *ret_cut)
{
	struct sb sb;

	sb_init(&sb, a, limit + 1);
	while (in.len) {
		size_t n = str_utf8_len(in);
		struct str c = n ? (struct str){ in.p, n } : STR("\xEF\xBF\xBD");

		in.p += n ? n : 1;
		in.len -= n ? n : 1;
		if (c.len == 1 && c.p[0] == '\r') {
			if (in.len && in.p[0] == '\n')
				continue;
			c = STR("\n");
		}
		if (harmless(c) && !add(&sb, c, limit)) {
			*ret_cut = true;
			break;
		}
	}
	return sb_str(&sb);
}

/* limit: how much of what came of it may be looked at, whatever is thrown away of that later. */
static struct str
convert(struct arena *a, struct str in, iconv_t cd, size_t limit, bool *ret_cut)
{
	char *from = (char *)in.p, out[CHUNK];
	size_t left = in.len;
	struct sb sb;

	sb_init(&sb, a, limit + CHUNK + 4);
	while (left && sb.len <= limit) {
		char *to = out;
		size_t room = sizeof(out), before = left;
		size_t rc = iconv(cd, &from, &left, &to, &room);

		sb_add(&sb, (struct str){ out, sizeof(out) - room });
		if (rc != (size_t)-1 || (errno == E2BIG && (left < before || room < sizeof(out))))
			continue;
		if (errno == EINVAL) /* it ends within a character */
			break;
		sb_addz(&sb, "\xEF\xBF\xBD");
		from++;
		left--;
		iconv(cd, NULL, NULL, NULL, NULL);
	}
	*ret_cut |= left > 0 && sb.len > limit;
	return sb_str(&sb);
}

struct str
charset_text(struct arena *a, struct str bytes, const char *charset, size_t limit, bool *ret_cut)
{
	const char *name = find(charset);
	iconv_t cd = name ? iconv_open("UTF-8", name) : (iconv_t)-1;

	if (cd != (iconv_t)-1) {
		bytes = convert(a, bytes, cd, 2 * limit, ret_cut);
		iconv_close(cd);
	}
	return as_utf8(a, bytes, limit, ret_cut);
}
