"""Declined charges: tries by the policy, one task, hand-over, and what ends all of it. By a sandbox's clock."""
import pytest

from harness.sandbox import Sandbox, local
from harness.wait import wait_for


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("retries"))


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
    to = shop.mailbox()
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


def test_a_processor_that_is_paused_keeps_the_plan_waiting(shop):
    """It takes no attempts: no try is made, none is lost, and once it takes them again the plan goes on."""
    api = shop.api
    processor = api.post("/v1/processors", {"kind": "sandbox", "name": "Till", "is_default": True}).expect(201).json
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-31")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice)["state"] == "declined"
    paused = api.patch(f"/v1/processors/{processor['id']}", {"state": "paused"}, processor).expect(200).json
    shop.to("03-03")
    shown = shop.dunning(invoice)
    assert (shop.retries(invoice), shown["state"], shown["awaits_method"], shown["next_action"]) == ([], "active", True, "reminder:-3")
    assert api.get("/v1/system/jobs").expect(200).json["dead"] == 0
    api.patch(f"/v1/processors/{processor['id']}", {"state": "active"}, paused).expect(200)
    shop.quiet()
    assert shop.dunning(invoice)["next_action"] == "retry"
    shop.to("03-31", "08:00:00")
    assert len(shop.retries(invoice)) == 4 and shop.dunning(invoice)["state"] == "handed_over"


def test_t33_money_from_elsewhere_ends_it(shop, mail):
    account = shop.account()
    invoice = shop.invoice(account)
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    shop.to("03-05")
    assert shop.retries(invoice) == ["03-02 09:00", "03-04 09:00"]
    shop.pay(invoice)
    shown = shop.dunning(invoice)
    assert shown["state"] == "resolved" and shown["next_action"] is None
    assert shown["planned_retries"] == [] and shown["planned_reminders"] == [] and shown["hand_over_at"] is None
    assert [t["state"] for t in shop.tasks(invoice)] == ["done"]
    mails = len(mail.messages(shop.mailbox()))
    shop.to("04-30")
    assert len(shop.retries(invoice)) == 2 and shop.dunning(invoice)["state"] == "resolved"
    assert len(mail.messages(shop.mailbox())) == mails
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


def test_after_a_hard_decline_another_method_waits_to_be_the_default(shop):
    api, account = shop.api, shop.account()
    invoice = shop.invoice(account, due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    kept = {"account_id": account["id"], "off_session": True}
    stolen = api.post("/v1/payment_methods", {**kept, "token": "sandbox_decline_hard"}).expect(201).json
    second = api.post("/v1/payment_methods", {**kept, "token": "sandbox_ok"}).expect(201).json
    assert stolen["is_default"] and not second["is_default"]
    shop.charge(invoice, stolen["id"])
    shop.to("03-05")
    assert shop.retries(invoice) == [] and shop.dunning(invoice)["awaits_method"]
    api.patch(f"/v1/payment_methods/{second['id']}", {"is_default": True}, second).expect(200)
    wait_for(lambda: shop.dunning(invoice)["planned_retries"], 10, "a plan")
    assert shop.dunning(invoice)["next_action"] == "retry" and local(shop.dunning(invoice)["next_action_at"]) == "03-06 09:00"
    shop.to("03-06")
    assert shop.retries(invoice) == ["03-06 09:00"] and shop.dunning(invoice)["state"] == "resolved"


def test_a_plan_goes_on_with_the_method_that_was_just_tried(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    shop.charge(invoice, "sandbox_decline_hard")
    shop.to("03-12", "10:00:00")
    shop.charge(invoice, "sandbox_decline_soft")  # another card, kept: the default now
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["declines"], shown["awaits_method"]) == ("active", 2, False)
    assert [local(r["at"]) for r in shown["planned_retries"]] == ["03-13 09:00", "03-15 09:00", "03-17 09:00", "03-19 09:00"]


def test_without_consent_nothing_is_charged_by_itself(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice, off_session=False)["state"] == "declined"
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["planned_retries"], shown["awaits_method"]) == ("active", [], True)
    shop.to("03-20")
    assert len(shop.dunning(invoice)["attempts"]) == 1 and len(shop.tasks(invoice)) == 1


def test_t33_thresholds(shop):
    api = shop.api
    policy = api.post("/v1/dunning_policies", {"name": "Campaign", "thresholds": [
        {"currency": "EUR", "amount": 15000}, {"currency": "USD", "amount": 10000}]}).expect(201).json
    account = shop.account(dunning_policy_id=policy["id"])
    little = shop.invoice(account, price="149", due_date=f"{shop.year}-06-30")
    enough = shop.invoice(account, price="120", currency="USD", due_date=f"{shop.year}-06-30")
    assert shop.dunning(little)["planned_reminders"] == [] and shop.dunning(enough)["planned_reminders"] != []
    shop.to("03-01", "10:00:00")
    shop.charge(enough)
    shop.charge(little, shop_method(shop, account))
    shop.to("03-20")
    assert (shop.retries(little), shop.dunning(little)["state"]) == ([], "handed_over")
    assert shop.retries(enough)[0] == "03-02 09:00" and len(shop.retries(enough)) == 4
    assert [len(shop.tasks(i)) for i in (little, enough)] == [1, 1]


def shop_method(shop, account):
    """The account's kept method."""
    rows = shop.api.get("/v1/payment_attempts", account_id=account["id"]).expect(200).json["data"]
    return next(row["method_id"] for row in rows if row["method_id"])


def test_a_plan_that_is_held_stands_still(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    shop.to("03-03")
    case = shop.api.get("/v1/dunning", invoice_id=invoice["id"]).expect(200).json["data"][0]
    held = shop.api.post(f"/v1/dunning/{case['id']}/hold", {"reason": "On the telephone."}).expect(200).json
    assert (held["state"], held["hold_reason"], held["next_action_at"]) == ("held", "On the telephone.", None)
    assert shop.dunning(invoice)["planned_retries"] == []
    # A person's own try is a person's, and starts nothing by itself.
    shop.to("03-09")
    shop.charge(invoice, shop_method(shop, {"id": invoice["account_id"]}))
    shop.to("03-13")
    assert shop.retries(invoice) == ["03-02 09:00"] and shop.dunning(invoice)["declines"] == 3
    assert [task["occurrences"] for task in shop.tasks(invoice)] == [3]
    free = shop.api.post(f"/v1/dunning/{case['id']}/release").expect(200).json
    assert (free["state"], free["hold_reason"], local(free["next_action_at"])) == ("active", None, "03-14 09:00")
    shop.to("03-31")
    assert shop.retries(invoice) == ["03-02 09:00", "03-14 09:00", "03-16 09:00", "03-18 09:00"]
    assert shop.dunning(invoice)["state"] == "handed_over"


def test_a_method_that_is_gone_when_its_day_comes(shop):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-06-30")
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    kept, = shop.api.get("/v1/payment_methods", account_id=invoice["account_id"]).expect(200).json["data"]
    shop.api.delete(f"/v1/payment_methods/{kept['id']}", kept).expect(204)
    shop.to("03-05")
    assert shop.retries(invoice) == [] and shop.dunning(invoice)["awaits_method"]
    assert shop.dunning(invoice)["state"] == "active" and shop.dunning(invoice)["next_action"] != "retry"
    # The try of the second was not made, and is not lost.
    other = shop.invoice(shop.api.get(f"/v1/accounts/{invoice['account_id']}").json, price="9")
    shop.charge(other, "sandbox_ok")
    wait_for(lambda: shop.dunning(invoice)["planned_retries"], 10, "a plan")
    assert [local(r["at"]) for r in shop.dunning(invoice)["planned_retries"]] == ["03-06 09:00", "03-08 09:00", "03-10 09:00", "03-12 09:00"]
