/*
 * sheet.h - inside the room: one document on its way to paper.
 *
 * The sheet holds the data, the words and the place where the next thing goes; letter.c and the
 * invoice_*.c modules add their parts from top to bottom. Geometry in points.
 */
#ifndef DOCUMENT_SHEET_H
#define DOCUMENT_SHEET_H

#include "labels.h"
#include "paper.h"

#include <billfold/document.h>

struct sheet {
	struct arena *a;
	struct paper *p;
	struct json_object *doc, *seller, *payer;
	const struct people *people;
	const char *const *words;
	const char *locale, *title;
	struct str kind, number, currency;
	bool credit;
	int sign;           /* -1 turns the amounts of a credit note positive */
	double left, right; /* edges of the text */
	double top, bottom; /* of a page that is not the first; bottom of all */
	double foot;        /* where the foot of every page begins */
	double y;           /* where the next thing goes */
	void (*on_break)(
	    struct sheet *s); /* what a new page starts with, inside a table; or NULL */
};

/* Opens the paper that the seller's country uses, where there is none yet, and sets the edges of
 * the text. */
void sheet_open(struct sheet *s);
/* A decimal's text, whether it came as a string or as a number. */
struct str sheet_decimal(const struct sheet *s, struct json_object *o, const char *key);
/* False where absent; turned by the sheet's sign. */
bool sheet_amount(const struct sheet *s, struct json_object *o, const char *key, int64_t *ret);
/* A label with its {1} and {2} filled in. */
const char *sheet_words(const struct sheet *s, enum label l, const char *one, const char *two);
/* A new page, unless so much height is left on this one. */
void sheet_need(struct sheet *s, double height);
/* Text down from y, over pages where it must, never a line cut. */
void sheet_flow(struct sheet *s, PangoLayout *t, enum ink ink, double x);

typedef VEC(const char *) line_vec;
/* An address as its country writes it; home: the country that is not named. */
void sheet_address(const struct sheet *s, struct json_object *address, struct str home,
		   line_vec *ret);
const char *sheet_iban(struct arena *a, struct str iban);
/* The pay link, when it is one that may be printed as a link; else NULL. */
const char *sheet_pay_url(const struct sheet *s);

/* ---- letter.c ---- */

/* The sheet with its paper, and room at the bottom for all that the foot says. */
void letter_open(struct sheet *s);
struct str letter_name(struct json_object *party);
/* On the present page; where the facts beside the payer begin. */
double letter_head(struct sheet *s, struct str logo);
/* One of them, below *y; nothing where there is no value. */
void letter_info(struct sheet *s, enum label label, const char *value, double *y);
/* The text goes on below payer and facts. */
void letter_body(struct sheet *s, double infos);
/* The edges of its pages, from its first on to the last that there is. */
void letter_feet(struct sheet *s, int first);

void invoice_head(struct sheet *s, struct str logo);
void invoice_lines(struct sheet *s);
void invoice_sums(struct sheet *s);
void invoice_payment(struct sheet *s);
void invoice_notes(struct sheet *s);

#endif
