#!/usr/bin/python3
"""Compares our JSON, numbers, money, dates, CSV, one-time codes and the core of billing with Python's on random cases.

compare.py [--cases N] [--seed S] [--program PATH] [--only AREA,...]

Each area (json, number, money, date, zone, csv, totp, rating, split, tax, period, instants, proration) gets N cases; unless
told otherwise 20,000, those of billing 5,000.
The seed is printed; the same seed gives the same cases. Exit code: 0 no difference, 1 some,
2 the comparison could not be made. The program under test is cases.c.
"""

import argparse
import base64
import csv
import datetime
import decimal
import hashlib
import hmac
import io
import json
import random
import re
import subprocess
import sys
import time
import zoneinfo
from fractions import Fraction

sys.dont_write_bytecode = True
import billing  # noqa: E402

INT64 = 2**63 - 1
MONEY = 2**53 - 1
REFUSED = "refused"
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = datetime.timedelta(days=1)

decimal.getcontext().prec = 200


# ---------------------------------------------------------------- JSON

class Refused(Exception):
    pass


class Number(str):
    """A number that is kept by its text."""


def strict_object(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise Refused
    return dict(pairs)


def strict_constant(_):
    raise Refused


def strict_int(text):
    if len(text) > 400:
        raise Refused
    n = int(text)
    return n if -INT64 - 1 <= n <= INT64 else Number(text)


def strict_float(text):
    if len(text) > 400:
        raise Refused
    return Number(text)


def check_text(s):
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in s):
        raise Refused


def dump(v, depth=0):
    """Canonical text as json-c writes it; refuses what our scan refuses beyond Python."""
    if isinstance(v, Number):
        return str(v)
    if isinstance(v, str):
        check_text(v)
        return json.dumps(v, ensure_ascii=False)
    if isinstance(v, (dict, list)):
        if depth == 32:
            raise Refused
        if isinstance(v, list):
            return "[" + ",".join(dump(x, depth + 1) for x in v) + "]"
        return "{" + ",".join(dump(k) + ":" + dump(x, depth + 1) for k, x in v.items()) + "}"
    return json.dumps(v)


def expect_json(data):
    try:
        text = data.decode("utf-8", "strict")
        if text.startswith("\ufeff"):
            raise Refused
        value = json.loads(text, object_pairs_hook=strict_object, parse_constant=strict_constant,
                           parse_int=strict_int, parse_float=strict_float)
        return dump(value).encode().hex()
    except (Refused, ValueError, RecursionError):
        return REFUSED


STRINGS = ["", "a", "b", "key", "é", "€", "😀", "\n", "\t", "\\", '"', "/", "\x7f", "\x1f",
           "\u2028", "~", "a/b"]
NUMBERS = ["0", "-0", "1", "-1", "12", "9007199254740993", "9223372036854775807",
           "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1.0", "1e3",
           "1E+2", "-1.5e-7", "1e400", "0.1", "123456789012345678901234567890"]
HOSTILE = [b"NaN", b"Infinity", b"-Infinity", b"'a'", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800",
           b"\\udc00", b"\\ud83d\\ude00", b"\\u00e9", b"\\uD83D", b"\x00", b"\xff", b"\xc0\x80",
           b"\xed\xa0\x80", b"\xc3\xa9", b",", b":", b"{", b"}", b"[", b"]", b'"', b"\\", b"/",
           b"//", b"01", b".5", b"1.", b"+1", b"1e", b"-", b" ", b"\n", b"\t", b"\r", b"\x0b",
           b"\x0c", b"\xc2\xa0", b"\xc2\x85", b"\xe2\x80\xa8", b"null", b"true", b"True", b"nul",
           b"[" * 20, b"]" * 20, b'{"a":' * 16, b"\\x41", b"\\u12", b"\xd9\xa1", b"9" * 390]


def random_string(r):
    s = "".join(r.choice(STRINGS) for _ in range(r.randint(0, 4)))
    text = json.dumps(s, ensure_ascii=r.random() < 0.3)
    return text.replace("/", "\\/") if r.random() < 0.1 else text


def random_value(r, depth):
    kind = r.random()
    gap = r.choice(["", "", "", " ", "\n\t"])
    if depth > 0 and kind < 0.35:
        n = r.choice([0, 1, 2, 3, 3, 15, 20])
        pairs = [random_string(r) + gap + ":" + random_value(r, depth - 1) for _ in range(n)]
        return gap + "{" + (gap + ",").join(pairs) + "}" + gap
    if depth > 0 and kind < 0.6:
        n = r.choice([0, 1, 2, 3])
        return gap + "[" + ("," + gap).join(random_value(r, depth - 1) for _ in range(n)) + "]" + gap
    if kind < 0.75:
        return gap + r.choice(NUMBERS)
    if kind < 0.9:
        return gap + random_string(r) + gap
    return r.choice(["true", "false", "null"])


def case_json(r):
    data = bytearray(random_value(r, r.choice([1, 2, 3, 4])).encode())
    if r.random() < 0.1:
        depth = r.randint(28, 36)
        data = bytearray(b"[" * depth + bytes(data) + b"]" * depth)
    if r.random() < 0.5:
        for _ in range(r.choice([1, 1, 1, 2, 5])):
            at = r.randint(0, len(data))
            kind = r.random()
            if kind < 0.4:
                data[at:at] = r.choice(HOSTILE)
            elif kind < 0.6:
                del data[at:at + r.choice([1, 1, 2, 5])]
            elif kind < 0.8 and data:
                data[min(at, len(data) - 1)] = r.randrange(256)
            else:
                data[at:at + r.randint(0, 4)] = r.choice(HOSTILE)
    data = bytes(data)
    # One empty argument cannot be told from none.
    return ["json", data.hex()], expect_json(data)


# ------------------------------------------------------------- numbers

DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,12})?\Z")


def parse_decimal(text):
    """The value, or None where the grammar or an int64 coefficient does not hold it."""
    if not DECIMAL.match(text):
        return None
    d = decimal.Decimal(text)
    coefficient = text.replace("-", "")
    if "." in coefficient:
        coefficient = coefficient.rstrip("0").replace(".", "")
    return d if int(coefficient or "0") <= INT64 else None


def text_of(d):
    s = format(d, "f")
    if "." in s:
        s = s.rstrip("0").rstrip(".")
    return "0" if s in ("-0", "") else s


def fits(d):
    s = text_of(d)
    return int(s.replace("-", "").replace(".", "")) <= INT64


def half_up(fraction):
    """Half away from zero."""
    n, d = abs(fraction.numerator), fraction.denominator
    q = (2 * n + d) // (2 * d)
    return -q if fraction < 0 else q


def random_int(r, limit=INT64):
    if r.random() < 0.1:
        return r.choice([0, 1, -1, limit, -limit, limit - 1])
    return r.randint(-(2**r.randint(1, 62)), 2**r.randint(1, 62)) % (limit + 1) * r.choice([1, -1])


def random_decimal(r, digits=14):
    whole = str(r.randint(0, 10**r.randint(0, digits)))
    places = r.randint(0, 12)
    text = whole
    if r.random() < 0.7 and places:
        text += "." + "".join(r.choice("0123456789" + "05" * 4) for _ in range(places))
    return ("-" if r.random() < 0.3 else "") + text


def bent(r, text):
    at = r.randint(0, len(text))
    return text[:at] + r.choice(["", "0", ".", "-", "+", "e5", " ", ",", "00000000000", "9" * 19,
                                 "x", "\u0661"]) + text[at + r.randint(0, 1):]


def expect_int(n, limit):
    return str(n) if -limit <= n <= limit else REFUSED


def case_number(r):
    kind = r.choice(["decimal", "decimal", "add", "cmp", "div"])
    if kind == "div":
        a, b, c, d = (random_int(r, 2**31), random_int(r), random_int(r, 2**31), random_int(r, 2**31))
        if r.random() < 0.4:
            b, c, d = random_int(r, 10**6), r.choice([1, 2, 5, 10, -2, 100]), r.choice([1, 2, 4, -10])
        if c * d == 0:
            return ["div", str(a), str(b), str(c), str(d)], REFUSED
        q = half_up(Fraction(a * b, c * d))
        return ["div", str(a), str(b), str(c), str(d)], str(q) if -INT64 - 1 <= q <= INT64 else REFUSED
    x, y = random_decimal(r, 18), random_decimal(r, 18)
    if r.random() < 0.3:
        x = bent(r, x)
    if r.random() < 0.2:
        y = x.rstrip("0") or "0"
    a, b = parse_decimal(x), parse_decimal(y)
    if kind == "decimal":
        return ["decimal", x or "-"], REFUSED if a is None else text_of(a)
    args = [kind, x or "-", y or "-"]
    if a is None or b is None:
        return args, REFUSED
    if kind == "cmp":
        return args, str((a > b) - (a < b))
    return args, text_of(a + b) if fits(a + b) else REFUSED


# --------------------------------------------------------------- money

def expect_split(total, weights):
    if abs(total) > MONEY:
        return REFUSED
    whole = sum(weights)
    if whole == 0:
        parts = [total] + [0] * (len(weights) - 1)
    else:
        sign = -1 if total < 0 else 1
        exact = [Fraction(abs(total) * w, whole) for w in weights]
        parts = [int(x) for x in exact]
        order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
        for i in order[:abs(total) - sum(parts)]:
            parts[i] += 1
        parts = [sign * p for p in parts]
    return "\t".join(map(str, parts))


def case_money(r):
    kind = r.choice(["line", "line", "percent", "ratio", "split", "split", "format"])
    if kind == "line":
        q, p = random_decimal(r, r.choice([3, 6, 12])), random_decimal(r, r.choice([3, 6, 12]))
        b = r.choice(["1", "1", "100", "1000", "3", "0.5", random_decimal(r, 4)])
        e = r.choice([0, 2, 2, 3, 4])
        x, y, z = parse_decimal(q), parse_decimal(p), parse_decimal(b)
        args = ["line", q, p, b, str(e)]
        if x is None or y is None or z is None or z <= 0:
            return args, REFUSED
        n = half_up(Fraction(x) * Fraction(y) / Fraction(z) * 10**e)
        return args, expect_int(n, MONEY)
    if kind == "percent":
        amount, p = random_int(r, MONEY), random_decimal(r, 2)
        value = parse_decimal(p)
        return (["percent", str(amount), p],
                REFUSED if value is None else expect_int(half_up(Fraction(value) * amount / 100), MONEY))
    if kind == "ratio":
        a, n, d = random_int(r, MONEY), random_int(r, 10**9), random_int(r, 10**9)
        if r.random() < 0.5:
            n, d = r.randint(0, 31), r.randint(28, 31)
        return (["ratio", str(a), str(n), str(d)],
                REFUSED if d == 0 else expect_int(half_up(Fraction(a * n, d)), MONEY))
    if kind == "format":
        amount, e = random_int(r, MONEY), r.choice([0, 2, 3, 4])
        text = format(decimal.Decimal(amount).scaleb(-e), "f")
        return ["format", str(amount), str(e)], text
    top = r.choice([1, 3, 100, 10**6, MONEY])
    weights = [r.randint(0, top) for _ in range(r.randint(1, 40))]
    total = random_int(r, r.choice([10, 1000, MONEY]))
    return ["split", str(total)] + [str(w) for w in weights], expect_split(total, weights)


# ---------------------------------------------------------------- dates

def random_day(r):
    kind = r.random()
    if kind < 0.4:
        year = r.randint(1990, 2100)
    elif kind < 0.6:
        year = r.randint(1, 99) * 100 + r.choice([0, 0, 0, -1])
    else:
        year = r.randint(1, 9999)
    month = r.randint(1, 12)
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY).day if year < 9999 or month < 12 else 31
    return datetime.date(year, month, r.choice([1, 15, 28, last, last, r.randint(1, last)]))


def iso(d):
    return "%04d-%02d-%02d" % (d.year, d.month, d.day)


def expect_boundary(anchor, unit, n, k):
    steps = n * k
    if unit < 2:
        o = anchor.toordinal() + steps * (7 if unit else 1)
        return datetime.date.fromordinal(min(max(o, 1), datetime.date.max.toordinal()))
    months = anchor.year * 12 + anchor.month - 1 + steps * (12 if unit == 3 else 1)
    year, month = divmod(months, 12)
    if year < 1:
        return datetime.date.min
    if year > 9999:
        return datetime.date.max
    day = anchor.day
    while True:
        try:
            return datetime.date(year, month + 1, day)
        except ValueError:
            day -= 1


INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


def expect_instant(text):
    m = INSTANT.match(text)
    if not m:
        return REFUSED
    try:
        y, mo, d = map(int, m[1].split("-"))
        day = datetime.date(y, mo, d)
    except ValueError:
        return REFUSED
    h, mi, s = int(m[2]), int(m[3]), int(m[4])
    if h > 23 or mi > 59 or s > 59:
        return REFUSED
    offset = 0
    if m[6] not in "Zz":
        oh, om = int(m[6][1:3]), int(m[6][4:6])
        if oh > 23 or om > 59:
            return REFUSED
        offset = (oh * 60 + om) * (-60 if m[6][0] == "-" else 60)
    us = int(((m[5] or ".") + "000000")[1:7])
    total = ((day.toordinal() - 719163) * 86400 + h * 3600 + mi * 60 + s - offset) * 10**6 + us
    try:
        t = EPOCH + datetime.timedelta(microseconds=total)
    except OverflowError:
        return None
    shown = "%04d-%02d-%02dT%02d:%02d:%02d" % (t.year, t.month, t.day, t.hour, t.minute, t.second)
    return "%d\t%s%s" % (total, shown, (".%06dZ" % t.microsecond) if t.microsecond else "Z")


def bent_date(r, text):
    at = r.randint(0, len(text) - 1)
    return text[:at] + r.choice(["", "0", "9", "-", "T", ":", "Z", "+", ".", " ", "3", "2", "\u0662"]) + text[at + 1:]


def case_date(r):
    kind = r.choice(["date", "boundary", "boundary", "instant"])
    day = random_day(r)
    if kind == "date":
        text = iso(day)
        if r.random() < 0.2:
            text = "%04d-02-%d" % (day.year, r.randint(28, 30))
        elif r.random() < 0.6:
            text = bent_date(r, text)
        try:
            ok = re.match(r"\d{4}-\d\d-\d\d\Z", text, re.ASCII)
            return ["date", text], iso(datetime.date(*map(int, text.split("-")))) if ok else REFUSED
        except ValueError:
            return ["date", text], REFUSED
    if kind == "boundary":
        unit, n, k = r.randint(0, 3), r.randint(1, 24), r.randint(0, 60)
        if r.random() < 0.1:
            n, k = r.randint(-2**31, 2**31 - 1), r.randint(-2**31, 2**31 - 1)
        elif r.random() < 0.2:
            k = -k
        return (["boundary", iso(day), str(unit), str(n), str(k)],
                iso(expect_boundary(day, unit, n, k)))
    text = "%sT%02d:%02d:%02d" % (iso(day), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59))
    if r.random() < 0.5:
        text += "." + "".join(r.choice("0123456789") for _ in range(r.randint(1, 9)))
    text += r.choice(["Z", "z", "%s%02d:%02d" % (r.choice("+-"), r.randint(0, 14), r.choice([0, 30, 45]))])
    if r.random() < 0.4:
        text = bent_date(r, text)
    expected = expect_instant(text)
    return case_date(r) if expected is None else (["instant", text], expected)


# ---------------------------------------------------------------- zones

ZONES = sorted(z for z in zoneinfo.available_timezones()
               if not z.startswith(("posix/", "right/")) and z not in ("localtime", "Factory", "posixrules"))
USUAL = ["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago",
         "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Nuuk",
         "Asia/Gaza", "America/Santiago", "Pacific/Apia", "Asia/Tehran", "Pacific/Chatham"]


def local_day(zone, s):
    return (EPOCH + datetime.timedelta(seconds=s)).astimezone(zone).date()


def expect_start(zone, day):
    """First second whose local day is day or later, by steps of half an hour, then by halves."""
    midnight = (day.toordinal() - 719163) * 86400
    t = midnight - 27 * 3600
    while local_day(zone, t) < day:
        t += 1800
    low, high = t - 1800, t
    while high - low > 1:
        mid = (low + high) // 2
        if local_day(zone, mid) < day:
            low = mid
        else:
            high = mid
    return str(high * 10**6)


def near_change(r, zone, s):
    """Often within a day or so of a change of the clock, if the year has one."""
    start = EPOCH + datetime.timedelta(seconds=s)
    offset = start.astimezone(zone).utcoffset()
    for week in range(1, 53):
        t = start + datetime.timedelta(weeks=week)
        if t.astimezone(zone).utcoffset() != offset:
            return s + week * 7 * 86400 - r.randint(0, 7 * 86400)
    return s


def case_zone(r):
    name = r.choice(USUAL) if r.random() < 0.4 else r.choice(ZONES)
    zone = zoneinfo.ZoneInfo(name)
    year = r.choice([r.randint(1900, 2037), r.randint(1990, 2037), r.randint(2038, 2300)])
    s = int((datetime.datetime(year, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) + r.randint(0, 31535999)
    if r.random() < 0.5:
        s = near_change(r, zone, s)
    if r.random() < 0.7:
        return ["zone_day", name, str(s * 10**6 + r.choice([0, 999999]))], iso(local_day(zone, s))
    day = local_day(zone, s)
    return ["zone_start", name, iso(day)], expect_start(zone, day)


# ----------------------------------------------------------------- CSV

CELLS = ["", "a", "1", "0", "é", "€", "😀", '"', '""', "\n", "\r\n", "\r", ",", ";", "\t", " ", "=1+1", "+", "-", "@", "'", "''",
         "a b", "\u2028", "\x1c", "\x85", "\x0b", "\x0c"]


def random_cell(r):
    return "".join(r.choice(CELLS) for _ in range(r.choice([0, 1, 1, 2, 5])))


def written(r, cell, delimiter):
    """As somebody may write it: quotes where they must be, and where they need not. Blanks around a cell that
    has no quotes are not the cell's for us, and are for Python: such cells are quoted."""
    if any(c in cell for c in '"\r\n' + delimiter) or cell != cell.strip(" \t") or r.random() < 0.3:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def random_file(r, delimiter):
    text = r.choice(["", "\ufeff"])
    for _ in range(r.randint(1, 6)):
        cells = [written(r, random_cell(r), delimiter) for _ in range(r.randint(1, 5))]
        text += delimiter.join(cells) + r.choice(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"])
    return text[:-1] if r.random() < 0.3 and not text.endswith("\r\n") else text


def expect_records(data, delimiter):
    try:
        text = data.decode("utf-8", "strict").removeprefix("\ufeff")
        if "\0" in text:
            raise ValueError
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except (ValueError, csv.Error):
        return REFUSED
    if len(rows) < 2:
        return REFUSED
    return ";".join(",".join(cell.encode().hex() for cell in row) for row in rows)


def case_csv(r):
    if r.random() < 0.3:
        cells = [random_cell(r) or "x" for _ in range(r.randint(1, 6))]
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(
            ["'" + cell if cell.lstrip("'")[:1] in tuple("=+-@\t\r\n") else cell for cell in cells])
        return ["cells"] + [cell.encode().hex() for cell in cells], out.getvalue().encode().hex()
    delimiter = r.choice(",,;\t")
    data = random_file(r, delimiter).encode()
    kind = r.random()
    if kind < 0.1:
        at = r.randint(0, len(data))
        data = data[:at] + r.choice([b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80"]) + data[at:]
    elif kind < 0.2:  # a quote that nobody closes
        data += b"\n\"" + random_cell(r).replace('"', "").encode()
    return ["csv", data.hex(), delimiter.encode().hex(), str(r.choice([1, 10, 1000]))], expect_records(data, delimiter)


# ------------------------------------------------------ one-time codes

def code_of(secret, step):
    """RFC 4226, section 5.3."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((int.from_bytes(mac[at:at + 4], "big") & 0x7FFFFFFF) % 10**6)


def case_totp(r):
    secret = r.choice([b"12345678901234567890", r.randbytes(20), r.randbytes(r.randint(1, 40))])
    now = r.choice([59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000, 0, 29, 30, r.randint(0, 2**33)])
    step, text = now // 30, base64.b32encode(secret).decode()
    last = r.choice([-1, -1, step - 2, step - 1, step, step + 1])
    code = code_of(secret, max(step + r.choice([-2, -1, 0, 0, 1, 2]), 0))
    if r.random() < 0.2:
        at = r.randrange(6)
        code = code[:at] + r.choice(["", "0", "7", " ", "00", "\u0661"]) + code[at + 1:]
    found = [s for s in range(max(step - 1, 0), step + 2) if s > last and code_of(secret, s) == code]
    return ["totp", text, code, str(now), str(last)], str(found[0]) if found else REFUSED


def case_instants(r):
    def zone(r):
        name = r.choice(USUAL) if r.random() < 0.7 else r.choice(ZONES)
        return name, zoneinfo.ZoneInfo(name)
    return billing.case_instants(r, zone, expect_start)


AREAS = {"json": case_json, "number": case_number, "money": case_money, "date": case_date,
         "zone": case_zone, "csv": case_csv, "totp": case_totp,
         "rating": billing.case_rating, "split": billing.case_split, "tax": billing.case_tax,
         "period": billing.case_period, "instants": case_instants, "proration": billing.case_proration,
         "credit": billing.case_credit}


def compare(area, make, r, count, program):
    cases = []
    while len(cases) < count:
        args, expected = make(r)
        line = "\t".join(args)
        if "\n" in line or "" in args:
            continue
        cases.append((line, expected))
    done = subprocess.run([program], input="\n".join(c[0] for c in cases) + "\n", encoding="utf-8",
                          stdout=subprocess.PIPE, check=False)
    answers = done.stdout.split("\n")[:-1]
    if done.returncode != 0 or len(answers) != len(cases):
        print("%s: %s ended with %d after %d of %d cases, the next being %s"
              % (area, program, done.returncode, len(answers), len(cases),
                 cases[min(len(answers), len(cases) - 1)][0]))
        sys.exit(2)
    wrong = [(c, e, a) for (c, e), a in zip(cases, answers) if e != a]
    refused = sum(1 for _, e in cases if e == REFUSED)
    for c, e, a in wrong[:10]:
        print("%s: %s\n  expected %s\n  got      %s" % (area, c, e, a))
    print("%s: %d cases (%d to be refused), %d differences" % (area, len(cases), refused, len(wrong)))
    return len(wrong)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--cases", type=int)
    p.add_argument("--seed", type=int, default=time.time_ns() % 10**12)
    p.add_argument("--program", default="tests/differential/cases")
    p.add_argument("--only", default=",".join(AREAS))
    o = p.parse_args()
    print("seed %d" % o.seed)
    # An area's cases do not depend on which others run.
    wrong = sum(compare(a, AREAS[a], random.Random("%d %s" % (o.seed, a)),
                        o.cases or (5000 if AREAS[a].__module__ == "billing" or a == "instants" else 20000), o.program)
                for a in o.only.split(","))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
