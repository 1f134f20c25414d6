/*
 * draft_take.c - what a draft is made of: members that the database and callers name alike, its
 * lines.
 */
#include "correction.h"

void
draft_make_lines(struct arena *a, struct draft *d, size_t n)
{
	d->lines = arena_array(a, n ? n : 1, sizeof(*d->lines));
	d->bill.lines = arena_array(a, n ? n : 1, sizeof(*d->bill.lines));
	d->bill.n_lines = n;
	for (size_t i = 0; i < n; i++)
		d->bill.lines[i].base_quantity = d->bill.lines[i].quantity = decimal_int(1);
}

/* ---- members, of the database and of callers alike ---- */

static void
take_text(struct arena *a, struct json_object *o, const char *key, const char **ret)
{
	if (jval_has(o, key))
		*ret = member_text(a, o, key);
}

static void
take_day(struct json_object *o, const char *key, struct opt_day *ret)
{
	struct str s;

	if (jval_has(o, key))
		ret->set = jval_str(o, key, &s) && date_parse(s, &ret->day);
}

/* null resets to what it is without. */
static int
take_decimal(struct json_object *o, const char *key, struct decimal otherwise, struct decimal *ret,
	     struct err *err)
{
	if (jval_has(o, key))
		*ret = otherwise;
	return member_decimal(o, key, ret, err);
}

int
draft_take(struct arena *a, struct draft *d, struct json_object *o, struct err *err)
{
	struct str word;

	take_text(a, o, "location_id", &d->location_id);
	take_text(a, o, "contact_id", &d->contact_id);
	take_text(a, o, "po_number", &d->po_number);
	take_text(a, o, "notes", &d->notes);
	take_text(a, o, "deal_id", &d->deal_id);
	take_text(a, o, "kind", &d->kind);
	take_text(a, o, "original_invoice_id", &d->original_id);
	take_text(a, o, "reason", &d->reason);
	if (jval_str(o, "settle", &word))
		d->refund = str_eqz(word, "refund");
	take_day(o, "issue_date", &d->issue_date);
	take_day(o, "due_date", &d->due_date);
	take_day(o, "supply_date", &d->supply_date);
	if (jval_has(o, "payment_terms")) {
		d->terms_set = jval_get(o, "payment_terms") != NULL;
		member_int(o, "payment_terms", &d->terms);
	}
	if (jval_has(o, "exchange_rate"))
		d->exchange_rate_set = jval_get(o, "exchange_rate") != NULL;
	if (jval_str(o, "tax_mode", &word))
		d->bill.tax_mode = str_eqz(word, "per_line") ? TAX_PER_LINE : TAX_PER_GROUP;
	member_bool(o, "tax_inclusive", &d->bill.tax_inclusive);
	member_int(o, "discount_amount", &d->bill.discount_amount);
	member_int(o, "cash_rounding", &d->bill.rounding_step);
	if (take_decimal(o, "exchange_rate", d->exchange_rate, &d->exchange_rate, err) < 0)
		return -1;
	return take_decimal(o, "discount_percent", decimal_int(0), &d->bill.discount_percent, err);
}

static int
take_line(struct arena *a, struct draft_line *l, struct bill_line *b, struct json_object *o,
	  struct err *err)
{
	take_text(a, o, "account_id", &l->account_id);
	take_text(a, o, "product_id", &l->product_id);
	take_text(a, o, "description", &l->description);
	take_text(a, o, "unit", &l->unit);
	take_text(a, o, "tax_category", &l->category_given);
	take_text(a, o, "deal_line_id", &l->deal_line_id);
	take_text(a, o, "original_invoice_id", &l->original_invoice_id);
	take_text(a, o, "original_line_id", &l->original_line_id);
	take_text(a, o, "project", &l->project);
	take_text(a, o, "discount_reason", &l->discount_reason);
	if (jval_has(o, "tax_rate"))
		l->rate_set = jval_get(o, "tax_rate") != NULL;
	if (jval_has(o, "unit_price"))
		l->price_set = jval_get(o, "unit_price") != NULL;
	if (jval_has(o, "base_quantity"))
		l->base_set = jval_get(o, "base_quantity") != NULL;
	if (take_decimal(o, "tax_rate", decimal_int(0), &l->rate_given, err) < 0 ||
	    take_decimal(o, "quantity", decimal_int(1), &b->quantity, err) < 0 ||
	    take_decimal(o, "unit_price", b->unit_price, &b->unit_price, err) < 0 ||
	    take_decimal(o, "base_quantity", decimal_int(1), &b->base_quantity, err) < 0)
		return -1;
	return take_decimal(o, "discount_percent", decimal_int(0), &b->discount_percent, err);
}

/* ---- from the database ---- */

static int
load_line(struct arena *a, struct draft_line *l, struct bill_line *b, struct json_object *o,
	  struct err *err)
{
	if (take_line(a, l, b, o, err) < 0)
		return -1;
	/* Stored lines tell what was asked for from what was decided. */
	l->id = member_text(a, o, "id");
	l->subscription_item_id = member_text(a, o, "subscription_item_id");
	take_day(o, "period_start", &l->period_start);
	take_day(o, "period_end", &l->period_end);
	l->product_had = l->product_id;
	l->was.tax_category = l->category_given;
	l->was.tax_rate = l->rate_given;
	l->category_given = member_text(a, o, "tax_category_given");
	l->rate_set = jval_get(o, "tax_rate_given") != NULL;
	l->rate_given = decimal_int(0);
	l->price_set = l->base_set = true;
	member_int(o, "amount", &l->was.amount);
	member_int(o, "discount", &l->was.discount);
	member_int(o, "discount_amount", &b->discount_amount);
	member_int(o, "net", &l->was.net);
	member_int(o, "tax", &l->was.tax);
	l->gross = -(l->was.net + l->was.tax);
	l->original_quantity_set = jval_get(o, "original_quantity") != NULL;
	if (member_decimal(o, "original_quantity", &l->original_quantity, err) < 0)
		return -1;
	return member_decimal(o, "tax_rate_given", &l->rate_given, err);
}

int
draft_load(struct arena *a, const char *id, int64_t version, struct str text, struct draft *ret,
	   struct err *err)
{
	struct draft d = { .id = id, .version = version, .pointer = "" };
	struct json_object *o, *lines;
	struct str word = { 0 };
	int64_t exponent = 2;
	int status;

	if (jscan_parse(a, text, &o, err) < 0 ||
	    facts_parse(a, jval_get(o, "context"), &d.facts, err) < 0)
		return -1;
	jval_str(o, "status", &word);
	status = invoice_status_by_word(word);
	d.status = status < 0 ? INVOICE_VOID : (enum invoice_status)status;
	d.number = member_text(a, o, "number");
	d.kind = member_text(a, o, "kind");
	member_int(o, "exponent", &exponent);
	d.bill.exponent = (int)exponent;
	member_int(o, "rounding", &d.rounding_was);
	lines = jval_get(o, "lines");
	draft_make_lines(a, &d, lines ? json_object_array_length(lines) : 0);
	if (draft_take(a, &d, o, err) < 0)
		return -1;
	for (size_t i = 0; i < d.bill.n_lines; i++) {
		if (load_line(a, &d.lines[i], &d.bill.lines[i], json_object_array_get_idx(lines, i),
			      err) < 0)
			return -1;
	}
	*ret = d;
	return 0;
}

int
draft_new(struct arena *a, const char *id, struct json_object *context, struct draft *ret,
	  struct err *err)
{
	struct draft d = {
		.id = id, .version = 1, .kind = "standard", .fresh = true, .pointer = ""
	};

	if (facts_parse(a, context, &d.facts, err) < 0)
		return -1;
	d.bill.exponent = d.facts.exponent;
	d.bill.tax_mode = d.facts.tax_mode;
	d.bill.tax_inclusive = d.facts.tax_inclusive;
	d.bill.rounding_step = d.facts.cash_rounding;
	draft_make_lines(a, &d, 0);
	*ret = d;
	return 0;
}

/* ---- lines that a caller sends ---- */

static size_t
line_by_id(const struct draft *d, const char *id)
{
	size_t i = 0;

	while (i < d->bill.n_lines && strcmp(d->lines[i].id, id) != 0)
		i++;
	return i;
}

int
draft_take_lines(struct arena *a, struct draft *d, struct json_object *lines, const char *pointer,
		 struct err *err)
{
	struct draft old = *d;

	draft_make_lines(a, d, json_object_array_length(lines));
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		struct json_object *o = json_object_array_get_idx(lines, i);
		struct draft_line *l = &d->lines[i];
		const char *id = member_text(a, o, "id");
		const char *at = arena_printf(a, "%s/%zu", pointer, i);

		if (id) {
			size_t k = line_by_id(&old, id);

			if (k == old.bill.n_lines) {
				err_field(err, a, arena_printf(a, "%s/id", at), "not_found",
					  "No such line.");
				continue;
			}
			*l = old.lines[k];
			d->bill.lines[i] = old.bill.lines[k];
		} else {
			l->id = uuid_new_z(a);
		}
		l->pointer = at;
		if (take_line(a, l, &d->bill.lines[i], o, err) < 0)
			return -1;
	}
	return err->code == ERR_none ? 0 : -1;
}

const char *
draft_product_ids(struct arena *a, struct json_object *lines)
{
	struct pg_array *ids = pg_array_new(a);
	size_t n = lines ? json_object_array_length(lines) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *id = member_text(a, json_object_array_get_idx(lines, i), "product_id");

		if (id)
			pg_array_add(ids, id);
	}
	return pg_array_text(ids);
}
