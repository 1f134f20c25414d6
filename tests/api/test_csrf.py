"""A browser's session writes only for pages of ours: CSRF token, origin, media type, cookie."""
import pytest

from harness.content import difference, fingerprint
from harness.problem import problem

BODY = {"legal_name": "Made by a stranger", "account_name": "Stranger"}


@pytest.fixture
def session(tenant):
    return tenant.sign_in("owner")


@pytest.fixture
def nothing_written(sql, tenant):
    before = fingerprint(sql, tenant.id)
    yield
    assert difference(before, fingerprint(sql, tenant.id)) == []


def test_a_write_by_cookie_needs_the_token(session, nothing_written):
    problem(session.post("/v1/accounts", BODY, {"X-CSRF-Token": None}), 403, "csrf_failed")
    problem(session.post("/v1/accounts", BODY, {"X-CSRF-Token": ""}), 403, "csrf_failed")
    problem(session.post("/v1/accounts", BODY, {"X-CSRF-Token": "x" * 43}), 403, "csrf_failed")


def test_another_sessions_token_does_not_do(session, tenant, nothing_written):
    other = tenant.sign_in("owner")
    problem(session.post("/v1/accounts", BODY, {"X-CSRF-Token": other.headers["X-CSRF-Token"]}), 403, "csrf_failed")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"])
def test_another_origin_is_refused(session, nothing_written, origin):
    problem(session.post("/v1/accounts", BODY, {"Origin": origin}), 403)


def test_our_own_origin_is_taken(session, product):
    session.post("/v1/accounts", dict(BODY, legal_name="Own origin"), {"Origin": product.url}).expect(201)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"])
def test_a_form_is_no_json(session, nothing_written, media):
    problem(session.request("POST", "/v1/accounts", b'{"legal_name": "Stranger"}', media=media), 415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changes_and_deletes_need_the_token_too(session, tenant, method):
    made = tenant.program().post("/v1/accounts", {"legal_name": f"Guarded from {method}"}).expect(201)
    answer = session.send(method, f"/v1/accounts/{made.json['id']}", b"{}" if method == "PATCH" else None,
                          {"X-CSRF-Token": None, "If-Match": made.etag, "Content-Type": "application/merge-patch+json"})
    problem(answer, 403, "csrf_failed")
    assert tenant.program().get(f"/v1/accounts/{made.json['id']}").etag == made.etag


def test_the_session_cookie(tenant, product):
    user = tenant.users["owner"]
    answer = product.client().post("/v1/session", {"tenant": tenant.slug, "email": user["email"], "password": user["password"]}).expect(201)
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies and cookies[0].startswith("__Host-session=")
    for cookie in cookies:  # the session, and the device that was seen before
        name, _, attributes = cookie.partition(";")
        attributes = {a.strip().lower() for a in attributes.split(";")}
        assert name.startswith("__Host-")
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= attributes
        assert not [a for a in attributes if a.startswith("domain")]
    assert answer.json["csrf_token"] not in "".join(cookies)
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_token_caller_needs_no_csrf_token(program):
    program.post("/v1/accounts", {"legal_name": "Made by a program"}).expect(201)


def test_two_cookies_of_the_name_are_refused(session):
    doubled = session.headers["Cookie"] + "; " + session.headers["Cookie"]
    problem(session.get("/v1/me", {"Cookie": doubled}), 400)
