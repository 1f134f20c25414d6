/*
 * invoice_lines.c - the table of lines, over as many pages as it takes.
 *
 * A row stays whole while it fits on a page; a description longer than a page flows on. The head of
 * the table stands on every page that has rows.
 */
#include "sheet.h"

#include <billfold/base/date.h>

#include <math.h>

enum { POSITION_W = 22, QUANTITY_W = 62, PRICE_W = 70, TAX_W = 40, AMOUNT_W = 76, GAP = 6 };

static const double pad = 4.6;

static double
description_width(const struct sheet *s)
{
	return s->right - s->left - POSITION_W - QUANTITY_W - PRICE_W - TAX_W - AMOUNT_W - 5 * GAP -
	       12;
}

struct cell_edges {
	double position, description, quantity, price, tax, amount; /* left edges */
};

static struct cell_edges
edges(const struct sheet *s)
{
	struct cell_edges e;

	e.position = s->left + 6;
	e.description = e.position + POSITION_W + GAP;
	e.quantity = e.description + description_width(s) + GAP;
	e.price = e.quantity + QUANTITY_W + GAP;
	e.tax = e.price + PRICE_W + GAP;
	e.amount = e.tax + TAX_W + GAP;
	return e;
}

static void
put_head_cell(struct sheet *s, const char *text, double x, double width, enum align align, double y)
{
	paper_put_line(s->p, paper_textz(s->p, FONT_SMALL_BOLD, width, align, text), 0, INK_ACCENT,
		       x, y);
}

static void
put_table_head(struct sheet *s)
{
	struct cell_edges e = edges(s);
	double y = s->y + 4.4;
	const char *amount =
	    arena_printf(s->a, "%s " STR_FMT, s->words[L_AMOUNT], STR_ARG(s->currency));

	paper_box(s->p, INK_TINT, s->left, s->y, s->right - s->left, 20, 3);
	put_head_cell(s, s->words[L_POSITION], e.position, POSITION_W, ALIGN_START, y);
	put_head_cell(s, s->words[L_DESCRIPTION], e.description, description_width(s), ALIGN_START,
		      y);
	put_head_cell(s, s->words[L_QUANTITY], e.quantity, QUANTITY_W, ALIGN_END, y);
	put_head_cell(s, s->words[L_UNIT_PRICE], e.price, PRICE_W, ALIGN_END, y);
	put_head_cell(s, s->words[L_TAX], e.tax, TAX_W, ALIGN_END, y);
	put_head_cell(s, amount, e.amount, AMOUNT_W, ALIGN_END, y);
	s->y += 23;
}

/* Without the minus of a credit note's quantity, or of its price where the quantity has none. */
static struct str
positive(const struct sheet *s, struct str number, bool *turned)
{
	if (s->sign > 0 || *turned || !number.len || number.p[0] != '-')
		return number;
	*turned = true;
	return (struct str){ number.p + 1, number.len - 1 };
}

static const char *
rate_text(const struct sheet *s, struct json_object *line)
{
	struct str rate = sheet_decimal(s, line, "tax_rate");

	return rate.len ? arena_printf(s->a, "%s %%", people_number(s->people, rate)) : "";
}

/* What it is for stands below it: 90 minutes at 120.00 for 60 are not 90 times 120.00. */
static const char *
price_text(const struct sheet *s, struct json_object *line, struct str price, struct str unit)
{
	struct str base = sheet_decimal(s, line, "base_quantity");
	const char *text = people_price(s->people, price);

	if (!base.len || str_eqz(base, "1"))
		return text;
	return arena_printf(s->a, "%s\n/ %s%s" STR_FMT, text, people_number(s->people, base),
			    unit.len ? " " : "", STR_ARG(unit));
}

/* The first and the last day that it charges for; NULL where it says none. */
static const char *
days_text(const struct sheet *s, struct json_object *line)
{
	struct str start, end;
	char last[DATE_TEXT];
	civil_day day;

	if (!jval_str(line, "period_start", &start) || !jval_str(line, "period_end", &end) ||
	    !date_parse(end, &day))
		return NULL;
	date_format(day - 1, last);
	return arena_printf(s->a, "%s \u2013 %s", people_date(s->people, start),
			    people_date(s->people, str_from(last)));
}

struct row {
	PangoLayout *position, *description, *days, *discount, *quantity, *price, *tax, *amount;
	double base; /* the line that all its cells stand on, below its top: scripts differ in
			height */
	double height;
};

static double
below_top(const struct row *r, PangoLayout *t)
{
	return r->base - paper_line_base(t, 0);
}

static void
measure_row(struct row *r)
{
	PangoLayout *const beside[] = { r->position, r->quantity, r->price, r->tax, r->amount };
	size_t n = sizeof(beside) / sizeof(beside[0]);

	r->base = paper_line_base(r->description, 0);
	for (size_t i = 0; i < n; i++)
		r->base = fmax(r->base, paper_line_base(beside[i], 0));
	r->height = below_top(r, r->description) + paper_text_height(r->description);
	if (r->days)
		r->height += paper_text_height(r->days);
	if (r->discount)
		r->height += paper_text_height(r->discount);
	for (size_t i = 0; i < n; i++)
		r->height = fmax(r->height, below_top(r, beside[i]) + paper_text_height(beside[i]));
	r->height += 2 * pad;
}

static void
set_row(struct sheet *s, struct json_object *line, int index, struct row *r)
{
	bool turned = false;
	struct str quantity = positive(s, sheet_decimal(s, line, "quantity"), &turned);
	struct str price = positive(s, sheet_decimal(s, line, "unit_price"), &turned);
	struct str unit = jval_str_of(line, "unit");
	const char *days = days_text(s, line);
	int64_t position = index + 1, amount = 0, discount = 0;

	jval_int(line, "position", &position);
	/* As its price is, with or without tax, and before discounts: so lines add up to the
	 * subtotal. */
	sheet_amount(s, line, "amount", &amount);
	sheet_amount(s, line, "discount", &discount);
	r->position = paper_figure(s->p, POSITION_W, ALIGN_START,
				   arena_printf(s->a, "%lld", (long long)position));
	r->description = paper_text(s->p, FONT_BODY, description_width(s), ALIGN_START,
				    jval_str_of(line, "description"));
	r->days =
	    days ? paper_textz(s->p, FONT_SMALL, description_width(s), ALIGN_START, days) : NULL;
	r->quantity =
	    paper_figure(s->p, QUANTITY_W, ALIGN_END,
			 arena_printf(s->a, "%s%s" STR_FMT, people_number(s->people, quantity),
				      unit.len ? " " : "", STR_ARG(unit)));
	r->price = paper_figure(s->p, PRICE_W, ALIGN_END, price_text(s, line, price, unit));
	r->tax = paper_figure(s->p, TAX_W, ALIGN_END, rate_text(s, line));
	r->amount = paper_figure(s->p, AMOUNT_W, ALIGN_END, people_amount(s->people, amount));
	r->discount = NULL;
	if (discount != 0)
		r->discount =
		    paper_textz(s->p, FONT_SMALL, description_width(s), ALIGN_START,
				arena_printf(s->a, "%s %s", s->words[L_DISCOUNT],
					     people_amount(s->people,
							   discount > 0 ? -discount : discount)));
	measure_row(r);
}

static void
put_cell(struct sheet *s, const struct row *r, PangoLayout *t, enum ink ink, double x)
{
	paper_put(s->p, t, ink, x, s->y + below_top(r, t));
}

static void
put_row(struct sheet *s, const struct row *r)
{
	struct cell_edges e = edges(s);
	double top;
	int page;

	if (r->height <= s->bottom - s->top - 30)
		sheet_need(s, r->height);
	else
		sheet_need(s, 60);
	top = s->y;
	page = paper_page(s->p);
	s->y += pad;
	put_cell(s, r, r->position, INK_MUTED, e.position);
	put_cell(s, r, r->quantity, INK_TEXT, e.quantity);
	put_cell(s, r, r->price, INK_TEXT, e.price);
	put_cell(s, r, r->tax, INK_TEXT, e.tax);
	put_cell(s, r, r->amount, INK_TEXT, e.amount);
	s->y += below_top(r, r->description);
	sheet_flow(s, r->description, INK_TEXT, e.description);
	if (r->days)
		sheet_flow(s, r->days, INK_MUTED, e.description);
	if (r->discount)
		sheet_flow(s, r->discount, INK_MUTED, e.description);
	s->y += pad;
	if (page == paper_page(s->p) && s->y < top + r->height)
		s->y = top + r->height;
	paper_rule(s->p, INK_RULE, s->left, s->y, s->right - s->left, 0.4);
}

void
invoice_lines(struct sheet *s)
{
	struct json_object *lines = jval_get(s->doc, "lines");
	size_t n = jval_length(lines);

	sheet_need(s, 60);
	put_table_head(s);
	s->on_break = put_table_head;
	for (size_t i = 0; i < n; i++) {
		struct row r;

		set_row(s, json_object_array_get_idx(lines, i), (int)i, &r);
		put_row(s, &r);
	}
	s->on_break = NULL;
	s->y += 10;
}
