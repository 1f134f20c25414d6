/*
 * one.h - a write of one object, for those that compose several.
 */
#ifndef BILLFOLD_RESOURCE_ONE_H
#define BILLFOLD_RESOURCE_ONE_H

#include <billfold/resource/write.h>

/* w with c, res, create, id, body and pointer set: gathered and prepared. Guards are body_guard's.
 */
int one_prepare(struct write *w, struct err *err);

#endif
