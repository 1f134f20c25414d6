/*
 * confirm.c - the password of who has signed in, before something that a stolen session must not
 * do.
 *
 * Tries are counted for the person, whatever they are for: who has the session guesses no longer
 * here than at the door.
 */
#include "person.h"
#include "throttle.h"

#include <billfold/auth/deny.h>

static const struct rate_limit by_user = { "password", 10, 1800 };

int
person_confirm(struct call *c, struct person *ret, struct str password, const char *pointer,
	       struct err *err)
{
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };
	bool right;

	if (person_read(c, &c->who, ret, err) < 0)
		return -1;
	throttle_add(&throttle, &by_user,
		     arena_printf(c->arena, "pw:%s:%s", ret->tenant.z, ret->user.z));
	if (throttle_take(&throttle, err) < 0 || person_password(c, ret, password, &right, err) < 0)
		return -1;
	if (right) {
		throttle_give_back(&throttle);
		return 0;
	}
	deny_record(c->app->db, c->arena, &c->who, "password.confirm", "auth.app_user", ret->user.z,
		    "The password was not right.");
	return err_field(err, c->arena, pointer, "invalid", "This is not your password.");
}
