/*
 * migrate_test.c - migrations, code and seed of a small SQL directory made here.
 *
 * BILLFOLD_TEST_PG is a superuser's conninfo; every test makes a database of its own beside it and
 * drops it. Without it the tests are skipped. BILLFOLD_SOURCE, where it is set, is the tree whose
 * whole SQL is applied once.
 */
#include <billfold/pg.h>

#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct arena *a;
	struct db *admin, *db; /* db: the new database, as its superuser */
	char name[64], dir[64];
	const char *conninfo;
	struct sb said; /* "create code/s/v.sql\n" ... */
};

static void
put(struct fixture *x, const char *path, const char *text)
{
	char *full = arena_printf(x->a, "%s/%s", x->dir, path);
	FILE *out;

	for (char *at = full + strlen(x->dir) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(full, 0700);
		*at = '/';
	}
	out = fopen(full, "we");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void
take_away(struct fixture *x, const char *path)
{
	assert_int_equal(unlink(arena_printf(x->a, "%s/%s", x->dir, path)), 0);
}

static const char *
value(struct fixture *x, struct db *db, const char *sql)
{
	struct flush *f = flush_new(db, x->a);
	struct err err = { 0 };

	flush_add(f, sql, 0, NULL);
	if (flush_run(f, &err) != 0)
		fail_msg("%s: %s", sql, err.cause);
	return flush_value(f, 0, 0, 0);
}

static const char migration_1[] =
    "CREATE SCHEMA base; CREATE SCHEMA s;"
    "CREATE TABLE base.migration (number integer PRIMARY KEY, name text, hash text, applied_at "
    "timestamptz DEFAULT now());"
    "CREATE TABLE base.code_file (path text PRIMARY KEY, hash text, applied_at timestamptz DEFAULT "
    "now());"
    "CREATE TABLE s.word (code text PRIMARY KEY, label text NOT NULL);"
    "CREATE TABLE s.letter (code text PRIMARY KEY REFERENCES s.word, n integer);";

static int
setup(void **state)
{
	static const char roles[] =
	    "DO $$ BEGIN"
	    " IF to_regrole('billfold_owner') IS NULL THEN CREATE ROLE billfold_owner; END IF;"
	    " IF to_regrole('billfold_migrate') IS NULL THEN"
	    "  CREATE ROLE billfold_migrate LOGIN BYPASSRLS; GRANT billfold_owner TO "
	    "billfold_migrate; END IF;"
	    " EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO billfold_owner', "
	    "current_database());"
	    " END $$";
	const char *given = getenv("BILLFOLD_TEST_PG");
	struct fixture *x;

	*state = NULL;
	if (!given)
		return 0;
	x = calloc(1, sizeof(*x));
	x->a = arena_new(0);
	snprintf(x->name, sizeof(x->name), "migrate_test_%d", (int)getpid());
	snprintf(x->dir, sizeof(x->dir), "/tmp/migrate-test-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	x->admin = db_new(given, "migrate_test");
	value(x, x->admin, arena_printf(x->a, "DROP DATABASE IF EXISTS %s", x->name));
	value(x, x->admin, arena_printf(x->a, "CREATE DATABASE %s", x->name));
	x->conninfo = arena_printf(x->a, "%s dbname=%s", given, x->name);
	x->db = db_new(x->conninfo, "migrate_test");
	put(x, "roles.sql", roles);
	put(x, "migrations/0001_base.sql", migration_1);
	put(x, "code/README.md", "");
	*state = x;
	alarm(250);
	return 0;
}

static void
remove_tree(char *dir)
{
	char *const roots[] = { dir, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	assert_non_null(tree);
	while ((e = fts_read(tree)))
		if (e->fts_info != FTS_D)
			remove(e->fts_path);
	fts_close(tree);
}

static int
teardown(void **state)
{
	struct fixture *x = *state;

	if (!x)
		return 0;
	alarm(0);
	db_free(x->db);
	value(x, x->admin, arena_printf(x->a, "DROP DATABASE %s WITH (FORCE)", x->name));
	db_free(x->admin);
	if (strncmp(x->dir, "/tmp/migrate-test-", 18) == 0)
		remove_tree(x->dir);
	arena_free(x->a);
	free(x);
	return 0;
}

static void
say(void *arg, const char *what, const char *name)
{
	struct fixture *x = arg;

	sb_addf(&x->said, "%s %s\n", what, name);
}

static int
migrate(struct fixture *x, bool dry_run, struct err *err)
{
	struct migrate_plan plan = { .sql_dir = x->dir, .dry_run = dry_run, .say = say, .arg = x };

	*err = (struct err){ 0 };
	sb_init(&x->said, x->a, 65536);
	return migrate_run(x->conninfo, &plan, err);
}

static void
migrates(struct fixture *x, const char *steps)
{
	struct err err;

	if (migrate(x, false, &err) != 0)
		fail_msg("%s (%s)", err.detail, err.cause);
	assert_string_equal(sb_z(&x->said), arena_printf(x->a, "roles roles.sql\n%s", steps));
}

static void
refuses(struct fixture *x, const char *words)
{
	struct err err;

	assert_int_equal(migrate(x, false, &err), -1);
	if (!strstr(err.detail, words))
		fail_msg("%s does not say %s", err.detail, words);
}

static struct fixture *
need_pg(void **state)
{
	if (!*state)
		skip();
	return *state;
}

static void
migrations_run_once_in_order(void **state)
{
	struct fixture *x = need_pg(state);
	struct err err;
	int version = -1;

	put(x, "migrations/0010_later.sql", "INSERT INTO s.word VALUES ('b', 'later');");
	put(x, "migrations/0002_more.sql", "INSERT INTO s.word VALUES ('a', 'more');");
	assert_int_equal(migrate(x, true, &err), 0);
	assert_string_equal(sb_z(&x->said),
			    "roles roles.sql\nwould migrate migrations/0001_base.sql\n"
			    "would migrate migrations/0002_more.sql\n"
			    "would migrate migrations/0010_later.sql\n");
	assert_null(value(x, x->db, "SELECT to_regclass('base.migration')"));
	migrates(x, "migrate migrations/0001_base.sql\nmigrate migrations/0002_more.sql\n"
		    "migrate migrations/0010_later.sql\n");
	migrates(x, "");
	assert_string_equal(value(x, x->db, "SELECT count(*) FROM s.word"), "2");
	assert_int_equal(migrate_version(x->db, &version, &err), 0);
	assert_int_equal(version, 10);
	assert_string_equal(
	    value(x, x->db,
		  "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 's.word'::regclass"),
	    "billfold_owner");
	put(x, "migrations/0010_later.sql", "SELECT 1;");
	refuses(x, "0010_later.sql was changed after it had been applied");
}

static void
a_migration_that_fails_leaves_nothing_and_is_named(void **state)
{
	struct fixture *x = need_pg(state);

	put(x, "migrations/0002_broken.sql", "CREATE TABLE s.half (n integer); SELECT 1 / 0;");
	refuses(x, "migrations/0002_broken.sql: 22012");
	assert_null(value(x, x->db, "SELECT to_regclass('s.half')"));
	put(x, "migrations/0002_broken.sql", "CREATE TABLE s.half (n integer);");
	migrates(x, "migrate migrations/0002_broken.sql\n");
	put(x, "migrations/0002_twice.sql", "SELECT 1;");
	refuses(x, "have one number");
}

static void
code_is_created_in_the_order_it_needs(void **state)
{
	struct fixture *x = need_pg(state);

	put(x, "code/s/a_view.sql",
	    "CREATE VIEW s.a_view AS SELECT s.z_function() AS z, y FROM s.b_view;");
	put(x, "code/s/b_view.sql", "CREATE VIEW s.b_view AS SELECT 1 AS y;");
	put(x, "code/s/z_function.sql",
	    "-- requires: s.y_function\nCREATE FUNCTION s.z_function() RETURNS integer LANGUAGE "
	    "plpgsql AS $$ BEGIN RETURN 1; END $$;");
	put(x, "code/s/y_function.sql",
	    "CREATE FUNCTION s.y_function() RETURNS integer LANGUAGE sql AS $$ SELECT y FROM "
	    "s.b_view $$;");
	migrates(x, "migrate migrations/0001_base.sql\ncreate code/s/b_view.sql\ncreate "
		    "code/s/y_function.sql\n"
		    "create code/s/z_function.sql\ncreate code/s/a_view.sql\n");
	migrates(x, "");
	put(x, "code/s/c_one.sql",
	    "-- requires: s.c_two\nCREATE FUNCTION s.c_one() RETURNS integer LANGUAGE sql AS "
	    "'SELECT 1';");
	put(x, "code/s/c_two.sql",
	    "-- requires: s.c_one\nCREATE FUNCTION s.c_two() RETURNS integer LANGUAGE sql AS "
	    "'SELECT 1';");
	refuses(x, "require each other");
}

static void
only_what_changed_is_made_anew_with_what_stands_on_it(void **state)
{
	struct fixture *x = need_pg(state);

	put(x, "code/s/low_view.sql", "CREATE VIEW s.low_view AS SELECT 1 AS a;");
	put(x, "code/s/high_view.sql", "CREATE VIEW s.high_view AS SELECT * FROM s.low_view;");
	put(x, "code/s/other_view.sql", "CREATE VIEW s.other_view AS SELECT 1 AS a;");
	put(x, "code/s/row_function.sql",
	    "CREATE FUNCTION s.row_function() RETURNS SETOF s.low_view LANGUAGE sql AS $$ SELECT * "
	    "FROM s.low_view $$;");
	migrates(x, "migrate migrations/0001_base.sql\ncreate code/s/low_view.sql\ncreate "
		    "code/s/row_function.sql\n"
		    "create code/s/high_view.sql\ncreate code/s/other_view.sql\n");
	put(x, "code/s/low_view.sql",
	    "CREATE VIEW s.low_view AS SELECT 'text'::text AS b, 2 AS c;");
	migrates(x, "change code/s/low_view.sql\nchange code/s/row_function.sql\nchange "
		    "code/s/high_view.sql\n");
	assert_string_equal(value(x, x->db, "SELECT b FROM s.high_view"), "text");
	assert_string_equal(value(x, x->db, "SELECT c FROM s.row_function()"), "2");
	take_away(x, "code/s/high_view.sql");
	migrates(x, "remove code/s/high_view.sql\ndropping s.high_view\n");
	assert_null(value(x, x->db, "SELECT to_regclass('s.high_view')"));
	migrates(x, "");
	/* One that others still stand on goes with an error, and nothing is half done. */
	take_away(x, "code/s/low_view.sql");
	refuses(x, "code/s/row_function.sql: 42");
	assert_string_equal(value(x, x->db, "SELECT count(*) FROM s.row_function()"), "1");
}

static void
functions_are_replaced_in_place(void **state)
{
	struct fixture *x = need_pg(state);
	const char *oid;

	put(x, "migrations/0002_trigger.sql",
	    "CREATE FUNCTION s.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
	    "CREATE TRIGGER guard BEFORE INSERT ON s.word FOR EACH ROW EXECUTE FUNCTION "
	    "s.guard();");
	put(x, "code/s/guard.sql",
	    "CREATE OR REPLACE FUNCTION s.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
	    "RETURN NEW; END';");
	put(x, "code/s/f.sql",
	    "CREATE OR REPLACE FUNCTION s.f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT "
	    "1';");
	migrates(x, "migrate migrations/0001_base.sql\nmigrate migrations/0002_trigger.sql\n"
		    "create code/s/f.sql\ncreate code/s/guard.sql\n");
	oid = value(x, x->db, "SELECT 's.guard'::regproc::oid");
	put(x, "code/s/guard.sql",
	    "CREATE OR REPLACE FUNCTION s.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
	    "RETURN NULL; END';");
	migrates(x, "change code/s/guard.sql\n");
	assert_string_equal(value(x, x->db, "SELECT 's.guard'::regproc::oid"), oid);
	/* Another signature leaves no second function behind. */
	put(x, "code/s/f.sql",
	    "CREATE OR REPLACE FUNCTION s.f(a integer, b integer) RETURNS integer LANGUAGE sql AS "
	    "'SELECT 2';");
	migrates(x, "change code/s/f.sql\n");
	assert_string_equal(value(x, x->db,
				  "SELECT count(*) FROM pg_proc WHERE proname = 'f' AND "
				  "pronamespace = 's'::regnamespace"),
			    "1");
	/* Another result cannot be put in place: dropped and created. */
	put(x, "code/s/f.sql",
	    "CREATE OR REPLACE FUNCTION s.f(a integer, b integer) RETURNS text LANGUAGE sql AS $$ "
	    "SELECT 'x' $$;");
	migrates(x, "change code/s/f.sql\nchange code/s/f.sql\n");
	assert_string_equal(value(x, x->db, "SELECT s.f(1, 2)"), "x");
	/* So are several, and what only says something else stays with the triggers that call it.
	 */
	put(x, "code/s/f.sql",
	    "CREATE OR REPLACE FUNCTION s.f(a integer, c integer) RETURNS text LANGUAGE sql AS $$ "
	    "SELECT 'y' $$;");
	put(x, "code/s/g.sql",
	    "CREATE OR REPLACE FUNCTION s.g() RETURNS integer LANGUAGE sql AS 'SELECT 1';");
	migrates(x, "change code/s/f.sql\nchange code/s/f.sql\ncreate code/s/g.sql\n");
	put(x, "code/s/f.sql",
	    "CREATE OR REPLACE FUNCTION s.f(a integer, c integer) RETURNS integer LANGUAGE sql AS "
	    "'SELECT 3';");
	put(x, "code/s/g.sql",
	    "CREATE OR REPLACE FUNCTION s.g() RETURNS text LANGUAGE sql AS $$ SELECT 'z' $$;");
	put(x, "code/s/guard.sql",
	    "CREATE OR REPLACE FUNCTION s.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
	    "RETURN NEW; END';");
	migrates(x, "change code/s/f.sql\nchange code/s/f.sql\nchange code/s/g.sql\nchange "
		    "code/s/f.sql\nchange code/s/g.sql\nchange code/s/guard.sql\n");
	assert_string_equal(value(x, x->db, "SELECT s.f(1, 2)::text || s.g()"), "3z");
	assert_string_equal(value(x, x->db, "SELECT 's.guard'::regproc::oid"), oid);
	/* What a table stands on is a migration's to take off. */
	put(x, "code/s/guard.sql",
	    "CREATE FUNCTION s.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; "
	    "END';");
	refuses(x, "a migration has to take it off");
}

static void
kernel_code_is_there_for_later_migrations(void **state)
{
	struct fixture *x = need_pg(state);

	put(x, "code/base/give.sql",
	    "-- phase: kernel\nCREATE OR REPLACE FUNCTION base.give() RETURNS text LANGUAGE sql AS "
	    "$$ SELECT 'one' $$;");
	put(x, "migrations/0002_uses.sql",
	    "CREATE TABLE s.t (a text DEFAULT base.give()); INSERT INTO s.t DEFAULT VALUES;");
	migrates(x, "migrate migrations/0001_base.sql\ncreate code/base/give.sql\nmigrate "
		    "migrations/0002_uses.sql\n");
	put(x, "code/base/give.sql",
	    "-- phase: kernel\nCREATE OR REPLACE FUNCTION base.give() RETURNS text LANGUAGE sql AS "
	    "$$ SELECT 'two' $$;");
	put(x, "migrations/0003_uses.sql", "INSERT INTO s.t DEFAULT VALUES;");
	migrates(x, "change code/base/give.sql\nmigrate migrations/0003_uses.sql\n");
	assert_string_equal(value(x, x->db, "SELECT string_agg(a, ' ') FROM s.t"), "one two");
}

static void
reference_data_is_what_its_file_says(void **state)
{
	struct fixture *x = need_pg(state);

	put(x, "seed/s.word.csv", "code,label\na,one\nb,\"two, with comma\"\n");
	put(x, "seed/s.letter.csv", "code,n\na,1\nb,2\n");
	put(x, "migrations/0002_order.sql",
	    "ALTER TABLE s.letter DROP CONSTRAINT letter_code_fkey;");
	migrates(x, "migrate migrations/0001_base.sql\nmigrate migrations/0002_order.sql\nload "
		    "seed/s.letter.csv\nload seed/s.word.csv\n");
	migrates(x, "");
	assert_string_equal(value(x, x->db, "SELECT label FROM s.word WHERE code = 'b'"),
			    "two, with comma");
	put(x, "seed/s.word.csv", "code,label\na,other\nc,three\n");
	migrates(x, "load seed/s.word.csv\n");
	assert_string_equal(
	    value(x, x->db, "SELECT string_agg(code || label, ' ' ORDER BY code) FROM s.word"),
	    "aother cthree");
	put(x, "seed/s.word.csv", "code,label\na,other\nc\n");
	refuses(x, "seed/s.word.csv: 22P04");
	assert_string_equal(value(x, x->db, "SELECT count(*) FROM s.word"), "2");
}

static void
two_at_once_run_one_after_the_other(void **state)
{
	struct fixture *x = need_pg(state);
	pid_t pids[3];

	put(x, "migrations/0002_slow.sql",
	    "SELECT pg_sleep(0.3); CREATE TABLE s.once (n integer);");
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct err err;
			int rc = migrate(x, false, &err);

			if (rc < 0)
				fprintf(stderr, "%s %s\n", err.detail, err.cause);
			_exit(rc < 0);
		}
	}
	for (int i = 0; i < 3; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	migrates(x, "");
}

static void
a_lock_that_others_hold_is_asked_for_again(void **state)
{
	struct fixture *x = need_pg(state);
	struct db *holder = db_new(x->conninfo, "holder");
	struct flush *f = flush_new(holder, x->a);
	struct err err = { 0 };
	pid_t pid;
	int status;

	migrates(x, "migrate migrations/0001_base.sql\n");
	put(x, "migrations/0002_alter.sql", "ALTER TABLE s.word ADD COLUMN n integer;");
	flush_begin(f);
	flush_add(f, "SELECT count(*) FROM s.word", 0, NULL);
	assert_int_equal(flush_run(f, &err), 0);
	pid = fork();
	if (pid == 0)
		_exit(migrate(x, false, &err) == 0 && strstr(sb_z(&x->said), "waiting for locks")
			  ? 0
			  : 1);
	sleep(3); /* longer than the lock limit of one try */
	f = flush_new(holder, x->a);
	flush_commit(f);
	assert_int_equal(flush_run(f, &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	db_free(holder);
}

static void
nobody_else_may(void **state)
{
	struct fixture *x = need_pg(state);
	struct err err;

	migrates(x, "migrate migrations/0001_base.sql\n");
	x->conninfo = arena_printf(x->a, "%s user=billfold_migrate", x->conninfo);
	assert_int_equal(migrate(x, false, &err), 0);
	assert_string_equal(sb_z(&x->said), "");
	value(x, x->admin, "DROP ROLE IF EXISTS migrate_test_other");
	value(x, x->admin, "CREATE ROLE migrate_test_other LOGIN");
	x->conninfo = arena_printf(x->a, "%s user=migrate_test_other", x->conninfo);
	assert_int_equal(migrate(x, false, &err), -1);
	/* A server that knows its programs by name does not even let it in. */
	assert_true(err.code == ERR_forbidden || err.code == ERR_unavailable);
	value(x, x->admin, "DROP ROLE migrate_test_other");
}

static void
the_whole_tree_is_applied_and_needs_no_second_run(void **state)
{
	struct fixture *x = need_pg(state);
	const char *source = getenv("BILLFOLD_SOURCE");
	struct err err;
	int version;

	if (!source)
		skip();
	remove_tree(x->dir);
	snprintf(x->dir, sizeof(x->dir), "%s/sql", source);
	if (migrate(x, false, &err) != 0)
		fail_msg("%s (%s)", err.detail, err.cause);
	migrates(x, "");
	assert_int_equal(migrate_version(x->db, &version, &err), 0);
	assert_int_equal(version, migrate_needed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(migrations_run_once_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_migration_that_fails_leaves_nothing_and_is_named,
						setup, teardown),
		cmocka_unit_test_setup_teardown(code_is_created_in_the_order_it_needs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
		    only_what_changed_is_made_anew_with_what_stands_on_it, setup, teardown),
		cmocka_unit_test_setup_teardown(functions_are_replaced_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(kernel_code_is_there_for_later_migrations, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reference_data_is_what_its_file_says, setup,
						teardown),
		cmocka_unit_test_setup_teardown(two_at_once_run_one_after_the_other, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_lock_that_others_hold_is_asked_for_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nobody_else_may, setup, teardown),
		cmocka_unit_test_setup_teardown(the_whole_tree_is_applied_and_needs_no_second_run,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
