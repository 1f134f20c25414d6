"""Documents beside others: debit notes, mixed ones of both signs, credit notes of their own; links, books, and what is refused."""
import concurrent.futures

import pytest

from harness.billing import entries, invoice, new_account, pay, state
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("corrections", roles=("billing",))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))


def look(api, thing):
    return api.get(f"/v1/invoices/{thing['id']}").expect(200).json


def creditable(api, thing):
    return api.get(f"/v1/invoices/{thing['id']}", fields="creditable").expect(200).json["creditable"]


def make(api, account, *lines, **more):
    answer = api.post("/v1/invoices", {"account_id": account["id"], "lines": list(lines), **more})
    if answer.status == 201:
        assert {t["difference"] for t in api.get("/v1/reports/trial_balance").expect(200).json["totals"]} <= {0}
    return answer


def final(api, account, *lines, **more):
    return make(api, account, *lines, finalize=True, **more).expect(201).json


def work(price, quantity="1", rate="20", **more):
    return {"description": "Work", "unit_price": price, "quantity": quantity, "tax_rate": rate, **more}


def totals(document):
    return document["net_total"], document["tax_total"], document["total"]


def of(document, n=0, **more):
    return {"original_invoice_id": document["id"], "original_line_id": document["lines"][n]["id"], **more}


def credit_left(api, account):
    return sum(p["unapplied"] for p in api.all("/v1/payments", account_id=account["id"]))


# ---- debit notes (R28) ----

def test_r28_what_was_worked_beyond_what_was_billed(api, account):
    original = final(api, account, work("80.00", "10"))
    assert totals(original) == (80000, 16000, 96000)
    before = look(api, original)
    debit = final(api, account, {"original_line_id": original["lines"][0]["id"], "quantity": "2.5"}, kind="debit",
                  original_invoice_id=original["id"], reason="12.5 hours worked", due_date="2099-01-31")
    assert (debit["kind"], totals(debit), debit["status"], debit["amount_due"]) == ("debit", (20000, 4000, 24000), "open", 24000)
    assert (debit["due_date"], debit["reason"]) == ("2099-01-31", "12.5 hours worked")
    (row,) = debit["lines"]
    assert (row["description"], row["unit_price"], row["tax_rate"], row["original_line_id"]) == ("Work", "80", "20", original["lines"][0]["id"])
    assert entries(api, debit) == {"finalized": {"1100": 24000, "4000": -20000, "2100": -4000}}
    assert {k: v for k, v in look(api, original).items() if k != "links"} == {k: v for k, v in before.items() if k != "links"}
    assert [(k["relation"], k["number"]) for k in look(api, original)["links"]] == [("debited_by", debit["number"])]
    assert [d["id"] for d in api.all("/v1/invoices", original_invoice_id=original["id"])] == [debit["id"]]
    balances = api.get(f"/v1/accounts/{account['id']}").expect(200).json["balances"]
    assert [b["amount_due"] for b in balances] == [96000 + 24000]
    pay(api, account, 96000, invoice_id=original["id"])
    assert state(api, original) == ("paid", 0) and state(api, debit) == ("open", 24000)


def test_a_debit_note_has_its_original_s_tax_unless_it_says_another(api, account):
    original = final(api, account, work("10.00", rate="7"))
    api.patch(f"/v1/accounts/{account['id']}", {"tax_category": "exempt", "exemption_reason": "Art. 151"}, account).expect(200)
    same = final(api, account, of(original), kind="debit", original_invoice_id=original["id"])
    assert totals(same) == (1000, 70, 1070)
    other = make(api, account, of(original, tax_rate="19", tax_category="standard"), kind="debit", original_invoice_id=original["id"]).expect(201).json
    assert totals(other) == (1000, 190, 1190)


def test_what_a_credit_note_gave_is_asked_for_by_a_debit_note(api, account):
    original = final(api, account, work("10.00"))
    given = api.post(f"/v1/invoices/{original['id']}/credit", {"finalize": True}).expect(201).json
    debit = final(api, account, work("10.00"), kind="debit", original_invoice_id=given["id"])
    assert state(api, debit) == ("open", 1200)


# ---- mixed documents (R29) ----

def projects(first, second, original=None):
    back = {"project": "A", **(of(original) if original else {"discount_reason": "Delivered late"})}
    return [work("150.00", first, **back), work("360.00", second, project="B") if second[0] != "-" else
            work("360.00", second, project="B", discount_reason="Returned")]


def test_r29_both_signs_on_one_document(api, account):
    original = final(api, account, work("150.00", project="A"))
    mixed = final(api, account, *projects("-1", "1", original), kind="mixed")
    assert totals(mixed) == (21000, 4200, 25200)
    assert (mixed["status"], mixed["amount_due"], [x["project"] for x in mixed["lines"]]) == ("open", 25200, ["A", "B"])
    assert [(x["base"], x["tax"]) for x in mixed["taxes"]] == [(21000, 4200)]
    assert entries(api, mixed) == {"finalized": {"1100": 25200, "4000": -21000, "2100": -4200}}
    # What it gave back is not there to be given back again, and is still due there: here so much less is.
    assert creditable(api, original) == [] and state(api, original) == ("open", 18000)
    problem(api.post(f"/v1/invoices/{original['id']}/credit", {}), 422, "over_credit")
    assert [(k["relation"], k["number"]) for k in look(api, original)["links"]] == [("credited_by", mixed["number"])]


def test_r29_swapped_it_is_a_credit(api, account):
    mixed = final(api, account, work("150.00", "1", project="A"), work("360.00", "-1", project="B", discount_reason="Returned"), kind="mixed")
    assert totals(mixed) == (-21000, -4200, -25200)
    assert (mixed["status"], mixed["amount_due"], mixed["number"][:3]) == ("paid", 0, "INV")
    assert entries(api, mixed) == {"finalized": {"2200": -25200, "4000": 21000, "2100": 4200}}
    assert credit_left(api, account) == 25200
    assert {b["currency"]: (b["amount_due"], b["unapplied"]) for b in api.get(f"/v1/accounts/{account['id']}").json["balances"]} == {"EUR": (0, 25200)}
    later = invoice(api, account, 30000)
    assert state(api, later) == ("partially_paid", 4800) and credit_left(api, account) == 0


def test_a_mixed_document_gives_back_no_more_than_a_line_has(api, account):
    original = final(api, account, work("100.00"))
    taken = final(api, account, work("60.00", "-1", project="A", **of(original)), work("1.00", project="B"), kind="mixed")
    assert creditable(api, original)[0]["net"] == 4000
    more = [work("41.00", "-1", project="A", **of(original)), work("100.00", project="B")]
    assert pointers(problem(make(api, account, *more, kind="mixed"), 422, "over_credit")) == {"/lines/0/quantity": "over_credit"}
    twice = [work("30.00", "-1", project="A", **of(original)), work("30.00", "-1", project="A", **of(original)), work("100.00", project="B")]
    assert pointers(problem(make(api, account, *twice, kind="mixed"), 422, "over_credit")) == {"/lines/1/quantity": "over_credit"}
    rest = api.post(f"/v1/invoices/{original['id']}/credit", {"finalize": True}).expect(201).json
    assert rest["net_total"] == -4000 and creditable(api, original) == [] and taken["status"] == "paid"


def test_a_draft_is_judged_again_when_it_becomes_final(api, account):
    original = final(api, account, work("100.00"))
    drafts = [make(api, account, work("60.00", "-1", project="A", **of(original)), work("80.00", project="B"), kind="mixed").expect(201).json
              for _ in range(2)]
    api.post(f"/v1/invoices/{drafts[0]['id']}/finalize").expect(200)
    told = problem(api.post(f"/v1/invoices/{drafts[1]['id']}/finalize"), 422, "over_credit")
    assert pointers(told) == {"/lines/0/quantity": "over_credit"}
    assert look(api, drafts[1])["status"] == "draft"


def test_at_once_from_both_sides(seller, api, account):
    """Mixed documents and credit notes of one line: together never more than it charged."""
    original = final(api, account, work("100.00"))

    def ask(n):
        one = seller.product.client(Authorization="Bearer " + seller.token())
        if n % 2:
            return one.post(f"/v1/invoices/{original['id']}/credit", {"finalize": True, "lines": [{"line_id": original["lines"][0]["id"], "amount": 4800}]})
        return make(one, account, work("40.00", "-1", project="A", **of(original)), work("100.00", project="B"), kind="mixed", finalize=True)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(a.status for a in answers) == [201] * 2 + [422] * 6, answers
    assert creditable(api, original)[0]["net"] == 2000


# ---- credit notes of their own ----

def test_r27_a_credit_of_its_own_is_used_and_given_back(api, account):
    gift = final(api, account, work("20.00", "-1", "21"), kind="credit", standalone=True, reason="Goodwill")
    assert (totals(gift), gift["status"], gift["number"][:2], gift["reason"]) == ((-2000, -420, -2420), "paid", "CN", "Goodwill")
    assert entries(api, gift) == {"finalized": {"4000": 2000, "2100": 420, "2200": -2420}}
    (credit,) = api.all("/v1/payments", account_id=account["id"])
    assert (credit["kind"], credit["unapplied"], credit["invoice_id"]) == ("credit", 2420, gift["id"])
    assert state(api, invoice(api, account, 1000)) == ("paid", 0)
    back = api.post(f"/v1/payments/{credit['id']}/refunds", {"amount": 1420}).expect(201).json
    assert entries(api, back) == {"created": {"2200": 1420, "1010": -1420}} and credit_left(api, account) == 0
    final(api, account, work("5.00", "-1", "0"), kind="credit", standalone=True, reason="Sorry", settle="refund")
    assert credit_left(api, account) == 0
    problem(api.post(f"/v1/invoices/{gift['id']}/void"), 409, "wrong_state")
    problem(api.post("/v1/payments", {"account_id": account["id"], "amount": 1, "kind": "credit"}), 422)


# ---- refusals ----

def test_refusals_write_nothing(api, account, sql, seller):
    original = final(api, account, work("100.00"))
    theirs = final(api, new_account(api), work("1.00"))
    abroad = final(api, account, work("1.00"), currency="USD")
    draft = make(api, account, work("1.00")).expect(201).json

    def rows():
        with sql.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM billing.invoice WHERE tenant_id = %(t)s), (SELECT count(*) FROM billing.invoice_link "
                           "WHERE tenant_id = %(t)s), (SELECT count(*) FROM payment.payment WHERE tenant_id = %(t)s)", {"t": seller.id})
            return cursor.fetchone()

    kept = rows()
    minus, plus = work("1.00", "-1", project="A", discount_reason="x"), work("2.00", project="B")
    for lines, more, expected in (
            ([work("1")], {"kind": "past_due"}, {"/kind": "invalid"}),
            ([work("1")], {"kind": "debit"}, {"/original_invoice_id": "required"}),
            ([work("1")], {"original_invoice_id": original["id"]}, {"/original_invoice_id": "invalid"}),
            ([work("1", "-1")], {"kind": "credit", "original_invoice_id": original["id"], "reason": "x"}, {"/original_invoice_id": "invalid"}),
            ([work("1", "-1")], {"kind": "credit"}, {"/standalone": "required", "/reason": "required"}),
            ([work("1")], {"kind": "credit", "standalone": True, "reason": "x"}, {"/lines/0/quantity": "out_of_range"}),
            ([work("1")], {"standalone": True}, {"/standalone": "invalid"}),
            ([work("1", "-1")], {"kind": "debit", "original_invoice_id": original["id"]}, {"/lines/0/quantity": "out_of_range"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": new_id()}, {"/original_invoice_id": "not_found"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": theirs["id"]}, {"/original_invoice_id": "not_found"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": abroad["id"]}, {"/original_invoice_id": "currency_mismatch"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": draft["id"]}, {"/original_invoice_id": "wrong_state"}),
            ([{"original_line_id": new_id()}], {"kind": "debit", "original_invoice_id": original["id"]}, {"/lines/0/original_line_id": "not_found"}),
            ([work("1", **of(abroad))], {"kind": "debit", "original_invoice_id": original["id"]}, {"/lines/0/original_invoice_id": "invalid"}),
            ([work("1", **of(original))], {}, {"/lines/0/original_line_id": "invalid"}),
            ([work("1", "-1", project="A", **of(theirs)), plus], {"kind": "mixed"}, {"/lines/0/original_invoice_id": "not_found"}),
            ([plus], {"kind": "mixed", "finalize": True}, {"/lines": "required"}),
            ([minus], {"kind": "mixed", "finalize": True}, {"/lines": "required"}),
            ([work("1", "-1", project="A"), plus], {"kind": "mixed", "finalize": True}, {"/lines/0/original_line_id": "required"}),
            ([minus, work("2.00")], {"kind": "mixed", "finalize": True}, {"/lines/1/project": "required"})):
        told = pointers(problem(make(api, account, *lines, **more), 422))
        assert told == expected, (lines, more, told)
    patched = api.patch(f"/v1/invoices/{draft['id']}", {"lines": [work("1", **of(original))]}, draft)
    assert pointers(problem(patched, 422)) == {"/lines/0/original_line_id": "invalid"}
    problem(api.patch(f"/v1/invoices/{draft['id']}", {"kind": "debit"}, draft), 422)
    assert rows() == kept
