/*
 * bill_fuzz.c - whatever is sold, a document adds up: lines to totals, groups to taxes, debits to
 * credits; or it is refused as out of range.
 */
#include "fuzz.h"

#include <billfold/billing/core.h>

enum { LINES_MAX = 12 };

static struct decimal
small(struct input *in, int64_t limit)
{
	struct decimal d = { (int64_t)input_bits(in, 6), (int)(input_bits(in, 1) % 6) };

	d.coef = input_bits(in, 1) % 16 ? d.coef % limit : d.coef; /* now and then beyond it */
	return d;
}

static void
take_line(struct input *in, struct bill_line *l)
{
	static const char *const categories[] = { "standard", "reduced", "zero", NULL };

	*l = (struct bill_line){
		.quantity = small(in, 1000000),
		.unit_price = small(in, 100000000),
		.base_quantity = input_bits(in, 1) % 4 ? decimal_int(1) : small(in, 1000),
		.discount_percent = input_bits(in, 1) % 2 ? decimal_int(0) : small(in, 200),
		.tax_category = categories[input_bits(in, 1) % 4],
		.tax_rate = small(in, 300),
	};
	if (input_bits(in, 1) % 4 == 0)
		l->quantity.coef = -l->quantity.coef;
}

static void
adds_up(const struct bill *b)
{
	int64_t amount = 0, discount = 0, net = 0, tax = 0, base = 0, group_tax = 0;

	for (size_t i = 0; i < b->n_lines; i++) {
		const struct bill_line *l = &b->lines[i];

		amount += l->amount;
		discount += l->discount;
		net += l->net;
		tax += l->tax;
		MUST(b->tax_inclusive ? l->net + l->tax == l->amount - l->discount
				      : l->net == l->amount - l->discount);
	}
	for (size_t k = 0; k < b->n_groups; k++) {
		base += b->groups[k].base;
		group_tax += b->groups[k].tax;
	}
	MUST(b->subtotal == amount && b->discount_total == discount);
	MUST(b->net_total == net && net == base);
	MUST(b->tax_total == tax && tax == group_tax);
	MUST(b->total == net + tax && b->payable == b->total + b->rounding);
	MUST(b->rounding_step <= 1 || b->payable % b->rounding_step == 0);
}

static void
is_booked(const struct bill *b)
{
	struct posting_amounts m = { .net = b->net_total,
				     .tax = b->tax_total,
				     .rounding = b->rounding,
				     .payable = b->payable };
	struct posting made, voided;
	int64_t difference = 0;

	MUST(posting_make(POST_INVOICE_FINALIZED, &m, &made, NULL) == 0);
	MUST(posting_make(POST_INVOICE_VOIDED, &m, &voided, NULL) == 0);
	MUST(made.n == voided.n);
	for (size_t i = 0; i < made.n; i++)
		difference += made.lines[i].debit - made.lines[i].credit;
	MUST(difference == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct arena *a = arena_new(0);
	struct bill_line lines[LINES_MAX];
	struct bill_discount coupon = { .percent = small(&in, 120),
					.amount = (int64_t)input_bits(&in, 2) };
	struct err err = { 0 };
	struct bill b = {
		.exponent = (int)(input_bits(&in, 1) % 5),
		.tax_mode = input_bits(&in, 1) % 2 ? TAX_PER_LINE : TAX_PER_GROUP,
		.tax_inclusive = input_bits(&in, 1) % 2,
		.discount_percent = input_bits(&in, 1) % 2 ? decimal_int(0) : small(&in, 120),
		.discount_amount = input_bits(&in, 1) % 2 ? 0 : (int64_t)input_bits(&in, 2),
		.discounts = &coupon,
		.n_discounts = input_bits(&in, 1) % 2,
		.rounding_step = input_bits(&in, 1) % 2 ? 0 : 5,
		.lines = lines,
		.n_lines = input_bits(&in, 1) % (LINES_MAX + 1),
	};

	for (size_t i = 0; i < b.n_lines; i++)
		take_line(&in, &lines[i]);
	if (bill_compute(&b, a, &err) == 0) {
		adds_up(&b);
		is_booked(&b);
	} else {
		MUST(err.code == ERR_out_of_range && b.bad_line <= b.n_lines);
	}
	arena_free(a);
	return 0;
}
