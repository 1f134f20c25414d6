/*
 * template_fuzz.c - a template is refused when it is saved or renders within its limit; what people
 * wrote never becomes markup, nor a second line of a subject.
 */
#include "fuzz.h"

#include <billfold/document.h>

enum { LIMIT = 1 << 14 };

static size_t
count(struct str s, char what)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == what;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char hostile[] =
	    "{\"a\":\"<b onload=x>\\\"'&{{b}}\",\"b\":[{\"c\":\"<i>\"},{\"c\":\"\\r\\nBcc: x\"}],"
	    "\"d\":{\"e\":null,\"f\":1.10},\"g\":true}";
	struct arena *a = arena_new(0);
	struct str text = { (const char *)data, size }, out = { 0 };
	struct json_object *value;
	struct err err = { 0 };
	bool sound = template_check(text, &err) == 0;

	MUST(jscan_parse(a, STR(hostile), &value, NULL) == 0);
	for (int mode = TEMPLATE_TEXT; mode <= TEMPLATE_HTML; mode++) {
		int rc =
		    template_render(a, text, value, (enum template_mode)mode, LIMIT, &out, &err);

		MUST(sound || rc < 0);
		if (rc < 0)
			continue;
		MUST(out.len <= LIMIT);
		if (mode == TEMPLATE_HTML && count(text, '{') == 0)
			MUST(str_eq(out, text));
		/* A section repeats its own markup at most twice for this data, at each depth. */
		if (mode == TEMPLATE_HTML && count(text, '<') == 0)
			MUST(count(out, '<') == 0 && count(out, '>') <= 64 * count(text, '>'));
		if (mode == TEMPLATE_LINE)
			MUST(count(out, '\n') == 0 && count(out, '\r') == 0);
	}
	arena_free(a);
	return 0;
}
