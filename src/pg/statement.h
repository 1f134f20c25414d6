/*
 * statement.h - which SQL texts a connection has prepared, by what name.
 *
 * Bounded: past STATEMENTS_MAX the least used makes room. An entry that the flush at hand uses
 * is never given up, so that a flush with more texts than the bound overshoots it for a while.
 */
#ifndef BILLFOLD_PG_STATEMENT_H
#define BILLFOLD_PG_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATEMENTS_MAX = 512, STATEMENT_NAME = 24 };

struct statement {
	char *sql;
	size_t len;
	uint64_t hash;
	char name[STATEMENT_NAME];
	bool prepared;    /* the server has said so */
	uint64_t used_in; /* number of the last flush that used it */
	uint64_t sent_in; /* number of the last flush that asked for it to be prepared */
	struct statement *bucket_next;
	struct statement *newer, *older;
};

struct statement_cache {
	struct statement *buckets[1024];
	struct statement *newest, *oldest;
	size_t n;
	uint64_t names; /* never used twice in a process */
	uint64_t flush;
};

/* The entry of a text, made when there is none; becomes the newest. */
struct statement *statement_find(struct statement_cache *c, const char *sql);
/* The oldest entry to give up, unlinked, or NULL; the caller deallocates and frees it. */
struct statement *statement_give_up(struct statement_cache *c);
void statement_free(struct statement *s);
/* The connection is gone, and with it all that it had prepared. */
void statement_forget(struct statement_cache *c);

#endif
