"""Dunning policies: sets of days within limits, always one default, one of them the account's own."""
import pytest

from harness.problem import pointers, problem


@pytest.fixture(scope="module")
def api(new_tenant):
    return new_tenant("policies").program()


def policy(api, name, **more):
    return api.post("/v1/dunning_policies", {"name": name, **more}).expect(201).json


def default(api):
    found, = [p for p in api.all("/v1/dunning_policies") if p["is_default"]]
    return found


def test_a_tenant_has_one_from_the_first_day(api):
    first = default(api)
    assert (first["name"], first["retry_days"], first["reminder_days"], first["hand_over_day"]) == (
        "Standard", [1, 3, 5, 7], [-3, 0, 7, 14], 21)
    assert (first["thresholds"], first["final_action"], first["collector_id"]) == ([], "mark_unpaid", None)


def test_days_are_sets_kept_in_order(api):
    made = policy(api, "Sets", retry_days=[9, 2, 30], reminder_days=[10, -10, 0])
    assert made["retry_days"] == [2, 9, 30] and made["reminder_days"] == [-10, 0, 10] and made["hand_over_day"] == 17
    path = f"/v1/dunning_policies/{made['id']}"
    changed = api.patch(path, {"retry_days": []}, made).expect(200).json
    assert changed["retry_days"] == [] and changed["version"] == made["version"] + 1
    same = api.patch(path, {"reminder_days": [0, 10, -10]}, changed).expect(200).json
    assert same["version"] == changed["version"]


@pytest.mark.parametrize("body, pointer, code", [
    ({"retry_days": [0]}, "/retry_days/0", "out_of_range"), ({"retry_days": [1, 366]}, "/retry_days/1", "out_of_range"),
    ({"retry_days": [1, 1]}, "/retry_days/1", "duplicate"), ({"retry_days": ["1"]}, "/retry_days/0", "type"),
    ({"retry_days": [1.5]}, "/retry_days/0", "type"), ({"retry_days": [None]}, "/retry_days/0", "null"),
    ({"retry_days": 1}, "/retry_days", "type"), ({"retry_days": None}, "/retry_days", "null"),
    ({"retry_days": list(range(1, 22))}, "/retry_days", "too_many"), ({"reminder_days": [-91]}, "/reminder_days/0", "out_of_range"),
    ({"hand_over_day": -1}, "/hand_over_day", "out_of_range"), ({"hand_over_day": 14, "reminder_days": [14]}, "/hand_over_day", None),
    ({"thresholds": [{"currency": "EUR", "amount": 0}]}, "/thresholds/0/amount", "out_of_range"),
    ({"thresholds": [{"currency": "EUR", "amount": 1}, {"currency": "EUR", "amount": 2}]}, "/thresholds/1/currency", "duplicate"),
    ({"collector_id": "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77"}, "/collector_id", "not_found"),
    ({"final_action": "sue"}, "/final_action", "choice"), ({"is_default": None}, "/is_default", "null")])
def test_what_is_wrong_is_named(api, body, pointer, code):
    found = pointers(problem(api.post("/v1/dunning_policies", {"name": "Wrong", **body}), 422))
    assert pointer in found and code in (None, found[pointer]), found


def test_names_are_taken_once(api):
    policy(api, "Taken")
    problem(api.post("/v1/dunning_policies", {"name": "Taken"}), 409, "already_exists")


def test_there_is_always_one_default(api):
    first = default(api)
    path = f"/v1/dunning_policies/{first['id']}"
    problem(api.patch(path, {"is_default": False}, first), 409, "wrong_state")
    problem(api.delete(path, first), 409, "wrong_state")
    assert default(api)["version"] == first["version"]
    second = policy(api, "Second", is_default=True)
    assert default(api)["id"] == second["id"]
    before = api.get(path).json
    assert not before["is_default"] and before["version"] == first["version"] + 1
    assert api.get("/v1/events", object_id=first["id"]).json["data"][0]["type"] == "dunning_policy.updated"
    api.patch(path, {"is_default": True}, before).expect(200)
    assert default(api)["id"] == first["id"]
    many = api.post("/v1/dunning_policies/batch", {"items": [
        {"op": "create", "data": {"name": f"Batch {n}", "is_default": True}} for n in range(3)]}).expect(200, 201)
    assert default(api)["name"] == "Batch 2" and many
    api.patch(path, {"is_default": True}, api.get(path).json).expect(200)
    api.delete(f"/v1/dunning_policies/{second['id']}", api.get(f"/v1/dunning_policies/{second['id']}").json).expect(204)


def test_an_account_names_one(api, new_tenant):
    made = policy(api, "Gentle", retry_days=[7])
    account = api.post("/v1/accounts", {"legal_name": "Named", "dunning_policy_id": made["id"]}).expect(201).json
    assert account["dunning_policy_id"] == made["id"]
    assert [a["id"] for a in api.get("/v1/accounts", dunning_policy_id=made["id"]).expect(200).json["data"]] == [account["id"]]
    problem(api.delete(f"/v1/dunning_policies/{made['id']}", made), 409, "in_use")
    api.patch(f"/v1/accounts/{account['id']}", {"dunning_policy_id": None}, account).expect(200)
    api.delete(f"/v1/dunning_policies/{made['id']}", made).expect(204)
    foreign = default(new_tenant("strangers").program())
    found = problem(api.post("/v1/accounts", {"legal_name": "Named", "dunning_policy_id": foreign["id"]}), 422)
    assert pointers(found) == {"/dunning_policy_id": "not_found"}


def test_who_may(tenant):
    sales, billing, program = tenant.as_role("sales"), tenant.as_role("billing"), tenant.program()
    assert sales.get("/v1/dunning_policies").status == 200
    problem(sales.post("/v1/dunning_policies", {"name": "Mine"}), 403, "forbidden")
    made = billing.post("/v1/dunning_policies", {"name": "Of billing"}).expect(201).json
    account = program.post("/v1/accounts", {"legal_name": "Whose"}).expect(201).json
    found = problem(sales.patch(f"/v1/accounts/{account['id']}", {"dunning_policy_id": made["id"]}, account), 403, "forbidden_field")
    assert pointers(found) == {"/dunning_policy_id": "forbidden_field"}
    billing.patch(f"/v1/accounts/{account['id']}", {"dunning_policy_id": made["id"]}, account).expect(200)


def test_cases_are_read_only(api):
    problem(api.post("/v1/dunning", {}), 405)
    rows = api.get("/v1/dunning", state="active").expect(200).json
    assert rows == {"data": [], "next": None}
    problem(api.get("/v1/dunning", state="nowhere"), 422)
