"""billfold job: what waits, is in work and has died, over all tenants."""
import re
import uuid

import pytest
from harness.wait import wait_for

OK, REFUSED, DATA = 0, 1, 65


def bury(sql, tenant, kind="send_link", payload="{}", reason="The mail server said no."):
    """A dead letter, as a worker leaves it."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'test', false)", (tenant.id,))
        cursor.execute("SELECT job.enqueue(%s, %s, %s::jsonb, now() + interval '1 day')", (kind, str(uuid.uuid4()), payload))
        job = cursor.fetchone()[0]
        cursor.execute("SELECT job.bury(%s, %s)", (job, reason))
    return job


def ids(billfold, *words):
    return [j["id"] for j in billfold("--json", "job", "list", *words).expect(OK).json["jobs"]]


def test_dead_jobs_of_all_tenants_are_listed_newest_first(billfold, new_tenant, sql):
    one, two = new_tenant("dead", roles=()), new_tenant("dead", roles=())
    first, second, third = bury(sql, one), bury(sql, two), bury(sql, one, kind="render_pdf")
    assert ids(billfold, "--state", "dead")[:3] == [third, second, first]
    assert ids(billfold, "--state", "dead", "--tenant", one.slug) == [third, first]
    assert ids(billfold, "--state", "dead", "--kind", "render_pdf")[0] == third
    assert ids(billfold, "--tenant", one.slug, "--limit", "1") == [third]
    assert ids(billfold, "--tenant", one.slug, "--state", "scheduled") == []
    line = next(x for x in billfold("job", "list", "--state", "dead").expect(OK).out.splitlines() if x.startswith(first))
    assert one.slug in line and "The mail server said no." in line


def test_a_job_is_shown_with_why_it_failed(billfold, new_tenant, sql):
    tenant = new_tenant("shown", roles=())
    job = bury(sql, tenant, payload='{"user_id": "x"}')
    shown = billfold("--json", "job", "show", job).expect(OK).json
    assert (shown["tenant"], shown["kind"], shown["state"], shown["last_error"]) == (tenant.slug, "send_link", "dead", "The mail server said no.")
    assert shown["payload"] == {"user_id": "x"} and shown["finished_at"].endswith("Z") and shown["lease_until"] is None


def test_a_dead_job_runs_again_and_its_alert_is_closed(billfold, new_tenant, sql, mail):
    tenant = new_tenant("again", roles=("owner",))
    user = tenant.users["owner"]
    job = bury(sql, tenant, payload='{"user_id": "%s", "purpose": "reset"}' % user["id"])
    assert billfold("--json", "job", "retry", job).expect(OK).json == {"retried": 1}
    assert mail.wait(to=user["email"])
    wait_for(lambda: billfold("--json", "job", "show", job).json["state"] == "done", 10, "the end of the job")
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job.alert WHERE job_id = %s AND closed_at IS NULL", (job,))
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT actor FROM audit.entry WHERE tenant_id = %s AND object_id = %s AND action = 'retry'", (tenant.id, job))
        assert [row[0].split(":")[0] for row in cursor.fetchall()] == ["operator"]
    assert billfold("--json", "job", "retry", job).expect(REFUSED).problem["code"] == "wrong_state"


def test_all_dead_jobs_of_a_tenant_or_kind_run_again(billfold, new_tenant, sql):
    one, two = new_tenant("many", roles=()), new_tenant("many", roles=())
    jobs = [bury(sql, one, kind="nobody_does_this") for _ in range(3)]
    kept, other = bury(sql, one, kind="nor_this"), bury(sql, two, kind="nobody_does_this")
    assert billfold("--json", "job", "retry", "--dead", "--tenant", one.slug, "--kind", "nobody_does_this").expect(OK).json == {"retried": 3}
    assert set(ids(billfold, "--tenant", one.slug, "--state", "scheduled")) == set(jobs)
    assert ids(billfold, "--tenant", one.slug, "--state", "dead") == [kept]
    assert ids(billfold, "--tenant", two.slug, "--state", "dead") == [other]


def test_kinds_tell_who_does_them_and_what_waits(billfold, new_tenant, sql):
    tenant = new_tenant("kinds", roles=())
    bury(sql, tenant, kind="unserved"), bury(sql, tenant, kind="send_link")
    kinds = {k["kind"]: k for k in billfold("--json", "job", "kinds", "--tenant", tenant.slug).expect(OK).json["kinds"]}
    assert (kinds["send_link"]["program"], kinds["send_link"]["stale"], kinds["send_link"]["dead"]) == ("maild", False, 1)
    assert (kinds["unserved"]["program"], kinds["unserved"]["stale"], kinds["unserved"]["dead"]) == (None, True, 1)
    everywhere = {k["kind"]: k for k in billfold("--json", "job", "kinds").expect(OK).json["kinds"]}
    assert everywhere["send_link"]["dead"] >= 1 and everywhere["send_link"]["beat_at"].endswith("Z")


@pytest.mark.parametrize("words, status", [
    (["show", "nonsense"], DATA), (["show", str(uuid.uuid4())], REFUSED), (["retry", str(uuid.uuid4())], REFUSED), (["retry"], DATA),
    (["retry", str(uuid.uuid4()), "--dead"], DATA), (["retry", str(uuid.uuid4()), "--kind", "send_link"], DATA), (["list", "--state", "asleep"], DATA), (["list", "--limit", "0"], DATA),
    (["list", "--limit", "many"], DATA), (["list", "--tenant", "nobody"], REFUSED), (["kinds", "--tenant", "nobody"], REFUSED),
    (["retry", "--dead", "--tenant", "nobody"], REFUSED)])
def test_what_does_not_serve_is_told(billfold, words, status):
    ran = billfold("--json", "job", *words).expect(status)
    assert ran.out == "" and ran.problem["detail"]


def test_what_another_server_said_moves_no_cursor(billfold, new_tenant, sql):
    """A dead job's last error holds a mail server's answer, whoever that is; U+009B is a terminal's ESC [ too."""
    tenant = new_tenant("steered", roles=())
    job = bury(sql, tenant, reason="550 \x1b]0;owned\x07 no \u009b2J such user")
    shown = billfold("job", "show", job).expect(OK).out
    assert "550" in shown and "such user" in shown
    for out in (shown, billfold("job", "list", "--tenant", tenant.slug).expect(OK).out, billfold("doctor", "--limit", "1000").out):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)
    assert "\x1b" in billfold("--json", "job", "show", job).expect(OK).json["last_error"]
