/*
 * metrics.h - the scoreboard as Prometheus text, version 0.0.4.
 */
#ifndef PROCESS_METRICS_H
#define PROCESS_METRICS_H

#include "board.h"

#include <billfold/process.h>

struct metrics_children {
	int starting, running, stopping, barred;
};

void metrics_write(struct sb *out, const struct service *s, struct board *b,
		   const struct metrics_children *n);

#endif
