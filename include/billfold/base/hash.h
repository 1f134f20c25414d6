/*
 * hash.h - FNV-1a, 64 bits: places in tables of ours, and ids that are made of a name.
 *
 * Not against people who choose what is hashed: what must not be guessed or forged is crypto's.
 */
#ifndef BILLFOLD_BASE_HASH_H
#define BILLFOLD_BASE_HASH_H

#include <billfold/base/str.h>

#define HASH_NOTHING UINT64_C(14695981039346656037)

/* The hash of what h is the hash of, and s behind it. */
static inline uint64_t
hash_add(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h;
}

static inline uint64_t
hash_of(struct str s)
{
	return hash_add(HASH_NOTHING, s);
}

#endif
