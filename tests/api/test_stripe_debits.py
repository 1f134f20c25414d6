"""Debits of bank accounts through Stripe: under way for days, during which nothing else is charged and nobody is reminded; then paid, or
refused with the bank's reason; and taken back by the bank after all. What tells (nobody, webhooks, early or in disorder) changes nothing."""
import datetime

import pytest

from harness.billing import entries, events
from harness.money import check_money
from harness.payer import Payer, begin, complete, link, there
from harness.problem import problem
from harness.sandbox import Sandbox
from harness.stripe import Seller
from harness.wait import wait_for

SETTINGS = [None, {"copies": 1}, {"copies": 3}, {"disorder": 1.0, "twice": 0.5, "seed": 11}]
IDS = ["asked for", "once", "three times", "in disorder"]
WORDS = "I agree that my account is debited by itself when an amount is due."


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "debits")


@pytest.fixture(autouse=True)
def books_agree(stripe_well, seller):
    yield
    with seller.product.database() as looking:
        check_money(looking, seller.tenant.id, leave_out=("nothing is open beside money that no invoice has used",
                                                          "what a processor captured and what was received are the same"))


def keep(seller, account, stripe, method="pm_successDelayed_de"):
    """The account's owner leaves a bank account on Stripe's page, with a mandate."""
    setup = seller.api.post(f"/v1/accounts/{account['id']}/payment_setups", {
        "consent": WORDS, "return_url": "https://shop.example/back"}).expect(202).json
    shown = wait_for(lambda: (now := seller.read(setup, "payment_setups"))["url"] and now, 20, "the page", every=0.1)
    complete(stripe, shown["url"], method)
    done = wait_for(lambda: (now := seller.read(setup, "payment_setups"))["resolved_at"] and now, 30, "the kept account", every=0.1)
    assert done["state"] == "succeeded"
    return seller.read({"id": done["method_id"]}, "payment_methods")


def debited(seller, stripe, method="pm_successDelayed_de", settings=None, price="100"):
    """An invoice whose debit is with the payer's bank: the account, the invoice, its attempt, the intent there."""
    seller.hear()
    account = seller.account()
    kept = keep(seller, account, stripe, method)
    seller.hear(**settings) if settings else stripe.control("/webhooks")
    draft = seller.api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        {"description": "Stay", "unit_price": price, "tax_rate": "0"}]}).expect(201).json
    attempt = seller.pay(draft, kept["id"])
    if "Delayed" in method:
        attempt = wait_for(lambda: (now := seller.attempt(attempt))["processing_at"] and now, 30, "the bank's turn", every=0.1)
    return account, draft, attempt


def bank_says(stripe, attempt, code=None):
    return stripe.control("/debit", payment_intent=attempt["processor_ref"], **({"failure_code": code} if code else {}))


def soon(seller, attempt):
    seller.soon("attempt:" + attempt["id"])


def test_a_bank_account_is_kept_with_its_mandate(seller, stripe):
    seller.hear()
    method = keep(seller, seller.account(), stripe, "pm_success_at")
    assert (method["brand"], method["last4"], method["exp_month"]) == ("sepa_debit", "3201", None)
    assert method["label"] == "SEPA Direct Debit, ends in 3201" and method["off_session"] and method["is_default"]
    assert method["consent"]["words"] == WORDS
    # Under the reference that its owner's bank knows.
    (mandate,) = [m for m in stripe.objects("mandate") if m["payment_method_details"]["sepa_debit"]["reference"] == method["mandate"]["reference"]]
    assert method["mandate"] == {
        "scheme": "sepa_debit", "reference": mandate["payment_method_details"]["sepa_debit"]["reference"],
        "url": mandate["payment_method_details"]["sepa_debit"]["url"], "status": "active",
        "accepted_at": datetime.datetime.fromtimestamp(mandate["customer_acceptance"]["accepted_at"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")}


@pytest.mark.parametrize("settings", [SETTINGS[0], SETTINGS[3]], ids=[IDS[0], IDS[3]])
def test_the_mandate_of_a_debit_that_is_kept_as_it_pays(seller, stripe, settings):
    seller.hear(**settings) if settings else stripe.control("/webhooks")
    account = seller.account()
    invoice = seller.invoice(account)
    payer = Payer(seller.product, link(seller.api, invoice)["url"])
    begin(payer, keep="yes")
    complete(stripe, there(payer), "pm_success_de")
    (method,) = wait_for(lambda: [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]], 60, "the method", every=0.2)
    (attempt,) = seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])
    (charge,) = [c for c in stripe.objects("charge") if c["metadata"].get("billfold_attempt") == attempt["id"]]
    (mandate,) = [m for m in stripe.objects("mandate") if m["id"] == charge["payment_method_details"]["sepa_debit"]["mandate"]]
    shown = seller.read(method, "payment_methods")["mandate"]
    assert (shown["scheme"], shown["reference"]) == ("sepa_debit", mandate["payment_method_details"]["sepa_debit"]["reference"])


def mandate_of(stripe, method):
    (mandate,) = [m for m in stripe.objects("mandate")
                  if m["payment_method_details"]["sepa_debit"]["reference"] == method["mandate"]["reference"]]
    return mandate


def of(seller, mandate, state=None):
    """What was told of a mandate, once nothing of it waits."""
    return wait_for(lambda: (all(e["state"] in ([state] if state else ["applied", "parked"]) for e in told) and told) if (
        told := seller.api.all("/v1/processor_events", object_ref=mandate["id"])) else None, 60, "what was told of the mandate", every=0.2)


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_a_mandate_that_is_taken_back_ends_its_method(seller, stripe, settings):
    """By its owner or their bank, at Stripe: nothing is debited any more, nobody has to find out by a debit that fails."""
    seller.hear()
    account = seller.account()
    kept = keep(seller, account, stripe)
    spare = keep(seller, account, stripe, "pm_success_fr")
    invoice = seller.invoice(account)
    assert kept["is_default"] and kept["mandate"]["status"] == "active"
    seller.hear(**settings) if settings else stripe.control("/webhooks")
    mandate = mandate_of(stripe, kept)
    stripe.control("/mandate", mandate=mandate["id"], status="inactive")
    shown = wait_for(lambda: (now := seller.read(kept, "payment_methods"))["state"] == "declined" and now, 60, "the mandate's end", every=0.1)
    assert (shown["mandate"], shown["is_default"]) == ({**kept["mandate"], "status": "inactive"}, False)
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": kept["id"], "off_session": True}), 409, "wrong_state")
    assert not [r for r in stripe.state()["requests"] if r["path"] == "/v1/payment_intents" and r["key"] in
                [a["id"] for a in seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])]]
    assert (seller.read(spare, "payment_methods")["state"], seller.read(spare, "payment_methods")["mandate"]["status"]) == ("active", "active")
    # Told once more, and of how it was before, it stays ended.
    for status in ("active", "inactive"):
        stripe.control("/event", type="mandate.updated", object={**mandate, "status": status})
    wait_for(lambda: len({e["ref"] for e in of(seller, mandate, "applied")}) == 3, 60, "all that was told", every=0.2)
    assert seller.read(kept, "payment_methods")["version"] == shown["version"]
    (told,) = [e for e in events(seller.api, kept["id"], "payment_method.declined") if e["type"] == "payment_method.declined"]
    assert {key: told["payload"][key] for key in ("account_id", "state", "decline_code", "mandate_reference", "mandate_status")} == {
        "account_id": account["id"], "state": "declined", "decline_code": "mandate_inactive",
        "mandate_reference": kept["mandate"]["reference"], "mandate_status": "inactive"}


def test_a_mandate_that_a_bank_has_yet_to_accept(seller, stripe):
    """What is shown follows; nothing ends by it, and one that ended after all stays so."""
    seller.hear(copies=2)
    method = keep(seller, seller.account(), stripe)
    mandate = mandate_of(stripe, method)
    for status, state in (("pending", "active"), ("active", "active"), ("inactive", "declined")):
        stripe.control("/mandate", mandate=mandate["id"], status=status)
        shown = wait_for(lambda: (now := seller.read(method, "payment_methods"))["mandate"]["status"] == status and now, 60, status, every=0.1)
        assert (shown["state"], shown["is_default"]) == (state, state == "active")


def test_what_is_under_way_ends_as_the_bank_says_and_no_try_follows(seller, stripe):
    account, invoice, attempt = debited(seller, stripe, settings={"copies": 1})
    method = seller.read({"id": attempt["method_id"]}, "payment_methods")
    stripe.control("/mandate", mandate=mandate_of(stripe, method)["id"], status="inactive")
    wait_for(lambda: seller.read(method, "payment_methods")["state"] == "declined", 60, "the mandate's end", every=0.1)
    assert seller.attempt(attempt)["state"] == "in_flight" and seller.read(invoice, "invoices")["amount_processing"] == 10000
    bank_says(stripe, attempt, "insufficient_funds")
    done = seller.resolved(attempt)
    assert (done["state"], done["decline_code"]) == ("declined", "insufficient_funds")
    case = seller.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json
    assert case["next_action"] != "retry" and case["state"] == "active"


def test_a_mandate_that_is_nobodys_here_or_may_not_be_read_is_parked(seller, stripe):
    seller.hear()
    method = keep(seller, seller.account(), stripe)
    mandate = mandate_of(stripe, method)
    stripe.control("/event", type="mandate.updated", object={**mandate, "id": "mandate_of_somebody_else"})
    (told,) = of(seller, {"id": "mandate_of_somebody_else"})
    assert (told["state"], told["topic"]) == ("parked", "mandate") and "no method of ours" in told["reason"]
    stripe.fail({"do": "forbidden", "method": "GET", "path": "/v1/mandates/" + mandate["id"]})
    stripe.control("/mandate", mandate=mandate["id"], status="inactive")
    (told,) = of(seller, mandate)
    assert told["state"] == "parked" and "may not read mandates" in told["reason"]
    assert seller.read(method, "payment_methods")["state"] == "active"
    assert seller.read(seller.processor, "processors")["trouble"] is None


def test_a_card_has_none(seller, stripe):
    seller.hear()
    assert keep(seller, seller.account(), stripe, "pm_card_visa")["mandate"] is None


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_under_way_until_the_bank_has_paid(seller, stripe, settings):
    account, invoice, attempt = debited(seller, stripe, settings=settings)
    assert (attempt["state"], attempt["resolved_at"]) == ("in_flight", None)
    shown = seller.read(invoice, "invoices")
    assert (shown["status"], shown["amount_due"], shown["amount_processing"]) == ("open", 10000, 10000)
    # T34: nothing else is charged, the document is not taken back, the account stays.
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "pm_card_visa"}), 409, "attempt_in_flight")
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/void", {}), 409, "attempt_in_flight")
    method = seller.read({"id": attempt["method_id"]}, "payment_methods")
    problem(seller.api.delete(f"/v1/payment_methods/{method['id']}", method), 409, "attempt_in_flight")
    seller.quiet()
    assert seller.attempt(attempt)["state"] == "in_flight"
    assert bank_says(stripe, attempt)["status"] == "succeeded"
    assert seller.resolved(attempt)["state"] == "succeeded"
    seller.quiet()
    shown = seller.read(invoice, "invoices")
    assert (shown["status"], shown["amount_due"], shown["amount_processing"]) == ("paid", 0, 0)
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    assert (payment["kind"], payment["amount"], payment["reference"]) == ("debit", 10000, attempt["processor_ref"])
    assert entries(seller.api, payment)["received"] == {"1020": 10000, "1100": -10000}
    assert len(seller.charges()[attempt["id"]]) == 1
    types = [t for e in events(seller.api, invoice["id"], "invoice.paid") for t in (e["type"], *e["also"])]
    assert types.index("invoice.payment_processing") < types.index("invoice.paid")
    assert [t for e in events(seller.api, attempt["id"], "payment_attempt.succeeded") for t in (e["type"], *e["also"])].count(
        "payment_attempt.processing") == 1


@pytest.mark.parametrize("code, hard", [("insufficient_funds", False), ("generic_could_not_process", False), ("account_closed", True),
                                        ("debit_not_authorized", True)])
@pytest.mark.parametrize("settings", [SETTINGS[0], SETTINGS[3]], ids=[IDS[0], IDS[3]])
def test_refused_by_the_bank_it_is_collected_again(seller, stripe, settings, code, hard):
    account, invoice, attempt = debited(seller, stripe, settings=settings)
    bank_says(stripe, attempt, code)
    done = seller.resolved(attempt)
    assert (done["state"], done["decline_code"], done["decline_class"]) == ("declined", code, "hard" if hard else "soft")
    shown = seller.read(invoice, "invoices")
    assert (shown["status"], shown["amount_due"], shown["amount_processing"]) == ("open", 10000, 0)
    case = seller.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json
    assert (case["state"], case["declines"], case["next_action"]) == ("active", 1, "reminder:-3" if hard else "retry")
    assert seller.read({"id": attempt["method_id"]}, "payment_methods")["state"] == ("declined" if hard else "active")
    assert attempt["id"] not in seller.charges()
    assert seller.resolved(seller.pay(invoice))["state"] == "succeeded"


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_what_a_refused_debit_costs_is_booked_once(seller, stripe, settings):
    account, invoice, attempt = debited(seller, stripe, settings=settings)
    bank_says(stripe, attempt, "insufficient_funds")
    assert seller.resolved(attempt)["state"] == "declined"
    seller.quiet()
    soon(seller, attempt)
    wait_for(lambda: seller.attempt(attempt)["fees"], 30, "the failure's fee", every=0.1)
    assert [(f["kind"], f["amount"], f["currency"], f["base_amount"]) for f in seller.attempt(attempt)["fees"]] == [("failure", 350, "EUR", 350)]
    assert entries(seller.api, attempt) == {"fee": {"6100": 350, "1020": -350}}
    assert seller.read(invoice, "invoices")["amount_due"] == 10000 and not [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    # Told once more by whomever, it stays one.
    (charge,) = [c for c in stripe.objects("charge") if c["payment_intent"] == attempt["processor_ref"]]
    for kind in ("charge.failed", "charge.updated"):
        stripe.control("/event", type=kind, object=charge)
    seller.quiet()
    assert entries(seller.api, attempt) == {"fee": {"6100": 350, "1020": -350}}
    told = [t for e in events(seller.api, attempt["id"], "payment_attempt.fee_booked") for t in (e["type"], *e["also"])]
    assert told.count("payment_attempt.fee_booked") == 1


@pytest.mark.parametrize("method, outcome", [
    ("pm_success_de", ("succeeded", None)), ("pm_insufficientFunds_de", ("declined", "insufficient_funds")),
    ("pm_exceedsWeeklyVolumeLimit_de", ("declined", "charge_exceeds_source_limit"))])
@pytest.mark.parametrize("fault", ["webhook_first", "cut_after", "error_after", "slow", "html"])
def test_told_before_the_answer_or_without_one(seller, stripe, fault, method, outcome):
    """H12, T34: the bank is as fast as our own answer, which is late or lost."""
    seller.hear()
    account = seller.account()
    kept = keep(seller, account, stripe, method)
    invoice = seller.invoice(account)
    seller.hear(copies=2, disorder=0.5, seed=5)
    stripe.fail({"do": fault, "method": "POST", "seconds": 3, "metadata": {"billfold_invoice": invoice["number"]}})
    attempt = seller.pay(invoice, kept["id"])
    done = seller.resolved(attempt, 90)
    assert (done["state"], done["decline_code"]) == outcome
    seller.quiet()
    shown = seller.read(invoice, "invoices")
    assert (shown["status"] == "paid", shown["amount_processing"]) == (outcome[0] == "succeeded", 0)
    assert len(seller.charges().get(attempt["id"], [])) == (outcome[0] == "succeeded")
    assert len({r["body"] for r in stripe.state()["requests"] if r["key"] == attempt["id"]}) == 1


def test_t35_what_is_told_late_takes_nothing_back(seller, stripe):
    account, invoice, attempt = debited(seller, stripe, settings={"copies": 1})
    (early,) = [i for i in stripe.objects("payment_intent") if i["id"] == attempt["processor_ref"]]
    bank_says(stripe, attempt)
    assert seller.resolved(attempt)["state"] == "succeeded"
    for kind in ("payment_intent.processing", "payment_intent.payment_failed"):
        stripe.control("/event", type=kind, object=early)
    seller.quiet()
    shown = seller.read(invoice, "invoices")
    assert (shown["status"], shown["amount_processing"]) == ("paid", 0) and seller.attempt(attempt)["state"] == "succeeded"


def test_it_is_asked_for_slowly_and_never_taken_for_absent(seller, stripe):
    """Nobody tells, and a look that finds nothing, even when the key has long been forgotten, is no reason to charge anew."""
    account, invoice, attempt = debited(seller, stripe)
    # All that was told of it by then is done with: the next look is the attempt's own.
    wait_for(lambda: [e["state"] for e in seller.api.all("/v1/processor_events", object_ref=attempt["processor_ref"])] == ["applied"], 60,
             "what is told of it", every=0.2)
    assert seller.job("attempt:" + attempt["id"], "run_at - now() > interval '20 minutes'") == (True,)
    with seller.product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payment.attempt SET sent_at = sent_at - interval '9 days', processing_at = processing_at - interval '9 days'"
                       " WHERE id = %s", (attempt["id"],))
        cursor.execute("SELECT count(*) FROM payment.check_unknown() WHERE id = %s", (attempt["id"],))
        assert cursor.fetchone() == (0,)
    stripe.control("/clock", advance=25 * 3600)
    stripe.fail({"do": "gone", "method": "GET", "path": "/v1/payment_intents/" + attempt["processor_ref"]})
    soon(seller, attempt)
    wait_for(lambda: any(r["fault"] == "gone" for r in stripe.state()["requests"]), 20, "the look")
    unclear = wait_for(lambda: (now := seller.attempt(attempt))["state"] == "unknown" and now, 20, "no decision")
    assert unclear["resolved_at"] is None and seller.read(invoice, "invoices")["amount_processing"] == 10000
    soon(seller, attempt)
    wait_for(lambda: seller.attempt(attempt)["state"] == "in_flight", 20, "the bank's turn again")
    (left,) = seller.job("attempt:" + attempt["id"], "extract(epoch FROM run_at - now())::integer")
    assert 5 * 3600 < left <= 6 * 3600
    assert len([r for r in stripe.state()["requests"] if r["key"] == attempt["id"]]) == 1
    bank_says(stripe, attempt)
    soon(seller, attempt)
    assert seller.resolved(attempt)["state"] == "succeeded"


def test_paid_otherwise_meanwhile_it_is_credit(seller, stripe):
    account, invoice, attempt = debited(seller, stripe, settings={"copies": 1})
    seller.api.post("/v1/payments", {"account_id": account["id"], "amount": 10000, "invoice_id": invoice["id"]}).expect(201)
    shown = seller.read(invoice, "invoices")
    assert (shown["status"], shown["amount_processing"]) == ("paid", 10000)
    bank_says(stripe, attempt)
    assert seller.resolved(attempt)["state"] == "succeeded"
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    assert payment["unapplied"] == 10000 and seller.read(invoice, "invoices")["amount_processing"] == 0


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_t31_taken_back_after_it_had_succeeded(seller, stripe, settings):
    """K9: the bank takes a debit back, and nobody is asked: due again; the mandate is gone with it, so nothing is debited anew."""
    account, invoice, attempt = debited(seller, stripe, settings=settings)
    bank_says(stripe, attempt)
    assert seller.resolved(attempt)["state"] == "succeeded"
    (payment,) = [p for p in seller.payments() if p["attempt_id"] == attempt["id"]]
    wait_for(lambda: seller.read(payment, "payments")["fees"], 20, "the charge's fee")
    (charge,) = [c for c in stripe.objects("charge") if c["payment_intent"] == attempt["processor_ref"]]
    stripe.control("/dispute", charge=charge["id"], reason="debit_not_authorized")
    shown = wait_for(lambda: (i := seller.read(invoice, "invoices"))["dispute_status"] == "lost" and i, 60, "the loss")
    assert (shown["status"], shown["amount_due"], shown["amount_processing"]) == ("open", 10000, 0)
    seller.quiet()
    (dispute,) = seller.api.all("/v1/disputes", payment_id=payment["id"])
    assert (dispute["state"], dispute["taken"], dispute["reason"]) == ("lost", 10000, "debit_not_authorized")
    assert seller.read(payment, "payments")["charged_back"] == 10000
    assert {code: sum(sides.get(code, 0) for sides in entries(seller.api, dispute).values()) for code in ("1100", "1030", "1020")} == {
        "1100": 10000, "1030": 0, "1020": -10000}
    wait_for(lambda: seller.read({"id": attempt["method_id"]}, "payment_methods")["state"] == "declined", 60, "the mandate's end", every=0.1)
    problem(seller.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": attempt["method_id"]}), 409, "wrong_state")
    assert seller.resolved(seller.pay(invoice))["state"] == "succeeded"


def test_a_refusal_whose_answer_is_lost_is_had_again(seller, stripe):
    """T34: what Stripe keeps of it waits for a confirmation that nobody will give: the same request, under its key, tells why."""
    account, invoice, attempt = debited(seller, stripe)
    bank_says(stripe, attempt)
    soon(seller, attempt)
    assert seller.resolved(attempt)["state"] == "succeeded"
    method = seller.read({"id": attempt["method_id"]}, "payment_methods")
    stripe.control("/mandate", mandate=mandate_of(stripe, method)["id"], status="inactive", told=False)
    other = seller.invoice(account)
    stripe.fail({"do": "cut_after", "method": "POST", "metadata": {"billfold_invoice": other["number"]}})
    again = seller.resolved(seller.pay(other, attempt["method_id"]))
    assert (again["state"], again["decline_code"], again["decline_class"]) == ("declined", "mandate_missing", "hard")
    assert seller.read(method, "payment_methods")["state"] == "declined"
    sent = [r for r in stripe.state()["requests"] if r["key"] == again["id"]]
    assert len(sent) == 2 and len({r["body"] for r in sent}) == 1 and again["id"] not in seller.charges()


def test_the_bank_takes_it_back_as_soon_as_it_has_paid(seller, stripe):
    account, invoice, attempt = debited(seller, stripe, "pm_disputed_de", settings={"disorder": 1.0, "twice": 0.5, "seed": 3})
    assert seller.resolved(attempt)["state"] == "succeeded"
    shown = wait_for(lambda: (i := seller.read(invoice, "invoices"))["dispute_status"] == "lost" and i, 60, "the loss")
    assert (shown["status"], shown["amount_due"]) == ("open", 10000)


@pytest.mark.parametrize("code", [None, "insufficient_funds"], ids=["paid", "refused"])
def test_on_the_processors_page(seller, stripe, code):
    """The payer chooses their bank account there; the invoice's page says that it is under way, and looks no more by itself."""
    seller.hear()
    account = seller.account(locale="en-GB")
    invoice = seller.invoice(account)
    payer = Payer(seller.product, link(seller.api, invoice)["url"])
    begin(payer, keep="yes")
    complete(stripe, there(payer), "pm_successDelayed_fr")
    (attempt,) = seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])
    attempt = wait_for(lambda: (now := seller.attempt(attempt))["processing_at"] and now, 30, "the bank's turn", every=0.1)
    assert attempt["processor_ref"] and attempt["state"] == "in_flight"
    payer.look(payer.path + "?done")
    assert "Your payment is under way." in payer.text and "http-equiv" not in payer.page and not payer.nonce()
    assert "By bank transfer" not in payer.text
    bank_says(stripe, attempt, code)
    done = seller.resolved(attempt)
    payer.look()
    if code:
        assert (done["state"], done["decline_code"]) == ("declined", code)
        assert "The payment was declined." in payer.text and payer.nonce()
        wait_for(lambda: seller.attempt(attempt)["fees"], 30, "the failure's fee", every=0.1)
        assert entries(seller.api, attempt) == {"fee": {"6100": 350, "1020": -350}}
        return
    assert "Paid. Thank you." in payer.text and "direct debit" in payer.text
    method = wait_for(lambda: [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]], 30, "the method")[0]
    assert (method["brand"], method["is_default"]) == ("sepa_debit", True)


# ---- by the clock of a sandbox ----

@pytest.fixture
def shop(stripe_product, stripe):
    made = Seller(stripe_product, stripe, "clock")
    made.clock = Sandbox(made.tenant)
    made.hear()
    return made


def due_invoice(shop, due="03-15", price="100"):
    """An account with a bank account kept, and what it owes."""
    account = shop.account(contacts=[{"name": "Office", "email": shop.clock.mailbox(), "roles": ["billing"]}])
    method = keep(shop, account, shop.stripe)
    return account, method, shop.clock.invoice(account, price, due_date=f"{shop.clock.year}-{due}")


def under_way(shop, invoice, method):
    attempt = shop.pay(invoice, method["id"])
    return wait_for(lambda: (now := shop.attempt(attempt))["processing_at"] and now, 30, "the bank's turn", every=0.1)


def test_nobody_is_reminded_while_it_is_under_way_and_days_later_it_fails(shop, stripe):
    """The due date and every reminder pass; then the bank refuses, and collection begins where it is."""
    clock = shop.clock
    account, method, invoice = due_invoice(shop)
    attempt = under_way(shop, invoice, method)
    clock.to("03-24")
    shown = clock.dunning(invoice)
    assert (clock.sent(invoice), shown["state"], shown["planned_reminders"], shown["hand_over_at"]) == ([], "none", [], None)
    assert shop.read(invoice, "invoices")["overdue"] and not clock.tasks(invoice)
    bank_says(stripe, attempt, "insufficient_funds")
    assert shop.resolved(attempt)["decline_code"] == "insufficient_funds"
    clock.quiet()
    shown = clock.dunning(invoice)
    assert (shown["state"], shown["declines"], shown["next_action"], shown["next_action_at"][:10]) == (
        "active", 1, "retry", f"{clock.year}-03-25")
    assert [s for s in clock.sent(invoice) if s[0].startswith("payment_failed")] and len(clock.tasks(invoice)) == 1
    clock.to("03-25")
    (first, second) = shop.api.all("/v1/payment_attempts", invoice_id=invoice["id"])
    assert (second["source"], second["state"]) == ("retry", "in_flight")
    second = wait_for(lambda: (now := shop.attempt(second))["processing_at"] and now, 30, "the bank's turn", every=0.1)
    clock.to("04-20")  # past all tries and the hand-over of the policy
    assert len(shop.api.all("/v1/payment_attempts", invoice_id=invoice["id"])) == 2
    assert clock.dunning(invoice)["state"] == "active"
    bank_says(stripe, second)
    assert shop.resolved(second)["state"] == "succeeded"
    clock.quiet()
    assert (clock.dunning(invoice)["state"], shop.read(invoice, "invoices")["status"]) == ("resolved", "paid")


def test_a_hand_over_waits_for_the_bank(shop, stripe):
    clock = shop.clock
    account, method, invoice = due_invoice(shop)
    attempt = under_way(shop, invoice, method)
    clock.to("05-20")
    assert clock.dunning(invoice)["state"] == "none"
    bank_says(stripe, attempt, "account_closed")
    shop.resolved(attempt)
    clock.quiet()
    clock.to("05-22")
    assert clock.dunning(invoice)["state"] == "handed_over"


def test_a_planned_try_that_meets_another_attempt_is_made_the_day_after(shop, stripe):
    """The payer stands on the processor's page when the try falls due, and leaves it: the try was put off, not lost."""
    clock = shop.clock
    account, method, invoice = due_invoice(shop, due="06-30")
    attempt = under_way(shop, invoice, method)
    bank_says(stripe, attempt, "insufficient_funds")
    shop.resolved(attempt)
    clock.quiet()
    payer = Payer(shop.product, link(shop.api, invoice)["url"])
    begin(payer)
    url = there(payer)
    clock.to("02-28", "10:00:00")  # the first try was due at nine
    assert len(shop.api.all("/v1/payment_attempts", invoice_id=invoice["id"])) == 2
    assert clock.dunning(invoice)["next_action"] == "retry"
    stripe.control("/checkout/expire", session=url.rsplit("/", 1)[1])
    page = shop.api.all("/v1/payment_attempts", invoice_id=invoice["id"])[-1]
    assert shop.resolved(page)["state"] == "cancelled"
    clock.to("03-01", "10:00:00")
    third = shop.api.all("/v1/payment_attempts", invoice_id=invoice["id"])[-1]
    assert (third["source"], third["method_id"]) == ("retry", method["id"])
