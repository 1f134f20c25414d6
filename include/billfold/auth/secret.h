/*
 * auth/secret.h - the secret by which an API client gets its tokens.
 *
 * Shown by whatever made it and never again: the database has its digest, and its first
 * characters, so that a person can tell which one a program holds.
 */
#ifndef BILLFOLD_AUTH_SECRET_H
#define BILLFOLD_AUTH_SECRET_H

#include <billfold/base/arena.h>

struct client_secret {
	const char *text, *hash, *prefix;
};

void client_secret_new(struct arena *a, struct client_secret *ret);

#endif
