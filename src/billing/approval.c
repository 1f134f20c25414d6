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

void
approvals_init(struct approvals *ret, struct arena *a)
{
	*ret = (struct approvals){ .ids = pg_array_new(a),
				   .people = pg_array_new(a),
				   .other = pg_array_new(a) };
}

bool
approvals_add(struct approvals *list, const struct draft *d)
{
	struct approval_need need = approval_needed(d);

	if (need.people == 0)
		return false;
	pg_array_add(list->ids, d->id);
	pg_array_add_int(list->people, need.people);
	pg_array_add(list->other, need.other ? "t" : "f");
	list->n++;
	return true;
}

int
approvals_read(const struct approvals *list, struct flush *f)
{
	return flush_addv(f, "SELECT n, detail FROM billing.approval_lacks($1, $2, $3)",
			  pg_array_text(list->ids), pg_array_text(list->people),
			  pg_array_text(list->other), FLUSH_END);
}

void
approvals_expect(const struct approvals *list, struct flush *f)
{
	if (list->n)
		flush_addv(f, "SELECT billing.expect_approved($1, $2, $3)",
			   pg_array_text(list->ids), pg_array_text(list->people),
			   pg_array_text(list->other), FLUSH_END);
}
