"""Every operation × every place where an id may stand: another tenant's is one that nobody has, byte for byte."""
import json
import urllib.parse

import pytest

from harness.contract import REFERENCES, new_id, plural
from harness.generated import ask, of, strip
from harness.problem import problem

from harness.generated import pytest_generate_tests  # noqa: F401


@pytest.fixture(autouse=True)
def unchanged(nothing_written, outside):
    """Around every test here."""


@pytest.fixture(scope="session")
def outside(other, other_things, things):
    """{resource: what the other tenant's systems call one of it}, where external ids are kept."""
    made = {}
    for operation in other_things.contract.operations:
        if operation.create and "external_id" in operation.body_schema["properties"]:
            made[operation.resource] = f"theirs-{operation.resource}"
            other.program().post(operation.path, dict(other_things.body(operation), external_id=made[operation.resource])).expect(201)
    return made


def same(answers, ids, statuses=(404, 409, 422), what=""):
    for answer in answers:
        assert answer.status in statuses, (what, answer.sent, answer)
        if answer.status >= 400:
            problem(answer)
    first, second = (strip(answer, *ids) for answer in answers)
    assert first == second, what


@of(lambda o: o.one and not o.public)
def test_in_the_path(operation, program, things, other_things):
    foreign, unknown = other_things.ident(operation), new_id()
    assert foreign, f"nothing makes one of {operation.resource}: teach harness/contract.py"
    body = things.body(operation) if operation.body_schema else None
    answers = [ask(program, operation, operation.at(i), body) for i in (foreign, unknown)]
    same(answers, (foreign, unknown), (404,))
    # Refused alike where the request is not sound either: no look at the row comes first.
    if operation.takes_json:
        same([ask(program, operation, operation.at(i), {"no_such_field": 1}) for i in (foreign, unknown)], (foreign, unknown))
    if operation.method in ("PATCH", "DELETE"):
        same([ask(program, operation, operation.at(i), body, {"If-Match": "*"}) for i in (foreign, unknown)], (foreign, unknown), (404,))


@of(lambda o: o.one and not o.public)
def test_in_the_path_by_an_external_id(operation, program, things, outside):
    theirs = outside.get(operation.resource, "nobody's")
    body = things.body(operation) if operation.body_schema else None
    idents = [f"external:default:{name}" for name in (theirs, "unknown-" + operation.resource)]
    same([ask(program, operation, operation.at(i), body) for i in idents], idents, (400, 404))


def nested(program, operation, path):
    """Another tenant's child of such an object: one of its contacts, one of its lines."""
    for row in program.get(f"/v1/{operation.resource}", limit=20).expect(200).json["data"]:
        children = program.get(f"/v1/{operation.resource}/{row['id']}").expect(200).json.get(path[0])
        if children:
            return children[0]["id"]


@of(lambda o: o.takes_json and o.id_places() and not o.path.endswith("/bulk"))
def test_in_the_body(operation, program, things, other_things, other_program):
    for path, resource in operation.id_places():
        foreign = nested(other_program, operation, path) if path[-1] in ("id", "line_id", "original_line_id") and len(path) > 2 else other_things.get(resource)
        if not foreign and path == ("logo_file_id",):
            continue  # nothing makes files yet
        assert foreign, f"of what is {path}? Teach REFERENCES in harness/contract.py"
        at = operation.at(things.ident(operation))
        headers = {"If-Match": things.version(operation.resource)} if operation.one and operation.method != "POST" else {}
        body, ids = things.body(operation), (foreign, new_id())
        bodies = [things.contract.put(body, operation.body_schema, path, i, things.get) for i in ids]
        if operation.path == "/v1/settings":
            headers = {"If-Match": "*"}
        same([ask(program, operation, at, b, headers) for b in bodies], ids, what=path)


def id_filters(operation):
    return [p["name"] for p in operation.parameters() if p["in"] == "query" and "[" not in p["name"]
            and operation.contract.resolve(p["schema"]).get("format") == "uuid"]


def named(operation, name):
    """The resource that a filter's ids are of."""
    word = name.rsplit(".", 1)[-1]
    return operation.resource if word == "id" else REFERENCES.get(word) or plural(word.removesuffix("_id"))


@of(lambda o: o.method == "GET" and id_filters(o))
def test_in_a_filter(operation, program, other_things):
    known = {p["name"] for p in operation.parameters()}
    for name in id_filters(operation):
        foreign, unknown = other_things.get(named(operation, name)), new_id()
        if not foreign:
            continue
        for form in ("{}", "{}[ne]", "{}[in]", "{}[nin]"):
            parameter = form.format(name)
            if parameter in known:
                same([program.get(operation.path, **{parameter: i}) for i in (foreign, unknown)], (foreign, unknown), (200, 404, 422), parameter)
    if "ids" in known and (foreign := other_things.get(operation.resource)):
        ids = (foreign, new_id())
        answers = [program.get(operation.path, ids=i) for i in ids]
        same(answers, ids, (200,))
        assert answers[0].json == {**answers[0].json, "data": [], "missing": [foreign]}


@of(lambda o: o.method == "POST" and o.path.endswith(("/search", "/aggregate")))
def test_in_a_search(operation, program, other_things):
    listed = operation.contract.by_id(f"GET /v1/{operation.resource}")
    for name in id_filters(listed):
        foreign, unknown = other_things.get(named(listed, name)), new_id()
        if not foreign:
            continue
        for where in ({"op": "eq"}, {"op": "ne"}, {"op": "in"}, {"op": "nin"}):
            answers = []
            for ident in (foreign, unknown):
                value = [ident] if where["op"] in ("in", "nin") else ident
                leaf = {"field": name, "op": where["op"], "value": value}
                for tree in (leaf, {"not": leaf}, {"or": [leaf, {"field": "id", "op": "eq", "value": ident}]}):
                    body = {"where": tree, **({"metrics": [{"op": "count"}]} if operation.path.endswith("aggregate") else {})}
                    answers.append(program.post(operation.path, body))
            for pair in zip(answers[:3], answers[3:]):
                same(pair, (foreign, unknown), (200, 422), (name, where))


@of(lambda o: o.list and any(p["name"] == "external_id" for p in o.parameters()))
def test_in_a_filter_by_an_external_id(operation, program, outside):
    if operation.resource not in outside:
        return
    ids = (outside[operation.resource], "unknown-" + operation.resource)
    answers = [program.get(operation.path, external_id=i) for i in ids]
    same(answers, ids, (200,))
    assert answers[0].json["data"] == []


@of(lambda o: o.method == "POST" and o.path.endswith("/batch"))
def test_in_an_item_of_a_batch(operation, program, things, other_things):
    foreign, unknown = other_things.get(operation.resource), new_id()
    create = operation.contract.by_id(f"POST /v1/{operation.resource}")
    for partial in ("", "?partial=true"):
        answers = [ask(program, operation, operation.path + partial, {"items": [{"op": "update", "id": i, "version": 1, "data": {}}]})
                   for i in (foreign, unknown)]
        same(answers, (foreign, unknown), (200, 404, 422))
        if partial:
            assert [row["status"] for row in answers[0].json["data"]] == [404]
    for path, resource in create.id_places() if create else ():
        theirs, nobody = other_things.get(resource), new_id()
        if not theirs or path[-1] == "id":
            continue
        body = things.body(create)
        bodies = [things.contract.put(body, create.body_schema, path, i, things.get) for i in (theirs, nobody)]
        for partial in ("", "?partial=true"):
            same([ask(program, operation, operation.path + partial, {"items": [{"op": "create", "data": b}]}) for b in bodies],
                 (theirs, nobody), (200, 404, 409, 422), path)


@of(lambda o: o.method == "GET" and not o.public)
def test_no_answer_names_anything_of_another_tenant(operation, owner, other, things, other_things):
    """Whatever is listed, expanded or embedded."""
    theirs = [i for i in other_things.made.values() if i] + [other.id, other.slug] + [u["id"] for u in other.users.values()]
    known = {p["name"]: operation.contract.resolve(p["schema"]) for p in operation.parameters() if p["in"] == "query"}
    query = {"limit": 200} if "limit" in known else {}
    if "archived" in known:
        query["archived"] = "with"
    path = operation.at(things.ident(operation))
    answer = owner.get(path, **query).expect(200)
    for word in theirs:
        assert word not in answer.body.decode("latin-1"), word
    shape = operation.contract.resolve(operation.contract.resolve(operation.spec["responses"]["200"]).get("content", {}).get(
        "application/json", {}).get("schema", {}))
    rows = shape.get("properties", {}).get("data", {}).get("items", shape)
    expanded = [name for name, member in operation.contract.resolve(rows).get("properties", {}).items()
                if member.get("description", "").startswith("With expand=")]
    if expanded and "expand" in known:
        answer = owner.get(path, expand=",".join(expanded), **query).expect(200)
        for word in theirs:
            assert word not in answer.body.decode("latin-1"), word


def test_headers_that_name_another_tenant_mean_nothing(program, tenant, other, other_things):
    for name in ("X-Tenant-Id", "X-Tenant", "Tenant", "X-User", "X-Account-Id", "X-Forwarded-User", "X-Actor"):
        for value in (other.id, other.slug, other.users["owner"]["id"]):
            answer = program.get("/v1/tenant", {name: value}).expect(200)
            assert answer.json["id"] == tenant.id
            problem(program.get("/v1/accounts/" + other_things.get("accounts"), {name: value}), 404)


def test_a_cursor_of_another_tenant_is_refused(program, other_program, other_things):
    cursor = other_program.get("/v1/roles", limit=1).expect(200).json["next"]
    assert cursor
    problem(program.get("/v1/roles", limit=1, cursor=cursor), 422)
    problem(program.get("/v1/changes?" + urllib.parse.urlencode({"cursor": cursor})), 422)
    theirs = other_program.get("/v1/changes", limit=1).expect(200).json
    follow = program.get("/v1/changes", cursor=theirs["next"]) if theirs.get("next") else None
    assert follow is None or follow.status == 422 or not any(json.dumps(e) in follow.body.decode() for e in theirs["data"])

