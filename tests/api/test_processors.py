"""Accounts at processors: secrets go in and never come out, one default, who pays where."""
import secrets

import pytest

from harness.money import untold
from harness.problem import pointers, problem
from harness.wait import wait_for

KEY = "sk_test_" + "canary" + secrets.token_hex(8)
SECRET = "whsec_" + "canary" + secrets.token_hex(16)


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("processors")


@pytest.fixture
def api(seller):
    return seller.program()


def make(api, **more):
    return api.post("/v1/processors", {"kind": "stripe", "name": "P " + secrets.token_hex(4), "api_key": KEY, **more})


def test_secrets_go_in_and_never_come_out(api, seller, product, sql):
    made = make(api, webhook_secrets=[SECRET]).expect(201)
    processor = made.json
    assert processor["api_key_hint"] == "..." + KEY[-4:] and processor["mode"] == "test"
    assert processor["webhook_path"] == f"/v1/processors/{seller.id}.{processor['id']}/webhook"
    path = f"/v1/processors/{processor['id']}"
    answers = [made.body, api.get(path).body, api.get("/v1/processors").body,
               api.patch(path, {"name": "Other"}, processor).expect(200).body, api.get("/v1/schema/processor").body,
               api.post("/v1/processors/search", {}).body, api.get("/v1/events", limit=200).body]
    with sql.cursor() as cursor:
        cursor.execute("SELECT api_key_sealed, webhook_secrets_sealed FROM connect.processor WHERE id = %s", (processor["id"],))
        sealed = cursor.fetchone()
        assert all(value.startswith("v1.") for value in sealed)
        cursor.execute("SELECT to_jsonb(e)::text FROM audit.entry e WHERE e.object_id = %s", (processor["id"],))
        trail = " ".join(row[0] for row in cursor.fetchall())
    assert trail and sealed[0] not in trail
    for place in [*answers, trail.encode(), *(product.log(name).encode() for name in ("billfold-api", "nginx"))]:
        assert b"canary" not in place and sealed[0].encode() not in place


@pytest.mark.parametrize("body, pointer", [
    ({"api_key": None}, "/api_key"), ({"api_key": "pk_test_" + "x" * 20}, "/api_key"),
    ({"api_key": "sk_test_"}, "/api_key"), ({"api_key": "sk_test_a b c d e f g"}, "/api_key"),
    ({"api_key": "sk_live_" + "x" * 20}, "/api_key"),  # a sandbox tenant moves no real money
    ({"webhook_secrets": []}, "/webhook_secrets"), ({"webhook_secrets": ["secret"]}, "/webhook_secrets/0"),
    ({"webhook_secrets": [SECRET, SECRET + "1", SECRET + "2"]}, "/webhook_secrets"),
    ({"kind": "manual"}, "/api_key"), ({"kind": "paypal"}, "/kind"), ({"name": ""}, "/name"), ({"mode": "live"}, "/mode"),
])
def test_what_is_no_account_is_refused(api, sql, body, pointer):
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connect.processor")
        before = cursor.fetchone()
        assert pointer in pointers(problem(make(api, **body), 422))
        cursor.execute("SELECT count(*) FROM connect.processor")
        assert cursor.fetchone() == before


def test_a_key_of_the_other_kind_of_money_does_not_fit(product):
    tenant = product.tenant("live", sandbox=False)
    api = tenant.program()
    processor = make(api, api_key="sk_live_" + "x" * 20).expect(201).json
    assert processor["mode"] == "live"
    problem(api.patch(f"/v1/processors/{processor['id']}", {"api_key": KEY}, processor), 422)
    problem(api.post("/v1/processors", {"kind": "sandbox", "name": "S"}), 422)


def test_there_is_one_default_a_seller(api):
    first = make(api, is_default=True).expect(201).json
    second = make(api, is_default=True).expect(201).json
    entity = api.get("/v1/entities").expect(200).json["data"][0]
    own = make(api, is_default=True, entity_id=entity["id"]).expect(201).json
    assert not api.get(f"/v1/processors/{first['id']}").json["is_default"]
    for processor in (second, own):
        assert api.get(f"/v1/processors/{processor['id']}").json["is_default"]
    now = api.get(f"/v1/processors/{first['id']}").json
    api.patch(f"/v1/processors/{first['id']}", {"is_default": True}, now).expect(200)
    assert not api.get(f"/v1/processors/{second['id']}").json["is_default"]


def test_a_customer_moves_to_another_processor(new_tenant, sql):
    """R49: open invoices are collected there, history stays."""
    tenant = new_tenant("moves")
    api = tenant.program()
    address = {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"}
    account = api.post("/v1/accounts", {
        "legal_name": "Alpenblick", "invoice_address": address,
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json
    first = api.post("/v1/processors", {"kind": "sandbox", "name": "First", "is_default": True}).expect(201).json
    second = api.post("/v1/processors", {"kind": "sandbox", "name": "Second"}).expect(201).json

    def invoice():
        draft = api.post("/v1/invoices", {"account_id": account["id"],
                                          "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json
        return api.post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json

    def pay(invoice, **more):
        return api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "sandbox_ok", **more}).expect(202).json

    open_invoice = invoice()
    before = pay(invoice(), off_session=True)
    assert before["processor_id"] == first["id"]
    moved = api.post(f"/v1/processors/{second['id']}/take_over", {"account_ids": [account["id"]]}).expect(200).json
    assert moved["id"] == second["id"]
    api.post(f"/v1/processors/{second['id']}/take_over", {"account_ids": [account["id"]]}).expect(200)  # who is there is not moved
    api.patch(f"/v1/processors/{second['id']}", {"is_default": True}, moved).expect(200)
    moved = api.get(f"/v1/processors/{second['id']}").json
    wait_for(lambda: api.get(f"/v1/payment_attempts/{before['id']}").json["state"] == "succeeded", 20, "the payment")
    assert untold(sql, tenant.id) == []
    after = pay(open_invoice)
    assert after["processor_id"] == second["id"]
    assert api.get(f"/v1/payment_attempts/{before['id']}").json["processor_id"] == first["id"]
    with sql.cursor() as cursor:
        cursor.execute("SELECT processor_id::text, is_default FROM payment.method WHERE account_id = %s", (account["id"],))
        assert cursor.fetchall() == [(first["id"], False)]
    # Nobody else moved, and what is paused takes nothing.
    problem(api.post(f"/v1/processors/{second['id']}/take_over", {"account_ids": [first["id"]]}), 422)
    api.patch(f"/v1/processors/{second['id']}", {"state": "paused"}, moved).expect(200)
    problem(api.post(f"/v1/invoices/{invoice()['id']}/pay", {"payment_method": "sandbox_ok", "processor_id": second["id"]}),
            409, "wrong_state")
    problem(api.post(f"/v1/processors/{second['id']}/take_over", {"account_ids": [account["id"]]}), 409, "wrong_state")
