/*
 * migrate.c - the database brought to what this release needs.
 *
 * One after the other, under an advisory lock: the roles (when the connection is a superuser's),
 * migrations that have not run yet, functions and views that changed, reference data, and what
 * sql/after does to tenants. Each step is a transaction that commits with its own book-keeping, so
 * that a run that was cut off is continued by the next. Everything is done by billfold_migrate as
 * billfold_owner, with row_security = off: a policy in the way is an error, where it would
 * otherwise quietly hide rows. Locks are asked for briefly and again, so that waiting for one long
 * query does not hold up all others behind it.
 */
#include "migrate.h"

#include <poll.h>

enum { LOCK_TRIES = 60, LOCK_PAUSE_MS = 500 };

/* "billfold": two runs of one database wait for each other. */
#define MIGRATE_LOCK "7091329103467671652"

void
migrate_say(const struct migrate *m, const char *what, const char *name)
{
	if (m->plan->say)
		m->plan->say(m->plan->arg, what, name);
}

int
migrate_exec(struct migrate *m, const char *sql, struct err *err)
{
	PGresult *res = PQexec(m->conn, sql);
	ExecStatusType status = PQresultStatus(res);
	int rc = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	    status != PGRES_EMPTY_QUERY) {
		const char *line = res ? PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION) : NULL;

		rc = -1;
		if (res && PQresultErrorField(res, PG_DIAG_SQLSTATE)) {
			sqlstate_to_err(res, m->arena, err);
			err_cause(err, "%s%s%s: %s", err->sqlstate, line ? " at character " : "",
				  line ? line : "",
				  PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
		} else {
			err_connection(err, m->conn);
		}
	}
	PQclear(res);
	return rc;
}

PGresult *
migrate_query(struct migrate *m, struct err *err, const char *sql, int n, const char *const *params)
{
	PGresult *res = PQexecParams(m->conn, sql, n, NULL, params, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);

	db_own(m->arena, res);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return res;
	if (res && PQresultErrorField(res, PG_DIAG_SQLSTATE))
		sqlstate_to_err(res, m->arena, err);
	else
		err_connection(err, m->conn);
	return NULL;
}

int
migrate_in_transaction(struct migrate *m,
		       int (*step)(struct migrate *m, void *arg, struct err *err), void *arg,
		       struct err *err)
{
	for (int tries = 1;; tries++) {
		err_clear(err);
		if (migrate_exec(m, "BEGIN; SET LOCAL lock_timeout = '2s'", err) < 0)
			return -1;
		if (step(m, arg, err) == 0 && migrate_exec(m, "COMMIT", err) == 0)
			return 0;
		if (PQstatus(m->conn) != CONNECTION_OK)
			return -1;
		PQclear(PQexec(m->conn, "ROLLBACK"));
		if ((strcmp(err->sqlstate, "55P03") != 0 && strcmp(err->sqlstate, "40P01") != 0) ||
		    tries == LOCK_TRIES)
			return -1;
		migrate_say(m, "waiting for locks", "");
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

int
migrate_note_file(struct migrate *m, const struct sql_file *f, struct err *err)
{
	const char *params[2] = { f->path, f->hash };

	return migrate_query(
		   m, err,
		   "INSERT INTO base.code_file (path, hash) VALUES ($1, $2) ON CONFLICT (path)"
		   " DO UPDATE SET hash = excluded.hash, applied_at = now()",
		   2, params)
		   ? 0
		   : -1;
}

/* ---- the connection ---- */

static int
become_migrate(struct migrate *m, struct err *err)
{
	PGresult *res =
	    migrate_query(m, err, "SELECT current_setting('is_superuser'), current_user", 0, NULL);
	struct str roles;

	if (!res)
		return -1;
	if (strcmp(PQgetvalue(res, 0, 0), "on") == 0) {
		if (source_text(m, "roles.sql", &roles, err) < 0)
			return -1;
		migrate_say(m, "roles", "roles.sql");
		/* Roles are the cluster's: another database may be set up at the same moment. */
		for (int tries = 1; !m->plan->dry_run; tries++) {
			err_clear(err);
			if (migrate_exec(m, roles.p, err) == 0)
				break;
			if (strcmp(err->sqlstate, "XX000") != 0 || tries == 20)
				return -1;
			poll(NULL, 0, 50 * tries);
		}
		if (m->plan->dry_run)
			return 0;
		if (migrate_exec(m, "SET SESSION AUTHORIZATION billfold_migrate", err) < 0)
			return -1;
	} else if (strcmp(PQgetvalue(res, 0, 1), "billfold_migrate") != 0) {
		return err_set(err, ERR_forbidden,
			       "migrate runs as a superuser or as billfold_migrate, not as %s",
			       PQgetvalue(res, 0, 1));
	}
	return migrate_exec(
	    m,
	    "SET ROLE billfold_owner; SET row_security = off; SET search_path = pg_catalog;"
	    "SET client_min_messages = warning; SET statement_timeout = 0;"
	    "SET idle_in_transaction_session_timeout = 0",
	    err);
}

static int
take_lock(struct migrate *m, struct err *err)
{
	PGresult *res =
	    migrate_query(m, err, "SELECT pg_try_advisory_lock(" MIGRATE_LOCK ")", 0, NULL);

	if (!res)
		return -1;
	if (strcmp(PQgetvalue(res, 0, 0), "t") == 0)
		return 0;
	migrate_say(m, "waiting for another migrate", "");
	return migrate_query(m, err, "SELECT pg_advisory_lock(" MIGRATE_LOCK ")", 0, NULL) ? 0 : -1;
}

/* ---- what has been done ---- */

static int
hash_files(struct migrate *m, file_vec *files, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *params[1] = { files->v[i].text.p };
		PGresult *res =
		    migrate_query(m, err, "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", 1,
				  params);

		if (!res)
			return -1;
		files->v[i].hash = PQgetvalue(res, 0, 0);
	}
	return 0;
}

static void
note_applied(file_vec *files, const char *path, const char *hash)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->v[i].path, path) == 0)
			files->v[i].applied = hash;
}

static int
read_bookkeeping(struct migrate *m, struct err *err)
{
	PGresult *res =
	    migrate_query(m, err, "SELECT to_regclass('base.migration') IS NOT NULL", 0, NULL);

	if (!res)
		return -1;
	m->bookkeeping = strcmp(PQgetvalue(res, 0, 0), "t") == 0;
	if (!m->bookkeeping)
		return 0;
	res = migrate_query(m, err, "SELECT number, hash, name FROM base.migration ORDER BY number",
			    0, NULL);
	if (!res)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		for (size_t k = 0; k < m->migrations.n; k++) {
			struct sql_file *f = &m->migrations.v[k];
			int64_t number = 0;

			str_to_int(str_from(PQgetvalue(res, i, 0)), 0, 9999, &number);
			if (f->number == (int)number)
				f->applied = PQgetvalue(res, i, 1);
		}
	}
	res = migrate_query(m, err, "SELECT path, hash FROM base.code_file", 0, NULL);
	if (!res)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		note_applied(&m->code, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
		note_applied(&m->seeds, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
	}
	for (size_t i = 0; i < m->migrations.n; i++) {
		const struct sql_file *f = &m->migrations.v[i];

		if (f->applied && strcmp(f->applied, f->hash) != 0)
			return err_set(err, ERR_conflict,
				       "%s was changed after it had been applied", f->path);
	}
	return 0;
}

/* ---- migrations ---- */

static int
note_migration(struct migrate *m, const struct sql_file *f, struct err *err)
{
	const char *number = int_text(m->arena, f->number);
	const char *params[3] = { number, f->object, f->hash };

	return migrate_query(m, err,
			     "INSERT INTO base.migration (number, name, hash) VALUES ($1, $2, $3)",
			     3, params)
		   ? 0
		   : -1;
}

/* What it fails with names the file. */
static int
run_file(struct migrate *m, void *arg, struct err *err)
{
	const struct sql_file *f = arg;
	char was[ERR_TEXT_MAX];

	if (migrate_exec(m, f->text.p, err) == 0)
		return 0;
	snprintf(was, sizeof(was), "%s", err->cause);
	snprintf(err->detail, sizeof(err->detail), "%s: %.300s", f->path, was);
	return -1;
}

static int
run_migration(struct migrate *m, void *arg, struct err *err)
{
	return run_file(m, arg, err) < 0 ? -1 : note_migration(m, arg, err);
}

static int
run_migrations(struct migrate *m, struct err *err)
{
	for (size_t i = 0; i < m->migrations.n; i++) {
		struct sql_file *f = &m->migrations.v[i];
		int rc;

		if (f->applied)
			continue;
		/* What later migrations call (base.secure_table) is as this release has it. */
		if (i > 0 && code_apply(m, true, err) < 0)
			return -1;
		migrate_say(m, "migrate", f->path);
		if (f->alone)
			rc = run_migration(m, f, err);
		else
			rc = migrate_in_transaction(m, run_migration, f, err);
		if (rc < 0)
			return -1;
		f->applied = f->hash;
	}
	return 0;
}

/* By billfold_migrate itself, which sees every tenant, where the owner is bound by the policies. */
static int
run_after(struct migrate *m, struct err *err)
{
	if (m->after.n == 0)
		return 0;
	if (migrate_exec(m, "RESET ROLE; SELECT set_config('app.actor', 'system:migrate', false)",
			 err) < 0)
		return -1;
	for (size_t i = 0; i < m->after.n; i++)
		if (migrate_in_transaction(m, run_file, &m->after.v[i], err) < 0)
			return -1;
	return migrate_exec(m, "SET ROLE billfold_owner", err);
}

static void
tell_plan(struct migrate *m)
{
	for (size_t i = 0; i < m->migrations.n; i++)
		if (!m->migrations.v[i].applied)
			migrate_say(m, "would migrate", m->migrations.v[i].path);
	for (size_t i = 0; i < m->code.n; i++)
		if (!m->code.v[i].applied || strcmp(m->code.v[i].applied, m->code.v[i].hash) != 0)
			migrate_say(m, m->code.v[i].applied ? "would change" : "would create",
				    m->code.v[i].path);
	for (size_t i = 0; i < m->seeds.n; i++)
		if (!m->seeds.v[i].applied ||
		    strcmp(m->seeds.v[i].applied, m->seeds.v[i].hash) != 0)
			migrate_say(m, "would load", m->seeds.v[i].path);
}

static int
run(struct migrate *m, struct err *err)
{
	if (source_read(m, err) < 0 || become_migrate(m, err) < 0 || take_lock(m, err) < 0 ||
	    hash_files(m, &m->migrations, err) < 0 || hash_files(m, &m->code, err) < 0 ||
	    hash_files(m, &m->seeds, err) < 0 || read_bookkeeping(m, err) < 0)
		return -1;
	if (m->plan->dry_run) {
		tell_plan(m);
		return 0;
	}
	if (run_migrations(m, err) < 0 || code_apply(m, false, err) < 0 || seed_apply(m, err) < 0 ||
	    run_after(m, err) < 0)
		return -1;
	return 0;
}

int
migrate_run(const char *conninfo, const struct migrate_plan *plan, struct err *err)
{
	struct migrate m = { .plan = plan };
	struct err scrap = { 0 };
	int rc;

	m.conn = db_connect(conninfo, "billfold migrate", err);
	if (!m.conn)
		return -1;
	m.arena = arena_new(64 * 1024);
	rc = run(&m, err);
	/* Field lists point into the arena; a migration's error is its words. */
	if (err)
		err->fields = err->last = NULL, err->n_fields = 0;
	/* The server gives it back by itself, but some time after the connection is gone. */
	migrate_query(&m, &scrap, "SELECT pg_advisory_unlock(" MIGRATE_LOCK ")", 0, NULL);
	PQfinish(m.conn);
	arena_free(m.arena);
	return rc;
}

int
migrate_version(struct db *db, int *ret, struct err *err)
{
	struct arena *a = arena_new(0);
	struct flush *f = flush_new(db, a);
	int q = flush_add(f, "SELECT coalesce(max(number), 0) FROM base.migration", 0, NULL);
	int rc = flush_run(f, err);

	if (rc == 0)
		*ret = (int)flush_int(f, q, 0, 0);
	else if (err)
		err->fields = err->last = NULL, err->n_fields = 0;
	arena_free(a);
	return rc;
}
