/*
 * cli/operation.h - long work that the command line starts: by the engine's own doors, done by a
 * worker, watched here until it ends.
 */
#ifndef BILLFOLD_BIN_CLI_OPERATION_H
#define BILLFOLD_BIN_CLI_OPERATION_H

#include "cli.h"

#include <billfold/resource/operation.h>

struct operation_run {
	struct app app;
	struct call call; /* the operator, with every right, in one tenant */
	const char *id;   /* once it is started */
	const char *state;
	int64_t total, done, failed; /* total -1: not known */
};

/* A call for the tenant of a slug. */
int operation_open(struct cli *c, const char *slug, struct operation_run *ret, struct err *err);
/* Takes the id from a door's answer. */
int operation_started(struct operation_run *o, const struct reply *r, struct err *err);
/* Until it has ended, or at once where the command line said --no-wait; tells how far it is. */
int operation_wait(struct cli *c, struct operation_run *o, const char *what, struct err *err);
/* What came of it: its members, and why it failed where it did. */
int operation_tell(struct cli *c, struct operation_run *o, struct err *err);

/* Why it has not come to its end, as an error: where standard output is kept for what it would have
 * brought. */
int operation_refused(struct cli *c, struct operation_run *o, struct err *err);

#define OPERATION_NO_WAIT                                                                          \
	{                                                                                          \
		.name = "no-wait", .flags = CLI_FLAG, .doc = "Say its id and leave it at work."    \
	}

#endif
