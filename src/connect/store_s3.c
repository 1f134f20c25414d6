/*
 * store_s3.c - files in a bucket of S3, or of what speaks like it.
 *
 * The key of an object is the path that the directory's kind gives its file, so that a copied
 * directory is a bucket. A put sends the hash of its bytes twice: the signature covers it, and the
 * other side refuses bytes that do not fit; an object is there whole or not at all. The same bytes
 * have the same key, hence every call here may be made again: what is busy, broken or cut off
 * is tried anew, with growing pauses, as long as the caller's patience lasts. What is read is held
 * against its hash whatever the other side says of it.
 *
 * Once patience has ended, calls of the next seconds are refused without asking: a store that hangs
 * must not hold up all that a worker has to do.
 *
 * Paths have only characters that need no encoding; a URL with others is refused at the start.
 */
#include "store_s3.h"

#include "sigv4.h"

#include <billfold/base/date.h>
#include <billfold/base/monotonic.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TRIES = 4,
	PAUSE_MS = 100,
	ANSWER_MAX = 16 << 10, /* of errors; XML */
	CODE_MAX = 60,
	SECRET_MAX = 256,
	PATH_MAX_S3 = 900, /* a key has at most 1024 bytes */
	AWAY_S = 5, /* after trouble nobody is asked for so long; Retry-After of our own answer */
};

struct store_s3 {
	struct net *net;
	struct sigv4_key key;
	const char *origin; /* https://host:port */
	const char *host;   /* host:port, as the Host header has it */
	const char *path;   /* /bucket/prefix */
	int patience_ms;
	int64_t rests_until; /* monotonic_ms(); 0: all is well */
};

struct object_call {
	const char *method, *path;
	struct str body;
	size_t max; /* of the answer */
};

/* ---- one call ---- */

static const char *
amz_date(struct arena *a)
{
	char text[INSTANT_TEXT];

	instant_format(instant_now(), text); /* 2026-03-01T12:00:00[.123456]Z */
	return arena_printf(a, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11,
			    text + 14, text + 17);
}

/* The alphabet of RFC 4648, section 4, with padding. */
static const char *
base64(struct arena *a, struct str bytes)
{
	char *out = arena_printf(a, "%s%.*s", base64url_encode(a, bytes),
				 (int)((3 - bytes.len % 3) % 3), "==");

	for (char *p = out; *p; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	return out;
}

static int
call_once(const struct store_s3 *s, struct arena *a, const struct object_call *c, int timeout_ms,
	  struct net_answer *ret, struct err *err)
{
	const bool put = c->body.p != NULL;
	struct net_header headers[7] = { 0 };
	unsigned char hash[SHA256_LEN];
	char hash_hex[SHA256_HEX];
	size_t n = 0;
	struct sigv4_request sign = { .method = c->method, .path = c->path, .headers = headers };
	struct net_request q = { .method = c->method,
				 .url = arena_printf(a, "%s%s", s->origin, c->path),
				 .headers = headers,
				 .body = c->body,
				 .timeout_ms = timeout_ms,
				 .max_body = c->max + ANSWER_MAX,
				 .allow_private = true };

	sha256(c->body, hash);
	sha256_hex(c->body, hash_hex);
	sign.payload_sha256 = hash_hex;
	sign.date = amz_date(a);
	if (put)
		headers[n++] = (struct net_header){ "content-type", "application/octet-stream" };
	headers[n++] = (struct net_header){ "host", s->host };
	if (put) /* kept beside the object; a bucket with retention asks for it */
		headers[n++] = (struct net_header){ "x-amz-checksum-sha256",
						    base64(a, (struct str){ (const char *)hash,
									    sizeof(hash) }) };
	headers[n++] = (struct net_header){ "x-amz-content-sha256", hash_hex };
	headers[n++] = (struct net_header){ "x-amz-date", sign.date };
	headers[n] = (struct net_header){ "authorization", sigv4_sign(a, &s->key, &sign) };
	return net_http(s->net, a, &q, ret, err);
}

/* <Code>SlowDown</Code>: letters alone, as it goes into the log; "" when there is none. A file that
 * was got may say anything. */
static void
code_of(const struct net_answer *answer, char ret[CODE_MAX])
{
	static const struct str tag = { "<Code>", 6 };
	struct str rest = answer->body;
	size_t n = 0;

	if (answer->status < 300)
		rest.len = 0;
	while (rest.len > tag.len && !str_starts(rest, tag))
		rest.p++, rest.len--;
	if (rest.len > tag.len)
		for (const char *p = rest.p + tag.len, *end = rest.p + rest.len;
		     p < end && n + 1 < CODE_MAX &&
		     ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= '0' && *p <= '9'));
		     p++)
			ret[n++] = *p;
	ret[n] = '\0';
}

static bool
passes(const struct net_answer *answer)
{
	static const char *const codes[] = { "RequestTimeout", "BadDigest",
					     "XAmzContentSHA256Mismatch", NULL };
	char code[CODE_MAX];

	if (answer->status == 408 || answer->status == 409 || answer->status == 429 ||
	    (answer->status >= 500 && answer->status != 501))
		return true;
	code_of(answer, code);
	for (size_t i = 0; answer->status == 400 && codes[i]; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

static int
away(struct err *err, const struct object_call *c, const struct net_answer *answer)
{
	char code[CODE_MAX], cause[ERR_TEXT_MAX / 2];

	code_of(answer, code);
	if (answer->status)
		snprintf(cause, sizeof(cause), "%d %s", answer->status, code);
	else
		snprintf(cause, sizeof(cause), "%.80s; %.150s", err->detail, err->cause);
	err_clear(err);
	err_set(err, ERR_unavailable, "the document store is away");
	err_cause(err, "file store: %s %s: %s", c->method, c->path, cause);
	err->retry_after = AWAY_S;
	return -1;
}

/* The first pauses grow from a tenth of a second; the clock's odd part keeps workers apart. */
static int64_t
pause_ms(int tried, const struct net_answer *answer)
{
	int64_t step = (int64_t)PAUSE_MS << (2 * tried);

	if (answer->retry_after)
		return (int64_t)answer->retry_after * 1000;
	return step / 2 + instant_now() % (step / 2);
}

/* 0: an answer that is no passing trouble, whatever it says. */
static int
call(struct store_s3 *s, struct arena *a, const struct object_call *c, struct net_answer *ret,
     struct err *err)
{
	const int64_t end = monotonic_ms() + s->patience_ms;

	if (monotonic_ms() < s->rests_until) {
		*ret = (struct net_answer){ 0 };
		err_set(err, ERR_unavailable, "not asked: it was away a moment ago");
		return away(err, c, ret);
	}
	for (int tried = 0;; tried++) {
		int64_t left = end - monotonic_ms(), half = s->patience_ms / 2, wait;
		int64_t limit = left < half ? left : half;

		err_clear(err);
		/* after a pause that took too long nothing is left, and 0 is net's own limit */
		if (call_once(s, a, c, limit > 0 ? (int)limit : 1, ret, err) == 0) {
			if (!passes(ret))
				return 0;
		} else if (ret->too_large && strcmp(c->method, "GET") == 0) {
			return err_set(err, ERR_payload_too_large, "the file is too large");
		} else {
			/* of an answer that broke off, or of a gateway's long page about a put */
			ret->status = 0;
			if (err->code == ERR_validation_failed)
				return away(err, c, ret);
		}
		wait = pause_ms(tried, ret);
		if (tried + 1 == TRIES || monotonic_ms() + wait >= end) {
			s->rests_until = monotonic_ms() + AWAY_S * 1000;
			return away(err, c, ret);
		}
		usleep((useconds_t)(wait * 1000));
	}
}

/* ---- the store ---- */

static const char *
object_path(const struct store_s3 *s, struct arena *a, const char *tenant, const char *sha256,
	    struct err *err)
{
	char key[FILE_KEY];

	if (file_store_key(tenant, sha256, key, err) < 0)
		return NULL;
	return arena_printf(a, "%s/%s", s->path, key);
}

static int
put_object(struct store_s3 *s, struct arena *a, const char *path, struct str bytes, struct err *err)
{
	struct object_call c = { .method = "PUT", .path = path, .body = bytes };
	struct net_answer answer;

	if (!bytes.p)
		c.body.p = "";
	if (call(s, a, &c, &answer, err) < 0)
		return -1;
	return answer.status == 200 ? 0 : away(err, &c, &answer);
}

/* What is refused here has no words: the put will tell. Without the right to list the bucket an
 * object that is not there is "forbidden". */
static int
find_object(struct store_s3 *s, struct arena *a, const char *path, size_t len, bool *ret_there,
	    struct err *err)
{
	const struct object_call c = { .method = "HEAD", .path = path };
	struct net_answer answer;

	if (call(s, a, &c, &answer, err) < 0)
		return -1;
	*ret_there = answer.status == 200 && answer.length == (int64_t)len;
	if (answer.status != 200 && (answer.status < 300 || answer.status >= 500))
		return away(err, &c, &answer);
	return 0;
}

static int
s3_put(const struct file_store *f, const char *tenant, struct str bytes,
       char ret_sha256[SHA256_HEX], struct err *err)
{
	struct arena *a = arena_new(0);
	const char *path;
	bool there = false;
	int rc = -1;

	sha256_hex(bytes, ret_sha256);
	path = object_path(f->s3, a, tenant, ret_sha256, err);
	if (path && find_object(f->s3, a, path, bytes.len, &there, err) == 0)
		rc = there ? 0 : put_object(f->s3, a, path, bytes, err);
	arena_free(a);
	return rc;
}

static int
get_object(struct store_s3 *s, struct arena *a, const char *path, size_t max, struct str *ret,
	   struct err *err)
{
	const struct object_call c = { .method = "GET", .path = path, .max = max };
	struct net_answer answer;
	char code[CODE_MAX];

	if (call(s, a, &c, &answer, err) < 0)
		return -1;
	code_of(&answer, code);
	/* a bucket that is not there is a wrong configuration, no missing file */
	if (answer.status == 404 && strcmp(code, "NoSuchBucket") != 0)
		return err_set(err, ERR_not_found, "no such file");
	if (answer.status != 200)
		return away(err, &c, &answer);
	if (answer.body.len > max)
		return err_set(err, ERR_payload_too_large, "the file is too large");
	*ret = answer.body;
	return 0;
}

static int
s3_get(const struct file_store *f, struct arena *a, const char *tenant, const char *sha256,
       size_t max, struct str *ret, struct err *err)
{
	const char *path = object_path(f->s3, a, tenant, sha256, err);
	struct str bytes;

	*ret = (struct str){ 0 };
	if (!path || get_object(f->s3, a, path, max, &bytes, err) < 0 ||
	    file_store_expect(bytes, sha256, path, err) < 0)
		return -1;
	*ret = bytes;
	return 0;
}

/*
 * One object a host, so that who may not remove anything leaves no more than that, and hosts that
 * look at the same moment do not read what the other has written.
 */
static const char *
probe_path(const struct store_s3 *s, struct arena *a)
{
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	for (char *p = host; *p; p++) /* what needs no encoding */
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			*p = '_';
	return arena_printf(a, "%s/.probe.%s", s->path, host);
}

static int
s3_check(const struct file_store *f, struct arena *a, struct err *err)
{
	const char *path = probe_path(f->s3, a);
	struct str probe = str_from(uuid_new_z(a)), back;

	if (put_object(f->s3, a, path, probe, err) < 0)
		return -1;
	if (get_object(f->s3, a, path, probe.len, &back, err) < 0)
		return -1;
	if (!str_eq(probe, back)) {
		err_set(err, ERR_unavailable, "the document store gives back other bytes");
		err_cause(err, "file store: %s", path);
		return -1;
	}
	return 0;
}

/* ---- what the operator says of it ---- */

static int
read_secret(struct arena *a, const char *file, struct str *ret, struct err *err)
{
	char *buf = arena_alloc(a, SECRET_MAX);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return err_set(err, ERR_internal, "store_secret_file %s: %s.", file,
			       strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 037)) {
		close(fd);
		return err_set(err, ERR_internal,
			       "store_secret_file %s: must be a file that others can neither read "
			       "nor write.",
			       file);
	}
	n = read(fd, buf, SECRET_MAX);
	close(fd);
	*ret = str_trim((struct str){ buf, n > 0 ? (size_t)n : 0 });
	if (!ret->len || n == SECRET_MAX || memchr(ret->p, '\n', ret->len))
		return err_set(err, ERR_internal, "store_secret_file %s: not one secret key.",
			       file);
	return 0;
}

static bool
only(struct str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] && strchr(more, s.p[i]))))
			return false;
	return s.len > 0;
}

/* Segments that are a name each: none empty, "." or "..". */
static bool
is_prefix(struct str path)
{
	while (path.len) {
		struct str segment = str_cut(path, '/', &path);

		if (!only(segment, "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-") || str_eqz(segment, ".") ||
		    str_eqz(segment, ".."))
			return false;
	}
	return true;
}

/* s3+https://host[:port]/bucket[/prefix]; plain on this machine alone: whole documents go there. */
static int
parse_url(struct arena *a, const char *url, struct store_s3 *s, struct err *err)
{
	static const char *const here[] = { "127.0.0.1", "[::1]", "localhost" };
	struct str rest = str_from(url + 3), path, bucket, prefix;
	struct str scheme = str_starts(rest, STR("https://")) ? STR("https://") : STR("http://");
	struct str host;
	bool fits = str_starts(rest, scheme), local = scheme.len == 8;

	rest = fits ? (struct str){ rest.p + scheme.len, rest.len - scheme.len } : rest;
	host = str_cut(rest, '/', &path);
	bucket = str_cut(path, '/', &prefix);
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
		struct str h = str_from(here[i]);

		local =
		    local || (str_starts(host, h) && (host.len == h.len || host.p[h.len] == ':'));
	}
	if (!fits || !only(host, ".-:[]") || !only(bucket, ".-") || bucket.len < 3 ||
	    bucket.len > 63 || !is_prefix(prefix) || path.len > PATH_MAX_S3 ||
	    path.p[path.len - 1] == '/')
		return err_set(
		    err, ERR_validation_failed,
		    "store_url: s3+https://HOST/BUCKET or s3+https://HOST/BUCKET/PREFIX.");
	if (!local)
		return err_set(err, ERR_validation_failed,
			       "store_url: https, or a port of this machine.");
	s->host = str_dup(a, host);
	s->origin = arena_printf(a, STR_FMT "%s", STR_ARG(scheme), s->host);
	s->path = arena_printf(a, "/" STR_FMT, STR_ARG(path));
	return 0;
}

int
store_s3_open(struct arena *a, const struct store_settings *set, struct net *net, int patience_ms,
	      struct file_store *ret, struct err *err)
{
	struct store_s3 *s = arena_alloc(a, sizeof(*s));

	*s = (struct store_s3){
		.net = net,
		.patience_ms = patience_ms,
		.key = { .region = set->region, .service = "s3", .access_key = set->access_key }
	};
	if (parse_url(a, set->url, s, err) < 0)
		return -1;
	if (!only(str_from(set->region), "-"))
		return err_set(err, ERR_validation_failed, "store_region: a region's name.");
	if (!only(str_from(set->access_key), "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-"))
		return err_set(err, ERR_validation_failed, "store_access_key: an access key's id.");
	if (read_secret(a, set->secret_file, &s->key.secret, err) < 0)
		return -1;
	*ret = (struct file_store){ .put = s3_put, .get = s3_get, .check = s3_check, .s3 = s };
	return 0;
}
