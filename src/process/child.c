/*
 * child.c - children: started, told to end, buried, started again.
 *
 * A child that ends before its first success is started again later and later, from 2 s to 60 s;
 * one that had worked, at once. One that refuses its configuration or the schema (78) is not
 * started again; when all have, the program ends the same way. Who is past the time limit of a unit
 * gets TERM, then KILL.
 */
#include "child.h"

#include <billfold/base/log.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BACKOFF_FIRST_S = 2,
	BACKOFF_MAX_S = 60,
	SUCCESS_AFTER_S = 10, /* in the loop without a unit */
	KILL_AFTER_S = 10,    /* after TERM for the time limit */
	DRAIN_S = 30          /* where units have no limit of their own */
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

pid_t
child_spawn(const struct supervisor *s, const char *role, const char *path)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(s, role, path, parent);
	if (pid < 0)
		log_event(LOG_ERROR, "fork failed", "role", role, "error", strerror(errno), NULL);
	return pid;
}

void
child_start(struct supervisor *s, int i, int64_t now)
{
	struct child *c = &s->child[i];
	char role[16];

	snprintf(role, sizeof(role), "%d", i);
	board_slot_clear(&s->board->slot[i]);
	c->pid = child_spawn(s, role, "/proc/self/exe");
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

/* ---- how they are ---- */

bool
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

int
child_count(const struct supervisor *s, bool up_only)
{
	int n = 0;

	for (int i = 0; i < BOARD_SLOTS; i++)
		n += up_only ? child_is_up(s, i) : s->child[i].pid != 0;
	return n;
}

/* ---- their ends ---- */

static int64_t
drain_ns(const struct supervisor *s)
{
	int64_t limit = s->config->unit_limit_s > 0 ? s->config->unit_limit_s : DRAIN_S;

	return (limit + KILL_AFTER_S) * SECOND;
}

void
child_tell(struct supervisor *s, struct child *c, enum told why, int64_t now)
{
	int64_t until = now + (why == TOLD_LIMIT ? KILL_AFTER_S * SECOND : drain_ns(s));

	if (c->told == TOLD_NOTHING)
		kill(c->pid, SIGTERM);
	c->told = why;
	if (!c->kill_at || until < c->kill_at)
		c->kill_at = until;
}

void
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

void
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
