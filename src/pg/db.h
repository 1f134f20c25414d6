/*
 * db.h - the room's own view of a connection: what flush.c and migrate.c share and nobody else
 * sees.
 */
#ifndef BILLFOLD_PG_DB_H
#define BILLFOLD_PG_DB_H

#include <billfold/pg.h>

#include "statement.h"

#include <libpq-fe.h>

struct db {
	PGconn *conn; /* NULL: not connected; else in pipeline mode, not blocking */
	char *conninfo;
	char *application;
	struct statement_cache statements;
	bool in_transaction; /* a flush began one that a later flush shall end */
	bool good_bye;       /* the server said, unasked, that it hangs up */
	int64_t used_at;     /* monotonic ms of the last answer */
	uint64_t flushes;    /* on this connection */
	uint64_t replan_at;  /* the flush before which plans are made anew */
};

/* How long an answer may take before the connection is given up; the roles' limits are below. */
enum { DB_WAIT_MS = 300000 };
/* Plans are made anew before this flush of a connection, then each time it has done eight times as
 * many. */
enum { REPLAN_FIRST = 64, REPLAN_FACTOR = 8 };

/* A blocking connection, not in pipeline mode; NULL and err when there is none. */
PGconn *db_connect(const char *conninfo, const char *application, struct err *err);
/* Opens db->conn if there is none. */
int db_open(struct db *db, struct err *err);
void db_close(struct db *db);
/* Whether an open connection that was idle is still one; asks the server after a long pause. */
bool db_alive(struct db *db);

/* The next result; *ret NULL ends a statement's results. -1: the connection is lost. */
int db_result(struct db *db, PGresult **ret);
/* One statement by itself; the result may be an error. NULL: the connection is lost. */
PGresult *db_one(struct db *db, const char *sql);
/* The result belongs to the arena from now on. */
void db_own(struct arena *a, PGresult *res);

/* Fills in err from a failed result: code, fields, SQLSTATE, cause. */
void sqlstate_to_err(const PGresult *res, struct arena *a, struct err *err);
void err_connection(struct err *err, const PGconn *conn);

#endif
