/*
 * mended.c - what could not be billed may be mended by a change of its account, of a contact or a
 * location of that, or of the subscription itself: it is tried again after that change.
 *
 * A reaction of the registry. Whether the change mends it is for the run to say.
 */
#include "batch.h"

#include <billfold/resource/write.h>

int
mended_retry(struct call *c, struct write *w, struct err *err)
{
	const char **params = arena_array(c->arena, 2, sizeof(*params));

	(void)err;
	params[0] = w->res->name;
	params[1] = w->id;
	*vec_push(c->arena, &w->after) = (struct write_stmt){
		.sql = "SELECT billing.park_retry($1, $2)",
		.n = 2,
		.params = params,
	};
	return 0;
}
