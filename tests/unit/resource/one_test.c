/* Create, read, update, delete of one object on a real database. */
#include "fixture.h"

static const char *
create(struct fixture *x, const char *text)
{
	int status = run(x, resource_create, &test_account, M_POST, NULL, NULL, text);

	if (status != 201)
		fail_msg("%d %s %s", status, x->err.detail, x->err.cause);
	return arena_strdup(x->arena, member(x, "id"));
}

static void
test_create_and_read(void **state)
{
	struct fixture *x = *state;
	const char *id, *first;

	if (!x)
		skip();
	id = create(
	    x, "{\"legal_name\": \"Ödön & Söhne\", \"account_name\": \"Odon\", "
	       "\"invoice_address\": {\"line1\": \"Weg 1\", "
	       "\"line2\": null, \"country\": \"AT\"}, \"payment_terms\": 30, \"contacts\": "
	       "[{\"name\": \"Ann\", "
	       "\"email\": \"Ann@Example.com\", \"roles\": [\"billing\"]}, {\"name\": \"Bob\"}], "
	       "\"external_id\": \"4711\"}");
	assert_string_equal(member(x, "object"), "account");
	assert_string_equal(x->reply.etag, "\"1\"");
	assert_string_equal(x->reply.location, arena_printf(x->arena, "/v1/accounts/%s", id));
	assert_string_equal(member(x, "country"), "AT");
	assert_string_equal(member(x, "external_id"), "4711");
	assert_int_equal(json_object_array_length(jval_get(body(x), "contacts")), 2);
	assert_int_equal(json_object_object_length(jval_get(body(x), "invoice_address")), 2);
	first = str_dup(x->arena, x->reply.body);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, NULL, NULL), 200);
	assert_string_equal(str_dup(x->arena, x->reply.body), first);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, "external:default:4711", NULL,
			     NULL),
			 200);
	assert_string_equal(member(x, "id"), id);
	x->if_none_match = "\"1\"";
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, NULL, NULL), 304);
	assert_int_equal(x->reply.body.len, 0);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id,
			     "fields=legal_name,version", NULL),
			 304);
	x->if_none_match = NULL;
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, "fields=legal_name", NULL),
			 200);
	assert_int_equal(json_object_object_length(body(x)), 3);
	/* A name said twice is there once. */
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, "fields=contacts,contacts",
			     NULL),
			 200);
	assert_int_equal(json_object_object_length(body(x)), 3);
	/* Of another tenant, not an id, nobody's: one answer. */
	x->who = &x->b;
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, NULL, NULL), 404);
	first = arena_strdup(x->arena, x->err.detail);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, "nobody", NULL, NULL), 404);
	assert_string_equal(first, x->err.detail);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, "external:default:4711", NULL,
			     NULL),
			 404);
	assert_string_equal(first, x->err.detail);
}

static void
test_wrong_fields(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	assert_int_equal(
	    run(x, resource_create, &test_account, M_POST, NULL, NULL,
		"{\"id\": \"x\", \"country\": \"AT\", \"nix\": 1, \"email\": \"nono\", "
		"\"payment_terms\": 366, "
		"\"state\": \"gone\", \"website\": \"ftp://x\", \"invoice_address\": {\"street\": "
		"\"a\"}, "
		"\"contacts\": [{\"email\": \"a@b.c\"}], \"exemption_valid_to\": \"2026-02-30\"}"),
	    422);
	assert_true(has_error(x, "/id", "read_only"));
	assert_true(has_error(x, "/country", "read_only"));
	assert_true(has_error(x, "/nix", "unknown"));
	assert_true(has_error(x, "/email", "format"));
	assert_true(has_error(x, "/payment_terms", "out_of_range"));
	assert_true(has_error(x, "/state", "choice"));
	assert_true(has_error(x, "/website", "format"));
	assert_true(has_error(x, "/invoice_address/street", "unknown"));
	assert_true(has_error(x, "/contacts/0/name", "required"));
	assert_true(has_error(x, "/exemption_valid_to", "format"));
	assert_true(has_error(x, "/legal_name", "required"));
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, "[]"), 422);
	assert_int_equal(
	    run(x, resource_create, &test_account, M_POST, NULL, NULL,
		"{\"legal_name\": \"A\", \"account_name\": \"A\", \"payment_terms\": 1.0}"),
	    422);
	assert_true(has_error(x, "/payment_terms", "type"));
}

static void
test_references(void **state)
{
	struct fixture *x = *state;
	const char *theirs;

	if (!x)
		skip();
	x->who = &x->b;
	theirs = create(x, "{\"legal_name\": \"B\", \"account_name\": \"B\"}");
	x->who = &x->a;
	assert_int_equal(
	    run(x, resource_create, &test_account, M_POST, NULL, NULL,
		arena_printf(
		    x->arena,
		    "{\"legal_name\": \"A\", \"account_name\": \"A\", \"parent_id\": \"%s\", "
		    "\"currency\": \"XXQ\"}",
		    theirs)),
	    422);
	assert_true(has_error(x, "/parent_id", "not_found"));
	assert_true(has_error(x, "/currency", "not_found"));
}

static void
test_guards(void **state)
{
	struct fixture *x = *state;
	struct caller sales;
	const char *id;

	if (!x)
		skip();
	sales = x->a;
	memset(&sales.perms, 0, sizeof(sales.perms));
	perm_add(&sales.perms, P_ACCOUNT_READ);
	id = create(x, "{\"legal_name\": \"A\", \"account_name\": \"A\", \"notes\": \"secret\"}");
	x->who = &sales;
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, "{}"), 403);
	assert_string_equal(err_def(&x->err)->code, "forbidden");
	perm_add(&sales.perms, P_ACCOUNT_WRITE);
	/* Before 422, and every one of them. */
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"payment_terms\": \"x\", \"currency\": \"EUR\", \"nix\": 1}"),
			 403);
	assert_string_equal(err_def(&x->err)->code, "forbidden_field");
	assert_true(has_error(x, "/payment_terms", "forbidden_field"));
	assert_true(has_error(x, "/currency", "forbidden_field"));
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, NULL, NULL), 200);
	assert_false(jval_has(body(x), "notes"));
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, "fields=notes", NULL),
			 422);
	perm_add(&sales.perms, P_BILLING_TERMS);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, "fields=notes", NULL),
			 200);
	assert_string_equal(member(x, "notes"), "secret");
}

static void
test_update(void **state)
{
	struct fixture *x = *state;
	const char *id, *ann, *bob, *etag;
	struct json_object *contacts;

	if (!x)
		skip();
	id = create(x,
		    "{\"legal_name\": \"A\", \"account_name\": \"A\", \"email\": \"a@b.example\", "
		    "\"invoice_address\": {\"line1\": \"Weg 1\", \"city\": \"Wien\"}, "
		    "\"contacts\": [{\"name\": \"Ann\"}, {\"name\": \"Bob\"}]}");
	contacts = jval_get(body(x), "contacts");
	ann = json_object_get_string(
	    json_object_object_get(json_object_array_get_idx(contacts, 0), "id"));
	bob = json_object_get_string(
	    json_object_object_get(json_object_array_get_idx(contacts, 1), "id"));
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"email\": null}"),
			 428);
	x->if_match = "\"2\"";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"email\": null}"),
			 412);
	assert_non_null(x->err.current);
	assert_non_null(strstr(x->err.current, "a@b.example"));
	x->if_match = "W/\"1\"";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"email\": null}"),
			 412);
	x->if_match = "\"01\"";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"email\": null}"),
			 412);
	x->if_match = "1";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"email\": null}"),
			 400);
	x->if_match = "\"7\", \"1\"";
	assert_int_equal(
	    run(x, resource_update, &test_account, M_PATCH, id, NULL,
		"{\"email\": null, \"invoice_address\": {\"city\": null, \"country\": \"AT\"}}"),
	    200);
	assert_string_equal(x->reply.etag, "\"2\"");
	assert_false(jval_get(body(x), "email"));
	assert_string_equal(json_object_get_string(
				jval_get(jval_get(body(x), "invoice_address"), "line1")),
			    "Weg 1");
	assert_false(jval_has(jval_get(body(x), "invoice_address"), "city"));
	assert_string_equal(json_object_get_string(
				jval_get(jval_get(body(x), "invoice_address"), "country")),
			    "AT");
	x->if_match = "*";
	assert_int_equal(
	    run(x, resource_update, &test_account, M_PATCH, id, NULL,
		arena_printf(x->arena,
			     "{\"contacts\": [{\"id\": \"%s\", \"email\": \"bob@b.example\", "
			     "\"roles\": [\"buyer\", \"technical\"]}, {\"name\": \"Cy\"}]}",
			     bob)),
	    200);
	etag = x->reply.etag;
	assert_string_equal(etag, "\"3\"");

	contacts = jval_get(body(x), "contacts");
	assert_int_equal(json_object_array_length(contacts), 2);
	assert_string_equal(json_object_get_string(
				json_object_object_get(json_object_array_get_idx(contacts, 0),
						       "id")),
			    bob);
	assert_string_equal(json_object_get_string(
				json_object_object_get(json_object_array_get_idx(contacts, 0),
						       "name")),
			    "Bob");
	assert_string_equal(
	    sql(x, arena_printf(
		       x->arena,
		       "SELECT string_agg(type || sequence, ' ' ORDER BY type, sequence) FROM "
		       "job.event WHERE object = 'contact' "
		       "AND object_id IN (SELECT id FROM crm.contact WHERE account_id = '%s')",
		       id)),
	    "contact.archived2 contact.created1 contact.created1 contact.created1 "
	    "contact.updated2");
	/* Ann is archived now, and no longer an element. */
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     arena_printf(x->arena, "{\"contacts\": [{\"id\": \"%s\"}]}", ann)),
			 422);
	assert_true(has_error(x, "/contacts/0/id", "not_found"));
	/* An update that changes nothing moves nothing. */
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"account_name\": \"A\"}"),
			 200);
	assert_string_equal(x->reply.etag, etag);
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL, "{}"), 200);
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, uuid_new().z, NULL, "{}"),
			 404);
	x->who = &x->b;
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL, "{}"), 404);
}

static void
test_archive_and_restore(void **state)
{
	struct fixture *x = *state;
	const char *id;

	if (!x)
		skip();
	id = create(x, "{\"legal_name\": \"Gone\", \"account_name\": \"Gone\"}");
	assert_int_equal(run(x, resource_delete, &test_account, M_DELETE, id, NULL, NULL), 428);
	x->if_match = "\"9\"";
	assert_int_equal(run(x, resource_delete, &test_account, M_DELETE, id, NULL, NULL), 412);
	assert_non_null(x->err.current);
	x->if_match = "\"1\"";
	assert_int_equal(run(x, resource_delete, &test_account, M_DELETE, id, NULL, NULL), 204);
	assert_int_equal(run(x, resource_read, &test_account, M_GET, id, NULL, NULL), 200);
	assert_true(*member(x, "archived_at"));
	x->if_match = "*";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"account_name\": \"B\"}"),
			 409);
	assert_int_equal(run(x, resource_delete, &test_account, M_DELETE, id, NULL, NULL), 409);
	x->if_match = NULL;
	assert_int_equal(run(x, resource_restore, &test_account, M_POST, id, NULL, NULL), 200);
	assert_false(jval_get(body(x), "archived_at"));
	assert_int_equal(run(x, resource_restore, &test_account, M_POST, uuid_new().z, NULL, NULL),
			 404);
	assert_string_equal(sql(x, arena_printf(x->arena,
						"SELECT string_agg(type, ' ' ORDER BY sequence) "
						"FROM job.event WHERE object_id = '%s'",
						id)),
			    "account.created account.archived account.restored");
}

static void
test_keys(void **state)
{
	struct fixture *x = *state;
	const char *first, *etag;
	const char *text = "{\"legal_name\": \"Key\", \"account_name\": \"Key\"}";

	if (!x)
		skip();
	x->key = "key-1";
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, text), 201);
	first = str_dup(x->arena, x->reply.body);
	etag = x->reply.etag;
	assert_false(x->reply.replayed);
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, text), 201);
	assert_true(x->reply.replayed);
	assert_string_equal(str_dup(x->arena, x->reply.body), first);
	assert_string_equal(x->reply.etag, etag);
	assert_non_null(x->reply.location);
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"legal_name\": \"Key\", \"account_name\": \"Other\"}"),
			 422);
	assert_string_equal(err_def(&x->err)->code, "idempotency_key_reused");
	x->who = &x->b;
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, text), 201);
	assert_false(x->reply.replayed);
	/* What rolled back is judged anew. */
	x->key = "key-2";
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, "{}"), 422);
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL, text), 201);
}

static void
test_external_ids(void **state)
{
	struct fixture *x = *state;
	const char *id;

	if (!x)
		skip();
	id = create(x, "{\"legal_name\": \"E\", \"account_name\": \"E\", \"external_ids\": "
		       "[{\"system\": \"sap\", \"id\": \"1\"}, "
		       "{\"system\": \"default\", \"id\": \"e-1\"}]}");
	assert_string_equal(member(x, "external_id"), "e-1");
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"legal_name\": \"E\", \"account_name\": \"E\", \"external_ids\": "
			     "[{\"system\": \"sap\", \"id\": \"1\"}]}"),
			 409);
	assert_true(has_error(x, "/external_ids", "already_exists"));
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"legal_name\": \"E\", \"account_name\": \"E\", \"external_ids\": "
			     "[{\"system\": \"S:\", \"id\": \"1\"}, 3]}"),
			 422);
	assert_true(has_error(x, "/external_ids/0/system", "format"));
	assert_true(has_error(x, "/external_ids/1", "type"));
	x->if_match = "*";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"external_id\": null}"),
			 200);
	assert_string_equal(member(x, "external_id"), "");
	assert_string_equal(x->reply.etag, "\"2\"");
	assert_int_equal(json_object_array_length(jval_get(body(x), "external_ids")), 1);
	x->if_match = NULL;
	assert_int_equal(run(x, resource_read, &test_account, M_GET, "external:sap:1", NULL, NULL),
			 200);
}

static void
test_custom(void **state)
{
	struct fixture *x = *state;
	const char *id;

	if (!x)
		skip();
	assert_int_equal(run(x, resource_create, &custom_field_resource, M_POST, NULL, NULL,
			     "{\"resource\": \"account\", \"key\": \"region\", \"label\": "
			     "\"Region\", \"type\": \"enum\", "
			     "\"choices\": [\"north\", \"south\"], \"filterable\": true}"),
			 201);
	assert_int_equal(run(x, resource_create, &custom_field_resource, M_POST, NULL, NULL,
			     "{\"resource\": \"account\", \"key\": \"score\", \"label\": "
			     "\"Score\", \"type\": \"decimal\", \"filterable\": true}"),
			 201);
	assert_int_equal(run(x, resource_create, &test_account, M_POST, NULL, NULL,
			     "{\"legal_name\": \"C\", \"account_name\": \"C\", \"custom\": "
			     "{\"region\": \"east\", \"score\": 1.5, \"nix\": 1}}"),
			 422);
	assert_true(has_error(x, "/custom/region", "choice"));
	assert_true(has_error(x, "/custom/score", "type"));
	assert_true(has_error(x, "/custom/nix", "unknown"));
	id = create(x, "{\"legal_name\": \"C\", \"account_name\": \"C\", \"custom\": {\"region\": "
		       "\"north\", \"score\": \"1.5\"}}");
	assert_string_equal(str_dup(x->arena, jval_text(x->arena, jval_get(body(x), "custom"))),
			    "{\"score\":\"1.5\",\"region\":\"north\"}");
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
			     "custom.region=north&custom.score[gt]=1.4", NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 1);
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL, "custom.score[gt]=1.5",
			     NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 0);
	x->if_match = "\"1\"";
	assert_int_equal(run(x, resource_update, &test_account, M_PATCH, id, NULL,
			     "{\"custom\": {\"score\": null}}"),
			 200);
	assert_string_equal(x->reply.etag, "\"2\"");
	x->if_match = NULL;
	assert_int_equal(run(x, resource_list, &test_account, M_GET, NULL,
			     "custom.score[is_null]=false", NULL),
			 200);
	assert_int_equal(json_object_array_length(jval_get(body(x), "data")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_create_and_read, fixture_reset),
		cmocka_unit_test_setup(test_wrong_fields, fixture_reset),
		cmocka_unit_test_setup(test_references, fixture_reset),
		cmocka_unit_test_setup(test_guards, fixture_reset),
		cmocka_unit_test_setup(test_update, fixture_reset),
		cmocka_unit_test_setup(test_archive_and_restore, fixture_reset),
		cmocka_unit_test_setup(test_keys, fixture_reset),
		cmocka_unit_test_setup(test_external_ids, fixture_reset),
		cmocka_unit_test_setup(test_custom, fixture_reset),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
