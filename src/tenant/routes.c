/*
 * routes.c - the tenant itself: what it is, its settings, its clock.
 *
 * Settings are the tenant's row, read and patched like any resource, only that its id is the
 * caller's tenant. Moving the clock runs what falls due on the way, which takes as long as it
 * takes: an operation, done by the scheduler.
 */
#include <billfold/tenant.h>

#include <billfold/resource/operation.h>
#include <billfold/resource/write.h>

static const char *const states[] = { "active", "suspended", NULL };

static const struct field settings_fields[] = {
	{ .name = "slug",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 63 },
	  .doc = "Names it at sign-in." },
	{ .name = "name", .type = FT_TEXT, .u.len = { 1, 200 }, .doc = "What it is called." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = states,
	  .doc = "Whether it is served." },
	{ .name = "sandbox",
	  .type = FT_BOOL,
	  .flags = FF_READ_ONLY,
	  .doc = "For trying: its clock can be set." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_READ_ONLY,
	  .doc = "Of its totals (ISO 4217)." },
	{ .name = "time_zone", .type = FT_ZONE, .doc = "Of its business dates (IANA)." },
	{ .name = "locale", .type = FT_LOCALE, .doc = "Of its documents and mails (BCP 47)." },
	{ .name = "default_entity_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .u.ref = "entity",
	  .doc = "The seller where nothing else says which." },
	{ .name = "settings",
	  .type = FT_JSON,
	  .doc = "Of rooms and clients; a patch is merged in. `modules`: parts of the product that "
		 "are "
		 "switched off, {\"deals\": false}. `mail_tracking`: false keeps no record of who "
		 "opens mails." },
	{ .name = "business_now",
	  .type = FT_TIME,
	  .flags = FF_COMPUTED | FF_READ_ONLY,
	  .doc = "Its business time: real, or the sandbox's clock." },
	{ 0 }
};

static bool
is_module(const struct call *c, const char *name)
{
	for (const char *const *m = registry_modules(c->app->registry, c->arena); *m; m++) {
		if (strcmp(*m, name) == 0)
			return true;
	}
	return false;
}

/* A switch that nobody turns by its name would be none. */
static int
check_modules(struct call *c, struct write *w, struct err *err)
{
	struct json_object *settings = jval_get(w->body, "settings"), *modules;

	if (!json_object_is_type(settings, json_type_object))
		return 0;
	if (jval_get(settings, "mail_tracking") &&
	    !json_object_is_type(jval_get(settings, "mail_tracking"), json_type_boolean))
		return write_refuse(w, err, "/settings/mail_tracking", "type",
				    "Must be true or false.");
	modules = jval_get(settings, "modules");
	if (modules && !json_object_is_type(modules, json_type_object))
		return write_refuse(w, err, "/settings/modules", "type", "Must be an object.");
	if (!modules)
		return 0;
	json_object_object_foreach(modules, name, value)
	{
		const char *pointer = pointer_add(c->arena, "/settings/modules", name);

		if (!is_module(c, name))
			write_refuse(w, err, pointer, "unknown", "There is no such module.");
		else if (value && !json_object_is_type(value, json_type_boolean))
			write_refuse(w, err, pointer, "type", "Must be true or false.");
	}
	return err->code == ERR_none ? 0 : -1;
}

static const struct resource settings_resource = {
	.name = "tenant",
	.path = "settings",
	.table = "tenant.tenant",
	.view = "tenant.tenant_view",
	.ops = OP_READ | OP_UPDATE,
	.read = P_TENANT_READ,
	.write = P_TENANT_WRITE,
	.fields = settings_fields,
	.default_sort = "created_at,id",
	.prepare = check_modules,
	.doc = "The tenant.",
};

static int
settings_get(struct call *c, struct reply *r, struct err *err)
{
	c->param[0] = str_from(c->who.tenant.z);
	return resource_read(&settings_resource, c, r, err);
}

static int
settings_patch(struct call *c, struct reply *r, struct err *err)
{
	c->param[0] = str_from(c->who.tenant.z);
	return resource_update(&settings_resource, c, r, err);
}

static int
clock_get(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin_read(c);
	int s = flush_addv(f, "SELECT tenant.clock()", FLUSH_END);
	int rc = call_run(c, f, r, err);

	if (rc == 0)
		r->body = flush_str(f, s, 0, 0);
	return rc < 0 ? -1 : 0;
}

static int
clock_advance(struct call *c, struct reply *r, struct err *err)
{
	const char *id = uuid_new_z(c->arena);
	struct str to = { 0 };
	struct flush *f;

	jval_str(c->body, "to", &to);
	f = call_begin(c);
	flush_addv(f, "SELECT tenant.expect_clock($1::timestamptz)", str_dup(c->arena, to),
		   FLUSH_END);
	flush_addv(
	    f,
	    "SELECT meta.start_operation($1::uuid, $2, jsonb_build_object('to', $3::timestamptz))",
	    id, CLOCK_JOB_KIND, str_dup(c->arena, to), FLUSH_END);
	if (call_answer(c, f, &operation_resource, id, 202, r, err) < 0)
		return -1;
	if (!r->location)
		r->location = arena_printf(c->arena, "/v1/operations/%s", id);
	return 0;
}

static const struct field clock_in[] = {
	{ .name = "to",
	  .type = FT_TIME,
	  .flags = FF_REQUIRED,
	  .doc = "What falls due up to here is run on the way; never backwards." },
	{ 0 }
};
static const struct field clock_out[] = { { .name = "sandbox",
					    .type = FT_BOOL,
					    .flags = FF_REQUIRED,
					    .doc = "Whether the clock can be set." },
					  { .name = "business_now",
					    .type = FT_TIME,
					    .flags = FF_REQUIRED,
					    .doc = "The tenant's business time." },
					  { .name = "time_zone",
					    .type = FT_ZONE,
					    .flags = FF_REQUIRED,
					    .doc = "Of its business dates." },
					  { .name = "business_today",
					    .type = FT_DATE,
					    .flags = FF_REQUIRED,
					    .doc = "The date there." },
					  { 0 } };

const struct route tenant_routes[] = { { .method = M_GET,
					 .pattern = "/v1/tenant",
					 .perm = P_TENANT_READ,
					 .shows = &settings_resource,
					 .status = 200,
					 .run = settings_get,
					 .doc = "The tenant." },
				       { .method = M_GET,
					 .pattern = "/v1/settings",
					 .perm = P_TENANT_READ,
					 .shows = &settings_resource,
					 .status = 200,
					 .run = settings_get,
					 .doc = "The tenant's settings; the same as the tenant." },
				       { .method = M_PATCH,
					 .pattern = "/v1/settings",
					 .perm = P_TENANT_WRITE,
					 .in = settings_fields,
					 .shows = &settings_resource,
					 .status = 200,
					 .run = settings_patch,
					 .doc = "Change settings; needs If-Match." },
				       { .method = M_GET,
					 .pattern = "/v1/test_clock",
					 .out = clock_out,
					 .status = 200,
					 .run = clock_get,
					 .doc = "The tenant's business time." },
				       { .method = M_POST,
					 .pattern = "/v1/test_clock/advance",
					 .perm = P_CLOCK_WRITE,
					 .in = clock_in,
					 .status = 202,
					 .run = clock_advance,
					 .shows = &operation_resource,
					 .doc = "Move a sandbox's clock on, running what falls due "
						"until it is quiet: an operation." },
				       { 0 } };
