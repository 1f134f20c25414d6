/*
 * client.c - programs of a tenant: what they may do, and the secret by which they get tokens.
 *
 * The secret is shown by the answer that made it and never again: the database has its digest and
 * its first characters. So an answer that is replayed under an Idempotency-Key comes without it.
 */
#include <billfold/auth/routes.h>
#include <billfold/auth/secret.h>

#include "held.h"

static const char *const states[] = { "active", "disabled", NULL };
static const char expect_below[] = "SELECT auth.expect_client_below($1::uuid, $2::text[])";

static void
show_secret(struct call *c, const struct client_secret *secret, struct reply *r)
{
	if (r->replayed || r->body.len < 2)
		return;
	r->body = str_from(arena_printf(c->arena, STR_FMT ",\"secret\":\"%s\"}",
					(int)r->body.len - 1, r->body.p, secret->text));
}

static int
client_prepare(struct call *c, struct write *w, struct err *err)
{
	const struct client_secret *secret = c->own;
	const char *role = NULL, *scopes = NULL;
	const char *held = held_array(c->arena, &c->who.perms);

	if (role_of_body(c, w, &role, err) < 0)
		return -1;
	if (w->create && secret) {
		write_set(w, "secret_hash", secret->hash);
		write_set(w, "secret_prefix", secret->prefix);
	}
	if (role)
		write_before(w, "SELECT auth.expect_grantable($1::uuid, $2::text[])", role, held,
			     FLUSH_END);
	if (write_value(w, "scopes", &scopes) && scopes)
		write_before(w, "SELECT auth.expect_held($1::text[], $2::text[])", scopes, held,
			     FLUSH_END);
	if (!w->create) { /* as it was, and as it becomes */
		write_before(w, expect_below, w->id, held, FLUSH_END);
		write_after(w, expect_below, w->id, held, FLUSH_END);
	}
	return 0;
}

static const struct field client_fields[] = {
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .doc = "Which program this is; unique within the tenant.",
	  .example = "Webshop" },
	{ .name = "role_id",
	  .type = FT_REF,
	  .flags = FF_FILTER | FF_STEP_UP,
	  .u.ref = "role",
	  .doc = "What it may do at most." },
	{ .name = "role",
	  .type = FT_TEXT,
	  .flags = FF_STEP_UP,
	  .u.len = { 1, 50 },
	  .doc = "The role's key: names the role in a body too.",
	  .example = "sales" },
	{ .name = "scopes",
	  .type = FT_ENUM_SET,
	  .flags = FF_STEP_UP,
	  .u.words = perm_words,
	  .doc = "Permissions that its tokens may carry; empty: all of its role's." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .u.words = states,
	  .doc = "`disabled` ends every token at once." },
	{ .name = "secret_prefix",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 16 },
	  .doc = "How its secret begins, to tell which one a program holds.",
	  .example = "2vQ9" },
	{ 0 }
};

static int client_create(struct call *c, struct reply *r, struct err *err);
static int client_rotate(struct call *c, struct reply *r, struct err *err);

static const struct field client_once[] = {
	{ .name = "secret", .type = FT_TEXT, .doc = "By which it gets tokens." },
	{ 0 },
};
static const struct action client_actions[] = { { .name = "rotate_secret",
						  .perm = P_CLIENT_WRITE,
						  .run = client_rotate,
						  .step_up = true,
						  .doc =
						      "A new secret, shown once in `secret`; the "
						      "former one, and all tokens, end at once." },
						{ 0 } };

#define CLIENT_TABLE                                                                               \
	.name = "client", .path = "clients", .table = "auth.client", .view = "auth.client_view",   \
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH | OP_DELETE,                  \
	.read = P_USER_READ, .write = P_CLIENT_WRITE, .fields = client_fields,                     \
	.once = client_once, .actions = client_actions, .archives = true,                          \
	.prepare = client_prepare, .default_sort = "created_at,id",                                \
	.doc = "A program of the tenant. The answer that creates one shows its `secret`, once."

const struct resource client_resource = { CLIENT_TABLE, .create = client_create };
static const struct resource client_plain = { CLIENT_TABLE };

static int
client_create(struct call *c, struct reply *r, struct err *err)
{
	struct client_secret secret;

	client_secret_new(c->arena, &secret);
	c->own = &secret;
	if (resource_create(&client_plain, c, r, err) < 0)
		return -1;
	show_secret(c, &secret, r);
	return 0;
}

static int
client_rotate(struct call *c, struct reply *r, struct err *err)
{
	struct client_secret secret;
	struct flush *f;
	const char *id;

	if (call_id(c, &client_resource, &id, err) < 0)
		return -1;
	client_secret_new(c->arena, &secret);
	f = call_begin(c);
	if (call_if_match(c, f, &client_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT api.expect_version('auth.client', $1::uuid, NULL)", id, FLUSH_END);
	flush_addv(f, expect_below, id, held_array(c->arena, &c->who.perms), FLUSH_END);
	flush_addv(f, "SELECT auth.set_client_secret($1::uuid, $2, $3)", id, secret.hash,
		   secret.prefix, FLUSH_END);
	event_add(f, "client.updated", "client", id, NULL);
	if (call_answer(c, f, &client_resource, id, 200, r, err) < 0)
		return -1;
	show_secret(c, &secret, r);
	return 0;
}
