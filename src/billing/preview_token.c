/*
 * preview_token.c - the instant until which it is good, and a keyed hash of all that was said.
 *
 * Nothing is stored: who acts says the same again, and a difference is a stale preview. It is good
 * for its caller alone.
 */
#include "preview_token.h"

#include <billfold/base/date.h>

enum { TOKEN_MINUTES = 15, SAID_MAX = 32 * 1024 * 1024 };

static const char *
token_until(struct call *c, const char *said, int64_t until)
{
	unsigned char mac[MAC_LEN];
	struct sb sb;

	sb_init(&sb, c->arena, SAID_MAX);
	sb_addf(&sb, "%s\n%s\n%lld\n", c->who.tenant.z, c->who.actor, (long long)until);
	sb_addz(&sb, said);
	secret_mac(c->app->secret, "subscription_change", sb_str(&sb), mac);
	sb_init(&sb, c->arena, 200);
	sb_addf(&sb, "%lld.", (long long)until);
	for (size_t i = 0; i < sizeof(mac); i++)
		sb_addf(&sb, "%02x", mac[i]);
	return sb_z(&sb);
}

const char *
preview_token_make(struct call *c, const char *said)
{
	return token_until(c, said, instant_now() / 1000000 + TOKEN_MINUTES * 60);
}

int
preview_token_check(struct call *c, struct str token, const char *said, struct err *err)
{
	struct str rest, head = str_cut(token, '.', &rest);
	int64_t until;

	if (str_to_int(head, 0, INT64_MAX, &until) && until > instant_now() / 1000000 &&
	    str_eqz(token, token_until(c, said, until)))
		return 0;
	return err_set(err, ERR_preview_stale,
		       "What the preview said is not what it would bill now.");
}

static void
add_member(struct sb *sb, const char *name, struct json_object *value)
{
	sb_addf(sb, "%s=", name);
	sb_add(sb, jval_text(sb->arena, value));
	sb_addc(sb, '\n');
}

const char *
preview_token_body(struct arena *a, struct json_object *body, const struct field *fields)
{
	static const char token[] = "preview_token";
	struct sb sb;

	sb_init(&sb, a, SAID_MAX);
	for (; fields && fields->name; fields++) {
		if (strcmp(fields->name, token) != 0 && jval_has(body, fields->name))
			add_member(&sb, fields->name, jval_get(body, fields->name));
	}
	if (!fields && body) {
		json_object_object_foreach(body, key, value)
		{
			if (strcmp(key, token) != 0)
				add_member(&sb, key, value);
		}
	}
	return sb_z(&sb);
}
