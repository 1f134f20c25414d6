"""Credit notes of final documents: what they settle, what they leave to the customer, never more than was charged; books after each step."""
import concurrent.futures
import random
import secrets
import subprocess

import pytest

from harness.billing import charged, entries, events, invoice, new_account, pay, state
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem
from harness.wait import wait_for
from test_bulk import act, failures

OPEN_BESIDE = "nothing is open beside money that no invoice has used"


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("credits", roles=("billing", "sales", "accountant"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    # A payment that a credit note has released waits for a later document.
    check_money(sql, seller.id, leave_out=(OPEN_BESIDE,))


def look(api, thing, path="invoices"):
    return api.get(f"/v1/{path}/{thing['id']}").expect(200).json


def creditable(api, thing):
    return api.get(f"/v1/invoices/{thing['id']}", fields="creditable").expect(200).json["creditable"]


def bill(api, account, *lines, **more):
    """A final document of these lines: (unit_price, tax_rate) or whole lines."""
    return api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        one if isinstance(one, dict) else {"description": "Work", "unit_price": one[0], "tax_rate": one[1]} for one in lines],
        **more}).expect(201).json


def ask(api, document, **body):
    return api.post(f"/v1/invoices/{document['id']}/credit", body)


def credit(api, document, **body):
    made = ask(api, document, finalize=True, **body).expect(201).json
    balanced(api)
    return made


def line(document, n=0, **more):
    return {"line_id": document["lines"][n]["id"], **more}


def balanced(api):
    assert {t["difference"] for t in api.get("/v1/reports/trial_balance").expect(200).json["totals"]} <= {0}


def totals(document):
    return document["net_total"], document["tax_total"], document["total"]


def unapplied(api, account):
    return sum(p["unapplied"] for p in api.all("/v1/payments", account_id=account["id"]))


def left(api, document):
    return {one["line_id"]: (one["net"], one["tax"]) for one in creditable(api, document)}


# ---- the worked cases ----

def test_t20_what_is_open_is_settled_first(api, account):
    document = bill(api, account, ("100.00", "21"))
    made = credit(api, document, lines=[line(document, amount=2420)], reason="Half a day less")
    assert (made["kind"], made["status"], made["number"][:3], made["amount_due"]) == ("credit", "paid", "CN-", 0)
    assert totals(made) == (-2000, -420, -2420) and made["reason"] == "Half a day less"
    assert entries(api, made) == {"finalized": {"4000": 2000, "2100": 420, "1100": -2420}}
    shown = look(api, document)
    assert (shown["status"], shown["credited"], shown["amount_due"]) == ("open", 2420, 9680)
    assert [(k["relation"], k["number"]) for k in shown["links"]] == [("credited_by", made["number"])]
    assert [(k["relation"], k["number"]) for k in look(api, made)["links"]] == [("credits", document["number"])]
    pay(api, account, 9680)
    assert state(api, document) == ("paid", 0) and unapplied(api, account) == 0
    balanced(api)


def test_t22_a_credit_of_what_was_paid_goes_back(api, account):
    document = bill(api, account, ("100.00", "21"))
    paid = pay(api, account, 12100)
    made = credit(api, document, lines=[line(document, quantity="0.5")], settle="refund")
    assert totals(made) == (-5000, -1050, -6050)
    assert entries(api, made) == {"finalized": {"4000": 5000, "2100": 1050, "2200": -6050}}
    shown = look(api, paid, "payments")
    assert (shown["unapplied"], shown["refunded"]) == (0, 6050)
    (back,) = shown["refunds"]
    assert (back["amount"], back["state"]) == (6050, "succeeded")
    assert entries(api, back) == {"created": {"2200": 6050, "1010": -6050}}
    now = look(api, document)
    assert (now["status"], now["amount_due"], now["paid"], now["credited"]) == ("paid", 0, 6050, 6050)
    told = problem(ask(api, document, lines=[line(document, amount=6051)], finalize=True), 422, "over_credit")
    assert pointers(told) == {"/lines/0/amount": "over_credit"} and "6050" in told["errors"][0]["detail"]
    assert look(api, document) == now
    last = credit(api, document, lines=[line(document, amount=6050)])
    assert totals(last) == (-5000, -1050, -6050)
    shown = look(api, paid, "payments")
    assert (shown["unapplied"], shown["refunded"], [a["amount"] for a in shown["allocations"]]) == (6050, 6050, [12100, -6050, -6050])
    problem(ask(api, document), 422, "over_credit")
    api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 6050}).expect(201)
    assert state(api, document) == ("paid", 0) and unapplied(api, account) == 0
    balanced(api)


@pytest.mark.parametrize("before, after", [("per_line", "per_group"), ("per_group", "per_line")])
def test_t24_the_method_is_the_original_s(new_tenant, before, after):
    seller = new_tenant("credit-method", roles=("owner",))
    api, owner = seller.program(), seller.as_role("owner")
    account = new_account(api)

    def choose(mode):
        tenant = owner.get("/v1/settings").expect(200)
        owner.patch("/v1/settings", {"settings": {"billing": {"tax_mode": mode}}}, tenant.etag).expect(200)

    choose(before)
    document = bill(api, account, ("97.50", "19"), ("65.00", "19"), ("32.50", "19"))
    assert document["tax_total"] == {"per_line": 3706, "per_group": 3705}[before]
    choose(after)
    made = credit(api, document)
    assert totals(made) == tuple(-n for n in totals(document)) and made["tax_mode"] == before
    assert [(x["category"], x["base"], x["tax"]) for x in made["taxes"]] == [(x["category"], -x["base"], -x["tax"]) for x in document["taxes"]]
    assert state(api, document) == ("paid", 0) and left(api, document) == {}


def test_t26_what_is_left_is_used_later(api, account):
    document = bill(api, account, ("100.00", "21"))
    pay(api, account, 5000)
    assert state(api, document) == ("partially_paid", 7100)
    paid = pay(api, account, 7695)
    assert state(api, document) == ("paid", 0) and look(api, paid, "payments")["unapplied"] == 595
    assert state(api, invoice(api, account, 5710)) == ("partially_paid", 5115)
    balanced(api)


@pytest.mark.parametrize("price, quantity, rate, net, tax", [
    ("2.99", "1", "4", 288, 11), ("2500.00", "1", "8", 231481, 18519), ("10.00", "3", "15", 2609, 391)])
def test_t18_prices_with_tax_go_back_whole(api, account, price, quantity, rate, net, tax):
    document = bill(api, account, *[{"description": "Ware", "unit_price": price, "tax_rate": rate}] * int(quantity), tax_inclusive=True)
    assert (document["net_total"], document["tax_total"]) == (net, tax)
    part = credit(api, document, lines=[line(document, amount=100)])
    assert part["total"] == -100
    rest = credit(api, document)
    assert [a + b + c for a, b, c in zip(totals(document), totals(part), totals(rest))] == [0, 0, 0]


def test_t19_a_line_goes_back_as_it_was_discounted(api, account):
    document = bill(api, account, ("100.00", "10"), ("50.00", "0"), ("30.00", "20"), ("20.00", "20"), discount_amount=1000)
    assert [x["discount"] for x in document["lines"]] == [500, 250, 150, 100] and document["total"] == 20900
    made = credit(api, document, lines=[line(document, 0), line(document, 2)])
    assert totals(made) == (-9500 - 2850, -950 - 570, -13870)
    assert [(x["amount"], x["discount"], x["net"], x["tax"]) for x in made["lines"]] == [(-10000, -500, -9500, -950), (-3000, -150, -2850, -570)]
    assert set(left(api, document)) == {document["lines"][1]["id"], document["lines"][3]["id"]}
    rest = credit(api, document)
    assert made["total"] + rest["total"] == -20900 and state(api, document) == ("paid", 0)


# ---- several of one document ----

def test_the_last_takes_the_cents_that_roundings_left(api, account):
    document = bill(api, account, {"description": "Day", "quantity": "3", "unit_price": "33.3333", "tax_rate": "19"})
    assert totals(document) == (10000, 1900, 11900)
    parts = [credit(api, document, lines=[line(document, quantity="1")]) for _ in range(3)]
    assert [totals(p) for p in parts] == [(-3333, -633, -3966), (-3333, -633, -3966), (-3334, -634, -3968)]
    assert [p["lines"][0]["quantity"] for p in parts] == ["-1"] * 3
    assert state(api, document) == ("paid", 0)
    problem(ask(api, document, lines=[line(document, quantity="1")]), 422, "over_credit")


def test_cash_rounding_goes_back_with_the_last(api):
    account = new_account(api, currency="CHF")
    for price, payable in (("108.02", 10800), ("108.03", 10805)):
        document = bill(api, account, (price, "0"), cash_rounding=5)
        assert document["payable"] == payable
        first = credit(api, document, lines=[line(document, amount=5000)])
        assert (first["rounding"], first["payable"]) == (0, -5000)
        last = credit(api, document)
        assert last["payable"] == 5000 - payable and last["rounding"] == -document["rounding"]
        assert state(api, document) == ("paid", 0)


def test_partly_due_and_partly_paid(api, account):
    document = bill(api, account, ("121.00", "0"))
    first, second = pay(api, account, 3000), pay(api, account, 2000)
    made = credit(api, document, lines=[line(document, amount=10000)])
    assert entries(api, made) == {"finalized": {"4000": 10000, "1100": -7100, "2200": -2900}}
    shown = look(api, document)
    assert (shown["status"], shown["paid"], shown["credited"], shown["amount_due"]) == ("paid", 2100, 10000, 0)
    # What was used last is free first.
    assert [look(api, p, "payments")["unapplied"] for p in (first, second)] == [900, 2000]
    assert {b["currency"]: b["unapplied"] for b in look(api, account, "accounts")["balances"]} == {"EUR": 2900}
    later = invoice(api, account, 4000)
    assert state(api, later) == ("partially_paid", 1100) and unapplied(api, account) == 0


def test_cards_are_given_back_by_their_processor(api, account):
    document = bill(api, account, ("50.00", "0"))
    charged(api, document)
    made = credit(api, document, settle="refund", lines=[line(document, amount=2000)])
    (paid,) = api.all("/v1/payments", account_id=account["id"])
    (back,) = look(api, paid, "payments")["refunds"]
    assert (back["amount"], back["processor"], back["reason"]) == (2000, "sandbox", None)
    wait_for(lambda: look(api, back, "refunds")["state"] == "succeeded", 30, "the refund")
    assert entries(api, back)["created"] == {"2200": 2000, "2210": -2000}
    assert state(api, document) == ("paid", 0) and made["settle"] == "refund"


def test_of_other_currencies_too(api):
    for currency, price, rate, whole in (("JPY", "1127", "10", 1240), ("KWD", "3.765", "5", 3953)):
        account = new_account(api, currency=currency)
        document = bill(api, account, (price, rate))
        assert document["total"] == whole
        a = credit(api, document, lines=[line(document, amount=whole // 3)])
        b = credit(api, document)
        assert a["total"] + b["total"] == -whole and a["tax_total"] + b["tax_total"] == -document["tax_total"]


# ---- from draft to document ----

def test_a_draft_moves_nothing_until_it_is_final(api, account):
    document = bill(api, account, ("10.00", "20"))
    before = look(api, document)
    drafted = ask(api, document, reason="Goods returned").expect(201)
    made = drafted.json
    assert drafted.headers["Location"] == f"/v1/invoices/{made['id']}"
    assert (made["kind"], made["status"], made["number"], made["total"], made["original_invoice_id"]) == ("credit", "draft", None, -1200, document["id"])
    after = look(api, document)
    assert {k: v for k, v in after.items() if k != "links"} == {k: v for k, v in before.items() if k != "links"}
    other = ask(api, document).expect(201).json  # a second draft of the same
    final = api.post(f"/v1/invoices/{made['id']}/finalize").expect(200).json
    assert (final["status"], final["issue_date"], final["due_date"]) == ("paid", final["issue_date"], final["issue_date"])
    told = problem(api.post(f"/v1/invoices/{other['id']}/finalize"), 422, "over_credit")
    assert told["errors"] and look(api, other)["status"] == "draft"
    api.delete(f"/v1/invoices/{other['id']}", look(api, other)).expect(204)
    kinds = {t for e in events(api, document["id"], "invoice.credited") for t in (e["type"], *e["also"])}
    assert "invoice.credited" in kinds
    told = {t for e in events(api, made["id"], "invoice.finalized") for t in (e["type"], *e["also"])}
    assert {"invoice.created", "invoice.finalized"} <= told and "invoice.paid" not in told


def test_figures_of_a_draft_are_its_original_s(api, account):
    document = bill(api, account, ("10.00", "20"))
    made = ask(api, document).expect(201)
    path = f"/v1/invoices/{made.json['id']}"
    etag = api.get(path).etag
    for body in ({"lines": []}, {"discount_percent": "10"}, {"discount_amount": 5}, {"tax_mode": "per_line"}, {"tax_inclusive": True},
                 {"cash_rounding": 5}, {"exchange_rate": "2"}):
        told = problem(api.patch(path, body, etag), 422)
        assert set(pointers(told)) == {"/" + k for k in body}
    kept = api.patch(path, {"notes": "As agreed", "memo": "ours"}, etag).expect(200).json
    assert (kept["notes"], kept["total"], kept["payable"]) == ("As agreed", -1200, -1200)
    # A change of the account's tax profile moves other drafts, not this one.
    api.patch(f"/v1/accounts/{account['id']}", {"tax_category": "exempt", "exemption_reason": "Art. 151"},
              look(api, account, "accounts")).expect(200)
    assert totals(look(api, kept)) == (-1000, -200, -1200)
    final = api.post(path + "/finalize", {"expected_total": -1200}).expect(200).json
    assert totals(final) == (-1000, -200, -1200) and state(api, document) == ("paid", 0)


def test_who_may(seller, api, account):
    document = bill(api, account, ("10.00", "0"))
    pay(api, account, 1000)
    sales, accountant, billing = (seller.as_role(role) for role in ("sales", "accountant", "billing"))
    problem(ask(sales, document), 403)
    drafted = ask(accountant, document, settle="refund").expect(201).json
    problem(accountant.post(f"/v1/invoices/{drafted['id']}/finalize", {}), 403)
    assert state(api, document) == ("paid", 0) and look(api, document)["credited"] == 0
    assert billing.post(f"/v1/invoices/{drafted['id']}/finalize", {}).expect(200).json["settle"] == "refund"
    assert unapplied(api, account) == 0 and look(api, document)["credited"] == 1000


def test_policy_asks_for_its_review(new_tenant):
    seller = new_tenant("credit-review", roles=("owner", "billing"))
    api, owner, billing = seller.program(), seller.as_role("owner"), seller.as_role("billing")
    account = new_account(api)
    document = bill(api, account, ("10.00", "20"))
    owner.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, owner.get("/v1/settings").etag).expect(200)
    problem(ask(billing, document, finalize=True), 409, "approval_required")
    made = ask(billing, document).expect(201).json
    path = f"/v1/invoices/{made['id']}"
    problem(billing.post(path + "/finalize", {}), 409, "approval_required")
    owner.post(path + "/approve").expect(200)
    assert billing.post(path + "/finalize", {}).expect(200).json["total"] == -1200
    assert state(api, document) == ("paid", 0)


# ---- what the customer gets ----

def paper(api, document, tmp_path):
    """The words of its PDF."""
    body = wait_for(lambda: (a := api.get(f"/v1/invoices/{document['id']}/pdf")).status == 200 and a.body, 30, "the PDF")
    (tmp_path / "paper.pdf").write_bytes(body)
    done = subprocess.run(["pdftotext", "-layout", tmp_path / "paper.pdf", "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_the_customer_gets_a_credit_note(api, mail, tmp_path):
    mailbox = f"ap-{secrets.token_hex(4)}@guest.example"
    account = new_account(api, locale="en-IE", contacts=[{"name": "AP", "email": mailbox, "roles": ["billing"]}])
    document = bill(api, account, ("100.00", "21"))
    made = credit(api, document, lines=[line(document, amount=6050)], reason="Half of it came back")
    words = paper(api, made, tmp_path)
    for part in ("Credit note", made["number"], "Relates to", document["number"], "Half of it came back", "60.50", "Amount credited"):
        assert part in words, (part, words)
    assert "-60.50" not in words and "Pay by" not in words  # shown as credit
    api.post(f"/v1/invoices/{made['id']}/send").expect(200)
    (message,) = mail.wait(mailbox, made["number"])
    text = message.get_body(("plain",)).get_content()
    assert "60.50" in text and "/pay/" not in text
    assert [part.get_content_type() for part in message.iter_attachments()] == ["application/pdf"]
    assert "Invoice" in paper(api, document, tmp_path)


def test_exports_and_searches_find_it(api, account):
    document = bill(api, account, ("10.00", "0"))
    made = credit(api, document)
    rows = {r["id"]: r for r in api.all("/v1/invoices", account_id=account["id"])}
    assert rows[made["id"]]["original_invoice_id"] == document["id"] and rows[made["id"]]["total"] == -1000
    told = api.get(f"/v1/accounts/{account['id']}/timeline").expect(200).json["data"]
    subjects = {(e["type"], e["subject"]["kind"]) for e in told if e["object"] == "invoice" and e["id"] == made["id"]}
    assert ("invoice.finalized", "credit") in subjects or ("invoice.created", "credit") in subjects


# ---- many at once ----

def test_many_at_once(api, account):
    """A selection is credited, and drafts of it become final: two of one document, whose second finds nothing left; one is given back."""
    documents = [bill(api, account, ("10.00", "20")) for _ in range(4)]
    pay(api, account, 1200, invoice_id=documents[0]["id"])
    credited = act(api, "invoices", "credit", ids=[d["id"] for d in documents], params={"reason": "All of it"})
    assert (credited["done"], credited["failed"]) == (4, 0)
    drafts = [d for d in api.all("/v1/invoices", account_id=account["id"]) if d["status"] == "draft"]
    again = ask(api, documents[1]).expect(201).json
    back = ask(api, documents[0], settle="refund").expect(201).json
    ids = [back["id"], *(d["id"] for d in drafts if d["original_invoice_id"] != documents[0]["id"]), again["id"]]
    done = act(api, "invoices", "finalize", ids=ids)
    assert (done["done"], set(failures(api, done).values())) == (4, {"over_credit"}), failures(api, done)
    assert [state(api, d) for d in documents] == [("paid", 0)] * 4 and unapplied(api, account) == 0
    sent = [bill(api, account, ("5.00", "0")) for _ in range(2)]
    api.post(f"/v1/invoices/{sent[0]['id']}/send").expect(200)
    assert act(api, "invoices", "void", ids=[d["id"] for d in sent])["done"] == 2
    assert [state(api, d) for d in sent] == [("paid", 0), ("void", 0)]
    balanced(api)


# ---- refusals ----

def test_refusals_write_nothing(api, account, sql, seller):
    document = bill(api, account, ("10.00", "20"), ("5.00", "20"))
    other = bill(api, account, ("1.00", "0"))
    draft = api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "x", "unit_price": "1"}]}).expect(201).json
    gone = bill(api, account, ("1.00", "0"))
    api.post(f"/v1/invoices/{gone['id']}/void").expect(200)
    given = credit(api, other)
    before = look(api, document)

    def rows():
        with sql.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM billing.invoice WHERE tenant_id = %(t)s), (SELECT count(*) FROM billing.invoice_line "
                           "WHERE tenant_id = %(t)s), (SELECT count(*) FROM ledger.entry WHERE tenant_id = %(t)s)", {"t": seller.id})
            return cursor.fetchone()

    kept = rows()
    one = document["lines"][0]["id"]
    for body, where, code in (
            ({"lines": [{"line_id": new_id()}]}, "/lines/0/line_id", "not_found"),
            ({"lines": [{"line_id": other["lines"][0]["id"]}]}, "/lines/0/line_id", "not_found"),
            ({"lines": [{"line_id": one}, {"line_id": one}]}, "/lines/1/line_id", "duplicate"),
            ({"lines": [{"line_id": one, "amount": 1, "quantity": "1"}]}, "/lines/0/amount", "invalid"),
            ({"lines": [{"line_id": one, "amount": 0}]}, "/lines/0/amount", "out_of_range"),
            ({"lines": [{"line_id": one, "amount": -1}]}, "/lines/0/amount", "over_credit"),
            ({"lines": [{"line_id": one, "amount": 1201}]}, "/lines/0/amount", "over_credit"),
            ({"lines": [{"line_id": one, "quantity": "1.000000000001"}]}, "/lines/0/quantity", "over_credit"),
            ({"lines": [{"line_id": one, "quantity": "0"}]}, "/lines/0/quantity", None),
            ({"lines": [{"line_id": one, "quantity": "-1"}]}, "/lines/0/quantity", None),
            ({"lines": []}, "/lines", "required"),
            ({"settle": "cash"}, "/settle", None),
            ({"issue_date": "2001-01-01", "finalize": True}, "/issue_date", "out_of_range")):
        told = pointers(problem(ask(api, document, **body), 422))
        assert set(told) == {where} and told[where] == (code or told[where]), (body, told)
    problem(ask(api, document, expected_total=-1, finalize=True), 422, "total_mismatch")
    for wrong in (draft, gone, given):
        problem(ask(api, wrong), 409, "wrong_state")
    problem(ask(api, {"id": new_id()}), 404)
    problem(api.post(f"/v1/invoices/{document['id']}/credit", {}, headers={"If-Match": '"999"'}), 412)
    assert rows() == kept and look(api, document) == before


def test_two_at_once_never_credit_more_than_there_is(seller, api, account):
    document = bill(api, account, {"description": "Seat", "quantity": "7", "unit_price": "14.29", "tax_rate": "19"})
    pay(api, account, 5000)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: ask(one, document, lines=[line(document, quantity="2")], finalize=True), [seller.product.client(Authorization="Bearer " + seller.token()) for _ in range(8)]))
    assert sorted(a.status for a in answers) == [201] * 3 + [422] * 5
    assert all(a.json["code"] == "over_credit" for a in answers if a.status == 422)
    last = credit(api, document)
    made = [a.json for a in answers if a.status == 201] + [last]
    assert [sum(t) for t in zip(*map(totals, made))] == [-n for n in totals(document)]
    assert state(api, document) == ("paid", 0) and unapplied(api, account) == 5000
    balanced(api)


# ---- any document, any credits ----

def test_whatever_is_credited_the_whole_comes_back_to_the_cent(api):
    seed = random.SystemRandom().randrange(10 ** 9)
    print(f"seed {seed}")
    draw = random.Random(seed)
    account = new_account(api)
    for _ in range(6):
        document = bill(api, account, *[
            {"description": f"Line {n}", "quantity": str(draw.choice((1, 2, 3, 7, "0.5", "12.25"))), "unit_price": f"{draw.randrange(1, 50000)}.{draw.randrange(100):02}",
             "tax_rate": draw.choice(("0", "7", "19", "5.5")), **({"discount_percent": str(draw.randrange(1, 60))} if draw.random() < 0.4 else {})}
            for n in range(draw.randrange(1, 5))],
            tax_mode=draw.choice(("per_group", "per_line")), tax_inclusive=draw.random() < 0.3,
            **({"discount_percent": str(draw.randrange(1, 30))} if draw.random() < 0.4 else {}))
        if draw.random() < 0.6:
            pay(api, account, draw.randrange(1, document["payable"] + 1), invoice_id=document["id"])
        made = []
        for _ in range(draw.randrange(4)):
            one = draw.choice(document["lines"])
            rest = left(api, document).get(one["id"], (0, 0))
            by = {"quantity": f"{float(one['quantity']) * draw.choice((0.25, 0.5, 1)):g}"} if draw.random() < 0.5 else {
                "amount": draw.randrange(1, 2 + sum(rest) * 11 // 10)}
            answer = ask(api, document, lines=[{"line_id": one["id"], **by}], finalize=True)
            if by.get("amount", 0) > sum(rest):
                assert problem(answer, 422, "over_credit")
            elif answer.status == 201:
                made.append(answer.json)
                for id, (net, tax) in left(api, document).items():
                    assert net >= 0 and tax >= 0, (document["id"], id)
            else:
                problem(answer, 422, "over_credit")
        last = ask(api, document, finalize=True)
        if last.status == 201:
            made.append(last.json)
        assert [sum(t) for t in zip(*map(totals, made))] == [-n for n in totals(document)], document["id"]
        assert left(api, document) == {} and state(api, document) == ("paid", 0)
        for id in {x["id"] for x in document["lines"]}:
            back = [x for m in made for x in look(api, m)["lines"] if x["original_line_id"] == id]
            (was,) = [x for x in document["lines"] if x["id"] == id]
            assert (sum(x["net"] for x in back), sum(x["tax"] for x in back)) == (-was["net"], -was["tax"])
    balanced(api)
