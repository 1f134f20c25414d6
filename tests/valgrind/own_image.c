/*
 * own_image.c - preloaded where programs run under valgrind: there /proc/self/exe is valgrind's own
 * program. BILLFOLD_IMAGE names the one that a supervisor means when it executes itself.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
execv(const char *path, char *const argv[])
{
	const char *own = getenv("BILLFOLD_IMAGE");

	return execve(own && strcmp(path, "/proc/self/exe") == 0 ? own : path, argv, environ);
}
