"""A fingerprint of what the product keeps, so that a test can say: nothing was written.

Left out are tables that record that somebody asked (sign-ins, the audit of refusals) and those that
no request can write: periodic duties of the workers fill them whenever their turn comes. Of jobs
and events it tells which there are, not how far they came. What earlier requests had the workers do
is waited for.
"""
from .wait import wait_for

SCHEMAS_LEFT_OUT = ("audit", "job", "pg_catalog", "information_schema", "base", "public")
TABLES_LEFT_OUT = ("auth.sign_in", "auth.throttle", "auth.device")


def tables(cursor):
    cursor.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%%' AND n.nspname <> ALL (%s)"
        "   AND (has_table_privilege('billfold_api', c.oid, 'INSERT, UPDATE, DELETE')"
        "        OR has_any_column_privilege('billfold_api', c.oid, 'INSERT, UPDATE')) ORDER BY 1",
        (list(SCHEMAS_LEFT_OUT),))
    return [row[0] for row in cursor.fetchall() if row[0] not in TABLES_LEFT_OUT]


def quiet(connection, tenant=None, seconds=60):
    """Waits until no job is under way or about to begin: what the workers write is not the next request's doing."""
    def none_due():
        with connection.cursor() as cursor:
            cursor.execute("SELECT NOT EXISTS (SELECT FROM job.job WHERE (state = 'leased' OR state = 'scheduled'"
                           " AND run_at < clock_timestamp() + interval '1 second') AND tenant_id = coalesce(%s, tenant_id))",
                           (tenant,))
            return cursor.fetchone()[0]

    wait_for(none_due, seconds, "the workers to be done")


_statements = {}


def fingerprint(connection, tenant=None, only=None):
    """{table: count and hash of its rows}, by one statement, once the workers are done; tenant narrows it to one tenant's."""
    quiet(connection, tenant)
    with connection.cursor() as cursor:
        key = (tenant, tuple(only or ()))
        if key not in _statements:
            looks = []
            for table in only or tables(cursor):
                cursor.execute("SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'tenant_id'", (table,))
                mine = tenant and cursor.fetchone()
                where = cursor.mogrify(" WHERE tenant_id = %s", (tenant,)).decode() if mine else ""
                looks.append(f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {table} t{where}")
            where = cursor.mogrify(" AND tenant_id = %s", (tenant,)).decode() if tenant else ""
            looks += [f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(id::text, 0)::numeric), 0)::text FROM {table}"
                      f" WHERE request_id IS NOT NULL{where}" for table in ("job.job", "job.event") if not only]
            _statements[key] = " UNION ALL ".join(looks)
        cursor.execute(_statements[key])
        return {table: (count, print_) for table, count, print_ in cursor.fetchall()}


def difference(before, after):
    return sorted(t for t in set(before) | set(after) if before.get(t) != after.get(t))

