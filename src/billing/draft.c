/*
 * draft.c - what is decided of a draft: a line's product, price and tax, then the whole by the
 * core.
 *
 * What a caller named stays; what nobody named comes from the product and from whoever pays. A
 * correction keeps what its original had.
 */
#include "correction.h"

civil_day
draft_tax_date(const struct draft *d)
{
	if (d->supply_date.set)
		return d->supply_date.day;
	return d->issue_date.set ? d->issue_date.day : d->facts.today;
}

static void
refuse_line(struct arena *a, const struct draft_line *l, const char *member, const char *code,
	    const char *words, struct err *err)
{
	err_field(err, a, arena_printf(a, "%s/%s", l->pointer ? l->pointer : "/lines", member),
		  code, "%s", words);
}

static bool
keeps_product(const struct draft_line *l)
{
	return l->product_had && strcmp(l->product_had, l->product_id) == 0;
}

/* What a line does not say, its product does. */
static void
line_from_product(struct arena *a, const struct draft *d, struct draft_line *l, struct bill_line *b,
		  const struct product_fact *p, struct err *err)
{
	if (!p) {
		refuse_line(a, l, "product_id", "not_found", "No such product.", err);
		return;
	}
	if (p->archived && l->pointer && !keeps_product(l))
		refuse_line(a, l, "product_id", "archived", "The product is archived.", err);
	if (!l->description)
		l->description = p->name;
	if (!l->unit)
		l->unit = p->unit;
	if (l->price_set)
		return;
	if (!p->has_price) {
		refuse_line(a, l, "unit_price", "required",
			    arena_printf(a, "The product has no price in %s on this day.",
					 d->facts.currency),
			    err);
		return;
	}
	b->unit_price = p->unit_price;
	if (!l->base_set)
		b->base_quantity = p->base_quantity;
	l->price_set = l->base_set = true;
}

static void
complete_line(struct arena *a, const struct draft *d, size_t i, const struct product_fact *p,
	      struct err *err)
{
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];

	if (l->product_id)
		line_from_product(a, d, l, b, p, err);
	else if (!l->price_set)
		refuse_line(a, l, "unit_price", "required", "Is required without a product.", err);
	if (!l->description && !(l->product_id && !p))
		refuse_line(a, l, "description", "required", "Is required without a product.", err);
	/* Only kinds that correct others may turn a line around. */
	if (b->quantity.coef < 0 && strcmp(d->kind, "credit") != 0 && strcmp(d->kind, "mixed") != 0)
		refuse_line(a, l, "quantity", "out_of_range", "Must not be negative.", err);
	if (b->quantity.coef >= 0 && strcmp(d->kind, "credit") == 0)
		refuse_line(a, l, "quantity", "out_of_range",
			    "Must be below zero: a credit note gives back.", err);
	if (b->unit_price.coef < 0)
		refuse_line(a, l, "unit_price", "out_of_range", "Must not be negative.", err);
	if (b->base_quantity.coef <= 0)
		refuse_line(a, l, "base_quantity", "out_of_range", "Must be above zero.", err);
	if (b->discount_percent.coef < 0 || decimal_cmp(b->discount_percent, decimal_int(100)) > 0)
		refuse_line(a, l, "discount_percent", "out_of_range", "Must lie between 0 and 100.",
			    err);
	if (l->rate_set &&
	    (l->rate_given.coef < 0 || decimal_cmp(l->rate_given, decimal_int(1000)) > 0))
		refuse_line(a, l, "tax_rate", "out_of_range", "Must lie between 0 and 1000.", err);
}

void
draft_tax_line(struct draft *d, size_t i, const char *product_category,
	       const struct tax_case *place)
{
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];
	const char *category = l->category_given;
	struct tax_choice t;

	/* The treatment of the line that it corrects, whatever holds of the buyer today. */
	if (l->original_line_id && category && l->rate_set) {
		b->tax_category = category;
		b->tax_rate = l->rate_given;
		return;
	}
	if (!category)
		category = product_category ? product_category : "standard";
	tax_choose(place, category, &t);
	d->exemption_expired |= t.expired;
	/* A rate that is asked for holds, unless the buyer pays none. */
	if (l->rate_set && strcmp(t.category, "exempt") != 0 &&
	    strcmp(t.category, "reverse_charge") != 0) {
		t.category = category;
		t.rate = l->rate_given;
	}
	b->tax_category = t.category;
	b->tax_rate = t.rate;
	l->tax_name = t.name;
}

/* An amount beyond what can be billed is named by its line. */
static int
out_of_range(struct arena *a, const struct draft *d, struct err *err)
{
	char words[ERR_TEXT_MAX];
	size_t i = d->bill.bad_line;

	if (err->code != ERR_out_of_range)
		return -1;
	snprintf(words, sizeof(words), "%s", err->detail);
	if (i < d->bill.n_lines && d->lines[i].pointer)
		err_field(err, a, d->lines[i].pointer, "out_of_range", "%s", words);
	else if (i == d->bill.n_lines && d->bill.bad_discount && d->pointer)
		err_field(err, a, arena_printf(a, "%s/discount_amount", d->pointer), "out_of_range",
			  "%s", words);
	return -1;
}

bool
draft_keeps_given(const struct draft *d)
{
	return d->bill.tax_inclusive || strcmp(d->kind, "credit") == 0;
}

/* As it was decided when the draft was made, unless somebody writes the line anew. */
static void
keep_given(struct draft *d, size_t i)
{
	const struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];

	if (!l->was.tax_category || l->pointer || !l->original_line_id ||
	    !l->subscription_item_id || !draft_keeps_given(d))
		return;
	b->decided = true;
	b->net = l->was.net;
	b->tax = l->was.tax;
}

int
draft_decide(struct arena *a, struct draft *d, struct err *err)
{
	struct tax_case place = d->facts.tax;

	if (draft_credits(d))
		return d->original ? credit_decide(a, d, d->original, err) : credit_keep(a, d, err);
	place.date = draft_tax_date(d);
	d->exemption_expired = false;
	if (d->bill.discount_percent.coef < 0 ||
	    decimal_cmp(d->bill.discount_percent, decimal_int(100)) > 0)
		err_field(err, a, arena_printf(a, "%s/discount_percent", d->pointer),
			  "out_of_range", "Must lie between 0 and 100.");
	if (d->exchange_rate_set && d->exchange_rate.coef <= 0)
		err_field(err, a, arena_printf(a, "%s/exchange_rate", d->pointer), "out_of_range",
			  "Must be above zero.");
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct draft_line *l = &d->lines[i];
		const struct product_fact *p =
		    l->product_id ? facts_product(&d->facts, l->product_id) : NULL;

		complete_line(a, d, i, p, err);
		draft_tax_line(d, i, p ? p->tax_category : NULL, &place);
		keep_given(d, i);
	}
	if (err->code != ERR_none)
		return -1;
	if (bill_compute(&d->bill, a, err) < 0)
		return out_of_range(a, d, err);
	return correction_limits(a, d, err);
}

bool
draft_converts(const struct draft *d)
{
	return d->exchange_rate_set && d->facts.base_currency &&
	       strcmp(d->facts.base_currency, d->facts.currency) != 0;
}

int
draft_expect(const struct draft *d, struct json_object *body, struct err *err)
{
	int64_t expected;

	if (!jval_int(body, "expected_total", &expected) || expected == d->bill.total)
		return 0;
	return err_set(err, ERR_total_mismatch, "The total is %lld, not %lld.",
		       (long long)d->bill.total, (long long)expected);
}

bool
draft_content_changed(const struct draft *d)
{
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *b = &d->bill.lines[i], *was = &d->lines[i].was;

		if (!was->tax_category || strcmp(was->tax_category, b->tax_category) != 0 ||
		    decimal_cmp(was->tax_rate, b->tax_rate) != 0 || was->amount != b->amount ||
		    was->discount != b->discount || was->net != b->net || was->tax != b->tax)
			return true;
	}
	return false;
}
