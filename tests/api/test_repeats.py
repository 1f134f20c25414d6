"""Idempotency-Key: a repeat gets the first answer's bytes and has no second effect; what had no effect is judged anew."""
import concurrent.futures
import json
import secrets
import uuid

import pytest

from harness.billing import outcome
from harness.content import difference, fingerprint
from harness.generated import ask, of
from harness.problem import problem
from harness.raw import exchange, headers_of, statuses

from harness.generated import pytest_generate_tests  # noqa: F401
from test_attempts import hurry, until

SEEN_ONCE = {"idempotent-replayed", "date", "x-request-id", "ratelimit", "connection"}


def new_key():
    return secrets.token_urlsafe(20)


def is_replay(first, again):
    assert again.status == first.status and again.body == first.body
    assert first.headers["Idempotent-Replayed"] is None and again.headers["Idempotent-Replayed"] == "true"
    for name, value in first.headers.items():
        if name.lower() not in SEEN_ONCE:
            assert again.headers[name] == value, name
    return again


def rows(sql, tenant, table):
    with sql.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", (tenant.id,))
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def shop(new_tenant):
    made = new_tenant("repeats", roles=("owner",))
    api = made.program()
    api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return made


@pytest.fixture
def api(shop):
    return shop.program()


@pytest.fixture
def account(api):
    return api.post("/v1/accounts", {"legal_name": "Repeats " + secrets.token_hex(4), "invoice_address": {"country": "AT"}, "contacts": [
        {"name": "Pay", "email": "pay@repeats.example", "roles": ["billing"]}]}).expect(201).json


def draft(account):
    return {"account_id": account["id"], "lines": [{"description": "Work", "unit_price": "100"}]}


@of(lambda o: o.create)
def test_a_repeat_of_every_create(operation, program, things):
    sound = things.body(operation)
    if operation.resource == "series":  # one for each seller and group: a seller of its own
        sound["entity_id"] = things.make("entities")
    body, key = json.dumps(sound).encode(), new_key()
    first = ask(program, operation, operation.path, body, {"Idempotency-Key": key})
    first.expect(201)
    listed = operation.contract.by_id(f"GET {operation.path}")
    counted = listed and any(p["name"] == "count" for p in listed.parameters())
    before = program.get(operation.path, count="exact", limit=1).expect(200).json["total"] if counted else None
    for spelled in (key, f'"{key}"'):
        again = ask(program, operation, operation.path, body, {"Idempotency-Key": spelled})
        if operation.resource in ("clients",):  # a secret is told once
            assert again.json == {k: v for k, v in first.json.items() if k != "secret"}
            continue
        is_replay(first, again)
    if counted:
        assert program.get(operation.path, count="exact", limit=1).expect(200).json["total"] == before
    # The body is the bytes, not what they mean; the route is part of it.
    problem(ask(program, operation, operation.path, body + b" ", {"Idempotency-Key": key}), 422, "idempotency_key_reused")
    problem(program.post("/v1/test_clock/advance", {"to": "2000-01-01T00:00:00Z"}, key=key), 422, ("idempotency_key_reused", "validation_failed"))
    other = "/v1/notes" if operation.path != "/v1/notes" else "/v1/tasks"
    twin = operation.contract.by_id(f"POST {other}")
    problem(ask(program, twin, other, things.body(twin), {"Idempotency-Key": key}), 422, "idempotency_key_reused")


class TestInvoices:
    """H1 to H4 on the document that costs money."""

    def test_one_row(self, api, account, shop, sql):
        key, before = new_key(), rows(sql, shop, "billing.invoice")
        first = api.post("/v1/invoices", draft(account), key=key).expect(201)
        again = is_replay(first, api.post("/v1/invoices", draft(account), key=key))
        assert again.headers["Location"] == f"/v1/invoices/{first.json['id']}" and again.etag == first.etag
        assert rows(sql, shop, "billing.invoice") == before + 1

    def test_the_bytes_decide(self, api, account):
        key, body = new_key(), draft(account)
        api.post("/v1/invoices", body, key=key).expect(201)
        turned = dict(reversed(body.items()))
        for other in (turned, json.dumps(body, indent=1).encode(), dict(body, memo="x")):
            problem(api.post("/v1/invoices", other, key=key), 422, "idempotency_key_reused")

    def test_a_repeat_is_not_judged_by_what_has_become_of_its_ground(self, api, account):
        product = api.post("/v1/products", {"code": new_key(), "name": "Once", "unit": "h"}).expect(201).json
        key = new_key()
        body = {"account_id": account["id"], "lines": [{"product_id": product["id"], "unit_price": "100"}]}
        first = api.post("/v1/invoices", body, key=key).expect(201)
        api.delete(f"/v1/products/{product['id']}", product).expect(200, 204)
        is_replay(first, api.post("/v1/invoices", body, key=key))
        problem(api.post("/v1/invoices", body, key=new_key()), 422, "validation_failed")

    def test_another_caller_has_keys_of_its_own(self, api, account, shop, product):
        key = new_key()
        first = api.post("/v1/invoices", draft(account), key=key).expect(201)
        owner = shop.sign_in("owner")
        second = owner.post("/v1/invoices", draft(account), key=key).expect(201)
        made = product.command_json("client", "create", "--tenant", shop.slug, "--name", "second " + key, "--role", "owner")
        third = product.client(Authorization="Bearer " + product.client().token(made["id"], made["secret"])).post(
            "/v1/invoices", draft(account), key=key).expect(201)
        assert len({a.json["id"] for a in (first, second, third)}) == 3
        assert not [a for a in (second, third) if a.headers["Idempotent-Replayed"]]

    def test_twenty_at_once_have_one_effect(self, api, account, shop, sql):
        key, before = new_key(), rows(sql, shop, "billing.invoice")
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: api.with_headers().post("/v1/invoices", draft(account), key=key), range(20)))
        assert len({a.body for a in answers if a.status == 201}) == 1
        for answer in answers:
            if answer.status != 201:
                assert int(problem(answer, 409, "idempotency_key_in_use") and answer.headers["Retry-After"]) == 1
        assert rows(sql, shop, "billing.invoice") == before + 1

    def test_each_step_of_its_life(self, api, account):
        """Repeats of what could not be done twice: the first answer, not a refusal."""
        invoice = api.post("/v1/invoices", draft(account)).expect(201).json["id"]
        for path, body in ((f"/v1/invoices/{invoice}/finalize", {}), (f"/v1/invoices/{invoice}/send", None),
                           (f"/v1/invoices/{invoice}/pay", {"payment_method": "sandbox_ok"})):
            key = new_key()
            first = api.post(path, body, key=key)
            assert first.status in (200, 202), first
            is_replay(first, api.post(path, body, key=key))
        void = api.post("/v1/invoices", dict(draft(account), finalize=True)).expect(201).json["id"]
        key = new_key()
        first = api.post(f"/v1/invoices/{void}/void", key=key).expect(200)
        is_replay(first, api.post(f"/v1/invoices/{void}/void", key=key))
        problem(api.post(f"/v1/invoices/{void}/void", key=new_key()), 409)

    def test_one_attempt_whatever_was_repeated(self, api, account, shop, sql):
        invoice = api.post("/v1/invoices", dict(draft(account), finalize=True)).expect(201).json["id"]
        key, before = new_key(), rows(sql, shop, "payment.attempt")

        def pay(_):
            return api.with_headers().post(f"/v1/invoices/{invoice}/pay", {"payment_method": "sandbox_ok"}, key=key)

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(pay, range(10)))
        assert len({a.body for a in answers if a.status == 202}) == 1
        assert {a.status for a in answers} <= {202, 409}
        assert rows(sql, shop, "payment.attempt") == before + 1


class TestKeys:
    @pytest.mark.parametrize("lines", ["Idempotency-Key: a\rb", "Idempotency-Key: a\nb", "Idempotency-Key: a\r\n b", "Idempotency-Key: a\0b",
                                       "Idempotency-Key: a\r\nIdempotency-Key: a", "Idempotency-Key: a\r\nIdempotency-Key: b",
                                       "Idempotency-Key:", "Idempotency-Key: " + "k" * 256, 'Idempotency-Key: ""', "Idempotency-Key: \x01",
                                       "Idempotency-Key: a b", 'Idempotency-Key: "a', 'Idempotency-Key: a"', "Idempotency-Key: \xe4"],
                             ids=["CR", "LF", "folded", "NUL", "twice the same", "two", "empty", "256", "empty quotes", "control", "blank",
                                  "half a quotation", "the other half", "not ASCII"])
    def test_what_is_no_key(self, product, api, shop, sql, lines):
        before = fingerprint(sql, shop.id)
        body = '{"legal_name": "No key"}'
        data, _ = exchange(product, f"POST /v1/accounts HTTP/1.1\r\nHost: {{HOST}}\r\nAuthorization: {api.headers['Authorization']}\r\n"
                           f"Content-Type: application/json\r\n{lines}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")
        # nginx passes a folded line, or what stands behind a bare LF, over as one without a name: then the key is `a`.
        if statuses(data) == [201] and ("\r\n " in lines or lines.endswith("a\nb")):
            return
        assert statuses(data) == [400], data[:300]
        assert dict(headers_of(data))["content-type"] == "application/problem+json"
        assert difference(before, fingerprint(sql, shop.id)) == []

    def test_the_longest(self, api):
        key = "k" * 247 + secrets.token_hex(4)
        first = api.post("/v1/accounts", {"legal_name": "Longest"}, key=key).expect(201)
        is_replay(first, api.post("/v1/accounts", {"legal_name": "Longest"}, key=key))


class TestWithoutEffect:
    """What was refused is not kept: the same key, set right, is done."""

    def test_refusals_of_every_kind(self, api, shop, product):
        body = {"legal_name": "Set right " + secrets.token_hex(4)}
        path = "/v1/accounts"
        key = new_key()
        problem(product.client().post(path, body, key=key), 401)
        problem(product.client(Authorization="Bearer x").post(path, body, key=key), 401)
        problem(api.post(path, {}, key=key), 422)
        problem(api.post(path, b"{", key=key), 400)
        problem(api.request("POST", path, body, {"Idempotency-Key": key}, media="text/plain"), 415)
        problem(api.post(path, b'{"a": "' + b"x" * (1 << 20) + b'"}', key=key), 413)
        narrow = product.client(Authorization="Bearer " + shop.token("account.read"))
        problem(narrow.post(path, body, key=key), 403)
        assert api.post(path, body, key=key).expect(201).headers["Idempotent-Replayed"] is None
        assert len(api.get(path, legal_name=body["legal_name"]).expect(200).json["data"]) == 1

    def test_conflicts_that_rolled_back(self, api, account):
        """A number not given, a taken id, a state not reached yet."""
        key, number = new_key(), uuid.uuid4().hex
        held = api.post("/v1/accounts", {"legal_name": "Holds it", "external_id": number}).expect(201)
        problem(api.post("/v1/accounts", {"legal_name": "Wants it", "external_id": number}, key=key), 409, "already_exists")
        api.patch(f"/v1/accounts/{held.json['id']}", {"external_id": None}, held.etag).expect(200)
        made = api.post("/v1/accounts", {"legal_name": "Wants it", "external_id": number}, key=key).expect(201)
        assert made.headers["Idempotent-Replayed"] is None
        lonely = api.post("/v1/accounts", {"legal_name": "Nobody to send to", "invoice_address": {"country": "AT"}}).expect(201).json
        invoice = api.post("/v1/invoices", draft(lonely)).expect(201).json["id"]
        key = new_key()
        problem(api.post(f"/v1/invoices/{invoice}/finalize", {}, key=key), 422, "billing_contact_missing")
        api.post("/v1/contacts", {"account_id": lonely["id"], "name": "Somebody", "email": "s@x.example", "roles": ["billing"]}).expect(201)
        assert api.post(f"/v1/invoices/{invoice}/finalize", {}, key=key).expect(200).headers["Idempotent-Replayed"] is None

    def test_some_of_many(self, api, shop, sql):
        """An answer that tells of an effect and of a refusal beside it is kept as it is; one of nothing but refusals rolled back is not."""
        key, number = new_key(), uuid.uuid4().hex
        held = api.post("/v1/accounts", {"legal_name": "Holds it", "external_id": number}).expect(201)
        items = {"items": [{"op": "create", "data": {"legal_name": "Of two"}}, {"op": "create", "data": {"legal_name": "Wants it", "external_id": number}}]}
        first = api.post("/v1/accounts/batch?partial=true", items, key=key).expect(200)
        assert [row["status"] for row in first.json["data"]] == [201, 409]
        before, whole = rows(sql, shop, "crm.account"), new_key()
        problem(api.post("/v1/accounts/batch", items, key=whole), 409, "already_exists")
        api.patch(f"/v1/accounts/{held.json['id']}", {"external_id": None}, held.etag).expect(200)
        is_replay(first, api.post("/v1/accounts/batch?partial=true", items, key=key))
        assert rows(sql, shop, "crm.account") == before
        done = api.post("/v1/accounts/batch", items, key=whole).expect(200)
        assert done.headers["Idempotent-Replayed"] is None and [row["status"] for row in done.json["data"]] == [201, 201]
        is_replay(done, api.post("/v1/accounts/batch", items, key=whole))
        assert rows(sql, shop, "crm.account") == before + 2

    def test_a_decline_is_an_effect_and_a_refusal_is_none(self, api, account, sql, shop):
        """A declined charge leaves its attempt, and its answer is replayed; while another is in flight nothing is left, so the key is free."""
        path = f"/v1/invoices/{api.post('/v1/invoices', dict(draft(account), finalize=True)).expect(201).json['id']}/pay"
        key, waiting = new_key(), new_key()
        declined = api.post(path, {"payment_method": "sandbox_decline_soft"}, key=key).expect(202)
        assert outcome(api, declined.json)["state"] == "declined"
        unknown = api.post(path, {"payment_method": "sandbox_unknown"}).expect(202).json
        until(api, unknown, "unknown")
        before = rows(sql, shop, "payment.attempt")
        problem(api.post(path, {"payment_method": "sandbox_ok"}, key=waiting), 409, "attempt_in_flight")
        is_replay(declined, api.post(path, {"payment_method": "sandbox_decline_soft"}, key=key))
        assert rows(sql, shop, "payment.attempt") == before
        hurry(sql, unknown)
        outcome(api, unknown)
        # The same request is another one now: the invoice is paid.
        problem(api.post(path, {"payment_method": "sandbox_ok"}, key=waiting), 409, "wrong_state")
        is_replay(declined, api.post(path, {"payment_method": "sandbox_decline_soft"}, key=key))
        assert rows(sql, shop, "payment.attempt") == before

    def test_an_object_that_was_not_there_yet(self, api):
        key, unknown = new_key(), "external:default:" + secrets.token_hex(6)
        problem(api.post(f"/v1/accounts/{unknown}/restore", key=key), 404)
        api.post("/v1/accounts", {"legal_name": "Late", "external_id": unknown.rsplit(":", 1)[1]}).expect(201)
        answer = api.post(f"/v1/accounts/{unknown}/restore", key=key)
        assert answer.status in (200, 409) and answer.headers["Idempotent-Replayed"] is None


class TestFor24Hours:
    def age(self, sql, shop, key, hours, minutes):
        with sql.cursor() as cursor:
            cursor.execute("UPDATE api.answer SET created_at = now() - make_interval(hours => %s, mins => %s) WHERE tenant_id = %s AND key = %s",
                           (hours, minutes, shop.id, key))
            assert cursor.rowcount == 1

    def test_and_no_longer(self, api, shop, sql):
        body = {"legal_name": "Kept a day " + secrets.token_hex(4)}
        key = new_key()
        first = api.post("/v1/accounts", body, key=key).expect(201)
        self.age(sql, shop, key, 23, 59)
        is_replay(first, api.post("/v1/accounts", body, key=key))
        self.age(sql, shop, key, 24, 1)
        second = api.post("/v1/accounts", body, key=key).expect(201)
        assert second.json["id"] != first.json["id"] and second.headers["Idempotent-Replayed"] is None
        is_replay(second, api.post("/v1/accounts", body, key=key))
        self.age(sql, shop, key, 24, 1)
        # Another request may have the key by then.
        api.post("/v1/contacts", {"name": "Next", "account_id": first.json["id"]}, key=key).expect(201)

    def test_another_request_is_refused_within_them(self, api, shop, sql):
        key = new_key()
        api.post("/v1/accounts", {"legal_name": "First"}, key=key).expect(201)
        self.age(sql, shop, key, 23, 59)
        problem(api.post("/v1/accounts", {"legal_name": "Other"}, key=key), 422, "idempotency_key_reused")


def test_a_kept_answer_is_not_replayed_to_another_tenant(shop, new_tenant):
    first, second = shop.program(), new_tenant("keys", roles=()).program()
    key = new_key()
    made = first.post("/v1/accounts", {"legal_name": "Kept"}, key=key).expect(201)
    again = second.post("/v1/accounts", {"legal_name": "Kept"}, key=key).expect(201)
    assert again.headers["Idempotent-Replayed"] is None and again.json["id"] != made.json["id"]
    is_replay(made, first.post("/v1/accounts", {"legal_name": "Kept"}, key=key))


def test_a_repeat_needs_the_rights_that_the_first_had(shop, product):
    """Who lost the permission, or holds a narrower token, is not shown the answer again."""
    api, key = shop.program(), new_key()
    api.post("/v1/accounts", {"legal_name": "Kept"}, key=key).expect(201)
    narrow = product.client(Authorization="Bearer " + shop.token("account.read"))
    problem(narrow.post("/v1/accounts", {"legal_name": "Kept"}, key=key), 403, "insufficient_scope")
