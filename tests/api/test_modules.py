"""R93: parts of the product that a tenant does not use are switched off, and are not in the way."""
import pytest

from harness.held import held, waits
from harness.problem import pointers, problem
from harness.sandbox import Sandbox, local
from harness.wait import wait_for
from test_imports import finished, results

MODULES = {"deals", "tasks", "catalog", "subscriptions", "collection", "accounting"}


def switch(client, **modules):
    settings = client.get("/v1/settings").expect(200)
    return client.patch("/v1/settings", {"settings": {"modules": modules}}, settings.etag)


@pytest.fixture
def tenant(new_tenant):
    return new_tenant("modules", roles=("owner", "sales"))


def test_everything_is_on_until_it_is_switched_off(tenant, contract):
    api, sales = tenant.program(), tenant.as_role("sales")
    named = {o.spec["x-module"] for o in contract.operations if "x-module" in o.spec}
    assert named == MODULES and api.get("/v1/me").expect(200).json["modules"] == dict.fromkeys(MODULES, True)
    switch(api, deals=False, tasks=None, catalog=True).expect(200)
    assert sales.get("/v1/me").json["modules"] == dict(dict.fromkeys(MODULES, True), deals=False)
    problem(switch(sales, deals=True), 403)
    assert pointers(problem(switch(api, **{"a/b": False}, tasks="no"), 422)) == {"/settings/modules/a~1b": "unknown", "/settings/modules/tasks": "type"}
    settings = api.get("/v1/settings").expect(200)
    assert pointers(problem(api.patch("/v1/settings", {"settings": {"modules": []}}, settings.etag), 422)) == {"/settings/modules": "type"}
    assert settings.json["settings"]["modules"] == {"deals": False, "catalog": True}


def test_what_is_off_is_not_there_and_is_kept(tenant, other_program):
    """By every door; what was stored is there again when it is switched on."""
    api, sales = tenant.program(), tenant.as_role("sales")
    deal = sales.post("/v1/deals", {"name": "Kept", "lines": [{"description": "x", "unit_price": "1"}]}).expect(201)
    switch(api, deals=False).expect(200)
    path = f"/v1/deals/{deal.json['id']}"
    doors = (sales.get("/v1/deals"), sales.get("/v1/deals", ids=deal.json["id"]), sales.get(path), sales.post("/v1/deals", {"name": "New"}),
             sales.patch(path, {"name": "Other"}, deal.etag), sales.delete(path, deal.etag), sales.post(path + "/lose", {}),
             sales.post("/v1/deals/search", {}), sales.post("/v1/deals/aggregate", {"metrics": [{"op": "count"}]}), sales.get("/v1/pipelines"),
             sales.post("/v1/deals/batch", {"items": [{"op": "create", "data": {"name": "New"}}]}),
             sales.post("/v1/deals/bulk", {"action": "lose", "ids": [deal.json["id"]]}), sales.post("/v1/exports", {"resource": "deal"}),
             sales.post("/v1/imports", {"resource": "deal", "csv": "name\r\nNew\r\n"}))
    for answer in doors:
        problem(answer, 403, "module_off")
    partial = sales.post("/v1/deals/batch?partial=true", {"items": [{"op": "create", "data": {"name": "New"}}]}).expect(200).json["data"]
    assert [row["error"]["code"] for row in partial] == ["module_off"]
    other_program.get("/v1/deals").expect(200)
    sales.get("/v1/accounts").expect(200)
    switch(api, deals=True).expect(200)
    assert sales.get(path).expect(200).json == deal.json
    assert [row["id"] for row in sales.get("/v1/deals").json["data"]] == [deal.json["id"]]


def test_three_calls_need_none_of_them(tenant):
    """R93: account, invoice, paid: with everything else switched off."""
    api = tenant.program()
    switch(api, **dict.fromkeys(MODULES, False)).expect(200)
    account = api.post("/v1/accounts", {"legal_name": "Alpenblick", "contacts": [
        {"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json
    invoice = api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [{"description": "Stay", "unit_price": "100"}]}).expect(201).json
    api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["total"]}).expect(201)
    assert api.get(f"/v1/invoices/{invoice['id']}").expect(200).json["status"] == "paid"
    for path in ("/v1/journal_entries", "/v1/reports/trial_balance", "/v1/subscriptions", f"/v1/invoices/{invoice['id']}/dunning"):
        problem(api.get(path), 403, "module_off")
    switch(api, accounting=True).expect(200)
    for total in api.get("/v1/reports/trial_balance").expect(200).json["totals"]:
        assert total["debit"] == total["credit"] > 0


def test_work_that_has_begun_ends(tenant, product):
    api = tenant.program()
    items = [{"op": "create", "data": {"name": f"D {i}"}} for i in range(600)]
    ids = [row["data"]["id"] for row in api.post("/v1/deals/batch", {"items": items}).expect(200).json["data"]]
    with held(product, ids[100], "crm.deal"):
        asked = api.post("/v1/deals/bulk", {"action": "patch", "ids": ids, "params": {"notes": "x"}})
        wait_for(lambda: waits(product), 30, "the run to come to the held row")
        switch(api, deals=False).expect(200)
    done = finished(api, asked)
    assert (done["state"], done["done"], done["failed"], done["error"]["code"]) == ("failed", 500, 100, "module_off")
    assert {r["error"]["code"] for r in results(api, done, state="failed")} == {"module_off"}


def test_without_collection_nobody_is_reminded(new_tenant, mail):
    """No case, no try, no mail; switched on, what is open is planned from then on."""
    shop = Sandbox(new_tenant("uncollected"))
    api = shop.tenant.program()
    switch(api, collection=False).expect(200)
    account = shop.account()
    invoice = shop.invoice(account, due_date=f"{shop.year}-03-10")
    shop.to("03-01", "10:00:00")
    assert shop.charge(invoice)["state"] == "declined"
    shop.to("03-18")
    assert mail.messages(shop.mailbox(), "Reminder") == [] and mail.messages(shop.mailbox(), "did not go through") == []
    switch(api, collection=True).expect(200)
    shown = wait_for(lambda: (d := shop.dunning(invoice))["planned_reminders"] and d, 20, "a plan")
    assert shown["dunning_id"] is None and local(shown["planned_reminders"][0]["at"]) == "03-24 09:00"
