/*
 * gate.h - how many passwords are judged at once.
 *
 * A judgement takes 60 ms of one core and 19 MiB on purpose; a flood of sign-ins must not take
 * all workers and the memory of the machine from everybody else. As many as the machine has
 * cores go in at a time, over all workers; the next is told to come again.
 */
#ifndef BILLFOLD_AUTH_GATE_H
#define BILLFOLD_AUTH_GATE_H

#include <billfold/base/err.h>

/* A place, freed by gate_leave() or by the death of the process. run_dir NULL: no gate. */
int gate_enter(const char *run_dir, int *ret_place, struct err *err);
void gate_leave(int place);

#endif
