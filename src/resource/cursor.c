/*
 * cursor.c - where a list goes on.
 *
 * base64url of: 16 bytes of HMAC-SHA-256, a flag ('v' or 'n'), the last row's id, its sort key. The
 * MAC covers the list's context too, so that a cursor of another tenant, filter or order is refused
 * and what arrives at the database is what left it. A keyset: rows that come or go before it
 * neither double nor hide another.
 */
#include <billfold/resource/cursor.h>

#include <billfold/base/uuid.h>

enum { CURSOR_MAC = 16, CURSOR_MAX = 4096 };

static void
mac_of(struct call *c, struct str payload, struct str context, unsigned char ret[MAC_LEN])
{
	struct sb sb;

	sb_init(&sb, c->arena, payload.len + context.len + 64);
	sb_addf(&sb, "%zu ", payload.len);
	sb_add(&sb, payload);
	sb_add(&sb, context);
	secret_mac(c->app->secret, "cursor", sb_str(&sb), ret);
}

const char *
cursor_write(struct call *c, const struct cursor *cur, struct str context)
{
	unsigned char mac[MAC_LEN];
	struct sb payload, whole;

	sb_init(&payload, c->arena, CURSOR_MAX);
	sb_addf(&payload, "%c%s%s", cur->key ? 'v' : 'n', cur->id, cur->key ? cur->key : "");
	mac_of(c, sb_str(&payload), context, mac);
	sb_init(&whole, c->arena, CURSOR_MAX + CURSOR_MAC);
	sb_add(&whole, (struct str){ (const char *)mac, CURSOR_MAC });
	sb_add(&whole, sb_str(&payload));
	return base64url_encode(c->arena, sb_str(&whole));
}

bool
cursor_read(struct call *c, struct str text, struct str context, struct cursor *ret)
{
	unsigned char mac[MAC_LEN];
	struct str whole, payload;
	struct uuid id;

	if (text.len > 2 * CURSOR_MAX || !base64url_decode(c->arena, text, &whole) ||
	    whole.len < CURSOR_MAC + 1 + UUID_LEN)
		return false;
	payload = (struct str){ whole.p + CURSOR_MAC, whole.len - CURSOR_MAC };
	mac_of(c, payload, context, mac);
	if (!equal_secret((struct str){ whole.p, CURSOR_MAC },
			  (struct str){ (const char *)mac, CURSOR_MAC }))
		return false;
	if (!uuid_parse((struct str){ payload.p + 1, UUID_LEN }, &id))
		return false;
	ret->id = arena_strdup(c->arena, id.z);
	ret->key = NULL;
	if (payload.p[0] == 'v')
		ret->key = str_dup(c->arena, (struct str){ payload.p + 1 + UUID_LEN,
							   payload.len - 1 - UUID_LEN });
	return true;
}
