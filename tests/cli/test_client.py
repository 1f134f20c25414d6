"""billfold client: the programs that may act for a tenant."""
import pytest

OK, REFUSED, DATA = 0, 1, 65


def token_status(product, client_id, secret):
    import base64
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return product.client().request("POST", "/v1/oauth/token", b"grant_type=client_credentials", {"Authorization": "Basic " + basic},
                                    media="application/x-www-form-urlencoded").status


def listed(billfold, tenant):
    return {c["name"]: c for c in billfold("--json", "client", "list", tenant.slug).expect(OK).json["clients"]}


def test_a_client_gets_tokens_with_the_secret_that_is_shown_once(billfold, product, tenant):
    made = billfold("--json", "client", "create", tenant.slug, "--name", "Web shop", "--role", "sales", "--scope", "account.read deal.read").expect(OK).json
    assert token_status(product, made["id"], made["secret"]) == 200
    found = listed(billfold, tenant)["Web shop"]
    assert (found["id"], found["role"], found["state"], found["scopes"]) == (made["id"], "sales", "active", ["account.read", "deal.read"])
    assert made["secret"].startswith(found["secret_prefix"]) and len(found["secret_prefix"]) == 6
    assert made["secret"] not in billfold("--json", "client", "list", tenant.slug).out


def test_a_rotated_secret_ends_the_former_one_and_its_tokens(billfold, product, new_tenant):
    tenant = new_tenant("rotated", roles=())
    program = tenant.program()
    program.get("/v1/accounts").expect(200)
    made = billfold("--json", "client", "rotate", tenant.slug, "TESTS").expect(OK).json
    assert made["id"] == tenant.client_id
    program.get("/v1/accounts").expect(401)
    assert token_status(product, tenant.client_id, tenant.client_secret) == 401
    assert token_status(product, made["id"], made["secret"]) == 200


def test_a_disabled_client_is_out_at_once_and_may_come_back(billfold, product, new_tenant):
    tenant = new_tenant("disabled", roles=())
    program = tenant.program()
    assert billfold("--json", "client", "disable", tenant.slug, tenant.client_id).expect(OK).json["state"] == "disabled"
    program.get("/v1/accounts").expect(401)
    assert token_status(product, tenant.client_id, tenant.client_secret) == 401
    billfold("client", "enable", tenant.slug, "tests").expect(OK)
    assert token_status(product, tenant.client_id, tenant.client_secret) == 200


@pytest.mark.parametrize("words, pointer", [(["--role", "emperor"], "/role"), (["--role", "sales", "--scope", "fly"], "/scopes")])
def test_wrong_values_are_named_and_nothing_is_made(billfold, tenant, words, pointer):
    problem = billfold("--json", "client", "create", tenant.slug, "--name", "Wrong", *words).expect(DATA).problem
    assert [e["pointer"] for e in problem["errors"]] == [pointer]
    assert "Wrong" not in listed(billfold, tenant)


def test_a_name_is_taken_once_and_another_tenants_is_not_found(billfold, tenant, new_tenant):
    assert billfold("--json", "client", "create", tenant.slug, "--name", "TESTS", "--role", "owner").expect(REFUSED).problem["code"] == "already_exists"
    other = new_tenant("foreign", roles=())
    for command in ("rotate", "disable", "enable"):
        problem = billfold("--json", "client", command, tenant.slug, other.client_id).expect(REFUSED).problem
        assert problem["code"] == "not_found"
