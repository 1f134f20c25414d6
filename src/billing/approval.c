/*
 * approval.c - how many people must have approved a draft before it is final.
 *
 * One where the tenant reviews every draft; one more where its discounts exceed the limit, and then
 * one who is not the one that finalizes. Whether they have is the database's to say, in the
 * transaction that finalizes: an approval holds for what the draft said, and nobody approves what
 * they wrote.
 */
#include "approval.h"

static __int128
size_of(int64_t amount)
{
	return amount < 0 ? -(__int128)amount : amount;
}

/* discount / subtotal > limit percent, without a division. */
static bool
beyond_limit(const struct draft *d)
{
	struct decimal limit = d->facts.discount_limit;

	return d->facts.discount_limited &&
	       size_of(d->bill.discount_total) * 100 * pow10_i128(limit.scale) >
		   (__int128)limit.coef * size_of(d->bill.subtotal);
}

struct approval_need
approval_needed(const struct draft *d)
{
	bool beyond = beyond_limit(d);

	return (struct approval_need){ .people = d->facts.review_required + beyond,
				       .other = beyond };
}
