/*
 * one.h - a write of one object, for those that compose several.
 */
#ifndef BILLFOLD_RESOURCE_ONE_H
#define BILLFOLD_RESOURCE_ONE_H

#include <billfold/resource/write.h>

/* w with c, res, create, id, body and pointer set: gathered and prepared. Guards are body_guard's.
 */
int one_prepare(struct write *w, struct err *err);

/* Statements that archive (or delete), or restore, one that is there. */
void one_remove(struct call *c, struct flush *f, const struct resource *res, const char *id);
void one_restore(struct call *c, struct flush *f, const struct resource *res, const char *id);

#endif
