/* imap.h - inside the room: one command and its answers over a connection. */
#ifndef NET_IMAP_H
#define NET_IMAP_H

#include "client.h"

#include <time.h>

enum { IMAP_LINE_MAX = 4096, IMAP_IN = 16384, IMAP_TAG = 16 };

struct imap_session {
	CURL *curl;
	curl_socket_t socket;
	int64_t deadline_ms; /* monotonic */
	unsigned tags;
	char tag[IMAP_TAG]; /* of the command at work */
	char in[IMAP_IN];
	size_t at, len; /* what of it is not yet read */
};

/* A line of an answer, and the literal that ends it, if one does. */
struct imap_answer {
	char line[IMAP_LINE_MAX]; /* without its line end; cut where it is longer */
	bool has_literal;
	struct str literal; /* in the arena of imap_next */
};

int imap_command(struct imap_session *s, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * 1: an untagged answer; 0: the command is done and was taken; -1: err. A literal may have at
 * most max bytes.
 */
int imap_next(struct imap_session *s, struct arena *a, size_t max, struct imap_answer *ret,
	      struct err *err);

#endif
