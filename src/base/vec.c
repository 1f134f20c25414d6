/*
 * vec.c - the growing part of vec.h.
 *
 * Doubles in the arena; the old array stays there until the arena is reset, so that
 * an address taken before a push still reads, but is no longer part of the vector.
 */
#include <billfold/base/vec.h>

#include <stdint.h>

enum { VEC_FIRST = 8 };

void *
vec_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size)
{
	void *grown;

	if (n < *cap)
		return v;
	if (*cap > SIZE_MAX / 2)
		abort();
	*cap = *cap ? *cap * 2 : VEC_FIRST;
	grown = arena_array(a, *cap, size);
	if (n)
		memcpy(grown, v, n * size);
	return grown;
}
