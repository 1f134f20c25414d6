/*
 * stripe_charge.c - a charge is a PaymentIntent that is confirmed at once; what became of one.
 *
 * The payer is not at our side of the wire: whatever would need them fails with a code
 * (error_on_requires_action), and methods that lead elsewhere are left out. An attempt's id is the
 * key and stands in the intent's metadata, so that an intent whose answer was lost is found: by its
 * own id where we know it, else among those made since it was first sent (lists are read after
 * write, the search is not and is left alone).
 *
 * An answer is believed when amount, currency, mode and attempt are those that were asked for.
 * Another one changes nothing here: it is unknown, and somebody is told by the log.
 */
#include "stripe.h"

#include <billfold/base/log.h>
#include <billfold/base/money.h>

enum { SUFFIX_MAX = 7 };

int
stripe_unknown(struct charge_result *ret, const char *why, bool answered)
{
	ret->state = CHARGE_UNKNOWN;
	ret->decline_code = why;
	ret->answered = answered;
	return 0;
}

void
stripe_booking_fee(struct arena *a, struct json_object *booking, struct processor_fee *ret)
{
	struct str currency = jval_str_of(booking, "currency");
	struct processor_fee fee = { 0 };
	int64_t there;

	if (!stripe_is_id(jval_str_of(booking, "id")) || !jval_int(booking, "fee", &there) ||
	    !stripe_minor(a, there, currency, &fee.amount, &fee.currency))
		return;
	/* By the amount and not by exchange_rate: that is a number of binary floating point. */
	if (jval_int(booking, "amount", &there) && there <= MONEY_MAX && there >= -MONEY_MAX &&
	    !stripe_minor(a, there < 0 ? -there : there, currency, &fee.settled, &fee.currency))
		fee.settled = 0;
	if (there < 0)
		fee.settled = -fee.settled;
	fee.ref = str_dup(a, jval_str_of(booking, "id"));
	*ret = fee;
}

void
stripe_fee(struct arena *a, struct json_object *charge, struct processor_fee *ret)
{
	stripe_booking_fee(a, jval_get(charge, "balance_transaction"), ret);
}

int
stripe_declined(struct arena *a, struct json_object *error, struct charge_result *ret)
{
	struct str code = jval_str_of(error, "code"), decline = jval_str_of(error, "decline_code");
	struct decline d = stripe_decline(code, decline, jval_str_of(error, "advice_code"));

	ret->state = CHARGE_DECLINED;
	ret->decline_class = d.class;
	ret->ends_method = d.ends_method;
	ret->decline_code = str_dup(a, decline.len ? decline : code.len ? code : STR("declined"));
	return 0;
}

/* NULL: the intent is of this attempt, over what was asked for. */
static const char *
what_is_wrong(struct json_object *intent, const struct processor_query *q, bool live)
{
	int64_t amount, wanted;
	bool mode;

	if (!stripe_is_id(jval_str_of(intent, "id")))
		return "no_intent";
	if (!str_eqz(jval_str_of(jval_get(intent, "metadata"), "billfold_attempt"), q->key))
		return "wrong_attempt";
	if (!jval_int(intent, "amount", &amount) ||
	    !stripe_amount(q->amount, q->currency, q->exponent, &wanted) || amount != wanted)
		return "wrong_amount";
	if (!stripe_currency_is(jval_str_of(intent, "currency"), q->currency))
		return "wrong_currency";
	if (!jval_bool(intent, "livemode", &mode) || mode != live)
		return "wrong_mode";
	return NULL;
}

/*
 * Of a debit that fails days later the intent says no more than that it failed; why, its charge
 * does.
 */
static void
bank_says(struct arena *a, struct json_object *charge, struct charge_result *ret)
{
	struct str code = jval_str_of(charge, "failure_code");
	struct decline d = stripe_decline(code, code, (struct str){ 0 });

	if (code.len == 0 ||
	    strcmp(ret->decline_code, "payment_intent_payment_attempt_failed") != 0)
		return;
	ret->decline_class = d.class;
	ret->ends_method = d.ends_method;
	ret->decline_code = str_dup(a, code);
}

void
stripe_intent_result(struct arena *a, struct json_object *intent, const struct processor_query *q,
		     bool live, struct charge_result *ret)
{
	struct json_object *charge = jval_get(intent, "latest_charge"), *last;
	struct str status = jval_str_of(intent, "status");
	const char *wrong = what_is_wrong(intent, q, live);
	int64_t received, amount;

	if (wrong != NULL) {
		stripe_unknown(ret, wrong, false);
		return;
	}
	ret->ref = stripe_id(a, intent, "id");
	if (json_object_is_type(charge, json_type_object)) {
		stripe_fee(a, charge, &ret->fee);
		stripe_way(a, charge, ret);
	}
	last = jval_get(intent, "last_payment_error");
	if (str_eqz(status, "succeeded")) {
		if (!jval_int(intent, "amount_received", &received) ||
		    !jval_int(intent, "amount", &amount) || received != amount)
			stripe_unknown(ret, "wrong_amount", false);
		else
			ret->state = CHARGE_SUCCEEDED;
	} else if (str_eqz(status, "processing")) {
		ret->state = CHARGE_PROCESSING;
	} else if (str_eqz(status, "canceled")) {
		*ret = (struct charge_result){ .state = CHARGE_DECLINED,
					       .ref = ret->ref,
					       .decline_class = "soft",
					       .decline_code = "canceled" };
	} else if (json_object_is_type(last, json_type_object)) {
		stripe_declined(a, last, ret);
		bank_says(a, charge, ret);
		stripe_booking_fee(a, jval_get(charge, "failure_balance_transaction"),
				   &ret->failure_fee);
	} else if (str_eqz(status, "requires_payment_method") ||
		   str_eqz(status, "requires_action") || str_eqz(status, "requires_confirmation")) {
		ret->state = CHARGE_PENDING; /* the payer's turn */
	} else {
		stripe_unknown(ret, "wrong_status", false);
	}
}

/* "pm_1" or "pm_1@cus_1" */
bool
stripe_token_parts(struct str token, struct str *ret_method, struct str *ret_customer)
{
	*ret_method = str_cut(token, '@', ret_customer);
	return stripe_is_id(*ret_method) && (ret_customer->len == 0 || stripe_is_id(*ret_customer));
}

/*
 * What the payer's statement shows behind the seller's own name: together at most 22 characters, of
 * which the name takes up to 10 and its separator 2; one letter at least. The end of the invoice's
 * number is what tells invoices apart.
 */
const char *
stripe_statement_suffix(struct arena *a, const char *reference)
{
	char end[SUFFIX_MAX + 1];
	size_t n = 0;

	for (const char *c = reference; c && *c; c++) {
		bool keep = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= 'a' && *c <= 'z');

		if (!keep) {
			n = 0;
			continue;
		}
		if (n == SUFFIX_MAX)
			memmove(end, end + 1, --n);
		end[n++] = *c;
	}
	end[n] = '\0';
	return n ? arena_printf(a, "No %s", end) : NULL;
}

/*
 * A bank account is not debited without its owner's mandate, which ends with a debit that came
 * back: the refusal has no code of its own, and leaves an intent that has yet to be confirmed.
 */
static bool
lacks_mandate(struct json_object *error)
{
	return jval_get(error, "code") == NULL &&
	       str_eqz(jval_str_of(jval_get(error, "payment_intent"), "status"),
		       "requires_confirmation");
}

int
stripe_charge(const struct processor_env *env, struct arena *a, const struct charge *c,
	      struct charge_result *ret, struct err *err)
{
	const struct processor_query q = {
		.key = c->key, .amount = c->amount, .currency = c->currency, .exponent = c->exponent
	};
	struct stripe_request r = { .method = "POST",
				    .path = "/v1/payment_intents",
				    .key = c->key };
	struct stripe_answer answer;
	struct str method, customer;
	struct form f;
	int64_t amount;

	*ret = (struct charge_result){ .state = CHARGE_DECLINED, .decline_class = "hard" };
	if (!stripe_token_parts(c->token, &method, &customer)) {
		ret->decline_code = "invalid_token";
		ret->ends_method = true;
		return 0;
	}
	if (!stripe_amount(c->amount, c->currency, c->exponent, &amount)) {
		ret->decline_code = "amount_not_payable";
		return 0;
	}
	form_init(&f, a);
	form_add_int(&f, "amount", amount);
	form_addz(&f, "currency", stripe_currency(a, c->currency));
	form_addz(&f, "confirm", "true");
	form_add(&f, "payment_method", method);
	if (customer.len)
		form_add(&f, "customer", customer);
	if (c->off_session)
		form_addz(&f, "off_session", "true");
	form_addz(&f, "error_on_requires_action", "true");
	form_addz(&f, "automatic_payment_methods[enabled]", "true");
	form_addz(&f, "automatic_payment_methods[allow_redirects]", "never");
	if (c->reference)
		form_addz(&f, "description", arena_printf(a, "Invoice %s", c->reference));
	form_addz(&f, "statement_descriptor_suffix", stripe_statement_suffix(a, c->reference));
	form_addz(&f, "metadata[billfold_attempt]", c->key);
	form_addz(&f, "metadata[billfold_invoice]", c->reference);
	form_addz(&f, "expand[]", "latest_charge.balance_transaction");
	r.form = &f;
	if (stripe_call(env, a, &r, &answer, &ret->trouble, err) < 0)
		return -1;
	ret->decline_class = NULL;
	switch (answer.outcome) {
	case STRIPE_DONE:
		stripe_intent_result(a, answer.body, &q, env->account->live, ret);
		if (ret->state == CHARGE_UNKNOWN)
			log_event(LOG_ERROR, "the processor's answer is not about what was asked",
				  "key", c->key, "wrong", ret->decline_code, NULL);
		return 0;
	case STRIPE_DECLINED:
		ret->ref = stripe_id(a, answer.error, "payment_intent");
		return stripe_declined(a, answer.error, ret);
	case STRIPE_REFUSED:
		log_event(LOG_ERROR, "the processor refuses a charge", "key", c->key, "code",
			  str_dup(a, jval_str_of(answer.error, "code")), "says",
			  str_dup(a, jval_str_of(answer.error, "message")), NULL);
		stripe_declined(a, answer.error, ret);
		if (lacks_mandate(answer.error)) {
			ret->decline_class = "hard";
			ret->decline_code = "mandate_missing";
			ret->ends_method = true;
		}
		return 0;
	case STRIPE_UNKNOWN:
		break;
	}
	return stripe_unknown(ret, answer.why, answer.answered);
}

static struct str
attempt_of(struct json_object *intent)
{
	return jval_str_of(jval_get(intent, "metadata"), "billfold_attempt");
}

int
stripe_lookup(const struct processor_env *env, struct arena *a, const struct processor_query *q,
	      struct charge_result *ret, struct err *err)
{
	struct stripe_request r = { .method = "GET" };
	struct stripe_answer answer;
	struct stripe_list list = { .path = "/v1/payment_intents", .attempt_of = attempt_of };
	struct str method;
	const char *ref = q->ref;

	*ret = (struct charge_result){ 0 };
	if (ref == NULL || !stripe_is_id(str_from(ref))) {
		stripe_token_parts(q->token, &method, &list.customer);
		if (stripe_look(env, a, &list, q, &ref, ret, err) < 0)
			return -1;
		if (ref == NULL)
			return 0;
	}
	r.path =
	    arena_printf(a,
			 "/v1/payment_intents/%s?expand%%5B%%5D=latest_charge.balance_transaction"
			 "&expand%%5B%%5D=latest_charge.failure_balance_transaction",
			 ref);
	if (stripe_call(env, a, &r, &answer, &ret->trouble, err) < 0)
		return -1;
	if (answer.outcome == STRIPE_DONE)
		stripe_intent_result(a, answer.body, q, env->account->live, ret);
	else
		ret->state = CHARGE_ABSENT;
	return 0;
}
