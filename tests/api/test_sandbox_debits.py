"""Debits of bank accounts in a sandbox: its bank takes five days of the tenant's clock, during which they are under way."""
import pytest

from harness.money import check_money
from harness.payer import Payer, link
from harness.problem import problem
from harness.sandbox import Sandbox, local
from harness.wait import wait_for


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("debits"))


@pytest.fixture(autouse=True)
def books_agree(sql, shop):
    yield
    check_money(sql, shop.tenant.id)


def under_way(shop, invoice, token):
    made = shop.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": token, "off_session": True}).expect(202).json
    path = f"/v1/payment_attempts/{made['id']}"
    wait_for(lambda: shop.api.get(path).expect(200).json["processing_at"], 30, "the bank's turn")
    shop.quiet()
    return path


def shown(shop, invoice):
    now = shop.api.get(f"/v1/invoices/{invoice['id']}").expect(200).json
    return now["status"], now["amount_due"], now["amount_processing"]


def test_paid_five_days_later(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-02")
    shop.to("03-01", "10:00:00")
    attempt = under_way(shop, invoice, "sandbox_debit_ok")
    assert shown(shop, invoice) == ("open", 10000, 10000)
    problem(shop.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "sandbox_ok"}), 409, "attempt_in_flight")
    shop.to("03-06", "09:59:00")  # due since days, and nobody was reminded
    assert shown(shop, invoice) == ("open", 10000, 10000)
    assert [s for s, _, day in shop.sent(invoice) if day > "03-01"] == []
    shop.to("03-06", "10:01:00")
    assert shop.api.get(attempt).json["state"] == "succeeded" and shown(shop, invoice) == ("paid", 0, 0)
    (payment,) = shop.api.all("/v1/payments")
    assert (payment["kind"], payment["amount"], payment["received_on"]) == ("debit", 10000, f"{shop.year}-03-06")
    shop.to("04-30")
    assert shop.dunning(invoice)["state"] == "none"


def test_refused_five_days_later_and_tried_again_by_the_policy(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-04-30")
    shop.to("03-01", "10:00:00")
    attempt = under_way(shop, invoice, "sandbox_debit_fail")
    shop.to("03-06", "12:00:00")
    done = shop.api.get(attempt).json
    assert (done["state"], done["decline_code"], done["decline_class"]) == ("declined", "insufficient_funds", "soft")
    assert shown(shop, invoice) == ("open", 10000, 0)
    case = shop.dunning(invoice)
    assert (case["state"], case["declines"], local(case["next_action_at"])) == ("active", 1, "03-07 09:00")
    shop.to("03-11", "12:00:00")  # the first try is with the bank still: the next ones wait for its word
    assert shop.retries(invoice) == ["03-07 09:00"] and shown(shop, invoice) == ("open", 10000, 10000)
    shop.to("03-12", "12:00:00")
    assert shop.dunning(invoice)["declines"] == 2 and shown(shop, invoice)[2] == 0
    shop.to("04-20")
    case = shop.dunning(invoice)
    assert case["state"] == "handed_over" and len(shop.tasks(invoice)) == 1


def test_on_the_page_behind_a_link(product, shop):
    invoice = shop.invoice(shop.account(locale="de-AT"))
    payer = Payer(product, link(shop.api, invoice)["url"])
    payer.pay("sandbox_debit_ok")
    wait_for(lambda: (payer.look(), "Ihre Zahlung ist unterwegs." in payer.text)[1], 20, "the page")
    assert "http-equiv" not in payer.page and not payer.nonce()
    shop.to("03-10")
    payer.look()
    assert "Bezahlt. Vielen Dank." in payer.text and "Lastschrift" in payer.text
