/*
 * resource/cursor.h - where a list goes on: opaque, signed, good for one list alone.
 */
#ifndef BILLFOLD_RESOURCE_CURSOR_H
#define BILLFOLD_RESOURCE_CURSOR_H

#include <billfold/resource.h>

struct cursor {
	const char *id;
	const char *key; /* the sort key's text; NULL: the row has none, and lies among the last */
};

/* context: all that the list depends on (tenant, resource, condition with its values, order). */
const char *cursor_write(struct call *c, const struct cursor *cur, struct str context);
/* False where it is not one of ours, or another list's. */
bool cursor_read(struct call *c, struct str text, struct str context, struct cursor *ret);

#endif
