"""The stand-in for Stripe (tests/stand-in/stripe) as tests see it, and a tenant that collects through it."""
import contextlib
import hashlib
import hmac
import json
import secrets
import time

from .product import Product
from .standin import StandIn
from .wait import wait_for

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


class Stripe(StandIn):
    name = "stripe"

    def objects(self, kind):
        return self.state()["objects"][kind]


class Seller:
    """A tenant that collects through the stand-in, and what tests of it need again and again."""

    def __init__(self, product, stripe, name="stripe", **processor):
        self.product, self.stripe = product, stripe
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

    def job(self, key, columns="state"):
        """The row of a job, once no worker has it."""
        return self._rested(f"SELECT {columns} FROM job.job", key)

    def soon(self, key):
        """A job is due now, whatever it waits for; one that a worker has says first when it goes on."""
        self._rested("UPDATE job.job SET run_at = now()", key, " RETURNING id")

    def _rested(self, statement, key, end=""):
        with contextlib.closing(self.product.database()) as connection, connection.cursor() as cursor:
            def row():
                cursor.execute(f"{statement} WHERE tenant_id = %s AND key = %s AND state <> 'leased'{end}", (self.tenant.id, key))
                return cursor.fetchone()

            return wait_for(row, 60, f"the job {key} in nobody's hands")

    def hear(self, **settings):
        """Webhooks come from now on, as told (stand-in/stripe/hooks.py)."""
        self.stripe.control("/webhooks", url=self.webhook_url, secrets=[self.webhook_secret], **settings)

    def quiet(self):
        """Until all that was told has been applied."""
        wait_for(lambda: self.stripe.state()["quiet"], 30, "webhooks to be delivered")
        wait_for(lambda: all(row["state"] != "received" for row in self.api.all("/v1/processor_events")), 60, "events", every=0.3)

    def read(self, thing, path):
        return self.api.get(f"/v1/{path}/{thing['id']}").expect(200).json

    def payments(self):
        return [row for row in self.api.all("/v1/payments") if row["attempt_id"]]

    def charges(self):
        """What the stand-in took for this tenant's attempts: attempt -> captured charges."""
        found = {}
        for charge in self.stripe.objects("charge"):
            if charge["captured"] and charge["status"] == "succeeded" and "billfold_attempt" in charge["metadata"]:
                found.setdefault(charge["metadata"]["billfold_attempt"], []).append(charge)
        return found


def start_product(stripe, more=""):
    """A product of its own whose payment worker speaks to the stand-in."""
    return Product(settings=f'stripe_url = "{stripe.url}"\nprocessor_timeout = 2\nprocessor_settled = 4\nprocessor_poll = 3\npaymentd_workers = 4\n{more}').start()
