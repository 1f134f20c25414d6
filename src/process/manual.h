/*
 * manual.h - what a program says of itself: help, its manual page, the keys that it reads.
 */
#ifndef BILLFOLD_PROCESS_MANUAL_H
#define BILLFOLD_PROCESS_MANUAL_H

#include <billfold/process.h>

/* argp's doc: what the program is, then every key of its table. */
const char *manual_help(const struct service *s, struct arena *a);
/* NAME(8), as roff. */
void manual_page(const struct service *s);
/* A line a key, for the manual of the file: name, type, default ("-": required), words; by tabs. */
void manual_keys(const struct service *s);

#endif
