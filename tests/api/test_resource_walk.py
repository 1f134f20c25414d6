"""Ten thousand rows walked by cursor while others insert, archive and move rows among them (RFC 8288's next, in the body).

The rows that stand still are each met once and in order, whatever order was asked for: ties by the hundred, all of one
instant, a third without a value.
"""
import random
import threading

import pytest

from harness.wait import wait_for

STABLE, PASSING, RESTLESS = 10_000, 600, 50
ROWS = """
WITH made AS (
    INSERT INTO crm.deal (id, pipeline_id, stage_id, name, currency, expected_close_date)
    SELECT ('01980000-0000-7000-8%s-' || lpad(n::text, 12, '0'))::uuid, s.pipeline_id, s.id, 'D ' || n * 7919 %% 500, 'EUR',
           CASE WHEN n %% 3 > 0 THEN date '2026-01-01' + (n * 7919 %% 700)::integer END
      FROM generate_series(1, %s) n, (SELECT * FROM crm.stage WHERE tenant_id = base.tenant_id() ORDER BY position LIMIT 1) s
    RETURNING id)
SELECT job.emit_all('deal.created', 'deal', array_agg(id), array_agg(1::bigint), array_agg(NULL::uuid), array_agg(NULL::jsonb)) FROM made"""


def row_id(kind, n):
    return f"01980000-0000-7000-8{kind}-{n:012d}"


@pytest.fixture(scope="module")
def tenant(new_tenant, product):
    made = new_tenant("walked", roles=())
    connection = product.database()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION AUTHORIZATION billfold_api; BEGIN")
            cursor.execute("SELECT api.enter(%s, 'worker:walk', 'walk', 'walk', -1, NULL)", (made.id,))
            for kind, count in (("000", STABLE), ("001", PASSING), ("002", RESTLESS)):
                cursor.execute(ROWS % (kind, count))
            # As if they had been there for a while: who looks at the suite's events at its end plans by statistics.
            cursor.execute("COMMIT; RESET SESSION AUTHORIZATION; ANALYZE crm.deal, job.event, audit.entry")
    finally:
        connection.close()
    return made


class Others(threading.Thread):
    """Somebody who goes on writing, through the API, until told to stop."""

    def __init__(self, write):
        super().__init__(daemon=True)
        self.write, self.over, self.done, self.failed = write, threading.Event(), 0, None

    def run(self):
        try:
            while not self.over.is_set():
                self.write(self.done)
                self.done += 1
        except BaseException as failure:  # told by stop()
            self.failed = failure

    def stop(self):
        self.over.set()
        self.join()
        if self.failed:
            raise self.failed


@pytest.fixture
def busy(tenant):
    """One inserts, one archives, one moves rows about; the passing ones come back when the test is over."""
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    inserts, archives, moves = (tenant.program().with_headers() for _ in range(3))
    passing = dice.sample(range(1, PASSING + 1), PASSING)
    gone = []

    def insert(_):
        inserts.post("/v1/deals", {"name": f"D {dice.randrange(500)}", "expected_close_date": f"2026-{dice.randrange(1, 13):02}-15"}).expect(201)

    def archive(n):
        if n < PASSING:
            archives.delete("/v1/deals/" + row_id("001", passing[n]), "*").expect(204)
            gone.append(row_id("001", passing[n]))
        else:
            archives.post(f"/v1/deals/{gone[n % PASSING]}/restore").expect(200, 409)

    def move(n):
        moves.patch("/v1/deals/" + row_id("002", n % RESTLESS + 1), {"name": f"D {dice.randrange(500)}", "expected_close_date": None}, "*").expect(200)

    writers = [Others(write) for write in (insert, archive, move)]
    for writer in writers:
        writer.start()
    wait_for(lambda: all(w.done or w.failed for w in writers), 20, "the first writes")
    yield writers
    for writer in writers:
        writer.stop()
    for ident in gone:
        archives.post(f"/v1/deals/{ident}/restore").expect(200, 409)


def get(api, sort, cursor):
    return api.get("/v1/deals", sort=sort, limit="197", fields="id,name,expected_close_date,created_at", **({"cursor": cursor} if cursor else {}))


def search(api, sort, cursor):
    return api.post("/v1/deals/search", {"sort": sort, "limit": 197, **({"cursor": cursor} if cursor else {})})


@pytest.mark.parametrize("ask, sort", [(get, "name"), (search, "-name"), (get, "expected_close_date"), (get, "-expected_close_date"),
                                       (get, "created_at"), (get, "-created_at")])
def test_stable_rows_are_met_once_and_in_order(tenant, busy, ask, sort):
    api, seen, cursor, pages = tenant.program(), [], None, 0
    before = [w.done for w in busy]
    while pages == 0 or cursor:
        page = ask(api, sort, cursor).expect(200).json
        seen += page["data"]
        cursor, pages = page["next"], pages + 1
        assert pages < 200, "a walk that does not end"
    assert all(w.done > past + 10 for w, past in zip(busy, before)), "nobody wrote meanwhile"
    moving = {row_id("002", n) for n in range(1, RESTLESS + 1)}
    ids = [row["id"] for row in seen if row["id"] not in moving]
    assert len(ids) == len(set(ids)), "a row came twice"
    stable = {row_id("000", n) for n in range(1, STABLE + 1)}
    assert not stable - set(ids), f"{len(stable - set(ids))} rows were missed"
    field, down = sort.lstrip("-"), sort[0] == "-"
    rows = [row for row in seen if row["id"] in stable]
    for null in (False, True):  # those without a value come last, either way
        keys = [(row[field], row["id"]) if not null else row["id"] for row in rows if (row[field] is None) == null]
        assert keys == sorted(keys, reverse=down)
    assert [row[field] is None for row in rows] == sorted(row[field] is None for row in rows)
