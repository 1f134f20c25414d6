/*
 * custom.h - fields that a tenant defines for itself.
 */
#ifndef BILLFOLD_RESOURCE_CUSTOM_H
#define BILLFOLD_RESOURCE_CUSTOM_H

#include <billfold/resource/write.h>

enum custom_type {
	CUSTOM_TEXT,
	CUSTOM_INTEGER,
	CUSTOM_DECIMAL,
	CUSTOM_BOOLEAN,
	CUSTOM_DATE,
	CUSTOM_ENUM,
	CUSTOM_TYPES
};
extern const char *const custom_type_words[CUSTOM_TYPES + 1];

struct custom_def {
	const char *id, *key, *label;
	enum custom_type type;
	const char *const *choices; /* of an enum, ended by NULL */
	bool required, filterable;
	/* In a write: the value as text; NULL: taken away. */
	const char *value;
	/* The same as the index column holds it. */
	const char *index_value;
};

/* What was read for a call. */
struct custom_defs {
	const struct resource *res;
	struct custom_def *defs;
	size_t n;
};

/* The definitions of this tenant for a resource: one small flush, once a call. */
int custom_load(struct call *c, const struct resource *res, struct custom_def **ret, size_t *ret_n,
		struct err *err);
const struct custom_def *custom_find(const struct custom_def *defs, size_t n, struct str key);
/* "text_value", "int_value" or "date_value". */
const char *custom_column(enum custom_type t);
/* A value that came as text, as the index column holds it; NULL where it is not of the type. */
const char *custom_index_value(struct arena *a, const struct custom_def *d, struct str s);
/* w's member custom against the definitions. */
int custom_check(struct write *w, struct err *err);
/* The field that a definition stands for, as the engine's own checks take it. */
struct field custom_field_of(const struct custom_def *d);
/* After the rows: meta.custom_value rows of what changed. */
void custom_write(struct write *const *writes, size_t n, struct flush *f);
/* Creates without the member: required ones are missed by a guard in the flush. */
void custom_guard(struct write *const *writes, size_t n, struct flush *f);

#endif
