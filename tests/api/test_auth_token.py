"""Programs get tokens by client credentials, and lose them with their rights. What is no such token: test_auth_forged.py."""
import base64
import secrets
import urllib.parse

import pytest
from harness.problem import problem

FORM = "application/x-www-form-urlencoded"


def ask(client, form, headers=None, path="/v1/oauth/token"):
    body = form if isinstance(form, bytes) else urllib.parse.urlencode(form).encode()
    return client.request("POST", path, body, headers, media=FORM)


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


GRANT = {"grant_type": "client_credentials"}


class TestEndpoint:
    def test_basic_and_body_are_taken(self, product, tenant):
        for answer in (ask(product.client(), GRANT, basic(tenant.client_id, tenant.client_secret)),
                       ask(product.client(), {**GRANT, "client_id": tenant.client_id, "client_secret": tenant.client_secret})):
            answer.expect(200)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.json["token_type"] == "Bearer" and answer.json["expires_in"] > 0

    def test_percent_encoded_credentials_are_decoded(self, product, tenant):
        encoded = "".join(f"%{ord(c):02X}" for c in tenant.client_secret)
        ask(product.client(), GRANT, basic(tenant.client_id.replace("-", "%2D"), encoded)).expect(200)

    def test_a_scope_narrows(self, product, tenant):
        token = ask(product.client(), {**GRANT, "scope": "account.read task.read"},
                    basic(tenant.client_id, tenant.client_secret)).expect(200).json
        assert sorted(token["scope"].split()) == ["account.read", "task.read"]
        me = product.client(Authorization="Bearer " + token["access_token"])
        assert sorted(me.get("/v1/me").expect(200).json["permissions"]) == ["account.read", "task.read"]
        me.get("/v1/accounts").expect(200)
        answer = me.post("/v1/accounts", {"account_name": "x"})
        problem(answer, 403, "insufficient_scope")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert "account.write" in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize("form, status, error", [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "everything"}, 400, "invalid_scope"),
        (b"grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
        (b"grant_type=client_credentials&scope=a&scope=b", 400, "invalid_request"),
    ])
    def test_errors_are_those_of_the_standard(self, product, tenant, form, status, error):
        answer = ask(product.client(), form, basic(tenant.client_id, tenant.client_secret)).expect(status)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json["error"] == error and answer.headers["Cache-Control"] == "no-store"

    def test_a_wrong_client_is_one_answer(self, product, tenant, other):
        seen = set()
        for client_id, secret in ((tenant.client_id, "wrong"), (secrets.token_hex(16), "wrong"), ("x", "y"),
                                  (other.client_id, tenant.client_secret), (tenant.client_id, tenant.client_secret + "A")):
            answer = ask(product.client(), GRANT, basic(client_id, secret)).expect(401)
            assert answer.json["error"] == "invalid_client"
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
            seen.add(answer.json["error_description"])
        assert len(seen) == 1
        both = ask(product.client(), {**GRANT, "client_secret": tenant.client_secret},
                   basic(tenant.client_id, tenant.client_secret))
        assert both.expect(400).json["error"] == "invalid_request"

    def test_a_secret_in_the_query_is_refused(self, product, tenant):
        query = urllib.parse.urlencode({"client_id": tenant.client_id, "client_secret": tenant.client_secret})
        assert ask(product.client(), GRANT, path="/v1/oauth/token?" + query).expect(400).json["error"] == "invalid_request"
        problem(product.client().request("POST", "/v1/oauth/token", b"{}"), 415)

    def test_guesses_are_counted(self, product, new_tenant):
        tenant = new_tenant(roles=("owner",))
        statuses = [ask(product.client(), GRANT, basic(tenant.client_id, f"guess{i}")).status for i in range(21)]
        assert statuses == [401] * 20 + [429]

    def test_the_metadata_is_true(self, product, anonymous):
        meta = anonymous.get("/.well-known/oauth-authorization-server").expect(200).json
        assert meta["issuer"] == product.url and meta["token_endpoint"] == product.url + "/v1/oauth/token"
        assert meta["grant_types_supported"] == ["client_credentials"] and "account.read" in meta["scopes_supported"]
        keys = anonymous.get(meta["jwks_uri"].removeprefix(product.url)).expect(200).json["keys"]
        assert keys and all(k["kty"] == "EC" and k["crv"] == "P-256" and "d" not in k and k["kid"] for k in keys)


class TestEnd:
    @pytest.fixture
    def made(self, owner):
        roles = {r["key"]: r["id"] for r in owner.get("/v1/roles", limit=50).expect(200).json["data"]}
        self.roles = roles
        return owner.post("/v1/clients", {"name": "c" + secrets.token_hex(4), "role_id": roles["admin"]}).expect(201).json

    def token(self, product, made):
        return ask(product.client(), GRANT, basic(made["id"], made["secret"])).expect(200).json["access_token"]

    @pytest.mark.parametrize("change", [{"state": "disabled"}, {"scopes": ["account.read"]}])
    def test_a_change_of_rights_ends_tokens_at_once(self, product, owner, made, change):
        me = product.client(Authorization="Bearer " + self.token(product, made))
        me.get("/v1/me").expect(200)
        owner.patch(f"/v1/clients/{made['id']}", change, 1).expect(200)
        problem(me.get("/v1/me"), 401, "session_stale")

    def test_so_does_a_new_secret(self, product, owner, made):
        me = product.client(Authorization="Bearer " + self.token(product, made))
        fresh = owner.post(f"/v1/clients/{made['id']}/rotate_secret").expect(200).json
        assert fresh["secret"] != made["secret"] and fresh["secret"].startswith(fresh["secret_prefix"])
        problem(me.get("/v1/me"), 401, "session_stale")
        ask(product.client(), GRANT, basic(made["id"], made["secret"])).expect(401)
        self.token(product, fresh)

    def test_so_does_the_tenant(self, product, new_tenant, sql):
        tenant = new_tenant("suspended")
        ask(product.client(), GRANT, basic(tenant.client_id, tenant.client_secret)).expect(200)
        with sql.cursor() as c:
            c.execute("SELECT tenant.set_state(%s, 'suspended', 'operator')", (tenant.slug,))
        refused = ask(product.client(), GRANT, basic(tenant.client_id, tenant.client_secret)).expect(401)
        assert refused.json["error"] == "invalid_client"

    def test_the_secret_is_stored_nowhere(self, owner, made, sql):
        assert "secret" not in owner.get(f"/v1/clients/{made['id']}").expect(200).json
        with sql.cursor() as c:
            c.execute("SELECT count(*) FROM auth.client WHERE position(%s in t::text) > 0".replace("t::text", "client::text"),
                      (made["secret"],))
            assert c.fetchone()[0] == 0
            c.execute("SELECT count(*) FROM api.answer a WHERE position(%s in a.body) > 0", (made["secret"],))
            assert c.fetchone()[0] == 0
            c.execute("SELECT count(*) FROM audit.entry e WHERE position(%s in e::text) > 0", (made["secret"],))
            assert c.fetchone()[0] == 0
