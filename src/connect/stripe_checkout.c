/*
 * stripe_checkout.c - the payer pays on Stripe's own page: a Checkout Session of one attempt.
 *
 * A session is made under the attempt's id as its key, from what the attempt is alone, so that a
 * lost answer is had again by the same bytes. Its intent bears the attempt's id, as that of a
 * charge does: whoever pays there pays once. Open, it is the payer's turn; expired, nobody paid and
 * nobody can; complete, its intent tells. A card that is declined on the page is not the end: the
 * payer may take another one.
 */
#include "stripe.h"

#include <billfold/base/log.h>

enum { URL_MAX = 4000 };

#define EXPAND_SETUP "expand%5B%5D=setup_intent.payment_method&expand%5B%5D=setup_intent.mandate"
#define EXPAND                                                                                     \
	"expand%5B%5D=payment_intent.latest_charge.balance_transaction&"                           \
	"expand%5B%5D=payment_intent.latest_charge.failure_balance_transaction&"                   \
	"expand%5B%5D=payment_intent.payment_method"

/* NULL: the session is of this attempt, over what was asked for. */
static const char *
what_is_wrong(struct json_object *session, const struct processor_query *q, bool live)
{
	int64_t amount, wanted;
	bool mode;

	if (!stripe_is_id(jval_str_of(session, "id")))
		return "no_session";
	if (!str_eqz(jval_str_of(session, "client_reference_id"), q->key))
		return "wrong_attempt";
	if (!jval_bool(session, "livemode", &mode) || mode != live)
		return "wrong_mode";
	if (q->setup)
		return NULL;
	if (!jval_int(session, "amount_total", &amount) ||
	    !stripe_amount(q->amount, q->currency, q->exponent, &wanted) || amount != wanted)
		return "wrong_amount";
	if (!stripe_currency_is(jval_str_of(session, "currency"), q->currency))
		return "wrong_currency";
	return NULL;
}

/* Only an address that is a browser's to open, and no other scheme. */
static const char *
page_url(struct arena *a, struct str url)
{
	bool good = url.len <= URL_MAX &&
		    (str_starts(url, STR("https://")) || str_starts(url, STR("http://127.0.0.1:")));

	for (size_t i = 0; i < url.len; i++)
		good = good && url.p[i] > ' ' && url.p[i] < 127;
	return good ? str_dup(a, url) : NULL;
}

/* The intent by which a method is kept and nothing is paid. */
static void
setup_result(struct arena *a, struct json_object *intent, struct charge_result *ret)
{
	struct json_object *last = jval_get(intent, "last_setup_error");
	struct str status = jval_str_of(intent, "status");

	stripe_method_read(a, jval_get(intent, "payment_method"), &ret->method);
	stripe_mandate_read(a, jval_get(intent, "mandate"), &ret->method.mandate);
	if (str_eqz(status, "succeeded") && ret->method.token != NULL)
		ret->state = CHARGE_SUCCEEDED;
	else if (str_eqz(status, "processing"))
		ret->state = CHARGE_PENDING;
	else if (json_object_is_type(last, json_type_object))
		stripe_declined(a, last, ret);
	else
		stripe_unknown(ret, "wrong_status", false);
	ret->ref = stripe_id(a, intent, "id");
}

static void
session_result(struct arena *a, struct json_object *session, const struct processor_query *q,
	       bool live, struct charge_result *ret)
{
	struct json_object *intent =
	    jval_get(session, q->setup ? "setup_intent" : "payment_intent");
	struct str status = jval_str_of(session, "status");
	const char *ref, *wrong = what_is_wrong(session, q, live);

	if (wrong != NULL) {
		log_event(LOG_ERROR, "the processor's page is not about what was asked", "key",
			  q->key, "wrong", wrong, NULL);
		stripe_unknown(ret, wrong, false);
		return;
	}
	ref = str_dup(a, jval_str_of(session, "id"));
	if (str_eqz(status, "complete") && json_object_is_type(intent, json_type_object)) {
		if (q->setup) {
			setup_result(a, intent, ret);
		} else {
			stripe_intent_result(a, intent, q, live, ret);
			stripe_method_read(a, jval_get(intent, "payment_method"), &ret->method);
		}
	} else if (str_eqz(status, "open")) {
		ret->state = CHARGE_PENDING;
		ret->page_url = page_url(a, jval_str_of(session, "url"));
	} else if (str_eqz(status, "expired")) {
		ret->state = CHARGE_ABSENT;
	} else {
		stripe_unknown(ret, "wrong_status", false);
	}
	ret->page_ref = ref;
}

static void
fill_setup(struct form *f, struct arena *a, const struct checkout *c)
{
	form_init(f, a);
	form_addz(f, "mode", "setup");
	form_addz(f, "client_reference_id", c->key);
	form_addz(f, "success_url", c->return_url);
	form_addz(f, "cancel_url", c->return_url);
	form_add_int(f, "expires_at", c->expires);
	form_addz(f, "currency", stripe_currency(a, c->currency));
	form_addz(f, "customer_creation", "always");
	form_addz(f, "setup_intent_data[metadata][billfold_method]", c->key);
	form_addz(f, "metadata[billfold_method]", c->key);
}

static void
fill(struct form *f, struct arena *a, const struct checkout *c, int64_t amount)
{
	const char *name = arena_printf(a, "Invoice %s", c->reference ? c->reference : "");

	form_init(f, a);
	form_addz(f, "mode", "payment");
	form_addz(f, "client_reference_id", c->key);
	form_addz(f, "success_url", arena_printf(a, "%s?done", c->return_url));
	form_addz(f, "cancel_url", c->return_url);
	form_add_int(f, "expires_at", c->expires);
	form_add_int(f, "line_items[0][quantity]", 1);
	form_addz(f, "line_items[0][price_data][currency]", stripe_currency(a, c->currency));
	form_add_int(f, "line_items[0][price_data][unit_amount]", amount);
	form_addz(f, "line_items[0][price_data][product_data][name]", name);
	form_addz(f, "payment_intent_data[description]", name);
	form_addz(f, "payment_intent_data[statement_descriptor_suffix]",
		  stripe_statement_suffix(a, c->reference));
	form_addz(f, "payment_intent_data[metadata][billfold_attempt]", c->key);
	form_addz(f, "payment_intent_data[metadata][billfold_invoice]", c->reference);
	if (c->keep) {
		form_addz(f, "payment_intent_data[setup_future_usage]", "off_session");
		form_addz(f, "customer_creation", "always");
	}
	form_addz(f, "metadata[billfold_attempt]", c->key);
	form_addz(f, "metadata[billfold_invoice]", c->reference);
}

int
stripe_checkout(const struct processor_env *env, struct arena *a, const struct checkout *c,
		struct charge_result *ret, struct err *err)
{
	const struct processor_query q = {
		.key = c->key,
		.amount = c->amount,
		.currency = c->currency,
		.exponent = c->exponent,
		.setup = c->setup,
	};
	struct stripe_request r = { .method = "POST",
				    .path = "/v1/checkout/sessions",
				    .key = c->key };
	struct stripe_answer answer;
	struct form f;
	int64_t amount = 0;

	*ret = (struct charge_result){ .state = CHARGE_DECLINED, .decline_class = "hard" };
	if (!c->setup && !stripe_amount(c->amount, c->currency, c->exponent, &amount)) {
		ret->decline_code = "amount_not_payable";
		return 0;
	}
	if (c->setup)
		fill_setup(&f, a, c);
	else
		fill(&f, a, c, amount);
	r.form = &f;
	if (stripe_call(env, a, &r, &answer, &ret->trouble, err) < 0)
		return -1;
	switch (answer.outcome) {
	case STRIPE_DONE:
		ret->decline_class = NULL;
		session_result(a, answer.body, &q, env->account->live, ret);
		return 0;
	case STRIPE_DECLINED:
	case STRIPE_REFUSED:
		log_event(LOG_ERROR, "the processor refuses a page to pay on", "key", c->key,
			  "code", str_dup(a, jval_str_of(answer.error, "code")), "says",
			  str_dup(a, jval_str_of(answer.error, "message")), NULL);
		ret->decline_class = "soft";
		ret->decline_code = "page_refused";
		return 0;
	case STRIPE_UNKNOWN:
		break;
	}
	ret->decline_class = NULL;
	return stripe_unknown(ret, answer.why, answer.answered);
}

static struct str
attempt_of(struct json_object *session)
{
	return jval_str_of(session, "client_reference_id");
}

int
stripe_checkout_look(const struct processor_env *env, struct arena *a, const char *page_ref,
		     bool close, const struct processor_query *q, struct charge_result *ret,
		     struct err *err)
{
	const struct stripe_list list = { .path = "/v1/checkout/sessions",
					  .attempt_of = attempt_of };
	struct stripe_request look = { .method = "GET" };
	struct stripe_answer answer;

	*ret = (struct charge_result){ 0 };
	if (page_ref == NULL || !stripe_is_id(str_from(page_ref))) {
		if (stripe_look(env, a, &list, q, &page_ref, ret, err) < 0)
			return -1;
		if (page_ref == NULL)
			return 0;
	}
	if (close) {
		const struct stripe_request end = {
			.method = "POST",
			.path = arena_printf(a, "/v1/checkout/sessions/%s/expire", page_ref),
		};

		/* Refused: it is over already; lost: what is true is asked for now. */
		if (stripe_call(env, a, &end, &answer, &ret->trouble, err) < 0)
			return -1;
	}
	look.path = arena_printf(a, "/v1/checkout/sessions/%s?%s", page_ref,
				 q->setup ? EXPAND_SETUP : EXPAND);
	if (stripe_call(env, a, &look, &answer, &ret->trouble, err) < 0)
		return -1;
	if (answer.outcome != STRIPE_DONE)
		return stripe_unknown(ret, "no_session", true);
	session_result(a, answer.body, q, env->account->live, ret);
	if (!q->setup && ret->method.token != NULL)
		stripe_mandate_look(env, a,
				    jval_get(jval_get(answer.body, "payment_intent"),
					     "latest_charge"),
				    &ret->method.mandate);
	return 0;
}
