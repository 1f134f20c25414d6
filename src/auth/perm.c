/*
 * perm.c - permissions as words and as bits.
 *
 * The words are what roles, scopes and errors say, and what lasts; the bits are this build's own
 * and never leave the process.
 */
#include <billfold/auth/caller.h>

const struct perm_def perm_defs[P_MAX] = {
	[P_NONE] = { "", "Nothing is asked." },
#define PERMISSION(name, word, doc) [P_##name] = { word, doc },
#include <billfold/auth/permissions.def>
#undef PERMISSION
};

static const unsigned char perm_lengths[P_MAX] = {
#define PERMISSION(name, word, doc) [P_##name] = sizeof(word) - 1,
#include <billfold/auth/permissions.def>
#undef PERMISSION
};

void
perm_add(struct perm_set *set, enum perm p)
{
	if (p > P_NONE && p < P_MAX)
		set->bits[p / 64] |= UINT64_C(1) << (p % 64);
}

bool
perm_has(const struct perm_set *set, enum perm p)
{
	return p == P_NONE || (p < P_MAX && set->bits[p / 64] >> (p % 64) & 1);
}

static bool
is_word(enum perm p, struct str word)
{
	return perm_lengths[p] == word.len && !memcmp(perm_defs[p].word, word.p, word.len);
}

enum perm
perm_by_word(struct str word)
{
	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		if (is_word(p, word))
			return p;
	return P_NONE;
}

/* Our own tokens name permissions in their order here: each is looked for behind the last one
 * first. */
void
perms_from_scope(struct str scope, struct perm_set *ret)
{
	enum perm last = P_NONE;

	while (scope.len) {
		struct str rest;
		struct str word = str_cut(scope, ' ', &rest);
		enum perm p = last + 1;

		while (p < P_MAX && !is_word(p, word))
			p++;
		if (p == P_MAX)
			p = perm_by_word(word);
		if (p != P_NONE)
			last = p;
		perm_add(ret, p);
		scope = rest;
	}
}

struct str
perms_to_scope(struct arena *a, const struct perm_set *perms)
{
	struct sb sb;

	sb_init(&sb, a, 8192);
	for (enum perm p = P_NONE + 1; p < P_MAX; p++) {
		if (!perm_has(perms, p))
			continue;
		if (sb.len)
			sb_addc(&sb, ' ');
		sb_addz(&sb, perm_defs[p].word);
	}
	return sb_str(&sb);
}
