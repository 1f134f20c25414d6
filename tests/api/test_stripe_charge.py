"""Charges through Stripe: what is sent, what each answer means, and what happens when there is none."""
import pytest

from harness.problem import problem
from harness.stripe import API_KEY, Seller
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe)


@pytest.fixture
def account(seller):
    return seller.account()


pytestmark = pytest.mark.usefixtures("stripe_well")


def posts(stripe, key):
    return [r for r in stripe.state()["requests"] if r["method"] == "POST" and r["key"] == key]


def test_a_charge_pays_the_invoice(seller, account, stripe):
    invoice = seller.invoice(account)
    attempt = seller.resolved(seller.pay(invoice))
    assert attempt["state"] == "succeeded" and attempt["processor"] == "stripe"
    assert attempt["processor_id"] == seller.processor["id"]
    (charge,) = seller.charges()[attempt["id"]]
    assert (charge["amount"], charge["currency"]) == (invoice["amount_due"], "eur")
    assert charge["payment_intent"] == attempt["processor_ref"]
    assert charge["description"] == f"Invoice {invoice['number']}"
    (sent,) = posts(stripe, attempt["id"])
    assert sent["path"] == "/v1/payment_intents" and sent["status"] == 200
    paid = seller.read(invoice, "invoices")
    assert (paid["status"], paid["amount_due"]) == ("paid", 0)
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    assert (payment["amount"], payment["currency"]) == (invoice["payable"], "EUR")
    assert payment["reference"] == attempt["processor_ref"]


@pytest.mark.parametrize("method, code, kind", [
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "soft"),
    ("pm_card_visa_chargeDeclined", "generic_decline", "soft"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "soft"),
    ("pm_card_visa_chargeDeclinedLostCard", "lost_card", "hard"),
    ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card", "hard"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "hard"),
    ("pm_card_authenticationRequired", "payment_intent_action_required", "hard"),
    ("pm_nobody_knows", "resource_missing", "hard"),
    ("not a method", "invalid_token", "hard"),
])
def test_a_decline_is_soft_or_hard(seller, account, method, code, kind):
    invoice = seller.invoice(account)
    attempt = seller.resolved(seller.pay(invoice, method))
    assert (attempt["state"], attempt["decline_code"], attempt["decline_class"]) == ("declined", code, kind)
    assert seller.read(invoice, "invoices")["amount_due"] == invoice["amount_due"]
    assert seller.charges().get(attempt["id"]) is None
    # A declined invoice may be paid otherwise.
    assert seller.resolved(seller.pay(invoice))["state"] == "succeeded"


@pytest.mark.parametrize("currency, price, sent", [
    ("JPY", "500", 500), ("KWD", "12.340", 12340), ("ISK", "700", 70000), ("CHF", "12.34", 1234)])
def test_amounts_are_counted_as_stripe_counts_them(seller, account, currency, price, sent):
    account = seller.account(currency=currency)
    invoice = seller.invoice(account, price)
    attempt = seller.resolved(seller.pay(invoice))
    assert attempt["state"] == "succeeded", attempt
    (charge,) = seller.charges()[attempt["id"]]
    assert (charge["amount"], charge["currency"]) == (sent, currency.lower())
    assert attempt["amount"] == invoice["amount_due"]


@pytest.mark.parametrize("currency, price", [("KWD", "12.345"), ("UGX", "5000")])
def test_what_stripe_cannot_charge_exactly_is_not_charged(seller, stripe, currency, price):
    invoice = seller.invoice(seller.account(currency=currency), price)
    attempt = seller.resolved(seller.pay(invoice))
    assert (attempt["state"], attempt["decline_code"]) == ("declined", "amount_not_payable")
    assert posts(stripe, attempt["id"]) == []


FAULTS = {  # fault: (the outcome, how often the key may be seen)
    "cut_before": ("succeeded", 2), "cut_after": ("succeeded", 1), "error_after": ("succeeded", 1),
    "unavailable": ("succeeded", 2), "too_many": ("succeeded", 2), "lock_timeout": ("succeeded", 2),
    "slow": ("succeeded", 1), "html": ("succeeded", 1), "html_before": ("succeeded", 2), "wrong_types": ("succeeded", 1),
    "wrong_amount": ("succeeded", 1), "wrong_currency": ("succeeded", 1), "huge": ("succeeded", 1),
    "endless": ("succeeded", 1), "webhook_first": ("succeeded", 1), "error_before": ("declined", 99),
}


def test_whatever_the_answer_the_money_moves_once_and_is_found(seller, account, stripe):
    """All faults at once, an invoice each: T34, I4, I5, P11, V53."""
    invoices = {fault: seller.invoice(account) for fault in FAULTS}
    stripe.fail(*({"do": fault, "method": "POST", "seconds": 4, "metadata": {"billfold_invoice": invoice["number"]}}
                  for fault, invoice in invoices.items()))
    attempts = {fault: seller.pay(invoice) for fault, invoice in invoices.items()}
    problems = {}
    for fault, (outcome, most) in FAULTS.items():
        attempt = seller.resolved(attempts[fault], 150)
        charges = seller.charges().get(attempt["id"], [])
        payments = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
        sent = posts(stripe, attempt["id"])
        found = (attempt["state"], len(charges), len(payments), len({r["body"] for r in sent}), len(sent) <= most)
        wanted = (outcome, outcome == "succeeded", outcome == "succeeded", 1, True)
        if found != wanted:
            problems[fault] = (found, wanted, [(r["status"], r["fault"]) for r in sent], attempt["decline_code"])
        if payments:
            assert payments[0]["amount"] == charges[0]["amount"] == invoices[fault]["payable"]
    assert problems == {}
    # An error of Stripe's own that left no trace was no charge: the payer may try anew, under a new key.
    assert seller.resolved(seller.pay(invoices["error_before"]))["state"] == "succeeded"


def test_while_nobody_knows_the_invoice_takes_no_other(seller, account, stripe):
    invoice = seller.invoice(account)
    stripe.fail({"do": "cut_after", "method": "POST", "metadata": {"billfold_invoice": invoice["number"]}},
                {"do": "unavailable", "method": "GET", "path": "/v1/payment_intents", "times": 1000})
    attempt = seller.pay(invoice)
    lost = wait_for(lambda: (now := seller.attempt(attempt))["state"] == "unknown" and now, 30, "unknown")
    assert lost["resolved_at"] is None
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "pm_card_visa"}), 409, "attempt_in_flight")
    stripe.fail()
    seller.soon("attempt:" + attempt["id"])
    assert seller.resolved(attempt)["state"] == "succeeded" and len(seller.charges()[attempt["id"]]) == 1


def test_who_is_not_there_is_not_asked(seller, account, stripe):
    """A method kept with consent is charged without its owner, by a program too: the bank is told, at every try the same."""
    codes = {}
    for consent in (True, False):
        method = seller.api.post("/v1/payment_methods", {"account_id": account["id"], "token": "pm_card_authenticationRequired",
                                                         "off_session": consent}).expect(201).json
        codes[consent] = seller.resolved(seller.pay(seller.invoice(account), method["id"]))["decline_code"]
    assert codes == {True: "authentication_required", False: "payment_intent_action_required"}

    method = seller.api.post("/v1/payment_methods", {"account_id": account["id"], "token": "pm_card_visa", "off_session": True}).expect(201).json
    invoice = seller.invoice(account)
    stripe.fail({"do": "unavailable", "method": "POST", "metadata": {"billfold_invoice": invoice["number"]}})
    attempt = seller.pay(invoice, method["id"])
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 20, "unknown")
    seller.api.patch(f"/v1/payment_methods/{method['id']}", {"off_session": False}, seller.read(method, "payment_methods")).expect(200)
    assert seller.resolved(attempt)["state"] == "succeeded"
    sent = posts(stripe, attempt["id"])
    assert len(sent) == 2 and len({r["body"] for r in sent}) == 1


def test_after_a_day_a_key_is_never_posted_again(seller, account, stripe, stripe_product):
    """Stripe forgets keys after 24 hours: the same key would be a new charge (assurance 1, row 8)."""
    invoice = seller.invoice(account)
    here = {"metadata": {"billfold_invoice": invoice["number"]}, "method": "POST"}
    stripe.fail({"do": "cut_before", "times": 50, **here})
    attempt = seller.pay(invoice)
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 20, "unknown")
    with stripe_product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payment.attempt SET sent_at = sent_at - interval '23 hours 5 minutes',"
                       " unknown_at = unknown_at - interval '23 hours 5 minutes' WHERE id = %s", (attempt["id"],))
    seller.job("attempt:" + attempt["id"])  # whoever was about to send it has
    before = len(posts(stripe, attempt["id"]))
    stripe.control("/clock", advance=25 * 3600)
    stripe.fail()
    seller.soon("attempt:" + attempt["id"])
    done = seller.resolved(attempt)
    assert (done["state"], done["decline_code"]) == ("declined", "never_charged")
    assert len(posts(stripe, attempt["id"])) == before and attempt["id"] not in seller.charges()


def test_a_key_that_is_not_taken_is_nobodys_decline(seller, account, stripe):
    """Attempts wait for the account to be mended; people are told."""
    invoice = seller.invoice(account)
    stripe.control("/api_keys", keys=["sk_test_another_one"])
    attempt = seller.pay(invoice)
    told = wait_for(lambda: (now := seller.read(seller.processor, "processors"))["trouble"] and now, 20, "trouble")
    assert "key" in told["trouble"] and told["trouble_at"]
    assert seller.attempt(attempt)["state"] == "in_flight"
    path = f"/v1/processors/{seller.processor['id']}"
    asked = seller.api.patch(path, {"api_key": "sk_test_another_one"}, told).expect(200).json
    assert asked["api_key_next_hint"] == "..._one"
    mended = wait_for(lambda: (now := seller.read(seller.processor, "processors"))["api_key_hint"] == "..._one" and now, 20, "the new key")
    assert mended["trouble"] is None and mended["api_key_next_hint"] is None and mended["api_key_refused"] is None
    seller.soon("attempt:" + attempt["id"])
    assert seller.resolved(attempt)["state"] == "succeeded"
    stripe.control("/api_keys", keys=[API_KEY])
    seller.api.patch(path, {"api_key": API_KEY}, mended).expect(200)
    wait_for(lambda: (now := seller.read(seller.processor, "processors"))["api_key_next_hint"] is None
             and now["api_key_hint"] == seller.processor["api_key_hint"], 60, "the former key")


def test_what_is_paid_while_the_processor_is_away_is_not_charged(seller, account, stripe):
    """Asked for once it is back, and never heard of there: the attempt ends without a charge."""
    invoice = seller.invoice(account)
    path = f"/v1/processors/{seller.processor['id']}"
    stripe.control("/api_keys", keys=["sk_test_another_one"])
    attempt = seller.pay(invoice)
    wait_for(lambda: seller.read(seller.processor, "processors")["trouble"], 20, "trouble")
    seller.api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["amount_due"], "invoice_id": invoice["id"]}).expect(201)
    stripe.control("/api_keys", keys=[API_KEY])
    seller.soon("attempt:" + attempt["id"])
    assert seller.resolved(attempt)["state"] == "cancelled"
    assert attempt["id"] not in seller.charges() and seller.read(invoice, "invoices")["status"] == "paid"
    assert wait_for(lambda: (now := seller.read(seller.processor, "processors"))["trouble"] is None and now, 20, "an account that is well")


def test_a_sealed_key_opens_in_its_own_row_only(seller, stripe, stripe_product):
    """V48: copied to another tenant's row it is noise: nothing is charged, and the job says so."""
    other = Seller(stripe_product, stripe, "other")
    with stripe_product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE connect.processor SET api_key_sealed = (SELECT api_key_sealed FROM connect.processor"
                       " WHERE id = %s) WHERE id = %s", (seller.processor["id"], other.processor["id"]))
    attempt = other.pay(other.invoice(other.account()))
    with stripe_product.database().cursor() as cursor:
        def failed():
            cursor.execute("SELECT last_error FROM job.job WHERE key = %s", ("attempt:" + attempt["id"],))
            return cursor.fetchone()[0]

        wait_for(failed, 20, "the job to fail")
    assert other.attempt(attempt)["state"] == "in_flight"
    assert posts(stripe, attempt["id"]) == [] and attempt["id"] not in other.charges()
