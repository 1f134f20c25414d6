/*
 * stripe_id.c - ids of Stripe's: letters, digits and underscores, so that they can stand in a path
 * and be stored. Whatever else an answer calls an id is none.
 */
#include "stripe.h"

enum { ID_MAX = 255 };

bool
stripe_is_id(struct str s)
{
	if (s.len == 0 || s.len > ID_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
			return false;
	return true;
}

const char *
stripe_id(struct arena *a, struct json_object *o, const char *key)
{
	struct json_object *v = jval_get(o, key);
	struct str s;

	if (v != NULL && json_object_is_type(v, json_type_object) ? jval_str(v, "id", &s)
								  : jval_str(o, key, &s))
		return stripe_is_id(s) ? str_dup(a, s) : NULL;
	return NULL;
}
