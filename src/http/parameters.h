/*
 * parameters.h - the query of a route against the parameters that its table lists.
 *
 * Lists and reads of resources judge their own query, which is a language; here a name is known or
 * refused, and a value is of its declared type.
 */
#ifndef BILLFOLD_HTTP_PARAMETERS_H
#define BILLFOLD_HTTP_PARAMETERS_H

#include <billfold/resource.h>

/* fields NULL: none is known. Every wrong one is named, as "?name". */
int parameters_check(const struct call *c, const struct field *fields, struct err *err);
/* One name, one value: of two, a proxy may take another for the truth than we do. */
int parameters_once(struct arena *a, const pair_vec *q, struct err *err);

#endif
