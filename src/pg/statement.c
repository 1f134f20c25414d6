/*
 * statement.c - the cache of prepared statements of one connection.
 *
 * A hash table by text and a list by use. The texts live as long as the entry, on the heap: they
 * outlive every request.
 */
#include "statement.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

enum { N_BUCKETS = sizeof((struct statement_cache){ 0 }.buckets) / sizeof(struct statement *) };

/* Texts have thousands of bytes and are ours: eight at a time, mixed well enough for a table. */
static uint64_t
hash_of(const char *s, size_t len)
{
	uint64_t h = len, word;

	for (; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, s, len);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static void
unlink_use(struct statement_cache *c, struct statement *s)
{
	if (s->newer)
		s->newer->older = s->older;
	else
		c->newest = s->older;
	if (s->older)
		s->older->newer = s->newer;
	else
		c->oldest = s->newer;
	s->newer = s->older = NULL;
}

static void
make_newest(struct statement_cache *c, struct statement *s)
{
	s->older = c->newest;
	s->newer = NULL;
	if (c->newest)
		c->newest->newer = s;
	else
		c->oldest = s;
	c->newest = s;
}

struct statement *
statement_find(struct statement_cache *c, const char *sql)
{
	size_t len = strlen(sql);
	uint64_t hash = hash_of(sql, len);
	struct statement **bucket = &c->buckets[hash % N_BUCKETS];
	struct statement *s;

	for (s = *bucket; s; s = s->bucket_next)
		if (s->hash == hash && s->len == len && memcmp(s->sql, sql, len) == 0)
			break;
	if (s) {
		unlink_use(c, s);
	} else {
		s = calloc(1, sizeof(*s));
		if (!s || !(s->sql = strdup(sql)))
			abort();
		s->hash = hash;
		s->len = len;
		snprintf(s->name, sizeof(s->name), "s%" PRIu64, ++c->names);
		s->bucket_next = *bucket;
		*bucket = s;
		c->n++;
	}
	make_newest(c, s);
	s->used_in = c->flush;
	return s;
}

struct statement *
statement_give_up(struct statement_cache *c)
{
	struct statement *s = c->oldest;
	struct statement **at;

	if (c->n <= STATEMENTS_MAX || !s || s->used_in == c->flush)
		return NULL;
	unlink_use(c, s);
	for (at = &c->buckets[s->hash % N_BUCKETS]; *at != s; at = &(*at)->bucket_next)
		continue;
	*at = s->bucket_next;
	c->n--;
	return s;
}

void
statement_free(struct statement *s)
{
	free(s->sql);
	free(s);
}

void
statement_forget(struct statement_cache *c)
{
	for (struct statement *s = c->newest, *next; s; s = next) {
		next = s->older;
		statement_free(s);
	}
	memset(c->buckets, 0, sizeof(c->buckets));
	c->newest = c->oldest = NULL;
	c->n = 0;
}
