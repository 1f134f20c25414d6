"""RFC 9457, as this API promises it: checks one problem document and gives it back."""
import re

WORD = re.compile(r"^[a-z][a-z0-9_]*$")
# Words of the inside: SQL, tables and roles, files and lines, programs and their versions.
INSIDE = re.compile(
    r"\b(select|insert into|update|delete from|returning|sqlstate|psql|libpq|pgres_\w+|postgres\w*|redis|hiredis|nginx|fastcgi|libfcgi|json-c|"
    r"libjwt|openssl|errno|backtrace|segfault|plpgsql|pg_\w+|billfold_\w+|zb[a-z0-9]{3})\b(?! (with|a|an|the|of|your|their|settings)\b)|"
    r"\b(crm|billing|auth|meta|ledger|payment|document|connect|collect|catalog|search|base)\.(?!read\b|write\b|refund\b)[a-z_]+|"
    r"(/tmp|/usr|/var|/work|/home|/src|/etc|/proc)/|\.(c|h|sql|sock|conf):?\d*\b|0x[0-9a-f]{6,}", re.IGNORECASE)
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
    told = " ".join([body["title"], body.get("detail", ""), *(f["detail"] for f in body.get("errors", []))])
    assert not INSIDE.search(told), f"{answer.sent}: {INSIDE.search(told).group(0)!r} in {told[:500]}"
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
