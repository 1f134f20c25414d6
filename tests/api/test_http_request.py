"""Paths, methods, headers, bodies and parameters: one reading of each request, or a refusal."""
import pytest
from harness.problem import pointers, problem


class TestPath:
    @pytest.mark.parametrize("path", ["/v1//accounts", "/v1/accounts/", "/v1/%2e%2e/v1/accounts", "/v1/./accounts",
                                      "/v1/accounts/%c0%ae%c0%ae", "/v1/accounts/%ff", "/v1/accounts/%0a", "/v1/%zz"])
    def test_what_could_be_another_is_refused(self, program, path):
        problem(program.get(path), 400)

    @pytest.mark.parametrize("path", ["/v1/accounts/..%2fusers", "/v1/accounts/%252e%252e", "/v1/accounts;x=1", "/v1/nothing",
                                      "/v1", "/v1/accounts/" + "a" * 300, "/V1/accounts", "/v1/users%2f", "/v1/accounts/a/b/c"])
    def test_what_is_nothing_is_not_found(self, program, path):
        problem(program.get(path), 404, "not_found")

    def test_a_long_one_is_told_so(self, program):
        problem(program.get("/v1/accounts?q=" + "a" * 9000), (400, 414))


class TestMethod:
    def test_what_is_not_allowed_is_told_with_what_is(self, program):
        answer = program.request("PUT", "/v1/settings", {})
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, PATCH, OPTIONS"
        assert "application/merge-patch+json" in answer.headers["Accept-Patch"]

    def test_options_says_so_to_everybody(self, anonymous):
        answer = anonymous.request("OPTIONS", "/v1/session", headers={"Origin": "https://evil.example"}).expect(204)
        assert answer.headers["Allow"] == "GET, HEAD, POST, DELETE, OPTIONS"
        assert answer.headers["Access-Control-Allow-Origin"] is None

    def test_head_is_get_without_its_body(self, program):
        path = "/v1/roles/" + program.get("/v1/roles", limit=1).expect(200).json["data"][0]["id"]
        got, head = program.get(path).expect(200), program.head(path).expect(200)
        assert head.body == b""
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
            assert head.headers[name] == got.headers[name]
        refused = program.head("/v1/nothing")
        assert refused.status == 404 and refused.body == b""


class TestHeaders:
    @pytest.mark.parametrize("name", ["Authorization", "Cookie", "X-Request-Id", "If-Match", "Idempotency-Key"])
    def test_one_that_decides_comes_once(self, program, tenant, name):
        value = {"Authorization": program.headers["Authorization"]}.get(name, "a")
        answer = program.send("GET", "/v1/me", None, [(name, value), (name, value)])
        assert answer.status == 400

    def test_many_are_refused(self, program):
        problem(program.send("GET", "/v1/me", None, [(f"X-{i}", "1") for i in range(120)]), 431, "headers_too_large")

    def test_the_request_id_is_kept_or_made(self, program):
        assert program.get("/v1/me", {"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
        for bad in ("a b", "x" * 100, 'a"b'):
            answer = program.get("/v1/me", {"X-Request-Id": bad}).expect(200)
            assert answer.headers["X-Request-Id"] != bad and len(answer.headers["X-Request-Id"]) >= 32

    def test_who_called_is_the_peer(self, sales, sql):
        headers = {"X-Forwarded-For": "9.9.9.9", "X-Real-IP": "9.9.9.9", "Forwarded": "for=9.9.9.9", "X-User": "root",
                   "X-Tenant-Id": "00000000-0000-0000-0000-000000000000"}
        answer = sales.post("/v1/users", {}, headers)
        problem(answer, 403)
        with sql.cursor() as c:
            c.execute("SELECT address FROM audit.entry WHERE request_id = %s", (answer.headers["X-Request-Id"],))
            assert c.fetchall() == [("127.0.0.1",)]

    def test_limits_are_told(self, program):
        first, second = program.get("/v1/me").expect(200), program.get("/v1/me").expect(200)
        for answer in (first, second):
            assert answer.headers["RateLimit-Policy"].startswith('"default";q=')
            assert answer.headers["RateLimit"].startswith('"default";r=')

    def test_data_is_not_kept_by_caches(self, program):
        assert program.get("/v1/me").headers["Cache-Control"] == "no-store"


class TestBody:
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"{} {}", b"{'name': 1}", b'{"name": NaN}',
                                      b'{"name": "\\u0000"}', b'{"name": "\\ud800"}', b'{"name": 1, "name": 2}', b'\xef\xbb\xbf{}',
                                      b'{"name": "\xff"}', b"[" * 40, b'{"name":' + b"[" * 33 + b"]" * 33 + b"}"])
    def test_what_is_no_object_is_refused(self, program, body):
        answer = program.request("PATCH", "/v1/settings", body, {"If-Match": "*"}, media="application/merge-patch+json")
        assert answer.status in (400, 422), answer
        problem(answer)

    @pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json",
                                       "application/json; charset=latin1", "application/xml", ""])
    def test_other_media_are_refused(self, program, media):
        problem(program.request("POST", "/v1/entities", b'{"name": "x"}', media=media), 415, "unsupported_media_type")
        problem(program.request("PATCH", "/v1/settings", b'{"name": "x"}', {"If-Match": "*"}, media=media), 415)

    def test_compressed_ones_too(self, program):
        answer = program.request("POST", "/v1/entities", b"\x1f\x8b", {"Content-Encoding": "gzip"})
        problem(answer, 415, "unsupported_media_type")

    def test_charset_utf8_is_fine(self, program):
        answer = program.request("POST", "/v1/entities", b"{}", media='application/json; charset="UTF-8"')
        problem(answer, 422, "validation_failed")

    def test_more_than_the_limit_is_too_large(self, program):
        problem(program.request("POST", "/v1/entities", b'{"name": "' + b"a" * (1 << 20) + b'"}'), 413, "payload_too_large")

    def test_a_route_without_a_body_takes_none(self, owner, tenant):
        user = tenant.users["sales"]["id"]
        body = problem(owner.post(f"/v1/users/{user}/reset_mfa", {"x": 1}), 422)
        assert pointers(body) == {"/x": "unknown"}

    def test_every_wrong_field_is_named_at_once(self, program):
        body = problem(program.post("/v1/entities", {"name": "", "legal_name": 7, "id": "x", "tenant_id": "y", "nope": 1,
                                                     "address": {"country": "Narnia"}, "payment_terms": 400}), 422)
        assert set(pointers(body)) == {"/name", "/legal_name", "/id", "/tenant_id", "/nope", "/address/country",
                                       "/payment_terms", "/base_currency"}


class TestQuery:
    def test_a_name_comes_once_and_is_known(self, program):
        assert pointers(problem(program.get("/v1/entities?limit=1&limit=200"), 422)) == {"?limit": "duplicate"}
        assert "?nope" in pointers(problem(program.get("/v1/settings?nope=1"), 422))
        assert "?nope" in pointers(problem(program.get("/v1/me?nope=1"), 422))

    @pytest.mark.parametrize("query", ["a=%", "a=%zz", "a=%00", "a=%ff", "=1"])
    def test_bad_escapes_are_refused(self, program, query):
        problem(program.get("/v1/entities?" + query), 400)


class TestConditional:
    def test_settings_move_their_tag_and_ask_for_it(self, new_tenant):
        owner = new_tenant(roles=("owner",)).sign_in("owner")
        first = owner.get("/v1/settings").expect(200)
        problem(owner.patch("/v1/settings", {"name": "A"}), 428, "precondition_required")
        second = owner.patch("/v1/settings", {"name": "A", "settings": {"x": {"y": 1}}}, first.etag).expect(200)
        assert second.etag != first.etag
        stale = problem(owner.patch("/v1/settings", {"name": "B"}, first.etag), 412, "precondition_failed")
        assert stale["current"]["name"] == "A"
        third = owner.patch("/v1/settings", {"settings": {"x": {"y": None, "z": 2}}}, second.etag).expect(200)
        assert third.json["settings"] == {"x": {"z": 2}}

    def test_an_unchanged_one_is_not_sent_again(self, program, tenant):
        row = program.get("/v1/roles", limit=1).expect(200).json["data"][0]
        path = f"/v1/roles/{row['id']}"
        tag = program.get(path).expect(200).etag
        for value in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            answer = program.get(path, {"If-None-Match": value}).expect(304)
            assert answer.body == b"" and answer.headers["ETag"] == tag
        program.get(path, {"If-None-Match": '"0"'}).expect(200)


class TestErrors:
    def test_they_say_nothing_of_the_inside(self, program, product):
        for answer in (program.get("/v1/nothing"), program.get("/v1/entities?sort=;drop"), program.post("/v1/entities", b"{")):
            body = problem(answer)
            text = str(body).lower()
            assert not any(word in text for word in ("select", "postgres", "libpq", "/src/", ".c:", "sqlstate"))
            assert body["type"].startswith(product.url + "/problems/")


class TestKeys:
    def test_keys_are_judged_where_they_are_taken(self, program):
        for bad in ("", "a b", "k" * 256, '""', "é".encode().decode("latin-1")):
            answer = program.post("/v1/entities", {}, {"Idempotency-Key": bad})
            problem(answer, 400, "idempotency_key_invalid")
        twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "a"), ("Content-Type", "application/json")]
        problem(program.send("POST", "/v1/entities", b"{}", twice), 400, "idempotency_key_invalid")

    def test_a_repeat_is_the_same_answer(self, program, tenant):
        body = {"name": "Key " + tenant.slug, "legal_name": "Key", "base_currency": "EUR"}
        first = program.post("/v1/entities", body, key="K-1").expect(201)
        again = program.post("/v1/entities", body, key='"K-1"').expect(201)
        assert again.body == first.body and again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"] and again.etag == first.etag
        problem(program.post("/v1/entities", {**body, "name": "other"}, key="K-1"), 422, "idempotency_key_reused")
        problem(program.post("/v1/roles", {"key": "r1", "name": "x", "permissions": []}, key="K-1"), 422, "idempotency_key_reused")

    def test_what_was_refused_is_judged_anew(self, program, tenant):
        problem(program.post("/v1/entities", {"name": "x"}, key="K-2"), 422)
        body = {"name": "Anew " + tenant.slug, "legal_name": "Anew", "base_currency": "EUR"}
        answer = program.post("/v1/entities", body, key="K-2").expect(201)
        assert answer.headers["Idempotent-Replayed"] is None


def test_an_operation_is_made_and_looked_at(new_tenant):
    program = new_tenant("clock", roles=()).program()
    answer = program.post("/v1/test_clock/advance", {"to": "2100-01-01T00:00:00Z"}).expect(202)
    assert answer.json["kind"] == "advance_clock" and answer.headers["Location"] == f"/v1/operations/{answer.json['id']}"
    seen = program.get(answer.headers["Location"]).expect(200).json
    assert seen["state"] in ("pending", "running", "done", "failed")
    problem(program.post("/v1/test_clock/advance", {"to": "2000-01-01T00:00:00Z"}), 422)
    problem(program.post("/v1/test_clock/advance", {"to": "tomorrow"}), 422)
