/*
 * invoice_head.c - what an invoice says beside its payer: number, dates, what it refers to, where
 * to.
 */
#include "sheet.h"

static void
put_info_str(struct sheet *s, enum label label, struct str value, double *y)
{
	letter_info(s, label, str_dup(s->a, value), y);
}

static void
put_info_date(struct sheet *s, enum label label, const char *key, double *y)
{
	struct str date = jval_str_of(s->doc, key);

	if (date.len)
		letter_info(s, label, people_date(s->people, date), y);
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
	if (letter_name(to).len)
		*vec_push(s->a, &lines) = str_dup(s->a, letter_name(to));
	sheet_address(s, address, home, &lines);
	sb_init(&sb, s->a, 2000);
	for (size_t i = 0; i < lines.n; i++)
		sb_addf(&sb, "%s%s", i ? "\n" : "", lines.v[i]);
	letter_info(s, L_SHIP_TO, sb_z(&sb), y);
}

void
invoice_head(struct sheet *s, struct str logo)
{
	double y = letter_head(s, logo);

	put_info_str(s, L_NUMBER, s->number, &y);
	put_info_date(s, L_ISSUE_DATE, "issue_date", &y);
	put_info_date(s, L_SUPPLY_DATE, "supply_date", &y);
	if (!s->credit)
		put_info_date(s, L_DUE_DATE, "due_date", &y);
	put_info_str(s, L_ORIGINAL, jval_str_of(s->doc, "original_number"), &y);
	put_info_str(s, L_PO_NUMBER, jval_str_of(s->doc, "po_number"), &y);
	put_info_str(s, L_CUSTOMER_TAX_ID, jval_str_of(s->payer, "tax_id"), &y);
	put_ship_to(s, &y);
	letter_body(s, y);
}
