/*
 * net.h - the way out: HTTP, SMTP and IMAP by libcurl, with limits on all of it.
 *
 * Every call has a time limit, a cap on what it reads, no redirects, no proxy from the environment, and by
 * default an address guard: names that resolve to loopback, private or link-local addresses are refused at
 * connect, when the address is pinned, so that a name which changes between a check and its use gains
 * nothing.
 */
#ifndef BILLFOLD_NET_H
#define BILLFOLD_NET_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/vec.h>

struct net;

struct net *net_new(void);   /* a client with its connection cache; one a process */
void net_free(struct net *n); /* NULL: nothing */

struct net_header {
	const char *name, *value;
};

struct net_request {
	const char *method, *url;
	const struct net_header *headers; /* ended by NULL name; NULL: none */
	struct str body;
	int timeout_ms;          /* whole call; 0: 10 s */
	size_t max_body;         /* of the answer; 0: 1 MiB */
	bool allow_private;      /* operator-set endpoints only, never tenant-set ones */
};

struct net_answer {
	int status;
	struct str body;
	const char *content_type; /* NULL: none */
	const char *request_id;  /* Request-Id: what the other side calls this exchange; NULL: not said */
	int retry_after;         /* Retry-After in seconds; 0: not said, or a date */
	int64_t length;          /* Content-Length; -1: not said */
	bool sent;               /* the request left this machine: the effect may have happened */
	bool refused;            /* by the address guard */
	bool too_large;          /* more than max_body: the call failed for that */
};

/*
 * 0 when an answer came, whatever its status. Else ERR_validation_failed (URL, header or address not permitted:
 * trying again is no use), ERR_unavailable (nobody there), ERR_timeout, ERR_bad_gateway (TLS, garbage,
 * too large); ret->sent says on each of them whether the effect may have happened. A request
 * other than GET and HEAD is never repeated by this room.
 */
int net_http(struct net *n, struct arena *a, const struct net_request *q, struct net_answer *ret, struct err *err);

struct net_mail {
	const char *url;         /* smtp://host:port, smtps:// */
	const char *user, *password; /* NULL: none; with them TLS is a must */
	const char *from;        /* envelope; "" is the null sender */
	const char *const *to;   /* ended by NULL */
	struct str message;      /* RFC 5322, CRLF */
	int timeout_ms;          /* 0: 60 s */
};

struct net_mail_result {
	int smtp_code;           /* last answer; 0 when none came */
	bool maybe_sent;         /* the data went out, its 250 did not come back */
	char reply[160];         /* the last answer's text, for people; UTF-8 */
};

/*
 * 0: the server took the mail. Else: smtp_code 5xx refused for good (ERR_validation_failed), 4xx or nobody there
 * (ERR_unavailable), too slow (ERR_timeout). With maybe_sent the mail may have been delivered: send again only
 * under the same Message-ID.
 */
int net_smtp(struct net *n, const struct net_mail *m, struct net_mail_result *ret, struct err *err);

/* ---- IMAP: reading one mailbox ---- */

struct net_mailbox_at {
	const char *url;             /* imaps://host[:port], or imap:// with STARTTLS as a must */
	const char *user, *password;
	const char *folder;          /* "INBOX" */
	const char *ca_file;         /* who vouches for the server; NULL or "": the system's authorities */
	int timeout_ms;              /* of all calls up to the close; 0: 120 s */
};

/*
 * A session with its folder selected. Nothing is marked by reading. The password never goes over a connection that
 * is not encrypted and whose certificate is not the host's, but to this very machine (127.0.0.1, ::1, localhost).
 */
struct net_mailbox {
	struct imap_session *session;
	int64_t uid_validity; /* changes when ids are given anew: ids of before mean nothing then */
	int64_t uid_next;     /* the id of the mail that comes next; 0: not said */
};

/* ERR_unavailable: nobody there, no log-in, no such folder; ERR_timeout; ERR_bad_gateway: garbage. */
int net_mailbox_open(const struct net_mailbox_at *at, struct net_mailbox *ret, struct err *err);
void net_mailbox_close(struct net_mailbox *m); /* of one that is not open: nothing */

struct net_mailbox_entry {
	int64_t uid, size; /* bytes */
};
/* The mails behind an id, oldest first, at most max of them. -1: err; else how many. */
int net_mailbox_list(struct net_mailbox *m, int64_t after_uid, struct net_mailbox_entry *ret, int max, struct err *err);
/* The first max bytes of a mail. 1: read; 0: it is gone; -1: err. */
int net_mailbox_read(struct net_mailbox *m, struct arena *a, int64_t uid, size_t max, struct str *ret, struct err *err);
/* Marks as seen, and moves to a folder unless that is NULL or "". */
int net_mailbox_settle(struct net_mailbox *m, int64_t uid, const char *folder, struct err *err);

#endif
