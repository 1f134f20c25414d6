"""Limits: how often (GCRA over all workers), how much, how many at once; each told in the form of its standard."""
import concurrent.futures
import json
import re
import secrets
import threading
import time

import pytest

from harness.problem import pointers, problem
from harness.product import Product
from harness.wait import PATIENCE

QUOTA, WINDOW = 640, 240  # refilled far slower than a busy machine asks


@pytest.fixture(scope="module")
def limited():
    made = Product(f"api_rate_quota = {QUOTA}\napi_rate_window = {WINDOW}\napi_workers = 8")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def caller(limited):
    """A tenant whose limit is whole."""
    return limited.tenant("limited", roles=("owner",))


def told(answer):
    """RateLimit and RateLimit-Policy as Structured Fields (RFC 9651): a list of one string item with integer parameters."""
    found = {}
    for name, parameters in (("RateLimit-Policy", "qw"), ("RateLimit", "rt")):
        match = re.fullmatch(r'"([ !#-\[\]-~]*)"((?:;[a-z][a-z0-9_.*-]*=-?\d{1,15})+)', answer.headers[name])
        assert match, answer.headers[name]
        assert match[1] == "default"
        values = dict(pair.split("=") for pair in match[2][1:].split(";"))
        assert set(parameters) <= set(values)
        found.update({key: int(value) for key, value in values.items()})
    return found


def test_what_is_left_is_told_and_falls_by_one(caller):
    api = caller.program()
    began = time.monotonic()
    left = [told(api.get("/v1/me").expect(200)) for _ in range(40)]
    refilled = int((time.monotonic() - began) * QUOTA / WINDOW) + 1
    assert {(one["q"], one["w"]) for one in left} == {(QUOTA, WINDOW)}
    assert left[0]["r"] == QUOTA - 1
    assert QUOTA - 40 <= left[-1]["r"] <= QUOTA - 40 + refilled
    for before, after in zip(left, left[1:]):
        assert after["r"] - before["r"] in range(-1, refilled), "one request is one less"
        assert 0 <= after["t"] <= WINDOW


def test_eight_workers_let_through_what_one_would(caller):
    """Not more than the burst and what refills meanwhile, whatever the workers have taken ahead."""
    token = "Bearer " + caller.token()
    allowed, refused, gate = [], [], threading.Barrier(8)

    def hammer(_):
        client = caller.product.client(Authorization=token)
        gate.wait()
        while time.monotonic() < (until if refused else never):
            answer = client.get("/v1/test_clock")
            (allowed if answer.status == 200 else refused).append((time.monotonic(), answer))

    began = time.monotonic()
    until, never = began + 6, began + PATIENCE
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(hammer, range(8)))
    took = max(at for at, _ in allowed + refused) - began
    assert refused and len(allowed) <= QUOTA + QUOTA / WINDOW * took + 1, (len(allowed), took)
    assert len(allowed) >= QUOTA * 0.9, "nor much less"
    for _, answer in refused[:50]:
        problem(answer, 429, "rate_limited")
        one = told(answer)
        wait = answer.headers["Retry-After"]
        assert wait.isdigit() and 1 <= int(wait) <= WINDOW and one["r"] == 0
        assert one["t"] <= WINDOW
    # Others are not concerned: another caller of the tenant, another tenant.
    caller.sign_in("owner").get("/v1/me").expect(200)
    caller.product.tenant("beside", roles=()).program().get("/v1/me").expect(200)


def exhaust(caller):
    api = caller.program()
    for _ in range(QUOTA * 3):
        answer = api.get("/v1/test_clock")
        if answer.status == 429:
            return answer
    raise AssertionError("never refused")


def test_who_waits_as_told_is_served(caller):
    exhaust(caller)
    body = {"legal_name": "After the wait"}
    for _ in range(50):
        key = secrets.token_hex(8)
        answer = caller.program().post("/v1/accounts", body, key=key)
        if answer.status == 429:
            break
    problem(answer, 429, "rate_limited")
    time.sleep(int(answer.headers["Retry-After"]))
    # The key was not taken by the refusal.
    made = caller.program().post("/v1/accounts", body, key=key).expect(201)
    assert made.headers["Idempotent-Replayed"] is None


def test_a_refusal_by_limit_writes_nothing_and_comes_before_the_body(caller):
    exhaust(caller)
    api = caller.program()
    statuses = {api.post("/v1/accounts", b"{ not json").status for _ in range(30)}
    assert statuses <= {429, 400} and 429 in statuses


# ---- how much (on the product of all tests) ----

def of_size(size, head=b'{"legal_name": "', tail=b'"}'):
    return head + b"a" * (size - len(head) - len(tail)) + tail


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/deals", "/v1/session", "/v1/payments"])
def test_a_body_of_a_mebibyte_and_not_a_byte_more(program, path):
    assert problem(program.post(path, of_size(1 << 20)))["status"] in (401, 422)
    problem(program.post(path, of_size((1 << 20) + 1)), 413, "payload_too_large")


@pytest.mark.parametrize("path", ["/v1/invoices", "/v1/invoices/preview", "/v1/accounts/batch", "/v1/accounts/search", "/v1/accounts/aggregate"])
def test_the_large_ones_take_eight(program, path):
    assert problem(program.post(path, of_size(8 << 20)))["status"] == 422
    problem(program.post(path, of_size((8 << 20) + 1)), 413, "payload_too_large")


def test_a_length_that_lies(program, product):
    """Chunked, without a length: counted as it comes."""
    import http.client

    connection = http.client.HTTPConnection(product.host, product.port, timeout=30)
    body = of_size((1 << 20) + 1)
    try:
        connection.request("POST", "/v1/accounts", iter([body[i:i + 65536] for i in range(0, len(body), 65536)]),
                           {**program.headers, "Content-Type": "application/json"}, encode_chunked=True)
        response = connection.getresponse()
        assert response.status == 413 and response.headers["Content-Type"] == "application/problem+json"
    except (BrokenPipeError, ConnectionResetError):
        pass  # nginx hung up while we still sent
    finally:
        connection.close()


# ---- how many ----

def test_a_batch_of_a_thousand_and_not_one_more(contract, program, things):
    for operation in contract.operations:
        if operation.method != "POST" or not operation.path.endswith("/batch"):
            continue
        items = [{}] * 1001
        found = problem(program.post(operation.path, {"items": items}), 422)
        assert pointers(found) == {"/items": "too_many"}, operation.id
        found = problem(program.post(operation.path, {"items": []}), 422)
        assert set(pointers(found)) == {"/items"}
    answer = program.post("/v1/accounts/batch", {"items": [{"op": "create", "data": {"legal_name": f"Of a thousand {n}"}} for n in range(1000)]})
    assert [row["status"] for row in answer.expect(200).json["data"]] == [201] * 1000


def test_a_page_has_at_most_two_hundred(contract, program):
    for operation in contract.operations:
        if operation.list and any(p["name"] == "limit" for p in operation.parameters()):
            for limit in (0, 201, -1, 10**20):
                assert set(pointers(problem(program.get(operation.path, limit=limit), 422))) == {"?limit"}, operation.id
            assert len(program.get(operation.path, limit=200).expect(200).json["data"]) <= 200


def test_a_filter_is_no_way_to_keep_the_database_busy(program):
    """The bounds of a tree, a text, a list; each refused or answered in a moment."""
    leaf = {"field": "legal_name", "op": "like", "value": "%_" * 500}
    for body in ({"where": {"or": [leaf] * 51}}, {"where": {"field": "legal_name", "op": "like", "value": "a" * 10_000}},
                 {"where": {"field": "id", "op": "in", "value": ["0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77"] * 101}}):
        problem(program.post("/v1/accounts/search", body), 422)
    began = time.monotonic()
    answer = program.post("/v1/accounts/search", {"where": {"or": [leaf] * 40}})
    assert answer.status in (200, 422) and time.monotonic() - began < 10
    assert json.loads(answer.body) is not None
