/*
 * handle.c - a request from memory, for tests and fuzzers.
 */
#include "serve.h"

struct memory {
	struct str left;
};

static size_t
memory_read(void *arg, char *buf, size_t n)
{
	struct memory *m = arg;

	if (n > m->left.len)
		n = m->left.len;
	if (n)
		memcpy(buf, m->left.p, n);
	m->left = (struct str){ m->left.p + n, m->left.len - n };
	return n;
}

int
http_handle(const struct http_server *s, char **params, struct str body, struct arena *a,
	    struct str *ret_response)
{
	struct memory m = { body };
	struct body_source src = { memory_read, &m };
	struct answer answer;

	http_serve(s, (const char *const *)params, &src, a, &answer);

	char *out = arena_alloc(a, answer.head.len + answer.body.len + 1);

	memcpy(out, answer.head.p, answer.head.len);
	if (answer.body.len)
		memcpy(out + answer.head.len, answer.body.p, answer.body.len);
	*ret_response = (struct str){ out, answer.head.len + answer.body.len };
	return answer.status;
}
