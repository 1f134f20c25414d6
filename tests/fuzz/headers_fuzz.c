/*
 * headers_fuzz.c - CGI parameters as one request: a key is visible ASCII within its length, an id
 * needs no escape anywhere, a doubled header is refused, lengths are numbers.
 */
#include "fuzz.h"

#include "request.h"

enum { PARAMS_MAX = 64 };

static bool
plain(const char *id)
{
	return *id &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		   strlen(id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *params[PARAMS_MAX + 1] = { 0 };
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	struct request q;
	struct err err = { 0 };
	struct str key;
	int keys = 0;

	for (int n = 0; n < PARAMS_MAX && in.left; n++) {
		params[n] = str_dup(a, input_until(&in, '\n'));
		keys += strncmp(params[n], "HTTP_IDEMPOTENCY_KEY=", 21) == 0;
	}
	if (request_parse(a, params, &q, &err) == 0) {
		MUST(keys <= 1);
		MUST(q.body_len >= 0);
		MUST(!q.trace[0] || strlen(q.trace) == 32);
		if (request_key(&q, &key, &err) == 0) {
			MUST(key.len <= 255);
			for (size_t i = 0; i < key.len; i++)
				MUST(key.p[i] > ' ' && key.p[i] < 0x7f);
		} else {
			MUST(err.code == ERR_idempotency_key_invalid);
		}
	} else {
		MUST(err.code != ERR_none && err.code != ERR_internal);
	}
	MUST(plain(q.id) && strlen(q.id) <= REQUEST_ID_MAX);
	arena_free(a);
	return 0;
}
