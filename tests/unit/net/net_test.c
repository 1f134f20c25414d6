/*
 * net_test.c - the way out, against peers that are started for real and misbehave when asked.
 */
#include "net/guard.h"

#include <billfold/net.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct arena *a;
	struct net *net;
	pid_t peer;
	FILE *to;
	char dir[64];
	int http, smtp, imap;
};

static void
start_peer(struct fixture *f)
{
	const char *script = getenv("BILLFOLD_TEST_PEER");
	int in[2], out[2];
	FILE *from;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	f->peer = fork();
	if (f->peer == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", script ? script : PEER_SCRIPT, f->dir,
		      (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	f->to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
	assert_int_equal(fscanf(from, "%d %d %d", &f->http, &f->smtp, &f->imap), 3);
	fclose(from);
}

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .a = arena_new(0),
			      .net = net_new(),
			      .dir = "/tmp/billfold-net-XXXXXX" };
	assert_non_null(mkdtemp(f.dir));
	/* must change nothing */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	start_peer(&f);
	*state = &f;
	return 0;
}

static void
empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	fclose(f->to);
	waitpid(f->peer, NULL, 0);
	empty_dir(f->dir);
	rmdir(f->dir);
	net_free(f->net);
	arena_free(f->a);
	return 0;
}

static int
call(struct fixture *f, const char *method, const char *path, const char *body,
     struct net_answer *ret, struct err *err)
{
	static const struct net_header headers[] = { { "X-Key", "k1" }, { NULL, NULL } };
	struct net_request q = { .method = method,
				 .url = arena_printf(f->a, "http://127.0.0.1:%d%s", f->http, path),
				 .headers = headers,
				 .body = str_from(body),
				 .timeout_ms = 500,
				 .max_body = 50000,
				 .allow_private = true };

	return net_http(f->net, f->a, &q, ret, err);
}

static void
an_answer_comes_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct net_answer r;
	struct err err = { 0 };

	assert_int_equal(call(f, "POST", "/echo", "a=1", &r, &err), 0);
	assert_int_equal(r.status, 200);
	assert_true(str_eqz(r.body, "POST a=1|k1|None"));
	assert_string_equal(r.content_type, "text/plain");
	assert_true(r.sent);
	assert_int_equal(call(f, "PUT", "/echo", "", &r, &err), 0);
	assert_true(str_eqz(r.body, "PUT |k1|None"));
	assert_int_equal(call(f, "HEAD", "/echo", NULL, &r, &err), 0);
	assert_int_equal(r.body.len, 0);
	assert_int_equal(call(f, "GET", "/nowhere", NULL, &r, &err), 0);
	assert_int_equal(r.status, 404);
	assert_int_equal(call(f, "GET", "/redirect", NULL, &r, &err), 0);
	assert_int_equal(r.status, 302);
}

static void
sent_is_told_truly(void **state)
{
	struct fixture *f = *state;
	struct net_answer r;
	struct net_request q = { .method = "POST",
				 .url = "http://127.0.0.1:1/",
				 .allow_private = true };
	struct err err = { 0 };

	assert_int_equal(net_http(f->net, f->a, &q, &r, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_false(r.sent);
	q.url = "http://name.invalid/";
	assert_int_equal(net_http(f->net, f->a, &q, &r, &err), -1);
	assert_false(r.sent);

	assert_int_equal(call(f, "POST", "/cut", "x", &r, &err), -1);
	assert_true(r.sent);
	assert_int_equal(call(f, "POST", "/slow", "x", &r, &err), -1);
	assert_int_equal(err.code, ERR_timeout);
	assert_true(r.sent);
	assert_int_equal(call(f, "GET", "/large", NULL, &r, &err), -1);
	assert_int_equal(err.code, ERR_bad_gateway);
	assert_true(r.sent);
	assert_int_equal(call(f, "GET", "/garbage", NULL, &r, &err), -1);
	assert_int_equal(err.code, ERR_bad_gateway);
}

static void
reads_share_a_connection_and_writes_do_not(void **state)
{
	struct fixture *f = *state;
	struct net_answer one, two;
	struct err err = { 0 };

	assert_int_equal(call(f, "GET", "/port", NULL, &one, &err), 0);
	assert_int_equal(call(f, "GET", "/port", NULL, &two, &err), 0);
	assert_true(str_eq(one.body, two.body));
	assert_int_equal(call(f, "POST", "/port", "", &one, &err), 0);
	assert_int_equal(call(f, "POST", "/port", "", &two, &err), 0);
	assert_false(str_eq(one.body, two.body));
}

static void
the_guard_holds_at_connect(void **state)
{
	static const char *const inside[] = { "127.0.0.1",          "localhost", "127.1",
					      "2130706433",         "0x7f.1",    "[::1]",
					      "[::ffff:127.0.0.1]", "0" };
	struct fixture *f = *state;
	struct net_answer before, after, r;
	struct err err = { 0 };

	/* a kept connection of an unguarded call is there to be misused */
	assert_int_equal(call(f, "GET", "/count", NULL, &before, &err), 0);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		struct net_request q = { .method = "GET",
					 .url = arena_printf(f->a, "http://%s:%d/count", inside[i],
							     f->http) };

		assert_int_equal(net_http(f->net, f->a, &q, &r, &err), -1);
		assert_false(r.sent);
		assert_true(r.refused ||
			    err.code == ERR_unavailable); /* [::1] where there is no IPv6 */
	}
	assert_int_equal(call(f, "GET", "/count", NULL, &after, &err), 0);
	assert_int_equal(after.body.p[0], before.body.p[0] + 1);
}

static void
what_is_no_request_is_refused(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd",
					    "gopher://127.0.0.1:6379/_x",
					    "ftp://x/",
					    "http://a@127.0.0.1/",
					    "",
					    "http:///",
					    "smtp://x" };
	static const struct net_header bad[][2] = { { { "X\r\nY", "1" } },
						    { { "X", "1\r\nY: 2" } },
						    { { "", "x" } } };
	struct fixture *f = *state;
	struct net_answer r;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct net_request q = { .method = "GET", .url = urls[i], .allow_private = true };
		struct err err = { 0 };

		assert_int_equal(net_http(f->net, f->a, &q, &r, &err), -1);
		assert_false(r.sent);
	}
	for (size_t i = 0; i < 3; i++) {
		struct net_request q = { .method = "GET",
					 .url = "http://127.0.0.1/",
					 .headers = bad[i] };
		struct err err = { 0 };

		assert_int_equal(net_http(f->net, f->a, &q, &r, &err), -1);
		assert_int_equal(err.code, ERR_validation_failed);
	}
}

static bool
is_public(const char *ip)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
		return guard_is_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, ip, &v6.sin6_addr), 1);
	return guard_is_public((struct sockaddr *)&v6);
}

static void
the_edges_of_the_closed_blocks(void **state)
{
	static const char *const open[] = { "1.0.0.0",        "9.255.255.255",   "11.0.0.0",
					    "100.63.255.255", "100.128.0.0",     "126.255.255.255",
					    "128.0.0.0",      "169.253.255.255", "172.15.255.255",
					    "172.32.0.0",     "192.167.255.255", "192.169.0.0",
					    "198.17.255.255", "198.20.0.0",      "223.255.255.255",
					    "2600::",         "2001:200::1",     "2a00:1450::1" };
	static const char *const closed[] = { "0.0.0.0",
					      "10.0.0.0",
					      "10.255.255.255",
					      "100.64.0.0",
					      "100.127.255.255",
					      "127.255.255.255",
					      "169.254.0.0",
					      "172.16.0.0",
					      "172.31.255.255",
					      "192.168.255.255",
					      "198.18.0.0",
					      "198.19.255.255",
					      "224.0.0.1",
					      "255.255.255.255",
					      "::",
					      "::1",
					      "::ffff:8.8.8.8",
					      "::8.8.8.8",
					      "fe80::1",
					      "fc00::1",
					      "ff02::1",
					      "2001:db8::1",
					      "2001::1",
					      "2002::1",
					      "64:ff9b::1",
					      "100::1",
					      "fec0::1",
					      "2600::5efe:7f00:1",
					      "2600::200:5efe:7f00:1" };

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (!is_public(open[i]))
			fail_msg("%s is public", open[i]);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (is_public(closed[i]))
			fail_msg("%s is not public", closed[i]);
	(void)state;
}

/* ---- mail ---- */

static int
post(struct fixture *f, const char *to, const char *text, struct net_mail_result *ret,
     struct err *err)
{
	const char *list[] = { to, NULL };
	struct net_mail m = { .url = arena_printf(f->a, "smtp://127.0.0.1:%d", f->smtp),
			      .from = "billing@seller.example",
			      .to = list,
			      .message = str_from(text),
			      .timeout_ms = 800 };

	return net_smtp(f->net, &m, ret, err);
}

static int
count_mails(struct fixture *f)
{
	DIR *d = opendir(f->dir);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

#define MAIL "Subject: x\r\n\r\n.a line with a dot\r\n..\r\nend\r\n"

static void
a_mail_arrives_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct net_mail_result r;
	struct err err = { 0 };
	char buf[512];
	FILE *in;
	size_t n;

	empty_dir(f->dir);
	assert_int_equal(post(f, "anna@example.com", MAIL, &r, &err), 0);
	assert_int_equal(r.smtp_code, 250);
	assert_false(r.maybe_sent);
	assert_int_equal(post(f, "bert@example.com", MAIL, &r, &err), 0);
	assert_int_equal(count_mails(f), 2);
	in = fopen(arena_printf(f->a, "%s/001", f->dir), "rb");
	assert_non_null(in);
	n = fread(buf, 1, sizeof(buf) - 1, in);
	buf[n] = '\0';
	fclose(in);
	assert_string_equal(buf, "X-Envelope-From: billing@seller.example\r\n"
				 "X-Envelope-To: anna@example.com\r\n" MAIL);
}

static void
refusals_for_good_and_for_now(void **state)
{
	static const struct {
		const char *to;
		int code;
		enum err_code err;
	} cases[] = { { "refused@example.com", 550, ERR_validation_failed },
		      { "later@example.com", 450, ERR_unavailable },
		      { "spam@example.com", 554, ERR_validation_failed } };
	struct fixture *f = *state;

	empty_dir(f->dir);
	for (size_t i = 0; i < 3; i++) {
		struct net_mail_result r;
		struct err err = { 0 };

		assert_int_equal(post(f, cases[i].to, MAIL, &r, &err), -1);
		assert_int_equal(r.smtp_code, cases[i].code);
		assert_int_equal(err.code, cases[i].err);
		assert_false(r.maybe_sent);
		assert_true(strlen(r.reply) > 4);
		assert_true(str_starts(str_from(r.reply), str_from(int_text(f->a, r.smtp_code))));
	}
	assert_int_equal(count_mails(f), 0);
}

/* It is stored with the delivery: a mail that is out and cannot be written down would be sent
 * again. */
static void
what_a_server_says_is_utf8(void **state)
{
	struct fixture *f = *state;
	struct net_mail_result r;
	struct err err = { 0 };

	empty_dir(f->dir);
	assert_int_equal(post(f, "latin@example.com", MAIL, &r, &err), -1);
	assert_int_equal(err.code, ERR_validation_failed);
	assert_string_equal(r.reply, "550 Empf?nger unbekannt");
	assert_true(str_is_utf8(str_from(err.detail)));
	assert_int_equal(post(f, "wordy@example.com", MAIL, &r, &err), 0);
	assert_true(strlen(r.reply) > 100 && str_is_utf8(str_from(r.reply)));
}

static void
a_lost_250_is_maybe_sent(void **state)
{
	struct fixture *f = *state;
	struct net_mail_result r;
	struct err err = { 0 };

	empty_dir(f->dir);
	assert_int_equal(post(f, "lost@example.com", MAIL, &r, &err), -1);
	assert_true(r.maybe_sent);
	assert_int_equal(count_mails(f), 1);
	assert_int_equal(post(f, "hang@example.com", MAIL, &r, &err), -1);
	assert_int_equal(err.code, ERR_timeout);
	assert_true(r.maybe_sent);
}

static void
nobody_there_is_not_sent(void **state)
{
	struct fixture *f = *state;
	const char *to[] = { "a@example.com", NULL };
	struct net_mail m = {
		.url = "smtp://127.0.0.1:1", .from = "b@example.com", .to = to, .message = STR(MAIL)
	};
	struct net_mail_result r;
	struct err err = { 0 };

	assert_int_equal(net_smtp(f->net, &m, &r, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_false(r.maybe_sent);
	/* a password never goes over a line that is not encrypted */
	m.url = arena_printf(f->a, "smtp://127.0.0.1:%d", f->smtp);
	m.user = "u";
	m.password = "p";
	assert_int_equal(net_smtp(f->net, &m, &r, &err), -1);
	assert_false(r.maybe_sent);
}

static void
an_envelope_cannot_be_broken_out_of(void **state)
{
	static const char *const bad[] = { "a@b>\r\nDATA", "a b@c", "", "<a@b>" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		struct net_mail_result r;
		struct err err = { 0 };

		assert_int_equal(post(f, bad[i], MAIL, &r, &err), -1);
		assert_int_equal(err.code, ERR_validation_failed);
		assert_int_equal(r.smtp_code, 0);
	}
}

static int
read_mail(struct fixture *f, const char *user, struct str *ret, struct err *err)
{
	struct net_mailbox_at at = { .url = arena_printf(f->a, "imap://127.0.0.1:%d", f->imap),
				     .user = user,
				     .password = "p",
				     .folder = "INBOX",
				     .timeout_ms = 5000 };
	struct net_mailbox m;
	int rc;

	assert_int_equal(net_mailbox_open(&at, &m, err), 0);
	assert_int_equal(m.uid_validity, 7);
	rc = net_mailbox_read(&m, f->a, 1, 1000, ret, err);
	net_mailbox_close(&m);
	return rc;
}

static void
a_mailbox_sends_what_was_asked_for(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct str mail;

	assert_int_equal(read_mail(f, "once", &mail, &err), 1);
	assert_true(str_eqz(mail, "mail"));
	assert_int_equal(read_mail(f, "twice", &mail, &err), -1);
	assert_int_equal(err.code, ERR_bad_gateway);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_as_it_is),
		cmocka_unit_test(sent_is_told_truly),
		cmocka_unit_test(reads_share_a_connection_and_writes_do_not),
		cmocka_unit_test(the_guard_holds_at_connect),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(the_edges_of_the_closed_blocks),
		cmocka_unit_test(a_mail_arrives_as_it_is),
		cmocka_unit_test(refusals_for_good_and_for_now),
		cmocka_unit_test(what_a_server_says_is_utf8),
		cmocka_unit_test(a_lost_250_is_maybe_sent),
		cmocka_unit_test(nobody_there_is_not_sent),
		cmocka_unit_test(an_envelope_cannot_be_broken_out_of),
		cmocka_unit_test(a_mailbox_sends_what_was_asked_for),
	};

	return cmocka_run_group_tests_name("net", tests, setup, teardown);
}
