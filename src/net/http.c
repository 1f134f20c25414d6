/*
 * http.c - one HTTP request, and the truth about whether it left.
 *
 * The guard sits where libcurl opens a socket: the address it is about to connect to is judged, and
 * the same bytes are connected to. Before a request goes out on a connection (a kept one too) the
 * peer's address is judged once more.
 *
 * `sent` turns true just before the first byte of the request is written. A request that changes
 * something never rides on a kept connection, because libcurl would repeat it silently when that
 * connection turns out to be closed.
 */
#include "client.h"
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000, BODY_MAX = 1 << 20, HEADER_MAX = 8192, RETRY_AFTER_MAX = 86400 };

struct exchange {
	struct arena *arena;
	struct sb body;
	bool guarded, refused, sent, too_large;
};

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct exchange *x = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (x->guarded && !guard_is_public(&to->addr)) {
		x->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int
before_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct exchange *x = arg;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_public;

	(void)local, (void)peer_port, (void)local_port;
	if (x->guarded) {
		if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1)
			is_public = guard_is_public((struct sockaddr *)&v4);
		else if (inet_pton(AF_INET6, peer, &v6.sin6_addr) == 1)
			is_public = guard_is_public((struct sockaddr *)&v6);
		else
			is_public = false;
		if (!is_public) {
			x->refused = true;
			return CURL_PREREQFUNC_ABORT;
		}
	}
	x->sent = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	sb_add(&x->body, (struct str){ p, size * n });
	if (!sb_ok(&x->body)) {
		x->too_large = true;
		return 0;
	}
	return size * n;
}

static bool
is_token(const char *s)
{
	static const char more[] = "!#$%&'*+-.^_`|~";

	if (!*s)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || strchr(more, *s)))
			return false;
	return true;
}

static bool
is_field_value(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static int
add_headers(struct exchange *x, const struct net_request *q, struct curl_slist **ret,
	    struct err *err)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool typed = false;

	for (const struct net_header *h = q->headers; h && h->name; h++) {
		if (!is_token(h->name) || !is_field_value(h->value) ||
		    strlen(h->name) + strlen(h->value) > HEADER_MAX) {
			curl_slist_free_all(list);
			return err_set(err, ERR_validation_failed, "a header is not one");
		}
		typed = typed || strcasecmp(h->name, "Content-Type") == 0;
		/* "Name;" is how libcurl is told of an empty value */
		list = curl_slist_append(list, *h->value ? arena_printf(x->arena, "%s: %s", h->name,
									h->value)
							 : arena_printf(x->arena, "%s;", h->name));
	}
	if (!typed) /* else libcurl calls every body a form */
		list = curl_slist_append(list, "Content-Type:");
	*ret = list;
	return 0;
}

static void
set_method(CURL *h, const struct net_request *q)
{
	bool get = strcmp(q->method, "GET") == 0, head = strcmp(q->method, "HEAD") == 0;

	if (head) {
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
		return;
	}
	if (get && !q->body.len) {
		curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, q->method);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, q->body.len ? q->body.p : "");
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, get ? 0L : 1L);
}

static int
failed(const struct exchange *x, CURLcode rc, const char *words, struct err *err)
{
	const char *why = *words ? words : curl_easy_strerror(rc);

	if (x->refused && !x->sent) {
		err_set(err, ERR_validation_failed, "the address of this URL is not permitted");
	} else if (x->too_large) {
		err_set(err, ERR_bad_gateway, "the answer is too large");
	} else {
		/* an answer in HTTP/0.9 is "unsupported" to libcurl too: not the URL's fault */
		switch (x->sent && rc == CURLE_UNSUPPORTED_PROTOCOL ? CURLE_WEIRD_SERVER_REPLY
								    : rc) {
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_URL_MALFORMAT:
			err_set(err, ERR_validation_failed, "the URL is not one of http or https");
			break;
		case CURLE_OPERATION_TIMEDOUT:
			err_set(err, ERR_timeout, "the other side took too long");
			break;
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_CONNECT:
			err_set(err, ERR_unavailable, "the other side cannot be reached");
			break;
		case CURLE_PEER_FAILED_VERIFICATION:
			err_set(err, ERR_bad_gateway, "the other side's certificate is not good");
			break;
		default:
			err_set(err, ERR_bad_gateway, "the other side gave no sound answer");
		}
	}
	err_cause(err, "net: %s", why);
	return -1;
}

/* The last answer's header; NULL: not there. */
static const char *
header_of(CURL *h, const char *name)
{
	struct curl_header *found = NULL;

	return curl_easy_header(h, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
										   : NULL;
}

static void
take_headers(CURL *h, struct arena *a, struct net_answer *ret)
{
	const char *id = header_of(h, "Request-Id");
	int64_t seconds;

	if (id != NULL)
		ret->request_id = arena_strndup(a, id, strnlen(id, 100));
	if (str_to_int(str_from(header_of(h, "Retry-After")), 1, RETRY_AFTER_MAX, &seconds))
		ret->retry_after = (int)seconds;
}

int
net_http(struct net *n, struct arena *a, const struct net_request *q, struct net_answer *ret,
	 struct err *err)
{
	struct exchange x = { .arena = a, .guarded = !q->allow_private };
	char words[CURL_ERROR_SIZE] = "", *type = NULL;
	struct curl_slist *headers = NULL;
	curl_off_t length = -1;
	long status = 0;
	CURLcode rc;
	CURL *h;

	*ret = (struct net_answer){ 0 };
	if (!is_token(q->method))
		return err_set(err, ERR_validation_failed, "the method is not one");
	sb_init(&x.body, a, q->max_body ? q->max_body : BODY_MAX);
	if (add_headers(&x, q, &headers, err) < 0)
		return -1;
	h = client_reset(x.guarded ? n->guarded : n->open,
			 q->timeout_ms > 0 ? q->timeout_ms : TIMEOUT_MS);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(h, CURLOPT_URL, q->url);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "billfold");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, words);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, &x);
	curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(h, CURLOPT_PREREQDATA, &x);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &x);
	set_method(h, q);
	rc = curl_easy_perform(h);
	ret->sent = x.sent;
	ret->refused = x.refused && !x.sent;
	ret->too_large = x.too_large;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	ret->length = length;
	if (type)
		ret->content_type = arena_strdup(a, type);
	take_headers(h, a, ret);
	curl_slist_free_all(headers);
	/* The handle outlives this call's struct and words. */
	client_reset(h, TIMEOUT_MS);
	if (rc != CURLE_OK)
		return failed(&x, rc, words, err);
	ret->status = (int)status;
	ret->body = sb_str(&x.body);
	return 0;
}
