/*
 * body.h - a request's body against a resource's fields.
 */
#ifndef BILLFOLD_RESOURCE_BODY_H
#define BILLFOLD_RESOURCE_BODY_H

#include <billfold/resource/write.h>

/* Guarded members that the caller may not write: all of them, ERR_forbidden_field. */
int body_guard(const struct call *c, const struct resource *res, struct json_object *body,
	       const char *pointer, struct err *err);
/*
 * Fills w (c, res, create, id, body, pointer set) from its body: columns, children, references,
 * custom and external ids. Every wrong member is in err then.
 */
int body_gather(struct write *w, struct err *err);

/* A member that the engine writes itself: id, version, ... */
bool body_is_own_member(struct str key);
/* The child array of this name; NULL. */
const struct child *body_child(const struct resource *res, struct str name);
/* Whether it may name another system. */
bool body_is_system_name(struct str s);

#endif
