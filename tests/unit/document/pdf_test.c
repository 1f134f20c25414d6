/*
 * pdf_test.c - invoices as PDF: the same bytes for the same data, everything said, nothing
 * executed, and no data that breaks it. Samples lie in samples/; pdftotext and pdfinfo read the
 * results.
 */
#include "base/prng.h"

#include <billfold/base/money.h>
#include <billfold/document.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;

static struct str
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *buf = arena_alloc(a, 1 << 20);
	size_t n;

	if (!f)
		fail_msg("%s", path);
	n = fread(buf, 1, 1 << 20, f);
	fclose(f);
	return (struct str){ buf, n };
}

static struct json_object *
sample(const char *name)
{
	struct json_object *doc;
	struct err err = { 0 };

	assert_int_equal(jscan_parse(a, read_file(arena_printf(a, SAMPLES "/%s.json", name)), &doc,
				     &err),
			 0);
	return doc;
}

static struct str
pdf_of(struct json_object *doc, struct str logo)
{
	struct str pdf = { 0 };
	struct err err = { 0 };

	if (invoice_pdf(a, doc, logo, &pdf, &err) < 0)
		fail_msg("%s %s", err.detail, err.cause);
	assert_true(pdf.len > 1000 && memcmp(pdf.p, "%PDF-", 5) == 0);
	return pdf;
}

/* A tool's output on a PDF; empty where the tool is not installed. */
static const char *
tool(const char *name, struct str pdf)
{
	char path[] = "/tmp/billfold-pdf-XXXXXX", *text = arena_alloc(a, 1 << 20);
	int fd = mkstemp(path), out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(write(fd, pdf.p, pdf.len), (ssize_t)pdf.len);
	close(fd);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		if (strcmp(name, "pdftotext") == 0)
			execlp(name, name, "-layout", path, "-", (char *)NULL);
		execlp(name, name, path, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	while (len < (1 << 20) - 1 && (n = read(out[0], text + len, (1 << 20) - 1 - len)) > 0)
		len += (size_t)n;
	close(out[0]);
	waitpid(pid, &status, 0);
	unlink(path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return "";
	assert_int_equal(status, 0);
	return text;
}

static void
assert_says(const char *text, const char *words)
{
	if (*text && !strstr(text, words))
		fail_msg("\"%s\" is missing in:\n%s", words, text);
}

static void
the_same_data_give_the_same_bytes(void **state)
{
	static const char *const names[] = { "german", "asia", "credit", "long", "draft" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str one = pdf_of(sample(names[i]), (struct str){ 0 });
		struct str two = pdf_of(sample(names[i]), (struct str){ 0 });
		int status;
		pid_t pid;

		assert_true(str_eq(one, two));
		/* of another process, in which other fonts were used before */
		pid = fork();
		if (pid == 0) {
			pdf_of(sample("asia"), (struct str){ 0 });
			_exit(str_eq(one, pdf_of(sample(names[i]), (struct str){ 0 })) ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		assert_int_equal(status, 0);
	}
	(void)state;
}

static void
everything_of_the_data_is_said(void **state)
{
	static const char *const words[] = {
		"Rechnung",
		"RE-2026-0042",
		"12. Februar 2026",
		"14. März 2026",
		"4500012345",
		"Königsberger & Söhne",
		"20354 Hamburg",
		"DE987654321",
		"12,5 Std.",
		"120,00",
		"1.500,00",
		"Rabatt -26,97",
		"1.837,70",
		"USt. 19 % auf 1.742,73",
		"331,12",
		"2.146,61",
		"DE02 1005 0000 0054 5404 02",
		"BELADEBE",
		"billing.example.com",
		"innerhalb von 30 Tagen",
		"Geschäftsführerin",
		"Seite 1 von 1",
		"HRB 98765",
	};
	const char *text = tool("pdftotext", pdf_of(sample("german"), (struct str){ 0 }));

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_says(text, words[i]);
	(void)state;
}

/* T18: three at 10.00, 15 % included. What is printed adds up as it is read, with prices as they
 * were agreed. */
static void
t18_prices_that_include_tax_add_up_with_it(void **state)
{
	static const char line[] =
	    "{\"position\": 1, \"description\": \"Uhr\", \"quantity\": \"1\", \"unit_price\": "
	    "\"10\", "
	    "\"tax_rate\": \"15\", \"amount\": 1000, \"discount\": 0, \"net\": 870, \"tax\": 130}";
	struct json_object *doc = sample("german"), *lines = json_object_new_array();
	const char *text;

	for (int i = 0; i < 3; i++)
		json_object_array_add(lines, json_tokener_parse(line));
	json_object_object_add(doc, "lines", lines);
	json_object_object_add(doc, "tax_inclusive", json_object_new_boolean(true));
	json_object_object_add(doc, "taxes",
			       json_tokener_parse("[{\"category\": \"standard\", \"rate\": \"15\", "
						  "\"base\": 2609, \"tax\": 391}]"));
	json_object_object_add(doc, "subtotal", json_object_new_int64(3000));
	json_object_object_add(doc, "discount_total", json_object_new_int64(0));
	json_object_object_add(doc, "total", json_object_new_int64(3000));
	json_object_object_add(doc, "payable", json_object_new_int64(3000));
	json_object_object_add(doc, "amount_due", json_object_new_int64(3000));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_null(strstr(text, "8,70"));
	assert_says(text, "darin USt. 15 % auf 26,09");
	assert_says(strstr(text, "Gesamtbetrag"), "darin");
	assert_says(text, "30,00 €");
	(void)state;
}

/* EN 16931 BT-149: else quantity and price do not come to the amount. */
static void
a_price_says_how_many_units_it_is_for(void **state)
{
	struct json_object *doc = sample("german"),
			   *line = json_object_array_get_idx(jval_get(doc, "lines"), 0);
	const char *text;

	json_object_object_add(line, "quantity", json_object_new_string("750"));
	json_object_object_add(line, "unit", json_object_new_string("Min."));
	json_object_object_add(line, "base_quantity", json_object_new_string("60"));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_says(text, "750 Min.");
	assert_says(text, "/ 60 Min.");
	json_object_object_add(line, "base_quantity", json_object_new_string("1"));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_null(strstr(text, "/ 1"));
	(void)state;
}

/* "1.234.567.8" and "90,12" below it are two numbers to who reads the column. */
static void
a_figure_is_not_broken(void **state)
{
	struct json_object *doc = sample("german"),
			   *line = json_object_array_get_idx(jval_get(doc, "lines"), 0);
	const char *text;

	json_object_object_add(line, "quantity", json_object_new_string("123456789.5"));
	json_object_object_add(line, "unit", json_object_new_string("Kilowattstunde"));
	json_object_object_add(line, "unit_price", json_object_new_string("1234567.890123"));
	json_object_object_add(line, "tax_rate", json_object_new_string("10.3125"));
	json_object_object_add(line, "amount", json_object_new_int64(123456789012345));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_says(text, "123.456.789,5");
	assert_says(text, "Kilowattstunde");
	assert_says(text, "1.234.567,890123");
	assert_says(text, "10,3125");
	assert_says(text, "1.234.567.890.123,45");
	(void)state;
}

/* A seller's full name and where he is are what the law wants on an invoice: nothing of it is cut.
 */
static void
the_foot_says_all_of_the_seller(void **state)
{
	struct json_object *doc = sample("german"), *seller = jval_get(doc, "seller");
	const char *text;

	json_object_object_add(seller, "legal_name",
			       json_object_new_string(
				   "Musterwerk Maschinenbau und Anlagentechnik Gesellschaft mit "
				   "beschränkter Haftung & Co. Kommanditgesellschaft"));
	json_object_object_add(jval_get(seller, "address"), "line2",
			       json_object_new_string(
				   "Aufgang C, zweiter Hof, Gebäude der früheren Sattlerei"));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_says(text, "beschränkter");
	assert_says(text, "Kommanditgesellschaft");
	assert_says(text, "Sattlerei");
	assert_says(text, "Deutschland");
	assert_says(text, "Seite 1 von");
	(void)state;
}

static void
an_address_has_its_region_where_it_wants_one(void **state)
{
	static const struct {
		const char *country, *said;
	} places[] = { { "US", "Ort, Gau 12345" },
		       { "JP", "Ort, Gau 12345" },
		       { "IE", "\nGau\n" },
		       { "IT", "\nGau\n" } };
	struct json_object *doc = sample("german"),
			   *at = jval_get(jval_get(doc, "payer"), "address");

	json_object_object_add(at, "city", json_object_new_string("Ort"));
	json_object_object_add(at, "region", json_object_new_string("Gau"));
	json_object_object_add(at, "postal_code", json_object_new_string("12345"));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		json_object_object_add(at, "country", json_object_new_string(places[i].country));
		assert_says(tool("pdftotext", pdf_of(doc, (struct str){ 0 })), places[i].said);
	}
	json_object_object_add(at, "country", json_object_new_string("DE"));
	assert_null(strstr(tool("pdftotext", pdf_of(doc, (struct str){ 0 })), "Gau"));
	(void)state;
}

static void
a_credit_note_shows_what_is_credited(void **state)
{
	const char *text = tool("pdftotext", pdf_of(sample("credit"), (struct str){ 0 }));

	assert_says(text, "Avoir");
	assert_says(text, "FA-2026-0017");
	assert_says(text, "Montant de l’avoir");
	assert_says(text, "108,10");
	assert_null(strstr(text, "-108"));
	assert_null(strstr(text, "Reste à payer"));
	(void)state;
}

/* 108.02 francs are paid with 108.00: the rounding stands by itself, the tax does not change. */
static void
t29_cash_rounding_is_shown(void **state)
{
	struct json_object *doc = sample("credit");
	const char *text;

	json_object_object_add(doc, "kind", json_object_new_string("standard"));
	json_object_object_add(doc, "total", json_object_new_int64(10802));
	json_object_object_add(doc, "rounding", json_object_new_int64(-2));
	json_object_object_add(doc, "payable", json_object_new_int64(10800));
	json_object_object_add(doc, "amount_due", json_object_new_int64(10800));
	text = tool("pdftotext", pdf_of(doc, (struct str){ 0 }));
	assert_says(text, "108,02");
	assert_says(text, "-0,02");
	assert_says(text, "108,00 CHF");
	(void)state;
}

/* Noncharacters are sound UTF-8, and no reason to have no paper. */
static void
a_noncharacter_does_not_cost_the_paper(void **state)
{
	struct json_object *doc = sample("german"), *seller = jval_get(doc, "seller"),
			   *line = json_object_array_get_idx(jval_get(doc, "lines"), 0);
	struct str pdf;

	json_object_object_add(seller, "name", json_object_new_string("Muster\xef\xbf\xbewerk"));
	json_object_object_add(line, "description",
			       json_object_new_string("Pruefung\xef\xb7\x90\xf4\x8f\xbf\xbf!"));
	pdf = pdf_of(doc, (struct str){ 0 });
	assert_says(tool("pdftotext", pdf), "Pruefung\xef\xbf\xbd\xef\xbf\xbd!");
	assert_says(tool("pdfinfo", pdf), "Muster\xef\xbf\xbdwerk");
	(void)state;
}

static void
texts_of_people_are_text(void **state)
{
	struct str pdf = pdf_of(sample("asia"), (struct str){ 0 });
	const char *text = tool("pdftotext", pdf), *info = tool("pdfinfo", pdf);

	assert_says(text, "foreground=\"red\"");
	assert_says(
	    text, "{{7*7}} %n%s txet desrever"); /* the override is gone, its text is not turned */
	assert_says(text, "<b>bold?</b>");
	assert_says(text, "精密歯車");
	if (*info)
		assert_says(info, "JavaScript:      no");
	for (size_t i = 0; i + 11 < pdf.len; i++)
		assert_true(memcmp(pdf.p + i, "/OpenAction", 11) != 0 &&
			    memcmp(pdf.p + i, "/JavaScript", 11) != 0);
	(void)state;
}

static void
only_a_web_address_becomes_a_link(void **state)
{
	static const char *const bad[] = { "javascript:alert(1)",
					   "https://x.example/') /URI (http://evil",
					   "file:///etc/passwd", "https://x.example/ü",
					   "https://x.example/\\'" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct json_object *doc = sample("german");
		struct str pdf;

		json_object_object_add(doc, "pay_url", json_object_new_string(bad[i]));
		pdf = pdf_of(doc, (struct str){ 0 });
		for (size_t k = 0; k + 4 < pdf.len; k++)
			assert_true(memcmp(pdf.p + k, "/URI", 4) != 0);
	}
	(void)state;
}

static void
many_lines_take_many_pages(void **state)
{
	struct str pdf = pdf_of(sample("long"), (struct str){ 0 });
	const char *info = tool("pdfinfo", pdf), *text = tool("pdftotext", pdf);

	assert_says(info, "Pages:           5");
	assert_says(info, "612 x 792"); /* letter, in its country */
	assert_says(text, "Page 5 of 5");
	assert_says(text, "Maintenance of unit 60");
	assert_says(text, "Log entry 79");
	assert_says(text, "Sales tax 8.25 %");
	assert_says(text, "Delivered to");
	(void)state;
}

static void
a_logo_is_drawn_or_left_out(void **state)
{
	/* one red pixel; and a header that claims 50,000 x 50,000 of them */
	static const unsigned char png[] = {
		0x89, 'P',  'N',  'G',  0x0d, 0x0a, 0x1a, 0x0a, 0,    0,    0,    13,   'I',  'H',
		'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    2,    0,    0,
		0,    0x90, 0x77, 0x53, 0xde, 0,    0,    0,    0x0c, 'I',  'D',  'A',  'T',  0x08,
		0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d,
		0xb0, 0,    0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82
	};
	struct str good = { (const char *)png, sizeof(png) }, none = { 0 }, bomb = { 0 };
	char *claim = arena_alloc(a, sizeof(png));
	struct str without = pdf_of(sample("german"), none);

	memcpy(claim, png, sizeof(png));
	memcpy(claim + 16, "\0\0\xc3\x50\0\0\xc3\x50", 8);
	bomb = (struct str){ claim, sizeof(png) };
	assert_false(str_eq(without, pdf_of(sample("german"), good)));
	assert_true(str_eq(without, pdf_of(sample("german"), bomb)));
	assert_true(str_eq(without, pdf_of(sample("german"),
					   STR("not a picture at all, whatever its name"))));
	(void)state;
}

static void
a_draft_asks_for_nothing(void **state)
{
	const char *text = tool("pdftotext", pdf_of(sample("draft"), (struct str){ 0 }));

	assert_says(text, "Steuerschuldnerschaft des Leistungsempfängers");
	assert_null(strstr(text, "Online bezahlen"));
	(void)state;
}

static void
a_file_name_is_plain(void **state)
{
	struct json_object *doc = sample("german");

	assert_string_equal(invoice_file_name(a, doc), "Rechnung_RE-2026-0042.pdf");
	json_object_object_add(doc, "number", json_object_new_string("../../RE 1\"\r\nü/2"));
	assert_string_equal(invoice_file_name(a, doc), "Rechnung_..-..-RE-1-2.pdf");
	(void)state;
}

/* Whatever is missing, null, of another type or absurd: a PDF or an error, never a crash. */
static struct json_object *
spoil(uint64_t *seed, struct json_object *v, int depth)
{
	static const char *const texts[] = { "",         "-1",
					     "1e9",      "\xe2\x80\xae\xe2\x80\xae",
					     "\n\n\n\n", "2026-13-45",
					     "a\tb",     "99999999999999999999999999999999",
					     "ZZZ",      "de-DE-x-x-x-x-x" };
	struct sb sb;

	switch (prng_between(seed, 0, 40)) {
	case 0:
		return NULL;
	case 1:
		return json_object_new_string(texts[prng_between(seed, 0, 9)]);
	case 2:
		return json_object_new_int64(prng_between(seed, -MONEY_MAX, MONEY_MAX));
	case 3:
		return json_object_new_array();
	case 4:
		sb_init(&sb, a, 1 << 16);
		for (int64_t n = prng_between(seed, 1, 3000); n > 0; n--)
			sb_addz(&sb, n % 7 ? "word" : n % 3 ? " " : "語");
		return json_object_new_string(sb_z(&sb));
	default:
		break;
	}
	if (depth < 6 && json_object_is_type(v, json_type_object)) {
		struct json_object *o = json_object_new_object();

		json_object_object_foreach(v, key, value)
		{
			json_object_object_add(o, key, spoil(seed, value, depth + 1));
		}
		return o;
	}
	if (depth < 6 && json_object_is_type(v, json_type_array)) {
		struct json_object *o = json_object_new_array();

		for (size_t i = 0; i < json_object_array_length(v); i++)
			json_object_array_add(o, spoil(seed, json_object_array_get_idx(v, i),
						       depth + 1));
		return o;
	}
	return json_object_get(v);
}

static void
no_data_break_it(void **state)
{
	static const char *const names[] = { "german", "asia", "credit", "draft" };
	uint64_t seed = prng_seed("no_data_break_it");

	for (int i = 0; i < 120; i++) {
		struct arena *one = arena_new(0);
		struct json_object *o = spoil(&seed, sample(names[i % 4]), 0);
		struct str pdf;
		struct err err = { 0 };

		if (invoice_pdf(one, o, (struct str){ 0 }, &pdf, &err) < 0)
			assert_int_not_equal(err.code, ERR_none);
		json_object_put(o);
		arena_free(one);
		arena_reset(a);
	}
	(void)state;
}

static void
a_statement_says_what_moved_and_what_is_open(void **state)
{
	static const struct str logos[2];
	static const char *const said[] = { "Kontoauszug",
					    "Rückbelastung der Bank",
					    "Rechnung RE-2026-0010, storniert",
					    "Rechnungskorrektur RE-2026-0009",
					    "Rückzahlung",
					    "Guthaben",
					    "Tage überfällig",
					    "1. März 2026 – 31. März 2026",
					    "Statement of account",
					    "Seite 1 von 1",
					    "Page 1 of 1" };
	struct str one, two;
	struct err err = { 0 };
	const char *text;

	assert_int_equal(statement_pdf(a, sample("statement"), logos, &one, &err), 0);
	assert_int_equal(statement_pdf(a, sample("statement"), logos, &two, &err), 0);
	assert_true(str_eq(one, two));
	text = tool("pdftotext", one);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		assert_says(text, said[i]);
	assert_int_equal(statement_pdf(a, jval_own(a, json_object_new_object()), logos, &one, &err),
			 -1);
	(void)state;
}

static void
no_data_break_a_statement(void **state)
{
	static const struct str logos[2];
	uint64_t seed = prng_seed("no_data_break_a_statement");

	for (int i = 0; i < 120; i++) {
		struct arena *one = arena_new(0);
		struct json_object *o = spoil(&seed, sample("statement"), 0);
		struct str pdf;
		struct err err = { 0 };

		if (statement_pdf(one, o, logos, &pdf, &err) < 0)
			assert_int_not_equal(err.code, ERR_none);
		json_object_put(o);
		arena_free(one);
		arena_reset(a);
	}
	(void)state;
}

static int
setup(void **state)
{
	a = arena_new(0);
	(void)state;
	return 0;
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
		cmocka_unit_test(the_same_data_give_the_same_bytes),
		cmocka_unit_test(everything_of_the_data_is_said),
		cmocka_unit_test(t18_prices_that_include_tax_add_up_with_it),
		cmocka_unit_test(a_price_says_how_many_units_it_is_for),
		cmocka_unit_test(a_figure_is_not_broken),
		cmocka_unit_test(the_foot_says_all_of_the_seller),
		cmocka_unit_test(an_address_has_its_region_where_it_wants_one),
		cmocka_unit_test(a_credit_note_shows_what_is_credited),
		cmocka_unit_test(t29_cash_rounding_is_shown),
		cmocka_unit_test(a_noncharacter_does_not_cost_the_paper),
		cmocka_unit_test(texts_of_people_are_text),
		cmocka_unit_test(only_a_web_address_becomes_a_link),
		cmocka_unit_test(many_lines_take_many_pages),
		cmocka_unit_test(a_logo_is_drawn_or_left_out),
		cmocka_unit_test(a_draft_asks_for_nothing),
		cmocka_unit_test(a_file_name_is_plain),
		cmocka_unit_test(no_data_break_it),
		cmocka_unit_test(a_statement_says_what_moved_and_what_is_open),
		cmocka_unit_test(no_data_break_a_statement),
	};

	return cmocka_run_group_tests_name("pdf", tests, setup, teardown);
}
