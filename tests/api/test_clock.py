"""The test clock: forward only, for sandboxes only, and what falls due on the way happens in order, at its own time."""
import datetime
import os
import signal

import pytest

from harness.billing import feed
from harness.problem import pointers, problem
from harness.sandbox import Sandbox, local
from harness.wait import wait_for


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("clock"))


def ask(shop, to):
    return shop.api.post("/v1/test_clock/advance", {"to": to})


def stands(shop):
    return datetime.datetime.fromisoformat(shop.api.get("/v1/test_clock").expect(200).json["business_now"].replace("Z", "+00:00"))


def test_a_move_is_an_operation(shop):
    answer = ask(shop, shop.day("03-05")).expect(202)
    operation = answer.json
    assert operation["object"] == "operation" and operation["kind"] == "advance_clock"
    assert answer.headers["Location"] == f"/v1/operations/{operation['id']}"
    done = shop.ended(operation)
    assert done["state"] == "done" and done["finished_at"] and done["result"]["business_now"].startswith(f"{shop.year}-03-05T11:00:00")
    clock = shop.api.get("/v1/test_clock").json
    assert clock["sandbox"] and clock["business_today"] == f"{shop.year}-03-05"


def test_never_backwards(shop):
    found = problem(ask(shop, shop.day("02-26")), 422)
    assert pointers(found) == {"/to": "out_of_range"}
    shop.ended(ask(shop, shop.day("02-27")).expect(202).json)  # to where it stands: nothing happens
    assert stands(shop) == datetime.datetime.fromisoformat(shop.day("02-27"))
    for body in ({}, {"to": None}, {"to": "tomorrow"}, {"to": 5}, {"to": shop.day("03-01"), "speed": 2}):
        problem(shop.api.post("/v1/test_clock/advance", body), 422)


def test_a_tenant_that_is_no_sandbox_lives_in_real_time(new_tenant):
    api = new_tenant("real", sandbox=False).program()
    problem(api.post("/v1/test_clock/advance", {"to": "2100-01-01T00:00:00Z"}), 409, "wrong_state")
    clock = api.get("/v1/test_clock").json
    now = datetime.datetime.now(datetime.timezone.utc)
    assert not clock["sandbox"]
    assert abs((datetime.datetime.fromisoformat(clock["business_now"].replace("Z", "+00:00")) - now).total_seconds()) < 60
    assert api.get("/v1/operations").json["data"] == []


def test_what_falls_due_on_the_way_happens_in_order_at_its_own_time(shop):
    account = shop.account()
    invoices = [shop.invoice(account, due_date=f"{shop.year}-03-{day}") for day in ("08", "05", "11")]
    declined = shop.invoice(account, due_date=f"{shop.year}-06-30")
    shop.charge(declined)
    shop.to("04-20")
    assert [[when for _, _, when in shop.sent(i)] for i in invoices] == [
        ["03-05 09:00", "03-08 09:00", "03-15 09:00", "03-22 09:00"], ["03-02 09:00", "03-05 09:00", "03-12 09:00", "03-19 09:00"],
        ["03-08 09:00", "03-11 09:00", "03-18 09:00", "03-25 09:00"]]
    assert shop.retries(declined) == ["02-28 09:00", "03-02 09:00", "03-04 09:00", "03-06 09:00"]
    events = feed(shop.api)
    times = [event["business_at"] for event in events]
    assert times == sorted(times)
    reminded = [local(e["business_at"]) for e in events if "invoice.reminded" in [e["type"], *e["also"]]]
    assert reminded == sorted(reminded) and len(reminded) == 12
    # Tasks carry the day on which they were opened, not the one to which the clock was moved.
    assert [t["due_date"] for t in shop.tasks(invoices[1])] == [f"{shop.year}-03-27"]


def test_two_moves_at_once(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")
    operations = [ask(shop, shop.day(day)).expect(202).json for day in ("03-20", "03-14", "03-25")]
    assert [shop.ended(o)["state"] for o in operations] == ["done"] * 3
    assert stands(shop) == datetime.datetime.fromisoformat(shop.day("03-25"))
    assert [when for _, _, when in shop.sent(invoice)] == ["03-07 09:00", "03-10 09:00", "03-17 09:00", "03-24 09:00"]


def children(product, program):
    pid = product.pid(program)
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def test_a_killed_worker_loses_no_step_and_takes_none_twice(shop, product, sql):
    account = shop.account()
    invoices = [shop.invoice(account, due_date=f"{shop.year}-03-{4 + n:02}") for n in range(6)]
    operation = ask(shop, shop.day("04-30")).expect(202).json

    def steps():
        return shop.api.get(f"/v1/operations/{operation['id']}").expect(200).json["done"]

    for least in (2, 6, 11):
        wait_for(lambda: steps() >= least, 60, f"{least} steps")
        for child in children(product, "billfold-scheduler"):
            os.kill(child, signal.SIGKILL)
        with sql.cursor() as cursor:  # who had it is dead: its lease need not be waited for here
            cursor.execute("UPDATE job.job SET lease_until = clock_timestamp() WHERE kind = 'advance_clock' AND state = 'leased'"
                           " AND tenant_id = %s", (shop.tenant.id,))
    assert shop.ended(operation)["state"] == "done"
    for n, invoice in enumerate(invoices):
        assert [(step, when) for step, _, when in shop.sent(invoice)] == [
            (f"reminder:{day}", f"03-{4 + n + day:02} 09:00") for day in (-3, 0, 7, 14)], n
        assert [t["occurrences"] for t in shop.tasks(invoice)] == [1]


def test_a_move_can_be_called_off(shop):
    account = shop.account()
    for n in range(8):
        shop.invoice(account, due_date=f"{shop.year}-03-{10 + n}")
    shop.api.post("/v1/subscriptions", {"account_id": account["id"], "name": "Care", "start_date": f"{shop.year}-03-01", "items": [
        {"description": "Care", "unit_price": "7", "recurring": "week"}]}).expect(201)
    to = f"{shop.year + 5}-04-30T12:00:00+01:00"  # so far that it is not there before it is called off
    operation = ask(shop, to).expect(202).json
    wait_for(lambda: shop.api.get(f"/v1/operations/{operation['id']}").json["done"] >= 2, 60, "two steps")
    shop.api.post(f"/v1/operations/{operation['id']}/cancel").expect(202)
    assert shop.ended(operation)["state"] == "cancelled"
    stood = stands(shop)
    assert stood < datetime.datetime.fromisoformat(to)
    shop.quiet()
    assert stands(shop) == stood
