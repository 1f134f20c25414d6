/*
 * field.h - one JSON value against one field, and its text as a parameter.
 */
#ifndef BILLFOLD_RESOURCE_FIELD_H
#define BILLFOLD_RESOURCE_FIELD_H

#include <billfold/resource.h>

enum { TEXT_MAX_DEFAULT = 2000, JSON_TEXT_MAX = 65536 };

const char *field_column(const struct field *f);
/* What an element of a nested array does not say of itself: whose it is, and its place where they
 * are in order. */
bool child_gives(const struct child *ch, const struct field *f);
const struct field *field_find(const struct field *fields, struct str name);
/* Position in the table, for masks; -1 when it is not there. */
int field_index(const struct field *fields, const struct field *f);
/* The SQL type that an array of its values is cast to: "text", "bigint", ... */
const char *field_sql_type(enum field_type t);
bool field_is_textual(enum field_type t);
void field_limits(const struct field *f, int *ret_min, int *ret_max); /* of a text's length */
void field_range(const struct field *f, int64_t *ret_min, int64_t *ret_max);
bool field_has_word(const struct field *f, struct str s);

/* What an address is made of. */
extern const struct field field_address_members[];

/* Checks a value; wrong ones are added to err under pointer. True when sound. */
bool field_check(struct arena *a, const struct field *f, struct json_object *v, const char *pointer,
		 struct err *err);
/* The text of a sound value as a parameter; NULL for null. */
const char *field_param(struct arena *a, const struct field *f, struct json_object *v);
/* A value that came as text (query string): NULL where it is not of the type. */
const char *field_from_text(struct arena *a, const struct field *f, struct str s);

#endif
