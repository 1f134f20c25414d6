"""wrk and pgbench, run and read. A run with a single failed request or transaction is no measurement and raises."""
import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
CONNECTIONS, CLIENTS = 16, 8


class Failed(Exception):
    pass


class Request:
    """What wrk sends: values go into the {} of path and body, at random or each once."""

    def __init__(self, method, path, values=None, body=None, keyed=False, each=False):
        self.method, self.path, self.values, self.body, self.keyed, self.each = method, path, values, body, keyed, each
        self.used = 0
        self.files = None

    def lay_out(self, folder, name):
        self.files = (folder / f"{name}.values", folder / f"{name}.body")
        self.files[0].write_text("\n".join(self.values or []) + "\n")
        self.files[1].write_bytes(json.dumps(self.body).encode() if self.body is not None else b"")

    def run(self, stage, seconds, connections=CONNECTIONS, threads=2):
        # The last requests to the echo may meet the product, when wrk has gone: what it has had already does not matter to it.
        env = dict(os.environ, LOAD_METHOD=self.method, LOAD_PATH=self.path, LOAD_VALUES=str(self.files[0]), LOAD_AMONG=str(self.used),
                   LOAD_ORDER="each" if self.each and stage.turned == "product" else "random", LOAD_FROM=str(self.used), LOAD_TOKEN=stage.token,
                   LOAD_BODY=str(self.files[1]) if self.body is not None else "", LOAD_KEYED="1" if self.keyed else "0",
                   LOAD_THREADS=str(threads))
        done = subprocess.run(["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s",
                               "-s", str(HERE / "requests.lua"), stage.product.url], env=env, capture_output=True, text=True)
        told = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not told or "not enough values" in done.stdout + done.stderr:
            raise Failed(f"wrk: {done.stdout}{done.stderr}")
        found = json.loads(told[-1])
        if found["status"] or found["broken"] or not found["requests"]:
            raise Failed(f"{self.method} {self.path}: {found['status']} answers from 400 up, {found['broken']} broken, "
                         f"of {found['requests']}")
        if self.each and stage.turned == "product":
            self.used += found["used"]
        found["rate"] = found["requests"] / found["seconds"]
        return found


def pgbench(stage, script, seconds, values=None, role="billfold_api", clients=CLIENTS):
    """
    Transactions a second of a script, prepared, under the program's role. The first second is not counted: fresh
    sessions read the catalog, compile and plan in it, as workers have long done.
    """
    named = [word for name, value in (values or {}).items() for word in ("-D", f"{name}={value}")]
    done = subprocess.run([PGBENCH, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds + 1), "-P", "1", *named,
                           "-f", str(script), "-h", str(stage.product.run), "-U", role, "billfold"],
                          capture_output=True, text=True)
    first = re.search(r"^progress: ([0-9.]+) s, ([0-9.]+) tps", done.stderr, re.M)
    total = re.search(r"^number of transactions actually processed: (\d+)", done.stdout, re.M)
    failed = re.search(r"^number of failed transactions: (\d+)", done.stdout, re.M)
    if done.returncode or not first or done.stderr.count("ERROR") or failed and int(failed.group(1)):
        raise Failed(f"pgbench {script}: {done.stdout}{done.stderr[-3000:]}")
    warm, rate = float(first.group(1)), float(first.group(2))
    return (int(total.group(1)) - warm * rate) / (seconds + 1 - warm)
