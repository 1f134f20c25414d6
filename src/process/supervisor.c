/*
 * supervisor.c - the loop of a program's parent: signals, deaths, duties, the page.
 *
 * One poll() on a signalfd and the page's sockets. It never waits for a child.
 */
#include "child.h"
#include "metrics.h"
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <billfold/base/log.h>
#include <billfold/base/monotonic.h>

enum { READY_LIMIT_S = 5, READY_FRESH_MS = 1000, TICK_MS = 1000, TICK_STARTING_MS = 50 };

/* ---- readiness ---- */

static enum page_ready
ready(void *arg)
{
	struct supervisor *s = arg;
	struct readiness *r = &s->readiness;
	int64_t now = monotonic_ns();

	if (s->stopping || child_count(s, true) == 0)
		return PAGE_NOT_READY;
	if (!s->service->ready)
		return PAGE_READY;
	if (r->answered_at && now - r->answered_at < READY_FRESH_MS * (SECOND / 1000))
		return r->answer ? PAGE_READY : PAGE_NOT_READY;
	if (!r->pid) {
		r->pid = child_spawn(s, "ready", "/proc/self/exe");
		r->since = now;
		if (r->pid < 0) {
			r->pid = 0;
			return PAGE_NOT_READY;
		}
	}
	return PAGE_PENDING;
}

static void
ready_answered(struct supervisor *s, int status, int64_t now)
{
	s->readiness =
	    (struct readiness){ .answered_at = now,
				.answer = WIFEXITED(status) && WEXITSTATUS(status) == 0 };
}

/* ---- the loop ---- */

static void
metrics(void *arg, struct sb *out)
{
	struct supervisor *s = arg;
	struct metrics_children n = { 0 };

	for (int i = 0; i < BOARD_SLOTS; i++) {
		const struct child *c = &s->child[i];

		n.barred += c->barred;
		if (!c->pid)
			continue;
		n.stopping += c->told != TOLD_NOTHING;
		n.running += !c->told && child_is_up(s, i);
		n.starting += !c->told && !child_is_up(s, i);
	}
	metrics_write(out, s->service, s->board, &n);
}

static void
reap(struct supervisor *s, int64_t now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->checker)
			renewal_checked(s, status);
		else if (pid == s->readiness.pid)
			ready_answered(s, status, now);
		for (int i = 0; i < BOARD_SLOTS; i++) {
			if (s->child[i].pid == pid)
				child_ended(s, i, status, now);
		}
	}
}

static void
stop(struct supervisor *s)
{
	if (!s->stopping) {
		log_event(LOG_INFO, "draining", NULL);
		notify_send("STOPPING=1");
	}
	s->stopping = true;
	s->changing = false;
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo si;

	while (read(s->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop(s);
			break;
		case SIGQUIT: /* at once: units in work are lost and done again by others */
			stop(s);
			for (int i = 0; i < BOARD_SLOTS; i++) {
				if (s->child[i].pid) {
					s->child[i].told = TOLD_STOP;
					kill(s->child[i].pid, SIGKILL);
				}
			}
			break;
		case SIGHUP:
			if (s->stopping || s->checker)
				break;
			log_event(LOG_INFO, "reloading", NULL);
			s->checker = child_spawn(s, "check", s->path);
			if (s->checker < 0)
				s->checker = 0;
			break;
		default: /* SIGCHLD: reaped in every round */
			break;
		}
	}
}

static void
round_of_duties(struct supervisor *s, int64_t now)
{
	for (int i = 0; i < BOARD_SLOTS; i++) {
		struct child *c = &s->child[i];

		if (c->pid)
			child_watch(s, i, now);
		else if (!s->stopping && i < s->config->workers && !c->barred && now >= c->start_at)
			child_start(s, i, now);
	}
	if (s->readiness.pid && now - s->readiness.since > READY_LIMIT_S * SECOND)
		kill(s->readiness.pid, SIGKILL);
	if (s->changing)
		renewal_step(s, now);
	if (!s->announced && child_count(s, true) > 0) {
		s->announced = true;
		notify_send("READY=1");
		log_event(LOG_INFO, "ready", NULL);
	}
	if (s->watchdog_s && now >= s->watchdog_at) {
		notify_send("WATCHDOG=1");
		s->watchdog_at = now + s->watchdog_s * SECOND;
	}
}

static int
patience_ms(const struct supervisor *s, int64_t now)
{
	int64_t until = now + TICK_MS * (SECOND / 1000);

	for (int i = 0; i < s->config->workers; i++) {
		const struct child *c = &s->child[i];

		if (c->pid && !child_is_up(s, i))
			return TICK_STARTING_MS;
		if (!c->pid && !c->barred && !s->stopping && c->start_at < until)
			until = c->start_at;
	}
	return until > now ? (int)((until - now) / (SECOND / 1000)) + 1 : 0;
}

static int
supervise(struct supervisor *s)
{
	struct pollfd fds[PAGE_POLL_MAX + 1];

	while (!s->stopping || child_count(s, false) > 0) {
		int n = 1;

		fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
		if (s->page)
			n += page_poll(s->page, fds + 1);
		if (poll(fds, (nfds_t)n, patience_ms(s, monotonic_ns())) < 0 && errno != EINTR)
			log_event(LOG_ERROR, "poll failed", "error", strerror(errno), NULL);
		take_signals(s);
		reap(s, monotonic_ns());
		round_of_duties(s, monotonic_ns());
		if (s->page)
			page_work(s->page, monotonic_ns());
	}
	return s->status;
}

/* ---- the start ---- */

static int
open_signals(struct supervisor *s, struct err *err)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		sigaddset(&mask, ours[i]);
	if (sigprocmask(SIG_SETMASK, &mask, NULL) < 0)
		return err_set(err, ERR_internal, "Signals cannot be blocked: %m");
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return err_set(err, ERR_internal, "A signalfd cannot be made: %m");
	return 0;
}

/* The board of the image before us where it fits; else a new one, and its children are blind. */
static int
open_board(struct supervisor *s, struct err *err)
{
	const char *const *names = s->service->metric_names;
	int fd;

	if (renewal_inherit(s, &fd)) {
		if (board_attach(fd, names, &s->board, err) == 0) {
			s->board_fd = fd;
			renewal_keep_open(fd, false);
			return 0;
		}
		err_clear(err);
		close(fd);
		for (int i = 0; i < BOARD_SLOTS; i++)
			s->child[i].blind = s->child[i].pid != 0;
	}
	return board_new(names, &s->board, &s->board_fd, err);
}

static int
open_page(struct supervisor *s, struct arena *a, struct err *err)
{
	const struct page_source source = { .arg = s, .ready = ready, .metrics = metrics };

	if (s->page_fd < 0)
		s->page_fd = service_fd("metrics"); /* the service manager's */
	if (s->page_fd < 0 && s->config->metrics_listen[0] &&
	    page_listen(s->config->metrics_listen, &s->page_fd, err) < 0)
		return -1;
	renewal_keep_open(s->page_fd, false);
	if (s->page_fd >= 0)
		s->page = page_new(s->page_fd, &source, a);
	return 0;
}

static void
write_pid(const struct service_config *c)
{
	FILE *f;

	if (!c->pid_file[0])
		return;
	f = fopen(c->pid_file, "we");
	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0)
		log_event(LOG_WARN, "pid file cannot be written", "path", c->pid_file, "error",
			  strerror(errno), NULL);
	if (f)
		fclose(f);
}

int
supervisor_run(const struct service *service, const struct service_config *c, char **argv,
	       struct arena *a)
{
	struct supervisor *s = arena_alloc(a, sizeof(*s));
	struct err err = { 0 };
	ssize_t n = readlink("/proc/self/exe", s->path, sizeof(s->path) - 1);
	char *deleted;

	s->service = service;
	s->config = c;
	s->argv = argv;
	s->page_fd = -1;
	if (n <= 0 && !realpath((const char *)getauxval(AT_EXECFN), s->path))
		s->path[0] = '\0';
	if (n > 0 && (deleted = strstr(s->path, " (deleted)")))
		*deleted = '\0';
	if (open_signals(s, &err) < 0 || open_board(s, &err) < 0 || open_page(s, a, &err) < 0) {
		log_event(LOG_ERROR, "cannot start", "error", err.detail, NULL);
		return EXIT_CONFIG;
	}
	write_pid(c);
	s->watchdog_s = notify_watchdog_s();
	s->status = supervise(s);
	if (c->pid_file[0])
		unlink(c->pid_file);
	log_event(LOG_INFO, "stopped", NULL);
	return s->status;
}
