/*
 * stripe_refund.c - money of a PaymentIntent that goes back; what was given back of one.
 *
 * Our refund's id is the key and stands in the refund's metadata, so that one whose answer was lost
 * is found in the list of the intent's refunds (lists are read after write). A refund is believed
 * when amount and currency are those that were asked for; it names no mode of its own.
 */
#include "stripe.h"

#include <billfold/base/log.h>

enum { PAGES_MAX = 20 };

typedef VEC(struct refund_seen) seen_vec;

static void
state_of(struct arena *a, struct json_object *refund, struct charge_result *ret)
{
	struct str status = jval_str_of(refund, "status"),
		   why = jval_str_of(refund, "failure_reason");

	if (str_eqz(status, "succeeded")) {
		ret->state = CHARGE_SUCCEEDED;
	} else if (str_eqz(status, "failed") || str_eqz(status, "canceled")) {
		ret->state = CHARGE_DECLINED;
		ret->decline_code = str_dup(a, why.len ? why : status);
	} else if (str_eqz(status, "pending") || str_eqz(status, "requires_action")) {
		ret->state = CHARGE_PENDING;
	} else {
		ret->state = CHARGE_UNKNOWN;
		ret->decline_code = "wrong_status";
	}
}

static bool
read_refund(struct arena *a, struct json_object *refund, const char *currency, int exponent,
	    struct refund_seen *ret)
{
	struct str key = jval_str_of(jval_get(refund, "metadata"), "billfold_refund");
	struct uuid id;
	int64_t there;

	*ret = (struct refund_seen){ 0 };
	if (!stripe_is_id(jval_str_of(refund, "id")))
		return false;
	if (uuid_parse(key, &id))
		ret->key = arena_strdup(a, id.z);
	state_of(a, refund, &ret->is);
	ret->is.ref = stripe_id(a, refund, "id");
	stripe_fee(a, refund, &ret->is.fee);
	stripe_booking_fee(a, jval_get(refund, "failure_balance_transaction"),
			   &ret->is.failure_fee);
	if (!stripe_currency_is(jval_str_of(refund, "currency"), currency) ||
	    !jval_int(refund, "amount", &there) ||
	    !stripe_amount_back(there, currency, exponent, &ret->amount))
		ret->amount = 0;
	return true;
}

static int
take_answer(struct arena *a, const struct stripe_answer *answer, const struct refund *r,
	    struct charge_result *ret)
{
	struct refund_seen seen;

	switch (answer->outcome) {
	case STRIPE_DONE:
		if (!read_refund(a, answer->body, r->currency, r->exponent, &seen) ||
		    seen.key == NULL || strcmp(seen.key, r->key) != 0 || seen.amount != r->amount) {
			log_event(LOG_ERROR, "the processor's answer is not about what was asked",
				  "key", r->key, NULL);
			*ret = (struct charge_result){ .state = CHARGE_UNKNOWN,
						       .decline_code = "wrong_refund" };
		} else {
			*ret = seen.is;
		}
		return 0;
	case STRIPE_DECLINED:
	case STRIPE_REFUSED:
		ret->state = CHARGE_DECLINED;
		ret->decline_code = str_dup(a, jval_str_of(answer->error, "code"));
		if (*ret->decline_code == '\0')
			ret->decline_code = "refused";
		return 0;
	case STRIPE_UNKNOWN:
		break;
	}
	ret->state = CHARGE_UNKNOWN;
	ret->decline_code = answer->why;
	ret->answered = answer->answered;
	return 0;
}

int
stripe_refund(const struct processor_env *env, struct arena *a, const struct refund *r,
	      struct charge_result *ret, struct err *err)
{
	struct stripe_request q = { .method = "POST", .path = "/v1/refunds", .key = r->key };
	struct stripe_answer answer;
	struct form f;
	int64_t amount;

	*ret = (struct charge_result){ .state = CHARGE_DECLINED, .decline_code = "no_charge" };
	if (r->charge_ref == NULL || !stripe_is_id(str_from(r->charge_ref)))
		return 0;
	ret->decline_code = "amount_not_payable";
	if (!stripe_amount(r->amount, r->currency, r->exponent, &amount))
		return 0;
	form_init(&f, a);
	form_addz(&f, "payment_intent", r->charge_ref);
	form_add_int(&f, "amount", amount);
	form_addz(&f, "metadata[billfold_refund]", r->key);
	form_addz(&f, "expand[]", "balance_transaction");
	q.form = &f;
	*ret = (struct charge_result){ 0 };
	if (stripe_call(env, a, &q, &answer, &ret->trouble, err) < 0)
		return -1;
	return take_answer(a, &answer, r, ret);
}

/* A page of refunds onto the list. */
static int
read_page(struct arena *a, struct json_object *page, const struct processor_query *q,
	  seen_vec *list, struct str *ret_last, bool *ret_more, struct err *err)
{
	struct json_object *data = jval_get(page, "data");

	if (!json_object_is_type(data, json_type_array) || !jval_bool(page, "has_more", ret_more))
		return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
	for (size_t i = 0; i < json_object_array_length(data); i++) {
		struct json_object *one = json_object_array_get_idx(data, i);

		if (!read_refund(a, one, q->currency, q->exponent, vec_push(a, list)))
			return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
		*ret_last = jval_str_of(one, "id");
	}
	*ret_more = *ret_more && json_object_array_length(data) > 0;
	return 0;
}

int
stripe_refunds(const struct processor_env *env, struct arena *a, const struct processor_query *q,
	       struct refunds_seen *ret, struct processor_trouble *trouble, struct err *err)
{
	struct str last = { 0 };
	seen_vec list = { 0 };
	bool more = true;

	*ret = (struct refunds_seen){ 0 };
	if (q->ref == NULL || !stripe_is_id(str_from(q->ref)))
		return 0;
	for (int page = 0; more; page++) {
		struct stripe_request r = { .method = "GET" };
		struct stripe_answer answer;

		/* Whoever cannot read them all knows of none that is missing. */
		if (page == PAGES_MAX)
			return err_set(err, ERR_bad_gateway, "The charge has too many refunds.");
		r.path = arena_printf(a,
				      "/v1/refunds?limit=100&payment_intent=%s&expand%%5B%%5D=data."
				      "balance_transaction&expand%%5B%%5D=data."
				      "failure_balance_transaction%s" STR_FMT,
				      q->ref, last.len ? "&starting_after=" : "", STR_ARG(last));
		if (stripe_call(env, a, &r, &answer, trouble, err) < 0)
			return -1;
		if (answer.outcome != STRIPE_DONE)
			return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
		if (read_page(a, answer.body, q, &list, &last, &more, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < list.n / 2; i++) {
		struct refund_seen one = list.v[i];

		list.v[i] = list.v[list.n - 1 - i];
		list.v[list.n - 1 - i] = one;
	}
	ret->v = list.v;
	ret->n = list.n;
	return 0;
}
