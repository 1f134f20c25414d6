"""How the stand-in fails, as it is told to.

A rule: {"do": FAULT, "method": "POST", "path": "/v1/payment_intents", "times": 1, "seconds": 35,
"metadata": {"attempt": "…"}}; the first that fits a request is used up once. A mix:
{"mix": {"cut_after": 10, "error_after": 5, …}, "seed": 7, "method": …} draws a fault in so many of
100 requests. Faults:

    cut_before      the connection ends before anything happened
    cut_after       the money has moved, the connection ends without an answer
    error_before    500, nothing happened; kept under the key, as Stripe keeps it
    error_after     500, the money has moved; kept under the key
    unavailable     503 before anything happened, not kept
    too_many        429 with Retry-After, ahead of the keys
    lock_timeout    429 of code lock_timeout, ahead of the keys
    forbidden       403: the key may not do this
    gone            404: there is no such object
    slow            the answer comes after `seconds`
    html            a page with 200 in place of the answer; the effect is there
    html_before     a page with 200, nothing happened
    wrong_types     JSON of wrong types; the effect is there
    wrong_amount    another amount, wrong_currency: another currency; the effect is as asked
    huge            an answer of 100 MB, endless: one that does not end; the effect is there
    webhook_first   the events are delivered before the answer is sent
"""
import random
import threading

FAULTS = {"cut_before", "cut_after", "error_before", "error_after", "unavailable", "too_many", "lock_timeout", "forbidden", "gone", "slow",
          "html", "html_before", "wrong_types", "wrong_amount", "wrong_currency", "huge", "endless", "webhook_first"}
AHEAD = {"cut_before", "error_before", "unavailable", "too_many", "lock_timeout", "forbidden", "html_before"}


class Script:
    def __init__(self):
        self.lock = threading.Lock()
        self.rules = []

    def set(self, rules):
        for rule in rules:
            named = set(rule.get("mix", {})) | ({rule["do"]} if "do" in rule else set())
            if not named or named - FAULTS:
                raise ValueError(f"no such fault: {sorted(named - FAULTS)}")
        with self.lock:
            self.rules = [dict(rule, left=rule.get("times", 1 if "do" in rule else None),
                               random=random.Random(rule.get("seed", 0))) for rule in rules]

    @staticmethod
    def fits(rule, method, path, params):
        given = params.get("metadata") or {}
        return (rule.get("method", method) == method and rule.get("path", path) == path and rule["left"] != 0
                and all(given.get(key) == value for key, value in rule.get("metadata", {}).items()))

    def draw(self, method, path, params):
        """The rule to follow for this request, or None."""
        with self.lock:
            for rule in self.rules:
                if not self.fits(rule, method, path, params):
                    continue
                fault = rule.get("do")
                if not fault:
                    at = rule["random"].uniform(0, 100)
                    for name, share in rule["mix"].items():
                        at -= share
                        if at < 0:
                            fault = name
                            break
                if fault:
                    if rule["left"] is not None:
                        rule["left"] -= 1
                    return {**rule, "do": fault}
            return None
