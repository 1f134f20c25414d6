/*
 * stripe_mandate.c - what the owner of a bank account has agreed to: the reference under which
 * their bank knows it, the scheme, when, and where it can be read
 * (docs.stripe.com/api/mandates/object). One that is inactive was refused or taken back, and is so
 * for good.
 */
#include "stripe.h"

#include <billfold/base/log.h>

enum { REFERENCE_MAX = 100, URL_MAX = 2000 };

/* Printable, without blanks at its ends; NULL: not. */
static const char *
printable(struct arena *a, struct str s, size_t max)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] > '~')
			return NULL;
	}
	return s.len && s.len <= max ? str_dup(a, s) : NULL;
}

static const char *
status_of(struct json_object *mandate)
{
	static const char *const known[] = { "active", "pending", "inactive" };
	struct str status = jval_str_of(mandate, "status");

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eqz(status, known[i]))
			return known[i];
	return NULL;
}

void
stripe_mandate_read(struct arena *a, struct json_object *mandate, struct mandate_seen *ret)
{
	struct json_object *details = jval_get(mandate, "payment_method_details"), *facts;
	struct str type = jval_str_of(details, "type"), url;
	int64_t at;

	*ret = (struct mandate_seen){ 0 };
	if (!stripe_is_id(jval_str_of(mandate, "id")) || type.len == 0 ||
	    !stripe_type_is_debit(type))
		return;
	facts = jval_get(details, str_dup(a, type));
	url = jval_str_of(facts, "url");
	ret->scheme = str_dup(a, type);
	ret->status = status_of(mandate);
	ret->reference = printable(a, jval_str_of(facts, "reference"), REFERENCE_MAX);
	if (str_starts(url, STR("https://")))
		ret->url = printable(a, url, URL_MAX);
	if (jval_int(jval_get(mandate, "customer_acceptance"), "accepted_at", &at) && at > 0)
		ret->accepted_at = at;
}

int
stripe_mandate(const struct processor_env *env, struct arena *a, const char *ref,
	       struct mandate_seen *ret, struct processor_trouble *trouble, struct err *err)
{
	struct stripe_request r = { .method = "GET" };
	struct stripe_answer answer;

	*ret = (struct mandate_seen){ 0 };
	if (ref == NULL || !stripe_is_id(str_from(ref)))
		return 0;
	r.path = arena_printf(a, "/v1/mandates/%s", ref);
	if (stripe_call(env, a, &r, &answer, trouble, err) < 0)
		return -1;
	if (answer.outcome == STRIPE_DONE)
		stripe_mandate_read(a, answer.body, ret);
	return 0;
}

/* A debit's charge names its mandate, which is to be asked for. It may be kept from our key: then
 * nothing is known of it, and the charge is what it is. */
void
stripe_mandate_look(const struct processor_env *env, struct arena *a, struct json_object *charge,
		    struct mandate_seen *ret)
{
	struct json_object *details = jval_get(charge, "payment_method_details");
	struct str type = jval_str_of(details, "type");
	struct processor_trouble trouble = { 0 };
	struct err err = { 0 };
	const char *id;

	*ret = (struct mandate_seen){ 0 };
	if (!stripe_type_is_debit(type))
		return;
	id = stripe_id(a, jval_get(details, str_dup(a, type)), "mandate");
	if (id == NULL)
		return;
	if (stripe_mandate(env, a, id, ret, &trouble, &err) < 0 || ret->scheme == NULL)
		log_event(LOG_WARN, "a mandate cannot be read", "mandate", id, NULL);
}
