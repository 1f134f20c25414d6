"""Kept methods: sealed on the way in, never shown, charged without their owner only with consent, removed for good."""
import pytest

from harness.billing import charge, charged, events, invoice, new_account, outcome
from harness.contract import new_id
from harness.problem import pointers, problem


@pytest.fixture
def api(program):
    return program


@pytest.fixture
def account(api):
    return new_account(api)


def keep(api, account, token="sandbox_ok", **more):
    return api.post("/v1/payment_methods", {"account_id": account["id"], "token": token, **more}).expect(201).json


def listed(api, account, **more):
    return api.all("/v1/payment_methods", account_id=account["id"], **more)


def test_a_method_is_kept_and_its_token_is_not_shown(api, account, sql, tenant):
    token = "sandbox_ok"
    answer = api.post("/v1/payment_methods", {"account_id": account["id"], "token": token, "label": "Visa, ends in 4242"}).expect(201)
    kept = answer.json
    assert answer.headers["Location"] == f"/v1/payment_methods/{kept['id']}"
    assert {m: kept[m] for m in ("account_id", "processor", "label", "off_session", "consent_at", "is_default", "state")} == {
        "account_id": account["id"], "processor": "sandbox", "label": "Visa, ends in 4242", "off_session": False,
        "consent_at": None, "is_default": True, "state": "active"}
    feed = events(api, kept["id"], "payment_method.created")
    assert [e["type"] for e in feed] == ["payment_method.created"]
    shown = [answer.body, api.get(f"/v1/payment_methods/{kept['id']}").body, str(listed(api, account)).encode(), str(feed).encode(),
             api.post("/v1/payment_methods/search", {"where": {"field": "account_id", "op": "eq", "value": account["id"]}}).expect(200).body]
    with sql.cursor() as cursor:
        cursor.execute("SELECT token_sealed FROM payment.method WHERE id = %s", (kept["id"],))
        sealed = cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit.entry WHERE object_id = %s", (kept["id"],))
        trail = "".join(row[0] for row in cursor.fetchall())
    assert token not in sealed and trail
    for text in (*shown, trail.encode()):
        assert token.encode() not in text and sealed.encode() not in text and b"token" not in text.replace(b"token_sealed", b"")


def test_the_token_is_written_once_and_searched_by_nobody(api, account):
    kept = keep(api, account)
    told = problem(api.patch(f"/v1/payment_methods/{kept['id']}", {"token": "sandbox_ok", "processor": "x", "consent_at": None,
                                                                  "state": "active", "account_id": account["id"]}, kept), 422)
    assert set(pointers(told)) == {"/token", "/processor", "/consent_at", "/state", "/account_id"}
    problem(api.get("/v1/payment_methods", token="sandbox_ok"), (400, 422))
    problem(api.get("/v1/payment_methods", fields="id,token"), (400, 422))


def test_consent_has_its_time(new_tenant):
    api = new_tenant("consent", roles=()).program()  # whose clock nobody has moved: it goes
    account = new_account(api)
    kept = keep(api, account, off_session=True)
    assert kept["off_session"] and kept["consent_at"]
    again = api.patch(f"/v1/payment_methods/{kept['id']}", {"label": "Ours", "off_session": True}, kept).expect(200).json
    assert again["consent_at"] == kept["consent_at"]
    gone = api.patch(f"/v1/payment_methods/{kept['id']}", {"off_session": False}, again).expect(200).json
    assert (gone["off_session"], gone["consent_at"], gone["version"]) == (False, None, again["version"] + 1)
    anew = api.patch(f"/v1/payment_methods/{kept['id']}", {"off_session": True}, gone).expect(200).json
    assert anew["consent_at"].rstrip("Z") > kept["consent_at"].rstrip("Z")  # without the Z, which sorts after digits


def test_one_default(api, account):
    first, second = keep(api, account), keep(api, account)
    third = keep(api, account, is_default=True)
    assert (first["is_default"], second["is_default"], third["is_default"]) == (True, False, True)
    assert [m["id"] for m in listed(api, account) if m["is_default"]] == [third["id"]]
    api.patch(f"/v1/payment_methods/{second['id']}", {"is_default": True}, second).expect(200)
    assert [m["id"] for m in listed(api, account) if m["is_default"]] == [second["id"]]
    for gave_way in (first, third):
        assert events(api, gave_way["id"], "payment_method.updated")[-1]["version"] == api.get(f"/v1/payment_methods/{gave_way['id']}").json["version"]
    assert keep(api, new_account(api))["is_default"]


def test_removed_for_good(api, account, sql):
    kept, other = keep(api, account, off_session=True), keep(api, account)
    problem(api.delete(f"/v1/payment_methods/{kept['id']}"), 428, "precondition_required")
    problem(api.delete(f"/v1/payment_methods/{kept['id']}", '"99"'), 412)
    assert api.delete(f"/v1/payment_methods/{kept['id']}", kept).expect(204).body == b""
    gone = api.get(f"/v1/payment_methods/{kept['id']}").expect(200).json
    assert (gone["state"], gone["is_default"]) == ("removed", False) and gone["archived_at"]
    assert [m["id"] for m in listed(api, account)] == [other["id"]]
    assert {m["id"] for m in listed(api, account, archived="with")} == {kept["id"], other["id"]}
    with sql.cursor() as cursor:
        cursor.execute("SELECT token_sealed FROM payment.method WHERE id = %s", (kept["id"],))
        assert cursor.fetchone()[0] is None
    problem(api.delete(f"/v1/payment_methods/{kept['id']}", gone), 409, "wrong_state")
    problem(api.patch(f"/v1/payment_methods/{kept['id']}", {"is_default": True}, gone), 409, "wrong_state")
    problem(api.post(f"/v1/payment_methods/{kept['id']}/restore"), 404)
    document = invoice(api, account, 100)
    problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": kept["id"]}), 409, "wrong_state")


def test_a_kept_method_pays(api, account):
    kept = keep(api, account)
    document = invoice(api, account, 4200)
    done = charged(api, document, kept["id"])
    assert (done["state"], done["method_id"], done["amount"], done["source"]) == ("succeeded", kept["id"], 4200, "api")
    again = invoice(api, account, 100)
    assert charged(api, again, kept["id"])["state"] == "succeeded"


def test_a_hard_decline_ends_it(api, account):
    kept = keep(api, account, "sandbox_decline_hard", off_session=True)
    document = invoice(api, account, 100)
    done = charged(api, document, kept["id"])
    assert (done["state"], done["decline_class"], done["decline_code"]) == ("declined", "hard", "stolen_card")
    shown = api.get(f"/v1/payment_methods/{kept['id']}").json
    assert (shown["state"], shown["is_default"]) == ("declined", False)
    assert events(api, kept["id"], "payment_method.declined")[-1]["payload"]["account_id"] == account["id"]
    problem(api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": kept["id"]}), 409, "wrong_state")
    assert pointers(problem(api.patch(f"/v1/payment_methods/{kept['id']}", {"is_default": True}, shown), 409, "wrong_state")) == {
        "/is_default": "wrong_state"}
    api.delete(f"/v1/payment_methods/{kept['id']}", shown).expect(204)


def test_a_soft_decline_does_not(api, account):
    kept = keep(api, account, "sandbox_decline_soft")
    assert charged(api, invoice(api, account, 100), kept["id"])["decline_class"] == "soft"
    assert api.get(f"/v1/payment_methods/{kept['id']}").json["state"] == "active"


def test_it_is_not_removed_while_it_is_being_charged(api, account):
    kept = keep(api, account, "sandbox_unknown")
    attempt = charge(api, invoice(api, account, 100), kept["id"])
    refused = api.delete(f"/v1/payment_methods/{kept['id']}", kept)
    if refused.status != 204:  # else the worker was faster than we
        problem(refused, 409, "attempt_in_flight")
        outcome(api, attempt)
        api.delete(f"/v1/payment_methods/{kept['id']}", kept).expect(204)


def test_a_token_that_comes_with_a_payment_is_kept_only_with_consent(api, account):
    charged(api, invoice(api, account, 100), "sandbox_ok")
    assert listed(api, account) == []
    charged(api, invoice(api, account, 100), "sandbox_ok", off_session=True)
    (kept,) = listed(api, account)
    assert kept["off_session"] and kept["consent_at"] and kept["is_default"]


def test_whose_it_is(api, account, other_program):
    theirs = keep(other_program, new_account(other_program))
    others = keep(api, new_account(api))
    document = invoice(api, account, 100)
    for method in (theirs["id"], others["id"], new_id()):
        refused = api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": method})
        assert pointers(problem(refused, 422)) == {"/payment_method": "not_found"}
    for account_id in (new_id(), theirs["account_id"]):
        refused = api.post("/v1/payment_methods", {"account_id": account_id, "token": "sandbox_ok"})
        assert pointers(problem(refused, 422)) == {"/account_id": "not_found"}
    kept = keep(api, account)
    for wanted in (new_id(), their_invoice(other_program)):
        for method in (kept["id"], "sandbox_ok"):
            problem(api.post(f"/v1/invoices/{wanted}/pay", {"payment_method": method}), 404, "not_found")


def their_invoice(other_program):
    return invoice(other_program, new_account(other_program), 100)["id"]


def test_sales_do_not_touch_what_customers_pay_with(tenant, api, account, sql):
    kept = keep(api, account)
    for role in ("sales", "read_only", "admin"):
        client = tenant.as_role(role)
        problem(client.post("/v1/payment_methods", {"account_id": account["id"], "token": "sandbox_ok"}), 403, "forbidden")
        problem(client.patch(f"/v1/payment_methods/{kept['id']}", {"is_default": False}, kept), 403, "forbidden")
        problem(client.delete(f"/v1/payment_methods/{kept['id']}", kept), 403, "forbidden")
        problem(client.post(f"/v1/invoices/{new_id()}/pay", {"payment_method": "sandbox_ok"}), 403, "forbidden")
    problem(tenant.as_role("sales").get("/v1/payment_methods"), 403, "forbidden")
    assert api.get(f"/v1/payment_methods/{kept['id']}").json == kept
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE action LIKE 'denied:%%' AND object_id = %s AND tenant_id = %s", (kept["id"], tenant.id))
        assert cursor.fetchone()[0] >= 6


def test_sandbox_tokens_are_for_sandboxes(new_tenant):
    live = new_tenant("live", sandbox=False, roles=()).program()
    account = new_account(live)
    refused = live.post("/v1/payment_methods", {"account_id": account["id"], "token": "sandbox_ok"})
    assert pointers(problem(refused, 422)) == {"/token": "unknown"}
    document = invoice(live, account, 100)
    refused = live.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": "sandbox_ok"})
    assert pointers(problem(refused, 422)) == {"/payment_method": "unknown"}
    assert live.all("/v1/payment_attempts") == [] and live.all("/v1/payment_methods") == []


@pytest.mark.parametrize("body, wrong", [({}, {"/token": "required"}), ({"token": ""}, None), ({"token": "x" * 201}, None), ({"token": 5}, None),
                                         ({"token": "sandbox_ok", "off_session": "yes"}, None), ({"token": "sandbox_ok", "state": "active"}, None)])
def test_a_body_that_is_not_sound(api, account, body, wrong):
    told = pointers(problem(api.post("/v1/payment_methods", {"account_id": account["id"], **body}), 422))
    assert told == wrong if wrong else len(told) == 1
    assert listed(api, account) == []
