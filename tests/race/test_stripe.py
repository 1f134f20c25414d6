"""Money once, whatever fails on the way (G3, I4, I5): many attempts over the whole product against the stand-in.

BILLFOLD_ATTEMPTS says how many (300), BILLFOLD_SEED which faults: 30 of 100 requests fail in one of ten ways, every
fifth webhook comes twice, a third late. In the end the stand-in's charges and our payments are a bijection.
"""
import concurrent.futures
import os
import random
import time

from harness.wait import wait_for

ATTEMPTS = int(os.environ.get("BILLFOLD_ATTEMPTS", "300"))
SEED = int(os.environ.get("BILLFOLD_SEED", str(int(time.time()))))
MIX = {"cut_before": 4, "cut_after": 6, "error_before": 2, "error_after": 4, "unavailable": 3, "too_many": 4, "html": 2,
       "wrong_types": 2, "slow": 1, "webhook_first": 2}
METHODS = ["pm_card_visa"] * 8 + ["pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedLostCard"]


def test_every_charge_is_a_payment_and_every_payment_a_charge(seller, stripe):
    print(f"seed {SEED}, {ATTEMPTS} attempts")
    draw = random.Random(SEED)
    seller.hear(twice=0.2, disorder=0.3, seed=SEED)
    accounts = [seller.account() for _ in range(6)]
    clients = [seller.tenant.product.client(Authorization="Bearer " + seller.tenant.token()) for _ in range(4)]

    def start(worker):
        """A share of the attempts: an invoice each, paid, some of them by two callers at once."""
        made = []
        for number in range(worker, ATTEMPTS, len(clients)):
            account, method = accounts[number % len(accounts)], METHODS[number % len(METHODS)]
            draft = clients[worker].post("/v1/invoices", {
                "account_id": account["id"], "lines": [{"description": "Work", "unit_price": str(1 + number % 90)}]}).expect(201).json
            invoice = clients[worker].post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json
            made.append(clients[worker].post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method}).expect(202).json)
            again = clients[worker].post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method})
            assert again.status in (202, 409), again
            if again.status == 202:  # the first was declined already
                made.append(again.json)
        return made

    stripe.fail({"mix": MIX, "seed": SEED, "seconds": 3})
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        attempts = [attempt for made in pool.map(start, range(len(clients))) for attempt in made]
    assert len(attempts) >= ATTEMPTS
    stripe.fail()  # the processor is well again: from now on all must become known
    well = time.monotonic()

    def unresolved():
        with seller.tenant.product.database().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM payment.attempt WHERE state IN ('new', 'in_flight', 'unknown')")
            return cursor.fetchone()[0]

    wait_for(lambda: unresolved() == 0, 300, "every outcome", every=1)
    print(f"all known {time.monotonic() - well:.0f} s after the processor was well")
    wait_for(lambda: stripe.state()["quiet"], 60, "webhooks to be delivered")
    wait_for(lambda: all(row["state"] != "received" for row in seller.api.all("/v1/processor_events")), 60, "events", every=1)

    state = stripe.state()
    assert state["violations"] == []
    charges = seller.charges()
    payments = {p["attempt_id"]: p for p in seller.payments()}
    assert all(len(found) == 1 for found in charges.values()), "an attempt was charged twice"
    assert set(charges) == set(payments), "charges and payments are no bijection"
    for attempt, (charge,) in charges.items():
        assert (payments[attempt]["amount"], payments[attempt]["currency"]) == (charge["amount"], charge["currency"].upper())
    states = {row["id"]: row["state"] for row in seller.api.all("/v1/payment_attempts")}
    assert {a for a, s in states.items() if s == "succeeded"} == set(payments)
    assert set(states.values()) <= {"succeeded", "declined"}

    posts = [r for r in state["requests"] if r["method"] == "POST"]
    by_key = {}
    for request in posts:
        by_key.setdefault(request["key"], set()).add(request["body"])
    assert set(by_key) == set(states), "a key that is no attempt, or an attempt that was never sent"
    assert all(len(bodies) == 1 for bodies in by_key.values()), "a retry with other bytes"

    with seller.tenant.product.database().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing.invoice i WHERE i.paid > i.payable")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT sum(debit) - sum(credit) FROM ledger.line")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT count(*) FROM payment.payment p WHERE NOT EXISTS (SELECT FROM payment.fee f WHERE f.payment_id = p.id)")
        assert cursor.fetchone()[0] == 0, "a payment without its fee"
        cursor.execute("SELECT count(*) FROM job.job WHERE state = 'dead'")
        assert cursor.fetchone()[0] == 0, "a dead letter"
    faults = sum(1 for r in state["requests"] if r["fault"])
    assert faults > ATTEMPTS // 10, "too little went wrong for this to mean anything"
    print(f"{len(state['requests'])} requests, {faults} faults, {len(charges)} charges, {len(posts)} posts")
