"""What a job promises, tried with real workers, a real scheduler and servers that fail.

The workers are tests/unit/job/jobber: each of its kinds behaves in one way, and an effect is a row
of public.effect. No other program is at work in the database (conftest.py).
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import uuid

import psycopg2
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BILLFOLD_BUILD", SOURCE / "build" / "check"))


NAP = 0.02


def eventually(condition, limit=60, what=""):
    """A limit ends a wait that is in vain, and promises nothing."""
    until = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"never came: {what or condition}")
        time.sleep(NAP)


def longest_turn(condition):
    """Waits for it; the longest of the turns, each a round trip and a nap: what this machine keeps anybody waiting meanwhile."""
    longest, began = 0, time.monotonic()

    def turn():
        nonlocal longest, began
        found, now = condition(), time.monotonic()
        longest, began = max(longest, now - began - NAP), now
        return found

    eventually(turn)
    return longest


class Servers:
    """Where PostgreSQL and Redis are; Redis here is always one of our own, because tests stop it."""

    def __init__(self, tmp, pg):
        self.tmp, self.pg = tmp, pg
        self.socket = tmp / "redis.sock"
        self.redis = None
        self.start_redis()

    def start_redis(self):
        self.redis = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "",
                                       "--dir", str(self.tmp)], stdout=subprocess.DEVNULL)
        eventually(lambda: self.cli("ping") == "PONG", what="Redis")

    def stop_redis(self):
        self.redis.kill()
        self.redis.wait()

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-s", str(self.socket), *words], capture_output=True, text=True).stdout.strip()

    def connect(self, role=None):
        pg = re.sub(r"user=\S+", f"user={role}", self.pg) if role else self.pg
        connection = psycopg2.connect(pg)
        connection.autocommit = True
        return connection



class Program:
    def __init__(self, path, servers, tmp, **settings):
        self.log_path = tmp / f"{uuid.uuid4().hex[:8]}.log"
        config = tmp / f"{uuid.uuid4().hex[:8]}.conf"
        database = re.sub(r"user=\S+", "", servers.pg).strip()
        lines = [f'database = "{database}"', f'redis = "{servers.socket}"']
        lines += [f'{key} = "{value}"' for key, value in settings.items()]
        config.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([str(path), "-c", str(config)], stderr=open(self.log_path, "w"),
                                        stdin=subprocess.DEVNULL)

    def log(self):
        return self.log_path.read_text()

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in open(path).read().split()]

    def stop(self, how=signal.SIGQUIT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)


class World:
    def __init__(self, servers, tmp):
        self.servers, self.tmp = servers, tmp
        self.db = servers.connect()
        self.programs = []
        self.sql("CREATE TABLE IF NOT EXISTS public.effect (at timestamptz DEFAULT clock_timestamp(), job_id uuid, what text)")
        self.sql("GRANT SELECT, INSERT ON public.effect TO billfold_program; GRANT USAGE ON SCHEMA public TO billfold_program")

    def sql(self, text, *values):
        with self.db.cursor() as cursor:
            cursor.execute(text, values or None)
            return cursor.fetchall() if cursor.description else None

    def one(self, text, *values):
        rows = self.sql(text, *values)
        return rows[0][0] if rows else None

    def tenant(self):
        made = str(uuid.uuid4())
        self.sql("BEGIN; SELECT set_config('app.actor', 'system:test', true), set_config('app.tenant', %s, true);"
                 "INSERT INTO tenant.tenant (id, slug, name, sandbox) VALUES (%s, %s, 'T', true); COMMIT",
                 made, made, "race-" + made[:13])
        return made

    def as_worker(self, tenant, text, *values, role="billfold_syncd"):
        """In a transaction of a program's role that entered the tenant; the last statement's rows."""
        connection = self.servers.connect(role)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'race', -1, NULL)", (tenant,))
                cursor.execute(text, values or None)
                rows = cursor.fetchall() if cursor.description else None
            connection.commit()
            return rows
        finally:
            connection.close()

    def enqueue(self, tenant, kind, key=None, **payload):
        return self.as_worker(tenant, "SELECT job.enqueue(%s, %s, %s)", kind, key or uuid.uuid4().hex,
                              json.dumps(payload))[0][0]

    def say(self, word):
        """For what jobs wait "until"."""
        self.sql("INSERT INTO public.effect (what) VALUES (%s)", word)

    def state(self, job):
        return self.one("SELECT state FROM job.job WHERE id = %s", job)

    def effects(self, job):
        return self.one("SELECT count(*) FROM public.effect WHERE job_id = %s", job)

    def jobber(self, workers=1, **settings):
        program = Program(BUILD / "tests" / "unit" / "job" / "jobber", self.servers, self.tmp, syncd_workers=workers, **settings)
        self.programs.append(program)
        # A kind that beats is served.
        started = self.one("SELECT clock_timestamp()")
        eventually(lambda: self.one("SELECT beat_at >= %s FROM job.heartbeat WHERE kind = 't_effect'", started),
                   what="the workers' beat")
        return program

    def scheduler(self, **settings):
        program = Program(BUILD / "billfold-scheduler", self.servers, self.tmp, **settings)
        self.programs.append(program)
        return program

    def end(self):
        for program in self.programs:
            program.stop()
        self.programs.clear()


@pytest.fixture(scope="module")
def servers(tmp_path_factory, conninfo):
    subprocess.run(["make", "-s", "-C", str(BUILD), "tests/unit/job/jobber", "billfold-scheduler"], check=True,
                   capture_output=True)
    made = Servers(tmp_path_factory.mktemp("race"), conninfo)
    yield made
    made.stop_redis()


@pytest.fixture
def world(servers, tmp_path):
    made = World(servers, tmp_path)
    # Those of the test before may have been killed within a duty.
    made.sql("UPDATE job.heartbeat SET beat_at = now() - interval '1 hour', busy_until = NULL WHERE kind LIKE 't\\_%'")
    made.sql("DELETE FROM job.alarm")
    made.sql("UPDATE job.job SET lease_until = clock_timestamp() WHERE state = 'leased'")  # an earlier test's: its program is not silent while it holds one
    yield made
    made.end()
    made.db.close()


@pytest.fixture
def tenant(world):
    return world.tenant()


# ---- claims and leases, between two sessions ----

def claim(world, tenant, job, lease=30):
    return world.as_worker(tenant, "SELECT lease_token, attempts FROM job.claim(%s, %s)", job, lease)


def test_two_workers_claim_one_job_once(world, tenant):
    for _ in range(20):
        job = world.enqueue(tenant, "t_none")
        got, gate = [], threading.Barrier(4)

        def try_it():
            gate.wait()
            got.extend(claim(world, tenant, job))

        threads = [threading.Thread(target=try_it) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(got) == 1 and got[0][1] == 1


def test_a_claim_does_not_wait_for_another_in_progress(world, tenant):
    job = world.enqueue(tenant, "t_none")
    first = world.servers.connect("billfold_syncd")
    first.autocommit = False
    with first.cursor() as cursor:
        cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'race', -1, NULL)", (tenant,))
        cursor.execute("SELECT lease_token FROM job.claim(%s, 30)", (job,))
        assert cursor.rowcount == 1
        since = time.monotonic()
        assert claim(world, tenant, job) == []
        assert time.monotonic() - since < 10
    first.rollback()
    first.close()
    assert claim(world, tenant, job)


def test_who_slept_past_the_lease_cannot_finish(world, tenant):
    job = world.enqueue(tenant, "t_none")
    slow = claim(world, tenant, job, lease=1)[0][0]
    eventually(lambda: world.one("SELECT lease_until < clock_timestamp() FROM job.job WHERE id = %s", job))
    quick = claim(world, tenant, job)[0][0]
    for verb, more in (("finish", ""), ("renew", ", 30"), ("defer", ", 1, 'why'")):
        with pytest.raises(psycopg2.Error) as refused:
            world.as_worker(tenant, f"SELECT job.{verb}(%s, %s{more})", job, slow)
        assert refused.value.pgcode == "ZBLSE"
    assert world.as_worker(tenant, "SELECT job.fail(%s, %s, 'x', true, 1, 1)", job, slow) == [(None,)]
    # The effect goes with the refused end.
    with pytest.raises(psycopg2.Error):
        world.as_worker(tenant, "INSERT INTO public.effect (job_id) VALUES (%s); SELECT job.finish(%s, %s)", job, job, slow)
    assert world.effects(job) == 0
    world.as_worker(tenant, "SELECT job.finish(%s, %s)", job, quick)
    assert world.state(job) == "done"


def test_who_was_swept_cannot_finish_either(world, tenant):
    job = world.enqueue(tenant, "t_none")
    slow = claim(world, tenant, job, lease=1)[0][0]
    eventually(lambda: world.as_worker(tenant, "SELECT job.sweep()")[0][0] == 1)
    assert world.state(job) == "scheduled"
    with pytest.raises(psycopg2.Error) as refused:
        world.as_worker(tenant, "SELECT job.finish(%s, %s)", job, slow)
    assert refused.value.pgcode == "ZBLSE"


def pages(cursor, call, *values):
    """How many pages of tables and indexes a call looks at."""
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {call}", values)
    plan = cursor.fetchone()[0][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_a_full_queue_costs_a_claim_nothing(world, tenant):
    """Planned while the queue was empty, as it mostly is when it is analyzed."""
    enqueue = ("SELECT job.enqueue_all('t_none', array_agg(%s || n), array_agg('{}'::jsonb)) FROM generate_series(1, 30000) n")
    world.as_worker(tenant, enqueue, "done")
    world.sql("UPDATE job.job SET state = 'done', finished_at = now(), lease_until = NULL, lease_token = NULL WHERE state IN ('scheduled', 'leased')")
    world.sql("VACUUM (ANALYZE) job.job")
    world.enqueue(tenant, "t_none")
    connection = world.servers.connect("billfold_syncd")
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'race', -1, NULL)", (tenant,))

        def life():
            cursor.execute("SELECT id FROM job.job WHERE state = 'scheduled' ORDER BY id DESC LIMIT 1")
            job = cursor.fetchone()[0]
            claimed = pages(cursor, "job.claim(%s, 30, NULL, 2)", job)
            cursor.execute("SELECT lease_token FROM job.job WHERE id = %s", (job,))
            token = cursor.fetchone()[0]
            return claimed, pages(cursor, "job.renew(%s, %s, 30)", job, token), pages(cursor, "job.finish(%s, %s)", job, token)

        life()
        connection.commit()
        world.as_worker(tenant, enqueue, "waiting")
        cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'race', -1, NULL)", (tenant,))
        took = life()
        assert max(took) < 60, took
    connection.rollback()
    connection.close()
    world.sql("UPDATE job.job SET state = 'done', finished_at = now() WHERE tenant_id = %s AND state = 'scheduled'", tenant)


def test_jobs_of_tomorrow_cost_the_dispatcher_nothing(world, tenant):
    """As when a mail server is away: thousands wait for their next try, and what is due is asked for many times a second. Whatever
    the planner believes: of a queue that was nearly empty when it was analyzed all indexes seem to cost the same, and then what it
    remembers of their height decides."""
    world.sql("INSERT INTO job.heartbeat (kind, program, stale_after_s) VALUES ('t_tomorrow', 'syncd', 3600) ON CONFLICT DO NOTHING")
    made = [row[0] for row in world.as_worker(tenant, """
        SELECT j.id FROM unnest(ARRAY[5, 100, 100, 200]) WITH ORDINALITY AS n (priority, i),
               job.enqueue('t_tomorrow', 'due' || n.i, '{}', clock_timestamp(), n.priority) AS j (id) ORDER BY n.i""")]
    world.sql("VACUUM (ANALYZE) job.job")  # as it is after its first minutes
    asking = world.servers.connect("billfold_scheduler")
    with asking.cursor() as cursor:
        def ask():
            return [pages(cursor, "job.door_due('t_tomorrow', 64)"), pages(cursor, "job.door_dispatch(64)")]

        ask()
        few = ask()
        world.sql("SELECT set_config('app.actor', 'worker:test', false); INSERT INTO job.job (tenant_id, id, kind, key, run_at, priority)"
                  " SELECT %s, base.new_id(), 't_tomorrow', 'later' || n, now() + interval '1 day', 5 + n %% 3 * 95 FROM generate_series(1, 30000) n", tenant)
        many = ask()
        cursor.execute("SET cpu_operator_cost = 10")
        believed = ask()
        cursor.execute("RESET cpu_operator_cost")
        cursor.execute("SELECT job_id FROM job.door_due('t_tomorrow', 64)")
        assert [row[0] for row in cursor.fetchall()] == made  # by their priority, then by when they fell due
    asking.close()
    world.sql("DELETE FROM job.job WHERE kind = 't_tomorrow'; DELETE FROM job.heartbeat WHERE kind = 't_tomorrow'")
    world.sql("VACUUM job.job")  # who looks after this test is not to step over what is gone
    assert all(after < before + 60 for asked in (many, believed) for before, after in zip(few, asked)), (few, many, believed)


def test_a_key_is_taken_once(world, tenant):
    assert world.enqueue(tenant, "t_none", "one")
    assert world.enqueue(tenant, "t_none", "one") is None
    assert world.enqueue(world.tenant(), "t_none", "one")


def test_no_tenant_no_jobs(world, tenant):
    world.enqueue(tenant, "t_none")
    other = world.tenant()
    assert world.as_worker(other, "SELECT count(*) FROM job.job") == [(0,)]
    connection = world.servers.connect("billfold_syncd")
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM job.job), (SELECT count(*) FROM job.event), (SELECT count(*) FROM job.schedule)")
        assert cursor.fetchone() == (0, 0, 0)
    connection.close()


# ---- workers ----

def test_a_job_starts_soon_after_its_commit(world, tenant):
    """Within some round trips of what the machine does at that moment; the sweep alone would need seconds. The scheduler looks for a
    twentieth of the time: what a look costs it, it waits nineteen times."""
    scheduler, asking = world.scheduler(), world.servers.connect("billfold_scheduler")
    world.jobber(workers=2)
    eventually(lambda: "this scheduler is at work" in scheduler.log())
    waits, late, trips, looks = [], [], [], []
    for _ in range(20):
        since = time.monotonic()
        job = world.enqueue(tenant, "t_effect")
        trips.append(time.monotonic() - since)
        turn = longest_turn(lambda: world.state(job) == "done")
        since = time.monotonic()
        with asking.cursor() as cursor:
            cursor.execute("SELECT * FROM job.door_dispatch(64)")
        looks.append(time.monotonic() - since)
        waits.append(world.one("SELECT extract(epoch FROM e.at - j.created_at)::float FROM job.job j"
                               " JOIN public.effect e ON e.job_id = j.id WHERE j.id = %s", job))
        late.append(waits[-1] - 10 * max(turn, trips[-1]) - 20 * looks[-1])
    asking.close()
    trip, look = sorted(trips)[10], sorted(looks)[10]  # a connection, a transaction; a statement
    assert sorted(waits)[10] < 0.15 + 5 * trip + 20 * look, (waits, trips, looks)
    assert sorted(late)[-2] < 1, (waits, late)


def test_a_killed_worker_s_job_is_finished_by_another_once(world, tenant):
    program = world.jobber(workers=2)
    word = uuid.uuid4().hex
    job = world.enqueue(tenant, "t_effect", until=word)
    eventually(lambda: world.state(job) == "leased")
    for child in program.children():
        os.kill(child, signal.SIGKILL)
    world.say(word)
    eventually(lambda: world.state(job) == "done")
    assert world.effects(job) == 1
    assert world.one("SELECT attempts FROM job.job WHERE id = %s", job) > 1


def test_a_stopped_worker_that_wakes_cannot_do_it_twice(world, tenant):
    first = world.jobber()
    word = uuid.uuid4().hex
    job = world.enqueue(tenant, "t_effect", until=word)
    eventually(lambda: world.state(job) == "leased")
    child = first.children()[0]
    os.kill(child, signal.SIGSTOP)
    world.say(word)
    world.jobber()
    eventually(lambda: world.state(job) == "done")
    os.kill(child, signal.SIGCONT)
    eventually(lambda: "lease_lost" in first.log(), what="the loss in the log")
    assert world.effects(job) == 1


def test_work_that_goes_on_outlives_more_workers_than_it_has_attempts(world, tenant):
    """Attempts are those since the last step: long work under many deaths comes to its end, what never makes a step does not."""
    job = world.enqueue(tenant, "t_none")
    for death in range(6):
        (token, attempts), = world.as_worker(tenant, "SELECT lease_token, attempts FROM job.claim(%s, 30, 3)", job)
        assert attempts == min(death + 1, 2)
        world.as_worker(tenant, "SELECT job.renew(%s, %s, 30, true)", job, token)
        world.sql("UPDATE job.job SET lease_until = now() WHERE id = %s", job)
    for _ in range(2):
        assert claim(world, tenant, job)
        world.sql("UPDATE job.job SET lease_until = now() WHERE id = %s", job)
    assert claim(world, tenant, job) == [] and world.state(job) == "dead"


def test_a_job_that_kills_workers_is_set_aside(world, tenant):
    world.jobber()
    job = world.enqueue(tenant, "t_crash")
    eventually(lambda: world.state(job) == "dead")
    attempts, error = world.sql("SELECT attempts, last_error FROM job.job WHERE id = %s", job)[0]
    assert attempts == 2 and "ended without an answer" in error
    assert world.one("SELECT count(*) FROM job.alert WHERE job_id = %s AND closed_at IS NULL", job) == 1


def test_dead_letter_after_its_attempts_with_reason_alert_and_event(world, tenant):
    world.scheduler()
    program = world.jobber()
    job = world.enqueue(tenant, "t_fail")
    eventually(lambda: world.state(job) == "dead")
    attempts, error = world.sql("SELECT attempts, last_error FROM job.job WHERE id = %s", job)[0]
    assert attempts == 3 and "The other side is down." in error
    assert world.one("SELECT reason FROM job.alert WHERE job_id = %s AND closed_at IS NULL", job) == error
    event = world.sql("SELECT type, data->>'reason' FROM job.event WHERE object_id = %s", job)
    assert event == [("job.dead", error)]
    eventually(lambda: "dead letter" in program.log())
    # A person may have it tried again.
    world.as_worker(tenant, "SELECT job.retry(%s)", job, role="billfold_api")
    assert world.one("SELECT count(*) FROM job.alert WHERE job_id = %s AND closed_at IS NULL", job) == 0
    eventually(lambda: world.one("SELECT state = 'dead' AND attempts = 3 FROM job.job WHERE id = %s", job))
    with pytest.raises(psycopg2.Error) as refused:
        world.as_worker(tenant, "SELECT job.retry(%s)", uuid.uuid4().hex, role="billfold_api")
    assert refused.value.pgcode == "ZB404"


def test_what_is_plainly_refused_is_not_tried_again(world, tenant):
    world.jobber()
    job = world.enqueue(tenant, "t_refuse")
    eventually(lambda: world.state(job) == "dead")
    assert world.one("SELECT attempts FROM job.job WHERE id = %s", job) == 1


def test_what_has_moved_money_is_tried_as_often_as_it_may(world, tenant):
    world.jobber()
    job = world.enqueue(tenant, "t_persist")
    eventually(lambda: world.state(job) == "dead")
    assert world.one("SELECT attempts FROM job.job WHERE id = %s", job) == 3


def test_quiet_deferred_and_renewed_runs_end(world, tenant):
    world.jobber(workers=3)
    quiet, later, renewed = (world.enqueue(tenant, kind) for kind in ("t_quiet", "t_later", "t_renewed"))
    for job in (quiet, later, renewed):
        eventually(lambda: world.state(job) == "done", what=job)
    assert world.one("SELECT attempts FROM job.job WHERE id = %s", later) == 1  # the deferral does not count
    assert (world.effects(renewed), world.effects(later)) == (1, 1)


def test_what_a_run_found_out_is_written_with_its_deferral_or_not_at_all(world, tenant):
    program = world.jobber()
    job = world.enqueue(tenant, "t_later", ms=1500)
    eventually(lambda: world.sql("UPDATE job.job SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 hour'"
                                 " WHERE id = %s AND state = 'leased' RETURNING id", job), what="another worker's lease")
    eventually(lambda: "lease_lost" in program.log(), what="the loss in the log")
    assert (world.effects(job), world.state(job)) == (0, "leased")
    # A lease that nobody ends would be a sign of life of all that the program does.
    world.sql("UPDATE job.job SET state = 'done', finished_at = now(), lease_until = NULL, lease_token = NULL WHERE id = %s", job)


def test_drain_loses_no_job(world, tenant):
    program = world.jobber(workers=2)
    jobs = [world.enqueue(tenant, "t_effect", ms=300) for _ in range(6)]
    eventually(lambda: any(world.state(job) == "leased" for job in jobs))
    assert program.stop(signal.SIGTERM) == 0
    assert not any(world.state(job) == "leased" for job in jobs)
    world.jobber(workers=2)
    eventually(lambda: all(world.state(job) == "done" for job in jobs))
    assert all(world.effects(job) == 1 for job in jobs)


def test_a_duty_is_done_by_one_worker_in_its_interval(world):
    world.sql("DELETE FROM public.effect WHERE what = 'duty'")
    since = world.one("SELECT clock_timestamp()")
    world.jobber(workers=3)
    eventually(lambda: world.one("SELECT count(*) FROM public.effect WHERE what = 'duty'") >= 4)
    done, most = world.sql("SELECT count(*), 1 + floor(extract(epoch FROM clock_timestamp() - %s) / 2) FROM public.effect WHERE what = 'duty'", since)[0]
    assert done <= most


# ---- Redis is a messenger ----

def test_redis_that_forgot_everything_costs_seconds(world, tenant):
    world.scheduler()
    world.jobber(workers=2)
    jobs = []
    for i in range(60):
        jobs.append(world.enqueue(tenant, "t_effect", ms=20))
        if i % 10 == 5:
            world.servers.cli("flushall")
    eventually(lambda: all(world.state(job) == "done" for job in jobs))
    assert all(world.effects(job) == 1 for job in jobs)


def test_without_redis_the_sweep_does_it_all(world, tenant):
    world.servers.stop_redis()
    try:
        program = world.jobber(workers=2)
        jobs = [world.enqueue(tenant, "t_effect") for _ in range(20)]
        since = time.monotonic()
        turn = longest_turn(lambda: all(world.state(job) == "done" for job in jobs))
        assert time.monotonic() - since < 8 + 10 * turn
        assert all(world.effects(job) == 1 for job in jobs)
        assert "the sweep goes on alone" in program.log()
    finally:
        world.servers.start_redis()
    eventually(lambda: "hints are back" in program.log())


def test_without_scheduler_the_sweep_does_it_all(world, tenant):
    world.jobber()
    job = world.enqueue(tenant, "t_effect")
    eventually(lambda: world.state(job) == "done")


# ---- fairness ----

def test_one_tenant_s_thousands_do_not_stand_before_another_s_one(world, tenant):
    world.as_worker(tenant, "SELECT count(job.enqueue('t_effect', 'n' || n, '{\"ms\": 20}')) FROM generate_series(1, 1000) n")
    world.scheduler()
    world.jobber(workers=2)
    done = "SELECT count(*) FROM job.job WHERE tenant_id = %s AND state = 'done'"
    eventually(lambda: world.one(done, tenant) > 20)
    job = world.enqueue(world.tenant(), "t_effect")
    eventually(lambda: world.state(job) == "done")
    # What was told before it stands before it, and that is bounded.
    assert world.one("SELECT count(*) FROM job.job j JOIN job.job o ON o.id = %s AND j.finished_at BETWEEN o.created_at AND o.finished_at"
                     " WHERE j.tenant_id = %s", job, tenant) < 200
    world.sql("UPDATE job.job SET state = 'done', finished_at = now(), lease_until = NULL, lease_token = NULL WHERE tenant_id = %s"
              " AND state = 'scheduled'", tenant)


def at_work(world):
    program = world.scheduler()
    eventually(lambda: "this scheduler is at work" in program.log())


def test_a_short_back_off_is_short(world, tenant):
    """A try that is due in a second is made in a second, the third as soon as the second."""
    at_work(world)
    world.jobber()
    jobs = [world.enqueue(tenant, "t_fail") for _ in range(3)]
    turn = longest_turn(lambda: all(world.state(job) == "dead" for job in jobs))
    took = [world.one("SELECT extract(epoch FROM updated_at - created_at)::float FROM job.job WHERE id = %s", job) for job in jobs]
    print("three tries, two back-offs of a second:", took)
    assert max(took) < 4 + 10 * turn


def test_a_share_keeps_a_worker_for_others(world, tenant):
    jobs = {world.enqueue(tenant, "t_shared", until=word): word for word in (uuid.uuid4().hex, uuid.uuid4().hex)}
    world.scheduler()
    world.jobber(workers=2)
    first = eventually(lambda: [job for job in jobs if world.state(job) == "leased"])[0]
    second = next(job for job in jobs if job != first)
    other = world.enqueue(world.tenant(), "t_shared")
    eventually(lambda: world.state(other) == "done")  # a worker went past the second one, which is not begun
    assert (world.state(first), world.state(second)) == ("leased", "scheduled")
    world.say(jobs[first])
    eventually(lambda: world.state(second) == "leased")
    assert world.state(first) == "done" and world.effects(first) == 1
    world.say(jobs[second])
    eventually(lambda: world.state(second) == "done")


# ---- the scheduler ----

def test_due_schedules_become_jobs_exactly_once(world, tenant):
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'once', now() - interval '1 minute', '{\"a\": 1}')")
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'daily', now() - interval '50 hours', NULL, '1 day')")
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'later', now() + interval '1 hour')")
    for _ in range(3):
        world.scheduler()
    eventually(lambda: world.one("SELECT count(*) FROM job.job WHERE tenant_id = %s", tenant) == 4)
    rows = world.sql("SELECT split_part(key, '@', 1), payload->>'a', payload ? 'due_at' FROM job.job"
                     " WHERE tenant_id = %s ORDER BY 1", tenant)
    assert rows == [("daily", None, True)] * 3 + [("once", "1", True)]
    assert world.sql("SELECT key, due_at > now() FROM job.schedule WHERE tenant_id = %s ORDER BY 1",
                     tenant) == [("daily", True), ("later", True)]


def test_a_sandbox_tenant_s_schedules_follow_its_clock(world, tenant):
    world.as_worker(tenant, "SELECT tenant.set_clock(now() + interval '1 year')", role="billfold_api")
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'far', now() + interval '300 days')")
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'farther', now() + interval '400 days')")
    world.scheduler()
    eventually(lambda: world.one("SELECT count(*) FROM job.job WHERE tenant_id = %s", tenant) == 1)
    assert world.one("SELECT count(*) FROM job.schedule WHERE tenant_id = %s", tenant) == 1


def test_month_ends_come_from_the_anchor(world, tenant):
    world.as_worker(tenant, "SELECT job.schedule_put('t_none', 'monthly', '2026-01-31T00:00:00Z', NULL, '1 month')")
    world.as_worker(tenant, "SELECT tenant.set_clock(greatest(now(), '2026-07-01T00:00:00Z'))", role="billfold_api")
    for _ in range(6):
        world.as_worker(tenant, "SELECT job.run_schedules(10)", role="billfold_scheduler")
    days = world.sql("SELECT payload->>'due_at' FROM job.job WHERE tenant_id = %s ORDER BY key LIMIT 6", tenant)
    assert [day[0][:10] for day in days] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
                                            "2026-06-30"]


def advance(world, tenant, to):
    operation = str(uuid.uuid4())
    world.as_worker(tenant, "SELECT meta.start_operation(%s, 'advance_clock', jsonb_build_object('to', %s::timestamptz))",
                    operation, to, role="billfold_api")
    return operation


def test_the_clock_stops_where_something_falls_due(world, tenant):
    world.scheduler()
    world.jobber(workers=2)
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'monthly', now() + interval '1 month', NULL, '1 month')")
    world.as_worker(tenant, "SELECT job.schedule_put('t_effect', 'once', now() + interval '40 days', '{\"ms\": 300}')")
    to = world.one("SELECT now() + interval '100 days'")
    operation = advance(world, tenant, to)
    eventually(lambda: world.one("SELECT state = 'done' FROM meta.operation WHERE id = %s", operation))
    assert world.one("SELECT business_at FROM tenant.tenant WHERE id = %s", tenant) == to
    # The jobs of one instant ended before the clock stood at the next.
    assert world.sql("SELECT kind, state FROM job.job WHERE tenant_id = %s AND kind LIKE 't\\_%%' ORDER BY finished_at",
                     tenant) == [("t_quiet", "done"), ("t_effect", "done"), ("t_quiet", "done"), ("t_quiet", "done")]
    assert world.one("SELECT done FROM meta.operation WHERE id = %s", operation) == 4


def test_moving_the_clock_survives_its_workers(world, tenant):
    program = world.scheduler()
    world.jobber(workers=2)
    world.as_worker(tenant, "SELECT job.schedule_put('t_quiet', 'daily', now() + interval '1 day', NULL, '1 day')")
    operation = advance(world, tenant, world.one("SELECT now() + interval '30 days 12 hours'"))
    for n in (3, 9):
        eventually(lambda: world.one("SELECT count(*) FROM job.job WHERE tenant_id = %s AND kind = 't_quiet'", tenant) > n)
        for child in program.children():
            os.kill(child, signal.SIGKILL)
        # Whoever had it is dead: its lease need not be waited for here.
        world.sql("UPDATE job.job SET lease_until = clock_timestamp() WHERE kind = 'advance_clock' AND state = 'leased'")
    eventually(lambda: world.one("SELECT state = 'done' FROM meta.operation WHERE id = %s", operation))
    assert world.one("SELECT count(*) FROM job.job WHERE tenant_id = %s AND kind = 't_quiet' AND state = 'done'", tenant) == 30


def test_an_operation_fails_with_its_job(world, tenant):
    world.jobber()
    operation = str(uuid.uuid4())
    world.as_worker(tenant, "SELECT meta.start_operation(%s, 't_refuse', '{}')", operation, role="billfold_api")
    eventually(lambda: world.one("SELECT state = 'failed' AND error->>'detail' LIKE '%%never be right%%' FROM meta.operation"
                                 " WHERE id = %s", operation))


def test_another_scheduler_takes_over(world, tenant):
    first = world.scheduler()
    eventually(lambda: "this scheduler is at work" in first.log())
    second = world.scheduler()
    first.process.kill()
    eventually(lambda: "this scheduler is at work" in second.log())
    world.as_worker(tenant, "SELECT job.schedule_put('t_none', 'x', now())")
    eventually(lambda: world.one("SELECT count(*) FROM job.job WHERE tenant_id = %s", tenant) == 1)


def test_a_lease_does_not_outlive_its_worker_for_long(world, tenant):
    job = world.enqueue(tenant, "t_none")
    claim(world, tenant, job, lease=1)
    world.scheduler()
    eventually(lambda: world.state(job) == "scheduled")


def test_a_heartbeat_that_stops_raises_one_alarm_and_clears_it(world):
    program = world.jobber()
    program.stop(signal.SIGTERM)  # a duty that is cut off is a sign of life until its lease ends
    scheduler = world.scheduler()
    eventually(lambda: "this scheduler is at work" in scheduler.log())
    alarms = "SELECT count(*) FROM job.alarm WHERE kind = 't_effect' AND cleared_at IS NULL"

    def alarmed():
        """A last beat of a worker that was told to stop may come after the first try, and one that was killed within a duty may be
        silent as long as that. What is so already is left alone: who watches calls no kind silent whose row is written while it looks."""
        world.sql("UPDATE job.heartbeat SET beat_at = now() - interval '1 hour', busy_until = NULL WHERE kind LIKE 't\\_%'"
                  " AND (beat_at > now() - interval '30 minutes' OR busy_until IS NOT NULL)")
        return world.one(alarms) == 1

    eventually(alarmed)
    eventually(lambda: "heartbeat has stopped" in scheduler.log())
    world.jobber()
    eventually(lambda: world.one(alarms) == 0)
    eventually(lambda: world.one("SELECT stale_since IS NULL FROM job.heartbeat WHERE kind = 't_effect'"))


# ---- the feed ----

def changes(world, tenant, after=("0", "00000000-0000-0000-0000-000000000000"), limit=1000):
    return world.as_worker(tenant, "SELECT txid::text, event_id, body::json FROM job.changes(%s, %s, %s)", *after, limit)


def test_the_feed_skips_nobody_who_commits_late(world, tenant):
    def emit(cursor, kind):
        cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'race', -1, NULL)", (tenant,))
        cursor.execute("SELECT job.emit(%s, 'thing', %s)", (kind, str(uuid.uuid4())))

    slow, fast = (world.servers.connect("billfold_syncd") for _ in range(2))
    slow.autocommit = fast.autocommit = False
    emit(slow.cursor(), "thing.slow")
    emit(fast.cursor(), "thing.fast")
    fast.commit()
    # The fast one has committed, but a smaller number is still open.
    assert [row[2]["type"] for row in changes(world, tenant)] == []
    slow.commit()
    eventually(lambda: len(changes(world, tenant)) == 2)  # once whatever else is older has ended
    assert [row[2]["type"] for row in changes(world, tenant)] == ["thing.slow", "thing.fast"]
    slow.close()
    fast.close()


def test_what_one_has_just_done_is_among_the_events(world, tenant):
    """Newest first they wait for nobody, however long others take; the feed does, as it must skip none."""
    open_still = world.servers.connect("billfold_syncd")
    open_still.autocommit = False
    open_still.cursor().execute("SELECT pg_current_xact_id()")
    thing, last = str(uuid.uuid4()), ("18446744073709551615", "ffffffff-ffff-ffff-ffff-ffffffffffff")
    world.as_worker(tenant, "SELECT job.emit('thing.made', 'thing', %s)", thing)
    assert changes(world, tenant) == []
    for object_id in (thing, None):
        rows = world.as_worker(tenant, "SELECT body::json FROM job.events(%s, %s, %s, 10)", *last, object_id)
        assert [(row[0]["type"], row[0]["id"]) for row in rows] == [("thing.made", thing)]
    open_still.close()


def test_the_feed_walked_in_pages_under_writers_is_whole(world, tenant):
    stop = threading.Event()

    def write():
        while not stop.is_set():
            world.as_worker(tenant, "SELECT job.emit('thing.made', 'thing', gen_random_uuid()) FROM generate_series(1, 3)")

    writers = [threading.Thread(target=write) for _ in range(3)]
    [writer.start() for writer in writers]
    seen, after = [], ("0", "00000000-0000-0000-0000-000000000000")
    until = time.monotonic() + 3
    while time.monotonic() < until or (page and len(page) == 7):
        if time.monotonic() > until - 1:
            stop.set()
        page = changes(world, tenant, after, 7)
        if page:
            seen += [row[1] for row in page]
            after = (page[-1][0], page[-1][1])
    [writer.join() for writer in writers]
    written = world.one("SELECT count(*) FROM job.event WHERE tenant_id = %s", tenant)
    while len(seen) < written:
        page = eventually(lambda: changes(world, tenant, after, 500), what="the rest of the feed")
        seen += [row[1] for row in page]
        after = (page[-1][0], page[-1][1])
    assert changes(world, tenant, after, 500) == [] and len(seen) == len(set(seen)) == written


def test_one_event_an_object_and_transaction(world, tenant):
    thing = str(uuid.uuid4())
    world.as_worker(tenant, "SELECT job.emit('thing.created', 'thing', %s, '{\"a\": 1}'), job.emit('thing.updated', 'thing', %s),"
                    " job.emit('thing.sold', 'thing', %s, '{\"b\": 2}')", thing, thing, thing)
    world.as_worker(tenant, "SELECT job.emit('thing.updated', 'thing', %s)", thing)
    rows = world.sql("SELECT type, also, sequence, data FROM job.event WHERE object_id = %s ORDER BY txid", thing)
    assert rows == [("thing.sold", ["thing.created"], 1, {"a": 1, "b": 2}), ("thing.updated", [], 2, None)]


def test_an_event_never_changes_later(world, tenant):
    world.as_worker(tenant, "SELECT job.emit('thing.created', 'thing', gen_random_uuid())")
    with pytest.raises(psycopg2.Error) as refused:
        world.as_worker(tenant, "UPDATE job.event SET data = '{}'")
    assert refused.value.pgcode == "ZBFIN"
    for text in ("DELETE FROM job.event", "UPDATE job.event SET actor = 'x'", "TRUNCATE job.event", "DELETE FROM job.job"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            world.as_worker(tenant, text)
