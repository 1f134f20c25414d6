"""Renewals while the workers that tell of them and those that mail are killed: each notice once to each recipient, each term renewed once."""
import collections
import os
import random

from harness.mail import Mail
from harness.sandbox import Sandbox
from killing import Killer
from test_collect_mail import product  # noqa: F401

SUBSCRIPTIONS, PEOPLE = 6, ("office", "books")


def test_each_notice_once_whoever_dies(product):  # noqa: F811
    seed = int(os.environ.get("BILLFOLD_SEED") or random.randrange(10**6))
    print("BILLFOLD_SEED =", seed)
    shop = Sandbox(product.tenant("renewing"))
    account = shop.account(contacts=[{"name": who, "email": shop.mailbox(who), "roles": ["billing"]} for who in PEOPLE])
    made = [shop.api.post("/v1/subscriptions", {
        "account_id": account["id"], "name": f"No. {n}", "term": 2, "start_date": f"{shop.year}-02-{18 + n}", "billing_mode": "finalize",
        "items": [{"description": "Care", "unit_price": str(n + 1), "recurring": "month"}]}).expect(201).json for n in range(SUBSCRIPTIONS)]
    shop.quiet()
    killers = [Killer(product, program, seed + n, work=3) for n, program in enumerate(("billfold-invoiced", "billfold-maild"))]
    for killer in killers:
        killer.start()
    try:
        shop.to("04-10")
        shop.to("04-28")
    finally:
        for killer in killers:
            killer.over.set()
        for killer in killers:
            killer.join()
    shop.quiet()
    assert all(killer.kills.total() >= 2 for killer in killers)

    ends = {s["id"]: s["term_end"] for s in made}
    wanted = {(ident, f"renewal:{end}:{days}", who) for ident, end in ends.items() for days in (30, 7, 1) for who in PEOPLE}
    with product.database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT message_id, subscription_id, step, recipient, state FROM document.delivery WHERE tenant_id = %s"
                       " AND template = 'subscription_renewal'", (shop.tenant.id,))
        rows = cursor.fetchall()
    asked = {(ident, step, recipient.split("@")[0]): (message, state) for message, ident, step, recipient, state in rows}
    assert len(asked) == len(rows) and set(asked) == wanted
    assert {state for _, state in asked.values()} == {"sent"}
    received = collections.Counter()
    for who in PEOPLE:
        for message in Mail(product.facts["mail"]).messages(shop.mailbox(who), "renews"):
            received[str(message["Message-ID"]).strip("<>")] += 1
    # Twice only under the same name: a worker that died between the server's 250 and its own note of it.
    assert set(received) == {message for message, _ in asked.values()}
    assert sum(received.values()) - len(received) <= killers[1].kills.total()
    for one in made:
        shown = shop.api.get(f"/v1/subscriptions/{one['id']}").expect(200).json
        renewed = [e for e in shop.api.all("/v1/events", object_id=one["id"]) if "subscription.renewed" in (e["type"], *e.get("also", []))]
        assert shown["term_end"] > one["term_end"] and len(renewed) == 1
    print([killer.kills.total() for killer in killers], "killed,", sum(received.values()) - len(received), "mails twice")
