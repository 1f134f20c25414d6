/*
 * filter.h - the tree itself, for its parser and its composer.
 */
#ifndef BILLFOLD_RESOURCE_FILTER_TREE_H
#define BILLFOLD_RESOURCE_FILTER_TREE_H

#include <billfold/resource/filter.h>

#include "custom.h"

enum filter_kind { FK_AND, FK_OR, FK_NOT, FK_LEAF };
enum target_kind { TARGET_FIELD, TARGET_HOP, TARGET_CUSTOM, TARGET_EXTERNAL_ID };

struct target {
	enum target_kind kind;
	const struct resource *res; /* whose row the filter is about */
	const struct field *field;  /* of res, of hop_res, or what custom stands for */
	const struct field *ref;    /* hop: the reference that is followed */
	const struct resource *hop_res;
	const struct custom_def *custom;
};

struct filter {
	enum filter_kind kind;
	VEC(struct filter *) kids;
	struct target target;
	enum filter_op op;
	bool truth; /* is_null: which */
	VEC(const char *) values;
};

/*
 * " COLLATE \"C\"" where the field's index is to have it: texts that are found by prefix and put in
 * order by their bytes. Words of an enum and normalised columns are as the table declares them.
 */
const char *filter_collate(const struct field *f);

/* Fields of every resource that lists filter and sort by: id, and created_at where it is the
 * default order. */
const struct field *filter_own_field(const struct resource *res, struct str name);

#endif
