/*
 * auth/deny.h - a refusal leaves a row in the trail, though its request changed nothing.
 */
#ifndef BILLFOLD_AUTH_DENY_H
#define BILLFOLD_AUTH_DENY_H

#include <billfold/auth.h>

/*
 * audit.deny in a transaction of its own; a failure is logged and no more, because the refusal
 * stands either way. The caller needs a tenant. action: "account.write"; object: "account" or NULL.
 */
void deny_record(struct db *db, struct arena *a, const struct caller *who, const char *action,
		 const char *object, const char *object_id, const char *detail);
/* The same of an error: with its code and the fields that it names. */
void deny_error(struct db *db, struct arena *a, const struct caller *who, const char *action,
		const char *object, const char *object_id, const struct err *why);

#endif
