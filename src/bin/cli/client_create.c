/*
 * cli/client_create.c - billfold client create: a program that may act for a tenant.
 *
 * The secret is shown here and never again: the database has its hash.
 */
#include "cli.h"

#include <billfold/base/uuid.h>
#include <billfold/crypto.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED, .doc = "Whose." },
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

enum { SECRET_PREFIX = 6 };

static int
run(struct cli *c, struct err *err)
{
	const char *id = uuid_new_z(c->arena), *secret;
	struct pg_array *scopes = pg_array_new(c->arena);
	struct str rest = str_from(cli_value(c, "scope"));
	char hash[SHA256_HEX];
	struct flush *f;

	while (rest.len) {
		struct str word = str_trim(str_cut(rest, ' ', &rest));

		if (word.len)
			pg_array_add(scopes, str_dup(c->arena, word));
	}
	if (crypto_init(err) < 0 || cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	secret = token_new(c->arena);
	sha256_hex(str_from(secret), hash);
	flush_addv(f, "SELECT auth.create_client($1::uuid, $2, $3, $4::text[], $5, $6)", id,
		   cli_value(c, "name"), cli_value(c, "role"), pg_array_text(scopes), hash,
		   arena_strndup(c->arena, secret, SECRET_PREFIX), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", id);
	cli_result(c, "secret", secret);
	return 0;
}

const struct cli_command cli_client_create = {
	.words = "client create",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Make an API client; its secret is shown once.",
};
