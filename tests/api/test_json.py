"""JSON at its edges, on endpoints that read it in different ways: refused, or kept exactly; the workers live on."""
import json
import time

import pytest

from harness.content import difference, fingerprint
from harness.problem import pointers, problem


def workers(product):
    pid = product.pid("billfold-api")
    return set(open(f"/proc/{pid}/task/{pid}/children").read().split())


@pytest.fixture(autouse=True)
def the_same_workers(product):
    before = workers(product)
    deaths = product.metrics("billfold-api")["billfold_child_deaths_total"]
    yield
    assert workers(product) == before
    assert product.metrics("billfold-api")["billfold_child_deaths_total"] == deaths


@pytest.fixture
def nothing(sql, tenant):
    before = fingerprint(sql, tenant.id)
    yield
    assert difference(before, fingerprint(sql, tenant.id)) == []


BODIES = {
    "/v1/accounts": b'{"legal_name": %s}',
    "/v1/invoices": b'{"account_id": "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77", "lines": [{"description": %s}]}',
    "/v1/accounts/search": b'{"where": {"field": "legal_name", "op": "eq", "value": %s}}',
    "/v1/accounts/batch": b'{"items": [{"op": "create", "data": {"legal_name": %s}}]}',
    "/v1/session": b'{"tenant": %s, "email": "a@b.example", "password": "x"}',
    "/v1/test_clock/advance": b'{"to": %s}',
    "/v1/invoices/preview": b'{"account_id": %s, "lines": []}',
}
NOT_JSON = {
    "doubled member": b'"a", "zzz": 1, "zzz": 2', "doubled by its escape": b'"a", "zzz": 1, "\\u007azz": 2', "NaN": b"NaN", "Infinity": b"Infinity",
    "single quotes": b"'a'", "NUL": b'"a\\u0000b"', "raw NUL": b'"a\x00b"', "lone high surrogate": b'"\\ud800"', "lone low surrogate": b'"\\udc00"',
    "surrogates turned": b'"\\udc00\\ud800"', "high and no low": b'"\\ud800\\u0041"', "not UTF-8": b'"\xff\xfe"', "overlong": b'"\xc0\x80"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"', "past Unicode": b'"\xf4\x90\x80\x80"', "cut sequence": b'"\xe2\x82"', "control byte": b'"a\tb"',
    "unknown escape": b'"\\x41"', "short escape": b'"\\u12"', "open": b'"a', "hexadecimal": b"0x10", "octal": b"010", "plus": b"+1", "dot first": b".5",
    "dot last": b"5.", "exponent cut": b"1e", "1e400": b"1e400", "word": b"undefined", "True": b"True", "comment": b'"a" // b',
    "depth 33": b"[" * 33 + b"]" * 33, "depth 100,000": b"[" * 100_000 + b"]" * 100_000, "braces 50,000": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.mark.parametrize("path", BODIES)
def test_what_is_not_json(program, nothing, path):
    for name, text in NOT_JSON.items():
        answer = program.post(path, BODIES[path] % text)
        assert answer.status in (400, 422), (name, answer)
        problem(answer)
    for name, body in {"mark": b"\xef\xbb\xbf" + BODIES[path] % b'"a"', "text behind": BODIES[path] % b'"a"' + b"x", "two": (BODIES[path] % b'"a"') * 2,
                       "UTF-16": (BODIES[path] % b'"a"').decode().encode("utf-16"), "NUL behind": BODIES[path] % b'"a"' + b"\0"}.items():
        problem(program.post(path, body), 400)


def test_keys_by_the_hundred_thousand(program, nothing):
    """Read, refused, told of within bounds, in bounded time."""
    body = ("{" + ",".join(f'"{i:05x}":0' for i in range(90_000)) + "}").encode()
    began = time.monotonic()
    found = problem(program.post("/v1/accounts", body), 422)
    assert time.monotonic() - began < 20
    assert len(found["errors"]) == 5000 and found["errors"][-1]["code"] == "too_many"
    long = {"n" * 500_000: 1, "legal_name": 7}
    found = problem(program.post("/v1/accounts", long), 422)
    assert pointers(found) == {"": "unknown", "/legal_name": "type"}
    more = b'{"items": [' + b",".join(b'{"a":' + b"1" + b"}" for _ in range(210_000)) + b"]}"
    problem(program.post("/v1/accounts/batch", more), (400, 413, 422))


INTEGERS = {"-0": 0, "0": 0, "42": 42, "-9000000000000": -9000000000000, "9000000000001": None, "9007199254740993": None, "9223372036854775807": None,
            "9223372036854775808": None, "-9223372036854775809": None, "18446744073709551616": None, "1e3": None, "1.0": None,
            "1" + "0" * 400: None, "0." + "0" * 400 + "1": None}


@pytest.mark.parametrize("number", INTEGERS, ids=lambda n: n[:24])
def test_an_integer_is_kept_exactly_or_refused(program, number):
    answer = program.post("/v1/custom_fields", {"resource": "deal", "key": "exact", "label": "Exact", "type": "integer"})
    assert answer.status in (201, 409)
    answer = program.post("/v1/deals", ('{"name": "Exact", "custom": {"exact": %s}}' % number).encode())
    if INTEGERS[number] is None:
        problem(answer, (400, 422))
        assert answer.status == 400 or pointers(answer.json).keys() == {"/custom/exact"}
    else:
        answer.expect(201)
        assert program.get(f"/v1/deals/{answer.json['id']}").expect(200).json["custom"]["exact"] == INTEGERS[number]


@pytest.mark.parametrize("number", ["0", "-0", "-1", "9007199254740992", "9007199254740993", "9223372036854775808", "1e3", "1.0"])
def test_an_amount_is_one_that_every_reader_of_json_keeps(program, things, number):
    body = '{"account_id": "%s", "currency": "EUR", "amount": %s}' % (things.get("accounts"), number)
    assert "/amount" in pointers(problem(program.post("/v1/payments", body.encode()), 422))


def test_the_largest_amount_is_kept(new_tenant):
    api = new_tenant("largest", roles=()).program()
    account = api.post("/v1/accounts", {"legal_name": "Largest"}).expect(201).json["id"]
    made = api.post("/v1/payments", {"account_id": account, "currency": "EUR", "amount": 9007199254740991}).expect(201)
    assert b'"amount":9007199254740991,' in made.body
    balance, = api.get(f"/v1/accounts/{account}").expect(200).json["balances"]
    assert balance["unapplied"] == 9007199254740991
    report = api.get("/v1/reports/trial_balance").expect(200).json
    assert [(t["debit"], t["difference"]) for t in report["totals"]] == [(9007199254740991, 0)]


@pytest.mark.parametrize("text", ["0.1", "123456789012345678.123456789012", "0.000000000001", "-0.5", "1", "000", "1e3", "", " 1", "1 ", "1,5", "0x1",
                                  "NaN", "Infinity", "-", "+1", ".5", "5.", "1" * 100, "0." + "1" * 100, "١", "1\u00a0"])
def test_a_decimal_is_a_string_kept_exactly_or_refused(program, things, text):
    body = {"name": "Exact", "lines": [{"description": "x", "unit_price": text}]}
    answer = program.post("/v1/deals", body)
    if answer.status == 201:
        line = answer.json["lines"][0]
        assert line["unit_price"] == text.rstrip("0").rstrip(".") if "." in text else line["unit_price"] == str(int(text))
    else:
        assert set(pointers(problem(answer, 422))) == {"/lines/0/unit_price"}
    for number in (1, 1.5, True, None, ["1"], {"a": "1"}):
        body["lines"][0]["unit_price"] = number
        found = problem(program.post("/v1/deals", body), 422) if number is not None else None
        assert found is None or set(pointers(found)) == {"/lines/0/unit_price"}


@pytest.mark.parametrize("text", ["Ωμέγα", "日本語", "😀👩‍👩‍👧", "a\u0301", "\u202egnirts", "\ufeffmark", "\ufffd", "\u2028", "\"quoted\"", "back\\slash", "{{7*7}}",
                                  "<script>alert(1)</script>", "%n%s%x", "'; DROP TABLE x; --", "\x7f"])
def test_text_comes_back_as_it_was_sent(program, text):
    for spelled in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        made = program.post("/v1/accounts", ('{"legal_name": %s, "notes": %s}' % (spelled, spelled)).encode())
        if made.status == 422:  # refused is as good as kept
            assert set(pointers(problem(made))) <= {"/legal_name", "/notes"}
            return
        made.expect(201)
        for answer in (made, program.get(f"/v1/accounts/{made.json['id']}").expect(200)):
            assert answer.json["legal_name"] == text and answer.json["notes"] == text
        found = program.get("/v1/accounts", legal_name=text).expect(200).json["data"]
        assert made.json["id"] in [row["id"] for row in found]


def test_amounts_past_their_range(program, things):
    """Price times quantity beyond every integer, and sums of thousands: refused by name, never wrapped."""
    account = things.get("accounts")
    huge = "9007199254740991"
    for line in ({"unit_price": huge, "quantity": "1"}, {"unit_price": huge, "quantity": huge}, {"unit_price": "90071992547409.91", "quantity": "2"},
                 {"unit_price": "999999999999.999999999999", "quantity": "999999999999.999999"},
                 {"unit_price": "90071992547409.91", "quantity": "1", "tax_rate": "20"},
                 {"unit_price": "1", "quantity": huge, "base_quantity": "0.000001"}):
        for path in ("/v1/invoices", "/v1/invoices/preview"):
            answer = program.post(path, {"account_id": account, "lines": [{"description": "Huge", **line}]})
            found = problem(answer, 422)
            assert found["code"] in ("out_of_range", "validation_failed"), found
            assert found["code"] == "out_of_range" or "out_of_range" in pointers(found).values(), found
    largest = {"description": "Largest", "unit_price": "90071992547409.91", "quantity": "1", "tax_rate": "0"}
    kept = program.post("/v1/invoices/preview", {"account_id": account, "lines": [largest]}).expect(200).json
    assert kept["total"] == 9007199254740991
    for count in (2, 10, 1000):
        problem(program.post("/v1/invoices/preview", {"account_id": account, "lines": [largest] * count}), 422, "out_of_range")


def test_ten_thousand_lines_of_the_most(program, things, nothing):
    account = things.get("accounts")
    line = {"description": "Most", "unit_price": "90071992547409.91", "quantity": "1", "tax_rate": "20"}
    answer = program.post("/v1/invoices", {"account_id": account, "lines": [line] * 10_000})
    found = problem(answer, 422)
    assert found["code"] in ("out_of_range", "validation_failed")


def test_many_lines_that_sum_to_the_most(new_tenant):
    """Thousands of lines add up to the last unit."""
    api = new_tenant("sums", roles=()).program()
    account = api.post("/v1/accounts", {"legal_name": "Sums", "invoice_address": {"country": "AT"}}).expect(201).json["id"]
    line = {"description": "Part", "unit_price": "9007199254.74", "quantity": "1", "tax_rate": "0"}
    most = api.post("/v1/invoices/preview", {"account_id": account, "lines": [line] * 1000}).expect(200).json
    assert most["total"] == 900719925474 * 1000
    over = dict(line, unit_price="90071992547409.91", quantity="0.001")
    kept = api.post("/v1/invoices/preview", {"account_id": account, "lines": [over] * 999}).expect(200).json
    assert kept["total"] == 9007199254741 * 999
    found = problem(api.post("/v1/invoices/preview", {"account_id": account, "lines": [over] * 1000}), 422, "out_of_range")
    assert pointers(found) == {"/lines/999": "out_of_range"}
