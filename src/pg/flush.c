/*
 * flush.c - a list of statements, one pipeline, one round trip.
 *
 * Parameters are copied when they are added, so that a caller may build them on its stack. All
 * statements go out before any result is read; the results live in the caller's arena.
 *
 * A failed flush leaves the connection as if it had not been: it is rolled back here. It is run
 * again by itself when it is certain that nothing of it was done: the server said good-bye before
 * the first statement, a plan was made for a schema that has changed since, the database broke a
 * deadlock at our expense, or it only reads. When the connection goes between COMMIT and its
 * answer, nobody can know: flush_commit_unknown().
 */
#include "db.h"

#include <billfold/base/log.h>
#include <billfold/base/monotonic.h>
#include <billfold/base/vec.h>

enum { PARAMS_MAX = 60000, TRIES_MAX = 3 };

enum kind { STMT_PLAIN, STMT_BEGIN, STMT_COMMIT };

struct stmt {
	const char *sql;
	int n;
	const char **params;
	enum kind kind;
	struct statement *prepared;
	PGresult *result; /* the arena's to clear */
};

struct flush {
	struct db *db;
	struct arena *arena;
	VEC(struct stmt) stmts;
	bool begins, commits, read_only;
	bool ran, ok;
	bool commit_unknown;
};

/* How one try ended. */
struct outcome {
	bool lost;     /* the connection */
	bool answered; /* at least one statement had a result that was not a good-bye */
	bool again;    /* nothing was done, and another try may succeed */
	int failed_stmt;
};

struct flush *
flush_new(struct db *db, struct arena *a)
{
	struct flush *f = arena_alloc(a, sizeof(*f));

	f->db = db;
	f->arena = a;
	return f;
}

static int
add(struct flush *f, const char *sql, int n, const char *const *params, enum kind kind)
{
	struct stmt *s = vec_push(f->arena, &f->stmts);

	s->sql = sql;
	s->n = n;
	s->kind = kind;
	s->params = arena_array(f->arena, (size_t)n + 1, sizeof(*s->params));
	for (int i = 0; i < n; i++)
		s->params[i] = params[i] ? arena_strdup(f->arena, params[i]) : NULL;
	return (int)f->stmts.n - 1;
}

int
flush_add(struct flush *f, const char *sql, int n, const char *const *params)
{
	return add(f, sql, n, params, STMT_PLAIN);
}

int
flush_addv(struct flush *f, const char *sql, ...)
{
	const char *params[32];
	int n = 0;
	va_list ap;

	va_start(ap, sql);
	for (const char *p = va_arg(ap, const char *); p != FLUSH_END;
	     p = va_arg(ap, const char *)) {
		if (n == (int)(sizeof(params) / sizeof(params[0])))
			abort();
		params[n++] = p;
	}
	va_end(ap);
	return flush_add(f, sql, n, params);
}

void
flush_begin(struct flush *f)
{
	f->begins = true;
	add(f, "BEGIN", 0, NULL, STMT_BEGIN);
}

void
flush_begin_read(struct flush *f)
{
	f->begins = f->read_only = true;
	add(f, "BEGIN READ ONLY", 0, NULL, STMT_BEGIN);
}

void
flush_commit(struct flush *f)
{
	f->commits = true;
	add(f, "COMMIT", 0, NULL, STMT_COMMIT);
}

void
flush_rollback(struct flush *f)
{
	add(f, "ROLLBACK", 0, NULL, STMT_PLAIN);
}

void
flush_try(struct flush *f)
{
	add(f, "SET CONSTRAINTS ALL IMMEDIATE", 0, NULL, STMT_PLAIN);
	flush_rollback(f);
}

/* ---- sending ---- */

/*
 * Statements are planned once a connection, and plans are kept until the tables' statistics change.
 * Those that are made while a table is young find one index as good as another, or none better than
 * reading all of it: on a connection whose tables fill quickly, faster than statistics are
 * gathered, they are made anew a few times, ever more seldom.
 */
static bool
plans_are_due(struct db *db)
{
	if (++db->flushes < db->replan_at)
		return false;
	db->replan_at = db->flushes * REPLAN_FACTOR;
	return true;
}

/* What an old connection does for the first time it plans as a young one does; and yet seldom. */
static void
plan_sooner(struct db *db)
{
	uint64_t soon = db->flushes / REPLAN_FACTOR;

	soon = db->flushes + (soon < REPLAN_FIRST ? REPLAN_FIRST : soon);
	if (soon < db->replan_at)
		db->replan_at = soon;
}

static bool
send_upkeep(struct db *db, int *ret_n)
{
	struct statement *s;

	*ret_n = 0;
	if (!db->in_transaction && plans_are_due(db)) {
		if (!PQsendQueryParams(db->conn, "DISCARD PLANS", 0, NULL, NULL, NULL, NULL, 0))
			return false;
		(*ret_n)++;
	}
	while ((s = statement_give_up(&db->statements))) {
		char sql[STATEMENT_NAME + 16];
		bool sent = true;

		if (s->prepared) {
			snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->name);
			sent = PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
			(*ret_n)++;
		}
		statement_free(s);
		if (!sent)
			return false;
	}
	/* A synchronisation point of their own: nothing of this reaches the caller's transaction.
	 */
	return *ret_n == 0 || PQpipelineSync(db->conn);
}

static bool
send_all(struct flush *f)
{
	PGconn *conn = f->db->conn;
	uint64_t number = f->db->statements.flush;

	for (size_t i = 0; i < f->stmts.n; i++) {
		struct stmt *s = &f->stmts.v[i];
		struct statement *p = s->prepared;

		if (!p->prepared && p->sent_in != number) {
			if (!PQsendPrepare(conn, p->name, p->sql, 0, NULL))
				return false;
			p->sent_in = number;
			plan_sooner(f->db);
		}
		if (!PQsendQueryPrepared(conn, p->name, s->n, s->params, NULL, NULL, 0))
			return false;
	}
	return PQpipelineSync(conn);
}

/* ---- reading ---- */

/* The one result of the next statement; NULL and lost when the connection is gone. */
static PGresult *
one_result(struct db *db, struct outcome *out)
{
	PGresult *res, *more;

	if (db_result(db, &res) < 0 || !res) {
		out->lost = true;
		return NULL;
	}
	if (PQresultStatus(res) == PGRES_PIPELINE_SYNC)
		return res;
	for (;;) {
		if (db_result(db, &more) < 0) {
			out->lost = true;
			return res;
		}
		if (!more)
			return res;
		PQclear(more);
	}
}

static bool
says_good_bye(const PGresult *res)
{
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* Nothing was done and the next try meets other circumstances. */
static bool
worth_another(const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (!sqlstate)
		return false;
	if (strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0)
		return true;
	/* The schema has changed under a prepared statement. */
	return strcmp(sqlstate, "26000") == 0 ||
	       (strcmp(sqlstate, "0A000") == 0 && message && strstr(message, "cached plan"));
}

static void
note_failure(struct flush *f, int stmt, const PGresult *res, struct outcome *out, struct err *err)
{
	char cause[ERR_TEXT_MAX];

	out->failed_stmt = stmt;
	if (!out->answered && says_good_bye(res)) {
		out->lost = true;
		out->again = true;
	} else {
		out->again = worth_another(res);
	}
	if (!err)
		return;
	sqlstate_to_err(res, f->arena, err);
	snprintf(cause, sizeof(cause), "%s", err->cause);
	err_cause(err, "%s; statement %d: %.120s", cause, stmt, f->stmts.v[stmt].sql);
}

/* Takes the result of a PREPARE or of a statement; the first error is the flush's. */
static bool
take(struct flush *f, int stmt, bool preparing, struct outcome *out, struct err *err)
{
	struct stmt *s = &f->stmts.v[stmt];
	PGresult *res = one_result(f->db, out);
	ExecStatusType status = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (!res)
		return false;
	/* After an error elsewhere COMMIT would answer ROLLBACK, and nothing was kept. */
	if (good && s->kind == STMT_COMMIT && !preparing &&
	    strcmp(PQcmdStatus(res), "COMMIT") != 0) {
		good = false;
		if (out->failed_stmt < 0) {
			out->failed_stmt = stmt;
			err_set(err, ERR_internal, "Something went wrong on our side.");
			err_cause(err, "COMMIT of an aborted transaction");
		}
	}
	if (good) {
		out->answered = true;
		if (preparing) {
			s->prepared->prepared = true;
		} else {
			s->result = res;
			db_own(f->arena, res);
			return true;
		}
	} else if (status != PGRES_PIPELINE_ABORTED && out->failed_stmt < 0) {
		if (status == PGRES_FATAL_ERROR && PQresultErrorField(res, PG_DIAG_SQLSTATE)) {
			note_failure(f, stmt, res, out, err);
		} else if (status == PGRES_FATAL_ERROR) {
			out->lost = true;
		} else {
			out->failed_stmt = stmt;
			err_set(err, ERR_internal, "Something went wrong on our side.");
			err_cause(err, "result of status %s", PQresStatus(status));
		}
	}
	PQclear(res);
	return !out->lost;
}

static bool
take_sync(struct db *db, struct outcome *out)
{
	PGresult *res = one_result(db, out);
	bool sync = res && PQresultStatus(res) == PGRES_PIPELINE_SYNC;

	PQclear(res);
	if (!sync)
		out->lost = true;
	return sync;
}

static void
read_all(struct flush *f, int n_upkeep, struct outcome *out, struct err *err)
{
	uint64_t number = f->db->statements.flush;

	for (int i = 0; i < n_upkeep; i++)
		PQclear(one_result(f->db, out));
	if (out->lost || (n_upkeep && !take_sync(f->db, out)))
		return;
	for (size_t i = 0; i < f->stmts.n; i++) {
		struct statement *p = f->stmts.v[i].prepared;

		if (p->sent_in == number) {
			p->sent_in = 0;
			if (!take(f, (int)i, true, out, err))
				return;
		}
		if (!take(f, (int)i, false, out, err))
			return;
	}
	take_sync(f->db, out);
}

/* ---- one try ---- */

static int
ready_connection(struct flush *f, struct err *err)
{
	struct db *db = f->db;
	PGresult *res;

	if (db->conn && !db_alive(db)) {
		bool within = db->in_transaction && !f->begins;

		if (within)
			err_connection(err, db->conn);
		db_close(db);
		if (within)
			return -1;
	}
	if (db_open(db, err) < 0)
		return -1;
	if (f->begins && PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
		/* Someone began and never ended: their statements must not become ours. */
		log_event(LOG_ERROR, "a transaction was left open", NULL);
		res = db_one(db, "ROLLBACK");
		PQclear(res);
		db->in_transaction = false;
		if (!res || PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
			db_close(db);
			return db_open(db, err);
		}
	}
	return 0;
}

static void
forget_results(struct flush *f)
{
	for (size_t i = 0; i < f->stmts.n; i++)
		f->stmts.v[i].result = NULL;
}

static int
one_try(struct flush *f, struct outcome *out, struct err *err)
{
	struct db *db = f->db;
	int n_upkeep = 0;
	bool within;

	*out = (struct outcome){ .failed_stmt = -1 };
	if (ready_connection(f, err) < 0)
		return -1;
	within = db->in_transaction;
	db->statements.flush++;
	for (size_t i = 0; i < f->stmts.n; i++)
		f->stmts.v[i].prepared = statement_find(&db->statements, f->stmts.v[i].sql);
	/* A send that fails still leaves to be read what the server said before it hung up. */
	if (send_upkeep(db, &n_upkeep) && send_all(f))
		read_all(f, n_upkeep, out, err);
	else
		out->lost = true;
	if (!out->lost && out->failed_stmt < 0) {
		db->in_transaction = PQtransactionStatus(db->conn) == PQTRANS_INTRANS;
		return 0;
	}
	forget_results(f);
	if (out->lost) {
		if (out->failed_stmt < 0) {
			err_connection(err, db->conn);
			f->commit_unknown = !f->read_only &&
					    (f->commits || (!f->begins && !within)) &&
					    (out->answered || !db->good_bye);
			/* Good-bye came by itself, before the first answer: nothing was done. */
			out->again = !f->commit_unknown;
		} else if (f->stmts.v[out->failed_stmt].kind == STMT_COMMIT && !f->read_only) {
			/* The server may have committed before it was stopped. */
			f->commit_unknown = true;
			out->again = false;
		}
		db_close(db);
	} else if (PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
		PGresult *res = db_one(db, "ROLLBACK");

		if (!res || PQtransactionStatus(db->conn) != PQTRANS_IDLE)
			db_close(db);
		PQclear(res);
		db->in_transaction = false;
	} else {
		db->in_transaction = false;
		if (out->again)
			db->used_at = monotonic_ms();
	}
	/* What an earlier flush of the same transaction did is gone too: only its owner can repeat
	 * it. */
	if (within)
		out->again = false;
	return -1;
}

int
flush_run(struct flush *f, struct err *err)
{
	struct err last = { 0 };
	struct outcome out;

	if (f->ran)
		return err_set(err, ERR_internal, "Something went wrong on our side.");
	f->ran = true;
	for (size_t i = 0; i < f->stmts.n; i++)
		if (f->stmts.v[i].n > PARAMS_MAX)
			return err_set(err, ERR_payload_too_large, "There are too many values.");
	for (int tries = 1;; tries++) {
		last = (struct err){ 0 };
		if (one_try(f, &out, &last) == 0) {
			f->ok = true;
			return 0;
		}
		if (!out.again || tries == TRIES_MAX)
			break;
		/* Its plans may be stale: they are made anew with the connection. */
		if (strcmp(last.sqlstate, "0A000") == 0 || strcmp(last.sqlstate, "26000") == 0)
			db_close(f->db);
	}
	if (err) {
		struct err_field *fields = err->fields, *end = err->last;
		int n = err->n_fields;

		*err = last;
		/* What was wrong before this flush stays first. */
		if (fields) {
			end->next = last.fields;
			err->fields = fields;
			err->last = last.last ? last.last : end;
			err->n_fields += n;
		}
	}
	return -1;
}

bool
flush_commit_unknown(const struct flush *f)
{
	return f->commit_unknown;
}

bool
flush_ok(const struct flush *f)
{
	return f->ok;
}

/* ---- results ---- */

static const PGresult *
result_of(const struct flush *f, int stmt)
{
	if (!f->ok || stmt < 0 || (size_t)stmt >= f->stmts.n)
		return NULL;
	return f->stmts.v[stmt].result;
}

int
flush_rows(const struct flush *f, int stmt)
{
	const PGresult *res = result_of(f, stmt);

	return res ? PQntuples(res) : 0;
}

const char *
flush_value(const struct flush *f, int stmt, int row, int col)
{
	const PGresult *res = result_of(f, stmt);

	if (!res || row < 0 || row >= PQntuples(res) || col < 0 || col >= PQnfields(res) ||
	    PQgetisnull(res, row, col))
		return NULL;
	return PQgetvalue(res, row, col);
}

struct str
flush_str(const struct flush *f, int stmt, int row, int col)
{
	const char *v = flush_value(f, stmt, row, col);

	if (!v)
		return (struct str){ NULL, 0 };
	return (struct str){ v, (size_t)PQgetlength(result_of(f, stmt), row, col) };
}

int64_t
flush_int(const struct flush *f, int stmt, int row, int col)
{
	int64_t n;

	if (!str_to_int(flush_str(f, stmt, row, col), INT64_MIN, INT64_MAX, &n))
		return 0;
	return n;
}

bool
flush_bool(const struct flush *f, int stmt, int row, int col)
{
	return str_eq(flush_str(f, stmt, row, col), STR("t"));
}
