/*
 * etag_fuzz.c - If-Match and If-None-Match: of any text no version that does not stand there as a
 * strong tag, and the one that we gave is found in any list.
 */
#include "fuzz.h"

#include "call.h"

/* Whether the tag stands in the text, strong where it must be. */
static bool
stands_there(struct str text, const char *tag, bool strong)
{
	size_t len = strlen(tag);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (memcmp(text.p + i, tag, len) != 0)
			continue;
		if (!strong || i < 2 || memcmp(text.p + i - 2, "W/", 2) != 0)
			return true;
	}
	return false;
}

/* versions is bigint[] as text: {1,22}. */
static void
all_stand_there(struct arena *a, struct str header, const char *versions)
{
	struct str list = str_from(versions), number;
	int64_t n;

	MUST(list.len >= 2 && list.p[0] == '{' && list.p[list.len - 1] == '}');
	list = (struct str){ list.p + 1, list.len - 2 };
	while (list.len) {
		number = str_cut(list, ',', &list);
		if (number.len >= 2 && number.p[0] == '"')
			number = (struct str){ number.p + 1, number.len - 2 };
		MUST(str_to_int(number, 1, INT64_MAX, &n));
		MUST(stands_there(header, arena_printf(a, "\"%lld\"", (long long)n), true));
	}
}

static bool
has_version(const char *versions, const char *number)
{
	struct str list = str_from(versions), one;

	list = (struct str){ list.p + 1, list.len - 2 };
	while (list.len) {
		one = str_cut(list, ',', &list);
		if (str_eqz(str_trim(one), number) ||
		    (one.len == strlen(number) + 2 && memcmp(one.p + 1, number, one.len - 2) == 0))
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct str text = { (const char *)data, size };
	struct call c = { .arena = a, .if_match = text, .if_none_match = text };
	const char *versions;
	struct err err = { 0 };
	struct sb longer;
	bool sent;

	if (call_none_match(&c, "\"7\""))
		MUST(stands_there(text, "\"7\"", false) || str_eqz(str_trim(text), "*"));
	if (call_versions(&c, &sent, &versions, &err) < 0) {
		MUST(err.code == ERR_bad_header);
		goto done;
	}
	MUST(sent == (str_trim(text).len > 0));
	if (!versions) {
		MUST(!sent || str_eqz(str_trim(text), "*"));
		goto done;
	}
	all_stand_there(a, text, versions);
	/* One more behind a sound list is found there. */
	sb_init(&longer, a, size + 64);
	sb_add(&longer, str_trim(text));
	sb_addz(&longer, ", \"9007199254740993\"");
	c.if_match = c.if_none_match = sb_str(&longer);
	MUST(call_versions(&c, &sent, &versions, &err) == 0 && versions);
	MUST(has_version(versions, "9007199254740993"));
	MUST(call_none_match(&c, "\"9007199254740993\""));
done:
	arena_free(a);
	return 0;
}
