"""What invoices come to, and what they refuse to: K1 to K4, R26, R55 and worked cases T16, T18, T19, T29, T30 of the requirements."""
import decimal
import random

import pytest

from harness.problem import pointers, problem

MAX = 9_007_199_254_740_991


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("amounts")
    api = tenant.program()
    for category, rate in (("standard", "20"), ("reduced", "10"), ("super_reduced", "5.5")):
        api.post("/v1/tax_rates", {"country": "AT", "category": category, "rate": rate}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture(scope="module")
def account(seller):
    return seller.program().post("/v1/accounts", {
        "legal_name": "Alpenblick", "invoice_address": {"line1": "Weg 1", "country": "AT"},
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json


def item(price, quantity="1", **more):
    return {"description": "Work", "quantity": quantity, "unit_price": price, **more}


def post(api, account, lines, **more):
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": lines, **more})


def draft(api, account, lines, **more):
    return post(api, account, lines, **more).expect(201).json


def totals(invoice):
    return invoice["net_total"], invoice["tax_total"], invoice["total"], invoice["payable"]


# ---- K1 ----

def test_k1_the_largest_amount(api, account):
    """K1: amounts go to 9,007,199,254,740,991 exactly, and one more is out of range, wherever it comes from."""
    assert draft(api, account, [item("90071992547409.91", tax_rate="0")])["total"] == MAX
    for lines in ([item("90071992547409.92", tax_rate="0")], [item("90071992547409.91", tax_rate="0"), item("0.01", tax_rate="0")],
                  [item("90071992547409.91", tax_rate="0.0001")], [item("999999999999999999", "999999999999999999")],
                  [item("90071992547409.91")] * 50):
        problem(post(api, account, lines), 422, "out_of_range")
    answer = post(api, account, [item("1"), item("90071992547409.92")])
    assert pointers(problem(answer, 422, "out_of_range")) == {"/lines/1": "out_of_range"}
    for value, code in ((MAX, None), (MAX + 1, "out_of_range"), (-1, "out_of_range"), ("5", "type"), (1.5, "type"), (10**30, "out_of_range")):
        answer = post(api, account, [item(str(MAX // 100), tax_rate="0")], discount_amount=value)
        body = problem(answer, 422) if answer.status == 422 else {}
        assert code is None or pointers(body).get("/discount_amount") in (code, "type"), (value, answer)
    assert api.post("/v1/payments", {"account_id": account["id"], "amount": MAX + 1, "currency": "EUR"}).status == 422


@pytest.mark.parametrize("member", ["unit_price", "quantity", "base_quantity", "tax_rate", "discount_percent"])
@pytest.mark.parametrize("value", [1, 1.5, True, "", "1,5", "1e3", "+1", ".5", "1.", "NaN", "Infinity", "0x10", " 1", "1.1234567890123", "١"])
def test_k1_decimals_are_strings_and_nothing_else(api, account, member, value):
    """K1: unit_price, quantity, rates: decimal strings of at most 12 places; a float never gets in."""
    answer = post(api, account, [item("1"), {**item("1"), member: value}])
    assert list(pointers(problem(answer, 422))) == [f"/lines/1/{member}"]


def test_k1_twelve_places_and_base_quantities(api, account):
    """K1: unit prices have up to 12 places; time is billed in minutes with base 60, exactly."""
    assert draft(api, account, [item("0.000000000001", "1000000000000")])["lines"][0]["net"] == 100
    assert draft(api, account, [item("95.00", "440", base_quantity="60")])["lines"][0]["net"] == 69667
    assert draft(api, account, [item("10", "7", base_quantity="3")])["lines"][0]["net"] == 2333
    for wrong in ("0", "-1"):
        answer = post(api, account, [item("1", base_quantity=wrong)])
        assert pointers(problem(answer, 422)) == {"/lines/0/base_quantity": "out_of_range"}


def test_k1_the_sign_is_the_quantitys_and_only_where_it_may_be(api, account):
    """K1: unit_price >= 0; a negative quantity is for credits."""
    for wrong in ({"quantity": "-1"}, {"unit_price": "-1"}):
        answer = post(api, account, [item("1"), {**item("1"), **wrong}])
        assert pointers(problem(answer, 422)) == {f"/lines/1/{next(iter(wrong))}": "out_of_range"}


# ---- R55, R26 ----

def test_r55_totals_are_the_servers(api, account):
    """R55: whoever sends a total is told that it is read only; expected_total is compared before anything is written."""
    for member in ("total", "net_total", "tax_total", "payable", "amount_due", "subtotal", "discount_total", "paid"):
        assert pointers(problem(post(api, account, [item("1")], **{member: 1}), 422)) == {f"/{member}": "read_only"}
    answer = post(api, account, [{**item("1"), "net": 1, "tax": 1, "amount": 1}])
    assert pointers(problem(answer, 422)) == {"/lines/0/net": "read_only", "/lines/0/tax": "read_only", "/lines/0/amount": "read_only"}
    count = lambda: api.get("/v1/invoices", count="exact", limit=1).json["total"]  # noqa: E731
    before = count()
    told = problem(post(api, account, [item("10")], expected_total=1000), 422, "total_mismatch")
    assert "1200" in told["detail"] and count() == before
    invoice = draft(api, account, [item("10")], expected_total=1200)
    path = f"/v1/invoices/{invoice['id']}"
    problem(api.patch(path, {"lines": [item("20")], "expected_total": 1200}, invoice), 422, "total_mismatch")
    problem(api.post(path + "/finalize", {"expected_total": 1201}), 422, "total_mismatch")
    problem(api.post("/v1/invoices/preview", {"account_id": account["id"], "lines": [item("10")], "expected_total": 1}), 422, "total_mismatch")
    assert api.get(path).json == invoice
    assert api.post(path + "/finalize", {"expected_total": 1200}).expect(200).json["total"] == 1200


def test_r26_a_standard_invoice(api, account):
    """R26: names of buyer and seller, description, amount and payment date are on it, and the books have all of it."""
    invoice = draft(api, account, [item("100"), item("50", tax_category="reduced")])
    final = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json
    assert final["kind"] == "standard" and final["seller"]["legal_name"] and final["payer"]["legal_name"] == "Alpenblick"
    assert all(line["description"] for line in final["lines"]) and final["due_date"] and final["total"] == 17500
    entry = api.get("/v1/journal_entries", document_id=final["id"], fields="event,lines").json["data"]
    assert [(line["account_code"], line["debit"], line["credit"]) for line in entry[0]["lines"]] == [
        ("1100", 17500, 0), ("4000", 0, 15000), ("2100", 0, 2500)]
    for lines, where in (([], "/lines"), ([{"unit_price": "1"}], "/lines/0/description"), ([{"description": "x"}], "/lines/0/unit_price"),
                         ([{"description": "", "unit_price": "1"}], "/lines/0/description")):
        answer = post(api, account, lines, finalize=True)
        assert where in pointers(problem(answer, 422)), lines


# ---- worked cases ----

@pytest.mark.parametrize("mode, tax, lines", [("per_group", 3705, [1853, 1235, 617]), ("per_line", 3706, [1853, 1235, 618])])
def test_t16_per_group_and_per_line(api, account, mode, tax, lines):
    """T16: 97.50 + 65.00 + 32.50 at 19 %: 37.05 by group, 37.06 by line; the method is shown on the document."""
    invoice = draft(api, account, [item(price, tax_rate="19") for price in ("97.50", "65.00", "32.50")], tax_mode=mode)
    assert (invoice["tax_total"], invoice["tax_mode"]) == (tax, mode)
    assert sum(line["tax"] for line in invoice["lines"]) == tax
    if mode == "per_line":
        assert [line["tax"] for line in invoice["lines"]] == lines
    final = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json
    assert (final["tax_total"], final["tax_mode"]) == (tax, mode)


@pytest.mark.parametrize("lines, rate, net, tax", [
    (["2.99"], "4", [288], 11), (["2500.00"], "8", [231481], 18519), (["10.00"] * 3, "15", [870, 870, 869], 391)])
def test_t18_tax_in_the_price(api, account, lines, rate, net, tax):
    """T18: what is in the price is taken out of it, and nets and tax come to it exactly."""
    invoice = draft(api, account, [item(price, tax_rate=rate) for price in lines], tax_inclusive=True)
    assert [line["net"] for line in invoice["lines"]] == net
    assert totals(invoice)[:2] == (sum(net), tax) and invoice["total"] == sum(net) + tax == sum(round(float(p) * 100) for p in lines)


def test_t19_a_discount_is_split_to_the_last_cent(api, account):
    """T19: largest remainder, ties by line order."""
    lines = [item(p, tax_rate=r) for p, r in (("100", "10"), ("50", "0"), ("30", "20"), ("20", "20"))]
    invoice = draft(api, account, lines, discount_amount=1000)
    assert [line["discount"] for line in invoice["lines"]] == [500, 250, 150, 100]
    assert [t["tax"] for t in sorted(invoice["taxes"], key=lambda t: float(t["rate"]))] == [0, 950, 950]
    assert invoice["total"] == 20900
    assert [line["discount"] for line in draft(api, account, [item("20")] * 3, discount_amount=1000)["lines"]] == [334, 333, 333]


@pytest.mark.parametrize("price, total, payable, rounding", [("100.30", 10802, 10800, -2), ("100.31", 10803, 10805, 2)])
def test_t29_cash(api, account, price, total, payable, rounding):
    """T29: CHF 108.02 is payable at 108.00, 108.03 at 108.05; the tax is what it was."""
    invoice = draft(api, account, [item(price, tax_rate="7.7")], currency="CHF", cash_rounding=5)
    assert (invoice["total"], invoice["payable"], invoice["rounding"], invoice["tax_total"]) == (total, payable, rounding, 772)
    final = api.post(f"/v1/invoices/{invoice['id']}/finalize", {}).expect(200).json
    assert (final["amount_due"], final["rounding"]) == (payable, rounding)
    lines = api.get("/v1/journal_entries", document_id=final["id"], fields="lines").json["data"][0]["lines"]
    assert sum(line["debit"] for line in lines) == sum(line["credit"] for line in lines)


@pytest.mark.parametrize("currency, line, total, exponent", [
    ("JPY", item("1127", tax_rate="10"), 1240, 0), ("KWD", item("1.255", "3", tax_rate="5"), 3953, 3),
    ("JPY", item("1000", "7", base_quantity="30", tax_rate="0"), 233, 0)])
def test_t30_other_exponents(api, account, currency, line, total, exponent):
    """T30: JPY has no minor unit, KWD three places."""
    invoice = draft(api, account, [line], currency=currency)
    assert (invoice["total"], invoice["exponent"]) == (total, exponent)


# ---- the preview is what the draft becomes ----

def reference(lines, exponent, percent, amount, mode, inclusive):
    """The same by Python's decimals: net, tax and total, or None where the split is for the core to choose."""
    with decimal.localcontext() as context:
        context.prec = 60
        unit = decimal.Decimal(10) ** -exponent

        def money(value):
            return int((value / unit).to_integral_value(decimal.ROUND_HALF_UP))

        amounts = []
        for line in lines:
            gross = money(decimal.Decimal(line["quantity"]) * decimal.Decimal(line["unit_price"]) / decimal.Decimal(line["base_quantity"]))
            off = money(gross * unit * decimal.Decimal(line.get("discount_percent", "0")) / 100)
            amounts.append(gross - off)
        if percent or amount or inclusive:
            return None
        groups = {}
        for line, value in zip(lines, amounts):
            groups.setdefault(decimal.Decimal(line["tax_rate"]), []).append(value)
        tax = sum(money(sum(v) * unit * rate / 100) if mode == "per_group" else sum(money(x * unit * rate / 100) for x in v)
                  for rate, v in groups.items())
        return sum(amounts), tax, sum(amounts) + tax


def some_lines(rng):
    lines = []
    for _ in range(rng.randint(1, 8)):
        line = {"description": "Work", "quantity": f"{rng.randint(0, 10**rng.randint(1, 5))}.{rng.randint(0, 999):03d}",
                "unit_price": f"{rng.randint(0, 10**rng.randint(1, 4))}.{rng.randint(0, 10**6):06d}",
                "base_quantity": rng.choice(["1", "1", "60", "1000", "7", "0.5"]), "tax_rate": rng.choice(["0", "5.5", "7", "10", "19", "20", "20"])}
        if rng.random() < 0.3:
            line["discount_percent"] = rng.choice(["5", "12.5", "33.333333", "100"])
        lines.append(line)
    return lines


def test_the_preview_is_what_the_draft_becomes(api, account):
    """Over random lines, currencies and choices: preview, draft and final document agree to the cent, and sums are sums."""
    seed = random.randrange(10**9)
    print("seed", seed)
    rng = random.Random(seed)
    for round_no in range(60):
        lines, currency = some_lines(rng), rng.choice(["EUR", "EUR", "JPY", "KWD", "CHF"])
        body = {"account_id": account["id"], "currency": currency, "lines": lines, "tax_mode": rng.choice(["per_group", "per_line"]),
                "tax_inclusive": rng.random() < 0.3, "supply_date": f"2026-{rng.randint(1, 12):02d}-01", "payment_terms": rng.randint(0, 60)}
        if rng.random() < 0.3:
            body["discount_percent"] = rng.choice(["3", "10", "7.25"])
        if currency == "CHF":
            body["cash_rounding"] = 5
        shown = api.post("/v1/invoices/preview", body).expect(200).json
        made = api.post("/v1/invoices", body).expect(201).json
        where = f"seed {seed}, round {round_no}: {body}"
        for member in ("account_id", "entity_id", "currency", "exponent", "payment_terms", "subtotal", "discount_total", "net_total", "tax_total",
                       "total", "rounding", "payable"):
            assert shown[member] == made[member], (member, where)
        for member in ("description", "quantity", "unit_price", "tax_category", "tax_rate", "amount", "discount", "net", "tax"):
            assert [line[member] for line in shown["lines"]] == [line[member] for line in made["lines"]], (member, where)
        key = lambda t: (t["category"], decimal.Decimal(t["rate"]))  # noqa: E731
        assert sorted(((*key(t), t["base"], t["tax"]) for t in shown["taxes"])) == sorted((*key(t), t["base"], t["tax"]) for t in made["taxes"]), where
        assert made["total"] == made["net_total"] + made["tax_total"] and made["payable"] == made["total"] + made["rounding"], where
        for member, of in (("net_total", "net"), ("tax_total", "tax"), ("subtotal", "amount"), ("discount_total", "discount")):
            assert made[member] == sum(line[of] for line in made["lines"]), (member, where)
        expected = reference(lines, made["exponent"], body.get("discount_percent"), 0, body["tax_mode"], body["tax_inclusive"])
        assert expected is None or expected == (made["net_total"], made["tax_total"], made["total"]), where
        if round_no % 10 == 0:
            final = api.post(f"/v1/invoices/{made['id']}/finalize", {}).expect(200).json
            assert totals(final) == totals(made) and final["due_date"] == shown["due_date"] and final["issue_date"] == shown["issue_date"], where
