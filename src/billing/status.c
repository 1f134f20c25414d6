/*
 * status.c - the one status of an invoice, as its amounts tell it.
 *
 * draft, pending_approval and void are decisions; open, partially_paid, paid and uncollectible
 * follow from the amounts of a finalized document. Overdue is no status: it is derived from due
 * date and day. Which moves exist is this table; the guard in SQL (billing.guard_invoice) refuses
 * the others whoever writes.
 */
#include <billfold/billing/core.h>

const char *const invoice_status_words[INVOICE_STATUS_MAX + 1] = {
	[INVOICE_DRAFT] = "draft", [INVOICE_PENDING_APPROVAL] = "pending_approval",
	[INVOICE_OPEN] = "open",   [INVOICE_PARTIALLY_PAID] = "partially_paid",
	[INVOICE_PAID] = "paid",   [INVOICE_UNCOLLECTIBLE] = "uncollectible",
	[INVOICE_VOID] = "void",
};

#define TO(s) (1u << INVOICE_##s)

static const unsigned moves[INVOICE_STATUS_MAX] = {
	[INVOICE_DRAFT] = TO(PENDING_APPROVAL) | TO(OPEN) | TO(PARTIALLY_PAID) | TO(PAID),
	[INVOICE_PENDING_APPROVAL] = TO(DRAFT) | TO(OPEN) | TO(PARTIALLY_PAID) | TO(PAID),
	[INVOICE_OPEN] = TO(PARTIALLY_PAID) | TO(PAID) | TO(UNCOLLECTIBLE) | TO(VOID),
	[INVOICE_PARTIALLY_PAID] = TO(OPEN) | TO(PAID) | TO(UNCOLLECTIBLE),
	[INVOICE_PAID] = TO(OPEN) | TO(PARTIALLY_PAID) | TO(VOID), /* void: of a total of zero */
	[INVOICE_UNCOLLECTIBLE] = TO(PAID),
	[INVOICE_VOID] = 0,
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

bool
status_may_move(enum invoice_status from, enum invoice_status to)
{
	return from == to || (moves[from] & (1u << to)) != 0;
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

int
status_days_overdue(enum invoice_status status, int64_t amount_due, civil_day due, civil_day today)
{
	if ((status != INVOICE_OPEN && status != INVOICE_PARTIALLY_PAID) || amount_due <= 0)
		return 0;
	return today > due ? today - due : 0;
}
