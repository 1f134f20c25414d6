/*
 * statement_pdf.c - an account's statement to the bytes of its PDF: a pure function.
 *
 * A letter for each seller and currency, every one from a page of its own: what was owed, what
 * moved it, what is owed now, and the documents that are open. The balance is the journal's, so
 * that each movement shows what is owed after it.
 */
#include "sheet.h"

#include <math.h>

enum { DATE_W = 78, DAYS_W = 64, AMOUNT_W = 84, GAP = 6, SUM_W = 236, SUM_ROW = 16 };

static const double pad = 4.2;

/* ---- what was owed, moved, and is owed ---- */

static void
put_sum(struct sheet *s, enum font font, enum label label, int64_t amount)
{
	PangoLayout *l = paper_textz(s->p, font, SUM_W - 100, ALIGN_START, s->words[label]);
	PangoLayout *v = paper_textz(s->p, font, 110, ALIGN_END, people_amount(s->people, amount));

	sheet_need(s, SUM_ROW);
	paper_put(s->p, l, font == FONT_BOLD ? INK_TEXT : INK_MUTED, s->right - SUM_W, s->y);
	paper_put(s->p, v, INK_TEXT, s->right - 6 - 110, s->y);
	s->y += SUM_ROW;
}

static int64_t
amount_of(const struct sheet *s, const char *key)
{
	int64_t n = 0;

	sheet_amount(s, s->doc, key, &n);
	return n;
}

static void
put_sums(struct sheet *s)
{
	static const struct {
		const char *key;
		enum label label;
		int sign;
	} moved[] = { { "invoices", L_INVOICES, 1 },
		      { "debits", L_DEBITS, 1 },
		      { "credits", L_CREDITS, -1 },
		      { "payments", L_PAYMENTS, -1 } };

	sheet_need(s, 8 * SUM_ROW);
	put_sum(s, FONT_BODY, L_OPENING, amount_of(s, "opening"));
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++)
		if (amount_of(s, moved[i].key) != 0)
			put_sum(s, FONT_BODY, moved[i].label,
				moved[i].sign * amount_of(s, moved[i].key));
	paper_rule(s->p, INK_TEXT, s->right - SUM_W, s->y - 1, SUM_W, 0.8);
	s->y += 3;
	put_sum(s, FONT_BOLD, L_CLOSING, amount_of(s, "closing"));
	if (amount_of(s, "overdue") != 0)
		put_sum(s, FONT_BODY, L_OVERDUE, amount_of(s, "overdue"));
	if (amount_of(s, "unapplied") != 0)
		put_sum(s, FONT_BODY, L_UNAPPLIED, amount_of(s, "unapplied"));
	s->y += 14;
}

/* ---- tables ---- */

enum { COLUMNS_MAX = 4 };

/* Texts of a row from left to right; the one of width 0 takes what is left. */
struct column {
	enum label label;
	double width;
	enum align align;
};

static double
column_width(const struct sheet *s, const struct column *c, size_t k)
{
	double left = s->right - s->left - 12 - (COLUMNS_MAX - 1) * GAP;

	if (c[k].width > 0)
		return c[k].width;
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		left -= c[i].width;
	return left;
}

static void
put_head(struct sheet *s, const struct column *c)
{
	double x = s->left + 6;

	paper_box(s->p, INK_TINT, s->left, s->y, s->right - s->left, 20, 3);
	for (size_t k = 0; k < COLUMNS_MAX; k++) {
		double width = column_width(s, c, k);

		paper_put_line(s->p,
			       paper_textz(s->p, FONT_SMALL_BOLD, width, c[k].align,
					   s->words[c[k].label]),
			       0, INK_ACCENT, x, s->y + 4.4);
		x += width + GAP;
	}
	s->y += 23;
}

static void
put_row(struct sheet *s, const struct column *c, const char *const text[COLUMNS_MAX])
{
	PangoLayout *set[COLUMNS_MAX];
	double x = s->left + 6, height = 0;

	for (size_t k = 0; k < COLUMNS_MAX; k++) {
		double width = column_width(s, c, k);

		set[k] = c[k].align == ALIGN_END
			     ? paper_figure(s->p, width, ALIGN_END, text[k])
			     : paper_textz(s->p, FONT_BODY, width, c[k].align, text[k]);
		height = fmax(height, paper_text_height(set[k]));
	}
	sheet_need(s, height + 2 * pad);
	for (size_t k = 0; k < COLUMNS_MAX; k++) {
		paper_put(s->p, set[k], INK_TEXT, x, s->y + pad);
		x += column_width(s, c, k) + GAP;
	}
	s->y += height + 2 * pad;
	paper_rule(s->p, INK_RULE, s->left, s->y, s->right - s->left, 0.4);
}

static const char *
date_of(const struct sheet *s, struct json_object *o, const char *key)
{
	return people_date(s->people, jval_str_of(o, key));
}

static const char *
amount_text(const struct sheet *s, struct json_object *o, const char *key)
{
	int64_t n = 0;

	sheet_amount(s, o, key, &n);
	return people_amount(s->people, n);
}

static const char *
document_text(const struct sheet *s, struct json_object *o)
{
	struct str kind = jval_str_of(o, "kind");

	return arena_printf(s->a, "%s " STR_FMT, invoice_title(str_dup(s->a, kind), s->locale),
			    STR_ARG(jval_str_of(o, "number")));
}

/* ---- what moved it ---- */

static const struct column moved_columns[COLUMNS_MAX] = {
	{ L_DATE, DATE_W, ALIGN_START },
	{ L_DESCRIPTION, 0, ALIGN_START },
	{ L_AMOUNT, AMOUNT_W, ALIGN_END },
	{ L_BALANCE, AMOUNT_W, ALIGN_END },
};

static void
put_moved_head(struct sheet *s)
{
	put_head(s, moved_columns);
}

static const char *
movement_text(const struct sheet *s, struct json_object *o)
{
	struct str sort = jval_str_of(o, "document_kind");

	if (str_eqz(sort, "payment"))
		return s->words[L_PAYMENT];
	if (str_eqz(sort, "refund"))
		return s->words[L_REFUND];
	if (str_eqz(sort, "dispute"))
		return s->words[L_DISPUTE];
	if (str_eqz(jval_str_of(o, "event"), "voided"))
		return sheet_words(s, L_VOIDED, document_text(s, o), "");
	return document_text(s, o);
}

static void
put_movements(struct sheet *s)
{
	struct json_object *list = jval_get(s->doc, "movements");

	if (jval_length(list) == 0)
		return;
	sheet_need(s, 60);
	put_moved_head(s);
	s->on_break = put_moved_head;
	for (size_t i = 0; i < jval_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *const text[] = { date_of(s, o, "date"), movement_text(s, o),
					     amount_text(s, o, "amount"),
					     amount_text(s, o, "balance") };

		put_row(s, moved_columns, text);
	}
	s->on_break = NULL;
	s->y += 16;
}

/* ---- what is open ---- */

static const struct column open_columns[COLUMNS_MAX] = {
	{ L_OPEN_ITEMS, 0, ALIGN_START },
	{ L_DUE_DATE, DATE_W + 16, ALIGN_START },
	{ L_DAYS_OVERDUE, DAYS_W + 16, ALIGN_END },
	{ L_AMOUNT_DUE, AMOUNT_W, ALIGN_END },
};

static void
put_open_head(struct sheet *s)
{
	put_head(s, open_columns);
}

static void
put_open(struct sheet *s, struct json_object *o, bool *begun)
{
	int64_t due = 0, days = 0;
	const char *text[COLUMNS_MAX];

	jval_int(o, "days_overdue", &days);
	if (!sheet_amount(s, o, "amount_due", &due) || due == 0)
		return;
	if (!*begun) {
		sheet_need(s, 60);
		put_open_head(s);
		s->on_break = put_open_head;
		*begun = true;
	}
	text[0] = document_text(s, o);
	text[1] = date_of(s, o, "due_date");
	text[2] = days > 0 ? arena_printf(s->a, "%lld", (long long)days) : "";
	text[3] = people_amount(s->people, due);
	put_row(s, open_columns, text);
}

static void
put_open_items(struct sheet *s)
{
	struct json_object *list = jval_get(s->doc, "documents");
	bool begun = false;

	for (size_t i = 0; i < jval_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct json_object *notes = jval_get(o, "adjustments");

		put_open(s, o, &begun);
		for (size_t k = 0; k < jval_length(notes); k++)
			put_open(s, json_object_array_get_idx(notes, k), &begun);
	}
	s->on_break = NULL;
}

/* ---- letters ---- */

static int
read_balance(struct sheet *s, struct json_object *doc, struct json_object *balance, struct err *err)
{
	int64_t exponent = 2;

	jval_int(balance, "exponent", &exponent);
	if (exponent < 0 || exponent > 4)
		return err_set(err, ERR_internal, "the currency's exponent is out of range");
	s->doc = balance;
	s->sign = 1;
	s->seller = jval_get(balance, "seller");
	s->payer = jval_get(doc, "payer");
	s->currency = jval_str_of(balance, "currency");
	s->locale = str_dup(s->a, jval_str_of(balance, "locale"));
	s->words = labels_for(s->locale);
	s->title = s->words[L_STATEMENT];
	s->people = people_open(s->a, labels_locale(s->a, s->locale), str_dup(s->a, s->currency),
				(int)exponent);
	if (s->p != NULL)
		paper_new_page(s->p);
	letter_open(s);
	return 0;
}

static void
put_letter(struct sheet *s, struct json_object *doc, struct str logo)
{
	int first = paper_page(s->p);
	double y = letter_head(s, logo);

	letter_info(s, L_PERIOD,
		    arena_printf(s->a, "%s \u2013 %s", date_of(s, doc, "from"),
				 date_of(s, doc, "to")),
		    &y);
	letter_info(s, L_CURRENCY, str_dup(s->a, s->currency), &y);
	letter_info(s, L_CUSTOMER_TAX_ID, str_dup(s->a, jval_str_of(s->payer, "tax_id")), &y);
	letter_body(s, y);
	put_sums(s);
	put_movements(s);
	put_open_items(s);
	letter_feet(s, first);
	paper_on_page(s->p, paper_pages(s->p) - 1);
}

int
statement_pdf(struct arena *a, struct json_object *doc, const struct str *logos, struct str *ret,
	      struct err *err)
{
	struct json_object *balances = jval_get(doc, "balances");
	struct paper_meta meta = { .date = str_dup(a, jval_str_of(doc, "to")) };
	struct sheet s = { .a = a };

	for (size_t i = 0; i < jval_length(balances); i++) {
		if (read_balance(&s, doc, json_object_array_get_idx(balances, i), err) < 0)
			return -1;
		put_letter(&s, doc, logos[i]);
	}
	if (s.p == NULL)
		return err_set(err, ERR_internal, "the statement has no balance");
	meta.author = str_dup(a, jval_str_of(s.seller, "name"));
	meta.title = arena_printf(a, "%s " STR_FMT, s.title, STR_ARG(letter_name(s.payer)));
	return paper_ink(s.p, &meta, ret, err);
}

const char *
statement_file_name(struct arena *a, struct json_object *doc)
{
	struct str to = jval_str_of(doc, "to");

	return arena_printf(a, "statement_" STR_FMT ".pdf", STR_ARG(to));
}
