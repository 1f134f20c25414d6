/*
 * allocate.c - which open items an amount pays, and which advances a new document uses.
 *
 * Items: the oldest due first; what no item needs stays unapplied and is the customer's credit. An
 * item never gets more than its amount due. Advances: the oldest first, none below zero.
 */
#include <billfold/billing/core.h>

#include <stdlib.h>

/* Until amounts are applied, `applied` holds the item's place in the order given: qsort is not
 * stable. */
static int
by_due(const void *x, const void *y)
{
	const struct open_item *a = x, *b = y;

	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	return a->applied < b->applied ? -1 : 1;
}

int
allocate_oldest(int64_t amount, struct open_item *items, size_t n, int64_t *ret_unapplied,
		struct err *err)
{
	if (amount < 0)
		return err_set(err, ERR_out_of_range, "An amount to allocate is never negative.");
	for (size_t i = 0; i < n; i++) {
		if (items[i].amount_due < 0)
			return err_set(err, ERR_out_of_range, "An open item is never negative.");
		items[i].applied = (int64_t)i;
	}
	if (n > 1)
		qsort(items, n, sizeof(*items), by_due);
	for (size_t i = 0; i < n; i++) {
		items[i].applied = items[i].amount_due < amount ? items[i].amount_due : amount;
		amount -= items[i].applied;
	}
	*ret_unapplied = amount;
	return 0;
}

int
allocate_advances(int64_t due, struct advance *advances, size_t n, int64_t *ret_due,
		  struct err *err)
{
	if (due < 0)
		return err_set(err, ERR_out_of_range, "An amount due is never negative.");
	for (size_t i = 0; i < n; i++) {
		struct advance *a = &advances[i];

		if (a->left < 0)
			return err_set(err, ERR_out_of_range, "An advance is never negative.");
		a->used = a->left < due ? a->left : due;
		a->left -= a->used;
		due -= a->used;
	}
	*ret_due = due;
	return 0;
}
