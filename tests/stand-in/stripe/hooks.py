"""Webhooks as Stripe sends them: signed over `t.body`, again when not answered 2xx, now and then twice or in disorder.

Set: {"url": …, "secrets": ["whsec_…"], "copies": 1, "disorder": 0.0, "twice": 0.0, "seed": 0}; no url: none are sent and
only the list of events tells.
"""
import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request


def signature(body, secrets, at=None):
    at = int(time.time() if at is None else at)
    return f"t={at}," + ",".join("v1=" + hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
                                 for secret in secrets)


class Hooks:
    def __init__(self):
        self.settings, self.waiting, self.sent = {}, queue.Queue(), []
        self.random, self.busy = random.Random(0), 0
        for _ in range(4):
            threading.Thread(target=self.work, daemon=True).start()

    def set(self, settings):
        self.settings = settings
        self.random = random.Random(settings.get("seed", 0))

    def tell(self, event):
        if not self.settings.get("url"):
            return
        copies = self.settings.get("copies", 1) + (self.random.random() < self.settings.get("twice", 0))
        late = self.random.uniform(0, 0.8) if self.random.random() < self.settings.get("disorder", 0) else 0
        for _ in range(copies):
            self.waiting.put((time.monotonic() + late, event))

    def work(self):
        while True:
            due, event = self.waiting.get()
            if due > time.monotonic():
                self.waiting.put((due, event))
                time.sleep(0.01)
                continue
            self.busy += 1
            try:
                for pause in (0.2, 0.5, 1, 2, 0):
                    if 200 <= self.post(event) < 300:
                        break
                    time.sleep(pause)
            finally:
                self.busy -= 1

    def post(self, event):
        settings = self.settings
        if not settings.get("url"):
            return 200
        body = json.dumps(event, indent=2).encode()
        request = urllib.request.Request(settings["url"], data=body, method="POST", headers={
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0",
            "Stripe-Signature": signature(body, settings["secrets"])})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status = answer.status
        except urllib.error.HTTPError as answer:
            status = answer.code
        except OSError:
            status = 0
        self.sent.append({"id": event["id"], "type": event["type"], "status": status})
        return status

    def quiet(self):
        return self.waiting.empty() and self.busy == 0
