"""RFC 9457, as this API promises it: checks one problem document and gives it back."""
import re

WORD = re.compile(r"^[a-z][a-z0-9_]*$")
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors", "current", "candidates",
           "challenge"}


def problem(answer, status=None, code=None):
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json", (
        f"{answer.sent}: {answer.status} {answer.headers['Content-Type']} {answer.body[:300]!r}")
    body = answer.json
    assert isinstance(body, dict)
    assert isinstance(body["type"], str) and body["type"]
    assert isinstance(body["title"], str) and body["title"]
    assert body["status"] == answer.status, f"{answer.sent}: status {body['status']} in the body of a {answer.status}"
    assert isinstance(body["request_id"], str) and body["request_id"]
    assert answer.headers["X-Request-Id"] == body["request_id"]
    assert WORD.match(body["code"])
    assert isinstance(body.get("detail", ""), str)
    for field in body.get("errors", []):
        assert isinstance(field["pointer"], str) and field["pointer"][:1] in ("", "/", "?", "#"), field
        assert WORD.match(field["code"]), field
        assert isinstance(field["detail"], str), field
    assert set(body) <= MEMBERS, f"{answer.sent}: unknown members {set(body) - MEMBERS}"
    if status is not None:
        wanted = status if isinstance(status, tuple) else (status,)
        assert answer.status in wanted, f"{answer.sent} answered {answer.status}, not {wanted}: {body}"
    if code is not None:
        wanted = code if isinstance(code, tuple) else (code,)
        assert body["code"] in wanted, f"{answer.sent}: {body}"
    return body


def pointers(body):
    return {field["pointer"]: field["code"] for field in body.get("errors", [])}
