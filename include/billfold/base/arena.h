/*
 * arena.h - memory that lives as long as one request or one job.
 *
 * Everything a request allocates comes from its arena and goes with it: no
 * handler calls free(). What an arena cannot own (a PGresult, a json_object, a
 * file descriptor) is handed to arena_defer(), which runs clean-ups in reverse
 * order when the arena is reset or freed. Out of memory aborts the process: the
 * supervisor starts another, and the transaction that was open rolls back.
 */
#ifndef BILLFOLD_BASE_ARENA_H
#define BILLFOLD_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena; first_block is a hint in bytes (0: 8 KiB). Never NULL. */
struct arena *arena_new(size_t first_block);
/* Runs the clean-ups and forgets every allocation, keeping one block for the next request. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/* Zeroed, aligned for any type; arena_array() aborts where n * size overflows. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

#endif
