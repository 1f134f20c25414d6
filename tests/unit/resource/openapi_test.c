/* The document's own soundness: it parses, twice the same, ids are unique, every $ref resolves. */
#include "fixture.h"

static struct json_object *
document(struct arena *a)
{
	struct str first = openapi_document(&test_registry, a, "https://billing.example");
	struct str second = openapi_document(&test_registry, a, "https://billing.example");
	struct json_object *o;
	struct err err = { 0 };

	assert_true(str_eq(first, second));
	if (jscan_parse(a, first, &o, &err))
		fail_msg("%s", err.detail);
	return o;
}

static void
check_refs(struct json_object *doc, struct json_object *o)
{
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			check_refs(doc, json_object_array_get_idx(o, i));
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, key, value)
	{
		struct json_object *at = doc;
		struct str rest, name;

		if (strcmp(key, "$ref") != 0) {
			check_refs(doc, value);
			continue;
		}
		rest = str_from(json_object_get_string(value));
		str_cut(rest, '/', &rest);
		while (rest.len) {
			char part[100];

			name = str_cut(rest, '/', &rest);
			snprintf(part, sizeof(part), STR_FMT, STR_ARG(name));
			if (!json_object_object_get_ex(at, part, &at))
				fail_msg("nothing at %s", json_object_get_string(value));
		}
	}
}

static void
test_document(void **state)
{
	struct arena *a = arena_new(0);
	struct json_object *doc = document(a), *paths;
	VEC(const char *) ids = { 0 };

	(void)state;
	check_refs(doc, doc);
	paths = json_object_object_get(doc, "paths");
	json_object_object_foreach(paths, path, item)
	{
		json_object_object_foreach(item, method, op)
		{
			const char *id =
			    json_object_get_string(json_object_object_get(op, "operationId"));

			assert_non_null(id);
			for (size_t i = 0; i < ids.n; i++)
				if (strcmp(ids.v[i], id) == 0)
					fail_msg("%s %s: %s again", method, path, id);
			*vec_push(a, &ids) = id;
			assert_true(
			    json_object_object_length(json_object_object_get(op, "responses")) > 5);
			assert_non_null(json_object_object_get(op, "summary"));
		}
	}
	assert_true(ids.n > 20);
	arena_free(a);
}

static void
test_dump(void **state)
{
	struct arena *a = arena_new(0);
	struct json_object *o;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(jscan_parse(a, registry_dump_json(&test_registry, a), &o, &err), 0);
	assert_int_equal(json_object_array_length(jval_get(o, "resources")), 3);
	arena_free(a);
}

static void
test_schema(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	assert_int_equal(run(x, resource_schema, &test_account, M_GET, NULL, NULL, NULL), 200);
	assert_string_equal(member(x, "name"), "account");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_dump),
		cmocka_unit_test_setup(test_schema, fixture_reset),
	};

	if (argc > 1) {
		struct arena *a = arena_new(0);
		struct str s = openapi_document(&test_registry, a, argv[1]);

		fwrite(s.p, 1, s.len, stdout);
		arena_free(a);
		return 0;
	}
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
