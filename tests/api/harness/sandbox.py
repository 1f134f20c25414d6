"""A sandbox tenant that sells and collects: its clock is moved, what falls due on the way is waited for."""
import calendar
import datetime

from .wait import wait_for

WINTER = datetime.timezone(datetime.timedelta(hours=1))  # Vienna's until the end of March


class Sandbox:
    """The clock stands at noon of a 27th of February to come, of a year with the days of 2027: tests know that it has no 29th,
    what a Sunday is, and that Vienna's summer begins on the 28th of March."""

    def __init__(self, tenant, month_day="02-27"):
        self.tenant, self.api = tenant, tenant.program()
        now = self.api.get("/v1/test_clock").expect(200).json["business_now"]
        self.year = int(now[:4]) + 1
        while calendar.isleap(self.year) or datetime.date(self.year, 1, 1).weekday() != calendar.FRIDAY:
            self.year += 1
        self.to(month_day)

    def day(self, month_day, clock="12:00:00"):
        """A local day and hour of the winter as an instant."""
        return f"{self.year}-{month_day}T{clock}+01:00"

    def to(self, month_day, clock="12:00:00"):
        return self.advance(self.day(month_day, clock))

    def advance(self, to):
        """Moves the clock and waits until it stands there and all that fell due is done."""
        operation = self.api.post("/v1/test_clock/advance", {"to": to}).expect(202).json
        shown = self.ended(operation)
        assert shown["state"] == "done", shown
        return shown

    def ended(self, operation, seconds=180):
        def over():
            shown = self.api.get(f"/v1/operations/{operation['id']}").expect(200).json
            return shown if shown["state"] not in ("pending", "running") else None

        return wait_for(over, seconds, f"the end of {operation['id']}")

    def quiet(self):
        """Until nothing of the tenant waits or is in work."""
        def rests():
            kinds = self.api.get("/v1/system/jobs").expect(200).json["data"]
            return all(kind["backlog"] + kind["leased"] == 0 for kind in kinds)

        wait_for(rests, 120, "a quiet tenant")

    # ---- what is sold and owed ----

    def account(self, **more):
        return self.api.post("/v1/accounts", {
            "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14,
            "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"},
            "contacts": [{"name": "Office", "email": self.mailbox(), "roles": ["billing"]}], **more}).expect(201).json

    def mailbox(self, name="office"):
        return f"{name}@{self.tenant.slug}.example"

    def invoice(self, account, price="100", **more):
        """A final one, without tax; its reminders are planned."""
        made = self.api.post("/v1/invoices", {
            "account_id": account["id"], "finalize": True,
            "lines": [{"description": "Stay", "unit_price": price, "tax_rate": "0"}], **more}).expect(201).json
        self.quiet()
        return made

    def pay(self, invoice, amount=None):
        return self.api.post("/v1/payments", {"account_id": invoice["account_id"], "amount": amount or invoice["amount_due"],
                                              "currency": invoice["currency"], "kind": "bank",
                                              "invoice_id": invoice["id"]}).expect(201).json

    def charge(self, invoice, method="sandbox_decline_soft", off_session=True):
        """An attempt, and how it ended."""
        made = self.api.post(f"/v1/invoices/{invoice['id']}/pay",
                             {"payment_method": method, "off_session": off_session}).expect(202).json
        path = f"/v1/payment_attempts/{made['id']}"
        wait_for(lambda: self.api.get(path).expect(200).json["state"] not in ("new", "in_flight"), 30, "the outcome")
        self.quiet()
        return self.api.get(path).json

    # ---- what was done about it ----

    def dunning(self, invoice):
        return self.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json

    def retries(self, invoice):
        """Local days and hours of the tries that the policy made."""
        return [local(a["at"]) for a in self.dunning(invoice)["attempts"] if a["source"] == "retry"]

    def sent(self, invoice):
        """(step, mailbox, local day and hour) of each mail about what is due, in order."""
        return [(m["step"], m["recipient"].split("@")[0], local(m["at"])) for m in self.dunning(invoice)["sent"]
                if m["state"] == "sent"]

    def tasks(self, invoice):
        return self.api.get("/v1/tasks", invoice_id=invoice["id"]).expect(200).json["data"]


def local(instant, zone=WINTER):
    return datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(zone).strftime("%m-%d %H:%M")
