"""What tests of money begin with: accounts that can be billed, documents, payments, and looks at them."""
import secrets

from .wait import wait_for

OPEN = ("new", "in_flight", "unknown")


def new_account(api, **more):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "tax_id": "ATU-" + secrets.token_hex(6),
        "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"},
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


def draft(api, account, amount, **more):
    """A draft of one line that comes to amount, without tax."""
    price = f"{amount // 100}.{amount % 100:02}"
    return api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "Stay", "unit_price": price, "tax_rate": "0"}],
                                     **more}).expect(201).json


def invoice(api, account, amount, **more):
    return draft(api, account, amount, finalize=True, **more)


def pay(api, account, amount, **more):
    return api.post("/v1/payments", {"account_id": account["id"], "amount": amount, **more}).expect(201).json


def state(api, document):
    shown = api.get(f"/v1/invoices/{document['id']}").expect(200).json
    return shown["status"], shown["amount_due"]


def charge(api, document, method="sandbox_ok", **more):
    """An attempt that has just been asked for."""
    return api.post(f"/v1/invoices/{document['id']}/pay", {"payment_method": method, **more}).expect(202).json


def outcome(api, attempt, seconds=30):
    """The attempt once it is over."""
    def over():
        shown = api.get(f"/v1/payment_attempts/{attempt['id']}").expect(200).json
        return shown if shown["state"] not in OPEN else None

    return wait_for(over, seconds, "the outcome of an attempt")


def charged(api, document, method="sandbox_ok", **more):
    return outcome(api, charge(api, document, method, **more))


def entries(api, document):
    """{event: {account code: debit - credit}} of a document, entries of one event added up."""
    found = {}
    for entry in api.all("/v1/journal_entries", document_id=document["id"]):
        sides = found.setdefault(entry["event"], {})
        for line in api.get(f"/v1/journal_entries/{entry['id']}").expect(200).json["lines"]:
            code = line["account_code"]
            sides[code] = sides.get(code, 0) + line["debit"] - line["credit"]
    return found


def books(api, **query):
    """The trial balance in the seller's own currency: {account code: what its currencies come to, added up}, none of nothing; both ways
    all of it comes to nothing."""
    report = api.get("/v1/reports/trial_balance", **query).expect(200).json
    assert all(total["difference"] == 0 for total in report["totals"] + report["base_totals"])
    sums = {}
    for account in report["accounts"]:
        sums[account["account_code"]] = sums.get(account["account_code"], 0) + account["base_balance"]
    return {code: balance for code, balance in sums.items() if balance}


def moved(api, before):
    """What the books have moved by since then, without what has not."""
    now = books(api)
    return {code: now.get(code, 0) - before.get(code, 0) for code in sorted({*now, *before}) if now.get(code, 0) != before.get(code, 0)}


def feed(api):
    """The whole feed of changes, in its order. What was done last is in it once all that began before is over."""
    last = [e["event_id"] for e in api.get("/v1/events", limit=1).expect(200).json["data"]]
    rows, cursor = [], None

    def whole():
        nonlocal cursor
        while True:
            page = api.get("/v1/changes", **({"cursor": cursor} if cursor else {})).expect(200).json
            if not page["data"]:
                return {*last} <= {e["event_id"] for e in rows}
            rows.extend(page["data"])
            cursor = page["next"]

    wait_for(whole, what="the feed to tell what was done last")
    return rows


def events(api, ident, type):
    """What the feed says of one object, in its order; waits until it says `type`."""
    def look():
        rows = [e for e in feed(api) if e["id"] == ident]
        return rows if any(type in (e["type"], *e["also"]) for e in rows) else None

    return wait_for(look, what=f"{type} of {ident} in the feed")
