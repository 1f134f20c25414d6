"""Payments recorded by hand: what they pay, what is left, what the books say, and what is refused."""
import concurrent.futures
import json

import pytest

from harness.billing import draft, entries, events, invoice, new_account, pay, state
from harness.content import fingerprint
from harness.contract import new_id
from harness.money import broken, check_money
from harness.problem import pointers, problem
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("pays")


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id)


def balances(api, account):
    return {b["currency"]: (b["amount_due"], b["unapplied"])
            for b in api.get(f"/v1/accounts/{account['id']}").expect(200).json["balances"] or []}


def test_partial_over_and_carried_to_the_next(api, account):
    first = invoice(api, account, 12100)
    paid = pay(api, account, 5000)
    assert (paid["unapplied"], [(a["invoice_id"], a["amount"]) for a in paid["allocations"]]) == (0, [(first["id"], 5000)])
    assert state(api, first) == ("partially_paid", 7100)
    over = pay(api, account, 7695)
    assert (over["unapplied"], over["allocations"][0]["amount"]) == (595, 7100)
    assert state(api, first) == ("paid", 0)
    following = invoice(api, account, 5710)
    assert (following["status"], following["amount_due"], following["paid"]) == ("partially_paid", 5115, 595)
    carried = api.get(f"/v1/payments/{over['id']}").json
    assert carried["unapplied"] == 0 and carried["version"] == over["version"] + 1
    assert [(a["invoice_id"], a["number"], a["amount"]) for a in carried["allocations"]] == [
        (first["id"], first["number"], 7100), (following["id"], following["number"], 595)]
    assert entries(api, over) == {"received": {"1010": 7695, "1100": -7100, "2200": -595}, "applied": {"2200": 595, "1100": -595}}


def test_two_payments_at_once_pay_once(api, seller, account):
    document = invoice(api, account, 12100)

    def one(_):
        return seller.product.client(Authorization=api.headers["Authorization"]).post(
            "/v1/payments", {"account_id": account["id"], "amount": 12100}).expect(201).json["unapplied"]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == [0, 12100]
    assert state(api, document) == ("paid", 0)
    assert balances(api, account) == {"EUR": (0, 12100)}


def test_the_oldest_due_first(api, account):
    late = invoice(api, account, 1000, due_date="2099-12-24")
    early = invoice(api, account, 2000, due_date="2099-12-01")
    paid = pay(api, account, 2500)
    assert [(a["invoice_id"], a["amount"]) for a in paid["allocations"]] == [(early["id"], 2000), (late["id"], 500)]


def test_a_payment_that_names_its_invoice_pays_no_other(api, account):
    early = invoice(api, account, 1000, due_date="2099-12-01")
    late = invoice(api, account, 2000, due_date="2099-12-24")
    named = pay(api, account, 2500, invoice_id=late["id"])
    assert (named["unapplied"], [a["invoice_id"] for a in named["allocations"]]) == (500, [late["id"]])
    assert named["invoice_id"] == late["id"]
    assert state(api, early) == ("open", 1000)
    again = pay(api, account, 300, invoice_id=late["id"])
    assert (again["unapplied"], again["allocations"]) == (300, [])
    for payment, amount in ((named, 500), (again, 300)):
        api.post(f"/v1/payments/{payment['id']}/apply", {"invoice_id": early["id"]}).expect(200)
    assert state(api, early) == ("partially_paid", 200)


@pytest.mark.parametrize("kind, code", [("bank", "1010"), ("cash", "1000"), ("card", "1020"), ("other", "1010")])
def test_where_the_money_lies(api, account, kind, code):
    paid = pay(api, account, 700, kind=kind)
    assert paid["kind"] == kind
    assert entries(api, paid) == {"received": {code: 700, "2200": -700}}


def test_money_of_another_currency_pays_documents_of_its_own(api, account):
    euros = invoice(api, account, 1000)
    dollars = invoice(api, account, 900, currency="USD")
    paid = pay(api, account, 1500, currency="USD")
    assert (paid["unapplied"], [a["invoice_id"] for a in paid["allocations"]]) == (600, [dollars["id"]])
    assert state(api, euros) == ("open", 1000)
    assert balances(api, account) == {"EUR": (1000, 0), "USD": (0, 600)}
    refused = api.post("/v1/payments", {"account_id": account["id"], "amount": 1, "currency": "USD", "invoice_id": euros["id"]})
    assert pointers(problem(refused, 422, "currency_mismatch")) == {"/currency": "currency_mismatch"}
    assert invoice(api, account, 500, currency="USD")["amount_due"] == 0


def test_without_a_currency_it_is_the_invoices_else_the_accounts(api):
    account = new_account(api, currency="CHF")
    assert pay(api, account, 5)["currency"] == "CHF"
    document = invoice(api, account, 900, currency="USD")
    assert pay(api, account, 900, invoice_id=document["id"])["currency"] == "USD"


def test_the_day_of_arrival(api, account):
    today = pay(api, account, 1)["received_on"]
    assert pay(api, account, 1, received_on="2026-01-15")["received_on"] == "2026-01-15"
    refused = api.post("/v1/payments", {"account_id": account["id"], "amount": 1, "received_on": "9999-12-31"})
    assert pointers(problem(refused, 422)) == {"/received_on": "out_of_range"}
    assert today in {p["received_on"] for p in api.all("/v1/payments", account_id=account["id"], **{"received_on[gte]": today})}


@pytest.fixture(scope="module")
def fresh(new_tenant, sql):
    """A tenant whose numbers have not begun, so that documents of earlier days can be made."""
    own = new_tenant("earlier", roles=())
    yield own.program()
    check_money(sql, own.id)


def test_each_use_of_money_has_the_day_on_which_both_were_there(fresh):
    account = new_account(fresh)
    first = invoice(fresh, account, 1000, issue_date="2026-10-01", due_date="2026-10-01")
    second = invoice(fresh, account, 3000, issue_date="2026-10-20", due_date="2026-10-20")
    paid = pay(fresh, account, 3500, received_on="2026-10-02")
    assert (state(fresh, first), state(fresh, second)) == (("paid", 0), ("partially_paid", 500))
    assert [a["applied_on"] for a in paid["allocations"]] == ["2026-10-02", "2026-10-20"]
    booked = {e["event"]: e["entry_date"] for e in fresh.all("/v1/journal_entries", document_id=paid["id"])}
    assert booked == {"received": "2026-10-02", "applied": "2026-10-20"}
    assert entries(fresh, paid) == {"received": {"1010": 3500, "1100": -1000, "2200": -2500}, "applied": {"2200": 2500, "1100": -2500}}


def test_an_advance_that_is_younger_than_the_issue_date_is_used_on_its_own_day(fresh):
    account = new_account(fresh)
    paid = pay(fresh, account, 500, received_on="2026-11-10")
    assert invoice(fresh, account, 500, issue_date="2026-11-05")["status"] == "paid"
    assert fresh.get(f"/v1/payments/{paid['id']}").json["allocations"][0]["applied_on"] == "2026-11-10"


def test_nothing_is_booked_in_a_closed_period(new_tenant, sql):
    own = new_tenant("closed-books", roles=())
    api = own.program()
    account = new_account(api)
    document = invoice(api, account, 1000)
    api.post("/v1/ledger/lock", {"through": "2026-10-31"}).expect(200, 201)
    before = money_written(sql)
    refused = api.post("/v1/payments", {"account_id": account["id"], "amount": 1000, "received_on": "2026-10-31"})
    problem(refused, 409, "period_locked")
    assert money_written(sql) == before
    assert state(api, document) == ("open", 1000)
    pay(api, account, 1000, received_on="2026-11-01")
    check_money(sql, own.id)


def test_by_reference(api, account):
    wanted = pay(api, account, 1, reference="RF18 5390 0754 7034")
    pay(api, account, 1, reference="RF18")
    found = api.get("/v1/payments", reference="RF18 5390 0754 7034").expect(200).json["data"]
    assert [p["id"] for p in found] == [wanted["id"]]


def test_what_is_left_can_be_asked_for(api):
    account = new_account(api)
    invoice(api, account, 100)
    pay(api, account, 100)
    left = pay(api, account, 40)
    assert [p["id"] for p in api.all("/v1/payments", account_id=account["id"], **{"unapplied[gt]": 0})] == [left["id"]]


def test_notes_may_change_and_nothing_else(api, account):
    paid = pay(api, account, 100, notes="by cheque")
    changed = api.patch(f"/v1/payments/{paid['id']}", {"notes": "cheque 77"}, paid).expect(200).json
    assert (changed["notes"], changed["version"]) == ("cheque 77", paid["version"] + 1)
    for member, value in {"amount": 1, "currency": "USD", "account_id": account["id"], "received_on": "2026-01-01", "kind": "cash",
                          "unapplied": 0, "reference": "x"}.items():
        assert "/" + member in pointers(problem(api.patch(f"/v1/payments/{paid['id']}", {member: value}, changed), 422))
    assert api.send("DELETE", f"/v1/payments/{paid['id']}").status == 405


def test_the_parent_pays_where_it_is_billed(api):
    parent = new_account(api)
    child = new_account(api, parent_id=parent["id"], bill_to="parent")
    document = invoice(api, child, 1000)
    assert document["account_id"] == parent["id"]
    paid = pay(api, child, 1200)
    assert (paid["account_id"], paid["unapplied"]) == (parent["id"], 200)
    assert state(api, document) == ("paid", 0)
    assert balances(api, child) == {} and balances(api, parent) == {"EUR": (0, 200)}


def test_its_own_old_invoice_can_be_named_after_the_payer_has_changed(api):
    parent, child = new_account(api), new_account(api)
    document = invoice(api, child, 1000)
    child = api.get(f"/v1/accounts/{child['id']}").json
    api.patch(f"/v1/accounts/{child['id']}", {"parent_id": parent["id"], "bill_to": "parent"}, child).expect(200)
    assert pay(api, child, 1000, invoice_id=document["id"])["account_id"] == child["id"]
    assert state(api, document) == ("paid", 0)


def test_what_is_owed_can_be_paid_whatever_became_of_the_account(api):
    account = new_account(api)
    document = invoice(api, account, 1000)
    account = api.get(f"/v1/accounts/{account['id']}").json
    account = api.patch(f"/v1/accounts/{account['id']}", {"state": "closed"}, account).expect(200).json
    pay(api, account, 400)
    api.delete(f"/v1/accounts/{account['id']}", account).expect(204)
    pay(api, account, 600)
    assert state(api, document) == ("paid", 0)


# ---- refusals ----

@pytest.mark.parametrize("body, wrong", [
    ({"amount": 0}, {"/amount": "out_of_range"}),
    ({"amount": -5}, {"/amount": "out_of_range"}),
    ({"amount": 9007199254740992}, {"/amount": "out_of_range"}),
    ({"amount": 1.5}, {"/amount": "type"}),
    ({"amount": "100"}, {"/amount": "type"}),
    ({"amount": 5, "currency": "ZZZ"}, {"/currency": "not_found"}),
    ({"amount": 5, "currency": "euro"}, None),
    ({"amount": 5, "kind": "barter"}, None),
    ({"amount": 5, "received_on": "2026-02-30"}, None),
    ({"amount": -5, "kind": "barter", "reference": ""}, None),
    ({"amount": 5, "unapplied": 5}, {"/unapplied": "read_only"}),
    ({}, {"/amount": "required"}),
])
def test_a_body_that_is_not_sound(api, account, sql, body, wrong):
    before = money_written(sql)
    told = pointers(problem(api.post("/v1/payments", {"account_id": account["id"], **body}), 422))
    if wrong is None:
        wrong = {p: c for p, c in told.items() if p.strip("/") in body and p != "/account_id" and p.strip("/") in
                 [m for m in body if m != "amount" or body[m] < 1]}
        assert set(told) == set(wrong) and told
    else:
        assert told == wrong
    assert money_written(sql) == before


def test_accounts_and_invoices_of_others_are_not_there(api, account, other_program, sql):
    theirs = new_account(other_program)
    their_invoice = invoice(other_program, theirs, 100)
    mine = invoice(api, new_account(api), 100)
    before = money_written(sql)
    bodies = set()
    for account_id in (theirs["id"], new_id()):
        refused = api.post("/v1/payments", {"account_id": account_id, "amount": 5})
        assert pointers(problem(refused, 422)) == {"/account_id": "not_found"}
        bodies.add(json.dumps(dict(refused.json, request_id=0)))
    assert len(bodies) == 1
    for invoice_id in (their_invoice["id"], mine["id"], new_id()):
        refused = api.post("/v1/payments", {"account_id": account["id"], "amount": 5, "invoice_id": invoice_id})
        assert pointers(problem(refused, 422)) == {"/invoice_id": "not_found"}
    refused = api.post("/v1/payments", {"account_id": theirs["id"], "amount": 5, "invoice_id": their_invoice["id"], "currency": "ZZZ"})
    assert pointers(problem(refused, 422)) == {"/account_id": "not_found", "/invoice_id": "not_found", "/currency": "not_found"}
    assert money_written(sql) == before


def test_drafts_and_void_invoices_take_no_payment(api, account, sql):
    for document in (draft(api, account, 100), void(api, invoice(api, account, 100))):
        before = money_written(sql)
        refused = api.post("/v1/payments", {"account_id": account["id"], "amount": 5, "invoice_id": document["id"]})
        assert pointers(problem(refused, 409, "wrong_state")) == {"/invoice_id": "wrong_state"}
        assert money_written(sql) == before


def void(api, document):
    return api.post(f"/v1/invoices/{document['id']}/void").expect(200).json


def test_who_may(api, seller, account):
    body = {"account_id": account["id"], "amount": 5}
    for role in ("sales", "admin", "read_only"):
        problem(seller.as_role(role).post("/v1/payments", body), 403, "forbidden")
    problem(seller.as_role("sales").get("/v1/payments"), 403)
    paid = seller.as_role("billing").post("/v1/payments", body).expect(201).json
    assert seller.as_role("read_only").get(f"/v1/payments/{paid['id']}").expect(200).json["amount"] == 5
    problem(seller.as_role("read_only").post(f"/v1/payments/{paid['id']}/apply", {"invoice_id": new_id()}), 403)


# ---- repeats ----

def test_a_repeat_is_the_first_answer(api, account):
    document = invoice(api, account, 1000)
    body, key = {"account_id": account["id"], "amount": 400}, new_id()
    first = api.post("/v1/payments", body, key=key).expect(201)
    again = api.post("/v1/payments", body, key=key).expect(201)
    assert (again.body, again.headers["Location"], again.headers["Idempotent-Replayed"]) == (first.body, first.headers["Location"], "true")
    assert first.headers["Location"] == f"/v1/payments/{first.json['id']}"
    problem(api.post("/v1/payments", dict(body, amount=401), key=key), 422, "idempotency_key_reused")
    problem(api.post(f"/v1/payments/{first.json['id']}/apply", {"invoice_id": document["id"]}, key=key), 422, "idempotency_key_reused")
    assert state(api, document) == ("partially_paid", 600)


def test_twenty_at_once_with_one_key_have_one_effect(api, seller, account):
    key = new_id()

    def one(_):
        client = seller.product.client(Authorization=api.headers["Authorization"])
        return client.post("/v1/payments", {"account_id": account["id"], "amount": 400}, key=key)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))
    made = {a.body for a in answers if a.status == 201}
    for answer in answers:
        if answer.status != 201:
            problem(answer, 409, "idempotency_key_in_use")
            assert answer.headers["Retry-After"] == "1"
    assert len(made) == 1
    assert len(api.all("/v1/payments", account_id=account["id"])) == 1


def test_what_rolled_back_is_judged_anew(api, account):
    key = new_id()
    document = draft(api, account, 100)
    body = {"account_id": account["id"], "amount": 100, "invoice_id": document["id"]}
    problem(api.post("/v1/payments", body, key=key), 409, "wrong_state")
    api.post(f"/v1/invoices/{document['id']}/finalize", {}).expect(200)
    api.post("/v1/payments", body, key=key).expect(201)
    assert state(api, document) == ("paid", 0)


def test_money_of_a_payer_whose_day_is_closed_already(new_tenant, sql):
    """The books are closed through yesterday, which is still today far in the west: what is charged there counts for the first open day."""
    from harness.sandbox import Sandbox

    shop = Sandbox(new_tenant("west"))
    account = shop.account(time_zone="Pacific/Honolulu")
    by_card, by_bank, applied, earlier = (shop.invoice(account) for _ in range(4))
    shop.charge(earlier, "sandbox_ok", off_session=False)
    given_back = shop.api.all("/v1/payments", account_id=account["id"])[0]
    shop.to("02-28", "08:00:00")
    yesterday, today = f"{shop.year}-02-27", f"{shop.year}-02-28"
    assert shop.api.post("/v1/ledger/lock", {"through": yesterday}).expect(200).json["locked_through"] == yesterday
    assert shop.charge(by_card, "sandbox_ok", off_session=False)["state"] == "succeeded"
    paid = shop.pay(by_bank)
    assert (paid["received_on"], state(shop.api, by_card), state(shop.api, by_bank)) == (today, ("paid", 0), ("paid", 0))
    problem(shop.api.post("/v1/payments", {"account_id": account["id"], "amount": 1, "received_on": yesterday}), 409, "period_locked")
    over = pay(shop.api, account, 12000, currency="EUR", invoice_id=by_bank["id"])
    shop.api.post(f"/v1/payments/{over['id']}/apply", {"invoice_id": applied["id"]}).expect(200)
    assert state(shop.api, applied) == ("paid", 0)
    refund = shop.api.post(f"/v1/payments/{given_back['id']}/refunds", {"amount": 4000, "invoice_id": earlier["id"]}).expect(201).json
    wait_for(lambda: shop.api.get(f"/v1/refunds/{refund['id']}").json["state"] == "succeeded", 20, "the refund")
    assert state(shop.api, earlier) == ("partially_paid", 4000)
    check_money(sql, shop.tenant.id, leave_out=("nothing is open beside money that no invoice has used",))


# ---- advances ----

def test_finalizing_uses_what_was_paid_in_advance_oldest_first(api, account):
    late = pay(api, account, 300, received_on="2026-11-10")
    early = pay(api, account, 500, received_on="2026-11-01")
    document = draft(api, account, 600)
    final = api.post(f"/v1/invoices/{document['id']}/finalize", {}).expect(200).json
    assert (final["status"], final["amount_due"], final["paid"]) == ("paid", 0, 600)
    assert [api.get(f"/v1/payments/{p['id']}").json["unapplied"] for p in (early, late)] == [0, 200]
    assert entries(api, early)["applied"] == {"2200": 500, "1100": -500}
    assert invoice(api, account, 1000)["amount_due"] == 800


def test_an_advance_of_another_currency_or_account_stays(api, account):
    pay(api, account, 500, currency="USD")
    pay(api, new_account(api), 500)
    assert invoice(api, account, 400)["amount_due"] == 400


def test_documents_of_one_batch_do_not_count_on_the_same_money(api, account):
    paid = pay(api, account, 1500)
    items = [{"op": "create", "data": {"account_id": account["id"], "finalize": True,
                                      "lines": [{"description": "Stay", "unit_price": "10", "tax_rate": "0"}]}} for _ in range(3)]
    made = api.post("/v1/invoices/batch", {"items": items}).expect(200).json
    due = sorted(r["data"]["amount_due"] for r in made["data"])
    assert due == [0, 500, 1000]
    assert api.get(f"/v1/payments/{paid['id']}").json["unapplied"] == 0


def test_a_refused_finalize_leaves_the_advance(api, account, sql):
    paid = pay(api, account, 1500)
    document = draft(api, account, 700)
    before = money_written(sql)
    problem(api.post(f"/v1/invoices/{document['id']}/finalize", {"expected_total": 701}), 422, "total_mismatch")
    problem(api.post(f"/v1/invoices/{document['id']}/finalize", {}, headers={"If-Match": '"99"'}), 412)
    assert money_written(sql) == before
    assert api.get(f"/v1/payments/{paid['id']}").json["unapplied"] == 1500


def test_a_document_of_a_set_that_is_refused_takes_no_advance_from_the_others(api, account):
    from test_bulk import act, failures

    paid = pay(api, account, 1500, currency="CHF")
    # Too much to be booked in the seller's currency: known only when its entry is made.
    refused = draft(api, account, 9 * 10**14, currency="CHF", exchange_rate="1000")
    sound = draft(api, account, 700, currency="CHF")
    assert failures(api, act(api, "invoices", "finalize", ids=[refused["id"], sound["id"]])) == {refused["id"]: "out_of_range"}
    assert (state(api, refused), state(api, sound)) == (("draft", 9 * 10**14), ("paid", 0))
    assert api.get(f"/v1/payments/{paid['id']}").json["unapplied"] == 800


def test_a_deal_that_was_paid_in_advance_is_paid_when_it_is_invoiced(api, account):
    pay(api, account, 400)
    deal = api.post("/v1/deals", {"name": "Season", "account_id": account["id"], "lines": [
        {"description": "Set-up", "unit_price": "10", "tax_category": "zero"}]}).expect(201).json
    api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200)
    made = wait_for(lambda: api.get(f"/v1/deals/{deal['id']}").json["invoices"], 10, "the draft")
    final = api.post(f"/v1/invoices/{made[0]}/finalize", {}).expect(200).json
    assert (final["status"], final["amount_due"]) == ("partially_paid", final["total"] - 400)
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "partially_paid"
    pay(api, account, final["amount_due"])
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "paid"


# ---- applying by hand ----

def credit(api, account, amount, due=1000):
    """Money beside an open invoice: it came for another one, which was paid already."""
    settled = invoice(api, account, 1)
    pay(api, account, 1, invoice_id=settled["id"])
    document = invoice(api, account, due)
    return pay(api, account, amount, invoice_id=settled["id"]), document


def apply(api, payment, document, **more):
    return api.post(f"/v1/payments/{payment['id']}/apply", {"invoice_id": document["id"], **more})


def test_a_payment_is_applied(api, account):
    paid, document = credit(api, account, 700)
    part = apply(api, paid, document, amount=300).expect(200).json
    assert (part["unapplied"], part["version"]) == (400, paid["version"] + 1)
    assert state(api, document) == ("partially_paid", 700)
    assert apply(api, paid, document).expect(200).json["unapplied"] == 0
    assert state(api, document) == ("partially_paid", 300)
    assert entries(api, paid)["applied"] == {"2200": 700, "1100": -700}


@pytest.mark.parametrize("amount, due, asked", [(700, 1000, 701), (5000, 1000, 1001), (700, 1000, 9007199254740991)])
def test_no_more_than_there_is(api, account, sql, amount, due, asked):
    paid, document = credit(api, account, amount, due)
    before = money_written(sql)
    assert pointers(problem(apply(api, paid, document, amount=asked), 422, "over_allocation")) == {"/amount": "over_allocation"}
    for wrong in (0, -1):
        assert pointers(problem(apply(api, paid, document, amount=wrong), 422)) == {"/amount": "out_of_range"}
    assert money_written(sql) == before
    apply(api, paid, document, amount=min(amount, due)).expect(200)


def money_written(sql):
    """Fingerprints of what money stands in; documents are rendered meanwhile."""
    return {t: v for t, v in fingerprint(sql).items() if t.split(".")[0] in ("payment", "billing", "ledger", "crm")}


def test_where_it_cannot_be_applied(api, account, sql):
    settled = invoice(api, account, 1)
    pay(api, account, 1)
    theirs, dollars, drafted = invoice(api, new_account(api), 100), invoice(api, account, 100, currency="USD"), draft(api, account, 5)
    voided = void(api, invoice(api, account, 3))
    paid, document = credit(api, account, 700)
    before = money_written(sql)
    for wrong, status, code in ((drafted, 409, "wrong_state"), (settled, 409, "wrong_state"), (voided, 409, "wrong_state"),
                                (theirs, 422, "validation_failed"), ({"id": new_id()}, 422, "validation_failed"),
                                (dollars, 422, "currency_mismatch")):
        assert "/invoice_id" in pointers(problem(apply(api, paid, wrong), status, code))
    problem(apply(api, {"id": new_id()}, document), 404)
    problem(api.post(f"/v1/payments/{paid['id']}/apply", {"invoice_id": document["id"]}, headers={"If-Match": '"99"'}), 412)
    assert money_written(sql) == before
    apply(api, paid, document).expect(200)
    problem(apply(api, paid, document), 409, "wrong_state")


def test_the_helper_sees_what_is_wrong(api, account, sql, seller):
    """The rules can fail: one is broken on purpose, in a transaction that is rolled back."""
    paid, document = credit(api, account, 700)
    assert set(broken(sql, seller.id)) == {"nothing is open beside money that no invoice has used"}
    apply(api, paid, document).expect(200)
    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica;"
                       "UPDATE payment.payment SET unapplied = unapplied + 1, amount = amount + 2 WHERE id = %s", (paid["id"],))
        try:
            assert set(broken(sql, seller.id)) == {"a payment is its allocations, what is unapplied, refunded and charged back",
                                                   "nothing is open beside money that no invoice has used",
                                                   "what is open is worth what it was",
                                                   "the receivable is what is due, the credit what is unapplied"}
        finally:
            cursor.execute("ROLLBACK")


# ---- what a payment says to the rest of the house ----

def test_a_payment_returns_to_sales_and_to_the_books_in_one_transaction(api, account, sql, seller):
    deal = api.post("/v1/deals", {"name": "Season", "account_id": account["id"], "lines": [
        {"description": "Set-up", "unit_price": "100", "tax_category": "zero"}]}).expect(201).json
    api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200)
    made = wait_for(lambda: api.get(f"/v1/deals/{deal['id']}").json["invoices"], 10, "the draft")
    document = api.post(f"/v1/invoices/{made[0]}/finalize", {}).expect(200).json
    assert api.get(f"/v1/accounts/{account['id']}").json["payment_status"] == "open"
    answer = api.post("/v1/payments", {"account_id": account["id"], "amount": 12000, "kind": "bank", "reference": "RF18"}).expect(201)
    paid = answer.json

    assert api.get(f"/v1/accounts/{account['id']}").json["payment_status"] == "paid"
    assert api.get(f"/v1/deals/{deal['id']}").json["billing_status"] == "paid"
    (told,) = [e for e in events(api, document["id"], "invoice.paid") if e["type"] == "invoice.paid"]
    assert told["payload"] == {
        "number": document["number"], "account_id": account["id"], "deal_id": deal["id"], "currency": "EUR", "total": 10000,
        "amount": 10000, "paid": 10000, "amount_due": 0, "status": "paid"}
    shown = api.get(f"/v1/invoices/{document['id']}").json
    assert (told["object"], told["id"], told["version"]) == ("invoice", document["id"], shown["version"])
    (received,) = events(api, paid["id"], "payment.created")
    assert received["payload"] == {
        "account_id": account["id"], "amount": 12000, "unapplied": 2000, "currency": "EUR", "kind": "bank", "method_type": None, "received_on": paid["received_on"],
        "reference": "RF18", "attempt_id": None, "applied": [{"invoice_id": document["id"], "amount": 10000}]}
    (followed,) = [e for e in events(api, deal["id"], "deal.updated") if e["payload"].get("billing_status") == "paid"]
    request = answer.headers["X-Request-Id"]
    assert {told["request_id"], received["request_id"], followed["request_id"]} == {request}
    assert entries(api, paid) == {"received": {"1010": 12000, "1100": -10000, "2200": -2000}}
    with sql.cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT txid::text), array_agg(DISTINCT type ORDER BY type) FROM job.event WHERE request_id = %s", (request,))
        transactions, types = cursor.fetchone()
        cursor.execute("SELECT array_agg(DISTINCT xmin::text) FROM (SELECT xmin FROM payment.payment WHERE id = %(p)s UNION ALL"
                       " SELECT xmin FROM payment.allocation WHERE payment_id = %(p)s UNION ALL SELECT xmin FROM billing.invoice WHERE id = %(i)s"
                       " UNION ALL SELECT xmin FROM crm.deal WHERE id = %(d)s UNION ALL SELECT e.xmin FROM ledger.entry e WHERE e.document_id = %(p)s)"
                       " x", {"p": paid["id"], "i": document["id"], "d": deal["id"]})
        (rows,) = cursor.fetchone()
    assert types == ["deal.updated", "invoice.paid", "payment.created"]
    assert len(transactions) == 1 and rows == transactions


def test_a_part_says_that_it_is_a_part(api, account):
    document = invoice(api, account, 1000)
    pay(api, account, 400)
    (told,) = [e for e in events(api, document["id"], "invoice.partially_paid") if e["type"] == "invoice.partially_paid"]
    assert {m: told["payload"][m] for m in ("amount", "paid", "amount_due", "status")} == {
        "amount": 400, "paid": 400, "amount_due": 600, "status": "partially_paid"}
    pay(api, account, 600)


def test_finalizing_with_an_advance_says_both(api, account):
    paid = pay(api, account, 700)
    document = invoice(api, account, 500)
    (told,) = [e for e in events(api, document["id"], "invoice.paid")]
    assert (told["type"], set(told["also"])) == ("invoice.paid", {"invoice.created", "invoice.finalized"})
    assert {m: told["payload"][m] for m in ("number", "amount", "paid", "amount_due", "status")} == {
        "number": document["number"], "amount": 500, "paid": 500, "amount_due": 0, "status": "paid"}
    used = [e for e in events(api, paid["id"], "payment.applied") if e["type"] == "payment.applied"]
    assert [e["payload"]["applied"] for e in used] == [[{"invoice_id": document["id"], "amount": 500}]]
    assert used[0]["payload"]["unapplied"] == 200
