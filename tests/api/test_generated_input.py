"""Every operation of the contract × every kind of request that is not sound: the right problem, nothing written."""
import json

import pytest

from harness.contract import new_id
from harness.generated import ask, of
from harness.problem import pointers, problem
from harness.raw import exchange, statuses

from harness.generated import pytest_generate_tests  # noqa: F401

# Its errors have the form of RFC 6749.
OAUTH = "/v1/oauth/token"


@pytest.fixture(autouse=True)
def unchanged(nothing_written):
    """Around every test here."""


def ident(things, operation):
    return things.ident(operation)


@of(lambda o: not o.public)
def test_without_credentials(operation, product, things):
    answer = ask(product.client(), operation, operation.at(new_id()), things=things)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@of(lambda o: o.permission)
def test_without_the_permission(operation, product, tenant, things):
    scope = "event.read" if operation.permission != "event.read" else "audit.read"
    client = product.client(Authorization="Bearer " + tenant.token(scope))
    problem(ask(client, operation, operation.at(ident(things, operation)), things=things), 403)


BAD_IDS = ["not-a-uuid", "0" * 300, "%00", "..%2f..%2fv1%2fme", "external:", "external:a:b:c", "%ff", "a%2fb", "%c0%af", "-1", "null"]


@of(lambda o: o.one)
def test_a_bad_id(operation, program, things):
    for bad in BAD_IDS:
        problem(ask(program, operation, operation.at(bad), things=things), (400, 404))


MALFORMED = {
    "cut": b'{"a":', "single quotes": b"{'a': 1}", "NaN": b'{"a": NaN}', "Infinity": b'{"a": -Infinity}', "doubled key": b'{"a": 1, "a": 2}',
    "NUL": b'{"a": "\\u0000"}', "lone surrogate": b'{"a": "\\ud800"}', "BOM": b"\xef\xbb\xbf{}", "trailing text": b"{} {}",
    "not UTF-8": b'{"a": "\xff"}', "overlong UTF-8": b'{"a": "\xc0\xaf"}', "too deep": b'{"a":' + b"[" * 33 + b"]" * 33 + b"}",
    "1e400": b'{"a": 1e400}', "leading zero": b'{"a": 01}', "leading plus": b'{"a": +1}', "trailing comma": b'{"a": 1,}', "comment": b'{/* */"a": 1}',
    "control byte": b'{"a": "\n"}', "empty": b"", "blank": b"  ",
    "array": b"[]", "text": b'"a"', "number": b"1", "null": b"null", "word": b"nix", "beyond 64 bits": b'{"a": 9223372036854775808}',
}


@of(lambda o: o.takes_json)
def test_a_body_that_is_no_sound_object(operation, program, things):
    at = operation.at(ident(things, operation))
    for name, text in MALFORMED.items():
        if not text.strip() and not operation.body_schema.get("required"):
            continue  # where nothing is required, no body is a sound one
        answer = ask(program, operation, at, text)
        assert answer.status in (400, 422), (name, answer)
        problem(answer)


@of(lambda o: o.takes_json)
def test_a_wrong_media_type(operation, program, things):
    at = operation.at(ident(things, operation))
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json-seq", "multipart/form-data", "application/json;charset=latin1"):
        problem(ask(program, operation, at, things=things, media=media), 415, "unsupported_media_type")
    for coding in ("gzip", "deflate", "br", "identity, gzip"):
        answer = ask(program, operation, at, headers={"Content-Encoding": coding}, things=things)
        problem(answer, 415, "unsupported_media_type")


@of(lambda o: o.takes_json and o.body_schema.get("additionalProperties") is False)
def test_an_unknown_field(operation, program, things):
    body = dict(things.body(operation), no_such_field=1)
    found = problem(ask(program, operation, operation.at(ident(things, operation)), body), 422)
    assert pointers(found).get("/no_such_field") == "unknown", found


def read_only_fields(operation):
    for status in ("200", "201"):
        response = operation.contract.resolve(operation.spec["responses"].get(status, {}))
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema:
            properties = operation.contract.resolve(schema).get("properties", {})
            writable = operation.body_schema.get("properties", {})
            return sorted(n for n in properties if n not in writable)
    return []


@of(lambda o: (o.create or o.method == "PATCH" and o.one) and read_only_fields(o))
def test_read_only_fields_are_refused_by_name(operation, program, things):
    names = read_only_fields(operation)
    assert {"id", "version", "created_at"} <= set(names)
    body = dict(things.body(operation), **{name: "x" for name in names})
    found = problem(ask(program, operation, operation.at(ident(things, operation)), body), 422)
    told = pointers(found)
    missing = [n for n in names if told.get("/" + n) not in ("read_only", "unknown", "computed", "not_changeable")]
    assert missing == [], found


def scalars(operation):
    return {n: operation.contract.resolve(s) for n, s in operation.body_schema.get("properties", {}).items()}


@of(lambda o: (o.create or o.method == "PATCH" and o.one) and scalars(o))
def test_every_wrong_type_is_named_at_once(operation, program, things):
    body = {name: ({"a": 1} if "object" not in str(schema.get("type")) and "oneOf" not in schema else 7)
            for name, schema in scalars(operation).items() if schema.get("type") != {}}
    found = problem(ask(program, operation, operation.at(ident(things, operation)), body), 422)
    told = {p.split("/")[1] for p in pointers(found) if p.startswith("/")}
    assert set(body) - told == set(), found


@of(lambda o: (o.create or o.method == "PATCH" and o.one) and any("maxLength" in s for s in scalars(o).values()))
def test_every_long_text_is_named_at_once(operation, program, things):
    long = {n: "x" * (s["maxLength"] + 1) for n, s in scalars(operation).items() if "maxLength" in s}
    found = problem(ask(program, operation, operation.at(ident(things, operation)), dict(things.body(operation), **long)), 422)
    assert {"/" + n for n in long} <= set(pointers(found)), found


@of(lambda o: (o.create or o.method == "PATCH" and o.one) and any(s.get("format") == "int64" for s in scalars(o).values()))
def test_integers_past_their_range(operation, program, things):
    names = [n for n, s in scalars(operation).items() if s.get("format") == "int64"]
    at = operation.at(ident(things, operation))
    for number in ("9007199254740992", "9007199254740993", "9223372036854775807", "-9223372036854775808", "-9007199254740992", "1.5", "1e3", "1.0"):
        text = json.dumps(dict(things.body(operation), **{n: "@" for n in names})).replace('"@"', number).encode()
        found = problem(ask(program, operation, at, text), 422)
        assert {"/" + n for n in names} <= set(pointers(found)), (number, found)


@of(lambda o: o.create and o.body_schema.get("required"))
def test_every_required_field_is_named_at_once(operation, program):
    required = operation.body_schema["required"]
    found = problem(ask(program, operation, operation.path, {}), 422)
    assert {"/" + n for n in required} <= set(pointers(found)), found


@of(lambda o: o.path != OAUTH)
def test_an_unknown_parameter(operation, program, things):
    path = operation.at(ident(things, operation)) + "?no_such_parameter=1"
    problem(ask(program, operation, path, things=things), (400, 422))


BAD_QUERIES = ["limit=1&limit=200", "limit=0", "limit=201", "limit=x", "cursor=abc", "cursor=", "sort=nothing", "sort=-",
                                   "fields=nothing", "expand=nothing", "archived=maybe", "count=about", "ids=x", "created_at[like]=2",
                                   "id[in]=" + "a," * 200, "no_such[eq]=1", "limit[gt]=1", "id=x&id=y", "limit=%", "=1", "limit", "archived=with&archived=with",
               "limit=1;limit=2", "limit=0x10", "limit=+5", "limit=1e1", "sort=id,id", "id[in]=", "id[no_such]=1", "cursor=" + "A" * 3000]


@of(lambda o: o.list)
def test_a_list_with_bad_parameters(operation, program):
    for query in BAD_QUERIES:
        answer = program.send("GET", f"{operation.path}?{query}")
        assert answer.status in (400, 422), (query, answer)
        problem(answer)


@of(lambda o: o.method in ("PATCH", "DELETE") and o.one)
def test_a_change_needs_the_version(operation, program, things):
    path = operation.at(ident(things, operation))
    problem(ask(program, operation, path, headers={"If-Match": None}, things=things), 428, "precondition_required")
    version = things.version(operation.resource)
    for stale in ('"999999"', f"W/{version}", '"x"'):
        found = problem(ask(program, operation, path, headers={"If-Match": stale}, things=things), (412, 400))
        if stale == '"999999"':
            assert found["code"] == "precondition_failed"
            assert found["current"]["id"] == things.get(operation.resource)


@of(lambda o: o.method == "POST" and not o.public and any(p.get("name") == "Idempotency-Key" for p in o.parameters()))
def test_a_bad_idempotency_key(operation, program, things):
    at = operation.at(ident(things, operation))
    for key in ("", "x" * 256, "a b", "\u00e9", '""', '"a', "a\tb"):
        problem(ask(program, operation, at, headers={"Idempotency-Key": key}, things=things), 400, "idempotency_key_invalid")


@of(lambda o: o.takes_json)
def test_a_body_past_its_limit(operation, product, program, things):
    path = operation.at(ident(things, operation))
    head = (f"{operation.method} {path} HTTP/1.1\r\nHost: {{HOST}}\r\nContent-Type: application/json\r\n"
            f"Authorization: {program.headers['Authorization']}\r\nContent-Length: {(64 << 20) + 1}\r\n\r\n{{")
    data, _ = exchange(product, head, timeout=0.1)
    assert statuses(data) == [413], data[:200]


@of(lambda o: o.method == "GET")
def test_looking_changes_nothing(operation, owner, things):
    """nothing_written() compares; a page is looked at as a person does it."""
    answer = ask(owner, operation, operation.at(ident(things, operation)))
    assert answer.status < 500, answer


@of(lambda o: o.method != "GET" and not any(m for m in ("PUT",) if m == o.method))
def test_a_method_that_the_path_does_not_have(operation, program, things):
    path = operation.at(ident(things, operation))
    answer = program.send("PUT", path, b"{}", {"Content-Type": "application/json"})
    problem(answer, 405, "method_not_allowed")
    assert operation.method in [m.strip() for m in answer.headers["Allow"].split(",")]
    override = program.send("PUT", path, b"{}", {"Content-Type": "application/json", "X-HTTP-Method-Override": operation.method})
    problem(override, 405)
