/*
 * err_test.c - errors gather what the caller is told; the log is one JSON object a line.
 */
#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>
#include <unistd.h>

static void
setting_returns_minus_one_and_keeps_fields(void **state)
{
	struct arena *a = arena_new(0);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_field(&e, a, "/name", "required", "Give a %s.", "name"), -1);
	assert_int_equal(e.code, ERR_validation_failed);
	err_field(&e, a, "/lines/0/quantity", "type", "A decimal is expected.");
	assert_int_equal(err_set(&e, ERR_forbidden_field, "No %d", 1), -1);
	err_field(&e, a, "/x", "unknown", "x");
	assert_int_equal(e.code, ERR_forbidden_field);
	assert_string_equal(e.detail, "No 1");
	assert_string_equal(e.fields->pointer, "/name");
	assert_string_equal(e.fields->detail, "Give a name.");
	assert_string_equal(e.fields->next->code, "type");
	assert_string_equal(e.last->pointer, "/x");
	assert_string_equal(err_told(&e), "No 1");
	err_set(&e, ERR_internal, "the inside");
	assert_null(strstr(err_told(&e), "inside"));
	err_clear(&e);
	assert_int_equal(e.code, ERR_none);
	assert_null(e.fields);
	assert_int_equal(err_set(NULL, ERR_internal, "x"), -1);
	arena_free(a);
}

static void
what_is_told_of_one_request_has_bounds(void **state)
{
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	char *name = arena_alloc(a, 2 * ERR_POINTER_MAX);
	int n = 0;

	(void)state;
	memset(name, 'n', 2 * ERR_POINTER_MAX - 1);
	memcpy(name, "/lines/7/", 9);
	err_field(&e, a, name, "unknown", "x");
	assert_string_equal(e.fields->pointer, "/lines/7");
	name[ERR_POINTER_MAX] = '\0';
	err_field(&e, a, name, "unknown", "x");
	assert_string_equal(e.last->pointer, name);
	for (int i = 0; i < 2 * ERR_FIELDS_MAX; i++)
		assert_int_equal(err_field(&e, a, "/x", "unknown", "x"), -1);
	for (const struct err_field *f = e.fields; f; f = f->next)
		n++;
	assert_int_equal(n, ERR_FIELDS_MAX);
	assert_string_equal(e.last->code, "too_many");
	arena_free(a);
}

static void
words_of_others_become_utf8(void **state)
{
	struct err e = { 0 };

	err_set(&e, ERR_unavailable, "the server says: %s", "Empf\xe4nger \xc3\xa4 \xe2\x82");
	assert_string_equal(e.detail, "the server says: Empf?nger \xc3\xa4 ??");
	err_cause(&e, "%s", "\xff\xfe");
	assert_string_equal(e.cause, "??");
	(void)state;
}

static void
long_words_are_cut_at_a_whole_character(void **state)
{
	char text[2 * ERR_TEXT_MAX];
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 ? '\xa4' : '\xc3';
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_internal, "%s", text);
	assert_int_equal(strlen(e.detail), ERR_TEXT_MAX - 2);
	assert_true(str_is_utf8(str_from(e.detail)));
}

static void
sqlstates_name_codes(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_by_sqlstate("ZB404"), ERR_not_found);
	assert_int_equal(err_by_sqlstate("23505"), ERR_already_exists);
	assert_int_equal(err_by_sqlstate("XX000"), ERR_internal);
	assert_int_equal(err_by_sqlstate(""), ERR_internal);
	assert_int_equal(err_by_sqlstate(NULL), ERR_internal);
	err_set(&e, ERR_not_found, "x");
	assert_int_equal(err_def(&e)->status, 404);
	assert_string_equal(err_def(&e)->code, "not_found");
	assert_string_equal(e.sqlstate, "ZB404");
}

/* Every SQLSTATE names one code, or the first would hide the others. */
static void
no_sqlstate_stands_twice(void **state)
{
	(void)state;
	for (int i = 1; i < ERR_code_max; i++) {
		assert_true(err_defs[i].status >= 400 && err_defs[i].status < 600);
		for (int j = 1; j < i; j++)
			assert_false(err_defs[i].sqlstate[0] &&
				     strcmp(err_defs[i].sqlstate, err_defs[j].sqlstate) == 0);
	}
}

static char *
logged(const char *value)
{
	static char buf[16384];
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(f);
	dup2(fileno(f), STDERR_FILENO);
	log_event(LOG_WARN, "said \"so\"", "key", value, "none", NULL, NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	return buf;
}

static void
a_log_line_is_one_json_object(void **state)
{
	char big[20000];
	char *line;

	(void)state;
	log_open("tester", LOG_INFO);
	log_bind("request", "r1");
	line = logged("x\n{\"level\":\"forged\"}");
	assert_non_null(strstr(line, "\"level\":\"warn\",\"program\":\"tester\""));
	assert_non_null(strstr(line, "\"msg\":\"said \\\"so\\\"\""));
	assert_non_null(strstr(line, "\"request\":\"r1\",\"key\":\"x\\n{\\\"level"));
	assert_null(strstr(line, "none"));
	assert_int_equal(strchr(line, '\n') - line, (long)strlen(line) - 1);
	log_bind("request", NULL);
	memset(big, '\x01', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	line = logged(big);
	assert_null(strstr(line, "request"));
	assert_memory_equal(line + strlen(line) - 2, "}\n", 2);
}

static void
levels_have_names(void **state)
{
	enum log_level l;

	(void)state;
	assert_int_equal(log_level_by_name("warn", &l), 0);
	assert_int_equal(l, LOG_WARN);
	assert_int_equal(log_level_by_name("loud", &l), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_returns_minus_one_and_keeps_fields),
		cmocka_unit_test(what_is_told_of_one_request_has_bounds),
		cmocka_unit_test(words_of_others_become_utf8),
		cmocka_unit_test(long_words_are_cut_at_a_whole_character),
		cmocka_unit_test(sqlstates_name_codes),
		cmocka_unit_test(no_sqlstate_stands_twice),
		cmocka_unit_test(a_log_line_is_one_json_object),
		cmocka_unit_test(levels_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
