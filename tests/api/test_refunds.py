"""Money that goes back: of what is left of a payment or of what an invoice has used, never more than came in, and put back where it fails."""
import concurrent.futures

import pytest

from harness.billing import charged, entries, events, invoice, new_account, pay, state
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem
from harness.stopped import Stopped
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("refunds", roles=("billing", "sales", "accountant"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    # An invoice that a refund has opened may be open beside other money of its payer.
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))


def refund(api, payment, amount, **more):
    return api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": amount, **more})


def look(api, thing, path="refunds"):
    return api.get(f"/v1/{path}/{thing['id']}").expect(200).json


def outcome(api, made):
    return wait_for(lambda: (r := look(api, made))["state"] in ("succeeded", "failed") and r, 30, "the outcome of a refund")


def card_payment(api, account, amount, token="sandbox_ok"):
    """An invoice paid by card, and its payment."""
    document = invoice(api, account, amount)
    attempt = charged(api, document, token)
    assert attempt["state"] == "succeeded"
    (paid,) = [p for p in api.all("/v1/payments", account_id=account["id"]) if p["attempt_id"] == attempt["id"]]
    return document, paid


def balances(api, account):
    return {b["currency"]: (b["amount_due"], b["unapplied"]) for b in look(api, account, "accounts")["balances"] or []}


def difference(api):
    return {t["difference"] for t in api.get("/v1/reports/trial_balance").expect(200).json["totals"]}


def given_back(sql, payment):
    """What the processor's own ledger says was given back of a payment's charge."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(amount), 0) FROM connect.sandbox_refund WHERE charge_key = %s AND state = 'succeeded'", (payment["attempt_id"],))
        return int(cursor.fetchone()[0])


# ---- by hand ----

@pytest.mark.parametrize("kind, code", [("bank", "1010"), ("cash", "1000"), ("card", "1020"), ("other", "1010")])
def test_what_is_left_goes_back_the_way_people_took_it(api, account, kind, code):
    paid = pay(api, account, 700, kind=kind)
    answer = refund(api, paid, 300, reason="Paid twice").expect(201)
    made = answer.json
    assert answer.headers["Location"] == f"/v1/refunds/{made['id']}"
    assert {m: made[m] for m in ("object", "payment_id", "account_id", "invoice_id", "amount", "currency", "reason", "processor", "state",
                                 "failure_code", "sent_at", "failed_at")} == {
        "object": "refund", "payment_id": paid["id"], "account_id": account["id"], "invoice_id": None, "amount": 300, "currency": "EUR",
        "reason": "Paid twice", "processor": None, "state": "succeeded", "failure_code": None, "sent_at": None, "failed_at": None}
    assert made["succeeded_at"]
    shown = look(api, paid, "payments")
    assert (shown["unapplied"], shown["refunded"], [r["id"] for r in shown["refunds"]]) == (400, 300, [made["id"]])
    assert shown["version"] > paid["version"]
    assert entries(api, made) == {"created": {code: -300, "2200": 300}}
    assert difference(api) == {0} and balances(api, account) == {"EUR": (0, 400)}
    told = [t for e in events(api, made["id"], "refund.succeeded") for t in (e["type"], *e["also"])]
    assert {"refund.created", "refund.succeeded"} == set(told)
    assert "payment.refunded" in [t for e in events(api, paid["id"], "payment.refunded") for t in (e["type"], *e["also"])]


def test_what_an_invoice_has_used_opens_it_again(api, account):
    document = invoice(api, account, 12100)
    paid = pay(api, account, 12100)
    made = refund(api, paid, 6050, invoice_id=document["id"]).expect(201).json
    assert made["invoice_id"] == document["id"]
    assert state(api, document) == ("partially_paid", 6050)
    assert entries(api, made) == {"created": {"1010": -6050, "1100": 6050}}
    shown = look(api, paid, "payments")
    assert (shown["unapplied"], shown["refunded"]) == (0, 6050)
    assert [(a["amount"], a["refund_id"]) for a in shown["allocations"]] == [(12100, None), (-6050, made["id"])]
    refund(api, paid, 6050, invoice_id=document["id"]).expect(201)
    assert state(api, document) == ("open", 12100)
    told = [t for e in events(api, document["id"], "invoice.payment_returned") for t in (e["type"], *e["also"])]
    assert "invoice.payment_returned" in told
    assert pay(api, account, 12100)["unapplied"] == 0 and state(api, document) == ("paid", 0)
    assert difference(api) == {0}


def test_never_more_than_there_is(api, account, sql):
    document = invoice(api, account, 1000)
    paid = pay(api, account, 1500)
    cases = [({"amount": 501}, 500), ({"amount": 1001, "invoice_id": document["id"]}, 1000)]
    for body, most in cases:
        told = problem(api.post(f"/v1/payments/{paid['id']}/refunds", body), 422, "over_allocation")
        assert pointers(told) == {"/amount": "over_allocation"} and str(most) in told["errors"][0]["detail"]
    refund(api, paid, 500).expect(201)
    told = problem(refund(api, paid, 1), 422, "over_allocation")
    assert "name the one" in told["detail"]
    refund(api, paid, 400, invoice_id=document["id"]).expect(201)
    problem(refund(api, paid, 601, invoice_id=document["id"]), 422, "over_allocation")
    refund(api, paid, 600, invoice_id=document["id"]).expect(201)
    assert look(api, paid, "payments")["refunded"] == 1500
    problem(refund(api, paid, 1, invoice_id=document["id"]), 422, "over_allocation")


def test_t22_of_a_credit_as_much_as_it_is(api, account):
    """T22: the invoice stays paid; 60.51 is refused, 60.50 goes back."""
    document = invoice(api, account, 12100)
    paid = pay(api, account, 18150)
    problem(refund(api, paid, 6051), 422, "over_allocation")
    refund(api, paid, 6050).expect(201)
    assert state(api, document) == ("paid", 0) and balances(api, account) == {}


@pytest.mark.parametrize("body, wrong", [
    ({}, {"/amount": "required"}), ({"amount": 0}, {"/amount": "out_of_range"}), ({"amount": -1}, {"/amount": "out_of_range"}),
    ({"amount": "5"}, {"/amount": "type"}), ({"amount": 9007199254740992}, {"/amount": "out_of_range"}),
    ({"amount": 1, "reason": ""}, {"/reason": "length"}), ({"amount": 1, "reason": "x" * 501}, {"/reason": "length"}),
    ({"amount": 1, "invoice_id": "x"}, {"/invoice_id": "type"}), ({"amount": 1, "currency": "EUR"}, {"/currency": "unknown"})])
def test_what_is_not_sound(api, account, body, wrong):
    paid = pay(api, account, 100)
    told = problem(api.post(f"/v1/payments/{paid['id']}/refunds", body), 422, "validation_failed")
    assert pointers(told).keys() == wrong.keys()
    assert look(api, paid, "payments")["refunded"] == 0


def test_of_an_invoice_that_it_does_not_pay(api, account):
    paid = pay(api, account, 100)
    other = invoice(api, new_account(api), 100)
    for wrong in (other["id"], new_id()):
        assert pointers(problem(refund(api, paid, 1, invoice_id=wrong), 422)) == {"/invoice_id": "not_found"}
    problem(api.post(f"/v1/payments/{new_id()}/refunds", {"amount": 1}), 404, "not_found")


def test_only_who_may_give_money_back(seller, api, account):
    paid = pay(api, account, 100)
    for role in ("sales", "accountant"):
        problem(refund(seller.as_role(role), paid, 1), 403, "forbidden")
    refund(seller.as_role("billing"), paid, 1).expect(201)


def test_the_same_key_gives_back_once(api, account):
    paid = pay(api, account, 100)
    path, headers = f"/v1/payments/{paid['id']}/refunds", {"Idempotency-Key": "back-" + new_id()}
    first = api.post(path, {"amount": 60}, headers=headers).expect(201)
    again = api.post(path, {"amount": 60}, headers=headers).expect(201)
    assert again.json["id"] == first.json["id"] and again.headers["Idempotent-Replayed"] == "true"
    problem(api.post(path, {"amount": 61}, headers=headers), 422, "idempotency_key_reused")
    assert look(api, paid, "payments")["refunded"] == 60


def test_if_match_is_honoured(api, account):
    paid = pay(api, account, 100)
    path = f"/v1/payments/{paid['id']}/refunds"
    problem(api.post(path, {"amount": 1}, headers={"If-Match": '"77"'}), 412, "precondition_failed")
    api.post(path, {"amount": 1}, headers={"If-Match": f'"{paid["version"]}"'}).expect(201)


def test_a_void_waits_for_nothing(api, account):
    """All that it had been paid is back: it is as if nothing had come."""
    document = invoice(api, account, 100)
    paid = pay(api, account, 100)
    problem(api.post(f"/v1/invoices/{document['id']}/void"), 409, "wrong_state")
    refund(api, paid, 100, invoice_id=document["id"]).expect(201)
    assert api.post(f"/v1/invoices/{document['id']}/void").expect(200).json["status"] == "void"


def test_lists_and_what_is_named(api, account):
    paid, other = pay(api, account, 100), pay(api, account, 100)
    mine = [refund(api, paid, n).expect(201).json["id"] for n in (1, 2, 3)]
    refund(api, other, 4).expect(201)
    assert [r["id"] for r in api.all("/v1/refunds", payment_id=paid["id"])] == mine
    assert len(api.all("/v1/refunds", account_id=account["id"], state="succeeded")) == 4
    assert api.all("/v1/refunds", account_id=account["id"], state="failed") == []
    shown = api.get("/v1/refunds/" + mine[0], expand="payment,account").expect(200).json
    assert (shown["payment"]["id"], shown["account"]["id"]) == (paid["id"], account["id"])
    (listed,) = api.get("/v1/payments", ids=paid["id"], expand="refunds").expect(200).json["data"]
    assert [r["amount"] for r in listed["refunds"]] == [1, 2, 3]
    history = api.get(f"/v1/accounts/{account['id']}/timeline", object="refund").expect(200).json["data"]
    assert len(history) == 4 and history[0]["subject"]["amount"] == 4


def test_of_one_payment_from_many_sides(api, seller, account):
    """All at once: as many go through as there is money for, and the rest are told why."""
    document = invoice(api, account, 500)
    paid = pay(api, account, 1000)
    header = api.headers["Authorization"]

    def one(n):
        client = seller.product.client(Authorization=header)
        more = {"invoice_id": document["id"]} if n % 2 else {}
        return refund(client, paid, 200, **more)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(12)))
    assert sorted(a.status for a in answers) == [201] * 4 + [422] * 8
    shown = look(api, paid, "payments")
    assert (shown["refunded"], shown["unapplied"]) == (800, 100)
    assert state(api, document) == ("partially_paid", 400)


# ---- by a processor ----

def test_a_card_payment_goes_back_to_the_card(api, account, sql):
    document, paid = card_payment(api, account, 9000)
    made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
    assert (made["processor"], made["state"], made["succeeded_at"]) == ("sandbox", "new", None)
    assert state(api, document) == ("partially_paid", 4000)
    done = outcome(api, made)
    assert done["state"] == "succeeded" and done["processor_ref"] and done["sent_at"] <= done["succeeded_at"]
    assert entries(api, made) == {"created": {"1100": 4000, "2210": -4000}, "paid": {"2210": 4000, "1020": -4000}}
    assert given_back(sql, paid) == 4000 and difference(api) == {0}
    told = [t for e in events(api, made["id"], "refund.succeeded") for t in (e["type"], *e["also"])]
    assert told[0] == "refund.created" and told[-1] == "refund.succeeded"


def test_what_a_processor_took_goes_back_by_hand_when_it_cannot(api, account, sql):
    document, paid = card_payment(api, account, 9000)
    made = refund(api, paid, 4000, invoice_id=document["id"], by_hand=True, reason="By transfer").expect(201).json
    assert (made["processor"], made["processor_id"], made["state"]) == (None, None, "succeeded")
    assert entries(api, made) == {"created": {"1010": -4000, "1100": 4000}}
    assert state(api, document) == ("partially_paid", 4000) and given_back(sql, paid) == 0
    problem(refund(api, paid, 5001, invoice_id=document["id"], by_hand=True), 422, "over_allocation")
    assert outcome(api, refund(api, paid, 5000, invoice_id=document["id"]).expect(201).json)["state"] == "succeeded"


def test_one_at_a_time(api, account, sql):
    document, paid = card_payment(api, account, 9000, "sandbox_unknown")
    made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
    again = refund(api, paid, 1000, invoice_id=document["id"])
    if again.status == 409:
        problem(again, 409, "refund_in_flight")
    done = outcome(api, made)
    assert done["state"] == "succeeded"
    assert given_back(sql, paid) == (4000 if again.status == 409 else 5000)


def test_an_answer_that_was_lost_is_asked_for(api, account, sql):
    """sandbox_unknown: the money has moved, and only the processor's list says so."""
    document, paid = card_payment(api, account, 9000, "sandbox_unknown")
    made = refund(api, paid, 9000, invoice_id=document["id"]).expect(201).json
    wait_for(lambda: look(api, made)["state"] == "unknown", 20, "the lost answer")
    assert entries(api, made) == {"created": {"1100": 9000, "2210": -9000}}
    problem(refund(api, paid, 1, invoice_id=document["id"]), 409, "refund_in_flight")
    assert outcome(api, made)["state"] == "succeeded"
    assert given_back(sql, paid) == 9000 and state(api, document) == ("open", 9000)
    told = [t for e in events(api, made["id"], "refund.succeeded") for t in (e["type"], *e["also"])]
    assert "refund.unknown" in told


def asking(seller, paid):
    """Holds the processor where it is asked about a payment's charge."""
    return Stopped(seller.product, "SELECT pg_advisory_xact_lock(hashtextextended('sandbox_refund:' || %s || %s, 0))",
                   (seller.id, paid["attempt_id"]))


def test_a_refund_that_fails_is_undone_and_told(api, account, sql):
    document, paid = card_payment(api, account, 9000, "sandbox_refund_fail")
    made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
    done = outcome(api, made)
    assert (done["state"], done["failure_code"]) == ("failed", "expired_or_canceled_card") and done["failed_at"]
    assert state(api, document) == ("paid", 0)
    shown = look(api, paid, "payments")
    assert (shown["unapplied"], shown["refunded"], [a["amount"] for a in shown["allocations"]]) == (0, 0, [9000, 4000, -4000])
    assert entries(api, made) == {"created": {"1100": 4000, "2210": -4000}, "failed": {"2210": 4000, "1100": -4000}}
    (task,) = [t for t in api.all("/v1/tasks", account_id=account["id"]) if t["kind"] == "refund_failed"]
    assert task["state"] == "open" and task["invoice_id"] == document["id"]
    assert given_back(sql, paid) == 0 and difference(api) == {0}
    events(api, made["id"], "refund.failed")


def test_a_failed_refund_of_what_is_paid_again_is_credit(api, seller, account):
    document, paid = card_payment(api, account, 9000, "sandbox_refund_fail")
    with asking(seller, paid):  # it fails once the invoice is paid another way
        made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
        api.post("/v1/payments", {"account_id": account["id"], "amount": 4000, "invoice_id": document["id"]}).expect(201)
    assert outcome(api, made)["state"] == "failed"
    assert state(api, document) == ("paid", 0)
    assert balances(api, account) == {"EUR": (0, 4000)}


def test_what_is_left_of_a_charge_goes_back(api, account, sql):
    """A charge that found its invoice paid is credit, and given back as that."""
    document, paid = card_payment(api, account, 9000)
    made = refund(api, paid, 9000, invoice_id=document["id"]).expect(201).json
    outcome(api, made)
    assert charged(api, document)["state"] == "succeeded"
    assert given_back(sql, paid) == 9000


def test_not_while_it_is_disputed(api, account):
    document, paid = card_payment(api, account, 9000, "sandbox_dispute")
    wait_for(lambda: look(api, document, "invoices")["dispute_status"] == "disputed", 20, "the dispute")
    problem(refund(api, paid, 1, invoice_id=document["id"]), 409, "wrong_state")


# ---- a worker that dies ----

def hurry(sql, made):
    """The job that asks again is due now, and a lease that a dead worker holds is over."""
    with sql.cursor() as cursor:
        cursor.execute("UPDATE job.job SET run_at = now(), lease_until = CASE WHEN lease_until IS NOT NULL THEN now() END"
                       " WHERE kind = 'refund' AND key = %s AND state <> 'done'", ("refund:" + made["id"],))


def test_killed_before_the_processor_has_given_back(api, seller, account, sql):
    document, paid = card_payment(api, account, 9000)
    with asking(seller, paid) as held:
        made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
        held.kill()
        assert given_back(sql, paid) == 0 and look(api, made)["state"] == "in_flight"
        problem(refund(api, paid, 1, invoice_id=document["id"]), 409, "refund_in_flight")
    hurry(sql, made)
    assert outcome(api, made)["state"] == "succeeded" and given_back(sql, paid) == 4000


def test_killed_after_the_processor_has_given_back(api, seller, account, sql):
    document, paid = card_payment(api, account, 9000)
    with asking(seller, paid) as held:
        made = refund(api, paid, 4000, invoice_id=document["id"]).expect(201).json
        held.waits()
        with Stopped(seller.product, "SELECT 1 FROM crm.account WHERE id = %s FOR UPDATE", (account["id"],)) as writing:
            held.let_go()
            wait_for(lambda: given_back(sql, paid) == 4000, 20, "the processor's answer")
            writing.kill()
            assert look(api, made)["state"] == "in_flight"
    hurry(sql, made)
    assert outcome(api, made)["state"] == "succeeded" and given_back(sql, paid) == 4000
    assert set(entries(api, made)) == {"created", "paid"}
