/* processors.h - inside the room: one table an adapter. */
#ifndef CONNECT_PROCESSORS_H
#define CONNECT_PROCESSORS_H

#include <billfold/connect.h>

extern const struct processor processor_sandbox;
extern const struct processor processor_manual;
extern const struct processor processor_stripe;

#endif
