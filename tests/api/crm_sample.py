#!/usr/bin/python3
"""A real pipeline, through the public API alone: from 8,800 opportunities to booked invoices.

    crm_sample.py URL CLIENT_ID CLIENT_SECRET [DATA]

DATA is a folder with accounts.csv, products.csv, sales_teams.csv and sales_pipeline.csv (the public
sample set "CRM Sales Opportunities" of a maker of computer hardware), by default
../shared/data/crm beside this checkout. The data are untidy, as such data are: a product is
spelled two ways, opportunities name no account, closing values differ from list prices. Nothing is lost: what
has no account is imported without one and counted.

Accounts come with their parents and one billing contact each, agents as users, opportunities as deals whose
close value is the unit price. The won ones are won in bulk and their drafts finalized. A second
run finds everything by external id and doubles nothing. Each step prints how long it took.
"""
import csv
import io
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.client import Client  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "crm"
SYSTEM = "sample"
STAGES = {"Prospecting": "Prospecting", "Engaging": "Engaging"}
COUNTRIES = {
    "Belgium": "BE", "Brazil": "BR", "China": "CN", "Germany": "DE", "Italy": "IT", "Japan": "JP", "Jordan": "JO",
    "Kenya": "KE", "Korea": "KR", "Norway": "NO", "Panama": "PA", "Philipines": "PH", "Philippines": "PH",
    "Poland": "PL", "Romania": "RO", "United States": "US",
}


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def table(rows):
    """Rows (dicts of one shape) as CSV text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Sample:
    def __init__(self, client, data=DATA, say=print):
        self.client = client
        self.data = pathlib.Path(data)
        self.say = say
        self.seconds = {}

    def read(self, name):
        with open(self.data / f"{name}.csv", newline="", encoding="utf-8-sig") as f:
            return list(csv.DictReader(f))

    def step(self, name, work):
        begin = time.monotonic()
        found = work()
        self.seconds[name] = time.monotonic() - begin
        self.say(f"{name:<12} {self.seconds[name]:7.2f} s  {found}")
        return found

    # ---- long work ----

    def finished(self, answer, limit=900):
        """The operation behind a 202, once it is over."""
        path = f"/v1/operations/{answer.expect(202).json['id']}"
        end = time.monotonic() + limit
        while True:
            operation = self.client.get(path).expect(200).json
            if operation["state"] in ("done", "failed", "cancelled"):
                break
            assert time.monotonic() < end, f"{path} is still {operation['state']} after {limit} s: {operation}"
            time.sleep(0.2)
        assert operation["state"] == "done", operation
        return operation

    def import_(self, resource, rows, columns, match, constants=None):
        operation = self.finished(self.client.post("/v1/imports", {
            "resource": resource, "csv": table(rows), "columns": columns, "constants": constants or {},
            "match": {"system": SYSTEM, "column": match}}))
        counts = {key: operation[key] for key in ("created", "updated", "skipped", "failed")}
        assert sum(counts.values()) == operation["total"] == len(rows), (counts, len(rows))
        if operation["failed"]:
            wrong = self.client.get(f"/v1/operations/{operation['id']}/results", state="failed", limit=5).json["data"]
            raise AssertionError(f"{operation['failed']} rows of {resource} failed: {json.dumps(wrong)[:2000]}")
        return counts

    # ---- the steps ----

    def custom_field(self):
        known = self.client.get("/v1/custom_fields", resource="deal").expect(200).json["data"]
        if not any(field["key"] == "source_stage" for field in known):
            self.client.post("/v1/custom_fields", {"resource": "deal", "key": "source_stage", "label": "Stage at import", "filterable": True,
                                                   "type": "text"}).expect(201)
        return "source_stage"

    def agents(self):
        """One user an agent; who is there already stays as it is."""
        known = {user["email"] for user in self.client.all("/v1/users", limit=200)}
        self.agent_mail = {row["sales_agent"]: f"{slug(row['sales_agent'])}@agents.example" for row in self.read("sales_teams")}
        made = 0
        for name, email in self.agent_mail.items():
            if email not in known:
                self.client.post("/v1/users", {"email": email, "name": name, "role": "sales"}).expect(201)
                made += 1
        return f"{made} invited, {len(self.agent_mail) - made} known"

    def products(self):
        rows = [{"code": slug(row["product"]), "name": row["product"], "series": row["series"]} for row in self.read("products")]
        return self.import_("product", rows, [{"column": "code", "field": "code"}, {"column": "name", "field": "name"},
                                              {"column": "series", "field": "description"}], "code")

    def accounts(self):
        rows = [{"id": slug(row["account"]), "name": row["account"], "sector": {"technolgy": "technology"}.get(row["sector"], row["sector"]),
                 "country": COUNTRIES[row["office_location"]], "line1": row["office_location"],
                 "mail": f"billing@{slug(row['account'])}.example", "contact": f"Accounts payable, {row['account']}"}
                for row in self.read("accounts")]
        return self.import_("account", rows, [
            {"column": "name", "field": "legal_name"}, {"column": "sector", "field": "sector"},
            {"column": "line1", "field": "invoice_address.line1"}, {"column": "country", "field": "invoice_address.country"},
        ], "id")

    def contacts(self):
        rows = [{"id": slug(row["account"]), "account": slug(row["account"]), "name": f"Accounts payable, {row['account']}",
                 "mail": f"billing@{slug(row['account'])}.example", "role": "billing"} for row in self.read("accounts")]
        return self.import_("contact", rows, [
            {"column": "account", "field": "account_id", "ref": {"system": SYSTEM}}, {"column": "name", "field": "name"},
            {"column": "mail", "field": "email"}, {"column": "role", "field": "roles"}], "id")

    def parents(self):
        rows = [{"id": slug(row["account"]), "parent": slug(row["subsidiary_of"])}
                for row in self.read("accounts") if row["subsidiary_of"]]
        return self.import_("account", rows, [{"column": "parent", "field": "parent_id", "ref": {"system": SYSTEM}}], "id")

    def deals(self):
        source = self.read("sales_pipeline")
        self.without_account = sum(not row["account"] for row in source)
        stages = {stage["name"]: stage["id"] for stage in self.client.all("/v1/stages", limit=200)}
        rows = []
        for row in source:
            product = {"GTXPro": "GTX Pro"}.get(row["product"], row["product"])
            rows.append({
                "id": row["opportunity_id"], "name": f"{product} {row['opportunity_id']}",
                "account": slug(row["account"]), "agent": self.agent_mail[row["sales_agent"]],
                "engaged": row["engage_date"], "closed": row["close_date"],
                "supplied": row["close_date"] if row["deal_stage"] == "Won" else "",
                "stage_id": stages[STAGES.get(row["deal_stage"], "Engaging")], "source_stage": row["deal_stage"],
                "product": slug(product) if row["close_value"] else "", "text": product if row["close_value"] else "",
                "price": row["close_value"]})
        counts = self.import_("deal", rows, [
            {"column": "name", "field": "name"},
            {"column": "account", "field": "account_id", "ref": {"system": SYSTEM}},
            {"column": "agent", "field": "owner_id", "ref": {"field": "email"}},
            {"column": "engaged", "field": "engaged_on"}, {"column": "closed", "field": "closed_on"},
            {"column": "supplied", "field": "supply_date"}, {"column": "stage_id", "field": "stage_id"},
            {"column": "source_stage", "field": "custom.source_stage"},
            {"column": "product", "field": "lines.0.product_id", "ref": {"system": SYSTEM}},
            {"column": "text", "field": "lines.0.description"}, {"column": "price", "field": "lines.0.unit_price"},
        ], "id")
        return {**counts, "without an account": self.without_account}

    def bulk(self, resource, action, where, params=None):
        operation = self.finished(self.client.post(f"/v1/{resource}/bulk", {"action": action, "where": where, "params": params or {}}))
        assert operation["failed"] == 0, self.client.get(f"/v1/operations/{operation['id']}/results", state="failed", limit=5).json
        return operation["done"]

    def outcome(self, stage, action):
        where = {"and": [{"field": "custom.source_stage", "op": "eq", "value": stage}, {"field": "state", "op": "eq", "value": "open"}]}
        return f"{self.bulk('deals', action, where)} {action}"

    def count(self, path, **where):
        return self.client.get(path, count="exact", limit=1, **where).expect(200).json["total"]

    def drafts(self, limit=900):
        won = self.count("/v1/deals", state="won")
        end = time.monotonic() + limit
        while (left := self.count("/v1/deals", billing_status="pending")) > 0:
            assert time.monotonic() < end, f"{left} won deals are still without a draft"
            time.sleep(0.5)
        return f"{won} won deals have their drafts"

    def finalize(self):
        return f"{self.bulk('invoices', 'finalize', {'field': 'status', 'op': 'eq', 'value': 'draft'})} finalized"

    def books(self):
        """What the month's end would ask; fails where anything is off."""
        invoices = self.client.all("/v1/invoices", limit=200, fields="id,number,status,subtotal,total,deal_id")
        numbers = [invoice["number"] for invoice in invoices]
        assert None not in numbers and len(set(numbers)) == len(numbers), "a number is missing or doubled"
        counters = sorted(int(re.search(r"(\d+)$", number).group(1)) for number in numbers)
        assert counters == list(range(counters[0], counters[0] + len(counters))), "the numbers have a gap"
        balance = self.client.get("/v1/reports/trial_balance").expect(200).json
        net = sum(invoice["total"] for invoice in invoices)
        statuses = {status: self.count("/v1/deals", billing_status=status) for status in ("none", "pending", "draft", "invoiced")}
        states = {state: self.count("/v1/deals", state=state) for state in ("won", "lost", "open")}
        return {"invoices": len(invoices), "net": net, "first": numbers[0], "trial_balance": balance,
                "billing": statuses, "deals": states, "deals_invoiced": len({invoice["deal_id"] for invoice in invoices})}

    def run(self):
        self.step("field", self.custom_field)
        self.step("agents", self.agents)
        self.step("products", self.products)
        self.step("accounts", self.accounts)
        self.step("contacts", self.contacts)
        self.step("parents", self.parents)
        self.step("deals", self.deals)
        self.step("won", lambda: self.outcome("Won", "win"))
        self.step("lost", lambda: self.outcome("Lost", "lose"))
        self.step("drafts", self.drafts)
        self.step("finalize", self.finalize)
        return self.step("books", self.books)


def main(argv):
    if len(argv) < 4 or argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    client = Client.at(argv[1])
    client.headers["Authorization"] = "Bearer " + client.token(argv[2], argv[3])
    client.timeout = 300
    Sample(client, *argv[4:5]).run()


if __name__ == "__main__":
    main(sys.argv)
