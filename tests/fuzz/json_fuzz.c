/*
 * json_fuzz.c - a document is refused, or read the same by the check and by the parser; what was
 * read and written again is the same document.
 */
#include "fuzz.h"

#include <billfold/json.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, once, twice;
	struct json_object *o = NULL, *again = NULL;
	struct arena *a = arena_new(0);
	struct err parse = { 0 }, check = { 0 };
	int rc = jscan_parse(a, text, &o, &parse);

	MUST(jscan_check(text, &check) == rc);
	MUST(parse.code == check.code && strcmp(parse.detail, check.detail) == 0);
	if (rc == 0) {
		MUST(str_is_utf8(text));
		once = jval_text(a, o);
		MUST(jscan_parse(a, once, &again, &parse) == 0);
		twice = jval_text(a, again);
		MUST(str_eq(once, twice));
	} else {
		MUST(parse.code != ERR_none && parse.code != ERR_internal);
	}
	arena_free(a);
	return 0;
}
