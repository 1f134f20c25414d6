/*
 * str.h - slices in, capped builders out.
 *
 * A `struct str` borrows bytes; it is not terminated. A `struct sb` grows in an
 * arena up to its limit; past it the builder keeps what it has, remembers that it
 * overflowed, and sb_ok() is false: check once, at the end.
 */
#ifndef BILLFOLD_BASE_STR_H
#define BILLFOLD_BASE_STR_H

#include <billfold/base/arena.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t len;
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, (s).p

/* NULL becomes the empty slice. */
static inline struct str
str_from(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}

bool str_eq(struct str a, struct str b);
bool str_eqz(struct str a, const char *z);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_cmp_nocase(struct str a, struct str b); /* an order by which those that are equal are neighbours */
bool str_starts(struct str s, struct str prefix);
struct str str_trim(struct str s);              /* ASCII white space at both ends */
/* Cuts at the first sep: the head is returned, *rest is what follows (empty when there was none). */
struct str str_cut(struct str s, char sep, struct str *rest);
char *str_dup(struct arena *a, struct str s);   /* terminated copy */
/* A whole decimal integer within [min, max]; nothing before or after it. */
bool str_to_int(struct str s, int64_t min, int64_t max, int64_t *ret);
const char *int_text(struct arena *a, int64_t n); /* and back */
bool str_is_utf8(struct str s);                 /* well-formed, no surrogates, no NUL */
/* Bytes of the sequence that s begins with, 1..4; 0 when it is not well-formed (or s is empty). */
size_t str_utf8_len(struct str s);
/* A question mark for every byte that is no UTF-8: what others say in other charsets can be stored and shown. */
void str_mend(char *z);

/* %XX once, and '+' as a blank where asked; false on a bad escape, NUL or bytes that are not UTF-8. */
bool str_percent_decode(struct arena *a, struct str in, bool plus_is_blank, struct str *ret);

struct sb {
	struct arena *arena;
	char *buf;
	size_t len, cap, limit;
	bool overflow;
};

void sb_init(struct sb *sb, struct arena *a, size_t limit);
/* Over a buffer of the caller's: never allocates; size - 1 bytes fit. */
void sb_fixed(struct sb *sb, char *buf, size_t size);
void sb_add(struct sb *sb, struct str s);
void sb_addz(struct sb *sb, const char *z);
void sb_addc(struct sb *sb, char c);
void sb_addf(struct sb *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string with its quotes; a byte that is not UTF-8 becomes U+FFFD. */
void sb_add_json(struct sb *sb, struct str s);
bool sb_ok(const struct sb *sb);
struct str sb_str(const struct sb *sb);
const char *sb_z(struct sb *sb);                /* terminated; owned by the arena */

#endif
