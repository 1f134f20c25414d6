/*
 * stripe_dispute.c - a dispute of a charge, as it stands: whose turn it is, what the bank has, what
 * it cost.
 *
 * Stripe withdraws the amount when a dispute opens, with a fee, and reinstates it when it is won;
 * both are balance transactions of the dispute, in the currency that the account settles in. What
 * is with the bank is therefore told by their sign alone: all of the dispute, or nothing.
 */
#include "stripe.h"

#include <billfold/base/money.h>

enum { BOOKINGS_MAX = 20, REASON_MAX = 200 };

/* docs.stripe.com/api/disputes/object: status */
static bool
state_of(struct str status, enum dispute_state *ret)
{
	static const struct {
		const char *status;
		enum dispute_state state;
	} states[] = {
		{ "warning_needs_response", DISPUTE_INQUIRY },
		{ "warning_under_review", DISPUTE_INQUIRY },
		{ "warning_closed", DISPUTE_WON },
		{ "needs_response", DISPUTE_OPEN },
		{ "under_review", DISPUTE_OPEN },
		{ "won", DISPUTE_WON },
		{ "prevented", DISPUTE_WON },
		{ "lost", DISPUTE_LOST },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (str_eqz(status, states[i].status)) {
			*ret = states[i].state;
			return true;
		}
	}
	return false;
}

/* The bookings: their fees, and on whose side the money is. */
static bool
read_bookings(struct arena *a, struct json_object *list, struct dispute_seen *ret)
{
	size_t n = list ? json_object_array_length(list) : 0;
	struct processor_fee *fees = arena_array(a, n + 1, sizeof(*fees));
	int there = 0;

	if (n > BOOKINGS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		int64_t amount;

		if (!jval_int(one, "amount", &amount) || amount > MONEY_MAX || amount < -MONEY_MAX)
			return false;
		there += amount < 0 ? -1 : amount > 0;
		fees[ret->n_fees] = (struct processor_fee){ 0 };
		stripe_booking_fee(a, one, &fees[ret->n_fees]);
		if (fees[ret->n_fees].ref != NULL)
			ret->n_fees++;
	}
	ret->fees = fees;
	ret->withdrawn = there < 0; /* not by their sum: each was exchanged at a rate of its day */
	return true;
}

static bool
read_dispute(struct arena *a, struct json_object *o, const struct processor_query *q,
	     struct dispute_seen *ret)
{
	struct json_object *bookings = jval_get(o, "balance_transactions");
	struct str reason = jval_str_of(o, "reason");
	const char *charge = stripe_id(a, o, "payment_intent");
	int64_t there;

	*ret = (struct dispute_seen){ 0 };
	if (!stripe_is_id(jval_str_of(o, "id")) || charge == NULL || q->ref == NULL ||
	    strcmp(charge, q->ref) != 0 || !state_of(jval_str_of(o, "status"), &ret->state) ||
	    !stripe_currency_is(jval_str_of(o, "currency"), q->currency) ||
	    !jval_int(o, "amount", &there) ||
	    !stripe_amount_back(there, q->currency, q->exponent, &ret->amount) ||
	    ret->amount <= 0 ||
	    (bookings != NULL && !json_object_is_type(bookings, json_type_array)) ||
	    !read_bookings(a, bookings, ret))
		return false;
	ret->ref = stripe_id(a, o, "id");
	ret->reason = reason.len && reason.len <= REASON_MAX ? str_dup(a, reason) : NULL;
	return true;
}

int
stripe_dispute(const struct processor_env *env, struct arena *a, const char *ref,
	       const struct processor_query *q, struct dispute_seen *ret,
	       struct processor_trouble *trouble, struct err *err)
{
	struct stripe_request r = { .method = "GET" };
	struct stripe_answer answer;
	const char *charge;

	*ret = (struct dispute_seen){ 0 };
	if (ref == NULL || !stripe_is_id(str_from(ref)))
		return 0;
	r.path = arena_printf(a, "/v1/disputes/%s", ref);
	if (stripe_call(env, a, &r, &answer, trouble, err) < 0)
		return -1;
	if (answer.outcome != STRIPE_DONE || read_dispute(a, answer.body, q, ret))
		return 0;
	*ret = (struct dispute_seen){ 0 };
	/* Of another charge there is nothing to do; what makes no sense is asked for again. */
	charge = stripe_id(a, answer.body, "payment_intent");
	if (charge == NULL || q->ref == NULL || strcmp(charge, q->ref) == 0)
		return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
	return 0;
}
