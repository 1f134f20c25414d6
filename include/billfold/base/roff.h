/*
 * roff.h - text for a manual page: what it says is what is read, whatever it begins with.
 */
#ifndef BILLFOLD_BASE_ROFF_H
#define BILLFOLD_BASE_ROFF_H

#include <stdio.h>

/* No line begins a request, no hyphen becomes a dash, no backslash an escape. */
void roff_text(FILE *to, const char *z);

#endif
