/*
 * arena.c - blocks of memory with a bump pointer, and a list of clean-ups.
 *
 * Allocation moves a pointer within the newest block. What is larger than half a
 * block gets a block of its own behind the newest, so that the room left in that is
 * not lost. A reset frees every block but the first, which serves the next request.
 * The bytes handed out are zero: fresh blocks come from calloc, and the kept one is
 * wiped as far as it was used.
 *
 * Under the address sanitizer the unused part of a block is poisoned and a gap is
 * left between allocations, so that an overrun is caught as malloc's would be.
 */
#include <billfold/base/arena.h>

#include <stdalign.h>
#include <stdint.h>

#ifdef BILLFOLD_SANITIZED
#include <sanitizer/asan_interface.h>
enum { RED_ZONE = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { RED_ZONE = 0 };
#endif

enum { BLOCK_DEFAULT = 8 * 1024, SHORT_TEXT = 256, ALIGN = alignof(max_align_t) };

struct block {
	struct block *next; /* older */
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *head;  /* allocations come from here */
	struct block *first; /* kept by a reset */
	struct cleanup *cleanups;
};

static void __attribute__((noreturn)) out_of_memory(void)
{
	fputs("{\"level\":\"error\",\"msg\":\"out of memory\"}\n", stderr);
	abort();
}

static struct block *
block_new(size_t size)
{
	struct block *b;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	b = calloc(1, sizeof(*b) + size);
	if (!b)
		out_of_memory();
	b->size = size;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

struct arena *
arena_new(size_t first_block)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory();
	a->first = a->head = block_new(first_block ? first_block : BLOCK_DEFAULT);
	return a;
}

/* A clean-up may allocate and defer: the list is taken one by one until it is empty. */
static void
run_cleanups(struct arena *a)
{
	while (a->cleanups) {
		struct cleanup *c = a->cleanups;

		a->cleanups = c->next;
		c->fn(c->arg);
	}
}

void
arena_reset(struct arena *a)
{
	struct block *next;

	run_cleanups(a);
	for (struct block *b = a->head; b; b = next) {
		next = b->next;
		if (b != a->first)
			free(b);
	}
	ASAN_UNPOISON_MEMORY_REGION(a->first->data, a->first->size);
	memset(a->first->data, 0, a->first->used);
	ASAN_POISON_MEMORY_REGION(a->first->data, a->first->size);
	a->first->used = 0;
	a->first->next = NULL;
	a->head = a->first;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->first);
	free(a);
}

static void *
block_take(struct block *b, size_t room, size_t size)
{
	void *p = b->data + b->used;

	b->used += room;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct block *b;
	size_t room;

	if (size > SIZE_MAX / 4)
		out_of_memory();
	room = (size + RED_ZONE + ALIGN - 1) / ALIGN * ALIGN;
	if (room == 0)
		room = ALIGN;
	if (room <= a->head->size - a->head->used)
		return block_take(a->head, room, size);

	if (room > a->first->size / 2) {
		b = block_new(room);
		b->next = a->head->next;
		a->head->next = b;
		return block_take(b, room, size);
	}
	/* Blocks grow with the arena, so that a large request takes few of them. */
	b = block_new(a->head->size < ((size_t)1 << 20) ? a->head->size * 2 : a->head->size);
	b->next = a->head;
	a->head = b;
	return block_take(b, room, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	return arena_alloc(a, bytes);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len)
		memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

/* Most texts are short: formatted once, then copied. */
char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char text[SHORT_TEXT];
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		out_of_memory();
	if ((size_t)n < sizeof(text)) {
		p = arena_strndup(a, text, (size_t)n);
	} else {
		p = arena_alloc(a, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct cleanup *c = arena_alloc(a, sizeof(*c));

	*c = (struct cleanup){ a->cleanups, fn, arg };
	a->cleanups = c;
}
