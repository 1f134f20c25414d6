/*
 * vec.h - a growing array in an arena.
 *
 *	VEC(struct field *) fields = { 0 };
 *	*vec_push(a, &fields) = f;
 *	for (size_t i = 0; i < fields.n; i++) ... fields.v[i]
 */
#ifndef BILLFOLD_BASE_VEC_H
#define BILLFOLD_BASE_VEC_H

#include <billfold/base/arena.h>

#define VEC(type)          \
	struct {           \
		type *v;   \
		size_t n;  \
		size_t cap; \
	}

/* The address of a new, zeroed last element. */
#define vec_push(a, vec)                                                                         \
	((vec)->v = vec_grow((a), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)), \
	 &(vec)->v[(vec)->n++])

void *vec_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size);

#endif
