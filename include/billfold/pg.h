/*
 * pg.h - PostgreSQL: one connection a process, one flush a request.
 *
 * A *flush* is a list of prepared statements that goes to the server in one libpq pipeline and comes
 * back with all results: one round trip. Nothing branches inside; what must stop a flush raises
 * in SQL (class ZB, errors.def). Parameters and results are text. When a statement fails, the
 * flush fails with that statement's error; the connection rolls back by itself and is usable
 * again. Statements are cached by their text, bounded, the least used deallocated.
 *
 * A flush that was cut off between COMMIT and its answer fails with ERR_unavailable and
 * `commit_unknown` set: it may have happened. Callers go through keys and job state, never
 * through "error means not done".
 */
#ifndef BILLFOLD_PG_H
#define BILLFOLD_PG_H

#include <billfold/base/arena.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

struct db;
struct flush;

/* conninfo: libpq's; application: shown in pg_stat_activity. Connects lazily, reconnects after a break. */
struct db *db_new(const char *conninfo, const char *application);
/* Another one to the same place: for what must commit while db is within a long transaction. */
struct db *db_beside(const struct db *db);
void db_free(struct db *db);

struct flush *flush_new(struct db *db, struct arena *a);
/*
 * Adds a statement; returns its index for flush_result. sql must outlive the connection's
 * cache: literals, or text that the cache copies (it does). A NULL parameter is SQL NULL.
 */
int flush_add(struct flush *f, const char *sql, int n, const char *const *params);
/* flush_addv(f, sql, a, b, NULL_END) for a few: parameters are const char *, ended by FLUSH_END. */
#define FLUSH_END ((const char *)-1)
int flush_addv(struct flush *f, const char *sql, ...);
/* BEGIN and COMMIT are ordinary statements; these two say so and cost nothing more. */
void flush_begin(struct flush *f);
void flush_begin_read(struct flush *f); /* READ ONLY */
void flush_commit(struct flush *f);
/* Ends the transaction and keeps nothing of it: for a trial. Its results may be read all the same. */
void flush_rollback(struct flush *f);
/* The same where COMMIT would be: what that would refuse is refused, too. */
void flush_try(struct flush *f);
/* Sends all and reads all. On -1 no result may be read. A flush runs once. */
int flush_run(struct flush *f, struct err *err);
bool flush_commit_unknown(const struct flush *f);
bool flush_ok(const struct flush *f); /* it has run, and whole */

/* Results live as long as the arena. */
int flush_rows(const struct flush *f, int stmt);
const char *flush_value(const struct flush *f, int stmt, int row, int col); /* NULL: SQL NULL */
struct str flush_str(const struct flush *f, int stmt, int row, int col);
int64_t flush_int(const struct flush *f, int stmt, int row, int col);
bool flush_bool(const struct flush *f, int stmt, int row, int col);

/* Literals for unnest($1::bigint[], $2::text[]): array text built in the arena. */
struct pg_array;
struct pg_array *pg_array_new(struct arena *a);
void pg_array_add(struct pg_array *arr, const char *value); /* NULL: SQL NULL */
void pg_array_add_int(struct pg_array *arr, int64_t value);
const char *pg_array_text(struct pg_array *arr);

/* Migrations: sql/migrations in order once, sql/code where its hash changed, sql/seed. See src/pg/README.md. */
struct migrate_plan {
	const char *sql_dir;
	bool dry_run;
	void (*say)(void *arg, const char *what, const char *name); /* progress; may be NULL */
	void *arg;
};
int migrate_run(const char *conninfo, const struct migrate_plan *plan, struct err *err);
/* The schema's number, for a program that needs at least its own. */
int migrate_version(struct db *db, int *ret, struct err *err);
/* The newest migration that this source tree was built with. */
extern const int migrate_needed;

#endif
