/*
 * uuid.h - UUID version 7 (RFC 9562), made by the program.
 *
 * Monotonic within a process: of two ids of one process the later sorts later, also
 * within one millisecond and when the clock steps back.
 */
#ifndef BILLFOLD_BASE_UUID_H
#define BILLFOLD_BASE_UUID_H

#include <billfold/base/arena.h>
#include <billfold/base/str.h>

enum { UUID_LEN = 36 };

struct uuid {
	char z[UUID_LEN + 1]; /* lower case, hyphens */
};

struct uuid uuid_new(void);
const char *uuid_new_z(struct arena *a);
/* Any UUID's canonical form in lower case; false when s is not one. */
bool uuid_parse(struct str s, struct uuid *ret);

#endif
