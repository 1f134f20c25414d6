"""Billing runs: what is due is billed when its day comes by its account's clock, once, and what cannot be billed is set aside."""
import pytest

from harness.sandbox import Sandbox
from harness.subscribed import look, subscribe
from harness.wait import wait_for


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("run"))


def documents(shop, ident):
    """Of a subscription, in the order of their periods."""
    rows = shop.api.all("/v1/invoices", subscription_id=ident)
    return sorted(rows, key=lambda row: row["period_start"])


def starts(shop, ident):
    return [d["period_start"][5:] for d in documents(shop, ident)]


def test_a_subscription_is_billed_when_its_day_comes(shop, sql):
    account = shop.account()
    ident = subscribe(sql, shop.tenant, account, [{"quantity": "3", "unit_price": "49.00"}], f"{shop.year}-03-31")
    shop.to("03-30")
    assert documents(shop, ident) == []
    shop.to("03-31")
    [made] = documents(shop, ident)
    assert (made["status"], made["kind"], made["net_total"], made["issue_date"]) == ("open", "standard", 14700, f"{shop.year}-03-31")
    assert (made["period_start"], made["period_end"]) == (f"{shop.year}-03-31", f"{shop.year}-04-30")
    shop.to("06-30")
    assert starts(shop, ident) == ["03-31", "04-30", "05-31", "06-30"]
    assert look(sql, ident, "next_bill_on").isoformat() == f"{shop.year}-07-31"
