/*
 * net.h - the way out: HTTP, SMTP and IMAP by libcurl, with limits on all of it.
 *
 * Every call has a time limit, a cap on what it reads, no redirects, and by default an address guard:
 * names that resolve to loopback, private or link-local addresses are refused at connect, when the address is pinned.
 */
#ifndef BILLFOLD_NET_H
#define BILLFOLD_NET_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/vec.h>

struct net;

struct net *net_new(void);   /* a client with its connection cache; one a process */
void net_free(struct net *n);

struct net_header {
	const char *name, *value;
};

struct net_request {
	const char *method, *url;
	const struct net_header *headers; /* ended by NULL name */
	struct str body;
	int timeout_ms;          /* whole call */
	size_t max_body;
	bool allow_private;      /* operator-set endpoints only, never tenant-set ones */
};

struct net_answer {
	int status;
	struct str body;
	const char *content_type;
	bool sent;               /* the request left this machine: the effect may have happened */
};

int net_http(struct net *n, struct arena *a, const struct net_request *q, struct net_answer *ret, struct err *err);

struct net_mail {
	const char *url;         /* smtp://host:port, smtps:// */
	const char *user, *password;
	const char *from;        /* envelope */
	const char *const *to;   /* ended by NULL */
	struct str message;      /* RFC 5322, CRLF */
	int timeout_ms;
};

struct net_mail_result {
	int smtp_code;           /* last answer; 0 when none came */
	bool maybe_sent;         /* the data went out, its 250 did not come back */
};

int net_smtp(struct net *n, const struct net_mail *m, struct net_mail_result *ret, struct err *err);

#endif
