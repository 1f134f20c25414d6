"""Two at once on one subscription, on its bill date, while the run bills it and workers are killed: whoever comes first, each of its days is charged once."""
import concurrent.futures
import datetime
import itertools
import json
import os
import random
import secrets
import threading
import time

import pytest

from harness.oracle import Agreement, billed, differences, told
from harness.product import NotBuilt, Product
from harness.sandbox import Sandbox
from harness.wait import wait_for
from killing import Killer

ACTS = ("pause", "resume", "change", "phases", "cancel", "keep", "run")
PAIRS = list(itertools.combinations_with_replacement(ACTS, 2))
SHOWN = "id,state,start_date,trial_end,end_date,alignment,next_bill_on,paused_on,pauses,item_history,discounts,discount_percent,parked_at"


@pytest.fixture(scope="module")
def product():
    """A whole Billfold of this module's own: its workers are killed."""
    try:
        made = Product("invoiced_workers = 3")
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)
    try:
        yield made.start()
    finally:
        made.stop()


class AnyKiller(Killer):
    """One that answers requests, too."""

    def turn(self):
        answering = self.children("billfold-api")
        if self.random.random() < 0.5 and answering:
            self.kill("billfold-api", [self.random.choice(answering)])
        else:
            super().turn()


def patient(client, path, body):
    """What got no answer is sent again under its key; the answer is that of the first that had an effect."""
    key, end = secrets.token_hex(12), time.monotonic() + 60
    while True:
        try:
            answer = client.post(path, body, key=key)
            if answer.status < 500 and not (answer.status == 409 and answer.json["code"] == "idempotency_key_in_use"):
                return answer
        except OSError:
            pass
        assert time.monotonic() < end, f"no answer of {path}"
        time.sleep(0.05)


class Round:
    """One subscription a pair, each as both acts can find it: paused before for who resumes, cancelled for who keeps."""

    def __init__(self, product):
        self.shop = shop = Sandbox(product.tenant("raced"), "03-30")
        self.product, self.api, self.year = product, shop.api, shop.year
        self.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
        items = [{"description": "Care", "unit_price": "30", "recurring": "month"}, {"description": "Base", "unit_price": "7.30", "quantity": "3", "recurring": "week"}]
        self.made = {pair: self.api.post("/v1/subscriptions", {"account_id": shop.account()["id"], "items": items, "start_date": f"{self.year}-04-01",
                                                               "billing_mode": "finalize"}).expect(201).json for pair in PAIRS}
        shop.advance(f"{self.year}-04-11T12:00:00Z")
        for pair, made in self.made.items():
            if "keep" in pair:
                self.act(made, "cancel", {"date": f"{self.year}-05-20", "credit": True})
            if "resume" in pair:
                self.act(made, "pause", {"credit": True})
        shop.advance(f"{self.year}-04-30T21:30:00Z")

    def act(self, made, action, body):
        return self.api.post(f"/v1/subscriptions/{made['id']}/{action}", body).expect(200).json

    def body(self, act, made):
        return {"change": {"items": [{"lineage": made["items"][0]["lineage"], "quantity": "3"}], "date": f"{self.year}-04-21"},
                "phases": {"phases": [{"items": [{"description": "New", "unit_price": "45", "recurring": "month"}], "periods": 2},
                                      {"items": [{"description": "Then", "unit_price": "60", "recurring": "quarter"}]}]},
                "pause": {"credit": True}, "resume": {}, "keep": {}, "run": {},
                "cancel": {"date": f"{self.year}-05-12", "credit": True}}[act]

    def one(self, act, made, together):
        client = self.product.client(Authorization=self.api.headers["Authorization"])
        path = "/v1/billing_runs" if act == "run" else f"/v1/subscriptions/{made['id']}/{'change' if act == 'phases' else act}"
        together.wait(120)
        return act, patient(client, path, self.body(act, made)).status

    def pair(self, pair):
        together = threading.Barrier(2)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return [f.result() for f in [pool.submit(self.one, act, self.made[pair], together) for act in pair]]

    # ---- what must hold ----

    def look(self, made):
        return self.api.get(f"/v1/subscriptions/{made['id']}", fields=SHOWN).expect(200).json

    def documents(self, made):
        rows = [self.api.get(f"/v1/invoices/{d['id']}").expect(200).json for d in self.api.all("/v1/invoices", subscription_id=made["id"])]
        return [d for d in rows if d["status"] != "void"]

    def wrong(self, made, today):
        shown, documents = self.look(made), self.documents(made)
        assert shown["parked_at"] is None
        agreed = Agreement(shown, today, 100, {})
        starts = [d["period_start"] for d in documents if d["period_start"] and d["amount_due"] > 0]
        assert len(starts) == len(set(starts)), ("a bill date twice", starts)
        return differences(agreed, billed(agreed, documents), agreed.days())


    def tell(self, made):
        """How it came to be, for who looks for what was wrong."""
        shown = self.look(made)
        print({k: v for k, v in shown.items() if k != "item_history"})
        for i in shown["item_history"]:
            print("item", *(i[k] for k in ("lineage", "description", "valid_from", "valid_to", "anchor", "recurring", "quantity")))
        for d in sorted(self.documents(made), key=lambda d: d["id"]):
            print(d["kind"], d["status"], d["period_start"], [(line["description"], line["period_start"], line["period_end"], line["quantity"], line["net"]) for line in d["lines"]])
        for e in self.api.all("/v1/events", object_id=made["id"]):
            print(e["type"], e["recorded_at"], e["business_at"], e["actor"])


@pytest.mark.parametrize("kills", (False, True), ids=("nobody dies", "workers die"))
def test_each_day_once_whoever_comes_first(product, kills):
    seed = int(os.environ.get("BILLFOLD_SEED") or random.randrange(10**6))
    print("BILLFOLD_SEED =", seed)
    now = Round(product)
    pairs = list(PAIRS)
    random.Random(seed).shuffle(pairs)
    killer = AnyKiller(product, "billfold-invoiced", seed, pause=0.4)
    operation = now.api.post("/v1/test_clock/advance", {"to": f"{now.year}-04-30T22:00:01Z"}).expect(202).json  # Vienna's May begins
    if kills:
        killer.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = dict(zip(pairs, pool.map(now.pair, pairs)))
        if kills:  # a quick machine is done before anybody died
            wait_for(lambda: set(killer.kills) == {"billfold-api", "billfold-invoiced"}, what="a death of each program")
    finally:
        killer.over.set()
        if kills:
            killer.join()
    assert {status for both in done.values() for _, status in both} <= {200, 201, 409, 422}, done
    for act in ACTS[:-1]:  # of runs there is one at a time, and it is under way
        assert any(status < 300 for both in done.values() for a, status in both if a == act), act
    now.shop.ended(operation)
    now.shop.quiet()
    for day in (f"{now.year}-05-02", f"{now.year}-06-03"):
        now.shop.advance(day + "T12:00:00Z")
        now.shop.quiet()
        for pair, made in now.made.items():
            wrong = now.wrong(made, datetime.date.fromisoformat(day))
            if wrong:
                now.tell(made)
            assert not wrong, (pair, done[pair], told(wrong))
    book = now.api.get("/v1/reports/trial_balance").expect(200).json
    assert {t["difference"] for t in book["totals"]} <= {0}
    found = product.command("--json", "doctor", "--invariants", "--limit", "50", check=False)
    assert [(c["check"], f["finding"]) for c in json.loads(found.stdout)["checks"] if c["check"].startswith("I") for f in c["findings"]] == []
