"""The real pipeline through a storm: programs killed 200 times, servers stopped and emptied; what was answered is there, nothing
is there twice, and every invariant holds."""
import json
import os
import secrets
import time

import pytest
from crm_sample import DATA, Sample
from harness import money
from harness.wait import wait_for
from patient import Patient
from storm import Storm

KILLS = int(os.environ.get("FAULT_KILLS", "200"))
SEED = os.environ.get("FAULT_SEED") or secrets.token_hex(4)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the sample data are not there: {DATA}")


def quiet(product):
    """No job waits, is at work or is to be tried again."""
    with product.database().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job.job WHERE state NOT IN ('done', 'dead') AND run_at <= now() + interval '10 minutes'")
        return cursor.fetchone()[0] == 0


def pay(api, invoices, storm):
    """Bank payments, one an invoice, until the storm is over; what was answered is remembered."""
    paid = {}
    for invoice in invoices:
        if storm.over.is_set():
            break
        answer = api.post("/v1/payments", {"account_id": invoice["account_id"], "invoice_id": invoice["id"], "amount": invoice["amount_due"],
                                           "currency": invoice["currency"], "received_on": invoice["issue_date"]}).expect(201)
        paid[invoice["id"]] = answer.json["id"]
    return paid


def test_the_real_pipeline_in_a_storm(product):
    print(f"\nFAULT_SEED={SEED}")
    tenant = product.tenant("storm")
    api = Patient(tenant)
    storm = Storm(product, SEED, KILLS)
    storm.start()
    begin = time.monotonic()
    books = Sample(api).run()
    pipeline = time.monotonic() - begin
    open_ones = api.all("/v1/invoices", limit=200, status="open", fields="id,account_id,currency,amount_due,issue_date")
    paid = pay(api, open_ones, storm)
    storm.calm()
    print(f"{storm.killed} kills in {time.monotonic() - begin:.0f} s: {storm.counts}; the pipeline took {pipeline:.0f} s, {len(paid)} were paid;"
          f" {api.repeats} requests were sent again, {api.replays} of them had been done")

    wait_for(lambda: quiet(product), 300, "the end of all jobs")
    assert books["invoices"] == books["deals_invoiced"] == 4238 and books["net"] == 1_000_553_400
    assert books["deals"] == {"won": 4238, "lost": 2473, "open": 2089}
    payments = {p["id"]: p for p in api.all("/v1/payments", limit=200)}
    assert set(payments) == set(paid.values())
    for invoice, payment in paid.items():
        assert payments[payment]["unapplied"] == 0
    assert {row["id"] for row in api.all("/v1/invoices", limit=200, status="paid", fields="id")} == set(paid)
    again = Sample(api).run()
    assert {key: again[key] for key in ("invoices", "net", "deals")} == {key: books[key] for key in ("invoices", "net", "deals")}
    assert again["billing"]["invoiced"] == 4238 - len(paid)  # the others' deals are paid
    with product.database() as connection:
        money.check_money(connection, tenant.id)
    done = product.command("--json", "doctor", "--invariants", "--limit", "20", check=False)
    wrong = [c for c in json.loads(done.stdout)["checks"] if c["check"].startswith("I") and c["findings"]]
    assert wrong == []
    with product.database().cursor() as cursor:
        cursor.execute("SELECT kind, count(*), min(last_error) FROM job.job WHERE state = 'dead' GROUP BY kind")
        assert cursor.fetchall() == []
