/*
 * html_text.c - the words of a page that somebody sent instead of a text.
 *
 * No parser of HTML: marks are left away, blocks end lines, a handful of entities are read. Nothing
 * of the result is markup for anybody.
 */
#include "mail_part.h"

static bool
is_tag(struct str s, const char *name)
{
	size_t n = strlen(name);

	return s.len > n && strncasecmp(s.p, name, n) == 0 &&
	       (s.p[n] == '>' || s.p[n] == ' ' || s.p[n] == '/' || s.p[n] == '\n');
}

/* Behind the mark that s begins with; where it does not end, behind everything. */
static struct str
skip_to(struct str s, const char *end)
{
	size_t n = strlen(end);

	for (; s.len >= n; s.p++, s.len--)
		if (strncasecmp(s.p, end, n) == 0)
			return (struct str){ s.p + n, s.len - n };
	return (struct str){ s.p + s.len, 0 };
}

static struct str
skip_mark(struct str s, struct sb *sb)
{
	static const char *const blocks[] = { "br", "p",  "/p",  "div", "/div",
					      "tr", "li", "/h1", NULL };
	struct str inner = { s.p + 1, s.len - 1 };

	for (size_t i = 0; blocks[i]; i++)
		if (is_tag(inner, blocks[i]) && sb->len && sb->buf[sb->len - 1] != '\n')
			sb_addc(sb, '\n');
	if (is_tag(inner, "style"))
		s = skip_to(s, "</style");
	else if (is_tag(inner, "script"))
		s = skip_to(s, "</script");
	else if (str_starts(inner, STR("!--")))
		return skip_to(s, "-->");
	return skip_to(s, ">");
}

static struct str
entity(struct str s, struct sb *sb)
{
	static const struct {
		struct str name, is;
	} known[] = {
		{ STR("&amp;"), STR("&") },  { STR("&lt;"), STR("<") },
		{ STR("&gt;"), STR(">") },   { STR("&quot;"), STR("\"") },
		{ STR("&nbsp;"), STR(" ") }, { STR("&#39;"), STR("'") },
		{ STR("&apos;"), STR("'") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(s, known[i].name)) {
			sb_add(sb, known[i].is);
			return (struct str){ s.p + known[i].name.len, s.len - known[i].name.len };
		}
	sb_addc(sb, '&');
	return (struct str){ s.p + 1, s.len - 1 };
}

struct str
html_text(struct arena *a, struct str html, size_t limit)
{
	struct sb sb;
	bool blank = true;

	sb_init(&sb, a, limit + 1);
	while (html.len && sb.len < limit) {
		char c = html.p[0];

		if (c == '<') {
			html = skip_mark(html, &sb);
			blank = sb.len == 0 || sb.buf[sb.len - 1] == '\n';
			continue;
		}
		if (c == '&') {
			html = entity(html, &sb);
			blank = false;
			continue;
		}
		html = (struct str){ html.p + 1, html.len - 1 };
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			if (!blank)
				sb_addc(&sb, ' ');
			blank = true;
			continue;
		}
		sb_addc(&sb, c);
		blank = false;
	}
	return sb_str(&sb);
}
