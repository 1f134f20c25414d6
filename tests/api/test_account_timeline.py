"""R15, R5: a customer's history: what happened, in order, to be filtered and walked, and only what the caller may see."""
import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("history")
    tenant.program().post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


def make_account(api, name="Alpenblick", **more):
    more.setdefault("contacts", [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}])
    return api.post("/v1/accounts", {"legal_name": name, "invoice_address": {"country": "AT"}, **more}).expect(201).json


def timeline(api, account, **query):
    return api.get(f"/v1/accounts/{account['id']}/timeline", **query).expect(200).json["data"]


def types(entries):
    return [entry["type"] for entry in reversed(entries)]


@pytest.fixture(scope="module")
def story(seller):
    """An account that something of every kind has happened to."""
    api = seller.program()
    account = make_account(api)
    of = {"account_id": account["id"]}
    api.post("/v1/notes", {**of, "kind": "call", "body": "They want a sauna."}).expect(201)
    deal = api.post("/v1/deals", {**of, "name": "Sauna", "lines": [{"description": "Sauna", "unit_price": "1000"}]}).expect(201).json
    api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200)
    invoice = wait_for(lambda: api.get(f"/v1/deals/{deal['id']}").json["invoices"], 10, "the draft")[0]
    api.post(f"/v1/invoices/{invoice}/finalize", {}).expect(200)
    api.post(f"/v1/invoices/{invoice}/send").expect(200)
    wait_for(lambda: api.get(f"/v1/invoices/{invoice}").json["delivery_status"] == "sent", 20, "the mail")
    task = api.post("/v1/tasks", {**of, "title": "Ask how it went"}).expect(201).json
    api.post("/v1/payments", {**of, "amount": 120000, "currency": "EUR"}).expect(201)
    return {"account": account, "deal": deal, "invoice": invoice, "task": task}


def test_everything_that_happened_is_there_in_order(api, story):
    """R15: deals, calls, mails, invoices, tasks and payments of a customer, newest first."""
    entries = timeline(api, story["account"])
    told = types(entries)
    for earlier, later in zip(told_in_order := ["account.created", "note.created", "deal.created", "deal.won", "invoice.created",
                                                "invoice.finalized", "delivery.sent", "task.created", "payment.created"],
                              told_in_order[1:]):
        assert told.index(earlier) < told.index(later), told
    assert "invoice.paid" in told and "contact.created" in told
    moments = [(entry["business_at"], entry["event_id"]) for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert {entry["account_id"] for entry in entries} == {story["account"]["id"]}


def test_an_entry_says_what_its_object_is_now(api, story):
    """R15: a page of the history needs no further calls."""
    entries = {entry["type"]: entry for entry in timeline(api, story["account"])}
    assert entries["note.created"]["subject"] == {"kind": "call", "body": "They want a sauna."}
    assert entries["deal.won"]["subject"]["billing_status"] == "paid"
    invoice = api.get(f"/v1/invoices/{story['invoice']}").json
    assert entries["invoice.created"]["subject"] == {m: invoice[m] for m in (
        "number", "kind", "status", "currency", "total", "amount_due", "due_date")}
    assert entries["payment.created"]["subject"]["amount"] == 120000
    assert entries["delivery.sent"]["subject"]["recipient"] == "office@alpenblick.example"
    assert entries["task.created"]["subject"]["title"] == "Ask how it went"


def test_what_was_done_about_money_says_its_state(api):
    """R15: methods and cases of dunning: kept, declined, removed; opened, held, released, resolved; each as it was then and as it is now."""
    account = make_account(api, "Late payer")
    of = {"account_id": account["id"]}
    first, other = (api.post("/v1/payment_methods", {**of, "token": token, "label": token, "off_session": True, **more}).expect(201).json
                    for token, more in (("sandbox_decline_hard", {}), ("sandbox_ok", {})))
    invoice = api.post("/v1/invoices", {**of, "finalize": True, "lines": [{"description": "Stay", "unit_price": "100"}]}).expect(201).json
    path = f"/v1/invoices/{invoice['id']}"
    api.post(path + "/pay", {"payment_method": first["id"]}).expect(202)
    case = wait_for(lambda: api.get("/v1/dunning", invoice_id=invoice["id"]).json["data"], 20, "the case")[0]
    api.post(path + "/dunning/hold", {"reason": "They called"}).expect(200)
    api.post(path + "/dunning/release").expect(200)
    api.patch(f"/v1/payment_methods/{other['id']}", {"is_default": True}, other).expect(200)
    api.post("/v1/payments", {**of, "amount": invoice["total"]}).expect(201)
    api.delete(f"/v1/payment_methods/{other['id']}", api.get(f"/v1/payment_methods/{other['id']}").json).expect(204)

    def told(ident):
        return [(e["type"], e["payload"].get("state")) for e in reversed(timeline(api, account)) if e["id"] == ident]

    assert told(first["id"]) == [("payment_method.created", "active"), ("payment_method.declined", "declined")]
    assert told(other["id"]) == [("payment_method.created", "active"), ("payment_method.updated", None), ("payment_method.removed", "removed")]
    assert [t for t in told(case["id"]) if not t[0].endswith(("updated", "resumed"))] == [
        ("dunning.created", "active"), ("dunning.held", "held"), ("dunning.released", "active"), ("dunning.resolved", "resolved")]
    subjects = {e["id"]: e["subject"] for e in timeline(api, account)}
    assert subjects[first["id"]] == {"state": "declined", "processor": "sandbox", "label": "sandbox_decline_hard"}
    assert subjects[other["id"]]["state"] == "removed"
    assert subjects[case["id"]] == {"state": "resolved", "step": "decline:1", "declines": 1, "reminders": 0, "invoice_id": invoice["id"]}


def test_a_default_that_gives_way_is_told(api):
    account = make_account(api, "Two cards")
    first, second = (api.post("/v1/payment_methods", {"account_id": account["id"], "token": "sandbox_ok"}).expect(201).json for _ in range(2))
    api.patch(f"/v1/payment_methods/{second['id']}", {"is_default": True}, second).expect(200)
    told = {e["id"]: e for e in timeline(api, account, type="payment_method.updated")}
    assert told[first["id"]]["payload"]["is_default"] is False
    assert told[first["id"]]["version"] == api.get(f"/v1/payment_methods/{first['id']}").json["version"] == 2
    assert told[second["id"]]["version"] == 2


def test_it_is_filtered(api, story):
    """R15: by kind of object, by type, by time."""
    account = story["account"]
    assert {e["object"] for e in timeline(api, account, object="deal,payment")} == {"deal", "payment"}
    assert types(timeline(api, account, type="invoice.finalized,deal.won")) == ["deal.won", "invoice.finalized"]
    everything = timeline(api, account)
    middle = everything[len(everything) // 2]["business_at"]
    before = timeline(api, account, to=middle)
    after = timeline(api, account, **{"from": middle})
    assert before and after and len(before) + len(after) == len(everything)
    assert all(e["business_at"] < middle for e in before) and all(e["business_at"] >= middle for e in after)
    path = f"/v1/accounts/{account['id']}/timeline"
    assert pointers(problem(api.get(path, object="sauna"), 422)) == {"?object": "choice"}
    assert pointers(problem(api.get(path, **{"from": "yesterday"}), 422)) == {"?from": "invalid"}
    assert pointers(problem(api.get(path, what="x"), 422)) == {"?what": "unknown"}


def test_it_is_walked_page_by_page(api, story):
    """R15: cursor-paged, stable while things go on happening."""
    account = story["account"]
    whole = [e["event_id"] for e in timeline(api, account, limit=200)]
    path, walked, cursor = f"/v1/accounts/{account['id']}/timeline", [], None
    while True:
        page = api.get(path, limit=3, **({"cursor": cursor} if cursor else {})).expect(200).json
        walked += [e["event_id"] for e in page["data"]]
        api.post("/v1/notes", {"account_id": account["id"], "body": "meanwhile"}).expect(201)
        cursor = page["next"]
        if not cursor:
            break
    assert walked == whole
    first = api.get(path, limit=3).json["next"]
    assert pointers(problem(api.get(path, cursor=first, object="deal"), 422)) == {"?cursor": "invalid"}


def test_only_what_the_caller_may_see(seller, story):
    """R15: an event is told to who may read its object."""
    account = story["account"]
    sales = {e["object"] for e in timeline(seller.as_role("sales"), account)}
    assert {"deal", "invoice", "note"} <= sales and "payment" not in sales
    everything = {e["object"] for e in timeline(seller.program(), account)}
    assert "payment" in everything
    # Asking for it by name shows nothing either.
    assert timeline(seller.as_role("sales"), account, object="payment") == []
    assert timeline(seller.as_role("sales"), account, type="payment.created") == []


def test_the_steps_of_collection_are_part_of_it(new_tenant):
    """R15: declined charges, tries, mails about them and the hand-over to a person."""
    shop = Sandbox(new_tenant("history-dunning"))
    account = shop.account(owner_id=shop.tenant.users["sales"]["id"])
    invoice = shop.invoice(account, due_date=f"{shop.year}-03-31")
    shop.to("03-01", "10:00:00")
    shop.charge(invoice)
    shop.to("03-09")
    entries = timeline(shop.tenant.program(), account, limit=200)
    told = types(entries)
    assert told.count("payment_attempt.declined") == 5 and told.count("delivery.sent") >= 4
    assert told.index("payment_attempt.declined") < told.index("dunning.handed_over")
    case = next(e for e in entries if e["type"] == "dunning.handed_over")
    assert case["subject"] == {"state": "handed_over", "step": "hand_over", "declines": 5, "reminders": 0, "invoice_id": invoice["id"]}
    assert case["business_at"][:10] == f"{shop.year}-03-08"
    assert {e["object"] for e in timeline(shop.tenant.program(), account, object="dunning,payment_attempt")} == {"dunning", "payment_attempt"}


def test_another_tenants_history_is_nobodys(seller, story, other_program):
    path = f"/v1/accounts/{story['account']['id']}/timeline"
    problem(other_program.get(path), 404, "not_found")
    problem(other_program.get("/v1/accounts/00000000-0000-7000-8000-000000000000/timeline"), 404, "not_found")


def test_children_on_request(api):
    """R7: include_children tells of all accounts below."""
    parent = make_account(api, "Group")
    child = make_account(api, "Daughter", parent_id=parent["id"])
    grandchild = make_account(api, "Granddaughter", parent_id=child["id"])
    alone = {e["account_id"] for e in timeline(api, parent)}
    assert alone == {parent["id"]}
    assert {e["account_id"] for e in timeline(api, parent, include_children="true")} == {parent["id"], child["id"], grandchild["id"]}
    assert {e["account_id"] for e in timeline(api, child, include_children="true")} == {child["id"], grandchild["id"]}


def test_a_contact_changes_jobs(api):
    """R5: A's invoices and balance stay, B gains none, and both histories tell it."""
    a, b = make_account(api, "A"), make_account(api, "B")
    contact = a["contacts"][0]
    draft = api.post("/v1/invoices", {"account_id": a["id"], "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json
    final = api.post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json
    before = {x["id"]: api.get(f"/v1/accounts/{x['id']}").json for x in (a, b)}
    moved = api.patch(f"/v1/contacts/{contact['id']}", {"account_id": b["id"]}, contact).expect(200).json
    assert moved["account_id"] == b["id"] and moved["version"] == contact["version"] + 1
    after = {x["id"]: api.get(f"/v1/accounts/{x['id']}").json for x in (a, b)}
    for x in (a, b):
        for member in ("invoices", "invoices_count", "balances", "payment_status"):
            assert after[x["id"]][member] == before[x["id"]][member]
        assert after[x["id"]]["version"] == before[x["id"]]["version"] + 1
    assert after[a["id"]]["invoices_count"] == 1 and after[b["id"]]["invoices_count"] == 0
    assert after[a["id"]]["contacts"] == [] and after[a["id"]]["billing_contact"] is None
    assert {c["id"] for c in after[b["id"]]["contacts"]} >= {contact["id"]}
    assert api.get(f"/v1/invoices/{final['id']}").json["billing_contact"] == final["billing_contact"]
    # The next document of A has nobody to go to.
    draft = api.post("/v1/invoices", {"account_id": a["id"], "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json
    problem(api.post(f"/v1/invoices/{draft['id']}/finalize", {}), 422, "billing_contact_missing")
    # Both histories.
    left = timeline(api, a, object="account")[0]
    joined = timeline(api, b, object="account")[0]
    said = {"contact_id": contact["id"], "name": contact["name"], "from_account_id": a["id"], "to_account_id": b["id"]}
    assert left["payload"]["contact_left"] == said and joined["payload"]["contact_joined"] == said
    assert left["payload"]["billing_contact"] is None
    assert [e["type"] for e in timeline(api, a, object="contact")] == ["contact.created"]
    assert [e["type"] for e in timeline(api, b, object="contact")][0] == "contact.moved"
    # Back where it is already: nothing moves.
    again = api.patch(f"/v1/contacts/{contact['id']}", {"account_id": b["id"]}, moved).expect(200).json
    assert again["version"] == moved["version"]
    assert timeline(api, b, object="account")[0]["event_id"] == joined["event_id"]
