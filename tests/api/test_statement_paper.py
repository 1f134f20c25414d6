"""An account's statement on paper (R46): what it says is what the JSON says, in the account's language, by seller and currency."""
import re
import shutil
import subprocess

import pytest

from harness.billing import invoice, new_account, pay
from harness.contract import new_id
from harness.problem import pointers, problem

pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils are not installed")


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("paper", roles=("owner", "sales"))


@pytest.fixture
def api(seller):
    return seller.program()


def text_of(pdf):
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().replace("\u00a0", " ").replace("\u202f", " ")


def paper(api, account, **query):
    if "since" in query:
        query["from"] = query.pop("since")
    answer = api.get(f"/v1/accounts/{account['id']}/statement/pdf", **query).expect(200)
    assert answer.headers["Content-Type"] == "application/pdf" and answer.body[:5] == b"%PDF-"
    return answer


def english(amount):
    return f"{amount / 100:,.2f}"


def test_it_says_what_the_statement_says(api):
    account = new_account(api, locale="en-GB")
    first = invoice(api, account, 123400, issue_date="2026-03-02", payment_terms=14)
    more = invoice(api, account, 5000, kind="debit", original_invoice_id=first["id"], issue_date="2026-03-05")
    pay(api, account, 100000, received_on="2026-03-20")
    days = {"since": "2026-03-01", "to": "2026-04-30"}
    (shown,) = api.get(f"/v1/accounts/{account['id']}/statement", **{"from": days["since"], "to": days["to"]}).expect(200).json["balances"]
    answer = paper(api, account, **days)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statement_2026-04-30.pdf"'
    text = text_of(answer.body)
    assert "Statement of account" in text and "Alpenblick Hotel GmbH" in text and "1 March 2026 – 30 April 2026" in re.sub(r"\s+", " ", text)
    for word, member in (("Balance brought forward", "opening"), ("Invoices", "invoices"), ("Debit notes", "debits"), ("of which overdue", "overdue")):
        assert re.search(rf"{word}\s+{re.escape(english(shown[member]))}\n", text), (word, text)
    assert re.search(rf"Payments\s+-{re.escape(english(shown['payments']))}\n", text)
    assert re.search(rf"\n\s*Balance\s+{re.escape(english(shown['closing']))}\n", text)
    rows = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    for movement in shown["movements"]:
        name = {"standard": f"Invoice {movement['number']}", "debit": f"Debit note {movement['number']}", None: "Payment"}[movement["kind"]]
        assert any(name in row and row.endswith(f"{english(movement['amount'])} {english(movement['balance'])}") for row in rows), (movement, rows)
    open_items = rows[next(i for i, row in enumerate(rows) if row.startswith("Open items")):]
    for document in (d for top in shown["documents"] for d in (top, *top["adjustments"]) if d["amount_due"]):
        assert any(document["number"] in row and row.endswith(f"{document['days_overdue']} {english(document['amount_due'])}") for row in open_items)
    assert more["number"] in text
    assert paper(api, account, **days).body == answer.body  # the same facts, the same bytes


def test_in_the_accounts_language_and_by_currency(api):
    account = new_account(api, locale="de-AT")
    invoice(api, account, 1000)
    invoice(api, account, 100, currency="JPY", lines=[{"description": "Stay", "unit_price": "1127", "tax_rate": "10"}])
    text = text_of(paper(api, account).body)
    assert text.count("Kontoauszug") == 2 and "Offene Posten" in text and "Saldovortrag" in text
    assert re.search(r"Währung\s+EUR", text) and re.search(r"Währung\s+JPY", text) and "1 240" in text.replace(".", " ")
    assert text.count("Seite 1 von 1") == 2  # a letter each


def test_over_pages(api):
    account = new_account(api, locale="en-US")
    made = [invoice(api, account, 100 + n) for n in range(70)]
    text = text_of(paper(api, account).body)
    pages = int(re.search(r"Page 1 of (\d+)", text)[1])
    assert pages > 2 and [f"Page {n} of {pages}" in text for n in range(1, pages + 1)] == [True] * pages
    for document in made:
        assert text.count(f"Invoice {document['number']} ") >= 2  # moved it, and open
    assert text.count("Description") == len([page for page in text.split("\f") if re.search(r"Invoice \S+\s+-?[\d.,]+\s+[\d.,]+\n", page)])


def test_of_nothing_and_what_is_refused(api, seller, other_program):
    account = new_account(api, locale="fr-FR")
    text = text_of(paper(api, account).body)
    assert "Relevé de compte" in text and re.search(r"Solde\s+0,00", text)
    path = f"/v1/accounts/{account['id']}/statement/pdf"
    assert pointers(problem(api.get(path, **{"from": "2001-01-01", "to": "2003-01-01"}), 422)) == {"/from": "out_of_range"}
    problem(other_program.get(path), 404)
    problem(api.get(f"/v1/accounts/{new_id()}/statement/pdf"), 404)


def test_what_people_wrote_is_text(api):
    account = new_account(api, legal_name="<b>Evil</b> \u202e& Söhne")
    invoice(api, account, 100)
    assert "<b>Evil</b> & Söhne" in text_of(paper(api, account).body)
