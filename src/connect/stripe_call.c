/*
 * stripe_call.c - one call, and the judgement of its answer.
 *
 * What each answer says of the effect (docs.stripe.com/error-low-level, /api/idempotent_requests):
 *
 *	not sent              nothing was done
 *	200, an object        done
 *	402                   declined: done as far as it went, kept under the key
 *	429                   nothing was done; limits stand ahead of the keys
 *	401, 403              nothing was done: the account's key is not taken
 *	400, 404              nothing was done: the request is not possible
 *	400 idempotency_error the key was used with other bytes: unknown, and a fault of ours
 *	409                   the first request with this key still runs: unknown
 *	424, 5xx              unknown; kept under the key where the work had begun
 *	anything else         unknown
 */
#include "stripe.h"

#include <billfold/base/log.h>

enum { TIMEOUT_MS = 30000, ANSWER_MAX = 4 << 20 };

static int
send(const struct processor_env *env, struct arena *a, const struct stripe_request *q,
     struct net_answer *ret, struct err *err)
{
	const char *base =
	    env->settings && env->settings->stripe_url ? env->settings->stripe_url : STRIPE_URL;
	const struct net_header headers[] = {
		{ "Authorization",
		  arena_printf(a, "Bearer " STR_FMT, STR_ARG(env->account->api_key)) },
		{ "Stripe-Version", STRIPE_VERSION },
		{ "Content-Type", "application/x-www-form-urlencoded" },
		{ q->key ? "Idempotency-Key" : NULL, q->key },
		{ NULL, NULL },
	};
	const struct net_request r = {
		.method = q->method,
		.url = arena_printf(a, "%s%s", base, q->path),
		.headers = headers,
		.body = q->form ? sb_str(&q->form->sb) : (struct str){ "", 0 },
		.timeout_ms = env->settings && env->settings->timeout_ms ? env->settings->timeout_ms
									 : TIMEOUT_MS,
		.max_body = ANSWER_MAX,
		.allow_private = strcmp(base, STRIPE_URL) != 0,
	};

	return net_http(env->net, a, &r, ret, err);
}

static int
unknown(struct stripe_answer *ret, const char *why, bool answered)
{
	ret->outcome = STRIPE_UNKNOWN;
	ret->why = why;
	ret->answered = answered;
	return 0;
}

/* What Stripe says against a request that it did not carry out. */
static int
turned_away(const struct net_answer *n, struct processor_trouble *trouble, struct err *err)
{
	trouble->retry_after = n->retry_after;
	trouble->account = n->status != 429;
	trouble->forbidden = n->status == 403;
	if (n->status == 429)
		err_set(err, ERR_unavailable,
			"The processor takes no more requests at the moment.");
	else
		err_set(err, ERR_unavailable,
			"The processor does not take the key of this account.");
	err_cause(err, "stripe: status %d, request %s", n->status,
		  n->request_id ? n->request_id : "-");
	return -1;
}

/* An answer came: what it says. */
static int
judge(struct arena *a, const struct net_answer *n, bool get, struct stripe_answer *ret,
      struct processor_trouble *trouble, struct err *err)
{
	struct json_object *body = NULL;
	struct err bad = { 0 };
	struct str type;

	ret->status = n->status;
	if (n->status == 429 || n->status == 401 || n->status == 403)
		return turned_away(n, trouble, err);
	if (jscan_parse(a, n->body, &body, &bad) < 0 ||
	    !json_object_is_type(body, json_type_object))
		return unknown(ret, "no_object", n->status >= 500);
	if (n->status == 200) {
		ret->outcome = STRIPE_DONE;
		ret->body = body;
		return 0;
	}
	ret->error = jval_get(body, "error");
	if (n->status == 409)
		return unknown(ret, "in_progress", false);
	if (n->status == 424 || n->status >= 500)
		return unknown(ret, arena_printf(a, "http_%d", n->status), true);
	if (ret->error == NULL || !json_object_is_type(ret->error, json_type_object))
		return unknown(ret, "no_error", false);
	if (jval_str(ret->error, "type", &type) && str_eqz(type, "idempotency_error"))
		return unknown(ret, "key_reused", true);
	if (n->status == 402)
		ret->outcome = STRIPE_DECLINED;
	else if (n->status == 400 || n->status == 404 || (get && n->status < 500))
		ret->outcome = STRIPE_REFUSED;
	else
		return unknown(ret, arena_printf(a, "http_%d", n->status), false);
	return 0;
}

int
stripe_call(const struct processor_env *env, struct arena *a, const struct stripe_request *q,
	    struct stripe_answer *ret, struct processor_trouble *trouble, struct err *err)
{
	bool get = strcmp(q->method, "GET") == 0;
	struct net_answer n;

	*ret = (struct stripe_answer){ 0 };
	*trouble = (struct processor_trouble){ 0 };
	if (env->account == NULL || env->net == NULL)
		return err_set(err, ERR_internal, "This processor needs an account.");
	if (q->form && !sb_ok(&q->form->sb))
		return err_set(err, ERR_validation_failed,
			       "The request is too long for the processor.");
	if (send(env, a, q, &n, err) < 0) {
		if (get || !n.sent)
			return -1;
		unknown(ret, err->code == ERR_timeout ? "timeout" : "lost", false);
		err_clear(err);
	} else if (judge(a, &n, get, ret, trouble, err) < 0) {
		return -1;
	}
	if (ret->outcome == STRIPE_UNKNOWN && get) {
		err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
		err_cause(err, "stripe: %s %s: %s", q->method, q->path, ret->why);
		return -1;
	}
	if (ret->outcome == STRIPE_UNKNOWN)
		log_event(LOG_WARN, "the processor's answer says nothing", "path", q->path, "why",
			  ret->why, "key", q->key, "request", n.request_id ? n.request_id : "-",
			  NULL);
	return 0;
}
