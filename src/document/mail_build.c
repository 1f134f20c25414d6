/*
 * mail_build.c - one mail as the bytes that go over the wire (gmime).
 *
 * Addresses and texts of headers are checked: a line end or control character in any of them is
 * refused, so that no value can add a header or a recipient. Texts are encoded here (RFC 2047), not
 * by gmime, which lets pass what already looks encoded: a reader would decode a name of "=?...?=",
 * line ends and all. Text parts carry their charset. Lines are CRLF, everything is 7-bit, so that
 * no server on the way has to change a byte. Message-ID and date come from the caller; the
 * boundaries are made from the Message-ID, so that the same mail has the same bytes.
 */
#include <billfold/document.h>

#include <billfold/base/date.h>

#include <gmime/gmime.h>

enum { MAIL_MAX = 24 << 20, HEADER_TEXT_MAX = 16384, WORD_MAX = 60, WORD_BYTES = 42 };

static bool
is_line(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* gmime writes a domain that begins like an A-label by what it decodes to, which may be nothing,
 * or no ASCII. */
static bool
is_written_so(const char *address)
{
	InternetAddress *one = internet_address_mailbox_new(NULL, address);
	const char *written = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(one));
	bool so = written && g_ascii_strcasecmp(written, address) == 0;

	g_object_unref(one);
	return so;
}

static bool
is_address(const char *address)
{
	return address && mail_address_ok(str_from(address)) && is_written_so(address);
}

static bool
is_message_id(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f ||
		    strchr("<>()\"\\,;:[]", *c))
			return false;
	return strchr(s, '@') != NULL;
}

static int
check(const struct mail *m, struct err *err)
{
	const struct mail_address *all[] = { &m->from, &m->to, &m->reply_to };

	for (size_t i = 0; i < 3; i++) {
		if (i == 2 && !all[i]->address)
			continue;
		if (!is_address(all[i]->address))
			return err_set(err, ERR_validation_failed, "this is no e-mail address");
		if (!is_line(all[i]->name))
			return err_set(err, ERR_validation_failed,
				       "a name holds control characters");
	}
	if (!m->message_id || !is_message_id(m->message_id) ||
	    (m->references && !is_message_id(m->references)))
		return err_set(err, ERR_internal, "a message id is not one");
	for (size_t i = 0; i < m->n_attachments; i++)
		if (!is_line(m->attachments[i].name) || !is_line(m->attachments[i].media_type))
			return err_set(err, ERR_internal,
				       "an attachment's name holds control characters");
	if (m->return_to && !is_address(m->return_to))
		return err_set(err, ERR_internal, "there is no address to answer to");
	return is_line(m->subject)
		   ? 0
		   : err_set(err, ERR_validation_failed, "the subject is not one line");
}

/* Nothing that a reader decodes, nothing that gmime has to break. */
static bool
is_plain(const char *s)
{
	size_t run = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c >= 0x7f || (c == '=' && s[1] == '?'))
			return false;
		run = c == ' ' ? 0 : run + 1;
		if (run > WORD_MAX)
			return false;
	}
	return true;
}

/* Words of whole characters, at most 75 letters each; a reader drops the blanks between them. */
static const char *
header_text(struct arena *a, const char *s)
{
	struct sb sb;

	if (!s || is_plain(s))
		return s;
	sb_init(&sb, a, HEADER_TEXT_MAX);
	for (size_t left = strlen(s), n; left; s += n, left -= n) {
		n = left < WORD_BYTES ? left : WORD_BYTES;
		while (n > 1 && n < left && ((unsigned char)s[n] & 0xC0) == 0x80)
			n--;
		char *word = g_base64_encode((const guchar *)s, n);

		sb_addf(&sb, "%s=?UTF-8?B?%s?=", sb.len ? " " : "", word);
		g_free(word);
	}
	return sb_z(&sb);
}

static void
add_address(InternetAddressList *list, struct arena *a, const struct mail_address *m)
{
	InternetAddress *one =
	    internet_address_mailbox_new(m->name && *m->name ? header_text(a, m->name) : NULL,
					 m->address);

	internet_address_list_add(list, one);
	g_object_unref(one);
}

static GMimeObject *
text_part(const char *subtype, struct str text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	GMimeStream *mem = g_mime_stream_mem_new_with_buffer(text.p, text.len);
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(mem, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	g_object_unref(mem);
	return GMIME_OBJECT(part);
}

static GMimeObject *
file_part(const struct mail_attachment *f)
{
	GMimePart *part = g_mime_part_new();
	GMimeContentType *type = g_mime_content_type_parse(NULL, f->media_type);
	GMimeStream *mem = g_mime_stream_mem_new_with_buffer(f->bytes.p, f->bytes.len);
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(mem, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_object_set_content_type(GMIME_OBJECT(part), type);
	g_mime_object_set_disposition(GMIME_OBJECT(part), GMIME_DISPOSITION_ATTACHMENT);
	g_mime_part_set_filename(part, f->name);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_part_set_content(part, content);
	g_object_unref(type);
	g_object_unref(content);
	g_object_unref(mem);
	return GMIME_OBJECT(part);
}

static GMimeMultipart *
new_multipart(const char *subtype, const struct mail *m, char mark)
{
	GMimeMultipart *mp = g_mime_multipart_new_with_subtype(subtype);
	char hash[SHA256_HEX], boundary[48];

	sha256_hex(str_from(m->message_id), hash);
	snprintf(boundary, sizeof(boundary), "=_%c_%.32s", mark, hash);
	g_mime_multipart_set_boundary(mp, boundary);
	return mp;
}

static void
adopt(GMimeMultipart *mp, GMimeObject *part)
{
	g_mime_multipart_add(mp, part);
	g_object_unref(part);
}

static GMimeObject *
body(const struct mail *m)
{
	GMimeObject *text = text_part("plain", m->text);
	GMimeMultipart *mp;

	if (m->html.len) {
		mp = new_multipart("alternative", m, 'a');
		adopt(mp, text);
		adopt(mp, text_part("html", m->html));
		text = GMIME_OBJECT(mp);
	}
	if (!m->n_attachments)
		return text;
	mp = new_multipart("mixed", m, 'm');
	adopt(mp, text);
	for (size_t i = 0; i < m->n_attachments; i++)
		adopt(mp, file_part(&m->attachments[i]));
	return GMIME_OBJECT(mp);
}

static void
set_headers(GMimeMessage *msg, const struct mail *m, struct arena *a)
{
	GDateTime *date = g_date_time_new_from_unix_utc(m->date / 1000000);
	GMimeObject *o = GMIME_OBJECT(msg);

	add_address(g_mime_message_get_from(msg), a, &m->from);
	add_address(g_mime_message_get_to(msg), a, &m->to);
	if (m->reply_to.address)
		add_address(g_mime_message_get_reply_to(msg), a, &m->reply_to);
	if (m->return_to)
		add_address(g_mime_message_get_reply_to(msg), a,
			    &(struct mail_address){ m->from.name, m->return_to });
	g_mime_message_set_subject(msg, m->subject ? header_text(a, m->subject) : "", NULL);
	g_mime_message_set_date(msg, date);
	g_date_time_unref(date);
	g_mime_message_set_message_id(msg, m->message_id);
	if (m->references) {
		const char *id = arena_printf(a, "<%s>", m->references);

		g_mime_object_set_header(o, "In-Reply-To", id, NULL);
		g_mime_object_set_header(o, "References", id, NULL);
	}
	/* made by a program: nobody's absence notice should answer (RFC 3834) */
	g_mime_object_set_header(o, "Auto-Submitted", "auto-generated", NULL);
}

static void
to_bytes(GMimeMessage *msg, struct sb *out)
{
	GMimeFormatOptions *format = g_mime_format_options_new();
	GMimeStream *mem = g_mime_stream_mem_new();
	GByteArray *bytes;

	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(msg), format, mem);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	sb_add(out, (struct str){ (const char *)bytes->data, bytes->len });
	g_object_unref(mem);
	g_mime_format_options_free(format);
}

int
mail_build(struct arena *a, const struct mail *m, struct str *ret, struct err *err)
{
	GMimeMessage *msg;
	GMimeObject *content;
	struct sb out;

	g_mime_init();
	if (check(m, err) < 0)
		return -1;
	sb_init(&out, a, MAIL_MAX);
	msg = g_mime_message_new(TRUE);
	set_headers(msg, m, a);
	content = body(m);
	g_mime_message_set_mime_part(msg, content);
	g_object_unref(content);
	g_mime_object_encode(GMIME_OBJECT(msg), GMIME_ENCODING_CONSTRAINT_7BIT);
	to_bytes(msg, &out);
	g_object_unref(msg);
	if (!sb_ok(&out))
		return err_set(err, ERR_payload_too_large, "the mail is too large");
	*ret = sb_str(&out);
	return 0;
}
