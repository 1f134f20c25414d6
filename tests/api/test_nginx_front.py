"""nginx as the front: headers of every answer, its own errors, what cannot be reached, clients that dawdle."""
import os
import re
import time

import pytest

from harness.problem import problem
from harness.raw import Raw, exchange, headers_of, statuses
from harness.wait import wait_for

HSTS = 31536000


def once(answer, name):
    """The header's one value: a doubled security header is a bug of its own."""
    values = answer.headers.get_all(name, [])
    assert len(values) == 1, f"{answer.sent}: {name} came {len(values)} times: {values}"
    return values[0]


def check_security_headers(answer):
    hsts = once(answer, "Strict-Transport-Security")
    assert int(hsts.split("max-age=")[1].split(";")[0]) >= HSTS and "includeSubDomains" in hsts
    assert once(answer, "Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'"
    assert once(answer, "X-Content-Type-Options") == "nosniff"
    assert once(answer, "Referrer-Policy")
    assert once(answer, "X-Request-Id")
    assert "/" not in answer.headers.get("Server", ""), "a version is told"
    assert "X-Powered-By" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/me", "/v1/accounts", "/v1/nothing", "/", "/metrics", "/.git/config",
                                  "/.well-known/jwks.json"])
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_security_headers_of_every_answer(anonymous, path, origin):
    check_security_headers(anonymous.get(path, {"Origin": origin} if origin else None))


def test_security_headers_and_no_store_when_signed_in(owner):
    answer = owner.get("/v1/me").expect(200)
    check_security_headers(answer)
    assert "no-store" in once(answer, "Cache-Control")


@pytest.mark.parametrize("path", ["/metrics", "/live", "/ready", "/.git/config", "/openapi.json", "/_problem/404", "/v1", "/admin",
                                  "/v1/../metrics", "/index.php", "/server-status"])
def test_what_is_not_in_the_contract_is_not_there(anonymous, path):
    problem(anonymous.get(path), (400, 404))


def test_metrics_are_on_the_inner_listener(product):
    figures = product.metrics("billfold-api")
    assert figures
    for name in figures:
        assert "tenant" not in name and "@" not in name


def test_a_request_id_is_accepted_or_made(anonymous):
    assert anonymous.get("/v1/me", {"X-Request-Id": "order-77.a"}).headers["X-Request-Id"] == "order-77.a"
    assert anonymous.get("/metrics", {"X-Request-Id": "order-77.b"}).headers["X-Request-Id"] == "order-77.b"
    for bad in ("a b", 'x"y', "x" * 200, "<script>"):
        made = anonymous.get("/v1/me", {"X-Request-Id": bad}).headers["X-Request-Id"]
        assert made and made != bad


def test_nginx_and_program_know_a_request_by_one_id(product, anonymous):
    made = anonymous.get("/v1/me").headers["X-Request-Id"]
    wait_for(lambda: made in product.log("nginx-access"), 10, "the id in nginx' log")


def test_a_proxy_header_does_not_reach_the_program(product):
    data, _ = exchange(product, "GET /v1/openapi.json HTTP/1.1\r\nHost: {HOST}\r\nProxy: http://127.0.0.1:1\r\nConnection: close\r\n\r\n")
    assert statuses(data) == [200]


@pytest.mark.parametrize("method, path, size", [
    ("GET", "/v1/me", None), ("POST", "/v1/accounts", 1000), ("POST", "/v1/accounts/batch", 2 << 20), ("POST", "/v1/imports", 3 << 20)])
def test_the_program_away_is_503(product, anonymous, method, path, size):
    socket = product.run / "api.sock"
    aside = product.run / "api.aside"
    os.rename(socket, aside)
    try:
        answer = anonymous.request(method, path, size and b"{" * size)
    finally:
        os.rename(aside, socket)
    problem(answer, 503, "unavailable")
    assert int(once(answer, "Retry-After")) >= 1
    check_security_headers(answer)


def test_head_is_get_without_a_body(anonymous):
    got, head = anonymous.get("/v1/openapi.json").expect(200), anonymous.head("/v1/openapi.json").expect(200)
    assert head.body == b""
    moving = {"date", "x-request-id", "ratelimit", "connection"}
    def shown(answer):
        return {n.lower(): v for n, v in answer.headers.items() if n.lower() not in moving}
    assert shown(got) == shown(head)


def test_lists_are_compressed_and_single_resources_are_not(owner):
    zipped = {"Accept-Encoding": "gzip"}
    assert owner.get("/v1/openapi.json", zipped).headers["Content-Encoding"] == "gzip"
    account = owner.get("/v1/me", zipped).expect(200)
    assert "Content-Encoding" not in account.headers


def test_dawdling_clients_do_not_keep_others_waiting(product, anonymous):
    """150 clients that never finish their headers, 150 their bodies: others are served, and they are cut off in time."""
    slow = []
    try:
        for n in range(300):
            raw = Raw(product, timeout=30)
            if n % 2:
                raw.send("GET /v1/me HTTP/1.1\r\nHost: {HOST}\r\nX-A: ")
            else:
                raw.send("POST /v1/session HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            slow.append(raw)
        began = time.monotonic()
        for _ in range(50):
            asked = time.monotonic()
            anonymous.get("/v1/openapi.json").expect(200)
            assert time.monotonic() - asked < 5
        for raw in slow:
            raw.socket.settimeout(max(0.1, began + 16 - time.monotonic()))
            try:
                while raw.socket.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    finally:
        for raw in slow:
            raw.close()


def answered(product):
    return product.metrics("billfold-api")['billfold_units_total{result="ok"}']


def test_clients_that_read_slowly_hold_no_worker(product, anonymous, new_tenant):
    """Many more than there are workers ask for six megabytes, more than any socket holds, and hardly read: the workers
    are free as soon as nginx has the answers, others are served meanwhile, and who reads nothing is cut off."""
    api = new_tenant("slow", roles=()).program()
    made = [{"op": "create", "data": {"legal_name": f"Long {n}", "notes": "€" * 10_000}} for n in range(200)]
    api.post("/v1/accounts/batch", {"items": made}).expect(200)
    whole = len(api.get("/v1/accounts", limit=200).expect(200).body)
    assert whole > 6_000_000
    slow, logged, before = [], len(product.log("nginx-access")), answered(product)
    try:
        for _ in range(24):
            raw = Raw(product, timeout=30, receive=4096)
            slow.append(raw.send("GET /v1/accounts?limit=200 HTTP/1.1\r\nHost: {HOST}\r\n"
                                 f"Authorization: {api.headers['Authorization']}\r\nConnection: close\r\n\r\n"))
        wait_for(lambda: answered(product) >= before + len(slow), 60, "the workers to be done with all of them")
        for n in range(60):
            asked = time.monotonic()
            anonymous.get("/.well-known/jwks.json").expect(200)
            assert time.monotonic() - asked < 5
            slow[n % 6].socket.recv(200)  # some trickle on

        def cut_off():
            """Answers that nginx logged as sent in part."""
            sent = re.findall(r'"path":"/v1/accounts","status":200,"bytes":(\d+)', product.log("nginx-access")[logged:])
            return sum(int(n) < whole for n in sent) >= 18

        wait_for(cut_off, 40, "those who do not read to be cut off")
    finally:
        for raw in slow:
            raw.close()


def test_a_body_that_breaks_off_has_no_effect(product, tenant, owner):
    """The client leaves in the middle of its body: nothing is made, and the workers are free."""
    for n in range(20):
        raw = Raw(product)
        raw.send("POST /v1/accounts HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
                 f"Cookie: {owner.headers['Cookie']}\r\nX-CSRF-Token: {owner.headers['X-CSRF-Token']}\r\n"
                 "Content-Length: 400\r\n\r\n" + '{"account_name": "Broken off %d", "legal_name": "Broken off"}' % n)
        raw.close()
    asked = time.monotonic()
    owner.get("/v1/me").expect(200)
    assert time.monotonic() - asked < 5
    assert not [a for a in owner.all("/v1/accounts") if a["account_name"].startswith("Broken off")]


def test_an_empty_chunked_body_is_an_empty_body(product):
    data, _ = exchange(product, "POST /v1/session HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n")
    assert statuses(data)[0] in (400, 422)
    assert dict(headers_of(data))["content-type"] == "application/problem+json"
