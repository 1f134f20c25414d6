/*
 * code.c - functions and views, brought to what their files say.
 *
 * Only files whose hash differs run. A function that is replaced in place keeps its grants, its
 * owner and whatever hangs on it: triggers, policies, defaults. A view, or a function by plain
 * CREATE, is dropped with the views and functions that stand on it, and all of them are created
 * again in order, in one transaction. What a table stands on is never dropped: that is an error
 * which says that a migration is needed.
 */
#include "migrate.h"

/* Views and functions of the names in $1, and all that stand on them: (object, kind, identity). */
static const char dependants[] =
    "WITH RECURSIVE gone(classid, objid) AS ("
    "  SELECT 'pg_class'::regclass::oid, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = "
    "c.relnamespace"
    "   WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = ANY ($1::text[])"
    "  UNION"
    "  SELECT 'pg_proc'::regclass::oid, p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = "
    "p.pronamespace"
    "   WHERE n.nspname || '.' || p.proname = ANY ($1::text[])"
    "  UNION"
    "  SELECT CASE WHEN d.classid = 'pg_rewrite'::regclass THEN 'pg_class'::regclass::oid ELSE "
    "d.classid END,"
    "         CASE WHEN d.classid = 'pg_rewrite'::regclass"
    "              THEN (SELECT r.ev_class FROM pg_rewrite r WHERE r.oid = d.objid) ELSE d.objid "
    "END"
    "    FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid"
    "   WHERE d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass))"
    " SELECT n.nspname || '.' || c.relname, 'VIEW', format('%I.%I', n.nspname, c.relname)"
    "   FROM gone g JOIN pg_class c ON g.classid = 'pg_class'::regclass AND c.oid = g.objid"
    "   JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v'"
    " UNION ALL"
    " SELECT n.nspname || '.' || p.proname, 'ROUTINE',"
    "        format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))"
    "   FROM gone g JOIN pg_proc p ON g.classid = 'pg_proc'::regclass AND p.oid = g.objid"
    "   JOIN pg_namespace n ON n.oid = p.pronamespace";

/* Overloads that this transaction did not make: left behind by a signature that changed. */
static const char stale_overloads[] =
    "SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))"
    "  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname || '.' || p.proname = $1 AND p.xmin <> pg_current_xact_id()::xid";

struct work {
	bool kernel;
	struct sql_file *at; /* the file that was run last */
};

static struct sql_file *
code_file(struct migrate *m, const char *object)
{
	for (size_t i = 0; i < m->code.n; i++)
		if (strcmp(m->code.v[i].object, object) == 0)
			return &m->code.v[i];
	return NULL;
}

static int
drop_one(struct migrate *m, const char *kind, const char *identity, struct err *err)
{
	struct err drop_err = { 0 };

	if (migrate_exec(m, "SAVEPOINT drop_one", err) < 0)
		return -1;
	if (migrate_exec(m, arena_printf(m->arena, "DROP %s %s", kind, identity), &drop_err) == 0)
		return migrate_exec(m, "RELEASE SAVEPOINT drop_one", err) < 0 ? -1 : 1;
	if (strcmp(drop_err.sqlstate, "2BP01") != 0) {
		*err = drop_err;
		return -1;
	}
	/* Released too: what is created later is to be this transaction's own (stale_overloads). */
	if (migrate_exec(m, "ROLLBACK TO SAVEPOINT drop_one", err) < 0)
		return -1;
	return migrate_exec(m, "RELEASE SAVEPOINT drop_one", err);
}

/* Drops what is named and what stands on it; marks the files of all of it as changed. */
static int
drop_with_dependants(struct migrate *m, struct pg_array *names, struct err *err)
{
	const char *params[1] = { pg_array_text(names) };
	PGresult *res = migrate_query(m, err, dependants, 1, params);
	VEC(int) left = { 0 };
	int n;

	if (!res)
		return -1;
	n = PQntuples(res);
	for (int i = 0; i < n; i++) {
		struct sql_file *f = code_file(m, PQgetvalue(res, i, 0));

		*vec_push(m->arena, &left) = i;
		if (f)
			f->changed = true;
		else
			migrate_say(m, "dropping", PQgetvalue(res, i, 0));
	}
	while (left.n) {
		size_t kept = 0;

		for (size_t i = 0; i < left.n; i++) {
			int row = left.v[i];
			int rc = drop_one(m, PQgetvalue(res, row, 1), PQgetvalue(res, row, 2), err);

			if (rc < 0)
				return -1;
			if (rc == 0)
				left.v[kept++] = row;
		}
		if (kept == left.n)
			return err_set(
			    err, ERR_internal,
			    "%s is used by a table, a trigger or a policy: a migration has to "
			    "take it off before it can be dropped",
			    PQgetvalue(res, left.v[0], 2));
		left.n = kept;
	}
	return 0;
}

/* Files that are gone: their objects go too. */
static int
removed_objects(struct migrate *m, struct pg_array *names, bool *ret_any, struct err *err)
{
	PGresult *res =
	    migrate_query(m, err,
			  "SELECT path FROM base.code_file WHERE path LIKE 'code/%' ORDER BY path",
			  0, NULL);

	if (!res)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		const char *path = PQgetvalue(res, i, 0);
		struct str file, schema = str_cut(str_from(path + 5), '/', &file);
		const char *object;
		const char *params[1] = { path };

		if (file.len <= 4)
			continue;
		object = arena_printf(m->arena, STR_FMT "." STR_FMT, STR_ARG(schema),
				      (int)file.len - 4, file.p);
		if (code_file(m, object))
			continue;
		migrate_say(m, "remove", path);
		pg_array_add(names, object);
		*ret_any = true;
		if (!migrate_query(m, err, "DELETE FROM base.code_file WHERE path = $1", 1, params))
			return -1;
	}
	return 0;
}

static int
create_one(struct migrate *m, const struct sql_file *f, struct err *err)
{
	const char *params[1] = { f->object };
	PGresult *res;

	migrate_say(m, f->applied ? "change" : "create", f->path);
	if (migrate_exec(m, f->text.p, err) < 0)
		return -1;
	res = migrate_query(m, err, stale_overloads, 1, params);
	if (!res)
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		if (migrate_exec(m,
				 arena_printf(m->arena, "DROP ROUTINE %s", PQgetvalue(res, i, 0)),
				 err) < 0)
			return -1;
	return migrate_note_file(m, f, err);
}

static int
apply(struct migrate *m, void *arg, struct err *err)
{
	struct work *w = arg;
	struct pg_array *names = pg_array_new(m->arena);
	struct sql_file **order;
	bool any = false;

	/* The server looks through SQL functions as if it ran them; nothing here touches a row. */
	if (migrate_exec(m, "SET LOCAL row_security = on", err) < 0)
		return -1;
	for (size_t i = 0; i < m->code.n; i++) {
		struct sql_file *f = &m->code.v[i];

		f->changed =
		    (!w->kernel || f->kernel) && (!f->applied || strcmp(f->applied, f->hash) != 0);
		if (f->changed && f->applied && (!f->replaces || f->refused)) {
			pg_array_add(names, f->object);
			any = true;
		}
	}
	if (!w->kernel && removed_objects(m, names, &any, err) < 0)
		return -1;
	if (any && drop_with_dependants(m, names, err) < 0)
		return -1;
	if (order_code(m, &order, err) < 0)
		return -1;
	for (size_t i = 0; i < m->code.n; i++) {
		w->at = order[i];
		if (order[i]->changed && create_one(m, order[i], err) < 0) {
			/* Say which file, before what was wrong in it. */
			char was[ERR_TEXT_MAX];

			snprintf(was, sizeof(was), "%s", err->cause[0] ? err->cause : err->detail);
			snprintf(err->detail, sizeof(err->detail), "%s: %.300s", order[i]->path,
				 was);
			return -1;
		}
	}
	return 0;
}

static bool
anything_to_do(struct migrate *m, bool kernel)
{
	for (size_t i = 0; i < m->code.n; i++) {
		const struct sql_file *f = &m->code.v[i];

		if ((!kernel || f->kernel) && (!f->applied || strcmp(f->applied, f->hash) != 0))
			return true;
	}
	return !kernel;
}

int
code_apply(struct migrate *m, bool kernel, struct err *err)
{
	struct work w = { .kernel = kernel };
	int rc;

	if (!anything_to_do(m, kernel))
		return 0;
	/*
	 * Another result type or other parameter names cannot be put in place: that one function is
	 * dropped and created, once for each. Others stay, and with them the triggers that call
	 * them.
	 */
	while ((rc = migrate_in_transaction(m, apply, &w, err)) < 0 &&
	       strcmp(err->sqlstate, "42P13") == 0 && w.at->replaces && !w.at->refused) {
		w.at->refused = true;
		err_clear(err);
	}
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < m->code.n; i++)
		if (m->code.v[i].changed)
			m->code.v[i].applied = m->code.v[i].hash;
	return 0;
}
