#!/usr/bin/python3
"""The demo tenant and Billfold's main job, by the public API: what `billfold demo` runs.

    demo.py --billfold PROGRAM --config FILE --url URL --state FILE --slug SLUG [--mail MAILDIR] [--json]

Makes a sandbox tenant with an owner, a seller, a biller and a program by the command line, then
carries one customer from a won deal to a paid and booked invoice as those people would:
over HTTP, each under the rights of their role, as any client of the API. Every step prints to
standard error what it found. What was done is kept in the state file (mode 0600): a second run
does only what is missing and looks at the rest. Standard output has the log-ins, as lines or as
one JSON object {"url", "tenant", "users", "client"}.
"""
import argparse
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
import urllib.request

PEOPLE = {"owner": "Olga Owner", "sales": "Sam Seller", "billing": "Bea Biller"}


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
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname, parts.port, timeout=60)
        self.headers = {}

    def call(self, method, path, body=None, media="application/json", **headers):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        sent = dict(self.headers, **{name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None:
            sent["Content-Type"] = media
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as reason:
            stop(f"{method} {path} of {self.connection.host}:{self.connection.port} got no answer: {reason}",
                 "look whether nginx and billfold-api run there: `billfold doctor`")
        if answer.status >= 400:
            stop(f"{method} {path} answered {answer.status}: {text.decode(errors='replace')}",
                 "look into the logs of the programs for its request_id")
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


class Page:
    """A pay link in a browser without script."""

    def __init__(self, url, path):
        self.url = url + path

    def pay(self, card):
        with urllib.request.urlopen(self.url, timeout=60) as page:
            nonce = re.search(r'name="nonce" value="([^"]+)"', page.read().decode())
        if not nonce:
            stop(f"the page behind the pay link has no form: {self.url}", "open it, and see what it says")
        form = urllib.parse.urlencode({"nonce": nonce.group(1), "payment_method": card}).encode()
        urllib.request.urlopen(self.url, form, timeout=60).close()


def say(step, found):
    print(f"        {step:<9} {found}", file=sys.stderr, flush=True)


def euro(minor, currency="EUR"):
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02d} {currency}"


def wait_for(look, what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            stop(f"{what} did not come within {seconds} s", "see the logs of the worker programs; `billfold doctor` tells which of them is not well")
        time.sleep(0.1)
    return found


# ---- tenant and people, by the command line ----

class Operator:
    def __init__(self, program, config, slug):
        self.argv, self.slug = [program, "-c", config, "--json"], slug

    def command(self, *words, stdin=None):
        done = subprocess.run([*self.argv, *words], input=stdin, capture_output=True, text=True)
        if done.returncode:
            stop(f"billfold {' '.join(words)} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}",
                 "the message names what is wrong; --slug makes the demo under another name")
        return json.loads(done.stdout)

    def make_tenant(self):
        made = self.command("tenant", "create", "--slug", self.slug, "--name", "Northwind Tools", "--currency", "EUR",
                            "--country", "AT", "--time-zone", "Europe/Vienna", "--sandbox")
        return {"id": made["id"], "slug": self.slug}

    def make_user(self, role):
        password = secrets.token_urlsafe(15)
        email = f"{role}@{self.slug}.example"
        made = self.command("user", "create", "--tenant", self.slug, "--email", email, "--name", PEOPLE[role],
                            "--role", role, "--password-stdin", stdin=password + "\n")
        return {"id": made["id"], "email": email, "password": password}

    def make_client(self):
        made = self.command("client", "create", "--tenant", self.slug, "--name", "demo", "--role", "owner")
        return {"id": made["id"], "secret": made["secret"]}


# ---- the main job ----

class Job:
    def __init__(self, url, mail, state):
        self.url, self.mail, self.state = url, mail, state
        self.owner, self.sales, self.billing = (Person(url).sign_in(state["tenant"]["slug"], state[r]) for r in PEOPLE)

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
                if b"office@alpenblick.example" in text and number.encode() in text and b"application/pdf" in text:
                    return text
            return None

        if not self.mail:
            wait_for(lambda: self.invoice()["delivery_status"] == "sent", f"the delivery of {number}")
            say("send", "mailed to office@alpenblick.example")
            return
        text = wait_for(caught, f"the mail with {number}")
        say("send", f"caught mail to office@alpenblick.example with the PDF, {len(text)} bytes")

    def told(self):
        invoice = self.invoice()
        return f"invoice {invoice['status']}, due {euro(invoice['amount_due'])}"

    def pay_by_hand(self):
        """A third came by bank; the biller records it."""
        def record():
            invoice = self.invoice()
            return self.billing.post("/v1/payments", {
                "account_id": self.state["account"], "amount": invoice["amount_due"] // 3, "kind": "bank",
                "reference": invoice["number"], "invoice_id": invoice["id"]}, key="demo-pay-bank")["id"]

        paid = self.billing.get(f"/v1/payments/{self.state.once('paid_by_bank', record)}")
        say("pay", f"{euro(paid['amount'])} by bank, recorded by hand: {self.told()}")

    def pay_by_page(self):
        """The payer opens the link of the mail and pays the rest: a first card has no funds, a second one has."""
        link = self.billing.post(f"/v1/invoices/{self.state['invoice']}/pay_link")["url"]
        page = Page(self.url, urllib.parse.urlsplit(link).path)
        for card in ("sandbox_decline_soft", "sandbox_ok"):
            self.state.once(card, lambda: page.pay(card) or True)
            made = wait_for(lambda: self.attempt(card), "the outcome of a card payment")
            say("pay page", f"{euro(made['amount'])} by card: {made['decline_code'] or made['state']}, {self.told()}")
        deal, account = self.sales.get(f"/v1/deals/{self.state['deal']}"), self.sales.get(f"/v1/accounts/{self.state['account']}")
        say("status", f"invoice {self.invoice()['status']}, deal {deal['billing_status']}, account {account['payment_status']}")

    def attempt(self, card):
        """The attempt with this card once it is over: the first was declined, the second succeeded."""
        state = "succeeded" if card == "sandbox_ok" else "declined"
        found = self.billing.get(f"/v1/payment_attempts?invoice_id={self.state['invoice']}&state={state}")["data"]
        return found and found[-1]

    def plan(self):
        """What is sold again and again: the owner's plan, with a price for each machine a month."""
        def make():
            plan = self.owner.post("/v1/plans", {"code": "CARE", "name": "Boiler care"})
            self.owner.post("/v1/plan_versions", {
                "plan_id": plan["id"], "recurring": "month", "charges": [{"code": "machine", "description": "Care of a boiler", "unit": "machine"}],
                "prices": [{"charge": "machine", "currency": "EUR", "unit_price": "49"}]})
            return plan["id"]

        found = self.owner.get(f"/v1/plans/{self.state.once('plan', make)}")
        version = found["current_version"]
        say("plan", f"{found['name']}, version {version['version_no']}: {version['prices'][0]['unit_price']} EUR a {version['recurring']} for a machine")

    def subscription(self):
        return self.billing.get(f"/v1/subscriptions/{self.state['subscription']}")

    def billed(self, number):
        """The newest document of the subscription once there are so many."""
        documents = wait_for(lambda: (lambda ids: ids if len(ids) >= number else None)(self.subscription()["invoices"]), "a document of the subscription")
        return self.billing.get(f"/v1/invoices/{documents[len(documents) - number]}")

    def subscribe(self):
        """Two machines from today on: a billing run bills the first month by itself."""
        self.state.once("subscription", lambda: self.billing.post("/v1/subscriptions", {
            "account_id": self.state["account"], "plan_code": "CARE", "quantities": [{"charge": "machine", "quantity": "2"}],
            "po_number": "PO-2042", "billing_mode": "finalize"}, key="demo-subscribe")["id"])
        invoice, found = self.billed(1), self.subscription()
        say("subscribe", f"{found['state']}, next bill {found['next_bill_on']}; a run billed {invoice['period_start']} to {invoice['period_end']}: "
            f"{invoice['number']}, {euro(invoice['total'])}")

    def change(self):
        """A third machine, from today on: what the preview says is what it bills."""
        at, third = f"/v1/subscriptions/{self.state['subscription']}", {"quantities": [{"charge": "machine", "quantity": "3"}]}

        def make():
            shown = self.billing.post(at + "/preview_change", third)
            self.billing.post(at + "/change", {**third, "preview_token": shown["preview_token"]}, key="demo-change")
            return shown["total"]

        shown = self.state.once("changed", make)
        invoice = self.billed(2)
        say("change", f"a third machine: {euro(shown)} previewed, {invoice['number']} bills {euro(invoice['total'])}")

    def statement(self):
        for one in self.billing.get(f"/v1/accounts/{self.state['account']}/statement")["balances"]:
            say("statement", f"invoiced {euro(one['invoices'])}, paid {euro(one['payments'])}, owed {euro(one['closing'])}")

    def books(self):
        balance = self.owner.get("/v1/reports/trial_balance")
        for row in balance["accounts"]:
            say("books", f"{row['account_code']} {row['name']:<28} {euro(row['debit'] - row['credit'], row['currency']):>14}")
        for total in balance["totals"]:
            say("books", f"debit {euro(total['debit'])}, credit {euro(total['credit'])}, difference {euro(total['difference'])}")
            if total["difference"]:
                stop("the books do not balance", "billfold doctor --invariants")

    def run(self):
        # What the contract does not have, a product of that build does not do.
        paths = self.owner.get("/v1/openapi.json")["paths"]
        for needs, step in (("/v1/accounts", self.account), ("/v1/products", self.product), ("/v1/deals", self.deal),
                            ("/v1/deals/{id}/win", self.win), ("/v1/invoices", self.review), ("/v1/invoices/{id}/finalize", self.finalize),
                            ("/v1/invoices/{id}/send", self.send), ("/v1/payments", self.pay_by_hand),
                            ("/v1/invoices/{id}/pay_link", self.pay_by_page), ("/v1/plans", self.plan), ("/v1/subscriptions", self.subscribe),
                            ("/v1/subscriptions/{id}/change", self.change), ("/v1/accounts/{id}/statement", self.statement),
                            ("/v1/reports/trial_balance", self.books)):
            if needs not in paths:
                say(step.__name__, "is not part of this build")
                return
            step()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("billfold", "config", "url", "state", "slug"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--mail")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    state = State(words.state)
    operator = Operator(words.billfold, words.config, words.slug)
    state.once("tenant", operator.make_tenant)
    for role in PEOPLE:
        state.once(role, lambda: operator.make_user(role))
    state.once("client", operator.make_client)
    Job(words.url, words.mail, state).run()
    users = {role: {"email": state[role]["email"], "password": state[role]["password"]} for role in PEOPLE}
    if words.json:
        print(json.dumps({"url": words.url, "tenant": state["tenant"], "users": users, "client": state["client"]}))
        return
    print(f"url: {words.url}\ntenant: {state['tenant']['slug']}")
    for role, user in users.items():
        print(f"{role}: {user['email']} {user['password']}")
    print(f"client: {state['client']['id']} {state['client']['secret']}")


if __name__ == "__main__":
    main()
