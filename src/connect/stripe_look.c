/*
 * stripe_look.c - an attempt of ours among all that Stripe has: where an answer was lost there is
 * no id to ask by, and the attempt's own id, which the object bears, is looked for page by page,
 * newest first, as far back as the attempt was first sent.
 */
#include "stripe.h"

#include <inttypes.h>

enum { PAGES_MAX = 20, SKEW_S = 300 };

/* The one of this attempt, or the last id, from which the next page goes on. */
static const char *
find_on_page(struct arena *a, struct json_object *data, const char *key,
	     struct str (*attempt_of)(struct json_object *o), struct str *ret_last)
{
	for (size_t i = 0; i < json_object_array_length(data); i++) {
		struct json_object *one = json_object_array_get_idx(data, i);

		*ret_last = jval_str_of(one, "id");
		if (str_eqz(attempt_of(one), key) && stripe_is_id(*ret_last))
			return str_dup(a, *ret_last);
	}
	return NULL;
}

int
stripe_look(const struct processor_env *env, struct arena *a, const struct stripe_list *list,
	    const struct processor_query *q, const char **ret_ref, struct charge_result *ret,
	    struct err *err)
{
	struct str last = { 0 };
	bool more = true;

	*ret_ref = NULL;
	for (int page = 0; page < PAGES_MAX && more; page++) {
		struct stripe_request r = { .method = "GET" };
		struct stripe_answer answer;
		struct json_object *data;
		struct sb path;

		sb_init(&path, a, 1000);
		sb_addf(&path, "%s?limit=100&created%%5Bgte%%5D=%" PRId64, list->path,
			q->since > SKEW_S ? q->since - SKEW_S : 0);
		if (list->customer.len)
			sb_addf(&path, "&customer=" STR_FMT, STR_ARG(list->customer));
		if (last.len)
			sb_addf(&path, "&starting_after=" STR_FMT, STR_ARG(last));
		r.path = sb_z(&path);
		if (stripe_call(env, a, &r, &answer, &ret->trouble, err) < 0)
			return -1;
		data = jval_get(answer.body, "data");
		if (answer.outcome != STRIPE_DONE || !json_object_is_type(data, json_type_array))
			return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
		*ret_ref = find_on_page(a, data, q->key, list->attempt_of, &last);
		if (*ret_ref != NULL)
			return 0;
		more = false;
		jval_bool(answer.body, "has_more", &more);
		more = more && stripe_is_id(last);
	}
	if (more)
		return stripe_unknown(ret, "too_many_to_look_through", false);
	ret->state = CHARGE_ABSENT;
	return 0;
}
