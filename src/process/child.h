/*
 * child.h - inside the room: a supervisor's children, and what it decides by.
 *
 * That is kept here, not in the scoreboard, where children write.
 */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "board.h"
#include "page.h"
#include "supervisor.h"

#include <limits.h>
#include <sys/types.h>

#define SECOND INT64_C(1000000000)

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

/* Another process of this program, in a role (supervisor.h); below 0: there is none. */
pid_t child_spawn(const struct supervisor *s, const char *role, const char *path);
void child_start(struct supervisor *s, int i, int64_t now);
/* TERM, and why; KILL follows when its time is up. */
void child_tell(struct supervisor *s, struct child *c, enum told why, int64_t now);
/* It has ended: when and whether it is started again. */
void child_ended(struct supervisor *s, int i, int status, int64_t now);
/* Past its time: is told, or killed. */
void child_watch(struct supervisor *s, int i, int64_t now);
/* In its loop. */
bool child_is_up(const struct supervisor *s, int i);
int child_count(const struct supervisor *s, bool up_only);

/* The program at our path has been asked whether it can read the configuration: becomes it, or goes
 * on. */
void renewal_checked(struct supervisor *s, int status);
/* What the image before this one hands over; false when this is a first start. */
bool renewal_inherit(struct supervisor *s, int *ret_board_fd);
/* One step of the change: when all are up, the next old child is told. */
void renewal_step(struct supervisor *s, int64_t now);
void renewal_keep_open(int fd, bool keep);

#endif
