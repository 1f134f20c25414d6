"""From a won deal to cash, step by step: rows R17 to R20, R22 and R24 of the product's requirements."""
import concurrent.futures
import os
import pathlib
import signal
import time

import pytest

from harness.problem import pointers, problem
from harness.product import ROLES
from harness.wait import wait_for
from test_bulk import act, failures

ONCE = {"description": "Set-up", "quantity": "2", "unit_price": "125.50"}
REVIEWERS = ("billing", "sales", "approver", "accountant")
MONTHLY = {"description": "Care", "unit_price": "49", "recurring": "month"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("cash")
    tenant.program().post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


def make_account(api, name="Alpenblick Hotel GmbH", **more):
    more.setdefault("contacts", [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}])
    return api.post("/v1/accounts", {"legal_name": name, "payment_terms": 14, "tax_id": "ATU1",
                                     "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"}, **more}).expect(201).json


@pytest.fixture
def account(api):
    return make_account(api)


def make_deal(api, account, *lines, **more):
    return api.post("/v1/deals", {"name": "Season", "account_id": account["id"], "lines": list(lines or (ONCE,)), **more}).expect(201).json


def win(api, deal):
    return api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200).json


def documents(api, deal, invoices=1, subscriptions=0, seconds=10):
    def there():
        d = api.get(f"/v1/deals/{deal['id']}").expect(200).json
        return d if (len(d["invoices"]), len(d["subscriptions"])) == (invoices, subscriptions) else None

    return wait_for(there, seconds, "the documents of the deal")


def job_of(api, sql, deal):
    """The jobs that make drafts of a deal: [(id, state, attempts)]."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT id, state, attempts FROM job.job WHERE kind = 'draft_from_deal' AND key LIKE %s ORDER BY id", (f"deal:{deal['id']}:%",))
        return cursor.fetchall()


# ---- R17 ----

@pytest.mark.parametrize("role", ROLES)
def test_r17_who_may_win(seller, api, account, role):
    """R17: sales wins deals; whoever may not is told 403 and nothing has changed."""
    deal = make_deal(api, account)
    answer = seller.as_role(role).post(f"/v1/deals/{deal['id']}/win", {})
    if role in ("owner", "admin", "sales"):
        answer.expect(200)
    else:
        problem(answer, 403, "forbidden")
        assert api.get(f"/v1/deals/{deal['id']}").json == deal


def test_r17_what_is_missing_is_listed(api, account):
    """R17: a deal without account or lines is not won: 422, and everything that lacks is named at once."""
    bare = api.post("/v1/deals", {"name": "Bare"}).expect(201).json
    answer = api.post(f"/v1/deals/{bare['id']}/win", {})
    assert pointers(problem(answer, 422)) == {"/account_id": "required", "/lines": "required"}
    half = api.post("/v1/deals", {"name": "Half", "account_id": account["id"]}).expect(201).json
    assert pointers(problem(api.post(f"/v1/deals/{half['id']}/win", {}), 422)) == {"/lines": "required"}
    other = api.post("/v1/deals", {"name": "Half", "lines": [ONCE]}).expect(201).json
    assert pointers(problem(api.post(f"/v1/deals/{other['id']}/win", {}), 422)) == {"/account_id": "required"}
    for deal in (bare, half, other):
        assert api.get(f"/v1/deals/{deal['id']}").json["state"] == "open"
    won = make_deal(api, account)
    win(api, won)
    problem(api.post(f"/v1/deals/{won['id']}/win", {}), 409, "wrong_state")


def test_r17_lines_are_what_can_be_billed(api, account):
    """R17, K1: what could not stand on an invoice is refused on the deal already."""
    for wrong in ({"quantity": "-1"}, {"quantity": "0"}, {"unit_price": "-1"}, {"base_quantity": "0"}, {"discount_percent": "101"},
                  {"tax_category": "luxury"}, {"unit_price": 5}, {"unit_price": "1e3"}):
        answer = api.post("/v1/deals", {"name": "X", "account_id": account["id"], "lines": [ONCE, {**ONCE, **wrong}]})
        assert f"/lines/1/{next(iter(wrong))}" in pointers(problem(answer, 422)), wrong


# ---- R18 ----

def test_r18_the_draft_is_there_within_five_seconds(api, account):
    """R18: account, billing contact, terms and tax profile are passed on, with no further call."""
    for _ in range(4):  # the soonest: a neighbour's work is not the product's
        deal = make_deal(api, account, po_number="PO-7", supply_date="2026-01-15")
        began = time.monotonic()
        win(api, deal)
        shown = documents(api, deal)
        took = time.monotonic() - began
        if took < 5:
            break
    assert took < 5
    invoice = api.get(f"/v1/invoices/{shown['invoices'][0]}").expect(200).json
    assert (invoice["status"], invoice["account_id"], invoice["deal_id"]) == ("draft", account["id"], deal["id"])
    for member in ("billing_contact", "payment_terms", "tax_settings", "invoice_address"):
        assert invoice[member] == account[member] and account[member]
    assert (invoice["po_number"], invoice["supply_date"]) == ("PO-7", "2026-01-15")
    assert [(line["description"], line["quantity"], line["unit_price"]) for line in invoice["lines"]] == [("Set-up", "2", "125.5")]
    final = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json
    for member in ("billing_contact", "payment_terms", "tax_settings", "invoice_address"):
        assert final[member] == account[member]


# ---- R19 ----

def test_r19_exactly_one_of_each(api, account, sql):
    """R19: one-off lines become a draft, recurring ones a pending subscription, both linked to the deal; a retry of the job makes none twice."""
    deal = make_deal(api, account, ONCE, MONTHLY)
    win(api, deal)
    shown = documents(api, deal, 1, 1)
    subscription = api.get(f"/v1/subscriptions/{shown['subscriptions'][0]}").expect(200).json
    assert (subscription["state"], subscription["deal_id"], subscription["account_id"]) == ("pending", deal["id"], account["id"])
    wait_for(lambda: [j[1] for j in job_of(api, sql, deal)] == ["done"], 10, "the job")
    with sql.cursor() as cursor:
        cursor.execute("SELECT origin FROM billing.invoice WHERE deal_id = %s UNION ALL SELECT origin FROM billing.subscription WHERE deal_id = %s",
                       (deal["id"], deal["id"]))
        assert [row[0] for row in cursor.fetchall()] == [f"deal:{deal['id']}:one_off", f"deal:{deal['id']}:recurring"]
        for _ in range(3):  # as if its worker had died before it could say that it was done
            cursor.execute("UPDATE job.job SET state = 'scheduled', finished_at = NULL, run_at = now(), attempts = 0 WHERE id = %s",
                           (job_of(api, sql, deal)[0][0],))
            wait_for(lambda: [j[1] for j in job_of(api, sql, deal)] == ["done"], 10, "the job again")
    again = documents(api, deal, 1, 1)
    assert (again["invoices"], again["subscriptions"]) == (shown["invoices"], shown["subscriptions"])
    # Another invoice of the deal, by hand, has no such origin and is in nobody's way.
    api.post("/v1/invoices", {"account_id": account["id"], "deal_id": deal["id"], "lines": [ONCE]}).expect(201)
    assert len(api.get(f"/v1/deals/{deal['id']}").json["invoices"]) == 2


def test_r19_double_clicks(api, account):
    """R19: of many clicks one wins the deal, under one key or without; the others hear so or the same answer."""
    deal = make_deal(api, account, ONCE, MONTHLY)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: api.with_headers().post(f"/v1/deals/{deal['id']}/win", {}).status, range(8)))
    assert statuses == [200] + [409] * 7
    documents(api, deal, 1, 1)
    deal = make_deal(api, account, ONCE, MONTHLY)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.with_headers().post(f"/v1/deals/{deal['id']}/win", {}, key="win-once"), range(8)))
    assert {a.body for a in answers if a.status == 200} and len({a.body for a in answers if a.status == 200}) == 1
    for answer in answers:
        if answer.status != 200:
            problem(answer, 409, "idempotency_key_in_use")
    documents(api, deal, 1, 1)


def waiting(sql):
    """What the sessions of billfold-invoiced that wait for a lock are doing: [(pid, query)]."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT pid, query FROM pg_stat_activity WHERE usename = 'billfold_invoiced' AND wait_event_type = 'Lock'")
        return cursor.fetchall()


def end_lease(sql, job):
    """What the sweep does with a lease that has run out, now."""
    with sql.cursor() as cursor:
        cursor.execute("UPDATE job.job SET state = 'scheduled', lease_until = NULL, lease_token = NULL, run_at = clock_timestamp()"
                       " WHERE id = %s AND state = 'leased'", (job,))


@pytest.fixture
def blocker(product):
    """Sessions that hold a row until they are told to let go."""
    made = []

    def hold(table, row):
        session = product.database()
        session.autocommit = False
        made.append(session)
        with session.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", (row,))
        return session

    yield hold
    for session in made:
        session.close()


def test_r19_two_workers_with_the_same_deal(api, seller, account, sql, blocker):
    """R19: two workers at work on one deal at the same time make one document."""
    deal = make_deal(api, account, ONCE, MONTHLY)
    held = blocker("crm.account", account["id"])
    win(api, deal)
    # Both stop where they would write, with all that they have read: neither has seen anything of the other's.
    with sql.cursor() as cursor:
        cursor.execute("INSERT INTO job.job (tenant_id, kind, key, payload) VALUES (%s, 'draft_from_deal', %s, jsonb_build_object('deal_id', %s))",
                       (seller.id, f"deal:{deal['id']}:again", deal["id"]))
    wait_for(lambda: len(waiting(sql)) == 2, 20, "both workers", every=0.01)
    held.rollback()
    documents(api, deal, 1, 1)
    wait_for(lambda: [j[1] for j in job_of(api, sql, deal)] == ["done", "done"], 20, "both jobs")
    with sql.cursor() as cursor:
        cursor.execute("SELECT type, count(*) FROM job.event WHERE account_id = %s AND type IN ('invoice.created', 'subscription.created')"
                       " GROUP BY type", (account["id"],))
        assert dict(cursor.fetchall()) == {"invoice.created": 1, "subscription.created": 1}


def workers_of(product, program):
    """The children of a program's supervisor."""
    supervisor, found = product.pid(program), []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == supervisor:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("server", ["rolls back", "commits"])
def test_r19_a_worker_dies_between_draft_and_completion(api, account, sql, product, blocker, server):
    """R19: the workers are killed when the draft is written and the job is not done; whatever the database makes of what
    it has got by then, there is one of each in the end."""
    deal = make_deal(api, account, ONCE, MONTHLY)
    held = blocker("crm.account", account["id"])
    win(api, deal)
    wait_for(lambda: len(waiting(sql)) == 1, 10, "the worker, before it writes")
    job = job_of(api, sql, deal)[0][0]
    completion = blocker("job.job", job)
    held.rollback()
    backend, _ = wait_for(lambda: [w for w in waiting(sql) if "job.finish" in w[1]], 10, "the worker, with the draft written")[0]
    assert api.get(f"/v1/deals/{deal['id']}").json["invoices"] == [], "not committed"
    before = workers_of(product, "billfold-invoiced")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    if server == "rolls back":
        with sql.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", (backend,))
    completion.rollback()
    wait_for(lambda: (now := workers_of(product, "billfold-invoiced")) and not set(now) & set(before), 20, "new workers")
    end_lease(sql, job)
    documents(api, deal, 1, 1, seconds=40)
    wait_for(lambda: [j[1] for j in job_of(api, sql, deal)] == ["done"], 20, "the job")
    assert job_of(api, sql, deal)[0][2] == (2 if server == "rolls back" else 1)


# ---- R20 ----

@pytest.fixture(scope="module")
def strict(new_tenant):
    """A tenant that reviews every draft, and wants a second pair of eyes on discounts beyond 10 %."""
    tenant = new_tenant("strict", roles=REVIEWERS)
    api = tenant.program()
    api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    settings = api.get("/v1/settings").expect(200)
    api.patch("/v1/settings", {"settings": {"billing": {"review_required": True, "discount_limit": "10"}}}, settings.etag).expect(200)
    return tenant


def finalize(client, invoice):
    return client.post(f"/v1/invoices/{invoice['id']}/finalize", {})


def test_r20_the_review_queue(strict):
    """R20: what a won deal brings waits in the queue until it is reviewed."""
    api, billing = strict.program(), strict.as_role("billing")
    deal = make_deal(api, make_account(api))
    win(api, deal)
    invoice = documents(api, deal)["invoices"][0]
    queue = api.get("/v1/invoices", status="pending_approval").expect(200).json["data"]
    assert invoice in [row["id"] for row in queue]
    invoice = api.get(f"/v1/invoices/{invoice}").json
    assert invoice["status"] == "pending_approval" and invoice["approvals"] == []
    # A draft by hand is put there when its author is done with it.
    mine = billing.post("/v1/invoices", {"account_id": invoice["account_id"], "lines": [ONCE]}).expect(201).json
    assert mine["status"] == "draft"
    asked = billing.post(f"/v1/invoices/{mine['id']}/submit", {}).expect(200).json
    assert asked["status"] == "pending_approval"
    problem(billing.post(f"/v1/invoices/{mine['id']}/submit", {}), 409, "wrong_state")
    # Sent back, it is its author's again.
    back = strict.as_role("approver").post(f"/v1/invoices/{mine['id']}/reject", {"reason": "Which hours?"}).expect(200).json
    assert back["status"] == "draft"
    problem(strict.as_role("approver").post(f"/v1/invoices/{mine['id']}/reject", {"reason": "x"}), 409, "wrong_state")


def test_r20_nothing_is_final_without_its_review(strict):
    """R20: 409 approval_required, until somebody who did not write it has approved it as it is."""
    api, billing, approver = strict.program(), strict.as_role("billing"), strict.as_role("approver")
    account = make_account(api)
    invoice = billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE]}).expect(201).json
    path = f"/v1/invoices/{invoice['id']}"
    problem(finalize(billing, invoice), 409, "approval_required")
    problem(billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE], "finalize": True}), 409, "approval_required")
    # Not one's own.
    problem(billing.post(path + "/approve", {}), 403, "forbidden")
    problem(strict.as_role("sales").post(path + "/approve", {}), 403, "forbidden")
    approved = approver.post(path + "/approve", {}).expect(200).json
    assert [a["actor_id"] for a in approved["approvals"]] == [strict.users["approver"]["id"]] and approved["approvals"][0]["holds"]
    # What was approved is what becomes final: an edit takes the approval back.
    edited = billing.patch(path, {"po_number": "PO-1"}, approved).expect(200).json
    assert not edited["approvals"][0]["holds"]
    problem(finalize(billing, invoice), 409, "approval_required")
    approver.post(path + "/approve", {}).expect(200)
    # Who has not changed it may approve it, the second time as the first.
    assert finalize(billing, invoice).expect(200).json["status"] == "open"
    problem(approver.post(path + "/approve", {}), 409, "wrong_state")


def test_r20_a_change_of_the_account_takes_the_approval_back(strict):
    """R20, R9: what was approved is no longer what would be billed."""
    api, billing, approver = strict.program(), strict.as_role("billing"), strict.as_role("approver")
    account = make_account(api)
    invoice = billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE]}).expect(201).json
    approver.post(f"/v1/invoices/{invoice['id']}/approve", {}).expect(200)
    api.patch(f"/v1/accounts/{account['id']}", {"tax_category": "reverse_charge"}, account).expect(200)
    problem(finalize(billing, invoice), 409, "approval_required")


def test_r20_a_discount_beyond_the_limit_takes_a_second_approver(strict):
    """R20: within the limit one review is enough; beyond it two people must have approved."""
    api, billing = strict.program(), strict.as_role("billing")
    account = make_account(api)

    def draft(discount):
        return billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE], "discount_percent": discount}).expect(201).json

    within, beyond = draft("10"), draft("10.5")
    for invoice in (within, beyond):
        strict.as_role("approver").post(f"/v1/invoices/{invoice['id']}/approve", {}).expect(200)
    finalize(billing, within).expect(200)
    told = problem(finalize(billing, beyond), 409, "approval_required")
    assert "2" in told["detail"]
    # The same person twice is one person.
    strict.as_role("approver").post(f"/v1/invoices/{beyond['id']}/approve", {}).expect(200)
    problem(finalize(billing, beyond), 409, "approval_required")
    strict.as_role("accountant").post(f"/v1/invoices/{beyond['id']}/approve", {}).expect(200)
    finalize(billing, beyond).expect(200)


def test_r20_many_at_once_are_reviewed_one_by_one(strict):
    """R20: of a set that is to be final, those go through that were approved as they are, and no others."""
    api, billing, approver = strict.program(), strict.as_role("billing"), strict.as_role("approver")
    account = make_account(api)

    def draft(discount):
        return billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE], "discount_percent": discount}).expect(201).json["id"]

    bare, approved, edited, once, twice = draft("0"), draft("0"), draft("0"), draft("20"), draft("20")
    for invoice in (approved, edited, once, twice):
        approver.post(f"/v1/invoices/{invoice}/approve", {}).expect(200)
    strict.as_role("accountant").post(f"/v1/invoices/{twice}/approve", {}).expect(200)
    billing.patch(f"/v1/invoices/{edited}", {"notes": "More"}, api.get(f"/v1/invoices/{edited}").etag).expect(200)
    done = act(billing, "invoices", "finalize", ids=[bare, approved, edited, once, twice])
    assert failures(billing, done) == dict.fromkeys((bare, edited, once), "approval_required")
    assert [api.get(f"/v1/invoices/{i}").json["status"] for i in (bare, approved, edited, once, twice)] == [
        "draft", "open", "draft", "draft", "open"]


def test_r20_the_limit_alone(new_tenant):
    """R20: without a review of every draft, a discount beyond the limit still takes somebody other than who finalizes."""
    tenant = new_tenant("limit", roles=REVIEWERS)
    api, billing, approver = tenant.program(), tenant.as_role("billing"), tenant.as_role("approver")
    settings = api.get("/v1/settings").expect(200)
    api.patch("/v1/settings", {"settings": {"billing": {"discount_limit": "10"}}}, settings.etag).expect(200)
    account = make_account(api)
    body = {"account_id": account["id"], "lines": [{**ONCE, "discount_percent": "20"}]}
    invoice = billing.post("/v1/invoices", body).expect(201).json
    problem(finalize(billing, invoice), 409, "approval_required")
    problem(finalize(approver, invoice), 409, "approval_required")
    approver.post(f"/v1/invoices/{invoice['id']}/approve", {}).expect(200)
    problem(finalize(approver, invoice), 409, "approval_required")
    finalize(billing, invoice).expect(200)
    billing.post("/v1/invoices", {"account_id": account["id"], "lines": [ONCE], "finalize": True}).expect(201)


def test_r20_a_purchase_order_that_is_required(api):
    """R20: PO required and absent: 422, from the deal on; with one it goes through."""
    account = make_account(api, po_required=True)
    deal = make_deal(api, account)
    win(api, deal)
    invoice = api.get(f"/v1/invoices/{documents(api, deal)['invoices'][0]}").json
    assert pointers(problem(finalize(api, invoice), 422)) == {"/po_number": "required"}
    invoice = api.patch(f"/v1/invoices/{invoice['id']}", {"po_number": "PO-9"}, invoice).expect(200).json
    assert finalize(api, invoice).expect(200).json["po_number"] == "PO-9"


# ---- R22 ----

def test_r22_the_payment_comes_back_to_everybody(api, account, sql):
    """R22: deal, account, history, event and journal say paid, all by one transaction."""
    deal = make_deal(api, account)
    win(api, deal)
    invoice = finalize(api, {"id": documents(api, deal)["invoices"][0]}).expect(200).json
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "invoiced"
    payment = api.post("/v1/payments", {"account_id": account["id"], "amount": invoice["total"], "currency": "EUR"}).expect(201).json
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "paid"
    assert api.get(f"/v1/accounts/{account['id']}").json["payment_status"] == "paid"
    event = wait_for(lambda: [e for e in api.get("/v1/events", object_id=invoice["id"]).json["data"] if e["type"] == "invoice.paid"], 10, "the event")[0]
    assert event["payload"] == {"number": invoice["number"], "account_id": account["id"], "deal_id": deal["id"], "currency": "EUR",
                                "total": invoice["total"], "amount": invoice["total"], "paid": invoice["total"], "amount_due": 0, "status": "paid"}
    told = api.get(f"/v1/accounts/{account['id']}/timeline").json["data"]
    assert {"invoice.paid", "payment.created", "deal.updated"} <= {entry["type"] for entry in told}
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT txid), array_agg(type ORDER BY type) FROM job.event WHERE account_id = %s AND txid = "
                       "(SELECT txid FROM job.event WHERE object_id = %s AND type = 'invoice.paid')", (account["id"], invoice["id"]))
        assert cursor.fetchone() == (1, ["deal.updated", "invoice.paid", "payment.created"])
    entries = api.get("/v1/journal_entries", document_id=payment["id"], fields="event,lines").json["data"]
    assert sum(line["credit"] for entry in entries for line in entry["lines"] if line["account_code"] == "1100") == invoice["total"]
    for total in api.get("/v1/reports/trial_balance").json["totals"]:
        assert total["difference"] == 0


def test_r22_a_document_by_hand_counts_from_its_draft_on(api, account):
    """R22: how far a deal's billing has come follows from its live documents, whoever made them."""
    deal = make_deal(api, account)
    drafts = [api.post("/v1/invoices", {"account_id": account["id"], "deal_id": deal["id"], "lines": [ONCE]}).expect(201).json]
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "draft"
    made = api.post("/v1/invoices/batch", {"items": [{"op": "create", "data": {
        "account_id": account["id"], "deal_id": of["id"], "lines": [ONCE]}} for of in (deal, make_deal(api, account))]}).expect(200).json["data"]
    assert api.get(f"/v1/deals/{made[1]['data']['deal_id']}").json["billing_status"] == "draft"
    drafts.append(made[0]["data"])
    for invoice in drafts:
        api.delete(f"/v1/invoices/{invoice['id']}", invoice).expect(204)
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "none"


# ---- R24 ----

def test_r24_a_win_is_taken_back(api, account):
    """R24: before the invoice is final the draft goes, and no number was used; after that it takes a credit."""
    deal = make_deal(api, account, ONCE, MONTHLY)
    win(api, deal)
    shown = documents(api, deal, 1, 1)
    by_hand = api.post("/v1/invoices", {"account_id": account["id"], "deal_id": deal["id"], "lines": [ONCE]}).expect(201).json
    counters = [s["counters"] for s in api.get("/v1/series").json["data"]]
    api.post(f"/v1/deals/{deal['id']}/reopen", {}).expect(200)
    problem(api.get(f"/v1/invoices/{shown['invoices'][0]}"), 404)
    problem(api.get(f"/v1/subscriptions/{shown['subscriptions'][0]}"), 404)
    assert [s["counters"] for s in api.get("/v1/series").json["data"]] == counters
    # What somebody made by hand is theirs.
    assert api.get(f"/v1/invoices/{by_hand['id']}").expect(200).json["status"] == "draft"
    now = api.get(f"/v1/deals/{deal['id']}").json
    assert (now["state"], now["won_at"], now["invoices"], now["billing_status"]) == ("open", None, [by_hand["id"]], "draft")
    api.delete(f"/v1/invoices/{by_hand['id']}", by_hand).expect(204)
    win(api, deal)
    second = documents(api, deal, 1, 1)["invoices"][0]
    assert second != shown["invoices"][0]
    finalize(api, {"id": second}).expect(200)
    problem(api.post(f"/v1/deals/{deal['id']}/reopen", {}), 409, "wrong_state")
    problem(api.post(f"/v1/deals/{deal['id']}/lose", {}), 409, "wrong_state")
    assert api.get(f"/v1/deals/{deal['id']}").json["state"] == "won"


def test_r24_reopened_while_the_draft_is_made(api, account, sql, blocker):
    """R24: a win that is taken back while a worker makes its draft leaves none."""
    deal = make_deal(api, account)
    held = blocker("crm.account", account["id"])
    win(api, deal)
    wait_for(lambda: len(waiting(sql)) == 1, 10, "the worker")
    api.post(f"/v1/deals/{deal['id']}/reopen", {}).expect(200)
    held.rollback()
    wait_for(lambda: [j[1] for j in job_of(api, sql, deal)] == ["done"], 10, "the job")
    shown = api.get(f"/v1/deals/{deal['id']}").json
    assert (shown["state"], shown["invoices"], shown["billing_status"]) == ("open", [], "none")
