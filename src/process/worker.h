/*
 * worker.h - a child's own view of the house: inside this room only.
 */
#ifndef PROCESS_WORKER_H
#define PROCESS_WORKER_H

#include "board.h"

#include <billfold/process.h>

#include <sys/types.h>

struct worker {
	struct board *board;
	struct board_slot *slot;
	int number;
	int signal_fd;
	const char *const *metric_names;
	int n_metrics;
	uint64_t max_units; /* 0: no renewal */
	int64_t limit_ns;   /* 0: no limit */
	timer_t watchdog;
};

/* parent: the supervisor; -1 when it is gone already. The signals of a child are blocked from here
 * on. */
int worker_open(struct worker *w, const struct service *s, const struct service_config *c,
		struct board *board, int number, pid_t parent, struct err *err);

#endif
