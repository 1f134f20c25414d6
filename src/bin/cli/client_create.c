/*
 * cli/client_create.c - billfold client create: a program that may act for a tenant.
 *
 * The secret is shown here and never again: the database has its hash.
 */
#include "cli.h"

#include <billfold/auth/secret.h>
#include <billfold/base/uuid.h>
#include <billfold/crypto.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = "name",
	  .arg = "NAME",
	  .flags = CLI_REQUIRED,
	  .doc = "What the program is called." },
	{ .name = "role", .arg = "KEY", .flags = CLI_REQUIRED, .doc = "What it may do at most." },
	{ .name = "scope",
	  .arg = "WORDS",
	  .doc = "Permissions, separated by blanks; all of the role's without." },
	{ .name = NULL },
};

static int
run(struct cli *c, struct err *err)
{
	const char *id = uuid_new_z(c->arena);
	struct pg_array *scopes = pg_array_new(c->arena);
	struct str rest = str_from(cli_value(c, "scope"));
	struct client_secret secret;
	struct flush *f;

	while (rest.len) {
		struct str word = str_trim(str_cut(rest, ' ', &rest));

		if (word.len)
			pg_array_add(scopes, str_dup(c->arena, word));
	}
	if (crypto_init(err) < 0 || cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	client_secret_new(c->arena, &secret);
	flush_addv(f, "SELECT auth.create_client($1::uuid, $2, $3, $4::text[], $5, $6)", id,
		   cli_value(c, "name"), cli_value(c, "role"), pg_array_text(scopes), secret.hash,
		   secret.prefix, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", id);
	cli_result(c, "secret", secret.text);
	return 0;
}

const struct cli_command cli_client_create = {
	.words = "client create",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Make an API client; its secret is shown once.",
	.examples = "client create acme --name 'web shop' --role sales\n"
		    "client create acme --name books --role accountant --scope 'invoice.read'",
};
