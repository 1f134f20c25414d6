"""billfold tenant: the businesses of an installation."""
import pytest

OK, REFUSED, DATA = 0, 1, 65


def test_a_tenant_is_made_with_its_seller_roles_and_owner(billfold, mail):
    slug = "made-by-hand"
    made = billfold("--json", "tenant", "create", slug, "--name", "Made GmbH", "--currency", "CHF", "--country", "CH", "--time-zone",
                    "Europe/Zurich", "--locale", "de", "--owner-email", "first@made.example", "--owner-name", "Fanny First").expect(OK).json
    shown = billfold("--json", "tenant", "show", slug).expect(OK).json
    assert shown["id"] == made["id"] and shown["default_entity_id"] == made["entity_id"]
    assert (shown["slug"], shown["name"], shown["state"], shown["sandbox"]) == (slug, "Made GmbH", "active", False)
    assert (shown["currency"], shown["time_zone"], shown["locale"], shown["users"]) == ("CHF", "Europe/Zurich", "de", 1)
    assert shown["created_at"].endswith("Z") and shown["business_at"] is None
    users = billfold("--json", "user", "list", slug).json["users"]
    assert [(u["email"], u["role"], u["state"], u["id"]) for u in users] == [("first@made.example", "owner", "invited", made["owner_id"])]
    assert mail.wait(to="first@made.example")


def test_the_list_has_all_suspended_ones_too(billfold, new_tenant):
    one, two = new_tenant("listed", roles=()), new_tenant("listed", sandbox=False, roles=())
    billfold("tenant", "suspend", two.slug).expect(OK)
    found = {t["slug"]: t for t in billfold("--json", "tenant", "list").expect(OK).json["tenants"]}
    assert (found[one.slug]["state"], found[one.slug]["sandbox"]) == ("active", True)
    assert (found[two.slug]["state"], found[two.slug]["sandbox"], found[two.slug]["clients"]) == ("suspended", False, 1)
    lines = billfold("tenant", "list").expect(OK).out.splitlines()
    assert lines[0].split()[:3] == ["slug", "state", "sandbox"] and len(lines) == len(found) + 1


@pytest.mark.parametrize("wrong, pointer", [
    (["--slug", "Upper"], "slug"), (["--slug", "taken-by-nobody", "--currency", "XXQ"], "currency"),
    (["--slug", "taken-by-nobody", "--country", "QQ"], "country"), (["--slug", "taken-by-nobody", "--time-zone", "Mars/Olympus"], "time_zone")])
def test_wrong_values_are_named_and_nothing_is_made(billfold, sql, wrong, pointer):
    ran = billfold("--json", "tenant", "create", "--name", "Wrong", *wrong).expect(DATA)
    assert any(pointer in e["pointer"] for e in ran.problem["errors"]) or pointer in ran.problem["detail"], ran.problem
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenant.tenant WHERE name = 'Wrong'")
        assert cursor.fetchone() == (0,)


def test_a_slug_is_taken_once(billfold, tenant):
    assert billfold("--json", "tenant", "create", tenant.slug, "--name", "Again").expect(REFUSED).problem["code"] == "already_exists"


def test_a_suspended_tenant_is_served_no_longer_and_loses_nothing(billfold, new_tenant, product):
    tenant = new_tenant("paused", roles=("owner",))
    owner, program = tenant.sign_in("owner"), tenant.program()
    owner.get("/v1/me").expect(200)
    before = program.get("/v1/users").expect(200).body
    assert billfold("--json", "tenant", "suspend", tenant.slug).expect(OK).json["state"] == "suspended"
    billfold("tenant", "suspend", tenant.slug).expect(OK)  # twice is once
    owner.get("/v1/me").expect(401)
    program.get("/v1/users").expect(401)
    user = tenant.users["owner"]
    product.client().post("/v1/session", {"tenant": tenant.slug, "email": user["email"], "password": user["password"]}).expect(401)
    billfold("user", "list", tenant.slug).expect(REFUSED)
    assert billfold("--json", "tenant", "resume", tenant.slug).expect(OK).json["state"] == "active"
    assert program.get("/v1/users").expect(200).body == before
    trail = [(e["type"], e["actor"].split(":")[0]) for e in program.get("/v1/events", object_id=tenant.id).expect(200).json["data"]]
    assert trail == [("tenant.resumed", "operator"), ("tenant.suspended", "operator")]


def test_jobs_of_a_suspended_tenant_wait(billfold, new_tenant, mail, sql):
    tenant, other = new_tenant("waiting", roles=("owner",)), new_tenant("going", roles=())
    user = tenant.users["owner"]
    billfold("tenant", "suspend", tenant.slug).expect(OK)
    with sql.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'test', false)", (tenant.id,))
        cursor.execute("SELECT job.enqueue('send_link', 'test', jsonb_build_object('user_id', %s::uuid, 'purpose', 'reset'))", (user["id"],))
        job = cursor.fetchone()[0]
    billfold("user", "create", other.slug, "goes@going.example", "--role", "sales").expect(OK)
    assert mail.wait(to="goes@going.example")  # so the dispatcher has been round
    waiting = billfold("--json", "job", "show", job).expect(OK).json
    assert (waiting["state"], waiting["attempts"], waiting["tenant"]) == ("scheduled", 0, tenant.slug)
    billfold("tenant", "resume", tenant.slug).expect(OK)
    assert mail.wait(to=user["email"])


@pytest.mark.parametrize("command", ["show", "suspend", "resume"])
def test_a_tenant_that_is_not_there_is_told(billfold, command):
    assert billfold("--json", "tenant", command, "nobody").expect(REFUSED).problem["code"] == "not_found"
