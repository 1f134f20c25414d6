"""Lists, searches and aggregates by the engine, from outside."""
import random
import uuid

import pytest
from harness.problem import pointers, problem


@pytest.fixture(scope="module")
def rows(new_tenant):
    """A tenant of its own with 240 accounts, some without an e-mail."""
    program = new_tenant("lists").program()
    items = [{"op": "create", "data": {
        "legal_name": f"{'Ada' if i % 3 else 'bob'} {i:03}",
        **({"email": f"a{i:03}@example.net"} if i % 4 else {}),
        "invoice_address": {"country": "AT" if i % 2 else "DE"},
        "contacts": [{"name": f"Person {i}"}] if i < 3 else []}} for i in range(240)]
    made = program.post("/v1/accounts/batch", {"items": items}).expect(200).json["data"]
    return program, [row["data"] for row in made]


def names(answer):
    return [row["legal_name"] for row in answer.expect(200).json["data"]]


class TestFilters:
    def test_short_and_whole_form_agree(self, rows):
        program, _ = rows
        short = program.get("/v1/accounts", **{"country": "AT", "legal_name[prefix]": "ADA 1", "sort": "legal_name", "limit": "200"})
        where = {"and": [{"field": "country", "op": "eq", "value": "AT"}, {"field": "legal_name", "op": "prefix", "value": "ada 1"}]}
        whole = program.post("/v1/accounts/search", {"where": where, "sort": "legal_name", "limit": 200})
        assert names(short) == names(whole) == [f"Ada {i}" for i in range(100, 200) if i % 2 and i % 3]

    @pytest.mark.parametrize("query, want", [
        ({"email[is_null]": "true"}, 60), ({"email[ne]": "A001@example.net"}, 239), ({"legal_name[in]": "ADA 001,Bob 003"}, 2),
        ({"legal_name[like]": "OB 00"}, 4), ({"legal_name[like]": "%"}, 0), ({"country[nin]": "AT"}, 120),
        ({"created_at[gt]": "2000-01-01T00:00:00Z"}, 240)])
    def test_operators(self, rows, query, want):
        program, _ = rows
        assert program.get("/v1/accounts", count="exact", limit="1", **query).expect(200).json["total"] == want

    @pytest.mark.parametrize("query", [
        "nix=1", "limit=0", "limit=201", "limit=1&limit=2", "country=AT&country=DE", "country[like]=A", "legal_name[lt]=a",
        "created_at=now", "sort=notes", "sort=legal_name,id", "sort=-", "cursor=a", "count=some", "archived=1", "fields=nix",
        "expand=nix", "expand=parent.parent.parent", "ids=1", "custom.nix=1", "owner.password_hash=x", "legal_name[prefix]=",
        "legal_name[like]=" + "%25_" * 2500, "id[in]=" + ",".join([str(uuid.uuid4())] * 101)])
    def test_what_is_unknown_doubled_or_too_much_is_refused(self, rows, query):
        program, _ = rows
        assert problem(program.send("GET", "/v1/accounts?" + query), (422, 414))

    def test_a_tree_has_bounds(self, rows):
        program, _ = rows
        leaf = {"field": "country", "op": "eq", "value": "AT"}
        deep = leaf
        for _ in range(5):
            deep = {"not": deep}
        problem(program.post("/v1/accounts/search", {"where": deep}), 422)
        problem(program.post("/v1/accounts/search", {"where": {"or": [leaf] * 51}}), 422)
        problem(program.post("/v1/accounts/search", {"where": {"field": "country", "op": "in", "value": ["AT"] * 101}}), 422)
        program.post("/v1/accounts/search", {"where": {"or": [leaf] * 50}}).expect(200)


class TestPages:
    @pytest.mark.parametrize("sort", ["legal_name", "-legal_name", "created_at", "-created_at", "id", "-id"])
    def test_a_walk_meets_each_once_in_order(self, rows, sort):
        program, made = rows
        seen = program.all("/v1/accounts", sort=sort, limit="37")
        assert len(seen) == len({row["id"] for row in seen}) == len(made)
        field = sort.lstrip("-")
        keys = [row[field].lower() for row in seen]
        assert keys == sorted(keys, reverse=sort[0] == "-")

    def test_stable_rows_are_neither_missed_nor_doubled(self, new_tenant):
        program = new_tenant("walks").program()
        seed = random.randrange(2**32)
        print("seed", seed)
        dice = random.Random(seed)

        def make(name):
            return program.post("/v1/accounts", {"legal_name": name}).expect(201).json

        stable = {make(f"s{dice.random()}")["id"] for _ in range(60)}
        passing = [make(f"p{dice.random()}") for _ in range(30)]
        seen, cursor = [], None
        while True:
            page = program.get("/v1/accounts", sort="legal_name", limit="7", **({"cursor": cursor} if cursor else {})).expect(200).json
            seen += [row["id"] for row in page["data"]]
            cursor = page["next"]
            if not cursor:
                break
            make(f"p{dice.random()}")
            if passing:
                program.delete("/v1/accounts/" + passing.pop()["id"], "*").expect(204)
        assert len(seen) == len(set(seen)) and stable <= set(seen)

    def test_a_cursor_is_good_for_its_list_alone(self, rows, other_program):
        program, _ = rows
        cursor = program.get("/v1/accounts", sort="legal_name", limit="5").expect(200).json["next"]
        program.get("/v1/accounts", sort="legal_name", limit="9", cursor=cursor).expect(200)
        for caller, query in ((program, {"sort": "-legal_name"}), (program, {"sort": "legal_name", "country": "AT"}),
                              (other_program, {"sort": "legal_name"})):
            assert pointers(problem(caller.get("/v1/accounts", cursor=cursor, **query), 422)) == {"?cursor": "invalid"}
        dice = random.Random(7)
        for _ in range(100):
            i = dice.randrange(len(cursor) - 1)
            bent = cursor[:i] + dice.choice([c for c in "ABCDwxyz0189-_" if c != cursor[i]]) + cursor[i + 1:]
            problem(program.get("/v1/accounts", sort="legal_name", cursor=bent), 422)


class TestShape:
    def test_fields_and_expand(self, rows):
        program, made = rows
        row = program.get("/v1/contacts", fields="name", expand="account", account_id=made[0]["id"]).expect(200).json["data"][0]
        assert set(row) == {"object", "id", "name", "account"} and row["account"]["legal_name"] == "bob 000"
        one = program.get("/v1/accounts/" + made[0]["id"]).expect(200).json
        assert [c["name"] for c in one["contacts"]] == ["Person 0"]
        assert "contacts" not in program.get("/v1/accounts", limit="1").expect(200).json["data"][0]

    def test_ids_keep_their_order(self, rows, other_program):
        program, made = rows
        wanted = [made[5]["id"], str(uuid.uuid4()), made[1]["id"]]
        answer = program.get("/v1/accounts", ids=",".join(wanted)).expect(200).json
        assert [row["id"] for row in answer["data"]] == [wanted[0], wanted[2]] and answer["missing"] == [wanted[1]]
        theirs = other_program.get("/v1/accounts", ids=",".join(wanted)).expect(200).json
        assert theirs["data"] == [] and theirs["missing"] == wanted

    def test_one_that_is_unchanged_is_not_sent_again(self, program):
        made = program.post("/v1/contacts", {"name": "Ann", "account_id": program.post(
            "/v1/accounts", {"legal_name": "Tagged"}).expect(201).json["id"]}).expect(201)
        path = "/v1/contacts/" + made.json["id"]
        answer = program.get(path, {"If-None-Match": f'"0", W/{made.etag}'}).expect(304)
        assert answer.body == b"" and answer.etag == made.etag
        program.get(path, {"If-None-Match": '"0"'}).expect(200)


class TestAggregate:
    def test_counts_by_groups(self, rows):
        program, _ = rows
        answer = program.post("/v1/accounts/aggregate", {"group_by": ["country"], "metrics": [{"op": "count"}]}).expect(200).json
        assert answer == {"data": [{"group": {"country": "AT"}, "count": 120}, {"group": {"country": "DE"}, "count": 120}],
                          "truncated": False}

    def test_amounts_of_several_currencies_are_not_added(self, program):
        body = problem(program.post("/v1/deals/aggregate", {"metrics": [{"op": "sum", "field": "amount"}]}), 422)
        assert pointers(body) == {"/group_by": "required"}
        program.post("/v1/deals/aggregate", {"group_by": ["currency"], "metrics": [{"op": "sum", "field": "amount"}]}).expect(200)


def test_schema_tells_what_the_caller_may_edit(program, sales):
    whole = {f["name"]: f for f in program.get("/v1/schema/account").expect(200).json["fields"]}
    mine = {f["name"]: f for f in sales.get("/v1/schema/account").expect(200).json["fields"]}
    assert whole["payment_terms"]["editable"] and not mine["payment_terms"]["editable"] and mine["legal_name"]["editable"]
    assert "prefix" in mine["legal_name"]["operators"] and mine["legal_name"]["sortable"]
    assert mine["state"]["choices"] == ["active", "closed"]
    problem(program.get("/v1/schema/nothing"), 404)
