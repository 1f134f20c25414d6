/*
 * imap.c - the wire of IMAP (RFC 3501): a command out, its answers in.
 *
 * libcurl connects, encrypts and signs in; what follows is spoken here, because its own fetch marks
 * what it reads as seen and has no bound. A server may send anything: lines are cut at a length,
 * literals refused past one, and all of a session has one deadline.
 */
#include "imap.h"

#include <billfold/base/monotonic.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>

enum { COMMAND_MAX = 1200, LINES_MAX = 20000 };

static int
left_ms(const struct imap_session *s)
{
	int64_t ms = s->deadline_ms - monotonic_ms();

	return ms < 0 ? 0 : ms > 600000 ? 600000 : (int)ms;
}

static int
too_slow(struct err *err)
{
	return err_set(err, ERR_timeout, "the mailbox's server took too long");
}

static int
await(struct imap_session *s, short what, struct err *err)
{
	struct pollfd p = { .fd = s->socket, .events = what };
	int rc, ms = left_ms(s);

	do
		rc = ms > 0 ? poll(&p, 1, ms) : 0;
	while (rc < 0 && errno == EINTR && (ms = left_ms(s)) > 0);
	return rc > 0 ? 0 : too_slow(err);
}

static int
lost(struct err *err, CURLcode rc)
{
	err_set(err, ERR_unavailable, "the mailbox's server ended the connection");
	err_cause(err, "imap: %s", curl_easy_strerror(rc));
	return -1;
}

static int
give(struct imap_session *s, struct str bytes, struct err *err)
{
	while (bytes.len) {
		size_t n = 0;
		CURLcode rc = curl_easy_send(s->curl, bytes.p, bytes.len, &n);

		if (rc == CURLE_AGAIN && await(s, POLLOUT, err) < 0)
			return -1;
		if (rc != CURLE_AGAIN && rc != CURLE_OK)
			return lost(err, rc);
		bytes.p += n;
		bytes.len -= n;
	}
	return 0;
}

/* Bytes that wait within TLS show at no socket: read first, wait then. */
static int
fill(struct imap_session *s, struct err *err)
{
	for (;;) {
		size_t n = 0;

		if (left_ms(s) == 0) /* one that never stops talking is awaited nowhere */
			return too_slow(err);
		CURLcode rc = curl_easy_recv(s->curl, s->in, sizeof(s->in), &n);

		if (rc == CURLE_OK && n) {
			s->at = 0;
			s->len = n;
			return 0;
		}
		if (rc != CURLE_AGAIN)
			return lost(err, rc);
		if (await(s, POLLIN, err) < 0)
			return -1;
	}
}

static int
byte(struct imap_session *s, char *ret, struct err *err)
{
	if (s->at == s->len && fill(s, err) < 0)
		return -1;
	*ret = s->in[s->at++];
	return 0;
}

static int
read_line(struct imap_session *s, char line[IMAP_LINE_MAX], struct err *err)
{
	size_t n = 0;
	char c;

	for (;;) {
		if (byte(s, &c, err) < 0)
			return -1;
		if (c == '\n')
			break;
		if (n + 1 < IMAP_LINE_MAX)
			line[n++] = c ? c : ' ';
	}
	if (n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return 0;
}

/* "... {123}" ends a line whose literal follows. */
static bool
announces(const char *line, int64_t *ret)
{
	size_t n = strlen(line);
	const char *open = strrchr(line, '{');

	return open && n && line[n - 1] == '}' &&
	       str_to_int((struct str){ open + 1, (size_t)(line + n - 1 - open - 1) }, 0, INT32_MAX,
			  ret);
}

static int
read_literal(struct imap_session *s, struct arena *a, size_t n, struct str *ret, struct err *err)
{
	char *to = arena_alloc(a, n + 1);

	for (size_t got = 0; got < n;) {
		size_t take;

		if (s->at == s->len && fill(s, err) < 0)
			return -1;
		take = s->len - s->at < n - got ? s->len - s->at : n - got;
		memcpy(to + got, s->in + s->at, take);
		s->at += take;
		got += take;
	}
	*ret = (struct str){ to, n };
	return 0;
}

int
imap_command(struct imap_session *s, struct err *err, const char *fmt, ...)
{
	char text[COMMAND_MAX];
	struct sb sb;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || strpbrk(text, "\r\n"))
		return err_set(err, ERR_internal, "no command can be made of this");
	snprintf(s->tag, sizeof(s->tag), "m%u", ++s->tags);
	char out[COMMAND_MAX + IMAP_TAG + 4];

	sb_fixed(&sb, out, sizeof(out));
	sb_addf(&sb, "%s %s\r\n", s->tag, text);
	return give(s, sb_str(&sb), err);
}

static int
ended(const char *words, struct err *err)
{
	if (strncasecmp(words, "OK", 2) == 0 && (words[2] == ' ' || !words[2]))
		return 0;
	err_set(err, ERR_bad_gateway, "the mailbox's server refused a command");
	err_cause(err, "imap: %.200s", words);
	return -1;
}

int
imap_next(struct imap_session *s, struct arena *a, size_t max, struct imap_answer *ret,
	  struct err *err)
{
	size_t tag = strlen(s->tag);
	int64_t n;

	for (int lines = 0; lines < LINES_MAX; lines++) {
		if (read_line(s, ret->line, err) < 0)
			return -1;
		ret->has_literal = announces(ret->line, &n);
		if (ret->has_literal && (uint64_t)n > max)
			return err_set(err, ERR_bad_gateway,
				       "the mailbox's server sends more than was asked for");
		if (ret->has_literal && read_literal(s, a, (size_t)n, &ret->literal, err) < 0)
			return -1;
		if (strncmp(ret->line, "* ", 2) == 0)
			return 1;
		if (strncmp(ret->line, s->tag, tag) == 0 && ret->line[tag] == ' ')
			return ended(ret->line + tag + 1, err);
	}
	return err_set(err, ERR_bad_gateway, "the mailbox's server speaks no IMAP");
}
