"""A write whose ground others move all the time comes to its end all the same: a caller is told of a conflict by their own If-Match alone.

The whole product, with hands that never rest: what is written is decided on what an account has paid, owes or is drafted, and that
moves between any two looks."""
import concurrent.futures
import contextlib
import secrets
import threading

import pytest

from harness.billing import draft, new_account
from harness.money import check_money
from harness.product import NotBuilt, Product
from harness.wait import wait_for

HANDS, TIMES = 3, 12


@pytest.fixture(scope="module")
def seller():
    try:
        product = Product()
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)
    product.start()
    tenant = product.tenant("anew", roles=())
    for category, rate in (("standard", "20"), ("reduced", "10")):
        tenant.program().post("/v1/tax_rates", {"country": "AT", "category": category, "rate": rate}).expect(201)
    yield tenant
    product.stop()


@pytest.fixture
def api(seller):
    return seller.program()


@contextlib.contextmanager
def hands(seller, act):
    """Others at work: act(api) again and again until the block ends. What they are refused fails the test."""
    over, done, header = threading.Event(), [0] * HANDS, seller.program().headers["Authorization"]

    def work(n):
        api = seller.product.client(Authorization=header)
        while not over.is_set():
            act(api)
            done[n] += 1

    with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
        at_work = [pool.submit(work, n) for n in range(HANDS)]
        try:
            wait_for(lambda: all(done) or any(w.done() for w in at_work), 20, "everybody to be at work")
            yield done
        finally:
            over.set()
    for one in at_work:
        one.result()


def taxes(n):
    return {"tax_category": "exempt" if n % 2 else "standard", "exemption_reason": "Art. 151", "payment_terms": n}


def finished(api, answer):
    path = "/v1/operations/" + answer.expect(202).json["id"]
    return wait_for(lambda: (o := api.get(path).expect(200).json)["state"] not in ("pending", "running") and o, 60, path)


def refused(api, operation):
    return [r["error"] for r in api.get(f"/v1/operations/{operation['id']}/results", state="failed").expect(200).json["data"]]


def drafted(account):
    """Drafts of it come and go."""
    def act(other):
        made = draft(other, account, 1000, lines=[{"description": "Stay", "unit_price": "10"}])
        other.delete(f"/v1/invoices/{made['id']}", None, {"If-Match": "*"}).expect(204)

    return act


def check_drafts(api, account):
    """Every draft is what its account says by now."""
    shown = api.get(f"/v1/accounts/{account['id']}").expect(200).json
    for row in api.all("/v1/invoices", account_id=account["id"], status="draft"):
        assert row["tax_total"] == (0 if shown["tax_category"] == "exempt" else row["net_total"] // 5), row
        assert row["payment_terms"] == shown["payment_terms"]


def test_documents_that_are_final_at_once_between_payments(seller, api, sql_of):
    account = new_account(api)
    pay = lambda other: other.post("/v1/payments", {"account_id": account["id"], "amount": 100}).expect(201)
    with hands(seller, pay):
        for n in range(TIMES):
            api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
                {"description": "Stay", "unit_price": str(n + 1), "tax_rate": "0"}]}).expect(201)
        items = [{"op": "create", "data": {"account_id": account["id"], "finalize": True, "lines": [
            {"description": "Stay", "unit_price": str(n + 1), "tax_rate": "0"}]}} for n in range(3)]
        assert [row["status"] for row in api.post("/v1/invoices/batch", {"items": items}).expect(200).json["data"]] == [201] * 3
        partial = api.post("/v1/invoices/batch?partial=true", {"items": items}).expect(200).json["data"]
        assert [row["status"] for row in partial] == [201] * 3, partial
    check_money(sql_of(seller), seller.id)


def test_many_that_become_final_between_payments(seller, api, sql_of):
    account = new_account(api)
    drafts = [draft(api, account, 100 + n)["id"] for n in range(40)]
    with hands(seller, lambda other: other.post("/v1/payments", {"account_id": account["id"], "amount": 100}).expect(201)):
        done = finished(api, api.post("/v1/invoices/bulk", {"action": "finalize", "ids": drafts}))
    assert (done["state"], done["done"], refused(api, done)) == ("done", 40, [])
    check_money(sql_of(seller), seller.id)


def test_a_document_becomes_final_while_it_is_being_written(seller, api):
    account = new_account(api)
    for n in range(TIMES // 2):
        made = draft(api, account, 1000)
        path = f"/v1/invoices/{made['id']}"
        note = lambda other: other.patch(path, {"notes": secrets.token_hex(4)}, None, {"If-Match": "*"}).expect(200, 409)
        with hands(seller, note):
            assert api.post(path + "/finalize", {}).expect(200).json["number"]


def test_accounts_change_while_they_are_drafted(seller, api):
    """By a PATCH, in a batch of both kinds, by an import and in bulk: each finds its end, and no draft is left behind."""
    account = new_account(api)
    path = f"/v1/accounts/{account['id']}"
    draft(api, account, 1000, lines=[{"description": "Stay", "unit_price": "10"}])
    with hands(seller, drafted(account)):
        for n in range(TIMES):
            api.patch(path, taxes(n), None, {"If-Match": "*"}).expect(200)
        for n, query in enumerate(("", "?partial=true") * 3):
            item = {"op": "update", "id": account["id"], "version": api.get(path).json["version"], "data": taxes(n)}
            answer = api.post("/v1/accounts/batch" + query, {"items": [item]}).expect(200).json["data"]
            assert [row["status"] for row in answer] == [200], answer
        for n in range(TIMES // 4):
            csv = "id,tax_category,exemption_reason\n{},{},Art. 151\n".format(account["id"], "standard" if n % 2 else "exempt")
            done = finished(api, api.post("/v1/imports", {"resource": "account", "csv": csv, "match": {"column": "id", "field": "id"}, "columns": [
                {"column": "tax_category", "field": "tax_category"}, {"column": "exemption_reason", "field": "exemption_reason"}]}))
            assert (done["state"], refused(api, done)) == ("done", [])
            done = finished(api, api.post("/v1/accounts/bulk", {"action": "patch", "ids": [account["id"]], "params": taxes(n)}))
            assert (done["state"], refused(api, done)) == ("done", [])
    check_drafts(api, account)


def test_an_account_changes_while_its_drafts_do(seller, api):
    account = new_account(api)
    drafts = [draft(api, account, 1000, lines=[{"description": "Stay", "unit_price": "10"}])["id"] for _ in range(HANDS)]
    turns = iter(range(10**6))

    def edit(other):
        path = f"/v1/invoices/{drafts[next(turns) % HANDS]}"
        other.patch(path, {"lines": [{"description": secrets.token_hex(4), "unit_price": "10"}]}, None, {"If-Match": "*"}).expect(200)

    with hands(seller, edit) as done:
        for n in range(TIMES):
            api.patch(f"/v1/accounts/{account['id']}", taxes(n), None, {"If-Match": "*"}).expect(200)
            location = api.post("/v1/locations", {"account_id": account["id"], "name": f"Hut {n}", "address": {"country": "AT"}}).expect(201).json
            api.patch(f"/v1/invoices/{drafts[0]}", {"location_id": location["id"]}, None, {"If-Match": "*"}).expect(200)
            api.patch(f"/v1/locations/{location['id']}", {"address": {"country": "AT", "city": "Wien"}}, None, {"If-Match": "*"}).expect(200)
        assert sum(done) > TIMES, done
    check_drafts(api, account)


def test_a_stale_tag_is_a_conflict(seller, api):
    account = new_account(api)
    with hands(seller, drafted(account)):
        changed = api.patch(f"/v1/accounts/{account['id']}", {"payment_terms": 3}, account).expect(200).json
        told = api.patch(f"/v1/accounts/{account['id']}", {"payment_terms": 4}, account).expect(412).json
        assert told["current"]["version"] >= changed["version"]


@pytest.fixture
def sql_of():
    made = []

    def connect(seller):
        made.append(seller.product.database())
        return made[-1]

    yield connect
    for one in made:
        one.close()
