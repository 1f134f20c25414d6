"""deploy/lib/stack, which quickstart and every suite start the product by: it comes up again whatever has happened
to it, and never takes what is not its own."""
import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest
from harness.client import Client
from harness.product import SOURCE, STACK, Product, installed
from harness.wait import wait_for

QUICKSTART = STACK.parent.parent / "quickstart"
SERVERS = ("postgresql", "redis", "mail", "billfold-api", "billfold-scheduler", "billfold-invoiced", "billfold-paymentd", "billfold-maild",
           "billfold-syncd", "nginx")


@pytest.fixture(scope="module")
def made():
    """One home for this module; each test leaves it running."""
    product = Product().start()
    try:
        tenant = product.tenant("kept", roles=("owner",))
        yield product, tenant
    finally:
        product.stop()


def stack(*words, **env):
    return subprocess.run([str(STACK), *map(str, words)], capture_output=True, text=True, env=dict(os.environ, BILLFOLD_THROWAWAY="1", BILLFOLD_API_WORKERS="4", **env))


def up(product):
    done = stack("up", product.home, product.app, BILLFOLD_SETTINGS=product.settings)
    assert done.returncode == 0, done.stdout + done.stderr
    product.facts = json.loads(done.stdout.splitlines()[-1])
    product.url = product.facts["url"]
    product.host, port = product.url.removeprefix("http://").split(":")
    product.port = int(port)
    product.run = pathlib.Path((product.home / "run").read_text().strip())
    return done


def serves(product, tenant):
    user = tenant.users["owner"]
    product.client().sign_in(tenant.slug, user["email"], user["password"]).get("/v1/me").expect(200)


def pids(product):
    return {name: product.pid(name) for name in SERVERS}


def gone(pid):
    """Ended, whether or not its parent has looked."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def children_of(pid):
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(status.read_text().rpartition(") ")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def kill_all(product):
    killed = pids(product).values()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(map(gone, killed)), 10, "the end of all")


def test_a_second_start_finds_things_as_they_are(made):
    product, tenant = made
    before = pids(product)
    up(product)
    assert pids(product) == before
    serves(product, tenant)


def test_it_comes_up_after_everything_was_killed(made):
    product, tenant = made
    kill_all(product)
    up(product)
    serves(product, tenant)


def test_it_comes_up_after_a_restart_of_the_machine(made):
    """No process, no run directory, and numbers of processes that are others' by now."""
    product, tenant = made
    kill_all(product)
    subprocess.run(["rm", "-rf", str(product.run)], check=True)
    for name in SERVERS:
        (product.home / "pid" / name).write_text(f"{os.getpid()} 1\n")
    (product.home / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    up(product)
    serves(product, tenant)
    os.kill(os.getpid(), 0)


def test_workers_of_a_killed_nginx_do_not_keep_its_port(made):
    product, tenant = made
    url = product.url
    master = product.pid("nginx")
    os.kill(master, signal.SIGKILL)
    wait_for(lambda: gone(master), 10, "the end of nginx")
    up(product)
    assert product.url == url
    serves(product, tenant)


def test_a_database_that_was_lost_sight_of_is_not_started_twice(made):
    product, tenant = made
    lost = product.pid("postgresql")
    (product.home / "pid" / "postgresql").unlink()
    up(product)
    assert product.pid("postgresql") != lost
    assert gone(lost)
    serves(product, tenant)


def test_a_port_that_somebody_took_is_replaced(made):
    product, tenant = made
    port = product.port
    stack("stop", product.home)
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        somebody.bind(("127.0.0.1", port))
        somebody.listen()
        done = up(product)
        assert product.port != port and f"port {port} " in done.stderr
        serves(product, tenant)
    # And everything that names the address has the new one.
    assert product.client().get("/.well-known/oauth-authorization-server").expect(200).json["issuer"] == product.url


def test_changed_files_are_taken_up_and_unchanged_programs_stay(made):
    product, tenant = made
    before = pids(product)
    with open(product.home / "etc" / "nginx" / "billfold" / "headers.conf", "a") as f:
        f.write("# by hand\n")
    up(product)
    assert pids(product) == before
    assert "by hand" not in (product.home / "etc" / "nginx" / "billfold" / "headers.conf").read_text()
    with open(product.home / "etc" / "billfold.conf", "a") as f:
        f.write("# by hand\n")
    up(product)
    after = pids(product)
    assert after["billfold-api"] != before["billfold-api"] and after["postgresql"] == before["postgresql"]
    serves(product, tenant)


def test_an_interrupted_making_of_the_database_begins_anew(tmp_path_factory):
    product = Product()
    try:
        half = product.home / "pg"
        half.mkdir()
        (half / "PG_VERSION").write_text("15\n")
        (product.home / "pg.making").touch()
        up(product)
        assert not (product.home / "pg.making").exists()
    finally:
        product.stop()


def test_a_home_with_blanks_is_a_link_to_a_plain_place(tmp_path):
    home = tmp_path / 'my "home" here'
    env = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    try:
        done = stack("up", home, installed(), **env)
        assert done.returncode == 0, done.stdout + done.stderr
        facts = json.loads(done.stdout.splitlines()[-1])
        assert facts["home"] == str(home) and home.is_symlink() and " " not in os.readlink(home)
        Client.at(facts["url"]).get("/v1/openapi.json").expect(200)
        assert json.loads(stack("describe", home, **env).stdout) == facts
    finally:
        stack("stop", home, **env)
        if home.is_symlink():
            subprocess.run(["rm", "-rf", os.readlink(home)], check=True)


def test_stop_ends_all_and_status_tells(made):
    product, tenant = made
    running = pids(product)
    workers = [pid for master in running.values() for pid in children_of(master)]
    done = stack("status", product.home)
    assert done.returncode == 0 and done.stdout.count("runs, process") == len(SERVERS)
    assert stack("stop", product.home).returncode == 0
    assert [pid for pid in [*running.values(), *workers] if not gone(pid)] == []
    done = stack("status", product.home)
    assert done.returncode == 3 and done.stdout.count("does not run") == len(SERVERS)
    assert not product.run.exists()
    up(product)
    serves(product, tenant)


def as_nobody(*words, **env):
    return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", *map(str, words)], capture_output=True, text=True,
                          env=dict(os.environ, **env))


@pytest.mark.skipif(os.getuid() != 0, reason="needs a second user")
def test_another_user_sees_what_runs_and_ends_nothing(made):
    product, tenant = made
    before = pids(product)
    product.home.chmod(0o755)
    done = as_nobody(STACK, "status", product.home)
    assert done.returncode == 0 and done.stdout.count("runs, process") == len(SERVERS), done.stdout + done.stderr
    for word in ("stop", "clean"):
        done = as_nobody(QUICKSTART, word, BILLFOLD_HOME=str(product.home))
        assert done.returncode == 1 and "What to do: call as " in done.stderr, done.stderr
    assert pids(product) == before
    serves(product, tenant)


def test_clean_takes_a_link_of_its_own_whose_place_is_gone(tmp_path):
    """And a slash at a home's end makes no other home of it."""
    home, theirs = tmp_path / "var", tmp_path / "theirs"
    home.symlink_to(tmp_path / "billfold-12345")
    theirs.symlink_to(tmp_path / "elsewhere")
    for link, stays in ((home, False), (theirs, True)):
        done = subprocess.run([str(QUICKSTART), "clean"], capture_output=True, text=True, env=dict(os.environ, BILLFOLD_HOME=f"{link}/"))
        assert done.returncode == 0 and link.is_symlink() == stays, done.stdout + done.stderr


def test_the_command_that_is_told_can_be_typed():
    facts = {name: "" for name in ("url", "mail", "metrics", "pg", "redis")} | {"home": "/srv/my bills"}
    done = subprocess.run([str(STACK.parent / "summary.py"), json.dumps(facts)], capture_output=True, text=True, check=True)
    assert "command  '/srv/my bills/billfold' --help\n" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1])["home"] == "/srv/my bills"


def test_a_word_that_is_none_is_named():
    done = subprocess.run([str(QUICKSTART), "stauts"], capture_output=True, text=True)
    assert done.returncode == 64 and "stauts" in done.stderr and "deploy/quickstart status" in done.stderr


def test_a_suite_that_is_none_is_told_before_anything_is_made(tmp_path):
    work = tmp_path / "check"
    done = subprocess.run([str(QUICKSTART.parent / "check"), "sql", "nonsense"], capture_output=True, text=True,
                          env=dict(os.environ, BILLFOLD_CHECK=str(work)))
    assert done.returncode == 1 and "there is no suite nonsense" in done.stderr and not work.exists()
    told = done.stderr.rpartition("name some of: ")[2].split()
    ran = subprocess.run([str(SOURCE / "tests" / "run"), "--build", "/", "--app", "/", "nonsense"], capture_output=True, text=True)
    assert ran.returncode == 2 and ran.stderr.rpartition("there are ")[2].strip().split(", ") == told


def test_where_there_is_nothing_that_is_told(tmp_path):
    done = stack("status", tmp_path / "nothing")
    assert done.returncode == 1 and "What to do: " in done.stderr
    assert stack("nonsense").returncode == 64
