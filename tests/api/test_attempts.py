"""Attempts to charge: one at a time on an invoice, each outcome once, and what nobody knows is asked for, never charged anew."""
import concurrent.futures
import os
import signal

import pytest

from harness.billing import charge, charged, draft, events, invoice, new_account, outcome, pay, state
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem
from harness.stopped import Stopped
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("charges", roles=("billing",))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id)


def look(api, attempt):
    return api.get(f"/v1/payment_attempts/{attempt['id']}").expect(200).json


def until(api, attempt, state):
    return wait_for(lambda: (a := look(api, attempt))["state"] == state and a, 20, f"the state {state}")


def payments(api, account):
    return api.all("/v1/payments", account_id=account["id"])


def captured(sql, attempt):
    """What the processor's own ledger says under the attempt's key."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT state, amount FROM connect.sandbox_charge WHERE key = %s", (attempt["id"],))
        return cursor.fetchall()


def hurry(sql, attempt):
    """The job that asks again is due now, and a lease that a dead worker holds is over."""
    with sql.cursor() as cursor:
        cursor.execute("UPDATE job.job SET run_at = now(), lease_until = CASE WHEN lease_until IS NOT NULL THEN now() END"
                       " WHERE kind = 'charge' AND key = %s AND state <> 'done'", ("attempt:" + attempt["id"],))


# ---- outcomes ----

def test_a_charge_that_succeeds(api, account):
    document = invoice(api, account, 4200)
    answer = api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}).expect(202)
    attempt = answer.json
    assert {m: attempt[m] for m in ("object", "invoice_id", "account_id", "method_id", "processor", "amount", "currency", "source", "state")} == {
        "object": "payment_attempt", "invoice_id": document["id"], "account_id": account["id"], "method_id": None, "processor": "sandbox",
        "amount": 4200, "currency": "EUR", "source": "api", "state": "new"}
    done = outcome(api, attempt)
    assert done["state"] == "succeeded" and done["processor_ref"] and done["sent_at"] <= done["resolved_at"]
    assert (done["decline_class"], done["decline_code"]) == (None, None)
    assert state(api, document) == ("paid", 0)
    (paid,) = payments(api, account)
    assert {m: paid[m] for m in ("attempt_id", "invoice_id", "kind", "amount", "unapplied", "currency", "reference")} == {
        "attempt_id": attempt["id"], "invoice_id": document["id"], "kind": "card", "amount": 4200, "unapplied": 0, "currency": "EUR",
        "reference": done["processor_ref"]}
    told = [e["type"] for e in events(api, attempt["id"], "payment_attempt.succeeded")]
    assert told[0] == "payment_attempt.created" and told[-1] == "payment_attempt.succeeded"


@pytest.mark.parametrize("token, grade, code", [("sandbox_decline_soft", "soft", "insufficient_funds"), ("sandbox_decline_hard", "hard", "stolen_card"),
                                                ("no_such_token", "hard", "invalid_token")])
def test_a_charge_that_is_declined(api, account, token, grade, code, sql):
    document = invoice(api, account, 4200)
    done = charged(api, document, token)
    assert (done["state"], done["decline_class"], done["decline_code"]) == ("declined", grade, code)
    assert done["resolved_at"] and state(api, document) == ("open", 4200) and payments(api, account) == []
    assert [s for s, _ in captured(sql, done)] == ["declined"]
    (task,) = api.all("/v1/tasks", invoice_id=document["id"])
    assert (task["kind"], task["state"]) == ("payment_failed", "open")
    assert charged(api, document)["state"] == "succeeded"
    assert api.get(f"/v1/tasks/{task['id']}").json["state"] == "done"


def test_only_what_is_due_is_charged(api, account):
    document = invoice(api, account, 1000)
    pay(api, account, 300)
    assert charged(api, document)["amount"] == 700
    assert state(api, document) == ("paid", 0)


# ---- refusals: the right code, nothing written, the worker alive ----

def test_where_nothing_is_due(api, account, sql):
    settled, voided, drafted = invoice(api, account, 100), invoice(api, account, 100), draft(api, account, 100)
    pay(api, account, 100, invoice_id=settled["id"])
    api.post(f"/v1/invoices/{voided['id']}/void").expect(200)
    for document in (settled, voided, drafted):
        for body in ({"payment_method": "sandbox_ok"}, {"payment_method": "sandbox_ok", "off_session": True}):
            told = problem(api.post(f"/v1/invoices/{document['id']}/pay", body), 409, "wrong_state")
            assert pointers(told) == {"/status": "wrong_state"}
    problem(api.post(f"/v1/invoices/{new_id()}/pay", {"payment_method": "sandbox_ok"}), 404, "not_found")
    assert api.all("/v1/payment_attempts", account_id=account["id"]) == []
    assert api.all("/v1/payment_methods", account_id=account["id"]) == []


@pytest.mark.parametrize("body, wrong", [({}, "/payment_method"), ({"payment_method": ""}, "/payment_method"), ({"payment_method": 5}, "/payment_method"),
                                         ({"payment_method": "x" * 201}, "/payment_method"), ({"payment_method": "sandbox_ok", "amount": 1}, "/amount"),
                                         ({"payment_method": "sandbox_ok", "off_session": "yes"}, "/off_session")])
def test_a_body_that_is_not_sound(api, account, body, wrong):
    document = invoice(api, account, 100)
    assert list(pointers(problem(api.post(f"/v1/invoices/{document['id']}/pay", body), 422))) == [wrong]
    assert api.all("/v1/payment_attempts", account_id=account["id"]) == []


def test_an_attempt_is_read_only(api, account):
    done = charged(api, invoice(api, account, 100))
    for method in ("PATCH", "DELETE", "PUT"):
        assert api.send(method, f"/v1/payment_attempts/{done['id']}", b"{}").status == 405
    assert api.send("POST", "/v1/payment_attempts", b"{}").status == 405


def test_a_repeat_is_the_first_answer(api, account):
    document, key = invoice(api, account, 100), new_id()
    first = api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}, key=key).expect(202)
    again = api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}, key=key).expect(202)
    assert again.body == first.body and again.headers["Idempotent-Replayed"] == "true"
    outcome(api, first.json)
    assert len(api.all("/v1/payment_attempts", invoice_id=document["id"])) == 1


def test_one_attempt_at_a_time(api, seller, account):
    document = invoice(api, account, 100)

    def one(_):
        client = seller.product.client(Authorization=api.headers["Authorization"])
        return client.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_unknown"})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert sorted(a.status for a in answers) == [202] + [409] * 7
    for answer in answers:
        if answer.status == 409:
            problem(answer, 409, "attempt_in_flight")
    outcome(api, next(a.json for a in answers if a.status == 202))


# ---- nobody knows ----

def test_an_unknown_outcome_holds_the_invoice_until_the_processor_was_asked(api, account, sql):
    document = invoice(api, account, 12100)
    attempt = charge(api, document, "sandbox_unknown")
    until(api, attempt, "unknown")
    assert captured(sql, attempt) == [("succeeded", 12100)] and payments(api, account) == []
    problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}), 409, "attempt_in_flight")
    problem(api.post(f"/v1/invoices/{document['id']}/void"), 409, "attempt_in_flight")
    assert state(api, document) == ("open", 12100)
    hurry(sql, attempt)
    assert outcome(api, attempt)["state"] == "succeeded"
    assert state(api, document) == ("paid", 0) and captured(sql, attempt) == [("succeeded", 12100)]
    told = [e["type"] for e in events(api, attempt["id"], "payment_attempt.succeeded")]
    assert told.index("payment_attempt.unknown") < told.index("payment_attempt.succeeded")
    problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}), 409, "wrong_state")


def test_if_both_succeed_the_second_is_credit(api, account, sql):
    document = invoice(api, account, 12100)
    attempt = charge(api, document, "sandbox_unknown")
    until(api, attempt, "unknown")
    by_bank = pay(api, account, 12100)
    assert (by_bank["unapplied"], state(api, document)) == (0, ("paid", 0))
    hurry(sql, attempt)
    assert outcome(api, attempt)["state"] == "succeeded"
    (by_card,) = [p for p in payments(api, account) if p["attempt_id"]]
    assert (by_card["amount"], by_card["unapplied"], by_card["allocations"] if "allocations" in by_card else []) == (12100, 12100, [])
    assert state(api, document) == ("paid", 0)
    assert invoice(api, account, 100)["status"] == "paid"


def test_a_part_of_a_charge_that_finds_less_due_is_credit(api, account, sql):
    document = invoice(api, account, 1000)
    attempt = charge(api, document, "sandbox_unknown")
    until(api, attempt, "unknown")
    pay(api, account, 300)
    hurry(sql, attempt)
    outcome(api, attempt)
    (by_card,) = [p for p in payments(api, account) if p["attempt_id"]]
    assert (by_card["amount"], by_card["unapplied"], state(api, document)) == (1000, 300, ("paid", 0))


# ---- what waits, and is paid otherwise meanwhile ----

@pytest.fixture
def nobody_charges(product):
    """The payment workers stand still until told to go on."""
    supervisor = product.pid("billfold-paymentd")
    workers = [int(p) for p in open(f"/proc/{supervisor}/task/{supervisor}/children").read().split()]

    def go_on():
        for worker in workers:
            os.kill(worker, signal.SIGCONT)

    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    yield go_on
    go_on()


def test_what_was_paid_while_the_attempt_waited_is_not_charged(api, account, sql, nobody_charges):
    document = invoice(api, account, 12100)
    attempt = charge(api, document)
    pay(api, account, 12100, invoice_id=document["id"])
    nobody_charges()
    done = outcome(api, attempt)
    assert (done["state"], done["sent_at"], captured(sql, attempt)) == ("cancelled", None, [])
    assert done["resolved_at"] and [p["kind"] for p in payments(api, account)] == ["bank"]
    assert [e["type"] for e in events(api, attempt["id"], "payment_attempt.cancelled")] == [
        "payment_attempt.created", "payment_attempt.cancelled"]


def test_of_what_is_still_due_no_more_is_charged(api, account, sql, nobody_charges):
    document = invoice(api, account, 1000)
    attempt = charge(api, document)
    pay(api, account, 300, invoice_id=document["id"])
    nobody_charges()
    done = outcome(api, attempt)
    assert (done["state"], done["amount"], captured(sql, attempt)) == ("succeeded", 700, [("succeeded", 700)])
    assert state(api, document) == ("paid", 0) and {p["unapplied"] for p in payments(api, account)} == {0}


# ---- a worker that dies ----

def test_killed_after_the_processor_was_asked(product, api, account, sql):
    document = invoice(api, account, 4200)
    with Stopped(product, "SELECT 1 FROM crm.account WHERE id = %s FOR UPDATE", (account["id"],)) as held:
        attempt = charge(api, document)
        held.kill()
        assert captured(sql, attempt) == [("succeeded", 4200)]
        assert look(api, attempt)["state"] == "in_flight" and payments(api, account) == []
    hurry(sql, attempt)
    assert outcome(api, attempt, 60)["state"] == "succeeded"
    assert captured(sql, attempt) == [("succeeded", 4200)] and len(payments(api, account)) == 1
    assert state(api, document) == ("paid", 0)


def test_killed_before_the_processor_was_asked(product, api, account, sql):
    document = invoice(api, account, 4200)
    with Stopped(product, "LOCK TABLE connect.sandbox_charge IN SHARE MODE") as held:
        attempt = charge(api, document)
        held.kill()
        assert captured(sql, attempt) == [] and look(api, attempt)["state"] == "in_flight"
    hurry(sql, attempt)
    assert outcome(api, attempt, 60)["state"] == "succeeded"
    assert captured(sql, attempt) == [("succeeded", 4200)] and len(payments(api, account)) == 1


def test_killed_while_it_writes_a_decline(product, api, account, sql):
    document = invoice(api, account, 4200)
    with Stopped(product, "LOCK TABLE collect.dunning IN SHARE MODE") as held:
        attempt = charge(api, document, "sandbox_decline_soft")
        held.kill()
        assert captured(sql, attempt) == [("declined", 4200)] and look(api, attempt)["state"] == "in_flight"
        problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}), 409, "attempt_in_flight")
    hurry(sql, attempt)
    assert outcome(api, attempt, 60)["state"] == "declined"
    assert len(api.all("/v1/tasks", invoice_id=document["id"])) == 1
    assert charged(api, document)["state"] == "succeeded"


def test_the_payer_is_held_before_the_attempt(product, api, account, sql):
    """Of two outcomes of one payer each gets its turn: neither holds what the other needs before it waits for the payer."""
    document = invoice(api, account, 4200)
    with Stopped(product, "SELECT 1 FROM crm.account WHERE id = %s FOR UPDATE", (account["id"],)) as held:
        attempt = charge(api, document)
        held.waits()
        with sql.cursor() as cursor:
            cursor.execute("SELECT state FROM payment.attempt WHERE id = %s FOR UPDATE NOWAIT", (attempt["id"],))
            assert cursor.fetchone() == ("in_flight",)
    assert outcome(api, attempt)["state"] == "succeeded" and state(api, document) == ("paid", 0)


# ---- disputes ----

def test_a_dispute_is_told_after_its_payment(api, account):
    document = invoice(api, account, 9000)
    done = charged(api, document, "sandbox_dispute")
    assert done["state"] == "succeeded" and state(api, document) == ("paid", 0)
    shown = wait_for(lambda: (i := api.get(f"/v1/invoices/{document['id']}").json)["dispute_status"] == "disputed" and i, 20, "the dispute")
    assert (shown["status"], shown["amount_due"]) == ("paid", 0)
    told = events(api, document["id"], "invoice.disputed")
    order = [t for e in told for t in (e["type"], *e["also"])]
    assert order.index("invoice.paid") < order.index("invoice.disputed")
    (news,) = [e for e in told if e["type"] == "invoice.disputed"]
    assert {m: news["payload"][m] for m in ("number", "account_id", "attempt_id", "amount", "currency")} == {
        "number": document["number"], "account_id": account["id"], "attempt_id": done["id"], "amount": 9000, "currency": "EUR"}
    (task,) = api.all("/v1/tasks", invoice_id=document["id"])
    assert (task["kind"], task["state"], task["invoice_id"]) == ("dispute", "open", document["id"])


def test_a_disputed_invoice_takes_no_attempt(api, account, sql):
    """Opened by hand on an invoice that still is due, as a processor's news may come."""
    document = invoice(api, account, 9000)
    with sql.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', tenant_id::text, false), set_config('app.actor', 'test', false) FROM billing.invoice"
                       " WHERE id = %s", (document["id"],))
        cursor.execute("UPDATE billing.invoice SET dispute_status = 'disputed' WHERE id = %s", (document["id"],))
    told = problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"}), 409, "wrong_state")
    assert pointers(told) == {"/dispute_status": "wrong_state"}
    pay(api, account, 9000)
    assert state(api, document) == ("paid", 0)
