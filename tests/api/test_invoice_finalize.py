"""Final documents: number, snapshots, journal, what is frozen, what takes them back."""
import pytest

from harness.problem import pointers, problem
from harness.wait import wait_for

ADDRESS = {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("final")
    tenant.program().post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return make_account(api)


def make_account(api, **more):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "invoice_address": ADDRESS,
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


def draft(api, account, **more):
    lines = more.pop("lines", [{"description": "Work", "unit_price": "100"}])
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": lines, **more}).expect(201).json


def final(api, account, **more):
    invoice = draft(api, account, **more)
    return api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json


def balance(api):
    report = api.get("/v1/reports/trial_balance").expect(200).json
    for total in report["totals"]:
        assert total["difference"] == 0 and total["debit"] == total["credit"]
    return {(row["currency"], row["account_code"]): row["balance"] for row in report["accounts"]}


def entries(api, invoice):
    rows = api.get("/v1/journal_entries", document_id=invoice["id"], fields="event,entry_date,lines").expect(200).json["data"]
    return {row["event"]: [(l["account_code"], l["debit"], l["credit"]) for l in row["lines"]] for row in rows}


def test_finalizing_gives_number_snapshots_and_journal(api, account, sql):
    before = balance(api)
    invoice = draft(api, account)
    done = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200)
    final = done.json
    assert done.etag == f'"{invoice["version"] + 1}"' and final["version"] == invoice["version"] + 1
    assert final["number"] and final["status"] == "open" and final["amount_due"] == 12000
    assert final["issue_date"] and final["due_date"] > final["issue_date"] and final["finalized_at"]
    for member in ("payer", "seller", "billing_contact", "payment_terms", "tax_settings", "lines", "taxes", "total"):
        assert final[member] == invoice[member]
    assert entries(api, final) == {"finalized": [("1100", 12000, 0), ("4000", 0, 10000), ("2100", 0, 2000)]}
    after = balance(api)
    assert after["EUR", "1100"] - before.get(("EUR", "1100"), 0) == 12000
    with sql.cursor() as cursor:
        cursor.execute("SELECT type, sequence FROM job.event WHERE object_id = %s ORDER BY sequence", (invoice["id"],))
        assert cursor.fetchall() == [("invoice.created", 1), ("invoice.finalized", 2)]


def test_a_final_document_does_not_change(api, account, sql, product):
    invoice = final(api, account)
    path = f"/v1/invoices/{invoice['id']}"
    for change in ({"po_number": "x"}, {"due_date": "2030-01-01"}, {"lines": []}, {"discount_percent": "1"}, {"notes": "x"}):
        problem(api.patch(path, change, invoice), 409, "final_document")
    problem(api.delete(path, invoice), 409, "final_document")
    problem(api.post(path + "/finalize", {}), 409, "wrong_state")
    memo = api.patch(path, {"memo": "for us"}, invoice).expect(200).json
    assert memo["memo"] == "for us" and memo["total"] == invoice["total"]
    # Nor by another way: the account moves on, the document stays.
    api.patch(f"/v1/accounts/{account['id']}", {"legal_name": "Other", "payment_terms": 1, "invoice_address": {"city": "Graz"}}, account).expect(200)
    contact = account["contacts"][0]
    api.patch(f"/v1/contacts/{contact['id']}", {"email": "new@alpenblick.example"}, contact).expect(200)
    shown = api.get(path).json
    for member in ("payer", "billing_contact", "payment_terms", "due_date", "seller"):
        assert shown[member] == invoice[member]


def test_what_is_missing_is_named(api):
    bare = make_account(api, legal_name="Bare", contacts=[], po_required=True)
    invoice = draft(api, bare, lines=[])
    path = f"/v1/invoices/{invoice['id']}"
    assert pointers(problem(api.post(path + "/finalize", {}), 422)) == {"/lines": "required", "/po_number": "required"}
    invoice = api.patch(path, {"po_number": "PO-9", "lines": [{"description": "x", "unit_price": "1"}]}, invoice).expect(200).json
    problem(api.post(path + "/finalize", {}), 422, "billing_contact_missing")
    api.post("/v1/contacts", {"account_id": bare["id"], "name": "Pay", "email": "pay@bare.example", "roles": ["billing"]}).expect(201)
    problem(api.post(path + "/finalize", {"expected_total": 1}), 422, "total_mismatch")
    problem(api.post(path + "/finalize", {"issue_date": "2026-05-01", "due_date": "2026-04-01"}), 422)
    assert api.get(path).json["status"] == "draft"
    done = api.post(path + "/finalize", {"expected_total": 120}).expect(200).json
    assert done["po_number"] == "PO-9"


def test_create_and_finalize_at_once(api, seller, account, sql):
    invoice = draft(api, account, finalize=True)
    assert invoice["status"] == "open" and invoice["number"]
    with sql.cursor() as cursor:
        cursor.execute("SELECT type, also FROM job.event WHERE object_id = %s", (invoice["id"],))
        assert cursor.fetchall() == [("invoice.finalized", ["invoice.created"])]
    body = {"account_id": account["id"], "finalize": True, "lines": [{"description": "x", "unit_price": "1"}]}
    admin = seller.as_role("admin")  # writes drafts, and makes none final
    assert pointers(problem(admin.post("/v1/invoices", body), 403, "forbidden_field")) == {"/finalize": "forbidden_field"}


def test_a_review_may_be_required(api, account, new_tenant):
    tenant = new_tenant("review")
    api = tenant.program()
    account = make_account(api)
    settings = api.get("/v1/settings").expect(200)
    api.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, settings.etag).expect(200)
    invoice = draft(api, account)
    problem(api.post(f"/v1/invoices/{invoice['id']}/finalize", {}), 409, "approval_required")
    problem(api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [{"description": "x", "unit_price": "1"}]}), 409,
            "approval_required")


def test_an_expired_exemption_is_taxed_and_asked_about(api):
    account = make_account(api, legal_name="Late", tax_category="exempt", exemption_reason="Charity", exemption_valid_to="2001-12-31")
    invoice = final(api, account)
    assert invoice["tax_total"] == 2000
    tasks = api.get("/v1/tasks", account_id=account["id"]).expect(200).json["data"]
    assert [(task["kind"], task["state"], task["invoice_id"]) for task in tasks] == [("tax_exemption", "open", invoice["id"])]
    final(api, account)
    assert len(api.get("/v1/tasks", account_id=account["id"]).json["data"]) == 1


def test_numbers_follow_each_other_and_dates_do_not_go_back(new_tenant):
    api = new_tenant("numbers").program()
    account = make_account(api)
    first = final(api, account, issue_date="2025-12-30")
    second = final(api, account, issue_date="2025-12-31")
    assert (first["number"], second["number"]) == ("INV-2025-00001", "INV-2025-00002")
    early = draft(api, account, issue_date="2025-12-30")
    body = problem(api.post(f"/v1/invoices/{early['id']}/finalize", {}), 409, "issue_date_before_series")
    assert "2025-12-31" in body["detail"]
    api.delete(f"/v1/invoices/{early['id']}", early).expect(204)
    assert final(api, account, issue_date="2026-01-01")["number"] == "INV-2026-00001"
    assert final(api, account, issue_date="2025-12-31")["number"] == "INV-2025-00003"
    series = api.get("/v1/series").expect(200).json["data"]
    assert [(c["period"], c["last_no"]) for c in series[0]["counters"]] == [("2025", 3), ("2026", 1)]
    api.patch(f"/v1/series/{series[0]['id']}", {"pattern": "RE{YY}/{N}"}, series[0]).expect(200)
    assert final(api, account, issue_date="2026-01-02")["number"] == "RE26/2"
    # Counting that begins anew would give RE26/2 a second time, and block every document after it.
    row = api.get(f"/v1/series/{series[0]['id']}").expect(200)
    body = problem(api.patch(f"/v1/series/{series[0]['id']}", {"reset": "never"}, row.etag), 409, "conflict")
    assert pointers(body) == {"/pattern": "conflict"}
    api.patch(f"/v1/series/{series[0]['id']}", {"reset": "never", "pattern": "R-{NNNN}"}, row.etag).expect(200)
    assert final(api, account, issue_date="2026-01-02")["number"] == "R-0001"


def test_documents_go_to_a_billing_contact_that_mail_reaches(api, product):
    """R4: who has no address does not stand before who has one."""
    account = make_account(api, contacts=[{"name": "Desk", "roles": ["billing"]},
                                          {"name": "Ann", "email": "ann@alpenblick.example", "roles": ["billing"]}])
    assert account["contacts"][0]["id"] < account["contacts"][1]["id"] and account["contacts"][0]["name"] == "Desk"
    invoice = final(api, account)
    assert invoice["billing_contact"]["name"] == "Ann"
    api.post(f"/v1/invoices/{invoice['id']}/send").expect(200)
    rows = api.get("/v1/deliveries", invoice_id=invoice["id"]).expect(200).json["data"]
    assert [row["recipient"] for row in rows] == ["ann@alpenblick.example"]


def test_void_before_it_is_sent(api, account):
    before = balance(api)
    invoice = final(api, account)
    path = f"/v1/invoices/{invoice['id']}"
    void = api.post(path + "/void").expect(200).json
    assert (void["status"], void["number"], void["amount_due"]) == ("void", invoice["number"], 0)
    assert balance(api) == {**balance(api), **before}
    assert entries(api, invoice)["voided"] == [("1100", 0, 12000), ("4000", 10000, 0), ("2100", 2000, 0)]
    problem(api.post(path + "/void"), 409, "wrong_state")
    problem(api.post(path + "/send"), 409, "wrong_state")
    problem(api.post(f"/v1/invoices/{draft(api, account)['id']}/void"), 409, "wrong_state")


def cancelled(api, invoice, **body):
    """What voiding has made of it, and the credit note."""
    void = api.post(f"/v1/invoices/{invoice['id']}/void", body).expect(200).json
    assert (void["status"], void["number"], void["voided_at"], void["amount_due"]) == ("paid", invoice["number"], None, 0)
    assert void["credited"] == invoice["payable"] and "creditable" not in void
    assert api.get(f"/v1/invoices/{invoice['id']}", fields="creditable").expect(200).json["creditable"] == []
    (link,) = void["links"]
    note = api.get(f"/v1/invoices/{link['invoice_id']}").expect(200).json
    assert (link["relation"], note["kind"], note["total"], note["tax_total"]) == ("credited_by", "credit", -invoice["total"], -invoice["tax_total"])
    assert {a: c - d for a, d, c in entries(api, note)["finalized"]} == {a: d - c for a, d, c in entries(api, invoice)["finalized"]}
    assert "voided" not in entries(api, invoice)
    problem(api.post(f"/v1/invoices/{invoice['id']}/void"), 409, "wrong_state")
    problem(api.post(f"/v1/invoices/{note['id']}/void"), 409, "wrong_state")
    return note


def test_k9_once_it_went_out_or_its_period_is_closed_a_credit_note_takes_it_back(new_tenant):
    api = new_tenant("closing").program()
    account = make_account(api)
    sent = final(api, account, issue_date="2020-03-10")
    api.post(f"/v1/invoices/{sent['id']}/send").expect(200)
    assert cancelled(api, sent, reason="Sent by mistake")["reason"] == "Sent by mistake"
    kept = final(api, account, issue_date="2020-03-11")
    assert api.post("/v1/ledger/lock", {"through": "2020-03-31"}).expect(200).json["locked_through"] == "2020-03-31"
    assert cancelled(api, kept)["issue_date"] > "2020-03-31"
    assert set(balance(api).values()) <= {0}
    late = draft(api, account, issue_date="2020-03-31")
    problem(api.post(f"/v1/invoices/{late['id']}/finalize", {}), 409, "period_locked")
    problem(api.post("/v1/ledger/lock", {"through": "2020-02-29"}), 409, "period_locked")
    problem(api.post("/v1/ledger/lock", {"through": "2999-01-01"}), 422)
    assert final(api, account, issue_date="2020-04-01")["number"] == "INV-2020-00003"


def test_totals_of_zero_are_paid_at_once(api, account):
    invoice = final(api, account, lines=[{"description": "Gift", "unit_price": "0"}])
    assert (invoice["status"], invoice["amount_due"]) == ("paid", 0)
    assert entries(api, invoice) == {}


def test_foreign_currency_books_in_both(api, account):
    invoice = final(api, account, currency="CHF", exchange_rate="0.95")
    rows = api.get("/v1/journal_entries", document_id=invoice["id"]).json["data"][0]["lines"]
    assert [(l["base_debit"], l["base_credit"]) for l in rows] == [(11400, 0), (0, 9500), (0, 1900)]
    unknown = final(api, account, currency="USD")
    rows = api.get("/v1/journal_entries", document_id=unknown["id"]).json["data"][0]["lines"]
    assert all(l["base_debit"] is None for l in rows)


def test_finalize_once_under_a_key(api, account):
    invoice = draft(api, account)
    path = f"/v1/invoices/{invoice['id']}/finalize"
    first = api.post(path, {}, key="final-1").expect(200)
    again = api.post(path, {}, key="final-1").expect(200)
    assert again.body == first.body and again.headers["Idempotent-Replayed"] == "true"
    problem(api.post(path, {}, key="final-2"), 409, "wrong_state")
    problem(api.post(path, {}, headers={"If-Match": '"1"'}), 412)


def test_who_may_what(api, seller, account):
    invoice = draft(api, account)
    path = f"/v1/invoices/{invoice['id']}"
    for role, may_write, may_finalize in (("sales", False, False), ("read_only", False, False), ("admin", True, False), ("billing", True, True)):
        person = seller.as_role(role)
        person.get(path).expect(200)
        answer = person.post(path + "/finalize", {})
        assert (answer.status != 403) == may_finalize, role
        answer = person.post("/v1/invoices", {"account_id": account["id"]})
        assert (answer.status == 201) == may_write, role


def test_lists_and_filters(api, account):
    invoice = final(api, account)
    listed = api.get("/v1/invoices", account_id=account["id"], status="open").expect(200).json["data"]
    assert [row["id"] for row in listed] == [invoice["id"]]
    assert "lines" not in listed[0] and "payer" not in listed[0]
    assert api.get("/v1/invoices", number=invoice["number"]).json["data"][0]["id"] == invoice["id"]
    page = api.get("/v1/invoices", account_id=account["id"], expand="account", sort="-due_date").expect(200).json
    assert page["data"][0]["account"]["id"] == account["id"]


def test_the_pdf_of_a_final_document(api, account):
    invoice = final(api, account)
    pdf = wait_for(lambda: (a := api.get(f"/v1/invoices/{invoice['id']}/pdf")).status == 200 and a, 15, "the PDF")
    assert pdf.body.startswith(b"%PDF-") and pdf.headers["Content-Type"] == "application/pdf"
