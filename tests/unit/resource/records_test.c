/*
 * CSV: records and their lines, files cut after whole records, and cells that spreadsheets leave
 * alone and that come back as they were.
 */
#include "fixture.h"

#include "records.h"

static int
cut(struct arena *a, const char *text, size_t piece, struct record_file *ret, struct err *err)
{
	return records_cut(a, str_from(text), ',', piece, ret, err);
}

static void
test_pieces_hold_whole_records(void **state)
{
	struct arena *a = arena_new(0);
	struct record_file file;
	struct err err = { 0 };
	int64_t n = 0;

	(void)state;
	assert_int_equal(cut(a,
			     "\xEF\xBB\xBF"
			     "a,b\r\n1,\"x\r\ny\"\r\n\r\n2,\"q\"\"q\"\n3,last",
			     4, &file, &err),
			 0);
	assert_int_equal(file.total, 3);
	assert_int_equal(file.header.n, 2);
	assert_true(str_eqz(file.header.cells[0], "a"));
	for (size_t i = 0; i < file.pieces.n; i++) {
		record_vec records = { 0 };

		assert_int_equal(file.pieces.v[i].position, n + 1);
		assert_int_equal(records_parse(a, &file.pieces.v[i], ',', &records, &err), 0);
		for (size_t k = 0; k < records.n; k++) {
			static const int64_t lines[] = { 2, 5, 6 };
			static const char *const cells[] = { "x\r\ny", "q\"q", "last" };

			assert_int_equal(records.v[k].line, lines[n]);
			assert_true(str_eqz(records.v[k].cells[1], cells[n]));
			n++;
		}
	}
	assert_int_equal(n, 3);
	arena_free(a);
}

static void
test_what_is_no_file(void **state)
{
	static const char *const wrong[] = { "", "a,b\n", "a\n\"open\n", "a\n\xff\n" };
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct record_file file;
		struct err err = { 0 };

		assert_int_equal(cut(a, wrong[i], 1000, &file, &err), -1);
		assert_string_equal(err.fields->pointer, "/csv");
	}
	arena_free(a);
}

static void
test_cells_come_back(void **state)
{
	static const char *const texts[] = { "=1+1",      "+",        "-",      "@",
					     "\tx",       "\rx",      "a;=b",   "\"=q",
					     "'=already", "''=twice", "'plain", "" };
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record_piece piece = { .line = 1 };
		record_vec records = { 0 };
		struct err err = { 0 };
		struct sb sb;

		sb_init(&sb, a, 1000);
		record_add_text(&sb, str_from(texts[i]));
		sb_addz(&sb, ",x\r\n");
		piece.text = sb_str(&sb);
		assert_int_equal(records_parse(a, &piece, ',', &records, &err), 0);
		if (*texts[i])
			assert_null(strchr("=+-@\t\r", records.v[0].cells[0].p[0]));
		assert_true(str_eqz(record_text(records.v[0].cells[0]), texts[i]));
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_hold_whole_records),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_cells_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
