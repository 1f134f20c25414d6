/*
 * array.c - array literals for unnest($1::bigint[], $2::text[]): many rows in one statement.
 *
 * Every text element is quoted, so that NULL, commas and braces in it are plain characters.
 */
#include <billfold/pg.h>

enum { ARRAY_TEXT_MAX = 64 * 1024 * 1024 };

struct pg_array {
	struct sb sb;
	bool any;
};

struct pg_array *
pg_array_new(struct arena *a)
{
	struct pg_array *arr = arena_alloc(a, sizeof(*arr));

	sb_init(&arr->sb, a, ARRAY_TEXT_MAX);
	sb_addc(&arr->sb, '{');
	return arr;
}

static void
separate(struct pg_array *arr)
{
	if (arr->any)
		sb_addc(&arr->sb, ',');
	arr->any = true;
}

void
pg_array_add(struct pg_array *arr, const char *value)
{
	separate(arr);
	if (!value) {
		sb_addz(&arr->sb, "NULL");
		return;
	}
	sb_addc(&arr->sb, '"');
	while (*value) {
		size_t plain = strcspn(value, "\"\\");

		sb_add(&arr->sb, (struct str){ value, plain });
		value += plain;
		if (*value) {
			sb_addc(&arr->sb, '\\');
			sb_addc(&arr->sb, *value++);
		}
	}
	sb_addc(&arr->sb, '"');
}

void
pg_array_add_int(struct pg_array *arr, int64_t value)
{
	separate(arr);
	sb_addf(&arr->sb, "%lld", (long long)value);
}

const char *
pg_array_text(struct pg_array *arr)
{
	struct sb closed = arr->sb;

	/* Past the limit a literal would be cut short; one that cannot be read fails instead. */
	if (!sb_ok(&arr->sb))
		return "too many values";
	sb_addc(&closed, '}');
	return arena_strdup(closed.arena, sb_z(&closed));
}
