"""An action over many names another tenant's rows: each is one that nobody has, and stays as it was."""
from harness.contract import new_id
from harness.generated import free_texts, of
from harness.wait import wait_for

from harness.generated import pytest_generate_tests  # noqa: F401

PARAMS = {"lose": {"reason": "x"}, "reject": {"reason": "x"}, "reject_archive": {"reason": "x"}, "bill_skipped": {"period_start": "2026-03-31"},
          "reprice": {"valid_from": "2026-03-31", "percent": "1"}}


def ended(client, answer):
    path = "/v1/operations/" + answer.expect(202).json["id"]
    done = wait_for(lambda: (o := client.get(path).expect(200).json)["state"] in ("done", "failed") and o, 30, "the operation")
    return done, client.get(path + "/results").expect(200).json["data"]


@of(lambda o: o.method == "POST" and o.path.endswith("/bulk"))
def test_of_another_tenant_is_of_nobody(operation, program, other_program, other_things):
    foreign, unknown = other_things.get(operation.resource), new_id()
    before = other_program.get(f"/v1/{operation.resource}/{foreign}").expect(200)
    actions = operation.body_schema["properties"]["action"]["enum"]
    patch = next(iter(free_texts(operation.contract.by_id(f"PATCH /v1/{operation.resource}/{{id}}"))), None)
    for action in actions:
        if action == "patch" and not patch:
            continue
        params = {patch: "Theirs"} if action == "patch" else PARAMS.get(action, {})
        for dry in (True, False):
            answer = program.post(operation.path, {"action": action, "ids": [foreign, unknown], "params": params, "dry_run": dry})
            operated, rows = ended(program, answer)
            assert (operated["done"], operated["failed"]) == (0, 2)
            told = {row["object_id"]: {k: v for k, v in row.items() if k not in ("object_id", "position", "id")} for row in rows}
            assert told[foreign] == told[unknown] and told[foreign]["error"]["code"] == "not_found", action
    after = other_program.get(f"/v1/{operation.resource}/{foreign}").expect(200)
    assert after.body == before.body
    where = {"field": "id", "op": "eq", "value": foreign}
    params = {patch: "Theirs"} if actions[0] == "patch" and patch else PARAMS.get(actions[0], {})
    if actions[0] != "patch" or patch:
        operated, rows = ended(program, program.post(operation.path, {"action": actions[0], "where": where, "params": params}))
        assert (operated["done"], operated["failed"], rows) == (0, 0, [])


@of(lambda o: o.method == "POST" and o.path.endswith("/bulk"))
def test_what_one_may_do_to_one_the_worker_may_do_to_many(operation, program, things):
    """It may be refused, but not for want of a right of the program that does it. Nothing is written: all are dry runs."""
    thing, faults = things.get(operation.resource), []
    for action in operation.body_schema["properties"]["action"]["enum"]:
        one = operation.contract.by_id(f"POST /v1/{operation.resource}/{{id}}/{action}")
        params = operation.contract.example(one.body_schema, references=things.get) if one and one.body_schema else {}
        answer = program.post(operation.path, {"action": action, "ids": [thing], "params": {**params, **PARAMS.get(action, {})}, "dry_run": True})
        if answer.status == 422:  # what the example leaves out is asked for: no worker is needed for that
            continue
        faults += [(action, row) for row in ended(program, answer)[1] if row["error"] and row["error"]["code"] == "internal"]
    assert faults == []
