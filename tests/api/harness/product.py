"""One whole Billfold of its own, started and stopped by deploy/lib/stack.

PostgreSQL, Redis, the mail catcher, all programs and nginx run for real below a temporary
directory, on free ports; nothing of them is imitated. Tenants and their people are made
by the command line, as an operator makes them.
"""
import contextlib
import fcntl
import functools
import itertools
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import time

from .client import Client
from .promise import Promise

SOURCE = pathlib.Path(__file__).resolve().parents[3]
STACK = SOURCE / "deploy" / "lib" / "stack"
ROLES = ("owner", "admin", "billing", "sales", "read_only")


class NotBuilt(Exception):
    pass


def installed():
    """Where the programs are installed: BILLFOLD_APP, or where deploy/check puts them."""
    app = pathlib.Path(os.environ.get("BILLFOLD_APP", SOURCE / "build" / "check" / "app"))
    if not (app / "bin" / "billfold").exists():
        raise NotBuilt(f"no programs at {app}: run deploy/check, or set BILLFOLD_APP to an installed prefix")
    return app


@functools.lru_cache(maxsize=4)
def promise_of(document):
    return Promise(json.loads(document))


@contextlib.contextmanager
def one_at_a_time():
    """A port is drawn before who listens on it is there: another that starts meanwhile could draw it, too."""
    with open(pathlib.Path(tempfile.gettempdir()) / f"billfold-test-start-{os.getuid()}", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Product:
    """throwaway: without fsync, as tests want it; what is measured runs with it."""

    def __init__(self, settings="", throwaway=True):
        self.app = installed()
        # No test speaks to a processor of the real world: where there is no stand-in, nobody answers.
        self.settings = settings if "stripe_url" in settings else settings + '\nstripe_url = "http://127.0.0.1:9"'
        self.throwaway = {"BILLFOLD_THROWAWAY": "1"} if throwaway else {}
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="billfold-test-"))
        self.home.chmod(0o755)
        self._tenant_number = itertools.count(1)
        self.promise = None  # what its answers are held against, once it runs

    # ---- the servers ----

    def start(self, only="up"):
        """only: "servers" leaves the programs out, for tests that must be the only ones at work in the database."""
        env = dict(os.environ, BILLFOLD_SETTINGS=self.settings, **self.throwaway)
        env.setdefault("BILLFOLD_API_WORKERS", "4")
        with one_at_a_time():
            done = subprocess.run([str(STACK), only, str(self.home), str(self.app)], env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("the product does not start:\n" + done.stdout + done.stderr)
        self.facts = json.loads(done.stdout.strip().splitlines()[-1])
        self.url = self.facts["url"]
        self.host, port = self.url.removeprefix("http://").split(":")
        self.port = int(port)
        self.run = pathlib.Path((self.home / "run").read_text().strip())
        if only == "up":
            self.promise = promise_of(self.client().get("/v1/openapi.json").expect(200).body)
        return self

    def stop(self):
        """Ends all of it."""
        subprocess.run([str(STACK), "stop", str(self.home)], env=dict(os.environ, **self.throwaway), capture_output=True)
        if not os.environ.get("BILLFOLD_KEEP"):
            shutil.rmtree(self.home, ignore_errors=True)

    def pid(self, name):
        """Process id of a server or program: postgresql, redis, mail, nginx, billfold-api, …"""
        return int((self.home / "pid" / name).read_text().split()[0])

    def running(self, name):
        try:
            os.kill(self.pid(name), 0)
        except (FileNotFoundError, ProcessLookupError):
            return False
        return True

    def log(self, name):
        path = self.home / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def metrics(self, program):
        """The figures of one program as {name or name{labels}: value}."""
        answer = Client.at(self.facts["metrics"][program].removesuffix("/metrics")).get("/metrics")
        lines = (line.rpartition(" ") for line in answer.body.decode().splitlines() if line and line[0] != "#")
        return {name: float(value) for name, _, value in lines}

    # ---- the database, as its superuser ----

    def database(self, **options):
        import psycopg2

        connection = psycopg2.connect(host=str(self.run), port=5432, dbname="billfold", user="postgres", **options)
        connection.autocommit = True
        return connection

    # ---- the command line ----

    def argv(self, *words):
        """billfold with this product's configuration, by the user of its programs."""
        argv = [str(self.app / "bin" / "billfold"), "-c", str(self.home / "etc" / "billfold.conf"), *words]
        if os.getuid() == 0:
            argv = ["setpriv", "--reuid=billfold", "--regid=billfold", "--init-groups", "--", *argv]
        return argv

    def command(self, *words, stdin=None, check=True, env=None):
        """env: variables of the environment beside those that are there."""
        argv = self.argv(*words)
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, env=dict(os.environ, **env or {}))
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def command_json(self, *words, stdin=None):
        return json.loads(self.command("--json", *words, stdin=stdin).stdout)

    def tenant(self, name=None, sandbox=True, roles=ROLES):
        return Tenant(self, name or f"t{next(self._tenant_number)}", sandbox, roles)

    def client(self, address=None, **headers):
        return Client(self.host, self.port, headers=headers, promise=self.promise, address=address)


class Tenant:
    """A tenant with one user a role, signed in, and one program with all rights."""

    def __init__(self, product, slug, sandbox, roles):
        self.product = product
        self.slug = f"{slug}-{secrets.token_hex(3)}"
        words = ["tenant", "create", "--slug", self.slug, "--name", f"Tenant {self.slug}", "--currency", "EUR",
                 "--time-zone", "Europe/Vienna", "--country", "AT"]
        self.id = product.command_json(*words, *(["--sandbox"] if sandbox else []))["id"]
        self.users = {}
        for role in roles:
            self.users[role] = self.add_user(role)
        made = product.command_json("client", "create", "--tenant", self.slug, "--name", "tests", "--role", "owner")
        self.client_id, self.client_secret = made["id"], made["secret"]
        self._clients, self._sessions = {}, {}
        self._renew_at = 0

    def add_user(self, role, email=None):
        email = email or f"{role}-{secrets.token_hex(3)}@{self.slug}.example"
        password = secrets.token_urlsafe(18)
        made = self.product.command_json("user", "create", "--tenant", self.slug, "--email", email, "--name", f"The {role}",
                                         "--role", role, "--password-stdin", stdin=password + "\n")
        return {"id": made["id"], "email": email, "password": password, "role": role}

    def sign_in(self, role):
        """A new session of the role's user."""
        user = self.users[role]
        return self.product.client().sign_in(self.slug, user["email"], user["password"])

    def as_role(self, role):
        """The role's session that the whole run shares; begun anew before it is too old for a refund (V10)."""
        user, (client, until) = self.users[role], self._sessions.get(role, (None, 0))
        if time.monotonic() > until:
            client = (client or self.product.client()).sign_in(self.slug, user["email"], user["password"])
            self._sessions[role] = (client, time.monotonic() + 300)
        return client

    def token(self, scope=None):
        return self.product.client().token(self.client_id, self.client_secret, scope)

    def program(self):
        """A client with an access token and all rights: what most tests speak through. It has a new
        token after a third of the quarter of an hour that tokens live, as a run takes longer."""
        program = self._clients.setdefault("program", self.product.client())
        if time.monotonic() > self._renew_at:
            self._renew_at = time.monotonic() + 300
            program.headers["Authorization"] = "Bearer " + self.token()
        return program
