"""One customer record for sales, billing and accounting: rows R1 to R9 and R14 of the product's requirements."""
import concurrent.futures
import threading
import uuid

import pytest

from harness.problem import pointers, problem
from harness.wait import wait_for

ADDRESS = {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"}
EIGHT = ("account_name", "legal_name", "billing_contact", "invoice_address", "tax_settings", "payment_terms", "invoices", "payment_status")
WORK = {"description": "Work", "unit_price": "100"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("record")
    api = tenant.program()
    for country, rate in (("AT", "20"), ("DE", "19")):
        api.post("/v1/tax_rates", {"country": country, "category": "standard", "rate": rate}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


def make_account(api, name="Alpenblick Hotel GmbH", **more):
    more.setdefault("contacts", [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}])
    return api.post("/v1/accounts", {"legal_name": name, "invoice_address": ADDRESS, **more}).expect(201).json


def draft(api, account, **more):
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], **more}).expect(201).json


def final(api, account, **more):
    return draft(api, account, finalize=True, **more)


def events(api, thing, kind=None):
    """Events of an object, oldest first."""
    return [e for e in reversed(api.all("/v1/events", object_id=thing["id"])) if kind is None or e["type"] == kind]


def told(api, thing, kind):
    return wait_for(lambda: events(api, thing, kind), 10, f"the event {kind}")[-1]


# ---- R1, R2 ----

@pytest.mark.parametrize("terms", [None, 14])
def test_r1_a_draft_needs_no_party_fields(api, terms):
    """R1: legal name, billing contact, address, terms and tax profile of a draft are the account's, with nothing retyped."""
    account = make_account(api, tax_id="ATU12345678", **({} if terms is None else {"payment_terms": terms}))
    invoice = api.post("/v1/invoices", {"account_id": account["id"]}).expect(201).json
    assert invoice["payer"]["legal_name"] == account["legal_name"]
    assert invoice["payer"]["account_id"] == account["id"] == invoice["account_id"]
    assert invoice["invoice_address"] == account["invoice_address"] == ADDRESS
    for member in ("billing_contact", "payment_terms", "tax_settings"):
        assert invoice[member] == account[member] and account[member] is not None


def test_r2_the_account_tells_eight_facts(api):
    """R2: the eight facts by which another system keeps in step, on the account and in its event."""
    account = make_account(api, tax_id="ATU2")
    assert all(member in account for member in EIGHT)
    assert account["billing_contact"]["email"] == "office@alpenblick.example"
    assert account["tax_settings"]["tax_id"] == "ATU2" and account["tax_settings"]["category"] == "standard"
    assert (account["invoices"], account["invoices_count"], account["payment_status"]) == ([], 0, "none")
    one, two = draft(api, account), final(api, account)
    shown = api.get(f"/v1/accounts/{account['id']}").json
    assert shown["invoices"] == sorted((one["id"], two["id"]), reverse=True) and shown["invoices_count"] == 2
    assert {row["id"] for row in api.get(shown["invoices_url"]).expect(200).json["data"]} == {one["id"], two["id"]}
    assert shown["payment_status"] == "open"
    changed = api.patch(f"/v1/accounts/{account['id']}", {"legal_name": "Alpenblick AG"}, shown).expect(200).json
    payload = told(api, account, "account.updated")["payload"]
    for member in EIGHT:
        assert payload[member] == changed[member], member
    assert payload["invoices_count"] == 2 and payload["invoices_url"] == changed["invoices_url"]


def test_r2_a_change_of_the_contact_is_a_change_of_the_account(api):
    """R2: whoever reads account.updated learns of a new billing address of mail, however it was written."""
    account = make_account(api)
    contact = account["contacts"][0]
    path = f"/v1/contacts/{contact['id']}"
    contact = api.patch(path, {"email": "new@alpenblick.example"}, contact).expect(200).json
    event = told(api, account, "account.updated")
    assert event["payload"]["billing_contact"] == {"id": contact["id"], "name": "Office", "email": "new@alpenblick.example"}
    second = api.post("/v1/contacts", {"account_id": account["id"], "name": "Second", "email": "2@alpenblick.example", "roles": ["billing"]}).expect(201).json
    api.delete(path, contact).expect(204)
    wait_for(lambda: events(api, account)[-1]["payload"]["billing_contact"]["id"] == second["id"], 10, "the other contact")
    api.post(path + "/restore").expect(200)
    wait_for(lambda: events(api, account)[-1]["payload"]["billing_contact"]["id"] == contact["id"], 10, "the first again")
    # Versions follow each other, an event each: nobody who counts them misses one.
    versions = [e["version"] for e in events(api, account)]
    assert versions == list(range(1, api.get(f"/v1/accounts/{account['id']}").json["version"] + 1))


def test_r2_what_changes_nothing_is_no_event(api):
    account = make_account(api)
    same = api.patch(f"/v1/accounts/{account['id']}", {"legal_name": account["legal_name"]}, account).expect(200)
    assert same.json["version"] == account["version"]
    api.patch(f"/v1/accounts/{account['id']}", {"notes": "x"}, account).expect(200)
    wait_for(lambda: len(events(api, account)) == 2, 10, "the event of the real change")
    assert [e["version"] for e in events(api, account)] == [1, 2]


def test_r2_the_newest_fifty_invoices(api):
    """R2: ids of the newest 50, with the count of all."""
    account = make_account(api)
    items = [{"op": "create", "data": {"account_id": account["id"], "lines": [WORK]}} for _ in range(55)]
    made = [row["data"]["id"] for row in api.post("/v1/invoices/batch", {"items": items}).expect(200).json["data"]]
    shown = api.get(f"/v1/accounts/{account['id']}").json
    assert shown["invoices"] == sorted(made, reverse=True)[:50] and shown["invoices_count"] == 55


# ---- R3, R4 ----

def test_r3_the_account_is_billed_and_never_a_contact(api):
    """R3: invoice and payment require account_id; deleting a contact touches no invoice."""
    account = make_account(api)
    contact = account["contacts"][0]
    for path, body in (("/v1/invoices", {"contact_id": contact["id"], "lines": [WORK]}),
                       ("/v1/payments", {"contact_id": contact["id"], "amount": 1, "currency": "EUR"})):
        assert pointers(problem(api.post(path, body), 422))["/account_id"] == "required", path
    invoice = final(api, account)
    api.delete(f"/v1/contacts/{contact['id']}", contact).expect(204)
    assert api.get(f"/v1/invoices/{invoice['id']}").json == invoice


def test_r4_contacts_have_roles(api):
    """R4: buyer, approver, billing, technical, many each; without a billing contact nothing is final."""
    account = make_account(api, contacts=[
        {"name": "Buyer", "roles": ["buyer", "approver"]}, {"name": "Second buyer", "roles": ["buyer"]},
        {"name": "Engineer", "email": "tech@alpenblick.example", "roles": ["technical"]}])
    assert [c["roles"] for c in account["contacts"]] == [["buyer", "approver"], ["buyer"], ["technical"]]
    invoice = draft(api, account)
    problem(api.post(f"/v1/invoices/{invoice['id']}/finalize", {}), 422, "billing_contact_missing")
    problem(api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "finalize": True}), 422, "billing_contact_missing")
    answer = api.post("/v1/contacts", {"account_id": account["id"], "name": "X", "roles": ["janitor"]})
    assert pointers(problem(answer, 422)) == {"/roles/0": "choice"}
    api.post("/v1/contacts", {"account_id": account["id"], "name": "Pay", "email": "pay@alpenblick.example", "roles": ["billing"]}).expect(201)
    assert api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json["billing_contact"]["name"] == "Pay"


def test_r4_mail_goes_to_the_billing_contacts(api, mail):
    """R4: the invoice's mail goes to the role billing, to each of them, and to nobody else."""
    tag = uuid.uuid4().hex[:8]
    account = make_account(api, contacts=[
        {"name": "Buyer", "email": f"buyer-{tag}@alpenblick.example", "roles": ["buyer"]},
        {"name": "Pay", "email": f"pay-{tag}@alpenblick.example", "roles": ["billing"]},
        {"name": "Pay too", "email": f"pay2-{tag}@alpenblick.example", "roles": ["billing", "buyer"]}])
    invoice = final(api, account)
    api.post(f"/v1/invoices/{invoice['id']}/send").expect(200)

    def recipients():
        rows = api.get("/v1/deliveries", invoice_id=invoice["id"]).expect(200).json["data"]
        return sorted(row["recipient"] for row in rows if row["state"] == "sent")

    wait_for(lambda: len(recipients()) == 2, 20, "both mails")
    assert recipients() == [f"pay-{tag}@alpenblick.example", f"pay2-{tag}@alpenblick.example"]


# ---- R6, R7 ----

def test_r6_locations_have_their_own_order_and_tax_place(api):
    """R6: an account's locations: ship-to and service addresses with their own purchase order and place of tax."""
    account = make_account(api, po_number="PO-ACCOUNT", locations=[
        {"name": "Munich", "kind": "service", "address": {"city": "Muenchen", "country": "DE"}, "po_number": "PO-MUC"},
        {"name": "Graz", "kind": "ship_to", "address": {"city": "Graz", "country": "AT"}}])
    munich, graz = account["locations"]
    there = draft(api, account, location_id=munich["id"])
    assert (there["tax_total"], there["po_number"], there["ship_to"]["name"]) == (1900, "PO-MUC", "Munich")
    here = draft(api, account, location_id=graz["id"])
    assert (here["tax_total"], here["po_number"]) == (2000, "PO-ACCOUNT")
    assert there["account_id"] == here["account_id"] == account["id"]
    for invoice in (there, here):
        api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200)
    balances = api.get(f"/v1/accounts/{account['id']}").json["balances"]
    assert [b["amount_due"] for b in balances] == [23900]
    other = make_account(api, "Other")
    answer = api.post("/v1/invoices", {"account_id": other["id"], "location_id": munich["id"], "lines": [WORK]})
    assert pointers(problem(answer, 422)) == {"/location_id": "not_found"}


@pytest.mark.parametrize("way", ["itself", "nested"])
def test_r6_a_location_that_moves_rederives_its_drafts(api, way):
    """R6, R9: the place of tax of a draft is its location's, also when that changes, in the same transaction."""
    account = make_account(api, locations=[{"name": "Store", "address": {"city": "Graz", "country": "AT"}}])
    location = account["locations"][0]
    invoice, elsewhere = draft(api, account, location_id=location["id"]), draft(api, account)
    assert invoice["tax_total"] == 2000
    if way == "itself":
        api.patch(f"/v1/locations/{location['id']}", {"address": {"city": "Bonn", "country": "DE"}, "po_number": "P"}, location).expect(200)
    else:
        api.patch(f"/v1/accounts/{account['id']}", {"locations": [
            {"id": location["id"], "address": {"city": "Bonn", "country": "DE"}, "po_number": "P"}]}, account).expect(200)
    shown = api.get(f"/v1/invoices/{invoice['id']}").json
    assert (shown["tax_total"], shown["po_number"], shown["version"]) == (1900, "P", invoice["version"] + 1)
    assert told(api, invoice, "invoice.rederived")["version"] == shown["version"]
    assert api.get(f"/v1/invoices/{elsewhere['id']}").json["version"] == elsewhere["version"]


def test_r7_a_tree_without_cycles(api):
    """R7: parent_id makes a tree; whoever would become their own ancestor is told 422."""
    top = make_account(api, "Top")
    middle = make_account(api, "Middle", parent_id=top["id"])
    low = make_account(api, "Low", parent_id=middle["id"])
    for child, parent in ((top, low), (top, middle), (top, top), (middle, low)):
        answer = api.patch(f"/v1/accounts/{child['id']}", {"parent_id": parent["id"]}, child)
        assert "/parent_id" in pointers(problem(answer, 422)), (child["legal_name"], parent["legal_name"])
    assert api.get(f"/v1/accounts/{top['id']}").json == top
    answer = api.post("/v1/accounts", {"legal_name": "Orphan", "bill_to": "parent"})
    assert "/parent_id" in pointers(problem(answer, 422))
    billed = make_account(api, "Billed to top", parent_id=top["id"], bill_to="parent")
    answer = api.patch(f"/v1/accounts/{billed['id']}", {"parent_id": None}, billed)
    assert "/parent_id" in pointers(problem(answer, 422))


def test_r7_two_halves_of_a_cycle_at_once(api, seller):
    """R7: of two changes that would close a cycle together one is refused."""
    for _ in range(5):
        a, b = make_account(api, "A"), make_account(api, "B")
        clients = [api.with_headers(), api.with_headers()]

        def under(child, parent, client):
            return client.patch(f"/v1/accounts/{child['id']}", {"parent_id": parent["id"]}, child).status

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(under, (a, b), (b, a), clients))
        assert statuses == [200, 422]


def test_r7_the_payer_is_looked_for_upwards(api):
    """R7: bill_to=parent: the invoice is the payer's, up to eight levels above; each line names its consumer."""
    payer = make_account(api, "Group", payment_terms=21)
    chain = [payer]
    for level in range(1, 9):
        chain.append(make_account(api, f"Level {level}", parent_id=chain[-1]["id"], bill_to="parent", payment_terms=5))
    for consumer in (chain[1], chain[8]):
        invoice = draft(api, consumer)
        assert invoice["account_id"] == payer["id"] and invoice["payment_terms"] == 21
        assert [line["account_id"] for line in invoice["lines"]] == [consumer["id"]]
        assert api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json["payer"]["legal_name"] == "Group"
    assert api.get(f"/v1/accounts/{payer['id']}").json["payment_status"] == "open"
    assert api.get(f"/v1/accounts/{chain[1]['id']}").json["payment_status"] == "none"
    # A line may name another consumer itself.
    named = draft(api, chain[2], lines=[{**WORK, "account_id": chain[3]["id"]}, WORK])
    assert [line["account_id"] for line in named["lines"]] == [chain[3]["id"], chain[2]["id"]]
    # A payer further away than that is nobody's: the chain is too long.
    answer = api.post("/v1/accounts", {"legal_name": "Level 9", "parent_id": chain[8]["id"], "bill_to": "parent"})
    assert pointers(problem(answer, 422)) == {"/bill_to": "too_deep"}


def test_r7_what_a_group_owes(api):
    """R7: balances roll up with include_children=true."""
    top = make_account(api, "Roof")
    child = make_account(api, "Branch", parent_id=top["id"])
    leaf = make_account(api, "Leaf", parent_id=child["id"])
    final(api, top), final(api, child), final(api, leaf, currency="CHF")
    alone = api.get(f"/v1/accounts/{top['id']}/balance").expect(200).json
    assert [(b["currency"], b["amount_due"]) for b in alone["balances"]] == [("EUR", 12000)]
    whole = api.get(f"/v1/accounts/{top['id']}/balance", include_children="true").expect(200).json
    assert [(b["currency"], b["amount_due"]) for b in whole["balances"]] == [("CHF", 12000), ("EUR", 24000)]
    assert whole["accounts"] == 3 and alone["accounts"] == 1


# ---- R8, R9 ----

def test_r8_billing_fields_are_typed(api):
    """R8: terms, cycle, purchase order, exemption and tier are fields that are checked."""
    account = make_account(api, payment_terms=45, billing_cycle="quarterly", po_required=True, service_tier="gold",
                           tax_category="exempt", exemption_reason="Charity", exemption_certificate="C-1", exemption_valid_to="2099-12-31")
    assert (account["billing_cycle"], account["po_required"], account["service_tier"]) == ("quarterly", True, "gold")
    answer = api.post("/v1/accounts", {"legal_name": "X", "payment_terms": 366, "billing_cycle": "daily", "po_required": "yes",
                                       "tax_category": "none", "exemption_valid_to": "2026-02-30"})
    assert set(pointers(problem(answer, 422))) == {"/payment_terms", "/billing_cycle", "/po_required", "/tax_category", "/exemption_valid_to"}
    answer = api.post("/v1/accounts", {"legal_name": "X", "tax_category": "exempt"})
    assert "/exemption_reason" in pointers(problem(answer, 422))
    answer = api.patch(f"/v1/accounts/{account['id']}", {"exemption_reason": None}, account)
    assert "/exemption_reason" in pointers(problem(answer, 422))


def test_r8_a_certificate_counts_on_the_day_of_the_invoice(new_tenant):
    """R8: expired on the invoice date: tax is charged and somebody is asked; on its last day it still holds."""
    api = new_tenant("exempt").program()
    api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    account = make_account(api, "Caritas", tax_category="exempt", exemption_reason="Charity", exemption_certificate="C-1",
                           exemption_valid_to="2026-03-31")
    assert draft(api, account, issue_date="2026-03-31")["tax_total"] == 0
    late = draft(api, account, issue_date="2026-04-01")
    assert late["tax_total"] == 2000 and late["lines"][0]["tax_category"] == "standard"
    assert api.get("/v1/tasks", account_id=account["id"]).json["data"] == []
    done = api.post(f"/v1/invoices/{late['id']}/finalize", {}).expect(200).json
    assert done["tax_total"] == 2000
    tasks = api.get("/v1/tasks", account_id=account["id"]).json["data"]
    assert [(t["kind"], t["state"], t["invoice_id"]) for t in tasks] == [("tax_exemption", "open", late["id"])]


def test_r9_a_change_of_terms_is_typed_once(api):
    """R9: drafts follow the account at once, with an event; open invoices keep what they say; overrides stay."""
    account = make_account(api, payment_terms=30)
    waiting, own = draft(api, account), draft(api, account, payment_terms=7)
    opened = final(api, account)
    changed = api.patch(f"/v1/accounts/{account['id']}", {"payment_terms": 45}, account).expect(200).json
    shown = api.get(f"/v1/invoices/{waiting['id']}").json
    assert shown["payment_terms"] == 45 and shown["version"] == waiting["version"] + 1 and shown["rederived_at"]
    assert api.get(f"/v1/invoices/{own['id']}").json["payment_terms"] == 7
    assert api.get(f"/v1/invoices/{opened['id']}").json == opened
    # One transaction: the events have one request.
    event = told(api, waiting, "invoice.rederived")
    assert event["version"] == shown["version"] and event["account_id"] == account["id"]
    assert event["request_id"] == told(api, account, "account.updated")["request_id"]
    assert events(api, opened, "invoice.rederived") == []
    assert final(api, changed)["payment_terms"] == 45
    # Address and name too, and the number of the order.
    api.patch(f"/v1/accounts/{account['id']}", {"invoice_address": {"line1": "Weg 2", "country": "DE"}, "legal_name": "Alpenblick AG",
                                                "po_number": "PO-2"}, changed).expect(200)
    again = api.get(f"/v1/invoices/{waiting['id']}").json
    assert (again["payer"]["legal_name"], again["invoice_address"]["line1"], again["po_number"]) == ("Alpenblick AG", "Weg 2", "PO-2")
    assert again["tax_total"] == 1900 and again["version"] == shown["version"] + 1
    assert api.get(f"/v1/invoices/{opened['id']}").json == opened


def test_r9_drafts_that_are_made_while_the_account_changes(api):
    """R9: a draft is computed from the account as it is when it is written: none is left behind by a change."""
    account = make_account(api, "Moving")
    over = threading.Event()

    def move():
        client, at, moves = api.with_headers(), account, 0
        while not over.is_set():
            answer = client.patch(f"/v1/accounts/{account['id']}", {"invoice_address": {"country": ("DE", "AT")[moves % 2]}}, at)
            at = answer.expect(200).json
            moves += 1
        return moves

    def make():
        client, made = api.with_headers(), []
        while len(made) < 12:
            made.append(client.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK]}).expect(201).json["id"])
        return made

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        makers, mover = [pool.submit(make) for _ in range(3)], pool.submit(move)
        try:
            made = [invoice for maker in makers for invoice in maker.result(60)]
        finally:
            over.set()
        assert mover.result(60) > 1, "the account can be changed while its drafts are made"
    country = api.get(f"/v1/accounts/{account['id']}").json["country"]
    taxes = {api.get(f"/v1/invoices/{invoice}").json["tax_total"] for invoice in made}
    assert taxes == {{"AT": 2000, "DE": 1900}[country]}


# ---- R14 ----

@pytest.mark.parametrize("path, body", [
    ("/v1/accounts", lambda api, a: {"legal_name": "X"}), ("/v1/invoices", lambda api, a: {"account_id": a["id"], "lines": [WORK]}),
    ("/v1/payments", lambda api, a: {"account_id": a["id"], "amount": 100, "currency": "EUR"}),
    ("/v1/products", lambda api, a: {"code": uuid.uuid4().hex, "name": "Boiler"})])
def test_r14_ids_of_other_systems(api, path, body):
    """R14: external ids are unique by system; what they name is reached and changed by them, as often as one likes."""
    account = make_account(api)
    known = f"X-{uuid.uuid4().hex[:8]}"
    ids = [{"system": "erp", "id": known}, {"system": "shop.eu", "id": "7/8 ü " + known}]
    made = api.post(path, {**body(api, account), "external_ids": ids}).expect(201).json
    assert made["external_ids"] == ids
    for entry in ids:
        by = f"{path}/external:{entry['system']}:{entry['id'].replace('/', '%2F').replace(' ', '%20').replace('ü', '%C3%BC')}"
        assert api.get(by).expect(200).json["id"] == made["id"]
    # Taken: whose it is is said, and nothing is made.
    answer = problem(api.post(path, {**body(api, account), "external_ids": ids[:1]}), 409, "already_exists")
    assert pointers(answer) == {"/external_ids": "already_exists"}
    assert made["id"] in answer["errors"][0]["detail"]
    # The same id in another system, or of another kind of thing, is another's.
    other = api.post(path, {**body(api, account), "external_ids": [{"system": "crm", "id": known}]}).expect(201).json
    assert other["id"] != made["id"]
    # By its name it is changed, and a second time nothing changes.
    name = f"{path}/external:erp:{known}"
    ids = [{"system": "erp", "id": known}]
    first = api.patch(name, {"external_ids": ids}, "*").expect(200).json
    assert first["external_ids"] == ids and first["version"] == made["version"] + 1
    second = api.patch(name, {"external_ids": ids}, "*").expect(200).json
    assert second == first
    problem(api.patch(f"{path}/external:erp:none-such", {"external_ids": ids}, "*"), 404, "not_found")
