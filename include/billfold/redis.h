/*
 * redis.h - the messenger: sessions, limits and job streams; never the truth.
 *
 * One connection a process, made at first use and made again after a break, every call with a time
 * limit. All of it may be gone at any moment: sessions sign people out, limits start anew, streams
 * are hints that the sweep repeats. While Redis is away every function fails with ERR_unavailable, at
 * once for most calls (a short circuit breaker: one call in a while looks whether it is back); the
 * caller decides whether to do without.
 */
#ifndef BILLFOLD_REDIS_H
#define BILLFOLD_REDIS_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

struct cache; /* a connection */

/*
 * address: a socket path, `/run/redis.sock` or `/run/redis.sock?db=3`, or redis://[:password@]host:port[/db].
 * Never fails: what is wrong with the address shows at the first call. timeout_ms: of connecting and of each
 * answer (0: 250).
 */
struct cache *cache_new(const char *address, int timeout_ms);
void cache_free(struct cache *c); /* NULL: nothing */
int cache_ping(struct cache *c, struct err *err);

/*
 * One round trip: the session under SHA-256(token) (when token.len) and a GCRA rate limit on
 * limit_key (when limit and limit_key). *ret_session is empty with p = NULL when there is none;
 * reading a session moves its idle limit. A request that is over its limit still learns its session.
 */
struct rate_limit {
	const char *name;   /* the policy's, in RateLimit-Policy */
	int64_t quota;      /* requests a window; at once at most */
	int64_t window_s;
};
struct rate_state {
	bool allowed;
	int64_t remaining;
	int64_t reset_s;    /* until the quota is whole again */
	int64_t retry_after_s; /* 0 when allowed, else at least 1 */
};
int cache_request(struct cache *c, struct arena *a, struct str token, const char *limit_key,
		  const struct rate_limit *limit, struct str *ret_session, struct rate_state *ret,
		  struct err *err);

/*
 * A limit alone, for a caller who may come thousands of times a second: a process takes several requests at once where there is plenty
 * left and spends them without asking, so that most calls need no round trip. No more than the limit is let through, ever.
 */
int limit_request(struct cache *c, struct arena *a, const char *limit_key, const struct rate_limit *limit,
		  struct rate_state *ret, struct err *err);
/*
 * Memory in which the processes of a program spend what any of them has taken: made by their parent, mapped by each. Without it each
 * has a share of its own, and a caller whom several serve sees a count with jumps.
 */
int limit_share_new(int *ret_fd, struct err *err);
int limit_share(struct cache *c, int fd, struct err *err);

/* Gives back what one cache_request() took: what counts failures alone takes before it knows. */
int limit_refund(struct cache *c, const char *limit_key, const struct rate_limit *limit, struct err *err);

/*
 * Sessions, and whatever else lives a while under a secret token (a second factor's challenge): stored under the
 * token's SHA-256, gone after idle_s without a look, and after absolute_s in any case. A put under a token that exists
 * replaces it.
 */
int session_put(struct cache *c, struct str token, struct str value, int64_t idle_s, int64_t absolute_s,
		struct err *err);
int session_drop(struct cache *c, struct str token, struct err *err);

/* Streams: one a job kind, one consumer group. */
int stream_add(struct cache *c, const char *stream, struct str message, struct err *err);
/*
 * Blocks up to block_ms (0: not at all); *ret_n messages in the arena, 0 when none. Makes the group where
 * it is missing. consumer: a name that the next incarnation of this worker has again ("host:maild:3"): what the
 * last one took and did not acknowledge is handed out first.
 */
struct stream_message {
	const char *id;
	const char *stream; /* the one of streams that it came by */
	struct str body;
};
int stream_read(struct cache *c, struct arena *a, const char *const *streams, size_t n_streams,
		const char *consumer, int max, int block_ms, struct stream_message **ret, size_t *ret_n,
		struct err *err);
/* Acknowledges and removes. */
int stream_ack(struct cache *c, const char *stream, const char *id, struct err *err);

#endif
