"""Reminders while mail workers are killed: the sink has each of them once for each document, step and recipient."""
import collections
import os
import random
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))

from harness.mail import Mail  # noqa: E402
from harness.product import NotBuilt, Product  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402
from killing import Killer  # noqa: E402

INVOICES, PEOPLE = 12, ("office", "books")


@pytest.fixture(scope="module")
def product():
    """A whole Billfold of this module's own: its workers are killed."""
    try:
        made = Product()
    except NotBuilt as reason:
        pytest.skip(str(reason))
    try:
        yield made.start()
    finally:
        made.stop()


def test_each_reminder_once_whoever_dies(product):
    seed = int(os.environ.get("BILLFOLD_SEED") or random.randrange(10**6))
    print("BILLFOLD_SEED =", seed)
    shop = Sandbox(product.tenant("killed"))
    account = shop.account(contacts=[{"name": who, "email": shop.mailbox(who), "roles": ["billing"]} for who in PEOPLE])
    invoices = [shop.invoice(account, price=str(n + 1), due_date=f"{shop.year}-03-{10 + n}") for n in range(INVOICES)]
    paid, held = invoices[0], invoices[1]  # before their second week

    killer = Killer(product, "billfold-maild", seed, work=3)
    killer.start()
    try:
        shop.to("03-15")
        shop.pay(paid)
        shop.api.post(f"/v1/invoices/{held['id']}/dunning/hold", {}).expect(200)
        shop.to("04-13")
    finally:
        killer.over.set()
        killer.join()
    shop.quiet()
    assert killer.kills.total() >= 6

    numbers = {invoice["number"]: invoice for invoice in invoices}
    wanted = {(number, step, who) for number, invoice in numbers.items() for who in PEOPLE
              for step in ("reminder:-3", "reminder:0", "reminder:7", "reminder:14")
              if step in ("reminder:-3", "reminder:0") or invoice not in (paid, held)}
    with product.database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT d.message_id, i.number, d.step, d.recipient, d.state FROM document.delivery d JOIN billing.invoice i"
                       " ON i.id = d.document_id WHERE d.tenant_id = %s AND d.template = 'reminder'", (shop.tenant.id,))
        rows = cursor.fetchall()
    asked = {(number, step, recipient.split("@")[0]): (message, state) for message, number, step, recipient, state in rows}
    assert len(asked) == len(rows) and set(asked) == wanted
    assert {state for _, state in asked.values()} == {"sent"}

    received = collections.Counter()
    for who in PEOPLE:
        for message in Mail(product.facts["mail"]).messages(shop.mailbox(who), "Reminder"):
            received[str(message["Message-ID"]).strip("<>")] += 1
    # Twice only under the same name: a worker that died between the server's 250 and its own note of it.
    assert set(received) == {message for message, _ in asked.values()}
    assert sum(received.values()) - len(received) <= killer.kills.total()
    print(killer.kills.total(), "killed,", len(received), "mails,", sum(received.values()) - len(received), "of them twice")
    for invoice in invoices:
        shown = shop.dunning(invoice)
        assert shown["state"] == {paid["id"]: "none", held["id"]: "held"}.get(invoice["id"], "handed_over")
        assert shown["next_action"] is None and len(shop.tasks(invoice)) == (shown["state"] == "handed_over")
