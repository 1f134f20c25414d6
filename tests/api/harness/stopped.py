"""A payment worker that is killed at a place of the test's choosing."""
import os
import signal

from .wait import wait_for


class Stopped:
    """The payment worker runs into a lock that the test holds, and is killed there."""

    def __init__(self, product, statement, parameters=()):
        self.product = product
        self.connection = product.database()
        self.connection.autocommit = False
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def __enter__(self):
        return self

    def waits(self):
        """Until a worker has run into it."""
        def waiting():
            with watch.cursor() as cursor:
                cursor.execute("SELECT a.pid FROM pg_stat_activity a WHERE a.usename = 'billfold_paymentd' AND a.wait_event_type = 'Lock'")
                return cursor.fetchall()

        with self.product.database() as watch:
            wait_for(waiting, 20, "a payment worker that waits")

    def kill(self):
        """SIGKILL for each worker; the supervisor makes new ones."""
        self.waits()
        supervisor = self.product.pid("billfold-paymentd")
        children = [int(p) for p in open(f"/proc/{supervisor}/task/{supervisor}/children").read().split()]
        assert children
        for child in children:
            os.kill(child, signal.SIGKILL)

    def let_go(self):
        self.connection.rollback()

    def __exit__(self, *_):
        self.connection.rollback()
        self.connection.close()
