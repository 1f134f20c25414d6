/*
 * gate.c - see gate.h.
 *
 * A place is a lock on a file in the run directory: the kernel takes it back when its holder dies,
 * so that a killed worker leaves none behind.
 */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { PLACES_MAX = 64 };

static int
places(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 2 ? 2 : cores > PLACES_MAX ? PLACES_MAX : (int)cores;
}

int
gate_enter(const char *run_dir, int *ret_place, struct err *err)
{
	*ret_place = -1;
	if (!run_dir)
		return 0;
	for (int i = 0, n = places(); i < n; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), "%s/password.%d", run_dir, i);
		fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_set(err, ERR_internal, "%s: %s", path, strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			*ret_place = fd;
			return 0;
		}
		close(fd);
	}
	err->retry_after = 1;
	return err_set(err, ERR_unavailable, "Too many sign-ins at once; try again in a moment.");
}

void
gate_leave(int place)
{
	if (place >= 0)
		close(place);
}
