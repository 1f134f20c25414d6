/*
 * stripe_poll.c - the list of Stripe's events, for what no webhook told.
 *
 * Newest first by nature; read onwards from the last event that is known, a page a call, and handed
 * on oldest first. Where none is known, all pages down to a moment are one answer. Only the types
 * that mean something here are asked for. Stripe keeps events for 30 days: an older place to go on
 * from is lost, and the question begins anew.
 */
#include "stripe.h"

#include <inttypes.h>

enum { PAGE = 100, PATH_LEN = 2000, FIRST_PAGES = 50 };

typedef VEC(struct processor_event) event_vec;

static const char *
path_of(struct arena *a, const char *cursor, const char *value, int64_t since)
{
	struct sb path;

	sb_init(&path, a, PATH_LEN);
	sb_addf(&path, "/v1/events?limit=%d", PAGE);
	for (size_t i = 0; stripe_event_type(i) != NULL; i++)
		sb_addf(&path, "&types%%5B%%5D=%s", stripe_event_type(i));
	if (since > 0)
		sb_addf(&path, "&created%%5Bgte%%5D=%" PRId64, since);
	if (value != NULL)
		sb_addf(&path, "&%s=%s", cursor, value);
	return sb_z(&path);
}

/* One page behind what the list holds, newest first. 1: read; 0: Stripe does not know the place. */
static int
take_page(const struct processor_env *env, struct arena *a, const char *path, event_vec *list,
	  bool *ret_more, struct processor_trouble *trouble, struct err *err)
{
	const struct stripe_request r = { .method = "GET", .path = path };
	struct json_object *data;
	struct stripe_answer answer;

	if (stripe_call(env, a, &r, &answer, trouble, err) < 0)
		return -1;
	if (answer.outcome != STRIPE_DONE)
		return 0;
	data = jval_get(answer.body, "data");
	if (!json_object_is_type(data, json_type_array) ||
	    !jval_bool(answer.body, "has_more", ret_more))
		return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
	for (size_t i = 0; i < json_object_array_length(data); i++)
		if (!stripe_event_read(a, json_object_array_get_idx(data, i), vec_push(a, list)))
			return err_set(err, ERR_bad_gateway, "The processor gave no sound answer.");
	return 1;
}

static void
turn_round(event_vec *list)
{
	for (size_t i = 0; i < list->n / 2; i++) {
		struct processor_event e = list->v[i];

		list->v[i] = list->v[list->n - 1 - i];
		list->v[list->n - 1 - i] = e;
	}
}

int
stripe_events(const struct processor_env *env, struct arena *a, const char *after, int64_t since,
	      struct processor_events *ret, struct processor_trouble *trouble, struct err *err)
{
	event_vec list = { 0 };
	bool more = false;
	int rc;

	*ret = (struct processor_events){ 0 };
	if (after != NULL) {
		rc = take_page(env, a, path_of(a, "ending_before", after, 0), &list, &more, trouble,
			       err);
		ret->lost = rc == 0;
		ret->more = more && list.n > 0;
	} else {
		rc = take_page(env, a, path_of(a, NULL, NULL, since), &list, &more, trouble, err);
		for (int i = 1; rc > 0 && more && list.n > 0 && i < FIRST_PAGES; i++)
			rc = take_page(env, a,
				       path_of(a, "starting_after", list.v[list.n - 1].ref, since),
				       &list, &more, trouble, err);
		if (rc == 0)
			return err_set(err, ERR_bad_gateway,
				       "The processor does not list its events.");
	}
	if (rc < 0)
		return -1;
	turn_round(&list);
	ret->v = list.v;
	ret->n = list.n;
	return 0;
}
