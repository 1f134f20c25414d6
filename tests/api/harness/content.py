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


def fingerprint(connection, tenant=None, only=None):
    """{table: hash of its rows}; tenant narrows it to one tenant's where the table has one."""
    prints = {}
    with connection.cursor() as cursor:
        for table in only or tables(cursor):
            where = ""
            if tenant:
                cursor.execute("SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'tenant_id'", (table,))
                where = cursor.mogrify(" WHERE tenant_id = %s", (tenant,)).decode() if cursor.fetchone() else ""
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {table} t{where}")
            prints[table] = cursor.fetchone()
    return prints


def difference(before, after):
    return sorted(t for t in set(before) | set(after) if before.get(t) != after.get(t))
