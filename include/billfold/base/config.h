/*
 * config.h - a program's configuration as a table.
 *
 * All programs read one file (libconfuse); each declares the keys that it uses, with
 * type, default and words for the manual. A key of another program's table is passed
 * over; a key that no program knows, or a value of the wrong type, is an error that
 * names file and line. Read once, at start.
 */
#ifndef BILLFOLD_BASE_CONFIG_H
#define BILLFOLD_BASE_CONFIG_H

#include <billfold/base/arena.h>
#include <billfold/base/err.h>

#include <stddef.h>

enum config_type { CT_STR, CT_INT };

struct config_key {
	const char *name;
	enum config_type type;
	const char *def;  /* as text; NULL: required */
	size_t offset;    /* of a const char *, long or bool in the program's struct */
	const char *doc;
};

/* keys ends with a NULL name; dest is the program's struct; strings live in a. */
int config_load(const char *path, const struct config_key *keys, void *dest, struct arena *a,
		struct err *err);

#endif
