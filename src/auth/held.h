/*
 * held.h - what a caller holds, as SQL and tables want it.
 */
#ifndef BILLFOLD_AUTH_HELD_H
#define BILLFOLD_AUTH_HELD_H

#include <billfold/auth.h>

/* text[] of the caller's permissions: nobody hands on what they do not hold. */
const char *held_array(struct arena *a, const struct perm_set *perms);
/* Every permission's word, ended by NULL: what a role or a client's scope may name. */
extern const char *const perm_words[P_MAX];

#endif
