/*
 * flush_test.c - a flush against a real PostgreSQL: results, refusals, breaks.
 *
 * BILLFOLD_TEST_PG is a superuser's conninfo of a database that may be littered; without it the
 * tests are skipped. Every test has a connection of its own, and a watchdog: a pipeline that
 * waits for itself would wait for ever.
 */
#include <billfold/pg.h>

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct arena *a;
	struct db *db, *other;
};

static int
setup(void **state)
{
	struct fixture *f;
	const char *conninfo = getenv("BILLFOLD_TEST_PG");

	*state = NULL;
	if (!conninfo)
		return 0;
	f = calloc(1, sizeof(*f));
	f->a = arena_new(0);
	f->db = db_new(conninfo, "flush_test");
	f->other = db_new(conninfo, "flush_test other");
	*state = f;
	alarm(60);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (!f)
		return 0;
	alarm(0);
	arena_free(f->a);
	db_free(f->db);
	db_free(f->other);
	free(f);
	return 0;
}

static struct fixture *
need_pg(void **state)
{
	if (!*state)
		skip();
	return *state;
}

/* Runs one statement by itself. */
static struct flush *
one(struct fixture *x, struct db *db, const char *sql)
{
	struct flush *f = flush_new(db, x->a);
	struct err err = { 0 };

	flush_add(f, sql, 0, NULL);
	if (flush_run(f, &err) != 0)
		fail_msg("%s: %s", sql, err.cause);
	return f;
}

/* What the statement fails with. */
static struct err
refused(struct fixture *x, const char *sql)
{
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	flush_begin(f);
	flush_add(f, sql, 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_false(flush_commit_unknown(f));
	assert_int_equal(flush_rows(f, 1), 0);
	assert_null(flush_value(f, 1, 0, 0));
	return err;
}

static int64_t
count_of(struct fixture *x, struct db *db, const char *sql)
{
	return flush_int(one(x, db, sql), 0, 0, 0);
}

static void
results_are_text_by_statement(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };
	char stack[32] = "on the stack";
	int a, b;

	flush_begin(f);
	a = flush_addv(f, "SELECT $1::text, $2::bigint, $3::boolean, $4::text", stack, "-42",
		       "true", NULL, FLUSH_END);
	memset(stack, 'x', sizeof(stack) - 1);
	b = flush_add(f, "CREATE TEMPORARY TABLE t (n integer)", 0, NULL);
	flush_addv(f, "INSERT INTO pg_temp.t SELECT generate_series(1, $1::integer)", "7",
		   FLUSH_END);
	flush_commit(f);
	/* The table does not exist when the pipeline is sent, and does when its turn comes. */
	assert_int_equal(flush_run(f, &err), 0);
	assert_int_equal(flush_rows(f, a), 1);
	assert_string_equal(flush_value(f, a, 0, 0), "on the stack");
	assert_int_equal(flush_int(f, a, 0, 1), -42);
	assert_true(flush_bool(f, a, 0, 2));
	assert_null(flush_value(f, a, 0, 3));
	assert_int_equal(flush_str(f, a, 0, 3).len, 0);
	assert_null(flush_value(f, a, 0, 9));
	assert_null(flush_value(f, a, 1, 0));
	assert_int_equal(flush_rows(f, b), 0);
	assert_int_equal(flush_run(f, &err), -1); /* a flush runs once */
}

static void
a_failure_rolls_back_and_leaves_the_connection_usable(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	one(x, x->db, "CREATE TEMPORARY TABLE t (n integer)");
	flush_begin(f);
	flush_add(f, "INSERT INTO pg_temp.t VALUES (1)", 0, NULL);
	flush_add(f, "SELECT 1 / 0", 0, NULL);
	flush_add(f, "INSERT INTO pg_temp.t VALUES (2)", 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_int_equal(err.code, ERR_internal);
	assert_string_equal(err.sqlstate, "22012");
	assert_non_null(strstr(err.cause, "statement 2"));
	assert_int_equal(count_of(x, x->db, "SELECT count(*) FROM pg_temp.t"), 0);
}

static void
sqlstates_become_errors(void **state)
{
	struct fixture *x = need_pg(state);
	struct err e;

	one(x, x->db, "CREATE TEMPORARY TABLE parent (id integer PRIMARY KEY)");
	one(x, x->db,
	    "CREATE TEMPORARY TABLE child (id integer CONSTRAINT child_pkey PRIMARY KEY, "
	    "email_norm text"
	    " CONSTRAINT child_email_norm_key UNIQUE, parent_id integer CONSTRAINT "
	    "child_parent_id_fkey"
	    " REFERENCES parent, terms integer NOT NULL CONSTRAINT child_terms_check CHECK (terms "
	    "< 5))");
	one(x, x->db, "INSERT INTO parent VALUES (1)");
	one(x, x->db, "INSERT INTO child VALUES (1, 'a', 1, 1)");

	e = refused(x, "INSERT INTO child VALUES (2, 'a', 1, 1)");
	assert_int_equal(e.code, ERR_already_exists);
	assert_string_equal(e.fields->pointer, "/email");
	assert_null(strstr(e.cause, "=(a)")); /* values stay out of the log */
	e = refused(x, "INSERT INTO child VALUES (1, 'b', 1, 1)");
	assert_string_equal(e.fields->pointer, "/id");
	e = refused(x, "INSERT INTO child VALUES (2, 'b', 9, 1)");
	assert_int_equal(e.code, ERR_validation_failed);
	assert_string_equal(e.fields->pointer, "/parent_id");
	e = refused(x, "DELETE FROM parent");
	assert_int_equal(e.code, ERR_in_use);
	e = refused(x, "INSERT INTO child VALUES (2, 'b', 1, 9)");
	assert_int_equal(e.code, ERR_validation_failed);
	assert_string_equal(e.fields->pointer, "/terms");
	e = refused(x, "INSERT INTO child VALUES (2, 'b', 1, NULL)");
	assert_string_equal(e.fields->code, "required");
	e = refused(x, "SELECT 'x'::uuid");
	assert_int_equal(e.code, ERR_validation_failed);
	e = refused(x, "SELECT 9223372036854775807 + 1");
	assert_int_equal(e.code, ERR_out_of_range);
	e = refused(
	    x, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZB412', MESSAGE = 'Changed.'; END $$");
	assert_int_equal(e.code, ERR_precondition_failed);
	assert_string_equal(e.detail, "Changed.");
	assert_null(e.fields);
	e = refused(x, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZB422', MESSAGE = 'Not that.',"
		       " DETAIL = '{\"pointer\": \"/to\", \"code\": \"late\"}'; END $$");
	assert_int_equal(e.code, ERR_validation_failed);
	assert_string_equal(e.fields->pointer, "/to");
	assert_string_equal(e.fields->code, "late");
	assert_string_equal(e.fields->detail, "Not that.");
	e = refused(
	    x,
	    "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZBXYZ', MESSAGE = 'inner words'; END $$");
	assert_int_equal(e.code, ERR_internal);
	assert_null(strstr(e.detail, "inner"));
	e = refused(
	    x,
	    "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZBRPL', MESSAGE = 'Answered.'; END $$");
	assert_string_equal(e.sqlstate, "ZBRPL");
	one(x, x->db, "SET statement_timeout = '20ms'");
	e = refused(x, "SELECT pg_sleep(5)");
	assert_int_equal(e.code, ERR_timeout);
}

static void
a_lock_that_is_not_granted_is_worth_another_try(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *holder = flush_new(x->other, x->a);
	struct err err = { 0 };

	one(x, x->db, "SET lock_timeout = '20ms'");
	flush_begin(holder);
	flush_add(holder, "SELECT pg_advisory_xact_lock(4711)", 0, NULL);
	assert_int_equal(flush_run(holder, &err), 0);
	err = refused(x, "SELECT pg_advisory_xact_lock(4711)");
	assert_int_equal(err.code, ERR_unavailable);
	assert_int_equal(err.retry_after, 1);
}

static void
more_than_the_buffers_hold_goes_both_ways(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };
	size_t size = 200000;
	char *large = arena_alloc(x->a, size + 1);
	const char *params[1] = { large };

	memset(large, 'x', size);
	flush_begin(f);
	for (int i = 0; i < 200; i++)
		flush_add(f, "SELECT $1::text", 1, params);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), 0);
	for (int i = 1; i <= 200; i++)
		assert_int_equal(flush_str(f, i, 0, 0).len, size);
}

static void
terminate(struct fixture *x)
{
	char pid[24];
	const char *params[1] = { pid };
	struct flush *f = flush_new(x->other, x->a);
	struct err err = { 0 };

	snprintf(pid, sizeof(pid), "%lld",
		 (long long)count_of(x, x->db, "SELECT pg_backend_pid()"));
	flush_add(f, "SELECT pg_terminate_backend($1::integer, 5000)", 1, params);
	assert_int_equal(flush_run(f, &err), 0);
	assert_true(flush_bool(f, 0, 0, 0));
}

static void
an_idle_connection_that_went_is_no_error(void **state)
{
	struct fixture *x = need_pg(state);
	struct err err = { 0 };

	for (int i = 0; i < 5; i++) {
		struct flush *f;

		terminate(x);
		f = flush_new(x->db, x->a);
		flush_begin(f);
		flush_add(f, "SELECT 1", 0, NULL);
		flush_commit(f);
		assert_int_equal(flush_run(f, &err), 0);
		terminate(x);
		assert_int_equal(count_of(x, x->db, "SELECT 1"), 1);
	}
}

static void
a_server_that_is_away_is_unavailable(void **state)
{
	struct fixture *x = need_pg(state);
	struct db *db = db_new("host=/nonexistent port=1 dbname=x", "flush_test");
	struct flush *f = flush_new(db, x->a);
	struct err err = { 0 };

	flush_begin(f);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_false(flush_commit_unknown(f));
	db_free(db);
}

static void
a_break_before_commit_did_nothing(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	one(x, x->other, "DROP TABLE IF EXISTS flush_break");
	one(x, x->other, "CREATE TABLE flush_break (n integer)");
	flush_begin(f);
	flush_add(f, "INSERT INTO flush_break VALUES (1)", 0, NULL);
	flush_add(f, "SELECT pg_terminate_backend(pg_backend_pid())", 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_false(flush_commit_unknown(f));
	assert_int_equal(count_of(x, x->db, "SELECT count(*) FROM flush_break"), 0);
	one(x, x->db, "DROP TABLE flush_break");
}

static void
a_break_in_commit_is_unknown(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	one(x, x->db, "CREATE TEMPORARY TABLE t (n integer)");
	one(x, x->db,
	    "CREATE OR REPLACE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
	    " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; "
	    "END $$");
	one(x, x->db,
	    "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
	    " FOR EACH ROW EXECUTE FUNCTION pg_temp.die()");
	flush_begin(f);
	flush_add(f, "INSERT INTO t VALUES (1)", 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_true(flush_commit_unknown(f));
	assert_int_equal(count_of(x, x->db, "SELECT 1"), 1);
}

/* How often a look-up by the key reads the whole of a table: what the server has counted after it,
 * less before. */
static int64_t
whole_reads(struct fixture *x)
{
	static const char scans[] = "SELECT coalesce(sum(seq_scan), 0) FROM "
				    "pg_stat_xact_user_tables WHERE relname = 'young' AND "
				    "schemaname LIKE 'pg_temp%'";
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };
	int before, after;

	flush_begin(f);
	before = flush_add(f, scans, 0, NULL);
	flush_addv(f, "SELECT count(*) FROM pg_temp.young WHERE key = $1::integer", "7", FLUSH_END);
	after = flush_add(f, scans, 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), 0);
	return flush_int(f, after, 0, 0) - flush_int(f, before, 0, 0);
}

/* A temporary table: no statistics are gathered of it behind the test's back. Flushes until what
 * was planned while it was empty is planned anew. */
static int
flushes_until_planned_anew(struct fixture *x)
{
	int n = 0;

	one(x, x->db, "SET plan_cache_mode = force_generic_plan");
	one(x, x->db, "CREATE TEMPORARY TABLE young (key integer PRIMARY KEY, filler text)");
	one(x, x->db, "SET enable_bitmapscan = off");
	one(x, x->db, "SET enable_indexscan = off");
	one(x, x->db, "SET enable_indexonlyscan = off");
	assert_int_equal(whole_reads(x), 1);
	one(x, x->db, "RESET ALL");
	one(x, x->db, "SET plan_cache_mode = force_generic_plan");
	one(x, x->db,
	    "INSERT INTO pg_temp.young SELECT n, n::text FROM generate_series(1, 20000) n");
	assert_int_equal(whole_reads(x), 1); /* as it was planned */
	while (whole_reads(x) != 0)
		assert_in_range(n++, 0, 1000);
	return n;
}

static void
plans_of_a_table_that_fills_are_made_anew(void **state)
{
	struct fixture *x = need_pg(state);

	assert_in_range(flushes_until_planned_anew(x), 0, 100);
}

/* After 1,000 flushes the connection would plan anew at the 4,096th. */
static void
an_old_connection_plans_anew_what_is_new_to_it(void **state)
{
	struct fixture *x = need_pg(state);

	for (int i = 0; i < 1000; i++)
		one(x, x->db, "SELECT 1");
	assert_in_range(flushes_until_planned_anew(x), 0, 200);
}

static void
prepared_statements_are_bounded(void **state)
{
	struct fixture *x = need_pg(state);
	struct err err = { 0 };
	int64_t n;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 700; i++) {
			struct flush *f = flush_new(x->db, x->a);

			flush_begin(f);
			flush_add(f, arena_printf(x->a, "SELECT %d", i), 0, NULL);
			flush_commit(f);
			assert_int_equal(flush_run(f, &err), 0);
			assert_int_equal(flush_int(f, 1, 0, 0), i);
		}
	}
	n = count_of(x, x->db, "SELECT count(*) FROM pg_prepared_statements");
	assert_in_range(n, 500, 515);
}

static void
one_flush_may_hold_more_texts_than_the_cache(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	for (int i = 0; i < 600; i++)
		flush_add(f, arena_printf(x->a, "SELECT %d + 0", i), 0, NULL);
	flush_add(f, "SELECT 0 + 0", 0, NULL);
	assert_int_equal(flush_run(f, &err), 0);
	for (int i = 0; i < 600; i++)
		assert_int_equal(flush_int(f, i, 0, 0), i);
	assert_in_range(count_of(x, x->db, "SELECT count(*) FROM pg_prepared_statements"), 500,
			515);
}

static void
a_schema_that_changed_is_met_with_new_plans(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f;
	struct err err = { 0 };

	one(x, x->other, "DROP TABLE IF EXISTS flush_change");
	one(x, x->other, "CREATE TABLE flush_change (a integer)");
	for (int i = 0; i < 2; i++) {
		f = flush_new(x->db, x->a);
		flush_begin(f);
		flush_add(f, "SELECT * FROM flush_change", 0, NULL);
		flush_commit(f);
		assert_int_equal(flush_run(f, &err), 0);
		if (i == 0)
			one(x, x->other, "ALTER TABLE flush_change ADD b integer");
	}
	one(x, x->other, "DROP TABLE flush_change");
}

static void
a_transaction_may_span_flushes_and_is_never_inherited(void **state)
{
	struct fixture *x = need_pg(state);
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };

	one(x, x->db, "CREATE TEMPORARY TABLE t (n integer)");
	flush_begin(f);
	flush_add(f, "INSERT INTO t VALUES (1)", 0, NULL);
	assert_int_equal(flush_run(f, &err), 0);
	f = flush_new(x->db, x->a);
	flush_add(f, "INSERT INTO t VALUES (2)", 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), 0);
	assert_int_equal(count_of(x, x->db, "SELECT count(*) FROM t"), 2);

	/* Begun and left: the next flush must not commit it. */
	f = flush_new(x->db, x->a);
	flush_begin(f);
	flush_add(f, "INSERT INTO t VALUES (3)", 0, NULL);
	assert_int_equal(flush_run(f, &err), 0);
	f = flush_new(x->db, x->a);
	flush_begin(f);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), 0);
	assert_int_equal(count_of(x, x->db, "SELECT count(*) FROM t"), 2);

	/* Broken between the two: the second half must not run alone. */
	f = flush_new(x->db, x->a);
	flush_begin(f);
	assert_int_equal(flush_run(f, &err), 0);
	{
		int64_t pid = count_of(x, x->db, "SELECT pg_backend_pid()");

		one(x, x->other,
		    arena_printf(x->a, "SELECT pg_terminate_backend(%lld, 5000)", (long long)pid));
	}
	f = flush_new(x->db, x->a);
	flush_add(f, "SELECT 1", 0, NULL);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_false(flush_commit_unknown(f));
}

static void
arrays_carry_any_text(void **state)
{
	struct fixture *x = need_pg(state);
	struct pg_array *arr = pg_array_new(x->a), *ints = pg_array_new(x->a);
	const char *values[] = { "",        "NULL", "a,b", "{x}", "\"q\"", "back\\slash",
				 " blank ", "\n",   NULL };
	struct flush *f = flush_new(x->db, x->a);
	struct err err = { 0 };
	size_t n = sizeof(values) / sizeof(values[0]);

	for (size_t i = 0; i < n; i++)
		pg_array_add(arr, values[i]);
	pg_array_add_int(ints, INT64_MIN);
	pg_array_add_int(ints, INT64_MAX);
	flush_addv(f, "SELECT v FROM unnest($1::text[]) WITH ORDINALITY x(v, n) ORDER BY n",
		   pg_array_text(arr), FLUSH_END);
	flush_addv(f, "SELECT unnest($1::bigint[])", pg_array_text(ints), FLUSH_END);
	flush_addv(f, "SELECT cardinality($1::text[])", pg_array_text(pg_array_new(x->a)),
		   FLUSH_END);
	assert_int_equal(flush_run(f, &err), 0);
	assert_int_equal(flush_rows(f, 0), n);
	for (size_t i = 0; i + 1 < n; i++)
		assert_string_equal(flush_value(f, 0, (int)i, 0), values[i]);
	assert_null(flush_value(f, 0, (int)n - 1, 0));
	assert_true(flush_int(f, 1, 0, 0) == INT64_MIN && flush_int(f, 1, 1, 0) == INT64_MAX);
	assert_int_equal(flush_int(f, 2, 0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(results_are_text_by_statement, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_failure_rolls_back_and_leaves_the_connection_usable, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlstates_become_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lock_that_is_not_granted_is_worth_another_try,
						setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_the_buffers_hold_goes_both_ways, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_idle_connection_that_went_is_no_error, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_server_that_is_away_is_unavailable, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_break_before_commit_did_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_break_in_commit_is_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(prepared_statements_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(an_old_connection_plans_anew_what_is_new_to_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(plans_of_a_table_that_fills_are_made_anew, setup,
						teardown),
		cmocka_unit_test_setup_teardown(one_flush_may_hold_more_texts_than_the_cache, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_schema_that_changed_is_met_with_new_plans, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
		    a_transaction_may_span_flushes_and_is_never_inherited, setup, teardown),
		cmocka_unit_test_setup_teardown(arrays_carry_any_text, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
