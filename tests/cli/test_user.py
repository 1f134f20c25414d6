"""billfold user: the people of a tenant."""
import re
import secrets

import pytest
from harness.wait import wait_for

OK, REFUSED, USAGE, DATA = 0, 1, 64, 65


def sign_in(product, tenant, email, password):
    return product.client().post("/v1/session", {"tenant": tenant.slug, "email": email, "password": password})


def user(billfold, tenant, email):
    return {u["email"]: u for u in billfold("--json", "user", "list", tenant.slug).expect(OK).json["users"]}[email]


def by_link(product, link, password):
    return product.client().post("/v1/password/set", {"token": link.partition("#")[2], "password": password})


def test_a_user_with_a_password_may_sign_in_at_once(billfold, product, tenant):
    password = secrets.token_urlsafe(15)
    made = billfold("--json", "user", "create", tenant.slug, "bob@north.example", "--name", "Bob", "--role", "billing", "--password-stdin",
                    stdin=password + "\n").expect(OK).json
    assert made["state"] == "active"
    sign_in(product, tenant, "bob@north.example", password).expect(201)
    found = user(billfold, tenant, "bob@north.example")
    assert (found["id"], found["name"], found["role"], found["mfa_enabled"]) == (made["id"], "Bob", "billing", False)
    assert found["last_sign_in_at"].endswith("Z")


def test_a_user_without_one_is_invited_and_the_link_lets_them_in(billfold, product, tenant, mail):
    email, password = "ida@north.example", secrets.token_urlsafe(15)
    assert billfold("--json", "user", "create", tenant.slug, email, "--role", "sales").expect(OK).json["state"] == "invited"
    text = mail.wait(to=email)[0].get_body(("plain",)).get_content()
    by_link(product, re.search(r"https?://\S+#\S+", text).group(0), password).expect(200, 201, 204)
    sign_in(product, tenant, email, password).expect(201)


@pytest.mark.parametrize("words, stdin, pointer", [
    (["short@north.example", "--role", "sales", "--password-stdin"], "seven77\n", "/password"),
    (["known@north.example", "--role", "sales", "--password-stdin"], "password123\n", "/password"),
    (["empty@north.example", "--role", "sales", "--password-stdin"], "", None),
    (["role@north.example", "--role", "emperor"], "", "/role"),
    (["no-address", "--role", "sales"], "", "/email"),
])
def test_wrong_values_are_named_and_nobody_is_made(billfold, tenant, words, stdin, pointer):
    before = billfold("--json", "user", "list", tenant.slug).json
    problem = billfold("--json", "user", "create", tenant.slug, *words, stdin=stdin).expect(DATA).problem
    if pointer:
        assert [e["pointer"] for e in problem["errors"]] == [pointer], problem
    assert stdin.strip() == "" or stdin.strip() not in str(problem)
    assert billfold("--json", "user", "list", tenant.slug).json == before


def test_an_address_is_taken_once_whatever_its_case(billfold, tenant):
    taken = tenant.users["owner"]["email"].upper()
    assert billfold("--json", "user", "create", tenant.slug, taken, "--role", "sales").expect(REFUSED).problem["code"] == "already_exists"


def test_a_disabled_user_is_out_at_once_and_may_come_back(billfold, product, new_tenant):
    tenant = new_tenant("out", roles=("owner", "billing"))
    one = tenant.users["billing"]
    session = tenant.sign_in("billing")
    assert billfold("--json", "user", "disable", tenant.slug, one["email"].upper()).expect(OK).json["state"] == "disabled"
    session.get("/v1/me").expect(401)
    sign_in(product, tenant, one["email"], one["password"]).expect(401)
    assert billfold("--json", "user", "enable", tenant.slug, one["email"]).expect(OK).json["state"] == "active"
    session.get("/v1/me").expect(401)
    sign_in(product, tenant, one["email"], one["password"]).expect(201)
    trail = tenant.program().get("/v1/events", object_id=one["id"]).expect(200).json["data"]
    assert all(e["actor"].startswith("operator:") for e in trail) and len(trail) >= 3


def test_the_last_owner_stays(billfold, new_tenant):
    tenant = new_tenant("last", roles=("owner", "billing"))
    problem = billfold("--json", "user", "disable", tenant.slug, tenant.users["owner"]["email"]).expect(REFUSED).problem
    assert problem["code"] == "wrong_state"
    tenant.sign_in("owner").get("/v1/me").expect(200)


def test_an_invited_user_who_was_disabled_is_invited_again_and_not_active(billfold, new_tenant):
    tenant = new_tenant("twice", roles=("owner",))
    billfold("user", "create", tenant.slug, "new@twice.example", "--role", "sales").expect(OK)
    billfold("user", "disable", tenant.slug, "new@twice.example").expect(OK)
    assert billfold("--json", "user", "enable", tenant.slug, "new@twice.example").expect(OK).json["state"] == "invited"


def test_a_reset_by_mail_leads_to_a_new_password(billfold, product, new_tenant, mail):
    tenant = new_tenant("mailed", roles=("owner",))
    email, password = tenant.users["owner"]["email"], secrets.token_urlsafe(15)
    assert billfold("--json", "user", "reset", tenant.slug, email).expect(OK).json["sent"] == "reset"
    text = mail.wait(to=email)[0].get_body(("plain",)).get_content()
    by_link(product, re.search(r"https?://\S+#\S+", text).group(0), password).expect(200, 201, 204)
    sign_in(product, tenant, email, password).expect(201)


def test_a_printed_link_works_once_and_ends_the_one_before(billfold, product, new_tenant):
    tenant = new_tenant("printed", roles=("owner",))
    email, password = tenant.users["owner"]["email"], secrets.token_urlsafe(15)
    first = billfold("--json", "user", "reset", tenant.slug, email, "--link").expect(OK).json["link"]
    second = billfold("--json", "user", "reset", tenant.slug, email, "--link").expect(OK).json["link"]
    assert second.startswith(product.url + "/reset#")
    by_link(product, first, password).expect(422)
    by_link(product, second, password).expect(200, 201, 204)
    by_link(product, second, password + "x").expect(422)
    sign_in(product, tenant, email, password).expect(201)


def test_a_password_from_standard_input_ends_sessions_and_links(billfold, product, new_tenant):
    tenant = new_tenant("typed", roles=("owner",))
    one, password = tenant.users["owner"], secrets.token_urlsafe(15)
    session = tenant.sign_in("owner")
    link = billfold("--json", "user", "reset", tenant.slug, one["email"], "--link").expect(OK).json["link"]
    ran = billfold("user", "reset", tenant.slug, one["email"], "--password-stdin", stdin=password + "\n").expect(OK)
    assert password not in ran.out + ran.err
    session.get("/v1/me").expect(401)
    by_link(product, link, password).expect(422)
    sign_in(product, tenant, one["email"], one["password"]).expect(401)
    sign_in(product, tenant, one["email"], password).expect(201)


def test_an_invited_user_is_made_active_by_a_typed_password_and_invited_again_by_a_reset(billfold, product, new_tenant):
    tenant = new_tenant("invited", roles=("owner",))
    billfold("user", "create", tenant.slug, "iris@invited.example", "--role", "sales").expect(OK)
    assert "/welcome#" in billfold("--json", "user", "reset", tenant.slug, "iris@invited.example", "--link").expect(OK).json["link"]
    password = secrets.token_urlsafe(15)
    billfold("user", "reset", tenant.slug, "iris@invited.example", "--password-stdin", stdin=password).expect(OK)
    sign_in(product, tenant, "iris@invited.example", password).expect(201)


def test_a_reset_is_refused_where_it_would_not_let_them_in(billfold, new_tenant):
    tenant = new_tenant("refused", roles=("owner", "billing"))
    one = tenant.users["billing"]
    billfold("user", "disable", tenant.slug, one["email"]).expect(OK)
    assert billfold("--json", "user", "reset", tenant.slug, one["email"]).expect(REFUSED).problem["code"] == "wrong_state"
    assert billfold("--json", "user", "reset", tenant.slug, "nobody@refused.example").expect(REFUSED).problem["code"] == "not_found"
    billfold("user", "reset", tenant.slug, one["email"], "--link", "--password-stdin", stdin="x\n").expect(DATA)
    billfold("user", "reset", tenant.slug, tenant.users["owner"]["email"], "--password-stdin", stdin="short\n").expect(DATA)


def test_nobody_of_another_tenant_is_reached(billfold, tenant, new_tenant):
    other = new_tenant("elsewhere", roles=("owner",))
    for words in (["disable"], ["enable"], ["reset"]):
        assert billfold("--json", "user", *words, tenant.slug, other.users["owner"]["email"]).expect(REFUSED).problem["code"] == "not_found"
    assert billfold("--json", "user", "list", "nobody").expect(REFUSED).problem["code"] == "not_found"
