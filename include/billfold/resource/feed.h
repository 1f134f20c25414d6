/*
 * resource/feed.h - pages of what a statement of one's own finds: the changes feed, a timeline.
 *
 * Each row brings its JSON as text and the place to go on from; the page is
 * {"data": [...], "next": ...} like every list's, and its cursor is signed for this list alone.
 */
#ifndef BILLFOLD_RESOURCE_FEED_H
#define BILLFOLD_RESOURCE_FEED_H

#include <billfold/resource/cursor.h>

enum { FEED_LIMIT = 50, FEED_LIMIT_MAX = 200 };

/* clang-format off */
#define FEED_CURSOR_FIELD { .name = "cursor", .type = FT_TEXT, .u.len = { 1, 1000 }, .doc = "Where to go on: `next` of the page before." }
#define FEED_LIMIT_FIELD { .name = "limit", .type = FT_INT, .u.num = { 1, FEED_LIMIT_MAX }, .doc = "Rows of a page; 50 without it." }
/* clang-format on */

/* The limit as a parameter's text. */
const char *feed_limit(const struct call *c);
/* What a cursor is good for: this tenant, this list, these conditions (NULL: none). */
struct str feed_context(const struct call *c, const char *list, const char *conditions);
/* Where to go on from: the cursor's place, or start. */
int feed_place(struct call *c, struct str context, const struct cursor *start, struct cursor *ret,
	       struct err *err);
/* Whether the page is full, so that another may follow. */
bool feed_full(const struct flush *f, int stmt, const char *limit);
/* The page of rows whose column col is the JSON; next NULL: the last one. */
void feed_answer(struct call *c, const struct flush *f, int stmt, int col, const char *next,
		 struct reply *r);

#endif
