"""A report costs what it looks at, whatever the tables were when it was first asked for: programs keep the plans of their statements,
and a service's first hours are spent on books that are all but empty."""
import psycopg2
import pytest

ENTRIES, LINES, DAY = 4000, 3, "2026-01-31"  # what an import and a click make in a minute

REPORTS = {
    "trial balance": f"SELECT report::text FROM ledger.trial_balance(NULL, NULL, '{DAY}')",
    "revaluation": f"SELECT * FROM ledger.revaluation_facts(NULL, '{DAY}', true)",
}


@pytest.fixture
def books(conninfo, tenant):
    """A tenant and what fills its books at once, unseen by the statistics."""
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    made, cursor = tenant(), connection.cursor()
    cursor.execute("ANALYZE ledger.entry; ANALYZE ledger.line; ALTER TABLE ledger.entry SET (autovacuum_enabled = off);"
                   " ALTER TABLE ledger.line SET (autovacuum_enabled = off); SET session_replication_role = replica")

    def fill():
        cursor.execute("""
            WITH made AS (
                INSERT INTO ledger.entry (tenant_id, id, entity_id, document_kind, document_id, event, entry_date)
                SELECT e.tenant_id, base.new_id(), e.id, 'invoice', base.new_id(), 'finalized', %s
                  FROM tenant.entity e CROSS JOIN generate_series(1, %s) WHERE e.tenant_id = %s RETURNING tenant_id, id)
            INSERT INTO ledger.line (tenant_id, entry_id, position, account_code, debit, credit, currency, base_debit, base_credit)
            SELECT m.tenant_id, m.id, l.n, l.code, l.debit, l.credit, 'USD', l.debit, l.credit
              FROM made m CROSS JOIN (VALUES (1, '1100', 120, 0), (2, '4000', 0, 100), (3, '2100', 0, 20)) AS l (n, code, debit, credit)""",
                       (DAY, ENTRIES, made))

    yield made, fill
    cursor.execute("DELETE FROM ledger.line WHERE tenant_id = %s; DELETE FROM ledger.entry WHERE tenant_id = %s;"
                   " ALTER TABLE ledger.entry RESET (autovacuum_enabled); ALTER TABLE ledger.line RESET (autovacuum_enabled)", (made, made))
    connection.close()


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_planned_for_what_is_there(session, books, report):
    tenant, fill = books
    one = session("billfold_api")
    one.value("PREPARE report AS " + REPORTS[report])

    def pages():
        one.enter(tenant)
        one.cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE report")
        plan = one.cursor.fetchone()[0][0]["Plan"]
        one.rollback()
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    one.commit()
    pages()
    few = pages()  # without what a session reads of the catalog at first
    fill()
    many = pages()
    # Each entry and each of its lines once, by way of an index; each with each would be millions.
    assert many < few + 2 * (1 + LINES) * ENTRIES, (few, many)
