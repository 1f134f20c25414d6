/*
 * worker.c - what a child does for its supervisor: hears TERM, times its units, counts.
 *
 * TERM is blocked and read from a signalfd that is never emptied: it stays readable, so that
 * every poll() wakes and worker_stopping() needs no memory. When the supervisor is killed, the
 * kernel sends the same TERM, and a timer of the child's own ends a unit that would outlive its
 * limit with nobody left to watch it.
 */
#include "worker.h"

#include <billfold/base/monotonic.h>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Past the supervisor's own TERM and KILL, which come first while it lives. */
enum { WATCHDOG_GRACE_S = 20 };

int
worker_open(struct worker *w, const struct service *s, const struct service_config *c,
	    struct board *board, int number, pid_t parent, struct err *err)
{
	sigset_t mask, term;

	*w = (struct worker){ .board = board,
			      .slot = &board->slot[number],
			      .number = number,
			      .metric_names = s->metric_names };
	while (s->metric_names && s->metric_names[w->n_metrics])
		w->n_metrics++;
	/* Not all at one moment: a sixteenth apart. */
	if (c->max_units > 0)
		w->max_units = (uint64_t)(c->max_units + c->max_units / 16 * (number % 16));
	if (c->unit_limit_s > 0)
		w->limit_ns = (int64_t)c->unit_limit_s * 1000000000;

	/* INT and HUP reach the whole group of a terminal; the supervisor tells what they mean. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	if (sigprocmask(SIG_SETMASK, &mask, NULL) < 0)
		return err_set(err, ERR_internal, "Signals cannot be blocked: %m");
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	w->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signal_fd < 0)
		return err_set(err, ERR_internal, "A signalfd cannot be made: %m");

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return err_set(err, ERR_internal, "The supervisor's death cannot be watched: %m");
	if (getppid() != parent)
		return err_set(err, ERR_internal, "The supervisor is gone");
	if (w->limit_ns) {
		struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };

		if (timer_create(CLOCK_MONOTONIC, &ev, &w->watchdog) < 0)
			return err_set(err, ERR_internal, "A timer cannot be made: %m");
	}
	return 0;
}

static void
worker_up(const struct worker *w)
{
	if (!atomic_load(&w->slot->up_since))
		atomic_store(&w->slot->up_since, monotonic_ns());
}

bool
worker_stopping(const struct worker *w)
{
	struct pollfd p = { .fd = w->signal_fd, .events = POLLIN };

	worker_up(w);
	if (w->max_units && atomic_load(&w->slot->units) >= w->max_units)
		return true;
	return poll(&p, 1, 0) > 0;
}

int
worker_signal_fd(const struct worker *w)
{
	return w->signal_fd;
}

static void
worker_watch(const struct worker *w, int64_t ns)
{
	struct itimerspec t = { .it_value = { ns / 1000000000, ns % 1000000000 } };

	if (w->limit_ns)
		timer_settime(w->watchdog, 0, &t, NULL);
}

void
worker_unit_begin(struct worker *w)
{
	worker_up(w);
	atomic_store(&w->slot->unit_since, monotonic_ns());
	worker_watch(w, w->limit_ns + INT64_C(1000000000) * WATCHDOG_GRACE_S);
}

void
worker_unit_end(struct worker *w, bool ok)
{
	int64_t since = atomic_exchange(&w->slot->unit_since, 0);

	worker_watch(w, 0);
	if (since)
		board_unit(w->board, w->slot, monotonic_ns() - since, ok);
}

void
worker_count(struct worker *w, int metric, int64_t n)
{
	if (metric >= 0 && metric < w->n_metrics && n > 0)
		atomic_fetch_add(&w->board->metric[metric], (uint64_t)n);
}

int
worker_metric(const struct worker *w, const char *name)
{
	for (int i = 0; i < w->n_metrics; i++) {
		if (strcmp(w->metric_names[i], name) == 0)
			return i;
	}
	return -1;
}

int
worker_number(const struct worker *w)
{
	return w->number;
}
