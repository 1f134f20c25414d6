"""Every operation of the contract × every kind of request that is not sound: the right problem, nothing written."""
import json

import pytest

from harness import shared
from harness.content import difference, fingerprint
from harness.contract import REFERENCES, new_id, plural
from harness.problem import pointers, problem
from harness.raw import exchange, statuses

# Its errors have the form of RFC 6749.
OAUTH = "/v1/oauth/token"


def pytest_generate_tests(metafunc):
    if "operation" not in metafunc.fixturenames:
        return
    chosen = [o for o in shared.contract().operations if metafunc.function.of(o)]
    metafunc.parametrize("operation", chosen, ids=[o.id for o in chosen])


def of(condition):
    def mark(function):
        function.of = condition
        return function

    return mark


@pytest.fixture(autouse=True)
def nothing_written(sql, tenant, other, things, other_things, operation):
    """Around every test here; objects that the request needs are made before."""
    if operation.one:
        things.get(operation.resource)
        other_things.get(operation.resource)
    if operation.body_schema:
        things.body(operation)
        for name in references(operation):
            other_things.get(target(name))
    before = fingerprint(sql)
    yield
    assert difference(before, fingerprint(sql)) == []


def ident(things, operation):
    if not operation.one:
        return None
    found = things.get(operation.resource)
    if found is None:
        pytest.skip("no request alone makes such an object")
    return found


def ask(client, operation, path, body=..., headers=None, things=None, media=None):
    headers = dict(headers or {})
    if body is ...:
        body = things.body(operation) if operation.body_schema is not None and things else None
    if operation.method in ("PATCH", "DELETE") and operation.one:
        headers.setdefault("If-Match", '"1"')
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    if body is not None:
        headers.setdefault("Content-Type", media or operation.media or "application/json")
    return client.send(operation.method, path, body, {n: v for n, v in headers.items() if v is not None})


@of(lambda o: not o.public)
def test_without_credentials(operation, product, things):
    answer = ask(product.client(), operation, operation.at(new_id()), things=things)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@of(lambda o: o.permission)
def test_without_the_permission(operation, product, tenant, things):
    scope = "event.read" if operation.permission != "event.read" else "audit.read"
    client = product.client(Authorization="Bearer " + tenant.token(scope))
    problem(ask(client, operation, operation.at(things.get(operation.resource) if operation.one else None), things=things), 403)


@of(lambda o: o.one)
def test_an_object_of_another_tenant_is_one_that_does_not_exist(operation, program, things, other_things):
    foreign, unknown = other_things.get(operation.resource), new_id()
    if foreign is None:
        pytest.skip("no request alone makes such an object")
    body = things.body(operation) if operation.body_schema else None
    answers = [ask(program, operation, operation.at(i), body) for i in (foreign, unknown)]
    for answer in answers:
        problem(answer, 404, "not_found")
    assert strip(answers[0]) == strip(answers[1])


def strip(answer):
    """An answer without what belongs to the request alone."""
    body = answer.json
    del body["request_id"]
    headers = {n.lower(): v for n, v in answer.headers.items()}
    for name in ("x-request-id", "date", "ratelimit", "connection"):
        headers.pop(name, None)
    return json.dumps(body), headers


@of(lambda o: o.one)
@pytest.mark.parametrize("bad", ["not-a-uuid", "0" * 300, "%00", "..%2f..%2fv1%2fme", "external:", "external:a:b:c", "%ff", "a%2fb"])
def test_a_bad_id(operation, program, bad, things):
    problem(ask(program, operation, operation.at(bad), things=things), (400, 404))


@of(lambda o: o.takes_json)
@pytest.mark.parametrize("text", [b'{"a":', b"{'a': 1}", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}', b'{"a": "\\ud800"}',
                                  b"\xef\xbb\xbf{}", b"{} {}", b'{"a": "\xff"}', b"[" * 40 + b"]" * 40, b'{"a": 1e400}', b""],
                         ids=["cut", "single quotes", "NaN", "doubled key", "NUL", "lone surrogate", "BOM", "trailing text",
                              "not UTF-8", "too deep", "1e400", "empty"])
def test_malformed_json(operation, program, things, text):
    if text == b"" and not operation.body_schema.get("required"):
        text = b" "  # where nothing is required, no body is a sound one
    problem(ask(program, operation, operation.at(ident(things, operation)), text), (400, 422))


@of(lambda o: o.takes_json)
@pytest.mark.parametrize("text", [b"[]", b'"a"', b"1", b"null"])
def test_a_body_that_is_no_object(operation, program, things, text):
    problem(ask(program, operation, operation.at(ident(things, operation)), text), (400, 422))


@of(lambda o: o.takes_json)
@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/json-seq", "multipart/form-data"])
def test_a_wrong_media_type(operation, program, things, media):
    answer = ask(program, operation, operation.at(ident(things, operation)), things=things, media=media)
    problem(answer, 415, "unsupported_media_type")


@of(lambda o: o.takes_json)
def test_a_compressed_body(operation, program, things):
    answer = ask(program, operation, operation.at(ident(things, operation)), headers={"Content-Encoding": "gzip"}, things=things)
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


@of(lambda o: o.create or o.method == "PATCH" and o.one)
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
@pytest.mark.parametrize("number", ["9007199254740992", "9223372036854775808", "-9007199254740992", "1.5", "1e3"])
def test_integers_past_their_range(operation, program, things, number):
    names = [n for n, s in scalars(operation).items() if s.get("format") == "int64"]
    text = json.dumps(dict(things.body(operation), **{n: "@" for n in names})).replace('"@"', number).encode()
    found = problem(ask(program, operation, operation.at(ident(things, operation)), text), 422)
    assert {"/" + n for n in names} <= set(pointers(found)), found


@of(lambda o: o.create and o.body_schema.get("required"))
def test_every_required_field_is_named_at_once(operation, program):
    required = operation.body_schema["required"]
    found = problem(ask(program, operation, operation.path, {}), 422)
    assert {"/" + n for n in required} <= set(pointers(found)), found


def target(name):
    """The resource that a member refers to, by its name."""
    return REFERENCES.get(name) or plural(name.removesuffix("_id"))


def references(operation):
    return [n for n, s in scalars(operation).items() if s.get("format") == "uuid"]


@of(lambda o: (o.create or o.method == "PATCH" and o.one) and references(o))
def test_another_tenants_id_in_a_body_is_one_that_does_not_exist(operation, program, things, other_things):
    for name in references(operation):
        foreign = other_things.get(target(name))
        if foreign is None:
            continue
        version = things.version(operation.resource) if operation.one else None
        answers = []
        for value in (foreign, new_id()):
            body = dict(things.body(operation), **{name: value})
            answers.append(ask(program, operation, operation.at(ident(things, operation)), body,
                               {"If-Match": version} if version else None))
        for answer in answers:
            problem(answer, (404, 409, 422))
        assert strip(answers[0]) == strip(answers[1]), name


@of(lambda o: o.path != OAUTH)
def test_an_unknown_parameter(operation, program, things):
    path = operation.at(ident(things, operation)) + "?no_such_parameter=1"
    problem(ask(program, operation, path, things=things), (400, 422))


@of(lambda o: o.list)
@pytest.mark.parametrize("query", ["limit=1&limit=200", "limit=0", "limit=201", "limit=x", "cursor=abc", "cursor=", "sort=nothing", "sort=-",
                                   "fields=nothing", "expand=nothing", "archived=maybe", "count=about", "ids=x", "created_at[like]=2",
                                   "id[in]=" + "a," * 200, "no_such[eq]=1", "limit[gt]=1"])
def test_a_list_with_bad_parameters(operation, program, query):
    problem(program.send("GET", f"{operation.path}?{query}"), (400, 422))


@of(lambda o: o.list)
def test_a_list_shows_no_object_of_another_tenant(operation, program, other_program, other_things):
    foreign = other_things.get(operation.resource)
    if foreign is None:
        pytest.skip("no request alone makes such an object")
    assert foreign not in program.get(operation.path, limit=200).expect(200).body.decode()
    found = program.get(operation.path, ids=foreign).expect(200).json
    assert found["data"] == [] and found["missing"] == [foreign]


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
@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\u00e9"])
def test_a_bad_idempotency_key(operation, program, things, key):
    problem(ask(program, operation, operation.at(ident(things, operation)), headers={"Idempotency-Key": key}, things=things),
            400, "idempotency_key_invalid")


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
