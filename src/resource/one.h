/*
 * one.h - a write of one object, for those that compose several.
 */
#ifndef BILLFOLD_RESOURCE_ONE_H
#define BILLFOLD_RESOURCE_ONE_H

#include <billfold/resource/write.h>

/* w with c, res, create, id, body and pointer set: gathered and prepared. Guards are body_guard's.
 */
int one_prepare(struct write *w, struct err *err);

/*
 * Deciding anew. one_moved: what a write was decided on has moved meanwhile, or two waited for each
 * other; nothing has happened. one_again: the same, and it is worth another try, which begins by
 * one_open: f, begun, runs, and the transaction stays open (0; 1: a kept answer is in r). Then the
 * write is prepared, and one_begin is what it goes into, in that transaction or in one of its own.
 * One that is refused before that is dropped.
 */
bool one_moved(const struct err *err);
bool one_again(struct call *c, int try, struct err *err);
int one_open(struct call *c, struct flush *f, struct reply *r, struct err *err);
struct flush *one_begin(struct call *c);
int one_drop(struct call *c); /* -1 */

/* Statements that archive (or delete), or restore, one that is there. */
void one_remove(struct call *c, struct flush *f, const struct resource *res, const char *id);
void one_restore(struct call *c, struct flush *f, const struct resource *res, const char *id);

#endif
