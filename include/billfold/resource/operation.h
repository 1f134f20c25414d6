/*
 * resource/operation.h - long work: imports, exports, one action over many rows.
 *
 * A door checks what is asked, names everything that is wrong at once, and starts an operation in one
 * transaction; a worker does it as whoever asked, through the engine's own doors, in steps whose
 * progress commits with their effect: a worker that is killed doubles nothing and loses nothing.
 * Rights are those of the moment of asking, and end with them (the epoch is asked at each step).
 *
 * The command line comes in by the same doors: a `struct call` with the tenant, the actor and all
 * permissions in `who` (epoch -1), M_POST as method, and an app with db and registry.
 */
#ifndef BILLFOLD_RESOURCE_OPERATION_H
#define BILLFOLD_RESOURCE_OPERATION_H

#include <billfold/job.h>
#include <billfold/resource.h>

extern const struct resource operation_resource; /* /v1/operations: looked at, cancelled */

/*
 * Each answers 202 with the operation as r->body, and r->location; `spec` is the JSON body that the route takes.
 *	import_start   {resource, columns, constants, match, empty, dry_run, atomic, delimiter, decimal, date_format};
 *	               csv is the file's text: UTF-8, its first record the header. The text may be dropped afterwards.
 *	export_start   {resource, format, where, fields, archived}
 */
int import_start(struct call *c, struct json_object *spec, struct str csv, struct reply *r, struct err *err);
int export_start(struct call *c, struct json_object *spec, struct reply *r, struct err *err);

/*
 * What is known of one, in pieces and in order: the file of an export; each piece is handed to `take` and forgotten.
 * Who asked for it may have it, and whoever may read all that it holds. 404 where there is none (any more).
 */
int operation_file(struct call *c, const char *id, int (*take)(void *arg, struct str piece, struct err *err), void *arg,
		   struct err *err);

/* POST /v1/imports, POST /v1/exports, GET /v1/operations/{id}/results and /file. */
extern const struct route operation_routes[];
/* The kinds `import`, `export`, `bulk`: of a program that sets job_program.app. */
extern const struct job_kind operation_job_kinds[];

#endif
