"""Money back once, whatever fails on the way (I4): refunds of each payment from several sides at once, at the processor itself too, while
payment workers are killed and a quarter of the requests fail.

BILLFOLD_REFUNDS says of how many payments (12), BILLFOLD_SEED which faults. In the end the stand-in's refunds and ours are a
bijection, and no charge has given back more than it took.
"""
import concurrent.futures
import contextlib
import os
import random
import signal
import threading
import time

from harness.money import check_money
from harness.wait import wait_for

PAYMENTS = int(os.environ.get("BILLFOLD_REFUNDS", "12"))
SEED = int(os.environ.get("BILLFOLD_SEED", str(int(time.time()))))
MIX = {"cut_before": 4, "cut_after": 6, "error_after": 4, "unavailable": 3, "too_many": 3, "html": 2, "wrong_types": 2, "webhook_first": 2}
SECONDS = 25


def kill_now_and_then(product, over, draw):
    """SIGKILL for one payment worker each second or so; the supervisor makes new ones."""
    kills = 0
    supervisor = product.pid("billfold-paymentd")
    while not over.wait(draw.uniform(0.5, 1.5)):
        children = open(f"/proc/{supervisor}/task/{supervisor}/children").read().split()
        with contextlib.suppress(IndexError, ProcessLookupError):  # it ended by itself meanwhile
            os.kill(int(draw.choice(children)), signal.SIGKILL)
            kills += 1
    return kills


def test_every_refund_is_theirs_and_ours_and_never_too_much(seller, stripe):
    print(f"seed {SEED}, {PAYMENTS} payments")
    draw, product = random.Random(SEED), seller.tenant.product
    seller.hear(twice=0.2, disorder=0.3, seed=SEED)
    account = seller.account()
    paid = [(i := seller.invoice(account, "100"), seller.pay(i)) for _ in range(PAYMENTS)]
    attempts = {a["id"]: seller.resolved(a) for _, a in paid}
    assert {a["state"] for a in attempts.values()} == {"succeeded"}
    invoices = {a["id"]: i["id"] for i, a in paid}
    payments = {p["attempt_id"]: p for p in seller.payments()}
    clients = [product.client(Authorization="Bearer " + seller.tenant.token()) for _ in range(3)]

    def side(n):
        """One of those that give back: as much as they are let, of whichever payment."""
        mine, end, asked = random.Random(f"{SEED}/{n}"), time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            attempt = mine.choice(list(payments))
            answer = clients[n].post(f"/v1/payments/{payments[attempt]['id']}/refunds", {
                "amount": mine.randrange(500, 6000), "invoice_id": invoices[attempt]})
            assert answer.status in (201, 409, 422), answer
            asked += answer.status == 201
            time.sleep(mine.uniform(0, 0.2))
        return asked

    over = threading.Event()
    stripe.fail({"mix": MIX, "seed": SEED})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        killer = pool.submit(kill_now_and_then, product, over, random.Random(SEED + 1))
        sides = [pool.submit(side, n) for n in range(3)]
        for attempt in draw.sample(list(payments), 3):  # and somebody at the processor itself
            time.sleep(1)
            try:
                stripe.control("/refund", payment_intent=attempts[attempt]["processor_ref"], amount=700)
            except OSError:
                pass  # nothing was left there
        asked = sum(one.result() for one in sides)
        over.set()
        kills = killer.result()
    stripe.fail()
    assert asked > PAYMENTS and kills > 5, (asked, kills)

    database = product.database()  # each statement by itself: what is hurried must not wait for this
    with database.cursor() as cursor:
        def unresolved():
            # Leases of the dead are over, and nobody waits for their time.
            cursor.execute("UPDATE job.job SET run_at = least(run_at, now() + interval '3 s'), lease_until = CASE WHEN lease_until IS NOT NULL THEN"
                           " least(lease_until, now() + interval '10 s') END WHERE kind IN ('refund', 'processor_event') AND state <> 'done'")
            cursor.execute("SELECT (SELECT count(*) FROM payment.refund WHERE state IN ('new', 'in_flight', 'unknown'))"
                           " + (SELECT count(*) FROM connect.inbound_event WHERE state = 'received')")
            return cursor.fetchone()[0]

        wait_for(lambda: stripe.state()["quiet"] and unresolved() == 0, 240, "every outcome", every=1)
        cursor.execute("SELECT sum(debit) - sum(credit) FROM ledger.line")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT kind, last_error FROM job.job WHERE state = 'dead'")
        assert cursor.fetchall() == []
        check_money(database, seller.tenant.id, leave_out=("nothing is open beside money that no invoice has used",
                                                           "what a processor captured and what was received are the same"))
    database.close()

    state = stripe.state()
    assert state["violations"] == []
    ours = {r["processor_ref"]: r["amount"] for r in seller.api.all("/v1/refunds", state="succeeded")}
    theirs = {r["id"]: r["amount"] for r in state["objects"]["refund"] if r["status"] == "succeeded"}
    assert ours == theirs, "refunds here and there are no bijection"
    for charge in state["objects"]["charge"]:
        assert charge["amount_refunded"] <= charge["amount"]
    by_key = {}
    for request in state["requests"]:
        if request["method"] == "POST" and request["path"] == "/v1/refunds":
            by_key.setdefault(request["key"], set()).add(request["body"])
    assert all(len(bodies) == 1 for bodies in by_key.values()), "a retry with other bytes"
    for attempt, payment in payments.items():
        now = seller.read(payment, "payments")
        back = sum(r["amount"] for r in state["objects"]["refund"] if r["status"] == "succeeded"
                   and r["payment_intent"] == attempts[attempt]["processor_ref"])
        assert now["refunded"] == back <= now["amount"]
        assert now["unapplied"] == 0 and seller.read({"id": invoices[attempt]}, "invoices")["amount_due"] == back
    faults = sum(1 for r in state["requests"] if r["fault"] and r["path"] == "/v1/refunds")
    print(f"{asked} asked for, {len(ours)} given back, {kills} workers killed, {faults} faults")
    assert faults > 5, "too little went wrong for this to mean anything"
