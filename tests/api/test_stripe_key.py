"""A new key of an account at Stripe: it takes the former one's place when it is the same account's, and else only where
nothing of ours lives at the former account."""
import secrets

import pytest

from harness.stripe import API_KEY, Seller
from harness.wait import wait_for

ANOTHER, FOREIGN = "sk_test_another_one", "sk_test_of_somebody_else"


@pytest.fixture
def seller(stripe_product, stripe):
    stripe.fail()
    stripe.control("/api_keys", keys={API_KEY: "acct_standin", ANOTHER: "acct_standin", FOREIGN: "acct_other"})
    made = Seller(stripe_product, stripe, "key")
    wait_for(lambda: made.read(made.processor, "processors")["account_ref"] == "acct_standin", 30, "the account's id")
    yield made
    stripe.fail()
    stripe.control("/api_keys", keys=[API_KEY])
    assert stripe.state()["violations"] == []


def change(seller, key):
    """The account once it is known whose the key is."""
    path = f"/v1/processors/{seller.processor['id']}"
    asked = seller.api.patch(path, {"api_key": key}, seller.api.get(path).expect(200).json).expect(200).json
    assert asked["api_key_next_hint"] == "..." + key[-4:]
    return wait_for(lambda: (now := seller.api.get(path).json)["api_key_next_hint"] is None and now, 30, "whose the key is")


def charged(stripe, attempt):
    """Where and how often the attempt was charged, whatever the account."""
    state = stripe.state()
    return [c for c in state["objects"]["charge"] + state["other_charges"]
            if c["captured"] and c["metadata"].get("billfold_attempt") == attempt["id"]]


def test_the_same_accounts_key_takes_its_place(seller, stripe):
    kept = seller.resolved(seller.pay(seller.invoice(account := seller.account()), off_session=True))
    now = change(seller, ANOTHER)
    assert (now["api_key_hint"], now["api_key_refused"]) == ("..._one", None)
    stripe.control("/api_keys", keys={ANOTHER: "acct_standin"})
    again = seller.resolved(seller.pay(seller.invoice(account), kept["method_id"]))
    assert again["state"] == "succeeded"


def test_another_accounts_key_charges_nothing_twice(seller, stripe):
    """The answer to a charge is lost, and then the key is another account's, which knows nothing of that charge."""
    invoice = seller.invoice(seller.account())
    stripe.fail({"do": "cut_after", "path": "/v1/payment_intents", "method": "POST", "times": 1},
                {"do": "unavailable", "method": "GET", "path": "/v1/payment_intents", "times": 40})
    attempt = seller.pay(invoice)
    wait_for(lambda: seller.attempt(attempt)["state"] == "unknown", 30, "an answer that is lost")
    now = change(seller, FOREIGN)
    stripe.fail()
    seller.soon("attempt:" + attempt["id"])
    assert seller.resolved(attempt)["state"] == "succeeded"
    assert len(charged(stripe, attempt)) == 1
    assert (now["api_key_refused"], now["api_key_hint"], now["account_ref"]) == (
        "other_account", seller.processor["api_key_hint"], "acct_standin")


def test_a_kept_method_holds_the_account(seller):
    account = seller.account()
    seller.resolved(seller.pay(seller.invoice(account), off_session=True))
    assert change(seller, FOREIGN)["api_key_refused"] == "other_account"
    (method,) = [m for m in seller.api.all("/v1/payment_methods") if m["account_id"] == account["id"]]
    seller.api.delete(f"/v1/payment_methods/{method['id']}", method).expect(204)
    now = change(seller, FOREIGN)  # nothing lives there any more
    assert (now["api_key_refused"], now["account_ref"], now["api_key_hint"]) == (None, "acct_other", "..." + FOREIGN[-4:])
    assert seller.resolved(seller.pay(seller.invoice(account)))["state"] == "succeeded"
    assert change(seller, API_KEY)["account_ref"] == "acct_standin"  # what is over holds nothing


def test_a_key_that_the_processor_does_not_take_changes_nothing(seller):
    now = change(seller, "sk_test_" + secrets.token_hex(8))
    assert (now["api_key_refused"], now["api_key_hint"]) == ("not_taken", seller.processor["api_key_hint"])
    assert seller.resolved(seller.pay(seller.invoice(seller.account())))["state"] == "succeeded"


def test_a_key_that_may_not_name_its_account_is_known_by_a_charge(seller, stripe):
    account = seller.account()
    seller.resolved(seller.pay(seller.invoice(account), off_session=True))
    stripe.fail({"do": "forbidden", "method": "GET", "path": "/v1/account", "times": 100})
    assert change(seller, ANOTHER)["api_key_refused"] is None
    assert change(seller, FOREIGN)["api_key_refused"] == "other_account"


def test_a_processor_that_is_away_is_asked_later(seller, stripe):
    stripe.fail({"do": "unavailable", "method": "GET", "path": "/v1/account", "times": 1})
    path = f"/v1/processors/{seller.processor['id']}"
    asked = seller.api.patch(path, {"api_key": ANOTHER}, seller.api.get(path).json).expect(200).json
    wait_for(lambda: stripe.state()["requests"] and any(
        r["path"] == "/v1/account" and r["status"] == 503 for r in stripe.state()["requests"]), 20, "the question")
    assert seller.api.get(path).json["api_key_hint"] == asked["api_key_hint"]
    for question in seller.api.get("/v1/jobs", kind="check_key").expect(200).json["data"]:
        seller.soon(question["key"])
    wait_for(lambda: seller.api.get(path).json["api_key_hint"] == "..._one", 40, "the new key")
