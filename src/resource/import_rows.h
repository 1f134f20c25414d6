/*
 * import_rows.h - rows of an import on their way from records to writes; inside the import only.
 */
#ifndef BILLFOLD_RESOURCE_IMPORT_ROWS_H
#define BILLFOLD_RESOURCE_IMPORT_ROWS_H

#include <billfold/resource/write.h>

#include "column_map.h"
#include "work.h"

/* How a row finds the object that it is about. */
struct import_match {
	bool given;
	size_t cell;
	const char *of_system;     /* by id of this system ... */
	bool by_id;                /* ... or by our own id ... */
	const struct field *field; /* ... or by a field that it may be looked for by */
};

/* Keys of the file's own records: what a row may refer to before it is there. */
struct import_keys {
	const char **v; /* sorted */
	size_t n;
};

struct import_plan {
	const struct resource *res;
	struct column_map map;
	struct import_match match;
	struct record header;
	char delimiter;
	bool atomic, dry_run;
	struct import_keys **keys; /* by column; NULL: the column refers to nothing in the file */
};

struct import_row {
	const struct record *record;
	struct work_item *item;
	const char **ids;           /* by column: what its reference was resolved to */
	const char *key;            /* of the match; NULL: none */
	const char *id;             /* of the object that it is about; NULL: a new one */
	struct json_object *stored; /* that object, as far as the map goes into it */
	bool ambiguous;
	struct write w;
};

/* From the operation's parameters: what the door has checked. */
int import_plan_read(struct call *c, const struct resource *res, struct json_object *params,
		     struct import_plan *ret, struct err *err);

/* One flush: references, and the objects that rows are about. A reference to nobody is the row's
 * error. */
int import_resolve(struct call *c, const struct import_plan *plan, struct import_row *rows,
		   size_t n, struct err *err);
/* A step of records that stand at these positions; its rows, and the step's items. */
struct import_row *import_rows_make(struct arena *a, const struct import_plan *plan,
				    const struct record *records, const int64_t *positions,
				    size_t n, struct work_step *ret);
/* Everything that is known of the rows before a write is tried. c must live as long as they do. */
int import_rows_plan(struct call *c, const struct import_plan *plan, struct import_row *rows,
		     size_t n, struct err *err);
/*
 * The column in which the file's own records have what this column refers to them by; false where
 * it refers to another resource, or by what the file does not say.
 */
bool import_own_keys(const struct import_plan *plan, const struct map_column *col,
		     size_t *ret_cell);

/* The members of a body that differ from what is stored: what a patch would change. Empty: nothing.
 */
struct json_object *body_difference(struct arena *a, const struct resource *res,
				    struct json_object *body, struct json_object *stored);

#endif
