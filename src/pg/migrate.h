/*
 * migrate.h - the parts of a migration run: what lies in the SQL directory, and what is done with
 * it.
 */
#ifndef BILLFOLD_PG_MIGRATE_H
#define BILLFOLD_PG_MIGRATE_H

#include "db.h"

#include <billfold/base/vec.h>

enum { MIGRATE_FILE_MAX = 4 * 1024 * 1024 };

/* One file of migrations/, code/, seed/ or after/. */
struct sql_file {
	const char *path; /* "code/crm/account_view.sql", below the SQL directory */
	const char
	    *object; /* code: "crm.account_view"; seed: "base.currency"; else the base name */
	struct str text;
	const char *hash; /* SHA-256 in hex, of the server's making */
	int number;       /* migrations */
	bool kernel;      /* code: created before migrations later than the first */
	bool view;        /* code: made by CREATE VIEW */
	bool replaces; /* code: CREATE OR REPLACE of a function: changed in place, never dropped */
	bool alone;    /* migrations: outside a transaction, one statement */
	VEC(const char *) requires; /* code: objects that must be there before */
	const char *applied;        /* hash in the database, NULL: never applied */
	bool changed;               /* code: to be run */
	bool refused;               /* code: could not be put in place of what there is */
	bool marked, done;          /* of the ordering */
};

typedef VEC(struct sql_file) file_vec;

struct migrate {
	PGconn *conn;
	struct arena *arena;
	const struct migrate_plan *plan;
	bool bookkeeping; /* base.migration exists */
	file_vec migrations, code, seeds, after;
};

/* source.c: reads the directory; files sorted by name. */
int source_read(struct migrate *m, struct err *err);
/* The whole text of one file below the SQL directory. */
int source_text(struct migrate *m, const char *path, struct str *ret, struct err *err);
/* order.c: code files in the order of creation; ERR_internal names a circle or what is missing. */
int order_code(struct migrate *m, struct sql_file ***ret, struct err *err);
/* code.c: brings functions and views up to date; kernel: those of the kernel phase alone. */
int code_apply(struct migrate *m, bool kernel, struct err *err);
/* seed.c: makes reference tables what their files say. */
int seed_apply(struct migrate *m, struct err *err);

/* migrate.c: one statement or script; a lock that is not granted in time is tried again by
 * migrate_in_transaction. */
int migrate_exec(struct migrate *m, const char *sql, struct err *err);
/* With parameters; the result is the arena's. NULL: failed. */
PGresult *migrate_query(struct migrate *m, struct err *err, const char *sql, int n,
			const char *const *params);
void migrate_say(const struct migrate *m, const char *what, const char *name);
/* Runs step in a transaction with a short lock limit, again and again until it gets its locks. */
int migrate_in_transaction(struct migrate *m,
			   int (*step)(struct migrate *m, void *arg, struct err *err), void *arg,
			   struct err *err);
int migrate_note_file(struct migrate *m, const struct sql_file *f, struct err *err);

#endif
