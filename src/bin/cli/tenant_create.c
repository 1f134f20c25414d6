/*
 * cli/tenant_create.c - billfold tenant create: a tenant with its seller, roles and defaults.
 */
#include "cli.h"

#include <billfold/base/uuid.h>

static const struct cli_option options[] = {
	{ .name = "slug",
	  .arg = "SLUG",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What people name when they sign in." },
	{ .name = "name",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED,
	  .doc = "Name of the business, and of its first entity." },
	{ .name = "currency", .arg = "CODE", .def = "EUR", .doc = "ISO 4217 (EUR)." },
	{ .name = "country", .arg = "CODE", .doc = "Where the first entity is, ISO 3166-1." },
	{ .name = "time-zone", .arg = "ZONE", .def = "UTC", .doc = "Billing time zone (UTC)." },
	{ .name = "locale", .arg = "LOCALE", .def = "en", .doc = "Language of documents (en)." },
	{ .name = "sandbox",
	  .flags = CLI_FLAG,
	  .doc = "No real money, and a clock that can be set." },
	{ .name = "owner-email", .arg = "ADDRESS", .doc = "Invite its first owner." },
	{ .name = "owner-name", .arg = "NAME", .doc = "Their name; else the address." },
	{ .name = NULL },
};

/* What rooms put into a new tenant. */
static const char *const defaults[] = {
	"SELECT crm.create_defaults()",
	"SELECT collect.create_defaults()",
	NULL,
};

static int
run(struct cli *c, struct err *err)
{
	const char *id = uuid_new_z(c->arena), *entity = uuid_new_z(c->arena), *owner = NULL;
	const char *email = cli_value(c, "owner-email"), *name = cli_value(c, "owner-name");
	struct flush *f = flush_new(cli_db(c), c->arena);

	flush_begin(f);
	flush_addv(
	    f, "SELECT tenant.create($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9::boolean, $10)",
	    id, entity, cli_value(c, "slug"), cli_value(c, "name"), cli_value(c, "currency"),
	    cli_value(c, "country"), cli_value(c, "time-zone"), cli_value(c, "locale"),
	    cli_given(c, "sandbox") ? "true" : "false", c->actor, FLUSH_END);
	for (size_t i = 0; defaults[i]; i++)
		flush_add(f, defaults[i], 0, NULL);
	if (email) {
		owner = uuid_new_z(c->arena);
		flush_addv(f, "SELECT auth.create_user($1::uuid, $2, $3, 'owner', NULL)", owner,
			   email, name ? name : email, FLUSH_END);
	}
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", id);
	cli_result(c, "slug", cli_value(c, "slug"));
	cli_result(c, "entity_id", entity);
	if (owner)
		cli_result(c, "owner_id", owner);
	return 0;
}

const struct cli_command cli_tenant_create = {
	.words = "tenant create",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Make a tenant, its seller, its roles and defaults.",
	.examples = "tenant create acme --name 'Acme GmbH' --currency EUR --country AT \\\n"
		    "    --time-zone Europe/Vienna --owner-email eve@acme.example\n"
		    "tenant create trial --name Trial --sandbox",
};
