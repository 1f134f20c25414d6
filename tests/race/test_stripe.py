"""Money once, whatever fails on the way (G3, I4, I5): many attempts over the whole product against the stand-in.

BILLFOLD_ATTEMPTS says how many (300), BILLFOLD_SEED which faults: 30 of 100 requests fail in one of ten ways, every
fifth webhook comes twice, a third late. Every sixth is paid by its payer on Stripe's page: most pay there, some pay by bank
after all, some go away until the page runs out. In the end the stand-in's charges and our payments are a bijection.
"""
import collections
import concurrent.futures
import contextlib
import os
import random
import time
import urllib.error

from harness.payer import Payer, begin, complete, link, session_of, there
from harness.wait import wait_for

ATTEMPTS = int(os.environ.get("BILLFOLD_ATTEMPTS", "300"))
SEED = int(os.environ.get("BILLFOLD_SEED", str(int(time.time()))))
MIX = {"cut_before": 4, "cut_after": 6, "error_before": 2, "error_after": 4, "unavailable": 3, "too_many": 4, "html": 2,
       "wrong_types": 2, "slow": 1, "webhook_first": 2}
METHODS = ["pm_card_visa"] * 8 + ["pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedLostCard"]


def pays_there(client, product, stripe, invoice, draw):
    """A payer with Stripe's page; what they did. Their browser waits for nothing longer than it must: who is not led there pays by
    bank, or goes away."""
    payer = Payer(product, link(client, invoice)["url"])
    begin(payer)
    try:
        url = there(payer, 30)
    except AssertionError:
        return "never led there"
    does = draw.choice(["pays"] * 6 + ["pays by bank", "both", "goes away"])
    if does in ("pays by bank", "both"):
        client.post("/v1/payments", {"account_id": invoice["account_id"], "amount": invoice["amount_due"],
                                     "invoice_id": invoice["id"]}).expect(201)
    try:
        if does in ("pays", "both"):
            complete(stripe, url)
        elif does == "goes away":
            stripe.control("/checkout/expire", session=session_of(url))
    except urllib.error.HTTPError:
        assert does == "both"  # the page was closed because the money had come
    return does


def test_every_charge_is_a_payment_and_every_payment_a_charge(seller, stripe):
    print(f"seed {SEED}, {ATTEMPTS} attempts")
    draw = random.Random(SEED)
    seller.hear(twice=0.2, disorder=0.3, seed=SEED)
    accounts = [seller.account() for _ in range(6)]
    on_page = [seller.account() for _ in range(ATTEMPTS // 6 + 1)]  # what is paid twice is credit, and pays no other invoice here
    clients = [seller.tenant.product.client(Authorization="Bearer " + seller.tenant.token()) for _ in range(4)]

    def start(worker):
        """A share of the attempts: an invoice each, paid, some of them by two callers at once."""
        made = []
        for number in range(worker, ATTEMPTS, len(clients)):
            account, method = on_page[number // 6] if number % 6 == 5 else accounts[number % len(accounts)], METHODS[number % len(METHODS)]
            draft = clients[worker].post("/v1/invoices", {
                "account_id": account["id"], "lines": [{"description": "Work", "unit_price": str(1 + number % 90)}]}).expect(201).json
            invoice = clients[worker].post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json
            if number % 6 == 5:
                did.append(pays_there(clients[worker], seller.tenant.product, stripe, invoice, random.Random(SEED + number)))
                made += clients[worker].all("/v1/payment_attempts", invoice_id=invoice["id"])
                continue
            made.append(clients[worker].post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method}).expect(202).json)
            again = clients[worker].post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method})
            assert again.status in (202, 409), again
            if again.status == 202:  # the first was declined already
                made.append(again.json)
        return made

    did = []
    stripe.fail({"mix": MIX, "seed": SEED, "seconds": 3})
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        attempts = [attempt for made in pool.map(start, range(len(clients))) for attempt in made]
    assert len(attempts) >= ATTEMPTS
    stripe.fail()  # the processor is well again: from now on all must become known
    well = time.monotonic()

    def unresolved():
        for each in stripe.objects("checkout.session"):  # whose payer never saw it
            if each["status"] == "open":
                with contextlib.suppress(urllib.error.HTTPError):  # over meanwhile
                    stripe.control("/checkout/expire", session=each["id"])
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
    assert set(states.values()) <= {"succeeded", "declined", "cancelled"}
    assert states and {a for a, s in states.items() if s == "cancelled"}.isdisjoint(charges)
    sessions = [each for each in stripe.objects("checkout.session") if each["client_reference_id"] in states]
    assert len({each["client_reference_id"] for each in sessions}) == len(sessions), "two pages of one attempt"
    assert not [each for each in sessions if each["status"] == "open"], "a page that is open still"
    assert did.count("pays") > ATTEMPTS // 30, did

    posts = [r for r in state["requests"] if r["method"] == "POST" and not r["path"].endswith("/expire")]
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
        cursor.execute("SELECT count(*) FROM payment.payment p WHERE p.attempt_id IS NOT NULL AND NOT EXISTS (SELECT FROM payment.fee f WHERE f.payment_id = p.id)")
        assert cursor.fetchone()[0] == 0, "a payment without its fee"
        cursor.execute("SELECT count(*) FROM job.job WHERE state = 'dead'")
        assert cursor.fetchone()[0] == 0, "a dead letter"
    faults = sum(1 for r in state["requests"] if r["fault"])
    assert faults > ATTEMPTS // 10, "too little went wrong for this to mean anything"
    print(f"{len(state['requests'])} requests, {faults} faults, {len(charges)} charges, {len(posts)} posts, {len(did)} payers on a page: {collections.Counter(did)}")
