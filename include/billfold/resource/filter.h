/*
 * filter.h - which rows: the tree that lists, searches, aggregates, bulk actions and saved views share.
 *
 * Parsed from the query string (`due_date[lt]=2026-01-01`) or from JSON
 * ({"and": [{"field", "op", "value"}, ...]}), at most 5 deep, 50 leaves, 100 values; composed as a
 * condition over the resource's view under alias v, values as parameters. A field that the caller may
 * not read does not exist here.
 */
#ifndef BILLFOLD_RESOURCE_FILTER_H
#define BILLFOLD_RESOURCE_FILTER_H

#include <billfold/resource.h>

enum { FILTER_DEPTH = 5, FILTER_LEAVES = 50, FILTER_VALUES = 100, FILTER_TEXT = 1000 };

enum filter_op {
	FO_EQ, FO_NE, FO_LT, FO_LTE, FO_GT, FO_GTE, FO_IN, FO_NIN, FO_IS_NULL, FO_PREFIX, FO_LIKE, FO_COUNT
};
extern const char *const filter_op_words[FO_COUNT + 1];
/* The operators that a field admits, as bits 1 << FO_*; 0 where it is no filter. */
unsigned filter_ops(const struct field *f);

struct filter; /* NULL: every row */

int filter_from_json(struct call *c, const struct resource *res, struct json_object *where,
		     const char *pointer, struct filter **ret, struct err *err);
/* Every query parameter that is not in reserved (ended by NULL). */
int filter_from_query(struct call *c, const struct resource *res, const char *const *reserved,
		      struct filter **ret, struct err *err);

/* Parameters of a statement under composition. */
struct sql_params {
	VEC(const char *) list;
};
int sql_param(struct arena *a, struct sql_params *p, const char *value); /* its number */

/* Appends the condition; "true" for NULL. */
void filter_sql(struct arena *a, const struct filter *f, struct sb *sb, struct sql_params *p);

#endif
