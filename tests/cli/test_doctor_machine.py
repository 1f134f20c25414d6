"""billfold doctor on a machine that is not as the programs need it: a clock that is off, a disk that is full, a database that is a standby."""
import json
import os
import re
import shutil
import subprocess

import pytest

OK, FAILED = 0, 1


@pytest.fixture
def doctor(product, elsewhere):
    """doctor("clock", seconds=40): the check of this name, and the lines that people are told of it. The exit status says whether any failed:
    the product is others' too, and one of them may have left what is not well."""
    def run(check, conf=None, **said):
        env = dict(os.environ, **elsewhere(**said))

        def asked(*words):
            return subprocess.run(product.argv(*(("-c", conf) if conf else ()), *words), capture_output=True, text=True, env=env)

        told, lines = asked("--json", "doctor"), asked("doctor").stdout
        whole = json.loads(told.stdout)
        found, = [c for c in whole["checks"] if c["check"] == check]
        assert whole["failed"] == sum(c["state"] == "failed" for c in whole["checks"]), told.stdout
        assert whole["warnings"] == sum(c["state"] == "warning" for c in whole["checks"])
        assert told.returncode == (FAILED if whole["failed"] else OK), told.stdout
        line = re.search(rf"^(\w+) +{check} +.*\n(?: +-> .*\n)?", lines, re.M).group()
        return found, line

    return run


def agrees(found, line, state, hint):
    """The line says what the object says; what to do is told where it is not well, and there alone."""
    assert found["state"] == state and found["findings"] == []
    assert line.startswith("FAILED " if state == "failed" else state + " ")
    if state == "ok":
        assert found["hint"] is None and "->" not in line
    else:
        assert hint in found["hint"] and "-> " + found["hint"] in line


@pytest.mark.parametrize("seconds, state", [(0, "ok"), (5, "warning"), (-5, "warning"), (40, "failed"), (-86400, "failed")])
def test_a_clock_that_is_off_is_told(doctor, seconds, state):
    found, line = doctor("clock", seconds=seconds)
    agrees(found, line, state, "keep both machines on time")
    apart = int(re.search(r"are (\d+) ms apart", found["words"]).group(1))
    assert abs(apart - abs(seconds) * 1000) < 900  # half of the time that asking takes


@pytest.mark.parametrize("disk, state, words", [
    ({"mib": 102400, "free_mib": 51200}, "ok", "50.0 GiB free, 50 %"),
    ({"mib": 8192, "free_mib": 1024}, "warning", "1.0 GiB free, 12 %"),
    ({"mib": 102400, "free_mib": 4096}, "warning", "4.0 GiB free, 4 %"),
    ({"mib": 102400, "free_mib": 100}, "failed", "0.1 GiB free"),
    ({"mib": 102400, "free_mib": 0}, "failed", "0.0 GiB free, 0 %"),
    ({"mib": 102400, "free_mib": 51200, "files": 1000, "files_left": 0}, "failed", "50.0 GiB free, 50 %, and room for no further file"),
    ({"mib": 102400, "free_mib": 51200, "files": 0, "files_left": 0}, "ok", "50.0 GiB free, 50 %")])
def test_a_disk_that_fills_up_is_told(doctor, product, disk, state, words):
    """A file system that counts no files (btrfs) has none left, and room for all."""
    found, line = doctor("disk", **disk)
    agrees(found, line, state, "make room")
    assert found["words"].startswith(f"{product.home}/state: {words}") and words in line


@pytest.fixture
def standby(product, tmp_path):
    """The database's copy, in recovery: the conninfo of it."""
    owner, copy, run = (product.home / "pg").stat(), product.home / "standby", product.home / "standby-run"
    as_owner = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", "--"] if os.getuid() == 0 else []
    connection = product.database()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backup_start('standby', true)")
        subprocess.run(["cp", "-a", str(product.home / "pg"), str(copy)], stderr=subprocess.DEVNULL)  # files go while it copies
        cursor.execute("SELECT labelfile FROM pg_backup_stop(false)")
        (copy / "backup_label").write_text(cursor.fetchone()[0])
    connection.close()
    subprocess.run(["cp", "-a", f"{product.home}/pg/pg_wal/.", f"{copy}/pg_wal/"], stderr=subprocess.DEVNULL)
    (copy / "postmaster.pid").unlink()
    (copy / "standby.signal").touch()
    run.mkdir()
    for path in (copy / "backup_label", copy / "standby.signal", run):
        os.chown(path, owner.st_uid, owner.st_gid)
    ctl = [*as_owner, "/usr/lib/postgresql/15/bin/pg_ctl", "-D", str(copy), "-w", "-t", "60"]
    try:
        subprocess.run([*ctl, "-l", str(run / "log"), "-o", f"-p 5432 -k {run} -c listen_addresses= -c shared_buffers=16MB", "start"], check=True,
                       stdout=subprocess.DEVNULL)
        yield f"host={run} port=5432 dbname=billfold"
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL)
        shutil.rmtree(copy, ignore_errors=True)


def test_a_standby_is_no_database_to_work_with(doctor, product, standby):
    conf = product.home / "etc" / "standby.conf"
    text = (product.home / "etc" / "billfold.conf").read_text()
    conf.write_text(re.sub(r'(?m)^database = ".*"$', f'database = "{standby}"', text))
    found, line = doctor("database", conf=str(conf))
    agrees(found, line, "failed", "this is a standby: `database` has to name the primary")
    assert "PostgreSQL 15" in found["words"] and "in recovery" in found["words"]
    assert doctor("database")[0]["state"] == "ok"
