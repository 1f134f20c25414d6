/*
 * select.h - which members of a resource an answer shows, and the SELECT list that makes them.
 */
#ifndef BILLFOLD_RESOURCE_SELECT_H
#define BILLFOLD_RESOURCE_SELECT_H

#include <billfold/resource.h>

enum { MASK_WORDS = 3 }; /* up to 192 fields */

enum select_part {
	PART_VERSION = 1 << 0,
	PART_CREATED = 1 << 1,
	PART_UPDATED = 1 << 2,
	PART_ARCHIVED = 1 << 3,
	PART_EXTERNAL_ID = 1 << 4,
	PART_EXTERNAL_IDS = 1 << 5,
	PART_CUSTOM = 1 << 6
};

struct selection;

struct expansion {
	const char *name;
	const struct field *ref;   /* a reference ... */
	const struct child *child; /* ... or a child array */
	struct selection *of;
	struct expansion *next;
};

struct selection {
	const struct resource *res;
	uint64_t mask[MASK_WORDS];
	unsigned parts;
	struct expansion *expansions;
	bool computed; /* something in it moves without the version */
	bool fresh;    /* just made, and no other system has been told of it */
};

/*
 * What this caller sees: one by id embeds children, a list does not. fields and expand are the
 * parameters' texts (empty: not sent); pointers in errors start with prefix ("?" or "/").
 */
int selection_make(struct call *c, const struct resource *res, struct str fields, struct str expand,
		   bool one, const char *prefix, struct selection **ret, struct err *err);
/* The same without parameters: cannot fail. */
struct selection *selection_full(struct call *c, const struct resource *res, bool one);
/* What a list shows and the ids of other systems; whole: and the children. */
struct selection *selection_for_export(struct call *c, const struct resource *res, bool whole);
/* Whether it shows the i-th field of its resource. */
bool selection_has(const struct selection *s, int i);
/* "'account' AS object, v.id, ...": the list of a lateral sub-select over alias v. */
const char *selection_sql(struct call *c, const struct selection *s);

#endif
