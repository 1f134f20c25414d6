"""Reminders: by the policy from the due date, at nine by the payer's clock, each once, and none after the matter is over."""
import datetime
import re

import pytest

from harness.problem import problem
from harness.sandbox import WINTER, Sandbox, local
from harness.wait import wait_for


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("remind"))


def planned(shop, invoice):
    shown = shop.dunning(invoice)
    return [(r["step"], local(r["at"])) for r in shown["planned_reminders"]] + (
        [("hand_over", local(shown["hand_over_at"]))] if shown["hand_over_at"] else [])


def test_the_whole_life_of_an_invoice_that_nobody_pays(shop, mail):
    account = shop.account(owner_id=shop.tenant.users["sales"]["id"], contacts=[
        {"name": "Office", "email": shop.mailbox(), "roles": ["billing"]},
        {"name": "Books", "email": shop.mailbox("books"), "roles": ["billing", "approver"]},
        {"name": "Chef", "email": shop.mailbox("chef"), "roles": ["buyer"]}])
    invoice = shop.invoice(account, due_date=f"{shop.year}-03-10")
    assert planned(shop, invoice) == [("reminder:-3", "03-07 09:00"), ("reminder:0", "03-10 09:00"), ("reminder:7", "03-17 09:00"),
                                      ("reminder:14", "03-24 09:00"), ("hand_over", "03-31 08:00")]
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["dunning_id"], shown["next_action"]) == ("none", None, "reminder:-3")
    assert local(shown["next_action_at"]) == "03-07 09:00" and shown["owner_id"] == account["owner_id"]

    shop.to("03-07", "08:59:59")
    assert shop.sent(invoice) == []
    shop.to("03-07", "09:00:00")
    first = [("reminder:-3", "books", "03-07 09:00"), ("reminder:-3", "office", "03-07 09:00")]
    assert shop.sent(invoice) == first and shop.dunning(invoice)["state"] == "none"
    early, = mail.wait(shop.mailbox(), "Reminder")
    text = early.get_body(("plain",)).get_content()
    assert f"is due on March 10, {shop.year}" in text and "/pay/" in text and "€100.00" in text
    assert [part.get_content_type() for part in early.iter_attachments()] == ["application/pdf"]

    shop.to("03-30")
    assert [(step, when) for step, who, when in shop.sent(invoice) if who == "office"] == [
        ("reminder:-3", "03-07 09:00"), ("reminder:0", "03-10 09:00"), ("reminder:7", "03-17 09:00"), ("reminder:14", "03-24 09:00")]
    case = shop.api.get("/v1/dunning", invoice_id=invoice["id"]).expect(200).json["data"][0]
    assert (case["state"], case["step"], case["reminders"], case["declines"]) == ("active", "reminder:14", 2, 0)
    assert shop.tasks(invoice) == []
    assert "is still open" in mail.wait(shop.mailbox(), "Reminder", 4)[-1].get_body(("plain",)).get_content()

    shop.to("04-30")
    case = shop.api.get(f"/v1/dunning/{case['id']}").expect(200).json
    assert (case["state"], case["step"], case["next_action_at"]) == ("handed_over", "hand_over", None)
    task, = shop.tasks(invoice)
    assert (task["kind"], task["state"], task["owner_id"]) == ("overdue", "open", account["owner_id"])
    assert len(mail.messages(shop.mailbox(), "Reminder")) == len(mail.messages(shop.mailbox("books"), "Reminder")) == 4
    assert not mail.messages(shop.mailbox("chef"))
    events = [e["type"] for e in shop.api.get("/v1/events", object_id=case["id"]).expect(200).json["data"]]
    assert events[0] == "dunning.handed_over" and events[-1] == "dunning.created"
    assert [e["type"] for e in shop.api.get("/v1/events", object_id=invoice["id"]).expect(200).json["data"]].count("invoice.reminded") == 4
    assert shop.api.get(f"/v1/invoices/{invoice['id']}").json["reminded_at"][:16] == f"{shop.year}-03-24T08:00"  # nine in Vienna
    shop.pay(invoice)
    assert shop.api.get(f"/v1/dunning/{case['id']}").json["state"] == "resolved" and shop.tasks(invoice)[0]["state"] == "done"


def test_in_the_payers_language_by_the_payers_clock(shop, mail):
    shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")
    tokyo = shop.account(legal_name="Yama", time_zone="Asia/Tokyo", locale="es-ES", contacts=[
        {"name": "Sato", "email": shop.mailbox("sato"), "roles": ["billing"]}])
    invoice = shop.invoice(tokyo, due_date=f"{shop.year}-03-10")
    shop.to("03-08")
    assert shop.sent(invoice) == [("reminder:-3", "sato", "03-07 01:00")]
    message, = mail.wait(shop.mailbox("sato"), "Recordatorio")
    assert f"vence el 10 de marzo de {shop.year}" in message.get_body(("plain",)).get_content()


def test_nothing_after_it_is_paid_in_part_or_whole_or_void(shop):
    account = shop.account()
    paid, part, void = (shop.invoice(account, due_date=f"{shop.year}-03-10") for _ in range(3))
    shop.to("03-08")
    shop.pay(paid)
    shop.pay(part, 4000)
    for invoice, status in ((paid, "paid"), (part, "partially_paid")):
        assert shop.api.get(f"/v1/invoices/{invoice['id']}").json["status"] == status
    shop.api.post(f"/v1/invoices/{void['id']}/void").expect(200)
    for invoice in (paid, void):
        shown = shop.dunning(invoice)
        assert shown["next_action"] is None and shown["planned_reminders"] == [] and shown["hand_over_at"] is None
    shop.to("03-12")
    assert [[step for step, _, _ in shop.sent(i)] for i in (paid, part, void)] == [
        ["reminder:-3"], ["reminder:-3", "reminder:0"], ["reminder:-3"]]


def test_a_dispute_is_waited_for(shop, sql):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")

    def dispute(status):
        with sql.cursor() as cursor:  # as a processor's notice does
            cursor.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'test', false)", (shop.tenant.id,))
            cursor.execute("UPDATE billing.invoice SET dispute_status = %s WHERE id = %s", (status, invoice["id"]))

    shop.to("03-08")
    dispute("disputed")
    assert planned(shop, invoice) == []
    shop.to("03-18")
    dispute("won")
    shop.to("03-25")
    assert [step for step, _, _ in shop.sent(invoice)] == ["reminder:-3", "reminder:14"]
    dispute("disputed")
    shop.to("04-05")
    assert shop.dunning(invoice)["state"] == "active"
    dispute("won")
    shop.to("04-07")
    assert shop.dunning(invoice)["state"] == "handed_over"


def test_finalized_late_only_what_is_ahead_is_sent(shop):
    account = shop.account()
    shop.to("03-10", "10:00:00")
    at_once = shop.invoice(account, due_date=f"{shop.year}-03-10", issue_date=f"{shop.year}-03-10")
    assert planned(shop, at_once)[0] == ("reminder:7", "03-17 09:00")
    shop.to("03-20")
    assert shop.sent(at_once) == [("reminder:7", "office", "03-17 09:00")]


def test_held_by_hand_before_anything_happened(shop):
    api = shop.api
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")
    path = f"/v1/invoices/{invoice['id']}/dunning"
    held = api.post(path + "/hold", {"reason": "They move house."}, key="hold-once").expect(200)
    assert held.json["object"] == "dunning" and held.json["state"] == "held"
    assert api.post(path + "/hold", {"reason": "They move house."}, key="hold-once").expect(200).body == held.body
    problem(api.post(path + "/hold", {}), 409, "wrong_state")
    shown = shop.dunning(invoice)
    assert (shown["state"], shown["hold_reason"], shown["next_action"], shown["planned_reminders"]) == ("held", "They move house.", None, [])
    shop.to("03-15")
    assert shop.sent(invoice) == []
    problem(api.post(f"/v1/dunning/{held.json['id']}/release", headers={"If-Match": '"99"'}), 412)
    free = api.post(path + "/release").expect(200).json
    assert (free["state"], free["next_action"], local(free["next_action_at"])) == ("active", "reminder:7", "03-17 09:00")
    problem(api.post(path + "/release"), 409, "wrong_state")
    shop.to("03-18")
    assert [step for step, _, _ in shop.sent(invoice)] == ["reminder:7"]

    shop.pay(invoice)
    problem(api.post(path + "/hold", {}), 409, "wrong_state")
    problem(api.post(f"/v1/dunning/{held.json['id']}/release"), 409, "wrong_state")
    other = shop.invoice(shop.account())
    problem(api.post(f"/v1/invoices/{other['id']}/dunning/release"), 404)
    draft = api.post("/v1/invoices", {"account_id": invoice["account_id"], "lines": [{"description": "x", "unit_price": "1"}]}).expect(201).json
    problem(api.post(f"/v1/invoices/{draft['id']}/dunning/hold", {}), 404)
    assert shop.dunning(draft)["state"] == "none"
    sales = shop.tenant.as_role("sales")
    assert sales.get(path).status == 200
    problem(sales.post(path + "/hold", {}), 403, "forbidden")


def test_released_after_hand_over_it_goes_on(shop):
    api = shop.api
    policy = api.post("/v1/dunning_policies", {"name": "Long", "retry_days": [1], "reminder_days": [0, 40]}).expect(201).json
    invoice = shop.invoice(shop.account(dunning_policy_id=policy["id"]), due_date=f"{shop.year}-03-10")
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    shop.to("03-20")
    shown = shop.dunning(invoice)
    assert shown["state"] == "handed_over" and shop.retries(invoice) == ["03-02 09:00"]
    assert [step for step, _, _ in shop.sent(invoice)] == ["payment_failed:1"]
    free = api.post(f"/v1/dunning/{shown['dunning_id']}/release").expect(200).json
    assert (free["state"], free["next_action"]) == ("active", "reminder:40")
    shop.advance(f"{shop.year}-04-20T12:00:00+02:00")
    assert [step for step, _, _ in shop.sent(invoice)] == ["payment_failed:1", "reminder:40"] and len(shop.retries(invoice)) == 1


def test_another_policy_holds_from_its_next_step_on(shop):
    api = shop.api
    account = shop.account()
    invoice = shop.invoice(account, due_date=f"{shop.year}-03-10")
    standard = api.get("/v1/dunning_policies").expect(200).json["data"][0]
    assert standard["is_default"] and standard["retry_days"] == [1, 3, 5, 7] and standard["reminder_days"] == [-3, 0, 7, 14]
    shop.to("03-08")
    api.patch(f"/v1/dunning_policies/{standard['id']}", {"reminder_days": [5, 2], "hand_over_day": 9}, standard).expect(200)
    shop.quiet()
    assert planned(shop, invoice) == [("reminder:2", "03-12 09:00"), ("reminder:5", "03-15 09:00"), ("hand_over", "03-19 09:00")]
    assert shop.dunning(invoice)["next_action"] == "reminder:2"
    silent = api.post("/v1/dunning_policies", {"name": "Silent", "reminder_days": [], "hand_over_day": None}).expect(201).json
    account = api.get(f"/v1/accounts/{account['id']}").json
    account = api.patch(f"/v1/accounts/{account['id']}", {"dunning_policy_id": silent["id"]}, account).expect(200).json
    shop.quiet()
    assert planned(shop, invoice) == [] and shop.dunning(invoice)["next_action"] is None
    shop.to("03-13")
    api.patch(f"/v1/accounts/{account['id']}", {"dunning_policy_id": None}, account).expect(200)
    shop.quiet()
    shop.to("03-16")
    assert [step for step, _, _ in shop.sent(invoice)] == ["reminder:-3", "reminder:5"]


def test_the_link_in_a_mail_works_after_the_former_was_revoked(shop, mail):
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")
    anybody = shop.tenant.product.client()

    def page(url):
        return anybody.get("/pay/" + url.rpartition("/pay/")[2]).status

    first = shop.api.post(f"/v1/invoices/{invoice['id']}/pay_link").expect(200).json["url"]
    assert page(first) == 200
    shop.api.post(f"/v1/invoices/{invoice['id']}/revoke_pay_link").expect(200)
    shop.to("03-07")
    message, = mail.wait(shop.mailbox(), "Reminder")
    mailed = re.search(r"https?://\S+/pay/[\w.~-]+", message.get_body(("plain",)).get_content()).group()
    assert (page(first), page(mailed)) == (404, 200)


def test_planned_anew_after_a_step_was_taken_it_goes_on_behind_it(shop, sql):
    """A change of the policy reaches many invoices over minutes: those whose step was taken meanwhile go on with the next."""
    invoice = shop.invoice(shop.account(), due_date=f"{shop.year}-03-10")
    shop.to("03-10")
    with sql.cursor() as cursor:  # asked for a second before nine, and done now
        cursor.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'test', false)", (shop.tenant.id,))
        cursor.execute("SELECT job.enqueue('plan_reminders', 'replan:all@late', jsonb_build_object('account_id', NULL, 'after', %s::timestamptz))",
                       (shop.day("03-10", "08:59:59"),))
    shop.quiet()
    assert shop.dunning(invoice)["next_action"] == "reminder:7"
    shop.to("03-18")
    assert [step for step, _, _ in shop.sent(invoice)] == ["reminder:-3", "reminder:0", "reminder:7"]


def test_a_run_of_many_is_planned_as_a_set(shop):
    account = shop.account()
    drafts = shop.api.post("/v1/invoices/batch", {"items": [{"op": "create", "data": {
        "account_id": account["id"], "finalize": True, "due_date": f"{shop.year}-03-10",
        "lines": [{"description": "x", "unit_price": "1", "tax_rate": "0"}]}} for _ in range(40)]})
    if drafts.status == 405:
        pytest.skip("invoices take no batch")
    rows = drafts.expect(200, 201).json
    shop.quiet()
    assert len(rows.get("data", rows.get("items", []))) == 40
    for invoice in shop.api.all("/v1/invoices", account_id=account["id"]):
        assert shop.dunning(invoice)["next_action"] == "reminder:-3"
