/*
 * echo.c - the least that can answer a request behind nginx: what a limit is made of.
 *
 *	echo SOCKET WORKERS
 *
 * WORKERS processes take connections of one socket as billfold-api does (watched exclusively, one
 * request a connection), read the parameters and the body, and give a fixed small answer. By
 * libfcgi alone and not by our own loop: what that loop costs is the product's to pay.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static void
answer(FCGX_Request *q)
{
	char body[16384];

	while (FCGX_GetStr(body, sizeof(body), q->in) > 0)
		;
	FCGX_PutS("Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		  q->out);
	FCGX_Detach(q); /* closed at once, as the product does */
	FCGX_Finish_r(q);
}

static int
work(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = fd };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	FCGX_Request q;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0 ||
	    FCGX_InitRequest(&q, fd, FCGI_FAIL_ACCEPT_ON_INTR))
		return EXIT_FAILURE;
	for (;;) {
		if (epoll_wait(ep, &ev, 1, -1) == 1 && FCGX_Accept_r(&q) == 0)
			answer(&q);
	}
}

int
main(int argc, char **argv)
{
	int workers = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0, fd;

	if (workers < 1 || FCGX_Init()) {
		fprintf(stderr, "echo SOCKET WORKERS\n");
		return 64;
	}
	fd = FCGX_OpenSocket(argv[1], BACKLOG);
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return EXIT_FAILURE;
	}
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			return work(fd);
		}
	}
	return wait(NULL) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
