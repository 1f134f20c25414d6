/*
 * page.h - /live, /ready and /metrics: a small HTTP server inside the supervisor's loop.
 *
 * It never blocks and never grows: a fixed number of connections, a small buffer and a
 * short life each. When all are taken, the oldest makes room, so that clients which send
 * or read slowly stall nobody but themselves.
 */
#ifndef PROCESS_PAGE_H
#define PROCESS_PAGE_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <poll.h>
#include <stdint.h>

enum { PAGE_CONNECTIONS = 16, PAGE_POLL_MAX = PAGE_CONNECTIONS + 1 };

enum page_ready { PAGE_READY, PAGE_NOT_READY, PAGE_PENDING };

struct page_source {
	void *arg;
	/* PENDING: ask again; the connection waits within its life. */
	enum page_ready (*ready)(void *arg);
	void (*metrics)(void *arg, struct sb *out);
};

struct page;

/* address: "127.0.0.1:9100", "[::1]:9100", "localhost:0". The bound address goes to the log. */
int page_listen(const char *address, int *ret_fd, struct err *err);
struct page *page_new(int listen_fd, const struct page_source *source, struct arena *a);
/* What to wait for; returns the number of entries filled in, at most PAGE_POLL_MAX. */
int page_poll(const struct page *p, struct pollfd *fds);
/* Accepts, reads, answers, writes, gives up: whatever can be done without waiting. */
void page_work(struct page *p, int64_t now_ns);

#endif
