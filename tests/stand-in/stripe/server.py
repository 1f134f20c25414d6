#!/usr/bin/python3
"""A stand-in for api.stripe.com: `server.py [--port N]` prints its URL and serves until it is ended.

Below /v1/ it is Stripe, as far as contract.py goes: each request is checked against the published
contract, keys make repeats harmless, and faults happen as scripted (script.py). /c/pay/ID is the
checkout page. Below /_standin/ a test tells it what to do and reads what it knows.
"""
import argparse
import hashlib
import json
import os
import secrets
import sys
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contract  # noqa: E402
import form  # noqa: E402
from hooks import Hooks  # noqa: E402
from ledger import Ledger, Refused  # noqa: E402
from script import AHEAD, Script  # noqa: E402

KEY_LIFE_S = 24 * 3600
BODY_MAX = 1 << 20


class Cut(Exception):
    """The connection ends here."""


class StandIn:
    def __init__(self):
        self.ledger, self.script, self.hooks = Ledger(), Script(), Hooks()
        self.api_keys = {"sk_test_standin": "acct_standin"}  # key -> account; of another one it has a ledger of its own
        self.others = {}
        self.keys, self.requests, self.violations = {}, [], []
        self.clock = 0  # seconds that keys are older than they are
        self.lock = threading.Lock()
        self.held = threading.local()
        self.ledger.listeners.append(self.tell)

    def tell(self, event):
        if getattr(self.held, "events", None) is not None:
            self.held.events.append(event)
        else:
            self.hooks.tell(event)

    def ledger_of(self, account):
        """Its own objects, known to no other account."""
        if account == "acct_standin":
            return self.ledger
        with self.lock:
            return self.others.setdefault(account, Ledger())

    # ---- what each operation does ----

    def run(self, key, ident, params, base):
        ledger, url = self.ledger_of(self.held.account), key[1]
        lists = {"/v1/payment_intents": "payment_intent", "/v1/refunds": "refund", "/v1/disputes": "dispute",
                 "/v1/checkout/sessions": "checkout.session"}
        makers = {"/v1/payment_intents": ledger.payment_intent_create, "/v1/setup_intents": ledger.setup_intent_create,
                  "/v1/refunds": ledger.refund_create, "/v1/customers": ledger.customer_create}
        kinds = {"/v1/payment_intents/{id}": "payment_intent", "/v1/setup_intents/{id}": "setup_intent",
                 "/v1/checkout/sessions/{id}": "checkout.session", "/v1/refunds/{id}": "refund",
                 "/v1/disputes/{id}": "dispute", "/v1/charges/{id}": "charge", "/v1/customers/{id}": "customer",
                 "/v1/balance_transactions/{id}": "balance_transaction", "/v1/payment_methods/{id}": "payment_method",
                 "/v1/mandates/{id}": "mandate"}
        with ledger.lock:
            if key[0] == "POST" and url in makers:
                return ledger.expanded(makers[url](params), params.get("expand"))
            if key[0] == "POST" and url == "/v1/checkout/sessions":
                return ledger.session_create(params, base)
            if url == "/v1/checkout/sessions/{id}/expire":
                return ledger.session_expire(ident)
            if url == "/v1/payment_methods/{id}/attach":
                return ledger.attach(ident, params)
            if url == "/v1/payment_methods/{id}/detach":
                return ledger.detach(ident)
            if url in lists:
                keep = {name: params[name] for name in ("customer", "charge", "payment_intent", "status") if name in params}
                things = [each for each in ledger.all(lists[url]) if all(each.get(k) == v for k, v in keep.items())]
                return ledger.expanded(ledger.page(things, params, url), params.get("expand"))
            if url == "/v1/events":
                kinds = params.get("types") or ([params["type"]] if "type" in params else None)
                return ledger.page([each for each in ledger.events if not kinds or each["type"] in kinds], params, url)
            if url == "/v1/events/{id}":
                for event in ledger.events:
                    if event["id"] == ident:
                        return event
                raise Refused(404, {"type": "invalid_request_error", "code": "resource_missing",
                                    "message": f"No such event: '{ident}'"})
            if url == "/v1/account":
                return {"id": self.held.account, "object": "account", "charges_enabled": True, "default_currency": "eur"}
            return ledger.expanded(ledger.get(ident, kinds[url]), params.get("expand"))

    # ---- keys ----

    def claim(self, key, mark):
        """None: this request may run. Else what the first one was answered."""
        with self.lock:
            kept = self.keys.get(key)
            if kept and time.time() + self.clock - kept["at"] >= KEY_LIFE_S:
                kept = None
            if kept is None:
                self.keys[key] = {"at": time.time() + self.clock, "mark": mark, "answer": None}
                return None
            if kept["mark"] != mark:
                raise Refused(400, {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used "
                                    "with the same parameters they were first used with."})
            if kept["answer"] is None:
                raise Refused(409, {"type": "idempotency_error", "code": "idempotency_key_in_use",
                                    "message": "There is currently another in-progress request using this key."})
            return kept["answer"]

    def keep(self, key, answer):
        with self.lock:
            if answer is None:
                self.keys.pop(key, None)
            else:
                self.keys[key]["answer"] = answer

    # ---- one request ----

    def handle(self, method, path, headers, body, query, base):
        """(status, headers, body, how it was answered)."""
        extra = {"Request-Id": "req_" + secrets.token_hex(7), "Stripe-Version": contract.VERSION}
        entry = {"method": method, "path": path, "key": headers.get("Idempotency-Key"),
                 "body": hashlib.sha256(body).hexdigest(), "at": time.time(), "fault": None, "status": None}
        self.requests.append(entry)
        try:
            status, answer, fault = self.answer(method, path, headers, body, query, base, extra, entry)
        except Refused as reason:
            status, answer, fault = reason.status, reason.body, {}
        entry["status"] = status
        return status, extra, answer, fault

    def violation(self, method, path, error):
        self.violations.append({"method": method, "path": path, **error})
        return Refused(400, {"type": "invalid_request_error", **error})

    def answer(self, method, path, headers, body, query, base, extra, entry):
        self.held.account = self.api_keys.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if not self.held.account:
            raise Refused(401, {"type": "invalid_request_error", "message": "Invalid API Key provided"})
        if headers.get("Stripe-Version") != contract.VERSION:
            raise self.violation(method, path, {"message": f"Stripe-Version is not {contract.VERSION}"})
        key, ident = contract.find(method, path)
        if key is None:
            self.violations.append({"method": method, "path": path, "message": "no such endpoint"})
            raise Refused(404, {"type": "invalid_request_error", "message": f"Unrecognized request URL ({method}: {path})."})
        if method == "POST" and body and headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise self.violation(method, path, {"message": "Content-Type is not application/x-www-form-urlencoded"})
        try:
            given = form.decode(body.decode() if method == "POST" else query)
            params = contract.checked(contract.OPERATIONS[key][1], given)
        except (form.BadForm, UnicodeDecodeError) as reason:
            raise self.violation(method, path, {"message": str(reason)}) from reason
        except contract.Wrong as reason:
            raise self.violation(method, path, {"code": reason.code, "param": reason.param,
                                                "message": reason.message}) from reason
        fault = self.script.draw(method, path, params) or {"do": None}
        entry["fault"] = fault["do"]
        if fault["do"] in ("too_many", "lock_timeout"):
            extra["Retry-After"] = str(fault.get("retry_after", 1))
            raise Refused(429, {"type": "invalid_request_error", "message": "Too many requests",
                                "code": "lock_timeout" if fault["do"] == "lock_timeout" else "rate_limit"})
        if fault["do"] == "forbidden":
            raise Refused(403, {"type": "invalid_request_error", "message": "The provided key does not have the required permissions"})
        if fault["do"] == "gone":
            raise Refused(404, {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object"})
        if fault["do"] == "unavailable":
            raise Refused(503, {"type": "api_error", "message": "Service unavailable"})
        idempotent = headers.get("Idempotency-Key") if method == "POST" else None
        if idempotent:
            if len(idempotent) > 255:
                raise self.violation(method, path, {"message": "Idempotency-Key is longer than 255 characters"})
            extra["Idempotency-Key"] = idempotent
            if self.held.account != "acct_standin":  # keys are an account's own
                idempotent = f"{self.held.account} {idempotent}"
            kept = self.claim(idempotent, (method, path, hashlib.sha256(json.dumps(given, sort_keys=True).encode()).digest()))
            if kept:
                extra["Idempotent-Replayed"] = "true"
                return (*kept, {"do": None} if fault["do"] in ("error_before", "error_after", "webhook_first") else fault)
        return self.execute(key, ident, params, base, fault, idempotent)

    def execute(self, key, ident, params, base, fault, idempotent):
        error = (500, {"error": {"type": "api_error", "message": "An unknown error occurred"}})
        if fault["do"] in AHEAD:
            if idempotent:
                self.keep(idempotent, error if fault["do"] == "error_before" else None)
            if fault["do"] == "error_before":
                return (*error, {"do": None})
            return 200, {}, fault
        self.held.events = []
        try:
            answer = (200, public(self.run(key, ident, params, base)))
        except Refused as reason:
            answer = (reason.status, public(reason.body))
        finally:
            events, self.held.events = self.held.events, None
        if fault["do"] == "error_after":
            answer = error
        if idempotent:
            self.keep(idempotent, answer)
        for event in events:
            if fault["do"] == "webhook_first":
                self.hooks.post(event)
            else:
                self.hooks.tell(event)
        return (*answer, fault)

    # ---- what tests say and ask ----

    def control(self, method, path, given, base):
        ledger = self.ledger
        with ledger.lock:
            if path == "/script":
                self.script.set(given["rules"])
                return {}
            if path == "/webhooks":
                self.hooks.set(given)
                return {}
            if path == "/settlement":  # the currency that our account settles in, and its rate; nothing: the charges'
                ledger.settles_in = (given["currency"], Decimal(given["rate"])) if given else None
                return {}
            if path == "/refund_fee":  # what we pay for giving back
                ledger.refund_fee = given["amount"]
                return {}
            if path == "/clock":
                self.clock += given["advance"]
                return {"clock": self.clock}
            if path == "/api_keys":
                keys = given["keys"]  # a list: all of our account; {key: account}
                self.api_keys = keys if isinstance(keys, dict) else dict.fromkeys(keys, "acct_standin")
                return {}
            if path == "/sign":
                from hooks import signature
                return {"signature": signature(given["body"].encode(), given["secrets"], given.get("at"))}
            if path == "/dispute":
                return public(ledger.dispute(given["charge"], given.get("reason", "fraudulent"), given.get("warning", False)))
            if path == "/debit":  # what the payer's bank says of a processing intent
                return public(ledger.debit_end(given["payment_intent"], given.get("failure_code")))
            if path == "/mandate":  # how one stands from now on; told false: Stripe has not said so yet
                return public(ledger.mandate_is(ledger.get(given["mandate"], "mandate"), given["status"], given.get("told", True)))
            if path == "/dispute/close":
                return public(ledger.dispute_close(given["dispute"], given["status"], given.get("fee_returned", True)))
            if path == "/refund":
                return public(ledger.refund_create(given))
            if path == "/refund/fail":
                return public(ledger.refund_fail(given["refund"]))
            if path == "/charge":  # money that somebody else takes through the same account
                return public(ledger.payment_intent_create(given))
            if path == "/checkout/complete":
                return {"location": ledger.session_complete(given["session"], given.get("payment_method", "pm_card_visa"))}
            if path == "/checkout/expire":
                return public(ledger.session_expire(given["session"]))
            if path == "/event":
                ledger.say(given["type"], given["object"])
                return {}
            if path == "/state":
                kinds = ("payment_intent", "charge", "refund", "dispute", "checkout.session", "customer", "payment_method", "mandate")
                return {"violations": self.violations, "requests": self.requests, "webhooks": self.hooks.sent,
                        "quiet": self.hooks.quiet(), "events": len(ledger.events),
                        "other_charges": [public(each) for other in self.others.values() for each in other.all("charge")],
                        "objects": {kind: [public(each) for each in ledger.all(kind)] for kind in kinds},
                        "keys": {key: kept["answer"] and kept["answer"][0] for key, kept in self.keys.items()}}
        raise Refused(404, {"message": "no such control"})


def public(thing):
    """Without what is only the stand-in's own."""
    if isinstance(thing, dict):
        return {key: public(value) for key, value in thing.items() if not key.startswith("_")}
    if isinstance(thing, list):
        return [public(each) for each in thing]
    return thing


def spoiled(answer, fault):
    """An answer as a broken or hostile peer would give it."""
    if fault == "wrong_types":
        return {"id": 7, "object": ["payment_intent"], "amount": "much", "status": None, "currency": 978, "metadata": 0}
    if fault == "wrong_amount":
        return {**answer, "amount": -5, "amount_received": -5}
    return {**answer, "currency": "zzz"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in = None

    def log_message(self, *words):
        pass

    def reply(self, status, body, kind="application/json", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, method):
        parts = urlsplit(self.path)
        base = f"http://{self.headers.get('Host', 'localhost')}"
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX:
            return self.reply(413, b"{}")
        body = self.rfile.read(length)
        if parts.path.startswith("/_standin/"):
            try:
                given = json.loads(body) if body else {}
                return self.reply(200, json.dumps(self.stand_in.control(method, parts.path[9:], given, base)).encode())
            except Refused as reason:
                return self.reply(reason.status, json.dumps(reason.body).encode())
            except (KeyError, ValueError) as reason:
                return self.reply(400, json.dumps({"error": {"message": repr(reason)}}).encode())
        if parts.path.startswith("/c/pay/"):
            return self.checkout(method, parts.path[7:])
        return self.api(method, parts, body, base)

    def api(self, method, parts, body, base):
        status, headers, answer, fault = self.stand_in.handle(method, parts.path, self.headers, body, parts.query, base)
        do = fault.get("do")
        if do in ("cut_before", "cut_after"):
            raise Cut
        if do == "slow":
            time.sleep(fault.get("seconds", 35))
        if do in ("html", "html_before"):
            return self.reply(200, b"<!doctype html><title>Maintenance</title><p>Back soon.", "text/html", headers)
        if do in ("wrong_types", "wrong_amount", "wrong_currency"):
            answer = spoiled(answer, do)
        if do in ("huge", "endless"):
            return self.flood(do)
        return self.reply(status, json.dumps(answer, indent=2).encode(), headers=headers)

    def flood(self, do):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if do == "huge":
            self.send_header("Content-Length", str(100 << 20))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        end = time.monotonic() + 60
        for _ in range(1600):
            self.wfile.write(b" " * 65536)
            if do == "endless":
                time.sleep(0.05)
                if time.monotonic() > end:
                    break

    def checkout(self, method, ident):
        """The page that a payer is sent to: a card's name in, and back to the seller."""
        stand_in = self.stand_in
        try:
            with stand_in.ledger.lock:
                session = stand_in.ledger.get(ident, "checkout.session")
                if method == "GET":
                    page = f"<!doctype html><title>Pay {session['amount_total']} {session['currency']}</title>"
                    return self.reply(200, page.encode(), "text/html")
                where = stand_in.ledger.session_complete(ident, "pm_card_visa")
        except Refused as reason:
            return self.reply(reason.status, json.dumps(reason.body).encode())
        return self.reply(303, b"", "text/html", {"Location": where})

    def guarded(self, method):
        try:
            self.serve(method)
        except Cut:
            self.close_connection = True
            self.connection.close()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self):
        self.guarded("GET")

    def do_POST(self):
        self.guarded("POST")

    def do_DELETE(self):
        self.guarded("DELETE")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--describe", action="store_true", help="print the contract as JSON and end")
    words = parser.parse_args()
    if words.describe:
        print(json.dumps({"version": contract.VERSION, "operations": contract.describe()}))
        return
    Handler.stand_in = StandIn()
    server = Server(("127.0.0.1", words.port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
