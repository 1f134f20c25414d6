/*
 * redis.h - the messenger: sessions, limits and job streams; never the truth.
 *
 * One connection a process, reconnected after a break, every call with a time limit. All of it may
 * be gone at any moment: sessions sign people out, limits start anew, streams are hints that
 * the sweep repeats.
 */
#ifndef BILLFOLD_REDIS_H
#define BILLFOLD_REDIS_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

struct cache; /* a connection */

/* address: a socket path or redis://host:port/db */
struct cache *cache_new(const char *address, int timeout_ms);
void cache_free(struct cache *c);
int cache_ping(struct cache *c, struct err *err);

/*
 * One round trip: the session under SHA-256(token) (when token.len) and a GCRA rate limit on
 * limit_key. *ret_session is NULL when there is none.
 */
struct rate_limit {
	const char *name;   /* the policy's, in RateLimit-Policy */
	int64_t quota;      /* requests a window */
	int64_t window_s;
};
struct rate_state {
	bool allowed;
	int64_t remaining;
	int64_t reset_s;    /* until the quota is whole again */
	int64_t retry_after_s;
};
int cache_request(struct cache *c, struct arena *a, struct str token, const char *limit_key,
		  const struct rate_limit *limit, struct str *ret_session, struct rate_state *ret,
		  struct err *err);
int session_put(struct cache *c, struct str token, struct str value, int64_t idle_s, int64_t absolute_s,
		struct err *err);
int session_drop(struct cache *c, struct str token, struct err *err);
int session_drop_all(struct cache *c, const char *owner, struct err *err);

/* Streams: one a job kind, one consumer group. */
int stream_add(struct cache *c, const char *stream, struct str message, struct err *err);
/* Blocks up to block_ms; *ret_n messages in the arena, 0 when none. Makes the group where it is missing. */
struct stream_message {
	const char *id;
	struct str body;
};
int stream_read(struct cache *c, struct arena *a, const char *const *streams, size_t n_streams,
		const char *consumer, int max, int block_ms, struct stream_message **ret, size_t *ret_n,
		struct err *err);
int stream_ack(struct cache *c, const char *stream, const char *id, struct err *err);

#endif
