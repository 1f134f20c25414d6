/*
 * str_test.c - slices: comparing, cutting, integers, UTF-8, and ids.
 */
#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>

static void
slices_compare_by_content(void **state)
{
	(void)state;
	assert_true(str_eq(STR(""), str_from(NULL)));
	assert_true(str_eqz(STR("abc"), "abc"));
	assert_false(str_eqz(STR("abc"), "abcd"));
	assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
	assert_int_equal(str_cmp_nocase(STR("Content-TYPE"), STR("content-type")), 0);
	assert_true(str_cmp_nocase(STR("a"), STR("B")) < 0);
	assert_true(str_cmp_nocase(STR("ab"), STR("A")) > 0);
	assert_true(str_cmp_nocase(STR("\xc3\x84"), STR("z")) > 0);
	assert_int_equal(str_cmp_nocase(STR(""), STR("")), 0);
	assert_true(str_starts(STR("/v1/x"), STR("/v1/")));
	assert_false(str_starts(STR("/v"), STR("/v1/")));
	assert_true(str_eqz(str_trim(STR(" \t\r\n a b \n")), "a b"));
	assert_int_equal(str_trim(STR("  ")).len, 0);
}

static void
cutting_leaves_head_and_rest(void **state)
{
	struct str rest, head = str_cut(STR("a,b,c"), ',', &rest);

	(void)state;
	assert_true(str_eqz(head, "a"));
	assert_true(str_eqz(rest, "b,c"));
	head = str_cut(STR("abc"), ',', &rest);
	assert_true(str_eqz(head, "abc"));
	assert_int_equal(rest.len, 0);
	head = str_cut(STR(",x"), ',', &rest);
	assert_int_equal(head.len, 0);
	assert_true(str_eqz(rest, "x"));
	head = str_cut(str_from(NULL), ',', &rest);
	assert_int_equal(head.len + rest.len, 0);
}

static void
integers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = { "",
					   "-",
					   "+1",
					   " 1",
					   "1 ",
					   "1.0",
					   "0x1",
					   "1e3",
					   "9223372036854775808",
					   "-9223372036854775809",
					   "99999999999999999999999" };
	int64_t n = 7;

	(void)state;
	assert_true(str_to_int(STR("9223372036854775807"), INT64_MIN, INT64_MAX, &n));
	assert_true(n == INT64_MAX);
	assert_true(str_to_int(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &n));
	assert_true(n == INT64_MIN);
	assert_true(str_to_int(STR("007"), 0, 10, &n));
	assert_int_equal(n, 7);
	assert_false(str_to_int(STR("11"), 0, 10, &n));
	assert_false(str_to_int(STR("-1"), 0, 10, &n));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_to_int(str_from(bad[i]), INT64_MIN, INT64_MAX, &n));
	assert_int_equal(n, 7);
}

static void
utf8_is_well_formed_or_not(void **state)
{
	static const char *const good[] = { "",
					    "a",
					    "\xc2\x80",
					    "\xdf\xbf",
					    "\xe0\xa0\x80",
					    "\xed\x9f\xbf",
					    "\xee\x80\x80",
					    "\xef\xbf\xbf",
					    "\xf0\x90\x80\x80",
					    "\xf4\x8f\xbf\xbf",
					    "\xef\xbb\xbf" };
	static const char *const bad[] = { "\x80",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xc2",
					   "\xc2\x41",
					   "\xe0\x9f\xbf",
					   "\xe0\xa0",
					   "\xed\xa0\x80",
					   "\xed\xbf\xbf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "a\xfe" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_utf8(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_utf8(str_from(bad[i])));
	assert_false(str_is_utf8((struct str){ "a\0b", 3 }));
}

static void
json_strings_are_escaped(void **state)
{
	char buf[128];
	struct sb sb;

	(void)state;
	sb_fixed(&sb, buf, sizeof(buf));
	sb_add_json(&sb, (struct str){ "a\"\\\n\r\t\x01\x7f\0\xc3\xa9\xff/", 13 });
	assert_string_equal(sb_z(&sb),
			    "\"a\\\"\\\\\\n\\r\\t\\u0001\\u007f\\u0000\xc3\xa9\xef\xbf\xbd/\"");
}

static void
ids_sort_in_the_order_of_their_making(void **state)
{
	struct uuid last = uuid_new(), id, parsed;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		id = uuid_new();
		assert_true(strcmp(last.z, id.z) < 0);
		last = id;
	}
	assert_int_equal(strlen(id.z), UUID_LEN);
	assert_int_equal(id.z[14], '7');
	assert_non_null(strchr("89ab", id.z[19]));
	assert_true(uuid_parse(str_from(id.z), &parsed));
	assert_string_equal(parsed.z, id.z);
}

static void
ids_are_read_in_canonical_form_only(void **state)
{
	static const char *const bad[] = { "",
					   "0190b0c0-7d3a-7000-8000-00000000000",
					   "0190b0c0-7d3a-7000-8000-0000000000000",
					   "0190b0c0-7d3a-7000-8000-00000000000g",
					   "0190b0c07d3a-7000-8000-0000000000000",
					   "{190b0c0-7d3a-7000-8000-000000000000}" };
	struct uuid id;

	(void)state;
	assert_true(uuid_parse(STR("0190B0C0-7D3A-7000-8000-00000000ABCD"), &id));
	assert_string_equal(id.z, "0190b0c0-7d3a-7000-8000-00000000abcd");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(uuid_parse(str_from(bad[i]), &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_compare_by_content),
		cmocka_unit_test(cutting_leaves_head_and_rest),
		cmocka_unit_test(integers_are_whole_and_in_range),
		cmocka_unit_test(utf8_is_well_formed_or_not),
		cmocka_unit_test(json_strings_are_escaped),
		cmocka_unit_test(ids_sort_in_the_order_of_their_making),
		cmocka_unit_test(ids_are_read_in_canonical_form_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
