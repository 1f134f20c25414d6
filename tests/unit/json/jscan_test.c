/*
 * jscan_test.c - what a sender can play with is refused, and what is let in is kept exactly.
 */
#include <billfold/json.h>

#include <setjmp.h>
#include <cmocka.h>

static int
setup(void **state)
{
	*state = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
refused(struct arena *a, struct str text, const char *words)
{
	struct json_object *o = NULL;
	struct err e = { 0 }, check = { 0 };

	if (jscan_parse(a, text, &o, &e) == 0)
		fail_msg("accepted: " STR_FMT, STR_ARG(text));
	assert_null(o);
	assert_int_equal(e.code, ERR_bad_json);
	if (!strstr(e.detail, words))
		fail_msg("%s: '%s' expected", e.detail, words);
	/* The check alone says the same. */
	assert_int_equal(jscan_check(text, &check), -1);
	assert_string_equal(check.detail, e.detail);
}

static void
hostile_texts_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "", "ends where a value" },
		{ " \n", "ends where a value" },
		{ "{\"a\":1,\"a\":2}", "Byte 7: the key /a stands twice" },
		{ "{\"a\":1,\"\\u0061\":2}", "the key /a stands twice" },
		{ "{\"x\":[0,{\"a/b\":{\"~\":1,\"~\":1}}]}", "the key /x/1/a~1b/~0 stands twice" },
		{ "{\"\":1,\"\":1}", "the key / stands twice" },
		{ "NaN", "not a JSON value" },
		{ "[Infinity]", "not a JSON value" },
		{ "-Infinity", "digit is missing" },
		{ "{'a':1}", "double quotes" },
		{ "['a']", "not a JSON value" },
		{ "{a:1}", "double quotes" },
		{ "\xef\xbb\xbf{}", "byte order mark" },
		{ "\"\\u0000\"", "NUL" },
		{ "{\"a\\u0000b\":1}", "NUL" },
		{ "\"\\ud800\"", "surrogate" },
		{ "\"\\udc00\"", "surrogate" },
		{ "\"\\ud800\\ud800\"", "surrogate" },
		{ "\"\\ud800x\"", "surrogate" },
		{ "\"\\ud83d\\u00\"", "surrogate" },
		{ "\"\xed\xa0\x80\"", "not UTF-8" },
		{ "\"\xc0\x80\"", "not UTF-8" },
		{ "\"\xff\"", "not UTF-8" },
		{ "\"\xe2\x82\"", "not UTF-8" },
		{ "\"a\nb\"", "control character" },
		{ "\"a\tb\"", "control character" },
		{ "\"\\x41\"", "escape" },
		{ "\"\\u12g4\"", "hexadecimal" },
		{ "\"abc", "does not end" },
		{ "\"abc\\", "does not end" },
		{ "\"abc\\\"", "does not end" },
		{ "{} {}", "something follows" },
		{ "{}x", "something follows" },
		{ "1 2", "something follows" },
		{ "[1,]", "not a JSON value" },
		{ "[,1]", "not a JSON value" },
		{ "[1 2]", "comma or ]" },
		{ "[1", "comma or ]" },
		{ "{\"a\":1,}", "double quotes" },
		{ "{\"a\" 1}", "colon" },
		{ "{\"a\":}", "not a JSON value" },
		{ "{\"a\"", "colon" },
		{ "{\"a\":1", "comma or }" },
		{ "{1:2}", "double quotes" },
		{ "01", "leading zero" },
		{ "-01", "leading zero" },
		{ "-", "digit is missing" },
		{ "+1", "not a JSON value" },
		{ ".5", "not a JSON value" },
		{ "1.", "digit is missing" },
		{ "1e", "digit is missing" },
		{ "1e+", "digit is missing" },
		{ "0x10", "something follows" },
		{ "tru", "not a JSON value" },
		{ "True", "not a JSON value" },
		{ "truex", "something follows" },
		{ "nul", "not a JSON value" },
		{ "[1]//x", "something follows" },
		{ "/* */1", "not a JSON value" },
		{ "\v1", "not a JSON value" },
		{ "\xc2\xa0"
		  "1",
		  "not a JSON value" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(*state, str_from(cases[i][0]), cases[i][1]);
	refused(*state, (struct str){ "\"a\0b\"", 5 }, "control character");
	refused(*state, (struct str){ "{}\0", 3 }, "something follows");
}

static void
depth_ends_at_its_limit(void **state)
{
	struct json_object *o;
	char text[200];
	size_t n = JSON_DEPTH_MAX;

	for (int objects = 0; objects < 2; objects++) {
		struct sb sb;

		for (size_t depth = n; depth <= n + 1; depth++) {
			sb_fixed(&sb, text, sizeof(text));
			for (size_t i = 0; i < depth; i++)
				sb_addz(&sb, objects ? "{\"\":" : "[");
			sb_addz(&sb, "1");
			for (size_t i = 0; i < depth; i++)
				sb_addc(&sb, objects ? '}' : ']');
			if (depth == n)
				assert_int_equal(jscan_parse(*state, sb_str(&sb), &o, NULL), 0);
			else
				refused(*state, sb_str(&sb), "nested too deeply");
		}
	}
	memset(text, '[', sizeof(text));
	refused(*state, (struct str){ text, sizeof(text) }, "nested too deeply");
}

static void
many_keys_are_read_and_a_doubled_one_found(void **state)
{
	struct json_object *o;
	struct sb sb;
	int64_t n;

	sb_init(&sb, *state, 1 << 24);
	sb_addc(&sb, '{');
	for (int i = 0; i < 100000; i++)
		sb_addf(&sb, "\"k%d\":%d,", i, i);
	sb_addz(&sb, "\"last\":1}");
	assert_int_equal(jscan_parse(*state, sb_str(&sb), &o, NULL), 0);
	assert_int_equal(json_object_object_length(o), 100001);
	assert_true(jval_int(o, "k99999", &n) && n == 99999);
	sb.len -= 9;
	sb_addz(&sb, "\"k77\":1}");
	refused(*state, sb_str(&sb), "the key /k77 stands twice");
	sb_init(&sb, *state, 1 << 24);
	sb_addz(&sb, "[0");
	for (int i = 0; i < JSON_MEMBERS_MAX; i++)
		sb_addz(&sb, ",0");
	sb_addc(&sb, ']');
	refused(*state, sb_str(&sb), "too many members");
}

static void
number_is(struct arena *a, const char *text, const char *written, bool is_int, int64_t value)
{
	struct json_object *o;
	int64_t n = 0;

	assert_int_equal(jscan_parse(a, str_from(text), &o, NULL), 0);
	assert_true(str_eqz(jval_text(a, o), written));
	assert_int_equal(jval_is_int(o, &n), is_int);
	assert_true(n == value);
}

static void
numbers_keep_their_text(void **state)
{
	char digits[402];

	number_is(*state, "0", "0", true, 0);
	number_is(*state, "-0", "0", true, 0);
	number_is(*state, "9007199254740993", "9007199254740993", true, INT64_C(9007199254740993));
	number_is(*state, "9223372036854775807", "9223372036854775807", true, INT64_MAX);
	number_is(*state, "-9223372036854775808", "-9223372036854775808", true, INT64_MIN);
	number_is(*state, "9223372036854775808", "9223372036854775808", false, 0);
	number_is(*state, "18446744073709551616", "18446744073709551616", false, 0);
	number_is(*state, "1e400", "1e400", false, 0);
	number_is(*state, "1e3", "1e3", false, 0);
	number_is(*state, "1.0", "1.0", false, 0);
	number_is(*state, "-0.0", "-0.0", false, 0);
	number_is(*state, "0.1000000000000000055511151231257827",
		  "0.1000000000000000055511151231257827", false, 0);
	memset(digits, '9', sizeof(digits));
	refused(*state, (struct str){ digits, 401 }, "too long");
}

static void
strings_are_decoded(void **state)
{
	struct json_object *o;
	struct str s;

	assert_int_equal(
	    jscan_parse(
		*state,
		STR("{\"a\\n\":\"x\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20ac\\ud83d\\ude00\xc3\xa9y\","
		    "\"plain\":\"caf\xc3\xa9\",\"e\":\"\",\"d\":\"\x7f\"}"),
		&o, NULL),
	    0);
	assert_true(jval_str(o, "a\n", &s));
	assert_true(str_eqz(s, "x\"\\/\b\f\n\r\t\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9y"));
	assert_true(jval_str(o, "plain", &s) && str_eqz(s, "caf\xc3\xa9"));
	assert_true(jval_str(o, "e", &s) && s.len == 0);
	/* Slices of the text end where they end: nothing of what follows comes along. */
	assert_true(
	    str_eqz(jval_text(*state, o),
		    "{\"a\\n\":\"x\\\"\\\\/\\b\\f\\n\\r\\t\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9y\","
		    "\"plain\":\"caf\xc3\xa9\",\"e\":\"\",\"d\":\"\x7f\"}"));
}

static void
looks_never_coerce(void **state)
{
	struct json_object *o;
	struct str s;
	int64_t n;
	bool b;

	assert_int_equal(jscan_parse(*state,
				     STR("{\"i\":1,\"s\":\"1\",\"b\":true,\"z\":null,\"f\":1.0}"),
				     &o, NULL),
			 0);
	assert_true(jval_int(o, "i", &n) && n == 1);
	assert_false(jval_int(o, "s", &n));
	assert_false(jval_int(o, "b", &n));
	assert_false(jval_int(o, "f", &n));
	assert_false(jval_int(o, "z", &n));
	assert_false(jval_int(o, "none", &n));
	assert_false(jval_str(o, "i", &s));
	assert_false(jval_bool(o, "i", &b));
	assert_true(jval_bool(o, "b", &b) && b);
	assert_true(jval_has(o, "z"));
	assert_null(jval_get(o, "z"));
	assert_false(jval_has(o, "none"));
	assert_false(jval_has(NULL, "i"));
	assert_null(jval_get(jval_get(o, "i"), "i"));
	assert_true(str_eqz(jval_text(*state, NULL), "null"));
	assert_false(jval_is_int(NULL, &n));
}

static void
scalars_are_documents_too(void **state)
{
	struct json_object *o;

	assert_int_equal(jscan_parse(*state, STR(" null "), &o, NULL), 0);
	assert_null(o);
	assert_int_equal(jscan_parse(*state, STR("\t[ ]\r\n"), &o, NULL), 0);
	assert_int_equal(json_object_array_length(o), 0);
	assert_int_equal(jscan_parse(*state, STR("{ }"), &o, NULL), 0);
	assert_int_equal(jscan_check(STR("[1,\"a\",{\"b\":[]}]"), NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(depth_ends_at_its_limit),
		cmocka_unit_test(many_keys_are_read_and_a_doubled_one_found),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(looks_never_coerce),
		cmocka_unit_test(scalars_are_documents_too),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
