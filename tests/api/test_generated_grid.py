"""The golden grid: every kind of document in every state under every operation, for currencies of each exponent and every way to
reckon tax. Kinds, states and operations are the contract's own, so that a new word of it is a new row here. A cell is one request: it is
done or refused as `MAY` says, a refusal changes nothing, and figures are always those that are reckoned here independently.

The last test prints how many cells there are, how many were tried and how many held."""
import collections
import fractions
import itertools

import pytest

from harness.billing import new_account
from harness.money import check_money
from harness.problem import problem
from harness.wait import wait_for

CURRENCIES = {"JPY": 0, "EUR": 2, "KWD": 3}
TAX = list(itertools.product(("per_group", "per_line"), (False, True)))
PRICES = ("1127", "32.50", "97.525")  # each has a half to round somewhere
RATES = ("19", "7", "19")
# No operation leads there yet; kinds that are made elsewhere.
NOT_REACHED = {"uncollectible": "nothing is written off yet"}
NOT_MADE = ("timesheet", "pro_forma", "interim", "past_due")
# What gives back is settled when it becomes final.
STATES = {"credit": ("draft", "pending_approval", "paid")}

tried, held = set(), set()


# ---- the figures, reckoned once more ----

def rounded(x):
    """To the nearest whole, half away from zero."""
    whole = int(abs(x) + fractions.Fraction(1, 2))
    return whole if x >= 0 else -whole


def figures(lines, exponent, mode, inclusive):
    """(net_total, tax_total, total) of [(price, quantity, rate)]."""
    amounts = [rounded(fractions.Fraction(p) * fractions.Fraction(q) * 10**exponent) for p, q, _ in lines]
    groups = collections.defaultdict(list)
    for n, ((_, _, rate), amount) in enumerate(zip(lines, amounts)):
        groups[n if mode == "per_line" else rate, rate].append(amount)
    net = tax = 0
    for (_, rate), parts in groups.items():
        share, whole = fractions.Fraction(rate) / 100, sum(parts)
        if inclusive:
            net += rounded(whole / (1 + share))
            tax += whole - rounded(whole / (1 + share))
        else:
            net += whole
            tax += rounded(whole * share)
    return net, tax, net + tax


# ---- documents of each kind, brought to each state ----

class Maker:
    def __init__(self, seller):
        self.api, self.reviewer = seller.program(), seller.as_role("owner")
        self.original = {}

    def lines(self, kind):
        rows = [(p, "-1" if kind == "credit" or (kind == "mixed" and n == 1) else "1.5", r) for n, (p, r) in enumerate(zip(PRICES, RATES))]
        return rows, [{"description": "Work", "unit_price": p, "quantity": q, "tax_rate": r,
                       **({"project": "P"} if kind == "mixed" else {}),
                       **({"discount_reason": "Agreed"} if kind == "mixed" and q[0] == "-" else {})} for p, q, r in rows]

    def draft(self, kind, currency, mode, inclusive):
        """The draft, and what it must come to."""
        account = new_account(self.api)
        rows, lines = self.lines(kind)
        more = {}
        if kind == "debit":
            original = self.api.post("/v1/invoices", {
                "account_id": account["id"], "currency": currency, "finalize": True,
                "lines": [{"description": "Work", "unit_price": "10", "tax_rate": "19"}]}).expect(201).json
            self.pay(original, original["payable"])
            more["original_invoice_id"] = original["id"]
        if kind == "credit":
            more.update(standalone=True, reason="Goodwill")
        made = self.api.post("/v1/invoices", {"account_id": account["id"], "kind": kind, "currency": currency, "tax_mode": mode,
                                              "tax_inclusive": inclusive, "lines": lines, **more}).expect(201).json
        return made, figures(rows, CURRENCIES[currency], mode, inclusive)

    def pay(self, made, amount):
        self.api.post("/v1/payments", {"account_id": made["account_id"], "amount": amount, "currency": made["currency"]}).expect(201)

    def bring(self, made, state):
        at = f"/v1/invoices/{made['id']}"
        if state == "pending_approval":
            self.api.post(at + "/submit").expect(200)
        elif state != "draft":
            self.api.post(at + "/finalize").expect(200)
        if state == "void":
            self.api.post(at + "/void", {}).expect(200)
        if state in ("partially_paid", "paid") and made["kind"] != "credit":
            self.pay(made, made["payable"] if state == "paid" else made["payable"] // 3)
        shown = self.api.get(at).expect(200).json
        assert shown["status"] == state
        return shown


FINAL = ("open", "partially_paid", "paid")
DRAFTS = ("draft", "pending_approval")
ANY = (*DRAFTS, *FINAL, "void")
# Where each operation is done; elsewhere it is refused.
MAY = {
    "GET": (ANY, None), "GET /pdf": ((*FINAL, "void"), None), "GET /viewings": (ANY, None), "GET /dunning": (ANY, None),
    "PATCH": (DRAFTS, {"notes": "Looked at"}), "DELETE": (DRAFTS, None),
    "POST /finalize": (DRAFTS, {}), "POST /submit": (("draft",), {}), "POST /approve": (DRAFTS, {}), "POST /reject": (("pending_approval",), {"reason": "Not like this"}),
    "POST /send": (FINAL, {}), "POST /credit": (FINAL, {"finalize": True}), "POST /preview_credit": (FINAL, {"finalize": True}),
    "POST /void": (("open",), {}),
    "POST /pay": (("open", "partially_paid"), {"payment_method": "sandbox_ok"}),
    "POST /pay_link": (FINAL, {}), "POST /revoke_pay_link": (ANY, {}),
    "POST /dunning/hold": (("open", "partially_paid"), {}), "POST /dunning/release": ((), {}),
}
LOOKS = {operation for operation in MAY if operation.startswith("GET")} | {"POST /preview_credit"}  # they change nothing


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("grid", roles=("owner", "billing"))


@pytest.fixture(scope="module")
def maker(seller):
    return Maker(seller)


@pytest.fixture(scope="module")
def words(contract):
    """The contract's kinds, states and operations on one document."""
    shown = contract.resolve(contract.document["components"]["schemas"]["Invoice"])["properties"]
    operations = ["%s %s" % (o.method, o.path.removeprefix("/v1/invoices/{id}")) for o in contract.operations
                  if o.path == "/v1/invoices/{id}" or o.path.startswith("/v1/invoices/{id}/")]
    return {word: [w for w in contract.resolve(shown[word])["enum"] if w] for word in ("kind", "status")} | {
        "operation": [name.strip() for name in operations]}


def cells(words):
    """All that there are: what cannot be reached or is made elsewhere is none."""
    assert set(MAY) == set(words["operation"]), "an operation of the contract that nobody has thought about"
    for kind, state in itertools.product(words["kind"], words["status"]):
        if kind not in NOT_MADE and state not in NOT_REACHED and state in STATES.get(kind, words["status"]):
            for operation, currency, tax in itertools.product(words["operation"], CURRENCIES, TAX):
                yield kind, state, operation, currency, tax


def refused(kind, state, operation):
    """By its state, and what asks for nothing is not paid, credited or taken back."""
    return state not in MAY[operation][0] or kind == "credit" and operation in ("POST /credit", "POST /preview_credit", "POST /void", "POST /pay", "POST /dunning/hold")


def ask(maker, made, operation):
    method, _, action = operation.partition(" ")
    body = MAY[operation][1]
    api = maker.reviewer if operation in ("POST /approve", "POST /reject") else maker.api
    headers = {"If-Match": f'"{made["version"]}"'} if method in ("PATCH", "DELETE") else {}
    if method == "PATCH":
        return api.patch(f"/v1/invoices/{made['id']}", body, made["version"])
    if operation == "GET /pdf" and made["number"]:  # a job makes it
        return wait_for(lambda: (lambda a: a if a.status == 200 else None)(api.get(f"/v1/invoices/{made['id']}/pdf")), 20, "the paper")
    return api.request(method, f"/v1/invoices/{made['id']}{action}", body, headers)


@pytest.mark.parametrize("mode,inclusive", TAX)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_cell(maker, words, sql, seller, currency, mode, inclusive):
    wrong = []
    for (kind, state), group in itertools.groupby((c for c in cells(words) if c[3:] == (currency, (mode, inclusive))), lambda c: c[:2]):
        made = None
        for cell in sorted(group, key=lambda c: not refused(*c[:3])):  # refusals first: they leave it as it is
            operation, now = cell[2], None
            if made is None:
                draft, wanted = maker.draft(kind, currency, mode, inclusive)
                made = maker.bring(draft, state)
            answer = ask(maker, made, operation)
            tried.add(cell)
            if refused(kind, state, operation):
                told = problem(answer) if answer.status >= 400 else None
                now = maker.api.get(f"/v1/invoices/{made['id']}").expect(200).json
                good = told is not None and answer.status in (404, 409, 422) and now == made
            else:
                good = answer.status < 300
                if operation in LOOKS:
                    now = maker.api.get(f"/v1/invoices/{made['id']}").expect(200).json
                    good = good and now == made
                else:
                    after = maker.api.get(f"/v1/invoices/{made['id']}")
                    now, made = (after.json if after.status == 200 else None), None
                    good = good and (operation == "DELETE") == (after.status == 404)
            if now:
                good = good and (now["net_total"], now["tax_total"], now["total"]) == wanted
            if good:
                held.add(cell)
            else:
                wrong.append(f"{kind} {state} {operation}: {answer.status} {answer.body[:160]!r}")
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))
    assert {t["difference"] for t in maker.api.get("/v1/reports/trial_balance").expect(200).json["totals"]} == {0}
    assert not wrong, "\n".join(wrong)


def test_the_grid_is_covered(words):
    there = set(cells(words))
    print(f"\n{len(there)} cells, {len(tried & there)} tried ({100 * len(tried & there) / len(there):.1f} %), {len(held & there)} held")
    if tried:
        assert len(tried & there) >= 0.99 * len(there) and held == tried
