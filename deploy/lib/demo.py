#!/usr/bin/python3
"""The demo tenant and Billfold's main job, by the public API.

    demo.py yes|no HOME < (what `stack up` printed)

Makes a sandbox tenant with an owner, a seller, a biller and a program by the command line, then
carries one customer from a won deal to a paid and booked invoice as those people would:
over HTTP, each under the rights of their role. Every step prints what it found. What was done is
kept in HOME/demo.json (mode 0600): a second run does only what is missing and looks at the rest.
With `no` nothing is made. The last line is the JSON object that quickstart promises.
"""
import base64
import glob
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.parse

SLUG = "demo"


def stop(what, advice):
    sys.exit(f"\nFailed: {what}\nWhat to do: {advice}")


class State(dict):
    """What earlier runs have made; written after every step."""

    def __init__(self, path):
        self.path = path
        if os.path.exists(path):
            with open(path) as f:
                super().__init__(json.load(f))

    def save(self):
        with open(os.open(self.path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(self, f, indent=1)
        os.rename(self.path + ".new", self.path)

    def once(self, key, make):
        """make() the first time; what it gave, ever after."""
        if key not in self:
            self[key] = make()
            self.save()
        return self[key]


class Person:
    """A caller of the API: a signed-in user, or a program with a token."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.headers = {}

    def call(self, method, path, body=None, media="application/json", **headers):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        sent = dict(self.headers, **{name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None:
            sent["Content-Type"] = media
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            stop(f"{method} {path} answered {answer.status}: {text.decode(errors='replace')}",
                 "look into the logs below HOME/log for its request_id")
        self.cookie = answer.headers.get("Set-Cookie", "").split(";")[0]
        return json.loads(text) if text else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, key=None):
        return self.call("POST", path, body, **({"Idempotency_Key": key} if key else {}))

    def patch(self, path, body, version):
        return self.call("PATCH", path, body, "application/merge-patch+json", If_Match=f'"{version}"')

    def sign_in(self, tenant, user):
        made = self.post("/v1/session", {"tenant": tenant, "email": user["email"], "password": user["password"]})
        self.headers = {"Cookie": self.cookie, "X-CSRF-Token": made["csrf_token"]}
        return self

    def with_token(self, client):
        basic = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
        made = self.call("POST", "/v1/oauth/token", b"grant_type=client_credentials",
                         "application/x-www-form-urlencoded", Authorization="Basic " + basic)
        self.headers = {"Authorization": "Bearer " + made["access_token"]}
        return self


def say(step, found):
    print(f"        {step:<9} {found}", flush=True)


def euro(minor, currency="EUR"):
    return f"{minor // 100:,}.{minor % 100:02d} {currency}"


def wait_for(look, what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            stop(f"{what} did not come within {seconds} s", "see the logs of the worker programs below HOME/log")
        time.sleep(0.1)
    return found


# ---- tenant and people, by the command line ----

def command(home, *words, stdin=None):
    argv = [f"{home}/app/bin/billfold", "-c", f"{home}/etc/billfold.conf", "--json", *words]
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True)
    if done.returncode:
        stop(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}",
             "the message names what is wrong; `deploy/quickstart clean` starts over")
    return json.loads(done.stdout)


def make_tenant(home):
    return {"id": command(home, "tenant", "create", "--slug", SLUG, "--name", "Northwind Tools", "--currency", "EUR",
                          "--country", "AT", "--time-zone", "Europe/Vienna", "--sandbox")["id"], "slug": SLUG}


def make_user(home, role, name):
    def make():
        password = secrets.token_urlsafe(15)
        email = f"{role}@{SLUG}.example"
        made = command(home, "user", "create", "--tenant", SLUG, "--email", email, "--name", name, "--role", role,
                       "--password-stdin", stdin=password + "\n")
        return {"id": made["id"], "email": email, "password": password}

    return make


def make_client(home):
    made = command(home, "client", "create", "--tenant", SLUG, "--name", "quickstart", "--role", "owner")
    return {"id": made["id"], "secret": made["secret"]}


# ---- the main job ----

class Job:
    def __init__(self, facts, state, home):
        self.state, self.home, self.url = state, home, facts["url"]
        self.mail = facts["mail"]
        self.owner, self.sales, self.billing = (Person(self.url).sign_in(SLUG, state[r]) for r in ("owner", "sales", "billing"))

    def account(self):
        made = self.state.once("account", lambda: self.owner.post("/v1/accounts", {
            "account_name": "Alpenblick", "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "currency": "EUR",
            "tax_id": "ATU12345678", "po_required": True, "owner_id": self.state["sales"]["id"],
            "invoice_address": {"line1": "Seestrasse 12", "city": "Hallstatt", "postal_code": "4830", "country": "AT"},
            "contacts": [
                {"name": "Berta Huber", "email": "berta@alpenblick.example", "roles": ["buyer"]},
                {"name": "Anton Gruber", "email": "anton@alpenblick.example", "roles": ["approver"]},
                {"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]})["id"])
        found = self.owner.get(f"/v1/accounts/{made}")
        say("account", f"{found['legal_name']}, {len(found['contacts'])} contacts, mail goes to "
            f"{found['billing_contact']['email']}, {found['payment_terms']} days")

    def product(self):
        def make():
            product = self.owner.post("/v1/products", {
                "code": "BOILER", "name": "Espresso boiler", "unit": "piece", "tax_category": "standard",
                "prices": [{"currency": "EUR", "unit_price": "1249.50"}]})
            self.owner.post("/v1/tax_rates", {"country": "AT", "category": "standard", "name": "VAT", "rate": "20"})
            return product["id"]

        found = self.owner.get(f"/v1/products/{self.state.once('product', make)}")
        say("product", f"{found['name']} at {found['prices'][0]['unit_price']} {found['prices'][0]['currency']}, AT 20 % tax")

    def deal(self):
        made = self.state.once("deal", lambda: self.sales.post("/v1/deals", {
            "name": "Two boilers for the season", "account_id": self.state["account"],
            "lines": [{"product_id": self.state["product"], "description": "Espresso boiler", "quantity": "2", "unit_price": "1249.50"},
                      {"description": "Installation, per hour", "quantity": "90", "base_quantity": "60", "unit_price": "96", "unit": "minute"}]})["id"])
        found = self.sales.get(f"/v1/deals/{made}")
        say("deal", f"{found['name']}: {len(found['lines'])} lines, {euro(found['amount'])}, {found['state']}")

    def win(self):
        deal = f"/v1/deals/{self.state['deal']}"
        if "won" not in self.state:
            self.sales.post(deal + "/win", {}, key="demo-win")
            self.sales.post(deal + "/win", {}, key="demo-win")
        self.state.once("won", lambda: True)
        invoices = wait_for(lambda: self.sales.get(deal)["invoices"], "the draft of the won deal")
        self.state.once("invoice", lambda: invoices[0])
        say("win", f"clicked twice: {self.sales.get(deal)['state']}, {len(invoices)} draft")

    def invoice(self):
        return self.billing.get(f"/v1/invoices/{self.state['invoice']}")

    def review(self):
        invoice = self.invoice()
        if invoice["status"] == "draft":
            invoice = self.billing.patch(f"/v1/invoices/{invoice['id']}", {"po_number": "PO-2041"}, invoice["version"])
        say("review", f"net {euro(invoice['net_total'])}, tax {euro(invoice['tax_total'])}, total {euro(invoice['total'])}, "
            f"purchase order {invoice['po_number']}")

    def finalize(self):
        invoice = self.invoice()
        if invoice["status"] == "draft":
            invoice = self.billing.post(f"/v1/invoices/{invoice['id']}/finalize", {}, key="demo-finalize")
        say("finalize", f"number {invoice['number']}, issued {invoice['issue_date']}, due {invoice['due_date']}, {invoice['status']}")

    def send(self):
        number = self.invoice()["number"]
        self.state.once("sent", lambda: self.billing.post(f"/v1/invoices/{self.state['invoice']}/send", {}, key="demo-send") and True)

        def caught():
            for path in glob.glob(f"{self.mail}/new/*"):
                with open(path, "rb") as f:
                    text = f.read()
                if b"office@alpenblick.example" in text and number.encode() in text:
                    return text
            return None

        text = wait_for(caught, f"the mail with {number}")
        pdf = "with the PDF" if re.search(rb"application/pdf", text) else "without a PDF"
        say("send", f"caught mail to office@alpenblick.example {pdf}, {len(text)} bytes")

    def pay(self):
        invoice = self.invoice()
        if "paid" not in self.state:
            part = invoice["amount_due"] // 3
            for amount, word in ((part, "first"), (invoice["amount_due"] - part, "rest")):
                self.billing.post("/v1/payments", {"account_id": self.state["account"], "amount": amount, "currency": "EUR",
                                                   "kind": "bank", "reference": invoice["number"], "invoice_id": invoice["id"]},
                                  key=f"demo-pay-{word}")
                say("pay", f"{euro(amount)} by bank: invoice {(i := self.invoice())['status']}, due {euro(i['amount_due'])}")
        self.state.once("paid", lambda: True)
        deal, account = self.sales.get(f"/v1/deals/{self.state['deal']}"), self.sales.get(f"/v1/accounts/{self.state['account']}")
        say("status", f"invoice {self.invoice()['status']}, deal {deal['billing_status']}, account {account['payment_status']}")

    def books(self):
        balance = self.owner.get("/v1/reports/trial_balance")
        rows = balance.get("accounts") or balance.get("data") or []
        debit, credit = sum(r["debit"] for r in rows), sum(r["credit"] for r in rows)
        say("books", f"{len(rows)} accounts, debit {euro(debit)}, credit {euro(credit)}, difference {euro(debit - credit)}")
        if debit != credit:
            stop("the books do not balance", "billfold doctor")

    def run(self):
        # What the contract does not have, a product of that build does not do.
        paths = self.owner.get("/v1/openapi.json")["paths"]
        for needs, step in (("/v1/accounts", self.account), ("/v1/products", self.product), ("/v1/deals", self.deal),
                            ("/v1/deals/{id}/win", self.win), ("/v1/invoices", self.review), ("/v1/invoices/{id}/finalize", self.finalize),
                            ("/v1/invoices/{id}/send", self.send), ("/v1/payments", self.pay), ("/v1/reports/trial_balance", self.books)):
            if needs not in paths:
                say(step.__name__, "is not part of this build")
                return
            step()


def main():
    demo, home = sys.argv[1] == "yes", sys.argv[2]
    facts = json.loads(sys.stdin.read().strip().splitlines()[-1])
    state = State(f"{home}/demo.json")
    people = {"owner": "Olga Owner", "sales": "Sam Seller", "billing": "Bea Biller"}
    if demo:
        state.once("tenant", lambda: make_tenant(home))
        for role, name in people.items():
            state.once(role, make_user(home, role, name))
        state.once("client", lambda: make_client(home))
        Job(facts, state, home).run()
    print(f"\nBillfold is at {facts['url']}")
    for role in people:
        if role in state:
            print(f"    {role:<8} {state[role]['email']}  {state[role]['password']}   (tenant {SLUG})")
    print(f"    mail     {facts['mail']}\n    logs     {facts['home']}/log\n")
    print(json.dumps({
        "url": facts["url"], "home": facts["home"], "mail": facts["mail"], "metrics": facts["metrics"],
        "tenant": state.get("tenant"),
        "users": {role: {"email": state[role]["email"], "password": state[role]["password"]} for role in people if role in state},
        "client": state.get("client"), "pg": facts["pg"], "redis": facts["redis"]}))


if __name__ == "__main__":
    main()
