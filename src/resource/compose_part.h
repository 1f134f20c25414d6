/*
 * compose_part.h - what the parts of a write's composition share; inside compose*.c only.
 *
 * A set of writes is composed part by part, each part for all of them in as few statements as there
 * are shapes.
 */
#ifndef BILLFOLD_RESOURCE_COMPOSE_PART_H
#define BILLFOLD_RESOURCE_COMPOSE_PART_H

#include "compose.h"

/* By this column an object is a customer's, and its events are in that customer's history. */
#define ACCOUNT_COLUMN "account_id"

struct write_set {
	struct write *const *v;
	size_t n;
	struct arena *arena;
	const struct resource *res;
};

/* Parameters of a statement under composition. */
struct params {
	const char **v;
	int n;
};
void compose_params(struct params *p, struct arena *a, size_t cap);
int compose_param(struct params *p, const char *value); /* its number */
void compose_add(struct flush *f, struct sb *sb, const struct params *p);

/* "a = $3", as a merge where the column says so; value is an expression of ours. */
void compose_assign(struct sb *sb, const struct write_column *col, const char *value, bool first);
/* unnest cannot carry arrays in an array: such values travel as text and are cast on arrival. */
const char *compose_array_type(const struct field *f);
/* "u.c3", cast where it travelled as text. */
const char *compose_unnested(struct arena *a, const struct field *f, size_t i);

void compose_rows(const struct write_set *s, struct flush *f);     /* compose_row.c */
void compose_children(const struct write_set *s, struct flush *f); /* compose_child.c */
void compose_external_ids(const struct write_set *s, struct flush *f);

#endif
