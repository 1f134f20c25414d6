"""Webhooks of Stripe: whose word is taken (H11), what is told twice, early or out of order (H12, H13, T35), and what nobody told."""
import concurrent.futures
import json
import pathlib
import secrets
import subprocess
import time

import pytest

from harness.problem import problem
from harness.stripe import Seller, mac, signature, webhook
from harness.wait import wait_for

NODE = pathlib.Path(__file__).resolve().parents[1] / "stand-in" / "node"


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "hooks")


pytestmark = pytest.mark.usefixtures("stripe_well")


def event(kind="payment_intent.succeeded", thing=None, **more):
    thing = thing or {"id": "pi_" + secrets.token_hex(8), "object": "payment_intent", "metadata": {}}
    return json.loads(webhook(kind, thing, **more))


def deliver(seller, body, signed, url=None):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if signed is not None:
        headers["Stripe-Signature"] = signed
    client = seller.tenant.product.client()
    return client.send("POST", url or seller.processor["webhook_path"], body, headers)


def kept(seller, told):
    return [row for row in seller.api.all("/v1/processor_events") if row["ref"] == told["id"]]


def settled(seller, told, state=("applied", "ignored", "parked")):
    return wait_for(lambda: (row := kept(seller, told)) and row[0]["state"] in state and row[0], 20, f"{told['type']} {state}")


# ---- H11: whose word is taken ----

def bad_signatures(body, secret):
    now = int(time.time())
    good = signature(body, secret, now)
    other = signature(body, "whsec_" + "0" * 32)
    return {
        "missing": None, "empty": "", "no time": good.split(",")[1], "no v1": good.split(",")[0],
        "v0 alone": signature(body, secret, scheme="v0"), "another secret": other, "too old": signature(body, secret, now - 301),
        "from the future": signature(body, secret, now + 360), "time twice": f"t={now}," + good,
        "time is no number": good.replace("t=", "t=x"), "time with a sign": good.replace("t=", "t=+"),
        "upper case": good.split("=")[0] + "=" + good.split("=")[1] + "=" + good.split("v1=")[1].upper(),
        "cut short": good[:-1], "too long": good + "0", "100 signatures": f"t={now}" + f",v1={mac(body, secret, now)}" * 100,
        "another time": good.replace(f"t={now}", f"t={now - 1}"),
    }


@pytest.mark.parametrize("case", sorted(bad_signatures(b"{}", "whsec_x")))
def test_a_bad_signature_is_refused_and_nothing_is_written(seller, case, fingerprint):
    told = event()
    body = json.dumps(told).encode()
    before = fingerprint()
    answer = deliver(seller, body, bad_signatures(body, seller.webhook_secret)[case])
    problem(answer, 400, "bad_request")
    assert fingerprint() == before and kept(seller, told) == []


@pytest.fixture
def fingerprint(stripe_product, seller):
    """Of this seller's: what others were told before may come in late."""
    connection = stripe_product.database()

    def take():
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM connect.inbound_event e WHERE e.tenant_id = t.id),"
                           " (SELECT count(*) FROM job.job j WHERE j.tenant_id = t.id AND j.kind = 'processor_event'),"
                           " (SELECT count(*) FROM audit.entry a WHERE a.tenant_id = t.id AND a.object = 'processor_event')"
                           " FROM tenant.tenant t WHERE t.id = %s", (seller.tenant.id,))
            return cursor.fetchone()

    yield take
    connection.close()


def test_changed_bytes_are_refused(seller):
    told = event()
    body = json.dumps(told).encode()
    good = signature(body, seller.webhook_secret)
    for changed in (body[:-1] + b" }", json.dumps(told, indent=1).encode(), body.replace(b"evt_", b"evt-", 1), b"", body + b"\n"):
        problem(deliver(seller, changed, good), 400)
    assert deliver(seller, body, good).expect(200).json == {"received": True}


def test_a_signature_of_nonsense_is_refused(seller):
    for body in (b"", b"[]", b"{}", b"nonsense", b'{"id":"evt_1","object":"event"}', b'{"id":"evt_1","id":"evt_2"}',
                 json.dumps({**event(), "created": -1}).encode(), json.dumps({**event(), "id": "../x"}).encode(),
                 json.dumps({**event(), "livemode": "no"}).encode(), json.dumps({**event(), "data": []}).encode(), b"\xff\xfe"):
        problem(deliver(seller, body, signature(body, seller.webhook_secret)), 400)


def test_one_good_pair_is_enough_during_a_rotation(seller):
    api, path = seller.api, f"/v1/processors/{seller.processor['id']}"
    old, new = seller.webhook_secret, "whsec_" + secrets.token_hex(16)
    now = api.patch(path, {"webhook_secrets": [new, old]}, api.get(path).json).expect(200).json
    for signatures in ([old], [new], [old, new], ["whsec_unknown_one", new]):
        body = json.dumps(event()).encode()
        at = int(time.time())
        text = f"t={at}," + ",".join("v1=" + mac(body, secret, at) for secret in signatures) + ",v0=" + "0" * 64
        deliver(seller, body, text).expect(200)
    now = api.patch(path, {"webhook_secrets": [new]}, now).expect(200).json
    body = json.dumps(event()).encode()
    problem(deliver(seller, body, signature(body, old)), 400)
    api.patch(path, {"webhook_secrets": [old]}, now).expect(200)


def test_stripes_own_library_signs_what_we_take(seller):
    node = sorted(NODE.glob("node_modules/node-linux-*/bin/node"))
    if not node or not (NODE / "node_modules" / "stripe").exists():
        pytest.skip("Stripe's library is not installed in tests/stand-in/node: no npm registry")
    cases = []
    for shift in (0, -240, 240):  # node takes a moment to start
        body = json.dumps(event(note="Grüße ☃"), ensure_ascii=False)
        cases.append((body, {"payload": body, "secret": seller.webhook_secret, "timestamp": int(time.time()) + shift}))
    lines = "".join(json.dumps(case) + "\n" for _, case in cases)
    done = subprocess.run([str(node[0]), "sign.mjs"], cwd=NODE, input=lines, capture_output=True, text=True, check=True)
    for (body, _), signed in zip(cases, done.stdout.splitlines(), strict=True):
        deliver(seller, body.encode(), signed).expect(200)


def test_a_body_past_the_limit_is_refused(seller):
    body = json.dumps(event(pad="x" * (1 << 20))).encode()
    problem(deliver(seller, body, signature(body, seller.webhook_secret)), 413)


def test_a_door_that_leads_nowhere_tells_nothing(seller, stripe_product, stripe):
    body = json.dumps(event()).encode()
    good = signature(body, seller.webhook_secret)
    unknown = "019f0000-0000-7000-8000-000000000000"
    paths = [f"/v1/processors/{pair}/webhook" for pair in (
        f"{seller.tenant.id}.{unknown}", f"{unknown}.{seller.processor['id']}", f"{unknown}.{unknown}", seller.processor["id"],
        f"{seller.tenant.id}.", "x", f"{seller.tenant.id}.{seller.processor['id']}.x")]
    answers = [problem(deliver(seller, body, good, path), 404, "not_found") for path in paths]
    assert len({answer["detail"] for answer in answers}) == 1
    other = Seller(stripe_product, stripe, "hooks2")
    problem(deliver(other, body, good), 400)


# ---- H12, H13, T35: again, early, late, of nobody ----

def test_the_same_event_in_parallel_is_one(seller):
    told = event()
    body = json.dumps(told).encode()
    signed = signature(body, seller.webhook_secret)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: deliver(seller, body, signed).status, range(16)))
    assert answers == [200] * 16
    assert len(kept(seller, told)) == 1
    deliver(seller, body, signed).expect(200)  # H13: an old delivery again
    assert len(kept(seller, told)) == 1


def test_what_is_of_nobody_is_parked_and_shown(seller, stripe):
    foreign = stripe.control("/charge", amount=500, currency="eur", confirm=True, payment_method="pm_card_visa", metadata={})
    cases = [(event(thing=foreign), "parked"), (event(livemode=True), "parked"), (event(account="acct_1"), "parked"),
             (event("customer.created", {"id": "cus_1", "object": "customer"}), "ignored")]
    for told, state in cases:
        body = json.dumps(told).encode()
        deliver(seller, body, signature(body, seller.webhook_secret)).expect(200)
        row = settled(seller, told)
        assert row["state"] == state and (row["reason"] is not None) == (state == "parked"), row
    again = settled(seller, cases[0][0])
    seller.api.post(f"/v1/processor_events/{again['id']}/apply", {}).expect(202)
    wait_for(lambda: kept(seller, cases[0][0])[0]["version"] >= again["version"] + 2, 20, "a second look")
    assert kept(seller, cases[0][0])[0]["state"] == "parked"
    problem(seller.api.post(f"/v1/processor_events/{kept(seller, cases[3][0])[0]['id']}/apply", {}), 409, "wrong_state")


def test_a_late_failure_does_not_take_back_a_payment(seller, stripe):
    """T35: the object is asked for; the event's own words, however often and in whatever order, change nothing."""
    invoice = seller.invoice(seller.account())
    attempt = seller.resolved(seller.pay(invoice))
    (intent,) = [i for i in stripe.objects("payment_intent") if i["id"] == attempt["processor_ref"]]
    lies = [event("payment_intent.payment_failed", {**intent, "status": "requires_payment_method", "amount": 1}),
            event("payment_intent.canceled", {**intent, "status": "canceled"})] + [event("payment_intent.succeeded", intent)] * 5
    for told in lies:
        body = json.dumps(told).encode()
        deliver(seller, body, signature(body, seller.webhook_secret)).expect(200)
        assert settled(seller, told)["state"] == "applied"
    assert seller.attempt(attempt)["state"] == "succeeded"
    assert seller.read(invoice, "invoices")["status"] == "paid"
    assert len([p for p in seller.payments() if p["attempt_id"] == attempt["id"]]) == 1


@pytest.mark.parametrize("settings", [
    {"copies": 1}, {"copies": 3}, {"disorder": 1.0, "twice": 0.5, "seed": 5}], ids=["once", "three times", "in disorder"])
def test_a_webhook_resolves_what_our_call_left_open(seller, stripe, settings):
    """Every answer is lost; what Stripe tells is enough."""
    seller.hear(**settings)
    account = seller.account()
    invoices = [seller.invoice(account) for _ in range(3)]
    stripe.fail({"do": "cut_after", "method": "POST", "times": 3},
                {"do": "error_before", "method": "GET", "path": "/v1/payment_intents", "times": 100})
    attempts = [seller.pay(invoice) for invoice in invoices]
    for invoice, attempt in zip(invoices, attempts, strict=True):
        assert seller.resolved(attempt, 30)["state"] == "succeeded"
        assert seller.read(invoice, "invoices")["status"] == "paid"
        assert len([p for p in seller.payments() if p["attempt_id"] == attempt["id"]]) == 1
        assert len(seller.charges()[attempt["id"]]) == 1


def test_a_webhook_before_the_answer(seller, stripe):
    seller.hear()
    invoice = seller.invoice(seller.account())
    stripe.fail({"do": "webhook_first", "method": "POST"})
    attempt = seller.resolved(seller.pay(invoice))
    assert attempt["state"] == "succeeded"
    wait_for(lambda: stripe.state()["quiet"], 20, "webhooks to be delivered")
    assert len([p for p in seller.payments() if p["attempt_id"] == attempt["id"]]) == 1


def test_what_no_webhook_told_is_asked_for(seller, stripe):
    """No webhook, no answer, no look-up: the list of events tells."""
    invoice = seller.invoice(seller.account())
    stripe.fail({"do": "cut_after", "method": "POST"},
                {"do": "error_before", "method": "GET", "path": "/v1/payment_intents", "times": 100})
    attempt = seller.resolved(seller.pay(invoice), 60)
    assert attempt["state"] == "succeeded"
    found = [row for row in seller.api.all("/v1/processor_events") if row["subject"] == attempt["id"]]
    assert {row["source"] for row in found} == {"poll"}


def test_money_that_moved_after_all_counts(seller, stripe, stripe_product):
    """T34: taken for declined, paid by another attempt, and then it turns out to have been charged: credit, not a loss."""
    account = seller.account()
    invoice = seller.invoice(account)
    first = seller.resolved(seller.pay(invoice))
    # Nothing more comes by itself that would tell of it.
    wait_for(lambda: {e["type"] for e in seller.api.all("/v1/processor_events") if e["charge_ref"] == first["processor_ref"]
                      and e["state"] == "applied"} >= {"payment_intent.succeeded", "charge.updated"}, 60, "all that is told of it", every=0.3)
    # As if that answer had been believed to be a decline.
    with stripe_product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM payment.allocation WHERE payment_id IN (SELECT id FROM payment.payment WHERE attempt_id = %s)",
                       (first["id"],))
        cursor.execute("DELETE FROM payment.fee WHERE payment_id IN (SELECT id FROM payment.payment WHERE attempt_id = %s)",
                       (first["id"],))
        cursor.execute("DELETE FROM payment.payment WHERE attempt_id = %s", (first["id"],))
        cursor.execute("UPDATE billing.invoice SET paid = 0, status = 'open' WHERE id = %s", (invoice["id"],))
        cursor.execute("UPDATE payment.attempt SET state = 'declined', decline_class = 'soft' WHERE id = %s", (first["id"],))
    second = seller.resolved(seller.pay(invoice))
    assert second["state"] == "succeeded"
    (intent,) = [i for i in stripe.objects("payment_intent") if i["id"] == first["processor_ref"]]
    told = event(thing=intent)
    body = json.dumps(told).encode()
    deliver(seller, body, signature(body, seller.webhook_secret)).expect(200)
    settled(seller, told)
    assert seller.attempt(first)["state"] == "succeeded"
    by_attempt = {p["attempt_id"]: p for p in seller.payments()}
    assert by_attempt[first["id"]]["unapplied"] == invoice["payable"]
    assert by_attempt[second["id"]]["unapplied"] == 0
    assert seller.read(invoice, "invoices")["amount_due"] == 0


# ---- fees ----

def test_what_stripe_kept_is_recorded_once(seller, stripe):
    seller.hear(copies=2)
    attempt = seller.resolved(seller.pay(seller.invoice(seller.account())))
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    fee = payment["amount"] * 15 // 1000 + 25

    def fees():
        return seller.read(payment, "payments")["fees"]

    wait_for(fees, 20, "the fee")
    wait_for(lambda: stripe.state()["quiet"], 20, "webhooks to be delivered")
    assert [(f["kind"], f["amount"], f["currency"]) for f in fees()] == [("charge", fee, "EUR")]
    rows = seller.api.all("/v1/journal_entries", document_id=payment["id"], fields="event,lines")
    (entry,) = [row for row in rows if row["event"] == "fee"]
    assert sorted((line["account_code"], line["debit"], line["credit"]) for line in entry["lines"]) == [
        ("1020", 0, fee), ("6100", fee, 0)]
