/*
 * texts.h - statement texts that a process has composed before.
 */
#ifndef BILLFOLD_RESOURCE_TEXTS_H
#define BILLFOLD_RESOURCE_TEXTS_H

#include <billfold/resource.h>

/* NULL when it is not there (or t is NULL). */
const char *texts_get(struct texts *t, struct str key);
/* Copies both; returns the kept copy, or text itself where t is NULL. */
const char *texts_put(struct texts *t, struct str key, const char *text);

#endif
