/*
 * cache.h - inside the room: the connection as the modules of src/redis use it.
 *
 * A reply belongs to who asked for it: freeReplyObject(). cache_call() fails when Redis is
 * away or answers with an error that nobody expects; errors that a module handles itself
 * (NOSCRIPT, NOGROUP, BUSYGROUP) come back as replies of type REDIS_REPLY_ERROR.
 */
#ifndef REDIS_CACHE_H
#define REDIS_CACHE_H

#include <billfold/redis.h>

#include <hiredis/hiredis.h>

enum cache_script {
	SCRIPT_REQUEST,
	SCRIPT_REFUND,
	SCRIPT_PUT,
	SCRIPT_DROP,
	SCRIPT_ACK,
	SCRIPT_MAX
};

enum { SHA1_HEX = 41, CACHE_ARGS_MAX = 64 };

struct cache {
	struct arena *arena; /* the strings of the address, as long as the connection's struct */
	const char *path, *host, *password;
	int port, db, timeout_ms;
	bool bad_address;
	redisContext *ctx;
	int64_t closed_until_ms; /* breaker: no try before */
	int pause_ms;
	struct leases *leases; /* made when a limit is first asked ahead, or shared */
	bool leases_mapped;
	bool recover; /* the next stream_read asks for what this consumer left behind */
	char sha[SCRIPT_MAX][SHA1_HEX];
};

/* A command under construction; slices must live until the call. */
struct cache_args {
	int n;
	const char *v[CACHE_ARGS_MAX];
	size_t len[CACHE_ARGS_MAX];
	char number[8][24];
	int numbers;
};

void args_add(struct cache_args *g, struct str s);
void args_addz(struct cache_args *g, const char *z);
void args_int(struct cache_args *g, int64_t n); /* up to 8 of them */

/* block_ms: how much longer than usual the answer may take. NULL: err is filled in. */
redisReply *cache_call(struct cache *c, const struct cache_args *g, int block_ms, struct err *err);
/* EVALSHA, loading the script where the server does not know it; args: keys, then values. */
redisReply *cache_eval(struct cache *c, enum cache_script s, int n_keys, const struct cache_args *g,
		       struct err *err);
bool reply_is_error(const redisReply *r, const char *word); /* "NOGROUP" */
int cache_unexpected(const redisReply *r, struct err *err); /* -1 */

extern const char *const cache_scripts[SCRIPT_MAX];

#endif
