"""Death at random moments: a thread that kills a program's workers while a test goes on."""
import collections
import os
import random
import signal
import threading

from harness.wait import wait_for


class Killer(threading.Thread):
    """SIGKILL for all workers of a program, now and then; whoever is dead has no lease.

    work: so many of the program's jobs are done between two deaths. A worker that dies before it has done anything is begun again later
    and later: that is another matter.
    """

    def __init__(self, product, program, seed, pause=0.5, work=1):
        super().__init__(daemon=True)
        self.product, self.program, self.pause, self.work = product, program, pause, work
        self.random, self.over, self.kills = random.Random(seed), threading.Event(), collections.Counter()
        self.before, self.database = 0, product.database()

    def run(self):
        while not self.over.wait(self.random.uniform(0.05, self.pause)):
            self.turn()

    def turn(self):
        done = self.done()
        if done < self.before + self.work:
            return
        self.before = done
        sessions = self.sessions()
        self.kill(self.program, self.children(self.program))
        # What the dead had sent is done still, and may be a lease that nobody holds.
        wait_for(lambda: not sessions & self.sessions(), what="the end of what the killed had sent")
        self.forget()

    def children(self, program):
        pid = self.product.pid(program)
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]

    def kill(self, program, children):
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                self.kills[program] += 1
            except ProcessLookupError:
                pass
        wait_for(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), what="the end of the killed")

    def sessions(self):
        with self.database.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", (self.program.removeprefix("billfold-"),))
            return {row[0] for row in cursor.fetchall()}

    def done(self):
        return self.asked("SELECT count(*) FROM job.job WHERE state = 'done' AND kind IN (SELECT kind FROM job.heartbeat WHERE program = %s)")

    def forget(self):
        """Leases of the dead need not be waited for, of whichever kind; nor do they use tries up."""
        self.asked("WITH x AS (UPDATE job.job SET lease_until = clock_timestamp(), attempts = 1 WHERE state = 'leased' AND lease_until > clock_timestamp()"
                   " AND kind IN (SELECT kind FROM job.heartbeat WHERE program = %s) RETURNING 1) SELECT count(*) FROM x")

    def asked(self, query):
        with self.database.cursor() as cursor:
            cursor.execute(query, (self.program.removeprefix("billfold-"),))
            return cursor.fetchone()[0]
