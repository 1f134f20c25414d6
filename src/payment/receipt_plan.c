/*
 * receipt_plan.c - what an amount pays, on which days, and what the journal says of it.
 *
 * Pure: facts in, a plan out. On the day of arrival the money meets what was issued by then;
 * the rest is credit. Each later day of issue moves its part from credit to the receivable.
 */
#include "receipt.h"

static struct receipt_entry *
add_entry(struct receipt_plan *p, const char *event, civil_day day)
{
	struct receipt_entry *e = &p->entries[p->n_entries++];

	e->event = event;
	e->day = day;
	return e;
}

static void
plan_uses(const struct receipt_case *c, struct receipt_plan *p)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct open_item *item = &c->items[i];

		if (item->applied == 0)
			continue;
		p->uses[p->n_uses++] = (struct receipt_use){
			.invoice_id = item->id,
			.amount = item->applied,
			.due = item->amount_due,
			.day = item->issued > c->received ? item->issued : c->received,
		};
	}
}

static int64_t
used_on(const struct receipt_plan *p, civil_day day)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n_uses; i++)
		sum += p->uses[i].day == day ? p->uses[i].amount : 0;
	return sum;
}

/* What goes to invoices on a day; how many moves. */
static size_t
moves_on(const struct receipt_plan *p, civil_day day, struct exchange_move *moves)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_uses; i++) {
		if (p->uses[i].day == day)
			moves[n++] = (struct exchange_move){ .invoice_id = p->uses[i].invoice_id,
							     .amount = p->uses[i].amount };
	}
	return n;
}

/* Base amounts of the last entry, which leaves so much more to the customer. One that has none
 * leaves the payment without. */
static int
value_entry(struct arena *a, struct exchange *x, struct receipt_plan *p, int64_t credit,
	    struct err *err)
{
	struct receipt_entry *e = &p->entries[p->n_entries - 1];
	struct exchange_move *moves = arena_array(a, p->n_uses + 1, sizeof(*moves));
	size_t n = moves_on(p, e->day, moves);

	if (exchange_value(x, &e->posting, moves, n, credit, &e->converted, err) < 0)
		return -1;
	p->converted = p->converted && e->converted;
	return 0;
}

/* The next day after `day` on which something is used; false: there is none. */
static bool
next_day(const struct receipt_plan *p, civil_day *day)
{
	bool found = false;
	civil_day next = *day;

	for (size_t i = 0; i < p->n_uses; i++) {
		civil_day d = p->uses[i].day;

		if (d > *day && (!found || d < next)) {
			next = d;
			found = true;
		}
	}
	*day = next;
	return found;
}

int
receipt_decide(struct arena *a, const struct receipt_case *c, struct receipt_plan *ret,
	       struct err *err)
{
	struct posting_amounts m = { .method = c->method };
	struct exchange x = c->exchange;
	struct receipt_entry *e;
	civil_day day = c->received;

	*ret = (struct receipt_plan){ .converted = true };
	if (c->amount <= 0)
		return err_set(err, ERR_out_of_range, "A receipt brings more than nothing.");
	if (allocate_oldest(c->amount, c->items, c->n, &ret->unapplied, err) < 0)
		return -1;
	ret->uses = arena_array(a, c->n + 1, sizeof(*ret->uses));
	ret->entries = arena_array(a, c->n + 1, sizeof(*ret->entries));
	plan_uses(c, ret);

	m.applied = used_on(ret, c->received);
	m.unapplied = c->amount - m.applied;
	e = add_entry(ret, "received", c->received);
	if (posting_make(POST_PAYMENT_RECEIVED, &m, &e->posting, err) < 0 ||
	    value_entry(a, &x, ret, m.unapplied, err) < 0)
		return -1;
	while (next_day(ret, &day)) {
		m = (struct posting_amounts){ .applied = used_on(ret, day) };
		e = add_entry(ret, "applied", day);
		if (posting_make(POST_PAYMENT_APPLIED, &m, &e->posting, err) < 0 ||
		    value_entry(a, &x, ret, -m.applied, err) < 0)
			return -1;
	}
	return 0;
}
