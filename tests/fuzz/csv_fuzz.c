/*
 * csv_fuzz.c - a file that is taken has the same records however it is cut; cells that go out
 * come back as they were, and none of them is a spreadsheet's formula.
 */
#include "fuzz.h"

#include "records.h"

static char
delimiter_of(unsigned bits)
{
	static const char known[] = { ',', ';', '\t' };

	return known[bits % sizeof(known)];
}

/* The records of all pieces, one behind the other. */
static void
gather(struct arena *a, const struct record_file *file, char delimiter, record_vec *ret)
{
	int64_t last_line = 0;

	for (size_t i = 0; i < file->pieces.n; i++) {
		const struct record_piece *piece = &file->pieces.v[i];
		size_t had = ret->n;

		MUST(piece->position == (int64_t)had + 1);
		MUST(records_parse(a, piece, delimiter, ret, NULL) == 0);
		for (size_t k = had; k < ret->n; k++) {
			MUST(ret->v[k].line > last_line && ret->v[k].line >= piece->line);
			last_line = ret->v[k].line;
		}
	}
	MUST((int64_t)ret->n == file->total);
}

static void
are_the_same(const record_vec *x, const record_vec *y)
{
	MUST(x->n == y->n);
	for (size_t i = 0; i < x->n; i++) {
		MUST(x->v[i].n == y->v[i].n && x->v[i].line == y->v[i].line);
		for (size_t k = 0; k < x->v[i].n; k++)
			MUST(str_eq(x->v[i].cells[k], y->v[i].cells[k]));
	}
}

static void
read_any(struct arena *a, struct str text, char delimiter, size_t piece)
{
	struct record_file whole, cut;
	record_vec once = { 0 }, pieces = { 0 };
	struct err err = { 0 }, again = { 0 };

	if (records_cut(a, text, delimiter, SIZE_MAX, &whole, &err) < 0) {
		MUST(err.code == ERR_validation_failed && err.n_fields == 1);
		MUST(strcmp(err.fields->pointer, "/csv") == 0);
		MUST(records_cut(a, text, delimiter, piece, &cut, &again) < 0);
		MUST(strcmp(err.fields->detail, again.fields->detail) == 0);
		return;
	}
	MUST(str_is_utf8(text) && whole.header.n > 0 && whole.total > 0);
	MUST(records_cut(a, text, delimiter, piece, &cut, &err) == 0);
	gather(a, &whole, delimiter, &once);
	gather(a, &cut, delimiter, &pieces);
	are_the_same(&once, &pieces);
}

/* One record of cells, below a header, written and read again. */
static void
there_and_back(struct arena *a, struct input *in)
{
	struct str cells[8];
	struct record_file file;
	record_vec records = { 0 };
	struct sb sb;
	size_t n = 0;

	sb_init(&sb, a, 1 << 20);
	sb_addz(&sb, "a\r\n");
	do {
		cells[n] = input_until(in, '\0');
		if (n)
			sb_addc(&sb, ',');
		record_add_text(&sb, cells[n]);
		n++;
	} while (in->left && n < 8);
	sb_addz(&sb, "\r\n");
	if (records_cut(a, sb_str(&sb), ',', SIZE_MAX, &file, NULL) < 0) {
		MUST(!str_is_utf8(sb_str(&sb)));
		return;
	}
	gather(a, &file, ',', &records);
	MUST(records.n == 1 && records.v[0].n == n);
	for (size_t i = 0; i < n; i++) {
		struct str cell = records.v[0].cells[i];

		MUST(!cell.len || !memchr("=+-@\t\r\n", cell.p[0], 7));
		MUST(str_eq(record_text(cell), cells[i]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	unsigned how = (unsigned)input_bits(&in, 1);
	size_t piece = 1 + input_bits(&in, 1);

	if (how & 1)
		there_and_back(a, &in);
	else
		read_any(a, input_rest(&in), delimiter_of(how >> 1), piece);
	arena_free(a);
	return 0;
}
