"""A preview is refused as the act would be, by whatever it is that refuses, and leaves nothing behind. Rows R4, R8, R9, K12; conventions: what moves money can be asked first."""
import pytest

from harness.content import difference, fingerprint
from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_coupons import coupon
from test_subscription_changes import plan
from test_subscriptions import look, subscribe

NOBODY = "0193a000-0000-7000-8000-00000000dead"
WORK = {"description": "Work", "unit_price": "100"}


def entity(shop, zone):
    return shop.api.post("/v1/entities", {"name": zone, "legal_name": f"Seller of {zone}", "base_currency": "EUR", "time_zone": zone,
                                          "address": {"line1": "Kai 1", "city": "Graz", "country": "AT"}}).expect(201).json


class Previews:
    """One seller on a 16th of April; `west` still has the 15th, which is closed; of `ahead` the last document is dated next week."""

    def __init__(self, tenant):
        self.shop = Sandbox(tenant, "02-27")
        self.api = self.shop.api
        self.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
        self.cheap, self.dear = plan(self.api, "30"), plan(self.api, "60")
        self.west, self.ahead = entity(self.shop, "Pacific/Honolulu"), entity(self.shop, "Europe/Vienna")
        self.once = coupon(self.shop, percent="10", redemptions_max=1)
        self.sold = {name: self.sell(**more) for name, more in {
            "sound": {}, "nobody": {}, "mute": {"billing_mode": "send"}, "closed": {}, "strict": {}, "taken": {},
            "west": {"entity_id": self.west["id"]}, "ahead": {"entity_id": self.ahead["id"]}, "draft": {"billing_mode": "draft"}}.items()}
        self.shop.to("04-16", "08:00:00")
        self.spoil()

    def sell(self, billing_mode="finalize", **more):
        account = self.shop.account(**more)
        made = subscribe(self.api, account, plan_id=self.cheap["id"], start_date=f"{self.shop.year}-04-01", billing_mode=billing_mode).expect(201).json
        return account, made

    def patch(self, path, body):
        seen = self.api.get(path).expect(200)
        self.api.patch(path, body, seen.etag).expect(200)

    def spoil(self):
        contact = {name: self.api.all("/v1/contacts", account_id=self.sold[name][0]["id"])[0] for name in ("nobody", "mute")}
        self.api.delete(f"/v1/contacts/{contact['nobody']['id']}", contact["nobody"]).expect(204)
        self.patch(f"/v1/contacts/{contact['mute']['id']}", {"email": None})
        self.patch(f"/v1/accounts/{self.sold['closed'][0]['id']}", {"state": "closed"})
        self.patch(f"/v1/accounts/{self.sold['strict'][0]['id']}", {"po_required": True})
        subscribe(self.api, self.shop.account(), plan_id=self.cheap["id"], start_date=f"{self.shop.year}-12-01", coupons=[self.once["code"]]).expect(201)
        self.api.post("/v1/invoices", {"account_id": self.sold["ahead"][0]["id"], "lines": [WORK], "finalize": True,
                                       "issue_date": f"{self.shop.year}-04-23"}).expect(201)
        through = f"{self.shop.year}-04-15"
        assert self.api.post("/v1/ledger/lock", {"entity_id": self.west["id"], "through": through}).expect(200).json["locked_through"] == through
        self.shop.quiet()


@pytest.fixture(scope="module")
def seen(new_tenant):
    return Previews(new_tenant("previews"))


def refused_alike(sql, seen, preview, act, status, code, wrong):
    """Both by the same words, and nothing is there afterwards of either."""
    before = fingerprint(sql, seen.shop.tenant.id)
    told = []
    for ask in (preview, act):
        answer = ask()
        assert answer.status == status, answer
        told.append({name: value for name, value in answer.json.items() if name != "request_id"})
        assert difference(before, fingerprint(sql, seen.shop.tenant.id)) == []
    assert told[0] == told[1]
    assert (told[0]["code"], pointers(told[0])) == (code, wrong)


# ---- changes of subscriptions ----

@pytest.mark.parametrize("of, body, status, code, wrong", [
    ("nobody", {}, 422, "billing_contact_missing", {}),
    ("mute", {}, 422, "billing_contact_missing", {"/to": "required"}),
    ("closed", {}, 422, "account_closed", {}),
    ("strict", {}, 422, "validation_failed", {"/po_number": "required"}),
    ("west", {}, 409, "period_locked", {}),
    ("ahead", {}, 409, "issue_date_before_series", {"/issue_date": "issue_date_before_series"}),
    ("taken", {"coupons": True}, 422, "validation_failed", {"/coupons/0": "redeemed"}),
])
def test_a_change(seen, sql, of, body, status, code, wrong):
    """Dearer from today on: the document of it would be final."""
    path = f"/v1/subscriptions/{seen.sold[of][1]['id']}/"
    asked = {"coupons": [seen.once["code"]]} if body else {"plan_id": seen.dear["id"]}
    refused_alike(sql, seen, lambda: seen.api.post(path + "preview_change", asked), lambda: seen.api.post(path + "change", asked), status, code, wrong)


@pytest.mark.parametrize("of, code", [("nobody", "billing_contact_missing"), ("west", "period_locked"), ("ahead", "issue_date_before_series")])
@pytest.mark.parametrize("act", ["cancel", "pause"])
def test_what_gives_back(seen, sql, of, code, act):
    """Series count invoices and credit notes apart: a credit note is not kept from being made by invoices ahead of it."""
    path = f"/v1/subscriptions/{seen.sold[of][1]['id']}/"
    body = {"credit": True, **({"date": f"{seen.shop.year}-04-{15 if of == 'west' else 16}"} if act == "cancel" else {})}
    if of == "ahead":
        shown = seen.api.post(path + "preview_" + act, body).expect(200).json
        assert (shown["kind"], shown["net_total"]) == ("credit", -1500 if act == "pause" else -1400)
        return
    status = 422 if of == "nobody" else 409
    refused_alike(sql, seen, lambda: seen.api.post(path + "preview_" + act, body), lambda: seen.api.post(path + act, body), status, code, {})


def test_what_is_not_refused_leaves_nothing(seen, sql):
    """A number that a preview was given is given again, and a draft is no less a draft."""
    before = fingerprint(sql, seen.shop.tenant.id)
    for of in ("sound", "draft"):
        subscription = seen.sold[of][1]
        version = look(seen.api, subscription)["version"]
        shown = seen.api.post(f"/v1/subscriptions/{subscription['id']}/preview_change", {"plan_id": seen.dear["id"]})
        if of == "draft":
            assert shown.status == 409, shown  # what it would give back of waits for its review
        else:
            assert (shown.expect(200).json["kind"], shown.json["net_total"]) == ("mixed", 1500)
        assert look(seen.api, subscription)["version"] == version
    assert difference(before, fingerprint(sql, seen.shop.tenant.id)) == []


# ---- subscriptions to be made ----

@pytest.mark.parametrize("of, body, status, code, wrong", [
    ("closed", {}, 422, "account_closed", {}),
    ("sound", {"coupons": True}, 422, "validation_failed", {"/coupons/0": "redeemed"}),
    ("sound", {"currency": "USD"}, 422, "validation_failed", {"/currency": "no_price"}),
    ("sound", {"location_id": NOBODY}, 422, "validation_failed", {"/location_id": "not_found"}),
    ("sound", {"plan_version_id": NOBODY}, 422, "validation_failed", {"/plan_version_id": "not_found"}),
    ("sound", {"plan_id": None, "items": [{"description": "Care", "unit_price": "1", "recurring": "month", "product_id": NOBODY}]}, 422,
     "validation_failed", {"/items/0/product_id": "not_found"}),
    (None, {}, 422, "validation_failed", {"/account_id": "not_found"}),
])
def test_a_creation(seen, sql, of, body, status, code, wrong):
    asked = {"account_id": seen.sold[of][0]["id"] if of else NOBODY, "plan_id": seen.cheap["id"], **body}
    if body.get("coupons"):
        asked["coupons"] = [seen.once["code"]]
    asked = {name: value for name, value in asked.items() if value is not None and not (name == "plan_id" and "plan_version_id" in body)}
    refused_alike(sql, seen, lambda: seen.api.post("/v1/subscriptions/preview", asked), lambda: seen.api.post("/v1/subscriptions", asked), status, code, wrong)


# ---- invoices ----

@pytest.mark.parametrize("of, body, status, code, wrong", [
    ("nobody", {}, 422, "billing_contact_missing", {}),
    ("strict", {}, 422, "validation_failed", {"/po_number": "required"}),
    ("closed", {}, 422, "account_closed", {}),
    ("west", {}, 409, "period_locked", {}),
    ("ahead", {}, 409, "issue_date_before_series", {"/issue_date": "issue_date_before_series"}),
    ("sound", {"lines": []}, 422, "validation_failed", {"/lines": "required"}),
    ("sound", {"due_date": "2020-01-01"}, 422, "validation_failed", {"/due_date": "out_of_range"}),
    ("sound", {"expected_total": 1}, 422, "total_mismatch", {}),
    ("sound", {"lines": [{**WORK, "account_id": NOBODY}]}, 422, "validation_failed", {"/lines/0/account_id": "not_found"}),
    ("sound", {"contact_id": NOBODY}, 422, "validation_failed", {"/contact_id": "not_found"}),
])
def test_an_invoice_that_is_made_final(seen, sql, of, body, status, code, wrong):
    asked = {"account_id": seen.sold[of][0]["id"], "lines": [WORK], "finalize": True, **body}
    refused_alike(sql, seen, lambda: seen.api.post("/v1/invoices/preview", asked), lambda: seen.api.post("/v1/invoices", asked), status, code, wrong)


def test_a_draft_lacks_what_only_a_final_one_needs(seen, sql):
    """What is asked for is the draft: it is shown as it would be; a number is named with the order's, and whom it goes to is known."""
    before = fingerprint(sql, seen.shop.tenant.id)
    for of in ("nobody", "strict", "west", "ahead"):
        shown = seen.api.post("/v1/invoices/preview", {"account_id": seen.sold[of][0]["id"], "lines": [WORK]}).expect(200).json
        assert (shown["object"], shown["net_total"], shown["total"]) == ("invoice_preview", 10000, 12000)
    final = {"account_id": seen.sold["strict"][0]["id"], "lines": [WORK], "finalize": True, "po_number": "PO 1"}
    shown = seen.api.post("/v1/invoices/preview", final).expect(200).json
    assert (shown["issue_date"], shown["due_date"]) == (f"{seen.shop.year}-04-16", f"{seen.shop.year}-04-30")
    assert difference(before, fingerprint(sql, seen.shop.tenant.id)) == []
    made = seen.api.post("/v1/invoices", final).expect(201).json
    assert [made[m] for m in ("issue_date", "due_date", "total", "payable")] == [shown[m] for m in ("issue_date", "due_date", "total", "payable")]


def test_who_may_not_make_it_final_is_not_shown_it(seen):
    """R57: the right to finalize is asked for; what a draft comes to is everybody's who reads invoices."""
    asked = {"account_id": seen.sold["sound"][0]["id"], "lines": [WORK]}
    sales = seen.shop.tenant.as_role("sales")
    sales.post("/v1/invoices/preview", asked).expect(200)
    sales.post("/v1/invoices", {**asked, "finalize": True}).expect(403)
    told = problem(sales.post("/v1/invoices/preview", {**asked, "finalize": True}), 403, "forbidden_field")
    assert pointers(told) == {"/finalize": "forbidden_field"}


def test_a_review_that_it_takes(new_tenant, sql):
    """T54: what waits for an approval is not shown as if it did not."""
    shop = Sandbox(new_tenant("previews-reviewed"))
    account = shop.account()
    settings = shop.api.get("/v1/settings").expect(200)
    shop.api.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, settings.etag).expect(200)
    asked = {"account_id": account["id"], "lines": [WORK]}
    told = [shop.api.post(path, {**asked, "finalize": True}) for path in ("/v1/invoices/preview", "/v1/invoices")]
    assert [(t.status, t.json["code"], t.json["detail"]) for t in told] == [(409, "approval_required", told[0].json["detail"])] * 2
