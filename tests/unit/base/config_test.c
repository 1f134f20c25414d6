/*
 * config_test.c - one file for all programs; what no program knows is an error with its line.
 */
#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>
#include <unistd.h>

struct settings {
	const char *database, *run_dir;
	long workers;
};

static const struct config_key keys[] = {
	{ "database", CT_STR, NULL, offsetof(struct settings, database), "where" },
	{ "run_dir", CT_STR, "/run/billfold", offsetof(struct settings, run_dir), "where" },
	{ "api_workers", CT_INT, "4", offsetof(struct settings, workers), "how many" },
	{ 0 },
};

static char path[] = "/tmp/config_test.XXXXXX";

static int
load(const char *text, struct settings *ret, struct arena *a, struct err *err)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	err_clear(err);
	return config_load(path, keys, ret, a, err);
}

static void
values_defaults_and_keys_of_others(void **state)
{
	struct arena *a = arena_new(0);
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load("# a comment\n"
			      "database = \"host=/run port=5432 dbname=billfold\"\n"
			      "api_workers = 010\nmaild_workers = 3\nsmtp_url = 'smtp://x'\n",
			      &s, a, &e),
			 0);
	assert_string_equal(s.database, "host=/run port=5432 dbname=billfold");
	assert_string_equal(s.run_dir, "/run/billfold");
	assert_int_equal(s.workers, 10);
	arena_free(a);
}

static void
fails(const char *text, const char *words)
{
	struct arena *a = arena_new(0);
	struct settings s;
	struct err e;

	assert_int_equal(load(text, &s, a, &e), -1);
	if (!strstr(e.detail, words))
		fail_msg("%s: %s expected", e.detail, words);
	arena_free(a);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	struct arena *a = arena_new(0);
	struct settings s;
	struct err e = { 0 };

	(void)state;
	fails("database = \"x\"\ndatabse = \"y\"\n", ":2:");
	fails("database = \"x\"\ndatabse = \"y\"\n", "databse");
	fails("database = \"x\"\n\napi_workers = many\n", ":3: api_workers must be a whole number");
	fails("database = \"x\"\nmaild_workers = \"1.5\"\n", ":2: maild_workers");
	fails("database = \"x\"\ndatabase = \"y\"\n", ":2: database stands twice");
	fails("run_dir = \"x\"\n", "database is missing");
	fails("database = \"x\n", ":");
	fails("database\n", ":");
	assert_int_equal(config_load("/nonexistent/billfold.conf", keys, &s, a, &e), -1);
	assert_non_null(strstr(e.detail, "cannot be read"));
	arena_free(a);
}

static int
setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd) ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_defaults_and_keys_of_others),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
