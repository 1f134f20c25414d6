"""One session waits for another: the database says so, not the clock."""
import contextlib

import psycopg2
from harness.wait import wait_for


def until_blocked(first, over):
    """Until somebody waits for a lock that `first` holds; fails when over(), the end of what should wait, comes before."""
    pid = first.connection.info.backend_pid
    with contextlib.closing(psycopg2.connect(first.connection.dsn)) as looking, looking.cursor() as cursor:
        looking.autocommit = True

        def blocked():
            assert not over(), "the second waits for the first"
            cursor.execute("SELECT count(*) FROM pg_stat_activity a WHERE %s = ANY (pg_blocking_pids(a.pid))", (pid,))
            return cursor.fetchone()[0]

        wait_for(blocked, what="the second to wait for the first")
