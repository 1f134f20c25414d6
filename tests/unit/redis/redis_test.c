/*
 * redis_test.c - the messenger against a real Redis.
 *
 * BILLFOLD_TEST_REDIS names its address (a socket path or URL, with a database that may be
 * emptied); without it the tests that need a server are skipped.
 */
#include <billfold/base/monotonic.h>
#include <billfold/crypto.h>
#include <billfold/redis.h>

#include <hiredis/hiredis.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The server's database 9, where the address names none: what is there is not this test's to keep.
 */
static const char *
test_address(void)
{
	static char text[200];
	const char *given = getenv("BILLFOLD_TEST_REDIS");

	if (!given)
		return NULL;
	snprintf(text, sizeof(text), "%s%s", given, strchr(given, '?') ? "" : "?db=9");
	return text;
}

struct fixture {
	struct cache *cache;
	struct arena *a;
};

static int
setup(void **state)
{
	static struct fixture f;
	const char *address = test_address();
	struct err err = { 0 };

	f = (struct fixture){ .a = arena_new(0) };
	*state = &f;
	if (!address)
		return 0;
	assert_int_equal(crypto_init(&err), 0);
	f.cache = cache_new(address, 1000);
	return cache_ping(f.cache, &err);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	cache_free(f->cache);
	arena_free(f->a);
	return 0;
}

static struct fixture *
need_server(void **state)
{
	struct fixture *f = *state;

	if (!f->cache)
		skip();
	return f;
}

/* A connection of the test's own, to look and to break things. */
static redisContext *
side(void)
{
	const char *address = test_address();
	struct str db, path = str_cut(str_from(address), '?', &db);
	char file[200];
	redisContext *ctx;

	snprintf(file, sizeof(file), STR_FMT, STR_ARG(path));
	ctx = redisConnectUnix(file);
	assert_int_equal(ctx->err, 0);
	if (db.len)
		freeReplyObject(redisCommand(ctx, "SELECT %b", db.p + 3, db.len - 3));
	return ctx;
}

static void
flush_all(void)
{
	redisContext *ctx = side();

	freeReplyObject(redisCommand(ctx, "FLUSHDB"));
	freeReplyObject(redisCommand(ctx, "SCRIPT FLUSH"));
	redisFree(ctx);
}

static struct str
look(struct fixture *f, struct str token)
{
	struct rate_state rate;
	struct str s;
	struct err err = { 0 };

	assert_int_equal(cache_request(f->cache, f->a, token, NULL, NULL, &s, &rate, &err), 0);
	assert_true(rate.allowed);
	return s;
}

static void
put(struct fixture *f, struct str token, const char *value, int64_t idle, int64_t life)
{
	struct err err = { 0 };

	assert_int_equal(session_put(f->cache, token, str_from(value), idle, life, &err), 0);
}

static void
a_session_lives_until_it_is_dropped(void **state)
{
	struct fixture *f = need_server(state);
	struct str token = str_from(token_new(f->a));
	struct err err = { 0 };

	put(f, token, "{\"user\":\"u\"}", 60, 600);
	assert_true(str_eqz(look(f, token), "{\"user\":\"u\"}"));
	assert_null(look(f, STR("another")).p);
	put(f, token, "new", 60, 600);
	assert_true(str_eqz(look(f, token), "new"));
	assert_int_equal(session_drop(f->cache, token, &err), 0);
	assert_null(look(f, token).p);
	assert_int_equal(session_drop(f->cache, token, &err), 0);
}

static void
a_session_ends_idle_and_at_its_end(void **state)
{
	struct fixture *f = need_server(state);
	struct str idle = str_from(token_new(f->a)), busy = str_from(token_new(f->a));

	put(f, idle, "i", 1, 60);
	put(f, busy, "b", 1, 2);
	usleep(600 * 1000);
	assert_non_null(look(f, busy).p);
	usleep(600 * 1000);
	assert_null(look(f, idle).p);
	assert_non_null(look(f, busy).p); /* the look before moved its idle limit */
	usleep(900 * 1000);
	assert_null(look(f, busy).p); /* past its absolute end, looks or not */
}

static bool
holds(const char *p, size_t len, struct str s)
{
	for (size_t i = 0; i + s.len <= len; i++)
		if (memcmp(p + i, s.p, s.len) == 0)
			return true;
	return false;
}

static void
no_key_and_no_value_holds_the_token(void **state)
{
	struct fixture *f = need_server(state);
	struct str token = str_from(token_new(f->a));
	redisContext *ctx = side();
	redisReply *keys;

	put(f, token, "v", 60, 600);
	keys = redisCommand(ctx, "KEYS *");
	for (size_t i = 0; i < keys->elements; i++) {
		redisReply *dump;

		assert_null(strstr(keys->element[i]->str, token.p));
		dump = redisCommand(ctx, "DUMP %s", keys->element[i]->str);
		assert_false(holds(dump->str, dump->len, token));
		freeReplyObject(dump);
	}
	freeReplyObject(keys);
	redisFree(ctx);
}

static void
a_quota_and_not_one_more(void **state)
{
	struct fixture *f = need_server(state);
	const struct rate_limit limit = { "test", 7, 3600 };
	struct rate_state rate;
	struct str s;
	struct err err = { 0 };

	for (int i = 6; i >= 0; i--) {
		assert_int_equal(cache_request(f->cache, f->a, STR(""), "client:1", &limit, &s,
					       &rate, &err),
				 0);
		assert_true(rate.allowed);
		assert_int_equal(rate.remaining, i);
		assert_int_equal(rate.retry_after_s, 0);
	}
	assert_int_equal(cache_request(f->cache, f->a, STR(""), "client:1", &limit, &s, &rate,
				       &err),
			 0);
	assert_false(rate.allowed);
	assert_int_equal(rate.remaining, 0);
	assert_in_range(rate.retry_after_s, 1, 3600 / 7 + 1);
	assert_in_range(rate.reset_s, 3590, 3600);
	assert_int_equal(cache_request(f->cache, f->a, STR(""), "client:2", &limit, &s, &rate,
				       &err),
			 0);
	assert_true(rate.allowed);
}

static void
a_limit_fills_again(void **state)
{
	struct fixture *f = need_server(state);
	const struct rate_limit limit = { "test", 10, 1 };
	struct rate_state rate = { .allowed = true };
	struct str s;
	struct err err = { 0 };
	int n = 0;

	for (; n < 100 && rate.allowed; n++)
		assert_int_equal(cache_request(f->cache, f->a, STR(""), "burst", &limit, &s, &rate,
					       &err),
				 0);
	assert_in_range(n, 11, 14);
	usleep(250 * 1000);
	cache_request(f->cache, f->a, STR(""), "burst", &limit, &s, &rate, &err);
	assert_true(rate.allowed);
}

/* How often the server has run a script so far. */
static long
scripts_run(redisContext *ctx)
{
	redisReply *r = redisCommand(ctx, "INFO commandstats");
	const char *at = strstr(r->str, "cmdstat_evalsha:calls=");
	long n = at ? strtol(strchr(at, '=') + 1, NULL, 10) : 0;

	freeReplyObject(r);
	return n;
}

/* Two processes of one program: whichever serves a caller, what is left falls by one. */
static void
a_caller_who_comes_fast_is_asked_for_seldom(void **state)
{
	struct fixture *f = need_server(state);
	const struct rate_limit limit = { "test", 1000000, 3600 };
	struct cache *other = cache_new(test_address(), 1000);
	redisContext *ctx = side();
	long before = scripts_run(ctx);
	struct rate_state rate;
	struct err err = { 0 };
	int fd;

	assert_int_equal(limit_share_new(&fd, &err), 0);
	assert_int_equal(limit_share(f->cache, fd, &err), 0);
	assert_int_equal(limit_share(other, fd, &err), 0);
	for (int64_t last = 1000000, i = 0; i < 20000; i++) {
		assert_int_equal(limit_request(i % 3 ? f->cache : other, f->a, "fast", &limit,
					       &rate, &err),
				 0);
		assert_true(rate.allowed);
		/* But for what fills again meanwhile. */
		assert_in_range(rate.remaining, last - 1, last + 280);
		last = rate.remaining;
	}
	assert_in_range(scripts_run(ctx) - before, 1, 10000);
	redisFree(ctx);
	cache_free(other);
	close(fd);
}

static void
a_caller_who_comes_now_and_then_is_counted_one_by_one(void **state)
{
	struct fixture *f = need_server(state);
	const struct rate_limit limit = { "test", 1000000, 3600000 };
	struct cache *other = cache_new(test_address(), 1000);
	struct rate_state rate;
	struct err err = { 0 };

	for (int i = 1; i <= 6; i++) {
		assert_int_equal(limit_request(i % 2 ? f->cache : other, f->a, "slow", &limit,
					       &rate, &err),
				 0);
		assert_int_equal(rate.remaining, 1000000 - i);
		usleep(110 * 1000); /* a slot of the counting is shorter */
	}
	cache_free(other);
}

/* Two processes that both take ahead: together they let through what one would, and not one more.
 */
static void
leases_let_through_no_more_than_the_limit(void **state)
{
	struct fixture *f = need_server(state);
	const struct rate_limit limit = { "test", 3000, 3600 };
	struct cache *other = cache_new(test_address(), 1000);
	int64_t since = monotonic_ms(), filled;
	int allowed = 0, denied = 0;
	struct rate_state rate;
	struct err err = { 0 };

	while (denied < 100) {
		assert_int_equal(limit_request((allowed + denied) % 3 ? f->cache : other, f->a,
					       "both", &limit, &rate, &err),
				 0);
		allowed += rate.allowed;
		denied += !rate.allowed;
	}
	/* It fills by one in 1.2 s. A lease that lapses is at most 32 of them. */
	filled = (monotonic_ms() - since) / 1200 + 1;
	assert_in_range(allowed, 2500, 3000 + filled);
	cache_free(other);
}

static void
a_server_that_forgot_everything_is_told_again(void **state)
{
	struct fixture *f = need_server(state);
	const char *const streams[] = { "x:forgotten" };
	struct str token = str_from(token_new(f->a));
	struct stream_message *m;
	size_t n;
	struct err err = { 0 };

	put(f, token, "v", 60, 600);
	assert_int_equal(stream_read(f->cache, f->a, streams, 1, "c1", 5, 0, &m, &n, &err), 0);
	flush_all();
	assert_null(look(f, token).p); /* NOSCRIPT: loaded again */
	assert_int_equal(stream_add(f->cache, "x:forgotten", STR("t:1"), &err), 0);
	assert_int_equal(stream_read(f->cache, f->a, streams, 1, "c1", 5, 0, &m, &n, &err), 0);
	assert_int_equal(n, 1); /* NOGROUP: made again, from the start */
	assert_true(str_eqz(m[0].body, "t:1"));
}

static void
a_message_goes_to_one_consumer_until_acknowledged(void **state)
{
	struct fixture *f = need_server(state);
	const char *const streams[] = { "x:a", "x:b" };
	struct cache *again;
	struct stream_message *m;
	size_t n;
	struct err err = { 0 };
	redisContext *ctx = side();
	redisReply *left;

	flush_all();
	assert_int_equal(stream_add(f->cache, "x:a", STR("1"), &err), 0);
	assert_int_equal(stream_add(f->cache, "x:b", STR("2"), &err), 0);
	assert_int_equal(stream_read(f->cache, f->a, streams, 2, "host:1", 5, 0, &m, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(m[0].stream, "x:a");
	assert_string_equal(m[1].stream, "x:b");
	assert_int_equal(stream_ack(f->cache, m[0].stream, m[0].id, &err), 0);
	assert_int_equal(stream_read(f->cache, f->a, streams, 2, "host:2", 5, 0, &m, &n, &err), 0);
	assert_int_equal(n, 0);

	/* the process of host:1 died; its next incarnation gets what was left, once */
	again = cache_new(test_address(), 1000);
	assert_int_equal(stream_read(again, f->a, streams, 2, "host:1", 5, 0, &m, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_true(str_eqz(m[0].body, "2"));
	assert_int_equal(stream_ack(again, m[0].stream, m[0].id, &err), 0);
	assert_int_equal(stream_read(again, f->a, streams, 2, "host:1", 5, 0, &m, &n, &err), 0);
	assert_int_equal(n, 0);
	cache_free(again);

	left = redisCommand(ctx, "XLEN x:b");
	assert_int_equal(left->integer, 0);
	freeReplyObject(left);
	redisFree(ctx);
}

static void
a_blocking_read_waits_and_ends(void **state)
{
	struct fixture *f = need_server(state);
	const char *const streams[] = { "x:quiet" };
	struct cache *quick = cache_new(test_address(), 100);
	struct stream_message *m;
	size_t n;
	struct err err = { 0 };

	/* longer than the connection's own time limit */
	assert_int_equal(stream_read(quick, f->a, streams, 1, "c", 5, 300, &m, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(cache_ping(quick, &err), 0);
	cache_free(quick);
}

/* Closes the connections of this test's database, but not those of other suites. */
static void
kill_connections(redisContext *ctx)
{
	redisReply *list = redisCommand(ctx, "CLIENT LIST");
	redisReply *self = redisCommand(ctx, "CLIENT ID");
	struct str rest = { list->str, list->len };
	char db[32] = " db=0 ";
	const char *q = strstr(test_address(), "?db=");

	if (q)
		snprintf(db, sizeof(db), " db=%s ", q + 4);
	while (rest.len) {
		struct str line = str_cut(rest, '\n', &rest);
		char text[1024], id[32];
		long long n;

		snprintf(text, sizeof(text), STR_FMT, STR_ARG(line));
		if (sscanf(text, "id=%lld", &n) != 1 || n == self->integer || !strstr(text, db))
			continue;
		snprintf(id, sizeof(id), "%lld", n);
		freeReplyObject(redisCommand(ctx, "CLIENT KILL ID %s", id));
	}
	freeReplyObject(list);
	freeReplyObject(self);
}

static void
a_closed_connection_is_made_again(void **state)
{
	struct fixture *f = need_server(state);
	redisContext *ctx = side();
	struct err err = { 0 };

	assert_int_equal(cache_ping(f->cache, &err), 0);
	kill_connections(ctx);
	assert_int_equal(cache_ping(f->cache, &err), 0);
	redisFree(ctx);
}

static int64_t
elapsed_ms(const struct timespec *from)
{
	struct timespec to;

	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from->tv_sec) * 1000 + (to.tv_nsec - from->tv_nsec) / 1000000;
}

/* A server that takes connections and never answers, until answer_all() is forked. */
static int
listen_silently(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void
answer_all(int fd)
{
	for (;;) {
		char buf[256];
		int one = accept(fd, NULL, NULL);

		while (one >= 0 && read(one, buf, sizeof(buf)) > 0)
			if (write(one, "+PONG\r\n", 7) < 0)
				break;
		close(one);
	}
}

static void
a_silent_server_costs_its_limit_once(void **state)
{
	char dir[] = "/tmp/billfold-redis-XXXXXX", path[64];
	struct cache *quick;
	struct timespec from;
	struct err err = { 0 };
	pid_t pid;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	fd = listen_silently(path);
	quick = cache_new(path, 150);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(cache_ping(quick, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_in_range(elapsed_ms(&from), 140, 3000);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(cache_ping(quick, &err), -1);
	assert_true(elapsed_ms(&from) < 5000); /* not 1000 waits of 150 ms */

	pid = fork();
	if (pid == 0)
		answer_all(fd);
	for (int i = 0; i < 100 && cache_ping(quick, &err) < 0; i++)
		usleep(50 * 1000);
	assert_int_equal(cache_ping(quick, &err), 0);
	cache_free(quick);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	unlink(path);
	rmdir(dir);
	(void)state;
}

static pid_t
start_replica(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* of a test that failed */
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path,
		       "--save", "", "--replicaof", "127.0.0.1", "1", "--logfile", "/dev/null",
		       (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int
connections(redisContext *ctx)
{
	redisReply *list = redisCommand(ctx, "CLIENT LIST TYPE NORMAL");
	int n = 0;

	for (const char *p = list->str; (p = strchr(p, '\n')); p++)
		n++;
	freeReplyObject(list);
	return n;
}

/* As after a failover, when a proxy's old connections are still there. */
static void
a_primary_that_became_a_replica_is_left(void **state)
{
	char dir[] = "/tmp/billfold-redis-XXXXXX", path[64];
	struct cache *c;
	redisContext *ctx;
	struct err err = { 0 };
	pid_t pid;

	need_server(state);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	pid = start_replica(path);
	c = cache_new(path, 2000);
	for (int i = 0; i < 200 && cache_ping(c, &err) < 0; i++)
		usleep(50 * 1000);
	err_clear(&err);
	assert_int_equal(cache_ping(c, &err), 0);
	ctx = redisConnectUnix(path);
	assert_int_equal(connections(ctx), 2);
	assert_int_equal(session_put(c, STR("token"), STR("value"), 60, 60, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_int_equal(connections(ctx), 1);
	freeReplyObject(redisCommand(ctx, "REPLICAOF NO ONE"));
	assert_int_equal(session_put(c, STR("token"), STR("value"), 60, 60, &err), 0);
	redisFree(ctx);
	cache_free(c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
	rmdir(dir);
}

static void
nobody_there_is_unavailable(void **state)
{
	static const char *const wrong[] = { "/nonexistent/redis.sock",
					     "redis://127.0.0.1:1/0",
					     "redis://127.0.0.1:99999999",
					     "redis://",
					     "",
					     "/tmp/x?db=none" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct cache *c = cache_new(wrong[i], 100);
		struct err err = { 0 };

		assert_int_equal(cache_ping(c, &err), -1);
		assert_int_equal(err.code, ERR_unavailable);
		cache_free(c);
	}
	cache_free(NULL);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_lives_until_it_is_dropped),
		cmocka_unit_test(a_session_ends_idle_and_at_its_end),
		cmocka_unit_test(no_key_and_no_value_holds_the_token),
		cmocka_unit_test(a_quota_and_not_one_more),
		cmocka_unit_test(a_limit_fills_again),
		cmocka_unit_test(a_caller_who_comes_fast_is_asked_for_seldom),
		cmocka_unit_test(a_caller_who_comes_now_and_then_is_counted_one_by_one),
		cmocka_unit_test(leases_let_through_no_more_than_the_limit),
		cmocka_unit_test(a_server_that_forgot_everything_is_told_again),
		cmocka_unit_test(a_message_goes_to_one_consumer_until_acknowledged),
		cmocka_unit_test(a_blocking_read_waits_and_ends),
		cmocka_unit_test(a_closed_connection_is_made_again),
		cmocka_unit_test(a_silent_server_costs_its_limit_once),
		cmocka_unit_test(a_primary_that_became_a_replica_is_left),
		cmocka_unit_test(nobody_there_is_unavailable),
	};

	return cmocka_run_group_tests_name("redis", tests, setup, teardown);
}
