/*
 * mail_read.c - a mail from anybody, taken apart (gmime).
 *
 * Everything has a bound before gmime sees it: bytes, headers, how many parts there may be within
 * parts. What does not fit is read by its headers alone. The parts are walked once; the first text
 * is what the mail says, a report tells what became of ours, anything else is an attachment that is
 * told of and not kept.
 */
#include "charset.h"
#include "mail_part.h"

#include <billfold/document.h>

#include <gmime/gmime.h>

enum {
	HEADERS_MAX = 256 << 10,
	NESTS_MAX = 60, /* parts that have parts */
	DEPTH_MAX = 20,
	PARTS_MAX = 300,
	REPORT_MAX = 64 << 10,
	ADDRESS_MAX = 320,
	ID_MAX = 300,
	DIAGNOSTIC_MAX = 400
};

const char *const mail_in_kinds[] = { "reply", "auto_reply", "bounce", "delay", "notice", NULL };

struct reading {
	struct arena *arena;
	struct mail_in *ret;
	struct str text, html;
	int parts;
	bool has_report; /* of any kind */
};

/* ---- tags ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Every word of a tag's length: what is signed needs no other proof that it is one. */
static void
find_tags(struct mail_in *ret, struct str value)
{
	while (value.len && ret->n_tags < MAIL_IN_TAGS) {
		size_t n = 0;

		while (n < value.len && is_letter(value.p[n]))
			n++;
		if (n == MAIL_TAG_LEN &&
		    mail_tag_parse((struct str){ value.p, n }, &ret->tags[ret->n_tags]) &&
		    ret->tags[ret->n_tags].kind != MAIL_TAG_VIEW)
			ret->n_tags++;
		n += n < value.len;
		value.p += n;
		value.len -= n;
	}
}

static struct str
header(GMimeObject *o, const char *name)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	GMimeHeader *h = g_mime_header_list_get_header(list, name);

	return str_trim(str_from(h ? g_mime_header_get_raw_value(h) : NULL));
}

/* A header may be there several times: each hop writes its own. */
static void
tags_of(GMimeObject *o, const char *const *names, struct mail_in *ret)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int n = g_mime_header_list_get_count(list);

	for (; *names; names++)
		for (int i = 0; i < n && i < 2000; i++) {
			GMimeHeader *h = g_mime_header_list_get_header_at(list, i);

			if (g_ascii_strcasecmp(g_mime_header_get_name(h), *names) == 0)
				find_tags(ret, str_from(g_mime_header_get_raw_value(h)));
		}
}

/* ---- texts ---- */

static const char *
one_line(struct arena *a, const char *text, size_t limit)
{
	bool cut = false;
	struct str s = charset_text(a, str_from(text), NULL, limit, &cut);

	return mail_line(a, str_dup(a, s));
}

/* "<id@there>": the id. */
static const char *
message_id(struct arena *a, struct str value)
{
	struct str id;

	str_cut(value, '<', &id);
	id = str_cut(id, '>', &value);
	for (size_t i = 0; i < id.len; i++)
		if ((unsigned char)id.p[i] <= 0x20 || (unsigned char)id.p[i] >= 0x7f)
			return NULL;
	return id.len > 2 && id.len <= ID_MAX ? str_dup(a, id) : NULL;
}

static struct str
content(struct arena *a, GMimePart *part, size_t limit, bool *ret_cut)
{
	GMimeDataWrapper *data = g_mime_part_get_content(part);
	GMimeStream *mem = g_mime_stream_mem_new();
	struct str ret = { "", 0 };

	if (data && g_mime_data_wrapper_write_to_stream(data, mem) >= 0) {
		GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));

		*ret_cut |= bytes->len > limit;
		ret.len = bytes->len < limit ? bytes->len : limit;
		ret.p = arena_strndup(a, (const char *)bytes->data, ret.len);
	}
	g_object_unref(mem);
	return ret;
}

static struct str
text_content(struct reading *r, GMimeObject *o, size_t limit)
{
	const char *charset = g_mime_object_get_content_type_parameter(o, "charset");
	/* four bytes at the most in any of the charsets for one that is kept */
	struct str bytes = content(r->arena, GMIME_PART(o), 4 * limit, &r->ret->shortened);

	return charset_text(r->arena, bytes, charset, limit, &r->ret->shortened);
}

/* ---- parts ---- */

static void
note_file(struct reading *r, GMimeObject *o)
{
	const char *name = GMIME_IS_PART(o) ? g_mime_part_get_filename(GMIME_PART(o)) : NULL;
	char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(o));
	struct mail_in_file *f;
	bool cut = false;

	if (r->ret->n_files == MAIL_IN_FILES) {
		r->ret->shortened = true;
		g_free(type);
		return;
	}
	f = &r->ret->files[r->ret->n_files++];
	*f = (struct mail_in_file){ .name = one_line(r->arena, name ? name : "", 200),
				    .media_type = one_line(r->arena, type, 100) };
	if (GMIME_IS_PART(o))
		f->size = content(r->arena, GMIME_PART(o), MAIL_IN_MAX, &cut).len;
	g_free(type);
}

static bool
is_type(GMimeObject *o, const char *type, const char *subtype)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), type, subtype);
}

/* What was sent comes back with the report, or its headers do. */
static void
take_returned(struct reading *r, GMimeObject *o)
{
	static const char *const names[] = { "Message-ID", NULL };
	bool cut = false;

	if (GMIME_IS_MESSAGE_PART(o)) {
		GMimeMessage *m = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));

		if (m)
			tags_of(GMIME_OBJECT(m), names, r->ret);
	} else if (GMIME_IS_PART(o)) {
		struct str text = content(r->arena, GMIME_PART(o), REPORT_MAX, &cut);

		find_tags(r->ret, report_field(r->arena, text, "Message-ID"));
	}
}

static void
take_leaf(struct reading *r, GMimeObject *o, bool in_report)
{
	const char *disposition = g_mime_object_get_disposition(o);
	bool attached = disposition && g_ascii_strcasecmp(disposition, "attachment") == 0,
	     cut = false;

	if (GMIME_IS_PART(o) &&
	    (is_type(o, "message", "delivery-status") ||
	     is_type(o, "message", "global-delivery-status")) &&
	    !r->has_report) {
		r->has_report = true;
		report_read(r->arena,
			    charset_text(r->arena,
					 content(r->arena, GMIME_PART(o), REPORT_MAX, &cut), NULL,
					 REPORT_MAX, &cut),
			    r->ret);
	} else if (in_report && (GMIME_IS_MESSAGE_PART(o) || is_type(o, "text", "rfc822-headers") ||
				 is_type(o, "message", "global-headers"))) {
		take_returned(r, o);
	} else if (GMIME_IS_PART(o) && !attached && !r->text.len && is_type(o, "text", "plain")) {
		r->text = text_content(r, o, MAIL_IN_TEXT);
	} else if (GMIME_IS_PART(o) && !attached && !r->html.len && is_type(o, "text", "html")) {
		r->html = text_content(r, o, 4 * MAIL_IN_TEXT);
	} else if (!in_report && !(is_type(o, "text", "html") && !attached)) {
		note_file(r, o);
	}
}

static void
walk(struct reading *r, GMimeObject *o, int depth, bool in_report)
{
	if (!o || ++r->parts > PARTS_MAX || depth > DEPTH_MAX) {
		r->ret->shortened = true;
		return;
	}
	if (!GMIME_IS_MULTIPART(o)) {
		take_leaf(r, o, in_report);
		return;
	}
	if (is_type(o, "multipart", "report"))
		in_report = true;
	for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(o)); i++)
		walk(r, g_mime_multipart_get_part(GMIME_MULTIPART(o), i), depth + 1, in_report);
}

/* ---- what it is ---- */

static bool
header_is(GMimeObject *o, const char *name, const char *const *values)
{
	struct str v = header(o, name);

	for (; *values; values++)
		if (str_eq_nocase(v, str_from(*values)))
			return true;
	return false;
}

/* RFC 3834, and what programs wrote before it. */
static bool
is_automatic(GMimeObject *o)
{
	static const char *const precedence[] = { "auto_reply", "bulk", "junk", "list", NULL };
	static const char *const marks[] = { "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From",
					     "List-Id", NULL };
	struct str rest, submitted = str_trim(str_cut(header(o, "Auto-Submitted"), ';', &rest));

	if (submitted.len && !str_eq_nocase(submitted, STR("no")))
		return true;
	for (const char *const *m = marks; *m; m++)
		if (header(o, *m).len)
			return true;
	return header_is(o, "Precedence", precedence) || str_eqz(header(o, "Return-Path"), "<>");
}

static bool
is_postmaster(const struct mail_in *m)
{
	return strncasecmp(m->sender, "mailer-daemon@", 14) == 0 ||
	       strncasecmp(m->sender, "postmaster@", 11) == 0;
}

static void
judge(struct reading *r, GMimeObject *o, GMimeObject *body)
{
	struct mail_in *m = r->ret;

	if (r->has_report)
		return;
	if (body && is_type(body, "multipart", "report")) { /* read, or complained of */
		m->kind = MAIL_IN_NOTICE;
		return;
	}
	m->kind = is_automatic(o) ? MAIL_IN_AUTO : MAIL_IN_REPLY;
	/* Only what came to where our refusals go, and as none but a mail system sends. */
	if (m->n_tags && m->tags[0].kind == MAIL_TAG_BOUNCE &&
	    (str_eqz(header(o, "Return-Path"), "<>") || is_postmaster(m)))
		report_guess(r->arena, header(o, "X-Failed-Recipients"), str_from(m->text), m);
}

static void
take_sender(struct reading *r, GMimeMessage *msg)
{
	InternetAddressList *from = g_mime_message_get_from(msg);
	InternetAddress *one = from && internet_address_list_length(from) > 0
				   ? internet_address_list_get_address(from, 0)
				   : NULL;
	const char *address = one && INTERNET_ADDRESS_IS_MAILBOX(one)
				  ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))
				  : NULL;
	const char *name = one ? internet_address_get_name(one) : NULL;

	r->ret->sender = one_line(r->arena, address ? address : "", ADDRESS_MAX);
	r->ret->sender_name = one_line(r->arena, name ? name : "", MAIL_IN_NAME);
}

static void
take_date(struct reading *r, GMimeMessage *msg)
{
	GDateTime *date = g_mime_message_get_date(msg);
	gint64 s = date ? g_date_time_to_unix(date) : 0;

	if (s > 0 && s < INT64_C(4102444800)) /* before 2100 */
		r->ret->date = s * 1000000;
}

static void
bound_report(struct reading *r)
{
	struct mail_in *m = r->ret;

	if (m->diagnostic)
		m->diagnostic = one_line(r->arena, m->diagnostic, DIAGNOSTIC_MAX);
	if (m->recipient)
		m->recipient = one_line(r->arena, m->recipient, ADDRESS_MAX);
}

static void
take(struct reading *r, GMimeMessage *msg)
{
	static const char *const to[] = {
		"X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc", NULL
	};
	static const char *const about[] = { "In-Reply-To", "References", NULL };
	GMimeObject *o = GMIME_OBJECT(msg), *body = g_mime_message_get_mime_part(msg);
	struct mail_in *m = r->ret;
	const char *subject = g_mime_message_get_subject(msg);

	take_sender(r, msg);
	take_date(r, msg);
	m->subject = one_line(r->arena, subject ? subject : "", MAIL_IN_SUBJECT);
	m->message_id = message_id(r->arena, header(o, "Message-ID"));
	tags_of(o, to, m);
	tags_of(o, about, m);
	if (body)
		walk(r, body, 0, false);
	if (!r->text.len && r->html.len)
		r->text = html_text(r->arena, r->html, MAIL_IN_TEXT);
	m->text = str_dup(r->arena, str_trim(r->text));
	judge(r, o, body);
	bound_report(r);
}

/* ---- bounds ---- */

static size_t
header_len(struct str s)
{
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.p[i] == '\n' && (s.p[i + 1] == '\n' ||
				       (s.p[i + 1] == '\r' && i + 2 < s.len && s.p[i + 2] == '\n')))
			return i + 1;
	return s.len;
}

/* Parts within parts cost a parser's stack, and each line a look at every boundary that is open. */
static bool
nests_too_deep(struct str s)
{
	int n = 0;

	for (size_t i = 0; i + 10 <= s.len; i++) {
		char c = s.p[i];

		if (c != 'm' && c != 'M')
			continue;
		n += strncasecmp(s.p + i, "multipart/", 10) == 0 ||
		     strncasecmp(s.p + i, "message/", 8) == 0;
		if (n > NESTS_MAX)
			return true;
	}
	return false;
}

void
mail_read(struct arena *a, struct str bytes, struct mail_in *ret)
{
	struct reading r = { .arena = a, .ret = ret };
	size_t head = header_len(bytes);
	GMimeStream *mem;
	GMimeParser *parser;
	GMimeMessage *msg;

	*ret = (struct mail_in){
		.kind = MAIL_IN_REPLY, .sender = "", .sender_name = "", .subject = "", .text = ""
	};
	if (head > HEADERS_MAX)
		return;
	if (bytes.len > MAIL_IN_MAX || nests_too_deep(bytes)) {
		ret->shortened = true;
		bytes.len =
		    bytes.len > MAIL_IN_MAX && !nests_too_deep((struct str){ bytes.p, MAIL_IN_MAX })
			? MAIL_IN_MAX
			: head;
	}
	g_mime_init();
	mem = g_mime_stream_mem_new_with_buffer(bytes.p, bytes.len);
	parser = g_mime_parser_new_with_stream(mem);
	msg = g_mime_parser_construct_message(parser, NULL);
	if (msg) {
		take(&r, msg);
		g_object_unref(msg);
	}
	g_object_unref(parser);
	g_object_unref(mem);
}
