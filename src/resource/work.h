/*
 * work.h - an operation at work: inside import, export and bulk only.
 *
 * A run takes an operation up where it stands, goes on in steps, and ends it, or hands its job on
 * when its time is up. A step is a transaction of whoever asked: effect, what came of each row, and
 * how far the operation has come. Items that are refused are told apart from the rest of their
 * step: by the pointer that an error names, else by halving.
 */
#ifndef BILLFOLD_RESOURCE_WORK_H
#define BILLFOLD_RESOURCE_WORK_H

#include <billfold/job.h>
#include <billfold/resource.h>
#include <billfold/resource/operation.h>

/* How long its worker may be silent; how long a problem or an order may be as JSON. */
enum { WORK_LEASE_S = 60, WORK_TEXT_MAX = 1 << 20 };

struct work {
	struct job *job;
	struct arena *life; /* of this run */
	struct arena *step; /* of one step: work_forget() */
	struct app app;
	struct caller who;
	const char *id;
	const struct resource *res;
	struct json_object *params;
	bool dry_run;
	int64_t total; /* -1: not known */
	int pass;
	int64_t position; /* rows up to here are dealt with, in this pass */
	bool cancelled;   /* its end has been asked for */
	bool moved;       /* this run has made a step */
	int64_t begun_ms;
};

struct work_item {
	int64_t position, line;
	const char *outcome; /* when nothing is wrong */
	const char *object_id;
	struct err err; /* code != ERR_none: failed, or waits where outcome is "pending" */
	bool quiet;     /* nothing is to be done for it */
};

/*
 * What a step does to those of its items that work_live() names, from lo to hi: add puts it into a
 * flush that has begun. Where what was planned for them before has moved by then, they are planned
 * anew, in a transaction that has begun (c->open) with what hold put into its first flush: locks.
 */
struct work_step {
	struct work_item *items;
	size_t n;
	int (*add)(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi,
		   struct err *err);
	void (*hold)(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi);
	void (*plan)(struct work_step *s, struct call *c, size_t lo, size_t hi);
	void *arg;
};
bool work_live(const struct work_item *item);

/* 0: go on; 1: there is nothing to do (any more), and the job has been finished. */
int work_begin(struct work *w, struct job *job, struct err *err);
void work_close(struct work *w);
/* A call of whoever asked; its memory is the step's. */
void work_call(struct work *w, struct call *ret);
void work_forget(struct work *w);

/*
 * Does a step: all of its items, or all but those that are refused, whose err then says why. In a
 * dry run everything is tried and taken back, and what came of it is kept. -1: the step cannot be
 * made; what has been made stays.
 */
int work_do(struct work *w, struct work_step *s, struct err *err);
/* The same without keeping anything: for a trial of what must succeed as a whole. */
int work_try(struct work *w, struct work_step *s, struct err *err);
/* {"code", "title", "detail", "errors"}: what is told of a row or of the whole. */
const char *work_problem(struct arena *a, const struct err *err);
/* What came of items, in a flush of its own. */
int work_record(struct work *w, const struct work_item *items, size_t n, struct err *err);
/* A step of one transaction that is not halved: all items or none. */
int work_do_whole(struct work *w, struct work_step *s, struct err *err);

/*
 * One item by a function that makes its own transaction, through call_begin: what came of it
 * commits with that. c->param[0] is the object's id.
 */
int work_do_one(struct work *w, struct work_item *item,
		int (*act)(void *arg, struct call *c, struct err *err), void *arg, struct err *err);

/* The lease goes on, by a connection of its own: for long reading that no step interrupts. Sees
 * whether the end is asked for. */
int work_keep(struct work *w, struct db *beside, struct err *err);

/* Tells the planner of the tables that this work fills, where they have grown much. */
void work_tell_planner(struct work *w);

/* The end: "done", "failed", "cancelled"; why (NULL: nothing) and result (JSON, NULL) for whoever
 * asked. */
int work_end(struct work *w, const char *state, const struct err *why, const char *result,
	     struct err *err);
/* Whether the run should go on; when not, it has been ended or its job handed on: *ret is what the
 * run returns. */
bool work_goes_on(struct work *w, int *ret, struct err *err);
/* What becomes of a run that a failure has stopped: what it returns. */
int work_stopped(struct work *w, struct err *err);

/* ---- for the doors ---- */

struct work_order {
	const char *id, *kind;
	const struct resource *res;
	struct jw params;      /* open object: the door adds its own members */
	struct perm_set needs; /* who may see what comes of it, besides who asked */
	bool dry_run;
	int64_t total; /* -1: not known yet */
};
void work_order_init(struct work_order *o, struct call *c, const char *kind,
		     const struct resource *res);
/* Adds the operation and its job. */
void work_order_add(struct work_order *o, struct call *c, struct flush *f);
/* The last flush of a door: 202, the operation, where it is. */
int work_order_answer(const struct work_order *o, struct call *c, struct flush *f, struct reply *r,
		      struct err *err);
/* Checks a door's body: `spec` becomes the call's. */
int work_spec(struct call *c, struct json_object *spec, const struct field *fields,
	      struct err *err);
/* The resource that a body names in member `resource`; offered says whether it may be. NULL, and
 * err, where not. */
const struct resource *work_resource(struct call *c, struct json_object *spec,
				     bool (*offered)(const struct resource *), struct err *err);

/* Who may see what came of an operation, and end it: who asked, and who has the rights that it
 * took. 404, 403. */
int operation_access_add(struct flush *f, const char *id);
int operation_access_check(const struct call *c, const struct flush *f, int stmt, struct err *err);
/* What the routes run. */
extern const struct field import_in[], export_in[];
int import_post(struct call *c, struct reply *r, struct err *err);
int export_post(struct call *c, struct reply *r, struct err *err);
/* The runs. */
int import_run(struct job *j, struct err *err);
int export_run(struct job *j, struct err *err);
int bulk_run(struct job *j, struct err *err);

#endif
