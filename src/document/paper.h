/*
 * paper.h - inside the room: pages being composed.
 *
 * Composition comes first, ink last: what is placed is kept as a list, so that a page knows how
 * many pages there are before the first is drawn. Units are points (1/72 inch), y grows downwards.
 */
#ifndef DOCUMENT_PAPER_H
#define DOCUMENT_PAPER_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <pango/pangocairo.h>

struct paper;

enum font {
	FONT_BODY,
	FONT_BOLD,
	FONT_SMALL,
	FONT_SMALL_BOLD,
	FONT_TINY,
	FONT_LARGE,
	FONT_TITLE,
	FONT_MARK,
	FONT_MAX
};
enum ink { INK_TEXT, INK_MUTED, INK_ACCENT, INK_RULE, INK_TINT, INK_WHITE, INK_MARK, INK_MAX };
enum align { ALIGN_START, ALIGN_END, ALIGN_CENTRE };

/* Closed with the arena. locale: for the choice of glyphs (Han) and hyphenation. */
struct paper *paper_open(struct arena *a, double width, double height, const char *locale);
double paper_width(const struct paper *p);
double paper_height(const struct paper *p);
int paper_page(const struct paper *p); /* the present page, from 0 */
int paper_pages(const struct paper *p);
void paper_new_page(struct paper *p);
void paper_on_page(struct paper *p, int page); /* go back: footers */

/* A text set in a width (0: one line, as wide as it is). Its height in points by
 * paper_text_height(). */
PangoLayout *paper_text(struct paper *p, enum font f, double width, enum align align,
			struct str text);
PangoLayout *paper_textz(struct paper *p, enum font f, double width, enum align align,
			 const char *text);
/* A figure with its unit: none of its words is broken, as long as FONT_TINY makes it fit. */
PangoLayout *paper_figure(struct paper *p, double width, enum align align, const char *text);
double paper_text_height(PangoLayout *t);
double paper_text_width(PangoLayout *t);
int paper_text_lines(PangoLayout *t);
double paper_line_height(PangoLayout *t, int line);
double paper_line_base(PangoLayout *t, int line); /* what it stands on, below its top */

void paper_put(struct paper *p, PangoLayout *t, enum ink ink, double x, double y);
void paper_put_line(struct paper *p, PangoLayout *t, int line, enum ink ink, double x, double y);
void paper_rule(struct paper *p, enum ink ink, double x, double y, double width, double thick);
void paper_box(struct paper *p, enum ink ink, double x, double y, double width, double height,
	       double radius);
void paper_qr(struct paper *p, const char *text, double x, double y, double size);
void paper_link(struct paper *p, const char *uri, double x, double y, double width, double height);
void paper_mark(struct paper *p, PangoLayout *t); /* across the page, slanted, very light */
/* PNG bytes fitted into a box, left and top aligned; false when they are no sound PNG. */
bool paper_image(struct paper *p, struct str png, double x, double y, double width, double height,
		 double *ret_height);

struct paper_meta {
	const char *title, *author, *subject;
	const char *
	    date; /* YYYY-MM-DD: the document's own, so that its bytes do not depend on the clock */
};
/* Draws everything; the paper is done with. */
int paper_ink(struct paper *p, const struct paper_meta *meta, struct str *ret, struct err *err);

#endif
