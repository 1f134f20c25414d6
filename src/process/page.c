/*
 * page.c - a connection reads a request head, is answered once, and is closed.
 *
 * Answers are made when the request is whole and written as the client takes them. A
 * body is never read. HTTP/1.0 manners suffice for those who ask here: Prometheus, probes, curl.
 */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <billfold/base/log.h>

enum {
	REQUEST_MAX = 4096,
	ANSWER_MAX = 256 * 1024,
	LIFE_S = 8, /* of a connection, all in all */
	BACKLOG = 64
};

enum stage { FREE, READING, WAITING, WRITING };

struct conn {
	enum stage stage;
	int fd;
	int64_t since;
	bool head_only;
	char in[REQUEST_MAX];
	size_t n_in;
	struct arena *arena;
	struct str out;
};

struct page {
	int fd;
	struct page_source source;
	struct conn conn[PAGE_CONNECTIONS];
};

static int
listen_on(const struct addrinfo *ai, int *ret_fd)
{
	int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

static void
log_address(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		log_event(LOG_INFO, "metrics listening", "host", host, "port", port, NULL);
}

int
page_listen(const char *address, int *ret_fd, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *list;
	char host[256];
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;
	int rc;

	if (len > 1 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (!colon || len == 0 || len >= sizeof(host))
		return err_set(err, ERR_internal, "\"%s\" is not host:port", address);
	memcpy(host, address, len);
	host[len] = '\0';
	rc = getaddrinfo(host, colon + 1, &hints, &list);
	if (rc)
		return err_set(err, ERR_internal, "%s: %s", address, gai_strerror(rc));
	rc = listen_on(list, ret_fd);
	freeaddrinfo(list);
	if (rc < 0)
		return err_set(err, ERR_internal, "%s: %s", address, strerror(errno));
	log_address(*ret_fd);
	return 0;
}

struct page *
page_new(int listen_fd, const struct page_source *source, struct arena *a)
{
	struct page *p = arena_alloc(a, sizeof(*p));

	p->fd = listen_fd;
	p->source = *source;
	fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK);
	return p;
}

int
page_poll(const struct page *p, struct pollfd *fds)
{
	int n = 0;

	fds[n++] = (struct pollfd){ .fd = p->fd, .events = POLLIN };
	for (int i = 0; i < PAGE_CONNECTIONS; i++) {
		const struct conn *c = &p->conn[i];

		if (c->stage == READING || c->stage == WRITING)
			fds[n++] =
			    (struct pollfd){ .fd = c->fd,
					     .events = c->stage == READING ? POLLIN : POLLOUT };
	}
	return n;
}

static void
conn_close(struct conn *c)
{
	close(c->fd);
	if (c->arena)
		arena_free(c->arena);
	*c = (struct conn){ .stage = FREE };
}

static void
conn_answer(struct conn *c, int status, const char *reason, const char *type, struct str body)
{
	struct sb sb;

	sb_init(&sb, c->arena, ANSWER_MAX + 1024);
	sb_addf(&sb,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: "
		"close\r\n%s\r\n",
		status, reason, type, body.len, status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!c->head_only)
		sb_add(&sb, body);
	c->out = sb_str(&sb);
	c->stage = WRITING;
}

static void
conn_text(struct conn *c, int status, const char *reason, const char *text)
{
	conn_answer(c, status, reason, "text/plain; charset=utf-8", str_from(text));
}

static void
conn_ready(struct page *p, struct conn *c)
{
	switch (p->source.ready(p->source.arg)) {
	case PAGE_READY:
		conn_text(c, 200, "OK", "ready\n");
		break;
	case PAGE_NOT_READY:
		conn_text(c, 503, "Service Unavailable", "not ready\n");
		break;
	case PAGE_PENDING:
		c->stage = WAITING;
		break;
	}
}

static void
conn_metrics(struct page *p, struct conn *c)
{
	struct sb body;

	sb_init(&body, c->arena, ANSWER_MAX);
	p->source.metrics(p->source.arg, &body);
	conn_answer(c, 200, "OK", "text/plain; version=0.0.4; charset=utf-8", sb_str(&body));
}

static void
conn_route(struct page *p, struct conn *c)
{
	struct str rest, line = str_cut((struct str){ c->in, c->n_in }, '\n', &rest);
	struct str method = str_cut(str_trim(line), ' ', &rest);
	struct str target = str_cut(rest, ' ', &rest);
	struct str path = str_cut(target, '?', &target);

	c->arena = arena_new(0);
	c->head_only = str_eqz(method, "HEAD");
	if (!c->head_only && !str_eqz(method, "GET"))
		conn_text(c, 405, "Method Not Allowed", "GET and HEAD only\n");
	else if (str_eqz(path, "/live"))
		conn_text(c, 200, "OK", "live\n");
	else if (str_eqz(path, "/ready"))
		conn_ready(p, c);
	else if (str_eqz(path, "/metrics"))
		conn_metrics(p, c);
	else
		conn_text(c, 404, "Not Found", "/live, /ready, /metrics\n");
}

static bool
head_is_whole(const struct conn *c)
{
	return memmem(c->in, c->n_in, "\r\n\r\n", 4) || memmem(c->in, c->n_in, "\n\n", 2);
}

static void
conn_read(struct page *p, struct conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->n_in, sizeof(c->in) - c->n_in, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c);
		return;
	}
	c->n_in += (size_t)n;
	if (head_is_whole(c)) {
		conn_route(p, c);
	} else if (c->n_in == sizeof(c->in)) {
		c->arena = arena_new(0);
		conn_text(c, 431, "Request Header Fields Too Large", "the head is too large\n");
	}
}

static void
conn_write(struct conn *c)
{
	ssize_t n = send(c->fd, c->out.p, c->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n >= 0) {
		c->out.p += n;
		c->out.len -= (size_t)n;
	}
	if (n < 0 || c->out.len == 0)
		conn_close(c);
}

static struct conn *
conn_take(struct page *p)
{
	struct conn *oldest = &p->conn[0];

	for (int i = 0; i < PAGE_CONNECTIONS; i++) {
		struct conn *c = &p->conn[i];

		if (c->stage == FREE)
			return c;
		if (c->since < oldest->since)
			oldest = c;
	}
	conn_close(oldest);
	return oldest;
}

/* At most so many at a time that the supervisor's own work is not put off. */
static void
page_accept(struct page *p, int64_t now)
{
	for (int i = 0; i < PAGE_CONNECTIONS; i++) {
		int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct conn *c;

		if (fd < 0)
			return;
		c = conn_take(p);
		c->stage = READING;
		c->fd = fd;
		c->since = now;
		/* The request is mostly there: answered now, it cannot be evicted by the next. */
		conn_read(p, c);
		if (c->stage == WRITING)
			conn_write(c);
	}
}

void
page_work(struct page *p, int64_t now)
{
	for (int i = 0; i < PAGE_CONNECTIONS; i++) {
		struct conn *c = &p->conn[i];

		if (c->stage != FREE && now - c->since > LIFE_S * INT64_C(1000000000))
			conn_close(c);
		if (c->stage == READING)
			conn_read(p, c);
		if (c->stage == WAITING)
			conn_ready(p, c);
		if (c->stage == WRITING)
			conn_write(c);
	}
	page_accept(p, now);
	for (int i = 0; i < PAGE_CONNECTIONS; i++) {
		if (p->conn[i].stage == WRITING)
			conn_write(&p->conn[i]);
	}
}
