"""The stand-in for Stripe (tests/stand-in/stripe) as tests see it: started, told how to fail, asked what it knows."""
import hashlib
import hmac
import json
import pathlib
import secrets
import subprocess
import time
import urllib.request

from .product import Product
from .wait import wait_for

SERVER = pathlib.Path(__file__).resolve().parents[2] / "stand-in" / "stripe" / "server.py"
API_KEY = "sk_test_standin"
VERSION = "2026-07-29.dahlia"


def webhook(kind, thing, **more):
    """An event of Stripe's as bytes."""
    return json.dumps({"id": "evt_" + secrets.token_hex(8), "object": "event", "api_version": VERSION, "type": kind,
                       "created": int(time.time()), "livemode": False, "pending_webhooks": 1, "data": {"object": thing},
                       **more}).encode()


def mac(body, secret, at):
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def signature(body, secret, at=None, scheme="v1"):
    """A Stripe-Signature of these bytes."""
    at = int(time.time() if at is None else at)
    return f"t={at},{scheme}={mac(body, secret, at)}"


class Stripe:
    def start(self):
        self.process = subprocess.Popen([str(SERVER)], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the stand-in for Stripe does not start")
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()

    def control(self, path, **given):
        request = urllib.request.Request(self.url + "/_standin" + path, data=json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fail(self, *rules):
        """Faults to come (stand-in/stripe/script.py); none: all is well again."""
        self.control("/script", rules=list(rules))

    def state(self):
        return self.control("/state")

    def objects(self, kind):
        return self.state()["objects"][kind]


class Seller:
    """A tenant that collects through the stand-in, and what tests of it need again and again."""

    def __init__(self, product, stripe, name="stripe", **processor):
        self.stripe = stripe
        self.tenant = product.tenant(name)
        self.api = self.tenant.program()
        self.webhook_secret = "whsec_" + secrets.token_hex(16)
        self.processor = self.api.post("/v1/processors", {
            "kind": "stripe", "name": "Stripe", "api_key": API_KEY, "webhook_secrets": [self.webhook_secret],
            "is_default": True, **processor}).expect(201).json
        self.webhook_url = product.url + self.processor["webhook_path"]

    def account(self, **more):
        return self.api.post("/v1/accounts", {
            "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14,
            "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"},
            "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json

    def invoice(self, account, price="100", **more):
        draft = self.api.post("/v1/invoices", {
            "account_id": account["id"], "lines": [{"description": "Work", "unit_price": price}], **more}).expect(201).json
        return self.api.post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json

    def pay(self, invoice, method="pm_card_visa", **more):
        return self.api.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": method, **more}).expect(202).json

    def attempt(self, attempt):
        return self.api.get(f"/v1/payment_attempts/{attempt['id']}").expect(200).json

    def resolved(self, attempt, seconds=60):
        """The attempt once its outcome is known."""
        def known():
            now = self.attempt(attempt)
            return now if now["state"] in ("succeeded", "declined", "cancelled") else None

        return wait_for(known, seconds, f"the outcome of {attempt['id']}")

    def read(self, thing, path):
        return self.api.get(f"/v1/{path}/{thing['id']}").expect(200).json

    def payments(self):
        return [row for row in self.api.all("/v1/payments") if row["attempt_id"]]

    def charges(self):
        """What the stand-in took for this tenant's attempts: attempt -> captured charges."""
        found = {}
        for charge in self.stripe.objects("charge"):
            if charge["captured"] and "billfold_attempt" in charge["metadata"]:
                found.setdefault(charge["metadata"]["billfold_attempt"], []).append(charge)
        return found


def start_product(stripe, more=""):
    """A product of its own whose payment worker speaks to the stand-in."""
    return Product(settings=f'stripe_url = "{stripe.url}"\nprocessor_timeout = 2\nprocessor_settled = 4\nprocessor_poll = 3\npaymentd_workers = 4\n{more}').start()
