/*
 * jw_test.c - what the writer writes is JSON, and its cap holds.
 */
#include <billfold/json.h>

#include <setjmp.h>
#include <cmocka.h>

static void
commas_and_nesting_are_the_writers(void **state)
{
	struct arena *a = arena_new(0);
	struct jw w;

	(void)state;
	jw_init(&w, a, 1000);
	jw_object(&w);
	jw_kstr(&w, "s", "a\"b");
	jw_kstr(&w, "n", NULL);
	jw_kint(&w, "i", INT64_MIN);
	jw_kbool(&w, "t", true);
	jw_kraw(&w, "r", STR("[1,2]"));
	jw_key(&w, "list");
	jw_array(&w);
	jw_int(&w, 1);
	jw_object(&w);
	jw_end_object(&w);
	jw_array(&w);
	jw_end_array(&w);
	jw_str(&w, STR("x"));
	jw_null(&w);
	jw_bool(&w, false);
	jw_end_array(&w);
	jw_key(&w, "o");
	jw_object(&w);
	jw_kint(&w, "x", 1);
	jw_end_object(&w);
	jw_end_object(&w);
	assert_true(sb_ok(&w.sb));
	assert_string_equal(sb_z(&w.sb),
			    "{\"s\":\"a\\\"b\",\"n\":null,\"i\":-9223372036854775808,\"t\":true,"
			    "\"r\":[1,2],\"list\":[1,{},[],\"x\",null,false],\"o\":{\"x\":1}}");
	assert_int_equal(jscan_check(sb_str(&w.sb), NULL), 0);
	arena_free(a);
}

static void
every_string_comes_out_as_json(void **state)
{
	struct arena *a = arena_new(0);
	char text[3] = { 0 };

	(void)state;
	for (int c = 1; c < 256; c++) {
		struct json_object *o;
		struct jw w;

		text[0] = (char)c;
		text[1] = 'x';
		jw_init(&w, a, 100);
		jw_strz(&w, text);
		assert_int_equal(jscan_parse(a, sb_str(&w.sb), &o, NULL), 0);
		if (c < 0x80)
			assert_string_equal(json_object_get_string(o), text);
		arena_reset(a);
	}
	arena_free(a);
}

static void
depth_and_length_are_capped(void **state)
{
	struct arena *a = arena_new(0);
	struct jw w;

	(void)state;
	jw_init(&w, a, 1000);
	for (int i = 0; i < 100; i++)
		jw_array(&w);
	for (int i = 0; i < 200; i++)
		jw_end_array(&w);
	assert_false(sb_ok(&w.sb));
	jw_init(&w, a, 4);
	jw_strz(&w, "abcd");
	assert_false(sb_ok(&w.sb));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_nesting_are_the_writers),
		cmocka_unit_test(every_string_comes_out_as_json),
		cmocka_unit_test(depth_and_length_are_capped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
