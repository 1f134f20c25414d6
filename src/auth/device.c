/*
 * device.c - a cookie by which a device is known to have signed in to an account before.
 *
 * It proves nothing and opens nothing: it only gets a guess counted apart, so that strangers who
 * use up an account's tries do not lock its owner out. Value: 256 random bits, a dot, and their MAC
 * with the account.
 */
#include "person.h"

#include <billfold/crypto.h>

static const char *
device_mac(struct call *c, struct str account, struct str nonce)
{
	unsigned char mac[MAC_LEN];
	const char *text =
	    arena_printf(c->arena, STR_FMT "." STR_FMT, STR_ARG(account), STR_ARG(nonce));

	secret_mac(c->app->secret, "device", str_from(text), mac);
	return base64url_encode(c->arena, (struct str){ (const char *)mac, MAC_LEN });
}

const char *
device_cookie(struct call *c, struct str account)
{
	const char *nonce = token_new(c->arena);

	return arena_printf(c->arena, "%s.%s", nonce, device_mac(c, account, str_from(nonce)));
}

bool
device_known(struct call *c, struct str account, struct str *ret_device)
{
	struct err err = { 0 };
	struct str value, mac;

	if (cookie_find(c->cookie, DEVICE_COOKIE, &value, &err) < 0 || value.len < 80 ||
	    value.len > 100)
		return false;
	*ret_device = str_cut(value, '.', &mac);
	return equal_secret(mac, str_from(device_mac(c, account, *ret_device)));
}
