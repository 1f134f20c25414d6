/*
 * mail_report.c - what a mail system reports of a mail that it could not deliver (RFC 3464).
 *
 * A report has a group of fields for the message and one for each recipient. A mail of ours has one
 * recipient; where a report names more, the worst counts. Hard is what will be no better tomorrow:
 * the address, not the size of a mailbox, not the mood of a filter (RFC 3463).
 */
#include "mail_part.h"

#include "charset.h"

enum { VALUE_MAX = 600, STATUS_MAX = 12, GROUPS_MAX = 50 };

/* The value with its folded lines, as one. */
struct str
report_field(struct arena *a, struct str group, const char *name)
{
	size_t n = strlen(name);
	struct sb sb;
	bool within = false;

	sb_init(&sb, a, VALUE_MAX);
	while (group.len) {
		struct str line = str_cut(group, '\n', &group);

		if (within && line.len && (line.p[0] == ' ' || line.p[0] == '\t')) {
			sb_addc(&sb, ' ');
			sb_add(&sb, str_trim(line));
			continue;
		}
		if (within)
			break;
		if (line.len > n && line.p[n] == ':' && strncasecmp(line.p, name, n) == 0) {
			within = true;
			sb_add(&sb, str_trim((struct str){ line.p + n + 1, line.len - n - 1 }));
		}
	}
	return sb_str(&sb);
}

/* "rfc822; somebody@there.example", "smtp; 550 no such user": what follows the type. */
static const char *
behind_type(struct arena *a, struct str value)
{
	struct str rest;

	str_cut(value, ';', &rest);
	rest = str_trim(rest.len ? rest : value);
	return rest.len ? str_dup(a, rest) : NULL;
}

/* "5.1.1" at the start of s, RFC 3463: class 2, 4 or 5, and two numbers of at most three digits. */
static size_t
status_len(struct str s)
{
	size_t n = 1;

	if (s.len < 5 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5'))
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits = 0;

		if (n >= s.len || s.p[n] != '.')
			return 0;
		for (n++; n < s.len && s.p[n] >= '0' && s.p[n] <= '9' && digits < 3; digits++)
			n++;
		if (!digits)
			return 0;
	}
	return n;
}

static const char *
find_status(struct arena *a, struct str text)
{
	for (; text.len; text.p++, text.len--) {
		size_t n = status_len(text);

		if (n)
			return str_dup(a, (struct str){ text.p, n });
		while (text.len > 1 && text.p[0] >= '0' && text.p[0] <= '9')
			text.p++, text.len--;
	}
	return NULL;
}

static bool
is_hard(const char *status, const char *diagnostic)
{
	static const char *const passing[] = { "5.2.2", "5.2.3", "5.3.", "5.6.", "5.7.", NULL };

	if (!status)
		return diagnostic && diagnostic[0] == '5';
	for (size_t i = 0; passing[i]; i++)
		if (str_starts(str_from(status), str_from(passing[i])))
			return false;
	return status[0] == '5';
}

static int
rank(struct str action)
{
	return str_eq_nocase(action, STR("failed"))    ? 2
	       : str_eq_nocase(action, STR("delayed")) ? 1
						       : 0;
}

static void
take_group(struct arena *a, struct str group, struct mail_in *ret)
{
	struct str status = report_field(a, group, "Status"),
		   diagnostic = report_field(a, group, "Diagnostic-Code"),
		   recipient = report_field(a, group, "Final-Recipient");
	static const enum mail_in_kind kinds[] = { MAIL_IN_NOTICE, MAIL_IN_DELAY, MAIL_IN_BOUNCE };

	ret->kind = kinds[rank(report_field(a, group, "Action"))];
	ret->status = find_status(a, status);
	ret->diagnostic = diagnostic.len ? behind_type(a, diagnostic) : NULL;
	ret->recipient = recipient.len ? behind_type(a, recipient) : NULL;
	ret->hard = ret->kind == MAIL_IN_BOUNCE && is_hard(ret->status, ret->diagnostic);
}

/* Up to an empty line. */
static struct str
next_group(struct str *rest)
{
	struct str all = *rest, line;

	while (rest->len) {
		const char *at = rest->p;

		line = str_cut(*rest, '\n', rest);
		if (str_trim(line).len == 0)
			return (struct str){ all.p, (size_t)(at - all.p) };
	}
	return all;
}

void
report_read(struct arena *a, struct str text, struct mail_in *ret)
{
	struct str worst = { 0 };
	int worst_rank = -1;

	for (int i = 0; i < GROUPS_MAX && text.len; i++) {
		struct str group = next_group(&text), action = report_field(a, group, "Action");

		if (action.len && rank(action) > worst_rank) {
			worst_rank = rank(action);
			worst = group;
		}
	}
	ret->kind = MAIL_IN_NOTICE;
	if (worst_rank >= 0)
		take_group(a, worst, ret);
}

void
report_guess(struct arena *a, struct str failed, struct str text, struct mail_in *ret)
{
	if (!failed.len && !str_starts(text, STR("Hi. This is the qmail-send program")))
		return;
	ret->kind = MAIL_IN_BOUNCE;
	ret->status = find_status(a, text);
	ret->hard = is_hard(ret->status, NULL);
	if (failed.len)
		ret->recipient = str_dup(a, str_trim(str_cut(failed, ',', &failed)));
}
