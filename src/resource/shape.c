/*
 * shape.c - what an e-mail address, a URL, a telephone number, a language tag look like.
 *
 * Wide enough for what is in use, narrow enough that nothing here can break a mail header or an
 * HTML attribute: no control characters, no blanks, no quotes or angle brackets. Left of its @ an
 * address is ASCII: another is carried by few servers (RFC 6531), while a domain has its ASCII
 * form. Whether an address receives mail is for a mail to find out.
 */
#include "shape.h"

static bool
is_alnum(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

static bool
is_alpha(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool
is_high(char ch)
{
	return (unsigned char)ch >= 0x80;
}

/* A host name of labels; dots only between them. Letters beyond ASCII are internationalised names.
 */
static bool
is_host(struct str s, int *ret_labels)
{
	size_t label = 0;
	int n = 1;

	if (s.len == 0 || s.len > 253)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			n++;
		} else if (is_alnum(s.p[i]) || is_high(s.p[i]) || (s.p[i] == '-' && label > 0)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	*ret_labels = n;
	return label > 0 && s.p[s.len - 1] != '-';
}

bool
shape_is_email(struct str s)
{
	size_t at = s.len;
	int labels;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '@') {
			if (at != s.len)
				return false;
			at = i;
		}
	}
	if (at == s.len || at == 0 || at > 64)
		return false;
	for (size_t i = 0; i < at; i++) {
		if (!is_alnum(s.p[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i]))
			return false;
		if (s.p[i] == '.' && (i == 0 || i == at - 1 || s.p[i - 1] == '.'))
			return false;
	}
	return is_host((struct str){ s.p + at + 1, s.len - at - 1 }, &labels);
}

bool
shape_is_url(struct str s)
{
	struct str host, port;
	size_t start = str_starts(s, STR("https://")) ? 8 : str_starts(s, STR("http://")) ? 7 : 0;
	size_t end = start;
	int labels;
	int64_t n;

	if (start == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F || strchr("\"<>\\^`{|}", s.p[i]))
			return false;
	}
	while (end < s.len && !strchr("/?#", s.p[end]))
		end++;
	host = str_cut((struct str){ s.p + start, end - start }, ':', &port);
	if (host.len + 1 == end - start)
		return false;
	return is_host(host, &labels) && (port.len == 0 || str_to_int(port, 1, 65535, &n));
}

bool
shape_is_phone(struct str s)
{
	int digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else if (!strchr("+-()./ #*;,=extEXT", s.p[i]))
			return false;
	}
	return digits >= 2 && digits <= 20;
}

/* language[-Script][-REGION]: what documents are written in (RFC 5646, the part in use). */
bool
shape_is_locale(struct str s)
{
	struct str rest, part = str_cut(s, '-', &rest);

	if (part.len < 2 || part.len > 3)
		return false;
	for (size_t i = 0; i < part.len; i++) {
		if (part.p[i] < 'a' || part.p[i] > 'z')
			return false;
	}
	if (rest.len == 0)
		return s.len == part.len;
	part = str_cut(rest, '-', &rest);
	if (part.len == 4) {
		for (size_t i = 0; i < 4; i++) {
			if (!is_alpha(part.p[i]))
				return false;
		}
		if (rest.len == 0)
			return s.p[s.len - 1] != '-';
		part = str_cut(rest, '-', &rest);
	}
	if (rest.len || s.p[s.len - 1] == '-')
		return false;
	if (part.len == 3)
		return part.p[0] >= '0' && part.p[0] <= '9' && part.p[1] >= '0' &&
		       part.p[1] <= '9' && part.p[2] >= '0' && part.p[2] <= '9';
	return shape_is_upper(part, 2);
}

bool
shape_is_upper(struct str s, size_t len)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return false;
	}
	return s.len == len;
}
