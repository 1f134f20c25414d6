"""Tests made from the contract: which operations a test is for, and how one is asked."""
import json

from . import shared


def of(condition):
    """Marks a test: it runs once for each operation of which the condition is true, as its argument `operation`."""
    def mark(function):
        function.of = condition
        return function

    return mark


def pytest_generate_tests(metafunc):
    if "operation" not in metafunc.fixturenames:
        return
    chosen = [o for o in shared.contract().operations if metafunc.function.of(o)]
    metafunc.parametrize("operation", chosen, ids=[o.id for o in chosen])


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


def strip(answer, *ids):
    """Status, body and headers without what belongs to the request alone; these ids read as one."""
    body = answer.json if answer.body else None
    if isinstance(body, dict):
        body.pop("request_id", None)
        if body.get("next"):
            body["next"] = "a cursor"  # sealed with the question
    headers = {n.lower(): v for n, v in answer.headers.items()}
    for name in ("x-request-id", "date", "ratelimit", "connection"):
        headers.pop(name, None)
    text = json.dumps([answer.status, body, headers])
    for ident in ids:
        text = text.replace(ident, "ID")
    return text


def free_texts(operation):
    """Members that any text suits."""
    found = []
    for name, schema in operation.body_schema.get("properties", {}).items():
        schema = operation.contract.resolve(schema)
        kind = schema.get("type")
        if "string" in (kind if isinstance(kind, list) else [kind]) and schema.get("maxLength", 0) >= 20 and not (
                {"format", "pattern", "enum", "x-permission", "writeOnly"} & set(schema)) and name not in ("external_id", "key"):
            found.append(name)
    return found
