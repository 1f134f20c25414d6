/*
 * stripe_account.c - whose key it is.
 *
 * The account says its own id; a restricted key may not ask for that. Then an intent is the
 * witness: an account knows its own and no others.
 */
#include "stripe.h"

/* 1: answered; 0: this key may not ask that; the key is refused as a whole: NOT_TAKEN. */
static int
ask(const struct processor_env *env, struct arena *a, const char *path, struct stripe_answer *ret,
    struct processor_identity *who, struct processor_trouble *trouble, struct err *err)
{
	const struct stripe_request r = { .method = "GET", .path = path };

	if (stripe_call(env, a, &r, ret, trouble, err) == 0)
		return 1;
	if (!trouble->account)
		return -1;
	err_clear(err);
	if (!trouble->forbidden)
		who->is = IDENTITY_NOT_TAKEN;
	return 0;
}

int
stripe_identify(const struct processor_env *env, struct arena *a, const char *known,
		const char *witness, struct processor_identity *ret,
		struct processor_trouble *trouble, struct err *err)
{
	struct stripe_answer answer = { 0 };
	int rc;

	*ret = (struct processor_identity){ .is = IDENTITY_NOT_TOLD };
	rc = ask(env, a, "/v1/account", &answer, ret, trouble, err);
	if (rc < 0 || ret->is == IDENTITY_NOT_TAKEN)
		return rc < 0 ? -1 : 0;
	if (rc > 0 && answer.outcome == STRIPE_DONE)
		ret->ref = stripe_id(a, answer.body, "id");
	if (ret->ref != NULL && known != NULL) {
		ret->is = strcmp(ret->ref, known) == 0 ? IDENTITY_SAME : IDENTITY_OTHER;
		return 0;
	}
	if (witness == NULL || !stripe_is_id(str_from(witness)))
		return 0;
	rc = ask(env, a, arena_printf(a, "/v1/payment_intents/%s", witness), &answer, ret, trouble,
		 err);
	if (rc > 0)
		ret->is = answer.outcome == STRIPE_DONE ? IDENTITY_SAME : IDENTITY_OTHER;
	return rc < 0 ? -1 : 0;
}
