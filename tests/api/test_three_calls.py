"""R93: somebody alone, with nothing set up: a customer, an invoice, paid, in three calls."""
from harness.wait import wait_for


def test_r93_from_nothing_to_paid_in_three_calls(new_tenant, sql):
    """R93: account with its contact, invoice that is final at once, payment: sane defaults everywhere."""
    tenant = new_tenant("solo")
    api = tenant.program()
    account = api.post("/v1/accounts", {"legal_name": "Alpenblick", "contacts": [
        {"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json
    invoice = api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        {"description": "Painting the hall", "unit_price": "1200"}]}).expect(201).json
    payment = api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["amount_due"], "currency": invoice["currency"]}).expect(201).json
    # Nothing else was called; what there is now is looked at.
    assert (invoice["status"], invoice["currency"], invoice["total"]) == ("open", "EUR", 120000)
    assert invoice["number"] and invoice["due_date"] > invoice["issue_date"] and invoice["seller"]["legal_name"]
    shown = api.get(f"/v1/invoices/{invoice['id']}").json
    assert (shown["status"], shown["amount_due"]) == ("paid", 0)
    assert [a["invoice_id"] for a in payment["allocations"]] == [invoice["id"]] and payment["unapplied"] == 0
    assert api.get(f"/v1/accounts/{account['id']}").json["payment_status"] == "paid"
    report = api.get("/v1/reports/trial_balance").expect(200).json
    assert all(total["difference"] == 0 for total in report["totals"])
    assert {row["account_code"]: row["balance"] for row in report["accounts"] if row["balance"]} == {"1010": 120000, "4000": -120000}
    assert wait_for(lambda: api.get(f"/v1/invoices/{invoice['id']}/pdf").status == 200, 20, "the PDF")


def test_k12_every_write_is_in_the_trail(new_tenant, sql):
    """K12: actor, request, before and after of every write of those calls."""
    tenant = new_tenant("trail")
    api = tenant.program()
    made = api.post("/v1/accounts", {"legal_name": "Alpenblick", "contacts": [{"name": "Office", "email": "o@alpenblick.example", "roles": ["billing"]}]})
    account = made.expect(201).json
    changed = api.patch(f"/v1/accounts/{account['id']}", {"payment_terms": 45}, account).expect(200)
    invoice = api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "x", "unit_price": "1"}]}).expect(201).json
    final = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200)

    def trail(thing):
        with sql.cursor() as cursor:
            cursor.execute("SELECT action, actor, request_id, before, after FROM audit.entry WHERE tenant_id = %s AND object_id = %s ORDER BY id",
                           (tenant.id, thing))
            return cursor.fetchall()

    rows = trail(account["id"])
    assert [(row[0], row[2]) for row in rows] == [("create", made.headers["X-Request-Id"]), ("update", changed.headers["X-Request-Id"])]
    assert {row[1] for row in rows} == {f"client:{tenant.client_id}"}
    assert rows[0][4]["legal_name"] == "Alpenblick" and (rows[1][3]["payment_terms"], rows[1][4]["payment_terms"]) == (None, 45)
    assert [row[0] for row in trail(account["contacts"][0]["id"])] == ["create"]
    rows = trail(invoice["id"])
    assert [row[0] for row in rows] == ["create", "update"] and rows[1][2] == final.headers["X-Request-Id"]
    assert (rows[1][3]["status"], rows[1][4]["status"], rows[1][4]["number"]) == ("draft", "open", final.json["number"])
