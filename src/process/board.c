/*
 * board.c - makes, seals, maps and feeds the scoreboard.
 *
 * The layout number is a hash over the struct's size and the metric names: a supervisor that
 * renewed itself into another version of the program finds that an old board is not its own
 * and starts a new one, instead of counting under wrong names.
 */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <billfold/base/date.h>
#include <billfold/base/hash.h>

#define MS INT64_C(1000000)

const int64_t board_bucket_ns[BOARD_BUCKETS] = {
	1 * MS,   5 * MS / 2, 5 * MS,    10 * MS,   25 * MS,    50 * MS,    100 * MS,   250 * MS,
	500 * MS, 1000 * MS,  2500 * MS, 5000 * MS, 10000 * MS, 30000 * MS, 60000 * MS,
};

static uint64_t
board_layout(const char *const *metric_names)
{
	uint64_t h = HASH_NOTHING ^ sizeof(struct board);

	for (size_t i = 0; metric_names && metric_names[i]; i++) {
		h = hash_add(h, str_from(metric_names[i]));
		h = hash_add(h, STR("\xff"));
	}
	return h;
}

static int
board_map(int fd, struct board **ret, struct err *err)
{
	void *p = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return err_set(err, ERR_internal, "The scoreboard cannot be mapped: %m");
	*ret = p;
	return 0;
}

int
board_new(const char *const *metric_names, struct board **ret, int *ret_fd, struct err *err)
{
	int fd = memfd_create("billfold-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_set(err, ERR_internal, "The scoreboard cannot be made: %m");
	if (ftruncate(fd, sizeof(struct board)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		err_set(err, ERR_internal, "The scoreboard cannot be sized: %m");
		close(fd);
		return -1;
	}
	if (board_map(fd, ret, err) < 0) {
		close(fd);
		return -1;
	}
	(*ret)->layout = board_layout(metric_names);
	(*ret)->started_us = instant_now();
	*ret_fd = fd;
	return 0;
}

int
board_attach(int fd, const char *const *metric_names, struct board **ret, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, ERR_internal, "The scoreboard is not there: %m");
	if (st.st_size != (off_t)sizeof(struct board))
		return err_set(err, ERR_internal, "The scoreboard is of another version");
	if (board_map(fd, ret, err) < 0)
		return -1;
	if ((*ret)->layout != board_layout(metric_names)) {
		munmap(*ret, sizeof(struct board));
		*ret = NULL;
		return err_set(err, ERR_internal, "The scoreboard is of another version");
	}
	return 0;
}

void
board_slot_clear(struct board_slot *s)
{
	atomic_store(&s->up_since, 0);
	atomic_store(&s->unit_since, 0);
	atomic_store(&s->units, 0);
}

void
board_unit(struct board *b, struct board_slot *s, int64_t ns, bool ok)
{
	int i = 0;

	while (i < BOARD_BUCKETS && ns > board_bucket_ns[i])
		i++;
	atomic_fetch_add(&b->bucket[i], 1);
	atomic_fetch_add(&b->unit_ns, (uint64_t)ns);
	atomic_fetch_add(ok ? &b->units_ok : &b->units_failed, 1);
	atomic_fetch_add(&s->units, 1);
}
