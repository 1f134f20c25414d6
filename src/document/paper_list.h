/*
 * paper_list.h - inside the paper: what is placed, as a list, until ink draws it.
 */
#ifndef DOCUMENT_PAPER_LIST_H
#define DOCUMENT_PAPER_LIST_H

#include "paper.h"

enum item_kind {
	ITEM_TEXT,
	ITEM_LINE,
	ITEM_RULE,
	ITEM_BOX,
	ITEM_QR,
	ITEM_LINK,
	ITEM_MARK,
	ITEM_IMAGE
};

struct item {
	enum item_kind kind;
	enum ink ink;
	int page, line;
	double x, y, w, h, r;
	PangoLayout *text;
	const char *words;
	cairo_surface_t *image;
	struct item *next, *on_page;
};

struct paper {
	struct arena *arena;
	double width, height;
	int page, pages;
	PangoContext *context;
	PangoFontDescription *fonts[FONT_MAX];
	PangoAttrList *attrs;
	struct item *first, **last;
};

/* What of a text goes on paper, terminated by a zero byte that is not counted. */
struct str paper_printable(struct arena *a, struct str text);

#endif
