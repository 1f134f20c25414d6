/*
 * supervisor.c - starts children, watches them, starts them again, changes them, stops them.
 *
 * One loop on one poll(): a signalfd and the page's sockets. It never waits for a child.
 *
 * Renewal (SIGHUP). The program at our path is first asked whether it can read the
 * configuration (role "check"). Then the supervisor executes it in its own place: the process id,
 * the children, the scoreboard and all sockets stay, so that neither a changed configuration nor a
 * new version of the program loses a connection. The new image then changes the children that it
 * inherited one by one, each only when every other is in its loop. A replacement that refuses
 * its configuration (78) ends the change; the old children go on.
 *
 * What it decides by is kept here, not in the scoreboard, where children write.
 */
#include "supervisor.h"

#include "board.h"
#include "metrics.h"
#include "notify.h"
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <billfold/base/log.h>

#define SECOND INT64_C(1000000000)

enum {
	BACKOFF_FIRST_S = 2,
	BACKOFF_MAX_S = 60,
	SUCCESS_AFTER_S = 10, /* in the loop without a unit */
	KILL_AFTER_S = 10,    /* after TERM for the time limit */
	DRAIN_S = 30,         /* where units have no limit of their own */
	READY_LIMIT_S = 5,
	READY_FRESH_MS = 1000,
	TICK_MS = 1000,
	TICK_STARTING_MS = 50
};

enum told { TOLD_NOTHING, TOLD_CHANGE, TOLD_LIMIT, TOLD_STOP };

struct child {
	pid_t pid;        /* 0: none runs */
	enum told told;   /* TERM was sent, and why */
	int64_t kill_at;  /* 0: never */
	int64_t start_at; /* when none runs */
	int backoff_s;
	bool overdue; /* past its unit's time limit, and told */
	bool barred;  /* exit 78: never again by itself */
	bool old;     /* inherited at a renewal, to be changed */
	bool blind;   /* inherited, and on another scoreboard */
};

struct readiness {
	pid_t pid; /* the helper that asks; 0: none */
	int64_t since;
	int64_t answered_at;
	bool answer;
};

struct supervisor {
	const struct service *service;
	const struct service_config *config;
	char **argv;
	char path[PATH_MAX];
	struct board *board;
	int board_fd, page_fd, signal_fd;
	struct page *page;
	struct child child[BOARD_SLOTS];
	pid_t checker;
	struct readiness readiness;
	bool stopping, changing, announced;
	int status;
	int64_t watchdog_at;
	int watchdog_s;
};

/* ---- processes ---- */

/* In the new process: becomes the same program again, in a role. Never returns. */
static void
become(const struct supervisor *s, const char *role, const char *path, pid_t parent)
{
	char env[64], name[96];
	char **argv = s->argv;

	snprintf(env, sizeof(env), "%s %d %d", role, s->board_fd, (int)parent);
	if ((unsigned char)role[0] <= '9')
		snprintf(name, sizeof(name), "%s: worker %s", s->service->name, role);
	else
		snprintf(name, sizeof(name), "%s: %s", s->service->name, role);
	argv[0] = name;
	setenv(ROLE_ENV, env, 1);
	unsetenv("NOTIFY_SOCKET");
	fcntl(s->board_fd, F_SETFD, 0);
	/* A parent that died meanwhile is seen by the new image, which compares process ids. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(path, argv);
	execv(s->path, argv); /* where /proc is not mounted */
	_exit(127);
}

static pid_t
spawn(const struct supervisor *s, const char *role, const char *path)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(s, role, path, parent);
	if (pid < 0)
		log_event(LOG_ERROR, "fork failed", "role", role, "error", strerror(errno), NULL);
	return pid;
}

static void
child_start(struct supervisor *s, int i, int64_t now)
{
	struct child *c = &s->child[i];
	char role[16];

	snprintf(role, sizeof(role), "%d", i);
	board_slot_clear(&s->board->slot[i]);
	c->pid = spawn(s, role, "/proc/self/exe");
	if (c->pid < 0) {
		c->pid = 0;
		c->start_at = now + BACKOFF_FIRST_S * SECOND;
		return;
	}
	c->told = TOLD_NOTHING;
	c->kill_at = 0;
	c->old = c->blind = c->overdue = false;
	atomic_fetch_add(&s->board->starts, 1);
}

static int64_t
drain_ns(const struct supervisor *s)
{
	int64_t limit = s->config->unit_limit_s > 0 ? s->config->unit_limit_s : DRAIN_S;

	return (limit + KILL_AFTER_S) * SECOND;
}

static void
child_tell(struct supervisor *s, struct child *c, enum told why, int64_t now)
{
	int64_t until = now + (why == TOLD_LIMIT ? KILL_AFTER_S * SECOND : drain_ns(s));

	if (c->told == TOLD_NOTHING)
		kill(c->pid, SIGTERM);
	c->told = why;
	if (!c->kill_at || until < c->kill_at)
		c->kill_at = until;
}

static bool
child_is_up(const struct supervisor *s, int i)
{
	const struct child *c = &s->child[i];

	return c->pid && (c->blind || atomic_load(&s->board->slot[i].up_since));
}

static bool
child_succeeded(const struct supervisor *s, int i, int64_t now)
{
	const struct board_slot *slot = &s->board->slot[i];
	int64_t up = atomic_load(&slot->up_since);

	return s->child[i].blind || atomic_load(&slot->units) > 0 ||
	       (up && now - up > SUCCESS_AFTER_S * SECOND);
}

static int
children(const struct supervisor *s, bool up_only)
{
	int n = 0;

	for (int i = 0; i < BOARD_SLOTS; i++)
		n += up_only ? child_is_up(s, i) : s->child[i].pid != 0;
	return n;
}

/* ---- deaths ---- */

static void
log_death(int i, int status, int wait_s)
{
	char number[16], how[32], wait[16];

	snprintf(number, sizeof(number), "%d", i);
	snprintf(wait, sizeof(wait), "%d", wait_s);
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	log_event(LOG_WARN, "worker died", "worker", number, "how", how, "again_in_s", wait, NULL);
}

static void
child_bar(struct supervisor *s, int i)
{
	char number[16];
	bool any = false;

	snprintf(number, sizeof(number), "%d", i);
	s->child[i].barred = true;
	log_event(LOG_ERROR,
		  "worker refused its configuration or schema (exit 78): it is NOT started again; "
		  "mend the cause, then reload or restart",
		  "worker", number, NULL);
	if (s->changing) {
		s->changing = false;
		log_event(LOG_ERROR, "reload abandoned, the remaining old workers go on", NULL);
	}
	for (int k = 0; k < s->config->workers; k++)
		any = any || !s->child[k].barred;
	if (!any && !s->stopping) {
		log_event(LOG_ERROR, "every worker refused its configuration", NULL);
		s->stopping = true;
		s->status = EXIT_CONFIG;
	}
}

static void
child_ended(struct supervisor *s, int i, int status, int64_t now)
{
	struct child *c = &s->child[i];
	bool succeeded = child_succeeded(s, i, now);
	bool quiet = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	c->pid = 0;
	c->kill_at = 0;
	c->start_at = now;
	board_slot_clear(&s->board->slot[i]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG) {
		child_bar(s, i);
		return;
	}
	if (c->told == TOLD_STOP || (c->told == TOLD_CHANGE && quiet))
		return;
	/* A renewal after so many units is an end in peace; so is one that was asked for. */
	if (quiet && succeeded && c->told == TOLD_NOTHING) {
		c->backoff_s = 0;
		return;
	}
	atomic_fetch_add(&s->board->deaths, 1);
	if (succeeded)
		c->backoff_s = 0;
	else if (c->backoff_s == 0)
		c->backoff_s = BACKOFF_FIRST_S;
	else
		c->backoff_s = c->backoff_s * 2 > BACKOFF_MAX_S ? BACKOFF_MAX_S : c->backoff_s * 2;
	c->start_at = now + c->backoff_s * SECOND;
	log_death(i, status, c->backoff_s);
}

/* ---- renewal ---- */

static void
keep_open(int fd, bool keep)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/* Becomes the program at our path. Returns only when that fails. */
static void
renew(struct supervisor *s)
{
	char env[BOARD_SLOTS * 20 + 64];
	int n = snprintf(env, sizeof(env), "%d %d", s->board_fd, s->page_fd);

	for (int i = 0; i < BOARD_SLOTS; i++) {
		if (s->child[i].pid)
			n += snprintf(env + n, sizeof(env) - (size_t)n, " %d:%d", i,
				      (int)s->child[i].pid);
	}
	atomic_fetch_add(&s->board->reloads, 1);
	keep_open(s->board_fd, true);
	keep_open(s->page_fd, true);
	setenv(RENEW_ENV, env, 1);
	execv(s->path, s->argv);
	log_event(LOG_ERROR, "reload failed", "path", s->path, "error", strerror(errno), NULL);
	unsetenv(RENEW_ENV);
	keep_open(s->board_fd, false);
	keep_open(s->page_fd, false);
}

static void
checked(struct supervisor *s, int status)
{
	s->checker = 0;
	if (s->stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		renew(s);
	else
		log_event(LOG_ERROR,
			  "reload refused: the configuration or the program is not sound", NULL);
}

/* What RENEW_ENV hands over; false when this is a first start. */
static bool
inherit(struct supervisor *s, int *ret_board_fd)
{
	struct str rest, item, all = str_from(getenv(RENEW_ENV));
	int64_t n, pid;

	if (!all.len || !str_to_int(str_cut(all, ' ', &rest), 0, INT_MAX, &n))
		return false;
	*ret_board_fd = (int)n;
	if (str_to_int(str_cut(rest, ' ', &rest), -1, INT_MAX, &n))
		s->page_fd = (int)n;
	while (rest.len) {
		struct str pid_text;

		item = str_cut(str_cut(rest, ' ', &rest), ':', &pid_text);
		if (str_to_int(item, 0, BOARD_SLOTS - 1, &n) &&
		    str_to_int(pid_text, 1, INT_MAX, &pid))
			s->child[n] = (struct child){ .pid = (pid_t)pid, .old = true };
	}
	unsetenv(RENEW_ENV);
	s->changing = true;
	s->announced = true;
	return true;
}

/* One step of the change: when all are up, the next old child is told. */
static void
change_step(struct supervisor *s, int64_t now)
{
	int next = -1;

	for (int i = 0; i < BOARD_SLOTS; i++) {
		const struct child *c = &s->child[i];

		if (c->pid && c->old && c->told == TOLD_NOTHING && next < 0)
			next = i;
		if (i < s->config->workers && !c->barred && (!child_is_up(s, i) || c->told))
			return;
	}
	if (next >= 0) {
		child_tell(s, &s->child[next], TOLD_CHANGE, now);
		return;
	}
	s->changing = false;
	log_event(LOG_INFO, "reload done", NULL);
	notify_send("READY=1\nSTATUS=");
}

/* ---- readiness ---- */

static enum page_ready
ready(void *arg)
{
	struct supervisor *s = arg;
	struct readiness *r = &s->readiness;
	int64_t now = board_now();

	if (s->stopping || children(s, true) == 0)
		return PAGE_NOT_READY;
	if (!s->service->ready)
		return PAGE_READY;
	if (r->answered_at && now - r->answered_at < READY_FRESH_MS * (SECOND / 1000))
		return r->answer ? PAGE_READY : PAGE_NOT_READY;
	if (!r->pid) {
		r->pid = spawn(s, "ready", "/proc/self/exe");
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
			checked(s, status);
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
			s->checker = spawn(s, "check", s->path);
			if (s->checker < 0)
				s->checker = 0;
			break;
		default: /* SIGCHLD: reaped in every round */
			break;
		}
	}
}

static void
child_watch(struct supervisor *s, int i, int64_t now)
{
	struct child *c = &s->child[i];
	struct board_slot *slot = &s->board->slot[i];
	int64_t since = c->blind ? 0 : atomic_load(&slot->unit_since);
	char number[16];

	snprintf(number, sizeof(number), "%d", i);
	if (s->stopping && c->told != TOLD_STOP)
		child_tell(s, c, TOLD_STOP, now);
	else if (i >= s->config->workers && !c->told)
		child_tell(s, c, TOLD_CHANGE, now);
	if (since && s->config->unit_limit_s > 0 && !c->overdue &&
	    now - since > s->config->unit_limit_s * SECOND) {
		log_event(LOG_ERROR, "unit of work past its time limit", "worker", number, NULL);
		c->overdue = true;
		child_tell(s, c, s->stopping ? TOLD_STOP : TOLD_LIMIT, now);
		if (s->stopping && c->kill_at > now + KILL_AFTER_S * SECOND)
			c->kill_at = now + KILL_AFTER_S * SECOND;
	}
	if (c->kill_at && now >= c->kill_at) {
		log_event(LOG_ERROR, "worker did not end in time and is killed", "worker", number,
			  NULL);
		atomic_fetch_add(&s->board->kills, 1);
		kill(c->pid, SIGKILL);
		c->kill_at = now + KILL_AFTER_S * SECOND;
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
		change_step(s, now);
	if (!s->announced && children(s, true) > 0) {
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
		if (!c->pid && !c->barred && c->start_at < until)
			until = c->start_at;
	}
	return until > now ? (int)((until - now) / (SECOND / 1000)) + 1 : 0;
}

static int
supervise(struct supervisor *s)
{
	struct pollfd fds[PAGE_POLL_MAX + 1];

	while (!s->stopping || children(s, false) > 0) {
		int n = 1;

		fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
		if (s->page)
			n += page_poll(s->page, fds + 1);
		if (poll(fds, (nfds_t)n, patience_ms(s, board_now())) < 0 && errno != EINTR)
			log_event(LOG_ERROR, "poll failed", "error", strerror(errno), NULL);
		take_signals(s);
		reap(s, board_now());
		round_of_duties(s, board_now());
		if (s->page)
			page_work(s->page, board_now());
	}
	return s->status;
}

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

	if (inherit(s, &fd)) {
		if (board_attach(fd, names, &s->board, err) == 0) {
			s->board_fd = fd;
			keep_open(fd, false);
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
	keep_open(s->page_fd, false);
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
