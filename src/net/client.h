/* client.h - inside the room: the curl handles. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <billfold/net.h>

#include <curl/curl.h>

/*
 * A handle keeps its connections. A guarded request must never ride on a connection that an
 * unguarded one opened, hence one handle each; mail has its own.
 */
struct net {
	CURL *guarded, *open, *mail;
};

/* The handle, reset to what all calls share; NULL when there is no memory. */
CURL *client_reset(CURL *h, int timeout_ms);

#endif
