"""What every operation owes to HTTP and to the standards of what it says: HEAD, ETags, 304, ids, instants, text."""
import datetime
import re
import uuid

from harness.generated import ask, free_texts, of
from harness.problem import problem

from harness.generated import pytest_generate_tests  # noqa: F401

MOVING = {"date", "x-request-id", "ratelimit", "connection"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def shown(answer):
    return {n.lower(): v for n, v in answer.headers.items() if n.lower() not in MOVING}


def at(operation, things):
    return operation.at(things.ident(operation))


def schema_of(operation):
    content = operation.contract.resolve(operation.spec["responses"]["200"]).get("content", {})
    return operation.contract.resolve(content["application/json"]["schema"]) if "application/json" in content else {}


def computed(operation):
    return any(s.get("x-computed") for s in schema_of(operation).get("properties", {}).values())


def members(value, path=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, path + "/-")
    else:
        yield path, value


@of(lambda o: o.method == "GET")
def test_head_is_get_without_its_body(operation, owner, things):
    path = at(operation, things)
    got, head = owner.get(path).expect(200), owner.head(path)
    again = owner.get(path).expect(200)
    assert head.status == 200 and head.body == b""
    # What moves by itself (the clock, counters) may move in between, and its length with it.
    for name, value in shown(got).items():
        if shown(again)[name] == value and got.body == again.body:
            assert shown(head)[name] == value, name
    assert set(shown(head)) == set(shown(got))
    assert int(head.headers["Content-Length"]) > 0


@of(lambda o: o.method == "GET" and "ETag" in o.contract.resolve(o.spec["responses"]["200"]).get("headers", {}))
def test_an_unchanged_one_is_not_sent_again(operation, owner, things):
    """But where members are computed, which move without the tag."""
    path = at(operation, things)
    tag = owner.get(path).expect(200).etag
    assert re.fullmatch(r'"[^"]+"', tag), "a strong tag"
    for value in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = owner.get(path, {"If-None-Match": value})
        if computed(operation):
            answer.expect(200)
        else:
            answer.expect(304)
            assert answer.body == b"" and answer.etag == tag
        assert owner.head(path, {"If-None-Match": value}).status == answer.status
    owner.get(path, {"If-None-Match": '"another"'}).expect(200)


@of(lambda o: o.method == "PATCH" and o.one and free_texts(o))
def test_the_tag_moves_with_a_change_and_with_nothing_else(operation, program, things):
    path = at(operation, things)
    first = program.get(path).expect(200)
    for name in free_texts(operation):
        answer = program.patch(path, {name: f"Moved {uuid.uuid4().hex[:8]}"}, first.etag)
        if answer.status == 200:
            break
        problem(answer, (409, 422))  # final, or with a rule of its own
    else:
        return
    assert answer.etag != first.etag and answer.json["version"] > first.json["version"]
    assert answer.json["updated_at"] >= first.json["updated_at"]
    same = program.patch(path, {name: answer.json[name]}, answer.etag).expect(200)
    assert same.etag == answer.etag and same.json["updated_at"] == answer.json["updated_at"], "nothing changed"
    assert program.patch(path, {}, answer.etag).expect(200).etag == answer.etag
    assert program.get(path).expect(200).etag == answer.etag
    problem(program.patch(path, {name: "Stale"}, first.etag), 412, "precondition_failed")


@of(lambda o: o.method == "PATCH" and o.one)
def test_what_a_change_depends_on(operation, program, things):
    """If-Match: none, of no sound form, weak, of another version, any; nothing but the last gets past."""
    path = at(operation, things)
    tag = program.get(path).expect(200).etag
    problem(program.patch(path, {}), 428, "precondition_required")
    for stale in (f"W/{tag}", '"999999"', '"999999", W/' + tag, tag.replace('"', '"0', 1)):
        problem(program.patch(path, {}, stale), 412, "precondition_failed")
    for unsound in ("1", '"1', 'x"1"', "", "**", '"1" "2"', "W/*"):
        problem(program.patch(path, {}, unsound), (400, 428))
    for sound in (tag, "*", f'"999999", {tag}'):
        answer = program.patch(path, {}, sound)
        assert answer.status in (200, 409, 422), answer  # final documents are refused for what they are


@of(lambda o: o.method == "GET" and not o.path.endswith(("/pdf", "/file")))
def test_ids_instants_and_text(operation, owner, things):
    answer = owner.get(at(operation, things)).expect(200)
    assert not answer.body.startswith(b"\xef\xbb\xbf"), "a byte order mark"
    text = answer.body.decode("utf-8")
    assert answer.headers["Content-Type"].split(";")[0] in ("application/json", "application/jwk-set+json")
    assert "\x00" not in text
    for path, value in members(answer.json):
        if not isinstance(value, str) or "/payload/" in path or "/settings/" in path:
            continue
        if INSTANT.match(value):
            assert UTC.fullmatch(value), f"{path}: {value}"
        if path.endswith("/id") and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", value):
            assert uuid.UUID(value).version == 7, f"{path}: {value}"
    for path, value in members(answer.json):
        assert not isinstance(value, float), f"{path}: {value}: amounts are integers, rates are strings"


MILLISECOND = datetime.timedelta(milliseconds=1)  # an id has no more of its time


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def made_at(ident):
    return datetime.datetime.fromtimestamp((uuid.UUID(ident).int >> 80) / 1000, datetime.timezone.utc)


def test_ids_sort_by_time(program):
    """RFC 9562: within a process each is larger than the one before; between processes by the millisecond."""
    items = [{"op": "create", "data": {"legal_name": f"Sorted {n}"}} for n in range(200)]
    batch = [row["data"]["id"] for row in program.post("/v1/accounts/batch", {"items": items}).expect(200).json["data"]]
    assert batch == sorted(batch) and len(set(batch)) == 200
    times = []
    for _ in range(20):
        asked = now()
        one = program.with_headers().post("/v1/accounts", {"legal_name": "Sorted"}).expect(201).json
        answered = now()
        times.append(made_at(one["id"]))
        created = datetime.datetime.fromisoformat(one["created_at"].replace("Z", "+00:00"))
        for at in (times[-1], created):
            assert asked - MILLISECOND <= at <= answered, (asked, one["id"], created, answered)
    assert times == sorted(times)


def test_computed_members_do_not_move_the_tag(new_tenant):
    """An account owes and owes nothing again: its payment status moves, its version does not."""
    api = new_tenant("computed", roles=()).program()
    account = api.post("/v1/accounts", {"legal_name": "Watched", "invoice_address": {"country": "AT"}, "contacts": [
        {"name": "Pay", "email": "pay@watched.example", "roles": ["billing"]}]}).expect(201)
    path = f"/v1/accounts/{account.json['id']}"
    assert account.json["payment_status"] == "none"
    api.post("/v1/invoices", {"account_id": account.json["id"], "finalize": True, "lines": [
        {"description": "Work", "unit_price": "10", "tax_rate": "0"}]}).expect(201)
    owing = api.get(path, {"If-None-Match": account.etag}).expect(200)
    assert owing.json["payment_status"] == "open" and owing.etag == account.etag
    api.post("/v1/payments", {"account_id": account.json["id"], "amount": 1000, "currency": "EUR"}).expect(201)
    paid = api.get(path, {"If-None-Match": account.etag}).expect(200)
    assert paid.json["payment_status"] == "paid" and paid.etag == account.etag


@of(lambda o: o.method in ("POST", "PATCH", "DELETE") and not o.public)
def test_a_refusal_says_its_status_and_how_to_go_on(operation, product, things):
    """RFC 9457 and 9110: 401 with a challenge, 405 with what is allowed, 406 never, bodies typed."""
    answer = ask(product.client(), operation, at(operation, things), b"{}" if operation.takes_json else None)
    assert problem(answer, 401)["type"].startswith("http")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
