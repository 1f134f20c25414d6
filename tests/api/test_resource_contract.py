"""Answers against the document that describes them: each list and each one of it, and what writes answer."""
import json
import re
import uuid

import jsonschema
import pytest


@pytest.fixture(scope="module")
def document(product):
    return product.client().get("/v1/openapi.json").expect(200).json


def schema_of(document, method, path, answer):
    """The schema of an answer, found by the path's pattern."""
    plain = path.split("?")[0]
    for pattern in sorted(document["paths"], key=lambda p: p.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), plain) and method.lower() in document["paths"][pattern]:
            responses = document["paths"][pattern][method.lower()]["responses"]
            told = responses.get(str(answer.status)) or responses["default"]
            while "$ref" in told:
                told = document["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
            return told.get("content")
    raise AssertionError(f"{method} {plain} is not in the document")


class Watched:
    """A caller whose every answer is held against the document."""

    def __init__(self, document, caller):
        self.document, self.caller = document, caller
        plain = caller.send

        def send(method, path, body=None, headers=None):
            answer = plain(method, path, body, headers)
            content = schema_of(document, method, path, answer)
            if not answer.body:
                assert answer.status in (204, 304), f"{method} {path}: {answer.status} without a body"
                return answer
            media = answer.headers["Content-Type"].split(";")[0]
            assert content and media in content, f"{method} {path}: {answer.status} {media} is not told"
            schema = {**content[media]["schema"], "components": document["components"]}
            errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.loads(answer.body)))
            assert not errors, f"{method} {path} {answer.status}: " + "; ".join(
                f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors[:5])
            return answer

        caller.send = send


@pytest.fixture
def watched(document, program):
    caller = program.with_headers()
    Watched(document, caller)
    return caller


def test_every_list_and_one_of_each(document, watched):
    for path, item in document["paths"].items():
        told = [p.get("$ref") for p in item.get("get", {}).get("parameters", [])]
        if "#/components/parameters/count" not in told:
            continue
        rows = watched.get(path, limit="5", count="exact").expect(200).json["data"]
        one = document["paths"].get(path + "/{id}", {})
        if rows and "get" in one:
            watched.get(f"{path}/{rows[0]['id']}").expect(200)
        if "get" in one:
            watched.get(f"{path}/{uuid.uuid4()}").expect(404)
        if "post" in document["paths"].get(path + "/search", {}):
            watched.post(path + "/search", {"limit": 2}).expect(200)


def test_what_writes_answer(watched):
    made = watched.post("/v1/accounts", {"legal_name": "Told", "contacts": [{"name": "Ann"}], "external_id": str(uuid.uuid4()),
                                         "invoice_address": {"country": "AT"}}).expect(201)
    path = "/v1/accounts/" + made.json["id"]
    watched.get(path, expand="parent,owner").expect(200)
    watched.get("/v1/contacts", expand="account", limit="1").expect(200)
    watched.patch(path, {"notes": "a"}).expect(428)
    watched.patch(path, {"notes": "a"}, '"7"').expect(412)
    watched.patch(path, {"notes": "a"}, made.etag).expect(200)
    watched.post("/v1/accounts", {"nix": 1}).expect(422)
    watched.post("/v1/accounts", b"{").expect(400)
    watched.get("/v1/accounts", ids=made.json["id"]).expect(200)
    watched.post("/v1/accounts/aggregate", {"group_by": ["state"]}).expect(200)
    watched.request("POST", "/v1/accounts/batch?partial=true", {"items": [
        {"op": "create", "data": {"legal_name": "A"}}, {"op": "create", "data": {}}]}).expect(200)
    watched.delete(path, "*").expect(204)
    watched.post(path + "/restore").expect(200)
    watched.get("/v1/schema/account").expect(200)


def test_the_document_is_the_same_for_everybody(document, program, anonymous):
    assert program.get("/v1/openapi.json").json == document == anonymous.get("/v1/openapi.json").json
