"""What has ended: listed by how long ago, told of once, archived when a second person says so. Row R41."""
import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for
from test_subscriptions import ITEM, act, events, look, subscribe


def with_approver(tenant):
    tenant.users["approver"] = tenant.add_user("approver")
    return Sandbox(tenant)


@pytest.fixture
def shop(new_tenant):
    return with_approver(new_tenant("expired"))


@pytest.fixture(scope="module")
def seller(new_tenant):
    return with_approver(new_tenant("purge"))


def ended(shop, account=None, **more):
    made = subscribe(shop.api, account or shop.account(), items=[ITEM], billing_mode="finalize", **more).expect(201).json
    wait_for(lambda: look(shop.api, made)["invoices"], 20, "its first invoice")
    return act(shop.api, made, "cancel", {"at": "now"})


def ids(api, **query):
    return {s["id"] for s in api.all("/v1/subscriptions", **query)}


def test_expired_so_many_days_ago(shop):
    """The list of R41, and one task for the owner of the account 30 days after the end, at nine."""
    owner = shop.tenant.users["sales"]["id"]
    account = shop.account(owner_id=owner)
    term = {"term": 1, "auto_renew": False}
    early = subscribe(shop.api, account, items=[ITEM], name="Early", start_date=f"{shop.year}-02-01", billing_mode="finalize", **term).expect(201).json
    late = subscribe(shop.api, account, items=[ITEM], name="Late", start_date=f"{shop.year}-02-27", billing_mode="finalize", **term).expect(201).json
    going = subscribe(shop.api, account, items=[ITEM], billing_mode="finalize").expect(201).json
    shop.to("03-28")
    assert [look(shop.api, s)["state"] for s in (early, late, going)] == ["ended", "ended", "active"]
    assert ids(shop.api, **{"state[in]": "ended,cancelled", "end_date[lt]": f"{shop.year}-03-18"}) == {early["id"]}
    def tasks():
        return [(t["title"].split(" ")[0], t["owner_id"], t["state"]) for t in shop.api.all("/v1/tasks", account_id=account["id"]) if t["kind"] == "expired"]

    shop.to("03-31", "08:59:00")  # nine in Vienna's summer is eight
    assert tasks() == [("Early", owner, "open")] and look(shop.api, early)["expired_noticed_at"]
    assert "subscription.expired" in events(shop.api, early) and look(shop.api, late)["expired_noticed_at"] is None
    act(shop.api, early, "ask_archive")
    act(shop.tenant.as_role("approver"), early, "approve_archive")
    shop.to("04-27")
    assert sorted(tasks()) == [("Early", owner, "done"), ("Late", owner, "open")]


def test_a_tenant_may_not_want_to_be_told(shop):
    settings = shop.tenant.as_role("owner").get("/v1/settings").expect(200)
    told = problem(shop.tenant.as_role("owner").patch("/v1/settings", {"settings": {"billing": {"expired_after": -1, "version_reach": "all"}}}, settings.etag), 422)
    assert pointers(told) == {"/settings/billing/expired_after": "invalid", "/settings/billing/version_reach": "invalid"}
    shop.tenant.as_role("owner").patch("/v1/settings", {"settings": {"billing": {"expired_after": 0}}}, settings.etag).expect(200)
    gone = ended(shop)
    shop.to("05-01")
    assert look(shop.api, gone)["expired_noticed_at"] is None
    assert [t for t in shop.api.all("/v1/tasks") if t["kind"] == "expired"] == []


def test_archived_by_a_second_person(seller):
    """Not by who asked; nothing is deleted: the documents stay, the subscription is read by its id."""
    api = seller.tenant.as_role("billing")
    made = ended(seller)
    invoice, = seller.api.all("/v1/invoices", subscription_id=made["id"])
    path = f"/v1/subscriptions/{made['id']}"
    assert pointers(problem(api.post(path + "/approve_archive"), 409, "wrong_state")) == {"/purge_asked_at": "wrong_state"}
    asked = api.post(path + "/ask_archive", {"reason": "Season is over"}).expect(200).json
    assert (asked["purge_reason"], asked["archived_at"]) == ("Season is over", None) and asked["purge_asked_by"]
    problem(api.post(path + "/ask_archive", {}), 409, "wrong_state")
    problem(api.post(path + "/approve_archive"), 403)
    assert made["id"] in ids(seller.api) and made["id"] in ids(seller.api, **{"purge_asked_at[gt]": "2020-01-01T00:00:00Z"})
    # The second person may say no, and whoever asked may ask again.
    other = seller.tenant.as_role("approver")
    kept = other.post(path + "/reject_archive", {"reason": "They come back"}).expect(200).json
    assert (kept["purge_asked_at"], kept["purge_asked_by"], kept["purge_reason"]) == (None, None, None)
    api.post(path + "/ask_archive", {}).expect(200)
    gone = other.post(path + "/approve_archive").expect(200).json
    assert gone["archived_at"] and gone["purge_asked_by"] == asked["purge_asked_by"]
    assert made["id"] not in ids(seller.api) and made["id"] in ids(seller.api, archived="only") and made["id"] in ids(seller.api, archived="with")
    assert look(seller.api, made)["state"] == "cancelled"
    assert seller.api.get(f"/v1/invoices/{invoice['id']}").expect(200).json["number"] == invoice["number"]
    assert [i["id"] for i in seller.api.all("/v1/invoices", subscription_id=made["id"])] == [invoice["id"]]
    problem(api.post(path + "/ask_archive", {}), 409, "wrong_state")
    problem(other.post(path + "/approve_archive"), 409, "wrong_state")
    problem(seller.api.patch(path, {"notes": "x"}, gone), 409)
    problem(seller.tenant.as_role("sales").post(path + "/ask_archive", {}), 403)
    told = [e for e in events(seller.api, made) if "purge" in e or "archived" in e]
    assert told == ["subscription.purge_asked", "subscription.purge_rejected", "subscription.purge_asked", "subscription.archived"]


def test_what_goes_on_is_not_archived(seller):
    made = subscribe(seller.api, seller.account(), items=[ITEM], billing_mode="draft").expect(201).json
    assert pointers(problem(seller.api.post(f"/v1/subscriptions/{made['id']}/ask_archive", {}), 409, "wrong_state")) == {"/state": "wrong_state"}


def test_many_at_once(seller):
    """Asked and approved in bulk, a dry run first, a result for each."""
    account = seller.account()
    gone = [ended(seller, account) for _ in range(3)]
    going = subscribe(seller.api, account, items=[ITEM], billing_mode="draft").expect(201).json
    where = {"where": {"field": "account_id", "op": "eq", "value": account["id"]}}

    def bulk(api, action, **more):
        operation = api.post("/v1/subscriptions/bulk", {"action": action, **where, **more}).expect(202).json
        shown = wait_for(lambda: (o := api.get(f"/v1/operations/{operation['id']}").json)["state"] in ("done", "failed") and o, 30, "the operation")
        return shown["done"], shown["failed"], api.all(f"/v1/operations/{operation['id']}/results")

    asker, approver = seller.tenant.as_role("billing"), seller.tenant.as_role("approver")
    assert bulk(asker, "ask_archive", params={"reason": "Old"}, dry_run=True)[:2] == (3, 1)
    assert all(look(seller.api, s)["purge_asked_at"] is None for s in gone)
    done, failed, rows = bulk(asker, "ask_archive", params={"reason": "Old"})
    assert (done, failed) == (3, 1) and [r["object_id"] for r in rows if r["state"] == "failed"] == [going["id"]]
    assert bulk(asker, "approve_archive")[:2] == (0, 4)
    assert bulk(approver, "approve_archive")[:2] == (3, 1)
    assert ids(seller.api, account_id=account["id"]) == {going["id"]}


def test_two_who_decide_at_once(seller, sql):
    """One says yes and one no at the same moment: one of them is done, the other is told."""
    import threading
    api = seller.tenant.as_role("billing")
    yes, no = seller.tenant.as_role("approver"), seller.tenant.as_role("owner")
    for _ in range(5):
        made = ended(seller)
        path = f"/v1/subscriptions/{made['id']}"
        api.post(path + "/ask_archive", {}).expect(200)
        answers = []
        threads = [threading.Thread(target=lambda call=call: answers.append(call()))
                   for call in (lambda: yes.post(path + "/approve_archive"), lambda: no.post(path + "/reject_archive", {"reason": "No"}))]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert sorted(a.status for a in answers) == [200, 409]
        shown = look(seller.api, made)
        assert (shown["archived_at"] is None) == (shown["purge_asked_at"] is None)
