/*
 * client.c - a process's client: three curl handles and what all of their calls share.
 *
 * Nothing of the environment steers a call: no proxy, no netrc, no redirect, no protocol but the
 * ones that are named.
 */
#include "client.h"

struct net *
net_new(void)
{
	struct net *n;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	n = calloc(1, sizeof(*n));
	if (!n)
		abort();
	n->guarded = curl_easy_init();
	n->open = curl_easy_init();
	n->mail = curl_easy_init();
	if (!n->guarded || !n->open || !n->mail)
		abort();
	return n;
}

void
net_free(struct net *n)
{
	if (!n)
		return;
	curl_easy_cleanup(n->guarded);
	curl_easy_cleanup(n->open);
	curl_easy_cleanup(n->mail);
	free(n);
	curl_global_cleanup();
}

CURL *
client_reset(CURL *h, int timeout_ms)
{
	curl_easy_reset(h); /* keeps the connections */
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(timeout_ms < 10000 ? timeout_ms : 10000));
	curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 8L);
	curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, 30L);
	curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
	return h;
}
