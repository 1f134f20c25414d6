/*
 * letter.c - what every document of ours has as a letter: the letterhead, the payer in the window
 * of the envelope, facts beside it, and what stands at the edges of every page.
 *
 * The payer's address lies in the window of a DIN lang envelope (DIN 5008 form B: 20 mm from the
 * left, 45 to 90 mm from the top).
 */
#include "sheet.h"

#include <math.h>

enum { HEAD_Y = 42, WINDOW_Y = 134, BODY_Y = 268, INFO_W = 208 };

/* Of the foot: most have five lines; the names of some sellers want more. */
enum { FOOT_COLUMNS = 3, FOOT_LINES = 5, FOOT_LINES_MAX = 12 };
static const double foot_line = 8.6, foot_first = 14.3, foot_edges = 23;

struct str
letter_name(struct json_object *party)
{
	struct str legal = jval_str_of(party, "legal_name");

	return legal.len ? legal : jval_str_of(party, "name");
}

static void
put_title(struct sheet *s)
{
	PangoLayout *t = paper_textz(s->p, FONT_TITLE, 0, ALIGN_START, s->title);

	if (paper_text_width(t) > 300)
		t = paper_textz(s->p, FONT_LARGE, 0, ALIGN_START, s->title);
	paper_put(s->p, t, INK_TEXT, s->right - paper_text_width(t), HEAD_Y - 6);
}

static void
put_seller(struct sheet *s, struct str logo)
{
	struct str name = jval_str_of(s->seller, "name");
	double height;

	if (logo.len && paper_image(s->p, logo, s->left, HEAD_Y - 4, 170, 56, &height))
		return;
	paper_put(s->p,
		  paper_text(s->p, FONT_LARGE, 240, ALIGN_START,
			     name.len ? name : letter_name(s->seller)),
		  INK_ACCENT, s->left, HEAD_Y);
}

/* "Seller · Street 1 · 10115 Berlin", small, above the recipient: the way back of a letter. */
static double
put_return_address(struct sheet *s, double y)
{
	struct str home = jval_str_of(jval_get(s->seller, "address"), "country");
	line_vec lines = { 0 };
	struct sb sb;

	sb_init(&sb, s->a, 2000);
	sb_add(&sb, letter_name(s->seller));
	sheet_address(s, jval_get(s->seller, "address"), home, &lines);
	for (size_t i = 0; i < lines.n; i++)
		sb_addf(&sb, " · %s", lines.v[i]);
	paper_put_line(s->p, paper_textz(s->p, FONT_TINY, 240, ALIGN_START, sb_z(&sb)), 0,
		       INK_MUTED, s->left, y);
	paper_rule(s->p, INK_RULE, s->left, y + 11, 240, 0.5);
	return y + 17;
}

static double
put_lines(struct sheet *s, const line_vec *lines, double x, double y, double width)
{
	for (size_t i = 0; i < lines->n; i++) {
		PangoLayout *t =
		    paper_textz(s->p, i ? FONT_BODY : FONT_BOLD, width, ALIGN_START, lines->v[i]);

		paper_put(s->p, t, INK_TEXT, x, y);
		y += paper_text_height(t) + 0.6;
	}
	return y;
}

static double
put_payer(struct sheet *s, double y)
{
	struct str home = jval_str_of(jval_get(s->seller, "address"), "country");
	struct str contact = jval_str_of(jval_get(s->doc, "contact"), "name");
	line_vec lines = { 0 };

	*vec_push(s->a, &lines) = str_dup(s->a, letter_name(s->payer));
	if (contact.len)
		*vec_push(s->a, &lines) = str_dup(s->a, contact);
	sheet_address(s, jval_get(s->payer, "address"), home, &lines);
	return put_lines(s, &lines, s->left, y, 240);
}

double
letter_head(struct sheet *s, struct str logo)
{
	put_seller(s, logo);
	put_title(s);
	s->y = put_payer(s, put_return_address(s, WINDOW_Y));
	return WINDOW_Y;
}

void
letter_info(struct sheet *s, enum label label, const char *value, double *y)
{
	double x = s->right - INFO_W;
	PangoLayout *l, *v;

	if (!value || !*value)
		return;
	l = paper_textz(s->p, FONT_SMALL, 92, ALIGN_START, s->words[label]);
	v = paper_textz(s->p, FONT_SMALL, INFO_W - 96, ALIGN_END, value);
	paper_put(s->p, l, INK_MUTED, x, *y);
	paper_put(s->p, v, INK_TEXT, x + 96, *y);
	*y += fmax(paper_text_height(l), paper_text_height(v)) + 3.2;
}

void
letter_body(struct sheet *s, double infos)
{
	s->y = fmax(fmax(s->y, infos) + 24, BODY_Y);
}

/* ---- the edges of every page ---- */

struct foot {
	line_vec column[FOOT_COLUMNS]; /* who, by which numbers, which account */
};

static void
add_text(struct sheet *s, line_vec *v, struct str value)
{
	if (value.len)
		*vec_push(s->a, v) = str_dup(s->a, value);
}

static void
add_labelled(struct sheet *s, line_vec *v, enum label label, struct str value)
{
	if (value.len)
		*vec_push(s->a, v) =
		    arena_printf(s->a, "%s " STR_FMT, s->words[label], STR_ARG(value));
}

static void
foot_of(struct sheet *s, struct foot *ret)
{
	struct json_object *accounts = jval_get(s->seller, "bank_accounts"), *bank = NULL;
	line_vec *who = &ret->column[0], *ids = &ret->column[1], *money = &ret->column[2];

	*ret = (struct foot){ 0 };
	add_text(s, who, letter_name(s->seller));
	sheet_address(s, jval_get(s->seller, "address"), (struct str){ 0 }, who);
	add_labelled(s, ids, L_TAX_ID, jval_str_of(s->seller, "tax_id"));
	add_labelled(s, ids, L_REGISTRATION, jval_str_of(s->seller, "registration_number"));
	add_text(s, ids, jval_str_of(s->seller, "email"));
	add_text(s, ids, jval_str_of(s->seller, "phone"));
	if (json_object_is_type(accounts, json_type_array) && json_object_array_length(accounts))
		bank = json_object_array_get_idx(accounts, 0);
	add_text(s, money, jval_str_of(bank, "bank"));
	add_labelled(s, money, L_IBAN, str_from(sheet_iban(s->a, jval_str_of(bank, "iban"))));
	add_labelled(s, money, L_BIC, jval_str_of(bank, "bic"));
}

static PangoLayout *
foot_text(struct sheet *s, const char *text)
{
	return paper_textz(s->p, FONT_TINY, (s->right - s->left) / FOOT_COLUMNS - 10, ALIGN_START,
			   text);
}

static int
column_lines(struct sheet *s, const line_vec *column)
{
	int n = 0;

	for (size_t i = 0; i < column->n; i++)
		n += paper_text_lines(foot_text(s, column->v[i]));
	return n < FOOT_LINES_MAX ? n : FOOT_LINES_MAX;
}

void
letter_open(struct sheet *s)
{
	struct foot foot;
	int n = FOOT_LINES;

	sheet_open(s);
	foot_of(s, &foot);
	for (size_t k = 0; k < FOOT_COLUMNS; k++) {
		int lines = column_lines(s, &foot.column[k]);

		n = lines > n ? lines : n;
	}
	s->foot = paper_height(s->p) - foot_edges - n * foot_line;
	s->bottom = s->foot - 12;
}

static void
put_column(struct sheet *s, const line_vec *column, double x)
{
	int n = 0;

	for (size_t i = 0; i < column->n; i++) {
		PangoLayout *t = foot_text(s, column->v[i]);

		for (int k = 0; k < paper_text_lines(t) && n < FOOT_LINES_MAX; k++, n++)
			paper_put_line(s->p, t, k, INK_MUTED, x,
				       s->foot + foot_first + n * foot_line -
					   paper_line_base(t, k));
	}
}

static void
put_footer(struct sheet *s)
{
	double width = s->right - s->left;
	struct foot foot;

	foot_of(s, &foot);
	paper_rule(s->p, INK_RULE, s->left, s->foot, width, 0.5);
	for (int k = 0; k < FOOT_COLUMNS; k++)
		put_column(s, &foot.column[k], s->left + k * width / FOOT_COLUMNS);
}

static void
put_page_number(struct sheet *s, int page, int pages)
{
	PangoLayout *t = paper_textz(s->p, FONT_TINY, 0, ALIGN_START,
				     sheet_words(s, L_PAGE, arena_printf(s->a, "%d", page + 1),
						 arena_printf(s->a, "%d", pages)));

	paper_put(s->p, t, INK_MUTED, s->right - paper_text_width(t), paper_height(s->p) - 22);
}

/* On later pages: whose document this is. */
static void
put_running_head(struct sheet *s)
{
	PangoLayout *t = paper_text(s->p, FONT_SMALL, 240, ALIGN_START, letter_name(s->seller));

	paper_put_line(s->p, t, 0, INK_MUTED, s->left, HEAD_Y - 6);
	t = paper_textz(s->p, FONT_SMALL, 240, ALIGN_END,
			arena_printf(s->a, "%s%s" STR_FMT, s->title, s->number.len ? " " : "",
				     STR_ARG(s->number)));
	paper_put_line(s->p, t, 0, INK_MUTED, s->right - 240, HEAD_Y - 6);
	paper_rule(s->p, INK_RULE, s->left, HEAD_Y + 9, s->right - s->left, 0.5);
}

void
letter_feet(struct sheet *s, int first)
{
	int end = paper_pages(s->p);

	for (int page = first; page < end; page++) {
		paper_on_page(s->p, page);
		if (page > first)
			put_running_head(s);
		put_footer(s);
		put_page_number(s, page - first, end - first);
	}
}
