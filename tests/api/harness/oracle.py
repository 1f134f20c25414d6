"""What a subscription is to have been charged for, reckoned from what was agreed: by days, in fractions, written from the rules K5 to K8 alone.

What was agreed is what the API shows of a subscription: its items and their days, pauses, first day and end. For each item and day
that gives what the day costs before any rounding, and what of it is left after discounts. What documents say is read as the same: a
line charges so much a day, one that gives back takes so much off the days of the line that it names. Both must be equal, on every
day; and what all lines come to is that, but for what rounding each of them moves.
"""
import calendar
import dataclasses
import datetime
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

DAY = datetime.timedelta(days=1)
EVER = datetime.date(9000, 1, 1)
LONG_AGO = datetime.date(1900, 1, 1)
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def date(text, otherwise=None):
    return datetime.date.fromisoformat(text) if text else otherwise


def rounded(amount):
    """K2: half away from zero, of a fraction of minor units that is not negative."""
    return int(Decimal(amount.numerator * 10**20 // amount.denominator).scaleb(-20).quantize(Decimal(1), ROUND_HALF_UP))


# ---- periods: K5, K6 ----

def later(anchor, months):
    month = anchor.month - 1 + months
    year, month = anchor.year + month // 12, month % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, calendar.monthrange(year, month)[1]))


@dataclasses.dataclass(frozen=True)
class Cycle:
    """Periods from an anchor on, each boundary counted from the anchor; first: that of which a customer may have a part."""
    first: datetime.date
    recurring: str
    every: int
    begins: datetime.date

    @classmethod
    def of(cls, anchor, recurring, every, by_calendar):
        begins = anchor
        if by_calendar and recurring == "week":
            begins = anchor - DAY * anchor.weekday()
        elif by_calendar and recurring == "year":
            begins = anchor.replace(month=1, day=1)
        elif by_calendar:
            months = MONTHS[recurring] * every
            month = anchor.month if months == 1 else (anchor.month - 1) // months * months + 1
            begins = anchor.replace(month=month, day=1)
        return cls(anchor, recurring, every, begins)

    def boundary(self, k):
        if self.recurring == "week":
            return self.begins + DAY * 7 * self.every * k
        return later(self.begins, MONTHS[self.recurring] * self.every * k)

    def holding(self, day):
        """(start, end) of the period that holds a day."""
        k = (day - self.begins).days // (7 if self.recurring == "week" else 31 * MONTHS[self.recurring]) // self.every
        while self.boundary(k + 1) <= day:
            k += 1
        return self.boundary(k), self.boundary(k + 1)

    def over(self, start, end):
        """All that have a day in [start, end)."""
        day = max(start, self.begins)
        while day < end:
            period = self.holding(day)
            yield period
            day = period[1]

    def billed_on(self, period):
        return max(period[0], self.first)


# ---- prices ----

def pieces(item):
    """[(units, price of one)] of a whole period, by the item's model."""
    quantity, price = Fraction(item["quantity"]), Fraction(item["unit_price"] or 0)
    base, model = Fraction(item["base_quantity"]), item["model"]
    if model == "flat":
        return [(Fraction(1), price)]
    if model == "package":
        return [(Fraction(-(-quantity // Fraction(item["package"]))), price)]
    if model == "per_unit":
        return [(quantity, price / base)]
    found, below = [], Fraction(0)
    for tier in item["tiers"]:
        top = Fraction(tier["up_to"]) if tier["up_to"] is not None else quantity
        inside = min(quantity, top) - below if model == "graduated" else quantity if below < quantity <= top else 0
        if inside > 0:
            found += [(inside, Fraction(tier["unit_price"]) / base), (Fraction(1), Fraction(tier.get("flat") or 0))]
        below = top
    return found


def costs(item, minor):
    """What a whole period of an item costs, in minor units, before rounding; a minimum is what lacks of rounded pieces."""
    sums = [units * price * minor for units, price in pieces(item)]
    least = rounded(Fraction(item["minimum"] or 0) * minor)
    lacks = least - sum(rounded(s) for s in sums)
    return sum(sums) + max(lacks, 0)


# ---- what was agreed ----

class Agreement:
    """keeps: {first day of a pause: bill dates before this day are charged whole all the same}; what gave back has none."""

    def __init__(self, shown, today, minor, keeps):
        self.shown, self.minor, self.today = shown, minor, today
        self.first = date(shown["trial_end"]) or date(shown["start_date"])
        self.end = date(shown["end_date"], EVER)
        self.items = {item["id"]: item for item in shown["item_history"]}
        self.pauses = [(date(p["starts_on"]), date(p["ends_on"], EVER), keeps.get(p["starts_on"], LONG_AGO)) for p in shown["pauses"]]
        due, paused_on = date(shown["next_bill_on"]), date(shown["paused_on"], EVER)
        self.billed_before = due if due and due <= today else today + DAY
        if shown["state"] in ("active", "unpaid"):  # a pause whose day has come may wait for a document's review
            self.billed_before = min(self.billed_before, paused_on)
        # While it stands still the days from then on are open: its end settles them.
        self.open_from = self.pauses[-1][0] if shown["state"] == "paused" else EVER
        self.cycles = {ident: Cycle.of(date(item["anchor"], self.first), item["recurring"], item["every"], shown["alignment"] == "calendar")
                       for ident, item in self.items.items()}

    def service(self, item):
        return max(date(item["valid_from"], LONG_AGO), self.first), min(date(item["valid_to"], EVER), self.end)

    def left_of(self, item):
        """What discounts in percent leave of a price; coupons that come and go are not reckoned."""
        for_ever = [d["percent"] for d in self.shown["discounts"] if d["periods_left"] is None and not d["valid_from"] and not d["valid_to"]]
        left = Fraction(1)
        for percent in (item["discount_percent"], self.shown["discount_percent"], *for_ever):
            left *= 1 - Fraction(percent or 0) / 100
        return left

    def stands_still(self, day, billed_on):
        return any(start <= day < end and billed_on >= keeps for start, end, keeps in self.pauses)

    def periods(self, item, until):
        start, end = self.service(item)
        cycle = self.cycles[item["id"]]
        for period in cycle.over(start, min(end, until)):
            yield period, cycle.billed_on(period), start, end

    def days(self):
        """{(lineage, day): (cost, what discounts leave of it)} of all that is to have been billed by now."""
        found = {}
        for item in self.items.values():
            if item["valid_from"] and item["valid_from"] == item["valid_to"]:
                continue
            cost = costs(item, self.minor)
            # A bill date that has come bills its period ahead: beyond today.
            for period, billed_on, start, end in self.periods(item, EVER):
                if billed_on >= self.billed_before:
                    break
                daily = cost / (period[1] - period[0]).days
                day = max(period[0], start)
                while day < min(period[1], end):
                    if daily and not self.stands_still(day, billed_on):
                        key = item["lineage"], day
                        assert key not in found, ("two items of one lineage on a day", key)
                        found[key] = (daily, daily * self.left_of(item))
                    day += DAY
        return found

    def next_bill(self):
        """The first bill date that has not been billed; EVER where none comes."""
        found = EVER
        for item in self.items.values():
            if item["valid_from"] and item["valid_from"] == item["valid_to"]:
                continue
            for period, billed_on, start, end in self.periods(item, self.billed_before + DAY * 366 * 12):
                if billed_on >= self.billed_before and not self.stands_still(billed_on, billed_on):
                    found = min(found, billed_on)
                    break
        return found


# ---- what was billed ----

def billed(agreement, documents):
    """The same of documents, and {line: [net, tax] that is given back of it}."""
    lines = {line["id"]: line for document in documents for line in document["lines"]}
    found, given = defaultdict(lambda: [Fraction(0), Fraction(0)]), defaultdict(lambda: [0, 0])
    for line in lines.values():
        of = lines[line["original_line_id"]] if line["original_line_id"] else line
        if of is not line:
            given[of["id"]][0] -= line["net"]
            given[of["id"]][1] -= line["tax"]
        if not line["subscription_item_id"]:  # what a person gives back is for no days
            continue
        start, end = date(line["period_start"]), date(line["period_end"])
        item = agreement.items[of["subscription_item_id"]]
        whole = agreement.cycles[item["id"]].holding(date(of["period_start"]))
        of_days = (date(of["period_end"]) - date(of["period_start"])).days
        assert whole[0] <= date(of["period_start"]) <= start < end <= date(of["period_end"]) <= whole[1], ("days of another period", line, of, whole)
        daily = Fraction(of["quantity"]) * Fraction(of["unit_price"]) / Fraction(of["base_quantity"]) * agreement.minor / of_days
        if of is not line:
            units = Fraction(of["quantity"]) / (1 if of_days == (whole[1] - whole[0]).days else of_days)
            daily *= Fraction(line["quantity"]) / units
        day = start
        while day < end:
            both = found[item["lineage"], day]
            both[0] += daily
            both[1] += daily * agreement.left_of(item)
            day += DAY
    for ident, (net, _) in given.items():
        charged = lines[ident]["net"]
        assert 0 <= net <= charged or charged <= net <= 0, ("given back more than was charged", lines[ident], net)
    return {key: tuple(both) for key, both in found.items() if any(both)}


def differences(agreement, have, wanted):
    """{(lineage, day): (charged, to be charged)} where they are not the same."""
    def cost(found, key):
        return found[key][0] if key in found else 0

    return {key: (cost(have, key), cost(wanted, key)) for key in sorted(have.keys() | wanted.keys())
            if cost(have, key) != cost(wanted, key) and key[1] < agreement.open_from}


def told(wrong):
    return "charged, to be charged: " + ", ".join(f"{lineage[-6:]} {day}: {float(a):.2f} {float(b):.2f}" for (lineage, day), (a, b) in list(wrong.items())[:12])
