/*
 * db.c - one connection to PostgreSQL: opened when it is first needed, opened anew after a break.
 *
 * It stays in pipeline mode and never blocks on a write: a pipeline whose results fill the server's
 * buffer while we still send would otherwise hang both sides. Whoever waits, waits for both
 * directions (db_result). An idle connection that the server has closed is found before anything is
 * sent on it: a readable socket with nothing asked means good-bye; after a pause of some seconds
 * the server is asked, since a peer that vanished without a word closes nothing.
 */
#include "db.h"

#include <billfold/base/log.h>
#include <billfold/base/monotonic.h>

#include <errno.h>
#include <poll.h>

enum { ASK_AFTER_MS = 15000 };

static char *
copy(const char *s)
{
	char *d = strdup(s);

	if (!d)
		abort();
	return d;
}

struct db *
db_new(const char *conninfo, const char *application)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		abort();
	db->conninfo = copy(conninfo);
	db->application = copy(application ? application : "billfold");
	return db;
}

struct db *
db_beside(const struct db *db)
{
	return db_new(db->conninfo, db->application);
}

void
db_free(struct db *db)
{
	if (!db)
		return;
	db_close(db);
	free(db->conninfo);
	free(db->application);
	free(db);
}

void
err_connection(struct err *err, const PGconn *conn)
{
	const char *said = conn ? PQerrorMessage(conn) : "out of memory";
	int len = (int)strcspn(said, "\n");

	err_set(err, ERR_unavailable, "The database cannot be reached at the moment.");
	if (err)
		err->retry_after = 1;
	err_cause(err, "%.*s", len ? len : 18, len ? said : "connection is lost");
}

static void
notice(void *arg, const PGresult *res)
{
	struct db *db = arg;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		db->good_bye = true;
	log_event(LOG_DEBUG, "database notice", "text",
		  PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY), NULL);
}

PGconn *
db_connect(const char *conninfo, const char *application, struct err *err)
{
	/* What stands before dbname gives way to what conninfo says. */
	const char *const keys[] = { "client_encoding",  "connect_timeout",
				     "tcp_user_timeout", "keepalives_idle",
				     "application_name", "options",
				     "dbname",           NULL };
	const char *const values[] = { "UTF8",   "10",        "60000",
				       "30",     application, "-c timezone=UTC -c datestyle=ISO",
				       conninfo, NULL };
	PGconn *conn = PQconnectdbParams(keys, values, 1);

	if (!conn || PQstatus(conn) != CONNECTION_OK) {
		err_connection(err, conn);
		PQfinish(conn);
		return NULL;
	}
	return conn;
}

void
db_close(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	db->in_transaction = db->good_bye = false;
	statement_forget(&db->statements);
}

int
db_open(struct db *db, struct err *err)
{
	if (db->conn)
		return 0;
	db->conn = db_connect(db->conninfo, db->application, err);
	if (!db->conn)
		return -1;
	PQsetNoticeReceiver(db->conn, notice, db);
	if (PQsetnonblocking(db->conn, 1) != 0 || !PQenterPipelineMode(db->conn)) {
		err_connection(err, db->conn);
		db_close(db);
		return -1;
	}
	db->used_at = monotonic_ms();
	db->flushes = 0;
	db->replan_at = REPLAN_FIRST;
	return 0;
}

/* Waits until there is something to read, sending what is still to be sent. */
static int
wait_input(struct db *db)
{
	int64_t until = monotonic_ms() + DB_WAIT_MS;

	for (;;) {
		int unsent = PQflush(db->conn);
		struct pollfd p = { .fd = PQsocket(db->conn),
				    .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)) };
		int64_t left = until - monotonic_ms();
		int n;

		if (unsent < 0) {
			/* What the server said before it hung up is still to be read. */
			p.events = POLLIN;
		}
		if (left <= 0)
			return -1;
		n = poll(&p, 1, (int)left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		if (p.revents & (POLLIN | POLLHUP | POLLERR))
			return PQconsumeInput(db->conn) ? 0 : -1;
	}
}

int
db_result(struct db *db, PGresult **ret)
{
	while (PQisBusy(db->conn)) {
		if (wait_input(db) < 0) {
			/* A result that was complete before the break still counts. */
			if (!PQisBusy(db->conn))
				break;
			*ret = NULL;
			return -1;
		}
	}
	*ret = PQgetResult(db->conn);
	if (!*ret && PQstatus(db->conn) != CONNECTION_OK)
		return -1;
	db->used_at = monotonic_ms();
	return 0;
}

PGresult *
db_one(struct db *db, const char *sql)
{
	PGresult *res, *first = NULL;

	if (!PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0) ||
	    !PQpipelineSync(db->conn))
		return NULL;
	for (;;) {
		if (db_result(db, &res) < 0) {
			PQclear(first);
			return NULL;
		}
		if (!res)
			continue;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			return first;
		}
		if (first)
			PQclear(res);
		else
			first = res;
	}
}

bool
db_alive(struct db *db)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLIN };
	PGresult *res;
	bool ok;

	if (PQstatus(db->conn) != CONNECTION_OK)
		return false;
	/* A changed setting is told unasked too, so that something to read is not the end by
	 * itself. */
	while (poll(&p, 1, 0) > 0)
		if (!PQconsumeInput(db->conn) || (p.revents & (POLLHUP | POLLERR)))
			return false;
	PQisBusy(db->conn); /* reads what came: notices */
	if (db->good_bye)
		return false;
	if (monotonic_ms() - db->used_at < ASK_AFTER_MS)
		return true;
	res = db_one(db, "SELECT 1");
	ok = res && PQresultStatus(res) == PGRES_TUPLES_OK;
	PQclear(res);
	return ok;
}

static void
clear(void *res)
{
	PQclear(res);
}

void
db_own(struct arena *a, PGresult *res)
{
	arena_defer(a, clear, res);
}
