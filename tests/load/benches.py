"""The benches: one line each in BENCHES, in the order in which they run."""
import json
import random
import statistics
import subprocess
import tempfile
import time

import capture
from billing import BATCH, SUBSCRIPTIONS, TENANTS, WORKERS, Books
from load import CLIENTS, HERE, Failed, Request, pgbench
from stage import FINAL, INVOICES, seeded

PAGE, DEEP = 50, 2_000
DAYS = [f"{year}-{month:02}-{day:02}" for year in (2023, 2024, 2025) for month in range(1, 13) for day in (1, 8, 15, 22)
        if (year, month) >= (2023, 7)]


class Found:
    """value against limit; ok: whether their ratio keeps to the target."""

    def __init__(self, value, limit, ok, note=""):
        self.value, self.limit, self.ok, self.note = value, limit, ok, note
        self.ratio = value / limit


# ---- rates, against what nginx with FastCGI and the database allow together ----

class Rate:
    """Three parts in turn, a few seconds each: the echo, pgbench, the product."""
    unit = "1/s"
    wanted = "ratio >= {}"
    staged = True

    def __init__(self, name, target, make):
        self.name, self.target, self.make = name, target, make

    def measure(self, stage, rounds, seconds):
        request, database, check = self.make(stage)
        request.lay_out(stage.files, self.name)
        request.run(stage, 1)  # workers prepare their statements, files come into memory
        database(1)
        echo, pg, product = [], [], []
        for _ in range(rounds):
            stage.fresh_token()
            with stage.echo_answers():
                echo.append(request.run(stage, seconds)["rate"])
            pg.append(database(seconds))
            product.append(request.run(stage, seconds)["rate"])
        check()
        echo, pg, product = (statistics.median(rates) for rates in (echo, pg, product))
        limit = 1 / (1 / echo + 1 / pg)
        return Found(product, limit, product / limit >= self.target, f"echo {echo:.0f}, pgbench {pg:.0f}")


def captured(stage, name, request, path, changing, head):
    """pgbench with the statements of one GET."""
    executed = capture.statements(stage, lambda: stage.api.get(path).expect(200))
    text, variables = capture.script(executed, changing, head)
    file = stage.files / f"{name}.pgbench"
    file.write_text(text)
    return request, lambda seconds: pgbench(stage, file, seconds, variables), lambda: None


def read_invoice(stage):
    ids = [seeded("8000", n) for n in range(1, FINAL + 1)]
    expression = "('01980000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid"
    return captured(stage, "read_invoice", Request("GET", "/v1/invoices/{}", ids), f"/v1/invoices/{ids[0]}",
                    {ids[0]: expression}, f"\\set n random(1, {FINAL})")


def list_invoices(stage):
    path = "/v1/invoices?status=open&due_date[gte]={}&sort=due_date&limit=%d" % PAGE
    return captured(stage, "list_invoices", Request("GET", path, DAYS), path.format("2024-02-29"),
                    {"2024-02-29": "date '2023-07-01' + :n::integer"}, "\\set n random(0, 900)")


# ---- writes: the database's part writes the same rows ----

def draft_body():
    names = ("Consulting, first part", "Consulting, second part", "Works")
    return {"account_id": "{}", "lines": [{"product_id": seeded("8002", k), "description": text, "quantity": "2",
                                           "unit_price": "100"} for k, text in enumerate(names, 1)]}


def who(stage):
    """What api.enter and the rows' own columns take."""
    client = stage.tenant.client_id
    with stage.product.database().cursor() as cursor:
        cursor.execute("SELECT epoch FROM auth.client WHERE id = %s", (client,))
        epoch = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM tenant.entity WHERE tenant_id = %s", (stage.tenant.id,))
        entity = cursor.fetchone()[0]
    return {"tenant": stage.tenant.id, "actor": f"client:{client}", "actor_id": client, "epoch": epoch, "entity": entity,
            "fingerprint": "0" * 64, "i": 0}


def create_draft(stage):
    request = Request("POST", "/v1/invoices", [seeded("8001", n) for n in range(1000)], draft_body(), keyed=True)
    made = stage.api.post("/v1/invoices", json.loads(json.dumps(draft_body()).replace("{}", seeded("8001", 1)))).expect(201)
    data = {"total": made.json["total"], "status": "draft", "deal_id": None, "currency": "EUR", "account_id": seeded("8001", 1)}
    values = dict(who(stage), body=made.body.decode(), data=json.dumps(data))
    run = iter(range(random.randrange(100, 900), 1000))

    def database(seconds):
        return pgbench(stage, HERE / "create_draft.pgbench", seconds, dict(values, run=next(run)))

    def check():
        with stage.product.database().cursor() as cursor:
            cursor.execute("""SELECT count(*) FROM billing.invoice i WHERE i.total <> 72000 AND i.id > %s
                OR i.id > %s AND (SELECT count(*) FROM billing.invoice_line l WHERE l.tenant_id = i.tenant_id
                    AND l.invoice_id = i.id) <> 3""", (seeded("8000", 10**11), seeded("8000", 10**11)))
            if cursor.fetchone()[0]:
                raise Failed("drafts were made that are not as they were ordered")

    return request, database, check


# Of the seed's drafts the product finalizes those below this number, pgbench those from it on.
DRAFTS_PG = FINAL + 15_000


def seeds(stage, what, first, last):
    """What a query says of the seed's invoices between two numbers."""
    with stage.product.database().cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM billing.invoice WHERE id BETWEEN %s AND %s",
                       (seeded("8000", first), seeded("8000", last)))
        return cursor.fetchone()[0]


def finalize(stage):
    ids = seeds(stage, "array_agg(id::text ORDER BY id) FILTER (WHERE number IS NULL)", FINAL + 1, DRAFTS_PG - 1)
    request = Request("POST", "/v1/invoices/{}/finalize", ids[1:], keyed=True, each=True)
    sample = stage.api.post(f"/v1/invoices/{ids[0]}/finalize").expect(200)
    row = sample.json
    with stage.product.database().cursor() as cursor:
        cursor.execute("""SELECT i.series_id, i.series_period, i.seller::text, i.payer::text, i.contact::text, e.data::text
            FROM billing.invoice i JOIN job.event e ON e.tenant_id = i.tenant_id AND e.object_id = i.id
             AND e.type = 'invoice.finalized' WHERE i.id = %s""", (row["id"],))
        names = ("series", "period", "seller", "payer", "contact", "data")
        values = dict(who(stage), **dict(zip(names, cursor.fetchone())))
    values.update(body=sample.body.decode(), day=row["issue_date"], due=row["due_date"])

    def database(seconds):
        last = seeds(stage, "max(id::text) FILTER (WHERE number IS NOT NULL)", DRAFTS_PG, INVOICES)
        first = int(last[-12:]) + 1 if last else DRAFTS_PG
        return pgbench(stage, HERE / "finalize.pgbench", seconds, dict(values, first=first - CLIENTS))

    return request, database, lambda: numbers_without_gap(stage)


def numbers_without_gap(stage):
    with stage.product.database().cursor() as cursor:
        cursor.execute("""SELECT count(*), count(DISTINCT i.series_no), max(i.series_no), min(i.series_no), c.last_no
            FROM billing.invoice i JOIN billing.series_counter c ON c.tenant_id = i.tenant_id AND c.series_id = i.series_id
             AND c.period = i.series_period WHERE i.number IS NOT NULL GROUP BY i.series_id, i.series_period, c.last_no""")
        for rows, numbers, last, first, counter in cursor.fetchall():
            if not rows == numbers == last == counter or first != 1:
                raise Failed(f"a series has a gap: {rows} documents, {numbers} numbers {first} to {last}, counter {counter}")


# ---- single figures: at most so much ----

class AtMost:
    wanted = "at most {}"
    staged = True

    def __init__(self, name, target, unit, measure):
        self.name, self.target, self.unit, self.take = name, target, unit, measure

    def measure(self, stage, rounds, seconds):
        value, note = self.take(stage, rounds, seconds)
        return Found(value, self.target, value <= self.target, note)


def deep_page(stage, rounds, seconds):
    """Page 2,000 of all invoices against page 1, one request at a time."""
    path = f"/v1/invoices?sort=created_at&limit={PAGE}"
    cursor = None
    for _ in range(DEEP - 1):
        answer = stage.api.get(path + (f"&cursor={cursor}" if cursor else "")).expect(200).json
        cursor = answer["next"]
    pages = [Request("GET", path), Request("GET", f"{path}&cursor={cursor}")]
    took = ([], [])
    for k, page in enumerate(pages):
        page.lay_out(stage.files, f"page{k}")
    for _ in range(rounds):
        for k, page in enumerate(pages):
            took[k].append(1 / page.run(stage, 1, connections=1, threads=1)["rate"])
    first, deep = (1000 * statistics.median(t) for t in took)
    return deep / first, f"page 1: {first:.2f} ms, page {DEEP:,}: {deep:.2f} ms"


def read_p99_over_p50(stage, rounds, seconds):
    request = read_invoice(stage)[0]
    request.lay_out(stage.files, "p99")
    request.run(stage, 1, connections=64)
    found = [request.run(stage, seconds, connections=64) for _ in range(rounds)]
    p50, p99 = (statistics.median(f[p] / 1000 for f in found) for p in ("p50_us", "p99_us"))
    return statistics.median(f["p99_us"] / f["p50_us"] for f in found), f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def worker_pss_mb(stage, rounds, seconds):
    """The largest worker after all that was measured before."""
    sizes = []
    for pid in stage.workers():
        with open(f"/proc/{pid}/smaps_rollup") as file:
            sizes += [int(line.split()[1]) / 1024 for line in file if line.startswith("Pss:")]
    return max(sizes), f"{len(sizes)} workers, {min(sizes):.1f} to {max(sizes):.1f}"


def facts(stage, invoice):
    """What the paper of an invoice shows."""
    with stage.product.database().cursor() as cursor:
        cursor.execute("""SELECT f.document::text FROM api.enter(%s, 'worker:load', 'load', 'load', -1, NULL) e,
            LATERAL (SELECT document FROM document.render_facts(%s)) f""", (stage.tenant.id, invoice))
        return cursor.fetchone()[0]


def rendered(stage, document, *words):
    """How long its paper takes, in milliseconds: the first of a process, and the median."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(document)
        file.flush()
        return json.loads(subprocess.run([str(stage.build / "tests/load/pdf"), *words, file.name], check=True,
                                         capture_output=True, text=True).stdout)


def pdf_ms(stage, rounds, seconds):
    """One page from a real document's data, fonts loaded."""
    document = facts(stage, seeded("8000", 1))
    found = [rendered(stage, document) for _ in range(rounds)]
    first, warm = (statistics.median(f[part] for f in found) for part in ("first", "median"))
    return warm, f"the first of a process {first:.0f} ms"


def big_invoice_s(stage, rounds, seconds):
    """An invoice of 5,000 lines: its draft, its number, its paper by a process that has no fonts yet."""
    body = {"account_id": seeded("8001", 1),
            "lines": [{"description": f"Position {k} of a large order", "quantity": str(k % 7 + 1), "unit_price": "12.34",
                       "tax_rate": str(k % 2 * 20)} for k in range(5_000)]}
    took = []
    for _ in range(rounds):
        start = time.monotonic()
        invoice = stage.api.post("/v1/invoices", body).expect(201).json["id"]
        drafted = time.monotonic()
        stage.api.post(f"/v1/invoices/{invoice}/finalize").expect(200)
        final = time.monotonic()
        document = facts(stage, invoice)
        read = time.monotonic()
        took.append((drafted - start, final - drafted, read - final + rendered(stage, document, "-n", "1")["first"] / 1000))
    draft, number, paper = (statistics.median(part) for part in zip(*took))
    return draft + number + paper, f"draft {draft:.2f}, finalize {number:.2f}, PDF {paper:.2f}"


# ---- the core alone, on one processor, without a product ----

class CoreRate:
    """Processor time counts, so that others who want it too are no part of the figure."""
    name, target, unit, wanted, staged = "core_rate", 300_000, "1/s", "at least {:,}", False

    def measure(self, stage, rounds, seconds):
        found = [json.loads(subprocess.run([str(stage.build / "tests/load/rate"), str(seconds)], check=True, capture_output=True,
                                           text=True).stdout) for _ in range(rounds)]
        value = statistics.median(f["rate"] for f in found)
        return Found(value, self.target, value >= self.target, "invoices rated and taxed, 3 lines, one of them a part")


# ---- billing runs, on a product of their own ----

class OfRuns:
    """books: what all of them are measured on, opened by the first; they run in their order."""
    books = None
    staged = False

    def __init__(self, bench):
        self.bench, self.name, self.unit, self.wanted, self.target = bench, bench.name, bench.unit, bench.wanted, bench.target

    def measure(self, stage, rounds, seconds):
        if not OfRuns.books:
            OfRuns.books = Books(stage.say).open()
            OfRuns.books.seed(SUBSCRIPTIONS)
            OfRuns.books.rate = OfRuns.books.run()  # files come into memory
        return self.bench.measure(OfRuns.books, rounds, seconds)

    @staticmethod
    def close():
        if OfRuns.books:
            OfRuns.books.close()


class AgainstRows:
    """Invoices a second of whole runs, in turn with plain statements that write the same rows on as many connections."""
    name, unit, wanted, target = "billing_run", "1/s", "ratio >= {}", 0.7

    def measure(self, books, rounds, seconds):
        rows, runs = [], []
        for k in range(books.rounds):
            rows.append(books.rows(10 + k))
            runs.append(books.run())
        books.rate = statistics.median(runs)
        limit = statistics.median(rows)
        return Found(books.rate, limit, books.rate / limit >= self.target, f"{SUBSCRIPTIONS:,} subscriptions, {TENANTS} tenants, {WORKERS} workers")


def billing_run_growth(books, rounds, seconds):
    """What an invoice costs in a run of five times as many."""
    small = statistics.median(books.run() for _ in range(books.rounds))
    books.seed(4 * SUBSCRIPTIONS)
    books.run()
    large = statistics.median(books.run() for _ in range(books.rounds))
    return small / large, f"{SUBSCRIPTIONS:,}: {small:.0f} a second, {5 * SUBSCRIPTIONS:,}: {large:.0f}"


def billing_worker_mb(books, rounds, seconds):
    """The largest worker at its largest, after all that was measured before."""
    return books.peak, f"batches of {BATCH}"


BENCHES = [
    CoreRate(),
    Rate("read_invoice", 0.7, read_invoice),
    Rate("list_invoices", 0.8, list_invoices),
    AtMost("deep_page", 1.2, "ratio", deep_page),
    AtMost("read_p99_over_p50", 5, "ratio", read_p99_over_p50),
    Rate("create_draft", 0.6, create_draft),
    Rate("finalize", 0.5, finalize),
    AtMost("worker_pss_mb", 25, "MB", worker_pss_mb),
    AtMost("pdf_ms", 15, "ms", pdf_ms),
    AtMost("big_invoice_s", 5, "s", big_invoice_s),
    OfRuns(AgainstRows()),
    OfRuns(AtMost("billing_run_growth", 1.15, "ratio", billing_run_growth)),
    OfRuns(AtMost("billing_worker_mb", 64, "MB", billing_worker_mb)),
]
