/*
 * books.c - a subscription billed and changed in memory, as its documents would say it.
 */
#include "books.h"

static void
add_line(struct books *b, const struct subscription *s, const struct sub_line *l,
	 const char *percent, const char *rate)
{
	struct sub_billed *to = &b->billed[b->past.n_billed++];
	int64_t off;

	assert_true(b->past.n_billed <= BILLED_MAX);
	b->past.billed = b->billed;
	b->past.given = b->given;
	*to = (struct sub_billed){ .lineage = s->items[l->item].lineage,
				   .days = l->days,
				   .quantity = l->quantity,
				   .unit_price = l->unit_price,
				   .base_quantity = l->base_quantity,
				   .discount_percent = s->items[l->item].discount_percent };
	assert_int_equal(sub_billed_units(&s->items[l->item], l->quantity, l->unit_price,
					  l->base_quantity, l->days, &to->units, NULL),
			 0);
	assert_int_equal(decimal_cmp(to->units, l->units), 0);
	assert_int_equal(money_percent(l->amount, dec(percent), &off, NULL), 0);
	to->net = l->amount - off;
	assert_int_equal(money_percent(to->net, dec(rate), &to->tax, NULL), 0);
	b->net += to->net;
}

void
books_bill(struct arena *arena, struct books *b, const struct subscription *s, civil_day on,
	   const char *percent, const char *rate)
{
	struct sub_line *lines;
	size_t n;

	assert_int_equal(sub_bill(s, on, 2, arena, &lines, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		add_line(b, s, &lines[i], percent, rate);
}

struct sub_change
books_preview(struct arena *arena, const struct books *b, const struct subscription *is,
	      civil_day on, civil_day next)
{
	struct err err = { 0 };
	struct sub_change c;

	civil_day today = b->today ? b->today : next < DAY_NEVER ? next - 1 : on;

	if (sub_change(is, on, next, today, &b->past, 2, arena, &c, &err) < 0)
		fail_msg("change: %s", err.detail);
	return c;
}

struct sub_change
books_change(struct arena *arena, struct books *b, const struct subscription *is, civil_day on,
	     civil_day next, const char *rate)
{
	struct sub_change c = books_preview(arena, b, is, on, next);

	for (size_t i = 0; i < c.n_given; i++) {
		assert_true(b->past.n_given < GIVEN_MAX);
		b->given[b->past.n_given++] = c.given[i];
		b->net -= c.given[i].net;
	}
	for (size_t i = 0; i < b->past.n_billed; i++) {
		int64_t net = 0, tax = 0;

		for (size_t k = 0; k < b->past.n_given; k++) {
			net += b->given[k].line == i ? b->given[k].net : 0;
			tax += b->given[k].line == i ? b->given[k].tax : 0;
		}
		assert_true(net >= 0 && net <= b->billed[i].net);
		assert_true(tax >= 0 && tax <= b->billed[i].tax);
	}
	for (size_t i = 0; i < c.n_lines; i++)
		add_line(b, is, &c.lines[i], "0", rate);
	return c;
}

struct bill
books_document(struct arena *arena, const struct sub_change *c, const char *rate_back,
	       const char *rate)
{
	struct bill_line *lines = arena_array(arena, c->n_given + c->n_lines, sizeof(*lines));
	struct bill d = { .exponent = 2, .lines = lines, .n_lines = c->n_given + c->n_lines };

	for (size_t i = 0; i < c->n_given; i++) {
		lines[i] = item("1", "0", rate_back);
		lines[i].quantity = decimal_neg(c->given[i].units);
		lines[i].unit_price =
		    (struct decimal){ c->given[i].net < 0 ? -c->given[i].net : c->given[i].net, 2 };
		lines[i].base_quantity = c->given[i].units;
		if (lines[i].base_quantity.coef < 0)
			lines[i].base_quantity = decimal_neg(lines[i].base_quantity);
	}
	for (size_t i = 0; i < c->n_lines; i++) {
		struct bill_line *l = &lines[c->n_given + i];

		*l = item("1", "0", rate);
		l->quantity = c->lines[i].quantity;
		l->unit_price = c->lines[i].unit_price;
		l->base_quantity = c->lines[i].base_quantity;
	}
	assert_int_equal(bill_compute(&d, arena, NULL), 0);
	for (size_t i = 0; i < c->n_given; i++)
		assert_int_equal(lines[i].net, -c->given[i].net);
	for (size_t i = 0; i < c->n_lines; i++)
		assert_int_equal(lines[c->n_given + i].net, c->lines[i].amount);
	return d;
}
