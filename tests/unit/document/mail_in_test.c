/*
 * mail_in_test.c - what leads a mail back is signed and nothing else leads; what is read of a mail
 * is bounded and plain, whatever it is.
 */
#include <billfold/base.h>
#include <billfold/document/mail_in.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;
static const struct secret *secret;
static struct uuid tenant, delivery;

static struct str
lines(const char *text)
{
	return str_from(text);
}

static struct mail_in
read_text(const char *text)
{
	struct mail_in m;

	mail_read(a, lines(text), &m);
	return m;
}

/* ---- tags ---- */

static void
a_tag_leads_back_whatever_case_it_comes_in(void **state)
{
	const char *tag = mail_tag(a, secret, MAIL_TAG_BOUNCE, &tenant, &delivery);
	char upper[MAIL_TAG_LEN + 1];
	struct mail_tag t;

	(void)state;
	assert_int_equal(strlen(tag), MAIL_TAG_LEN);
	for (size_t i = 0; i <= MAIL_TAG_LEN; i++)
		upper[i] = tag[i] >= 'a' && tag[i] <= 'z' ? (char)(tag[i] - 0x20) : tag[i];
	assert_true(mail_tag_parse(str_from(upper), &t));
	assert_int_equal(t.kind, MAIL_TAG_BOUNCE);
	assert_string_equal(t.delivery.z, delivery.z);
	assert_string_equal(t.tenant_end, tenant.z + UUID_LEN - MAIL_TAG_TENANT);
	assert_true(mail_tag_is(secret, &t, &tenant));
}

static void
no_other_tag_leads_anywhere(void **state)
{
	const char *tag = mail_tag(a, secret, MAIL_TAG_REPLY, &tenant, &delivery);
	struct uuid other = tenant;
	struct mail_tag t;
	int sound = 0;

	(void)state;
	for (size_t i = 0; i < MAIL_TAG_LEN; i++) {
		char *changed = arena_strdup(a, tag);

		changed[i] = changed[i] == 'm' ? 'b' : 'm';
		if (mail_tag_parse(str_from(changed), &t)) {
			sound++;
			assert_false(mail_tag_is(secret, &t, &tenant));
		}
	}
	assert_true(sound > 40);
	other.z[0] = other.z[0] == '1' ? '2' : '1'; /* the same end, another tenant */
	assert_true(mail_tag_parse(str_from(tag), &t));
	assert_false(mail_tag_is(secret, &t, &other));
	assert_false(mail_tag_parse((struct str){ tag, MAIL_TAG_LEN - 1 }, &t));
}

static void
an_address_has_room_or_has_not(void **state)
{
	const char *tag = mail_tag(a, secret, MAIL_TAG_BOUNCE, &tenant, &delivery);
	const char *whole = mail_tag_address(a, "fourteenletter@there.example", tag);

	(void)state;
	assert_true(mail_tag_room("fourteenletter@there.example"));
	assert_int_equal(strchr(whole, '@') - whole, 64);
	assert_false(mail_tag_room("fifteen-letters@there.example"));
	assert_false(mail_tag_room("billing+x@there.example"));
}

/* ---- reading ---- */

static void
a_reply_is_read(void **state)
{
	const char *tag = mail_tag(a, secret, MAIL_TAG_ID, &tenant, &delivery);
	struct mail_in m = read_text(arena_printf(
	    a,
	    "From: =?iso-8859-1?Q?J=FCrgen?= <j@there.example>\r\nTo: billing@here.example\r\n"
	    "Subject: =?utf-8?B?w4RuZGVydW5n?=\r\nMessage-ID: <1@there.example>\r\n"
	    "References: <x@y> <%s@here.example>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0100\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
	    "--b\r\nContent-Type: text/plain; charset=windows-1252\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n=80 100\r\n"
	    "--b\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n--b--\r\n",
	    tag));

	(void)state;
	assert_int_equal(m.kind, MAIL_IN_REPLY);
	assert_string_equal(m.sender, "j@there.example");
	assert_string_equal(m.sender_name, "Jürgen");
	assert_string_equal(m.subject, "Änderung");
	assert_string_equal(m.text, "€ 100");
	assert_string_equal(m.message_id, "1@there.example");
	assert_true(m.date == INT64_C(1795770000000000));
	assert_int_equal(m.n_tags, 1);
	assert_string_equal(m.tags[0].delivery.z, delivery.z);
	assert_int_equal(m.n_files, 0);
	assert_false(m.shortened);
}

static void
a_page_is_read_as_its_words(void **state)
{
	struct mail_in m = read_text(
	    "From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n<html><style>p{}</style>"
	    "<p>Fish &amp; chips<br>for &lt;two&gt;</p><script>alert(1)</script><!-- x --><p>Bye");

	(void)state;
	assert_string_equal(m.text, "Fish & chips\nfor <two>\nBye");
}

static void
programs_are_told_from_people(void **state)
{
	static const struct {
		const char *header;
		enum mail_in_kind kind;
	} known[] = {
		{ "Auto-Submitted: auto-replied", MAIL_IN_AUTO },
		{ "Auto-Submitted: auto-generated; type=ticket", MAIL_IN_AUTO },
		{ "Auto-Submitted: no", MAIL_IN_REPLY },
		{ "Precedence: bulk", MAIL_IN_AUTO },
		{ "Precedence: first-class", MAIL_IN_REPLY },
		{ "X-Autoreply: yes", MAIL_IN_AUTO },
		{ "Return-Path: <>", MAIL_IN_AUTO },
		{ "Return-Path: <a@b.example>", MAIL_IN_REPLY },
		{ "List-Id: <l.example>", MAIL_IN_AUTO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(read_text(arena_printf(a, "From: a@b.example\n%s\n\nHi\n",
							known[i].header))
				     .kind,
				 known[i].kind);
}

static struct mail_in
report(const char *fields)
{
	return read_text(arena_printf(
	    a,
	    "From: MAILER-DAEMON@there.example\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
	    "--b\nContent-Type: text/plain\n\nSorry.\n--b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n%s\n"
	    "--b\nContent-Type: message/rfc822\n\nMessage-ID: <%s@here.example>\n\nHi\n--b--\n",
	    fields, mail_tag(a, secret, MAIL_TAG_ID, &tenant, &delivery)));
}

static void
reports_say_what_became_of_it(void **state)
{
	static const struct {
		const char *fields;
		enum mail_in_kind kind;
		bool hard;
		const char *status;
	} known[] = {
		{ "Action: failed\nStatus: 5.1.1\n", MAIL_IN_BOUNCE, true, "5.1.1" },
		{ "action: FAILED\nSTATUS: 5.1.10 (no such user)\n", MAIL_IN_BOUNCE, true,
		  "5.1.10" },
		{ "Action: failed\nStatus: 5.2.2\n", MAIL_IN_BOUNCE, false, "5.2.2" },
		{ "Action: failed\nStatus: 5.7.1\n", MAIL_IN_BOUNCE, false, "5.7.1" },
		{ "Action: failed\nStatus: 4.4.7\n", MAIL_IN_BOUNCE, false, "4.4.7" },
		{ "Action: failed\nDiagnostic-Code: smtp; 550 no\n", MAIL_IN_BOUNCE, true, NULL },
		{ "Action: failed\nStatus: nonsense\n", MAIL_IN_BOUNCE, false, NULL },
		{ "Action: delayed\nStatus: 4.4.1\n", MAIL_IN_DELAY, false, "4.4.1" },
		{ "Action: delivered\nStatus: 2.0.0\n", MAIL_IN_NOTICE, false, "2.0.0" },
		{ "Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.1.1\n",
		  MAIL_IN_BOUNCE, true, "5.1.1" },
		{ "", MAIL_IN_NOTICE, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct mail_in m = report(known[i].fields);

		assert_int_equal(m.kind, known[i].kind);
		assert_int_equal(m.hard, known[i].hard);
		if (known[i].status)
			assert_string_equal(m.status, known[i].status);
		else
			assert_null(m.status);
		assert_int_equal(m.n_tags, 1); /* by what is returned */
		assert_string_equal(m.tags[0].delivery.z, delivery.z);
		assert_int_equal(m.n_files, 0);
	}
}

static void
folded_fields_are_one(void **state)
{
	struct mail_in m =
	    report("Final-Recipient: rfc822; a@there.example\nAction: failed\n"
		   "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  nobody of\n\tthis name\n");

	(void)state;
	assert_string_equal(m.recipient, "a@there.example");
	assert_string_equal(m.diagnostic, "550 5.1.1 nobody of this name");
}

static void
what_only_looks_like_a_bounce_is_none(void **state)
{
	const char *r = mail_tag(a, secret, MAIL_TAG_REPLY, &tenant, &delivery);
	const char *b = mail_tag(a, secret, MAIL_TAG_BOUNCE, &tenant, &delivery);
	static const char text[] = "From: %s\nTo: billing+%s@here.example\nReturn-Path: %s\n"
				   "X-Failed-Recipients: x@y.example\n\n550 5.1.1 unknown\n";

	(void)state;
	/* where people answer to, or from a person: it is what it is */
	assert_int_equal(read_text(arena_printf(a, text, "a@b.example", r, "<>")).kind,
			 MAIL_IN_AUTO);
	assert_int_equal(read_text(arena_printf(a, text, "a@b.example", b, "<a@b.example>")).kind,
			 MAIL_IN_REPLY);
	assert_int_equal(read_text(arena_printf(a, text, "a@b.example", b, "<>")).kind,
			 MAIL_IN_BOUNCE);
}

/* ---- hostile ---- */

static void
depth_and_width_end(void **state)
{
	struct sb sb;
	struct mail_in m;

	(void)state;
	sb_init(&sb, a, 4 << 20);
	sb_addz(&sb, "From: a@b.example\nSubject: deep\n");
	for (int i = 0; i < 5000; i++)
		sb_addf(&sb, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	mail_read(a, sb_str(&sb), &m);
	assert_true(m.shortened);
	assert_string_equal(m.subject, "deep");

	sb_init(&sb, a, 4 << 20);
	sb_addz(&sb, "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 5000; i++)
		sb_addz(&sb, "--b\nContent-Disposition: attachment; filename=x\n\ny\n");
	mail_read(a, sb_str(&sb), &m);
	assert_true(m.shortened);
	assert_int_equal(m.n_files, MAIL_IN_FILES);
}

static void
texts_are_bounded_and_plain(void **state)
{
	struct sb sb;
	struct mail_in m;

	(void)state;
	sb_init(&sb, a, 4 << 20);
	sb_addz(&sb,
		"From: a@b.example\nSubject: =?utf-8?B?YQANClg6IHk=?=\n"
		"Content-Type: text/plain; charset=\"../../x\"\n\n\xff\x1b[31m\xe2\x80\xaegeil");
	mail_read(a, sb_str(&sb), &m);
	assert_string_equal(m.text, "\xEF\xBF\xBD[31mgeil");
	assert_null(strpbrk(m.subject, "\r\n"));
	for (int i = 0; i < 3000000; i += 20)
		sb_addz(&sb, "nineteen characters\n");
	mail_read(a, sb_str(&sb), &m);
	assert_true(m.shortened);
	assert_true(strlen(m.text) <= MAIL_IN_TEXT && strlen(m.text) > MAIL_IN_TEXT - 40);
}

static void
what_is_no_mail_is_nobodys(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n", "x", "From:", "\xff\xfe", "a: b" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mail_in m = read_text(texts[i]);

		assert_int_equal(m.n_tags, 0);
		assert_non_null(m.sender);
		assert_non_null(m.text);
	}
}

static int
open_all(void **state)
{
	static const char key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	char file[] = "/tmp/billfold-mail-in-XXXXXX";
	struct err err = { 0 };
	int fd = mkstemp(file), rc;

	(void)state;
	a = arena_new(0);
	if (fd < 0 || write(fd, key, sizeof(key) - 1) < 0 || crypto_init(&err) < 0)
		return -1;
	close(fd);
	rc = secret_load(file, &secret, &err);
	unlink(file);
	tenant = uuid_new();
	delivery = uuid_new();
	return rc;
}

static int
close_all(void **state)
{
	(void)state;
	secret_free(secret);
	arena_free(a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_leads_back_whatever_case_it_comes_in),
		cmocka_unit_test(no_other_tag_leads_anywhere),
		cmocka_unit_test(an_address_has_room_or_has_not),
		cmocka_unit_test(a_reply_is_read),
		cmocka_unit_test(a_page_is_read_as_its_words),
		cmocka_unit_test(programs_are_told_from_people),
		cmocka_unit_test(reports_say_what_became_of_it),
		cmocka_unit_test(folded_fields_are_one),
		cmocka_unit_test(what_only_looks_like_a_bounce_is_none),
		cmocka_unit_test(depth_and_width_end),
		cmocka_unit_test(texts_are_bounded_and_plain),
		cmocka_unit_test(what_is_no_mail_is_nobodys),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
