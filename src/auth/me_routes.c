/*
 * me_routes.c - who is calling, in which tenant, what they may do, and how much waits for them.
 */
#include <billfold/auth/routes.h>

#include "held.h"
#include "person.h"

static int
me_get(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	struct pg_array *modules = pg_array_new(c->arena);
	struct jw w;

	for (const char *const *m = registry_modules(c->app->registry, c->arena); *m; m++)
		pg_array_add(modules, *m);
	enter_add_read(f, &c->who);
	int me = flush_addv(f, "SELECT auth.me($1, $2::uuid, $3::text[])", c->who.actor,
			    c->who.actor_id, pg_array_text(modules), FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	/* What this session or token may do, which may be less than the role: {…, "permissions":
	 * […]} */
	struct str base = flush_str(f, me, 0, 0);

	jw_init(&w, c->arena, 16384);
	jw_array(&w);
	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		if (perm_has(&c->who.perms, p))
			jw_strz(&w, perm_defs[p].word);
	jw_end_array(&w);
	r->body = str_from(arena_printf(c->arena, STR_FMT ", \"permissions\": " STR_FMT "}",
					(int)base.len - 1, base.p, STR_ARG(sb_str(&w.sb))));
	return 0;
}

static int
me_counters(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add_read(f, &c->who);
	int s = flush_addv(f, "SELECT auth.me_counters($1::uuid, $2::text[])",
			   c->who.kind == ACTOR_USER ? c->who.actor_id : NULL,
			   held_array(c->arena, &c->who.perms), FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->body = flush_str(f, s, 0, 0);
	return 0;
}

/* ---- tables ---- */

const struct field me_user_fields[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`user`." },
	{ .name = "id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "user", .doc = "The user." },
	{ .name = "email", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Address." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Name." },
	{ .name = "state", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`active`." },
	{ .name = "role",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Key of the role." },
	{ .name = "role_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.ref = "role",
	  .doc = "The role." },
	{ .name = "locale",
	  .type = FT_LOCALE,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Language." },
	{ .name = "time_zone",
	  .type = FT_ZONE,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Time zone." },
	{ .name = "mfa_enabled",
	  .type = FT_BOOL,
	  .flags = FF_REQUIRED,
	  .doc = "Whether a second factor is asked for." },
	{ 0 }
};

static const struct field me_client_fields[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`client`." },
	{ .name = "id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED,
	  .u.ref = "client",
	  .doc = "The client." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Name." },
	{ .name = "role",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Key of the role." },
	{ 0 }
};

static const struct field me_tenant_fields[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`tenant`." },
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The tenant." },
	{ .name = "slug",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "By which people name it." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Name." },
	{ .name = "sandbox",
	  .type = FT_BOOL,
	  .flags = FF_REQUIRED,
	  .doc = "Whether its clock may be moved." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "time_zone",
	  .type = FT_ZONE,
	  .flags = FF_REQUIRED,
	  .doc = "Time zone of business dates." },
	{ .name = "locale", .type = FT_LOCALE, .flags = FF_REQUIRED, .doc = "Language." },
	{ .name = "business_now", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Its clock." },
	{ 0 }
};

static const struct field me_out[] = { { .name = "kind",
					 .type = FT_TEXT,
					 .flags = FF_REQUIRED,
					 .u.len = { 1, 20 },
					 .doc = "`user` or `client`." },
				       { .name = "user",
					 .type = FT_JSON,
					 .flags = FF_REQUIRED | FF_NULLABLE,
					 .u.of = { me_user_fields, 0 },
					 .doc = "The user, for a person." },
				       { .name = "client",
					 .type = FT_JSON,
					 .flags = FF_REQUIRED | FF_NULLABLE,
					 .u.of = { me_client_fields, 0 },
					 .doc = "The client, for a program." },
				       { .name = "tenant",
					 .type = FT_JSON,
					 .flags = FF_REQUIRED,
					 .u.of = { me_tenant_fields, 0 },
					 .doc = "The tenant, and its business time." },
				       { .name = "modules",
					 .type = FT_JSON,
					 .flags = FF_REQUIRED,
					 .doc = "The parts of the product that can be switched "
						"off, and whether each is on." },
				       { .name = "permissions",
					 .type = FT_TEXTS,
					 .flags = FF_REQUIRED,
					 .u.len = { 1, 100 },
					 .doc = "What this session or token may do." },
				       { 0 } };

static const struct field counters_out[] = {
	{ .name = "my_open_tasks",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Open tasks that the caller owns." },
	{ .name = "my_overdue_tasks",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Those of them that are past their date." },
	{ .name = "open_tasks",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Open tasks of everybody." },
	{ .name = "draft_invoices",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Drafts to be reviewed." },
	{ .name = "overdue_invoices",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Invoices past their due date." },
	{ .name = "dead_jobs",
	  .type = FT_INT,
	  .u.num = { 0, 1000 },
	  .doc = "Work that was given up and waits for a person." },
	{ 0 }
};

const struct route me_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/me",
	  .out = me_out,
	  .status = 200,
	  .run = me_get,
	  .doc = "Who is calling, in which tenant, and what they may do." },
	{ .method = M_GET,
	  .pattern = "/v1/me/counters",
	  .status = 200,
	  .out = counters_out,
	  .run = me_counters,
	  .doc = "How much waits for the caller; a number ends at 1,000, and one that they may not "
		 "see is left out." },
	{ 0 }
};
