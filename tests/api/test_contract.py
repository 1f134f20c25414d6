"""The contract bites: an answer that is not what the OpenAPI document promises fails who gets it.

The client holds every answer of the whole suite against the document (harness/promise.py); here real answers are bent, each in
one way, and each must be refused.
"""
import copy
import http.server
import json
import threading

import pytest
from harness.client import Client
from harness.promise import Broken, Promise
from harness.schema import Schemas, UnknownKeyword


@pytest.fixture(scope="module")
def promise(product):
    return Promise(product.client().get("/v1/openapi.json").expect(200).json, told=[])


@pytest.fixture(scope="module")
def answers(product, tenant):
    """Real answers by what was asked for."""
    program = tenant.program()
    made = program.post("/v1/accounts", {"legal_name": "Bent", "currency": "EUR", "invoice_address": {"country": "AT"}}).expect(201)
    path = f"/v1/accounts/{made.json['id']}"
    return {
        "created": (made, "POST", "/v1/accounts"), "read": (program.get(path).expect(200), "GET", path),
        "listed": (program.get("/v1/accounts", limit=2).expect(200), "GET", "/v1/accounts?limit=2"),
        "refused": (program.post("/v1/accounts", {"legal_name": 7}).expect(422), "POST", "/v1/accounts"),
        "stranger": (product.client().get(path).expect(401), "GET", path),
        "archived": (program.delete(path, made.json["version"]).expect(204), "DELETE", path),
    }


def bent(answer, status=None, headers=None, **members):
    """The same answer with another status, other headers, other members of its body."""
    other = copy.copy(answer)
    other.headers = copy.deepcopy(answer.headers)
    for name, value in (headers or {}).items():
        del other.headers[name]
        if value is not None:
            other.headers[name] = value
    other.status = status or answer.status
    if members:
        body = {n: v for n, v in {**answer.json, **members}.items() if v is not ...}
        other.body = json.dumps(body).encode()
    return other


def test_what_came_is_as_promised(promise, answers):
    for answer, method, target in answers.values():
        assert promise.wrong(answer, method, target) is None


BENT = [
    ("read", {"legal_name": 7}, "/legal_name"),
    ("read", {"colour": "red"}, "/colour: is not in the contract"),
    ("read", {"object": "contact"}, "/object"),
    ("read", {"id": ...}, "lacks id"),
    ("read", {"id": "4711"}, "no uuid"),
    ("read", {"created_at": "2026-03-31T09:30:00+00:00"}, "no date-time"),
    ("read", {"state": "asleep"}, "/state"),
    ("read", {"invoice_address": {"country": "AT", "planet": "Earth"}}, "/invoice_address"),
    ("read", {"balances": [{"currency": "EUR"}]}, "/balances/0: lacks amount_due"),
    ("read", {"status": 202}, "202 is not among"),
    ("read", {"headers": {"ETag": None}}, "lacks the header ETag"),
    ("read", {"headers": {"ETag": 'W/"1"'}}, "header ETag"),
    ("read", {"headers": {"X-Request-Id": None}}, "lacks the header X-Request-Id"),
    ("read", {"headers": {"Content-Type": "text/html"}}, "is text/html"),
    ("created", {"status": 200}, "200 is not among"),
    ("created", {"headers": {"Location": None}}, "lacks the header Location"),
    ("listed", {"data": {}}, "/data"),
    ("listed", {"next": ...}, "lacks next"),
    ("refused", {"code": ...}, "lacks code"),
    ("refused", {"trace": "at line 7"}, "/trace: is not in the contract"),
    ("refused", {"errors": [{"pointer": "/legal_name"}]}, "/errors/0: lacks code"),
    ("refused", {"headers": {"Content-Type": "application/json"}}, "not application/problem+json"),
    ("refused", {"status": 418}, None),
    ("refused", {"status": 428}, "428 is not among"),
    ("stranger", {"headers": {"WWW-Authenticate": None}}, "lacks the header WWW-Authenticate"),
]


@pytest.mark.parametrize("what, change, said", BENT, ids=[f"{w} {' '.join(map(str, c))} {s or 'fits'}"[:60] for w, c, s in BENT])
def test_a_bent_answer_is_refused(promise, answers, what, change, said):
    answer, method, target = answers[what]
    wrong = promise.wrong(bent(answer, **change), method, target)
    assert wrong is None if said is None else said in (wrong or "nothing"), wrong


def test_a_body_where_none_is_promised(promise, answers):
    answer, method, target = answers["archived"]
    other = copy.copy(answer)
    other.body = b"{}"
    assert "where none is promised" in promise.wrong(other, method, target)


def test_the_client_refuses_it(promise):
    """Over a socket: who asks does not come to see what is wrong."""
    class Bent(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"object":"account","id":"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77","colour":"red"}'
            self.send_response(200)
            for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("ETag", '"1"'), ("X-Request-Id", "r")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Bent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = []
    try:
        client = Client(*server.server_address, promise=Promise(promise.document, told))
        with pytest.raises(Broken, match="/colour: is not in the contract"):
            client.get("/v1/accounts/0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77")
        client.close()
    finally:
        server.shutdown()
        server.server_close()
    assert len(told) == 1, "a run fails of it, even where a test looks away"


def test_every_answer_of_the_document_is_understood(promise):
    """No keyword of any schema is passed over."""
    for path, item in promise.document["paths"].items():
        for method, operation in item.items():
            for status in operation["responses"]:
                if status != "default":
                    assert promise.response(method.upper(), path, operation, int(status)) is not None
    for name in promise.document["components"]["schemas"]:
        promise.schemas.compile({"$ref": f"#/components/schemas/{name}"})(None)


def test_a_keyword_that_is_not_known_is_an_error():
    with pytest.raises(UnknownKeyword, match="minProperties"):
        Schemas({}).compile({"type": "object", "minProperties": 1})
