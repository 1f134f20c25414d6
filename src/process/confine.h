/*
 * confine.h - what a worker may no longer do: inside this room only.
 */
#ifndef PROCESS_CONFINE_H
#define PROCESS_CONFINE_H

#include <billfold/base/err.h>

/* For good: start programs, look into other processes, load code into the kernel. */
int confine_worker(struct err *err);

#endif
