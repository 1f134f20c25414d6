/*
 * loop.c - one worker's loop over FastCGI.
 *
 * The listening socket does not block and is watched exclusively: a connection wakes one worker,
 * and one that comes too late for it goes back to sleep instead of waiting in accept(), deaf to its
 * signals. What woke a worker is taken before it looks at its signals, so that a drain leaves
 * nobody waiting. nginx opens a connection a request (fastcgi_keep_conn off): a kept one would tie
 * an idle worker to it.
 */
#include "serve.h"

#include <billfold/base/log.h>

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, DRAIN_CHUNK = 16384, STOP_EVERY = 32 };

int
http_listen(const char *path, int *ret_fd, struct err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return err_set(err, ERR_internal, "The socket's path is too long: %s", path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, ERR_internal, "socket: %m");
	unlink(path);
	/* The mode is set before listen(): nobody connects in between. */
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0660) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		err_set(err, ERR_internal, "%s: %m", path);
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

static size_t
stream_read_body(void *arg, char *buf, size_t n)
{
	int got = FCGX_GetStr(buf, n < INT32_MAX ? (int)n : INT32_MAX, arg);

	return got > 0 ? (size_t)got : 0;
}

/* nginx gives up on an answer when what it sends is not read: so the rest of a refused body is. */
static void
drain(FCGX_Stream *in)
{
	char trash[DRAIN_CHUNK];

	while (FCGX_GetStr(trash, sizeof(trash), in) > 0)
		;
}

/* A body that ends too early is shorter than its head said: the reader can tell. */
static void
send_pieces(FCGX_Request *q, const struct answer *answer)
{
	struct err err = { 0 };
	struct str piece;

	for (;;) {
		if (answer->next(answer->next_arg, &piece, &err) < 0) {
			log_event(LOG_ERROR, "an answer is cut short", "error", err.detail, "cause",
				  err.cause[0] ? err.cause : NULL, NULL);
			return;
		}
		if (!piece.len || FCGX_PutStr(piece.p, (int)piece.len, q->out) < 0)
			return;
	}
}

static void
send_answer(FCGX_Request *q, const struct answer *answer, bool head_only)
{
	drain(q->in);
	FCGX_PutStr(answer->head.p, (int)answer->head.len, q->out);
	if (!head_only && answer->next)
		send_pieces(q, answer);
	else if (!head_only && answer->body.len)
		FCGX_PutStr(answer->body.p, (int)answer->body.len, q->out);
	/* Closed at once: libfcgi would wait for nginx to close first. Everything was read. */
	FCGX_Detach(q);
	FCGX_Finish_r(q);
}

static bool
is_head(char **params)
{
	const char *method = FCGX_GetParam("REQUEST_METHOD", params);

	return method && !strcmp(method, "HEAD");
}

static void
serve_one(const struct http_server *s, struct worker *w, struct arena *a, FCGX_Request *q)
{
	worker_unit_begin(w);
	if (FCGX_Accept_r(q) == 0) {
		struct body_source src = { stream_read_body, q->in };
		struct answer answer;
		bool head_only = is_head(q->envp);

		http_serve(s, (const char *const *)q->envp, &src, a, &answer);
		send_answer(q, &answer, head_only);
		arena_reset(a);
		worker_count(w, answer.status / 100 - 2 + HTTP_METRIC_2XX, 1);
		worker_unit_end(w, answer.status < 500);
		return;
	}
	worker_unit_end(w, true);
}

static bool
watch(int ep, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == 0;
}

int
http_loop(const struct http_server *s, struct worker *w)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct arena *a = arena_new(65536);
	FCGX_Request q;

	if (ep < 0 || fcntl(s->listen_fd, F_SETFL, O_NONBLOCK) < 0 || FCGX_Init() ||
	    FCGX_InitRequest(&q, s->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) ||
	    !watch(ep, worker_signal_fd(w), EPOLLIN) ||
	    !watch(ep, s->listen_fd, EPOLLIN | EPOLLEXCLUSIVE)) {
		log_event(LOG_ERROR, "the worker cannot wait for requests", "error",
			  strerror(errno), NULL);
		return EXIT_FAILURE;
	}
	/* Whether to stop is asked when the signal says so, and now and then for the worker's age.
	 */
	for (unsigned served = 0; served % STOP_EVERY || !worker_stopping(w);) {
		struct epoll_event ev[2];
		int n = epoll_wait(ep, ev, 2, -1);

		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd == s->listen_fd) {
				serve_one(s, w, a, &q);
				served++;
			}
		}
		for (int i = 0; i < n; i++)
			if (ev[i].data.fd != s->listen_fd)
				served = 0;
	}
	close(ep);
	arena_free(a);
	return EXIT_SUCCESS;
}
