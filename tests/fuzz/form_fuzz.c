/*
 * form_fuzz.c - targets, queries, forms and uploads: each piece decoded once, parts are slices of
 * the body, and what was put into a part comes out of it.
 */
#include "fuzz.h"

#include "multipart.h"
#include "uri.h"

#define MULTIPART "multipart/form-data; boundary="

static void
target(struct arena *a, struct str raw)
{
	struct uri u;
	struct err err = { 0 };

	if (uri_split(a, raw, &u, &err) < 0) {
		MUST(err.code == ERR_bad_path || err.code == ERR_uri_too_long ||
		     err.code == ERR_not_found);
		return;
	}
	MUST(u.n_segments <= URI_SEGMENTS_MAX);
	for (int i = 0; i < u.n_segments; i++) {
		struct str s = u.segments[i];

		MUST(s.len > 0 && str_is_utf8(s));
		MUST(!str_eqz(s, ".") && !str_eqz(s, ".."));
	}
}

static void
pairs(struct arena *a, struct str raw)
{
	pair_vec list = { 0 };
	struct err err = { 0 };

	if (uri_pairs(a, raw, &list, &err) < 0) {
		MUST(err.code == ERR_bad_request);
		return;
	}
	MUST(list.n <= URI_PAIRS_MAX);
	for (size_t i = 0; i < list.n; i++) {
		MUST(list.v[i].name.len > 0 && str_is_utf8(list.v[i].name));
		MUST(str_is_utf8(list.v[i].value));
	}
}

static void
upload(struct arena *a, struct str type, struct str body)
{
	struct str boundary = multipart_boundary(type), between;
	pair_vec parts = { 0 };
	struct err err = { 0 };

	if (multipart_parse(a, type, body, &parts, &err) < 0) {
		MUST(err.code == ERR_bad_request);
		return;
	}
	between = str_from(arena_printf(a, "\r\n--" STR_FMT, STR_ARG(boundary)));
	for (size_t i = 0; i < parts.n; i++) {
		struct str v = parts.v[i].value;

		MUST(parts.v[i].name.len > 0);
		MUST(v.p >= body.p && v.p + v.len <= body.p + body.len);
		MUST(!memmem(v.p, v.len, between.p, between.len));
		for (size_t k = 0; k < i; k++)
			MUST(!str_eq(parts.v[i].name, parts.v[k].name));
	}
}

/* Where a part's value may have one: the end of its head is the line's end before it. */
static bool
has_delimiter(struct str part)
{
	return str_starts(part, STR("--b0undary")) ||
	       memmem(part.p, part.len, "\r\n--b0undary", 12);
}

static void
there_and_back(struct arena *a, struct str one, struct str two)
{
	pair_vec parts = { 0 };
	struct sb sb;

	if (has_delimiter(one) || has_delimiter(two))
		return;
	sb_init(&sb, a, 1 << 20);
	sb_addz(&sb, "--b0undary\r\nContent-Disposition: form-data; name=\"one\"; "
		     "filename=\"a;b\"\r\nContent-Type: text/csv\r\n\r\n");
	sb_add(&sb, one);
	sb_addz(&sb, "\r\n--b0undary\r\ncontent-disposition: form-data; name=two\r\n\r\n");
	sb_add(&sb, two);
	sb_addz(&sb, "\r\n--b0undary--\r\n");
	MUST(multipart_parse(a, STR(MULTIPART "b0undary"), sb_str(&sb), &parts, NULL) == 0);
	MUST(parts.n == 2 && str_eqz(parts.v[0].name, "one") && str_eqz(parts.v[1].name, "two"));
	MUST(str_eq(parts.v[0].value, one) && str_eq(parts.v[1].value, two));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	struct str first;

	switch (input_bits(&in, 1) % 4) {
	case 0:
		target(a, input_rest(&in));
		break;
	case 1:
		pairs(a, input_rest(&in));
		break;
	case 2:
		first = input_until(&in, '\n');
		upload(a, str_from(arena_printf(a, MULTIPART STR_FMT, STR_ARG(first))),
		       input_rest(&in));
		break;
	default:
		first = input_until(&in, '\0');
		there_and_back(a, first, input_rest(&in));
	}
	arena_free(a);
	return 0;
}
