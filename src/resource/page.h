/*
 * page.h - one page of a list: its statement and its answer.
 */
#ifndef BILLFOLD_RESOURCE_PAGE_H
#define BILLFOLD_RESOURCE_PAGE_H

#include <billfold/resource/cursor.h>
#include "filter.h"
#include "select.h"

enum { PAGE_MAX = 200, PAGE_DEFAULT = 50 };
enum archived { ARCHIVED_WITHOUT, ARCHIVED_WITH, ARCHIVED_ONLY };

struct sort {
	const struct field *field;
	bool desc;
};

struct page {
	const struct resource *res;
	struct filter *filter;
	struct sort sort;
	enum archived archived;
	int64_t limit;
	struct str cursor;     /* as sent; empty: the first page */
	const char *cursor_at; /* its pointer in errors */
	bool count;
	struct selection *selection;
	const struct call *seen_by; /* NULL: not asked by a caller who sees only some of them */
};

/* "-due_date": a sortable field, or false. Empty: the resource's default. */
bool sort_parse(const struct call *c, const struct resource *res, struct str text,
		struct sort *ret);
bool archived_parse(struct str s, enum archived *ret);
/* Appends " WHERE ..." over alias v. */
void page_where(struct arena *a, const struct page *p, struct sb *sb, struct sql_params *params);
int page_answer(struct call *c, const struct page *p, struct reply *r, struct err *err);

/* The statement alone, for those who look at its plan. */
const char *page_statement(struct call *c, const struct page *p, const struct cursor *after,
			   struct sql_params *params);

#endif
