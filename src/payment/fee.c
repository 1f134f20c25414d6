/*
 * fee.c - what a processor kept of a payment, or gave back of that: booked once, by its own
 * booking.
 */
#include "attempt.h"

#include <billfold/ledger.h>

int
fee_add(struct flush *f, struct arena *a, const struct fee_of *of, const struct processor_fee *fee,
	struct err *err)
{
	const struct posting_amounts measures = { .fee = fee->amount, .method = PAY_CLEARING };
	struct posting posting;

	if (fee->ref == NULL || fee->amount == 0)
		return 0;
	if (posting_make(POST_FEE_CHARGED, &measures, &posting, err) < 0)
		return -1;
	flush_addv(f, "SELECT payment.fee_add($1, $2, $3, $4::bigint, $5, $6::date)", of->attempt,
		   of->kind, fee->ref, arena_printf(a, "%lld", (long long)fee->amount),
		   fee->currency, of->date, FLUSH_END);
	posting_add(f, a, &posting,
		    &(struct posting_document){ .kind = "payment",
						.id = of->payment,
						.event = "fee",
						.entity_id = of->entity_id,
						.customer_id = of->account_id,
						.currency = fee->currency,
						.date = of->date });
	return 0;
}
