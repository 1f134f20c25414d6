/*
 * cookie_fuzz.c - of a Cookie header the value that is named, once or not at all: never a piece of
 * another cookie.
 */
#include "fuzz.h"

#include <billfold/auth/caller.h>

enum { NAME_LEN = sizeof(SESSION_COOKIE) - 1 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str header = { (const char *)data, size }, value;
	struct err err = { 0 };

	if (cookie_find(header, SESSION_COOKIE, &value, &err) < 0) {
		MUST(err.code == ERR_bad_header);
	} else if (value.len) {
		const char *name = value.p - NAME_LEN - 1;

		MUST(name >= header.p && value.p + value.len <= header.p + header.len);
		MUST(memcmp(name, SESSION_COOKIE "=", NAME_LEN + 1) == 0);
		MUST(!memchr(value.p, ';', value.len));
		MUST(name == header.p || name[-1] == ';' || strchr(" \t\r\n\v\f", name[-1]));
	}
	return 0;
}
