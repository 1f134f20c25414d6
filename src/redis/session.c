/*
 * session.c - sessions and rate limits: small Lua scripts, each one round trip.
 *
 * Keys: `s:HASH` a session, `l:KEY` a limit (script.c). No key or value holds the token itself: who
 * reads Redis cannot sign in. That a person's sessions end together is their epoch's doing, not
 * Redis's: one that came back from a copy revives nothing.
 */
#include "cache.h"
#include "lease.h"

#include <billfold/crypto.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct session_key {
	char z[2 + SHA256_HEX];
};

static void
session_key(struct str token, struct session_key *ret)
{
	memcpy(ret->z, "s:", 2);
	sha256_hex(token, ret->z + 2);
}

static int64_t
seconds_up(int64_t us)
{
	return (us + 999999) / 1000000;
}

static int
take_request(struct arena *a, const redisReply *r, struct str *ret_session, struct rate_state *ret,
	     int *ret_taken, struct err *err)
{
	if (r->type != REDIS_REPLY_ARRAY || r->elements != 6)
		return cache_unexpected(r, err);
	for (size_t i = 1; i < 6; i++)
		if (r->element[i]->type != REDIS_REPLY_INTEGER)
			return cache_unexpected(r, err);
	if (r->element[0]->type == REDIS_REPLY_STRING) {
		ret_session->p = arena_strndup(a, r->element[0]->str, r->element[0]->len);
		ret_session->len = r->element[0]->len;
	}
	ret->allowed = r->element[1]->integer != 0;
	ret->remaining = r->element[2]->integer;
	ret->reset_s = seconds_up(r->element[3]->integer);
	ret->retry_after_s = seconds_up(r->element[4]->integer);
	*ret_taken = (int)r->element[5]->integer;
	return 0;
}

static int
ask(struct cache *c, struct arena *a, struct str token, const char *limit_key,
    const struct rate_limit *limit, struct lease_wish wish, struct str *ret_session,
    struct rate_state *ret, int *ret_taken, struct err *err)
{
	bool limited = limit && limit->quota > 0 && limit_key;
	struct session_key key = { 0 };
	struct cache_args g = { 0 };
	redisReply *r;
	int rc;

	*ret_session = (struct str){ 0 };
	*ret = (struct rate_state){ .allowed = true };
	if (!token.len && !limited)
		return 0;
	if (token.len)
		session_key(token, &key);
	args_addz(&g, key.z);
	args_addz(&g, limited ? arena_printf(a, "l:%s", limit_key) : "");
	args_int(&g, limited ? limit->quota : 1);
	args_int(&g, (limited ? limit->window_s : 1) * 1000000);
	args_int(&g, wish.take);
	args_int(&g, wish.back);
	r = cache_eval(c, SCRIPT_REQUEST, 2, &g, err);
	if (!r)
		return -1;
	rc = take_request(a, r, ret_session, ret, ret_taken, err);
	freeReplyObject(r);
	return rc;
}

int
cache_request(struct cache *c, struct arena *a, struct str token, const char *limit_key,
	      const struct rate_limit *limit, struct str *ret_session, struct rate_state *ret,
	      struct err *err)
{
	const struct lease_wish one = { .take = 1 };
	int taken;

	return ask(c, a, token, limit_key, limit, one, ret_session, ret, &taken, err);
}

int
limit_request(struct cache *c, struct arena *a, const char *limit_key,
	      const struct rate_limit *limit, struct rate_state *ret, struct err *err)
{
	struct lease_wish wish;
	struct str none;
	int taken = 1;

	if (!c->leases)
		c->leases = leases_new();
	if (lease_spend(c->leases, limit_key, limit, &wish, ret))
		return 0;
	if (ask(c, a, (struct str){ 0 }, limit_key, limit, wish, &none, ret, &taken, err) < 0)
		return -1;
	if (ret->allowed)
		lease_add(c->leases, limit_key, limit, taken, ret);
	return 0;
}

int
limit_share_new(int *ret_fd, struct err *err)
{
	int fd = memfd_create("billfold-limits", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)leases_size()) < 0) {
		err_set(err, ERR_internal, "Memory for limits cannot be made: %m");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int
limit_share(struct cache *c, int fd, struct err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0 || st.st_size != (off_t)leases_size())
		return err_set(err, ERR_internal, "The memory for limits is of another version");
	p = mmap(NULL, leases_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return err_set(err, ERR_internal, "The memory for limits cannot be mapped: %m");
	c->leases = p;
	c->leases_mapped = true;
	return 0;
}

/* A script of which only success matters. */
static int
run(struct cache *c, enum cache_script s, int n_keys, const struct cache_args *g, struct err *err)
{
	redisReply *r = cache_eval(c, s, n_keys, g, err);

	if (!r)
		return -1;
	freeReplyObject(r);
	return 0;
}

int
limit_refund(struct cache *c, const char *limit_key, const struct rate_limit *limit,
	     struct err *err)
{
	struct arena *a = arena_new(0);
	struct cache_args g = { 0 };
	int rc;

	args_addz(&g, arena_printf(a, "l:%s", limit_key));
	args_int(&g, limit->quota);
	args_int(&g, limit->window_s * 1000000);
	rc = run(c, SCRIPT_REFUND, 1, &g, err);
	arena_free(a);
	return rc;
}

int
session_put(struct cache *c, struct str token, struct str value, int64_t idle_s, int64_t absolute_s,
	    struct err *err)
{
	struct session_key key;
	struct cache_args g = { 0 };

	session_key(token, &key);
	args_addz(&g, key.z);
	args_add(&g, value);
	args_int(&g, (idle_s > 0 ? idle_s : absolute_s) * 1000);
	args_int(&g, absolute_s * 1000);
	return run(c, SCRIPT_PUT, 1, &g, err);
}

int
session_drop(struct cache *c, struct str token, struct err *err)
{
	struct session_key key;
	struct cache_args g = { 0 };

	session_key(token, &key);
	args_addz(&g, key.z);
	return run(c, SCRIPT_DROP, 1, &g, err);
}
