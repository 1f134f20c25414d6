"""What happens to programs and servers: kills without warning, servers that stop, forget and come again, reloads.

A storm is a thread; it does the service manager's part too, starting anew what it has killed as a whole.
Its choices follow from its seed.
"""
import os
import random
import signal
import subprocess
import threading
import time

from harness.product import STACK

PROGRAMS = ("api", "scheduler", "invoiced", "paymentd", "maild", "syncd")


class Storm(threading.Thread):
    def __init__(self, product, seed, kills, say=print):
        super().__init__(daemon=True)
        self.product, self.kills, self.say = product, kills, say
        self.random = random.Random(seed)
        self.counts = {}
        self.killed = 0
        self.failure = None
        self.over = threading.Event()
        # Between the kills, spread over them: each of these twice.
        rare = [self.stop_postgresql, self.forget_redis, self.stop_redis, self.reload, self.kill_whole] * 2
        self.random.shuffle(rare)
        self.rare = {(n + 1) * kills // (len(rare) + 1): what for n, what in enumerate(rare)}

    def run(self):
        try:
            while self.killed < self.kills:
                time.sleep(self.random.uniform(0.1, 2))
                if self.killed in self.rare:
                    self.rare.pop(self.killed)()
                self.kill_one()
        except BaseException as failure:  # told by the test, in its own thread
            self.failure = failure
        finally:
            self.over.set()

    def calm(self):
        """Waits for its end, and starts what it has left behind."""
        self.join()
        if self.failure:
            raise self.failure
        self.up()

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def up(self):
        done = subprocess.run([str(STACK), "up", str(self.product.home), str(self.product.app)], capture_output=True, text=True,
                              env=dict(os.environ, BILLFOLD_API_WORKERS="4"))
        assert done.returncode == 0, done.stdout + done.stderr

    # ---- what it does ----

    def workers(self, program):
        pid = self.product.pid(f"billfold-{program}")
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                return [int(child) for child in file.read().split()]
        except FileNotFoundError:
            return []

    def kill_one(self):
        """A worker of a program; its supervisor makes another one."""
        program = self.random.choice(PROGRAMS + ("api", "invoiced", "invoiced"))
        workers = self.workers(program)
        if not workers:
            return
        try:
            os.kill(self.random.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return
        self.killed += 1
        self.count(f"{program} worker killed")

    def kill_whole(self):
        """A supervisor: its workers are not to outlive it."""
        program = self.random.choice(PROGRAMS)
        pid, workers = self.product.pid(f"billfold-{program}"), self.workers(program)
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 30
        while any(os.path.exists(f"/proc/{p}") and not is_zombie(p) for p in workers):
            assert time.monotonic() < end, f"workers of billfold-{program} outlive it: {workers}"
            time.sleep(0.05)
        self.up()
        self.count("program killed as a whole")

    def stop_postgresql(self):
        """As pg_ctl stop -m immediate: recovery from the log at the next start."""
        pid = self.product.pid("postgresql")
        os.kill(pid, signal.SIGQUIT)
        gone(pid)
        time.sleep(self.random.uniform(0, 1))
        self.up()
        self.count("PostgreSQL stopped at once")

    def forget_redis(self):
        subprocess.run(["redis-cli", "-s", str(self.product.run / "redis.sock"), "FLUSHALL"], check=True, capture_output=True)
        self.count("Redis flushed")

    def stop_redis(self):
        pid = self.product.pid("redis")
        os.kill(pid, signal.SIGKILL)
        gone(pid)
        self.up()
        self.count("Redis killed")

    def reload(self):
        for program in PROGRAMS:
            os.kill(self.product.pid(f"billfold-{program}"), signal.SIGHUP)
        self.count("all programs reloaded")


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def gone(pid):
    end = time.monotonic() + 60
    while os.path.exists(f"/proc/{pid}") and not is_zombie(pid):
        assert time.monotonic() < end, f"process {pid} does not end"
        time.sleep(0.05)
