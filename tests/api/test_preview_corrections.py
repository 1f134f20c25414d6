"""Corrections are previewed as they are made: a debit note, a mixed document, a credit note of its own or of another document, to the minor unit and with
what becomes of what it gives back; refused by the same words; nothing is written. Rows R27 to R29; conventions: what moves money can be asked first."""
import pytest

from harness.billing import invoice, new_account, pay
from harness.content import difference, fingerprint
from harness.contract import new_id
from harness.problem import pointers, problem
from test_corrections import of, work

DOCUMENT = ("kind", "original_invoice_id", "reason", "account_id", "entity_id", "currency", "exponent", "subtotal", "discount_total", "net_total", "tax_total",
            "total", "rounding", "payable", "status", "paid")
DECIDED = ("issue_date", "due_date", "payment_terms", "amount_due")
LINE = ("description", "quantity", "unit_price", "tax_category", "tax_rate", "amount", "discount", "net", "tax", "original_invoice_id", "original_line_id",
        "original_quantity", "project", "discount_reason")
TAX = ("category", "rate", "base", "tax")


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("preview-corrections", roles=("sales", "read_only"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


class Asked:
    """A preview beside what it previews."""

    def __init__(self, sql, seller):
        self.sql, self.seller, self.api = sql, seller, seller.program()

    def both(self, document=None):
        return [f"/v1/invoices/{document['id']}/{name}" if document else "/v1/invoices" + name
                for name in (("preview_credit", "credit") if document else ("/preview", ""))]

    def untouched(self, path, body, status=200):
        before = fingerprint(self.sql, self.seller.id)
        told = self.api.post(path, body).expect(status).json
        assert difference(before, fingerprint(self.sql, self.seller.id)) == []
        return told

    def same(self, body, document=None):
        """What is shown, and what is made then: alike."""
        preview, act = self.both(document)
        shown = self.untouched(preview, body)
        made = self.api.post(act, body).expect(201).json
        members = DOCUMENT + (DECIDED if body.get("finalize") else ())
        assert {m: shown[m] for m in members} == {m: made[m] for m in members}
        for name, parts in (("lines", LINE), ("taxes", TAX)):
            assert [[x[m] for m in parts] for x in shown[name]] == [[x[m] for m in parts] for x in made[name]]
        return shown, made

    def alike(self, status, body, document=None):
        """Refused by both, by the same words."""
        told = [{k: v for k, v in self.untouched(path, body, status).items() if k != "request_id"} for path in self.both(document)]
        assert told[0] == told[1]
        return told[0]["code"], pointers(told[0])


@pytest.fixture
def asked(sql, seller):
    return Asked(sql, seller)


def final(api, account, *lines, **more):
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": list(lines), "finalize": True, **more}).expect(201).json


def unapplied(api, account):
    return sum(p["unapplied"] for p in api.all("/v1/payments", account_id=account["id"]))


def look(api, thing):
    return api.get(f"/v1/invoices/{thing['id']}").expect(200).json


# ---- documents beside others ----

ORIGINAL = [work("80.00", "10"), work("9.99", "3", "10", project="A")]
KINDS = {
    "debit": lambda o: ({"kind": "debit", "original_invoice_id": o["id"], "reason": "12.5 hours worked", "due_date": "2099-01-31"},
                        [{"original_line_id": o["lines"][0]["id"], "quantity": "2.5"}, work("3.33", "3")]),
    "mixed": lambda o: ({"kind": "mixed"}, [work("9.99", "-2", project="A", **of(o, 1)), work("360.00", project="B")]),
    "mixed, by its reason": lambda o: ({"kind": "mixed", "tax_mode": "per_line"}, [work("150.00", "-1", project="A", discount_reason="Late"), work("0.07", project="B")]),
    "credit": lambda o: ({"kind": "credit", "standalone": True, "reason": "Goodwill"}, [work("20.00", "-1", "21")]),
    "refund": lambda o: ({"kind": "credit", "standalone": True, "reason": "Sorry", "settle": "refund", "tax_inclusive": True}, [work("5.00", "-3")]),
}


@pytest.mark.parametrize("finalize", [False, True], ids=["draft", "final"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_document_beside_others(asked, api, account, kind, finalize):
    more, lines = KINDS[kind](final(api, account, *ORIGINAL))
    shown, made = asked.same({"account_id": account["id"], "lines": lines, "finalize": finalize, **more})
    assert shown["kind"] == more["kind"] and len(shown["lines"]) == len(lines) and shown["settles"] == 0
    assert shown["left_over"] == (-made["payable"] if finalize and made["payable"] < 0 else 0)
    assert unapplied(api, account) == (0 if more.get("settle") else shown["left_over"])


def test_what_was_paid_in_advance_is_used(asked, api, account):
    """Part of it, then the rest: what is due is what is due."""
    pay(api, account, 5000)
    shown, _ = asked.same({"account_id": account["id"], "lines": [work("40.00")], "finalize": True})
    assert (shown["status"], shown["paid"], shown["amount_due"]) == ("paid", 4800, 0)
    shown, _ = asked.same({"account_id": account["id"], "lines": [work("40.00")], "finalize": True})
    assert (shown["status"], shown["paid"], shown["amount_due"]) == ("partially_paid", 200, 4600)
    shown, _ = asked.same({"account_id": account["id"], "lines": [work("40.00")]})
    assert (shown["status"], shown["paid"], shown["amount_due"]) == ("draft", 0, 4800)


# ---- credit notes of a document ----

@pytest.mark.parametrize("finalize", [False, True], ids=["draft", "final"])
@pytest.mark.parametrize("lines", ["all", "units", "amount"])
@pytest.mark.parametrize("paid", [0, 50000, 99297])
def test_a_credit_note_of_a_document(asked, api, account, lines, paid, finalize):
    """What had not been paid settles what is due, the rest is the customer's."""
    original = final(api, account, *ORIGINAL)
    if paid:
        pay(api, account, paid, invoice_id=original["id"])
    body = {"finalize": finalize, "reason": "Not done"}
    if lines != "all":
        body["lines"] = [{"line_id": original["lines"][0]["id"], **({"quantity": "7"} if lines == "units" else {"amount": 55555})},
                         {"line_id": original["lines"][1]["id"]}]
    due = look(api, original)["amount_due"]
    shown, made = asked.same(body, original)
    assert shown["settles"] + shown["left_over"] == (-made["payable"] if finalize else 0)
    assert shown["settles"] == due - look(api, original)["amount_due"]
    assert unapplied(api, account) == shown["left_over"]


def test_in_a_foreign_currency_and_given_back(asked, api, account):
    original = final(api, account, *ORIGINAL, currency="USD", exchange_rate="0.91")
    pay(api, account, 30000, currency="USD", exchange_rate="0.95", invoice_id=original["id"])
    shown, made = asked.same({"finalize": True, "settle": "refund"}, original)
    assert (shown["currency"], shown["payable"], shown["left_over"]) == ("USD", -original["payable"], 30000)
    assert unapplied(api, account) == 0 and made["status"] == shown["status"] == "paid"


def test_the_last_one_has_what_is_left(asked, api, account):
    """Roundings of those before it included."""
    original = final(api, account, work("10.00", "3", "7"))
    for quantity in ("1", "1"):
        asked.same({"finalize": True, "lines": [{"line_id": original["lines"][0]["id"], "quantity": quantity}]}, original)
    shown, _ = asked.same({"finalize": True}, original)
    assert look(api, original)["amount_due"] == 0 and shown["settles"] == -shown["payable"]
    assert asked.alike(422, {"finalize": True}, original)[0] == "over_credit"


# ---- refused ----

def test_what_is_refused_of_one_that_is_made_is_refused_of_its_preview(asked, api, account):
    original, theirs = final(api, account, work("100.00")), final(api, new_account(api), work("1.00"))
    abroad = final(api, account, work("1.00"), currency="USD")
    draft = api.post("/v1/invoices", {"account_id": account["id"], "lines": [work("1.00")]}).expect(201).json
    plus = work("2.00", project="B")
    for lines, more, expected in (
            ([work("1")], {"kind": "past_due"}, {"/kind": "invalid"}),
            ([work("1")], {"kind": "debit"}, {"/original_invoice_id": "required"}),
            ([work("1")], {"original_invoice_id": original["id"]}, {"/original_invoice_id": "invalid"}),
            ([work("1", "-1")], {"kind": "credit", "original_invoice_id": original["id"], "reason": "x"}, {"/original_invoice_id": "invalid"}),
            ([work("1", "-1")], {"kind": "credit"}, {"/standalone": "required", "/reason": "required"}),
            ([work("1")], {"kind": "credit", "standalone": True, "reason": "x"}, {"/lines/0/quantity": "out_of_range"}),
            ([work("1", "-1")], {"kind": "debit", "original_invoice_id": original["id"]}, {"/lines/0/quantity": "out_of_range"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": new_id()}, {"/original_invoice_id": "not_found"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": theirs["id"]}, {"/original_invoice_id": "not_found"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": abroad["id"]}, {"/original_invoice_id": "currency_mismatch"}),
            ([work("1")], {"kind": "debit", "original_invoice_id": draft["id"]}, {"/original_invoice_id": "wrong_state"}),
            ([{"original_line_id": new_id()}], {"kind": "debit", "original_invoice_id": original["id"]}, {"/lines/0/original_line_id": "not_found"}),
            ([work("1", "-1", project="A", **of(theirs)), plus], {"kind": "mixed"}, {"/lines/0/original_invoice_id": "not_found"}),
            ([work("101", "-1", project="A", **of(original)), plus], {"kind": "mixed"}, {"/lines/0/quantity": "over_credit"}),
            ([plus], {"kind": "mixed", "finalize": True}, {"/lines": "required"}),
            ([work("1", "-1", project="A"), plus], {"kind": "mixed", "finalize": True}, {"/lines/0/original_line_id": "required"})):
        code, told = asked.alike(422, {"account_id": account["id"], "lines": lines, **more})
        assert told == expected, (lines, more, told)
        assert code == ("over_credit" if "over_credit" in expected.values() else "validation_failed")


def test_what_is_refused_of_a_credit_note_is_refused_of_its_preview(asked, api, account):
    original = final(api, account, work("100.00"))
    line = {"line_id": original["lines"][0]["id"]}
    later = {"finalize": True, "issue_date": "2000-01-01"}
    for body, status, expected in (
            ({"lines": [{"line_id": new_id()}]}, 422, ("validation_failed", {"/lines/0/line_id": "not_found"})),
            ({"lines": [{**line, "quantity": "1", "amount": 1}]}, 422, ("validation_failed", {"/lines/0/amount": "invalid"})),
            ({"lines": [line, line]}, 422, ("validation_failed", {"/lines/1/line_id": "duplicate"})),
            ({"lines": []}, 422, ("validation_failed", {"/lines": "required"})),
            ({"lines": [{**line, "amount": 12001}]}, 422, ("over_credit", {"/lines/0/amount": "over_credit"})),
            ({"lines": [{**line, "quantity": "1.5"}]}, 422, ("over_credit", {"/lines/0/quantity": "over_credit"})),
            ({"expected_total": -1}, 422, ("total_mismatch", {})),
            (later, 422, ("validation_failed", {"/issue_date": "out_of_range"}))):
        assert asked.alike(status, body, original) == expected, body
    draft = api.post("/v1/invoices", {"account_id": account["id"], "lines": [work("1.00")]}).expect(201).json
    assert asked.alike(409, {}, draft)[0] == "wrong_state"
    api.post(f"/v1/invoices/{original['id']}/void").expect(200)
    assert asked.alike(409, {}, original)[0] == "wrong_state"
    assert asked.alike(404, {}, {"id": new_id()})[0] == "not_found"


def test_who_may_ask(seller, api, account):
    """What one would be, whoever reads invoices; that it is final, who makes it so."""
    original = invoice(api, account, 12000)
    path = f"/v1/invoices/{original['id']}/preview_credit"
    read_only, sales = seller.as_role("read_only"), seller.as_role("sales")
    assert read_only.post(path).expect(200).json["total"] == -12000
    assert pointers(problem(sales.post(path, {"finalize": True}), 403, "forbidden_field")) == {"/finalize": "forbidden_field"}
    body = {"account_id": account["id"], "lines": [work("1.00", **of(original))], "kind": "debit", "original_invoice_id": original["id"]}
    assert read_only.post("/v1/invoices/preview", body).expect(200).json["kind"] == "debit"
    problem(read_only.post(f"/v1/invoices/{original['id']}/credit"), 403, "forbidden")
