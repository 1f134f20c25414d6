"""How the stand-in fails, as it is told to.

A rule: {"do": FAULT, "method": "PUT", "times": 2, "seconds": 3}; the first that fits a request is followed, so many times
(once; null: until told otherwise). Faults:

    slow_down    503 SlowDown before anything happened
    internal     500 InternalError before anything happened
    too_many     429 with Retry-After: 1
    cut_before   the connection ends before anything happened
    cut_after    it is done, the connection ends without an answer
    cut_body     the answer breaks off in its middle
    slow         the answer comes after `seconds`
    wrong_bytes  what is read has one byte changed
    short        what is read lacks its last byte, and its length says so too
    missing      404 NoSuchKey
    no_bucket    404 NoSuchBucket
    forbidden    403 AccessDenied
    html         a page with 200
    long_page    a page of 64 KiB with 502, though it is done
"""
import threading

ERRORS = {"slow_down": (503, "SlowDown"), "internal": (500, "InternalError"), "too_many": (429, "TooManyRequests"),
          "missing": (404, "NoSuchKey"), "no_bucket": (404, "NoSuchBucket"), "forbidden": (403, "AccessDenied")}
FAULTS = {*ERRORS, "cut_before", "cut_after", "cut_body", "slow", "wrong_bytes", "short", "html", "long_page"}


class Script:
    def __init__(self):
        self.lock, self.rules = threading.Lock(), []

    def set(self, rules):
        for rule in rules:
            if rule["do"] not in FAULTS:
                raise ValueError(f"no such fault: {rule['do']}")
        with self.lock:
            self.rules = [{"times": 1, **rule} for rule in rules]

    def draw(self, method):
        with self.lock:
            for rule in self.rules:
                if rule.get("method", method) == method and rule["times"] != 0:
                    if rule["times"] is not None:
                        rule["times"] -= 1
                    return rule
        return {"do": None}
