/*
 * sigv4.h - inside the room: AWS Signature Version 4, by which S3 and what speaks like it know who
 * asks.
 *
 * A pure function of key and request: no clock, no environment. What is signed is what is sent, so
 * paths and values come here as they go out.
 */
#ifndef CONNECT_SIGV4_H
#define CONNECT_SIGV4_H

#include <billfold/crypto.h>
#include <billfold/net.h>

struct sigv4_key {
	const char *region, *service, *access_key;
	struct str secret;
};

struct sigv4_request {
	const char *method;
	const char *path; /* encoded, as in the URL; there is no query */
	const struct net_header
	    *headers; /* lower case, sorted, host and x-amz-date among them; ended by NULL name */
	const char *payload_sha256; /* hex */
	const char *date;           /* YYYYMMDDTHHMMSSZ, the same as x-amz-date */
};

/* The value of the Authorization header. */
const char *sigv4_sign(struct arena *a, const struct sigv4_key *k, const struct sigv4_request *q);

#endif
