/*
 * column_map.h - which column of a file goes into which field, and a record as a body.
 *
 * A target is a field (`legal_name`), a member of an address or JSON object
 * (`invoice_address.city`), a member of an element of a child array (`lines.0.unit_price`), a
 * custom field (`custom.key`), an id of another system (`external_id`, `external_ids.{system}`).
 * Text becomes what the field's type is; what it cannot become goes in as text, so that the
 * engine's own check says what is wrong with it.
 */
#ifndef BILLFOLD_RESOURCE_COLUMN_MAP_H
#define BILLFOLD_RESOURCE_COLUMN_MAP_H

#include <billfold/resource.h>

#include "custom.h"
#include "records.h"

enum map_kind { MAP_FIELD, MAP_CUSTOM, MAP_EXTERNAL_ID };

struct map_target {
	enum map_kind kind;
	const char *path;          /* "lines.0.unit_price" */
	const char *pointer;       /* "/lines/0/unit_price": in the errors of a body */
	const struct child *child; /* of an element: which array, which element */
	size_t element;
	const struct field *field; /* MAP_FIELD */
	const char *member;        /* of an address or JSON object; else NULL */
	const char *key;           /* MAP_CUSTOM: the key; MAP_EXTERNAL_ID: the system */
	struct field own;          /* what the value is, where no field of the table says so */
};

/* How a cell names another object. */
struct map_ref {
	const struct resource *res;
	const char *of_system;     /* by id of this system ... */
	const struct field *field; /* ... or by a field that it may be looked for by */
};

struct map_column {
	struct map_target target;
	const char *name; /* in the file's header */
	size_t cell;
	bool has_ref;
	struct map_ref ref;
	struct json_object *values; /* what a cell's text stands for; NULL: itself */
	const char *pointer;        /* in the request: "/columns/3" */
};

struct map_constant {
	struct map_target target;
	struct json_object *value;
};

enum map_day { MAP_DAY_ISO, MAP_DAY_DMY_DOTS, MAP_DAY_DMY, MAP_DAY_MDY };
extern const char *const map_day_words[];

struct column_map {
	const struct resource *res;
	VEC(struct map_column) columns;
	VEC(struct map_constant) constants;
	VEC(const char *) unmapped; /* columns of the file that go nowhere */
	bool clear;                 /* an empty cell takes the value away */
	char decimal;               /* '.' or ',' */
	enum map_day day;
};

/*
 * From the request's members columns, constants, empty, decimal, date_format, and the file's
 * header. Without columns, those of the header that name a target which may be written. Guarded
 * fields that the caller may not write come first (ERR_forbidden_field); then everything that is
 * wrong, at once.
 */
int column_map_read(struct call *c, const struct resource *res, struct json_object *spec,
		    const struct record *header, struct column_map *ret, struct err *err);

/* A cell's text after the map's values and without a spreadsheet's mark; empty: there is none. */
struct str column_map_cell(const struct map_column *col, const struct record *r);
/*
 * The body that a record comes to; it belongs to the arena. ids: what the reference columns were
 * resolved to, by the index of the column; NULL: not (the member is left out). A record that is too
 * short or too long is refused.
 */
int column_map_body(struct call *c, const struct column_map *m, const struct record *r,
		    const char *const *ids, size_t n_header, struct json_object **ret,
		    struct err *err);
/* Whether objects can be looked for by this field of theirs. */
bool column_map_looks_up(const struct call *c, const struct field *f);
/* The place of a column in the header; twice: there is another of the name. */
bool column_map_find(const struct record *header, struct str name, size_t *ret, bool *ret_twice);

#endif
