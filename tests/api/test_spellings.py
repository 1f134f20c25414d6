"""One thing has one spelling: paths, parameters and headers that could be read in two ways are refused, whoever asks.

ASVS 1.1.1, 5.3.2, 15.3.7. The rule: a path is decoded once, segment by segment, and never normalised; a parameter and
a header that decides come once.
"""
import itertools
import uuid

import pytest

from harness.generated import of
from harness.problem import pointers, problem
from harness.raw import exchange, headers_of, statuses

from harness.generated import pytest_generate_tests  # noqa: F401

UP = ["..%2f", "%2e%2e%2f", "%2e%2e/", "../", "..%5c", "..\\", "%252e%252e%252f", "..%252f", "..;/", "..%00/", "..%c0%af", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af",
      "..%e0%80%af", "%e0%80%ae%e0%80%ae/", "%f0%80%80%ae%f0%80%80%ae/", "%u002e%u002e/", "..%u2215", "..%ef%bc%8f", "..%e2%88%95", "..%0d/", "..%20/", "..%09/",
      "..//", ".../", "....//", ".%2e/", "%2e./", "./../", "%2f..%2f", "//../", "?/../", "%3f/../", "%23/../", "..%2f..%2f..%2f"]


def ask(product, api, target, method="GET"):
    """(status, body) of a path that no HTTP library would send."""
    data, _ = exchange(product, f"{method} {target} HTTP/1.1\r\nHost: {{HOST}}\r\nAuthorization: {api.headers['Authorization']}\r\n"
                       "Connection: close\r\n\r\n", timeout=5)
    return statuses(data)[0], data


@pytest.fixture
def narrow(product, tenant):
    """May read accounts, and nothing else."""
    return product.client(Authorization="Bearer " + tenant.token("account.read"))


@pytest.mark.parametrize("up", UP)
def test_a_way_around_is_no_way(product, narrow, things, up):
    """From what the caller may read to what they may not, by every spelling of the way up: neither found nor forbidden
    by the other route, whose rights are not even asked."""
    account, user = things.get("accounts"), things.get("users")
    for target in (f"/v1/accounts/{up}users", f"/v1/accounts/{account}/{up}{up}users", f"/v1/accounts/{account}/{up}{up}users/{user}",
                   f"/v1/accounts{up}users", f"/v1/{up}v1/users", f"/v1/accounts/{up}users/{user}", f"/{up}v1/users", f"/v1/accounts/{account}{up}timeline"):
        status, data = ask(product, narrow, target)
        body = data.split(b"\r\n\r\n", 1)[1]
        if status == 200:  # what stands behind a question mark is a query, and this one is a list of accounts or nothing
            assert target.split("?")[0] in ("/v1/accounts", f"/v1/accounts/{account}"), target
        else:
            assert status in (400, 404, 422), (target, data[:300])
            assert dict(headers_of(data))["content-type"] == "application/problem+json"
        assert user.encode() not in body and b"forbidden" not in body and b"insufficient_scope" not in body, target


def test_what_is_appended_names_nothing(product, program, things):
    account = things.get("accounts")
    for tail in ("%00", "%00.json", "%0a", "%0d%0a", "%09", "%20", "%2f", "%5c", "\\", ";", ";a=b", ";jsessionid=1", ".json", ".", "~", "%7f", "%ff", "%c3%28", "%ed%a0%80",
                 "%f4%90%80%80", "%fe", "%", "%2", "%zz", "%%", "*", "'", '"', "%22", "<", "%3cscript%3e", "{}", "|", "^", "`", "/", "//", "/.", "/..", "/%2e", "/%2e%2e", ",",
                 "," + account, "%2c" + account, "$", "@", ":", "&", "+", "=", "!", "()"):
        status, data = ask(product, program, f"/v1/accounts/{account}{tail}")
        assert status in (400, 404), (tail, data[:300])
        assert dict(headers_of(data))["content-type"] == "application/problem+json", tail


@pytest.mark.parametrize("ident", ["a" * 300, "1" * 300, "%41" * 100, "a" * 8000, str(uuid.UUID(int=0)) + "0" * 300, "{" + str(uuid.UUID(int=0)) + "}",
                                   "urn:uuid:" + str(uuid.UUID(int=0)), uuid.UUID(int=0).hex, "0", "-1", "null", "undefined", "NaN", "me", "self", "*", "%2a", "external:", "external::",
                                   "external:a", "external:a:" + "b" * 300, "external:" + "s" * 300 + ":b", "external:../x:y", "external:a:%00", "External:default:a"])
def test_what_is_no_id_is_nobody(product, program, ident):
    for path in (f"/v1/accounts/{ident}", f"/v1/invoices/{ident}/pdf", f"/v1/accounts/{ident}/timeline"):
        status, data = ask(product, program, path)
        assert status in (400, 404, 414), (path[:100], data[:300])
        assert dict(headers_of(data))["content-type"] == "application/problem+json"


def test_letters_have_their_case(product, program, things):
    """Paths are as the contract spells them; an id may be written in capitals, and is the same one."""
    account = things.get("accounts")
    for target in ("/V1/accounts", "/v1/Accounts", "/v1/ACCOUNTS", f"/v1/accounts/{account}/Timeline", "/v1/accounts%20", "/v1/%61ccounts%2f", "/v1/accountſ"):
        status, _ = ask(product, program, target.encode().decode("latin-1"))
        assert status in (400, 404), target
    for target in (f"/v1/accounts/{account.upper()}", f"/v1/%61ccounts/{account}"):  # an unreserved letter by its code is that letter (RFC 3986, 6.2.2.2)
        status, data = ask(product, program, target)
        assert status == 200 and account.encode() in data


def test_a_scheme_and_a_host_are_ours_or_nobody_s(product, program):
    for target in ("http://evil.example/v1/me", "https://evil.example/v1/me", "//evil.example/v1/me", "evil.example:443", "*", "v1/me", "?a", "#", "\\v1\\me", "http:///v1/me",
                   "file:///etc/passwd", "/\\evil.example/v1/me"):
        data, closed = exchange(product, f"GET {target} HTTP/1.1\r\nHost: {{HOST}}\r\nAuthorization: {program.headers['Authorization']}\r\nConnection: close\r\n\r\n", timeout=5)
        assert closed and statuses(data) in ([], [400], [404]), (target, data[:200])


# ---- doubled ----

@of(lambda o: o.method == "GET" and not o.public)
def test_no_parameter_comes_twice(operation, program, things):
    """Each one that the contract names, twice: the same, another, by an escape of its name; 422 names it."""
    ident = things.ident(operation) if operation.one else None
    samples = {"limit": ("1", "200"), "count": ("exact", "exact"), "archived": ("with", "only"), "sort": ("id", "-id")}
    for name in [p["name"] for p in operation.parameters() if p.get("in") == "query" and "[" not in p["name"]]:
        first, second = samples.get(name, ("a", "b"))
        for query in (f"{name}={first}&{name}={second}", f"{name}={first}&{name}={first}", f"{name}={first}&%{ord(name[0]):02x}{name[1:]}={second}", f"{name}={first}&{name}",
                      f"{name}=&{name}={first}"):
            found = pointers(problem(program.send("GET", f"{operation.at(ident)}?{query}"), 422))
            assert "?" + name in found, (operation.id, query, found)


@of(lambda o: o.list)
def test_a_field_is_asked_for_once_by_an_operator(operation, program):
    for field in ("id", "created_at"):
        if not any(p["name"].split("[")[0] == field for p in operation.parameters()):
            continue
        for query in (f"{field}=a&{field}=b", f"{field}=a&{field}[eq]=a", f"{field}[gt]=2026-01-01T00:00:00Z&{field}[gt]=2026-01-02T00:00:00Z"):
            answer = program.send("GET", f"{operation.path}?{query}")
            assert answer.status == 422, (query, answer)


DECIDE = {"Authorization": ("{own}", "Bearer x"), "Cookie": ("__Host-session=a", "__Host-session=b"), "Idempotency-Key": ("a", "b"), "X-Request-Id": ("one", "two"),
          "If-Match": ('"1"', '"2"'), "If-None-Match": ('"1"', '"2"'), "Origin": ("https://a.example", "https://b.example"), "X-CSRF-Token": ("a", "b"),
          "Content-Encoding": ("identity", "gzip")}


@pytest.mark.parametrize("name", DECIDE)
@pytest.mark.parametrize("how", ["two", "the same twice", "in two cases"])
def test_a_header_that_decides_comes_once(product, program, sql, tenant, name, how):
    own = program.headers["Authorization"]
    first, second = (value.replace("{own}", own) for value in DECIDE[name])
    pairs = [(name, first), (name.upper() if how == "in two cases" else name, first if how == "the same twice" else second)]
    for order in itertools.permutations(pairs):
        sent = [(n, v) for n, v in ({"Authorization": own} if name != "Authorization" else {}).items()] + [("Content-Type", "application/json"), *order]
        answer = product.client().send("POST", "/v1/accounts", b'{"legal_name": "Doubled header"}', sent)
        assert answer.status == 400, (name, how, answer)
        problem(answer, 400)
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm.account WHERE tenant_id = %s AND legal_name = 'Doubled header'", (tenant.id,))
        assert cursor.fetchone()[0] == 0


def test_content_type_comes_once(product, program):
    """nginx keeps the first of two: what is read is what was checked, and a second one changes nothing."""
    for first, second, status in (("application/json", "text/plain", (201, 400)), ("text/plain", "application/json", (400, 415))):
        answer = program.send("POST", "/v1/accounts", b'{"legal_name": "Two types"}', [("Content-Type", first), ("Content-Type", second)])
        assert answer.status in status, answer
