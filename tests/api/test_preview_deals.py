"""What a deal would be billed is shown before it is won: its draft, to the minor unit, refused as the win would be; nothing is written. Rows R17 to R20;
conventions: what moves money can be asked first."""
import pytest

from harness.content import difference, fingerprint
from harness.contract import new_id
from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for
from test_corrections import work
from test_deal_to_invoice import MONTHLY, ONCE, deal, documents, win
from test_preview_corrections import LINE, TAX, Asked

SHOWN = ("kind", "account_id", "entity_id", "deal_id", "po_number", "supply_date", "currency", "exponent", "subtotal", "discount_total", "net_total", "tax_total",
         "total", "rounding", "payable", "status", "paid", "amount_due")


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("preview-deals", roles=("read_only",))
    tenant.program().post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


def new_account(api, **more):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"},
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture
def asked(sql, seller):
    return Asked(sql, seller)


def same(shown, invoice):
    assert {m: shown[m] for m in SHOWN} == {m: invoice[m] for m in SHOWN}
    for name, parts in (("lines", LINE), ("taxes", TAX)):
        assert [[x[m] for m in parts] for x in shown[name]] == [[x[m] for m in parts] for x in invoice[name]]


def draft_of(api, won, subscriptions=0):
    return api.get(f"/v1/invoices/{documents(api, won, 1, subscriptions)['invoices'][0]}").expect(200).json


# ---- a deal's draft ----

def test_a_deal_is_shown_as_it_would_be_billed(asked, api, account):
    """What is billed once of it, less its discount, by its order number and supply date; what recurs is no part of it."""
    product = api.post("/v1/products", {"code": "S-1" + new_id()[-6:], "name": "Stay", "tax_category": "exempt"}).expect(201).json
    open_ = deal(api, account, ONCE, MONTHLY, {"product_id": product["id"], "quantity": "3", "unit_price": "9.99", "discount_percent": "12.5"},
                 po_number="PO-7", discount_percent="10", supply_date="2026-01-15")
    shown = asked.untouched("/v1/invoices/preview", {"deal_id": open_["id"]})
    assert (shown["status"], shown["deal_id"], len(shown["lines"])) == ("draft", open_["id"], 2)
    before = api.get(f"/v1/deals/{open_['id']}").expect(200).json
    assert (before["state"], before["version"], before["invoices"]) == ("open", open_["version"], [])
    win(api, open_)
    same(shown, draft_of(api, open_, 1))


def test_of_who_pays_for_another(asked, api, account):
    """The payer's terms and its name; who consumes is another one."""
    child = new_account(api, parent_id=account["id"], bill_to="parent")
    open_ = deal(api, child, ONCE)
    shown = asked.untouched("/v1/invoices/preview", {"deal_id": open_["id"]})
    assert shown["account_id"] == account["id"]
    win(api, open_)
    same(shown, draft_of(api, open_))


def test_one_that_waits_for_its_review(new_tenant, sql):
    shop = Sandbox(new_tenant("preview-deals-reviewed"))
    settings = shop.api.get("/v1/settings").expect(200)
    shop.api.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, settings.etag).expect(200)
    open_ = deal(shop.api, shop.account(), ONCE)
    shown = Asked(sql, shop.tenant).untouched("/v1/invoices/preview", {"deal_id": open_["id"]})
    assert shown["status"] == "pending_approval"
    win(shop.api, open_)
    same(shown, draft_of(shop.api, open_))


def test_what_refuses_the_win_refuses_its_preview(asked, api, account):
    closed = new_account(api)
    nobody = api.post("/v1/deals", {"name": "Season", "lines": [ONCE]}).expect(201).json
    empty, lost, of_closed = deal(api, account), deal(api, account, ONCE), deal(api, closed, ONCE)
    api.post(f"/v1/deals/{lost['id']}/lose", {}).expect(200)
    api.patch(f"/v1/accounts/{closed['id']}", {"state": "closed"}, api.get(f"/v1/accounts/{closed['id']}").json).expect(200)
    for refused, status, code in ((nobody, 422, "validation_failed"), (empty, 422, "validation_failed"), (lost, 409, "wrong_state"), (of_closed, 422, "account_closed")):
        told = [{k: v for k, v in asked.untouched(path, body, status).items() if k != "request_id"}
                for path, body in (("/v1/invoices/preview", {"deal_id": refused["id"]}), (f"/v1/deals/{refused['id']}/win", {}))]
        assert told[0] == told[1] and told[0]["code"] == code
    assert pointers(asked.untouched("/v1/invoices/preview", {"deal_id": new_id()}, 422)) == {"/deal_id": "not_found"}


def test_what_brings_no_draft_is_said(asked, api, account):
    """What only recurs; what has its draft; what is asked for besides."""
    recurs, once = deal(api, account, MONTHLY), deal(api, account, ONCE)
    assert pointers(asked.untouched("/v1/invoices/preview", {"deal_id": recurs["id"]}, 422)) == {"/deal_id": "invalid"}
    more = {"deal_id": once["id"], "account_id": account["id"], "finalize": True}
    assert pointers(asked.untouched("/v1/invoices/preview", more, 422)) == {"/account_id": "conflict", "/finalize": "conflict"}
    win(api, once)
    documents(api, once)
    assert asked.untouched("/v1/invoices/preview", {"deal_id": once["id"]}, 409)["code"] == "already_exists"
    assert pointers(asked.untouched("/v1/invoices/preview", {}, 422)) == {"/account_id": "required", "/lines": "required"}


def test_a_deal_that_is_won_anew(asked, api, account):
    """Its first draft went with its win."""
    won = deal(api, account, ONCE)
    win(api, won)
    documents(api, won)
    api.post(f"/v1/deals/{won['id']}/reopen", {}).expect(200)
    wait_for(lambda: not api.get(f"/v1/deals/{won['id']}").json["invoices"], 10, "the draft to be gone")
    shown = asked.untouched("/v1/invoices/preview", {"deal_id": won["id"]})
    win(api, won)
    same(shown, draft_of(api, won))


# ---- a draft of one's own for a deal ----

def test_a_draft_with_lines_of_its_own(asked, api, account):
    """As its create: it is the account's deal; its draft is another one's matter."""
    open_ = deal(api, account, ONCE)
    shown, made = asked.same({"account_id": account["id"], "deal_id": open_["id"], "lines": [work("10.00")], "finalize": True})
    assert shown["deal_id"] == made["deal_id"] == open_["id"]
    theirs = deal(api, new_account(api), ONCE)
    assert asked.alike(422, {"account_id": account["id"], "deal_id": theirs["id"], "lines": [work("10.00")]}) == (
        "validation_failed", {"/deal_id": "not_found"})


def test_who_may_ask(seller, api, account):
    """R57: whoever reads invoices and deals; a deal that one may not see is not shown by what it would be billed."""
    open_ = deal(api, account, ONCE)
    assert seller.as_role("read_only").post("/v1/invoices/preview", {"deal_id": open_["id"]}).expect(200).json["net_total"] == 25100
    blind = seller.product.client(Authorization="Bearer " + seller.token("invoice.read"))
    problem(blind.post("/v1/invoices/preview", {"deal_id": open_["id"]}), 403, "forbidden")
