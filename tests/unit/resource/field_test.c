/* What each type of field takes and refuses, and the text that becomes its parameter; no database.
 */
#include "fixture.h"

#include "field.h"
#include "shape.h"
#include "texts.h"

static struct arena *a;

static struct json_object *
json(const char *text)
{
	struct json_object *o = NULL;
	struct err err = { 0 };

	if (jscan_parse(a, str_from(text), &o, &err))
		fail_msg("%s: %s", text, err.detail);
	return o;
}

static const char *
verdict(const struct field *f, const char *text)
{
	struct err err = { 0 };

	if (field_check(a, f, json(text), "/f", &err)) {
		assert_int_equal(err.code, ERR_none);
		return "ok";
	}
	assert_non_null(err.fields);
	return err.fields->code;
}

static const char *
parameter(const struct field *f, const char *text)
{
	assert_string_equal(verdict(f, text), "ok");
	return field_param(a, f, json(text));
}

static void
test_texts(void **state)
{
	struct field f = { .name = "f", .type = FT_TEXT, .u.len = { 2, 4 } };

	(void)state;
	assert_string_equal(verdict(&f, "\"äöü€\""), "ok");
	assert_string_equal(verdict(&f, "\"äöü€x\""), "too_long");
	assert_string_equal(verdict(&f, "\"a\""), "too_short");
	assert_string_equal(verdict(&f, "5"), "type");
	assert_string_equal(verdict(&f, "null"), "null");
	assert_string_equal(verdict(&f, "{}"), "type");
	f.flags = FF_NULLABLE;
	assert_null(parameter(&f, "null"));
	f.flags = FF_REQUIRED;
	assert_string_equal(verdict(&f, "null"), "required");
}

static void
test_numbers(void **state)
{
	struct field i = { .name = "f", .type = FT_INT, .u.num = { 0, 365 } };
	struct field m = { .name = "f", .type = FT_MONEY };
	struct field d = { .name = "f", .type = FT_DECIMAL };

	(void)state;
	assert_string_equal(parameter(&i, "0"), "0");
	assert_string_equal(parameter(&i, "365"), "365");
	assert_string_equal(verdict(&i, "366"), "out_of_range");
	assert_string_equal(verdict(&i, "-1"), "out_of_range");
	assert_string_equal(verdict(&i, "1.0"), "type");
	assert_string_equal(verdict(&i, "1e2"), "type");
	assert_string_equal(verdict(&i, "\"1\""), "type");
	assert_string_equal(verdict(&i, "true"), "type");
	assert_string_equal(parameter(&m, "9007199254740991"), "9007199254740991");
	assert_string_equal(parameter(&m, "-9007199254740991"), "-9007199254740991");
	assert_string_equal(verdict(&m, "9007199254740992"), "out_of_range");
	assert_string_equal(verdict(&m, "9223372036854775808"), "out_of_range");
	assert_string_equal(verdict(&m, "99999999999999999999999999"), "out_of_range");
	assert_string_equal(parameter(&d, "\"12.500\""), "12.500");
	assert_string_equal(verdict(&d, "12.5"), "type");
	assert_string_equal(verdict(&d, "\"1e3\""), "format");
	assert_string_equal(verdict(&d, "\"1,5\""), "format");
	assert_string_equal(verdict(&d, "\"NaN\""), "format");
	d.u.num.max = 100;
	assert_string_equal(verdict(&d, "\"100.01\""), "out_of_range");
	assert_string_equal(verdict(&d, "\"-0.01\""), "out_of_range");
}

static void
test_times(void **state)
{
	struct field d = { .name = "f", .type = FT_DATE };
	struct field t = { .name = "f", .type = FT_TIME };
	struct field z = { .name = "f", .type = FT_ZONE };

	(void)state;
	assert_string_equal(parameter(&d, "\"2028-02-29\""), "2028-02-29");
	assert_string_equal(verdict(&d, "\"2027-02-29\""), "format");
	assert_string_equal(verdict(&d, "\"infinity\""), "format");
	assert_string_equal(parameter(&t, "\"2026-03-31T12:00:00+02:00\""), "2026-03-31T10:00:00Z");
	assert_string_equal(verdict(&t, "\"2026-03-31\""), "format");
	assert_string_equal(verdict(&z, "\"Europe/Vienna\""), "ok");
	assert_string_equal(verdict(&z, "\"../../etc/passwd\""), "format");
}

static void
test_sets(void **state)
{
	static const char *const words[] = { "buyer", "billing", NULL };
	struct field s = { .name = "f", .type = FT_ENUM_SET, .u.words = words };
	struct field e = { .name = "f", .type = FT_ENUM, .u.words = words };
	struct field ids = { .name = "f", .type = FT_IDS, .u.of = { NULL, 2 } };

	(void)state;
	assert_string_equal(parameter(&s, "[\"billing\", \"buyer\"]"), "{\"billing\",\"buyer\"}");
	assert_string_equal(parameter(&s, "[]"), "{}");
	assert_string_equal(verdict(&s, "[\"billing\", \"billing\"]"), "duplicate");
	assert_string_equal(verdict(&s, "[\"Billing\"]"), "choice");
	assert_string_equal(verdict(&s, "\"billing\""), "type");
	assert_string_equal(verdict(&e, "\"buyer\""), "ok");
	assert_string_equal(verdict(&e, "\"\""), "choice");
	assert_string_equal(parameter(&ids, "[\"0198F3A0-5C1E-7A52-9D1C-3F0B6A1F2E77\"]"),
			    "{\"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77\"}");
	assert_string_equal(verdict(&ids, "[\"x\"]"), "format");
	assert_string_equal(verdict(&ids, "[1, 2, 3]"), "too_many");
}

static void
who_is_named_twice(void **state)
{
	struct field ids = { .name = "f", .type = FT_IDS, .u.of = { NULL, 5 } };
	struct err err = { 0 };

	(void)state;
	assert_false(field_check(a, &ids,
				 json("[\"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77\", "
				      "\"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e76\", \"x\", "
				      "\"0198F3A0-5C1E-7A52-9D1C-3F0B6A1F2E77\", "
				      "\"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77\"]"),
				 "/f", &err));
	assert_string_equal(err.fields->pointer, "/f/2");
	assert_string_equal(err.fields->code, "format");
	assert_string_equal(err.fields->next->pointer, "/f/3");
	assert_string_equal(err.fields->next->code, "duplicate");
	assert_string_equal(err.fields->next->next->pointer, "/f/4");
	assert_null(err.fields->next->next->next);
}

static void
test_integer_sets(void **state)
{
	struct field i = { .name = "f", .type = FT_INTS, .u.ints = { -90, 365, 3 } };

	(void)state;
	assert_string_equal(parameter(&i, "[]"), "{}");
	assert_string_equal(parameter(&i, "[7, -3, 0]"), "{-3,0,7}");
	assert_string_equal(parameter(&i, "[365, -90]"), "{-90,365}");
	assert_string_equal(verdict(&i, "[366]"), "out_of_range");
	assert_string_equal(verdict(&i, "[-91]"), "out_of_range");
	assert_string_equal(verdict(&i, "[99999999999999999999]"), "out_of_range");
	assert_string_equal(verdict(&i, "[1, 2, 3, 4]"), "too_many");
	assert_string_equal(verdict(&i, "[1, 2, 1]"), "duplicate");
	assert_string_equal(verdict(&i, "[1.0]"), "type");
	assert_string_equal(verdict(&i, "[\"1\"]"), "type");
	assert_string_equal(verdict(&i, "[null]"), "null");
	assert_string_equal(verdict(&i, "[[1]]"), "type");
	assert_string_equal(verdict(&i, "1"), "type");
	assert_string_equal(verdict(&i, "null"), "null");
	i.flags = FF_NULLABLE;
	assert_null(parameter(&i, "null"));
}

static void
test_objects(void **state)
{
	static const struct field line[] = {
		{ .name = "invoice_id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "invoice" },
		{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED },
		{ 0 }
	};
	struct field l = { .name = "f", .type = FT_LIST, .u.of = { line, 2 } };
	struct field ad = { .name = "f", .type = FT_ADDRESS };
	struct err err = { 0 };

	(void)state;
	assert_string_equal(verdict(&l, "[]"), "ok");
	assert_string_equal(verdict(&l, "[{\"amount\": 1}]"), "required");
	assert_false(field_check(a, &l, json("[{\"amount\": \"x\", \"nix\": 1}]"), "/f", &err));
	assert_string_equal(err.fields->pointer, "/f/0/amount");
	assert_string_equal(err.fields->next->pointer, "/f/0/nix");
	assert_string_equal(err.fields->next->next->pointer, "/f/0/invoice_id");
	assert_string_equal(verdict(&ad, "{\"line1\": \"a\", \"country\": \"AT\"}"), "ok");
	assert_string_equal(verdict(&ad, "{\"country\": \"at\"}"), "format");
	assert_string_equal(verdict(&ad, "{\"street\": \"a\"}"), "unknown");
	assert_string_equal(verdict(&ad, "[]"), "type");
	assert_string_equal(pointer_add(a, "/a", "b/c~d"), "/a/b~1c~0d");
}

static void
test_shapes(void **state)
{
	static const char *const mails[] = { "a@b.example", "a.b+c@x-y.example",
					     "mueller@exämple.de", NULL };
	static const char *const no_mails[] = { "a",         "a@",          "@b",
						"a@b@c",     "a b@c.de",    "a@-b.de",
						"a..b@c.de", "a@b..de",     "a@b.de\r\nBcc: x@y.z",
						"<a@b.de>",  "müller@b.de", NULL };
	static const char *const urls[] = { "https://a.example", "http://a.example:8080/x?y#z",
					    NULL };
	static const char *const no_urls[] = { "ftp://a",      "https://",
					       "https://a b",  "javascript:alert(1)",
					       "https://a\"b", "https://a:99999/",
					       "https://a:/",  NULL };
	static const char *const locales[] = { "de", "pt-BR", "zh-Hant-TW", "es-419", NULL };
	static const char *const no_locales[] = { "",      "d",      "DE",      "de-", "de-at",
						  "de_AT", "de-AT-", "de-AT-x", NULL };

	(void)state;
	for (size_t i = 0; mails[i]; i++)
		assert_true(shape_is_email(str_from(mails[i])));
	for (size_t i = 0; no_mails[i]; i++)
		if (shape_is_email(str_from(no_mails[i])))
			fail_msg("%s", no_mails[i]);
	for (size_t i = 0; urls[i]; i++)
		assert_true(shape_is_url(str_from(urls[i])));
	for (size_t i = 0; no_urls[i]; i++)
		if (shape_is_url(str_from(no_urls[i])))
			fail_msg("%s", no_urls[i]);
	for (size_t i = 0; locales[i]; i++)
		assert_true(shape_is_locale(str_from(locales[i])));
	for (size_t i = 0; no_locales[i]; i++)
		if (shape_is_locale(str_from(no_locales[i])))
			fail_msg("%s", no_locales[i]);
	assert_true(shape_is_phone(STR("+43 (1) 512/34-56 ext. 7")));
	assert_false(shape_is_phone(STR("call me")));
	assert_false(shape_is_phone(STR("1")));
}

static void
test_kept_texts(void **state)
{
	struct texts *t = texts_new();
	char key[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		/* What is asked for again and again stays, whatever comes by. */
		if (i)
			assert_string_equal(texts_get(t, STR("first")), "1");
		else
			texts_put(t, STR("first"), "1");
		snprintf(key, sizeof(key), "k%d", i);
		assert_null(texts_get(t, str_from(key)));
		texts_put(t, str_from(key), key);
		assert_string_equal(texts_get(t, str_from(key)), key);
	}
	assert_null(texts_get(t, STR("k0")));
	assert_null(texts_get(NULL, STR("k0")));
	texts_free(t);
}

static int
open_arena(void **state)
{
	(void)state;
	a = arena_new(0);
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),        cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),        cmocka_unit_test(test_sets),
		cmocka_unit_test(test_objects),      cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_kept_texts),   cmocka_unit_test(who_is_named_twice),
		cmocka_unit_test(test_integer_sets),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
