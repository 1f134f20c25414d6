/*
 * accounting_test.c - journal entries as files: whole, balanced, once; and the duty that brings
 * them there.
 */
#include "house.h"

#include <dirent.h>
#include <sys/stat.h>

static struct accounting files;

static struct accounting_line
a_line(const char *entry, const char *account, int64_t debit, int64_t credit)
{
	return (struct accounting_line){ .entry_id = entry,
					 .document_kind = "invoice",
					 .document_id = "0192a000-0000-7000-8000-000000000001",
					 .document_number = "RE-1",
					 .entry_date = "2026-03-01",
					 .account_code = account,
					 .account_name = "Name, \"quoted\"",
					 .customer = "=cmd|' /C calc'!A0",
					 .memo = "line\none",
					 .debit = debit,
					 .credit = credit,
					 .currency = "EUR",
					 .exponent = 2,
					 .has_base = true,
					 .base_debit = debit,
					 .base_credit = credit };
}

static const char *
read_text(const char *name)
{
	FILE *f = fopen(arena_printf(house.a, "%s/%s/%s", files.root, house.tenant.z, name), "rb");
	char *buf = arena_alloc(house.a, 1 << 16);

	if (!f)
		return NULL;
	buf[fread(buf, 1, (1 << 16) - 1, f)] = '\0';
	fclose(f);
	return buf;
}

static void
a_batch_is_whole_and_balanced(void **state)
{
	struct accounting_line lines[] = { a_line("e1", "1100", 11900, 0),
					   a_line("e1", "4000", 0, 10000),
					   a_line("e1", "2100", 0, 1900),
					   a_line("e2", "1010", 5, 0), a_line("e2", "1100", 0, 5) };
	struct accounting_batch b = { .tenant = house.tenant.z,
				      .entity = house.entity.z,
				      .id = "b-1",
				      .base_currency = "EUR",
				      .base_exponent = 2,
				      .lines = lines,
				      .n = 5 };
	struct accounting_receipt r = { 0 };
	struct json_object *control;
	const char *csv;
	char hash[SHA256_HEX];
	struct str s;
	int64_t n;
	struct err err = { 0 };

	assert_int_equal(files.post(&files, house.a, &b, &r, &err), 0);
	assert_false(r.repeated);
	csv = read_text("journal-b-1.csv");
	assert_non_null(strstr(csv, "\r\n\"e1\",\"2026-03-01\",\"invoice\",\"RE-1\","));
	assert_non_null(strstr(
	    csv, "\"Name, \"\"quoted\"\"\",\"'=cmd|' /C calc'!A0\",119.00,0.00,EUR,119.00,0.00,EUR,"
		 "\"line one\"\r\n"));
	assert_int_equal(jscan_parse(house.a, str_from(read_text("journal-b-1.json")), &control,
				     &err),
			 0);
	sha256_hex(str_from(csv), hash);
	assert_true(jval_str(control, "sha256", &s) && str_eqz(s, hash));
	assert_true(jval_int(control, "entries", &n) && n == 2);
	assert_true(jval_int(control, "lines", &n) && n == 5);
	assert_true(jval_str(control, "base_debit", &s) && str_eqz(s, "119.05"));

	/* the same again is nothing; something else under the same id is refused */
	assert_int_equal(files.post(&files, house.a, &b, &r, &err), 0);
	assert_true(r.repeated);
	lines[0].memo = "another";
	assert_int_equal(files.post(&files, house.a, &b, &r, &err), -1);
	assert_int_equal(err.code, ERR_conflict);
	assert_string_equal(read_text("journal-b-1.csv"), csv);
	(void)state;
}

/* What no rate is known for has no base amount, which is not the same as one of zero. */
static void
without_a_rate_base_amounts_are_empty(void **state)
{
	struct accounting_line lines[2];
	struct accounting_batch b = { .tenant = house.tenant.z,
				      .entity = house.entity.z,
				      .id = "b-4",
				      .base_currency = "EUR",
				      .base_exponent = 2,
				      .lines = lines,
				      .n = 2 };
	struct accounting_receipt r = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < 2; i++)
		lines[i] = (struct accounting_line){ .entry_id = "e1",
						     .entry_date = "2026-03-01",
						     .account_code = "1100",
						     .debit = i == 0 ? 7 : 0,
						     .credit = i == 0 ? 0 : 7,
						     .currency = "USD",
						     .exponent = 2 };
	assert_int_equal(files.post(&files, house.a, &b, &r, &err), 0);
	assert_non_null(strstr(read_text("journal-b-4.csv"), ",0.07,0.00,USD,,,EUR,"));
	(void)state;
}

static void
what_does_not_balance_is_not_written(void **state)
{
	struct accounting_line lines[] = { a_line("e1", "1100", 11900, 0),
					   a_line("e1", "4000", 0, 10000) };
	struct accounting_batch b = { .tenant = house.tenant.z,
				      .entity = house.entity.z,
				      .id = "b-2",
				      .base_currency = "EUR",
				      .base_exponent = 2,
				      .lines = lines,
				      .n = 2 };
	struct accounting_receipt r = { 0 };
	struct err err = { 0 };

	assert_int_equal(files.post(&files, house.a, &b, &r, &err), -1);
	assert_int_equal(err.code, ERR_unbalanced_entry);
	assert_null(read_text("journal-b-2.csv"));
	err_clear(&err);
	b.id = "../b";
	assert_int_equal(files.post(&files, house.a, &b, &r, &err), -1);
	(void)state;
}

/* A process that died after the CSV and before the JSON: the next one writes both again. */
static void
half_a_batch_is_finished_by_the_next_try(void **state)
{
	struct accounting_line lines[] = { a_line("e1", "1100", 7, 0), a_line("e1", "4000", 0, 7) };
	struct accounting_batch b = { .tenant = house.tenant.z,
				      .entity = house.entity.z,
				      .id = "b-3",
				      .base_currency = "EUR",
				      .base_exponent = 2,
				      .lines = lines,
				      .n = 2 };
	struct accounting_receipt r = { 0 };
	struct err err = { 0 };

	assert_int_equal(files.post(&files, house.a, &b, &r, &err), 0);
	unlink(arena_printf(house.a, "%s/%s/journal-b-3.json", files.root, house.tenant.z));
	assert_int_equal(files.post(&files, house.a, &b, &r, &err), 0);
	assert_false(r.repeated);
	assert_non_null(read_text("journal-b-3.json"));
	(void)state;
}

static int
count_files(void)
{
	DIR *d = opendir(arena_printf(house.a, "%s/accounting/%s", house.dir, house.tenant.z));
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)) != NULL)
		n += strstr(e->d_name, ".csv") != NULL;
	if (d)
		closedir(d);
	return n;
}

static void
post_entry(const char *amount)
{
	sql("WITH e AS (SELECT base.new_id() AS id), i AS (INSERT INTO ledger.entry (id, "
	    "entity_id, document_kind, "
	    "document_id, event, entry_date) SELECT e.id, $1::uuid, 'payment', base.new_id(), "
	    "'received', '2026-03-02' "
	    "FROM e) INSERT INTO ledger.line (entry_id, position, account_code, debit, credit, "
	    "currency, base_debit, "
	    "base_credit) SELECT e.id, l.* FROM e, (VALUES (1, '1010', $2::bigint, 0, 'EUR', "
	    "$2::bigint, 0), "
	    "(2, '1100', 0, $2::bigint, 'EUR', 0, $2::bigint)) l",
	    house.entity.z, amount, NULL);
}

static void
each_entry_is_exported_once(void **state)
{
	struct syncd_config config = { .state_dir = house.dir };
	struct err err = { 0 };
	struct job j = { .state = syncd_open(&config, &err), .arena = house.a };

	need_house();
	j.db = program("syncd");
	assert_non_null(j.state);
	post_entry("500");
	post_entry("700");
	assert_int_equal(syncd_kinds[0].run(&j, &err), 0);
	assert_int_equal(count_files(), 1);
	assert_int_equal(syncd_kinds[0].run(&j, &err), 0);
	assert_int_equal(count_files(), 1); /* nothing new */
	post_entry("900");
	assert_int_equal(syncd_kinds[0].run(&j, &err), 0);
	assert_int_equal(count_files(), 2);
	assert_string_equal(sql("SELECT count(*) || '/' || count(DISTINCT entry_id) FROM "
				"connect.accounting_entry WHERE tenant_id = "
				"base.tenant_id()",
				NULL, NULL, NULL),
			    "3/3");

	/* one that was posted and not confirmed is posted again, as the same batch */
	sql("UPDATE connect.accounting_batch SET posted_at = NULL WHERE tenant_id = "
	    "base.tenant_id()",
	    NULL, NULL, NULL);
	assert_int_equal(syncd_kinds[0].run(&j, &err), 0);
	assert_int_equal(count_files(), 2);
	assert_string_equal(sql("SELECT count(*) FROM connect.accounting_batch WHERE tenant_id = "
				"base.tenant_id() AND "
				"posted_at IS NULL",
				NULL, NULL, NULL),
			    "0");
	db_free(j.db);
	(void)state;
}

static int
setup(void **state)
{
	(void)state;
	if (house_open() < 0)
		return -1;
	files = accounting_files(arena_printf(house.a, "%s/files", house.dir));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_free(house.admin);
	arena_free(house.a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_whole_and_balanced),
		cmocka_unit_test(what_does_not_balance_is_not_written),
		cmocka_unit_test(without_a_rate_base_amounts_are_empty),
		cmocka_unit_test(half_a_batch_is_finished_by_the_next_try),
		cmocka_unit_test(each_entry_is_exported_once),
	};

	return cmocka_run_group_tests_name("accounting", tests, setup, teardown);
}
