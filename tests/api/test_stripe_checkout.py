"""The hosted page where a tenant collects through Stripe: the payer pays on Stripe's own page, once."""
import concurrent.futures
import urllib.parse

import pytest

from harness.billing import entries
from harness.payer import Payer, begin, complete, link, session_of, there
from harness.problem import problem
from harness.stripe import Seller
from harness.wait import wait_for

POST = {"method": "POST", "path": "/v1/checkout/sessions"}


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "checkout")


@pytest.fixture
def account(seller):
    return seller.account(locale="en-GB")


@pytest.fixture(autouse=True)
def heard(stripe_well, seller):
    seller.hear()


def payer_of(seller, invoice):
    return Payer(seller.product, link(seller.api, invoice)["url"])


def attempt_of(seller, invoice):
    return seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])[-1]


def soon(seller, invoice):
    """Asked for now, whatever it waits for."""
    seller.soon("attempt:" + attempt_of(seller, invoice)["id"])


def test_the_payer_pays_there_and_comes_back(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    payer.look()
    assert "Pay" in payer.text and "Test mode" not in payer.text and "sandbox" not in payer.page
    begin(payer)
    url = there(payer)
    (session,) = [s for s in stripe.objects("checkout.session") if s["id"] == session_of(url)]
    attempt = attempt_of(seller, invoice)
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (
        invoice["amount_due"], "eur", attempt["id"])
    assert attempt["state"] == "in_flight" and attempt["amount"] == invoice["amount_due"]
    payer.look()  # who comes back without having paid may go on
    assert "You have begun to pay." in payer.text and url in payer.page and not payer.nonce()
    back = complete(stripe, url)
    assert urllib.parse.urlsplit(back).path == payer.path and back.endswith("?done")
    done = seller.resolved(attempt)
    assert done["state"] == "succeeded"
    assert seller.read(invoice, "invoices")["status"] == "paid"
    payer.look(payer.path + "?done")
    assert "Paid. Thank you." in payer.text
    (charge,) = seller.charges()[attempt["id"]]
    assert charge["payment_intent"] == done["processor_ref"]
    (sent,) = [r for r in stripe.state()["requests"] if r["key"] == attempt["id"]]
    assert sent["path"] == "/v1/checkout/sessions"
    assert not [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]]


@pytest.mark.parametrize("way, kind, type", [
    ("pm_ideal", "bank_redirect", "ideal"), ("pm_bancontact", "bank_redirect", "bancontact"), ("pm_klarna", "pay_later", "klarna"),
    ("pm_paypal", "wallet", "paypal"), ("pm_multibanco", "voucher", "multibanco"), ("pm_customer_balance", "transfer", "customer_balance"),
    ("pm_card_visa", "card", "card"), ("pm_success_de", "debit", "sepa_debit"), ("pm_new_way", "other", "some_new_way")])
def test_in_which_way_it_was_paid(seller, account, stripe, way, kind, type):
    seller.hear()
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    complete(stripe, there(payer), way)
    attempt = attempt_of(seller, invoice)
    assert seller.resolved(attempt, 90)["state"] == "succeeded"
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    assert (payment["kind"], payment["method_type"]) == (kind, type)
    assert payment["id"] in [p["id"] for p in seller.api.all("/v1/payments", kind=kind)]
    # The processor has it, whatever the way.
    wait_for(lambda: seller.read(payment, "payments")["fees"], 30, "the fee", every=0.2)
    booked = entries(seller.api, payment)
    assert booked["received"] == {"1020": payment["amount"], "1100": -payment["amount"]} and set(booked["fee"]) == {"1020", "6100"}
    payer.look()
    assert {"card": "card", "debit": "direct debit", "bank_redirect": "online bank payment", "pay_later": "payment later", "wallet": "wallet",
            "voucher": "voucher", "transfer": "bank transfer", "other": "payment"}[kind] in payer.text


def test_what_no_webhook_told_is_asked_for(seller, account, stripe):
    stripe.control("/webhooks")
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    complete(stripe, there(payer))
    assert seller.resolved(attempt_of(seller, invoice), 90)["state"] == "succeeded"


def test_a_method_is_kept_with_the_words_agreed_to(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer, keep="yes")
    complete(stripe, there(payer), "pm_card_mastercard")
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "succeeded"
    method = wait_for(lambda: [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]], 30, "the method")[0]
    assert (method["brand"], method["last4"], method["exp_month"], method["exp_year"]) == ("mastercard", "4444", 12, 2034)
    assert method["off_session"] and method["consent_at"] and method["is_default"] and method["label"] == "Mastercard, ends in 4444"
    payer.look()
    shown = payer_of(seller, seller.invoice(account))
    shown.look()
    assert method["consent"]["words"] in shown.text and method["consent"]["address"] == "127.0.0.1"
    assert method["consent"]["given_at"]
    seller.quiet()
    assert len([m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]]) == 1
    again = seller.resolved(seller.pay(seller.invoice(account), method["id"]))  # charged without its owner
    assert again["state"] == "succeeded"


def test_a_card_that_is_declined_there_is_not_the_end(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    url = there(payer)
    with pytest.raises(Exception):
        complete(stripe, url, "pm_card_visa_chargeDeclinedLostCard")
    seller.quiet()
    attempt = attempt_of(seller, invoice)
    assert attempt["state"] == "in_flight"
    complete(stripe, url)
    assert seller.resolved(attempt)["state"] == "succeeded"
    assert len(seller.charges()[attempt["id"]]) == 1


def test_one_page_an_invoice(seller, account, stripe):
    """T34: while the payer may pay there, nothing else is charged, and a second form leads to the same page."""
    invoice = seller.invoice(account)
    payers = [payer_of(seller, invoice) for _ in range(6)]
    for payer in payers:
        payer.look()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda p: p.send(nonce=p.nonce()).expect(303), payers))
    assert len({there(payer) for payer in payers}) == 1
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "pm_card_visa"}), 409, "attempt_in_flight")
    assert len(seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])) == 1


def test_a_page_that_ran_out_frees_the_invoice(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    url = there(payer)
    stripe.control("/checkout/expire", session=session_of(url))
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "cancelled"
    payer.look()
    assert payer.nonce() and url not in payer.page
    begin(payer)
    complete(stripe, there(payer))
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "succeeded"


def test_paid_by_bank_meanwhile_closes_the_page(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    url = there(payer)
    seller.api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["amount_due"], "invoice_id": invoice["id"]}).expect(201)
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "cancelled"
    (session,) = [s for s in stripe.objects("checkout.session") if s["id"] == session_of(url)]
    assert session["status"] == "expired"


def test_who_was_faster_has_paid_and_the_money_is_credit(seller, account, stripe):
    """Paid there, told by nobody, and paid by bank: the charge is a payment, nothing is lost."""
    stripe.control("/webhooks")
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    complete(stripe, there(payer))
    seller.api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["amount_due"], "invoice_id": invoice["id"]})
    attempt = seller.resolved(attempt_of(seller, invoice), 90)
    assert attempt["state"] == "succeeded"
    mine = [p for p in seller.api.all("/v1/payments") if p["account_id"] == account["id"]]
    assert sum(p["unapplied"] for p in mine) == sum(p["amount"] for p in mine) - invoice["payable"]
    assert seller.read(invoice, "invoices")["amount_due"] == 0


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "error_after", "html", "slow", "unavailable", "too_many", "wrong_types"])
def test_an_answer_that_is_lost_is_had_again(seller, account, stripe, fault):
    stripe.fail({"do": fault, "times": 1, "seconds": 3, **POST})
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    wait_for(lambda: any(r["fault"] == fault and r["path"] == POST["path"] and r["status"] is not None or r["fault"] == fault
                         for r in stripe.state()["requests"]), 20, "the fault")
    attempt = attempt_of(seller, invoice)
    wait_for(lambda: (soon(seller, invoice), payer.client.get(payer.path + "?go").status == 303)[1], 40, "the page", every=0.5)
    mine = [s for s in stripe.objects("checkout.session") if s["client_reference_id"] == attempt["id"]]
    assert len(mine) == 1
    sent = [r for r in stripe.state()["requests"] if r["key"] == attempt["id"]]
    assert len({r["body"] for r in sent}) == 1  # a retry has the same bytes
    complete(stripe, there(payer))
    assert seller.resolved(attempt)["state"] == "succeeded"
    assert len(seller.charges()[attempt["id"]]) == 1


def test_after_a_day_it_is_looked_for_and_never_made_anew(seller, account, stripe):
    stripe.fail({"do": "cut_after", "times": 1, **POST})
    stripe.control("/webhooks")
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    attempt = attempt_of(seller, invoice)
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 20, "unknown")
    with seller.product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payment.attempt SET sent_at = sent_at - interval '23 hours 5 minutes',"
                       " unknown_at = unknown_at - interval '23 hours 5 minutes' WHERE id = %s", (attempt["id"],))
    seller.job("attempt:" + attempt["id"])  # whoever was about to send it has
    posts = [r for r in stripe.state()["requests"] if r["key"] == attempt["id"]]
    (session,) = [s for s in stripe.objects("checkout.session") if s["client_reference_id"] == attempt["id"]]
    stripe.control("/checkout/expire", session=session["id"])
    soon(seller, invoice)
    assert seller.resolved(attempt)["state"] == "cancelled"
    assert [r for r in stripe.state()["requests"] if r["key"] == attempt["id"]] == posts


def test_a_page_is_not_made_when_it_is_too_late_for_it(seller, account, stripe):
    """Stripe was away for half an hour: its page would be open for less than it allows. Nobody was asked to pay, so nobody declined."""
    stripe.fail({"do": "cut_before", "times": 1000, **POST})
    invoice = seller.invoice(account)
    payer = payer_of(seller, invoice)
    begin(payer)
    attempt = attempt_of(seller, invoice)
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 20, "unknown")
    with seller.product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payment.attempt SET sent_at = sent_at - interval '31 minutes' WHERE id = %s", (attempt["id"],))
    seller.job("attempt:" + attempt["id"])
    stripe.fail()
    soon(seller, invoice)
    assert seller.resolved(attempt)["state"] == "cancelled"
    assert not [s for s in stripe.objects("checkout.session") if s["client_reference_id"] == attempt["id"]]
    assert seller.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json["declines"] == 0
    payer.look()
    begin(payer)
    complete(stripe, there(payer))
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "succeeded"


def test_told_before_the_answer_and_twice(seller, account, stripe):
    """H12: webhooks in disorder and doubled, the same end."""
    seller.hear(copies=2, disorder=0.5, seed=7)
    invoices = [seller.invoice(account) for _ in range(4)]
    for invoice in invoices:
        payer = payer_of(seller, invoice)
        begin(payer)
        complete(stripe, there(payer))
    for invoice in invoices:
        attempt = attempt_of(seller, invoice)
        assert seller.resolved(attempt)["state"] == "succeeded"
        assert len(seller.charges()[attempt["id"]]) == 1
        assert len([p for p in seller.payments() if p["attempt_id"] == attempt["id"]]) == 1


def test_a_page_that_is_not_of_the_attempt_is_not_believed(seller, account, stripe):
    invoice = seller.invoice(account)
    stripe.fail({"do": "wrong_currency", "times": 1000, **POST})
    payer = payer_of(seller, invoice)
    begin(payer)
    attempt = attempt_of(seller, invoice)
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 20, "no trust")
    assert payer.client.get(payer.path + "?go").expect(200)
    stripe.fail()
    soon(seller, invoice)
    complete(stripe, there(payer))
    assert seller.resolved(attempt)["state"] == "succeeded"


def test_a_bank_that_wants_its_customer_leads_them_to_the_page(seller, account, stripe):
    """R23: charged without its owner, `authentication_required`: a task, one, and the page on which they pay by themselves."""
    seller.api.post("/v1/payment_methods", {"account_id": account["id"], "token": "pm_card_authenticationRequired",
                                            "off_session": True}).expect(201)
    invoice = seller.invoice(account)
    (method,) = [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]]
    if not seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"]):
        seller.pay(invoice, method["id"])
    declined = seller.resolved(attempt_of(seller, invoice))
    assert (declined["state"], declined["decline_class"]) == ("declined", "hard")
    task = wait_for(lambda: [t for t in seller.api.all("/v1/tasks", invoice_id=invoice["id"]) if t["state"] == "open"], 20, "the task")
    assert len(task) == 1
    payer = payer_of(seller, invoice)
    begin(payer)
    complete(stripe, there(payer))
    assert seller.resolved(attempt_of(seller, invoice))["state"] == "succeeded"
    wait_for(lambda: not [t for t in seller.api.all("/v1/tasks", invoice_id=invoice["id"]) if t["state"] == "open"], 20, "the task's end")
