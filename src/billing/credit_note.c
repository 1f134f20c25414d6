/*
 * credit_note.c - the figures of a credit note, from the lines of the document that it credits.
 *
 * Whatever the tenant's choices or rates are today: a line gives back its own net, its own tax, at
 * its own category and rate. A line by units shows the original's unit price with the quantity
 * turned around, and as its discount whatever the original's was; a line by amount shows one unit
 * at that amount. Either way what is printed adds up as on any other document.
 */
#include "credit_note.h"

bool
draft_credits(const struct draft *d)
{
	return d->original_id && strcmp(d->kind, "credit") == 0;
}

bool
draft_gives_back(const struct draft *d)
{
	return strcmp(d->kind, "credit") == 0 || d->bill.payable < 0;
}

/* ---- the original ---- */

int
originals_add_read(struct flush *f, const char *ids)
{
	int stmt = flush_addv(f, "SELECT facts::text FROM billing.credit_facts($1::uuid[])", ids,
			      FLUSH_END);

	flush_addv(f, "SELECT * FROM payment.credit_uses($1::uuid[])", ids, FLUSH_END);
	return stmt;
}

int
originals_add_read_with(struct flush *f, const char *drafts, const char *ids)
{
	int stmt =
	    flush_addv(f,
		       "SELECT facts::text FROM billing.credit_facts(billing.originals($1) || "
		       "coalesce($2::uuid[], '{}'))",
		       drafts, ids, FLUSH_END);

	flush_addv(
	    f,
	    "SELECT * FROM payment.credit_uses(billing.originals($1) || coalesce($2::uuid[], "
	    "'{}'))",
	    drafts, ids, FLUSH_END);
	return stmt;
}

int
originals_add_read_of(struct flush *f, const char *drafts)
{
	return originals_add_read_with(f, drafts, NULL);
}

static struct decimal
magnitude(struct decimal d)
{
	return d.coef < 0 ? decimal_neg(d) : d;
}

static int
parse_line(struct arena *a, struct json_object *o, struct original_line *ret, struct err *err)
{
	struct bill_line *b = &ret->bill;
	struct credit_line *left = &ret->left;

	ret->line = (struct draft_line){ .id = member_text(a, o, "id"),
					 .account_id = member_text(a, o, "account_id"),
					 .product_id = member_text(a, o, "product_id"),
					 .description = member_text(a, o, "description"),
					 .unit = member_text(a, o, "unit"),
					 .tax_name = member_text(a, o, "tax_name"),
					 .project = member_text(a, o, "project") };
	b->tax_category = member_text(a, o, "tax_category");
	member_int(o, "amount", &b->amount);
	member_int(o, "discount", &b->discount);
	member_int(o, "net", &b->net);
	member_int(o, "tax", &b->tax);
	left->net = b->net;
	left->tax = b->tax;
	member_int(o, "credited_net", &left->credited_net);
	member_int(o, "credited_tax", &left->credited_tax);
	member_bool(o, "by_quantity", &left->by_quantity);
	if (member_decimal(o, "quantity", &b->quantity, err) < 0 ||
	    member_decimal(o, "unit_price", &b->unit_price, err) < 0 ||
	    member_decimal(o, "base_quantity", &b->base_quantity, err) < 0 ||
	    member_decimal(o, "tax_rate", &b->tax_rate, err) < 0 ||
	    member_decimal(o, "credited_quantity", &left->credited_quantity, err) < 0)
		return -1;
	left->quantity = magnitude(b->quantity);
	return 0;
}

static int
parse_original(struct arena *a, struct str text, struct original *ret, struct err *err)
{
	struct json_object *o, *lines;
	int64_t exponent = 2;
	struct str day;
	int status;

	if (jscan_parse(a, text, &o, err) < 0)
		return -1;
	*ret = (struct original){ .id = member_text(a, o, "id"),
				  .kind = member_text(a, o, "kind"),
				  .number = member_text(a, o, "number"),
				  .account_id = member_text(a, o, "account_id"),
				  .entity_id = member_text(a, o, "entity_id"),
				  .currency = member_text(a, o, "currency") };
	status = invoice_status_by_word(jval_str_of(o, "status"));
	ret->status = status < 0 ? INVOICE_VOID : (enum invoice_status)status;
	member_int(o, "exponent", &exponent);
	ret->exponent = (int)exponent;
	if (jval_str(o, "issue_date", &day))
		date_parse(day, &ret->issued);
	member_bool(o, "tax_inclusive", &ret->tax_inclusive);
	ret->has_rate = jval_get(o, "exchange_rate") != NULL;
	if (member_decimal(o, "exchange_rate", &ret->rate, err) < 0)
		return -1;
	member_int(o, "payable", &ret->doc.payable);
	member_int(o, "credited", &ret->doc.credited);
	member_int(o, "rounding_left", &ret->doc.rounding_left);
	member_int(o, "amount_due", &ret->amount_due);
	lines = jval_get(o, "lines");
	ret->n_lines = lines ? json_object_array_length(lines) : 0;
	ret->lines = arena_array(a, ret->n_lines ? ret->n_lines : 1, sizeof(*ret->lines));
	for (size_t i = 0; i < ret->n_lines; i++) {
		struct credit left;

		if (parse_line(a, json_object_array_get_idx(lines, i), &ret->lines[i], err) < 0)
			return -1;
		left = credit_remaining(&ret->lines[i].left);
		ret->doc.left += left.net + left.tax;
	}
	return 0;
}

enum {
	USE_INVOICE,
	USE_PAYMENT,
	USE_USED,
	USE_KIND,
	USE_BY_HAND,
	USE_DAY,
	USE_UNAPPLIED,
	USE_RATE
};

static void
add_use(struct original *o, const struct flush *f, int stmt, int row)
{
	struct credit_use *u = &o->uses[o->n_uses++];

	u->use.id = flush_value(f, stmt, row, USE_PAYMENT);
	u->use.left = flush_int(f, stmt, row, USE_USED);
	u->kind = flush_value(f, stmt, row, USE_KIND);
	u->by_hand = flush_bool(f, stmt, row, USE_BY_HAND);
	date_parse(flush_str(f, stmt, row, USE_DAY), &u->day);
	u->unapplied = flush_int(f, stmt, row, USE_UNAPPLIED);
	u->has_rate = decimal_parse(flush_str(f, stmt, row, USE_RATE), &u->rate, NULL) == 0;
}

int
originals_load(struct arena *a, const struct flush *f, int stmt, struct original **ret,
	       size_t *ret_n, struct err *err)
{
	int uses = flush_rows(f, stmt + 1);

	*ret_n = (size_t)flush_rows(f, stmt);
	*ret = arena_array(a, *ret_n ? *ret_n : 1, sizeof(**ret));
	for (size_t i = 0; i < *ret_n; i++) {
		if (parse_original(a, flush_str(f, stmt, (int)i, 0), &(*ret)[i], err) < 0)
			return -1;
		(*ret)[i].uses = arena_array(a, (size_t)uses + 1, sizeof(struct credit_use));
	}
	for (int row = 0; row < uses; row++) {
		struct original *o =
		    original_find(*ret, *ret_n, flush_value(f, stmt + 1, row, USE_INVOICE));

		if (o)
			add_use(o, f, stmt + 1, row);
	}
	return 0;
}

struct original *
original_find(struct original *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n && id; i++) {
		if (strcmp(list[i].id, id) == 0)
			return &list[i];
	}
	return NULL;
}

struct original_line *
original_line(const struct original *o, const char *id)
{
	for (size_t i = 0; i < o->n_lines; i++) {
		if (strcmp(o->lines[i].line.id, id) == 0)
			return &o->lines[i];
	}
	return NULL;
}

int
original_check(const struct original *o, struct err *err)
{
	if (!o->number)
		return err_set(err, ERR_wrong_state, "A draft is changed, not credited.");
	if (strcmp(o->kind, "credit") == 0 || o->doc.payable < 0)
		return err_set(err, ERR_wrong_state,
			       "%s gives money back; what it gave is asked for by a debit note.",
			       o->number);
	if (strcmp(o->kind, "pro_forma") == 0)
		return err_set(err, ERR_wrong_state, "A pro forma asks for nothing.");
	if (o->status != INVOICE_OPEN && o->status != INVOICE_PARTIALLY_PAID &&
	    o->status != INVOICE_PAID)
		return err_set(err, ERR_wrong_state, "Invoice %s is %s.", o->number,
			       invoice_status_words[o->status]);
	return 0;
}

/* ---- figures ---- */

static int64_t
size_of(int64_t amount)
{
	return amount < 0 ? -amount : amount;
}

/* The original's price, turned around; the whole line as it stands there, its roundings too. */
static int
show_units(const struct draft_line *l, struct bill_line *b, const struct original_line *o,
	   const struct credit *given, int exponent, struct err *err)
{
	b->unit_price = o->bill.unit_price;
	b->base_quantity = o->bill.base_quantity;
	b->quantity =
	    o->bill.quantity.coef < 0 ? l->original_quantity : decimal_neg(l->original_quantity);
	if (decimal_cmp(l->original_quantity, o->left.quantity) == 0 && given->net == o->bill.net) {
		b->amount = -o->bill.amount;
		return 0;
	}
	return money_line(b->quantity, b->unit_price, b->base_quantity, exponent, &b->amount, err);
}

static void
show_amount(struct bill_line *b, int64_t charge, int exponent)
{
	b->quantity = decimal_int(charge < 0 ? 1 : -1);
	b->unit_price = (struct decimal){ size_of(charge), exponent };
	b->base_quantity = decimal_int(1);
	b->amount = -charge;
}

static int
give_back(struct draft *d, size_t i, const struct original *o, struct err *err)
{
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];
	const struct original_line *of = original_line(o, l->original_line_id);
	struct credit given = { 0 };
	int64_t charge;

	if (!of)
		return err_set(err, ERR_internal, "Internal error.");
	if ((l->original_quantity_set
		 ? credit_quantity(&of->left, l->original_quantity, &given, err)
		 : credit_gross(&of->left, l->gross, &given, err)) < 0)
		return -1;
	l->account_id = of->line.account_id;
	l->product_id = of->line.product_id;
	l->description = of->line.description;
	l->unit = of->line.unit;
	l->project = of->line.project;
	l->tax_name = of->line.tax_name;
	b->tax_category = of->bill.tax_category;
	b->tax_rate = of->bill.tax_rate;
	b->discount_percent = decimal_int(0);
	b->net = -given.net;
	b->tax = -given.tax;
	charge = o->tax_inclusive ? given.net + given.tax : given.net;
	if (!l->original_quantity_set)
		show_amount(b, charge, o->exponent);
	else if (show_units(l, b, of, &given, o->exponent, err) < 0)
		return -1;
	b->discount = b->amount + charge;
	return 0;
}

/* A wrong line is named, by its place in the request where it has one. */
static void
refuse_line(struct arena *a, const struct draft *d, size_t i, const struct original *o,
	    struct err *all, const struct err *one)
{
	const struct draft_line *l = &d->lines[i];
	const struct original_line *of = original_line(o, l->original_line_id);
	struct credit left = of ? credit_remaining(&of->left) : (struct credit){ 0 };
	const char *at = l->pointer ? l->pointer : arena_printf(a, "/lines/%zu", i);

	if (all->code == ERR_none)
		err_set(all, one->code, "More is credited than a line has left.");
	err_field(all, a,
		  arena_printf(a, "%s/%s", at, l->original_quantity_set ? "quantity" : "amount"),
		  "over_credit", "Of the line %lld is left, with tax.",
		  (long long)(left.net + left.tax));
}

int
credit_decide(struct arena *a, struct draft *d, const struct original *o, struct err *err)
{
	int64_t settles;

	if (original_check(o, err) < 0)
		return -1;
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		struct err one = { 0 };

		if (give_back(d, i, o, &one) == 0)
			continue;
		if (one.code != ERR_over_credit) {
			*err = one;
			return -1;
		}
		refuse_line(a, d, i, o, err, &one);
	}
	if (err->code != ERR_none)
		return -1;
	d->bill.rounding = 0;
	if (bill_total(&d->bill, a, err) < 0)
		return -1;
	settles = credit_payable(&o->doc, -d->bill.total);
	if (d->bill.total >= 0 || settles <= 0)
		return err_set(err, ERR_over_credit, "There is nothing left to give back.");
	d->bill.payable = -settles;
	d->bill.rounding = d->bill.payable - d->bill.total;
	return 0;
}

int
credit_keep(struct arena *a, struct draft *d, struct err *err)
{
	int64_t rounding = d->rounding_was;

	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *was = &d->lines[i].was;
		struct bill_line *b = &d->bill.lines[i];

		b->tax_category = was->tax_category;
		b->tax_rate = was->tax_rate;
		b->amount = was->amount;
		b->discount = was->discount;
		b->net = was->net;
		b->tax = was->tax;
	}
	d->bill.rounding = rounding;
	return bill_total(&d->bill, a, err);
}
