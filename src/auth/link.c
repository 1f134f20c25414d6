/*
 * link.c - see auth/link.h.
 *
 * The tenant stands in the token: who follows a link has not signed in, and no statement runs
 * without a tenant. The secret part is 256 random bits and is looked up by its hash.
 */
#include <billfold/auth/link.h>
#include <billfold/crypto.h>

const char *
link_add(struct flush *f, struct arena *a, const struct uuid *tenant, const char *user_id,
	 const char *purpose)
{
	const char *secret = token_new(a);
	char hash[SHA256_HEX];

	sha256_hex(str_from(secret), hash);
	flush_addv(f, "SELECT auth.make_link($1::uuid, $2::uuid, $3, $4)", uuid_new_z(a), user_id,
		   purpose, arena_strdup(a, hash), FLUSH_END);
	return arena_printf(a, "%s.%s", tenant->z, secret);
}

const char *
link_url(struct arena *a, const char *public_url, const char *purpose, const char *token)
{
	/* Behind '#': a browser does not send it, so that no log and no Referer has it. */
	return arena_printf(a, "%s/%s#%s", public_url,
			    strcmp(purpose, "invite") ? "reset" : "welcome", token);
}

bool
link_parse(struct str token, struct uuid *ret_tenant, char ret_hash[65])
{
	struct str secret;
	struct str tenant = str_cut(token, '.', &secret);

	if (secret.len < 20 || secret.len > 100 || !uuid_parse(tenant, ret_tenant))
		return false;
	sha256_hex(secret, ret_hash);
	return true;
}
