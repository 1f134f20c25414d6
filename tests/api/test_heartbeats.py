"""A program that stops is missed: the state of things says so within two intervals, and another one raises the alarm."""
import os
import signal
import time

import pytest

from harness.product import Product
from harness.wait import wait_for

INTERVAL = 10  # seconds between two beats of a worker
OF_MAILD = {"plan_reminders", "remind", "send_document", "send_link"}


@pytest.fixture(scope="module")
def alone(product):
    """A product of this module's own: its programs are stopped."""
    made = Product().start()
    yield made
    made.stop()


def kinds(api):
    return {row["kind"]: row for row in api.get("/v1/system/jobs").expect(200).json["data"]}


def test_a_program_that_stops_is_missed_by_another(alone):
    api = alone.tenant("pulse").program()

    def beating():
        rows = kinds(api)
        return OF_MAILD <= set(rows) and not any(rows[k]["stale"] for k in OF_MAILD) and rows

    before = wait_for(beating, 30, "the beat of billfold-maild")
    assert {before[k]["program"] for k in OF_MAILD} == {"maild"}
    os.kill(alone.pid("billfold-maild"), signal.SIGTERM)
    wait_for(lambda: not alone.running("billfold-maild"), 20, "the end of billfold-maild")
    stopped = time.monotonic()

    def missed():
        """Who asks when two intervals are over is told, however long the asking takes."""
        asked, rows = time.monotonic(), kinds(api)
        stale = all(rows[k]["stale"] for k in OF_MAILD)
        assert stale or asked < stopped + 2 * INTERVAL + 1
        return stale and rows

    rows = wait_for(missed, what="stale kinds")
    assert api.get("/v1/system/jobs").json["stale"] >= len(OF_MAILD)
    # Whoever beats next notices.
    rows = wait_for(lambda: all((rows := kinds(api))[k]["alarm_raised_at"] for k in OF_MAILD) and rows, what="the alarm")
    noticed = {rows[k]["alarm_raised_by"] for k in OF_MAILD}
    assert noticed and "maild" not in noticed
    wait_for(lambda: any("heartbeat has stopped" in alone.log(f"billfold-{name}") for name in noticed), what="the alarm in the log")
    assert not rows["charge"]["stale"] and not rows["charge"]["alarm_raised_at"]

    alone.start()  # what does not run
    rows = wait_for(beating, 40, "the beat of billfold-maild")
    assert not any(rows[k]["alarm_raised_at"] for k in OF_MAILD)


def test_the_scheduler_is_watched_by_the_workers(alone):
    api = alone.tenant("watched").program()
    wait_for(lambda: not kinds(api).get("scheduler_dispatch", {"stale": True})["stale"], 30, "the scheduler's beat")
    os.kill(alone.pid("billfold-scheduler"), signal.SIGTERM)
    wait_for(lambda: not alone.running("billfold-scheduler"), 20, "the end of billfold-scheduler")
    row = wait_for(lambda: (row := kinds(api)["scheduler_dispatch"])["alarm_raised_at"] and row, what="the alarm")
    assert row["stale"] and row["alarm_raised_by"] != "scheduler"
    alone.start()
    wait_for(lambda: not kinds(api)["scheduler_dispatch"]["stale"], 30, "the scheduler's beat")
