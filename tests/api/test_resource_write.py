"""Writing by the engine's generic operations, from outside: accounts with their contacts."""
import concurrent.futures
import uuid

import pytest
from harness.billing import events
from harness.client import MERGE
from harness.content import difference, fingerprint
from harness.problem import pointers, problem


def account(caller, **members):
    name = members.pop("legal_name", f"Account {uuid.uuid4()}")
    return caller.post("/v1/accounts", {"legal_name": name, **members}).expect(201)


class TestCreate:
    def test_answers_with_all_of_it(self, program):
        made = account(program, contacts=[{"name": "Ann", "roles": ["billing"]}], external_id="one", currency="EUR")
        body = made.json
        assert body["object"] == "account" and body["version"] == 1 and made.etag == '"1"'
        assert made.headers["Location"] == "/v1/accounts/" + body["id"]
        assert [c["name"] for c in body["contacts"]] == ["Ann"]
        assert program.get("/v1/accounts/" + body["id"]).expect(200).json == body
        assert program.get("/v1/accounts/external:default:one").expect(200).json["id"] == body["id"]

    def test_names_every_wrong_member_and_writes_nothing(self, program, tenant, sql):
        before = fingerprint(sql, tenant.id)
        answer = program.post("/v1/accounts", {"id": "x", "nix": 1, "email": "nobody", "payment_terms": 1.5,
                                               "contacts": [{"name": ""}, 3], "currency": "eur"})
        assert pointers(problem(answer, 422, "validation_failed")) == {
            "/id": "read_only", "/nix": "unknown", "/email": "format", "/payment_terms": "type",
            "/contacts/0/name": "required", "/contacts/1": "type", "/currency": "format", "/legal_name": "required"}
        assert difference(before, fingerprint(sql, tenant.id)) == []

    def test_a_reference_of_another_tenant_reads_like_one_of_nobody(self, program, other_program):
        theirs = account(other_program).json["id"]
        for parent in (theirs, str(uuid.uuid4())):
            body = problem(program.post("/v1/accounts", {"legal_name": "A", "parent_id": parent}), 422)
            assert pointers(body) == {"/parent_id": "not_found"}

    def test_a_taken_external_id_is_told(self, program):
        account(program, external_ids=[{"system": "erp", "id": "7"}])
        body = problem(program.post("/v1/accounts", {"legal_name": "B", "external_ids": [{"system": "erp", "id": "7"}]}), 409,
                       "already_exists")
        assert pointers(body) == {"/external_ids": "already_exists"}


class TestRights:
    def test_a_guarded_member_is_judged_before_soundness(self, sales):
        body = problem(sales.post("/v1/accounts", {"payment_terms": "soon", "currency": "EUR", "nix": 1}), 403, "forbidden_field")
        assert pointers(body) == {"/payment_terms": "forbidden_field", "/currency": "forbidden_field"}

    def test_a_reader_writes_nothing(self, read_only, program):
        made = account(program)
        problem(read_only.post("/v1/accounts", {"legal_name": "A"}), 403, "forbidden")
        problem(read_only.patch("/v1/accounts/" + made.json["id"], {"legal_name": "A"}, made.etag), 403, "forbidden")
        problem(read_only.delete("/v1/accounts/" + made.json["id"], made.etag), 403, "forbidden")
        problem(read_only.post("/v1/accounts/batch", {"items": []}), 403, "forbidden")


class TestPatch:
    def test_needs_the_tag_that_was_read(self, program):
        made = account(program)
        path = "/v1/accounts/" + made.json["id"]
        problem(program.patch(path, {"notes": "a"}), 428, "precondition_required")
        body = problem(program.patch(path, {"notes": "a"}, '"2"'), 412, "precondition_failed")
        assert body["current"]["version"] == 1
        problem(program.patch(path, {"notes": "a"}, 'W/"1"'), 412)
        problem(program.patch(path, {"notes": "a"}, "1"), 400, "bad_header")
        changed = program.patch(path, {"notes": "a"}, '"9", "1"').expect(200)
        assert changed.etag == '"2"' and changed.json["notes"] == "a"
        assert program.patch(path, {"notes": "a"}, "*").expect(200).etag == '"2"'

    def test_merges_as_rfc_7396_says(self, program):
        made = account(program, invoice_address={"line1": "Weg 1", "city": "Wien", "country": "AT"}, notes="a")
        path = "/v1/accounts/" + made.json["id"]
        changed = program.patch(path, {"notes": None, "invoice_address": {"city": None, "country": "DE"}}, made.etag).expect(200).json
        assert changed["notes"] is None and changed["country"] == "DE"
        assert changed["invoice_address"] == {"line1": "Weg 1", "country": "DE"}

    def test_an_array_replaces_and_keeps_identity(self, program):
        made = account(program, contacts=[{"name": "Ann"}, {"name": "Bob"}])
        path, (ann, bob) = "/v1/accounts/" + made.json["id"], made.json["contacts"]
        changed = program.patch(path, {"contacts": [{"id": bob["id"], "title": "CFO"}, {"name": "Cy"}]}, made.etag).expect(200)
        assert [(c["name"], c["title"]) for c in changed.json["contacts"]] == [("Bob", "CFO"), ("Cy", None)]
        assert changed.json["contacts"][0]["id"] == bob["id"]
        assert program.get("/v1/contacts/" + ann["id"]).expect(200).json["archived_at"]

    def test_a_place_in_an_ordered_array_is_the_arrays(self, program):
        refused = program.post("/v1/pipelines", {"name": "Ordered", "stages": [{"name": "First", "position": 7}]})
        assert [(e["pointer"], e["code"]) for e in problem(refused, 422)["errors"]] == [("/stages/0/position", "read_only")]
        made = program.post("/v1/pipelines", {"name": "Ordered", "stages": [{"name": "First"}, {"name": "Second"}]}).expect(201)
        assert [(s["name"], s["position"]) for s in made.json["stages"]] == [("First", 1), ("Second", 2)]

    def test_a_child_moves_its_parents_tag(self, program):
        made = account(program, contacts=[{"name": "Ann"}])
        contact = made.json["contacts"][0]
        program.patch("/v1/contacts/" + contact["id"], {"title": "CEO"}, contact).expect(200)
        assert program.get("/v1/accounts/" + made.json["id"]).etag == '"2"'

    def test_of_two_with_one_tag_one_is_told(self, program):
        made = account(program)
        path = "/v1/accounts/" + made.json["id"]

        def change(i):
            return program.with_headers().patch(path, {"notes": str(i)}, made.etag).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(change, range(8)))
        assert statuses == [200] + [412] * 7

    def test_other_media_are_refused(self, program):
        made = account(program)
        path = "/v1/accounts/" + made.json["id"]
        problem(program.request("PATCH", path, {"notes": "a"}, {"If-Match": "*"}, media="text/plain"), 415)
        program.request("PATCH", path, {"notes": "b"}, {"If-Match": "*"}, media="application/json").expect(200)
        program.request("PATCH", path, {"notes": "c"}, {"If-Match": "*"}, media=MERGE).expect(200)


class TestArchive:
    def test_hides_and_restores(self, program):
        made = account(program)
        path = "/v1/accounts/" + made.json["id"]
        problem(program.delete(path), 428)
        assert program.delete(path, made.etag).expect(204).body == b""
        name = made.json["legal_name"]
        assert program.get("/v1/accounts", legal_name=name).json["data"] == []
        assert len(program.get("/v1/accounts", legal_name=name, archived="only").json["data"]) == 1
        problem(program.patch(path, {"notes": "a"}, "*"), 409, "wrong_state")
        restored = program.post(path + "/restore").expect(200)
        assert restored.json["archived_at"] is None
        # What is there already is found as it is: no new version, and nothing for the feed to tell.
        assert program.post(path + "/restore").expect(200).etag == restored.etag
        told = [e["type"] for e in events(program, restored.json["id"], "account.restored")]
        assert told.count("account.restored") == 1
        assert len(program.get("/v1/accounts", legal_name=name).json["data"]) == 1


class TestRepeats:
    def test_a_repeat_gets_the_first_answers_bytes(self, program):
        key, data = str(uuid.uuid4()), {"legal_name": "Once"}
        first = program.post("/v1/accounts", data, key=key).expect(201)
        again = program.post("/v1/accounts", data, key=f'"{key}"').expect(201)
        assert again.body == first.body and again.headers["Location"] == first.headers["Location"] and again.etag == first.etag
        assert again.headers["Idempotent-Replayed"] == "true" and first.headers["Idempotent-Replayed"] is None
        problem(program.post("/v1/accounts", {"legal_name": "Twice"}, key=key), 422, "idempotency_key_reused")
        problem(program.post("/v1/contacts", data, key=key), 422)

    def test_parallel_ones_have_one_effect(self, program, tenant, sql):
        key, data = str(uuid.uuid4()), {"legal_name": f"Raced {uuid.uuid4()}"}

        def create(_):
            return program.with_headers().post("/v1/accounts", data, key=key)

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(create, range(20)))
        bodies = {a.body for a in answers if a.status == 201}
        assert len(bodies) == 1
        for answer in answers:
            if answer.status != 201:
                problem(answer, 409, "idempotency_key_in_use")
                assert answer.headers["Retry-After"] == "1"
        assert len(program.get("/v1/accounts", legal_name=data["legal_name"]).json["data"]) == 1

    def test_what_failed_is_judged_anew(self, program):
        key = str(uuid.uuid4())
        problem(program.post("/v1/accounts", {}, key=key), 422)
        program.post("/v1/accounts", {"legal_name": "Later"}, key=key).expect(201)


class TestBatch:
    def test_is_all_or_nothing(self, program, tenant, sql):
        before = fingerprint(sql, tenant.id)
        items = [{"op": "create", "data": {"legal_name": f"B{i}"}} for i in range(50)]
        body = problem(program.post("/v1/accounts/batch", {"items": items + [{"op": "create", "data": {"legal_name": ""}}]}), 422)
        assert pointers(body) == {"/items/50/data/legal_name": "required"}
        assert difference(before, fingerprint(sql, tenant.id)) == []
        answer = program.post("/v1/accounts/batch", {"items": items}).expect(200).json
        assert [row["status"] for row in answer["data"]] == [201] * 50

    def test_partial_tells_of_each(self, program):
        made = account(program).json
        key = str(uuid.uuid4())
        items = {"items": [{"op": "create", "data": {"legal_name": "P1"}}, {"op": "create", "data": {"nix": 1}},
                           {"op": "update", "id": made["id"], "version": 9, "data": {"notes": "a"}},
                           {"op": "update", "id": made["id"], "version": 1, "data": {"notes": "b"}}]}
        first = program.request("POST", "/v1/accounts/batch?partial=true", items, {"Idempotency-Key": key}).expect(200)
        rows = first.json["data"]
        assert [row["status"] for row in rows] == [201, 422, 412, 200]
        assert rows[1]["error"]["errors"][0]["pointer"] == "/items/1/data/nix"
        again = program.request("POST", "/v1/accounts/batch?partial=true", items, {"Idempotency-Key": key}).expect(200)
        assert again.body == first.body

    @pytest.mark.parametrize("items", [None, [], "x", [{"op": "create", "data": {"legal_name": "A"}}] * 1001])
    def test_has_limits(self, program, items):
        problem(program.post("/v1/accounts/batch", {"items": items}), 422)


class TestCustomFields:
    @pytest.fixture(scope="class")
    def defined(self, tenant):
        program = tenant.program()
        for field in ({"key": "tier", "label": "Tier", "type": "enum", "choices": ["gold", "tin"], "filterable": True},
                      {"key": "score", "label": "Score", "type": "decimal", "filterable": True},
                      {"key": "memo", "label": "Memo", "type": "text"}):
            program.post("/v1/custom_fields", {"resource": "account", **field}).expect(201)
        return program

    def test_are_checked_kept_and_found(self, defined):
        body = problem(defined.post("/v1/accounts", {"legal_name": "C", "custom": {"tier": "lead", "score": 1, "nix": "a"}}), 422)
        assert pointers(body) == {"/custom/tier": "choice", "/custom/score": "type", "/custom/nix": "unknown"}
        made = account(defined, custom={"tier": "gold", "score": "7.25", "memo": "hm"}).json
        assert made["custom"] == {"tier": "gold", "score": "7.25", "memo": "hm"}
        found = defined.get("/v1/accounts", **{"custom.tier": "gold", "custom.score[gte]": "7.25"}).expect(200).json["data"]
        assert [row["id"] for row in found] == [made["id"]]
        problem(defined.get("/v1/accounts", **{"custom.memo": "hm"}), 422)
        changed = defined.patch("/v1/accounts/" + made["id"], {"custom": {"score": None}}, made).expect(200).json
        assert changed["custom"] == {"tier": "gold", "memo": "hm"} and changed["version"] == 2

    def test_keep_their_key_and_their_use(self, defined):
        field = defined.get("/v1/custom_fields", key="tier").expect(200).json["data"][0]
        path = "/v1/custom_fields/" + field["id"]
        problem(defined.patch(path, {"key": "rank"}, field), 409)
        assert defined.patch(path, {"label": "Rank"}, field).expect(200).json["label"] == "Rank"
        account(defined, custom={"tier": "tin"})
        problem(defined.delete(path, "*"), 409, "in_use")
