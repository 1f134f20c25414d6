/*
 * records.h - CSV (RFC 4180): records in, cells out.
 */
#ifndef BILLFOLD_RESOURCE_RECORDS_H
#define BILLFOLD_RESOURCE_RECORDS_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/vec.h>

enum { RECORD_CELLS_MAX = 500, RECORD_BYTES_MAX = 1 << 20, RECORDS_MAX = 500000 };

struct record {
	int64_t line; /* where it begins, from 1 */
	size_t n;
	struct str *cells;
};
typedef VEC(struct record) record_vec;

/* A piece of a file: whole records and nothing else. */
struct record_piece {
	struct str text;
	int64_t position,
	    line; /* of its first record: the number among the records, from 1; the line */
};
struct record_file {
	struct record header;
	VEC(struct record_piece) pieces;
	int64_t total; /* records after the header */
};

/*
 * A whole file: UTF-8, a byte order mark is passed over, the first record is the header. Cut into
 * pieces of about so many bytes. Refused: text that is not UTF-8, a quote that is never closed, a
 * file without a header or without a record, what is beyond the limits; pointer "/csv", the line is
 * named.
 */
int records_cut(struct arena *a, struct str text, char delimiter, size_t piece,
		struct record_file *ret, struct err *err);
/* The records of a piece; blank lines are none. */
int records_parse(struct arena *a, const struct record_piece *piece, char delimiter,
		  record_vec *ret, struct err *err);

/*
 * Cells of a file for spreadsheets. A text that a spreadsheet would take for a formula gets a quote
 * mark in front, and so does one that already had such a mark: record_text() takes one away again,
 * and everything comes back as it was.
 */
void record_add_text(struct sb *sb, struct str s);
/* What cannot be a formula: digits, words of ours, dates. */
void record_add_plain(struct sb *sb, struct str s);
struct str record_text(struct str cell);

#endif
