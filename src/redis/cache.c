/*
 * cache.c - one connection to Redis that may be gone at any moment.
 *
 * Connects at first use. A kept connection that turns out to be closed is made again and the
 * command sent once more: every command of this room may run twice without harm. A time-out or a
 * refused connection opens the breaker: until its pause is over (100 ms, doubling to 2 s) calls
 * fail at once, so that a dead Redis costs a request nothing; the first call after it tries again.
 *
 * hiredis 0.14 writes to its socket without MSG_NOSIGNAL: SIGPIPE is ignored from cache_new() on,
 * unless the program has chosen for itself.
 */
#include "cache.h"

#include "lease.h"

#include <billfold/base/monotonic.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { TIMEOUT_MS = 250, PAUSE_MIN_MS = 100, PAUSE_MAX_MS = 2000 };

void
args_add(struct cache_args *g, struct str s)
{
	if (g->n == CACHE_ARGS_MAX)
		abort(); /* a caller of this room that does not count */
	g->v[g->n] = s.p ? s.p : "";
	g->len[g->n++] = s.len;
}

void
args_addz(struct cache_args *g, const char *z)
{
	args_add(g, str_from(z));
}

void
args_int(struct cache_args *g, int64_t n)
{
	char *text;

	if (g->numbers == (int)(sizeof(g->number) / sizeof(g->number[0])))
		abort();
	text = g->number[g->numbers++];
	snprintf(text, sizeof(g->number[0]), "%" PRId64, n);
	args_addz(g, text);
}

/* ---- the address ---- */

static bool
parse_db(struct cache *c, struct str s)
{
	int64_t n;

	if (!str_to_int(s, 0, 1000000, &n))
		return false;
	c->db = (int)n;
	return true;
}

static bool
parse_path(struct cache *c, struct str s)
{
	struct str rest, path = str_cut(s, '?', &rest);

	c->path = str_dup(c->arena, path);
	if (!rest.len)
		return path.len > 0;
	if (!str_starts(rest, STR("db=")))
		return false;
	return parse_db(c, (struct str){ rest.p + 3, rest.len - 3 });
}

static bool
parse_url(struct cache *c, struct str s)
{
	struct str db, port, rest, host;
	int64_t n = 6379;
	const char *at = NULL;

	s.p += strlen("redis://");
	s.len -= strlen("redis://");
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '@')
			at = s.p + i; /* the last: a password may hold one */
	if (at) {
		struct str user, secret = { s.p, (size_t)(at - s.p) };

		user = str_cut(secret, ':', &rest);
		if (user.len)
			return false; /* named users need a Redis ACL, which this client does not
					 know */
		c->password = str_dup(c->arena, rest);
		s = (struct str){ at + 1, s.len - (size_t)(at + 1 - s.p) };
	}
	s = str_cut(s, '/', &db);
	host = str_cut(s, ':', &port);
	if (port.len && !str_to_int(port, 1, 65535, &n))
		return false;
	c->port = (int)n;
	c->host = str_dup(c->arena, host);
	return host.len && (!db.len || parse_db(c, db));
}

struct cache *
cache_new(const char *address, int timeout_ms)
{
	struct arena *a = arena_new(0);
	struct cache *c = arena_alloc(a, sizeof(*c));
	struct str s = str_from(address);
	struct sigaction old;

	c->arena = a;
	c->timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_MS;
	if (str_starts(s, STR("redis://")))
		c->bad_address = !parse_url(c, s);
	else
		c->bad_address = !parse_path(c, s);
	if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
	return c;
}

static void
disconnect(struct cache *c)
{
	if (c->ctx)
		redisFree(c->ctx);
	c->ctx = NULL;
}

void
cache_free(struct cache *c)
{
	if (!c)
		return;
	disconnect(c);
	if (c->leases_mapped)
		munmap(c->leases, leases_size());
	else
		free(c->leases);
	arena_free(c->arena);
}

/* ---- calls ---- */

static struct timeval
to_timeval(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
}

static int
away(struct cache *c, struct err *err, const char *what)
{
	char words[128];

	snprintf(words, sizeof(words), "%s", c->ctx ? c->ctx->errstr : what);
	disconnect(c);
	c->pause_ms = c->pause_ms ? c->pause_ms * 2 : PAUSE_MIN_MS;
	if (c->pause_ms > PAUSE_MAX_MS)
		c->pause_ms = PAUSE_MAX_MS;
	c->closed_until_ms = monotonic_ms() + c->pause_ms;
	err_set(err, ERR_unavailable, "a part of this service is away");
	err_cause(err, "redis: %s: %s", what, words);
	return -1;
}

int
cache_unexpected(const redisReply *r, struct err *err)
{
	err_set(err, ERR_unavailable, "a part of this service is away");
	if (r && r->type == REDIS_REPLY_ERROR)
		err_cause(err, "redis: %.*s", (int)r->len, r->str);
	else
		err_cause(err, "redis: a reply of an unexpected kind");
	return -1;
}

static int
greet(struct cache *c, const char *command, const char *value, struct err *err)
{
	const char *v[] = { command, value };
	redisReply *r = redisCommandArgv(c->ctx, 2, v, NULL);
	bool ok = r && r->type != REDIS_REPLY_ERROR;

	if (r && !ok)
		snprintf(c->ctx->errstr, sizeof(c->ctx->errstr), "%s", r->str);
	if (r)
		freeReplyObject(r);
	return ok ? 0 : away(c, err, command);
}

static int
connect_now(struct cache *c, struct err *err)
{
	struct timeval limit = to_timeval(c->timeout_ms);
	char db[16];

	if (c->bad_address)
		return away(c, err, "the address is not one");
	c->ctx = c->path ? redisConnectUnixWithTimeout(c->path, limit)
			 : redisConnectWithTimeout(c->host, c->port, limit);
	if (!c->ctx || c->ctx->err)
		return away(c, err, "connect");
	if (redisSetTimeout(c->ctx, limit) != REDIS_OK)
		return away(c, err, "time limit");
	if (c->host)
		redisEnableKeepAlive(c->ctx);
	if (c->password && greet(c, "AUTH", c->password, err) < 0)
		return -1;
	snprintf(db, sizeof(db), "%d", c->db);
	if (c->db && greet(c, "SELECT", db, err) < 0)
		return -1;
	c->recover = true;
	return 0;
}

/* Closed by the other side, as against silent: only then the command may go out once more at once.
 */
static bool
was_closed(const redisContext *ctx)
{
	if (ctx->err == REDIS_ERR_EOF)
		return true;
	return ctx->err == REDIS_ERR_IO && (errno == EPIPE || errno == ECONNRESET);
}

bool
reply_is_error(const redisReply *r, const char *word)
{
	return r->type == REDIS_REPLY_ERROR && strncmp(r->str, word, strlen(word)) == 0;
}

redisReply *
cache_call(struct cache *c, const struct cache_args *g, int block_ms, struct err *err)
{
	bool kept = c->ctx != NULL;
	redisReply *r;

	if (!c->ctx && monotonic_ms() < c->closed_until_ms) {
		err_set(err, ERR_unavailable, "a part of this service is away");
		err_cause(err, "redis: away a moment ago, not asked");
		return NULL;
	}
	if (!c->ctx && connect_now(c, err) < 0)
		return NULL;
	if (block_ms)
		redisSetTimeout(c->ctx, to_timeval(block_ms + c->timeout_ms));
	r = redisCommandArgv(c->ctx, g->n, (const char **)(uintptr_t)g->v, g->len);
	if (!r && kept && was_closed(c->ctx)) {
		disconnect(c);
		return cache_call(c, g, block_ms, err);
	}
	if (!r) {
		away(c, err, g->v[0]);
		return NULL;
	}
	if (block_ms)
		redisSetTimeout(c->ctx, to_timeval(c->timeout_ms));
	c->pause_ms = 0;
	/* It follows another by now: the proxy leads the next connection to that one. */
	if (reply_is_error(r, "READONLY"))
		disconnect(c);
	return r;
}

static int
script_load(struct cache *c, enum cache_script s, struct err *err)
{
	struct cache_args g = { 0 };
	redisReply *r;
	int rc = 0;

	args_addz(&g, "SCRIPT");
	args_addz(&g, "LOAD");
	args_addz(&g, cache_scripts[s]);
	r = cache_call(c, &g, 0, err);
	if (!r)
		return -1;
	if (r->type == REDIS_REPLY_STRING && r->len == SHA1_HEX - 1)
		snprintf(c->sha[s], SHA1_HEX, "%s", r->str);
	else
		rc = cache_unexpected(r, err);
	freeReplyObject(r);
	return rc;
}

redisReply *
cache_eval(struct cache *c, enum cache_script s, int n_keys, const struct cache_args *g,
	   struct err *err)
{
	for (int load = 0; load < 2; load++) {
		struct cache_args all = { 0 };
		redisReply *r;

		if ((load || !c->sha[s][0]) && script_load(c, s, err) < 0)
			return NULL;
		args_addz(&all, "EVALSHA");
		args_addz(&all, c->sha[s]);
		args_int(&all, n_keys);
		for (int i = 0; i < g->n; i++)
			args_add(&all, (struct str){ g->v[i], g->len[i] });
		r = cache_call(c, &all, 0, err);
		if (!r)
			return NULL;
		if (r->type != REDIS_REPLY_ERROR)
			return r;
		if (load || !reply_is_error(r, "NOSCRIPT")) {
			cache_unexpected(r, err);
			freeReplyObject(r);
			return NULL;
		}
		freeReplyObject(r); /* restarted or flushed: it forgot the script */
	}
	return NULL;
}

int
cache_ping(struct cache *c, struct err *err)
{
	struct cache_args g = { 0 };
	redisReply *r;
	int rc = 0;

	args_addz(&g, "PING");
	r = cache_call(c, &g, 0, err);
	if (!r)
		return -1;
	if (r->type != REDIS_REPLY_STATUS)
		rc = cache_unexpected(r, err);
	freeReplyObject(r);
	return rc;
}
