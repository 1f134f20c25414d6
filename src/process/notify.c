/*
 * notify.c - the protocol of sd_notify(3) in a few lines, instead of a library.
 *
 * One datagram to the unix socket that NOTIFY_SOCKET names; '@' stands for the abstract name
 * space. A failure is passed over: a service manager that does not listen is not our failure.
 */
#include "notify.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <billfold/base/str.h>

void
notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(sa.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sa.sun_path, path, len);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

int
notify_watchdog_s(void)
{
	int64_t us, pid;

	if (str_to_int(str_from(getenv("WATCHDOG_PID")), 1, INT32_MAX, &pid) && pid != getpid())
		return 0;
	if (!str_to_int(str_from(getenv("WATCHDOG_USEC")), 1, INT64_C(86400000000), &us))
		return 0;
	return us < 4000000 ? 1 : (int)(us / 4000000);
}
