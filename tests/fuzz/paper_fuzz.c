/*
 * paper_fuzz.c - what people put on a paper: a logo of any bytes is fitted into its box or left
 * out, a text of any script is set within its width or names the author, and the paper comes out as
 * a PDF.
 */
#include "fuzz.h"

#include "paper.h"

enum { WIDTH = 170, HEIGHT = 56, COLUMN = 120 };

static void
put_logo(struct paper *p, struct str png)
{
	double height = -1;

	if (paper_image(p, png, 10, 10, WIDTH, HEIGHT, &height))
		MUST(height > 0 && height <= HEIGHT + 1e-6);
	else
		MUST(height == -1);
}

static void
put_text(struct paper *p, enum font font, enum align align, struct str text)
{
	PangoLayout *t = paper_text(p, font, COLUMN, align, text);
	int lines = paper_text_lines(t);
	double height = 0;

	MUST(lines >= 1);
	for (int i = 0; i < lines; i++) {
		MUST(paper_line_height(t, i) >= 0);
		height += paper_line_height(t, i);
	}
	MUST(height > 0 && paper_text_height(t) > 0);
	paper_put(p, t, INK_TEXT, 10, 10);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct paper_meta meta = { "Title", "Author", "Subject", "2026-02-28" };
	struct input in = { data, size };
	struct arena *a = arena_new(0);
	struct paper *p = paper_open(a, 595, 842, input_bits(&in, 1) & 1 ? "ja" : "de");
	uint64_t how = input_bits(&in, 1);
	struct str rest = input_rest(&in), pdf;
	struct err err = { 0 };

	if (how & 1)
		put_logo(p, rest);
	else if (str_is_utf8(rest))
		put_text(p, (enum font)(how / 2 % FONT_MAX), (enum align)(how / 32 % 3), rest);
	if (str_is_utf8(rest))
		meta.author = str_dup(a, rest);
	MUST(paper_ink(p, &meta, &pdf, &err) == 0);
	MUST(pdf.len > 8 && memcmp(pdf.p, "%PDF-1.", 7) == 0);
	arena_free(a);
	return 0;
}
