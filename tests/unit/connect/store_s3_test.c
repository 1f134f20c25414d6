/*
 * store_s3_test.c - files in a bucket: whole or not at all, the same for ever, each tenant's own,
 * whatever the other side does.
 *
 * The other side is tests/stand-in/s3, which takes what is signed as S3 asks and fails as it is
 * told.
 */
#include "connect/sigv4.h"

#include <billfold/connect.h>
#include <billfold/net.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ANNA "0192a000-0000-7000-8000-00000000000a"
#define BERT "0192a000-0000-7000-8000-00000000000b"

enum { PATIENCE_MS = 3000 };

static struct arena *a;
static struct net *net;
static struct file_store s;
static struct store_settings settings;
static pid_t standin;
static const char *url;
static char secret_file[] = "/tmp/billfold-s3-XXXXXX";

/* ---- the stand-in ---- */

static struct str
control(const char *path, const char *json)
{
	const char *where = arena_printf(a, "%s/_standin%s", url, path);
	const struct net_request q = {
		.method = "POST", .url = where, .body = str_from(json), .allow_private = true
	};
	struct net_answer answer;
	struct err err = { 0 };

	assert_int_equal(net_http(net, a, &q, &answer, &err), 0);
	assert_int_equal(answer.status, 200);
	return answer.body;
}

static void
fail_with(const char *rules)
{
	control("/script", arena_printf(a, "{\"rules\": [%s]}", rules));
}

/* How often `what` stands in what the stand-in knows. */
static int
known(const char *what)
{
	struct str state = control("/state", "{}");
	const char *text = str_dup(a, state);
	int n = 0;

	while ((text = strstr(text, what)) != NULL)
		n++, text++;
	return n;
}

static int
start(void **state)
{
	struct err err = { 0 };
	char line[100];
	int out[2], fd;
	FILE *from;

	a = arena_new(0);
	net = net_new();
	assert_int_equal(crypto_init(&err), 0);
	assert_int_equal(pipe(out), 0);
	standin = fork();
	if (standin == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execl("/usr/bin/python3", "python3", STANDIN_SCRIPT, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	from = fdopen(out[0], "r");
	assert_non_null(fgets(line, sizeof(line), from));
	fclose(from);
	url = str_dup(a, str_trim(str_from(line)));
	fd = mkstemp(secret_file);
	assert_int_equal(write(fd, "standin/secret+key\n", 19), 19);
	close(fd);
	settings = (struct store_settings){
		.state_dir = "/nowhere",
		.url = arena_printf(a, "s3+%s/documents/bill/fold", url),
		.region = "eu-test-1",
		.access_key = "AKIASTANDIN",
		.secret_file = secret_file,
	};
	assert_int_equal(store_open(a, &settings, net, PATIENCE_MS, &s, &err), 0);
	(void)state;
	return 0;
}

static int
stop(void **state)
{
	kill(standin, SIGKILL);
	waitpid(standin, NULL, 0);
	unlink(secret_file);
	net_free(net);
	arena_free(a);
	(void)state;
	return 0;
}

static struct file_store
opened_with(const struct store_settings *set)
{
	struct file_store ret = { 0 };
	struct err err = { 0 };

	assert_int_equal(store_open(a, set, net, PATIENCE_MS, &ret, &err), 0);
	return ret;
}

/* The stand-in empty and sound, and a store that remembers no trouble. */
static int
well_again(void **state)
{
	fail_with("");
	control("/clear", "{}");
	s = opened_with(&settings);
	(void)state;
	return 0;
}

/* ---- the signature ---- */

/* "Examples: Signature Calculations" of the S3 reference; "get-vanilla" of the published suite. */
static void
the_vendors_examples(void **state)
{
	static const char nothing[] =
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char welcome[] =
	    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
	static const struct {
		struct sigv4_key key;
		struct sigv4_request q;
		struct net_header headers[6];
		const char *signature;
	} examples[] = {
		{ { "us-east-1",
		    "s3",
		    "AKIAIOSFODNN7EXAMPLE",
		    { "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40 } },
		  { "GET", "/test.txt", NULL, nothing, "20130524T000000Z" },
		  { { "host", "examplebucket.s3.amazonaws.com" },
		    { "range", "bytes=0-9" },
		    { "x-amz-content-sha256", nothing },
		    { "x-amz-date", "20130524T000000Z" } },
		  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
		{ { "us-east-1",
		    "s3",
		    "AKIAIOSFODNN7EXAMPLE",
		    { "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40 } },
		  { "PUT", "/test%24file.text", NULL, welcome, "20130524T000000Z" },
		  { { "date", "Fri, 24 May 2013 00:00:00 GMT" },
		    { "host", "examplebucket.s3.amazonaws.com" },
		    { "x-amz-content-sha256", welcome },
		    { "x-amz-date", "20130524T000000Z" },
		    { "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
		  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
		{ { "us-east-1",
		    "service",
		    "AKIDEXAMPLE",
		    { "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40 } },
		  { "GET", "/", NULL, nothing, "20150830T123600Z" },
		  { { "host", "example.amazonaws.com" }, { "x-amz-date", "20150830T123600Z" } },
		  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct sigv4_request q = examples[i].q;
		const char *said;

		q.headers = examples[i].headers;
		said = strstr(sigv4_sign(a, &examples[i].key, &q), "Signature=");
		assert_non_null(said);
		assert_string_equal(said + 10, examples[i].signature);
	}
	(void)state;
}

/* ---- what all kinds promise ---- */

static void
what_is_put_is_there(void **state)
{
	static const char bytes[] = "%PDF-1.5 \0 with a zero";
	struct str in = { bytes, sizeof(bytes) }, out;
	char one[SHA256_HEX], hash[SHA256_HEX];
	struct err err = { 0 };

	assert_int_equal(s.put(&s, ANNA, in, one, &err), 0);
	sha256_hex(in, hash);
	assert_string_equal(one, hash);
	assert_int_equal(s.get(&s, a, ANNA, one, sizeof(bytes), &out, &err), 0);
	assert_true(str_eq(in, out));
	assert_int_equal(known(arena_printf(a, "\"bill/fold/" ANNA "/%.2s/%.2s/%s\"", one, one + 2,
					    one)),
			 1);
	assert_int_equal(known("\"violations\": []"), 1);
	(void)state;
}

static void
put_twice_is_sent_once(void **state)
{
	char hash[SHA256_HEX], again[SHA256_HEX];
	struct err err = { 0 };

	assert_int_equal(s.put(&s, ANNA, STR("once"), hash, &err), 0);
	assert_int_equal(s.put(&s, ANNA, STR("once"), again, &err), 0);
	assert_string_equal(hash, again);
	assert_int_equal(known("\"PUT\""), 1);
	assert_int_equal(known("\"HEAD\""), 2);
	(void)state;
}

static void
an_empty_file_is_a_file(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, (struct str){ 0 }, hash, &err), 0);
	assert_int_equal(s.get(&s, a, ANNA, hash, 0, &out, &err), 0);
	assert_int_equal(out.len, 0);
	(void)state;
}

/* Bytes of another length are no file of ours: the right ones take their place. */
static void
half_an_object_is_put_anew(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, STR("a whole file"), hash, &err), 0);
	control("/object",
		arena_printf(a,
			     "{\"key\": \"bill/fold/" ANNA "/%.2s/%.2s/%s\", \"bytes\": \"YSB3\"}",
			     hash, hash + 2, hash));
	assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_internal);
	assert_int_equal(s.put(&s, ANNA, STR("a whole file"), hash, &err), 0);
	assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), 0);
	assert_true(str_eqz(out, "a whole file"));
	(void)state;
}

static void
nobody_reads_the_files_of_another_tenant(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, STR("secret"), hash, &err), 0);
	assert_int_equal(s.get(&s, a, BERT, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	assert_int_equal(s.get(&s, a, "../" ANNA, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	assert_int_equal(s.get(&s, a, ANNA, "../../x", 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	assert_int_equal(known("\"GET\""), 1);
	(void)state;
}

static void
wrong_bytes_are_not_handed_out(void **state)
{
	static const char *const faults[] = { "wrong_bytes", "short", "html" };
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, STR("what was signed"), hash, &err), 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		fail_with(arena_printf(a, "{\"do\": \"%s\"}", faults[i]));
		err_clear(&err);
		assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), -1);
		assert_int_equal(err.code, ERR_internal);
		assert_null(out.p);
	}
	(void)state;
}

static void
more_than_was_asked_for_is_refused(void **state)
{
	char *large = arena_alloc(a, 40000), hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	memset(large, 'x', 40000);
	assert_int_equal(s.put(&s, ANNA, STR("0123456789"), hash, &err), 0);
	assert_int_equal(s.get(&s, a, ANNA, hash, 10, &out, &err), 0);
	assert_int_equal(s.get(&s, a, ANNA, hash, 9, &out, &err), -1);
	assert_int_equal(err.code, ERR_payload_too_large);
	assert_int_equal(s.put(&s, ANNA, (struct str){ large, 40000 }, hash, &err), 0);
	err_clear(&err);
	assert_int_equal(s.get(&s, a, ANNA, hash, 9, &out, &err), -1);
	assert_int_equal(err.code, ERR_payload_too_large);
	(void)state;
}

/* ---- trouble ---- */

static void
trouble_that_passes_is_waited_for(void **state)
{
	static const char *const faults[] = { "slow_down", "internal", "too_many", "cut_before",
					      "cut_after" };
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct str in = str_from(faults[i]);

		fail_with(arena_printf(a,
				       "{\"do\": \"%s\", \"method\": \"PUT\", \"times\": 2},"
				       "{\"do\": \"%s\", \"method\": \"GET\", \"times\": 2}",
				       faults[i], faults[i]));
		if (s.put(&s, ANNA, in, hash, &err) < 0 ||
		    s.get(&s, a, ANNA, hash, 1000, &out, &err) < 0)
			fail_msg("%s: %s (%s)", faults[i], err.detail, err.cause);
		assert_true(str_eq(in, out));
	}
	fail_with("{\"do\": \"cut_body\", \"method\": \"GET\"}");
	assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), 0);
	(void)state;
}

/* What stands between the store and us may have long pages for its own troubles: no file was too
 * large. */
static void
a_long_page_of_errors_is_trouble_that_passes(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };

	fail_with("{\"do\": \"long_page\", \"method\": \"PUT\", \"times\": 2}");
	assert_int_equal(s.put(&s, ANNA, STR("behind a gateway"), hash, &err), 0);
	fail_with("{\"do\": \"long_page\", \"method\": \"PUT\", \"times\": null}");
	assert_int_equal(s.put(&s, ANNA, STR("never there"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	(void)state;
}

static void
no_patience_is_no_limit_of_another_kind(void **state)
{
	struct file_store hasty = { 0 };
	char hash[SHA256_HEX];
	struct err err = { 0 };
	time_t begun;

	assert_int_equal(store_open(a, &settings, net, 1, &hasty, &err), 0);
	fail_with("{\"do\": \"slow\", \"seconds\": 5, \"times\": null}");
	begun = time(NULL);
	assert_int_equal(hasty.put(&hasty, ANNA, STR("x"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_true(time(NULL) - begun <= 1);
	(void)state;
}

static void
trouble_that_stays_is_told_in_time(void **state)
{
	static const struct {
		const char *fault, *told;
	} faults[] = {
		{ "\"slow_down\"", "503 SlowDown" },     { "\"forbidden\"", "403 AccessDenied" },
		{ "\"no_bucket\"", "404 NoSuchBucket" }, { "\"cut_before\"", "no sound answer" },
		{ "\"cut_body\"", "no sound answer" },   { "\"slow\", \"seconds\": 3", "too long" },
	};
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, STR("patience"), hash, &err), 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		time_t begun = time(NULL);

		s = opened_with(&settings);
		fail_with(arena_printf(a, "{\"do\": %s, \"times\": null}", faults[i].fault));
		err_clear(&err);
		assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), -1);
		assert_int_equal(err.code, ERR_unavailable);
		assert_true(err.retry_after > 0);
		if (!strstr(err.cause, faults[i].told))
			fail_msg("%s: %s", faults[i].fault, err.cause);
		assert_true(time(NULL) - begun <= PATIENCE_MS / 1000 + 1);
	}
	(void)state;
}

static void
what_could_not_be_put_is_not_said_to_be_there(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };

	fail_with("{\"do\": \"forbidden\", \"method\": \"PUT\"}");
	assert_int_equal(s.put(&s, ANNA, STR("never"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	fail_with("{\"do\": \"cut_before\", \"method\": \"PUT\", \"times\": null}");
	assert_int_equal(s.put(&s, ANNA, STR("never"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_int_equal(known("\"objects\": {}"), 1);
	s = opened_with(&settings);
	/* who may not list is told "forbidden" of what is not there */
	fail_with("{\"do\": \"forbidden\", \"method\": \"HEAD\"}");
	assert_int_equal(s.put(&s, ANNA, STR("at last"), hash, &err), 0);
	(void)state;
}

/* A worker that is kept waiting by a store does no other work. */
static void
who_was_away_is_left_alone_for_a_while(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;
	int asked;

	assert_int_equal(s.put(&s, ANNA, STR("rest"), hash, &err), 0);
	fail_with("{\"do\": \"slow_down\", \"times\": null}");
	assert_int_equal(s.get(&s, a, ANNA, hash, 100, &out, &err), -1);
	asked = known("\"GET\"");
	assert_true(asked > 1);
	fail_with("");
	assert_int_equal(s.get(&s, a, ANNA, hash, 100, &out, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_non_null(strstr(err.cause, "not asked"));
	assert_int_equal(known("\"GET\""), asked);
	for (int i = 0; i < 100 && s.get(&s, a, ANNA, hash, 100, &out, &err) < 0; i++)
		usleep(100000);
	assert_true(str_eqz(out, "rest"));
	(void)state;
}

static void
nobody_there_is_unavailable(void **state)
{
	struct store_settings set = settings;
	struct file_store nowhere;
	char hash[SHA256_HEX];
	struct err err = { 0 };

	set.url = "s3+http://127.0.0.1:9/documents";
	nowhere = opened_with(&set);
	assert_int_equal(nowhere.put(&nowhere, ANNA, STR("x"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_non_null(strstr(err.cause, "cannot be reached"));
	(void)state;
}

static void
a_key_that_is_not_taken_is_no_missing_file(void **state)
{
	struct store_settings set = settings;
	struct file_store other;
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	assert_int_equal(s.put(&s, ANNA, STR("mine"), hash, &err), 0);
	set.access_key = "AKIAOTHER";
	other = opened_with(&set);
	assert_int_equal(other.get(&other, a, ANNA, hash, 100, &out, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_non_null(strstr(err.cause, "403 InvalidAccessKeyId"));
	assert_null(strstr(err.cause, "standin/secret"));
	set = settings;
	set.region = "us-east-1";
	other = opened_with(&set);
	assert_int_equal(other.get(&other, a, ANNA, hash, 100, &out, &err), -1);
	assert_non_null(strstr(err.cause, "400 AuthorizationHeaderMalformed"));
	assert_int_equal(other.put(&other, ANNA, STR("new"), hash, &err), -1);
	assert_non_null(strstr(err.cause, "400 AuthorizationHeaderMalformed"));
	assert_int_equal(s.put(&s, ANNA, STR("mine"), hash, &err), 0);
	control("/skew", "{\"seconds\": 1000}");
	assert_int_equal(s.get(&s, a, ANNA, hash, 100, &out, &err), -1);
	control("/skew", "{\"seconds\": 0}");
	assert_non_null(strstr(err.cause, "403 RequestTimeTooSkewed"));
	(void)state;
}

/* ---- what the operator says ---- */

static void
a_store_is_tried_by_writing_and_reading(void **state)
{
	char host[65] = "";
	struct err err = { 0 };

	assert_int_equal(s.check(&s, a, &err), 0);
	assert_int_equal(s.check(&s, a, &err), 0);
	/* hosts that look at the same moment have an object each */
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	assert_int_equal(known(arena_printf(a, "\"bill/fold/.probe.%s\"", host)), 1);
	fail_with("{\"do\": \"forbidden\", \"method\": \"PUT\"}");
	assert_int_equal(s.check(&s, a, &err), -1);
	fail_with("{\"do\": \"wrong_bytes\", \"method\": \"GET\"}");
	assert_int_equal(s.check(&s, a, &err), -1);
	fail_with("{\"do\": \"missing\", \"method\": \"GET\"}");
	assert_int_equal(s.check(&s, a, &err), -1);
	(void)state;
}

static void
settings_that_are_not_sound_are_refused(void **state)
{
	static const char *const urls[] = {
		"s3://documents",
		"https://s3.example/documents",
		"s3+ftp://s3.example/documents",
		"s3+http://s3.example/documents",
		"s3+http://127.0.0.1.example/documents",
		"s3+https://s3.example",
		"s3+https://s3.example/",
		"s3+https://s3.example/documents/",
		"s3+https://s3.example/documents//a",
		"s3+https://s3.example/documents/../a",
		"s3+https://s3.example/documents/a b",
		"s3+https://s3.example/documents?acl",
		"s3+https://u:p@s3.example/documents",
		"s3+https://s3.example/Documents",
	};
	struct store_settings set = settings;
	struct file_store ret;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		set.url = urls[i];
		if (store_open(a, &set, net, PATIENCE_MS, &ret, &err) == 0)
			fail_msg("%s is taken", urls[i]);
	}
	set.url = "s3+https://s3.eu-central-1.example:8443/documents/a/B_c.d";
	assert_int_equal(store_open(a, &set, net, PATIENCE_MS, &ret, &err), 0);
	set.access_key = "";
	assert_int_equal(store_open(a, &set, net, PATIENCE_MS, &ret, &err), -1);
	set = settings;
	set.region = "eu/1";
	assert_int_equal(store_open(a, &set, net, PATIENCE_MS, &ret, &err), -1);
	set = settings;
	set.secret_file = "/nowhere/secret";
	assert_int_equal(store_open(a, &set, net, PATIENCE_MS, &ret, &err), -1);
	assert_int_equal(chmod(secret_file, 0644), 0);
	assert_int_equal(store_open(a, &settings, net, PATIENCE_MS, &ret, &err), -1);
	assert_int_equal(chmod(secret_file, 0600), 0);
	set = (struct store_settings){ .state_dir = "/var/lib/x", .url = "" };
	assert_int_equal(store_open(a, &set, net, PATIENCE_MS, &ret, &err), 0);
	assert_string_equal(ret.root, "/var/lib/x/documents");
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_vendors_examples, well_again),
		cmocka_unit_test_setup(what_is_put_is_there, well_again),
		cmocka_unit_test_setup(put_twice_is_sent_once, well_again),
		cmocka_unit_test_setup(an_empty_file_is_a_file, well_again),
		cmocka_unit_test_setup(half_an_object_is_put_anew, well_again),
		cmocka_unit_test_setup(nobody_reads_the_files_of_another_tenant, well_again),
		cmocka_unit_test_setup(wrong_bytes_are_not_handed_out, well_again),
		cmocka_unit_test_setup(more_than_was_asked_for_is_refused, well_again),
		cmocka_unit_test_setup(trouble_that_passes_is_waited_for, well_again),
		cmocka_unit_test_setup(a_long_page_of_errors_is_trouble_that_passes, well_again),
		cmocka_unit_test_setup(no_patience_is_no_limit_of_another_kind, well_again),
		cmocka_unit_test_setup(trouble_that_stays_is_told_in_time, well_again),
		cmocka_unit_test_setup(what_could_not_be_put_is_not_said_to_be_there, well_again),
		cmocka_unit_test_setup(who_was_away_is_left_alone_for_a_while, well_again),
		cmocka_unit_test_setup(nobody_there_is_unavailable, well_again),
		cmocka_unit_test_setup(a_key_that_is_not_taken_is_no_missing_file, well_again),
		cmocka_unit_test_setup(a_store_is_tried_by_writing_and_reading, well_again),
		cmocka_unit_test_setup(settings_that_are_not_sound_are_refused, well_again),
	};

	return cmocka_run_group_tests_name("store_s3", tests, start, stop);
}
