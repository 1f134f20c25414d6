-- ledger.guard_balance(): the lines of an entry, which go in by one statement, balance in each
-- currency and in base currency, and name accounts of the chart. One look for all three; lines that an entry has
-- already are counted entry by entry, so that a plan that is kept from a set of thousands serves a set of one.
CREATE OR REPLACE FUNCTION ledger.guard_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_unbalanced boolean;
    v_more boolean;
    v_unknown boolean;
BEGIN
    SELECT bool_or(e.unbalanced), bool_or(e.lines <> (SELECT count(*) FROM ledger.line l
                WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.entry_id)), bool_or(e.unknown)
      INTO v_unbalanced, v_more, v_unknown
      FROM (SELECT c.tenant_id, c.entry_id, bool_or(c.unbalanced) AS unbalanced, sum(c.lines) AS lines,
                   bool_or(c.unknown) AS unknown
              FROM (SELECT n.tenant_id, n.entry_id, count(*) AS lines,
                           sum(n.debit) <> sum(n.credit) OR sum(n.base_debit) <> sum(n.base_credit)
                               OR count(n.base_debit) NOT IN (0, count(*)) AS unbalanced,
                           bool_or(NOT EXISTS (SELECT FROM ledger.chart_account k WHERE k.code = n.account_code)) AS unknown
                      FROM new_rows n GROUP BY n.tenant_id, n.entry_id, n.currency) c
             GROUP BY c.tenant_id, c.entry_id) e;
    IF v_unbalanced THEN
        PERFORM base.raise('ZBBAL', 'Debits and credits of an entry differ.');
    ELSIF v_more THEN
        -- More lines for an entry that has some already would hide in its balance.
        PERFORM base.raise('ZBBAL', 'The lines of an entry are written at once.');
    ELSIF v_unknown THEN
        PERFORM base.raise('ZBBAL', 'An account is not in the chart.');
    END IF;
    RETURN NULL;
END
$$;
