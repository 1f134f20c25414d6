/*
 * board.h - the scoreboard: memory that supervisor and children share.
 *
 * Counters are of the program, not of a child, and grow by atomic additions, so that a child that
 * is killed at any instruction leaves them whole. A slot is written by its child alone; the
 * supervisor only reads it, and keeps what it decides by (process ids, back-off) in memory of its
 * own, out of reach of a child that runs wild. The file is sealed: nobody can shrink it under
 * another.
 */
#ifndef PROCESS_BOARD_H
#define PROCESS_BOARD_H

#include <billfold/base/err.h>

#include <stdatomic.h>
#include <stdint.h>

enum { BOARD_SLOTS = 128, BOARD_METRICS = 64, BOARD_BUCKETS = 15 };

struct board_slot {
	_Alignas(64) _Atomic int64_t up_since; /* monotonic ns; 0: not in its loop yet */
	_Atomic int64_t unit_since;            /* monotonic ns; 0: between units */
	_Atomic uint64_t units;                /* ended by this child */
};

struct board {
	uint64_t layout;    /* of this struct and the metric names */
	int64_t started_us; /* the program's start, real time */
	_Atomic uint64_t starts, deaths, kills, reloads;
	_Atomic uint64_t units_ok, units_failed, unit_ns;
	_Atomic uint64_t bucket[BOARD_BUCKETS + 1]; /* not cumulative; the last is +Inf */
	_Atomic uint64_t metric[BOARD_METRICS];
	struct board_slot slot[BOARD_SLOTS];
};

extern const int64_t board_bucket_ns[BOARD_BUCKETS];

/* A new board, and the descriptor (close-on-exec) by which children find it. */
int board_new(const char *const *metric_names, struct board **ret, int *ret_fd, struct err *err);
/* Maps a board made by another image; -1 when its layout is not ours. */
int board_attach(int fd, const char *const *metric_names, struct board **ret, struct err *err);

void board_slot_clear(struct board_slot *s);
void board_unit(struct board *b, struct board_slot *s, int64_t ns, bool ok);

#endif
