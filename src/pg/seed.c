/*
 * seed.c - reference data: tables without a tenant that are what their files say.
 *
 * seed/SCHEMA.TABLE.csv, first line columns. Rows come in by COPY to a temporary table and from
 * there: those of a known primary key are updated where they differ, new ones inserted, and ones
 * that the file no longer has deleted. All files in one transaction: first what is new, in the
 * order of names, then what goes, in the opposite order, so that references hold.
 */
#include "migrate.h"

static const char key_columns[] =
    "SELECT string_agg(format('%I', a.attname), ', ' ORDER BY k.n),"
    "       string_agg(format('t.%1$I = s.%1$I', a.attname), ' AND ' ORDER BY k.n),"
    "       (SELECT count(*) FROM pg_attribute x WHERE x.attrelid = i.indrelid AND x.attname = "
    "'tenant_id')"
    "  FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)"
    "  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
    " WHERE i.indrelid = to_regclass($1) AND i.indisprimary GROUP BY i.indrelid";

struct seed {
	const char *table, *temp, *columns;
	const char *key, *join;
};

static bool
seed_changed(const struct sql_file *f)
{
	return !f->applied || strcmp(f->applied, f->hash) != 0;
}

static int
copy_in(struct migrate *m, const struct sql_file *f, const struct seed *s, struct err *err)
{
	PGresult *res =
	    PQexec(m->conn,
		   arena_printf(m->arena, "COPY pg_temp.%s (%s) FROM STDIN (FORMAT csv, HEADER)",
				s->temp, s->columns));
	bool ok = PQresultStatus(res) == PGRES_COPY_IN;

	if (!ok)
		sqlstate_to_err(res, NULL, err);
	PQclear(res);
	if (!ok)
		return -1;
	if (PQputCopyData(m->conn, f->text.p, (int)f->text.len) != 1 ||
	    PQputCopyEnd(m->conn, NULL) != 1) {
		err_connection(err, m->conn);
		return -1;
	}
	while ((res = PQgetResult(m->conn))) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK) {
			ok = false;
			sqlstate_to_err(res, NULL, err);
		}
		PQclear(res);
	}
	return ok ? 0 : -1;
}

/* "code, exponent" → "exponent = excluded.exponent", key columns left out. */
static const char *
assignments(struct migrate *m, const struct seed *s)
{
	const char *params[2] = { s->columns, s->key };
	struct err ignored = { 0 };
	PGresult *res = migrate_query(
	    m, &ignored,
	    "SELECT string_agg(format('%1$I = excluded.%1$I', c), ', '),"
	    "       string_agg(format('t.%I', c), ', '), string_agg(format('excluded.%I', c), ', ')"
	    "  FROM (SELECT trim(x) AS c FROM unnest(string_to_array($1, ',')) x) y"
	    " WHERE NOT c = ANY (SELECT trim(k) FROM unnest(string_to_array($2, ',')) k)",
	    2, params);

	if (!res || PQgetisnull(res, 0, 0))
		return "NOTHING";
	return arena_printf(m->arena, "UPDATE SET %s WHERE (%s) IS DISTINCT FROM (%s)",
			    PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 2));
}

static int
upsert(struct migrate *m, const struct sql_file *f, struct seed *s, struct err *err)
{
	struct str rest;
	const char *params[1] = { f->object };
	PGresult *res = migrate_query(m, err, key_columns, 1, params);
	char *dot;

	if (!res)
		return -1;
	if (PQntuples(res) != 1 || strcmp(PQgetvalue(res, 0, 2), "0") != 0)
		return err_set(err, ERR_internal,
			       "%s is not a table without a tenant and with a primary key",
			       f->object);
	s->table = f->object;
	s->key = PQgetvalue(res, 0, 0);
	s->join = PQgetvalue(res, 0, 1);
	s->columns = str_dup(m->arena, str_trim(str_cut(f->text, '\n', &rest)));
	s->temp = arena_strdup(m->arena, f->object);
	dot = strchr(s->temp, '.');
	if (dot)
		*dot = '_';
	if (migrate_exec(
		m,
		arena_printf(
		    m->arena,
		    "CREATE TEMPORARY TABLE %s (LIKE %s INCLUDING DEFAULTS) ON COMMIT DROP",
		    s->temp, s->table),
		err) < 0 ||
	    copy_in(m, f, s, err) < 0)
		return -1;
	return migrate_exec(m,
			    arena_printf(m->arena,
					 "INSERT INTO %s AS t (%s) SELECT %s FROM pg_temp.%s"
					 " ON CONFLICT (%s) DO %s",
					 s->table, s->columns, s->columns, s->temp, s->key,
					 assignments(m, s)),
			    err);
}

static int
apply(struct migrate *m, void *arg, struct err *err)
{
	struct seed *seeds = arena_array(m->arena, m->seeds.n + 1, sizeof(*seeds));

	(void)arg;
	for (size_t i = 0; i < m->seeds.n; i++) {
		const struct sql_file *f = &m->seeds.v[i];

		if (!seed_changed(f))
			continue;
		migrate_say(m, "load", f->path);
		if (upsert(m, f, &seeds[i], err) < 0) {
			char was[ERR_TEXT_MAX];

			snprintf(was, sizeof(was), "%s", err->cause[0] ? err->cause : err->detail);
			snprintf(err->detail, sizeof(err->detail), "%s: %.300s", f->path, was);
			return -1;
		}
	}
	for (size_t i = m->seeds.n; i-- > 0;) {
		const struct seed *s = &seeds[i];

		if (s->table && (migrate_exec(m,
					      arena_printf(m->arena,
							   "DELETE FROM %s t WHERE NOT EXISTS"
							   " (SELECT FROM pg_temp.%s s WHERE %s)",
							   s->table, s->temp, s->join),
					      err) < 0 ||
				 migrate_note_file(m, &m->seeds.v[i], err) < 0))
			return -1;
	}
	return 0;
}

int
seed_apply(struct migrate *m, struct err *err)
{
	for (size_t i = 0; i < m->seeds.n; i++)
		if (seed_changed(&m->seeds.v[i]))
			return migrate_in_transaction(m, apply, NULL, err);
	return 0;
}
