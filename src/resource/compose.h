/*
 * compose.h - sound writes as statements of one flush.
 */
#ifndef BILLFOLD_RESOURCE_COMPOSE_H
#define BILLFOLD_RESOURCE_COMPOSE_H

#include <billfold/resource/write.h>

enum { SQL_MAX = 65536 };

/*
 * The row is there (404), has one of these versions (bigint[] text; NULL: any; else 412) and, where
 * `live`, is not archived (409). Locks it. pointer names it in a request of several; NULL: the only
 * one.
 */
void compose_expect(struct flush *f, struct arena *a, const struct resource *res, const char *id,
		    const char *versions, bool live, const char *pointer);
/* An event of the object with its version as it is by then. */
void compose_event(struct flush *f, struct arena *a, const struct resource *res, const char *id,
		   const char *type, const char *data);
/* Everything between entering and answering, in order: guards, row, children, ids, values, events.
 */
void compose_write(struct write *w, struct flush *f);
/* Of it only that what it names is there. */
void compose_looks(struct write *w, struct flush *f);
/* The same for many of one resource, as a set: a part of all before the next part of any. */
void compose_set(struct write *const *writes, size_t n, struct flush *f);

/* The ids of other systems that a write names, in its order. */
void compose_pairs(const struct write *w, struct pg_array *systems, struct pg_array *ids);

#endif
