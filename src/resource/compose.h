/*
 * compose.h - a sound write as statements of one flush.
 */
#ifndef BILLFOLD_RESOURCE_COMPOSE_H
#define BILLFOLD_RESOURCE_COMPOSE_H

#include <billfold/resource/write.h>

enum { SQL_MAX = 65536 };

/* versions: bigint[] text of those that the caller may have seen; NULL: any. Locks the row. */
void compose_expect(struct flush *f, struct arena *a, const struct resource *res, const char *id,
		    const char *versions, bool live);
/* Everything between entering and answering, in order: guards, row, children, ids, values, events.
 */
void compose_write(struct write *w, struct flush *f);

#endif
