/*
 * elsewhere.c - the machine as libc tells of it, on another day or with another disk: preloaded
 * into one program, whose clock is then ELSEWHERE_SECONDS off (0), and whose disks have
 * ELSEWHERE_FREE_MIB of ELSEWHERE_MIB left (half of 100 GiB) and ELSEWHERE_FILES_LEFT of
 * ELSEWHERE_FILES (half of a million; 0 of 0: a file system that does not count them).
 */
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long
asked(const char *name, long as_it_is)
{
	const char *text = getenv(name);

	return text ? atol(text) : as_it_is;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	if (rc == 0 && clock == CLOCK_REALTIME)
		ts->tv_sec += asked("ELSEWHERE_SECONDS", 0);
	return rc;
}

int
statvfs(const char *path, struct statvfs *fs)
{
	(void)path;
	*fs = (struct statvfs){ .f_bsize = 4096, .f_frsize = 1 << 20 };
	fs->f_blocks = (fsblkcnt_t)asked("ELSEWHERE_MIB", 100 << 10);
	fs->f_bfree = fs->f_bavail = (fsblkcnt_t)asked("ELSEWHERE_FREE_MIB", 50 << 10);
	fs->f_files = (fsfilcnt_t)asked("ELSEWHERE_FILES", 1000000);
	fs->f_ffree = fs->f_favail = (fsfilcnt_t)asked("ELSEWHERE_FILES_LEFT", 500000);
	return 0;
}
