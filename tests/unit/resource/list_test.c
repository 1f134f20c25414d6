/* Lists: filters of both forms, order, cursors, shapes, ids, aggregates, batches. */
#include "fixture.h"

#include "export.h"

static void
fill(struct fixture *x)
{
	/* 7 accounts; e-mail on the odd ones, so that a sort by it has nulls. */
	static bool done;

	if (done)
		return;
	done = true;
	for (int i = 0; i < 7; i++) {
		const char *mail = i % 2 ? arena_printf(x->arena, "\"m%d@L.example\"", i) : "null";

		assert_int_equal(
		    run(x, resource_create, &test_account, M_POST, NULL, NULL,
			arena_printf(x->arena,
				     "{\"legal_name\": \"Legal %d\", \"account_name\": \"%s %d\", "
				     "\"email\": %s, \"state\": \"%s\", \"external_id\": \"L%d\", "
				     "\"invoice_address\": {\"country\": \"%s\"}, "
				     "\"contacts\": [{\"name\": \"Person %d\"}]}",
				     i, i < 3 ? "ALPHA" : "beta", i, mail,
				     i < 5 ? "active" : "closed", i, i % 2 ? "AT" : "DE", i)),
		    201);
	}
}

/* Names in the order answered, by commas; of a list or search. */
static const char *
names(struct fixture *x)
{
	struct json_object *data = jval_get(body(x), "data");
	struct sb sb;

	sb_init(&sb, x->arena, 10000);
	for (size_t i = 0; i < json_object_array_length(data); i++) {
		struct str s = { 0 };

		jval_str(json_object_array_get_idx(data, i), "account_name", &s);
		sb_addf(&sb, "%s%c", i ? "," : "", s.p[s.len - 1]);
	}
	return sb_z(&sb);
}

static void
expect(struct fixture *x, const char *query, const char *want)
{
	int status = run(x, resource_list, &test_account, M_GET, NULL, query, NULL);

	if (status != 200)
		fail_msg("%s: %d %s %s", query, status, x->err.detail, x->err.cause);
	if (strcmp(names(x), want) != 0)
		fail_msg("%s: %s, not %s", query, names(x), want);
}

static void
expect_where(struct fixture *x, const char *where, const char *want)
{
	int status =
	    run(x, resource_search, &test_account, M_POST, NULL, NULL,
		arena_printf(x->arena, "{\"where\": %s, \"sort\": \"account_name\"}", where));

	if (status != 200) {
		has_error(x, "", "");
		fail_msg("%s: %d %s %s", where, status, x->err.detail, x->err.cause);
	}
	if (strcmp(names(x), want) != 0)
		fail_msg("%s: %s, not %s", where, names(x), want);
}

static void
test_filters(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	fill(x);
	expect(x, "sort=account_name", "0,1,2,3,4,5,6");
	expect(x, "sort=-account_name&limit=3", "6,5,4");
	expect(x, "account_name=alpha 1", "1");
	expect(x, "account_name[prefix]=AL&sort=account_name", "0,1,2");
	expect(x, "account_name[in]=Alpha 0,BETA 3&sort=account_name", "0,3");
	expect(x, "account_name[nin]=Alpha 0,BETA 3&sort=account_name&state=active", "1,2,4");
	expect(x, "state[ne]=active&sort=account_name", "5,6");
	expect(x, "email[is_null]=true&sort=account_name", "0,2,4,6");
	expect(x, "email[ne]=m1@l.example&state=active&sort=account_name", "0,2,3,4");
	expect(x, "country=AT&sort=account_name", "1,3,5");
	expect(x, "external_id[in]=L1,L6,nix&sort=account_name", "1,6");
	expect(x, "external_id[is_null]=true", "");
	expect(x, "account_name[like]=ETA&sort=account_name", "3,4,5,6");
	expect(x, "account_name[like]=a 5", "5");
	expect(x, "account_name[like]=%&sort=account_name", "");
	expect(x, "account_name[like]=a_5", "");
	expect(x, "created_at[gt]=2020-01-01T00:00:00Z&limit=200&sort=account_name",
	       "0,1,2,3,4,5,6");
	expect(x, "created_at[lt]=2020-01-01T01:00:00+01:00", "");
}

static void
test_refused(void **state)
{
	struct fixture *x = *state;
	static const char *const wrong[][2] = {
		{ "nix=1", "?nix" },
		{ "limit=0", "?limit" },
		{ "limit=201", "?limit" },
		{ "limit=1&limit=2", "?limit" },
		{ "state=active&state=closed", "?state" },
		{ "state=gone", "?state" },
		{ "state[lt]=active", "?state[lt]" },
		{ "state[like]=a", "?state[like]" },
		{ "sort=notes", "?sort" },
		{ "sort=-", "?sort" },
		{ "sort=legal_name,id", "?sort" },
		{ "cursor=AAAA", "?cursor" },
		{ "fields=nix", "?fields" },
		{ "expand=nix", "?expand" },
		{ "expand=parent.parent.parent", "?expand" },
		{ "count=all", "?count" },
		{ "archived=maybe", "?archived" },
		{ "parent_id=x", "?parent_id" },
		{ "created_at[gt]=yesterday", "?created_at[gt]" },
		{ "custom.nix=1", "?custom.nix" },
		{ "account_name[prefix]=", "?account_name[prefix]" },
		{ "owner.name=x", "?owner.name" },
		{ "ids=x", "?ids" },
	};

	if (!x)
		skip();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int status = run(x, resource_list, &test_account, M_GET, NULL, wrong[i][0], NULL);

		if (status != 422 || !x->err.fields ||
		    strcmp(x->err.fields->pointer, wrong[i][1]) != 0)
			fail_msg("%s: %d %s", wrong[i][0], status,
				 x->err.fields ? x->err.fields->pointer : x->err.detail);
	}
}

static void
test_trees(void **state)
{
	struct fixture *x = *state;
	struct sb deep;

	if (!x)
		skip();
	fill(x);
	expect_where(x, "{}", "0,1,2,3,4,5,6");
	expect_where(x, "{\"field\": \"state\", \"op\": \"eq\", \"value\": \"closed\"}", "5,6");
	expect_where(
	    x,
	    "{\"and\": [{\"field\": \"state\", \"op\": \"eq\", \"value\": \"active\"}, {\"or\": "
	    "[{\"field\": \"account_name\", \"op\": \"prefix\", \"value\": \"alpha\"}, "
	    "{\"field\": \"country\", \"op\": \"in\", \"value\": [\"AT\"]}]}]}",
	    "0,1,2,3");
	/* What is unknown is no match, and its negation is one. */
	expect_where(
	    x, "{\"not\": {\"field\": \"email\", \"op\": \"eq\", \"value\": \"M1@l.example\"}}",
	    "0,2,3,4,5,6");
	expect_where(x, "{\"not\": {\"field\": \"email\", \"op\": \"is_null\", \"value\": false}}",
		     "0,2,4,6");
	sb_init(&deep, x->arena, 10000);
	for (int i = 0; i < 5; i++)
		sb_addz(&deep, "{\"not\": ");
	sb_addz(&deep, "{\"field\": \"state\", \"op\": \"eq\", \"value\": \"closed\"}}}}}}");
	assert_int_equal(run(x, resource_search, &test_account, M_POST, NULL, NULL,
			     arena_printf(x->arena, "{\"where\": %s}", sb_z(&deep))),
			 422);
	assert_string_equal(x->err.fields->code, "too_deep");
	sb_init(&deep, x->arena, 100000);
	sb_addz(&deep, "{\"where\": {\"or\": [");
	for (int i = 0; i < 51; i++)
		sb_addf(&deep, "%s{\"field\": \"state\", \"op\": \"eq\", \"value\": \"closed\"}",
			i ? "," : "");
	sb_addz(&deep, "]}}");
	assert_int_equal(run(x, resource_search, &test_account, M_POST, NULL, NULL, sb_z(&deep)),
			 422);
	assert_string_equal(x->err.fields->code, "too_many");
	assert_int_equal(run(x, resource_search, &test_account, M_POST, NULL, NULL,
			     "{\"where\": {\"field\": \"state\", \"op\": \"eq\", \"value\": 1}}"),
			 422);
	assert_true(has_error(x, "/where/value", "type"));
	assert_int_equal(run(x, resource_search, &test_account, M_POST, NULL, NULL,
			     "{\"nix\": 1, \"limit\": 1.5}"),
			 422);
	assert_true(has_error(x, "/nix", "unknown"));
	assert_true(has_error(x, "/limit", "out_of_range"));
}

/* Walks a list by pages of `limit` under an order; what it met, by commas. */
static const char *
walk(struct fixture *x, const char *sort, int limit)
{
	struct sb all;
	const char *cursor = NULL;

	sb_init(&all, x->arena, 10000);
	do {
		struct str next = { 0 };

		assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
				     arena_printf(x->arena, "sort=%s&limit=%d%s%s", sort, limit,
						  cursor ? "&cursor=" : "", cursor ? cursor : ""),
				     NULL),
				 200);
		sb_addf(&all, "%s%s", all.len ? "," : "", names(x));
		cursor = jval_str(body(x), "next", &next) ? str_dup(x->arena, next) : NULL;
	} while (cursor);
	return sb_z(&all);
}

static void
test_cursors(void **state)
{
	struct fixture *x = *state;
	struct str cursor;
	char *bent;

	if (!x)
		skip();
	fill(x);
	for (int limit = 1; limit < 9; limit++) {
		assert_string_equal(walk(x, "account_name", limit), "0,1,2,3,4,5,6");
		assert_string_equal(walk(x, "-account_name", limit), "6,5,4,3,2,1,0");
		assert_string_equal(walk(x, "created_at", limit), "0,1,2,3,4,5,6");
		assert_string_equal(walk(x, "-id", limit), "6,5,4,3,2,1,0");
		assert_string_equal(walk(x, "id", limit), "0,1,2,3,4,5,6");
		/* Nulls last, both ways. */
		assert_string_equal(walk(x, "email", limit), "1,3,5,0,2,4,6");
		assert_string_equal(walk(x, "-email", limit), "5,3,1,6,4,2,0");
	}
	expect(x, "sort=account_name&limit=2", "0,1");
	assert_true(jval_str(body(x), "next", &cursor));
	bent = str_dup(x->arena, cursor);
	expect(x, arena_printf(x->arena, "sort=account_name&limit=3&cursor=%s", bent), "2,3,4");
	/* Of this list alone: another order, filter, tenant, or one bit. */
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
			     arena_printf(x->arena, "sort=-account_name&cursor=%s", bent), NULL),
			 422);
	assert_int_equal(
	    run(x, resource_list, &test_account, M_GET, NULL,
		arena_printf(x->arena, "sort=account_name&state=active&cursor=%s", bent), NULL),
	    422);
	x->who = &x->b;
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
			     arena_printf(x->arena, "sort=account_name&cursor=%s", bent), NULL),
			 422);
	x->who = &x->a;
	for (size_t i = 0; i + 1 < cursor.len; i++) {
		char was = bent[i];

		bent[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
				     arena_printf(x->arena, "sort=account_name&cursor=%s", bent),
				     NULL),
				 422);
		bent[i] = was;
	}
}

static void
test_shapes(void **state)
{
	struct fixture *x = *state;
	struct json_object *row;
	const char *id, *ids;

	if (!x)
		skip();
	fill(x);
	expect(x, "account_name=alpha 1&count=exact", "1");
	row = json_object_array_get_idx(jval_get(body(x), "data"), 0);
	assert_false(jval_has(row, "contacts"));
	assert_int_equal(json_object_get_int(jval_get(body(x), "total")), 1);
	id = arena_strdup(x->arena, json_object_get_string(jval_get(row, "id")));
	expect(x, "account_name=alpha 1&expand=contacts,parent", "1");
	row = json_object_array_get_idx(jval_get(body(x), "data"), 0);
	assert_int_equal(json_object_array_length(jval_get(row, "contacts")), 1);
	assert_true(jval_has(row, "parent"));
	assert_int_equal(run(x, resource_list, &test_contact, M_GET, NULL,
			     arena_printf(x->arena,
					  "account_id=%s&expand=account.parent&fields=name", id),
			     NULL),
			 200);
	row = json_object_array_get_idx(jval_get(body(x), "data"), 0);
	assert_string_equal(json_object_get_string(
				jval_get(jval_get(row, "account"), "account_name")),
			    "ALPHA 1");
	assert_true(jval_has(jval_get(row, "account"), "parent"));
	assert_int_equal(json_object_object_length(row), 4);
	assert_int_equal(run(x, resource_list, &test_contact, M_GET, NULL, "account.state=closed",
			     NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 2);
	ids = arena_printf(x->arena, "ids=%s,%s&fields=account_name", uuid_new().z, id);
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL, ids, NULL), 200);
	assert_string_equal(names(x), "1");
	assert_int_equal(json_object_array_length(jval_get(body(x), "missing")), 1);
	x->who = &x->b;
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL, ids, NULL), 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "missing")), 2);
	expect(x, "sort=account_name", "");
}

static void
test_aggregate(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	fill(x);
	assert_int_equal(run(x, resource_aggregate, &test_account, M_POST, NULL, NULL,
			     "{\"where\": {\"field\": \"country\", \"op\": \"eq\", \"value\": "
			     "\"AT\"}, \"group_by\": [\"state\"], "
			     "\"metrics\": [{\"op\": \"count\"}, {\"op\": \"max\", \"field\": "
			     "\"payment_terms\"}]}"),
			 200);
	/* An account without terms of its own has its seller's. */
	assert_string_equal(
	    str_dup(x->arena, x->reply.body),
	    "{\"data\":[{\"group\":{\"state\" : "
	    "\"active\"},\"count\":2,\"max_payment_terms\":30},"
	    "{\"group\":{\"state\" : "
	    "\"closed\"},\"count\":1,\"max_payment_terms\":30}],\"truncated\":false}");
	assert_int_equal(run(x, resource_aggregate, &test_account, M_POST, NULL, NULL, "{}"), 200);
	assert_int_equal(run(x, resource_aggregate, &test_account, M_POST, NULL, NULL,
			     "{\"group_by\": [\"legal_name\", 1], \"metrics\": [{\"op\": \"avg\"}, "
			     "{\"op\": \"sum\", \"field\": \"state\"}]}"),
			 422);
	assert_true(has_error(x, "/group_by/0", "unknown"));
	assert_true(has_error(x, "/group_by/1", "type"));
	assert_true(has_error(x, "/metrics/0/op", "choice"));
	assert_true(has_error(x, "/metrics/1/field", "unknown"));
}

static int
status_at(struct fixture *x, size_t i)
{
	return json_object_get_int(
	    jval_get(json_object_array_get_idx(jval_get(body(x), "data"), i), "status"));
}

static void
test_batch(void **state)
{
	struct fixture *x = *state;
	const char *id, *first, *text;

	if (!x)
		skip();
	x->who = &x->b;
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, NULL,
			     "{\"items\": [{\"op\": \"create\", \"data\": {\"legal_name\": \"B1\", "
			     "\"account_name\": \"B1\"}}, "
			     "{\"op\": \"create\", \"data\": {\"legal_name\": \"B2\", "
			     "\"account_name\": \"B2\"}}]}"),
			 200);
	assert_int_equal(status_at(x, 1), 201);
	id = arena_strdup(
	    x->arena,
	    json_object_get_string(
		jval_get(jval_get(json_object_array_get_idx(jval_get(body(x), "data"), 0), "data"),
			 "id")));
	/* All or nothing: the second is stale, the first is not kept. */
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, NULL,
			     arena_printf(x->arena,
					  "{\"items\": [{\"op\": \"create\", \"data\": "
					  "{\"legal_name\": \"B3\", \"account_name\": \"B3\"}}, "
					  "{\"op\": \"update\", \"id\": \"%s\", \"version\": 9, "
					  "\"data\": {\"legal_name\": \"x\"}}]}",
					  id)),
			 412);
	assert_true(has_error(x, "/items/1", "stale"));
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL, "legal_name=B3", NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 0);
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, NULL,
			     "{\"items\": [{\"op\": \"create\", \"data\": {}}, {\"op\": \"nix\"}, "
			     "3, {\"op\": \"update\", \"data\": {}}]}"),
			 422);
	assert_true(has_error(x, "/items/0/data/legal_name", "required"));
	assert_true(has_error(x, "/items/1/op", "choice"));
	assert_true(has_error(x, "/items/2", "type"));
	assert_true(has_error(x, "/items/3/id", "required"));
	/* Each on its own; a repeat under the key does nothing twice. */
	text = arena_printf(x->arena,
			    "{\"items\": [{\"op\": \"create\", \"data\": {\"legal_name\": \"B4\", "
			    "\"account_name\": \"B4\"}}, "
			    "{\"op\": \"create\", \"data\": {\"nix\": 1}}, "
			    "{\"op\": \"update\", \"id\": \"%s\", \"version\": 1, \"data\": "
			    "{\"legal_name\": \"B1b\"}}]}",
			    id);
	x->key = "batch";
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, "partial=true", text),
			 200);
	assert_int_equal(status_at(x, 0), 201);
	assert_int_equal(status_at(x, 1), 422);
	assert_int_equal(status_at(x, 2), 200);
	first = str_dup(x->arena, x->reply.body);
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, "partial=true", text),
			 200);
	assert_true(x->reply.replayed);
	assert_string_equal(str_dup(x->arena, x->reply.body), first);
	/* Broken off after its items, before its own answer: the items' answers are found again. */
	sql(x,
	    arena_printf(x->arena,
			 "DELETE FROM api.answer WHERE tenant_id = '%s' AND scope NOT LIKE '%%#%%'",
			 x->b.tenant.z));
	assert_int_equal(run(x, resource_batch, &test_account, M_POST, NULL, "partial=true", text),
			 200);
	assert_string_equal(str_dup(x->arena, x->reply.body), first);
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL, "legal_name=B4", NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 1);
}

static void
test_archived(void **state)
{
	struct fixture *x = *state;
	const char *id;

	if (!x)
		skip();
	x->who = &x->b;
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"legal_name\": \"Z\", \"account_name\": \"Z\"}"),
			 201);
	id = arena_strdup(x->arena, member(x, "id"));
	x->if_match = "*";
	assert_int_equal(run(x, resource_delete, &test_account, M_DELETE, id, NULL, NULL), 204);
	expect(x, "legal_name=z", "");
	expect(x, "legal_name=z&archived=with", "Z");
	expect(x, "legal_name=z&archived=only", "Z");
	expect(x, arena_printf(x->arena, "ids=%s", id), "Z");
}

static bool
exports_notes(struct fixture *x, const struct caller *who, const char *spec)
{
	struct call c = { .arena = x->arena, .app = &x->app, .who = *who };
	struct json_object *o;
	struct export_plan plan;
	int i = 0;

	err_clear(&x->err);
	assert_int_equal(jscan_parse(x->arena, str_from(spec), &o, &x->err), 0);
	if (export_plan_read(&c, &test_account, o, &plan, &x->err) < 0)
		return false;
	while (strcmp(test_account.fields[i].name, "notes") != 0)
		i++;
	return selection_has(plan.page.selection, i);
}

/* The worker that writes a file plans it as whoever asked: with what they may see. */
static void
test_a_file_has_what_its_asker_sees(void **state)
{
	static const char everything[] = "{\"resource\": \"account\"}",
			  named[] = "{\"resource\": \"account\", \"fields\": [\"notes\"]}";
	struct fixture *x = *state;
	struct caller narrow;

	if (!x)
		skip();
	narrow = x->a;
	narrow.perms = (struct perm_set){ 0 };
	perm_add(&narrow.perms, P_ACCOUNT_READ);
	assert_true(exports_notes(x, &x->a, everything));
	assert_true(exports_notes(x, &x->a, named));
	assert_false(exports_notes(x, &narrow, everything));
	assert_int_equal(x->err.code, ERR_none);
	assert_false(exports_notes(x, &narrow, named));
	assert_true(has_error(x, "/fields", "unknown"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_filters, fixture_reset),
		cmocka_unit_test_setup(test_refused, fixture_reset),
		cmocka_unit_test_setup(test_trees, fixture_reset),
		cmocka_unit_test_setup(test_cursors, fixture_reset),
		cmocka_unit_test_setup(test_shapes, fixture_reset),
		cmocka_unit_test_setup(test_aggregate, fixture_reset),
		cmocka_unit_test_setup(test_batch, fixture_reset),
		cmocka_unit_test_setup(test_archived, fixture_reset),
		cmocka_unit_test_setup(test_a_file_has_what_its_asker_sees, fixture_reset),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
