/*
 * invoice_pdf.c - an invoice's data to the bytes of its PDF: a pure function.
 *
 * Everything printed comes from the data, dates of the file included; the clock is not asked.
 */
#include "sheet.h"

const char *
invoice_file_name(struct arena *a, struct json_object *doc)
{
	struct str kind = jval_str_of(doc, "kind"), number = jval_str_of(doc, "number");
	const char *parts[] = { invoice_title(str_dup(a, kind),
					      str_dup(a, jval_str_of(doc, "locale"))),
				"_", number.len ? str_dup(a, number) : "draft", ".pdf" };
	struct sb sb;

	sb_init(&sb, a, 200);
	for (size_t i = 0; i < 4; i++)
		for (const char *c = parts[i]; *c; c++)
			if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9') || strchr("._-", *c))
				sb_addc(&sb, *c);
			else if (*c == ' ' || *c == '/')
				sb_addc(&sb, '-');
	return sb_z(&sb);
}

static int
read_invoice(struct sheet *s, struct arena *a, struct json_object *doc, struct err *err)
{
	const char *locale = str_dup(a, jval_str_of(doc, "locale"));
	int64_t exponent = 2, total = 0, payable = 0;

	if (!json_object_is_type(doc, json_type_object))
		return err_set(err, ERR_internal, "the document's data is not an object");
	jval_int(doc, "exponent", &exponent);
	if (exponent < 0 || exponent > 4)
		return err_set(err, ERR_internal, "the currency's exponent is out of range");
	*s = (struct sheet){ .a = a, .doc = doc, .sign = 1 };
	s->seller = jval_get(doc, "seller");
	s->payer = jval_get(doc, "payer");
	/* A document of both signs that comes to less than nothing is a credit note. */
	s->kind = jval_int(doc, "payable", &payable) && payable < 0 ? str_from("credit")
								    : jval_str_of(doc, "kind");
	s->number = jval_str_of(doc, "number");
	s->currency = jval_str_of(doc, "currency");
	s->words = labels_for(locale);
	s->locale = locale;
	s->title = invoice_title(str_dup(a, s->kind), locale);
	s->credit = str_eqz(s->kind, "credit");
	if (s->credit && jval_int(doc, "total", &total) && total < 0)
		s->sign = -1;
	s->people =
	    people_open(a, labels_locale(a, locale), str_dup(a, s->currency), (int)exponent);
	letter_open(s);
	return 0;
}

int
invoice_pdf(struct arena *a, struct json_object *doc, struct str logo, struct str *ret,
	    struct err *err)
{
	struct paper_meta meta = { 0 };
	struct str date;
	struct sheet s;

	if (read_invoice(&s, a, doc, err) < 0)
		return -1;
	if (!s.number.len)
		paper_mark(s.p, paper_textz(s.p, FONT_MARK, 0, ALIGN_START, s.words[L_DRAFT]));
	invoice_head(&s, logo);
	invoice_lines(&s);
	invoice_sums(&s);
	invoice_payment(&s);
	invoice_notes(&s);
	letter_feet(&s, 0);
	date = jval_str_of(doc, "issue_date");
	meta.date = date.len == 10 ? str_dup(a, date) : "1970-01-01";
	meta.author = str_dup(a, jval_str_of(s.seller, "name"));
	meta.title = arena_printf(a, "%s " STR_FMT, s.title, STR_ARG(s.number));
	return paper_ink(s.p, &meta, ret, err);
}
