/*
 * template_test.c - the template subset: what it puts in, what it escapes, what it refuses.
 */
#include <billfold/document.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena *a;

static struct str
render(const char *text, const char *json, enum template_mode mode)
{
	struct json_object *data;
	struct str out = { 0 };
	struct err err = { 0 };

	assert_int_equal(jscan_parse(a, str_from(json), &data, &err), 0);
	if (template_render(a, str_from(text), data, mode, 1 << 16, &out, &err) < 0)
		fail_msg("%s: %s", text, err.detail);
	return out;
}

#define assert_renders(text, json, mode, want)                                                     \
	assert_string_equal(str_dup(a, render(text, json, mode)), want)

static void
values_go_in_by_name(void **state)
{
	assert_renders("Dear {{name}}, {{ n }} {{yes}} {{none}}!",
		       "{\"name\":\"Ann\",\"n\":12,\"yes\":true}", TEMPLATE_TEXT,
		       "Dear Ann, 12 true !");
	assert_renders("{{a.b.c}}|{{a.x}}|{{a}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", TEMPLATE_TEXT,
		       "deep||");
	assert_renders("{{big}} {{frac}}", "{\"big\":9007199254740991,\"frac\":1.10}",
		       TEMPLATE_TEXT, "9007199254740991 1.10");
	assert_renders("{{! not shown }}x", "{}", TEMPLATE_TEXT, "x");
	(void)state;
}

static void
sections_repeat_choose_and_nest(void **state)
{
	assert_renders("{{#l}}[{{n}}{{^n}}-{{/n}}]{{/l}}", "{\"l\":[{\"n\":1},{},{\"n\":3}]}",
		       TEMPLATE_TEXT, "[1][-][3]");
	assert_renders("{{#l}}{{.}},{{/l}}", "{\"l\":[\"a\",\"b\"]}", TEMPLATE_TEXT, "a,b,");
	assert_renders("{{#o}}{{in}} {{out}}{{/o}}", "{\"o\":{\"in\":1},\"out\":2}", TEMPLATE_TEXT,
		       "1 2");
	assert_renders("{{#e}}x{{/e}}{{^e}}none{{/e}}", "{\"e\":[]}", TEMPLATE_TEXT, "none");
	for (size_t i = 0; i < 5; i++) {
		static const char *const empty[] = { "{\"v\":null}", "{\"v\":false}",
						     "{\"v\":\"\"}", "{\"v\":0}", "{}" };

		assert_renders("{{#v}}yes{{/v}}{{^v}}no{{/v}}", empty[i], TEMPLATE_TEXT, "no");
	}
	assert_renders("{{#a}}{{#b}}{{c}}{{/b}}{{/a}}",
		       "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":[{\"c\":3}]}]}", TEMPLATE_TEXT,
		       "123");
	(void)state;
}

static void
a_tag_alone_on_a_line_takes_the_line(void **state)
{
	assert_renders("a\n{{#x}}\nb\n{{/x}}\nc\n", "{\"x\":true}", TEMPLATE_TEXT, "a\nb\nc\n");
	assert_renders("a\n  {{#x}}  \nb\n{{/x}}\nc\n", "{}", TEMPLATE_TEXT, "a\nc\n");
	assert_renders("a {{#x}}\nb{{/x}}", "{\"x\":1}", TEMPLATE_TEXT, "a \nb");
	assert_renders("{{#x}}\n{{#y}}\nb\n{{/y}}\n{{/x}}\n", "{\"x\":1,\"y\":1}", TEMPLATE_TEXT,
		       "b\n");
	assert_renders("{{#x}}\r\nb\r\n{{/x}}\r\n", "{\"x\":1}", TEMPLATE_TEXT, "b\r\n");
	(void)state;
}

static void
values_are_escaped_for_where_they_go(void **state)
{
	static const char data[] = "{\"v\":\"<b>&\\\"'\\u0007\\nx {{w}} {{#w}}\",\"w\":\"never\"}";

	assert_renders("{{v}}", data, TEMPLATE_HTML, "&lt;b&gt;&amp;&quot;&#39;\nx {{w}} {{#w}}");
	assert_renders("{{v}}", data, TEMPLATE_TEXT, "<b>&\"'\nx {{w}} {{#w}}");
	assert_renders("Re: {{v}}\nBcc: x", data, TEMPLATE_LINE,
		       "Re: <b>&\"' x {{w}} {{#w}} Bcc: x");
	(void)state;
}

static void
what_is_no_template_is_named_by_line(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "a\nb {{x", "line 2: a tag is not closed" },
		{ "{{#a}}", "a section is not closed" },
		{ "{{/a}}", "closes no open section" },
		{ "{{#a}}{{#b}}{{/a}}{{/b}}", "closes no open section" },
		{ "{{7*7}}", "a name and nothing else" },
		{ "{{{x}}}", "a name and nothing else" },
		{ "{{&x}}", "a name and nothing else" },
		{ "{{>x}}", "a name and nothing else" },
		{ "{{a..b}}", "a name and nothing else" },
		{ "{{}}", "a name and nothing else" },
		{ "{{=<% %>=}}", "a name and nothing else" },
		{ "\xff", "not UTF-8" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		if (template_check(str_from(bad[i].text), &err) == 0)
			fail_msg("%s", bad[i].text);
		assert_int_equal(err.code, ERR_validation_failed);
		if (!strstr(err.detail, bad[i].words))
			fail_msg("%s: %s", bad[i].text, err.detail);
	}
	(void)state;
}

static void
a_template_cannot_grow_without_bound(void **state)
{
	const char *deep =
	    "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}x{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}";
	struct sb json, nested;
	struct json_object *data;
	struct str out;
	struct err err = { 0 };

	sb_init(&json, a, 1 << 16);
	sb_addz(&json, "{\"l\":[0");
	for (int i = 1; i < 200; i++)
		sb_addf(&json, ",%d", i);
	sb_addz(&json, "]}");
	assert_int_equal(jscan_parse(a, sb_str(&json), &data, &err), 0);
	assert_int_equal(template_render(a, str_from(deep), data, TEMPLATE_TEXT, 1 << 16, &out,
					 &err),
			 -1);
	assert_int_equal(err.code, ERR_validation_failed);
	sb_init(&nested, a, 1 << 16);
	for (int i = 0; i < 30; i++)
		sb_addz(&nested, "{{#a}}");
	for (int i = 0; i < 30; i++)
		sb_addz(&nested, "{{/a}}");
	assert_int_equal(template_check(sb_str(&nested), &err), -1);
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
		cmocka_unit_test(values_go_in_by_name),
		cmocka_unit_test(sections_repeat_choose_and_nest),
		cmocka_unit_test(a_tag_alone_on_a_line_takes_the_line),
		cmocka_unit_test(values_are_escaped_for_where_they_go),
		cmocka_unit_test(what_is_no_template_is_named_by_line),
		cmocka_unit_test(a_template_cannot_grow_without_bound),
	};

	return cmocka_run_group_tests_name("template", tests, setup, teardown);
}
