/*
 * invoice_sums.c - sums, how to pay, and what else is to be said.
 */
#include "sheet.h"

#include <math.h>

enum { SUM_W = 236, SUM_ROWS_MAX = 200, QR_SIZE = 84 };

static const double sum_row = 15.5;

/* ---- sums ---- */

static void
put_sum(struct sheet *s, enum font font, enum ink ink, const char *label, int64_t amount)
{
	double x = s->right - SUM_W;
	PangoLayout *l = paper_textz(s->p, font, SUM_W - 100, ALIGN_START, label);
	PangoLayout *v = paper_textz(s->p, font, 110, ALIGN_END, people_amount(s->people, amount));
	double h = fmax(paper_text_height(l) + 3, sum_row);

	sheet_need(s, h);
	paper_put(s->p, l, ink, x, s->y);
	paper_put(s->p, v, INK_TEXT, s->right - 6 - 110, s->y);
	s->y += h;
}

static const char *
tax_label(struct sheet *s, struct json_object *tax)
{
	struct str name = jval_str_of(tax, "name");
	const char *rate = people_number(s->people, sheet_decimal(s, tax, "rate"));
	const char *base;
	int64_t n = 0;

	sheet_amount(s, tax, "base", &n);
	base = people_amount(s->people, n);
	if (!name.len)
		return sheet_words(s, L_TAX_ON, rate, base);
	return arena_printf(s->a, STR_FMT " %s %% · %s", STR_ARG(name), rate, base);
}

static bool
is_inclusive(const struct sheet *s)
{
	bool inclusive = false;

	jval_bool(s->doc, "tax_inclusive", &inclusive);
	return inclusive;
}

/* Where prices include it, tax is told and not added: it stands below the total. */
static void
put_taxes(struct sheet *s, struct json_object *taxes)
{
	size_t n = jval_length(taxes);

	for (size_t i = 0; i < n && i < SUM_ROWS_MAX; i++) {
		struct json_object *tax = json_object_array_get_idx(taxes, i);
		const char *label = tax_label(s, tax);
		int64_t amount = 0;

		if (is_inclusive(s))
			label = sheet_words(s, L_INCLUDES, label, "");
		sheet_amount(s, tax, "tax", &amount);
		put_sum(s, FONT_BODY, INK_MUTED, label, amount);
	}
}

/* What is left, large: the one number that a reader looks for. */
static void
put_result(struct sheet *s, const char *label, int64_t amount)
{
	double x = s->right - SUM_W - 8, width = SUM_W + 8, h = 29;
	PangoLayout *l = paper_textz(s->p, FONT_BOLD, 0, ALIGN_START, label);
	PangoLayout *v =
	    paper_textz(s->p, FONT_LARGE, 0, ALIGN_START, people_money(s->people, amount));

	sheet_need(s, h + 6);
	s->y += 5;
	paper_box(s->p, INK_ACCENT, x, s->y, width, h, 4);
	paper_put(s->p, l, INK_WHITE, x + 8, s->y + (h - paper_text_height(l)) / 2);
	paper_put(s->p, v, INK_WHITE, s->right - 6 - paper_text_width(v),
		  s->y + (h - paper_text_height(v)) / 2);
	s->y += h;
}

static double
sums_height(const struct sheet *s)
{
	struct json_object *taxes = jval_get(s->doc, "taxes");
	size_t n = jval_length(taxes);

	return (double)(6 + n) * sum_row + 40;
}

void
invoice_sums(struct sheet *s)
{
	int64_t subtotal = 0, discount = 0, total = 0, rounding = 0, payable, paid = 0, due;
	bool has_due;

	sheet_amount(s, s->doc, "total", &total);
	payable = total;
	sheet_amount(s, s->doc, "discount_total", &discount);
	sheet_amount(s, s->doc, "rounding", &rounding);
	sheet_amount(s, s->doc, "paid", &paid);
	sheet_amount(s, s->doc, "payable", &payable);
	has_due = sheet_amount(s, s->doc, "amount_due", &due);
	sheet_need(s, fmin(sums_height(s), s->bottom - s->top));
	if (sheet_amount(s, s->doc, "subtotal", &subtotal))
		put_sum(s, FONT_BODY, INK_MUTED, s->words[L_SUBTOTAL], subtotal);
	if (discount)
		put_sum(s, FONT_BODY, INK_MUTED, s->words[L_DISCOUNT],
			discount > 0 ? -discount : discount);
	if (!is_inclusive(s))
		put_taxes(s, jval_get(s->doc, "taxes"));
	paper_rule(s->p, INK_TEXT, s->right - SUM_W, s->y + 1, SUM_W, 0.8);
	s->y += 6;
	put_sum(s, FONT_BOLD, INK_TEXT, s->words[L_TOTAL], total);
	if (is_inclusive(s))
		put_taxes(s, jval_get(s->doc, "taxes"));
	if (rounding) {
		put_sum(s, FONT_BODY, INK_MUTED, s->words[L_ROUNDING], rounding);
		if (!s->credit)
			put_sum(s, FONT_BOLD, INK_TEXT, s->words[L_PAYABLE], payable);
	}
	if (paid && !s->credit)
		put_sum(s, FONT_BODY, INK_MUTED, s->words[L_PAID], -paid);
	if (s->credit)
		put_result(s, s->words[L_CREDITED], payable);
	else
		put_result(s, s->words[L_AMOUNT_DUE], has_due ? due : payable - paid);
	s->y += 18;
}

/* ---- how to pay ---- */

static void
put_pair(struct sheet *s, const char *label, const char *value, double x, double width, double *y)
{
	PangoLayout *l, *v;

	if (!value || !*value)
		return;
	l = paper_textz(s->p, FONT_SMALL, 84, ALIGN_START, label);
	v = paper_textz(s->p, FONT_SMALL, width - 88, ALIGN_START, value);
	paper_put(s->p, l, INK_MUTED, x, *y);
	paper_put(s->p, v, INK_TEXT, x + 88, *y);
	*y += fmax(paper_text_height(l), paper_text_height(v)) + 1.6;
}

static double
put_bank(struct sheet *s, struct json_object *bank, double x, double width, double y)
{
	const char *iban = sheet_iban(s->a, jval_str_of(bank, "iban"));

	paper_put(s->p,
		  paper_textz(s->p, FONT_SMALL_BOLD, width, ALIGN_START, s->words[L_BANK_TRANSFER]),
		  INK_ACCENT, x, y);
	y += 13;
	paper_put_line(s->p,
		       paper_text(s->p, FONT_SMALL, width, ALIGN_START, jval_str_of(bank, "bank")),
		       0, INK_TEXT, x, y);
	y += jval_str_of(bank, "bank").len ? 12 : 0;
	put_pair(s, s->words[L_IBAN], iban, x, width, &y);
	put_pair(s, s->words[L_BIC], str_dup(s->a, jval_str_of(bank, "bic")), x, width, &y);
	put_pair(s, s->words[L_REFERENCE], str_dup(s->a, s->number), x, width, &y);
	return y;
}

static void
put_online(struct sheet *s, const char *url, double x, double width, double y)
{
	PangoLayout *l =
	    paper_textz(s->p, FONT_SMALL_BOLD, width, ALIGN_START, s->words[L_PAY_ONLINE]);
	PangoLayout *t = paper_textz(s->p, FONT_TINY, width, ALIGN_START, url);
	double h = fmin(paper_text_height(t), 50);

	paper_put(s->p, l, INK_ACCENT, x, y);
	for (int i = 0; i < paper_text_lines(t) && i < 5; i++)
		paper_put_line(s->p, t, i, INK_TEXT, x, y + 13 + i * paper_line_height(t, i));
	paper_link(s->p, url, x, y, width, h + 14);
}

static struct json_object *
first_bank(const struct sheet *s)
{
	struct json_object *all = jval_get(s->seller, "bank_accounts");

	if (!json_object_is_type(all, json_type_array) || !json_object_array_length(all))
		return NULL;
	return json_object_array_get_idx(all, 0);
}

void
invoice_payment(struct sheet *s)
{
	struct json_object *bank = first_bank(s);
	const char *url = sheet_pay_url(s);
	struct str date = jval_str_of(s->doc, "due_date");
	double x = s->left + 10, h = QR_SIZE + 36, y;
	int64_t due = 0;

	if (s->credit || !s->number.len || !sheet_amount(s, s->doc, "amount_due", &due))
		return; /* nobody is asked to pay a draft */
	if (due <= 0) {
		sheet_need(s, 16);
		paper_put(s->p, paper_textz(s->p, FONT_BOLD, 0, ALIGN_START, s->words[L_SETTLED]),
			  INK_ACCENT, s->left, s->y);
		s->y += 20;
		return;
	}
	if (!url && !bank)
		return;
	h = url ? h : 84;
	sheet_need(s, h);
	paper_box(s->p, INK_TINT, s->left, s->y, s->right - s->left, h, 5);
	y = s->y + 10;
	if (date.len)
		paper_put(s->p,
			  paper_textz(s->p, FONT_BOLD, 0, ALIGN_START,
				      sheet_words(s, L_PAY_BY, people_date(s->people, date), "")),
			  INK_TEXT, x, y);
	y += 17;
	if (url) {
		paper_box(s->p, INK_WHITE, x, y, QR_SIZE, QR_SIZE, 3);
		paper_qr(s->p, url, x, y, QR_SIZE);
		paper_link(s->p, url, x, y, QR_SIZE, QR_SIZE);
		put_online(s, url, x + QR_SIZE + 12, 132, y + 2);
		x += QR_SIZE + 12 + 132 + 16;
	}
	if (bank)
		put_bank(s, bank, x, s->right - 10 - x, y + 2);
	s->y += h + 16;
}

/* ---- notes ---- */

static void
put_paragraph(struct sheet *s, const char *head, struct str text)
{
	if (!text.len)
		return;
	sheet_need(s, 26);
	if (head) {
		paper_put(s->p, paper_textz(s->p, FONT_SMALL_BOLD, 0, ALIGN_START, head), INK_TEXT,
			  s->left, s->y);
		s->y += 12;
	}
	sheet_flow(s, paper_text(s->p, FONT_SMALL, s->right - s->left, ALIGN_START, text),
		   head ? INK_TEXT : INK_MUTED, s->left);
	s->y += 7;
}

static struct str
terms_text(const struct sheet *s)
{
	struct str text = jval_str_of(s->doc, "payment_terms");
	int64_t days;

	if (text.len || s->credit || !jval_int(s->doc, "payment_terms", &days))
		return text;
	if (days == 0)
		return str_from(s->words[L_ON_RECEIPT]);
	return str_from(
	    sheet_words(s, L_NET_DAYS, arena_printf(s->a, "%lld", (long long)days), ""));
}

/* Each once: the note of a group, or what the law wants said about its category. */
static void
put_tax_notes(struct sheet *s)
{
	struct json_object *taxes = jval_get(s->doc, "taxes");
	size_t n = jval_length(taxes);
	struct str said = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct json_object *tax = json_object_array_get_idx(taxes, i);
		struct str note = jval_str_of(tax, "note"), category = jval_str_of(tax, "category");

		if (!note.len && str_eqz(category, "reverse_charge"))
			note = str_from(s->words[L_REVERSE_CHARGE]);
		else if (!note.len && str_eqz(category, "exempt"))
			note = str_from(s->words[L_EXEMPT]);
		if (note.len && !str_eq(note, said))
			put_paragraph(s, s->words[L_TAX], note);
		said = note.len ? note : said;
	}
}

void
invoice_notes(struct sheet *s)
{
	if (str_eqz(s->kind, "pro_forma"))
		put_paragraph(s, NULL, str_from(s->words[L_NOT_TAX_INVOICE]));
	put_paragraph(s, s->words[L_REASON], jval_str_of(s->doc, "reason"));
	put_tax_notes(s);
	put_paragraph(s, s->words[L_TERMS], terms_text(s));
	put_paragraph(s, s->words[L_NOTES], jval_str_of(s->doc, "notes"));
	put_paragraph(s, NULL, jval_str_of(s->seller, "footer"));
}
