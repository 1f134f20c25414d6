"""The data that `make bench` measures with are a business's own: what the programs' functions make, and what they would accept."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "load"))

from stage import seed_invoices, seeded  # noqa: E402

INVOICES, FINAL, VOID = 60, 40, 2


@pytest.fixture(scope="module")
def seller(product):
    tenant = product.tenant("load", sandbox=False, roles=())
    entity = tenant.program().get("/v1/entities").expect(200).json["data"][0]["id"]
    seed_invoices(product, tenant.id, entity, INVOICES, FINAL, together=25)
    return tenant


def test_documents_are_whole_and_numbered(seller):
    rows = seller.program().all("/v1/invoices", limit=50)
    assert len(rows) == INVOICES
    numbers = [int(r["number"].rsplit("-", 1)[1]) for r in rows if r["number"]]
    assert sorted(numbers) == list(range(1, FINAL + 1))
    assert sum(r["status"] == "void" for r in rows) == VOID
    one = seller.program().get("/v1/invoices/" + seeded("8000", 1)).expect(200).json
    assert len(one["lines"]) == 3 and one["tax_total"] * 5 == one["net_total"] == sum(line["net"] for line in one["lines"])


def test_books_hold_what_documents_say(seller):
    report = seller.program().get("/v1/reports/trial_balance").expect(200).json
    balance = {row["account_code"]: row["balance"] for row in report["accounts"]}
    open_ones = [r for r in seller.program().all("/v1/invoices", limit=50) if r["status"] == "open"]
    assert balance["1100"] == sum(r["amount_due"] for r in open_ones) and sum(balance.values()) == 0


def test_a_seeded_draft_becomes_final_as_it_is(seller):
    draft = seller.program().get("/v1/invoices/" + seeded("8000", INVOICES)).expect(200).json
    final = seller.program().post(f"/v1/invoices/{draft['id']}/finalize", {"expected_total": draft["total"]}).expect(200).json
    # The first of its year: the seed's are of 2023.
    assert final["version"] == draft["version"] + 1 and final["number"] == f"INV-{final['issue_date'][:4]}-00001"
