"""A method is kept at Stripe for later: by its owner from an invoice's page, or asked for by a billing user; nothing is paid, and
no card data comes here."""
import pytest

from harness.payer import Payer, complete, link, session_of
from harness.problem import pointers, problem
from harness.stripe import Seller
from harness.wait import wait_for

POST = {"method": "POST", "path": "/v1/checkout/sessions"}
WORDS = "I agree that Alpenblick is charged by itself when an amount is due."


@pytest.fixture(scope="module")
def seller(stripe_product, stripe):
    return Seller(stripe_product, stripe, "setup")


@pytest.fixture
def account(seller):
    return seller.account(locale="en-GB")


@pytest.fixture(autouse=True)
def heard(stripe_well, seller):
    seller.hear()


def ask(seller, account, **more):
    return seller.api.post(f"/v1/accounts/{account['id']}/payment_setups", {
        "consent": WORDS, "return_url": "https://shop.example/back?x=1", **more})


def paged(seller, setup):
    return wait_for(lambda: (now := seller.read(setup, "payment_setups"))["url"] and now, 20, "the page", every=0.1)


def over(seller, setup, seconds=30):
    return wait_for(lambda: (now := seller.read(setup, "payment_setups"))["resolved_at"] and now, seconds, "its end", every=0.1)


def methods(seller, account):
    return [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]]


def test_a_billing_user_has_a_method_kept(seller, account, stripe):
    setup = ask(seller, account).expect(202).json
    assert (setup["state"], setup["url"], setup["consent"], setup["consent_address"]) == ("new", None, WORDS, "127.0.0.1")
    url = paged(seller, setup)["url"]
    assert complete(stripe, url, "pm_card_mastercard") == "https://shop.example/back?x=1"
    done = over(seller, setup)
    (method,) = methods(seller, account)
    assert (done["state"], done["method_id"], done["url"]) == ("succeeded", method["id"], None)
    assert (method["brand"], method["last4"], method["exp_month"], method["exp_year"]) == ("mastercard", "4444", 12, 2034)
    assert method["off_session"] and method["consent"]["words"] == WORDS and method["consent"]["address"] == "127.0.0.1"
    attempt = seller.resolved(seller.pay(seller.invoice(account), method["id"]))  # without its owner
    assert attempt["state"] == "succeeded"
    assert not [c for c in stripe.objects("charge") if c["payment_intent"] is None]
    seller.quiet()
    assert len(methods(seller, account)) == 1
    parked = [e for e in seller.api.all("/v1/processor_events") if e["state"] == "parked"]
    assert parked == []


def test_the_payer_keeps_one_from_an_invoices_page(seller, account, stripe):
    invoice = seller.invoice(account)
    payer = Payer(seller.product, link(seller.api, invoice)["url"])
    payer.look()
    words = "Keep this way to pay and charge it by itself when an amount is due. You can take this back at any time."
    assert words in payer.text
    answer = payer.send(nonce=payer.nonce(), store="yes").expect(303)
    assert answer.headers["Location"] == payer.path + "?keep"

    def led():
        answer = payer.client.get(payer.path + "?keep").expect(200, 303)
        return answer.headers["Location"] if answer.status == 303 else None

    url = wait_for(led, 20, "the page of the processor", every=0.1)
    payer.look()
    assert "You have begun to enter how to pay." in payer.text and url in payer.page
    again = payer.send(nonce=payer.nonce(), store="yes").expect(303)  # one at a time
    assert again.headers["Location"] == payer.path + "?again"
    complete(stripe, url)
    (setup,) = [s for s in seller.api.all("/v1/payment_setups", account_id=account["id"])]
    over(seller, setup)
    (method,) = methods(seller, account)
    assert method["consent"]["words"] == words and method["is_default"]
    payer.look()
    assert "Your way to pay is kept for later payments." in payer.text
    assert not seller.read(invoice, "invoices")["paid"] or [a for a in seller.api.all("/v1/payment_attempts", invoice_id=invoice["id"])]


def test_what_no_webhook_told_is_asked_for(seller, account, stripe):
    stripe.control("/webhooks")
    setup = ask(seller, account).expect(202).json
    complete(stripe, paged(seller, setup)["url"])
    assert over(seller, setup, 90)["state"] == "succeeded"
    assert len(methods(seller, account)) == 1


def test_a_page_that_ran_out_keeps_nothing(seller, account, stripe):
    setup = ask(seller, account).expect(202).json
    stripe.control("/checkout/expire", session=session_of(paged(seller, setup)["url"]))
    assert over(seller, setup)["state"] == "expired" and methods(seller, account) == []


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "error_after", "html", "unavailable"])
def test_an_answer_that_is_lost_is_had_again(seller, account, stripe, fault):
    stripe.fail({"do": fault, "times": 1, **POST})
    setup = ask(seller, account).expect(202).json
    wait_for(lambda: (seller.soon("setup:" + setup["id"]), seller.read(setup, "payment_setups")["url"])[1], 40, "the page", every=0.5)
    assert len([s for s in stripe.objects("checkout.session") if s["client_reference_id"] == setup["id"]]) == 1
    assert len({r["body"] for r in stripe.state()["requests"] if r["key"] == setup["id"]}) == 1
    complete(stripe, paged(seller, setup)["url"])
    assert over(seller, setup)["state"] == "succeeded"


def test_one_that_is_removed_is_forgotten_there_too(seller, account, stripe):
    setup = ask(seller, account).expect(202).json
    complete(stripe, paged(seller, setup)["url"])
    over(seller, setup)
    (method,) = methods(seller, account)
    there = [m for m in stripe.objects("payment_method") if m["customer"]][-1]
    seller.api.delete(f"/v1/payment_methods/{method['id']}", method).expect(204)
    wait_for(lambda: not [m for m in stripe.objects("payment_method") if m["id"] == there["id"]][0]["customer"], 20, "to be forgotten")
    with seller.product.database().cursor() as cursor:
        wait_for(lambda: cursor.execute("SELECT token_sealed, detach_sealed FROM payment.method WHERE id = %s", (method["id"],))
                 or cursor.fetchone() == (None, None), 20, "no token here")


def test_what_cannot_be_asked_for_is_refused(seller, account, program, tenant):
    assert set(pointers(problem(seller.api.post(f"/v1/accounts/{account['id']}/payment_setups", {}), 422))) == {"/consent", "/return_url"}
    assert set(pointers(problem(ask(seller, account, return_url="javascript:alert(1)"), 422))) == {"/return_url"}
    problem(ask(seller, {"id": seller.processor["id"]}), 404)
    mine = program.post("/v1/accounts", {"legal_name": "S"}).expect(201).json
    answer = program.post(f"/v1/accounts/{mine['id']}/payment_setups", {"consent": WORDS, "return_url": "https://x.example/"})
    assert set(pointers(problem(answer, 422))) == {"/processor_id"}  # a sandbox has no such page


def test_a_page_is_not_made_when_it_is_too_late_for_it(seller, account, stripe):
    """Stripe was away for half an hour: nobody was asked for anything, and the next one asks anew."""
    stripe.fail({"do": "cut_before", "times": 1000, **POST})
    setup = ask(seller, account).expect(202).json
    wait_for(lambda: seller.read(setup, "payment_setups")["state"] == "unknown", 20, "unknown")
    with seller.product.database().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payment.setup SET sent_at = sent_at - interval '31 minutes' WHERE id = %s", (setup["id"],))
    seller.job("setup:" + setup["id"])
    stripe.fail()
    seller.soon("setup:" + setup["id"])
    assert over(seller, setup)["state"] == "expired"
    assert paged(seller, ask(seller, account).expect(202).json)["url"]
