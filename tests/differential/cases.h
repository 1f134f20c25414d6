/*
 * cases.h - a case: a verb's arguments, and how its answer is written.
 */
#ifndef TESTS_DIFFERENTIAL_CASES_H
#define TESTS_DIFFERENTIAL_CASES_H

#include <billfold/base.h>

#include <stdio.h>
#include <stdlib.h>

enum { ARGS_MAX = 256 };

struct call {
	struct arena *a;
	struct str arg[ARGS_MAX];
	size_t n;
};

struct verb {
	const char *name; /* NULL: the last */
	size_t args;      /* at the least */
	void (*run)(const struct call *c);
};

/* Of what is sold: cases_billing.c. */
extern const struct verb billing_verbs[];

int64_t int_arg(const struct call *c, size_t i); /* ends the program where it is none */
bool decimal_arg(const struct call *c, size_t i, struct decimal *ret);
void refused(void);

#endif
