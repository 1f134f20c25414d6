/*
 * cli/user_reset.c - billfold user reset: a way back in for a person who lost their password.
 *
 * By mail as they would ask for it themselves; where no mail reaches them, a link to hand over
 * or a password from standard input. Each ends the links that were sent before.
 */
#include "cli.h"

#include <billfold/auth/link.h>
#include <billfold/crypto.h>

static const struct cli_option options[] = {
	{ .name = "tenant", .arg = "SLUG", .flags = CLI_REQUIRED | CLI_WORD, .doc = "Whose." },
	{ .name = "email",
	  .arg = "ADDRESS",
	  .flags = CLI_REQUIRED | CLI_WORD,
	  .doc = "What they sign in with." },
	{ .name = "link",
	  .flags = CLI_FLAG,
	  .doc = "Print a link that works once instead of mailing it." },
	{ .name = "password-stdin",
	  .flags = CLI_FLAG,
	  .doc = "Set the first line of standard input as their password." },
	{ .name = NULL },
};

/* Who that is, and which kind of link they need. */
static int
look(struct cli *c, struct db *db, struct uuid *ret_tenant, const char **ret_user,
     const char **ret_purpose, struct err *err)
{
	struct flush *f;
	int t, u;

	if (cli_enter(c, db, cli_value(c, "tenant"), &f, err) < 0)
		return -1;
	t = flush_addv(f, "SELECT base.tenant_id()", FLUSH_END);
	u = flush_addv(f, "SELECT id, purpose FROM auth.reset_by_operator($1)",
		       cli_value(c, "email"), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	uuid_parse(flush_str(f, t, 0, 0), ret_tenant);
	*ret_user = flush_value(f, u, 0, 0);
	*ret_purpose = flush_value(f, u, 0, 1);
	return 0;
}

static int
run(struct cli *c, struct err *err)
{
	bool link = cli_given(c, "link"), set = cli_given(c, "password-stdin");
	const char *user, *purpose, *hash, *token = NULL;
	struct db *db = cli_db(c);
	struct uuid tenant;
	struct flush *f;

	if (link && set)
		return err_set(err, ERR_validation_failed,
			       "--link and --password-stdin do not go together.");
	if (crypto_init(err) < 0 || (set && cli_password(c, &hash, err) < 0) ||
	    look(c, db, &tenant, &user, &purpose, err) < 0)
		return -1;
	cli_enter_id(c, db, tenant.z, &f);
	if (set)
		flush_addv(f, "SELECT auth.set_password($1::uuid, $2)", user, hash, FLUSH_END);
	else if (link)
		token = link_add(f, c->arena, &tenant, user, purpose);
	else
		flush_addv(f, "SELECT auth.mail_link($1::uuid, $2)", user, purpose, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result(c, "id", user);
	cli_result(c, "email", cli_value(c, "email"));
	if (link)
		cli_result(c, "link", link_url(c->arena, c->config.public_url, purpose, token));
	else
		cli_result(c, "sent", set ? "nothing: the password is set" : purpose);
	return 0;
}

const struct cli_command cli_user_reset = {
	.words = "user reset",
	.options = options,
	.needs_config = true,
	.run = run,
	.doc = "Give a person a way back in: a mailed link, a printed one, or a password.",
	.more = "An invited person gets another invitation. A second factor stays: who lost that "
		"too needs it taken away in the API (POST /v1/users/{id}/reset_mfa).",
	.examples = "user reset acme eve@acme.example\n"
		    "user reset acme eve@acme.example --link\n"
		    "user reset acme eve@acme.example --password-stdin <file",
};
