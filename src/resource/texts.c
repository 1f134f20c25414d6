/*
 * texts.c - statement texts that a process has composed before, by key.
 *
 * The key says what the text depends on: resource, field mask, expansions. Bounded: past the
 * cap the least recently used one goes. A text is borrowed for the request at hand; it cannot be
 * evicted before as many others have been asked for as the cache holds.
 */
#include "texts.h"

#include <billfold/base/hash.h>

enum { TEXTS_CAP = 512 };

struct text {
	uint64_t hash, used;
	char *key, *text;
	size_t key_len;
};

struct texts {
	struct text v[TEXTS_CAP];
	size_t n;
	uint64_t clock;
};

struct texts *
texts_new(void)
{
	struct texts *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	return t;
}

void
texts_free(struct texts *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].key);
		free(t->v[i].text);
	}
	free(t);
}

static struct text *
find(struct texts *t, struct str key, uint64_t hash)
{
	for (size_t i = 0; i < t->n; i++) {
		struct text *x = &t->v[i];

		if (x->hash == hash && x->key_len == key.len && memcmp(x->key, key.p, key.len) == 0)
			return x;
	}
	return NULL;
}

const char *
texts_get(struct texts *t, struct str key)
{
	struct text *x = t ? find(t, key, hash_of(key)) : NULL;

	if (!x)
		return NULL;
	x->used = ++t->clock;
	return x->text;
}

static char *
copy(const char *p, size_t len)
{
	char *z = malloc(len + 1);

	if (!z)
		abort();
	memcpy(z, p, len);
	z[len] = '\0';
	return z;
}

const char *
texts_put(struct texts *t, struct str key, const char *text)
{
	struct text *x;

	if (!t)
		return text;
	if (t->n < TEXTS_CAP) {
		x = &t->v[t->n++];
	} else {
		x = &t->v[0];
		for (size_t i = 1; i < t->n; i++) {
			if (t->v[i].used < x->used)
				x = &t->v[i];
		}
		free(x->key);
		free(x->text);
	}
	x->hash = hash_of(key);
	x->used = ++t->clock;
	x->key = copy(key.p, key.len);
	x->key_len = key.len;
	x->text = copy(text, strlen(text));
	return x->text;
}
