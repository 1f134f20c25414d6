/*
 * bulk.h - an action over many, as door and run know it.
 */
#ifndef BILLFOLD_RESOURCE_BULK_H
#define BILLFOLD_RESOURCE_BULK_H

#include "work.h"

enum bulk_kind {
	BULK_ACTION, /* one of the resource's own */
	BULK_PATCH,  /* the parameters are a merge patch */
	BULK_DELETE, /* archives, or deletes */
	BULK_RESTORE
};

struct bulk {
	const struct resource *res;
	enum bulk_kind kind;
	const struct action *action;
	enum perm perm; /* what it takes */
};

/* By its word; false where the resource does not offer it. */
bool bulk_find(const struct resource *res, struct str name, struct bulk *ret);
/* The words, in order, ended by NULL. */
const char *const *bulk_words(struct arena *a, const struct resource *res);

#endif
