/*
 * mail_test.c - mails as bytes: what a reader gets, what nobody can slip in; pay links.
 */
#include <billfold/document.h>

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;

static struct mail
a_mail(void)
{
	return (struct mail){
		.message_id = "0192a000-0000-7000-8000-00000000000a@seller.example",
		.date = INT64_C(1767225600000000),
		.from = { "Müller & Söhne, GmbH", "billing@seller.example" },
		.to = { "Änne \"Ö\" <x>", "anne@payer.example" },
		.subject = "Rechnung RE-1 über 1.234,50 € – fällig",
		.text =
		    STR("Guten Tag,\n\nhier ist die Rechnung über 1.234,50 €.\n.\nFrom here on\n"),
		.html = STR("<p>1.234,50 €</p>")
	};
}

static const char *
built(const struct mail *m)
{
	struct str out;
	struct err err = { 0 };

	if (mail_build(a, m, &out, &err) < 0)
		fail_msg("%s %s", err.detail, err.cause);
	assert_true(str_is_utf8(out));
	return str_dup(a, out);
}

static void
the_bytes_are_seven_bit_crlf_and_always_the_same(void **state)
{
	struct mail_attachment pdf = { "Rechnung_RE-1.pdf", "application/pdf",
				       STR("%PDF-1.5\x80\xff\0\r\n") };
	struct mail m = a_mail();
	const char *text;

	m.attachments = &pdf;
	m.n_attachments = 1;
	text = built(&m);
	assert_string_equal(text, built(&m));
	for (const char *c = text; *c; c++) {
		assert_true((unsigned char)*c < 0x80);
		assert_true(*c != '\n' || (c > text && c[-1] == '\r'));
		assert_true(*c != '\r' || c[1] == '\n');
	}
	assert_non_null(
	    strstr(text, "Message-Id: <0192a000-0000-7000-8000-00000000000a@seller.example>\r\n"));
	assert_non_null(strstr(text, "MIME-Version: 1.0\r\n"));
	assert_non_null(strstr(text, "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"));
	assert_non_null(strstr(text, "multipart/mixed"));
	assert_non_null(strstr(text, "multipart/alternative"));
	assert_non_null(strstr(text, "charset=utf-8"));
	assert_non_null(strstr(text, "filename=Rechnung_RE-1.pdf"));
	(void)state;
}

static void
a_domain_of_other_letters_has_an_ascii_form(void **state)
{
	static const char *const wire[][2] = {
		{ "a@m\xc3\xbcller.example", "a@xn--mller-kva.example" },
		{ "a@B\xc3\x9c"
		  "CHER.example",
		  "a@xn--bcher-kva.example" },
		{ "a@stra\xc3\x9f"
		  "e.example",
		  "a@xn--strae-oqa.example" }, /* IDNA 2003 says strasse */
		{ "a@xn--mller-kva.example", "a@xn--mller-kva.example" },
		{ "A.b@Plain.example", "A.b@Plain.example" },
		/* what has none stays, and is refused where a mail is built */
		{ "\xc3\xbc@b.example", "\xc3\xbc@b.example" },
		{ "a@\xe2\x80\xae.example", "a@\xe2\x80\xae.example" },
		{ "a@x..\xc3\xbc", "a@x..\xc3\xbc" },
		{ "a@m\xc3\xbcller.example\r\nBcc: b@c.example", NULL },
		{ "\xc3\xbc", "\xc3\xbc" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(wire) / sizeof(wire[0]); i++) {
		const char *out = mail_address_wire(a, wire[i][0]);

		if (wire[i][1])
			assert_string_equal(out, wire[i][1]);
		else
			assert_false(mail_address_ok(str_from(out)));
	}
	(void)state;
}

static void
a_name_is_made_one_line(void **state)
{
	assert_string_equal(mail_line(a, "Anne\r\nBcc: z@w"), "Anne Bcc: z@w");
	assert_string_equal(mail_line(a, " \tAnne\x01\x7f \xc3\x96 \n"), "Anne \xc3\x96");
	assert_string_equal(mail_line(a, "\r\n"), "");
	assert_null(mail_line(a, NULL));
	(void)state;
}

/* What decodes to nothing, or to letters that no domain has, cannot be written. */
static void
an_address_is_written_as_it_is_or_not_at_all(void **state)
{
	static const char *const addresses[] = { "p@xn--ample", "p@x.xn--plf",
						 "p@xn--strae-oqa.example",
						 "p@XN--MLLER-KVA.example", "o'x+y@b--c.example" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct mail m = a_mail();
		struct str out;
		struct err err = { 0 };

		m.to.name = NULL;
		m.to.address = addresses[i];
		if (i < 2) {
			assert_int_equal(mail_build(a, &m, &out, &err), -1);
			assert_int_equal(err.code, ERR_validation_failed);
		} else {
			assert_non_null(
			    strstr(built(&m), arena_printf(a, "To: %s\r\n", addresses[i])));
		}
	}
	(void)state;
}

static void
headers_cannot_be_added(void **state)
{
	static const char *const bad[] = {
		"x@y\r\nBcc: z@w", "x@y\nz", "x y@z",      "x@y,z@w", "<x@y>",
		"x@y@z",           "@y",     "x@",         "x",       "",
		"x@y;z@w",         "x@.y",   "ü@y.example"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mail m = a_mail();
		struct str out;
		struct err err = { 0 };

		m.to.address = bad[i];
		assert_int_equal(mail_build(a, &m, &out, &err), -1);
		assert_int_equal(err.code, ERR_validation_failed);
		assert_false(mail_address_ok(str_from(bad[i])));
	}
	for (size_t i = 0; i < 4; i++) {
		struct mail m = a_mail();
		struct str out;
		struct err err = { 0 };

		switch (i) {
		case 0:
			m.to.name = "Anne\r\nBcc: z@w";
			break;
		case 1:
			m.subject = "x\nBcc: z@w";
			break;
		case 2:
			m.from.name = "x\r";
			break;
		default:
			m.message_id = "a@b>\r\nBcc: z@w";
		}
		assert_int_equal(mail_build(a, &m, &out, &err), -1);
	}
	(void)state;
}

static void
what_looks_encoded_is_encoded(void **state)
{
	struct mail m = a_mail();
	const char *text;

	m.to.name = "=?utf-8?B?DQpCY2M6IHpAdw==?=";
	m.subject = "RE-1 =?utf-8?q?=0D=0ABcc:_z=40w?=";
	text = built(&m);
	assert_null(strstr(text, "DQpCY2M6IHpAdw=="));
	assert_null(strstr(text, "=0D=0ABcc"));
	/* Words of whole characters, no longer than RFC 2047 has them. */
	m.subject = "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"
		    "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"
		    "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80";
	text = built(&m);
	for (const char *word = strstr(text, "=?UTF-8?B?"); word;
	     word = strstr(word + 1, "=?UTF-8?B?"))
		assert_in_range(strstr(word, "?=") + 2 - word, 12, 75);
	(void)state;
}

static void
a_follow_up_names_the_mail_it_follows(void **state)
{
	struct mail m = a_mail();
	const char *text;

	m.references = "first@seller.example";
	m.reply_to.address = "office@seller.example";
	m.html = (struct str){ 0 };
	text = built(&m);
	assert_non_null(strstr(text, "In-Reply-To: <first@seller.example>\r\n"));
	assert_non_null(strstr(text, "References: <first@seller.example>\r\n"));
	assert_non_null(strstr(text, "Reply-To: office@seller.example\r\n"));
	assert_null(strstr(text, "multipart"));
	(void)state;
}

/* What another implementation of the standards reads out of it. */
static void
another_reader_finds_what_was_written(void **state)
{
	static const char script[] =
	    "import sys, email, email.policy\n"
	    "m = email.message_from_binary_file(open(sys.argv[1], 'rb'), "
	    "policy=email.policy.default)\n"
	    "assert not m.defects, m.defects\n"
	    "assert m['Subject'] == 'Rechnung RE-1 über 1.234,50 € – fällig', m['Subject']\n"
	    "assert m['From'].addresses[0].display_name == 'Müller & Söhne, GmbH', m['From']\n"
	    "assert m['To'].addresses[0].display_name == 'Änne \"Ö\" <x>', m['To']\n"
	    "assert [x.addr_spec for x in m['To'].addresses] == ['anne@payer.example']\n"
	    "text = m.get_body(('plain',)).get_content()\n"
	    "assert 'über 1.234,50 €.\\n.\\nFrom here on' in text, text\n"
	    "assert m.get_body(('html',)).get_content().strip() == '<p>1.234,50 €</p>'\n"
	    "[pdf] = list(m.iter_attachments())\n"
	    "assert pdf.get_content() == b'%PDF-1.5\\x80\\xff\\x00\\r\\n', pdf.get_content()\n"
	    "assert pdf.get_filename() == 'Rechnung_RE-1.pdf'\n";
	struct mail_attachment pdf = { "Rechnung_RE-1.pdf", "application/pdf",
				       STR("%PDF-1.5\x80\xff\0\r\n") };
	struct mail m = a_mail();
	char path[] = "/tmp/billfold-mail-XXXXXX";
	const char *text;
	int fd = mkstemp(path), status;
	pid_t pid;

	m.attachments = &pdf;
	m.n_attachments = 1;
	text = built(&m);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	pid = fork();
	if (pid == 0) {
		execl("/usr/bin/python3", "python3", "-c", script, path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(path);
	(void)state;
}

static struct json_object *
parse(const char *json)
{
	struct json_object *o;
	struct err err = { 0 };

	assert_int_equal(jscan_parse(a, str_from(json), &o, &err), 0);
	return o;
}

static const char an_invoice[] =
    "{\"kind\":\"standard\",\"number\":\"RE-1\",\"locale\":\"de-DE\",\"currency\":\"EUR\","
    "\"exponent\":2,"
    "\"issue_date\":\"2026-02-12\",\"due_date\":\"2026-03-14\",\"total\":214661,\"paid\":0,"
    "\"amount_due\":214661,"
    "\"pay_url\":\"https://pay.example/x\",\"seller\":{\"name\":\"<Werk>\",\"legal_name\":\"Werk "
    "GmbH\"},"
    "\"contact\":{\"name\":\"Änne {{pay_url}}\"}}";

static void
a_mail_says_what_the_invoice_says(void **state)
{
	struct json_object *row = parse(
	    "{\"subject\":\"{{title}} {{number}} von {{seller.name}}\",\"html\":null,"
	    "\"text\":\"Guten Tag {{contact.name}},\\n\\n{{amount_due}} bis "
	    "{{due_date}}.\\n{{#pay_url}}\\n\\nOnline:"
	    "\\n{{pay_url}}\\n{{/"
	    "pay_url}}\\n\\n{{note}}\\n\",\"frame\":\"{{sender}}|{{#paragraphs}}<p>{{#lines}}{{.}}"
	    "<br>{{/lines}}</p>{{#action}}<a "
	    "href=\\\"{{url}}\\\">{{label}}</a>{{/action}}{{/paragraphs}}|{{imprint}}\"}");
	struct json_object *data;
	struct mail m = { 0 };
	struct err err = { 0 };

	assert_int_equal(mail_data(a, parse(an_invoice), parse("{\"note\":\"extra\"}"), &data,
				   &err),
			 0);
	assert_int_equal(mail_compose(a, row, data, &m, &err), 0);
	assert_string_equal(m.subject, "Rechnung RE-1 von <Werk>");
	assert_string_equal(
	    str_dup(a, m.text),
	    "Guten Tag Änne {{pay_url}},\n\n2.146,61\xc2\xa0€ bis 14. März 2026.\n\nOnline:\n"
	    "https://pay.example/x\n\nextra\n");
	assert_string_equal(
	    str_dup(a, m.html),
	    "&lt;Werk&gt;|<p>Guten Tag Änne {{pay_url}},<br></p><p>2.146,61\xc2\xa0€ bis 14. März "
	    "2026.<br></p><p>Online:<br></p><a href=\"https://pay.example/x\">Online bezahlen</a>"
	    "<p>extra<br></p>|Werk GmbH");
	(void)state;
}

static void
nobody_is_asked_to_pay_a_credit_note(void **state)
{
	struct json_object *doc = parse(an_invoice), *data;
	struct str s;
	bool due = true;
	struct err err = { 0 };

	json_object_object_add(doc, "kind", json_object_new_string("credit"));
	json_object_object_add(doc, "total", json_object_new_int64(-5000));
	assert_int_equal(mail_data(a, doc, NULL, &data, &err), 0);
	assert_false(jval_str(data, "pay_url", &s));
	assert_true(jval_bool(data, "is_due", &due));
	assert_false(due);
	assert_true(jval_str(data, "total", &s));
	assert_true(str_eqz(s, "50,00\xc2\xa0€"));
	(void)state;
}

static void
a_pay_link_is_the_same_for_ever_and_no_others(void **state)
{
	static const char tenant[] = "0192a000-0000-7000-8000-00000000000a";
	char path[] = "/tmp/billfold-secret-XXXXXX", hash[SHA256_HEX], expected[SHA256_HEX];
	const struct secret *secret;
	const char *one, *bad[] = { "", ".", "x.y", NULL, NULL };
	struct uuid found;
	struct err err = { 0 };
	int fd = mkstemp(path);

	assert_int_equal(write(fd, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 45), 45);
	close(fd);
	assert_int_equal(secret_load(path, &secret, &err), 0);
	unlink(path);
	one = pay_link_token(a, secret, tenant, "i1", 1);
	assert_string_equal(one, pay_link_token(a, secret, tenant, "i1", 1));
	assert_string_not_equal(one, pay_link_token(a, secret, tenant, "i1", 2));
	assert_string_not_equal(one, pay_link_token(a, secret, tenant, "i2", 1));
	assert_string_not_equal(one,
				pay_link_token(a, secret, "0192a000-0000-7000-8000-00000000000b",
					       "i1", 1));
	assert_true(pay_link_parse(str_from(one), &found, hash));
	assert_string_equal(found.z, tenant);
	sha256_hex(str_from(one), expected);
	assert_string_equal(hash, expected);
	assert_string_equal(pay_link_url(a, "https://x.example", one),
			    arena_printf(a, "https://x.example/pay/%s", one));
	bad[3] = arena_printf(a, "%sx", one);
	bad[4] = one + 1;
	for (size_t i = 0; i < 5; i++)
		assert_false(pay_link_parse(str_from(bad[i]), &found, hash));
	(void)state;
}

static int
setup(void **state)
{
	struct err err = { 0 };

	a = arena_new(0);
	(void)state;
	return crypto_init(&err);
}

static int
teardown(void **state)
{
	arena_free(a);
	(void)state;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_seven_bit_crlf_and_always_the_same),
		cmocka_unit_test(a_domain_of_other_letters_has_an_ascii_form),
		cmocka_unit_test(a_name_is_made_one_line),
		cmocka_unit_test(an_address_is_written_as_it_is_or_not_at_all),
		cmocka_unit_test(headers_cannot_be_added),
		cmocka_unit_test(what_looks_encoded_is_encoded),
		cmocka_unit_test(a_follow_up_names_the_mail_it_follows),
		cmocka_unit_test(another_reader_finds_what_was_written),
		cmocka_unit_test(a_mail_says_what_the_invoice_says),
		cmocka_unit_test(nobody_is_asked_to_pay_a_credit_note),
		cmocka_unit_test(a_pay_link_is_the_same_for_ever_and_no_others),
	};

	return cmocka_run_group_tests_name("mail", tests, setup, teardown);
}
