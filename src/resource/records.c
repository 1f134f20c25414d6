/*
 * records.c - CSV (RFC 4180): records in, cells out.
 *
 * libcsv parses; it is fed line by line, so that each record knows the line that it begins on and a
 * file can be cut after whole records. Lines end in LF, CRLF or CR; a quoted cell may hold them. A
 * quote within a cell that is not doubled is taken as it stands, as spreadsheets write it; one that
 * is never closed would swallow the rest of the file and is refused.
 */
#include "records.h"

#include <csv.h>

/* libcsv's pstate between two records. */
enum { BETWEEN_RECORDS = 0 };

struct reader {
	struct arena *arena; /* of the cells that are kept */
	struct csv_parser parser;
	bool keep;     /* cells */
	int64_t line;  /* that is fed */
	int64_t begun; /* line of the record that is open */
	VEC(struct str) cells;
	size_t n_cells, n_bytes;
	/* What a record that has ended is told to. */
	void (*take)(struct reader *r, void *arg);
	void *arg;
	const char *wrong; /* the first thing that is */
	int64_t wrong_line;
};

static void
refuse(struct reader *r, const char *words)
{
	if (r->wrong)
		return;
	r->wrong = words;
	r->wrong_line = r->begun;
}

static void
on_cell(void *s, size_t len, void *arg)
{
	struct reader *r = arg;

	r->n_cells++;
	r->n_bytes += len;
	if (r->n_cells > RECORD_CELLS_MAX)
		refuse(r, "A record has at most 500 cells.");
	else if (r->n_bytes > RECORD_BYTES_MAX)
		refuse(r, "A record has at most 1 MiB.");
	else if (r->keep)
		*vec_push(r->arena, &r->cells) =
		    (struct str){ len ? arena_strndup(r->arena, s, len) : "", len };
}

static void
on_end(int term, void *arg)
{
	struct reader *r = arg;

	(void)term;
	r->take(r, r->arg);
	r->cells.v = NULL;
	r->cells.n = r->cells.cap = 0;
	r->n_cells = r->n_bytes = 0;
}

/* The line that s begins with, its end included. */
static size_t
line_length(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\n')
			return i + 1;
		if (s.p[i] == '\r' && i + 1 < s.len)
			return s.p[i + 1] == '\n' ? i + 2 : i + 1;
	}
	return s.len;
}

static void
reader_open(struct reader *r, char delimiter, int64_t line)
{
	if (csv_init(&r->parser, 0) != 0)
		abort();
	csv_set_delim(&r->parser, (unsigned char)delimiter);
	r->line = line;
}

/* Feeds one line; false where something is wrong. */
static bool
feed(struct reader *r, struct str s)
{
	if (r->parser.pstate == BETWEEN_RECORDS)
		r->begun = r->line;
	if (csv_parse(&r->parser, s.p, s.len, on_cell, on_end, r) != s.len)
		abort(); /* out of memory: there is no other error outside strict mode */
	/* What is open and too long may be a quote that is never closed: see here, not at the end.
	 */
	if (r->parser.entry_pos > RECORD_BYTES_MAX)
		refuse(r, "A record has at most 1 MiB; is a quote never closed?");
	r->line++;
	return !r->wrong;
}

static int
finish(struct reader *r, struct err *err, struct arena *a)
{
	if (!r->wrong) {
		csv_set_opts(&r->parser, CSV_STRICT | CSV_STRICT_FINI);
		if (csv_fini(&r->parser, on_cell, on_end, r) != 0)
			refuse(r, "A quote is never closed.");
	}
	csv_free(&r->parser);
	if (r->wrong)
		return err_field(err, a, "/csv", "malformed", "Line %lld: %s",
				 (long long)r->wrong_line, r->wrong);
	return 0;
}

/* ---- a piece ---- */

static void
keep_record(struct reader *r, void *arg)
{
	record_vec *list = arg;

	*vec_push(r->arena, list) =
	    (struct record){ .line = r->begun, .n = r->cells.n, .cells = r->cells.v };
}

int
records_parse(struct arena *a, const struct record_piece *piece, char delimiter, record_vec *ret,
	      struct err *err)
{
	struct reader r = { .arena = a, .keep = true, .take = keep_record, .arg = ret };
	struct str s = piece->text;

	reader_open(&r, delimiter, piece->line);
	while (s.len) {
		size_t n = line_length(s);

		if (!feed(&r, (struct str){ s.p, n }))
			break;
		s = (struct str){ s.p + n, s.len - n };
	}
	return finish(&r, err, a);
}

/* ---- a file ---- */

struct cutting {
	struct record_file *file;
	bool has_header;
};

static void
count_record(struct reader *r, void *arg)
{
	struct cutting *k = arg;

	if (k->has_header) {
		if (++k->file->total > RECORDS_MAX)
			refuse(r, "A file has at most 500,000 records.");
		return;
	}
	k->has_header = true;
	k->file->header = (struct record){ .line = r->begun, .n = r->cells.n, .cells = r->cells.v };
	r->keep = false;
}

static void
cut(struct arena *a, struct reader *r, struct str text, size_t piece, struct cutting *k)
{
	struct record_piece now = { .text = { text.p, 0 }, .position = 1, .line = 1 };
	struct str s = text;

	while (s.len) {
		size_t n = line_length(s);
		bool had_header = k->has_header;

		if (!feed(r, (struct str){ s.p, n }))
			return;
		s = (struct str){ s.p + n, s.len - n };
		now.text.len += n;
		if (r->parser.pstate != BETWEEN_RECORDS)
			continue;
		if (had_header && now.text.len >= piece)
			*vec_push(a, &k->file->pieces) = now;
		else if (had_header || !k->has_header)
			continue;
		now = (struct record_piece){ .text = { s.p, 0 },
					     .position = k->file->total + 1,
					     .line = r->line };
	}
	if (k->has_header && now.text.len)
		*vec_push(a, &k->file->pieces) = now;
}

int
records_cut(struct arena *a, struct str text, char delimiter, size_t piece, struct record_file *ret,
	    struct err *err)
{
	struct cutting k = { .file = ret };
	struct reader r = { .arena = a, .keep = true, .take = count_record, .arg = &k };

	*ret = (struct record_file){ 0 };
	if (str_starts(text, STR("\xEF\xBB\xBF")))
		text = (struct str){ text.p + 3, text.len - 3 };
	if (!str_is_utf8(text))
		return err_field(err, a, "/csv", "encoding",
				 "The text must be UTF-8, without NUL.");
	reader_open(&r, delimiter, 1);
	cut(a, &r, text, piece, &k);
	if (finish(&r, err, a) < 0)
		return -1;
	if (!k.has_header)
		return err_field(err, a, "/csv", "required", "The file is empty.");
	if (ret->total == 0)
		return err_field(err, a, "/csv", "required",
				 "The file has a header and no records.");
	return 0;
}

/* ---- out ---- */

static bool
begins_formula(struct str s)
{
	return s.len && strchr("=+-@\t\r\n", s.p[0]) && s.p[0];
}

/* What is left after the quote marks in front. */
static struct str
behind_marks(struct str s)
{
	while (s.len && s.p[0] == '\'')
		s = (struct str){ s.p + 1, s.len - 1 };
	return s;
}

void
record_add_text(struct sb *sb, struct str s)
{
	sb_addc(sb, '"');
	if (begins_formula(behind_marks(s)))
		sb_addc(sb, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"')
			sb_addc(sb, '"');
		sb_addc(sb, s.p[i]);
	}
	sb_addc(sb, '"');
}

void
record_add_plain(struct sb *sb, struct str s)
{
	sb_add(sb, s);
}

struct str
record_text(struct str cell)
{
	if (cell.len && cell.p[0] == '\'' && begins_formula(behind_marks(cell)))
		return (struct str){ cell.p + 1, cell.len - 1 };
	return cell;
}
