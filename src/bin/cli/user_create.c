/*
 * cli/user_create.c - billfold user create: a person who may sign in.
 */
#include "cli.h"

#include <billfold/base/uuid.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = "email",
	  .arg = "ADDRESS",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What they sign in with." },
	{ .name = "name", .arg = "NAME", .doc = "Their name; else the address." },
	{ .name = "role",
	  .arg = "KEY",
	  .flags = CLI_REQUIRED,
	  .doc = "owner, admin, billing, sales, ..." },
	{ .name = "password-stdin",
	  .flags = CLI_FLAG,
	  .doc = "Their password is the first line of standard input; without it they are invited "
		 "by mail." },
	{ .name = NULL },
};

static int
run(struct cli *c, struct err *err)
{
	const char *id = uuid_new_z(c->arena), *hash = NULL;
	const char *email = cli_value(c, "email"), *name = cli_value(c, "name");
	struct flush *f;

	if ((cli_given(c, "password-stdin") && cli_password(c, &hash, err) < 0) ||
	    cli_enter(c, cli_db(c), cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	flush_addv(f, "SELECT auth.create_user($1::uuid, $2, $3, $4, $5)", id, email,
		   name ? name : email, cli_value(c, "role"), hash, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", id);
	cli_result(c, "email", email);
	cli_result(c, "state", hash ? "active" : "invited");
	return 0;
}

const struct cli_command cli_user_create = {
	.words = "user create",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Make a user: active with a password, else invited by mail.",
	.examples = "user create acme eve@acme.example --name 'Eve Owner' --role owner\n"
		    "user create acme bob@acme.example --role billing --password-stdin <file",
};
