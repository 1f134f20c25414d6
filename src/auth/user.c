/*
 * user.c - people of a tenant.
 *
 * POST invites: the user has no password until they follow the link of the mail. Rights end with
 * the next request when a user is disabled or gets another role (the epoch is raised by the
 * database). Nobody changes a user who may do more than they do themselves, and an active owner
 * always stays.
 */
#include <billfold/auth/routes.h>

#include "held.h"

static const char *const states[] = { "invited", "active", "disabled", NULL };

static int
user_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *held = held_array(c->arena, &c->who.perms);
	const char *state = NULL, *role = NULL;

	if (role_of_body(c, w, &role, err) < 0)
		return -1;
	if (w->create) {
		write_before(w, "SELECT auth.expect_grantable($1::uuid, $2::text[])", role, held,
			     FLUSH_END);
		write_after(w, "SELECT auth.invite($1::uuid)", w->id, FLUSH_END);
		return 0;
	}
	write_value(w, "state", &state);
	write_before(w, "SELECT auth.guard_user($1::uuid, $2, $3::uuid, $4::text[])", w->id, state,
		     role, held, FLUSH_END);
	if (state || role)
		write_after(w, "SELECT auth.keep_owner()", FLUSH_END);
	return 0;
}

static int
user_invite(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &user_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &user_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT api.expect_version('auth.app_user', $1::uuid, NULL)", id, FLUSH_END);
	flush_addv(f, "SELECT auth.invite($1::uuid)", id, FLUSH_END);
	return call_answer(c, f, &user_resource, id, 202, r, err);
}

/* For a person who lost authenticator and recovery codes. */
static int
user_reset_mfa(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &user_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &user_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT api.expect_version('auth.app_user', $1::uuid, NULL)", id, FLUSH_END);
	flush_addv(f, "SELECT auth.expect_user_below($1::uuid, $2::text[])", id,
		   held_array(c->arena, &c->who.perms), FLUSH_END);
	flush_addv(f, "SELECT auth.set_mfa($1::uuid, NULL, NULL)", id, FLUSH_END);
	event_add(f, "user.updated", "user", id, NULL);
	return call_answer(c, f, &user_resource, id, 200, r, err);
}

static const struct field user_fields[] = {
	{ .name = "email",
	  .type = FT_EMAIL,
	  .flags = FF_REQUIRED | FF_FILTER | FF_STEP_UP,
	  .norm = "email_norm",
	  .u.len = { 3, 254 },
	  .doc = "Signs in with it; unique within the tenant, whatever the case." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .doc = "The person's name.",
	  .example = "Ann Huber" },
	{ .name = "role_id",
	  .type = FT_REF,
	  .flags = FF_FILTER | FF_STEP_UP,
	  .u.ref = "role",
	  .doc = "What they may do." },
	{ .name = "role",
	  .type = FT_TEXT,
	  .flags = FF_STEP_UP,
	  .u.len = { 1, 50 },
	  .doc = "The role's key: names the role in a body too.",
	  .example = "sales" },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .u.words = states,
	  .doc = "`disabled` ends every session at once; `active` lets a disabled user in again." },
	{ .name = "locale",
	  .type = FT_LOCALE,
	  .flags = FF_NULLABLE,
	  .doc = "Language of mails to them (BCP 47)." },
	{ .name = "time_zone", .type = FT_ZONE, .flags = FF_NULLABLE, .doc = "IANA time zone." },
	{ .name = "mfa_enabled",
	  .type = FT_BOOL,
	  .flags = FF_READ_ONLY,
	  .doc = "Signs in with a second factor." },
	{ .name = "password_changed_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When the password was last set." },
	{ 0 }
};

static const struct action user_actions[] = {
	{ .name = "invite",
	  .perm = P_USER_WRITE,
	  .status = 202,
	  .run = user_invite,
	  .doc = "Send the invitation again; the link of the former one ends." },
	{ .name = "reset_mfa",
	  .perm = P_USER_WRITE,
	  .run = user_reset_mfa,
	  .step_up = true,
	  .doc = "Take the second factor away from somebody who lost it." },
	{ 0 }
};

const struct resource user_resource = {
	.name = "user",
	.path = "users",
	.table = "auth.app_user",
	.view = "auth.user_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH,
	.read = P_USER_READ,
	.write = P_USER_WRITE,
	.fields = user_fields,
	.actions = user_actions,
	.prepare = user_prepare,
	.default_sort = "created_at,id",
	.doc = "A person of the tenant. Creating one sends an invitation.",
};
