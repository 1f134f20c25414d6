/*
 * secret.c - see auth/secret.h.
 */
#include <billfold/auth/secret.h>
#include <billfold/crypto.h>

enum { PREFIX = 6 };

void
client_secret_new(struct arena *a, struct client_secret *ret)
{
	char hash[SHA256_HEX];

	ret->text = token_new(a);
	sha256_hex(str_from(ret->text), hash);
	ret->hash = arena_strdup(a, hash);
	ret->prefix = arena_strndup(a, ret->text, PREFIX);
}
