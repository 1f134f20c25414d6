"""Refunds by Stripe: the same bytes under the refund's id, what nobody knows is looked for, what it tells is made true; its ledger is ours."""
import concurrent.futures

import pytest

from harness.billing import entries
from harness.money import check_money
from harness.problem import problem
from harness.stripe import Seller
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "back")


@pytest.fixture(autouse=True)
def books_agree(stripe_well, seller, stripe_product):
    yield
    with stripe_product.database() as looking:
        # Charges are the stand-in's, not the sandbox's.
        check_money(looking, seller.tenant.id, leave_out=("nothing is open beside money that no invoice has used",
                                                          "what a processor captured and what was received are the same"))


def paid_invoice(seller, price="100", method="pm_card_visa", **more):
    document = seller.invoice(seller.account(**more), price)
    attempt = seller.resolved(seller.pay(document, method))
    assert attempt["state"] == "succeeded"
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    return document, attempt, payment


def refund(seller, payment, amount, **more):
    return seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": amount, **more})


def look(seller, made):
    return seller.read(made, "refunds")


def outcome(seller, made, seconds=60):
    return wait_for(lambda: (r := look(seller, made))["state"] in ("succeeded", "failed") and r, seconds, "the outcome of a refund")


def theirs(stripe, attempt):
    """What Stripe gave back of an attempt's charge."""
    return [r for r in stripe.objects("refund") if r["payment_intent"] == attempt["processor_ref"]]


def of_payment(seller, payment):
    return seller.api.all("/v1/refunds", payment_id=payment["id"])


def posts(stripe, made):
    return [r for r in stripe.state()["requests"] if r["method"] == "POST" and r["key"] == made["id"]]


def test_it_goes_back_to_the_card(seller, stripe):
    document, attempt, payment = paid_invoice(seller)
    amount = payment["amount"]
    made = refund(seller, payment, 4000, invoice_id=document["id"], reason="Room was cold").expect(201).json
    done = outcome(seller, made)
    (there,) = theirs(stripe, attempt)
    assert (done["state"], done["processor"], done["processor_ref"]) == ("succeeded", "stripe", there["id"])
    assert (there["amount"], there["currency"], there["metadata"]) == (4000, "eur", {"billfold_refund": made["id"]})
    assert entries(seller.api, made) == {"created": {"1100": 4000, "2210": -4000}, "paid": {"2210": 4000, "1020": -4000}}
    shown = seller.read(document, "invoices")
    assert (shown["status"], shown["amount_due"]) == ("partially_paid", 4000)
    (request,) = posts(stripe, made)
    assert request["path"] == "/v1/refunds" and request["status"] == 200
    outcome(seller, refund(seller, payment, amount - 4000, invoice_id=document["id"]).expect(201).json)
    problem(refund(seller, payment, 1, invoice_id=document["id"]), 422, "over_allocation")
    assert sum(r["amount"] for r in theirs(stripe, attempt)) == amount


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "error_after", "unavailable", "too_many", "html", "wrong_types", "wrong_amount",
                                   "wrong_currency", "slow"])
def test_whatever_happens_to_the_answer_it_is_given_back_once(seller, stripe, fault):
    document, attempt, payment = paid_invoice(seller)
    stripe.fail({"do": fault, "method": "POST", "path": "/v1/refunds", "seconds": 3})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    assert outcome(seller, made)["state"] == "succeeded"
    (there,) = theirs(stripe, attempt)
    assert there["amount"] == 4000
    assert len({r["body"] for r in posts(stripe, made)}) == 1, "a repeat with other bytes"


def test_an_error_of_theirs_without_a_trace_is_undone(seller, stripe):
    """A 500 is kept under its key: the list says twice that there is none, and then there was none."""
    document, attempt, payment = paid_invoice(seller)
    stripe.fail({"do": "error_before", "method": "POST", "path": "/v1/refunds"})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    done = outcome(seller, made, 90)
    assert (done["state"], done["failure_code"]) == ("failed", "processor_error")
    assert theirs(stripe, attempt) == [] and seller.read(document, "invoices")["status"] == "paid"
    again = outcome(seller, refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json)
    assert again["state"] == "succeeded"


@pytest.mark.parametrize("told_by", ["webhook", "poll"])
def test_one_that_was_given_up_and_is_there_after_all(seller, stripe, told_by):
    """The list said that there was none, and the money is gone: it is taken out of the payment after all, once."""
    document, attempt, payment = paid_invoice(seller)
    stripe.fail({"do": "error_before", "method": "POST", "path": "/v1/refunds"})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    assert outcome(seller, made, 90)["state"] == "failed" and seller.read(document, "invoices")["status"] == "paid"
    if told_by == "webhook":
        seller.hear(copies=3, disorder=0.5, seed=5)
    there = stripe.control("/refund", payment_intent=attempt["processor_ref"], amount=4000, metadata={"billfold_refund": made["id"]})
    wait_for(lambda: len(of_payment(seller, payment)) == 2, 30, "the refund after all")
    seller.quiet()
    assert [(r["state"], r["amount"], r["processor_ref"]) for r in of_payment(seller, payment)] == [
        ("failed", 4000, None), ("succeeded", 4000, there["id"])]
    assert seller.read(payment, "payments")["refunded"] == 4000 and seller.read(document, "invoices")["amount_due"] == 4000


def test_while_it_is_unknown_there_is_no_other(seller, stripe):
    document, attempt, payment = paid_invoice(seller)
    stripe.fail({"do": "cut_after", "method": "POST", "path": "/v1/refunds"},
                {"do": "error_before", "method": "GET", "path": "/v1/refunds", "times": 1000})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    wait_for(lambda: look(seller, made)["state"] == "unknown", 20, "the lost answer")
    problem(refund(seller, payment, 1, invoice_id=document["id"]), 409, "refund_in_flight")
    stripe.fail()
    assert outcome(seller, made, 90)["state"] == "succeeded" and len(theirs(stripe, attempt)) == 1


def test_what_stripe_refuses_is_undone(seller, stripe):
    """Somebody has given the money back at Stripe itself, and it says so."""
    document, attempt, payment = paid_invoice(seller)
    stripe.fail({"do": "error_before", "method": "GET", "path": "/v1/refunds", "times": 1000})
    stripe.control("/refund", payment_intent=attempt["processor_ref"], amount=payment["amount"])
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    done = outcome(seller, made)
    assert (done["state"], done["failure_code"]) == ("failed", "charge_already_refunded")
    stripe.fail()
    found = wait_for(lambda: [r for r in of_payment(seller, payment) if r["state"] == "succeeded"], 30, "the refund that was made there")
    assert [r["amount"] for r in found] == [payment["amount"]]
    assert seller.read(document, "invoices")["status"] == "open"


@pytest.mark.parametrize("currency, amount", [("JPY", 500), ("KWD", 12340), ("ISK", 700)])
def test_amounts_as_stripe_counts_them(seller, stripe, currency, amount):
    account = seller.account(currency=currency)
    exponent = {"JPY": 0, "KWD": 3, "ISK": 0}[currency]
    document = seller.invoice(account, str(amount / 10 ** exponent), currency=currency)
    attempt = seller.resolved(seller.pay(document))
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    made = refund(seller, payment, payment["amount"], invoice_id=document["id"]).expect(201).json
    assert outcome(seller, made)["state"] == "succeeded"
    (charge,) = [c for c in stripe.objects("charge") if c["payment_intent"] == attempt["processor_ref"]]
    assert charge["refunded"] and charge["amount_refunded"] == charge["amount"]


def test_of_one_charge_from_many_sides(seller, stripe, stripe_product):
    document, attempt, payment = paid_invoice(seller)
    clients = [stripe_product.client(Authorization="Bearer " + seller.tenant.token()) for _ in range(4)]

    def one(n):
        return clients[n % 4].post(f"/v1/payments/{payment['id']}/refunds", {"amount": 3000, "invoice_id": document["id"]})

    made = []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(6):
            for answer in pool.map(one, range(4)):
                assert answer.status in (201, 409, 422), answer
                if answer.status == 201:
                    made.append(outcome(seller, answer.json))
    ours = sum(r["amount"] for r in made if r["state"] == "succeeded")
    assert ours == sum(r["amount"] for r in theirs(stripe, attempt)) == payment["amount"] // 3000 * 3000
    assert seller.read(payment, "payments")["refunded"] == ours


# ---- what Stripe tells ----

SETTINGS = [{"copies": 1}, {"copies": 3}, {"disorder": 1.0, "twice": 0.5, "seed": 7}]
IDS = ["once", "three times", "in disorder"]


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_a_webhook_resolves_what_our_call_left_open(seller, stripe, settings):
    document, attempt, payment = paid_invoice(seller)
    seller.hear(**settings)
    stripe.fail({"do": "cut_after", "method": "POST", "path": "/v1/refunds"})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    assert outcome(seller, made)["state"] == "succeeded"
    seller.quiet()
    assert len(theirs(stripe, attempt)) == len(of_payment(seller, payment)) == 1
    assert entries(seller.api, made) == {"created": {"1100": 4000, "2210": -4000}, "paid": {"2210": 4000, "1020": -4000}}


def test_a_webhook_before_the_answer(seller, stripe):
    document, attempt, payment = paid_invoice(seller)
    seller.hear()
    stripe.fail({"do": "webhook_first", "method": "POST", "path": "/v1/refunds"})
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    assert outcome(seller, made)["state"] == "succeeded"
    seller.quiet()
    assert len(of_payment(seller, payment)) == 1 and set(entries(seller.api, made)) == {"created", "paid"}


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_money_that_comes_back_days_later(seller, stripe, settings):
    """refund.failed after it had succeeded: undone, told, once."""
    document, attempt, payment = paid_invoice(seller)
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    there = outcome(seller, made)["processor_ref"]
    seller.hear(**settings)
    stripe.control("/refund/fail", refund=there)
    done = wait_for(lambda: (r := look(seller, made))["state"] == "failed" and r, 30, "the failure")
    seller.quiet()
    assert done["failure_code"] == "expired_or_canceled_card" and done["succeeded_at"] < done["failed_at"]
    assert seller.read(document, "invoices")["status"] == "paid"
    assert seller.read(payment, "payments")["refunded"] == 0
    assert entries(seller.api, made) == {"created": {"1100": 4000, "2210": -4000}, "paid": {"2210": 4000, "1020": -4000},
                                         "failed": {"1020": 4000, "1100": -4000}}
    assert [t["kind"] for t in seller.api.all("/v1/tasks", account_id=document["account_id"])] == ["refund_failed"]


@pytest.mark.parametrize("told_by", ["webhook", "poll"])
def test_a_refund_that_somebody_made_there(seller, stripe, told_by):
    """What is left of the payment goes first, then the invoice that used it is open again."""
    document, attempt, payment = paid_invoice(seller)
    amount = payment["amount"]
    if told_by == "webhook":
        seller.hear(copies=3, disorder=0.5, seed=3)
    there = [stripe.control("/refund", payment_intent=attempt["processor_ref"], amount=n)["id"] for n in (1000, 2500)]
    rows = wait_for(lambda: len(r := of_payment(seller, payment)) == 2 and r, 30, "two refunds")
    if told_by == "webhook":
        seller.quiet()
    assert {(r["processor_ref"], r["amount"], r["state"], r["processor"]) for r in of_payment(seller, payment)} == {
        (there[0], 1000, "succeeded", "stripe"), (there[1], 2500, "succeeded", "stripe")}
    assert rows and seller.read(document, "invoices")["amount_due"] == 3500
    for row in rows:
        assert entries(seller.api, row) == {"created": {"1100": row["amount"], "2210": -row["amount"]},
                                            "paid": {"2210": row["amount"], "1020": -row["amount"]}}
    problem(refund(seller, payment, amount - 3499, invoice_id=document["id"]), 422, "over_allocation")


@pytest.mark.parametrize("settings", [None, *SETTINGS], ids=["asked for", *IDS])
@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_what_giving_back_costs_is_booked_once(seller, stripe, who, settings):
    document, attempt, payment = paid_invoice(seller)
    wait_for(lambda: seller.read(payment, "payments")["fees"], 30, "the charge's fee", every=0.1)
    if settings:
        seller.hear(**settings)
    stripe.control("/refund_fee", amount=30)
    try:
        if who == "ours":
            outcome(seller, refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json)
        else:
            stripe.control("/refund", payment_intent=attempt["processor_ref"], amount=4000)
    finally:
        stripe.control("/refund_fee", amount=0)
    shown = wait_for(lambda: len((now := seller.read(payment, "payments"))["fees"]) == 2 and now, 60, "the refund's fee", every=0.1)
    seller.quiet()
    assert [(f["kind"], f["amount"], f["currency"], f["base_amount"]) for f in shown["fees"]][1] == ("refund", 30, "EUR", 30)
    assert seller.read(payment, "payments")["fees"] == shown["fees"]
    booked = [{line["account_code"]: line["debit"] - line["credit"] for line in seller.read(e, "journal_entries")["lines"]}
              for e in seller.api.all("/v1/journal_entries", document_id=payment["id"]) if e["event"] == "fee"]
    assert {"6100": 30, "1020": -30} in booked and len(booked) == 2


def test_what_it_says_of_a_refund_is_not_believed(seller, stripe):
    """The object is asked for: an event's own words, however often, give nothing back."""
    document, attempt, payment = paid_invoice(seller)
    made = refund(seller, payment, 4000, invoice_id=document["id"]).expect(201).json
    outcome(seller, made)
    (there,) = theirs(stripe, attempt)
    seller.hear(copies=2)
    (charge,) = [c for c in stripe.objects("charge") if c["payment_intent"] == attempt["processor_ref"]]
    stripe.control("/event", type="refund.failed", object={**there, "status": "failed"})
    stripe.control("/event", type="charge.refunded", object={**charge, "amount_refunded": charge["amount"], "refunded": True})
    stripe.control("/event", type="refund.created", object={**there, "id": "re_invented", "metadata": {}})
    seller.quiet()
    assert [r["state"] for r in of_payment(seller, payment)] == ["succeeded"]
    assert seller.read(payment, "payments")["refunded"] == 4000


def test_by_hand_while_the_processor_is_paused(seller, stripe):
    document, attempt, payment = paid_invoice(seller)
    now = seller.read(seller.processor, "processors")
    paused = seller.api.patch(f"/v1/processors/{now['id']}", {"state": "paused"}, now).expect(200).json
    try:
        problem(refund(seller, payment, 4000, invoice_id=document["id"]), 409, "wrong_state")
        made = refund(seller, payment, 4000, invoice_id=document["id"], by_hand=True).expect(201).json
    finally:
        seller.api.patch(f"/v1/processors/{now['id']}", {"state": "active"}, paused).expect(200)
    assert (made["state"], made["processor"]) == ("succeeded", None)
    assert seller.read(document, "invoices")["amount_due"] == 4000 and theirs(stripe, attempt) == []


def test_a_refund_of_a_charge_that_is_not_ours_is_parked(seller, stripe):
    foreign = stripe.control("/charge", amount=500, currency="eur", confirm=True, payment_method="pm_card_visa", metadata={})
    seller.hear()
    there = stripe.control("/refund", payment_intent=foreign["id"])
    row = wait_for(lambda: [r for r in seller.api.all("/v1/processor_events", object_ref=there["id"]) if r["state"] == "parked"], 20, "the event")[0]
    assert "none of ours" in row["reason"]


def test_ours_and_theirs_at_the_same_time(seller, stripe):
    """Both want the last of a charge: one gets it, the books say which."""
    document, attempt, payment = paid_invoice(seller)
    amount = payment["amount"]
    seller.hear(copies=2, disorder=0.5, seed=11)
    stripe.fail({"do": "too_many", "method": "POST", "path": "/v1/refunds", "retry_after": 8})
    made = refund(seller, payment, amount, invoice_id=document["id"]).expect(201).json
    stripe.control("/refund", payment_intent=attempt["processor_ref"], amount=1000)
    assert outcome(seller, made)["state"] == "failed"
    wait_for(lambda: [r for r in of_payment(seller, payment) if r["state"] == "succeeded"], 60, "the other's refund")
    seller.quiet()
    assert sum(r["amount"] for r in of_payment(seller, payment) if r["state"] == "succeeded") == 1000
    assert seller.read(document, "invoices")["amount_due"] == 1000
