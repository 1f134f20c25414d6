"""A payer calls the bank (T31): what Stripe tells of disputes, by webhook or when asked, often and in disorder; the books follow the money."""
import pytest

from harness.billing import entries, events
from harness.money import check_money
from harness.problem import problem
from harness.stripe import Seller
from harness.wait import wait_for

FEE = 1500
SETTINGS = [None, {"copies": 1}, {"copies": 3}, {"disorder": 1.0, "twice": 0.5, "seed": 9}]
IDS = ["asked for", "once", "three times", "in disorder"]


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "bank")


@pytest.fixture(autouse=True)
def books_agree(stripe_well, seller, stripe_product):
    yield
    with stripe_product.database() as looking:
        check_money(looking, seller.tenant.id, leave_out=("nothing is open beside money that no invoice has used",
                                                          "what a processor captured and what was received are the same"))


def hooks(seller, settings):
    if settings:
        seller.hear(**settings)


def paid_invoice(seller, stripe, price="90"):
    """An invoice of 90.00 that a card has paid, its payment, and the charge there."""
    account = seller.account()
    draft = seller.api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        {"description": "Stay", "unit_price": price, "tax_rate": "0"}]}).expect(201).json
    attempt = seller.resolved(seller.pay(draft))
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    (charge,) = [c for c in stripe.objects("charge") if c["payment_intent"] == attempt["processor_ref"]]
    wait_for(lambda: seller.read(payment, "payments")["fees"], 20, "the charge's fee")
    return draft, payment, charge


def invoice_of(seller, document, *, status):
    return wait_for(lambda: (i := seller.read(document, "invoices"))["dispute_status"] == status and i, 60, f"an invoice {status}")


def dispute_of(seller, payment):
    (found,) = seller.api.all("/v1/disputes", payment_id=payment["id"])
    return found


def fees(seller, payment, kind="dispute"):
    return sorted(f["amount"] for f in seller.read(payment, "payments")["fees"] if f["kind"] == kind)


def told(seller, thing, type):
    return [t for e in events(seller.api, thing["id"], type) for t in (e["type"], *e["also"])]


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_t31_lost(seller, stripe, settings):
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, settings)
    there = stripe.control("/dispute", charge=charge["id"], reason="fraudulent")
    shown = invoice_of(seller, document, status="disputed")
    assert (shown["status"], shown["amount_due"]) == ("paid", 0)
    wait_for(lambda: dispute_of(seller, payment)["withdrawn"] == 9000, 20, "the withdrawal")
    dispute = dispute_of(seller, payment)
    assert {m: dispute[m] for m in ("state", "amount", "currency", "reason", "processor", "processor_ref", "taken", "closed_at")} == {
        "state": "open", "amount": 9000, "currency": "EUR", "reason": "fraudulent", "processor": "stripe", "processor_ref": there["id"],
        "taken": 0, "closed_at": None}
    assert entries(seller.api, dispute) == {"withdrawn": {"1030": 9000, "1020": -9000}}
    assert fees(seller, payment) == [FEE]
    problem(seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 1, "invoice_id": document["id"]}), 409, "wrong_state")
    (task,) = seller.api.all("/v1/tasks", invoice_id=document["id"])
    assert (task["kind"], task["state"]) == ("dispute", "open")

    stripe.control("/dispute/close", dispute=there["id"], status="lost")
    shown = invoice_of(seller, document, status="lost")
    assert (shown["status"], shown["amount_due"], shown["paid"]) == ("open", 9000, 0)
    seller.quiet()
    dispute = dispute_of(seller, payment)
    assert (dispute["state"], dispute["taken"], dispute["closed_at"] is None) == ("lost", 9000, False)
    assert entries(seller.api, dispute) == {"withdrawn": {"1030": 9000, "1020": -9000}, "lost": {"1100": 9000, "1030": -9000}}
    after = seller.read(payment, "payments")
    assert (after["charged_back"], after["refunded"], after["unapplied"]) == (9000, 0, 0)
    assert [(a["amount"], a["dispute_id"]) for a in after["allocations"]] == [(9000, None), (-9000, dispute["id"])]
    assert fees(seller, payment) == [FEE]
    assert entries(seller.api, payment)["fee"] == {"6100": charge["amount"] * 15 // 1000 + 25 + FEE, "1020": -(charge["amount"] * 15 // 1000 + 25 + FEE)}
    assert seller.api.get(f"/v1/tasks/{task['id']}").json["state"] == "done"
    assert told(seller, dispute, "dispute.lost")[0] == "dispute.created"
    order = told(seller, document, "invoice.dispute_lost")
    assert order.index("invoice.disputed") < order.index("invoice.dispute_lost")
    assert seller.resolved(seller.pay(document))["state"] == "succeeded"
    assert seller.read(document, "invoices")["status"] == "paid"


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_t31_won(seller, stripe, settings):
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, settings)
    there = stripe.control("/dispute", charge=charge["id"])
    invoice_of(seller, document, status="disputed")
    stripe.control("/dispute/close", dispute=there["id"], status="won")
    shown = invoice_of(seller, document, status="won")
    assert (shown["status"], shown["amount_due"]) == ("paid", 0)
    seller.quiet()
    wait_for(lambda: fees(seller, payment) == [-FEE, FEE], 20, "the fee given back")
    dispute = dispute_of(seller, payment)
    assert (dispute["state"], dispute["withdrawn"], dispute["taken"]) == ("won", 0, 0)
    booked = entries(seller.api, dispute)
    assert {code: sum(sides.get(code, 0) for sides in booked.values()) for code in ("1020", "1030")} == {"1020": 0, "1030": 0}
    assert seller.read(payment, "payments")["charged_back"] == 0
    (task,) = seller.api.all("/v1/tasks", invoice_id=document["id"])
    assert task["state"] == "done"
    made = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 9000, "invoice_id": document["id"]}).expect(201).json
    wait_for(lambda: seller.read(made, "refunds")["state"] == "succeeded", 30, "a refund after that")


@pytest.mark.parametrize("given_back, paid_again", [(0, False), (4000, False), (0, True)], ids=["all", "less", "paid again"])
def test_won_after_it_was_lost(seller, stripe, given_back, paid_again):
    """The bank decides anew: the payment has again what was taken of it, and so has its invoice as far as it is due."""
    document, payment, charge = paid_invoice(seller, stripe)
    seller.hear(copies=2)
    if given_back:
        made = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": given_back, "invoice_id": document["id"]}).expect(201).json
        wait_for(lambda: seller.read(made, "refunds")["state"] == "succeeded", 30, "the refund")
    there = stripe.control("/dispute", charge=charge["id"])
    stripe.control("/dispute/close", dispute=there["id"], status="lost")
    invoice_of(seller, document, status="lost")
    seller.quiet()
    taken = 9000 - given_back
    assert dispute_of(seller, payment)["taken"] == taken
    if paid_again:
        seller.api.post("/v1/payments", {"account_id": document["account_id"], "amount": 9000, "invoice_id": document["id"]}).expect(201)

    stripe.control("/dispute/close", dispute=there["id"], status="won")
    invoice_of(seller, document, status="won")
    seller.quiet()
    dispute = dispute_of(seller, payment)
    assert (dispute["state"], dispute["taken"], dispute["withdrawn"]) == ("won", 0, 0)
    shown, after = seller.read(document, "invoices"), seller.read(payment, "payments")
    assert (shown["amount_due"], shown["paid"]) == (given_back, 9000 - given_back)
    assert (after["charged_back"], after["unapplied"]) == (0, taken if paid_again else 0)
    booked = entries(seller.api, dispute)
    assert booked["reversed"] == {"1030": taken, "2200" if paid_again else "1100": -taken}
    assert booked.get("loss_reversed") == ({"1030": given_back, "6100": -given_back} if given_back else None)
    assert {code: sum(sides.get(code, 0) for sides in booked.values()) for code in ("1020", "1030", "6100")} == dict.fromkeys(
        ("1020", "1030", "6100"), 0)
    assert told(seller, dispute, "dispute.won")[0] == "dispute.created"
    assert "payment.chargeback_reversed" in told(seller, payment, "payment.chargeback_reversed")


def test_an_inquiry_moves_nothing_and_may_become_one(seller, stripe):
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, {"copies": 2})
    there = stripe.control("/dispute", charge=charge["id"], warning=True)
    wait_for(lambda: seller.api.all("/v1/disputes", payment_id=payment["id"]), 20, "the inquiry")
    seller.quiet()
    dispute = dispute_of(seller, payment)
    assert (dispute["state"], dispute["withdrawn"]) == ("inquiry", 0) and entries(seller.api, dispute) == {}
    assert seller.read(document, "invoices")["dispute_status"] == "none"
    assert [t["kind"] for t in seller.api.all("/v1/tasks", invoice_id=document["id"])] == ["dispute"]
    stripe.control("/dispute/close", dispute=there["id"], status="warning_closed")
    wait_for(lambda: dispute_of(seller, payment)["state"] == "won", 20, "its end")
    assert seller.read(document, "invoices")["dispute_status"] == "none"
    assert [t["state"] for t in seller.api.all("/v1/tasks", invoice_id=document["id"])] == ["done"]


def test_what_was_given_back_before_is_the_sellers_loss(seller, stripe):
    """40.00 of 90.00 had been given back; the bank takes all 90.00."""
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, {"copies": 1})
    made = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 4000, "invoice_id": document["id"]}).expect(201).json
    wait_for(lambda: seller.read(made, "refunds")["state"] == "succeeded", 30, "the refund")
    there = stripe.control("/dispute", charge=charge["id"])
    invoice_of(seller, document, status="disputed")
    stripe.control("/dispute/close", dispute=there["id"], status="lost")
    shown = invoice_of(seller, document, status="lost")
    assert (shown["status"], shown["amount_due"]) == ("open", 9000)
    dispute = dispute_of(seller, payment)
    assert dispute["taken"] == 5000
    booked = entries(seller.api, dispute)
    assert (booked["lost"], booked["loss"]) == ({"1100": 5000, "1030": -5000}, {"6100": 4000, "1030": -4000})


def test_after_a_refund_that_came_back_the_bank_can_take_all(seller, stripe):
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, {"copies": 1})
    made = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 9000, "invoice_id": document["id"]}).expect(201).json
    wait_for(lambda: seller.read(made, "refunds")["state"] == "succeeded", 30, "the refund")
    stripe.control("/refund/fail", refund=seller.read(made, "refunds")["processor_ref"])
    wait_for(lambda: seller.read(made, "refunds")["state"] == "failed", 30, "its failure")
    assert seller.read(document, "invoices")["status"] == "paid"
    there = stripe.control("/dispute", charge=charge["id"])
    stripe.control("/dispute/close", dispute=there["id"], status="lost")
    assert invoice_of(seller, document, status="lost")["amount_due"] == 9000


def test_an_answer_that_makes_no_sense_is_asked_for_again(seller, stripe):
    """V53: a dispute is not lost with it."""
    document, payment, charge = paid_invoice(seller, stripe)
    there = stripe.control("/dispute", charge=charge["id"])  # which no webhook tells
    stripe.fail({"do": "wrong_types", "method": "GET", "path": f"/v1/disputes/{there['id']}", "times": 2})
    invoice_of(seller, document, status="disputed")
    assert [r for r in stripe.state()["requests"] if r["fault"] == "wrong_types"]


def test_its_own_words_change_nothing(seller, stripe):
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, {"copies": 2})
    there = stripe.control("/dispute", charge=charge["id"])
    invoice_of(seller, document, status="disputed")
    stripe.control("/event", type="charge.dispute.closed", object={**there, "status": "lost"})
    stripe.control("/event", type="charge.dispute.closed", object={**there, "id": "dp_invented", "status": "lost"})
    seller.quiet()
    assert dispute_of(seller, payment)["state"] == "open"
    assert seller.read(document, "invoices")["status"] == "paid"
    (parked,) = [r for r in seller.api.all("/v1/processor_events", object_ref="dp_invented")]
    assert parked["state"] == "parked"


def test_a_refund_on_its_way_and_a_dispute(seller, stripe):
    """Stripe refuses the refund of a charge that is disputed: it is undone, and the dispute takes what there is."""
    document, payment, charge = paid_invoice(seller, stripe)
    hooks(seller, {"copies": 1})
    stripe.fail({"do": "too_many", "method": "POST", "path": "/v1/refunds", "retry_after": 8})
    made = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 9000, "invoice_id": document["id"]}).expect(201).json
    there = stripe.control("/dispute", charge=charge["id"])
    done = wait_for(lambda: (r := seller.read(made, "refunds"))["state"] == "failed" and r, 60, "the refusal")
    assert done["failure_code"] == "charge_disputed"
    invoice_of(seller, document, status="disputed")
    stripe.control("/dispute/close", dispute=there["id"], status="lost")
    assert invoice_of(seller, document, status="lost")["amount_due"] == 9000
    assert seller.read(payment, "payments")["charged_back"] == 9000
