/*
 * stripe_form.c - bodies as Stripe takes them: application/x-www-form-urlencoded, nested by
 * brackets.
 *
 * Everything but the unreserved characters of RFC 3986 is escaped, so that one content has one
 * text: a retry must have the same bytes.
 */
#include "stripe.h"

enum { FORM_MAX = 64 * 1024 };

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void
add_escaped(struct sb *sb, struct str s, const char *also)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_unreserved(s.p[i]) || (also && strchr(also, s.p[i])))
			sb_addc(sb, s.p[i]);
		else
			sb_addf(sb, "%%%02X", (unsigned char)s.p[i]);
}

void
form_init(struct form *f, struct arena *a)
{
	sb_init(&f->sb, a, FORM_MAX);
}

void
form_add(struct form *f, const char *name, struct str value)
{
	if (f->sb.len)
		sb_addc(&f->sb, '&');
	add_escaped(&f->sb, str_from(name), "[]");
	sb_addc(&f->sb, '=');
	add_escaped(&f->sb, value, NULL);
}

void
form_addz(struct form *f, const char *name, const char *value)
{
	if (value != NULL)
		form_add(f, name, str_from(value));
}

void
form_add_int(struct form *f, const char *name, int64_t value)
{
	form_addz(f, name, arena_printf(f->sb.arena, "%lld", (long long)value));
}
