/*
 * invoice_head.c - the first page down to the lines, and what stands at the edges of every page.
 *
 * The payer's address lies in the window of a DIN lang envelope (DIN 5008 form B: 20 mm from the
 * left, 45 to 90 mm from the top).
 */
#include "sheet.h"

#include <math.h>

enum { HEAD_Y = 42, WINDOW_Y = 134, BODY_Y = 268, INFO_W = 208, FOOT_Y = 66 };

static struct str
party_name(struct json_object *party)
{
	struct str legal = jval_str_of(party, "legal_name");

	return legal.len ? legal : jval_str_of(party, "name");
}

static void
put_title(struct sheet *s)
{
	const char *title =
	    invoice_title(str_dup(s->a, s->kind), str_dup(s->a, jval_str_of(s->doc, "locale")));
	PangoLayout *t = paper_textz(s->p, FONT_TITLE, 0, ALIGN_START, title);

	if (paper_text_width(t) > 300)
		t = paper_textz(s->p, FONT_LARGE, 0, ALIGN_START, title);
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
			     name.len ? name : party_name(s->seller)),
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
	sb_add(&sb, party_name(s->seller));
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

	*vec_push(s->a, &lines) = str_dup(s->a, party_name(s->payer));
	if (contact.len)
		*vec_push(s->a, &lines) = str_dup(s->a, contact);
	sheet_address(s, jval_get(s->payer, "address"), home, &lines);
	return put_lines(s, &lines, s->left, y, 240);
}

static void
put_info(struct sheet *s, enum label label, const char *value, double *y)
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

static void
put_info_str(struct sheet *s, enum label label, struct str value, double *y)
{
	put_info(s, label, str_dup(s->a, value), y);
}

static void
put_info_date(struct sheet *s, enum label label, const char *key, double *y)
{
	struct str date = jval_str_of(s->doc, key);

	if (date.len)
		put_info(s, label, people_date(s->people, date), y);
}

static void
put_ship_to(struct sheet *s, double *y)
{
	struct json_object *to = jval_get(s->doc, "ship_to");
	struct json_object *address = jval_get(to, "address") ? jval_get(to, "address") : to;
	struct str home = jval_str_of(jval_get(s->seller, "address"), "country");
	line_vec lines = { 0 };
	struct sb sb;

	if (!json_object_is_type(to, json_type_object))
		return;
	if (party_name(to).len)
		*vec_push(s->a, &lines) = str_dup(s->a, party_name(to));
	sheet_address(s, address, home, &lines);
	sb_init(&sb, s->a, 2000);
	for (size_t i = 0; i < lines.n; i++)
		sb_addf(&sb, "%s%s", i ? "\n" : "", lines.v[i]);
	put_info(s, L_SHIP_TO, sb_z(&sb), y);
}

static double
put_infos(struct sheet *s, double y)
{
	put_info_str(s, L_NUMBER, s->number, &y);
	put_info_date(s, L_ISSUE_DATE, "issue_date", &y);
	put_info_date(s, L_SUPPLY_DATE, "supply_date", &y);
	if (!s->credit)
		put_info_date(s, L_DUE_DATE, "due_date", &y);
	put_info_str(s, L_ORIGINAL, jval_str_of(s->doc, "original_number"), &y);
	put_info_str(s, L_PO_NUMBER, jval_str_of(s->doc, "po_number"), &y);
	put_info_str(s, L_CUSTOMER_TAX_ID, jval_str_of(s->payer, "tax_id"), &y);
	put_ship_to(s, &y);
	return y;
}

void
invoice_head(struct sheet *s, struct str logo)
{
	double payer, infos;

	put_seller(s, logo);
	put_title(s);
	payer = put_payer(s, put_return_address(s, WINDOW_Y));
	infos = put_infos(s, WINDOW_Y);
	s->y = fmax(fmax(payer, infos) + 24, BODY_Y);
}

/* ---- the edges of every page ---- */

static void
put_column(struct sheet *s, const line_vec *lines, double x, double width)
{
	double y = paper_height(s->p) - FOOT_Y + 7;

	for (size_t i = 0; i < lines->n && i < 5; i++) {
		PangoLayout *t = paper_textz(s->p, FONT_TINY, width, ALIGN_START, lines->v[i]);

		paper_put_line(s->p, t, 0, INK_MUTED, x, y);
		y += 8.6;
	}
}

static void
add_labelled(struct sheet *s, line_vec *v, enum label label, struct str value)
{
	if (value.len)
		*vec_push(s->a, v) =
		    arena_printf(s->a, "%s " STR_FMT, s->words[label], STR_ARG(value));
}

static void
put_footer(struct sheet *s)
{
	double y = paper_height(s->p) - FOOT_Y, third = (s->right - s->left) / 3;
	struct json_object *accounts = jval_get(s->seller, "bank_accounts"), *bank = NULL;
	line_vec who = { 0 }, ids = { 0 }, money = { 0 };

	*vec_push(s->a, &who) = str_dup(s->a, party_name(s->seller));
	sheet_address(s, jval_get(s->seller, "address"), (struct str){ 0 }, &who);
	add_labelled(s, &ids, L_TAX_ID, jval_str_of(s->seller, "tax_id"));
	add_labelled(s, &ids, L_REGISTRATION, jval_str_of(s->seller, "registration_number"));
	if (jval_str_of(s->seller, "email").len)
		*vec_push(s->a, &ids) = str_dup(s->a, jval_str_of(s->seller, "email"));
	if (jval_str_of(s->seller, "phone").len)
		*vec_push(s->a, &ids) = str_dup(s->a, jval_str_of(s->seller, "phone"));
	if (json_object_is_type(accounts, json_type_array) && json_object_array_length(accounts))
		bank = json_object_array_get_idx(accounts, 0);
	if (jval_str_of(bank, "bank").len)
		*vec_push(s->a, &money) = str_dup(s->a, jval_str_of(bank, "bank"));
	add_labelled(s, &money, L_IBAN, str_from(sheet_iban(s->a, jval_str_of(bank, "iban"))));
	add_labelled(s, &money, L_BIC, jval_str_of(bank, "bic"));
	paper_rule(s->p, INK_RULE, s->left, y, s->right - s->left, 0.5);
	put_column(s, &who, s->left, third - 10);
	put_column(s, &ids, s->left + third, third - 10);
	put_column(s, &money, s->left + 2 * third, third - 10);
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
	const char *title =
	    invoice_title(str_dup(s->a, s->kind), str_dup(s->a, jval_str_of(s->doc, "locale")));
	PangoLayout *t = paper_text(s->p, FONT_SMALL, 240, ALIGN_START, party_name(s->seller));

	paper_put_line(s->p, t, 0, INK_MUTED, s->left, HEAD_Y - 6);
	t = paper_textz(s->p, FONT_SMALL, 240, ALIGN_END,
			arena_printf(s->a, "%s " STR_FMT, title, STR_ARG(s->number)));
	paper_put_line(s->p, t, 0, INK_MUTED, s->right - 240, HEAD_Y - 6);
	paper_rule(s->p, INK_RULE, s->left, HEAD_Y + 9, s->right - s->left, 0.5);
}

void
invoice_feet(struct sheet *s)
{
	int pages = paper_pages(s->p);

	for (int page = 0; page < pages; page++) {
		paper_on_page(s->p, page);
		if (page)
			put_running_head(s);
		put_footer(s);
		put_page_number(s, page, pages);
	}
}
