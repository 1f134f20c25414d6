/*
 * quote.c - one bill date after the other, as the runs will bill them.
 */
#include "quote.h"

/* A coupon or an agreed discount, as it is used up. */
struct reduction {
	struct decimal percent;
	int64_t amount, left; /* left: documents; negative: all */
	civil_day from, to;   /* bill dates; of a phase's what begins then */
	bool of_phase;
	struct sub_discount is;
};

static int
read_reductions(struct quote *q, struct json_object *list, struct err *err)
{
	q->n_reductions = jval_length(list);
	q->reductions = arena_array(q->a, q->n_reductions + 1, sizeof(*q->reductions));
	for (size_t i = 0; i < q->n_reductions; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct reduction *x = &q->reductions[i];

		*x = (struct reduction){ .left = -1,
					 .from = member_day_or(o, "valid_from", DAY_ALWAYS),
					 .to = member_day_or(o, "valid_to", DAY_NEVER),
					 .is.days = { DAY_ALWAYS, DAY_NEVER } };
		member_bool(o, "of_phase", &x->of_phase);
		if (x->of_phase)
			x->is.days = (struct period){ x->from, x->to };
		if (jval_get(o, "product_ids") || jval_get(o, "charges"))
			x->is.target = o;
		member_int(o, "periods_left", &x->left);
		member_int(o, "amount", &x->amount);
		if (member_decimal(o, "percent", &x->percent, err) < 0)
			return -1;
	}
	return 0;
}

int
quote_begin(struct arena *a, const char *id, struct json_object *context,
	    struct json_object *discounts, struct decimal percent, struct quote *ret,
	    struct err *err)
{
	*ret = (struct quote){ .a = a };
	if (draft_new(a, id, context, &ret->d, err) < 0 || read_reductions(ret, discounts, err) < 0)
		return -1;
	ret->d.bill.discount_percent = percent;
	if (ret->d.facts.exponent < 0)
		return err_set(err, ERR_validation_failed, "There is no such currency.");
	return 0;
}

struct quote
quote_copy(const struct quote *q)
{
	struct quote copy = *q;

	copy.reductions = arena_array(q->a, q->n_reductions + 1, sizeof(*copy.reductions));
	if (q->n_reductions)
		memcpy(copy.reductions, q->reductions, q->n_reductions * sizeof(*q->reductions));
	return copy;
}

bool
quote_counts(const struct quote *q, civil_day until)
{
	for (size_t i = 0; i < q->n_reductions; i++) {
		if (q->reductions[i].left > 0 && q->reductions[i].from < until)
			return true;
	}
	return false;
}

const char *
quote_products(struct arena *a, struct json_object **of, size_t n)
{
	struct pg_array *products = pg_array_new(a);

	for (size_t i = 0; i < n; i++) {
		const char *id = member_text(a, of[i], "product_id");

		if (id)
			pg_array_add(products, id);
	}
	return pg_array_text(products);
}

/* ---- one bill date ---- */

/* Those that lower the document of the day. */
static struct bill_discount *
take(struct quote *q, struct arena *a, const struct sub_charged *lines, size_t n_lines,
     civil_day day, size_t *ret_n)
{
	struct bill_discount *v = arena_array(a, q->n_reductions + 1, sizeof(*v));

	*ret_n = 0;
	for (size_t i = 0; i < q->n_reductions; i++) {
		struct reduction *x = &q->reductions[i];
		const bool *lowered;

		if (x->left == 0 || (!x->of_phase && x->from > day) || x->to <= day ||
		    !sub_discount_lines(a, &x->is, lines, n_lines, &lowered))
			continue;
		v[(*ret_n)++] = (struct bill_discount){ .percent = x->percent,
							.amount = x->amount,
							.lines = lowered };
		if (x->left > 0)
			x->left--;
	}
	return v;
}

static int
make_line(struct arena *a, struct draft *d, size_t i, const struct sub_line *from,
	  struct json_object *row, const struct tax_case *place, struct err *err)
{
	struct bill_line *b = &d->bill.lines[i];
	struct draft_line *l = &d->lines[i];
	const char *product = member_text(a, row, "product_id");
	const struct product_fact *p = product ? facts_product(&d->facts, product) : NULL;

	l->description = member_text(a, row, "description");
	l->category_given = member_text(a, row, "tax_category");
	l->period_start = (struct opt_day){ true, from->days.start };
	l->period_end = (struct opt_day){ true, from->days.end };
	b->quantity = from->quantity;
	b->unit_price = from->unit_price;
	b->base_quantity = from->base_quantity;
	if (member_decimal(row, "discount_percent", &b->discount_percent, err) < 0)
		return -1;
	draft_tax_line(d, i, p ? p->tax_category : NULL, place);
	return 0;
}

static int
bill_date(struct quote *q, struct arena *a, const struct subscription *sub, struct json_object **of,
	  civil_day day, struct draft *d, struct err *err)
{
	struct tax_case place = q->d.facts.tax;
	struct bill_discount *discounts;
	struct sub_charged *charged;
	struct sub_line *lines;
	size_t n, n_discounts;

	*d = q->d;
	if (sub_bill(sub, day, d->bill.exponent, a, &lines, &n, err) < 0)
		return -1;
	place.date = day;
	draft_make_lines(a, d, n);
	charged = arena_array(a, n + 1, sizeof(*charged));
	for (size_t i = 0; i < n; i++) {
		struct json_object *row = of[lines[i].item];

		charged[i] =
		    (struct sub_charged){ lines[i].days.start, member_text(a, row, "product_id"),
					  member_text(a, row, "plan_charge") };
		if (make_line(a, d, i, &lines[i], row, &place, err) < 0)
			return -1;
	}
	if (n == 0)
		return 0;
	discounts = take(q, a, charged, n, day, &n_discounts);
	return sub_discounts_apply(&d->bill, discounts, n_discounts, a, err);
}

int
quote_bill_date(struct quote *q, struct arena *one, const struct subscription *sub,
		struct json_object **of, civil_day day, struct draft *ret, struct err *err)
{
	if (bill_date(q, one, sub, of, day, ret, err) == 0)
		return 0;
	/* What it names was its own. */
	err->fields = NULL;
	err->n_fields = 0;
	return -1;
}
