/*
 * percent.c - %XX in paths, queries, forms and credentials, decoded once.
 */
#include <billfold/base/str.h>

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
str_percent_decode(struct arena *a, struct str in, bool plus_is_blank, struct str *ret)
{
	size_t plain = 0;

	while (plain < in.len && in.p[plain] != '%' && !(plus_is_blank && in.p[plain] == '+'))
		plain++;
	if (plain == in.len) {
		*ret = in;
		return str_is_utf8(in);
	}

	char *out = arena_alloc(a, in.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.p[i];

		if (c == '%') {
			if (in.len - i < 3)
				return false;
			int hi = hex_value(in.p[i + 1]), lo = hex_value(in.p[i + 2]);

			if (hi < 0 || lo < 0)
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		out[n++] = c;
	}
	*ret = (struct str){ out, n };
	return str_is_utf8(*ret);
}
