"""Declined charges: tries by the policy, one task, hand-over, and what ends all of it. By a sandbox's clock."""
import datetime

import pytest

from harness.problem import problem
from harness.wait import wait_for

VIENNA = "+01:00"  # in March before summer time


@pytest.fixture
def shop(new_tenant):
    return Shop(new_tenant("collect"))


class Shop:
    """A sandbox tenant whose clock stands at the last day of a February to come."""

    def __init__(self, tenant):
        self.tenant, self.api = tenant, tenant.program()
        now = self.api.get("/v1/test_clock").expect(200).json["business_now"]
        self.year = int(now[:4]) + 1
        self.advance(f"{self.year}-02-27T12:00:00{VIENNA}")

    def day(self, month_day, clock="12:00:00"):
        return f"{self.year}-{month_day}T{clock}{VIENNA}"

    def advance(self, to):
        """Moves the clock and waits until it stands there and all that fell due is done."""
        operation = self.api.post("/v1/test_clock/advance", {"to": to}).expect(202).json

        def over():
            shown = self.api.get(f"/v1/operations/{operation['id']}").expect(200).json
            return shown if shown["state"] not in ("pending", "running") else None

        shown = wait_for(over, 60, f"the clock at {to}")
        assert shown["state"] == "done", shown
        return shown

    def to(self, month_day, clock="12:00:00"):
        return self.advance(self.day(month_day, clock))

    def quiet(self):
        """Until nothing of the tenant is in work."""
        wait_for(lambda: all(k["backlog"] + k["leased"] == 0 for k in self.api.get("/v1/system/jobs").expect(200).json["data"]),
                 20, "quiet")

    def account(self, **more):
        slug = self.tenant.slug
        return self.api.post("/v1/accounts", {
            "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14,
            "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"},
            "contacts": [{"name": "Office", "email": f"office@{slug}.example", "roles": ["billing"]}], **more}).expect(201).json

    def invoice(self, account, price="100", **more):
        return self.api.post("/v1/invoices", {
            "account_id": account["id"], "finalize": True, "lines": [{"description": "Stay", "unit_price": price, "tax_rate": "0"}],
            **more}).expect(201).json

    def charge(self, invoice, method="sandbox_decline_soft", off_session=True):
        """An attempt, and how it ended."""
        made = self.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method, "off_session": off_session}).expect(202).json
        wait_for(lambda: self.api.get(f"/v1/payment_attempts/{made['id']}").json["state"] not in ("new", "in_flight"), 20, "the outcome")
        self.quiet()
        return self.api.get(f"/v1/payment_attempts/{made['id']}").json

    def dunning(self, invoice):
        return self.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json

    def retries(self, invoice):
        """Local days and hours of the tries that the policy made."""
        return [local(a["at"]) for a in self.dunning(invoice)["attempts"] if a["source"] == "retry"]

    def tasks(self, invoice):
        return self.api.get("/v1/tasks", invoice_id=invoice["id"]).expect(200).json["data"]


def local(instant, hours=1):
    at = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return at.astimezone(datetime.timezone(datetime.timedelta(hours=hours))).strftime("%m-%d %H:%M")


def test_t33_four_tries_then_a_person(shop, mail):
    account = shop.account(owner_id=shop.tenant.users["sales"]["id"])
    invoice = shop.invoice(account, due_date=f"{shop.year}-03-31")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice)["state"] == "declined"

    shown = shop.dunning(invoice)
    assert (shown["state"], shown["step"], shown["declines"]) == ("active", "decline:1", 1)
    assert [local(r["at"]) for r in shown["planned_retries"]] == ["03-02 09:00", "03-04 09:00", "03-06 09:00", "03-08 09:00"]
    assert (shown["next_action"], local(shown["next_action_at"])) == ("retry", "03-02 09:00")
    assert shown["owner_id"] == account["owner_id"] and not shown["awaits_method"]
    task, = shop.tasks(invoice)
    assert (task["kind"], task["state"], task["owner_id"], task["due_date"]) == (
        "payment_failed", "open", account["owner_id"], f"{shop.year}-03-02")
    assert task["invoice_id"] == invoice["id"] and task["account_id"] == account["id"]
    to = f"office@{shop.tenant.slug}.example"
    first, = mail.wait(to, "did not go through")
    assert "try again on March 2" in first.get_body(("plain",)).get_content()

    shop.to("03-07")
    assert shop.retries(invoice) == ["03-02 09:00", "03-04 09:00", "03-06 09:00"]
    again, = shop.tasks(invoice)
    assert again["id"] == task["id"] and again["occurrences"] == 4
    assert shop.dunning(invoice)["state"] == "active"

    shop.to("03-08", "08:59:00")
    assert len(shop.retries(invoice)) == 3
    shop.to("03-08", "09:00:00")
    assert shop.retries(invoice)[3:] == ["03-08 09:00"]
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["step"], shown["declines"]) == ("handed_over", "hand_over", 5)
    assert shown["next_action"] is None and shown["planned_retries"] == [] and shown["planned_reminders"] == []
    task, = shop.tasks(invoice)
    assert task["state"] == "open" and "until the case is released" in task["body"]
    sent = len(mail.wait(to, "did not go through", 4))

    # Handed over: nothing more by itself, whatever the policy's reminders say.
    shop.to("05-31")
    assert len(shop.retries(invoice)) == 4
    assert len(mail.messages(to, "did not go through")) == sent == 4 and not mail.messages(to, "Reminder")
    assert [t["state"] for t in shop.tasks(invoice)] == ["open"]


def test_t33_money_from_elsewhere_ends_it(shop, mail):
    account = shop.account()
    invoice = shop.invoice(account)
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    shop.to("03-05")
    assert shop.retries(invoice) == ["03-02 09:00", "03-04 09:00"]
    shop.api.post("/v1/payments", {"account_id": account["id"], "amount": 10000, "kind": "bank", "invoice_id": invoice["id"]}).expect(201)
    shown = shop.dunning(invoice)
    assert shown["state"] == "resolved" and shown["next_action"] is None
    assert shown["planned_retries"] == [] and shown["planned_reminders"] == [] and shown["hand_over_at"] is None
    assert [t["state"] for t in shop.tasks(invoice)] == ["done"]
    mails = len(mail.messages(f"office@{shop.tenant.slug}.example"))
    shop.to("04-30")
    assert len(shop.retries(invoice)) == 2 and shop.dunning(invoice)["state"] == "resolved"
    assert len(mail.messages(f"office@{shop.tenant.slug}.example")) == mails
    assert shop.api.get(f"/v1/invoices/{invoice['id']}").json["status"] == "paid"


def test_a_hard_decline_waits_for_another_method(shop):
    account = shop.account()
    invoice = shop.invoice(account, due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice, "sandbox_decline_hard")["decline_class"] == "hard"
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["planned_retries"], shown["awaits_method"]) == ("active", [], True)
    assert len(shop.tasks(invoice)) == 1
    shop.to("03-12")
    assert shop.retries(invoice) == []

    # A method that is kept with consent, given on another invoice: the plan goes on where it stood still.
    other = shop.invoice(account, price="7")
    assert shop.charge(other, "sandbox_ok")["state"] == "succeeded"
    shown = wait_for(lambda: s if (s := shop.dunning(invoice))["planned_retries"] else None, 10, "a plan")
    assert [local(r["at"]) for r in shown["planned_retries"]] == ["03-13 09:00", "03-15 09:00", "03-17 09:00", "03-19 09:00"]
    shop.to("03-13")
    assert shop.retries(invoice) == ["03-13 09:00"]
    assert shop.api.get(f"/v1/invoices/{invoice['id']}").json["status"] == "paid"
    assert shop.dunning(invoice)["state"] == "resolved" and [t["state"] for t in shop.tasks(invoice)] == ["done"]


def test_without_consent_nothing_is_charged_by_itself(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice, off_session=False)["state"] == "declined"
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["planned_retries"], shown["awaits_method"]) == ("active", [], True)
    shop.to("03-20")
    assert len(shop.dunning(invoice)["attempts"]) == 1 and len(shop.tasks(invoice)) == 1
