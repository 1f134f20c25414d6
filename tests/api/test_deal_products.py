"""Lines of a deal that name a product: what they leave out is the product's, what they say holds, and nothing is retyped until the invoice."""
import concurrent.futures
import secrets

import pytest

from harness.problem import pointers, problem
from harness.wait import wait_for

TAKEN = ("product_id", "description", "unit", "unit_price", "base_quantity", "tax_category")


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("offers")
    for category, rate in (("standard", "20"), ("reduced", "10")):
        tenant.program().post("/v1/tax_rates", {"country": "AT", "category": category, "rate": rate}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "tax_id": "ATU-" + secrets.token_hex(6), "invoice_address": {"country": "AT"},
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json


def price(currency, amount, **more):
    return {"currency": currency, "unit_price": amount, **more}


def catalogue(api, *prices, **more):
    return api.post("/v1/products", {"code": "P-" + secrets.token_hex(6), "name": "Consulting", "unit": "min", "tax_category": "reduced",
                                     "prices": list(prices), **more}).expect(201).json


def waits(sql):
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'billfold_api' AND query LIKE '%crm.deal%'")
        return cursor.fetchone()[0]


def deal(api, *lines, **more):
    return api.post("/v1/deals", {"name": "Season", "lines": list(lines), **more})


def taken(document, *members):
    return [tuple(line[m] for m in members or TAKEN) for line in document["lines"]]


def documents(api, deal, invoices=1, subscriptions=0):
    def there():
        d = api.get(f"/v1/deals/{deal['id']}").expect(200).json
        return d if (len(d["invoices"]), len(d["subscriptions"])) == (invoices, subscriptions) else None

    return wait_for(there, 10, "the documents of the deal")


def test_a_line_is_its_product_from_the_deal_to_the_invoice(api, account):
    """P24: name, unit, tax category and price of the product, through draft and invoice, after the catalogue has changed too."""
    sold = catalogue(api, price("EUR", "95.5", base_quantity="60"))
    made = deal(api, {"product_id": sold["id"], "quantity": "440"}, account_id=account["id"]).expect(201).json
    said = (sold["id"], "Consulting", "min", "95.5", "60", "reduced")
    assert taken(made) == [said]
    assert (made["amount"], made["currency"]) == (70033, "EUR")
    changed = api.patch(f"/v1/products/{sold['id']}", {"name": "Advice", "unit": "h", "tax_category": "standard",
                                                       "prices": [price("EUR", "1")]}, sold).expect(200).json
    api.delete(f"/v1/products/{sold['id']}", changed).expect(204)
    api.post(f"/v1/deals/{made['id']}/win", {}).expect(200)
    invoice = f"/v1/invoices/{documents(api, made)['invoices'][0]}"
    assert taken(api.get(invoice).expect(200).json) == [said]
    final = api.post(invoice + "/finalize", {}).expect(200).json
    assert taken(final) == [said]
    assert (final["net_total"], final["tax_total"], final["total"]) == (70033, 7003, 77036)


def test_what_a_line_says_holds(api):
    sold = catalogue(api, price("EUR", "95.5", base_quantity="60"))
    said = {"product_id": sold["id"], "description": "A talk", "unit": "h", "unit_price": "80", "tax_category": "exempt"}
    made = deal(api, said, {"product_id": sold["id"], "base_quantity": "30"}, {"product_id": sold["id"], "unit": None}).expect(201).json
    assert taken(made) == [(sold["id"], "A talk", "h", "80", "1", "exempt"), (sold["id"], "Consulting", "min", "95.5", "30", "reduced"),
                           (sold["id"], "Consulting", "min", "95.5", "60", "reduced")]
    # Nothing that is said needs a price of the product's.
    free = catalogue(api)
    assert taken(deal(api, {"product_id": free["id"], "unit_price": "0"}).expect(201).json, "unit_price") == [("0",)]


def test_the_price_is_that_of_the_deals_currency(api):
    """R89, P7: of the request's currency, else the account's, else the seller's; never made of another one."""
    sold = catalogue(api, price("EUR", "10"), price("USD", "12"), price("JPY", "1500"))
    account = api.post("/v1/accounts", {"legal_name": "Overseas " + secrets.token_hex(4), "currency": "USD"}).expect(201).json
    line = {"product_id": sold["id"]}

    def prices(**more):
        made = deal(api, line, **more).expect(201).json
        return made["currency"], made["lines"][0]["unit_price"], made["amount"]

    assert prices() == ("EUR", "10", 1000)
    assert prices(account_id=account["id"]) == ("USD", "12", 1200)
    assert prices(account_id=account["id"], currency="JPY") == ("JPY", "1500", 1500)
    told = problem(deal(api, {"product_id": sold["id"], "unit_price": "9"}, line, {"description": "Set-up"}, {"unit_price": "1"},
                        currency="GBP"), 422, "validation_failed")
    assert pointers(told) == {"/lines/1/unit_price": "required", "/lines/2/unit_price": "required", "/lines/3/description": "required"}
    assert "GBP" in next(e["detail"] for e in told["errors"] if e["pointer"] == "/lines/1/unit_price")
    # The currency that prices were taken in is the deal's from then on.
    made = deal(api, line, account_id=account["id"]).expect(201).json
    api.patch(f"/v1/accounts/{account['id']}", {"currency": "JPY"}, account).expect(200)
    shown = api.get(f"/v1/deals/{made['id']}").json
    more = api.patch(f"/v1/deals/{made['id']}", {"lines": [{"id": made["lines"][0]["id"]}, line]}, shown).expect(200).json
    assert (more["currency"], taken(more, "unit_price"), more["amount"]) == ("USD", [("12",), ("12",)], 2400)


def test_the_price_is_that_of_the_day(api):
    sold = catalogue(api, price("EUR", "10", valid_to="2025-12-31"), price("EUR", "11", valid_from="2026-01-01", valid_to="2026-01-31"),
                   price("EUR", "12", valid_from="2026-01-15", valid_to="2026-01-31"))
    line = {"product_id": sold["id"]}
    for day, expected in {"2025-12-31": "10", "2026-01-01": "11", "2026-01-14": "11", "2026-01-15": "12"}.items():
        assert taken(deal(api, line, supply_date=day).expect(201).json, "unit_price") == [(expected,)], day
    for more in ({"supply_date": "2026-02-01"}, {}):  # today, too, is after the last of them
        assert pointers(problem(deal(api, line, **more), 422)) == {"/lines/0/unit_price": "required"}


def test_a_draft_takes_the_price_of_its_day_too(api, account):
    """Of its day of supply, else of issue: when it is made and when it is changed."""
    sold = catalogue(api, price("EUR", "10", valid_to="2026-01-31"), price("EUR", "11", valid_from="2026-02-01"))
    line = {"product_id": sold["id"]}
    made = api.post("/v1/invoices", {"account_id": account["id"], "supply_date": "2026-01-31", "lines": [line]}).expect(201).json
    assert taken(made) == [(sold["id"], "Consulting", "min", "10", "1", "reduced")]
    path, kept = f"/v1/invoices/{made['id']}", {"id": made["lines"][0]["id"]}
    made = api.patch(path, {"lines": [kept, line]}, made).expect(200).json
    assert taken(made, "unit_price") == [("10",), ("10",)]
    made = api.patch(path, {"supply_date": "2026-02-01", "lines": [kept, line]}, made).expect(200).json
    assert taken(made, "unit_price") == [("10",), ("11",)]
    made = api.patch(path, {"supply_date": None, "issue_date": "2026-01-31", "lines": [kept, line]}, made).expect(200).json
    assert taken(made, "unit_price") == [("10",), ("10",)]


def test_what_was_sold_stays_on_its_draft(api, account):
    """A product that has left the catalogue is kept on lines that have it, and is taken by no other."""
    sold, other = catalogue(api, price("EUR", "10")), catalogue(api, price("EUR", "5"))
    made = api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"product_id": sold["id"]}, {"product_id": other["id"]}]}).expect(201).json
    path, (first, second) = f"/v1/invoices/{made['id']}", made["lines"]
    api.delete(f"/v1/products/{sold['id']}", sold).expect(204)
    kept = {"id": first["id"], "product_id": sold["id"], "quantity": "3"}
    made = api.patch(path, {"lines": [kept, {"id": second["id"]}]}, made).expect(200).json
    assert taken(made, "quantity", "unit_price", "description") == [("3", "10", "Consulting"), ("1", "5", "Consulting")]
    for lines, at in (([kept, {"product_id": sold["id"]}], 1), ([{"id": second["id"], "product_id": sold["id"]}], 0)):
        assert pointers(problem(api.patch(path, {"lines": lines}, made), 422)) == {f"/lines/{at}/product_id": "archived"}
    api.post(path + "/finalize", {}).expect(200)


def test_what_recurs_has_the_price_of_its_interval(api, account):
    sold = catalogue(api, price("EUR", "10"), price("EUR", "49", recurring="month"))
    line = {"product_id": sold["id"]}
    made = deal(api, line, {**line, "recurring": "month"}, account_id=account["id"]).expect(201).json
    assert taken(made, "unit_price", "recurring") == [("10", "none"), ("49", "month")]
    assert pointers(problem(deal(api, {**line, "recurring": "year"}), 422)) == {"/lines/0/unit_price": "required"}
    api.post(f"/v1/deals/{made['id']}/win", {}).expect(200)
    shown = documents(api, made, 1, 1)
    items = api.get(f"/v1/subscriptions/{shown['subscriptions'][0]}").expect(200).json["items"]
    assert [tuple(i[m] for m in TAKEN) for i in items] == [(sold["id"], "Consulting", "min", "49", "1", "reduced")]


def test_lines_that_are_there_keep_what_they_were_agreed_for(api):
    sold = catalogue(api, price("EUR", "10"))
    line = {"product_id": sold["id"]}
    made = deal(api, line).expect(201).json
    api.patch(f"/v1/prices/{sold['prices'][0]['id']}", {"unit_price": "11"}, sold["prices"][0]).expect(200)
    both = api.patch(f"/v1/deals/{made['id']}", {"lines": [{"id": made["lines"][0]["id"], "quantity": "3"}, line]}, made).expect(200).json
    assert taken(both, "quantity", "unit_price") == [("3", "10"), ("1", "11")]
    assert both["amount"] == 4100
    # A price is not converted with its currency; new lines have the new one's.
    told = api.patch(f"/v1/deals/{made['id']}", {"currency": "USD", "lines": [line]}, both)
    assert pointers(problem(told, 422)) == {"/lines/0/unit_price": "required"}
    # What has left the catalogue is kept where it was sold, and not sold again.
    api.delete(f"/v1/products/{sold['id']}", api.get(f"/v1/products/{sold['id']}").json).expect(204)
    kept = api.patch(f"/v1/deals/{made['id']}", {"lines": [{"id": i["id"], "product_id": sold["id"]} for i in both["lines"]]}, both).expect(200).json
    assert taken(kept) == taken(both)
    assert pointers(problem(deal(api, {**line, "unit_price": "1"}), 422)) == {"/lines/0/product_id": "archived"}


def test_a_product_of_another_tenant_is_none(api, new_tenant):
    theirs = catalogue(new_tenant("offers-other").program(), price("EUR", "10"))
    for ident in (theirs["id"], "0193a000-0000-7000-8000-00000000dead"):
        assert pointers(problem(deal(api, {"product_id": ident}), 422)) == {"/lines/0/product_id": "not_found"}


def test_in_batches_and_imports(api):
    sold = catalogue(api, price("EUR", "10"), price("USD", "12"))
    items = [{"op": "create", "data": {"name": "B", "currency": c, "lines": [{"product_id": sold["id"], "quantity": "2"}]}} for c in ("EUR", "USD", "GBP")]
    assert pointers(problem(api.post("/v1/deals/batch", {"items": items}), 422)) == {"/items/2/data/lines/0/unit_price": "required"}
    made = api.post("/v1/deals/batch", {"items": items[:2]}).expect(200).json["data"]
    assert [(row["data"]["currency"], row["data"]["amount"]) for row in made] == [("EUR", 2000), ("USD", 2400)]
    csv = f"name,product,count,currency\nOne,{sold['code']},3,EUR\nTwo,{sold['code']},3,GBP\nThree,{sold['code']},3,USD\n"
    started = api.post("/v1/imports", {"resource": "deal", "csv": csv, "columns": [
        {"column": "name", "field": "name"}, {"column": "product", "field": "lines.0.product_id", "ref": {"field": "code"}},
        {"column": "count", "field": "lines.0.quantity"}, {"column": "currency", "field": "currency"}]}).expect(202).json
    path = f"/v1/operations/{started['id']}"
    done = wait_for(lambda: (o := api.get(path).expect(200).json)["state"] not in ("pending", "running") and o, 20, "the import")
    assert (done["created"], done["failed"]) == (2, 1)
    failed = api.get(path + "/results", state="failed").expect(200).json["data"]
    assert [(row["position"], [e["pointer"] for e in row["error"]["errors"]]) for row in failed] == [(2, ["/lines/0/unit_price"])]


def test_a_currency_that_changes_meanwhile_has_its_own_price(product, seller, api, sql):
    """The price is chosen before the deal is locked: it is chosen anew where the deal has changed by then."""
    sold = catalogue(api, price("EUR", "10"), price("USD", "12"))
    made = deal(api, {"description": "Set-up", "unit_price": "1"}, currency="EUR").expect(201).json
    changing = product.database()
    changing.autocommit = False
    with concurrent.futures.ThreadPoolExecutor(1) as pool, changing.cursor() as cursor:
        cursor.execute("SELECT api.enter(%s, 'job:test', NULL, NULL, -1, NULL)", (seller.id,))
        cursor.execute("UPDATE crm.deal SET currency = 'USD' WHERE id = %s", (made["id"],))
        cursor.execute("SELECT job.emit('deal.updated', 'deal', %s)", (made["id"],))
        asked = pool.submit(api.patch, f"/v1/deals/{made['id']}", {"lines": [{"product_id": sold["id"]}]}, None, {"If-Match": "*"})
        wait_for(lambda: waits(sql), 10, "the patch to wait for the other change")
        changing.commit()
        shown = asked.result(10).expect(200).json
    changing.close()
    assert (shown["currency"], taken(shown, "unit_price"), shown["amount"]) == ("USD", [("12",)], 1200)
