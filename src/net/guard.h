/* guard.h - inside the room: which addresses the outside world may be reached at. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether an address belongs to the public internet. Anything that is not IPv4 or IPv6 does not. */
bool guard_is_public(const struct sockaddr *sa);

#endif
