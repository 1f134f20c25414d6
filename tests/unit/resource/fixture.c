/*
 * fixture.c - see fixture.h. The tables here are the tests' own, over the product's tables: what
 * they try is the engine, whatever a resource is like.
 */
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *const states[] = { "active", "closed", NULL };
static const char *const roles[] = { "buyer", "approver", "billing", "technical", NULL };

static const struct field contact_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Account." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .doc = "Name." },
	{ .name = "email",
	  .type = FT_EMAIL,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .norm = "email_norm",
	  .doc = "Mail." },
	{ .name = "roles", .type = FT_ENUM_SET, .u.words = roles, .doc = "Roles." },
	{ 0 }
};
static const char *const contact_hops[] = { "account.state", "account.owner_id", NULL };
const struct resource test_contact = {
	.name = "contact",
	.path = "contacts",
	.table = "crm.contact",
	.view = "crm.contact_view",
	.ops = OP_ALL,
	.read = P_ACCOUNT_READ,
	.write = P_ACCOUNT_WRITE,
	.fields = contact_fields,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.hops = contact_hops,
	.doc = "A contact.",
};

static const struct field account_fields[] = {
	{ .name = "legal_name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .norm = "legal_name_norm",
	  .u.len = { 1, 200 },
	  .doc = "Legal name." },
	{ .name = "account_name",
	  .type = FT_TEXT,
	  .flags = FF_FILTER | FF_SORT | FF_SEARCH,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .doc = "Name." },
	{ .name = "email",
	  .type = FT_EMAIL,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .norm = "email_norm",
	  .u.len = { 3, 254 },
	  .doc = "Mail." },
	{ .name = "website",
	  .type = FT_URL,
	  .flags = FF_NULLABLE,
	  .u.len = { 4, 500 },
	  .doc = "Site." },
	{ .name = "parent_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Parent." },
	{ .name = "owner_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "user",
	  .doc = "Owner." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .write = P_BILLING_TERMS,
	  .u.words = states,
	  .doc = "State." },
	{ .name = "invoice_address", .type = FT_ADDRESS, .flags = FF_NULLABLE, .doc = "Address." },
	{ .name = "country",
	  .type = FT_COUNTRY,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .doc = "Country." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .doc = "Currency." },
	{ .name = "payment_terms",
	  .type = FT_INT,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.num = { 0, 365 },
	  .doc = "Days." },
	{ .name = "po_required", .type = FT_BOOL, .write = P_BILLING_TERMS, .doc = "PO." },
	{ .name = "exemption_valid_to", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Last day." },
	{ .name = "notes",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .read = P_BILLING_TERMS,
	  .u.len = { 0, 20000 },
	  .doc = "Notes." },
	{ 0 }
};
static const struct child account_children[] = { { .name = "contacts",
						   .resource = &test_contact,
						   .parent_column = "account_id",
						   .writable = true,
						   .max = 200 },
						 { 0 } };
const struct resource test_account = {
	.name = "account",
	.path = "accounts",
	.table = "crm.account",
	.view = "crm.account_view",
	.ops = OP_ALL,
	.read = P_ACCOUNT_READ,
	.write = P_ACCOUNT_WRITE,
	.fields = account_fields,
	.children = account_children,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.doc = "An account.",
};

static const struct resource *const resources[] = { &test_account, &test_contact,
						    &custom_field_resource, NULL };
static const struct route *const routes[] = { NULL };
const struct registry test_registry = { .resources = resources, .routes = routes };

static struct db *admin, *maker;

static const char *
ask(struct fixture *x, struct db *db, const char *statement)
{
	struct flush *f = flush_new(db, x->arena);
	struct err err = { 0 };
	int stmt;

	flush_begin(f);
	stmt = flush_add(f, statement, 0, NULL);
	flush_commit(f);
	if (flush_run(f, &err))
		fail_msg("%s: %s %s", statement, err.detail, err.cause);
	return flush_rows(f, stmt) ? flush_value(f, stmt, 0, 0) : NULL;
}

const char *
sql(struct fixture *x, const char *statement)
{
	return ask(x, admin, statement);
}

static void
make_tenant(struct fixture *x, struct caller *ret)
{
	struct uuid entity = uuid_new();

	caller_worker(ret, uuid_new().z, "test", "request-1");
	ask(x, maker,
	    arena_printf(
		x->arena,
		"SELECT tenant.create('%s', '%s', 't-%.30s', 'Test', 'EUR', 'AT', 'Europe/Vienna', "
		"'de', false, 'test')",
		ret->tenant.z, entity.z, ret->tenant.z));
	for (int p = 1; p < P_MAX; p++)
		perm_add(&ret->perms, (enum perm)p);
}

int
fixture_open(void **state)
{
	const char *conn = getenv("BILLFOLD_TEST_PG"), *file;
	static struct fixture x;
	struct err err = { 0 };
	FILE *f;

	if (!conn) {
		*state = NULL;
		return 0;
	}
	x.arena = arena_new(0);
	assert_int_equal(crypto_init(&err), 0);
	file = arena_printf(x.arena, "/tmp/resource-test-%d.secret", (int)getpid());
	f = fopen(file, "w");
	fputs("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", f);
	fclose(f);
	if (chmod(file, 0600) || secret_load(file, &x.app.secret, &err))
		fail_msg("secret: %s %s", err.detail, err.cause);
	unlink(file);
	admin = db_new(arena_printf(x.arena, "%s user=billfold_migrate", conn), "test");
	maker = db_new(arena_printf(x.arena, "%s user=billfold_admin", conn), "test");
	x.app.db = db_new(arena_printf(x.arena, "%s user=billfold_api", conn), "test");
	x.app.registry = &test_registry;
	x.app.texts = texts_new();
	make_tenant(&x, &x.a);
	make_tenant(&x, &x.b);
	*state = &x;
	return 0;
}

int
fixture_close(void **state)
{
	struct fixture *x = *state;

	if (!x)
		return 0;
	db_free(x->app.db);
	db_free(admin);
	db_free(maker);
	texts_free(x->app.texts);
	arena_free(x->arena);
	return 0;
}

int
fixture_reset(void **state)
{
	struct fixture *x = *state;

	if (!x)
		return 0;
	arena_reset(x->arena);
	x->key = x->if_match = x->if_none_match = NULL;
	x->who = &x->a;
	return 0;
}

int
run(struct fixture *x, operation op, const struct resource *res, enum method method,
    const char *param, const char *query, const char *text)
{
	struct call *c = arena_alloc(x->arena, sizeof(*c));
	struct str rest = str_from(query);

	err_clear(&x->err);
	x->err = (struct err){ 0 };
	x->reply = (struct reply){ 0 };
	c->arena = x->arena;
	c->app = &x->app;
	c->who = *x->who;
	c->method = method;
	c->path =
	    arena_printf(x->arena, "/v1/%s%s%s", res->path, param ? "/" : "", param ? param : "");
	c->param[0] = str_from(param);
	c->n_params = param ? 1 : 0;
	while (rest.len) {
		struct str value, one = str_cut(rest, '&', &rest), name = str_cut(one, '=', &value);

		*vec_push(x->arena, &c->query) = (struct pair){ name, value };
	}
	c->raw_body = str_from(text);
	if (text && jscan_parse(x->arena, c->raw_body, &c->body, &x->err))
		return err_def(&x->err)->status;
	c->if_match = str_from(x->if_match);
	c->if_none_match = str_from(x->if_none_match);
	c->idempotency_key = str_from(x->key);
	if (op(res, c, &x->reply, &x->err)) {
		assert_int_not_equal(x->err.code, ERR_none);
		if (err_def(&x->err)->status >= 500)
			print_message("%s: %s | %s\n", x->err.sqlstate, x->err.detail,
				      x->err.cause);
		return err_def(&x->err)->status;
	}
	assert_int_equal(x->err.code, ERR_none);
	return x->reply.status;
}

struct json_object *
body(struct fixture *x)
{
	struct json_object *o = NULL;
	struct err err = { 0 };

	if (jscan_parse(x->arena, x->reply.body.len ? x->reply.body : STR("{}"), &o, &err))
		fail_msg("answer is no JSON: " STR_FMT, STR_ARG(x->reply.body));
	return o;
}

const char *
member(struct fixture *x, const char *name)
{
	struct str s;

	return jval_str(body(x), name, &s) ? str_dup(x->arena, s) : "";
}

bool
has_error(const struct fixture *x, const char *pointer, const char *code)
{
	for (const struct err_field *e = x->err.fields; e; e = e->next) {
		if (strcmp(e->pointer, pointer) == 0 && strcmp(e->code, code) == 0)
			return true;
	}
	for (const struct err_field *e = x->err.fields; e; e = e->next)
		print_message("  %s %s %s\n", e->pointer, e->code, e->detail);
	return false;
}
