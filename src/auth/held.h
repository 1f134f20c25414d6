/*
 * held.h - what a caller holds, and what they hand on, as SQL and tables want it.
 */
#ifndef BILLFOLD_AUTH_HELD_H
#define BILLFOLD_AUTH_HELD_H

#include <billfold/resource/write.h>

/* text[] of the caller's permissions: nobody hands on what they do not hold. */
const char *held_array(struct arena *a, const struct perm_set *perms);
/*
 * The role that a body names, by `role_id` or by its key in `role`, as role_id: the one that the
 * flush will hold the caller to. *ret NULL: the body names none, which a create may not.
 */
int role_of_body(struct call *c, struct write *w, const char **ret, struct err *err);
/* Every permission's word, ended by NULL: what a role or a client's scope may name. */
extern const char *const perm_words[P_MAX];

#endif
