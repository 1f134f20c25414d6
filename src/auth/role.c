/*
 * role.c - roles: sets of permissions.
 *
 * Those of the system follow the release and cannot be changed; a tenant makes its own beside them.
 * Whoever makes a role holds all that it permits. A change ends the sessions and tokens of those
 * who have the role.
 */
#include <billfold/auth/routes.h>

#include "held.h"

const char *const perm_words[P_MAX] = {
#define PERMISSION(name, word, doc) [P_##name - 1] = word,
#include <billfold/auth/permissions.def>
#undef PERMISSION
};

const char *
held_array(struct arena *a, const struct perm_set *perms)
{
	struct pg_array *words = pg_array_new(a);

	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		if (perm_has(perms, p))
			pg_array_add(words, perm_defs[p].word);
	return pg_array_text(words);
}

/* Permissions are rows of their own table: the value goes there instead of into a column. */
static void
drop_column(struct write *w, const char *name)
{
	for (size_t i = 0; i < w->columns.n; i++) {
		if (strcmp(w->columns.v[i].column, name) != 0)
			continue;
		memmove(&w->columns.v[i], &w->columns.v[i + 1],
			(w->columns.n - i - 1) * sizeof(w->columns.v[0]));
		w->columns.n--;
		return;
	}
}

static int
role_by_key(struct call *c, struct write *w, const char *key, const char **ret, struct err *err)
{
	struct flush *f = call_begin_aside(c);
	int s = flush_addv(f, "SELECT auth.role_id($1)", key, FLUSH_END);

	if (call_run_aside(c, f, err) < 0)
		return -1;
	*ret = flush_value(f, s, 0, 0);
	if (!*ret)
		return write_refuse(w, err, "/role", "not_found", "There is no role of this key.");
	return 0;
}

int
role_of_body(struct call *c, struct write *w, const char **ret, struct err *err)
{
	const char *key = NULL;

	*ret = NULL;
	write_value(w, "role", &key);
	drop_column(w, "role");
	if (write_value(w, "role_id", ret) && key)
		return write_refuse(w, err, "/role", "conflict", "role_id names the role already.");
	if (!*ret && !key)
		return w->create ? write_refuse(w, err, "/role_id", "required",
						"Name the role, by role_id or by its key in role.")
				 : 0;
	if (*ret)
		return 0;
	if (role_by_key(c, w, key, ret, err) < 0)
		return -1;
	write_set(w, "role_id", *ret);
	return 0;
}

static int
role_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *permissions = NULL;

	(void)err;
	if (!w->create)
		write_before(w, "SELECT auth.custom_role($1::uuid)", w->id, FLUSH_END);
	if (!write_value(w, "permissions", &permissions))
		return 0;
	drop_column(w, "permissions");
	write_before(w, "SELECT auth.expect_held($1::text[], $2::text[])", permissions,
		     held_array(c->arena, &c->who.perms), FLUSH_END);
	write_after(w, "SELECT auth.set_role_permissions($1::uuid, $2::text[])", w->id, permissions,
		    FLUSH_END);
	return 0;
}

static const struct field role_fields[] = {
	{ .name = "key",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "What programs call it: small letters, digits and `_`; it never changes.",
	  .example = "back_office" },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 100 },
	  .doc = "What people call it.",
	  .example = "Back office" },
	{ .name = "permissions",
	  .type = FT_ENUM_SET,
	  .flags = FF_REQUIRED | FF_STEP_UP,
	  .u.words = perm_words,
	  .doc = "What it permits." },
	{ .name = "system",
	  .type = FT_BOOL,
	  .flags = FF_READ_ONLY,
	  .doc = "Comes with the product and follows its releases." },
	{ 0 }
};

static int role_remove(struct call *c, struct reply *r, struct err *err);

#define ROLE_TABLE                                                                                 \
	.name = "role", .path = "roles", .table = "auth.role", .view = "auth.role_view",           \
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_DELETE, .read = P_USER_READ,         \
	.write = P_USER_WRITE, .fields = role_fields, .prepare = role_prepare,                     \
	.default_sort = "created_at,id",                                                           \
	.doc = "A set of permissions that users and clients have."

const struct resource role_resource = { ROLE_TABLE, .remove = role_remove };
static const struct resource role_plain = { ROLE_TABLE };

/* A small flush of its own says why a role of the system stays, before the generic one deletes. */
static int
role_remove(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &role_resource, &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	flush_addv(f, "SELECT auth.custom_role($1::uuid)", id, FLUSH_END);
	int rc = call_run(c, f, r, err);

	return rc ? (rc < 0 ? -1 : 0) : resource_delete(&role_plain, c, r, err);
}
