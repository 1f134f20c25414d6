/*
 * status.c - the one status of an invoice, as its amounts tell it.
 *
 * draft, pending_approval and void are decisions; open, partially_paid, paid and uncollectible
 * follow from the amounts of a finalized document. Which moves there are the guard in SQL says
 * (billing.guard_invoice), whoever writes.
 */
#include <billfold/billing/core.h>

const char *const invoice_status_words[INVOICE_STATUS_MAX + 1] = {
	[INVOICE_DRAFT] = "draft", [INVOICE_PENDING_APPROVAL] = "pending_approval",
	[INVOICE_OPEN] = "open",   [INVOICE_PARTIALLY_PAID] = "partially_paid",
	[INVOICE_PAID] = "paid",   [INVOICE_UNCOLLECTIBLE] = "uncollectible",
	[INVOICE_VOID] = "void",
};

int
invoice_status_by_word(struct str word)
{
	for (int i = 0; i < INVOICE_STATUS_MAX; i++) {
		if (str_eqz(word, invoice_status_words[i]))
			return i;
	}
	return -1;
}

int
status_derive(const struct invoice_amounts *m, enum invoice_status *ret, int64_t *ret_due,
	      struct err *err)
{
	int64_t due = 0;

	if (m->credited < 0 || m->paid < 0 || m->written_off < 0)
		return err_set(err, ERR_out_of_range, "What settles an invoice is never negative.");
	/* A document in the customer's favour is credit of the account, never due. */
	if (m->payable > 0 && (money_add(m->payable, -m->credited, &due, err) < 0 ||
			       money_add(due, -m->paid, &due, err) < 0 ||
			       money_add(due, -m->written_off, &due, err) < 0))
		return -1;
	if (due < 0)
		return err_set(err, ERR_over_allocation, "More would be settled than is due.");
	*ret_due = due;
	if (due == 0)
		*ret = m->written_off > 0 ? INVOICE_UNCOLLECTIBLE : INVOICE_PAID;
	else
		*ret = m->paid > 0 ? INVOICE_PARTIALLY_PAID : INVOICE_OPEN;
	return 0;
}
