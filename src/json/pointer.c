/*
 * pointer.c - names of places in a document (RFC 6901).
 */
#include <billfold/json.h>

void
pointer_step(struct sb *sb, struct str key)
{
	sb_addc(sb, '/');
	for (size_t i = 0; i < key.len; i++) {
		if (key.p[i] == '~' || key.p[i] == '/')
			sb_addz(sb, key.p[i] == '~' ? "~0" : "~1");
		else
			sb_addc(sb, key.p[i]);
	}
}

const char *
pointer_add(struct arena *a, const char *pointer, const char *key)
{
	size_t len = strlen(pointer);
	struct sb sb;

	sb_init(&sb, a, len + 2 * strlen(key) + 2);
	sb_add(&sb, (struct str){ pointer, len });
	pointer_step(&sb, str_from(key));
	return sb_z(&sb);
}

const char *
pointer_index(struct arena *a, const char *pointer, size_t i)
{
	return arena_printf(a, "%s/%zu", pointer, i);
}
