"""R57, T54: who may not is told so, nothing has changed, and the trail says who tried what on what."""
import psycopg2
import pytest

from harness.content import difference, fingerprint
from harness.problem import pointers, problem
from harness.wait import wait_for

WORK = {"description": "Work", "unit_price": "100"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("refusals")


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def sales(seller):
    return seller.as_role("sales")


def make_account(api, **more):
    return api.post("/v1/accounts", {"legal_name": "Alpenblick", "payment_terms": 30, "external_ids": more.pop("external_ids", []),
                                     "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


@pytest.fixture
def trail(sql, seller):
    """Rows `denied` of an object, oldest first: (action, actor_id, fields)."""
    def denied(object_id):
        """In order of time: ids that two workers made in one millisecond have none."""
        with sql.cursor() as cursor:
            cursor.execute("SELECT action, actor_id, detail -> 'fields', request_id FROM audit.entry WHERE tenant_id = %s AND object_id = %s"
                           " AND action LIKE 'denied:%%' ORDER BY recorded_at", (seller.id, object_id))
            return cursor.fetchall()

    return denied


@pytest.mark.parametrize("member, value", [
    ("payment_terms", 90), ("tax_id", "ATU1"), ("tax_category", "reverse_charge"), ("exemption_valid_to", "2099-01-01"), ("currency", "USD"),
    ("po_required", True), ("billing_cycle", "yearly"), ("bill_to", "parent"), ("entity_id", None), ("state", "closed")])
def test_r57_sales_change_no_terms(api, sales, seller, trail, member, value):
    """R57: sales patches a billing field of an account: 403, the value as it was, a row in the trail."""
    account = make_account(api)
    answer = sales.patch(f"/v1/accounts/{account['id']}", {"notes": "mine", member: value}, account)
    assert pointers(problem(answer, 403, "forbidden_field")) == {f"/{member}": "forbidden_field"}
    assert api.get(f"/v1/accounts/{account['id']}").json == account
    assert [row[:3] for row in trail(account["id"])] == [
        ("denied:PATCH /v1/accounts/{id}", seller.users["sales"]["id"], [f"/{member}"])]
    assert trail(account["id"])[0][3] == answer.headers["X-Request-Id"]
    sales.patch(f"/v1/accounts/{account['id']}", {"notes": "mine"}, account).expect(200)


def test_r57_by_every_other_way(api, sales, seller, sql, trail):
    """R57: the id of another system, a batch, one item of a batch, a create, a nested child: each is refused and told alike."""
    account = make_account(api, external_ids=[{"system": "erp", "id": "57"}])
    change = {"payment_terms": 90}
    ways = {
        "external": lambda: sales.patch("/v1/accounts/external:erp:57", change, "*"),
        "batch": lambda: sales.post("/v1/accounts/batch", {"items": [
            {"op": "create", "data": {"legal_name": "X"}},
            {"op": "update", "id": account["id"], "version": account["version"], "data": change}]}),
    }
    before = fingerprint(sql, seller.id)
    for name, way in ways.items():
        problem(way(), 403, "forbidden_field")
    answer = sales.post("/v1/accounts/batch?partial=true", {"items": [
        {"op": "update", "id": account["id"], "version": account["version"], "data": change}]}).expect(200).json
    assert [(row["status"], row["error"]["code"]) for row in answer["data"]] == [(403, "forbidden_field")]
    assert set(difference(before, fingerprint(sql, seller.id))) <= {"audit.entry"}
    assert api.get(f"/v1/accounts/{account['id']}").json == account
    assert [(row[0], row[2]) for row in trail(account["id"])] == [
        ("denied:PATCH /v1/accounts/{id}", ["/payment_terms"]),
        ("denied:POST /v1/accounts/batch", ["/items/1/data/payment_terms"]),
        ("denied:POST /v1/accounts/batch", ["/items/0/data/payment_terms"])]
    problem(sales.post("/v1/accounts", {"legal_name": "X", **change}), 403, "forbidden_field")
    # Nested: a product's prices, by who may not write the catalogue; a role without it has no other way either.
    problem(sales.post("/v1/products", {"code": "X", "name": "X", "prices": [{"currency": "EUR", "unit_price": "1"}]}), 403, "forbidden")


def test_r57_bank_data_and_payment_methods(api, sales, seller, trail):
    """R57: neither the seller's bank accounts nor a customer's ways to pay."""
    entity = api.get("/v1/entities").json["data"][0]
    bank = {"bank_accounts": [{"name": "Bank", "iban": "AT611904300234573201"}]}
    problem(sales.patch(f"/v1/entities/{entity['id']}", bank, entity), 403)
    problem(seller.as_role("admin").patch(f"/v1/entities/{entity['id']}", bank, entity), 403, "forbidden_field")
    assert api.get(f"/v1/entities/{entity['id']}").json["bank_accounts"] == entity["bank_accounts"]
    assert len(trail(entity["id"])) == 2
    account = make_account(api)
    problem(sales.post("/v1/payment_methods", {"account_id": account["id"], "processor": "sandbox", "token": "sandbox_ok"}), 403, "forbidden")
    problem(sales.post("/v1/payments", {"account_id": account["id"], "amount": 1, "currency": "EUR"}), 403, "forbidden")
    problem(sales.get("/v1/payments"), 403, "forbidden")


# ---- T54 ----

@pytest.mark.parametrize("who", ["owner", "program"])
@pytest.mark.parametrize("change", [
    {"lines": [WORK]}, {"discount_percent": "5"}, {"due_date": "2031-01-01"}, {"issue_date": "2031-01-01"}, {"po_number": "X"},
    {"invoice_address": {"country": "DE"}}, {"payment_terms": 1}, {"contact_id": None}, {"notes": "x"}, {"tax_inclusive": True}],
    ids=lambda c: next(iter(c)))
def test_t54_a_final_document_is_final_for_everybody(api, seller, trail, who, change):
    """T54: amount, party and dates of a final document: refused to owner and program alike, and told in the trail."""
    caller = seller.as_role("owner") if who == "owner" else api
    invoice = api.post("/v1/invoices", {"account_id": make_account(api)["id"], "lines": [WORK], "finalize": True}).expect(201).json
    path = f"/v1/invoices/{invoice['id']}"
    problem(caller.patch(path, change, invoice), 409, "final_document")
    problem(caller.delete(path, invoice), 409, "final_document")
    shown = api.get(path).json
    assert {m: v for m, v in shown.items() if m != "days_overdue"} == {m: v for m, v in invoice.items() if m != "days_overdue"}
    assert [row[0] for row in trail(invoice["id"])] == ["denied:PATCH /v1/invoices/{id}", "denied:DELETE /v1/invoices/{id}"]


@pytest.mark.parametrize("role", ["billfold_api", "billfold_invoiced", "billfold_paymentd", "billfold_maild", "billfold_syncd", "billfold_scheduler"])
def test_t54_nor_for_the_programs_roles(api, seller, sql, product, role):
    """T54: the role of no program changes content, lines or taxes of a final document, or takes it away."""
    invoice = api.post("/v1/invoices", {"account_id": make_account(api)["id"], "lines": [WORK], "finalize": True}).expect(201).json
    before = fingerprint(sql, seller.id)
    session = product.database()
    session.autocommit = False
    for statement in ("UPDATE billing.invoice SET total = total + 1, payable = payable + 1 WHERE id = %s",
                      "UPDATE billing.invoice SET account_id = account_id, due_date = due_date + 1 WHERE id = %s",
                      "UPDATE billing.invoice SET payer = '{}' WHERE id = %s", "UPDATE billing.invoice SET number = NULL WHERE id = %s",
                      "UPDATE billing.invoice_line SET net = net + 1 WHERE invoice_id = %s", "DELETE FROM billing.invoice_line WHERE invoice_id = %s",
                      "UPDATE billing.invoice_tax SET tax = tax + 1 WHERE invoice_id = %s", "DELETE FROM billing.invoice WHERE id = %s",
                      "DELETE FROM ledger.entry WHERE document_id = %s", "UPDATE ledger.line SET debit = debit + 1 WHERE entry_id IN"
                      " (SELECT id FROM ledger.entry WHERE document_id = %s)"):
        with session.cursor() as cursor:
            cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'request', -1, NULL)", (seller.id,))
            cursor.execute(f"SET LOCAL ROLE {role}")
            with pytest.raises(psycopg2.Error) as told:
                cursor.execute(statement, (invoice["id"],))
            assert told.value.pgcode in ("ZBFIN", "42501"), statement
        session.rollback()
    session.close()
    assert difference(before, fingerprint(sql, seller.id)) == []


def test_t54_the_paper_stays_as_it_was(api):
    """T54: the account's address changes, and the stored PDF has the same bytes."""
    account = make_account(api, invoice_address={"line1": "Weg 1", "city": "Wien", "country": "AT"})
    invoice = api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "finalize": True}).expect(201).json
    pdf = f"/v1/invoices/{invoice['id']}/pdf"
    first = wait_for(lambda: (a := api.get(pdf)).status == 200 and a.body, 20, "the PDF")
    api.patch(f"/v1/accounts/{account['id']}", {"legal_name": "Elsewhere", "invoice_address": {"line1": "Weg 2", "city": "Graz"}}, account).expect(200)
    assert api.get(pdf).expect(200).body == first
    assert api.get(f"/v1/invoices/{invoice['id']}").json["payer"] == invoice["payer"]


def test_t54_void_only_with_nothing_paid(api):
    """T54, K9: a document that has been paid in part is not voided."""
    account = make_account(api)
    invoice = api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "finalize": True}).expect(201).json
    api.post("/v1/payments", {"account_id": account["id"], "amount": 1, "currency": "EUR"}).expect(201)
    problem(api.post(f"/v1/invoices/{invoice['id']}/void"), 409, "wrong_state")
    assert api.get(f"/v1/invoices/{invoice['id']}").json["status"] == "partially_paid"
