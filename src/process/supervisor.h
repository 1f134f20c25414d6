/*
 * supervisor.h - the parent of all children of one program.
 */
#ifndef PROCESS_SUPERVISOR_H
#define PROCESS_SUPERVISOR_H

#include <billfold/process.h>

/* How a process of this program learns what it is: see service.c. */
#define ROLE_ENV                                                                                   \
	"BILLFOLD_ROLE" /* child: "NUMBER BOARD_FD PARENT", "check - PARENT", "ready - PARENT" */
#define RENEW_ENV                                                                                  \
	"BILLFOLD_RENEW" /* supervisor after a SIGHUP: "BOARD_FD PAGE_FD NUMBER:PID ..." */

/* Runs until told to stop; the exit status. argv is what the program was started with. */
int supervisor_run(const struct service *s, const struct service_config *c, char **argv,
		   struct arena *a);

#endif
