"""Drafts: what they inherit from the account, what they come to, what is refused."""
import uuid

import pytest

from harness.problem import pointers, problem

ADDRESS = {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    """A tenant with tax rates of its place."""
    tenant = new_tenant("drafts")
    api = tenant.program()
    for category, rate in (("standard", "20"), ("reduced", "10")):
        api.post("/v1/tax_rates", {"country": "AT", "category": category, "rate": rate, "name": "USt."}).expect(201)
    api.post("/v1/tax_rates", {"country": "DE", "category": "standard", "rate": "19"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return make_account(api)


def make_account(api, **more):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "tax_id": "ATU12345678", "invoice_address": ADDRESS,
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


def draft(api, account, lines, **more):
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": lines, **more}).expect(201).json


def item(price, quantity="1", **more):
    return {"description": "Work", "quantity": quantity, "unit_price": price, **more}


def test_a_draft_carries_what_the_account_says(api, account):
    invoice = draft(api, account, [])
    assert invoice["status"] == "draft" and invoice["number"] is None
    assert invoice["payer"]["legal_name"] == account["legal_name"]
    assert invoice["payer"]["invoice_address"] == account["invoice_address"]
    assert invoice["billing_contact"] == account["billing_contact"]
    assert invoice["payment_terms"] == account["payment_terms"] == 14
    assert invoice["tax_settings"] == account["tax_settings"]
    assert invoice["currency"] == "EUR" and invoice["total"] == 0


def test_the_answer_to_a_create_is_what_is_read(api, account):
    """Byte by byte: who is named is taken from what was read before, what a new document cannot have yet is not looked for."""
    lines = [item("12.50", "2"), item("3", discount_percent="10", tax_category="reduced")]
    original = draft(api, account, [item("100")], finalize=True)
    place = api.post("/v1/locations", {"account_id": account["id"], "name": "Hut \u00fc", "po_number": "PO-HUT",
                                       "address": {"line1": "Alm 1", "country": "DE"}}).expect(201).json
    buyer = api.post("/v1/contacts", {"account_id": account["id"], "name": "Ann \"A\" Huber"}).expect(201).json
    head = make_account(api, legal_name=f"Head {account['id']}", tax_id="ATU87654321", po_number="PO-HEAD", payment_terms=7)
    bare = api.post("/v1/accounts", {"legal_name": f"Bare {account['id']}"}).expect(201).json
    child = make_account(api, legal_name=f"Branch {account['id']}", tax_id="ATU11112222", parent_id=head["id"], bill_to="parent")
    for who, more in ((account, {}), (account, {"finalize": True}), (bare, {}), (child, {}), (child, {"finalize": True}),
                      (account, {"notes": "Thanks", "po_number": "PO-1", "external_id": f"x-{account['id']}"}),
                      (account, {"location_id": place["id"]}), (account, {"location_id": place["id"], "finalize": True}),
                      (account, {"contact_id": buyer["id"], "payment_terms": 0, "supply_date": "2024-02-29"}),
                      (account, {"invoice_address": {"line1": None, "city": "Graz", "country": "AT"}, "discount_percent": "2.50"}),
                      (account, {"invoice_address": {"city": "Graz", "country": "AT"}, "finalize": True, "currency": "EUR"}),
                      (account, {"kind": "debit", "original_invoice_id": original["id"], "finalize": True})):
        body = {"account_id": who["id"], "lines": lines, **more}
        for key in (None, f"as-read-{uuid.uuid4()}"):
            made = api.post("/v1/invoices", body, key=key).expect(201)
            assert made.body == api.get(f"/v1/invoices/{made.json['id']}").expect(200).body
            assert len(made.json["lines"]) == 2 and len(made.json["taxes"]) in (1, 2)
            assert bool(made.json["links"]) == ("kind" in more) and bool(made.json["external_ids"]) == ("external_id" in body)
            body.pop("external_id", None)


def test_a_deal_is_billed_to_whom_it_was_made_with(api, account):
    """Or to who pays for them; never to somebody else."""
    parent, stranger = make_account(api), make_account(api)
    child = make_account(api, parent_id=parent["id"], bill_to="parent")
    deal = api.post("/v1/deals", {"name": "Boilers", "account_id": child["id"]}).expect(201).json
    found = problem(api.post("/v1/invoices", {"account_id": stranger["id"], "deal_id": deal["id"], "lines": [item("1")]}), 422, "validation_failed")
    assert pointers(found) == {"/deal_id": "not_found"}
    for billed in (child, parent):
        made = draft(api, billed, [item("1")], deal_id=deal["id"])
        assert made["account_id"] == parent["id"] and made["deal_id"] == deal["id"]


def test_a_draft_reads_through_until_it_says_so_itself(api, account):
    invoice = draft(api, account, [item("100")])
    own = draft(api, account, [item("100")], payment_terms=7)
    account = api.patch(f"/v1/accounts/{account['id']}", {"payment_terms": 45, "legal_name": "Alpenblick AG"}, account).expect(200).json
    shown = api.get(f"/v1/invoices/{invoice['id']}").expect(200).json
    assert shown["payment_terms"] == 45 and shown["payer"]["legal_name"] == "Alpenblick AG"
    assert api.get(f"/v1/invoices/{own['id']}").json["payment_terms"] == 7


def test_lines_and_totals(api, account):
    invoice = draft(api, account, [item("1249.50", "2"), item("96", "90", base_quantity="60"), item("10", tax_category="reduced")])
    assert [line["amount"] for line in invoice["lines"]] == [249900, 14400, 1000]
    assert invoice["taxes"] == [{"category": "reduced", "rate": "10", "name": "USt.", "base": 1000, "tax": 100},
                                {"category": "standard", "rate": "20", "name": "USt.", "base": 264300, "tax": 52860}]
    assert (invoice["net_total"], invoice["tax_total"], invoice["total"]) == (265300, 52960, 318260)
    assert sum(line["net"] for line in invoice["lines"]) == invoice["net_total"]
    assert sum(line["tax"] for line in invoice["lines"]) == invoice["tax_total"]


@pytest.mark.parametrize("mode, tax", [("per_group", 3705), ("per_line", 3706)])
def test_t16_tax_per_group_and_per_line(api, account, mode, tax):
    lines = [item(price, tax_rate="19") for price in ("97.50", "65.00", "32.50")]
    assert draft(api, account, lines, tax_mode=mode)["tax_total"] == tax


def test_t18_prices_that_contain_their_tax(api, account):
    invoice = draft(api, account, [item("10.00", tax_rate="15")] * 3, tax_inclusive=True)
    assert [line["net"] for line in invoice["lines"]] == [870, 870, 869]
    assert (invoice["net_total"], invoice["tax_total"], invoice["payable"]) == (2609, 391, 3000)


def test_t19_a_discount_over_lines(api, account):
    lines = [item(p, tax_rate=r) for p, r in (("100", "10"), ("50", "0"), ("30", "20"), ("20", "20"))]
    invoice = draft(api, account, lines, discount_amount=1000)
    assert [line["discount"] for line in invoice["lines"]] == [500, 250, 150, 100]
    assert invoice["tax_total"] == 1900 and invoice["total"] == 20900


@pytest.mark.parametrize("price, payable, rounding", [("100.30", 10800, -2), ("100.31", 10805, 2)])
def test_t29_cash_rounding(api, account, price, payable, rounding):
    invoice = draft(api, account, [item(price, tax_rate="7.7")], currency="CHF", cash_rounding=5)
    assert (invoice["payable"], invoice["rounding"], invoice["tax_total"]) == (payable, rounding, 772)


@pytest.mark.parametrize("currency, line, total", [
    ("JPY", item("1127", tax_rate="10"), 1240), ("KWD", item("1.255", "3", tax_rate="5"), 3953),
    ("JPY", item("1000", "7", base_quantity="30", tax_rate="0"), 233)])
def test_t30_currencies_of_other_exponents(api, account, currency, line, total):
    assert draft(api, account, [line], currency=currency)["total"] == total


def test_a_product_gives_what_a_line_leaves_out(api, account):
    product = api.post("/v1/products", {"code": "P-1", "name": "Boiler", "unit": "piece", "tax_category": "reduced",
                                        "prices": [{"currency": "EUR", "unit_price": "12.5"},
                                                   {"currency": "CHF", "unit_price": "14"}]}).expect(201).json
    line = draft(api, account, [{"product_id": product["id"], "quantity": "3"}])["lines"][0]
    assert (line["description"], line["unit"], line["unit_price"], line["tax_rate"], line["net"]) == ("Boiler", "piece", "12.5", "10", 3750)
    assert draft(api, account, [{"product_id": product["id"]}], currency="CHF")["lines"][0]["net"] == 1400
    answer = api.post("/v1/invoices", {"account_id": account["id"], "currency": "USD", "lines": [{"product_id": product["id"]}]})
    assert pointers(problem(answer, 422)) == {"/lines/0/unit_price": "required"}


def test_tax_by_place_and_buyer(api):
    german = make_account(api, legal_name="Isar GmbH", tax_id="DE1", invoice_address={**ADDRESS, "country": "DE"})
    assert draft(api, german, [item("100")])["tax_total"] == 1900
    reverse = make_account(api, legal_name="Roma SpA", tax_id="IT1", tax_category="reverse_charge")
    line = draft(api, reverse, [item("100", tax_rate="20")])["lines"][0]
    assert (line["tax_category"], line["tax"]) == ("reverse_charge", 0)
    exempt = make_account(api, legal_name="Caritas", tax_id="AT9", tax_category="exempt", exemption_reason="Charity",
                          exemption_valid_to="2099-12-31")
    assert draft(api, exempt, [item("100")])["lines"][0]["tax_category"] == "exempt"
    over = make_account(api, legal_name="Late", tax_id="AT8", tax_category="exempt", exemption_reason="Charity",
                        exemption_valid_to="2001-12-31")
    assert draft(api, over, [item("100")])["tax_total"] == 2000


def test_a_patch_computes_anew(api, account):
    invoice = draft(api, account, [item("100"), item("50")])
    path = f"/v1/invoices/{invoice['id']}"
    keep = invoice["lines"][1]
    answer = api.patch(path, {"lines": [{"id": keep["id"], "quantity": "3"}, item("10")], "po_number": "PO-1"}, invoice).expect(200).json
    assert answer["version"] == invoice["version"] + 1
    assert [(line["quantity"], line["unit_price"], line["net"]) for line in answer["lines"]] == [("3", "50", 15000), ("1", "10", 1000)]
    assert answer["lines"][0]["id"] == keep["id"]
    assert (answer["net_total"], answer["total"], answer["po_number"]) == (16000, 19200, "PO-1")
    answer = api.patch(path, {"discount_percent": "10"}, answer).expect(200).json
    assert answer["net_total"] == 14400 and answer["lines"][0]["discount"] == 1500
    answer = api.patch(path, {"discount_percent": None}, answer).expect(200).json
    assert answer["net_total"] == 16000
    problem(api.patch(path, {"po_number": "x"}, 1), 412)
    problem(api.patch(path, {"po_number": "x"}), 428)
    body = problem(api.patch(path, {"lines": [{"id": account["id"], "quantity": "1"}]}, answer), 422)
    assert pointers(body) == {"/lines/0/id": "not_found"}
    # Sound for the draft that was read, which is no longer: the tag is what is wrong.
    for stale in ({"lines": [{"id": line["id"], "quantity": "2"} for line in invoice["lines"]]}, {"discount_amount": 18000}):
        body = problem(api.patch(path, stale, invoice), 412, "precondition_failed")
        assert body["current"]["version"] == answer["version"]


def test_totals_are_computed_never_taken(api, account):
    for member in ("total", "subtotal", "amount_due", "number", "status", "payer", "credited"):
        body = problem(api.post("/v1/invoices", {"account_id": account["id"], member: 1}), 422)
        assert pointers(body) == {f"/{member}": "read_only"}
    answer = api.post("/v1/invoices", {"account_id": account["id"], "lines": [item("100")], "expected_total": 11999})
    problem(answer, 422, "total_mismatch")
    assert draft(api, account, [item("100")], expected_total=12000)["total"] == 12000


def test_refusals_name_each_wrong_member(api, account):
    body = {"account_id": account["id"], "lines": [
        {"unit_price": "1"}, {"description": "x"}, item("-1"), item("1", "-1"), item("1", base_quantity="0"),
        item("1", discount_percent="101"), {"product_id": account["id"]}]}
    assert pointers(problem(api.post("/v1/invoices", body), 422)) == {
        "/lines/0/description": "required", "/lines/1/unit_price": "required", "/lines/2/unit_price": "out_of_range",
        "/lines/3/quantity": "out_of_range", "/lines/4/base_quantity": "out_of_range",
        "/lines/5/discount_percent": "out_of_range", "/lines/6/product_id": "not_found"}
    assert pointers(problem(api.post("/v1/invoices", {"lines": []}), 422)) == {"/account_id": "required"}
    nobody = "0192a000-0000-7000-8000-00000000ffff"
    assert pointers(problem(api.post("/v1/invoices", {"account_id": nobody}), 422)) == {"/account_id": "not_found"}
    assert pointers(problem(api.post("/v1/invoices", {"account_id": account["id"], "entity_id": nobody}), 422)) == {"/entity_id": "not_found"}
    assert pointers(problem(api.post("/v1/invoices", {"account_id": account["id"], "contact_id": nobody}), 422)) == {"/contact_id": "not_found"}


def test_amounts_beyond_the_range_are_refused(api, account):
    for lines in ([item("900000000000", "900000000000")], [item("90071992547409.91"), item("0.01")],
                  [item("90071992547409.91", tax_rate="20")]):
        problem(api.post("/v1/invoices", {"account_id": account["id"], "lines": lines}), 422, "out_of_range")


def test_a_closed_account_is_not_billed(api, account):
    api.patch(f"/v1/accounts/{account['id']}", {"state": "closed"}, account).expect(200)
    problem(api.post("/v1/invoices", {"account_id": account["id"]}), 422, "account_closed")


def test_the_payer_is_the_parent_where_it_bills_to_it(api):
    parent = make_account(api, legal_name="Holding SE", tax_id="AT77")
    child = make_account(api, legal_name="Daughter GmbH", tax_id="AT78", parent_id=parent["id"], bill_to="parent")
    invoice = draft(api, child, [item("100")])
    assert invoice["account_id"] == parent["id"] and invoice["payer"]["legal_name"] == "Holding SE"
    assert invoice["lines"][0]["account_id"] == child["id"]


def test_where_it_is_supplied_decides_whoever_pays(api):
    """R6, R7: a location of who consumes decides on tax, and goes on to do so: when the draft is changed, when the place is, and at the end."""
    parent = make_account(api, legal_name="Mutter AG", tax_id="AT79")
    child, sister = (make_account(api, legal_name=n, tax_id=n, parent_id=parent["id"], bill_to="parent") for n in ("Tochter", "Schwester"))
    stranger = make_account(api, legal_name="Fremd", tax_id="AT80")

    def place(account, country):
        return api.post("/v1/locations", {"account_id": account["id"], "name": "Hut", "address": {"country": country}}).expect(201).json

    invoice = draft(api, child, [item("100")], location_id=place(child, "DE")["id"])
    assert (invoice["account_id"], invoice["tax_total"]) == (parent["id"], 1900)
    path = f"/v1/invoices/{invoice['id']}"
    invoice = api.patch(path, {"notes": "Cabin"}, invoice).expect(200).json
    assert invoice["tax_total"] == 1900
    invoice = api.patch(path, {"location_id": place(sister, "AT")["id"]}, invoice).expect(200).json
    assert invoice["tax_total"] == 2000
    told = api.patch(path, {"location_id": place(stranger, "AT")["id"]}, invoice)
    assert pointers(problem(told, 422)) == {"/location_id": "not_found"}
    moved = place(child, "AT")
    invoice = api.patch(path, {"location_id": moved["id"]}, invoice).expect(200).json
    api.patch(f"/v1/locations/{moved['id']}", {"address": {"country": "DE"}}, moved).expect(200)
    assert api.get(path).json["tax_total"] == 1900
    final = api.post(path + "/finalize", {}).expect(200).json
    assert (final["tax_total"], final["ship_to"]["address"]["country"]) == (1900, "DE")


def test_a_draft_stays_with_whom_it_was_made_for(api):
    """Whoever pays for an account from now on pays for its next documents."""
    parent, child = make_account(api, legal_name="Mutter AG", tax_id="AT81"), make_account(api, legal_name="Tochter", tax_id="AT82")
    api.post("/v1/payments", {"account_id": parent["id"], "amount": 500, "currency": "EUR"}).expect(201)
    mine = draft(api, child, [item("10")])
    api.patch(f"/v1/accounts/{child['id']}", {"parent_id": parent["id"], "bill_to": "parent"}, api.get(f"/v1/accounts/{child['id']}").json).expect(200)
    theirs = draft(api, child, [item("10")])
    final = [api.post(f"/v1/invoices/{i['id']}/finalize", {}).expect(200).json for i in (mine, theirs)]
    assert [(i["account_id"], i["payer"]["legal_name"], i["paid"]) for i in final] == [(child["id"], "Tochter", 0), (parent["id"], "Mutter AG", 500)]


def test_a_draft_is_deleted_and_uses_no_number(api, seller, account):
    invoice = draft(api, account, [item("100")])
    path = f"/v1/invoices/{invoice['id']}"
    problem(seller.as_role("sales").delete(path, invoice), 403)
    problem(api.delete(path), 428)
    api.delete(path, invoice).expect(204)
    problem(api.get(path), 404)


def test_preview_is_what_a_draft_comes_to(api, account):
    body = {"account_id": account["id"], "lines": [item("33.33", "3"), item("10", tax_category="reduced")], "discount_percent": "7.5"}
    before = api.get("/v1/invoices", count="exact", limit=1).json["total"]
    shown = api.post("/v1/invoices/preview", body).expect(200).json
    assert api.get("/v1/invoices", count="exact", limit=1).json["total"] == before
    made = draft(api, account, body["lines"], discount_percent="7.5")
    for member in ("subtotal", "discount_total", "net_total", "tax_total", "total", "payable", "currency", "payment_terms"):
        assert shown[member] == made[member]
    assert [line["net"] for line in shown["lines"]] == [line["net"] for line in made["lines"]]


def test_a_repeat_makes_one_draft(api, account):
    body = {"account_id": account["id"], "lines": [item("100")]}
    first = api.post("/v1/invoices", body, key="draft-1").expect(201)
    again = api.post("/v1/invoices", body, key="draft-1").expect(201)
    assert again.body == first.body and again.headers["Idempotent-Replayed"] == "true"
    problem(api.post("/v1/invoices", {**body, "memo": "x"}, key="draft-1"), 422, "idempotency_key_reused")


def test_a_change_of_the_account_rederives_its_drafts(api, account, sql):
    invoice = draft(api, account, [item("100")])
    assert invoice["tax_total"] == 2000
    account = api.patch(f"/v1/accounts/{account['id']}", {"invoice_address": {"country": "DE"}}, account).expect(200).json
    shown = api.get(f"/v1/invoices/{invoice['id']}").json
    assert shown["tax_total"] == 1900 and shown["lines"][0]["tax_rate"] == "19"
    assert shown["version"] == invoice["version"] + 1 and shown["rederived_at"]
    account = api.patch(f"/v1/accounts/{account['id']}", {"tax_category": "reverse_charge"}, account).expect(200).json
    shown = api.get(f"/v1/invoices/{invoice['id']}").json
    assert shown["total"] == 10000 and shown["taxes"][0]["category"] == "reverse_charge"
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job.event WHERE object_id = %s AND type = 'invoice.rederived'", (invoice["id"],))
        assert cursor.fetchone()[0] == 2
    # A change of neither terms nor tax leaves them alone.
    api.patch(f"/v1/accounts/{account['id']}", {"notes": "x"}, account).expect(200)
    assert api.get(f"/v1/invoices/{invoice['id']}").json["version"] == shown["version"]
