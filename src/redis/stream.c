/*
 * stream.c - hints of work to do, one stream a job kind.
 *
 * A message says "look at this job"; the job's row in PostgreSQL is the truth, so a message may
 * come twice or never. One consumer group, "workers", made where it is missing (a Redis that was
 * emptied answers NOGROUP). A message is removed when it is acknowledged, and streams are cut at
 * STREAM_MAX: a backlog beyond it is the sweep's. What a consumer took and did not acknowledge (its
 * process died) is handed out again by its first read on a new connection; of consumers that never
 * come back, the sweep sends the jobs anew.
 */
#include "cache.h"

#define GROUP      "workers"
#define STREAM_MAX "100000"
enum { STREAMS_AT_ONCE = 24 };

int
stream_add(struct cache *c, const char *stream, struct str message, struct err *err)
{
	struct cache_args g = { 0 };
	redisReply *r;
	int rc = 0;

	args_addz(&g, "XADD");
	args_addz(&g, stream);
	args_addz(&g, "MAXLEN");
	args_addz(&g, "~");
	args_addz(&g, STREAM_MAX);
	args_addz(&g, "*");
	args_addz(&g, "m");
	args_add(&g, message);
	r = cache_call(c, &g, 0, err);
	if (!r)
		return -1;
	if (r->type == REDIS_REPLY_ERROR)
		rc = cache_unexpected(r, err);
	freeReplyObject(r);
	return rc;
}

static int
make_group(struct cache *c, const char *stream, struct err *err)
{
	struct cache_args g = { 0 };
	redisReply *r;
	int rc = 0;

	args_addz(&g, "XGROUP");
	args_addz(&g, "CREATE");
	args_addz(&g, stream);
	args_addz(&g, GROUP);
	args_addz(&g, "0"); /* from the start: what was added before the first worker came counts */
	args_addz(&g, "MKSTREAM");
	r = cache_call(c, &g, 0, err);
	if (!r)
		return -1;
	if (r->type == REDIS_REPLY_ERROR && !reply_is_error(r, "BUSYGROUP"))
		rc = cache_unexpected(r, err);
	freeReplyObject(r);
	return rc;
}

static redisReply *
ask(struct cache *c, const char *const *streams, size_t n, const char *consumer, int max,
    int block_ms, const char *from, struct err *err)
{
	struct cache_args g = { 0 };

	args_addz(&g, "XREADGROUP");
	args_addz(&g, "GROUP");
	args_addz(&g, GROUP);
	args_addz(&g, consumer);
	args_addz(&g, "COUNT");
	args_int(&g, max);
	if (block_ms > 0) {
		args_addz(&g, "BLOCK");
		args_int(&g, block_ms);
	}
	args_addz(&g, "STREAMS");
	for (size_t i = 0; i < n; i++)
		args_addz(&g, streams[i]);
	for (size_t i = 0; i < n; i++)
		args_addz(&g, from);
	return cache_call(c, &g, block_ms, err);
}

/* The body of one entry [id, [m, body]]; NULL for one that was removed in the meantime. */
static const redisReply *
entry_body(const redisReply *e)
{
	const redisReply *pairs;

	if (e->type != REDIS_REPLY_ARRAY || e->elements != 2 ||
	    e->element[0]->type != REDIS_REPLY_STRING)
		return NULL;
	pairs = e->element[1];
	if (pairs->type != REDIS_REPLY_ARRAY || pairs->elements < 2)
		return NULL;
	return pairs->element[1]->type == REDIS_REPLY_STRING ? pairs->element[1] : NULL;
}

static const char *
known_stream(const char *const *streams, size_t n, const redisReply *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqz((struct str){ name->str, name->len }, streams[i]))
			return streams[i];
	return NULL;
}

static size_t
count_entries(const redisReply *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->elements; i++)
		if (r->element[i]->type == REDIS_REPLY_ARRAY && r->element[i]->elements == 2)
			n += r->element[i]->element[1]->elements;
	return n;
}

static int
take_messages(struct cache *c, struct arena *a, const redisReply *r, const char *const *streams,
	      size_t n_streams, struct stream_message **ret, size_t *ret_n, struct err *err)
{
	struct stream_message *v;
	size_t n = 0;

	if (r->type == REDIS_REPLY_NIL)
		return 0;
	if (r->type != REDIS_REPLY_ARRAY)
		return cache_unexpected(r, err);
	v = arena_array(a, count_entries(r), sizeof(*v));
	for (size_t i = 0; i < r->elements; i++) {
		const redisReply *s = r->element[i];
		const char *stream;

		if (s->type != REDIS_REPLY_ARRAY || s->elements != 2)
			return cache_unexpected(s, err);
		stream = known_stream(streams, n_streams, s->element[0]);
		for (size_t k = 0; stream && k < s->element[1]->elements; k++) {
			const redisReply *e = s->element[1]->element[k], *body = entry_body(e);

			if (!body) {
				if (e->elements &&
				    stream_ack(c, stream, e->element[0]->str, err) < 0)
					return -1;
				continue;
			}
			v[n].id = arena_strdup(a, e->element[0]->str);
			v[n].stream = arena_strdup(a, stream);
			v[n].body.p = arena_strndup(a, body->str, body->len);
			v[n++].body.len = body->len;
		}
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

static int
read_from(struct cache *c, struct arena *a, const char *const *streams, size_t n_streams,
	  const char *consumer, int max, int block_ms, const char *from,
	  struct stream_message **ret, size_t *ret_n, struct err *err)
{
	redisReply *r = ask(c, streams, n_streams, consumer, max, block_ms, from, err);
	int rc;

	if (r && reply_is_error(r, "NOGROUP")) {
		freeReplyObject(r);
		for (size_t i = 0; i < n_streams; i++)
			if (make_group(c, streams[i], err) < 0)
				return -1;
		r = ask(c, streams, n_streams, consumer, max, block_ms, from, err);
	}
	if (!r)
		return -1;
	rc = take_messages(c, a, r, streams, n_streams, ret, ret_n, err);
	freeReplyObject(r);
	return rc;
}

int
stream_read(struct cache *c, struct arena *a, const char *const *streams, size_t n_streams,
	    const char *consumer, int max, int block_ms, struct stream_message **ret, size_t *ret_n,
	    struct err *err)
{
	*ret = NULL;
	*ret_n = 0;
	if (!n_streams)
		return 0;
	if (n_streams > STREAMS_AT_ONCE)
		return err_set(err, ERR_internal, "more streams than one read takes");
	if (c->recover || !c->ctx) {
		if (read_from(c, a, streams, n_streams, consumer, max, 0, "0", ret, ret_n, err) < 0)
			return -1;
		c->recover = false;
		if (*ret_n)
			return 0;
	}
	return read_from(c, a, streams, n_streams, consumer, max, block_ms, ">", ret, ret_n, err);
}

int
stream_ack(struct cache *c, const char *stream, const char *id, struct err *err)
{
	struct cache_args g = { 0 };
	redisReply *r;

	args_addz(&g, stream);
	args_addz(&g, GROUP);
	args_addz(&g, id);
	r = cache_eval(c, SCRIPT_ACK, 1, &g, err);
	if (!r)
		return -1;
	freeReplyObject(r);
	return 0;
}
