"""The core of billing worked out with fractions, dates and zoneinfo: what cases_billing.c answers, and random cases of it."""

import bisect
import datetime
import math
from fractions import Fraction

INT64 = 2**63 - 1
MONEY = 2**53 - 1
REFUSED = "refused"
ONE_DAY = datetime.timedelta(days=1)
NEVER = datetime.date.max


class Refused(Exception):
    """Beyond what can be billed, or not sound."""


def half_up(x):
    """Half away from zero."""
    n, d = abs(x.numerator), x.denominator
    q = (2 * n + d) // (2 * d)
    return -q if x < 0 else q


def amount(x):
    """An amount of minor units: rounded, and within the range."""
    n = half_up(Fraction(x))
    if abs(n) > MONEY:
        raise Refused
    return n


def written(x):
    """A decimal as our side writes it: without zeros at its end."""
    x = Fraction(x)
    for places in range(25):
        scaled = x * 10**places
        if scaled.denominator == 1:
            digits = str(abs(int(scaled))).rjust(places + 1, "0")
            text = digits[:len(digits) - places] + ("." + digits[len(digits) - places:] if places else "")
            return ("-" if x < 0 else "") + text
    raise ValueError(x)


def coefficient(x):
    """Refused where its digits are more than an int64 holds."""
    x = Fraction(x)
    for places in range(13):
        if (x * 10**places).denominator == 1:
            if abs(x * 10**places) > INT64:
                raise Refused
            return x
    raise Refused


def answer(work):
    try:
        return work()
    except Refused:
        return REFUSED


def small(r, whole, places):
    return Fraction(r.randint(0, whole * 10**places), 10**places)


# ---------------------------------------------------------------- rating

UNITS, FLAT, SHARE, MINIMUM = range(4)
MODELS = range(6)
FIXED, PER_UNIT, GRADUATED, VOLUME, PACKAGE, PERCENTAGE = MODELS


def rate(exponent, model, unit, base, package, percent, fixed, minimum, tiers, quantity, of, transactions):
    pieces = []

    def add(kind, tier, q, price):
        if q:
            b = base if kind == UNITS and model != PACKAGE and base else Fraction(1)
            pieces.append((kind, tier, q, price, b, amount(q * price / b * 10**exponent)))

    if min(unit, fixed, minimum, base) < 0:
        raise Refused
    if model in (GRADUATED, VOLUME):
        ends = [t[1] for t in tiers[:-1]]
        if not tiers or [t[0] for t in tiers] != [False] * len(ends) + [True] or min(min(t[2], t[3]) for t in tiers) < 0 \
                or any(b <= a for a, b in zip([0] + ends, ends)):
            raise Refused
    if model == PACKAGE and package <= 0:
        raise Refused
    if model == PERCENTAGE and (percent < 0 or (percent * 10**10).denominator != 1):
        raise Refused
    if min(quantity, of, transactions) < 0:
        raise Refused
    if model == FIXED:
        add(FLAT, 0, Fraction(quantity != 0), unit)
    elif model == PER_UNIT:
        add(UNITS, 0, quantity, unit)
    elif model == GRADUATED:
        below = Fraction(0)
        for k, (last, end, price, flat) in enumerate(tiers):
            inside = (quantity if last else min(quantity, end)) - below
            if inside <= 0:
                break
            add(UNITS, k, inside, price)
            add(FLAT, k, Fraction(flat != 0), flat)
            below += inside
    elif model == VOLUME and quantity:
        k = next(k for k, t in enumerate(tiers) if t[0] or quantity <= t[1])
        add(UNITS, k, quantity, tiers[k][2])
        add(FLAT, k, Fraction(tiers[k][3] != 0), tiers[k][3])
    elif model == PACKAGE:
        begun = math.ceil(quantity / package)
        if begun > MONEY:
            raise Refused
        add(UNITS, 0, Fraction(begun), unit)
    elif model == PERCENTAGE:
        if percent:
            add(SHARE, 0, of, percent / 100)
        if fixed:
            add(FLAT, 0, transactions, fixed)
    if minimum:
        lacks = amount(minimum * 10**exponent) - sum(p[-1] for p in pieces)
        if sum(p[-1] for p in pieces) > MONEY:
            raise Refused
        if lacks > 0:
            add(MINIMUM, 0, Fraction(1), Fraction(lacks, 10**exponent))
    return "".join("%d:%d:%s:%s:%s:%d;" % (k, t, written(q), written(p), written(b), a) for k, t, q, p, b, a in pieces) or " "


def case_rating(r):
    big = 10**9 if r.random() < 0.1 else 1000
    tiers, end = [], Fraction(0)
    for k in range(r.randint(0, 4)):
        end += small(r, 200, r.choice([0, 0, 3])) - (r.random() < 0.02)
        tiers.append([False, end, small(r, big, r.randint(0, 6)), r.choice([Fraction(0), small(r, 50, 2)])])
    if tiers and r.random() < 0.97:
        tiers[-1][0] = True
    if tiers and r.random() < 0.02:
        r.choice(tiers)[2] *= -1
    quantity = r.choice([small(r, 1000, r.randint(0, 6)), Fraction(r.randint(0, 700)), end, end + Fraction(1, 10**6),
                         Fraction(0), small(r, 10**6, 3)])
    price = [small(r, big, r.randint(0, 12 if big == 1000 else 6)), r.choice([Fraction(0), Fraction(1), Fraction(60), small(r, 9, 3)]),
             small(r, 100, r.choice([0, 3])), small(r, 100, r.choice([0, 2, 4, 11])), small(r, 9, 2),
             r.choice([Fraction(0), Fraction(0), small(r, 2000, 4)])]
    if r.random() < 0.02:
        price[r.randrange(6)] *= -1
    model, exponent = r.choice(MODELS), r.choice([0, 2, 2, 3, 4])
    rest = [quantity * (-1 if r.random() < 0.01 else 1), small(r, 10**5, 4), Fraction(r.randint(0, 500))]
    args = ["rate", str(exponent), str(model), *map(written, price), str(len(tiers))]
    for last, end, unit, flat in tiers:
        args += [str(int(last)), written(end), written(unit), written(flat)]
    return args + [written(x) for x in rest], answer(lambda: rate(exponent, model, *price, tiers, *rest)).rstrip()


# ---------------------------------------------------------------- splits

def largest(total, exact):
    """The floors of what each would get exactly, and a unit more for those that lose the most by it."""
    parts = [math.floor(x) for x in exact]
    if max(map(abs, parts), default=0) > MONEY:
        raise Refused
    for i in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[:total - sum(parts)]:
        parts[i] += 1
    return parts


def share(total, weights):
    whole = sum(weights)
    if not weights or total == 0:
        return [0] * len(weights)
    if min(weights) < 0 < max(weights):
        if whole == 0:
            raise Refused
        return largest(total, [Fraction(total * w, whole) for w in weights])
    sign = -1 if total < 0 else 1
    if abs(total) > MONEY:
        raise Refused
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    return [sign * p for p in largest(abs(total), [Fraction(abs(total) * abs(w), abs(whole)) for w in weights])]


def case_split(r):
    top = r.choice([1, 3, 100, 10**6, 10**15])
    low = r.choice([0, 0, -1, 1])
    weights = [r.randint(-top if low < 0 else 0, top) * (-1 if low > 0 else 1) for _ in range(r.randint(1, 40))]
    total = r.randint(-1, 1) * r.randint(0, r.choice([10, 1000, 10**9, MONEY]))
    return ["share", str(total), *map(str, weights)], answer(lambda: " ".join(map(str, share(total, weights))) + " ")


# ------------------------------------------------------------- documents

def added(total, x):
    if abs(total + x) > MONEY:
        raise Refused
    return total + x


def summed(amounts):
    total = 0
    for x in amounts:
        total = added(total, x)
    return total


def bill(exponent, per_line, inclusive, percent, off, coupon, coupon_off, step, lines):
    amounts = [amount(q * p / b * 10**exponent) for q, p, b, _, _, _ in lines]
    if percent > 100 or coupon > 100 or any(line[3] > 100 for line in lines):
        raise Refused
    discounts = [amount(a * line[3] / 100) for a, line in zip(amounts, lines)]
    if percent or off:
        left = [a - d for a, d in zip(amounts, discounts)]
        whole = summed(left)
        given = added(amount(whole * percent / 100), off)
        if not (0 <= given <= whole if whole >= 0 else whole <= given <= 0):
            raise Refused
        discounts = [d + part for d, part in zip(discounts, share(given, left))]
    left = [max(a - d, 0) for a, d in zip(amounts, discounts)]
    whole = summed(left)
    if whole:
        given = min(added(amount(whole * coupon / 100), coupon_off), whole)
        discounts = [d + part for d, part in zip(discounts, share(given, left))]
    charges = [a - d for a, d in zip(amounts, discounts)]
    groups = {}
    for k, line in enumerate(lines):
        groups.setdefault(line[4:], []).append(k)
    nets, taxes = [0] * len(lines), [0] * len(lines)
    sums = []
    for (_, percent_of), members in groups.items():
        mine = [charges[k] for k in members]
        if per_line:
            net = [half_up(c / (1 + percent_of / 100)) if inclusive else c for c in mine]
            tax = [c - n if inclusive else amount(c * percent_of / 100) for c, n in zip(mine, net)]
        elif inclusive:
            net = share(half_up(summed(mine) / (1 + percent_of / 100)), mine)
            tax = [c - n for c, n in zip(mine, net)]
        else:
            net, tax = mine, share(amount(summed(mine) * percent_of / 100), mine)
        for k, n, t in zip(members, net, tax):
            nets[k], taxes[k] = n, t
        sums.append((summed(net), summed(tax)))
    net_total, tax_total = summed(nets), summed(tax for _, tax in sums)
    total = added(net_total, tax_total)
    payable = total if step <= 1 else amount(half_up(Fraction(total, step)) * step)
    return "".join("%d,%d,%d,%d;" % line for line in zip(amounts, discounts, nets, taxes)) \
        + "".join("%d,%d;" % group for group in sums) \
        + "%d,%d,%d,%d,%d,%d" % (summed(amounts), summed(discounts), net_total, tax_total, total, payable)


def case_tax(r):
    rates = [Fraction(0), Fraction(20), Fraction(19), Fraction(55, 10), Fraction(8875, 1000), small(r, 30, 2)]
    mixed = r.random() < 0.2
    size = 10**12 if r.random() < 0.05 else 100
    lines = []
    for _ in range(r.randint(1, 12)):
        sign = -1 if mixed and r.random() < 0.4 else 1
        lines.append((sign * small(r, size, r.choice([0, 0, 3])), small(r, 1000, r.choice([2, 2, 4])),
                      r.choice([Fraction(1), Fraction(1), Fraction(31), Fraction(60)]),
                      r.choice([Fraction(0), Fraction(0), small(r, 101, 2)]), r.randint(0, 1), r.choice(rates[:r.randint(1, 6)])))
    head = (r.choice([0, 2, 2, 3]), r.randint(0, 1), r.randint(0, 1), r.choice([Fraction(0), small(r, 101, 1)]),
            r.choice([0, 0, r.randint(0, 5000)]), r.choice([Fraction(0), Fraction(0), small(r, 101, 1)]),
            r.choice([0, 0, r.randint(0, 9000)]), r.choice([0, 5]))
    args = ["bill"] + [written(x) for x in head]
    for q, p, b, d, c, t in lines:
        args += [written(q), written(p), written(b), written(d), str(c), written(t)]
    return args, answer(lambda: bill(*head, lines))


# --------------------------------------------------------------- periods

DAY, WEEK, MONTH, YEAR = range(4)


def boundary(anchor, unit, steps):
    if unit in (DAY, WEEK):
        o = anchor.toordinal() + steps * (7 if unit == WEEK else 1)
        return datetime.date.fromordinal(min(o, NEVER.toordinal()))
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + steps * (12 if unit == YEAR else 1), 12)
    if year > 9999:
        return NEVER
    for day in range(anchor.day, 0, -1):
        try:
            return datetime.date(year, month + 1, day)
        except ValueError:
            pass
    raise AssertionError


def calendar_anchor(unit, count, day):
    if unit == WEEK:
        return day - day.weekday() * ONE_DAY
    if unit == MONTH:
        months = (day.month - 1) // count * count if count > 1 and 12 % count == 0 else day.month - 1
        return datetime.date(day.year, months + 1, 1)
    return datetime.date(day.year, 1, 1) if unit == YEAR else day


def periods(anchor, unit, count, until):
    """The starts of the periods, and one more, so that the last is past `until`."""
    starts, k = [anchor], 1
    while starts[-1] <= until:
        starts.append(boundary(anchor, unit, count * k))
        k += 1
    return starts


def anchor_day(r):
    day = datetime.date(2000, 1, 1) + r.randint(0, 36889) * ONE_DAY
    if r.random() < 0.4:
        day = datetime.date(day.year, day.month, 1) + 31 * ONE_DAY
        day = datetime.date(day.year, day.month, 1) - r.choice([1, 1, 2, 3]) * ONE_DAY
    return day


def case_period(r):
    unit, count, calendar, anchor = r.randint(0, 3), r.choice([1, 1, 2, 3, 4, 5, 6, 12]), r.randint(0, 1), anchor_day(r)
    on = anchor + r.randint(-3, 1500) * ONE_DAY
    if r.random() < 0.5:
        on = boundary(anchor, unit, count * r.randint(0, 12)) + r.choice([-1, 0, 0]) * ONE_DAY
    args = ["period", str(unit), str(count), str(calendar), anchor.isoformat(), on.isoformat()]
    first = calendar_anchor(unit, count, anchor) if calendar else anchor
    if on < first:
        return args, REFUSED
    starts = periods(first, unit, count, on)
    k = bisect.bisect_right(starts, on) - 1
    return args, "%d %s %s" % (k, starts[k], starts[k + 1])


def case_instants(r, zones, expect_start):
    """A period's instants: where its days begin in the zone, often where the clock changes within it."""
    name, zone = zones(r)
    start = datetime.date(r.randint(1990, 2037), r.choice([3, 3, 4, 9, 10, 10, 11, 1]), r.randint(1, 28))
    end = start + r.choice([1, 7, 30, 31]) * ONE_DAY
    return (["instants", name, start.isoformat(), end.isoformat()],
            "%s %s" % (expect_start(zone, start), expect_start(zone, end)))


# ------------------------------------------------------------- proration

def overlap(a, b):
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return (start, max(start, end))


def days(p):
    return max((p[1] - p[0]).days, 0)


# recurring: unit and how many of it
RECURRING = [(WEEK, 1), (MONTH, 1), (MONTH, 3), (MONTH, 6), (YEAR, 1)]


def bills(anchor, calendar, end, items):
    """Every bill date, and what is billed on it: (item, days, whole period)."""
    found = {}
    for k, (recurring, every, since, to, _, _, _) in enumerate(items):
        unit, count = RECURRING[recurring][0], RECURRING[recurring][1] * every
        service = (max(since or anchor, anchor), min(to or NEVER, end or NEVER))
        if service[0] >= service[1]:
            continue
        first = calendar_anchor(unit, count, anchor) if calendar else anchor
        starts = periods(first, unit, count, min(service[1], service[0] + 4000 * ONE_DAY))
        for whole in zip(starts, starts[1:]):
            part = overlap(whole, service)
            if days(part):
                found.setdefault(max(whole[0], anchor), []).append((k, part, whole))
    return found


def line_amount(item, part, whole):
    quantity, price, base = item[4:]
    if days(part) == days(whole):
        return amount(quantity * price / (base or 1) * 100)
    coefficient(quantity * days(part))
    return amount(quantity * days(part) * price / ((base or 1) * days(whole)) * 100)


def subscription(on, anchor, calendar, end, items):
    found = bills(anchor, calendar, end, items)
    dates = sorted(found)
    at = bisect.bisect_left(dates, on)
    if at == len(dates):
        return "never "
    date = dates[at]
    until = dates[at + 1] if at + 1 < len(dates) else max(part[1] for _, part, _ in found[date])
    return "%s %s " % (date, until) + "".join(
        "%d,%s,%s,%s,%s,%d;" % (k, *part, *whole, line_amount(items[k], part, whole))
        for k, part, whole in found[date] if items[k][4])


def case_proration(r):
    anchor = anchor_day(r)
    if r.random() < 0.4:
        length = r.choice([7, 28, 29, 30, 31, 31, 90, 365, 366])
        whole = (anchor, anchor + length * ONE_DAY)
        part = tuple(anchor + r.randint(-5, length + 5) * ONE_DAY for _ in range(2))
        value = r.randint(-1, 1) * r.randint(0, r.choice([100, 10**6, MONEY]))
        args = ["part", str(value)] + [d.isoformat() for d in (*part, *whole)]
        return args, str(amount(Fraction(value * days(overlap(part, whole)), length)))
    items = []
    for _ in range(r.randint(1, 3)):
        since = anchor + r.randint(-40, 500) * ONE_DAY if r.random() < 0.4 else None
        to = anchor + r.randint(-40, 900) * ONE_DAY if r.random() < 0.4 else None
        quantity = small(r, r.choice([20, 10**6]), r.choice([0, 0, 3]))
        items.append((r.randint(0, 4), r.choice([1, 1, 2, 5]), since, to, quantity, small(r, 2000, r.choice([2, 2, 6])),
                      r.choice([Fraction(0), Fraction(1), Fraction(60)])))
    calendar = r.randint(0, 1)
    end = anchor + r.randint(0, 900) * ONE_DAY if r.random() < 0.4 else None
    on = anchor + r.randint(-30, 700) * ONE_DAY
    args = ["subscription", on.isoformat(), anchor.isoformat(), str(calendar), end.isoformat() if end else "-", str(len(items))]
    for recurring, every, since, to, quantity, price, base in items:
        args += [str(recurring), str(every), since.isoformat() if since else "-", to.isoformat() if to else "-",
                 written(quantity), written(price), written(base)]
    return args, answer(lambda: subscription(on, anchor, calendar, end, items))


# ---------------------------------------------------------------- credits of a line (K8)

def credits(net, tax, quantity, steps):
    """Each alone at its share, never more than is left; the last of the units, of the net or of the gross takes all that is,
    tax never remaining without net."""
    sign = -1 if net < 0 else 1
    whole_net, whole_tax = abs(net), abs(tax)
    left_net, left_tax, units, by_units, told = whole_net, whole_tax, quantity, True, []
    for by, value in steps:
        if by == "q":
            fits = 0 < value <= units
            share = left_net if by_units and value == units else half_up(whole_net * value / quantity) if fits else 0
            net_now = min(share, left_net) if by_units else share
        else:
            net_now = value * sign
            fits = net_now >= 0
        if by == "g" and fits and net_now <= left_net + left_tax:
            gross = net_now
            if gross == left_net + left_tax:
                net_now, tax_now = left_net, left_tax
            else:
                net_now = min(half_up(Fraction(whole_net * gross, whole_net + whole_tax)), max(left_net - 1, 0))
                tax_now = gross - net_now
                if tax_now > left_tax:
                    net_now, tax_now = gross - left_tax, left_tax
        elif by == "g" or not fits or net_now > left_net:
            told.append(REFUSED)
            continue
        else:
            tax_now = left_tax if net_now == left_net else min(half_up(Fraction(whole_tax * net_now, whole_net)), left_tax)
        left_net, left_tax = left_net - net_now, left_tax - tax_now
        if by == "q":
            units -= value
        else:
            by_units = False
        told.append(f"{sign * net_now}/{sign * tax_now}")
    return " ".join(told) + " "


def case_credit(r):
    most = r.choice([3, 100, 10**6, 10**12])
    net = r.choice([-1, 1, 1]) * r.randint(0, most)
    tax = half_up(Fraction(net * r.choice([0, 5, 7, 19, 20, 25]), 100)) + (r.choice([-1, 0, 1]) if abs(net) > 50 else 0)
    if net * tax < 0 or net == 0:
        tax = 0
    quantity = small(r, r.choice([3, 30, 10**4]), r.choice([0, 0, 3])) + Fraction(1, 1000)
    sign, steps, units = -1 if net < 0 else 1, [], quantity
    parts = r.randint(2, 8)
    if r.random() < 0.4:  # in equal parts, each rounded alone
        quantity = Fraction(parts * r.randint(1, 5))
        steps = [("q", quantity / parts)] * parts
    for _ in range(0 if steps else r.randint(1, 6)):
        by = r.choice("qqqng")
        if by == "q":
            value = r.choice([units, quantity, Fraction(r.randint(0, int(quantity * 1000)), 1000)])
            units = max(units - value, Fraction(1, 1000))
        else:
            value = sign * r.choice([r.randint(-1, max(abs(net) // 3, 1)), r.randint(0, abs(net) + abs(tax) + 1), abs(net), abs(net + tax)])
        steps.append((by, value))
    args = ["credit", str(net), str(tax), written(quantity)]
    for by, value in steps:
        args += [by, written(value) if by == "q" else str(value)]
    return args, credits(net, tax, quantity, steps)
