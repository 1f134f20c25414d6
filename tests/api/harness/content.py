"""A fingerprint of what the product keeps, so that a test can say: nothing was written.

Left out are tables that record that somebody asked: sign-ins, the audit of refusals, kept
answers, heartbeats, and the machinery's own jobs and schedules.
"""

SCHEMAS_LEFT_OUT = ("audit", "job", "api", "pg_catalog", "information_schema", "base", "public")
TABLES_LEFT_OUT = ("auth.sign_in", "auth.throttle", "auth.device")


def tables(cursor):
    cursor.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%%' AND n.nspname <> ALL (%s) ORDER BY 1",
        (list(SCHEMAS_LEFT_OUT),))
    return [row[0] for row in cursor.fetchall() if row[0] not in TABLES_LEFT_OUT]


_statements = {}


def fingerprint(connection, tenant=None, only=None):
    """{table: count and hash of its rows}, by one statement; tenant narrows it to one tenant's rows."""
    with connection.cursor() as cursor:
        key = (tenant, tuple(only or ()))
        if key not in _statements:
            looks = []
            for table in only or tables(cursor):
                cursor.execute("SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'tenant_id'", (table,))
                mine = tenant and cursor.fetchone()
                where = cursor.mogrify(" WHERE tenant_id = %s", (tenant,)).decode() if mine else ""
                looks.append(f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {table} t{where}")
            _statements[key] = " UNION ALL ".join(looks)
        cursor.execute(_statements[key])
        return {table: (count, print_) for table, count, print_ in cursor.fetchall()}


def difference(before, after):
    return sorted(t for t in set(before) | set(after) if before.get(t) != after.get(t))
