/*
 * auth/caller.h - from credentials to a caller.
 *
 * A browser shows a session cookie: its rights are read from Redis, in the same round trip as the
 * rate limit. A program shows an access token: its rights are in the token, and a Redis that is
 * away costs it nothing but the limit. Both carry the epoch that they were given at; api.enter
 * compares it, so that rights which were taken away end with the next request.
 */
#ifndef BILLFOLD_AUTH_CALLER_H
#define BILLFOLD_AUTH_CALLER_H

#include <billfold/auth.h>
#include <billfold/crypto.h>
#include <billfold/redis.h>

#define SESSION_COOKIE "__Host-session"

enum { SESSION_IDLE_S = 2 * 3600, SESSION_ABSOLUTE_S = 12 * 3600, TOKEN_TTL_S = 900 };

struct credentials {
	struct str authorization; /* the header; p NULL: absent. It goes before a cookie. */
	struct str session;       /* the cookie's value; empty: absent */
	const char *address, *request_id;
};

struct auth_doors {
	struct cache *cache;
	struct jwt_keys *keys;
};

/*
 * unauthenticated, invalid_token; rate_limited with *ret_rate filled in; unavailable where a
 * session cannot be asked. *ret_limited: the limit was asked, its headers belong into the answer.
 */
int caller_find(const struct auth_doors *d, struct arena *a, const struct credentials *cred,
		const struct rate_limit *limit, struct caller *ret, struct rate_state *ret_rate,
		bool *ret_limited, struct err *err);

/* A write by cookie: X-CSRF-Token is the session's, and Origin, where it is sent, our own.
 * csrf_failed. */
int caller_csrf(const struct caller *who, struct str token, struct str origin,
		struct str fetch_site, const char *public_url, struct err *err);

/*
 * What a session left alone, or stolen, must not do (refunds, keys, bank data, who may do what) takes a person who has
 * shown who they are within the last STEP_UP_S. Programs are not asked. step_up_required.
 */
enum { STEP_UP_S = 900 };
int caller_step_up(const struct caller *who, struct err *err);

/* The value of one cookie; ERR_bad_header when it comes twice. The empty slice where there is none.
 */
int cookie_find(struct str header, const char *name, struct str *ret, struct err *err);

/* The value under a session's token, and back; what another kind of token holds is not a session.
 */
struct session {
	struct uuid tenant, user;
	int64_t epoch;
	struct perm_set perms;
	char csrf[48];
	bool mfa;             /* signed in by a second factor */
	int64_t signed_in_at; /* seconds since 1970 */
};
/* Words split at single blanks; one that no build knows grants nothing. */
void perms_from_scope(struct str scope, struct perm_set *ret);
struct str perms_to_scope(struct arena *a, const struct perm_set *perms);

/*
 * A caller as long work keeps it, and back, for a worker that is at work in the same tenant for the
 * same request. False where the text is none.
 */
struct str caller_text(struct arena *a, const struct caller *who);
bool caller_parse(struct arena *a, struct str text, const struct caller *worker,
		  struct caller *ret);

struct str session_text(struct arena *a, const struct session *s);
bool session_parse(struct arena *a, struct str text, struct session *ret);

#endif
