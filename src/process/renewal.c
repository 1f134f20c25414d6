/*
 * renewal.c - SIGHUP: another configuration, or another version of the program, without losing a
 * connection.
 *
 * The program at our path is first asked whether it can read the configuration (role "check"). Then
 * the supervisor executes it in its own place: the process id, the children, the scoreboard and all
 * sockets stay. The new image changes the children that it inherited one by one, each only when
 * every other is in its loop. A replacement that refuses its configuration (78) ends the change;
 * the old children go on.
 */
#include "child.h"
#include "notify.h"

#include <billfold/base/log.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void
renewal_keep_open(int fd, bool keep)
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
	renewal_keep_open(s->board_fd, true);
	renewal_keep_open(s->page_fd, true);
	setenv(RENEW_ENV, env, 1);
	execv(s->path, s->argv);
	log_event(LOG_ERROR, "reload failed", "path", s->path, "error", strerror(errno), NULL);
	unsetenv(RENEW_ENV);
	renewal_keep_open(s->board_fd, false);
	renewal_keep_open(s->page_fd, false);
}

void
renewal_checked(struct supervisor *s, int status)
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

bool
renewal_inherit(struct supervisor *s, int *ret_board_fd)
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

void
renewal_step(struct supervisor *s, int64_t now)
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
