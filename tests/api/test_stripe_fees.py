"""A processor that settles in a currency of its own: what it keeps is booked in that, and at what it is worth in the seller's own; what it
exchanges is booked in both currencies."""
import pytest

from harness.billing import books, events, moved
from harness.money import check_money
from harness.stripe import Seller
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "fees")


@pytest.fixture(autouse=True)
def books_agree(stripe_well, seller):
    yield
    seller.stripe.control("/settlement")
    with seller.product.database() as looking:
        check_money(looking, seller.tenant.id, leave_out=("nothing is open beside money that no invoice has used",
                                                          "what a processor captured and what was received are the same"))


def paid(seller, **more):
    """A charge of 100.00: the payment once its fee is known."""
    account = seller.account(**({"currency": more["currency"]} if "currency" in more else {}))
    invoice = seller.api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        {"description": "Stay", "unit_price": "100", "tax_rate": "0"}], **more}).expect(201).json
    attempt = seller.pay(invoice)
    assert seller.resolved(attempt)["state"] == "succeeded"
    (made,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    return wait_for(lambda: (now := seller.read(made, "payments"))["fees"] and now, 20, "the charge's fee", every=0.1)


def fees(payment):
    return [(f["kind"], f["amount"], f["currency"], f["base_amount"]) for f in payment["fees"]]


def booked(seller, payment, event="fee"):
    """The entries of an event, fees': {(account, currency): (debit - credit, the same in the seller's own)}."""
    found = {}
    for entry in seller.api.all("/v1/journal_entries", document_id=payment["id"]):
        if entry["event"] != event:
            continue
        for line in seller.api.get(f"/v1/journal_entries/{entry['id']}").expect(200).json["lines"]:
            amount, worth = found.get((line["account_code"], line["currency"]), (0, 0))
            found[line["account_code"], line["currency"]] = (
                amount + line["debit"] - line["credit"], None if line["base_debit"] is None else worth + line["base_debit"] - line["base_credit"])
    return found


USD = {"currency": "USD", "exchange_rate": "0.9"}


@pytest.mark.parametrize("document, settles, fee, currency, worth", [
    ({}, None, 175, "EUR", 175),                # as it was charged, in the seller's own
    (USD, None, 175, "USD", 158),               # in the charge's: 1.575 at its rate
    (USD, ("eur", "0.8765"), 156, "EUR", 156),  # converted to the seller's own: worth itself
    ({}, ("gbp", "0.8"), 145, "GBP", 181),      # converted from it: 1.45 of the 80.00 that 100.00 came to
    (USD, ("gbp", "0.75"), 137, "GBP", 164),    # across both: 1.37 of the 75.00 that 90.00 came to
    ({"currency": "USD"}, None, 175, "USD", None), ({"currency": "USD"}, ("gbp", "0.75"), 137, "GBP", None)],
    ids=["all in one", "of the charge's", "of the seller's", "of its own", "of a third", "no rate", "no rate, a third"])
def test_a_fee_in_the_currency_that_is_settled_in(seller, stripe, document, settles, fee, currency, worth):
    seller.hear()
    stripe.control("/settlement", **({"currency": settles[0], "rate": settles[1]} if settles else {}))
    payment = paid(seller, **document)
    assert fees(payment) == [("charge", fee, currency, worth)]
    assert booked(seller, payment) == {("6100", currency): (fee, worth), ("1020", currency): (-fee, worth and -worth)}
    assert books(seller.api)


@pytest.mark.parametrize("hear", [{}, {"copies": 3}, {"disorder": 1.0, "twice": 0.5, "seed": 23}], ids=["once", "three times", "in disorder"])
@pytest.mark.parametrize("document, settles, settled, currency, given, got", [
    (USD, ("eur", "0.8765"), 8765, "EUR", 9000, 8765),
    (USD, ("eur", "0.91"), 9100, "EUR", 9000, 9100),
    ({}, ("gbp", "0.8"), 8000, "GBP", 10000, 10000),
    (USD, ("gbp", "0.75"), 7500, "GBP", 9000, 9000),
    ({"currency": "USD"}, ("eur", "0.8765"), 8765, "EUR", None, 8765),
    ({"currency": "USD"}, ("gbp", "0.75"), 7500, "GBP", None, None)],
    ids=["lost", "gained", "of its own", "of a third", "no rate", "no rate, a third"])
def test_what_it_exchanges_is_booked_in_both_currencies(seller, stripe, document, settles, settled, currency, given, got, hear):
    """What the balance transaction says, once: nothing of the payment's currency is left with the processor."""
    seller.hear(**hear)
    stripe.control("/settlement", currency=settles[0], rate=settles[1])
    payment = paid(seller, **document)
    seller.quiet()
    payment = seller.read(payment, "payments")
    own = document.get("currency", "EUR")
    assert [{**c, "booked_on": None} for c in payment["conversions"]] == [
        {"kind": "charge", "amount": 10000, "settled": settled, "settled_currency": currency, "base_amount": got, "booked_on": None}]
    known = given is not None and got is not None
    between = {("6200" if given > got else "4950", own): (0, given - got)} if known and given != got else {}
    assert booked(seller, payment, "converted") == {
        ("1020", own): (-10000, -given if known else None), ("1040", own): (10000, got if known else None), **between,
        ("1020", currency): (settled, got), ("1040", currency): (-settled, -got if got is not None else None)}
    assert booked(seller, payment, "received")["1020", own][0] == 10000
    assert books(seller.api)
    told = [t for e in events(seller.api, payment["id"], "payment.converted") for t in (e["type"], *e["also"])]
    assert told.count("payment.converted") == 1


@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_what_goes_back_is_exchanged_as_well(seller, stripe, who):
    """Each at the rate of its day: given back, come back after all, taken by the bank; in the end only the seller's own is with the processor."""
    def left():
        report = seller.api.get("/v1/reports/trial_balance").expect(200).json
        return {(a["account_code"], a["currency"]): (a["balance"], a["base_balance"]) for a in report["accounts"] if a["account_code"] in ("1020", "1040")}

    def since(before):
        now = left()
        return {key: tuple(a - b for a, b in zip(now.get(key, (0, 0)), before.get(key, (0, 0)))) for key in {*now, *before}}

    def conversions(n):
        shown = wait_for(lambda: len(c := seller.read(payment, "payments")["conversions"]) == n and c, 60, f"{n} conversions", every=0.1)
        return [(c["kind"], c["amount"], c["settled"], c["base_amount"]) for c in shown]

    def settle(rate):
        stripe.control("/settlement", currency="eur", rate=rate)

    seller.hear(copies=2, disorder=0.5, seed=3)
    before = left()
    settle("0.88")
    payment = paid(seller, **USD)
    invoice = payment["allocations"][0]["invoice_id"]
    (charge,) = [c for c in stripe.objects("charge") if c["metadata"].get("billfold_attempt") == payment["attempt_id"]]
    settle("0.86")
    if who == "ours":
        seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 3333, "invoice_id": invoice}).expect(201)
    else:
        stripe.control("/refund", payment_intent=charge["payment_intent"], amount=3333)
    expected = [("charge", 10000, 8800, 8800), ("refund", -3333, -2866, -2866)]
    assert conversions(2) == expected
    (refund,) = [r for r in stripe.objects("refund") if r["charge"] == charge["id"]]
    settle("0.85")
    stripe.control("/refund/fail", refund=refund["id"])
    expected.append(("refund", 3333, 2833, 2833))
    assert conversions(3) == expected
    settle("0.84")
    made = stripe.control("/dispute", charge=charge["id"])
    expected.append(("dispute", -10000, -8400, -8400))
    assert conversions(4) == expected
    settle("0.83")
    stripe.control("/dispute/close", dispute=made["id"], status="won")
    expected.append(("dispute", 10000, 8300, 8300))
    assert conversions(5) == expected
    seller.quiet()
    fees = sum(f["amount"] for f in seller.read(payment, "payments")["fees"])
    settled = sum(c[2] for c in expected)
    moved_by = since(before)
    assert moved_by["1020", "USD"] == (0, 0) and moved_by["1020", "EUR"] == (settled - fees, settled - fees)
    assert moved_by["1040", "USD"][1] == settled and moved_by["1040", "EUR"] == (-settled, -settled)
    assert conversions(5) == expected


def test_a_disputes_fee_and_what_is_given_back_of_it(seller, stripe):
    """15.00 kept of 100.00 EUR that come to 80.00 there are worth 18.75, and are again when they come back."""
    seller.hear(copies=2, disorder=0.5, seed=7)
    stripe.control("/settlement", currency="gbp", rate="0.8")
    payment = paid(seller)
    (charge,) = [c for c in stripe.objects("charge") if c["metadata"].get("billfold_attempt") == payment["attempt_id"]]
    made = stripe.control("/dispute", charge=charge["id"])
    wait_for(lambda: len(seller.read(payment, "payments")["fees"]) == 2, 30, "the dispute's fee", every=0.1)
    assert fees(seller.read(payment, "payments"))[1] == ("dispute", 1500, "GBP", 1875)
    stripe.control("/dispute/close", dispute=made["id"], status="won")
    wait_for(lambda: len(seller.read(payment, "payments")["fees"]) == 3, 30, "the fee given back", every=0.1)
    assert fees(seller.read(payment, "payments"))[2] == ("dispute", -1500, "GBP", -1875)
    assert booked(seller, payment) == {("6100", "GBP"): (145, 181), ("1020", "GBP"): (-145, -181)}


def test_a_dispute_and_a_refund_in_a_foreign_currency_close_to_nothing(seller, stripe):
    """Of 100.00 USD at 0.9, 33.33 are given back and come back after all; then the bank takes all of it: the receivable is worth what it was."""
    seller.hear()
    before = books(seller.api)
    payment = paid(seller, **USD)
    invoice = payment["allocations"][0]["invoice_id"]
    back = seller.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 3333, "invoice_id": invoice}).expect(201).json
    done = wait_for(lambda: (now := seller.read(back, "refunds"))["state"] == "succeeded" and now, 30, "the refund", every=0.1)
    assert moved(seller.api, before)["1100"] == 3000  # 29.997, rounded
    stripe.control("/refund/fail", refund=done["processor_ref"])
    wait_for(lambda: seller.read(back, "refunds")["state"] == "failed", 30, "the refund's failure", every=0.1)
    assert {"1100", "2200", "2210"}.isdisjoint(moved(seller.api, before))
    (charge,) = [c for c in stripe.objects("charge") if c["metadata"].get("billfold_attempt") == payment["attempt_id"]]
    made = stripe.control("/dispute", charge=charge["id"])
    wait_for(lambda: moved(seller.api, before).get("1030") == 9000, 30, "what the bank has", every=0.1)
    stripe.control("/dispute/close", dispute=made["id"], status="lost")
    wait_for(lambda: seller.read(payment, "payments")["charged_back"] == 10000, 30, "the loss", every=0.1)
    fees = 158 + 1350
    assert moved(seller.api, before) == {"1020": -fees, "1100": 9000, "4000": -9000, "6100": fees}
