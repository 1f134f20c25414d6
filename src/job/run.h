/*
 * run.h - one job from claim to end: inside this room only.
 */
#ifndef JOB_RUN_H
#define JOB_RUN_H

#include <billfold/job.h>

/* What a worker's child has for all its jobs. */
struct job_runner {
	const struct job_program *program;
	struct worker *worker;
	struct db *db;
	void *state;
	struct arena *arena; /* of one job, reset before each */
};

/* What the functions of job.h note about the job that runs, and the machinery reads after it. */
struct job_mark {
	const struct job_kind *kind;
	const char *program;
	/* That job_done_add was part of last, and job_defer_add; NULL: of none. */
	const struct flush *finishing, *deferring;
};

enum run_result {
	RUN_NOT_OURS,
	RUN_DONE,
	RUN_AGAIN,
	RUN_DEAD,
	RUN_LOST,
	RUN_DEFERRED,
	RUN_UNKNOWN
};

/* Claims the job and runs it. NOT_OURS: somebody has it, had it, or it is not due. UNKNOWN: see the
 * log. */
enum run_result run_job(struct job_runner *r, const struct job_kind *k, const char *tenant,
			const char *id);
/* A periodic duty, when it is this worker's turn. */
void run_duty(struct job_runner *r, const struct job_kind *k, const char *worker_name);

#endif
