/*
 * export.h - an export, as door and run know it.
 */
#ifndef BILLFOLD_RESOURCE_EXPORT_H
#define BILLFOLD_RESOURCE_EXPORT_H

#include "page.h"
#include "records.h"
#include "work.h"

struct export_plan {
	struct page page; /* res, filter, archived, selection */
	bool jsonl;
};

int export_plan_read(struct call *c, const struct resource *res, struct json_object *spec,
		     struct export_plan *ret, struct err *err);

/*
 * Rows, as the engine writes them in JSON, as the cells of a table: one column a value, in the
 * names by which an import takes it in again. Which columns there are is known when every row has
 * been seen.
 */
struct export_table;
struct export_table *export_table_new(struct call *c, const struct selection *s, struct err *err);
/* A row goes by: widens the table by what it holds. */
void export_table_see(struct export_table *t, struct json_object *row);
/* No row comes after it that has not been seen before it. */
void export_table_header(struct export_table *t, struct sb *sb);
void export_table_row(const struct export_table *t, struct json_object *row, struct sb *sb);

#endif
