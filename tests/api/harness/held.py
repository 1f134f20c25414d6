"""A row that the test holds, so that a worker stands still in the middle of its work."""
import contextlib

WAITING = "SELECT pid FROM pg_stat_activity WHERE usename = 'billfold_invoiced' AND wait_event_type = 'Lock'"


@contextlib.contextmanager
def held(product, ident, table="crm.account"):
    """While the block runs, the row is locked: what comes to it waits."""
    connection = product.database()
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", (ident,))
        try:
            yield
        finally:
            connection.rollback()
            connection.close()


def waits(product):
    """The database's processes in which invoiced has run into a lock."""
    connection = product.database()
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        found = [pid for pid, in cursor.fetchall()]
    connection.close()
    return found
